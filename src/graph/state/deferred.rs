//! `--defer`: the relations of another environment, for what is not built in
//! this one.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::PreviousManifest;
use crate::graph::Graph;
use crate::parse::{ResourceType, UniqueId};

/// The other environment's relations.
#[derive(Debug, Default)]
pub struct Deferred {
    nodes: HashMap<UniqueId, DeferredNode>,
    /// Whether `ref` may give them; `clone` only copies from them.
    pub for_refs: bool,
    /// `--favor-state`: they are taken for everything that is not selected.
    pub is_favored: bool,
}

/// A node's relation in the other environment.
#[derive(Debug, Clone)]
pub struct DeferredNode {
    pub database: Option<String>,
    pub schema: String,
    pub alias: String,
    pub relation_name: Option<String>,
    /// The node's config there: it may quote its names in its own way.
    pub quoting: Option<Map<String, Value>>,
}

impl Deferred {
    /// Takes the relations of all nodes that are in both projects. Ephemeral
    /// models have none.
    pub fn new(graph: &Graph, previous: &PreviousManifest) -> Self {
        let nodes = graph.project.nodes.values().filter_map(|node| {
            let is_built = matches!(
                node.resource_type,
                ResourceType::Model
                    | ResourceType::Seed
                    | ResourceType::Snapshot
                    | ResourceType::Function
            );
            let old = previous.get(node.unique_id.as_str()).filter(|_| is_built)?;
            let text = |key: &str| old.get(key).and_then(Value::as_str).map(str::to_owned);
            let config = |key: &str| old.get("config")?.get(key);
            if config("materialized").and_then(Value::as_str) == Some("ephemeral") {
                return None;
            }
            let deferred = DeferredNode {
                database: text("database"),
                schema: text("schema")?,
                alias: text("alias").or_else(|| text("name"))?,
                relation_name: text("relation_name"),
                quoting: config("quoting").and_then(Value::as_object).cloned(),
            };
            Some((node.unique_id.clone(), deferred))
        });
        Self {
            nodes: nodes.collect(),
            for_refs: false,
            is_favored: false,
        }
    }

    /// Returns a node's relation there.
    pub fn get(&self, id: &UniqueId) -> Option<&DeferredNode> {
        self.nodes.get(id)
    }
}
