//! The schemas that a command writes to: made before anything runs.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexSet;

use super::context::{NodeState, relations};
use super::db::Db;
use super::failure::{Failure, Rendered, from_jinja};
use super::node::NodeHandle;
use super::pseudo;
use super::query_comment::CommentSubject;
use super::session::Session;
use super::subject::Subject;
use super::worker::name_connection;
use crate::jinja::JinjaError;
use crate::parse::{Node, ResourceType, UniqueId};

/// Creates the schemas of the selected nodes and takes note of what is in
/// them.
pub fn prepare<'a>(
    session: &Arc<Session>,
    db: &Arc<Db>,
    nodes: impl Iterator<Item = &'a UniqueId>,
) -> Result<(), Failure> {
    let needed = needed(session, nodes);
    if needed.is_empty() {
        return Ok(());
    }
    let node = Arc::new(pseudo::operation(session, "master"));
    let state = NodeState::new(session, db, NodeHandle::Own(node));
    let state = Arc::new(state);
    let failed = |error: JinjaError| {
        let rendered = Rendered {
            subject: Subject::Node(&state.node),
            template: "",
            path: "",
            compiled: None,
            origins: None,
        };
        from_jinja(session.graph(), rendered, &error)
    };
    create_missing(&state, &needed, &failed)?;
    for (database, schema) in &needed {
        let name = format!("list_{}_{schema}", database.as_deref().unwrap_or_default());
        name_connection(&state, CommentSubject::Connection(&name))?;
        relations::list(&state, database.as_deref(), schema).map_err(failed)?;
    }
    db.release();
    Ok(())
}

type Schema = (Option<String>, String);

fn create_missing(
    state: &Arc<NodeState>,
    needed: &IndexSet<Schema>,
    failed: &impl Fn(JinjaError) -> Failure,
) -> Result<(), Failure> {
    let databases: IndexSet<&Option<String>> =
        needed.iter().map(|(database, _)| database).collect();
    let mut existing: HashSet<Schema> = HashSet::new();
    for database in databases {
        let name = match database {
            Some(database) => format!("list_{database}"),
            None => "list_schemas".to_owned(),
        };
        name_connection(state, CommentSubject::Connection(&name))?;
        let schemas = relations::schemas(state, database.as_deref()).map_err(failed)?;
        let lower = database.as_ref().map(|database| database.to_lowercase());
        existing.extend(schemas.iter().map(|s| (lower.clone(), s.to_lowercase())));
    }
    for (database, schema) in needed {
        let lower = database.as_ref().map(|database| database.to_lowercase());
        if !existing.insert((lower, schema.to_lowercase())) {
            continue;
        }
        let name = format!(
            "create_{}_{schema}",
            database.as_deref().unwrap_or_default()
        );
        name_connection(state, CommentSubject::Connection(&name))?;
        let relation = relations::schema_relation(state, database.as_deref(), schema);
        relations::create(state, &relation).map_err(failed)?;
    }
    Ok(())
}

fn needed<'a>(session: &Session, nodes: impl Iterator<Item = &'a UniqueId>) -> IndexSet<Schema> {
    let all = &session.graph().project.nodes;
    nodes
        .filter_map(|id| all.get(id))
        .filter(|node| is_relational(session, node))
        .map(|node| (node.database.clone(), node.schema.clone()))
        .collect()
}

/// Tells whether a node makes something in the database.
pub fn is_relational(session: &Session, node: &Node) -> bool {
    match node.resource_type {
        ResourceType::Model => !node.is_ephemeral(),
        ResourceType::Seed | ResourceType::Snapshot | ResourceType::Function => true,
        ResourceType::Test => node.stores_failures(session.cx.invocation.flags.store_failures),
        _ => false,
    }
}
