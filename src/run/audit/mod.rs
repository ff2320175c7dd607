//! What a run found and left in the database: rows and columns of the
//! relations that it built, for the ledger.
//!
//! The catalog is read once before the run and once after it, whatever the
//! number of nodes. Rows are counted only where the catalog cannot know them:
//! DuckDB's own number takes no account of deleted rows.

mod table;

use std::collections::{HashMap, HashSet};

use indexmap::{IndexMap, IndexSet};

use super::db::Db;
use super::session::Session;
use super::subject::Subject;
use super::{NodeResult, RunResults, Status};
use crate::adapter::{CatalogRelation, Cell, Relation, RelationKind};
use crate::parse::{IdSet, Node, ResourceType, UniqueId};
use crate::plan::Plan;

pub use table::write as write_table;

/// What is known of one node's relation before and after a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeFacts {
    /// Rows of the tables that the node reads, through views and ephemeral
    /// models. None when it reads none, or something that is no table of the
    /// database.
    pub rows_in: Option<u64>,
    /// Rows of the node's table after the run. None for views.
    pub rows_out: Option<u64>,
    /// The columns before the run. None when there was no such relation.
    pub before: Option<Vec<(String, String)>>,
    /// The columns after the run, each with its type.
    pub after: Option<Vec<(String, String)>>,
}

/// A relation's database, schema and name in lower case: DuckDB compares
/// names so.
type Key = (String, String, String);

/// The relations of some schemas at one moment.
#[derive(Default)]
pub struct Snapshot(HashMap<Key, CatalogRelation>);

/// Tells whether a run of this plan changes relations that the ledger tells of.
pub fn is_wanted(session: &Session, plan: &Plan) -> bool {
    let audit = &session.cx.project.hcdbt_yml.audit;
    let is_kept = audit.table || audit.ledger && session.cx.invocation.flags.write_json;
    is_kept && built(session, plan).next().is_some()
}

fn built<'a>(session: &'a Session, plan: &'a Plan) -> impl Iterator<Item = &'a Node> {
    let nodes = &session.graph().project.nodes;
    let nodes = plan.steps.iter().filter_map(|step| nodes.get(&step.node));
    nodes.filter(|node| is_built(node))
}

fn is_built(node: &Node) -> bool {
    let makes_relation = matches!(
        node.resource_type,
        ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
    );
    makes_relation && !node.is_ephemeral()
}

/// Reads the catalog of the schemas that the plan's nodes go to.
pub fn look(session: &Session, db: &Db, plan: &Plan) -> Snapshot {
    let places = built(session, plan).map(|node| place(session, node));
    read(db, places.map(|(database, schema, _)| (database, schema)))
}

/// Works out the facts of every node that the run has built.
pub fn facts(
    session: &Session,
    db: &Db,
    plan: &Plan,
    before: &Snapshot,
    out: &RunResults,
) -> HashMap<UniqueId, NodeFacts> {
    let succeeded =
        |result: &&NodeResult| matches!(result.status, Status::Success | Status::PartialSuccess);
    let done: HashSet<&UniqueId> = out
        .results
        .iter()
        .filter(succeeded)
        .map(|result| &result.unique_id)
        .collect();
    let sources = session.graph().project.sources.values();
    let mut places: IndexSet<(String, String)> = sources
        .map(|source| {
            let database = source.database.as_deref();
            (database_of(session, database), source.schema.clone())
        })
        .collect();
    for node in session.graph().project.nodes.values() {
        if is_built(node) {
            let (database, schema, _) = place(session, node);
            places.insert((database, schema));
        }
    }
    let mut counter = Counter {
        session,
        db,
        after: read(db, places.into_iter()),
        done,
        rows: HashMap::new(),
    };
    let mut facts = HashMap::new();
    for node in built(session, plan) {
        let key = key(session, node);
        let after = counter.after.0.get(&key).map(columns);
        let is_done = counter.done.contains(&node.unique_id);
        facts.insert(
            node.unique_id.clone(),
            NodeFacts {
                rows_in: counter.rows_in(node).filter(|_| is_done),
                rows_out: counter.rows(&node.unique_id).filter(|_| is_done),
                before: before.0.get(&key).map(columns),
                after,
            },
        );
    }
    facts
}

/// Counts rows, each table once.
struct Counter<'a> {
    session: &'a Session,
    db: &'a Db,
    after: Snapshot,
    /// What the run has built.
    done: HashSet<&'a UniqueId>,
    rows: HashMap<UniqueId, Option<u64>>,
}

