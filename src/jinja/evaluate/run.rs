//! What all templates of one render share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use minijinja::{State, Value};

use crate::jinja::context::Context;
use crate::jinja::engine::{BareNames, Engine};
use crate::jinja::error::{ErrorKind, JinjaError};
use crate::jinja::python::arguments::Args;
use crate::jinja::python::methods::Host;
use crate::jinja::source_map::MappedText;

use super::object::{Builtins, ContextView};

/// How deep macros may call macros. dbt gives up earlier, at Python's recursion
/// limit.
const MAX_MACRO_DEPTH: u32 = 500;

/// One render: the engine, what it was given, and how deep macros are.
pub struct Run {
    pub engine: Engine,
    pub context: Context,
    depth: AtomicU32,
    namespace: OnceLock<Arc<BareNames>>,
    /// The text of the macro that ended last, when texts are mapped.
    mapped: Option<Mutex<Option<MappedText>>>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

impl Run {
    pub fn new(engine: &Engine, context: &Context) -> Arc<Self> {
        Arc::new(Self {
            engine: engine.clone(),
            context: context.clone(),
            depth: AtomicU32::new(0),
            namespace: OnceLock::new(),
            mapped: None,
        })
    }

    /// Makes a run that takes note of where its text comes from.
    pub fn mapping(engine: &Engine, context: &Context) -> Arc<Self> {
        Arc::new(Self {
            engine: engine.clone(),
            context: context.clone(),
            depth: AtomicU32::new(0),
            namespace: OnceLock::new(),
            mapped: Some(Mutex::default()),
        })
    }

    pub fn maps(&self) -> bool {
        self.mapped.is_some()
    }

    /// Keeps where a macro's text comes from, for who puts it out.
    pub fn set_mapped(&self, text: MappedText) {
        if let Some(mapped) = &self.mapped {
            *mapped.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        }
    }

    /// Gives up what was kept.
    pub fn take_mapped(&self) -> Option<MappedText> {
        let mapped = self.mapped.as_ref()?;
        mapped.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub fn depth(&self) -> u32 {
        self.depth.load(Ordering::Relaxed)
    }

    /// Finds what a name means when no variable has it.
    ///
    /// Macros win over what the phase gives, as a project's own `ref` does.
    pub fn lookup(self: &Arc<Self>, name: &str) -> Option<Value> {
        if let Some(value) = self.context.assigned(name) {
            return Some(value);
        }
        if let Some(value) = self.context.scope().overriding(name) {
            return Some(value);
        }
        let namespace = || self.engine.namespace(self.context.package());
        if let Some(value) = self.namespace.get_or_init(namespace).get(name) {
            return Some(value.clone());
        }
        if let Some(value) = self.builtin(name) {
            return Some(value);
        }
        match name {
            "context" => Some(Value::from_object(ContextView(self.clone()))),
            "builtins" => Some(Value::from_object(Builtins(self.clone()))),
            _ => None,
        }
    }

    /// Finds what a name means apart from macros.
    pub fn builtin(&self, name: &str) -> Option<Value> {
        self.context
            .scope()
            .get(name)
            .or_else(|| self.engine.global(name))
    }

    /// Lists the names that [`Run::lookup`] knows.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .context
            .scope()
            .names()
            .into_iter()
            .map(Into::into)
            .collect();
        names.extend(self.engine.global_names().map(str::to_owned));
        names.extend(self.engine.namespace_names(self.context.package()));
        names
    }
}

/// Makes the run reachable for objects that `minijinja` calls.
struct Handle(Arc<Run>);

/// Walks templates.
pub struct Interpreter<'r> {
    pub run: &'r Arc<Run>,
    state: Option<State<'r, 'r>>,
    /// Whether the `as_*` filters mark their values.
    pub native: bool,
}

impl<'r> Interpreter<'r> {
    pub fn new(run: &'r Arc<Run>) -> Self {
        Self {
            run,
            state: None,
            native: false,
        }
    }

    /// The state that objects of other modules are called with.
    pub fn state(&mut self) -> &mut State<'r, 'r> {
        self.state.get_or_insert_with(|| {
            let mut state = self.run.engine.environment().empty_state();
            state.get_or_insert_extension(Handle(self.run.clone()));
            state
        })
    }

    /// Goes on in the run that a state belongs to.
    pub fn from_state<T>(
        state: &State<'_, '_>,
        f: impl FnOnce(&mut Interpreter<'_>) -> Result<T, JinjaError>,
    ) -> Result<T, minijinja::Error> {
        let Some(Handle(run)) = state.get_extension::<Handle>() else {
            return Err(minijinja::Error::new(
                minijinja::ErrorKind::InvalidOperation,
                "called outside of a template",
            ));
        };
        let run = run.clone();
        f(&mut Interpreter::new(&run)).map_err(Into::into)
    }

    /// Runs something one macro deeper, on a stack that has room for it.
    pub fn deeper<T>(
        &mut self,
        f: impl FnOnce(&mut Self) -> Result<T, JinjaError>,
    ) -> Result<T, JinjaError> {
        let depth = self.run.depth.fetch_add(1, Ordering::Relaxed);
        let result = if depth >= MAX_MACRO_DEPTH {
            Err(JinjaError::new(
                ErrorKind::Recursion,
                format!("macros call each other more than {MAX_MACRO_DEPTH} levels deep"),
            ))
        } else {
            stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || f(self))
        };
        self.run.depth.fetch_sub(1, Ordering::Relaxed);
        result
    }
}

impl Host for Interpreter<'_> {
    fn call_value(&mut self, callee: &Value, args: Args<'_>) -> Result<Value, JinjaError> {
        self.call(callee, args)
    }

    fn get_attribute(&mut self, value: &Value, name: &str) -> Result<Value, JinjaError> {
        Ok(self.attribute(value, name))
    }

    fn get_item(&mut self, value: &Value, key: &Value) -> Result<Value, JinjaError> {
        Ok(self.item(value, key))
    }

    fn context(&self) -> &Context {
        &self.run.context
    }

    fn engine(&self) -> &Engine {
        &self.run.engine
    }
}
