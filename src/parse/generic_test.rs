//! Uses of generic tests in property files, as nodes.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexSet;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::again::One;
use super::calls::{Calls, Renderer};
use super::columns::column_tags;
use super::docs;
use super::draft::{Start, folders, start};
use super::finish::{set_config, set_names, set_written_config};
use super::macros::resolve;
use super::node::{
    Checksum, GenericTestInfo, Node, NodeKind, RefArgs, ResourceType, UniqueId, version_text,
};
use super::patch::version_columns;
use super::properties::PackageProperties;
use super::template::Template;
use super::test_name::{TestNames, id_hash, raw_code, synthesize};
use super::{ParseContext, python_text};
use crate::adapter::quote_identifier;
use crate::config::properties::{ColumnProperties, DataTest, NodeProperties};
use crate::config::{behaviour_flag, has_jinja};
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::event::kinds;
use crate::jinja::{Value as JinjaValue, extract, from_json, python};

/// What a generic test tests.
pub(super) struct Target<'a> {
    pub package: &'a Arc<str>,
    pub file: &'a Arc<SourceFile>,
    pub original_file_path: &'a str,
    /// The model's name, or `source_table`.
    pub name: String,
    /// `models.dim_patient`: the section and entry.
    pub file_key_name: String,
    /// The source and table, for a test of a source.
    pub source: Option<[&'a str; 2]>,
    pub version: Option<&'a Value>,
    pub attached: Option<Attached>,
}

/// The node that a test belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attached {
    pub id: UniqueId,
    pub group: Option<String>,
}

/// Finds the node that a test of a name in a package belongs to.
pub(super) type FindAttached<'a> =
    dyn Fn(&str, &str, Option<&Value>) -> Option<Attached> + Sync + 'a;

/// Makes the tests of all models, seeds and snapshots, in dbt's order: those of
/// each property file.
pub(super) fn read(
    cx: &ParseContext<'_>,
    properties: Vec<Arc<PackageProperties>>,
    find: &FindAttached<'_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Vec<Node>> {
    let made: Vec<Arc<FileTests>> = properties
        .into_par_iter()
        .map(|from| {
            let holds = |made: &Arc<FileTests>| {
                made.attached.iter().all(|(name, version, attached)| {
                    find(name, &from.package, version.as_ref()) == *attached
                })
            };
            let make = || Arc::new(tests_of_file(cx, &from, find));
            cx.before
                .tests
                .get_if(|| One(Arc::clone(&from)), holds, make)
        })
        .collect();
    let mut nodes = Vec::with_capacity(made.len());
    for made in made {
        let made = Arc::unwrap_or_clone(made);
        nodes.push(made.nodes);
        found.extend(made.found);
    }
    nodes
}

/// The tests of a property file.
#[derive(Debug, Clone)]
pub(super) struct FileTests {
    nodes: Vec<Node>,
    found: Vec<Diagnostic>,
    /// By name and version, the nodes that they belong to.
    attached: Vec<(String, Option<Value>, Option<Attached>)>,
}

fn tests_of_file(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    find: &FindAttached<'_>,
) -> FileTests {
    let attached = Mutex::default();
    let find = |name: &str, package: &str, version: Option<&Value>| {
        let found = find(name, package, version);
        if cx.before.tests.is_kept() {
            let one = (name.to_owned(), version.cloned(), found.clone());
            let mut attached = attached.lock().unwrap_or_else(PoisonError::into_inner);
            Vec::push(&mut attached, one);
        }
        found
    };
    let file = &from.properties;
    let sections = [
        ("models", &file.models),
        ("seeds", &file.seeds),
        ("snapshots", &file.snapshots),
    ];
    let entries: Vec<(&str, &NodeProperties)> = sections
        .into_iter()
        .flat_map(|(section, entries)| entries.iter().map(move |entry| (section, entry)))
        .collect();
    let made: Vec<(Vec<Node>, Vec<Diagnostic>)> = entries
        .par_iter()
        .map(|(section, entry)| {
            let mut found = Vec::new();
            let nodes = tests_of_entry(cx, from, section, entry, &find, &mut found);
            (nodes, found)
        })
        .collect();
    let mut nodes = Vec::with_capacity(made.iter().map(|(tests, _)| tests.len()).sum());
    let mut found = Vec::new();
    for (tests, diagnostics) in made {
        nodes.extend(tests);
        found.extend(diagnostics);
    }
    FileTests {
        nodes,
        found,
        attached: attached
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner),
    }
}

