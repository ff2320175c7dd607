//! `--changed`: leaves alone what is up to date.
//!
//! A node is up to date when it would be made from the same things (its SQL, its
//! configuration, what it reads) and its relation is still the one that was
//! made. Rows are compared by their contents: what a node reads has a version,
//! a digest of its columns and rows, so it does not matter who changed them, nor
//! when. Digests are not computed where the database's file is, byte for byte,
//! the one that the last run left behind.
//!
//! Whatever cannot be judged is run.

mod environment;
mod inputs;
mod purity;
mod stamp;
#[cfg(test)]
mod tests;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use camino::Utf8PathBuf;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::compile::Compiled;
use super::context::{NodeState, node_relation, relations};
use super::db::Db;
use super::job::Job;
use super::session::Session;
use crate::adapter::{Relation, RelationKind};
use crate::event::Level;
use crate::files::World;
use crate::graph::quarantine;
use crate::parse::{Language, Node, ResourceType};
use environment::Environment;
pub use inputs::source_files;
use purity::Reads;
use stamp::{Made, Saved, Stamp};

/// What is known of earlier runs, and what this run adds to it.
pub struct Reuse {
    /// Whether the reason for each node is told.
    explain: bool,
    path: Utf8PathBuf,
    before: Saved,
    after: Mutex<BTreeMap<String, Stamp>>,
    /// The versions of what was looked at in this run; none where a relation may
    /// give something else each time.
    versions: Mutex<HashMap<String, Option<String>>>,
    environment: OnceLock<Environment>,
    /// The relations of the project's own nodes.
    made_here: OnceLock<HashSet<String>>,
    /// The databases, by name in lower case.
    databases: OnceLock<HashMap<String, Database>>,
    reused: AtomicUsize,
}

struct Database {
    path: Option<Utf8PathBuf>,
    /// Whether the file is the one that the last run left behind.
    is_untouched: bool,
    definitions: OnceLock<HashMap<(String, String), String>>,
}

/// What is to be done with a node.
pub enum Decision {
    Reuse,
    Run(Prepared),
}

/// What a node is about to be made from.
pub struct Prepared(Option<Box<Stamp>>);

impl Reuse {
    /// Reads what earlier runs have left for the target.
    pub fn read(
        world: &dyn World,
        target_dir: &camino::Utf8Path,
        target: &str,
        explain: bool,
    ) -> Self {
        let path = target_dir.join(format!("hcdbt/changed/{target}.json"));
        let text = world.read(&path).unwrap_or_default();
        let before = Saved::read(&text);
        Self {
            explain,
            path,
            after: Mutex::new(before.stamps.clone()),
            before,
            versions: Mutex::default(),
            environment: OnceLock::new(),
            made_here: OnceLock::new(),
            databases: OnceLock::new(),
            reused: AtomicUsize::new(0),
        }
    }

    /// Looks at the databases, before anything is done to them.
    pub fn begin(&self, session: &Session, db: &Db) {
        self.environment.get_or_init(|| Environment::of(session));
        let trusts_files = !environment::has_hooks(session.graph());
        self.databases.get_or_init(|| {
            let found = db.with(|connection| connection.databases());
            let found = found.unwrap_or_default().into_iter();
            let databases = found.map(|database| {
                let path = database
                    .path
                    .map(|path| session.cx.invocation.current_dir.join(path));
                let known = self.before.databases.get(&database.name);
                let now = path
                    .as_ref()
                    .and_then(|path| signature(&*session.cx.world, path));
                let entry = Database {
                    is_untouched: trusts_files && known.is_some() && known == now.as_ref(),
                    path,
                    definitions: OnceLock::new(),
                };
                (database.name.to_lowercase(), entry)
            });
            databases.collect()
        });
        for (id, stamp) in lock(&self.after).iter_mut() {
            let database = relation_parts(session, id).map(|(database, ..)| database);
            let database = database.and_then(|name| self.databases.get()?.get(&name));
            stamp.is_checked &= database.is_some_and(|database| database.is_untouched);
        }
    }

