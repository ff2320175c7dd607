//! Nodes as their own files tell: models, snapshots, analyses, singular tests,
//! seeds, functions, and the project's hooks.
//!
//! What property files say of them is not known here, so their configs and
//! names are not final.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::again::{Made, One};
use super::blocks::{scan, strays};
use super::calls::{Calls, Renderer, read_static};
use super::node::{
    Checksum, FunctionInfo, Language, ModelInfo, Node, NodeConfig, NodeFields, NodeKind,
    ResourceType, SeedInfo, UniqueId,
};
use super::template::Template;
use super::{ParseContext, RefArgs, describe};
use crate::config::{ConfigRequest, Package, SharedMap};
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::files::{PackageFiles, ProjectFile};
use crate::jinja::Block;
use crate::parse::python::{PythonFunction, read_python};

/// Reads the nodes of all packages, in dbt's order.
pub(super) fn read(cx: &ParseContext<'_>, found: &mut Vec<Diagnostic>) -> Vec<Node> {
    let mut sources: Vec<Source<'_>> = Vec::new();
    for (files, package) in cx.files.packages.iter().zip(cx.project.packages.values()) {
        collect(package, files, &mut sources);
    }
    let read: Vec<Made<Vec<Node>>> = sources
        .par_iter()
        .map(|source| source.read_or_take(cx))
        .collect();
    let mut nodes = Vec::with_capacity(read.len());
    for made in read {
        let (made, diagnostics) = Arc::unwrap_or_clone(made);
        nodes.extend(made);
        found.extend(diagnostics);
    }
    nodes
}

/// Something that nodes are made from.
enum Source<'a> {
    File {
        package: &'a Package,
        file: &'a ProjectFile,
        resource_type: ResourceType,
    },
    Hook {
        package: &'a Package,
        index: usize,
        on_start: bool,
    },
}

fn collect<'a>(package: &'a Package, files: &'a PackageFiles, sources: &mut Vec<Source<'a>>) {
    let mut add = |files: &'a [ProjectFile], resource_type| {
        sources.extend(files.iter().map(|file| Source::File {
            package,
            file,
            resource_type,
        }));
    };
    add(&files.models, ResourceType::Model);
    add(&files.snapshots, ResourceType::Snapshot);
    add(&files.analyses, ResourceType::Analysis);
    add(&files.singular_tests, ResourceType::Test);
    add(&files.seeds, ResourceType::Seed);
    let hooks = [
        (true, &package.project.on_run_start),
        (false, &package.project.on_run_end),
    ];
    for (on_start, hooks) in hooks {
        sources.extend((0..hooks.len()).map(|index| Source::Hook {
            package,
            index,
            on_start,
        }));
    }
    sources.extend(files.functions.iter().map(|file| Source::File {
        package,
        file,
        resource_type: ResourceType::Function,
    }));
}

impl Source<'_> {
    fn read_or_take(&self, cx: &ParseContext<'_>) -> Made<Vec<Node>> {
        let read = || {
            let mut found = Vec::new();
            let nodes = self.read(cx, &mut found);
            Arc::new((nodes, found))
        };
        match self {
            // There are few.
            Self::Hook { .. } => read(),
            Self::File {
                file,
                resource_type,
                ..
            } => {
                let key = || (One(Arc::clone(&file.file)), *resource_type);
                cx.before.drafts.get(key, read)
            }
        }
    }

    fn read(&self, cx: &ParseContext<'_>, found: &mut Vec<Diagnostic>) -> Vec<Node> {
        match self {
            Self::Hook {
                package,
                index,
                on_start,
            } => vec![hook(cx, package, *index, *on_start, found)],
            Self::File {
                package,
                file,
                resource_type: ResourceType::Snapshot,
            } => snapshots(cx, package, file, found),
            Self::File {
                package,
                file,
                resource_type,
            } => vec![whole_file(cx, package, file, *resource_type, found)],
        }
    }
}

/// What sets one node apart from others while it is made.
pub(super) struct Start<'a> {
    pub package: &'a Arc<str>,
    pub resource_type: ResourceType,
    pub name: String,
    pub path: String,
    pub original_file_path: String,
    pub fqn: Vec<String>,
    pub file: &'a Arc<SourceFile>,
    pub span: Range<usize>,
    pub raw_code: Arc<str>,
    pub checksum: Checksum,
    pub kind: NodeKind,
}

