//! How a node's relation is written in SQL.

use crate::adapter::Relation;
use crate::config::{LoadedProject, Quoting};

/// Which parts of a name the root project wants in quotes.
pub(super) fn quoting(project: &LoadedProject) -> [bool; 3] {
    let Quoting {
        database,
        schema,
        identifier,
    } = project.root().project.quoting;
    [database, schema, identifier].map(|part| part.unwrap_or(true))
}

/// Makes the relation of a name. An empty schema is none, as a project's own
/// `generate_schema_name` may want.
pub(super) fn relation(
    quote: [bool; 3],
    database: Option<&str>,
    schema: &str,
    identifier: &str,
) -> Relation {
    Relation {
        database: database.map(str::to_owned),
        schema: Some(schema.to_owned()).filter(|s| !s.is_empty()),
        identifier: Some(identifier.to_owned()),
        quote,
        include: [true; 3],
        ..Relation::default()
    }
}