fn tests_of_entry(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    section: &str,
    entry: &NodeProperties,
    find: &FindAttached<'_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Node> {
    let target = |version: Option<&'_ Value>| -> Option<Attached> {
        find(&entry.name.text, &from.package, version)
    };
    let of_columns = entry.columns.iter().map(|column| column.data_tests.len());
    let count = entry.data_tests.len() + of_columns.sum::<usize>();
    let mut nodes = Vec::with_capacity(count);
    if entry.versions.is_empty() {
        let target = make_target(from, section, entry, None, target(None));
        let columns: Vec<&ColumnProperties> = entry.columns.iter().collect();
        tests_of(
            cx,
            &target,
            &columns,
            &entry.data_tests,
            entry,
            &mut nodes,
            found,
        );
        return nodes;
    }
    for version in &entry.versions {
        let attached = target(Some(&version.v));
        let target = make_target(from, section, entry, Some(&version.v), attached);
        let columns = version_columns(entry, version);
        let tests = version.data_tests.as_ref().unwrap_or(&entry.data_tests);
        tests_of(cx, &target, &columns, tests, entry, &mut nodes, found);
    }
    nodes
}

fn make_target<'a>(
    from: &'a PackageProperties,
    section: &str,
    entry: &'a NodeProperties,
    version: Option<&'a Value>,
    attached: Option<Attached>,
) -> Target<'a> {
    Target {
        package: &from.package,
        file: &from.properties.file,
        original_file_path: &from.original_file_path,
        name: entry.name.text.clone(),
        file_key_name: format!("{section}.{}", entry.name.text),
        source: None,
        version,
        attached,
    }
}

fn tests_of(
    cx: &ParseContext<'_>,
    target: &Target<'_>,
    columns: &[&ColumnProperties],
    tests: &[DataTest],
    entry: &NodeProperties,
    nodes: &mut Vec<Node>,
    found: &mut Vec<Diagnostic>,
) {
    for column in columns {
        if column.data_tests.is_empty() {
            continue;
        }
        let is_quoted = column.quote.unwrap_or(entry.quote_columns.unwrap_or(false));
        let name = column_name(column, is_quoted);
        let tags = column_tags(column);
        for test in &column.data_tests {
            nodes.extend(make(cx, target, test, Some(&name), &tags, found));
        }
    }
    for test in tests {
        nodes.extend(make(cx, target, test, None, &[], found));
    }
}

/// Returns a column's name as its tests have it.
pub(super) fn column_name(column: &ColumnProperties, is_quoted: bool) -> String {
    if is_quoted {
        quote_identifier(&column.name.text)
    } else {
        column.name.text.clone()
    }
}

/// Makes the node of one use of a generic test.
pub(super) fn make(
    cx: &ParseContext<'_>,
    target: &Target<'_>,
    test: &DataTest,
    column: Option<&str>,
    tags: &[String],
    found: &mut Vec<Diagnostic>,
) -> Option<Node> {
    let (namespace, name) = match test.test.text.split_once('.') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, test.test.text.as_str()),
    };
    let settled = settle_arguments(cx, target, test, found);
    let test = settled.as_ref().unwrap_or(test);
    if test.arguments.contains_key("model") {
        let title = format!("test `{name}` of `{}` has an argument `model`", target.name);
        found.push(
            Diagnostic::error("invalid-test", title)
                .at(target.file, test.test.span.clone(), "in this test")
                .hint("take it out: `model` is what the test is written below"),
        );
        return None;
    }
    let kwargs = kwargs(target, test, column);
    let mut config = test.config.clone();
    let names = match &test.custom_name {
        Some(custom) => TestNames {
            full: custom.text.clone(),
            short: custom.text.clone(),
        },
        None => synthetic_names(target, namespace, name, &kwargs),
    };
    if names.full != names.short && !config.contains_key("alias") {
        config.insert("alias".to_owned(), Value::from(names.short.as_str()));
    }
    let mut node = test_node(cx, target, test, &names, namespace, name, kwargs, &config);
    let config_tags = config_tags(&config, target, test, found);
    let mut all_tags: Vec<String> = tags.iter().cloned().chain(config_tags).collect();
    all_tags.sort_unstable();
    all_tags.dedup();
    node.tags = all_tags;
    if let NodeKind::GenericTest(info) = &mut node.kind {
        info.column_name = column.map(str::to_owned);
    }
    read_calls(cx, target, test, name, &mut node, config, found);
    set_config(cx, &mut node, None, found);
    set_written_config(cx, &mut node, None, None);
    set_names(cx, &mut node, found);
    if let Some(attached) = &target.attached {
        node.group.clone_from(&attached.group);
    }
    if node.config.is_enabled() && !test.description.is_empty() {
        let place = (target.file, &test.span);
        let described = docs::describe(cx, target.package, &test.description, place, found);
        node.description = described.text;
        node.doc_blocks = described.doc_blocks;
    }
    Some(node)
}

