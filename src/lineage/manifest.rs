//! What lineage needs of a project as an earlier manifest has it.

use std::sync::Arc;

use serde_json::Value;

use super::nodes::added_by_snapshot;
use super::project::{Project, Table, TablePlace};
use crate::graph::state::PreviousManifest;
use crate::sql::Schemas;

/// Takes the tables of a project as it was. `schemas` are those of the project
/// as it is: sources and seeds have not changed their columns unseen.
pub fn of_manifest(manifest: &PreviousManifest, schemas: &Schemas) -> Project {
    let sources = manifest.section("sources").map(|(id, source)| {
        let mut table = of_entry(id, source);
        table.place.name = text(source, "identifier").unwrap_or_default();
        table.place.written = text(source, "relation_name");
        table.schema = schemas.get(&id.into()).cloned();
        table
    });
    let nodes = manifest.section("nodes").filter(|(_, node)| {
        let kind = text(node, "resource_type");
        matches!(kind.as_deref(), Some("model" | "seed" | "snapshot"))
    });
    let nodes = nodes.map(|(id, node)| {
        let mut table = of_entry(id, node);
        table.place.name = text(node, "alias").unwrap_or_default();
        let config = node.get("config").unwrap_or(&Value::Null);
        if text(config, "materialized").as_deref() == Some("ephemeral") {
            let name = text(node, "name").unwrap_or_default();
            table.place.cte_name = Some(format!("__dbt__cte__{name}"));
        }
        let is_sql = text(node, "language").as_deref() != Some("python");
        let code = text(node, "compiled_code").filter(|_| is_sql);
        table.code = code.map(Arc::from);
        match text(node, "resource_type").as_deref() {
            Some("seed") => table.schema = schemas.get(&id.into()).cloned(),
            Some("snapshot") => table.added = added_by_snapshot(config),
            _ => {}
        }
        table
    });
    Project {
        tables: sources.chain(nodes).collect(),
        ..Project::default()
    }
}

fn of_entry(id: &str, entry: &Value) -> Table {
    let reads = entry.get("depends_on").and_then(|on| on.get("nodes"));
    let reads = reads.and_then(Value::as_array).into_iter().flatten();
    Table {
        id: id.into(),
        place: TablePlace {
            database: text(entry, "database"),
            schema: text(entry, "schema").unwrap_or_default(),
            ..TablePlace::default()
        },
        reads: reads.filter_map(|id| Some(id.as_str()?.into())).collect(),
        ..Table::default()
    }
}

fn text(entry: &Value, key: &str) -> Option<String> {
    Some(entry.get(key)?.as_str()?.to_owned())
}
