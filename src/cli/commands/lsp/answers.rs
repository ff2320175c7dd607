//! What an editor asks about a place: what it is, where it comes from, what
//! could stand there.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;
use serde_json::{Value, json};

use super::project::Looked;
use super::text::{range_json, uri_of, word_at};
use crate::cli::session::Session;
use crate::diagnostics::SourceFile;
use crate::graph::Graph;
use crate::jinja::extract;
use crate::parse::{Node, ResourceType, Source, UniqueId, version_text};
use crate::sql::Schema;

/// A place that is asked about.
pub struct Asked<'a> {
    pub looked: &'a Looked,
    pub session: &'a Session,
    pub path: &'a Utf8Path,
    pub text: &'a str,
    /// A byte of the text.
    pub at: usize,
}

/// What stands at a place.
enum Thing<'a> {
    Node(&'a Node),
    Source(&'a Source),
    Macro(&'a crate::parse::Macro),
    /// A column's name, and what has it.
    Column(&'a str, Vec<(&'a UniqueId, String)>),
}

impl<'a> Asked<'a> {
    fn graph(&self) -> Option<&'a Graph> {
        self.looked.ready.as_ref().map(|ready| &*ready.graph)
    }

    fn absolute(&self, file: &SourceFile) -> camino::Utf8PathBuf {
        let current_dir = &self.session.invocation.current_dir;
        crate::files::normal_path(&current_dir.join(&file.path))
    }

    /// Returns the node that the file defines.
    fn own_node(&self) -> Option<&'a Node> {
        let nodes = &self.graph()?.project.nodes;
        let mut models = nodes.values().filter(|node| {
            !matches!(node.resource_type, ResourceType::Test)
                && self.absolute(&node.file) == self.path
        });
        models.next()
    }

    fn thing(&self) -> Option<Thing<'a>> {
        let graph = self.graph()?;
        let project = &graph.project;
        if let Ok(calls) = extract(self.text) {
            let here = |range: &std::ops::Range<usize>| range.contains(&self.at);
            if let Some(call) = calls.refs.iter().find(|call| here(&call.range)) {
                let version = call.version.as_ref().map(version_text);
                return find_ref(graph, &call.name, version.as_deref()).map(Thing::Node);
            }
            if let Some(call) = calls.sources.iter().find(|call| here(&call.range)) {
                let mut sources = project.sources.values();
                let found = sources.find(|s| s.source_name == call.source && s.name == call.table);
                return found.map(Thing::Source);
            }
        }
        let word = &self.text[word_at(self.text, self.at)];
        if word.is_empty() {
            return None;
        }
        if in_jinja(self.text, self.at) {
            let mut macros = project.macros.values();
            if let Some(found) = macros.find(|found| found.name == word) {
                return Some(Thing::Macro(found));
            }
        }
        let owners = self.columns(Some(word));
        let owners: Vec<_> = owners
            .into_iter()
            .map(|(id, _, data_type)| (id, data_type))
            .collect();
        (!owners.is_empty()).then(|| {
            let range = word_at(self.text, self.at);
            Thing::Column(&self.text[range], owners)
        })
    }

    /// Returns the columns of what the file's node reads, and its own: all, or
    /// those of one name.
    fn columns(&self, name: Option<&str>) -> Vec<(&'a UniqueId, String, String)> {
        let Some(node) = self.own_node() else {
            return Vec::new();
        };
        let ids = node.depends_on_nodes.iter().chain([&node.unique_id]);
        let mut all = Vec::new();
        for id in ids {
            let Some(schema) = self.looked.schemas.get(id) else {
                continue;
            };
            for column in &schema.columns {
                if name.is_none_or(|name| column.name.eq_ignore_ascii_case(name)) {
                    let data_type = column.data_type.clone().unwrap_or_default();
                    all.push((id, column.name.clone(), data_type));
                }
            }
        }
        all
    }
}

fn find_ref<'a>(graph: &'a Graph, name: &str, version: Option<&str>) -> Option<&'a Node> {
    let mut nodes = graph.project.nodes.values().filter(|node| {
        let is_referable = matches!(
            node.resource_type,
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
        );
        let own = node.version_text();
        let fits = match (version, &own) {
            (Some(version), own) => own.as_deref() == Some(version),
            (None, Some(_)) => node.is_latest_version(),
            (None, None) => true,
        };
        is_referable && node.name == name && fits
    });
    nodes.next()
}

/// Tells whether a place lies between `{{` or `{%` and the end of that.
fn in_jinja(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let opened = before.rfind("{{").max(before.rfind("{%"));
    let closed = before.rfind("}}").max(before.rfind("%}"));
    opened > closed
}

/// Says what a place is.
pub fn hover(asked: &Asked<'_>) -> Value {
    let Some(thing) = asked.thing() else {
        return Value::Null;
    };
    let text = match thing {
        Thing::Node(node) => {
            let schema = asked.looked.schemas.get(&node.unique_id);
            let noun = node.resource_type.as_str();
            relation_text(noun, &node.name, &node.description, schema)
        }
        Thing::Source(source) => {
            let schema = asked.looked.schemas.get(&source.unique_id);
            let name = format!("{}.{}", source.source_name, source.name);
            relation_text("source", &name, &source.description, schema)
        }
        Thing::Macro(found) => format!("macro `{}` of `{}`", found.name, found.package_name),
        Thing::Column(name, owners) => {
            let own = asked.own_node().map(|node| &node.unique_id);
            let line = |(id, data_type): (&UniqueId, String)| {
                let verb = if Some(id) == own { "given by" } else { "from" };
                format!("`{name}` {data_type}, {verb} `{}`", short(id))
            };
            owners
                .into_iter()
                .map(line)
                .collect::<Vec<_>>()
                .join("\n\n")
        }
    };
    json!({"contents": {"kind": "markdown", "value": text}})
}

