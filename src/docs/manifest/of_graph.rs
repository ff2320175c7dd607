//! The manifest of a project that is at hand: what the page reads of each resource, and no more.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Make, Manifest, Resource};
use crate::graph::Graph;
use crate::parse::{
    ColumnInfo, CompiledNode, IdMap, Language, Node, NodeKind, NodeView, ResourceType,
};

impl<'a> Manifest<'a> {
    /// Reads a graph, with what compiling added to its nodes and the manifest's metadata.
    pub fn of_graph(graph: &'a Graph, compiled: &'a IdMap<CompiledNode>, metadata: Value) -> Self {
        let project = &graph.project;
        let mut resources: Vec<(&str, Box<dyn Make + 'a>)> = Vec::new();
        for (id, node) in &project.nodes {
            let compiled = compiled.get(id);
            resources.push((id.as_str(), Box::new(NodeView { node, compiled })));
        }
        add(&mut resources, &project.sources);
        add(&mut resources, &project.macros);
        add(&mut resources, &project.exposures);
        add(&mut resources, &project.metrics);
        add(&mut resources, &project.saved_queries);
        add(&mut resources, &project.semantic_models);
        add(&mut resources, &project.unit_tests);
        Self {
            rest: json!({"metadata": metadata, "docs": project.docs, "groups": project.groups}),
            resources,
        }
    }
}

fn add<'a, T: Serialize + Sync>(
    resources: &mut Vec<(&'a str, Box<dyn Make + 'a>)>,
    section: &'a IdMap<T>,
) {
    for (id, resource) in section {
        resources.push((id.as_str(), Box::new(Whole(resource))));
    }
}

/// A resource of which all is taken.
struct Whole<'a, T>(&'a T);

impl<T: Serialize + Sync> Make for Whole<'_, T> {
    fn make(&self) -> Resource<'_> {
        let json = serde_json::to_value(self.0);
        Resource::of(json.expect("artifact values always have a JSON form"))
    }
}

impl Make for NodeView<'_> {
    fn make(&self) -> Resource<'_> {
        Resource {
            json: json_of(self),
            config: Some(&self.node.config),
        }
    }
}

/// What is null in the manifest, or empty, may as well not be there.
#[derive(Default)]
struct Entries(Map<String, Value>);

impl Entries {
    fn text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.0.insert(key.to_owned(), text.into());
        }
    }

    fn texts<'t>(&mut self, key: &str, texts: impl IntoIterator<Item = &'t str>) {
        let texts: Vec<Value> = texts.into_iter().map(Value::from).collect();
        if !texts.is_empty() {
            self.0.insert(key.to_owned(), texts.into());
        }
    }

    fn value(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }
}

/// Returns a node as the manifest has it, without its configs and what the page does not read.
fn json_of(view: &NodeView<'_>) -> Value {
    let node = view.node;
    let mut entries = Entries::default();
    entries.text("name", &node.name);
    entries.text("package_name", &node.package_name);
    entries.text("path", &node.path);
    entries.text("original_file_path", &node.original_file_path);
    entries.text("patch_path", node.patch_path.as_deref().unwrap_or_default());
    entries.text("description", &node.description);
    entries.text("group", node.group.as_deref().unwrap_or_default());
    entries.texts("tags", node.tags.iter().map(String::as_str));
    entries.text("relation_name", view.relation_name().unwrap_or_default());
    if node.resource_type != ResourceType::Test {
        entries.texts("fqn", node.fqn.iter().map(String::as_str));
    }
    if !node.columns.is_empty() {
        let columns = node.columns.iter();
        let columns: Map<String, Value> = columns
            .map(|(name, column)| (name.clone(), column_json(column)))
            .collect();
        entries.value("columns", columns.into());
    }
    if node.language == Language::Python {
        entries.text("language", "python");
    }
    depends_on(view, &mut entries);
    if !matches!(node.kind, NodeKind::Seed(_)) {
        // What a generic test's own code calls, its metadata tells.
        if node.generic_test().is_none() {
            entries.text("raw_code", &node.raw_code);
        }
        let code = view.compiled.and_then(|c| c.compiled_code.as_deref());
        entries.text("compiled_code", code.unwrap_or_default());
    }
    of_kind(node, &mut entries);
    Value::Object(entries.0)
}

fn depends_on(view: &NodeView<'_>, entries: &mut Entries) {
    let node = view.node;
    let mut own = Entries::default();
    own.texts("nodes", node.depends_on_nodes.iter().map(|id| id.as_str()));
    if node.resource_type != ResourceType::Test {
        own.texts("macros", view.macros().iter().map(|id| id.as_str()));
    }
    entries.value("depends_on", Value::Object(own.0));
}

fn of_kind(node: &Node, entries: &mut Entries) {
    match &node.kind {
        NodeKind::Model(model) => {
            entries.text("access", &model.access);
            let versions = [
                ("version", &model.version),
                ("latest_version", &model.latest_version),
            ];
            for (key, version) in versions {
                if let Some(version) = version {
                    entries.value(key, version.clone());
                }
            }
            let date = model.deprecation_date.as_deref();
            entries.text("deprecation_date", date.unwrap_or_default());
            entries.texts("primary_key", model.primary_key.iter().map(String::as_str));
        }
        NodeKind::GenericTest(test) => {
            entries.text(
                "column_name",
                test.column_name.as_deref().unwrap_or_default(),
            );
            let attached = test.attached_node.as_ref();
            entries.text("attached_node", attached.map_or("", |id| id.as_str()));
            let mut metadata = Entries::default();
            metadata.text("name", &test.test_name);
            metadata.text("namespace", test.namespace.as_deref().unwrap_or_default());
            metadata.value("kwargs", test.kwargs.clone().into());
            entries.value("test_metadata", Value::Object(metadata.0));
        }
        NodeKind::Function(function) => {
            entries.value("arguments", function.arguments.clone().into());
        }
        NodeKind::Seed(_)
        | NodeKind::Snapshot
        | NodeKind::Analysis
        | NodeKind::SingularTest
        | NodeKind::Hook { .. }
        | NodeKind::Inline => {}
    }
}

fn column_json(column: &ColumnInfo) -> Value {
    let mut entries = Entries::default();
    entries.text("description", &column.description);
    entries.text("data_type", column.data_type.as_deref().unwrap_or_default());
    entries.texts("tags", column.tags.iter().map(String::as_str));
    if !column.meta.is_empty() {
        entries.value("meta", column.meta.clone().into());
    }
    if !column.constraints.is_empty() {
        entries.value("constraints", column.constraints.clone().into());
    }
    Value::Object(entries.0)
}
