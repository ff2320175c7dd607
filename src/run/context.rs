//! The names that templates see while a run executes them.
//!
//! A [`NodeState`] is what one rendering works with: a node, a connection,
//! and what the templates leave there. A [`NodeScope`] answers for the names.

mod adapter;
mod cells;
mod columns;
mod config;
pub mod constraints;
mod external;
mod messages;
mod model;
mod names;
mod python_job;
pub mod relations;
mod resolve;
mod results;
mod seed;
mod snapshots;
mod staging;
mod variables;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub use cells::table_of;
pub use messages::TemplateMessages;
pub use model::node_value;
pub use resolve::{defer_relation, node_relation, source_relation};
pub use results::Stored;
pub use seed::{seed_path, seed_rows};
pub use variables::test_arguments;

use super::compile::Ephemeral;
use super::db::Db;
use super::node::NodeHandle;
use super::session::Session;
use crate::diagnostics::Diagnostic;
use crate::jinja::{Call, python};
use crate::jinja::{Context, JinjaError, MacroCalls, Scope, Value, from_json, function};
use crate::parse::{NodeKind, UniqueId};

/// What one rendering works with.
pub struct NodeState {
    pub session: Arc<Session>,
    pub db: Arc<Db>,
    pub node: NodeHandle,
    pub kind: StateKind,
    /// The node's SQL, once it is executed and no longer compiled.
    pub compiled_code: Option<Arc<str>>,
    /// Names that come before all others: those of hooks and batches.
    pub extra: Vec<(&'static str, Value)>,
    /// The batch of a microbatch model.
    pub batch: Option<super::microbatch::BatchState>,
    /// What stands for the tables that a unit test's model reads.
    pub fixtures: Option<Arc<Fixtures>>,
    /// The rendered arguments of a generic test.
    pub test_arguments: OnceLock<Value>,
    calls: Arc<MacroCalls>,
    ephemerals: Mutex<Vec<UniqueId>>,
    results: Mutex<HashMap<String, Option<Stored>>>,
    build_path: Mutex<Option<String>>,
    notes: Mutex<Vec<Diagnostic>>,
}

/// What sort of code is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateKind {
    /// A node's own template, or its materialization.
    Node,
    /// A macro that the adapter or `run-operation` calls: it may refer to
    /// any node.
    Macro,
}

/// What a unit test gives in place of tables.
#[derive(Debug, Default)]
pub struct Fixtures {
    /// By the id of the node or source that each stands for.
    pub inputs: HashMap<UniqueId, Fixture>,
    /// The model under test itself, when the test gives its present rows.
    pub this: Option<UniqueId>,
    /// `overrides:` of the test.
    pub vars: serde_json::Map<String, serde_json::Value>,
    pub env_vars: serde_json::Map<String, serde_json::Value>,
    pub macros: serde_json::Map<String, serde_json::Value>,
}

/// The rows that stand for one table.
#[derive(Debug)]
pub struct Fixture {
    pub cte_name: String,
    pub ephemeral: Arc<Ephemeral>,
}

impl NodeState {
    /// Makes the state in which a node's template is rendered.
    pub fn new(session: &Arc<Session>, db: &Arc<Db>, node: NodeHandle) -> Self {
        Self {
            session: Arc::clone(session),
            db: Arc::clone(db),
            node,
            kind: StateKind::Node,
            compiled_code: None,
            extra: Vec::new(),
            batch: None,
            fixtures: None,
            test_arguments: OnceLock::new(),
            calls: Arc::default(),
            ephemerals: Mutex::default(),
            results: Mutex::default(),
            build_path: Mutex::default(),
            notes: Mutex::default(),
        }
    }

    /// Makes the state of another node on the same connection.
    pub fn for_node(&self, id: &UniqueId) -> Option<Arc<Self>> {
        let node = NodeHandle::find(&self.session.cx.graph, id)?;
        Some(Arc::new(Self::new(&self.session, &self.db, node)))
    }

    /// Makes the state in which the adapter calls a macro: what that leaves
    /// behind is not the node's.
    pub fn for_macro(&self) -> Arc<Self> {
        let mut state = Self::new(&self.session, &self.db, self.node.clone());
        state.kind = StateKind::Macro;
        state.compiled_code.clone_from(&self.compiled_code);
        Arc::new(state)
    }

    /// Returns what a rendering is given.
    pub fn context(self: &Arc<Self>) -> Context {
        self.context_in(&self.node.package_name)
    }

    /// The same, with another package's macros first.
    pub fn context_in(self: &Arc<Self>, package: &str) -> Context {
        let scope = NodeScope {
            state: Arc::clone(self),
            values: Mutex::default(),
        };
        let world = Arc::clone(&self.session.cx.world);
        let is_generic_test = matches!(self.node.kind, NodeKind::GenericTest(_));
        let context = Context::new(Arc::new(scope), package)
            .of_generic_test(is_generic_test)
            .with_clock(Arc::new(move || world.now()))
            .with_events(Arc::new(TemplateMessages::new(&self.session, &self.db)));
        if self.kind == StateKind::Node && self.compiled_code.is_none() {
            context.with_calls(Arc::clone(&self.calls))
        } else {
            context
        }
    }