/// Makes a node that has default names and no config yet.
pub(super) fn start(cx: &ParseContext<'_>, start: Start<'_>) -> Node {
    let kind = start.resource_type.as_str();
    Node::from(NodeFields {
        unique_id: UniqueId::from(format!("{kind}.{}.{}", start.package, start.name)),
        resource_type: start.resource_type,
        package_name: Arc::clone(start.package),
        path: start.path,
        original_file_path: start.original_file_path,
        file: Arc::clone(start.file),
        span: start.span,
        fqn: start.fqn,
        database: cx.default_database.clone(),
        schema: cx.default_schema.clone(),
        alias: start.name.clone(),
        name: start.name,
        relation_name: None,
        checksum: start.checksum,
        config: NodeConfig::default(),
        tags: Vec::new(),
        group: None,
        config_call_dict: Map::new(),
        unrendered_config: SharedMap::default(),
        description: String::new(),
        columns: indexmap::IndexMap::new(),
        patch_path: None,
        properties: None,
        doc_blocks: Vec::new(),
        contract_checksum: None,
        language: Language::Sql,
        raw_code: start.raw_code,
        refs: Vec::new(),
        sources: Vec::new(),
        metrics: Vec::new(),
        functions: Vec::new(),
        depends_on_macros: Vec::new(),
        depends_on_nodes: Vec::new(),
        created_at: cx.created_at,
        kind: start.kind,
    })
}

/// Returns the parts of a path without the file's name.
pub(super) fn folders(path: &str) -> impl Iterator<Item = String> + '_ {
    let folder = path.rsplit_once('/').map(|(folder, _)| folder);
    folder
        .into_iter()
        .flat_map(|folder| folder.split('/'))
        .map(str::to_owned)
}

/// Makes a node's fqn: package, folders, name.
pub(super) fn fqn(package: &str, path: &str, name: &str) -> Vec<String> {
    std::iter::once(package.to_owned())
        .chain(folders(path))
        .chain(std::iter::once(name.to_owned()))
        .collect()
}

/// Returns the place of a text without the white space around it.
fn trimmed(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    start..start + text.trim().len()
}

fn whole_file(
    cx: &ParseContext<'_>,
    package: &Package,
    file: &ProjectFile,
    resource_type: ResourceType,
    found: &mut Vec<Diagnostic>,
) -> Node {
    let name = file.stem().to_owned();
    let path = match resource_type {
        ResourceType::Analysis => format!("analysis/{}", file.path),
        _ => file.path.clone(),
    };
    let kind = match resource_type {
        ResourceType::Model => NodeKind::Model(Box::default()),
        ResourceType::Seed => NodeKind::Seed(SeedInfo {
            root_path: package.root.to_string(),
        }),
        ResourceType::Analysis => NodeKind::Analysis,
        ResourceType::Function => NodeKind::Function(Box::new(FunctionInfo {
            // dbt says this of a function that no property file describes.
            returns: serde_json::json!({"data_type": "INVALID_TYPE", "description": null}),
            arguments: Vec::new(),
        })),
        _ => NodeKind::SingularTest,
    };
    let span = trimmed(&file.file.text);
    let mut node = start(
        cx,
        Start {
            package: &package.name,
            resource_type,
            fqn: fqn(&package.name, &path, &name),
            name,
            path,
            original_file_path: file.original_file_path.clone(),
            file: &file.file,
            raw_code: Arc::from(&file.file.text[span.clone()]),
            span,
            checksum: file.checksum.clone(),
            kind,
        },
    );
    if resource_type == ResourceType::Seed {
        return node;
    }
    if file.path.ends_with(".py") {
        node.language = Language::Python;
    }
    // The code of a function is the database's to run, and a template to dbt.
    if node.language == Language::Python && resource_type == ResourceType::Model {
        read_python_calls(&mut node, found);
    } else {
        read_sql_calls(cx, &mut node, found);
    }
    node
}

