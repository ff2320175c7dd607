//! A node's SQL for those who only look at it: rendered, and not written or
//! run.

mod again;
mod hooks;
mod place;

pub use again::Again;
pub use hooks::HookDraft;
pub use place::{Place, Places};

use std::sync::{Arc, Mutex, PoisonError};

use super::compile;
use super::context::{self, NodeState};
use super::db::{Db, Statement};
use super::failure::Failure;
use super::materialize;
use super::node::NodeHandle;
use super::session::Session;
use super::worker;
use super::{RunContext, hooks as run_hooks};
use crate::adapter::{AdapterError, Column, Connection, Relation};
use crate::event::{Event, EventSink};
use crate::parse::{IdSet, Node, ResourceType, Source, UniqueId};
use crate::plan::{Command, Plan};

/// Renders nodes. What their templates ask of the database, they ask of the
/// one that the context's adapter opens.
#[derive(Clone)]
pub struct Drafts {
    session: Arc<Session>,
}

/// A node's SQL, and how it came about.
#[derive(Debug, Clone)]
pub struct Draft {
    /// With the ephemeral models in it that it reads.
    pub code: Arc<str>,
    /// Without them.
    pub own: Arc<str>,
    /// Those, each after what it reads itself.
    pub ephemerals: Vec<UniqueId>,
    /// The statements that the templates have sent meanwhile.
    pub asked: Vec<String>,
    /// Whether they have looked at more than the node and what it reads.
    pub looked_around: bool,
}

/// One thread's connection.
pub struct Desk {
    db: Arc<Db>,
    asked: Arc<Asked>,
}

/// Notes the statements that are sent.
#[derive(Default)]
struct Asked(Mutex<Vec<String>>);

impl EventSink for Asked {
    fn send(&self, event: Event) {
        if event.name == "SQLQuery"
            && let Some(sql) = event.data.get("sql").and_then(|sql| sql.as_str())
        {
            let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            asked.push(sql.to_owned());
        }
    }
}

impl Asked {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Desk {
    /// Ends the transaction that statements of templates have begun.
    fn end(&self) {
        // A database in memory that holds no rows has nothing to lose.
        let _ = self.db.commit();
    }

    /// Returns the columns of a query.
    pub fn describe(&self, sql: &str) -> Result<Vec<Column>, AdapterError> {
        self.db.describe(sql)
    }

    /// Lets a function use the connection itself.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&mut dyn Connection) -> Result<T, AdapterError>,
    ) -> Result<T, AdapterError> {
        self.db.with(work)
    }

    /// Runs statements.
    pub fn execute(&self, sql: &str) -> Result<(), AdapterError> {
        let statement = Statement {
            sql,
            auto_begin: false,
            fetch: false,
            limit: None,
        };
        self.db.execute(statement).map(drop)
    }
}

impl Drafts {
    /// Makes ready to render the nodes of a project. `selected` is what
    /// templates see as `selected_resources`.
    pub fn new(cx: RunContext, command: Command, selected: IdSet) -> Self {
        let plan = Plan {
            command,
            steps: Vec::new(),
            selected,
        };
        Self {
            session: Session::new(cx, &plan),
        }
    }

    pub fn cx(&self) -> &RunContext {
        &self.session.cx
    }

    /// Makes a connection for one thread; it is opened when it is used.
    pub fn desk(&self) -> Desk {
        let asked = Arc::new(Asked::default());
        let cx = &self.session.cx;
        let db = Db::new(
            Arc::clone(&cx.adapter),
            Arc::clone(&asked) as Arc<dyn EventSink>,
            Arc::clone(&cx.cancelled),
            true,
            80,
        );
        Desk {
            db: Arc::new(db),
            asked,
        }
    }

    fn state(&self, desk: &Desk, id: &UniqueId) -> Result<Arc<NodeState>, Failure> {
        self.own_state(desk, id).map(Arc::new)
    }

    fn own_state(&self, desk: &Desk, id: &UniqueId) -> Result<NodeState, Failure> {
        let handle = NodeHandle::find(&self.session.cx.graph, id)
            .ok_or_else(|| Failure::new("Internal", format!("{id} is not in the graph")))?;
        desk.asked.take();
        desk.db.take_looked_around();
        Ok(NodeState::new(&self.session, &desk.db, handle))
    }

    /// Renders a node. The statements that its templates have sent are told
    /// even where it cannot be rendered.
    ///
    /// # Errors
    ///
    /// Why it does not compile.
    pub fn draft(&self, desk: &Desk, id: &UniqueId) -> (Result<Draft, Failure>, Vec<String>) {
        let state = match self.state(desk, id) {
            Ok(state) => state,
            Err(failure) => return (Err(failure), Vec::new()),
        };
        let outcome = compile::draft(&state);
        let asked = desk.asked.take();
        let looked_around = desk.db.take_looked_around();
        desk.end();
        let draft = outcome.map(|(code, own, ephemerals)| Draft {
            code,
            own,
            ephemerals,
            asked: asked.clone(),
            looked_around,
        });
        (draft, asked)
    }