    /// Decides whether a node has to be run. `is_forced` says that it has, for
    /// a reason of the caller's.
    pub fn decide(
        &self,
        state: &Arc<NodeState>,
        job: Job,
        compiled: Option<&Compiled>,
        is_forced: bool,
    ) -> Decision {
        let id = state.node.unique_id.as_str();
        let (decision, reason) = match self.prepare(state, job, compiled, is_forced) {
            Err(reason) => (Decision::Run(Prepared(None)), reason),
            Ok(stamp) => match self.difference(state, &stamp) {
                Err(reason) => (Decision::Run(Prepared(Some(Box::new(stamp)))), reason),
                Ok(reason) => (Decision::Reuse, reason),
            },
        };
        let word = match &decision {
            Decision::Reuse => {
                self.reused.fetch_add(1, Ordering::Relaxed);
                let mut stamp = self.before.stamps.get(id).cloned().unwrap_or_default();
                stamp.is_checked = true;
                lock(&self.versions).insert(id.to_owned(), stamp.version.clone());
                lock(&self.after).insert(id.to_owned(), stamp);
                "keep"
            }
            Decision::Run(_) => {
                // Until it is made anew it is nobody knows what.
                lock(&self.after).remove(id);
                "run "
            }
        };
        let level = if self.explain {
            Level::Info
        } else {
            Level::Debug
        };
        let message = format!("{word} {id}: {reason}");
        let data = json!({"unique_id": id, "reason": reason});
        state
            .session
            .reporter()
            .other(level, "Note", "Z050", message, || data);
        decision
    }

    /// Collects what a node is made from.
    ///
    /// # Errors
    ///
    /// Why it is to be run whatever it is made from.
    fn prepare(
        &self,
        state: &Arc<NodeState>,
        job: Job,
        compiled: Option<&Compiled>,
        is_forced: bool,
    ) -> Result<Stamp, String> {
        let session = &state.session;
        let node = &*state.node;
        if is_forced {
            return Err("its quarantined rows are to be judged again".to_owned());
        }
        if session.cx.invocation.flags.full_refresh {
            return Err("`--full-refresh` asks for it".to_owned());
        }
        let kind = node.config.materialized();
        let made = match (job, node.resource_type, kind) {
            (Job::Test, ..) => Made::Pass,
            (Job::Materialize, ResourceType::Seed, _) => Made::Table,
            (Job::Materialize, ResourceType::Model, "table") => Made::Table,
            (Job::Materialize, ResourceType::Model, "view") => Made::View,
            (Job::Materialize | Job::Microbatch, ResourceType::Model, kind) => {
                return Err(format!("what `{kind}` makes depends on what is there"));
            }
            (_, resource_type, _) => {
                return Err(format!("a {} is always run", resource_type.as_str()));
            }
        };
        if environment::node_has_hooks(node) {
            return Err("it has hooks, which may do anything".to_owned());
        }
        if node.language == Language::Python {
            return Err("Python may read anything".to_owned());
        }
        if made == Made::Pass {
            if quarantine::is_quarantine(node) {
                return Err("it takes rows aside".to_owned());
            }
            if state.relation_of_stored_failures().is_some() {
                return Err("it stores its failures".to_owned());
            }
        } else if environment::is_quarantined(session.graph(), node) {
            return Err("tests take rows of it aside".to_owned());
        }
        let environment = self.environment.get_or_init(|| Environment::of(session));
        if let Some(reason) = &environment.unstable {
            return Err(reason.clone());
        }
        if environment.own_materializations.contains(kind) {
            return Err(format!("the project has its own materialization `{kind}`"));
        }
        let sql = match compiled {
            Some(compiled) => digest(&compiled.code),
            None => inputs::seed_digest(state)?,
        };
        let known = self.before.stamps.get(node.unique_id.as_str());
        let reads = match (compiled, known) {
            (None, _) => Reads::default(),
            (Some(_), Some(known))
                if known.sql == sql && known.environment == environment.digest =>
            {
                known.reads.clone()
            }
            (Some(compiled), _) => inputs::reads(session, &compiled.code)?,
        };
        let inputs = self.inputs(state, &reads, made)?;
        let mut stamp = Stamp {
            relation: match made {
                Made::Pass => String::new(),
                _ => node_relation(session, node).name(),
            },
            made,
            sql,
            config: environment::config_digest(node, environment),
            environment: environment.digest.clone(),
            inputs,
            version: None,
            definition: None,
            reads,
            made_at: None,
            is_checked: false,
        };
        if let Some(what) = &stamp.reads.volatile {
            // A view holds no rows that could be out of date.
            if made != Made::View {
                return Err(format!(
                    "it uses {what}, which may give something else each time"
                ));
            }
        } else if made == Made::View && !stamp.inputs.values().any(|v| v == inputs::ALWAYS_NEW) {
            let mut text = stamp.sql.clone();
            for (id, version) in &stamp.inputs {
                let _ = write!(text, "\n{id} {version}");
            }
            stamp.version = Some(digest(&text));
        }
        Ok(stamp)
    }