    /// Returns the macros that the node's own text has called while it was
    /// compiled.
    pub fn macros_called(&self) -> Vec<UniqueId> {
        self.calls.direct().into_iter().map(UniqueId).collect()
    }

    /// Notes that the template reads an ephemeral model.
    pub fn read_ephemeral(&self, id: &UniqueId) {
        let mut read = self
            .ephemerals
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !read.contains(id) {
            read.push(id.clone());
        }
    }

    /// Returns the ephemeral models that the template has read.
    pub fn ephemerals_read(&self) -> Vec<UniqueId> {
        self.ephemerals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns what a unit test gives for a table.
    pub fn fixture(&self, id: &UniqueId) -> Option<&Fixture> {
        self.fixtures.as_ref()?.inputs.get(id)
    }

    /// Returns the relation that a test keeps its failures in, when the node
    /// itself has none by the time it is parsed: a flag can ask for it.
    pub fn relation_of_stored_failures(&self) -> Option<String> {
        let node = &*self.node;
        if node.relation_name.is_some() {
            return node.relation_name.clone();
        }
        node.stores_failures(self.session.cx.invocation.flags.store_failures)
            .then(|| node_relation(&self.session, node).name())
    }

    /// Returns the part of file names that tells a batch from others.
    pub fn batch_suffix(&self) -> Option<String> {
        self.batch.as_ref().map(|batch| batch.suffix())
    }

    /// Keeps a note for the person who runs the command.
    pub fn note(&self, note: Diagnostic) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(note);
    }

    /// Gives up the notes.
    pub fn take_notes(&self) -> Vec<Diagnostic> {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *notes)
    }

    /// Returns where `write()` has put the SQL that was run.
    pub fn build_path(&self) -> Option<String> {
        self.build_path
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_build_path(&self, path: String) {
        let mut place = self
            .build_path
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *place = Some(path);
    }

    /// Calls a macro in the name of the adapter.
    pub fn call_macro(
        self: &Arc<Self>,
        name: &str,
        kwargs: &[(&str, Value)],
    ) -> Result<Value, JinjaError> {
        let engine = &self.session.cx.engine;
        let root = &*self.session.cx.project.name;
        let Some(found) = engine.find_macro(root, name) else {
            return Err(JinjaError::undefined(format!(
                "there is no macro `{name}` in any package"
            )));
        };
        let id = Arc::clone(&found.unique_id);
        let state = self.for_macro();
        engine.call_macro(&id, &[], kwargs, &state.context_in(root))
    }
}

/// Answers for the names of one state.
struct NodeScope {
    state: Arc<NodeState>,
    /// What was made already. Templates ask for a name at every use.
    values: Mutex<foldhash::HashMap<&'static str, Value>>,
}

impl Scope for NodeScope {
    fn get(&self, name: &str) -> Option<Value> {
        let extra = self.state.extra.iter().find(|(key, _)| *key == name);
        if let Some((_, value)) = extra {
            return Some(value.clone());
        }
        let values = || self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = values().get(name) {
            return Some(value.clone());
        }
        let name = names::known(name)?;
        // Making a value may render something that asks for names.
        let value = names::value(&self.state, name)?;
        values().insert(name, value.clone());
        Some(value)
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let extra = self.state.extra.iter().map(|(key, _)| *key);
        extra
            .chain(names::KNOWN.iter().copied())
            .map(Cow::Borrowed)
            .collect()
    }

    fn overriding(&self, name: &str) -> Option<Value> {
        let macros = &self.state.fixtures.as_ref()?.macros;
        let value = macros.get(name).or_else(|| {
            // A macro of dbt's own may be named with its package.
            macros.get(&format!("dbt.{name}"))
        })?;
        let value = from_json(value);
        let builtin = names::known(name).is_some();
        // What takes a macro's place is called as the macro would be.
        Some(if builtin {
            value
        } else {
            function("override", move |_| Ok(value.clone()))
        })
    }

    fn result_of_macro(&self, package: &str, name: &str) -> Option<Value> {
        let macros = &self.state.fixtures.as_ref()?.macros;
        if macros.is_empty() {
            return None;
        }
        macros.get(&format!("{package}.{name}")).map(from_json)
    }
}

/// A function of the run phase, with the state that it works on.
type Body = fn(&Arc<NodeState>, &mut Call<'_>) -> Result<Value, JinjaError>;

/// Makes a function that templates can call.
fn bound(state: &Arc<NodeState>, name: &'static str, body: Body) -> Value {
    let state = Arc::clone(state);
    function(name, move |call| body(&state, call))
}

/// Returns the empty text that functions give which are called for what they
/// do.
fn nothing() -> Value {
    Value::from("")
}

/// Reads an argument that should be text.
fn text(value: Option<Value>, what: &str) -> Result<String, JinjaError> {
    let value = value.unwrap_or_default();
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(JinjaError::type_error(format!(
            "{what} must be text, not {}",
            python::type_name(&value)
        ))),
    }
}

/// Reads an argument that may be left out: none and undefined are as good.
fn optional_text(value: Option<&Value>) -> Option<String> {
    let value = value?;
    let is_there = !value.is_none() && !value.is_undefined();
    is_there.then(|| value.to_string())
}