/// Returns the arguments of a test, `column_name` and `model` included.
fn kwargs(target: &Target<'_>, test: &DataTest, column: Option<&str>) -> Map<String, Value> {
    let mut kwargs = test.arguments.clone();
    if let Some(column) = column {
        kwargs.insert("column_name".to_owned(), Value::from(column));
    }
    let model = match (target.source, target.version) {
        (Some([source, table]), _) => format!("source('{source}', '{table}')"),
        (None, Some(version)) => {
            format!(
                "ref('{}', version='{}')",
                target.name,
                version_text(version)
            )
        }
        (None, None) => format!("ref('{}')", target.name),
    };
    let model = format!("{{{{ get_where_subquery({model}) }}}}");
    kwargs.insert("model".to_owned(), Value::from(model));
    kwargs
}

fn synthetic_names(
    target: &Target<'_>,
    namespace: Option<&str>,
    name: &str,
    kwargs: &Map<String, Value>,
) -> TestNames {
    let mut kind = String::new();
    if let Some(namespace) = namespace {
        kind.push_str(namespace);
        kind.push('_');
    }
    if target.source.is_some() {
        kind.push_str("source_");
    }
    kind.push_str(name);
    match target.version {
        Some(version) => {
            let target = format!("{}_v{}", target.name, version_text(version));
            synthesize(&kind, &target, kwargs)
        }
        None => synthesize(&kind, &target.name, kwargs),
    }
}

fn test_node(
    cx: &ParseContext<'_>,
    target: &Target<'_>,
    test: &DataTest,
    names: &TestNames,
    namespace: Option<&str>,
    name: &str,
    kwargs: Map<String, Value>,
    config: &Map<String, Value>,
) -> Node {
    let hash = id_hash(&names.full, namespace, name, &kwargs);
    let mut node = start(
        cx,
        Start {
            package: target.package,
            resource_type: ResourceType::Test,
            name: names.full.clone(),
            path: format!("{}.sql", names.short),
            original_file_path: target.original_file_path.to_owned(),
            fqn: fqn(target, &names.full),
            file: target.file,
            span: test.span.clone(),
            raw_code: cx.test_codes.share(raw_code(namespace, name, config)),
            checksum: Checksum {
                name: "none",
                checksum: String::new(),
            },
            kind: NodeKind::GenericTest(Box::new(GenericTestInfo {
                column_name: None,
                file_key_name: target.file_key_name.clone(),
                attached_node: target.attached.as_ref().map(|a| a.id.clone()),
                test_name: name.to_owned(),
                namespace: namespace.map(str::to_owned),
                kwargs,
            })),
        },
    );
    node.unique_id = UniqueId::from(format!("test.{}.{}.{hash}", target.package, names.full));
    node.description.clone_from(&test.description);
    node
}

/// A test's fqn has the folders of its property file, without the resource
/// folder.
fn fqn(target: &Target<'_>, name: &str) -> Vec<String> {
    let path = target.original_file_path;
    let below = path.split_once('/').map_or("", |(_, below)| below);
    std::iter::once(target.package.to_string())
        .chain(folders(below))
        .chain(std::iter::once(name.to_owned()))
        .collect()
}