    /// Says why a node can be kept.
    ///
    /// # Errors
    ///
    /// What is not as it was when it was made.
    fn difference(&self, state: &Arc<NodeState>, stamp: &Stamp) -> Result<String, String> {
        let id = state.node.unique_id.as_str();
        let known = self.before.stamps.get(id);
        let Some(known) = known.filter(|known| !known.sql.is_empty()) else {
            return Err(match stamp.made {
                Made::Pass => "it has not passed with `--changed` before".to_owned(),
                _ => "it was not made with `--changed` before".to_owned(),
            });
        };
        if known.environment != stamp.environment {
            return Err("the program, the profile or a macro that builds has changed".to_owned());
        }
        if known.sql != stamp.sql {
            return Err(match state.node.resource_type {
                ResourceType::Seed => "its file has changed".to_owned(),
                _ => "its SQL has changed".to_owned(),
            });
        }
        if known.config != stamp.config || known.made != stamp.made {
            return Err("its configuration has changed".to_owned());
        }
        if known.relation != stamp.relation {
            return Err("its name in the database has changed".to_owned());
        }
        let names = known.inputs.keys().chain(stamp.inputs.keys());
        let is_changed = |id: &&String| known.inputs.get(*id) != stamp.inputs.get(*id);
        let changed: BTreeSet<&String> = names.filter(is_changed).collect();
        let reason = match changed.first() {
            None => "nothing has changed".to_owned(),
            Some(input) => {
                let waits = waiting::reason(&state.node, known, &changed, state.session.now());
                let why = format!("`{input}` has changed");
                let waits = waits.ok_or_else(|| why.clone())?;
                format!("{why}, but {waits}")
            }
        };
        if stamp.made == Made::Pass {
            return Ok(reason);
        }
        let relation = node_relation(&state.session, &state.node);
        match self.relation_difference(state, &relation, known) {
            Some(difference) => Err(difference),
            None => Ok(reason),
        }
    }

    /// Says whether a relation is not the one that was made.
    fn relation_difference(
        &self,
        state: &Arc<NodeState>,
        relation: &Relation,
        known: &Stamp,
    ) -> Option<String> {
        let found = relations::find_of(state, relation).ok().flatten();
        let expected = match known.made {
            Made::View => RelationKind::View,
            _ => RelationKind::Table,
        };
        match found.map(|relation| relation.kind) {
            None => return Some("its relation is not in the database".to_owned()),
            Some(kind) if kind != Some(expected) => {
                return Some(format!("its relation is no {} any more", expected.as_str()));
            }
            Some(_) => {}
        }
        if self.is_as_known(relation, known) {
            return None;
        }
        let by_others = || Some("something else has changed its relation".to_owned());
        if known.definition.is_none() || self.definition(&state.db, relation) != known.definition {
            return by_others();
        }
        if known.made == Made::Table {
            let digest = table_digest(&state.db, relation);
            if digest.is_none() || digest != known.version {
                return by_others();
            }
        }
        None
    }

    /// Notes that a node was made, or that a test has passed.
    pub fn made(&self, state: &Arc<NodeState>, prepared: Prepared, passed: bool) {
        let node = &*state.node;
        let id = node.unique_id.as_str();
        let Prepared(stamp) = prepared;
        if node.resource_type == ResourceType::Test {
            if let Some(stamp) = stamp.filter(|_| passed) {
                lock(&self.after).insert(id.to_owned(), *stamp);
            }
            return;
        }
        let relation = node_relation(&state.session, node);
        let found = relations::find_of(state, &relation);
        let is_table = found.ok().flatten().and_then(|r| r.kind) == Some(RelationKind::Table);
        let mut version = stamp.as_ref().and_then(|stamp| stamp.version.clone());
        if is_table {
            version = table_digest(&state.db, &relation);
        }
        lock(&self.versions).insert(id.to_owned(), version.clone());
        let stamp = match stamp {
            Some(stamp) => *stamp,
            // Others may read it in a run that leaves it out.
            None if is_table => Stamp {
                relation: relation.name(),
                ..Stamp::default()
            },
            None => return,
        };
        let stamp = Stamp {
            version,
            made_at: Some(state.session.now()),
            is_checked: true,
            ..stamp
        };
        lock(&self.after).insert(id.to_owned(), stamp);
    }

    /// Notes that rows were taken out of a model.
    pub fn rows_moved(&self, state: &Arc<NodeState>, model: &Node) {
        let version = table_digest(&state.db, &node_relation(&state.session, model));
        let id = model.unique_id.as_str().to_owned();
        if let Some(stamp) = lock(&self.after).get_mut(&id) {
            stamp.version.clone_from(&version);
        }
        lock(&self.versions).insert(id, version);
    }

