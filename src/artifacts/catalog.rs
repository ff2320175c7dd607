//! `catalog.json`, version 1: what the database itself says of the relations.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::metadata::Metadata;
use crate::adapter::{CatalogRelation, RelationKind};
use crate::graph::Graph;
use crate::invocation::Invocation;
use crate::parse::{IdSet, ResourceType, UniqueId};

/// A relation's name as the database compares it.
type Key = (String, String, String);

/// Whether the catalog has numbers of rows. dbt's has none for DuckDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowCounts {
    LeftOut,
    Told,
}

/// Makes the catalog: the relations that are nodes or sources of the project,
/// those of `selected` alone when something was selected.
pub fn catalog(
    relations: &[CatalogRelation],
    counts: RowCounts,
    graph: &Graph,
    selected: Option<&IdSet>,
    invocation: &Invocation,
    generated_at: jiff::Timestamp,
) -> Value {
    let found: HashMap<Key, &CatalogRelation> = relations
        .iter()
        .map(|r| (key(&r.database, &r.schema, &r.name), r))
        .collect();
    let default = relations.first().map_or("", |r| r.database.as_str());
    let look_up = |database: Option<&str>, schema: &str, name: &str| {
        found
            .get(&key(database.unwrap_or(default), schema, name))
            .copied()
    };
    let is_wanted = |id: &UniqueId| selected.is_none_or(|ids| ids.contains(id));
    let mut nodes = Map::new();
    for node in graph.project.nodes.values() {
        let has_relation = matches!(
            node.resource_type,
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
        );
        if !has_relation || node.is_ephemeral() || !is_wanted(&node.unique_id) {
            continue;
        }
        if let Some(relation) = look_up(node.database.as_deref(), &node.schema, &node.alias) {
            let id = node.unique_id.as_str();
            nodes.insert(id.to_owned(), entry(id, relation, counts));
        }
    }
    let mut sources = Map::new();
    let all_sources = graph.project.sources.values();
    for source in all_sources.filter(|source| is_wanted(&source.unique_id)) {
        let database = source.database.as_deref();
        if let Some(relation) = look_up(database, &source.schema, &source.identifier) {
            let id = source.unique_id.as_str();
            sources.insert(id.to_owned(), entry(id, relation, counts));
        }
    }
    json!({
        "metadata": Metadata::new(invocation, "catalog/v1", generated_at),
        "nodes": nodes,
        "sources": sources,
        "errors": null,
    })
}

fn key(database: &str, schema: &str, name: &str) -> Key {
    (
        database.to_lowercase(),
        schema.to_lowercase(),
        name.to_lowercase(),
    )
}

fn entry(id: &str, relation: &CatalogRelation, counts: RowCounts) -> Value {
    let columns: Map<String, Value> = relation
        .columns
        .iter()
        .map(|column| {
            let value = json!({
                "type": column.data_type,
                "index": column.index,
                "name": column.name,
                "comment": column.comment,
            });
            (column.name.clone(), value)
        })
        .collect();
    json!({
        "metadata": {
            "type": kind(relation.kind),
            "schema": relation.schema,
            "name": relation.name,
            "database": relation.database,
            "comment": relation.comment,
            "owner": relation.owner,
        },
        "columns": columns,
        "stats": stats(relation.row_count.filter(|_| counts == RowCounts::Told)),
        "unique_id": id,
    })
}

fn kind(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::View => "VIEW",
        _ => "BASE TABLE",
    }
}

/// Returns dbt's statistics: whether there are any, and the number of rows
/// where the database knows it.
fn stats(row_count: Option<u64>) -> Value {
    let mut stats = Map::new();
    if let Some(count) = row_count {
        stats.insert(
            "row_count".into(),
            json!({
                "id": "row_count",
                "label": "Row count",
                "value": count,
                "include": true,
                "description": "Number of rows",
            }),
        );
    }
    stats.insert(
        "has_stats".into(),
        json!({
            "id": "has_stats",
            "label": "Has Stats?",
            "value": row_count.is_some(),
            "include": false,
            "description": "Indicates whether there are statistics for this table",
        }),
    );
    Value::Object(stats)
}