fn config_tags(
    config: &Map<String, Value>,
    target: &Target<'_>,
    test: &DataTest,
    found: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let bad = |found: &mut Vec<Diagnostic>| {
        let title = format!("the tags of test `{}` are no texts", test.test.text);
        found.push(
            Diagnostic::error("invalid-test", title)
                .at(target.file, test.test.span.clone(), "in this test")
                .hint("write `tags: [a, b]`"),
        );
    };
    match config.get("tags") {
        None => Vec::new(),
        Some(Value::String(tag)) => vec![tag.clone()],
        Some(Value::Array(tags)) => {
            let texts: Vec<String> = tags
                .iter()
                .filter_map(|t| t.as_str().map(str::to_owned))
                .collect();
            if texts.len() < tags.len() {
                bad(found);
            }
            texts
        }
        Some(_) => {
            bad(found);
            Vec::new()
        }
    }
}

/// Finds what a test reads, and merges its config.
fn read_calls(
    cx: &ParseContext<'_>,
    target: &Target<'_>,
    test: &DataTest,
    name: &str,
    node: &mut Node,
    config: Map<String, Value>,
    found: &mut Vec<Diagnostic>,
) {
    let macro_name = format!("test_{name}");
    let id = resolve(&cx.engine, cx.project, target.package, &macro_name);
    let Some(id) = id else {
        found.push(unknown_test(cx, target, test));
        node.refs = own_ref(target).into_iter().collect();
        node.sources = own_source(target).into_iter().collect();
        set_call(node, config, 1);
        return;
    };
    node.depends_on_macros = vec![UniqueId::from(id.as_str())];
    // dbt takes these two for what they are and does not render them.
    if id == "macro.dbt.test_not_null" || id == "macro.dbt.test_unique" {
        node.refs = own_ref(target).into_iter().collect();
        node.sources = own_source(target).into_iter().collect();
        set_call(node, config, 1);
        return;
    }
    let kwargs = node
        .generic_test()
        .map(|t| t.kwargs.clone())
        .unwrap_or_default();
    let calls = match plain_calls(cx, target, &id, &kwargs) {
        Some(calls) => {
            set_call(node, config, 2);
            calls
        }
        None => rendered_calls(cx, target, test, &id, node, &kwargs, config, found),
    };
    node.refs = calls.recorded.refs;
    node.sources = calls.recorded.sources;
    node.metrics = calls.recorded.metrics;
    node.functions = calls.recorded.functions;
    for id in calls.macros {
        if !node.depends_on_macros.contains(&id) {
            node.depends_on_macros.push(id);
        }
    }
}

/// Sets a test's config call. dbt applies the same call twice when it renders
/// the test: lists such as tags then hold everything twice.
fn set_call(node: &mut Node, config: Map<String, Value>, times: usize) {
    let recorder = super::context::Recorder::default();
    if times == 2 {
        recorder.config(config.clone());
    }
    recorder.config(config);
    node.config_call_dict = recorder.take().config;
}

fn own_ref(target: &Target<'_>) -> Option<RefArgs> {
    target.source.is_none().then(|| RefArgs {
        name: target.name.clone(),
        package: None,
        version: target.version.cloned(),
    })
}

fn own_source(target: &Target<'_>) -> Option<[String; 2]> {
    target.source.map(|pair| pair.map(str::to_owned))
}

/// Reads the calls of the shipped tests without rendering them, when their
/// arguments are plain.
fn plain_calls(
    cx: &ParseContext<'_>,
    target: &Target<'_>,
    id: &str,
    kwargs: &Map<String, Value>,
) -> Option<Calls> {
    const SHIPPED: [&str; 2] = [
        "macro.dbt.test_accepted_values",
        "macro.dbt.test_relationships",
    ];
    if !SHIPPED.contains(&id)
        || cx.where_subquery.as_deref() != Some("macro.dbt.get_where_subquery")
    {
        return None;
    }
    let mut calls = Calls::default();
    for (key, value) in kwargs {
        if key == "model" || key == "column_name" {
            continue;
        }
        let text = match value {
            Value::String(text) => text,
            Value::Array(items) if items.iter().all(is_plain) => continue,
            value if is_plain(value) => continue,
            _ => return None,
        };
        if is_plain(value) {
            continue;
        }
        let expression = call_expression(text)?;
        let read = extract(&expression)
            .ok()
            .filter(|read| !read.needs_render)?;
        calls
            .recorded
            .refs
            .extend(read.refs.into_iter().map(|call| RefArgs {
                name: call.name,
                package: call.package,
                version: call.version,
            }));
        let sources = read
            .sources
            .into_iter()
            .map(|call| [call.source, call.table]);
        calls.recorded.sources.extend(sources);
    }
    // The model itself comes last, since it is the last argument.
    calls.recorded.refs.extend(own_ref(target).map(|mut args| {
        args.version = args.version.as_ref().map(|v| Value::from(version_text(v)));
        args
    }));
    calls.recorded.sources.extend(own_source(target));
    calls
        .macros
        .push(UniqueId::from("macro.dbt.get_where_subquery"));
    Some(calls)
}

