//! `graph_summary.json`: the graph's edges by number, without anything else.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::graph::Graph;
use crate::invocation::Invocation;
use crate::parse::UniqueId;

/// Writes the summary as JSON text.
pub fn graph_summary(graph: &Graph, invocation: &Invocation) -> Vec<u8> {
    let numbers: HashMap<&UniqueId, usize> = graph
        .parents
        .keys()
        .enumerate()
        .map(|(number, id)| (id, number))
        .collect();
    let linked: Map<String, Value> = graph
        .parents
        .keys()
        .enumerate()
        .map(|(number, id)| {
            let kind = id.as_str().split('.').next().unwrap_or_default();
            let mut entry = json!({"name": id.as_str(), "type": kind});
            let readers: Vec<usize> = graph
                .children
                .get(id)
                .into_iter()
                .flatten()
                .filter_map(|reader| numbers.get(reader).copied())
                .collect();
            if !readers.is_empty() {
                entry["succ"] = readers.into();
            }
            (number.to_string(), entry)
        })
        .collect();
    let summary = json!({"_invocation_id": invocation.id, "linked": linked});
    summary.to_string().into_bytes()
}