impl Counter<'_> {
    /// Adds up the rows of the tables that a node reads.
    fn rows_in(&mut self, node: &Node) -> Option<u64> {
        let mut tables = IdSet::default();
        self.tables_below(node, &mut tables)?;
        if tables.is_empty() {
            return None;
        }
        let mut sum = 0;
        for id in tables {
            sum += self.rows(&id)?;
        }
        Some(sum)
    }

    /// Gathers what is read through views and ephemeral models. None when
    /// something is read that has no relation in the database.
    fn tables_below(&self, node: &Node, tables: &mut IdSet) -> Option<()> {
        let nodes = &self.session.graph().project.nodes;
        for id in &node.depends_on_nodes {
            let parent = nodes.get(id);
            let is_read_through = parent.is_some_and(|parent| {
                parent.is_ephemeral() || self.kind(id) == Some(RelationKind::View)
            });
            match parent.filter(|_| is_read_through) {
                Some(parent) => self.tables_below(parent, tables)?,
                None => {
                    if self.kind(id) != Some(RelationKind::Table) {
                        return None;
                    }
                    tables.insert(id.clone());
                }
            }
        }
        Some(())
    }

    fn kind(&self, id: &UniqueId) -> Option<RelationKind> {
        let key = key_of(self.session, id)?;
        self.after.0.get(&key).map(|relation| relation.kind)
    }

    /// Returns the rows of a table, none for views and what is not there.
    fn rows(&mut self, id: &UniqueId) -> Option<u64> {
        if let Some(known) = self.rows.get(id) {
            return *known;
        }
        let rows = self.count(id);
        self.rows.insert(id.clone(), rows);
        rows
    }

    fn count(&self, id: &UniqueId) -> Option<u64> {
        let relation = self.after.0.get(&key_of(self.session, id)?)?;
        if relation.kind != RelationKind::Table {
            return None;
        }
        if let Some(rows) = relation.row_count.filter(|_| self.is_new(id)) {
            return Some(rows);
        }
        let name = Relation::new(&*relation.database, &*relation.schema, &*relation.name);
        let sql = format!("select count(*) from {}", name.name());
        let counted = self.db.with(|db| db.execute(&sql, true, None));
        match counted.ok()?.1.rows.into_iter().flatten().next()? {
            Cell::Int(rows) => u64::try_from(rows).ok(),
            _ => None,
        }
    }

    /// Tells whether a table was made anew by this run and by nothing that
    /// deletes rows, so that the catalog's number is the number of rows.
    fn is_new(&self, id: &UniqueId) -> bool {
        let node = self.session.graph().project.nodes.get(id);
        node.is_some_and(|node| {
            // A seed's rows are deleted and loaded again into the same table.
            let is_whole =
                node.resource_type == ResourceType::Model && node.config.materialized() == "table";
            let hooks = node
                .config
                .get("post-hook")
                .and_then(|hooks| hooks.as_array());
            is_whole
                && self.done.contains(id)
                && hooks.is_none_or(|hooks| hooks.is_empty())
                && place(self.session, node).0 == self.session.cx.adapter.settings().database
                && self
                    .session
                    .cx
                    .adapter
                    .settings()
                    .ducklake_databases
                    .is_empty()
        })
    }
}

fn columns(relation: &CatalogRelation) -> Vec<(String, String)> {
    let columns = relation.columns.iter();
    columns
        .map(|column| (column.name.clone(), column.data_type.clone()))
        .collect()
}

fn read(db: &Db, places: impl Iterator<Item = (String, String)>) -> Snapshot {
    let mut by_database: IndexMap<String, IndexSet<String>> = IndexMap::new();
    for (database, schema) in places {
        by_database.entry(database).or_default().insert(schema);
    }
    let mut snapshot = Snapshot::default();
    for (database, schemas) in by_database {
        let schemas: Vec<String> = schemas.into_iter().collect();
        // What a database does not tell stays unknown; the run goes on.
        let found = db.with(|db| db.catalog(&database, &schemas));
        for relation in found.unwrap_or_default() {
            let key = lower(&relation.database, &relation.schema, &relation.name);
            snapshot.0.insert(key, relation);
        }
    }
    snapshot
}

fn database_of(session: &Session, database: Option<&str>) -> String {
    let default = &session.cx.adapter.settings().database;
    database.unwrap_or(default).to_owned()
}

fn place(session: &Session, node: &Node) -> Key {
    let database = database_of(session, node.database.as_deref());
    (database, node.schema.clone(), node.alias.clone())
}

fn key(session: &Session, node: &Node) -> Key {
    let (database, schema, name) = place(session, node);
    lower(&database, &schema, &name)
}

fn key_of(session: &Session, id: &UniqueId) -> Option<Key> {
    match Subject::find(session.graph(), id)? {
        Subject::Node(node) => Some(key(session, node)),
        Subject::Source(source) => {
            let database = database_of(session, source.database.as_deref());
            Some(lower(&database, &source.schema, &source.identifier))
        }
        _ => None,
    }
}

fn lower(database: &str, schema: &str, name: &str) -> Key {
    (
        database.to_lowercase(),
        schema.to_lowercase(),
        name.to_lowercase(),
    )
}