/// Makes the nodes of a file's `{% snapshot %}` blocks.
fn snapshots(
    cx: &ParseContext<'_>,
    package: &Package,
    file: &ProjectFile,
    found: &mut Vec<Diagnostic>,
) -> Vec<Node> {
    let blocks = match scan(&file.file, &["snapshot"]) {
        Ok(blocks) => blocks,
        Err(error) => {
            found.push(error);
            return Vec::new();
        }
    };
    found.extend(strays(&file.file, &blocks));
    let blocks = blocks.blocks;
    let mut nodes = Vec::with_capacity(blocks.len());
    for block in blocks {
        let mut node = snapshot(cx, package, file, block);
        read_sql_calls(cx, &mut node, found);
        nodes.push(node);
    }
    nodes
}

fn snapshot(cx: &ParseContext<'_>, package: &Package, file: &ProjectFile, block: Block) -> Node {
    // The file's name is part of a snapshot's fqn, since one file may hold
    // several.
    let mut fqn = fqn(&package.name, &file.path, file.stem());
    fqn.push(block.block_name.clone());
    start(
        cx,
        Start {
            package: &package.name,
            resource_type: ResourceType::Snapshot,
            name: block.block_name,
            path: file.path.clone(),
            original_file_path: file.original_file_path.clone(),
            fqn,
            file: &file.file,
            raw_code: Arc::from(&file.file.text[block.body.clone()]),
            span: block.body,
            checksum: file.checksum.clone(),
            kind: NodeKind::Snapshot,
        },
    )
}

fn hook(
    cx: &ParseContext<'_>,
    package: &Package,
    index: usize,
    on_start: bool,
    found: &mut Vec<Diagnostic>,
) -> Node {
    let (hooks, when) = if on_start {
        (&package.project.on_run_start, "on-run-start")
    } else {
        (&package.project.on_run_end, "on-run-end")
    };
    let hook = &hooks[index];
    let name = format!("{}-{when}-{index}", package.name);
    let path = format!("hooks/{name}.sql");
    let file = &package.project.file;
    let mut node = start(
        cx,
        Start {
            package: &package.name,
            resource_type: ResourceType::Operation,
            fqn: fqn(&package.name, &path, &name),
            name,
            path,
            original_file_path: "./dbt_project.yml".to_owned(),
            file,
            span: hook.span.clone(),
            raw_code: Arc::from(hook.sql.as_str()),
            checksum: sha256(file.text.trim()),
            kind: NodeKind::Hook { index, on_start },
        },
    );
    node.tags.push(when.to_owned());
    let text = Arc::clone(&node.raw_code);
    let (file, span) = (Arc::clone(&node.file), node.span.clone());
    let template = Template::within(&text, &file, &span);
    read_calls(cx, &mut node, &template, found);
    node
}

/// Returns dbt's checksum of a text.
pub(super) fn sha256(text: &str) -> Checksum {
    use sha2::{Digest as _, Sha256};
    use std::fmt::Write as _;
    let mut checksum = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(checksum, "{byte:02x}");
    }
    Checksum {
        name: "sha256",
        checksum,
    }
}

fn read_sql_calls(cx: &ParseContext<'_>, node: &mut Node, found: &mut Vec<Diagnostic>) {
    let (file, span) = (Arc::clone(&node.file), node.span.clone());
    let template = Template::of_part(&file, &span);
    read_calls(cx, node, &template, found);
}

/// Reads what a node's text asks for into the node. When the text has a
/// mistake the node stays, so that refs to it are no mistakes as well.
pub(super) fn read_calls(
    cx: &ParseContext<'_>,
    node: &mut Node,
    template: &Template<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let what = || describe(node.resource_type, &node.name);
    match read_static(cx, &node.package_name, template, &what) {
        Ok(Some(calls)) => add_calls(node, calls),
        Ok(None) => {
            let renderer = Renderer::new(cx, Arc::new(with_early_config(cx, node)), None);
            if let Err(diagnostic) = renderer.render(template) {
                found.push(diagnostic);
            }
            found.extend(renderer.messages(template));
            add_calls(node, renderer.finish());
        }
        Err(diagnostic) => found.push(diagnostic),
    }
}

