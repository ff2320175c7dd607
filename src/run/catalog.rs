//! What the database knows of the project's relations, for the docs.

use foldhash::HashSet;
use indexmap::{IndexMap, IndexSet};

use super::session::Session;
use super::{RunContext, own_catalog, schemas};
use crate::adapter::CatalogRelation;
use crate::diagnostics::{Diagnostic, Outcome};
use crate::parse::IdSet;
use crate::plan::{Command, Plan};

/// The relations that the catalog is to tell of, by database: schema and name.
pub(super) type Wanted = IndexMap<String, IndexSet<(String, String)>>;

/// Asks for the relations of all nodes and sources of the project.
///
/// The database's own catalog is read, or a project's own macro is called
/// where there is one in place of dbt's.
pub fn catalog(cx: &RunContext) -> Outcome<Vec<CatalogRelation>> {
    let plan = Plan {
        command: Command::Docs,
        steps: Vec::new(),
        selected: IdSet::default(),
    };
    let session = Session::new(cx.clone(), &plan);
    let wanted = wanted(&session);
    let db = session.db();
    let mut found = Vec::new();
    let mut diagnostics = Vec::new();
    let own = own_catalog::find(&session, wanted.values().map(IndexSet::len).sum());
    for (database, relations) in &wanted {
        let read = match &own {
            Some(own) => own_catalog::read(&session, &db, own, database, relations),
            None => {
                let schemas: IndexSet<&String> = relations.iter().map(|(s, _)| s).collect();
                let schemas: Vec<String> = schemas.into_iter().cloned().collect();
                db.with(|connection| connection.catalog(database, &schemas))
                    .map_err(|error| vec![unreadable(database, &error.message)])
            }
        };
        match read {
            Ok(read) => found.extend(read),
            Err(errors) => diagnostics.extend(errors),
        }
    }
    db.release();
    let keys: HashSet<[String; 3]> = wanted
        .iter()
        .flat_map(|(database, relations)| {
            let keys = relations.iter();
            keys.map(move |(schema, name)| [database, schema, name].map(|s| s.to_lowercase()))
        })
        .collect();
    found.retain(|r| keys.contains(&[&r.database, &r.schema, &r.name].map(|s| s.to_lowercase())));
    Outcome::with(found, diagnostics)
}

fn wanted(session: &Session) -> Wanted {
    let mut wanted = Wanted::new();
    let project = &session.graph().project;
    let nodes = project
        .nodes
        .values()
        .filter(|node| schemas::is_relational(session, node))
        .map(|node| (&node.database, &node.schema, &node.alias));
    let sources = project
        .sources
        .values()
        .map(|source| (&source.database, &source.schema, &source.identifier));
    let default = &session.cx.adapter.settings().database;
    for (database, schema, name) in nodes.chain(sources) {
        let database = database.as_ref().unwrap_or(default);
        if !wanted.contains_key(database) {
            wanted.insert(database.clone(), IndexSet::new());
        }
        wanted[database].insert((schema.clone(), name.clone()));
    }
    wanted
}

fn unreadable(database: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        "catalog",
        format!("could not read the catalog of database `{database}`: {why}"),
    )
}
