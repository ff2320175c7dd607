//! What a render is given: names, a package, a mode, and where to report to.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use indexmap::IndexSet;
use minijinja::Value;

use super::error::JinjaError;

/// The names that a phase gives its templates, besides macros and the
/// functions that are there everywhere.
pub trait Scope: Send + Sync {
    /// Returns the value of a name: `ref`, `this`, `adapter`, ...
    ///
    /// It is asked at every use, so what is costly is kept ready or made lazily.
    fn get(&self, name: &str) -> Option<Value>;

    /// Lists the names, for `context` and for suggestions.
    fn names(&self) -> Vec<Cow<'_, str>>;

    /// Returns a value that takes the place even of a macro of this name, as a
    /// unit test's `overrides` ask for.
    fn overriding(&self, _name: &str) -> Option<Value> {
        None
    }

    /// Returns what a package's macro gives without being run: a unit test can
    /// override it as `package.name`.
    fn result_of_macro(&self, _package: &str, _name: &str) -> Option<Value> {
        None
    }
}

/// Whether a template is rendered to learn about it, or for its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// As dbt parses: in the rendered text itself (not in macros) whatever is
    /// undefined can be called, read and iterated, and stays undefined.
    Parse,
    #[default]
    Execute,
}

/// How loud a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// `log(msg)`: the log file only.
    Debug,
    /// `log(msg, info=true)`.
    Info,
    /// `exceptions.warn(msg)`.
    Warn,
    /// `print(msg)`: standard output as it is.
    Print,
    /// Something that dbt will take away was used.
    Deprecation,
}

/// Takes what templates say.
pub trait Events: Send + Sync {
    fn message(&self, level: LogLevel, text: &str);
}

/// Drops what templates say.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoEvents;

impl Events for NoEvents {
    fn message(&self, _: LogLevel, _: &str) {}
}

/// Records the macros that a render calls: not those that they call in turn.
#[derive(Debug, Default)]
pub struct MacroCalls {
    depth: u32,
    called: Mutex<IndexSet<Arc<str>>>,
}

impl MacroCalls {
    /// Records what a macro calls that is called by name, in place of what a
    /// text calls.
    pub fn of_macro() -> Self {
        Self {
            depth: 1,
            called: Mutex::default(),
        }
    }

    pub(super) fn record(&self, unique_id: &Arc<str>, depth: u32) {
        if depth == self.depth {
            let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
            called.insert(unique_id.clone());
        }
    }

    /// Returns the unique ids of the macros called from the rendered text
    /// itself, in call order: what dbt puts into `depends_on.macros`.
    pub fn direct(&self) -> Vec<Arc<str>> {
        let called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        called.iter().cloned().collect()
    }
}

/// Tells the current time.
pub type Clock = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;

/// What one render works with.
#[derive(Clone)]
pub struct Context {
    pub(super) scope: Arc<dyn Scope>,
    pub(super) package: Arc<str>,
    pub(super) mode: Mode,
    pub(super) calls: Option<Arc<MacroCalls>>,
    pub(super) events: Arc<dyn Events>,
    /// What templates have put into `context`; it lasts as long as the context.
    assigned: Arc<OnceLock<Mutex<HashMap<String, Value>>>>,
    clock: Option<Clock>,
    is_generic_test: bool,
}

impl Context {
    /// Makes a context for templates of one package, whose macros come first.
    pub fn new(scope: Arc<dyn Scope>, package: impl Into<Arc<str>>) -> Self {
        Self {
            scope,
            package: package.into(),
            mode: Mode::Execute,
            calls: None,
            events: Arc::new(NoEvents),
            assigned: Arc::default(),
            clock: None,
            is_generic_test: false,
        }
    }

    /// Says that the template is a generic test's.
    #[must_use]
    pub fn of_generic_test(mut self, is_generic_test: bool) -> Self {
        self.is_generic_test = is_generic_test;
        self
    }

    #[must_use]
    pub fn with_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    #[must_use]
    pub fn with_calls(mut self, calls: Arc<MacroCalls>) -> Self {
        self.calls = Some(calls);
        self
    }

    #[must_use]
    pub fn with_events(mut self, events: Arc<dyn Events>) -> Self {
        self.events = events;
        self
    }

    /// Gives `modules.datetime` the time; without it, asking for it is an error.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    pub(super) fn now(&self) -> Result<jiff::Timestamp, JinjaError> {
        match &self.clock {
            Some(clock) => Ok(clock()),
            None => Err(JinjaError::other(
                "the current time cannot be asked for here",
            )),
        }
    }

    /// Gives a name another value from now on: `context.update({...})`.
    pub(super) fn assign(&self, name: String, value: Value) {
        let assigned = self.assigned.get_or_init(Mutex::default);
        let mut assigned = assigned.lock().unwrap_or_else(PoisonError::into_inner);
        assigned.insert(name, value);
    }

    /// Returns what a template has put into `context` under a name.
    pub(super) fn assigned(&self, name: &str) -> Option<Value> {
        let assigned = self.assigned.get()?.lock();
        let assigned = assigned.unwrap_or_else(PoisonError::into_inner);
        assigned.get(name).cloned()
    }

    pub fn scope(&self) -> &Arc<dyn Scope> {
        &self.scope
    }

    /// Returns the package whose macros are local.
    pub fn package(&self) -> &str {
        &self.package
    }

    pub fn is_generic_test(&self) -> bool {
        self.is_generic_test
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Reports a message.
    pub fn message(&self, level: LogLevel, text: &str) {
        self.events.message(level, text);
    }
}
