//! What the nodes of one run share: the project, what is known of the
//! database, and what was compiled so far.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

use super::RunContext;
use super::cache::RelationCache;
use super::compile::Ephemeral;
use super::db::{Comment, Db};
use super::events::Reporter;
use super::failure::Failure;
use super::materialize::key_kinds;
use super::query_comment::{CommentSubject, CommentText, DefaultComment, QueryComment};
use super::sql_trees::SqlTrees;
use crate::config::DBT_VERSION;
use crate::diagnostics::Diagnostic;
use crate::event::{EventKind, Verdict};
use crate::files::normal_path;
use crate::graph::{Graph, Lookup, SearchRules, behaviour_flag};
use crate::jinja;
use crate::parse::{CompiledNode, IdMap, IdSet, Node, UniqueId, runtime_config};
use crate::plan::{Command, Plan};

/// The kinds of keys of a schema's tables.
type KeyTypes = IndexMap<String, Vec<&'static str>>;

/// One run's shared state.
pub struct Session {
    pub cx: RunContext,
    lookup: OnceLock<Lookup>,
    pub cache: RelationCache,
    pub sql_trees: SqlTrees,
    /// `selected_resources` of templates.
    pub selected: IdSet,
    command: Command,
    /// How many steps are told of: the `12` of `3 of 12`.
    pub total: usize,
    compiled: Mutex<IdMap<CompiledNode>>,
    ephemerals: Mutex<HashMap<UniqueId, Arc<OnceLock<Result<Arc<Ephemeral>, Arc<Failure>>>>>>,
    comment: QueryComment,
    width: usize,
    /// `graph` of templates, which lasts the run and can be changed.
    pub graph_value: OnceLock<jinja::Value>,
    runtime_config: OnceLock<jinja::Value>,
    /// The engines behind the attached databases, by name.
    pub catalog_types: OnceLock<HashMap<String, String>>,
    /// Held while a model with keys is built.
    pub foreign_keys: Mutex<()>,
    has_foreign_keys: OnceLock<bool>,
    key_types: Mutex<HashMap<(String, String), KeyTypes>>,
    sample: Option<(jiff::Timestamp, jiff::Timestamp)>,
    /// What is running at present, for telling what was cancelled.
    running: Mutex<IdSet>,
    /// What `warn_once` has said.
    said: Mutex<IndexSet<String>>,
    /// What is to be told when all is done.
    warnings: Mutex<Vec<Diagnostic>>,
    /// Parts of temporary names, by model.
    temporary_names: Mutex<HashMap<String, String>>,
}

impl Session {
    /// Returns the command of the plan.
    pub fn command(&self) -> Command {
        self.command
    }

    /// Makes the state of one run of a plan.
    pub fn new(cx: RunContext, plan: &Plan) -> Arc<Self> {
        let nodes = &cx.graph.project.nodes;
        let is_ephemeral = |id: &UniqueId| nodes.get(id).is_some_and(Node::is_ephemeral);
        let steps = plan.steps.iter();
        let total = steps.filter(|step| !is_ephemeral(&step.node)).count();
        let setting = cx.project.root().project.query_comment.as_ref();
        let width = cx.invocation.flags.all.get("PRINTER_WIDTH");
        Arc::new(Self {
            lookup: OnceLock::new(),
            cache: RelationCache::default(),
            sql_trees: SqlTrees::default(),
            selected: plan.selected.clone(),
            command: plan.command,
            total,
            compiled: Mutex::default(),
            ephemerals: Mutex::default(),
            comment: QueryComment::read(setting),
            width: width
                .and_then(Value::as_u64)
                .map_or(80, |width| width as usize),
            graph_value: OnceLock::new(),
            runtime_config: OnceLock::new(),
            catalog_types: OnceLock::new(),
            foreign_keys: Mutex::default(),
            has_foreign_keys: OnceLock::new(),
            key_types: Mutex::default(),
            sample: sample(&cx),
            running: Mutex::default(),
            said: Mutex::default(),
            warnings: Mutex::default(),
            temporary_names: Mutex::default(),
            cx,
        })
    }

