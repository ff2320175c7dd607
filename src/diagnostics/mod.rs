//! Errors and warnings as data, until the last moment.
//!
//! Every phase returns what it made *and* everything it found wrong, as an
//! [`Outcome`]. How a diagnostic looks on a terminal is `render`'s business.

pub mod render;
pub mod suggest;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::event::EventKind;

/// A text that diagnostics can point into: a project's file, or SQL made from
/// one.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// As shown to the user, relative to where the command was run.
    pub path: Utf8PathBuf,
    pub text: Arc<str>,
}

impl SourceFile {
    /// Makes a source file.
    pub fn new(path: impl AsRef<Utf8Path>, text: impl Into<Arc<str>>) -> Arc<Self> {
        Arc::new(Self {
            path: path.as_ref().to_owned(),
            text: text.into(),
        })
    }

    /// Returns the 1-based line and column of a byte offset.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |i| i + 1);
        (line, before[start..].chars().count() + 1)
    }

    /// Returns the byte range of a 1-based line, without its line end.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let mut start = 0;
        for (i, text) in self.text.split_inclusive('\n').enumerate() {
            if i + 1 == line {
                return start..start + text.trim_end_matches(['\n', '\r']).len();
            }
            start += text.len();
        }
        self.text.len()..self.text.len()
    }
}

/// One thing that is wrong, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// One sentence that names the thing.
    pub title: String,
    /// Where, in the user's own files. The first one is the place to mend.
    pub labels: Vec<Label>,
    /// Why, when the title is not enough.
    pub text: Option<String>,
    /// The next step, when there is one.
    pub hint: Option<String>,
    /// What may be said instead of title, text and hint where nobody must see
    /// values of rows, when these may quote some.
    pub without_values: Option<Box<str>>,
    /// dbt's event, when dbt has this warning too: only then can
    /// `warn_error_options` make an error of it.
    pub event: Option<Box<DbtEvent>>,
}

/// A warning as dbt's JSON logs have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DbtEvent {
    pub kind: EventKind,
    /// dbt's `data` fields, without `msg`.
    pub data: Value,
}

/// A stable, searchable name of a kind of diagnostic: `unknown-ref`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

/// A place in a text, with what is the matter there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub file: Arc<SourceFile>,
    /// Byte offsets into the file's text.
    pub range: Range<usize>,
    pub message: String,
}

impl Diagnostic {
    /// Makes an error.
    pub fn error(code: &'static str, title: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, title)
    }

    /// Makes a warning.
    pub fn warning(code: &'static str, title: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, title)
    }

    /// Makes a note.
    pub fn note(code: &'static str, title: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, title)
    }

    fn new(code: &'static str, severity: Severity, title: impl Into<String>) -> Self {
        Self {
            code: Code(code),
            severity,
            title: title.into(),
            labels: Vec::new(),
            text: None,
            hint: None,
            without_values: None,
            event: None,
        }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(
        mut self,
        file: &Arc<SourceFile>,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        self.labels.push(Label {
            file: Arc::clone(file),
            range,
            message: message.into(),
        });
        self
    }

    /// Adds the reason.
    #[must_use]
    pub fn because(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Says what may be said of it where nobody must see values of rows.
    #[must_use]
    pub fn without_values(mut self, title: impl Into<String>) -> Self {
        self.without_values = Some(title.into().into());
        self
    }

    /// Says which of dbt's events it is.
    #[must_use]
    pub fn as_event(mut self, kind: EventKind, data: Value) -> Self {
        self.event = Some(Box::new(DbtEvent { kind, data }));
        self
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A phase's value together with everything it found wrong.
#[derive(Debug)]
pub struct Outcome<T> {
    /// Absent when the phase could not make one. It may be incomplete when
    /// there are errors.
    pub value: Option<T>,
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Outcome<T> {
    /// Makes an outcome that has nothing to report.
    pub fn of(value: T) -> Self {
        Self {
            value: Some(value),
            diagnostics: Vec::new(),
        }
    }

    /// Makes an outcome with a value and what was found.
    pub fn with(value: T, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            value: Some(value),
            diagnostics,
        }
    }

    /// Makes an outcome without a value.
    pub fn failed(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            value: None,
            diagnostics,
        }
    }

    /// Tells whether any diagnostic is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|d| d.severity == Severity::Error)
    }
}
