//! What goes wrong in a template, with the true place in the user's file.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use minijinja::Value;

use super::syntax::{Source, Span};

/// An error of a template, cheap to pass on.
#[derive(Clone)]
pub struct JinjaError(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    /// That of a `return()` is written when it is asked for, which is seldom.
    message: OnceLock<String>,
    place: Option<Place>,
    frames: Vec<Frame>,
    source: Option<Arc<dyn Error + Send + Sync>>,
    payload: Option<Arc<dyn Any + Send + Sync>>,
    /// What a macro returned, for [`ErrorKind::Return`].
    returned: Option<Value>,
    undefined_name: Option<String>,
}

/// What kind of mistake was made. dbt shows all but `Other` as a compilation
/// error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text is not a valid template.
    Syntax,
    /// A name, attribute or macro does not exist.
    Undefined,
    /// `exceptions.raise_compiler_error` and its siblings.
    Raised,
    /// An operation that the values' types do not support.
    Type,
    /// A value is right in type but wrong in itself.
    Value,
    /// `return()` outside of a macro.
    Return,
    /// Macros or values nested too deep.
    Recursion,
    /// What the functions of a phase report: a database error, a missing
    /// `ref`, a failed conversion.
    Other,
}

/// dbt's word for an error where it is not `Compilation`: `Database`,
/// `Parsing`. It goes with an error as its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DbtKind(pub &'static str);

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The path or name that the text was given with.
    pub path: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The bytes of the expression or tag in the file's text.
    pub range: Range<usize>,
}

/// Where an error came up. The line is counted when somebody asks for it:
/// a `return()` is an error on its way, and nobody does.
#[derive(Clone)]
enum Place {
    Known(Location),
    Of(Source, Span, OnceLock<Location>),
}

impl Place {
    fn location(&self) -> &Location {
        match self {
            Self::Known(location) => location,
            Self::Of(source, span, found) => found.get_or_init(|| Location::of(source, *span)),
        }
    }
}

impl Location {
    /// Finds the line and column of a span.
    pub(super) fn of(source: &Source, span: Span) -> Self {
        let range = span.range();
        let before = source.text.get(..range.start).unwrap_or_default();
        let start_of_line = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            path: source.path.clone(),
            line: before.bytes().filter(|b| *b == b'\n').count() as u32 + 1,
            column: before[start_of_line..].chars().count() as u32 + 1,
            range,
        }
    }
}

/// A macro that was running when the error came up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The macro's unique id, `macro.dbt_utils.star`.
    pub unique_id: Arc<str>,
    /// Where the macro is defined.
    pub defined: Location,
    /// Where it was called from, when that is in a template.
    pub call_site: Option<Location>,
}