fn short(id: &UniqueId) -> String {
    let parts: Vec<&str> = id.as_str().split('.').collect();
    match parts.as_slice() {
        [_, _, rest @ ..] => rest.join("."),
        _ => id.as_str().to_owned(),
    }
}

fn relation_text(noun: &str, name: &str, description: &str, schema: Option<&Schema>) -> String {
    let mut text = format!("{noun} **{name}**");
    if !description.trim().is_empty() {
        text.push_str(&format!("\n\n{}", description.trim()));
    }
    let Some(schema) = schema else {
        return text;
    };
    text.push_str("\n\n| column | type |\n|---|---|");
    for column in &schema.columns {
        let data_type = column.data_type.as_deref().unwrap_or_default();
        text.push_str(&format!("\n| {} | {data_type} |", column.name));
    }
    text
}

/// Says where what stands at a place is defined.
pub fn definition(asked: &Asked<'_>) -> Value {
    let location = |file: &Arc<SourceFile>, range: std::ops::Range<usize>| {
        json!({
            "uri": uri_of(&asked.absolute(file)),
            "range": range_json(&file.text, &range),
        })
    };
    match asked.thing() {
        None => Value::Null,
        Some(Thing::Node(node)) => location(&node.file, node.span.start..node.span.start),
        Some(Thing::Source(source)) => location(&source.file, source.span.start..source.span.start),
        Some(Thing::Macro(found)) => {
            let start = definition_of_macro(&found.file.text, &found.name);
            location(&found.file, start..start + found.name.len())
        }
        Some(Thing::Column(name, owners)) => {
            let Some(graph) = asked.graph() else {
                return Value::Null;
            };
            let own = asked.own_node().map(|node| &node.unique_id);
            let places = owners.iter().filter(|(id, _)| Some(*id) != own);
            let places = places.filter_map(|(id, _)| {
                if let Some(node) = graph.project.nodes.get(*id) {
                    let text = node.file.text.get(node.span.clone())?;
                    let range = last_word(text, name)?;
                    let start = node.span.start;
                    return Some(location(&node.file, start + range.start..start + range.end));
                }
                let source = graph.project.sources.get(*id)?;
                let text = source
                    .file
                    .text
                    .get(source.span.clone())
                    .unwrap_or_default();
                let range = last_word(text, name).unwrap_or(0..0);
                let start = source.span.start;
                Some(location(
                    &source.file,
                    start + range.start..start + range.end,
                ))
            });
            Value::Array(places.collect())
        }
    }
}

fn definition_of_macro(text: &str, name: &str) -> usize {
    let mut places = text.match_indices(name).map(|(at, _)| at);
    places
        .find(|at| {
            let before = text[..*at].trim_end();
            before.ends_with("macro") || before.ends_with("test")
        })
        .unwrap_or(0)
}

fn last_word(text: &str, word: &str) -> Option<std::ops::Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let word = word.to_ascii_lowercase();
    let places = lower.match_indices(&word).map(|(at, _)| word_at(text, at));
    places.filter(|range| range.len() == word.len()).last()
}

/// Says what could stand at a place.
pub fn completion(asked: &Asked<'_>) -> Value {
    let Some(graph) = asked.graph() else {
        return Value::Null;
    };
    let line = asked.text[..asked.at]
        .lines()
        .next_back()
        .unwrap_or_default();
    let mut items: BTreeMap<String, (u8, String)> = BTreeMap::new();
    match open_call(line) {
        Some(Open::Ref) => {
            for node in graph.project.nodes.values() {
                if matches!(
                    node.resource_type,
                    ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
                ) {
                    let noun = node.resource_type.as_str().to_owned();
                    items.insert(node.name.clone(), (18, noun));
                }
            }
        }
        Some(Open::SourceName) => {
            for source in graph.project.sources.values() {
                items.insert(source.source_name.clone(), (9, "source".into()));
            }
        }
        Some(Open::Table(name)) => {
            let sources = graph.project.sources.values();
            for source in sources.filter(|source| source.source_name == name) {
                items.insert(source.name.clone(), (18, "table".into()));
            }
        }
        None => {
            for (id, name, data_type) in asked.columns(None) {
                let entry = items.entry(name).or_insert((5, data_type));
                entry.1.push_str(&format!(", {}", short(id)));
            }
        }
    }
    let items = items
        .into_iter()
        .map(|(label, (kind, detail))| json!({"label": label, "kind": kind, "detail": detail}));
    Value::Array(items.collect())
}

/// What is being written in a text argument at the end of a line.
enum Open<'t> {
    Ref,
    SourceName,
    /// A table of the named source.
    Table(&'t str),
}

fn open_call(line: &str) -> Option<Open<'_>> {
    for name in ["ref", "source"] {
        let Some(at) = line.rfind(&format!("{name}(")) else {
            continue;
        };
        let inside = &line[at + name.len() + 1..];
        if inside.contains(')') {
            continue;
        }
        match (name, inside.matches(['\'', '"']).count()) {
            ("ref", 1) => return Some(Open::Ref),
            ("source", 1) => return Some(Open::SourceName),
            ("source", 3) => return inside.split(['\'', '"']).nth(1).map(Open::Table),
            _ => {}
        }
    }
    None
}
