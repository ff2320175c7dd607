//! Lineage as texts: for people, and for other tools.

mod json;
mod mermaid;
mod openlineage;
mod tree;

pub use json::{LINEAGE_VERSION, Metadata, write_json};
pub use mermaid::mermaid;
pub use openlineage::{EventFacts, events};
pub use tree::{Texts, tree};

use super::graph::{ColumnId, LineageGraph};

/// Returns a table's name as people say it: `dim_patient`, `landing.claims`.
pub fn table_name(id: &str) -> &str {
    let mut parts = id.splitn(3, '.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("model" | "seed" | "snapshot" | "source" | "exposure"), Some(_), Some(name)) => name,
        _ => id,
    }
}

/// Returns a column's name with that of its table.
pub fn column_name(graph: &LineageGraph, column: ColumnId) -> String {
    let table = table_name(&graph.table_of(column).id);
    format!("{table}.{}", graph.column(column).name)
}