    /// Returns the names that templates refer to.
    pub fn lookup(&self) -> &Lookup {
        self.lookup.get_or_init(|| {
            let cx = &self.cx;
            let flag = "require_ref_searches_node_package_before_root";
            let rules = SearchRules {
                root: Arc::clone(&cx.project.name),
                node_package_first: behaviour_flag(&cx.project, &cx.invocation, flag),
            };
            Lookup::new(&cx.graph.project, rules)
        })
    }

    /// Returns the project and profile as templates read them.
    pub fn runtime_config(&self) -> &jinja::Value {
        self.runtime_config
            .get_or_init(|| runtime_config(&self.cx.project, &self.cx.invocation))
    }

    /// Returns which parts of names the project quotes.
    pub fn quoting(&self) -> [bool; 3] {
        let quoting = &self.cx.project.root().project.quoting;
        [quoting.database, quoting.schema, quoting.identifier].map(|part| part.unwrap_or(true))
    }

    /// Returns the span of event time that `--sample` asks for.
    pub fn sample(&self) -> Option<(jiff::Timestamp, jiff::Timestamp)> {
        self.sample
    }

    /// Tells whether any model of the project has a foreign key.
    pub fn has_foreign_keys(&self) -> bool {
        *self.has_foreign_keys.get_or_init(|| {
            let mut nodes = self.graph().project.nodes.values();
            nodes.any(|node| key_kinds(node).any(|kind| kind == "foreign_key"))
        })
    }

    /// Tells whether a warning is an error for this run.
    pub fn is_error(&self, kind: EventKind) -> bool {
        self.cx.invocation.flags.warnings.verdict(kind) == Verdict::Error
    }

    /// Tells whether the rows of seeds are shown: `show`, and `seed --show`.
    pub fn keeps_seed_rows(&self) -> bool {
        let flag = self.cx.invocation.flags.all.get("SHOW");
        let is_asked = flag.and_then(Value::as_bool).unwrap_or(false);
        self.command == Command::Show || self.command == Command::Seed && is_asked
    }

