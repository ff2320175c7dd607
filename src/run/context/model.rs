//! Nodes as templates see them: `model`, `graph`, and the nodes of results.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::NodeState;
use super::names::utc;
use crate::jinja::{Value, from_json, from_json_map, from_serialize, python};
use crate::parse::{CompiledNode, Node, NodeView, ResourceType};
use crate::run::foreign_keys;
use crate::run::session::Session;

/// Makes `model`: the node in the manifest's form, without what is unset.
pub fn model_value(state: &Arc<NodeState>) -> Value {
    let node = &*state.node;
    let compiled = state.compiled_code.as_ref().map(|code| CompiledNode {
        compiled_code: Some(Arc::clone(code)),
        extra_ctes_injected: true,
        relation_name: state.relation_of_stored_failures(),
        ..state.session.compiled(&node.unique_id).unwrap_or_default()
    });
    let mut map = node_map(node, compiled.as_ref());
    if let Some(code) = map.get("compiled_code").cloned() {
        map.insert("compiled_sql".into(), code);
    }
    alias_types(node, &mut map);
    foreign_keys::resolve(&state.session, node, &mut map);
    let Some(batch) = &state.batch else {
        return from_json_map(&map);
    };
    let batch = python::dict([
        ("id", Value::from(batch.id())),
        ("event_time_start", utc(batch.batch.start)),
        ("event_time_end", utc(batch.batch.end)),
    ]);
    let entries = map.iter().map(|(key, value)| {
        let value = match value {
            Json::Object(config) if key == "config" => with_bounds(state, config),
            value => from_json(value),
        };
        (key.as_str(), value)
    });
    python::dict(entries.chain([("batch", batch)]).collect::<Vec<_>>())
}

/// The configs by which dbt's first microbatches told macros what the batch is.
const BATCH_BOUNDS: [&str; 2] = [
    "__dbt_internal_microbatch_event_time_start",
    "__dbt_internal_microbatch_event_time_end",
];

/// Returns what such a config has while a batch is built.
pub fn batch_bound(state: &NodeState, config: &str) -> Option<Value> {
    let batch = &state.batch.as_ref()?.batch;
    match BATCH_BOUNDS.iter().position(|name| *name == config)? {
        0 => Some(utc(batch.start)),
        _ => Some(utc(batch.end)),
    }
}

fn with_bounds(state: &NodeState, config: &Map<String, Json>) -> Value {
    let entries = config
        .iter()
        .map(|(key, value)| (key.as_str(), from_json(value)));
    let bounds = BATCH_BOUNDS
        .iter()
        .filter_map(|name| Some((*name, batch_bound(state, name)?)));
    python::dict(entries.chain(bounds).collect::<Vec<_>>())
}

/// Makes a node's mapping as it is in results.
pub fn node_value(node: &Node, compiled: Option<&CompiledNode>) -> Value {
    from_json_map(&node_map(node, compiled))
}

fn node_map(node: &Node, compiled: Option<&CompiledNode>) -> Map<String, Json> {
    let view = NodeView { node, compiled };
    match serde_json::to_value(view) {
        Ok(Json::Object(mut map)) => {
            without_nulls(&mut map, 2);
            map
        }
        _ => Map::new(),
    }
}

/// Takes out what is unset. dbt does so in its own classes, that is at the
/// top, in the config and in columns, not in what the user wrote.
fn without_nulls(map: &mut Map<String, Json>, depth: usize) {
    map.retain(|_, value| !value.is_null());
    if depth == 0 {
        return;
    }
    for (key, value) in map.iter_mut() {
        let Json::Object(inner) = value else { continue };
        match key.as_str() {
            "config" | "docs" | "contract" | "checksum" | "depends_on" => {
                without_nulls(inner, 0);
            }
            "columns" => {
                for column in inner.values_mut() {
                    if let Json::Object(column) = column {
                        without_nulls(column, 0);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Translates dbt's own names of types in the columns of a contract.
fn alias_types(node: &Node, map: &mut Map<String, Json>) {
    let aliases = node
        .config
        .get("contract")
        .and_then(|contract| contract.get("alias_types"))
        .and_then(Json::as_bool)
        .unwrap_or(true);
    if !aliases || node.resource_type != ResourceType::Model {
        return;
    }
    let Some(Json::Object(columns)) = map.get_mut("columns") else {
        return;
    };
    for column in columns.values_mut() {
        if let Some(Json::String(data_type)) = column.get_mut("data_type")
            && data_type.eq_ignore_ascii_case("string")
        {
            "TEXT".clone_into(data_type);
        }
    }
}

/// Makes `graph`: every resource in the manifest's form.
pub fn graph_value(session: &Session) -> Value {
    let project = &session.graph().project;
    let section = |entries: Vec<(&str, Value)>| python::dict(entries);
    let mut nodes = Vec::new();
    let mut functions = Vec::new();
    for node in project.nodes.values() {
        let view = NodeView {
            node,
            compiled: None,
        };
        let value = shown(&view);
        if node.resource_type == ResourceType::Function {
            functions.push((node.unique_id.as_str(), value));
        } else {
            nodes.push((node.unique_id.as_str(), value));
        }
    }
    let mut all = Vec::new();
    macro_rules! part {
        ($name:literal, $entries:expr) => {
            let entries = $entries
                .iter()
                .map(|(id, value)| (id.as_str(), shown(value)));
            all.push(($name, section(entries.collect())));
        };
    }
    part!("exposures", project.exposures);
    all.push(("functions", section(functions)));
    part!("groups", project.groups);
    part!("metrics", project.metrics);
    all.push(("nodes", section(nodes)));
    part!("sources", project.sources);
    part!("semantic_models", project.semantic_models);
    part!("saved_queries", project.saved_queries);
    python::dict(all)
}

fn shown(value: &impl serde::Serialize) -> Value {
    from_serialize(value).unwrap_or_else(python::none)
}
