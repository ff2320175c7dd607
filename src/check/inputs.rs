//! What is read and not made from SQL of the project: sources, seeds, Python
//! models, and nodes that a run takes as they are.

use indexmap::IndexMap;

use super::catalog::{Catalog, Known};
use crate::parse::{ColumnInfo, Source};
use crate::run::{Desk, Drafts};
use crate::sql::{Schema, SchemaColumn};

/// Returns what a source looks like: as the database has it, or its file, or
/// as the property file describes it.
pub fn source(drafts: &Drafts, desk: &Desk, catalog: &Catalog, source: &Source) -> Option<Schema> {
    let relation = drafts.source_relation(source);
    match &relation.external {
        Some(location) if is_here(location) => {
            let sql = format!("select * from {location}");
            let columns = desk.describe(&sql).ok()?.into_iter();
            let columns = columns.map(|column| SchemaColumn::new(column.name, column.data_type));
            Some(Schema::new(columns.collect()))
        }
        // What is written there is read, whatever the property file says.
        Some(_) => None,
        None => match catalog.get(&relation) {
            Known::There(schema) => Some((*schema).clone()),
            Known::Absent | Known::Unknown => described(&source.columns),
        },
    }
}

/// Tells whether a location is one on this machine.
fn is_here(location: &str) -> bool {
    !location.contains("://")
}

/// Returns what a property file describes, when it gives every column a type.
pub fn described(columns: &IndexMap<String, ColumnInfo>) -> Option<Schema> {
    if columns.is_empty() {
        return None;
    }
    let column = |column: &ColumnInfo| {
        let data_type = column.data_type.as_deref()?.trim();
        (!data_type.is_empty()).then(|| SchemaColumn::new(column.name.trim_matches('"'), data_type))
    };
    let columns: Option<Vec<SchemaColumn>> = columns.values().map(column).collect();
    columns.map(Schema::new)
}
