//! `catalog.json`, version 1: what the database itself says of the relations.

use foldhash::HashMap;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};

use super::metadata::Metadata;
use crate::adapter::{CatalogColumn, CatalogRelation, RelationKind};
use crate::graph::Graph;
use crate::invocation::Invocation;
use crate::parse::{IdSet, ResourceType, UniqueId};

/// A relation's name as the database compares it.
type Key = (String, String, String);

/// The catalog: the relations that are nodes or sources of the project. It is large and is
/// written piece by piece.
#[derive(Debug)]
pub struct Catalog<'a> {
    pub metadata: Metadata,
    pub nodes: Vec<(&'a UniqueId, &'a CatalogRelation)>,
    pub sources: Vec<(&'a UniqueId, &'a CatalogRelation)>,
}

/// Makes the catalog of a project's nodes and sources, those of `selected` alone when something
/// was selected.
pub fn catalog<'a>(
    relations: &'a [CatalogRelation],
    graph: &'a Graph,
    selected: Option<&IdSet>,
    invocation: &Invocation,
    generated_at: jiff::Timestamp,
) -> Catalog<'a> {
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
    let nodes = graph.project.nodes.values().filter_map(|node| {
        let has_relation = matches!(
            node.resource_type,
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
        );
        if found.is_empty() || !has_relation || node.is_ephemeral() || !is_wanted(&node.unique_id) {
            return None;
        }
        let relation = look_up(node.database.as_deref(), &node.schema, &node.alias)?;
        Some((&node.unique_id, relation))
    });
    let sources = graph.project.sources.values();
    let sources = sources.filter(|source| is_wanted(&source.unique_id));
    let sources = sources.filter_map(|source| {
        let database = source.database.as_deref();
        let relation = look_up(database, &source.schema, &source.identifier)?;
        Some((&source.unique_id, relation))
    });
    Catalog {
        metadata: Metadata::new(invocation, "catalog/v1", generated_at),
        nodes: nodes.collect(),
        sources: sources.collect(),
    }
}

impl Serialize for Catalog<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stats = no_stats();
        let section = |relations| Section {
            relations,
            stats: &stats,
        };
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("metadata", &self.metadata)?;
        map.serialize_entry("nodes", &section(&self.nodes))?;
        map.serialize_entry("sources", &section(&self.sources))?;
        map.serialize_entry("errors", &Value::Null)?;
        map.end()
    }
}

struct Section<'a> {
    relations: &'a [(&'a UniqueId, &'a CatalogRelation)],
    stats: &'a Value,
}

impl Serialize for Section<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.relations.iter().map(|(id, relation)| {
            let entry = Entry {
                metadata: EntryMetadata {
                    kind: kind(relation.kind),
                    schema: &relation.schema,
                    name: &relation.name,
                    database: &relation.database,
                    comment: relation.comment.as_deref(),
                    owner: relation.owner.as_deref(),
                },
                columns: Columns(&relation.columns),
                stats: self.stats,
                unique_id: id.as_str(),
            };
            (id.as_str(), entry)
        }))
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    metadata: EntryMetadata<'a>,
    columns: Columns<'a>,
    stats: &'a Value,
    unique_id: &'a str,
}

#[derive(Serialize)]
struct EntryMetadata<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    schema: &'a str,
    name: &'a str,
    database: &'a str,
    comment: Option<&'a str>,
    owner: Option<&'a str>,
}

struct Columns<'a>(&'a [CatalogColumn]);

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|column| {
            let entry = Column {
                data_type: &column.data_type,
                index: column.index,
                name: &column.name,
                comment: column.comment.as_deref(),
            };
            (&column.name, entry)
        }))
    }
}

#[derive(Serialize)]
struct Column<'a> {
    #[serde(rename = "type")]
    data_type: &'a str,
    index: u32,
    name: &'a str,
    comment: Option<&'a str>,
}

fn key(database: &str, schema: &str, name: &str) -> Key {
    (
        database.to_lowercase(),
        schema.to_lowercase(),
        name.to_lowercase(),
    )
}

fn kind(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::View => "VIEW",
        _ => "BASE TABLE",
    }
}

/// Returns dbt's statistics: it has none for DuckDB.
fn no_stats() -> Value {
    json!({
        "has_stats": {
            "id": "has_stats",
            "label": "Has Stats?",
            "value": false,
            "include": false,
            "description": "Indicates whether there are statistics for this table",
        },
    })
}
