//! `manifest.json`, version 12.

use std::io;

use indexmap::IndexMap;
use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};

use super::metadata::Metadata;
use crate::graph::Graph;
use crate::invocation::Invocation;
use crate::parse::{CompiledNode, IdMap, Node, NodeView, ParsedProject, ResourceType, UniqueId};

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
/// most of what `parse` does on a large project. The text of a large project
/// is larger than all else that is known of it, so it leaves piece by piece.
pub fn manifest(
    out: &mut (dyn io::Write + Send),
    graph: &Graph,
    compiled: &IdMap<CompiledNode>,
    facts: &ManifestFacts<'_>,
    invocation: &Invocation,
    generated_at: jiff::Timestamp,
) -> io::Result<()> {
    let project = &graph.project;
    out.write_all(b"{\"metadata\": ")?;
    write_json(out, &metadata(project, facts, invocation, generated_at))?;

    let view = |node| NodeView {
        node,
        compiled: compiled.get(&node.unique_id),
    };
    let is_function = |node: &Node| node.resource_type == ResourceType::Function;
    let (nodes, functions): (Vec<&Node>, Vec<&Node>) =
        project.nodes.values().partition(|node| !is_function(node));
    let mut sections = Sections(out);
    sections.list("nodes", &nodes, |n| n.unique_id.as_str(), |n| view(n))?;
    sections.map("sources", &project.sources)?;
    sections.map("macros", &project.macros)?;
    sections.map("docs", &project.docs)?;
    sections.map("exposures", &project.exposures)?;
    sections.map("metrics", &project.metrics)?;
    sections.map("groups", &project.groups)?;
    sections.value("selectors", &facts.selectors)?;
    sections.map("disabled", &project.disabled)?;
    sections.map("parent_map", &graph.parents)?;
    sections.map("child_map", &graph.children)?;
    sections.value("group_map", &group_map(project))?;
    sections.map("saved_queries", &project.saved_queries)?;
    sections.map("semantic_models", &project.semantic_models)?;
    sections.map("unit_tests", &project.unit_tests)?;
    sections.list(
        "functions",
        &functions,
        |n| n.unique_id.as_str(),
        |n| view(n),
    )?;
    out.write_all(b"}")
}

/// Returns the manifest's section `metadata`.
pub fn metadata(
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

/// How many resources one thread writes at a time.
const CHUNK: usize = 64;

/// Writes the manifest's sections after its first.
struct Sections<'o>(&'o mut (dyn io::Write + Send));

impl Sections<'_> {
    fn value<T: Serialize>(&mut self, name: &str, value: &T) -> io::Result<()> {
        write!(self.0, ", \"{name}\": ")?;
        write_json(self.0, value)
    }

    fn map<T: Serialize + Sync>(&mut self, name: &str, entries: &IdMap<T>) -> io::Result<()> {
        let entries: Vec<(&UniqueId, &T)> = entries.iter().collect();
        self.list(name, &entries, |(id, _)| id.as_str(), |(_, value)| value)
    }

    /// Writes a JSON object from a list: while one part of it is made, the
    /// part before it is written.
    fn list<'a, T: Sync, V: Serialize>(
        &mut self,
        name: &str,
        entries: &'a [T],
        key: impl Fn(&'a T) -> &'a str + Sync,
        value: impl Fn(&'a T) -> V + Sync,
    ) -> io::Result<()> {
        let text = |chunk: &'a [T]| -> io::Result<Vec<u8>> {
            let mut text = Vec::with_capacity(chunk.len() * 4096);
            for entry in chunk {
                write_json(&mut text, key(entry))?;
                text.extend_from_slice(b": ");
                write_json(&mut text, &value(entry))?;
                text.extend_from_slice(b", ");
            }
            Ok(text)
        };
        let out = &mut *self.0;
        write!(out, ", \"{name}\": {{")?;
        let mut ready: Vec<io::Result<Vec<u8>>> = Vec::new();
        let mut parts = entries.chunks(CHUNK * 2 * rayon::current_num_threads());
        loop {
            let part = parts.next();
            if let (None, Some(Ok(last))) = (part, ready.last_mut()) {
                last.truncate(last.len() - b", ".len());
            }
            let write_ready = || -> io::Result<()> {
                for text in ready {
                    out.write_all(&text?)?;
                }
                Ok(())
            };
            let Some(part) = part else {
                write_ready()?;
                return out.write_all(b"}");
            };
            let make_next = || part.par_chunks(CHUNK).map(&text).collect();
            let (written, next) = rayon::join(write_ready, make_next);
            written?;
            ready = next;
        }
    }
}

fn write_json<T: Serialize + ?Sized>(
    out: &mut (impl io::Write + ?Sized),
    value: &T,
) -> io::Result<()> {
    serde_json::to_writer(out, value).map_err(io::Error::from)
}

/// Returns, for each group, the resources in it.
fn group_map(project: &ParsedProject) -> IndexMap<&str, Vec<&str>> {
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
    groups
}
