//! What lineage needs of a resolved project.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;
use serde_json::Value;

use super::graph::UseKind;
use super::project::{AddedColumn, OwnFunction, Project, Table, TablePlace, TableUse};
use crate::graph::Graph;
use crate::parse::{CompiledNode, IdMap, Language, Node, NodeKind, ResourceType, Source, UniqueId};
use crate::sql::Schemas;

/// Takes the tables and uses of a project. `compiled` has the SQL of models
/// and snapshots; of what it has not, the columns are told by `schemas` alone.
pub fn of_graph(graph: &Graph, compiled: &IdMap<CompiledNode>, schemas: &Schemas) -> Project {
    let project = &graph.project;
    let sources = project
        .sources
        .values()
        .map(|source| of_source(source, schemas));
    let nodes = project.nodes.par_values().filter(|node| is_table(node));
    let nodes = nodes.map(|node| of_node(node, compiled.get(&node.unique_id), schemas));
    let nodes: Vec<Table> = nodes.collect();
    let exposures = project.exposures.values().map(|exposure| TableUse {
        id: Arc::clone(&exposure.unique_id.0),
        kind: UseKind::Exposure,
        reads: whole(&exposure.depends_on_nodes),
    });
    let tests = project.nodes.par_values();
    let tests = tests.filter(|node| node.resource_type == ResourceType::Test);
    let tests = tests.filter(|node| node.config.is_enabled()).map(of_test);
    let tests: Vec<TableUse> = tests.collect();
    let functions = project
        .nodes
        .values()
        .filter_map(|node| of_function(node, compiled));
    Project {
        tables: sources.chain(nodes).collect(),
        uses: exposures.chain(tests).collect(),
        functions: functions.collect(),
        ..Project::default()
    }
}

fn of_function(node: &Node, compiled: &IdMap<CompiledNode>) -> Option<OwnFunction> {
    let NodeKind::Function(info) = &node.kind else {
        return None;
    };
    let code = compiled.get(&node.unique_id)?.compiled_code.as_ref()?;
    let gives_table = node.config.str("type") == Some("table");
    let parameters = info.arguments.iter().filter_map(|argument| {
        let name = argument.get("name")?.as_str()?;
        Some(name.into())
    });
    Some(OwnFunction {
        id: Arc::clone(&node.unique_id.0),
        name: node.alias.clone(),
        parameters: parameters.collect(),
        query: if gives_table {
            code.to_string()
        } else {
            // A line of its own: the text may end in a comment.
            format!("select ({code}\n)")
        },
        gives_table,
    })
}

fn is_table(node: &Node) -> bool {
    let has_rows = matches!(
        node.resource_type,
        ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
    );
    has_rows && node.config.is_enabled()
}

fn of_source(source: &Source, schemas: &Schemas) -> Table {
    Table {
        id: Arc::clone(&source.unique_id.0),
        place: TablePlace {
            database: source.database.clone(),
            schema: source.schema.clone(),
            name: source.identifier.clone(),
            written: Some(source.relation_name.clone()),
            cte_name: None,
        },
        schema: schemas.get(&source.unique_id).cloned(),
        ..Table::default()
    }
}

fn of_node(node: &Node, compiled: Option<&CompiledNode>, schemas: &Schemas) -> Table {
    let is_python = node.language == Language::Python;
    let is_query = node.resource_type != ResourceType::Seed && !is_python;
    let code = compiled.and_then(|compiled| compiled.compiled_code.clone());
    let code = code.filter(|_| is_query);
    let gap = match (is_python, is_query && code.is_none()) {
        (true, _) => Some("a Python model is not traced"),
        (_, true) => Some("it is not compiled"),
        _ => None,
    };
    Table {
        id: Arc::clone(&node.unique_id.0),
        place: TablePlace {
            database: node.database.clone(),
            schema: node.schema.clone(),
            name: node.alias.clone(),
            written: None,
            cte_name: node
                .is_ephemeral()
                .then(|| format!("__dbt__cte__{}", node.name)),
        },
        reads: node
            .depends_on_nodes
            .iter()
            .map(|id| Arc::clone(&id.0))
            .collect(),
        schema: schemas.get(&node.unique_id).cloned(),
        code,
        added: added(node),
        gap,
    }
}

fn added(node: &Node) -> Vec<AddedColumn> {
    if node.resource_type != ResourceType::Snapshot {
        return Vec::new();
    }
    let keys = [
        "snapshot_meta_column_names",
        "updated_at",
        "check_cols",
        "unique_key",
        "hard_deletes",
    ];
    let config = keys.iter().filter_map(|key| {
        let value = node.config.get(key)?;
        Some(((*key).to_owned(), value.clone()))
    });
    added_by_snapshot(&Value::Object(config.collect()))
}

/// Returns the columns that a snapshot has beside those of its query.
pub(super) fn added_by_snapshot(config: &Value) -> Vec<AddedColumn> {
    let texts = |key: &str| -> Vec<String> {
        match config.get(key) {
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(list)) => list
                .iter()
                .filter_map(|text| Some(text.as_str()?.to_owned()))
                .collect(),
            _ => Vec::new(),
        }
    };
    let names = config.get("snapshot_meta_column_names");
    let name = |key: &str| {
        let own = names.and_then(|names| names.get(key)?.as_str());
        own.unwrap_or(key).to_owned()
    };
    let changes = match texts("updated_at") {
        updated_at if !updated_at.is_empty() => updated_at,
        _ => texts("check_cols"),
    };
    let keys = texts("unique_key");
    let both = keys.iter().chain(&changes).cloned().collect();
    let mut added = vec![AddedColumn {
        name: name("dbt_scd_id"),
        made_of: both,
    }];
    for key in ["dbt_updated_at", "dbt_valid_from", "dbt_valid_to"] {
        added.push(AddedColumn {
            name: name(key),
            made_of: changes.clone(),
        });
    }
    if config.get("hard_deletes").and_then(Value::as_str) == Some("new_record") {
        added.push(AddedColumn {
            name: name("dbt_is_deleted"),
            made_of: keys,
        });
    }
    added
}

/// A generic test of a column looks at that; others at whole tables.
fn of_test(node: &Node) -> TableUse {
    let mut columns: HashMap<&str, &str> = HashMap::new();
    if let Some(test) = node.generic_test()
        && let (Some(attached), Some(column)) = (&test.attached_node, &test.column_name)
    {
        columns.insert(attached.as_str(), column);
        if let Some(field) = test.kwargs.get("field").and_then(|field| field.as_str())
            && let Some(other) = node.depends_on_nodes.iter().find(|id| *id != attached)
        {
            columns.insert(other.as_str(), field);
        }
    }
    let reads = node.depends_on_nodes.iter().map(|id| {
        let column = columns
            .get(id.as_str())
            .map(|name| name.trim_matches('"').to_owned());
        (Arc::clone(&id.0), column)
    });
    TableUse {
        id: Arc::clone(&node.unique_id.0),
        kind: UseKind::Test,
        reads: reads.collect(),
    }
}

fn whole(ids: &[UniqueId]) -> Vec<(Arc<str>, Option<String>)> {
    ids.iter().map(|id| (Arc::clone(&id.0), None)).collect()
}