    /// Notes that a node is being worked on, or no more.
    pub fn set_running(&self, id: &UniqueId, is_running: bool) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if is_running {
            running.insert(id.clone());
        } else {
            running.swap_remove(id);
        }
    }

    /// Returns what is being worked on; each node once.
    pub fn take_running(&self) -> IdSet {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = std::mem::take(&mut *running);
        taken.sort();
        taken
    }

    /// Takes the values of secret environment variables out of a failure.
    pub fn without_secrets(&self, mut failure: Failure) -> Failure {
        let secrets: Vec<&str> = self.cx.invocation.secrets().collect();
        for secret in secrets {
            failure.hide(secret);
        }
        failure
    }

    /// Notes a warning, which is told when all is done.
    pub fn warn(&self, warning: Diagnostic) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.push(warning);
    }

    /// Takes the warnings noted so far.
    pub fn take_warnings(&self) -> Vec<Diagnostic> {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *warnings)
    }

    /// Tells whether a warning is new.
    pub fn say_once(&self, text: &str) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.insert(text.to_owned())
    }

    /// Returns the part that makes a model's temporary names its own.
    pub fn temporary_name(&self, model: &str) -> String {
        let mut names = self
            .temporary_names
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let name = names.entry(model.to_owned()).or_insert_with(|| {
            let id = uuid::Uuid::new_v4().simple().to_string();
            id[id.len() - 12..].to_owned()
        });
        name.clone()
    }

    /// Returns the kinds of keys that a table had when its schema was looked
    /// at, none when it was not.
    pub fn key_types(
        &self,
        database: &str,
        schema: &str,
        table: &str,
    ) -> Option<Vec<&'static str>> {
        let known = self
            .key_types
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let tables = known.get(&(database.to_lowercase(), schema.to_lowercase()))?;
        Some(
            tables
                .get(&table.to_lowercase())
                .cloned()
                .unwrap_or_default(),
        )
    }

    /// Keeps the kinds of keys of a schema's tables.
    pub fn set_key_types(&self, database: &str, schema: &str, tables: KeyTypes) {
        let mut known = self
            .key_types
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known
            .entry((database.to_lowercase(), schema.to_lowercase()))
            .or_insert(tables);
    }

    pub fn graph(&self) -> &Graph {
        &self.cx.graph
    }

    pub fn reporter(&self) -> Reporter<'_> {
        Reporter {
            sink: &*self.cx.events,
            width: self.width,
        }
    }

    pub fn now(&self) -> jiff::Timestamp {
        self.cx.world.now()
    }

    /// Makes a connection for one thread; it is opened when it is used.
    pub fn db(&self) -> Arc<Db> {
        Arc::new(Db::new(
            Arc::clone(&self.cx.adapter),
            Arc::clone(&self.cx.events),
            Arc::clone(&self.cx.cancelled),
            self.cx.invocation.flags.introspect || self.cx.invocation.command != "compile",
            self.width,
        ))
    }

    /// Returns the comment that dbt's default puts on statements, none when
    /// the project has one of its own or wants none.
    pub fn default_comment(&self, subject: CommentSubject<'_>) -> Option<Comment> {
        if self.comment.text != CommentText::Default {
            return None;
        }
        let profile = &self.cx.project.profile;
        let comment = DefaultComment {
            dbt_version: DBT_VERSION,
            profile_name: &profile.name,
            target_name: &profile.target_name,
            subject,
        };
        Some(Comment {
            text: comment.text(),
            append: self.comment.append,
        })
    }

    /// Returns the template of the project's own query comment.
    pub fn comment_template(&self) -> Option<(&str, bool)> {
        match &self.comment.text {
            CommentText::Template(text) => Some((text, self.comment.append)),
            CommentText::None | CommentText::Default => None,
        }
    }

    /// Returns the place for an ephemeral model's compiled form; whoever
    /// comes first fills it.
    pub fn ephemeral(&self, id: &UniqueId) -> Arc<OnceLock<Result<Arc<Ephemeral>, Arc<Failure>>>> {
        let mut ephemerals = self
            .ephemerals
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(ephemerals.entry(id.clone()).or_default())
    }

    /// Changes what is known of a node's compiled form.
    pub fn update_compiled(&self, id: &UniqueId, change: impl FnOnce(&mut CompiledNode)) {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        change(compiled.entry(id.clone()).or_default());
    }

    /// Returns what is known of a node's compiled form.
    pub fn compiled(&self, id: &UniqueId) -> Option<CompiledNode> {
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.get(id).cloned()
    }

    /// Looks at what is known of a node's compiled form, when there is any.
    pub fn with_compiled(&self, id: &UniqueId, look: impl FnOnce(&CompiledNode)) {
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = compiled.get(id) {
            look(compiled);
        }
    }

    /// Gives up all compiled forms, in the manifest's order.
    pub fn take_compiled(&self) -> IdMap<CompiledNode> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let mut compiled = std::mem::take(&mut *compiled);
        let nodes = &self.graph().project.nodes;
        compiled.sort_by_cached_key(|id, _| (nodes.get_index_of(id), id.clone()));
        compiled
    }

    /// Returns the target folder as artifacts name it: `target`.
    pub fn target_path(&self) -> &str {
        match &self.cx.invocation.flags.target_path {
            Some(path) => path.as_str(),
            None => &self.cx.project.root().project.target_path,
        }
    }

    /// Writes a file of the target folder, named as artifacts name it. dbt's
    /// paths may hold `..` where a resource path leaves the project.
    pub fn write(&self, path: &str, text: &str) -> std::io::Result<()> {
        let below = path.strip_prefix(self.target_path()).unwrap_or(path);
        let path = self.cx.target_dir.join(below.trim_start_matches('/'));
        let world = &self.cx.world;
        world.write_for_reading(&normal_path(&path), text.as_bytes())
    }
}

/// Reads `--sample`: `3 days`, or a mapping of `start` and `end`.
fn sample(cx: &RunContext) -> Option<(jiff::Timestamp, jiff::Timestamp)> {
    let text = cx.invocation.flags.sample.as_deref()?;
    super::batches::sample_window(text, cx.invocation.started_at)
}