/// Tells whether a value is what it is when dbt renders it.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::String(text) => !has_jinja(text) && call_expression(text).is_none(),
        Value::Array(_) | Value::Object(_) => false,
        _ => true,
    }
}

/// dbt renders a text that looks like a call of these functions as one:
/// `ref('claims')`.
fn call_expression(text: &str) -> Option<String> {
    let inner = text.trim();
    let function = ["env_var", "ref", "var", "source", "doc"]
        .into_iter()
        .find(|name| inner.starts_with(name))?;
    let arguments = inner[function.len()..].trim_start();
    let looks_so = arguments.starts_with('(')
        && arguments.ends_with(')')
        && arguments.len() > 2
        && !arguments.contains('\n');
    looks_so.then(|| format!("{{{{ {text} }}}}"))
}

/// Renders a test for what it reads.
fn rendered_calls(
    cx: &ParseContext<'_>,
    target: &Target<'_>,
    test: &DataTest,
    id: &str,
    node: &mut Node,
    kwargs: &Map<String, Value>,
    config: Map<String, Value>,
    found: &mut Vec<Diagnostic>,
) -> Calls {
    // The arguments are rendered first and are then a name of their own.
    let known = cx.test_macros.of(cx, id);
    let names = Some(Arc::clone(&known.by_name));
    let renderer = Renderer::new(cx, Arc::new(node.clone()), names);
    renderer.record_config(config);
    let place = (target.file, &test.span);
    let mut values: Vec<(String, JinjaValue)> = Vec::with_capacity(kwargs.len());
    for (key, value) in kwargs {
        let value = if key == "column_name" {
            from_json(value)
        } else {
            render_argument(&renderer, value, place, found)
        };
        values.push((key.clone(), value));
    }
    renderer.set_name("_dbt_generic_test_kwargs", python::dict(values));
    let code = Arc::clone(&node.raw_code);
    let template = Template::within(&code, target.file, &test.span);
    if let Err(diagnostic) = renderer.render(&template) {
        found.push(diagnostic);
    }
    found.extend(renderer.messages(&template));
    let mut calls = renderer.finish();
    // Other macros are undefined to dbt here; it does not know their calls in
    // arguments.
    calls.macros.retain(|id| known.ids.contains(id));
    node.config_call_dict = std::mem::take(&mut calls.recorded.config);
    calls
}

/// Renders an argument with all that is in it.
fn render_argument(
    renderer: &Renderer<'_>,
    value: &Value,
    place: (&Arc<SourceFile>, &Range<usize>),
    found: &mut Vec<Diagnostic>,
) -> JinjaValue {
    match value {
        Value::String(text) => {
            let expression = call_expression(text);
            let text = expression.as_deref().unwrap_or(text);
            let template = Template::within(text, place.0, place.1);
            match renderer.render_native(&template) {
                Ok(value) => value,
                Err(error) => {
                    // What a macro says against its arguments counts when the
                    // test is run.
                    if error.frames().is_empty() {
                        found.push(renderer.failed(&template, &error));
                    }
                    JinjaValue::from(text)
                }
            }
        }
        Value::Array(items) => python::list(
            items
                .iter()
                .map(|item| render_argument(renderer, item, place, found))
                .collect(),
        ),
        Value::Object(map) => {
            let items: Vec<(String, JinjaValue)> = map
                .iter()
                .map(|(key, item)| (key.clone(), render_argument(renderer, item, place, found)))
                .collect();
            python::dict(items)
        }
        other => from_json(other),
    }
}

/// The macros that tests call, by the bare names that dbt lets them use.
///
/// A test's macro may be of another package than the test, and calls macros of
/// its own package by their bare names.
#[derive(Debug, Default)]
pub(super) struct TestMacros(Mutex<HashMap<String, Arc<KnownMacros>>>);