impl JinjaError {
    /// Makes an error without a place; the engine adds it.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into().into(),
            place: None,
            frames: Vec::new(),
            source: None,
            payload: None,
            returned: None,
            undefined_name: None,
        }))
    }

    /// Makes what `return()` raises on its way to the macro's end.
    pub(super) fn returning(value: Value) -> Self {
        let mut error = Self::new(ErrorKind::Return, "");
        error.0.message = OnceLock::new();
        error.0.returned = Some(value);
        error
    }

    /// Returns the value of a `return()`.
    pub fn into_returned(mut self) -> Value {
        self.0.returned.take().unwrap_or_default()
    }

    /// Makes an error of [`ErrorKind::Raised`].
    pub fn raised(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Raised, message)
    }

    /// Makes an error of [`ErrorKind::Type`].
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Type, message)
    }

    /// Makes an error of [`ErrorKind::Value`].
    pub fn value_error(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Value, message)
    }

    /// Makes an error of [`ErrorKind::Undefined`].
    pub fn undefined(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Undefined, message)
    }

    /// Makes an error of [`ErrorKind::Other`].
    pub fn other(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Other, message)
    }

    /// Keeps the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Attaches a value that the caller of the engine gets back unchanged, such
    /// as a finished diagnostic or a database error.
    #[must_use]
    pub fn with_payload<T: Any + Send + Sync>(mut self, payload: T) -> Self {
        self.0.payload = Some(Arc::new(payload));
        self
    }

    /// Returns the attached value when it is of this type.
    pub fn payload<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.payload.as_ref()?.downcast_ref()
    }

    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns what happened, without any place.
    pub fn message(&self) -> &str {
        self.0.message.get_or_init(|| {
            let value = self.0.returned.as_ref();
            let text = value.and_then(|value| crate::jinja::python::str(value).ok());
            text.unwrap_or_default()
        })
    }

    /// Returns where it happened: the innermost place.
    pub fn location(&self) -> Option<&Location> {
        self.0.place.as_ref().map(Place::location)
    }

    /// Tells whether it is known where it happened.
    pub(super) fn has_place(&self) -> bool {
        self.0.place.is_some()
    }

    /// Returns the macros that were running, the innermost first.
    pub fn frames(&self) -> &[Frame] {
        &self.0.frames
    }

    /// Returns the innermost place, or else the innermost call site, that is in
    /// the given file.
    pub fn location_in(&self, path: &str) -> Option<&Location> {
        self.location()
            .into_iter()
            .chain(self.0.frames.iter().filter_map(|f| f.call_site.as_ref()))
            .find(|location| &*location.path == path)
    }

    /// Returns the name that is not defined, for suggestions.
    pub fn undefined_name(&self) -> Option<&str> {
        self.0.undefined_name.as_deref()
    }

    pub(super) fn set_undefined_name(&mut self, name: &str) {
        self.0.undefined_name = Some(name.to_owned());
    }

    pub(super) fn locate(&mut self, location: Location) {
        self.0.place.get_or_insert(Place::Known(location));
    }

    /// Says where it happened, unless that is known.
    pub(super) fn locate_in(&mut self, source: &Source, span: Span) {
        self.0
            .place
            .get_or_insert_with(|| Place::Of(source.clone(), span, OnceLock::new()));
    }

    pub(super) fn push_frame(&mut self, frame: Frame) {
        self.0.frames.push(frame);
    }

    pub(super) fn last_frame_mut(&mut self) -> Option<&mut Frame> {
        self.0.frames.last_mut()
    }
}

impl fmt::Debug for JinjaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JinjaError")
            .field("kind", &self.0.kind)
            .field("message", &self.message())
            .field("location", &self.location())
            .field("frames", &self.0.frames)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for JinjaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Error for JinjaError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0
            .source
            .as_ref()
            .map(|e| &**e as &(dyn Error + 'static))
    }
}

impl From<JinjaError> for minijinja::Error {
    fn from(error: JinjaError) -> Self {
        let kind = match error.kind() {
            ErrorKind::Undefined => minijinja::ErrorKind::UndefinedError,
            ErrorKind::Syntax => minijinja::ErrorKind::SyntaxError,
            _ => minijinja::ErrorKind::InvalidOperation,
        };
        Self::new(kind, error.message().to_owned()).with_source(error)
    }
}

impl From<minijinja::Error> for JinjaError {
    /// Takes out our own error when it only went through an object's method.
    fn from(error: minijinja::Error) -> Self {
        let mut source = error.source();
        while let Some(inner) = source {
            if let Some(own) = inner.downcast_ref::<Self>() {
                return own.clone();
            }
            source = inner.source();
        }
        let kind = match error.kind() {
            minijinja::ErrorKind::UndefinedError
            | minijinja::ErrorKind::UnknownMethod
            | minijinja::ErrorKind::UnknownFunction => ErrorKind::Undefined,
            _ => ErrorKind::Type,
        };
        let message = match error.detail() {
            Some(detail) => detail.to_owned(),
            None => error.kind().to_string(),
        };
        Self::new(kind, message).with_source(error)
    }
}
