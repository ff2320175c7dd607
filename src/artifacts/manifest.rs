//! `manifest.json`, version 12.

use std::io::Write as _;

use indexmap::IndexMap;
use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::metadata::Metadata;
use crate::graph::Graph;
use crate::invocation::Invocation;
use crate::parse::{CompiledNode, Disabled, Node, NodeView, ParsedProject, ResourceType, UniqueId};

/// What the manifest says of the project besides its resources.
#[derive(Debug, Clone)]
pub struct ManifestFacts<'a> {
    pub adapter_type: &'a str,
    /// The root project's `quoting`, adapter defaults filled in.
    pub quoting: Value,
    /// dbt's `selectors` map: each selector's definition.
    pub selectors: Map<String, Value>,
}

/// Writes the manifest as JSON text.
///
/// Resources are written on all threads and joined in order, since this is
/// most of what `parse` does on a large project.
pub fn manifest(
    graph: &Graph,
    compiled: &IndexMap<UniqueId, CompiledNode>,
    facts: &ManifestFacts<'_>,
    invocation: &Invocation,
    generated_at: jiff::Timestamp,
) -> Vec<u8> {
    let project = &graph.project;
    let sections = sections(graph, compiled);
    let mut out = Vec::with_capacity(sections.iter().map(|(_, text)| text.len() + 64).sum());
    out.extend_from_slice(b"{\"metadata\": ");
    write_json(
        &mut out,
        &metadata(project, facts, invocation, generated_at),
    );
    for (name, text) in &sections {
        let _ = write!(out, ", \"{name}\": ");
        out.extend_from_slice(text);
        if *name == "groups" {
            out.extend_from_slice(b", \"selectors\": ");
            write_json(&mut out, &facts.selectors);
        }
    }
    out.push(b'}');
    out
}

fn metadata(
    project: &ParsedProject,
    facts: &ManifestFacts<'_>,
    invocation: &Invocation,
    generated_at: jiff::Timestamp,
) -> Value {
    use md5::{Digest as _, Md5};
    let common = Metadata::new(invocation, "manifest/v12", generated_at);
    let Ok(Value::Object(mut map)) = serde_json::to_value(common) else {
        return Value::Null;
    };
    let id: String = Md5::digest(project.project_name.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    map.insert("project_name".into(), project.project_name.clone().into());
    // dbt's id of a project is the md5 of its name.
    map.insert("project_id".into(), id.into());
    map.insert("user_id".into(), Value::Null);
    // hcdbt sends nothing anywhere.
    map.insert("send_anonymous_usage_stats".into(), false.into());
    map.insert("adapter_type".into(), facts.adapter_type.into());
    map.insert("quoting".into(), facts.quoting.clone());
    map.insert(
        "run_started_at".into(),
        super::metadata::timestamp(invocation.started_at).into(),
    );
    Value::Object(map)
}

fn sections(
    graph: &Graph,
    compiled: &IndexMap<UniqueId, CompiledNode>,
) -> Vec<(&'static str, Vec<u8>)> {
    let project = &graph.project;
    let is_function = |node: &Node| node.resource_type == ResourceType::Function;
    let view = |node| NodeView {
        node,
        compiled: compiled.get(&node.unique_id),
    };
    let (nodes, functions): (Vec<&Node>, Vec<&Node>) =
        project.nodes.values().partition(|node| !is_function(node));
    vec![
        (
            "nodes",
            object(&nodes, |n| n.unique_id.as_str(), |n| view(n)),
        ),
        ("sources", map(&project.sources)),
        ("macros", map(&project.macros)),
        ("docs", map(&project.docs)),
        ("exposures", map(&project.exposures)),
        ("metrics", map(&project.metrics)),
        ("groups", map(&project.groups)),
        ("disabled", disabled(&project.disabled)),
        ("parent_map", map(&graph.parents)),
        ("child_map", map(&graph.children)),
        ("group_map", group_map(project)),
        ("saved_queries", map(&project.saved_queries)),
        ("semantic_models", map(&project.semantic_models)),
        ("unit_tests", map(&project.unit_tests)),
        (
            "functions",
            object(&functions, |n| n.unique_id.as_str(), |n| view(n)),
        ),
    ]
}

fn map<T: Serialize + Sync>(entries: &IndexMap<UniqueId, T>) -> Vec<u8> {
    let entries: Vec<(&UniqueId, &T)> = entries.iter().collect();
    object(&entries, |(id, _)| id.as_str(), |(_, value)| value)
}

/// Writes a JSON object from a list, in parallel.
fn object<'a, T: Sync, V: Serialize>(
    entries: &'a [T],
    key: impl Fn(&'a T) -> &'a str + Sync,
    value: impl Fn(&'a T) -> V + Sync,
) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = entries
        .par_chunks(256)
        .map(|chunk| {
            let mut out = Vec::with_capacity(chunk.len() * 2048);
            for entry in chunk {
                write_json(&mut out, key(entry));
                out.extend_from_slice(b": ");
                write_json(&mut out, &value(entry));
                out.extend_from_slice(b", ");
            }
            out
        })
        .collect();
    let mut out = Vec::with_capacity(parts.iter().map(Vec::len).sum::<usize>() + 2);
    out.push(b'{');
    for part in parts {
        out.extend_from_slice(&part);
    }
    if out.ends_with(b", ") {
        out.truncate(out.len() - 2);
    }
    out.push(b'}');
    out
}

fn write_json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("artifact values always have a JSON form");
}

fn disabled(entries: &IndexMap<UniqueId, Vec<Disabled>>) -> Vec<u8> {
    let mut map = Map::new();
    for (id, list) in entries {
        let list = list.iter().map(|entry| match entry {
            Disabled::Node(node) => json!(NodeView {
                node,
                compiled: None
            }),
            Disabled::Source(source) => json!(source),
            Disabled::Exposure(exposure) => json!(exposure),
            Disabled::Semantic(definition) => json!(definition),
            Disabled::UnitTest(test) => json!(test),
        });
        map.insert(id.as_str().to_owned(), Value::Array(list.collect()));
    }
    let mut out = Vec::new();
    write_json(&mut out, &map);
    out
}

/// Returns, for each group, the resources in it.
fn group_map(project: &ParsedProject) -> Vec<u8> {
    let mut groups: IndexMap<&str, Vec<&str>> = project
        .groups
        .values()
        .map(|group| (group.name.as_str(), Vec::new()))
        .collect();
    for node in project.nodes.values() {
        if let Some(group) = node.group.as_deref()
            && let Some(members) = groups.get_mut(group)
        {
            members.push(node.unique_id.as_str());
        }
    }
    let definitions = [
        &project.metrics,
        &project.semantic_models,
        &project.saved_queries,
    ];
    for definition in definitions.into_iter().flat_map(|map| map.values()) {
        if let Some(group) = definition.config.str("group")
            && let Some(members) = groups.get_mut(group)
        {
            members.push(definition.unique_id.as_str());
        }
    }
    let mut out = Vec::new();
    write_json(&mut out, &groups);
    out
}