/// The macros that one test's macro calls, directly or not.
#[derive(Debug, Default)]
struct KnownMacros {
    by_name: Arc<HashMap<String, JinjaValue>>,
    ids: HashSet<UniqueId>,
}

impl TestMacros {
    fn of(&self, cx: &ParseContext<'_>, id: &str) -> Arc<KnownMacros> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(id) {
            return Arc::clone(known);
        }
        let mut names = HashMap::new();
        let mut seen: IndexSet<&str> = IndexSet::from([id]);
        seen.extend(cx.where_subquery.as_deref());
        let mut next = 0;
        while let Some(id) = seen.get_index(next).copied() {
            next += 1;
            let Some(one) = cx.basis.macros.macros.get(id) else {
                continue;
            };
            if let Some(value) = cx.engine.macro_value(id) {
                names.entry(one.name.clone()).or_insert(value);
            }
            seen.extend(one.depends_on_macros.iter().map(UniqueId::as_str));
        }
        let known = Arc::new(KnownMacros {
            by_name: Arc::new(names),
            ids: seen.into_iter().map(UniqueId::from).collect(),
        });
        lock().insert(id.to_owned(), Arc::clone(&known));
        known
    }
}

/// Warns of arguments that stand where dbt will not look for them, and gives
/// the test as it counts when `arguments:` is nothing special yet.
fn settle_arguments(
    cx: &ParseContext<'_>,
    target: &Target<'_>,
    test: &DataTest,
    found: &mut Vec<Diagnostic>,
) -> Option<DataTest> {
    let name = &test.test.text;
    let written = &test.written;
    let warn = |title: String, kind, data| {
        Diagnostic::warning("deprecated-test", title)
            .at(target.file, test.test.span.clone(), "this test")
            .as_event(kind, data)
    };
    let flag = "require_generic_test_arguments_property";
    if !behaviour_flag(cx.project, cx.invocation, flag) {
        let nested = written.nested.as_ref()?;
        let test_name = format!("`{name}` ({})", python_text::py_str(nested));
        let title = format!(
            "Found `arguments` property in test definition of {test_name} without usage of \
             `{flag}` behavior change flag."
        );
        let data = json!({"test_name": test_name});
        found.push(warn(title, kinds::ARGUMENTS_PROPERTY, data));
        let mut arguments = written.beside.clone();
        arguments.insert("arguments".to_owned(), nested.clone());
        return Some(DataTest {
            arguments,
            ..test.clone()
        });
    }
    let file = target.original_file_path;
    for key in &written.configs {
        let path = format!("data_tests.{name}.{key}");
        let title = format!(
            "Found `{key}` as a top-level property of `{path}` in file `{file}`. The `{key}` \
             top-level property should be moved into the `config` of `{path}`."
        );
        let data = json!({"key": key, "key_path": path, "file": file});
        found.push(warn(title, kinds::PROPERTY_MOVED_TO_CONFIG, data));
    }
    let is_empty = |nested: &Value| match nested {
        Value::Object(map) => map.is_empty(),
        other => other.is_null(),
    };
    let has_nested = written
        .nested
        .as_ref()
        .is_some_and(|nested| !is_empty(nested));
    let is_argument = |key: &String| key != "column_name";
    if !has_nested && written.beside.keys().any(is_argument) {
        let test_name = format!(
            "`{name}` defined on '{}' in package '{}' ({file})",
            target.name, target.package
        );
        let title = format!(
            "Found top-level arguments to test {test_name}. Arguments to generic tests should be \
             nested under the `arguments` property."
        );
        let data = json!({"test_name": test_name});
        found.push(warn(title, kinds::MISSING_ARGUMENTS_PROPERTY, data));
    }
    None
}

fn unknown_test(cx: &ParseContext<'_>, target: &Target<'_>, test: &DataTest) -> Diagnostic {
    let written = &test.test.text;
    let title = format!("test `{written}` of `{}` does not exist", target.name);
    let diagnostic = Diagnostic::warning("unknown-test", title).at(
        target.file,
        test.test.span.clone(),
        "no generic test has this name",
    );
    let known = cx
        .template_files()
        .macros
        .iter()
        .filter_map(|name| name.strip_prefix("test_"));
    let bare = written.rsplit('.').next().unwrap_or(written);
    match suggest::nearest(bare, known) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}