/// Returns the node with the config that `dbt_project.yml` gives it: all that
/// is known while its text is rendered.
fn with_early_config(cx: &ParseContext<'_>, node: &Node) -> Node {
    let mut early = node.clone();
    let request = ConfigRequest {
        resource_type: node.resource_type,
        package: &node.package_name,
        fqn: &node.fqn,
        patch: None,
        call: &Map::new(),
    };
    if let Ok(merged) = cx.merger.node_config(&request) {
        early.config = NodeConfig(merged.config);
    }
    early
}

fn add_calls(node: &mut Node, calls: Calls) {
    let recorded = calls.recorded;
    node.refs = recorded.refs;
    node.sources = recorded.sources;
    node.metrics = recorded.metrics;
    node.functions = recorded.functions;
    node.config_call_dict = recorded.config;
    node.depends_on_macros = calls.macros;
}

/// Reads the calls of a Python model.
fn read_python_calls(node: &mut Node, found: &mut Vec<Diagnostic>) {
    let read = match read_python(&node.file.text) {
        Ok(read) => read,
        Err(error) => {
            let title = format!("Python model `{}` cannot be read", node.name);
            found.push(Diagnostic::error("python-model", title).at(
                &node.file,
                error.range,
                error.message,
            ));
            return;
        }
    };
    let recorder = super::context::Recorder::default();
    let mut asked = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
    for call in read.calls {
        let texts: Vec<&str> = call.args.iter().filter_map(Value::as_str).collect();
        let all_texts = texts.len() == call.args.len();
        match (call.function, &texts[..]) {
            (PythonFunction::Ref, [.., name]) if all_texts && texts.len() <= 2 => {
                let version = call.kwargs.get("version").or_else(|| call.kwargs.get("v"));
                recorder.lock().refs.push(RefArgs {
                    name: (*name).to_owned(),
                    package: (texts.len() == 2).then(|| texts[0].to_owned()),
                    version: version.filter(|v| !v.is_null()).cloned(),
                });
            }
            (PythonFunction::Source, [source, table]) if all_texts => {
                let pair = [(*source).to_owned(), (*table).to_owned()];
                recorder.lock().sources.push(pair);
            }
            (PythonFunction::Config, []) if call.args.is_empty() => recorder.config(call.kwargs),
            (PythonFunction::ConfigGet | PythonFunction::ConfigMetaGet, [key, ..])
                if call.args.len() <= 2 =>
            {
                let (keys, defaults) =
                    &mut asked[usize::from(call.function == PythonFunction::ConfigMetaGet)];
                keys.push(Value::from(*key));
                defaults.push(call.args.get(1).cloned().unwrap_or_default());
            }
            _ => {
                let title = format!("Python model `{}` cannot be read", node.name);
                let message = match call.function {
                    PythonFunction::Ref => {
                        "takes a model's name, and before it that of its package if need be"
                    }
                    PythonFunction::Source => "takes a source and a table",
                    PythonFunction::Config => {
                        "takes named arguments, such as materialized=\"table\""
                    }
                    PythonFunction::ConfigGet | PythonFunction::ConfigMetaGet => {
                        "takes a config's name and maybe a default"
                    }
                };
                found.push(
                    Diagnostic::error("python-model", title).at(&node.file, call.range, message),
                );
            }
        }
    }
    let [(keys, defaults), (meta_keys, meta_defaults)] = asked;
    if !keys.is_empty() || !meta_keys.is_empty() {
        // dbt hands these to the materialization, which writes them into the
        // script that is run.
        recorder.config(Map::from_iter([
            ("config_keys_used".to_owned(), Value::Array(keys)),
            ("config_keys_defaults".to_owned(), Value::Array(defaults)),
            ("meta_keys_used".to_owned(), Value::Array(meta_keys)),
            ("meta_keys_defaults".to_owned(), Value::Array(meta_defaults)),
        ]));
    }
    let calls = Calls {
        recorded: recorder.take(),
        macros: Vec::new(),
    };
    add_calls(node, calls);
}

/// Tells whether a model has anything of its own yet.
pub(super) fn model_mut(node: &mut Node) -> Option<&mut ModelInfo> {
    match &mut node.kind {
        NodeKind::Model(info) => Some(info),
        _ => None,
    }
}
