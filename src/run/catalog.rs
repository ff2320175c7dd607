//! What the database knows of the project's relations, for the docs.

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};

use super::session::Session;
use super::{RunContext, schemas};
use crate::adapter::CatalogRelation;
use crate::diagnostics::{Diagnostic, Outcome};
use crate::plan::{Command, Plan};

/// Asks for the relations of all nodes and sources of the project.
pub fn catalog(cx: &RunContext) -> Outcome<Vec<CatalogRelation>> {
    let plan = Plan {
        command: Command::Docs,
        steps: Vec::new(),
        selected: IndexSet::new(),
    };
    let session = Session::new(cx.clone(), &plan);
    let mut wanted: HashSet<(String, String, String)> = HashSet::new();
    let mut by_database: IndexMap<String, IndexSet<String>> = IndexMap::new();
    let default = cx.adapter.settings().database.clone();
    let project = &session.graph().project;
    let nodes = project
        .nodes
        .values()
        .filter(|node| schemas::is_relational(&session, node))
        .map(|node| (&node.database, &node.schema, &node.alias));
    let sources = project
        .sources
        .values()
        .map(|source| (&source.database, &source.schema, &source.identifier));
    for (database, schema, name) in nodes.chain(sources) {
        let database = database.clone().unwrap_or_else(|| default.clone());
        wanted.insert((
            database.to_lowercase(),
            schema.to_lowercase(),
            name.to_lowercase(),
        ));
        by_database
            .entry(database)
            .or_default()
            .insert(schema.clone());
    }
    let db = session.db();
    let mut relations = Vec::new();
    let mut diagnostics = Vec::new();
    for (database, schemas) in by_database {
        let schemas: Vec<String> = schemas.into_iter().collect();
        match db.with(|connection| connection.catalog(&database, &schemas)) {
            Ok(found) => relations.extend(found.into_iter().filter(|relation| {
                let key = (
                    relation.database.to_lowercase(),
                    relation.schema.to_lowercase(),
                    relation.name.to_lowercase(),
                );
                wanted.contains(&key)
            })),
            Err(error) => {
                diagnostics.push(Diagnostic::error(
                    "catalog",
                    format!(
                        "could not read the catalog of database `{database}`: {}",
                        error.message
                    ),
                ));
            }
        }
    }
    db.release();
    Outcome::with(relations, diagnostics)
}