    /// Puts together what the next run needs to know of the databases, while
    /// they are open.
    pub fn end(&self, session: &Session, db: &Db) {
        let nodes = &session.graph().project.nodes;
        let sources = &session.graph().project.sources;
        let mut after = lock(&self.after);
        after.retain(|id, _| nodes.contains_key(id.as_str()) || sources.contains_key(id.as_str()));
        let fresh = after
            .iter_mut()
            .filter(|(_, stamp)| stamp.made != Made::Pass && stamp.definition.is_none());
        let mut listed: HashMap<String, HashMap<(String, String), String>> = HashMap::new();
        for (id, stamp) in fresh {
            let Some((database, schema, name)) = relation_parts(session, id) else {
                continue;
            };
            let definitions = listed
                .entry(database)
                .or_insert_with_key(|database| definitions(db, database));
            stamp.definition = definitions.get(&(schema, name)).cloned();
        }
        let reused = self.reused.load(Ordering::Relaxed);
        if reused > 0 {
            let text = format!(
                "Kept {reused} of {} nodes, which are up to date",
                session.total
            );
            session.reporter().line(&text);
        }
    }

    /// Writes what the next run needs to know, once the databases are closed.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn save(&self, world: &dyn World) -> std::io::Result<()> {
        let mut saved = Saved::default();
        saved.stamps = std::mem::take(&mut *lock(&self.after));
        for (name, database) in self.databases.get().into_iter().flatten() {
            let path = database.path.as_ref();
            if let Some(signature) = path.and_then(|path| signature(world, path)) {
                saved.databases.insert(name.clone(), signature);
            }
        }
        world.write(&self.path, saved.text().as_bytes())
    }

    /// Tells whether a relation is sure to be as it was seen last, so that it
    /// need not be looked at.
    fn is_as_known(&self, relation: &Relation, known: &Stamp) -> bool {
        let database = self.database(relation);
        known.is_checked && database.is_some_and(|database| database.is_untouched)
    }

    fn database(&self, relation: &Relation) -> Option<&Database> {
        let name = relation.database.as_deref()?.to_lowercase();
        self.databases.get()?.get(&name)
    }

    /// Returns a digest of how a relation was defined when the run began.
    fn definition(&self, db: &Db, relation: &Relation) -> Option<String> {
        let part = |part: &Option<String>| part.as_deref().unwrap_or_default().to_lowercase();
        let database = self.database(relation)?;
        let all = database
            .definitions
            .get_or_init(|| definitions(db, &part(&relation.database)));
        let key = (part(&relation.schema), part(&relation.identifier));
        all.get(&key).cloned()
    }
}

/// Returns database, schema and name of a node's or source's relation, in lower
/// case.
fn relation_parts(session: &Session, id: &str) -> Option<(String, String, String)> {
    let project = &session.graph().project;
    let (database, schema, name) = match (project.nodes.get(id), project.sources.get(id)) {
        (Some(node), _) => (&node.database, &node.schema, &node.alias),
        (None, Some(source)) => (&source.database, &source.schema, &source.identifier),
        (None, None) => return None,
    };
    let database = database.as_deref().unwrap_or_default().to_lowercase();
    Some((database, schema.to_lowercase(), name.to_lowercase()))
}

/// Returns digests of how a database's relations are defined.
fn definitions(db: &Db, database: &str) -> HashMap<(String, String), String> {
    let found = db.with(|connection| connection.definitions(database));
    let found = found.unwrap_or_default().into_iter();
    found
        .map(|d| {
            (
                (d.schema.to_lowercase(), d.name.to_lowercase()),
                digest(&d.text),
            )
        })
        .collect()
}

fn table_digest(db: &Db, relation: &Relation) -> Option<String> {
    db.with(|connection| connection.digest(relation)).ok()
}

/// Returns a short text that is another one when a database's file was written:
/// its size and time, its first blocks, which count checkpoints, and the same
/// of the log beside it.
fn signature(world: &dyn World, path: &camino::Utf8Path) -> Option<String> {
    use std::io::Read as _;
    let entry = world.entry(path).ok()?;
    let mut head = Vec::new();
    let file = world.open(path).ok()?;
    file.take(3 * 4096).read_to_end(&mut head).ok()?;
    let log = world.entry(&Utf8PathBuf::from(format!("{path}.wal"))).ok();
    let log = log.map(|log| format!("{}:{}", log.size, log.modified));
    Some(format!(
        "{}:{}:{}:{}",
        entry.size,
        entry.modified,
        digest_of_bytes(&head),
        log.unwrap_or_default()
    ))
}

fn digest(text: &str) -> String {
    digest_of_bytes(text.as_bytes())
}

fn digest_of_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