    /// Returns what a node's templates ask the database, with what others have
    /// asked before.
    pub fn asked_afresh(&self, desk: &Desk, id: &UniqueId) -> Vec<String> {
        let cx = self.session.cx.clone();
        let fresh = Self::new(cx, Command::Compile, self.session.selected.clone());
        fresh.draft(desk, id).1
    }

    /// Returns the relation that a node makes.
    pub fn relation(&self, node: &Node) -> Relation {
        context::node_relation(&self.session, node)
    }

    /// Returns the relation of another environment that stands for a node with
    /// `--defer`.
    pub fn deferred_relation(&self, id: &UniqueId) -> Option<Relation> {
        context::defer_relation(&self.session, id)
    }

    /// Returns the relation, or the files, that a source stands for.
    pub fn source_relation(&self, source: &Source) -> Relation {
        context::source_relation(source)
    }

    /// Lets templates find a relation that the project is going to make.
    pub fn add_relation(&self, relation: &Relation) {
        self.session.cache.add(relation);
    }

    /// Makes a node by its materialization, for functions of the project.
    ///
    /// # Errors
    ///
    /// Why it cannot be made.
    pub fn build(&self, desk: &Desk, id: &UniqueId) -> Result<(), Failure> {
        let state = self.state(desk, id)?;
        let compiled = compile::compile(&state)?;
        let executing = worker::executing_state(&state, Some(&compiled));
        let built = worker::build(&executing, Some(&compiled)).map(drop);
        desk.end();
        built
    }

    /// Checks whether a node's SQL keeps its contract.
    ///
    /// # Errors
    ///
    /// What is wrong, as building the node would say it.
    pub fn check_contract(&self, desk: &Desk, node: &Node, draft: &Draft) -> Result<(), Failure> {
        let mut state = self.own_state(desk, &node.unique_id)?;
        state.compiled_code = Some(Arc::clone(&draft.code));
        let state = Arc::new(state);
        let engine = &self.session.cx.engine;
        let root = &*self.session.cx.project.name;
        let name = "assert_columns_equivalent";
        let Some(found) = engine.find_macro(root, name).map(|m| m.unique_id.clone()) else {
            return Ok(());
        };
        let sql = crate::jinja::Value::from(&*draft.code);
        let outcome = engine.call_macro(&found, &[sql], &[], &state.context());
        desk.end();
        outcome
            .map(drop)
            .map_err(|error| materialize::in_node(&state, None, &error))
    }

    /// Tells whether a node is built by a materialization that comes with the
    /// program, so that it is known what becomes of its SQL.
    pub fn is_built_in(&self, node: &Node) -> bool {
        let name = node.config.materialized();
        let found = materialize::find_materialization(&self.session, name)
            .ok()
            .flatten();
        let engine = &self.session.cx.engine;
        let found = found.and_then(|id| engine.macro_by_id(id.as_str()).cloned());
        node.is_ephemeral() || found.is_some_and(|f| matches!(&*f.package, "dbt" | "dbt_duckdb"))
    }

    /// Returns the SQL of the project's hooks that run before anything else,
    /// in their order.
    ///
    /// # Errors
    ///
    /// Why one of them does not compile.
    pub fn start_hooks(&self, desk: &Desk) -> Result<Vec<String>, Failure> {
        let texts = run_hooks::start_texts(&self.session, &desk.db);
        desk.end();
        texts
    }

    /// Returns the statements that a node runs beside its query: those of its
    /// hooks, or of an operation, and those that their templates send. What does
    /// not compile is left to those who run it.
    pub fn beside(&self, desk: &Desk, node: &Node) -> Vec<String> {
        let mut texts = Vec::new();
        if node.resource_type == ResourceType::Operation {
            let (draft, asked) = self.draft(desk, &node.unique_id);
            texts.extend(draft.map(|draft| draft.code.to_string()));
            texts.extend(asked);
            return texts;
        }
        for key in ["pre-hook", "post-hook"] {
            texts.extend(self.node_hooks(desk, node, key).into_iter().flatten());
            texts.extend(desk.asked.take());
        }
        texts
    }

    /// Renders the hooks of a node, those before it or those after it.
    ///
    /// # Errors
    ///
    /// Why one of them does not compile.
    pub fn node_hooks(&self, desk: &Desk, node: &Node, key: &str) -> Result<Vec<String>, Failure> {
        let texts = run_hooks::texts_of_config(node.config.get(key));
        if texts.is_empty() {
            return Ok(texts);
        }
        let state = self.state(desk, &node.unique_id)?;
        let context = state.context();
        let engine = &self.session.cx.engine;
        let render = |text: &String| {
            let path = compile::template_path(node);
            engine
                .render(text, path, &context)
                .map_err(|error| materialize::in_node(&state, None, &error))
        };
        let texts = texts.iter().map(render).collect();
        desk.end();
        texts
    }
}
