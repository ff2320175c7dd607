//! The catalog as the page reads it: what the database says of tables.

use foldhash::HashMap;
use serde_json::Value;

use super::fields::{entries, shown, text};
use super::payload::Detail;
use crate::adapter::CatalogRelation;
use crate::artifacts;

/// A catalog.
pub struct Catalog<'a> {
    /// The section `metadata`.
    pub metadata: Value,
    /// By unique id.
    tables: HashMap<&'a str, Table<'a>>,
}

/// What the database says of one table.
#[derive(Clone, Copy)]
pub enum Table<'a> {
    /// As a catalog has it.
    Json(&'a Value),
    Relation(&'a CatalogRelation),
}

impl<'a> Catalog<'a> {
    /// Reads a catalog that is there as JSON.
    pub fn of(value: &'a Value) -> Self {
        let sections = ["nodes", "sources"].into_iter();
        let tables = sections.flat_map(|section| entries(value, section));
        Self {
            metadata: value.get("metadata").cloned().unwrap_or_default(),
            tables: tables
                .map(|(id, table)| (id.as_str(), Table::Json(table)))
                .collect(),
        }
    }

    /// Reads a catalog that has not become JSON.
    pub fn of_relations(catalog: &'a artifacts::Catalog<'_>) -> Self {
        let relations = catalog.nodes.iter().chain(&catalog.sources);
        Self {
            metadata: serde_json::to_value(&catalog.metadata).unwrap_or_default(),
            tables: relations
                .map(|(id, relation)| (id.as_str(), Table::Relation(relation)))
                .collect(),
        }
    }

    /// Finds a node's or source's table.
    pub fn table(&self, id: &str) -> Option<Table<'a>> {
        self.tables.get(id).copied()
    }
}

impl<'a> Table<'a> {
    /// Returns names and types of the columns, in the database's order.
    pub fn columns(self) -> Vec<(&'a str, Option<&'a str>)> {
        match self {
            Self::Json(table) => {
                let mut columns: Vec<_> = entries(table, "columns").collect();
                columns.sort_by_key(|(_, column)| column.get("index").and_then(Value::as_u64));
                let columns = columns.into_iter();
                columns
                    .map(|(name, column)| (name.as_str(), text(column, "type")))
                    .collect()
            }
            Self::Relation(relation) => {
                let columns = relation.columns.iter();
                columns
                    .map(|column| (column.name.as_str(), Some(column.data_type.as_str())))
                    .collect()
            }
        }
    }

    /// Takes over the statistics. Adapters name them differently; what is meant for people is
    /// marked `include`.
    pub fn statistics(self, detail: &mut Detail) {
        let table = match self {
            Self::Json(table) => table,
            Self::Relation(relation) => {
                detail.rows = relation.row_count.map(|rows| rows as f64);
                return;
            }
        };
        for (key, stat) in entries(table, "stats") {
            if stat.get("include") != Some(&Value::Bool(true)) {
                continue;
            }
            let value = stat.get("value").unwrap_or(&Value::Null);
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            match (key.as_str(), number) {
                ("num_rows" | "row_count" | "rows", Some(rows)) => detail.rows = Some(rows),
                ("num_bytes" | "bytes" | "size", Some(bytes)) => detail.bytes = Some(bytes),
                _ => {
                    let label = text(stat, "label").unwrap_or(key).to_owned();
                    detail
                        .stats
                        .extend(shown(value).map(|value| (label, value)));
                }
            }
        }
    }
}
