//! Gives nodes their final config, names and descriptions.

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::again::{PatchKey, SameNode};
use super::calls::Renderer;
use super::columns::{CONSTRAINT_TYPES, columns, contract_checksum, model_constraint};
use super::docs;
use super::draft::model_mut;
use super::names::relation_names;
use super::node::{
    ColumnInfo, FunctionInfo, Language, Node, NodeConfig, NodeFields, NodeKind, Place, RefArgs,
    ResourceType, version_text,
};
use super::patch::{Patch, Patches};
use super::relation_name::relation;
use super::template::Template;
use super::{ParseContext, describe, time_spine};
use crate::config::{ConfigRequest, behaviour_flag, has_jinja};
use crate::diagnostics::Diagnostic;
use crate::event::kinds;
use crate::jinja::{extract, written_config};

/// Finishes all nodes. `drafts` are the nodes as their own files have them, where
/// what is made is kept.
pub(super) fn finish(
    cx: &ParseContext<'_>,
    nodes: &mut [Node],
    drafts: &[Node],
    patches: &Patches<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let diagnostics: Vec<Diagnostic> = nodes
        .par_iter_mut()
        .enumerate()
        .flat_map_iter(|(number, node)| {
            let patch = patches.of_node.get(&number);
            let mut found = Vec::new();
            let Some(draft) = drafts.get(number) else {
                finish_node(cx, node, patch, &mut found);
                return found;
            };
            let key = || (SameNode(draft.clone()), patch.map(PatchKey::of));
            let made = cx.before.finished.get(key, || {
                finish_node(cx, node, patch, &mut found);
                Arc::new((node.clone(), found))
            });
            *node = made.0.clone();
            made.1.clone()
        })
        .collect();
    found.extend(diagnostics);
}

/// Finishes one node with what a property file says of it.
pub(super) fn finish_node(
    cx: &ParseContext<'_>,
    node: &mut Node,
    patch: Option<&Patch<'_>>,
    found: &mut Vec<Diagnostic>,
) {
    if let Some(patch) = patch {
        apply_properties(node, patch);
        found.extend(time_spine::check(patch));
    }
    let python_table;
    let mut patch_config = patch.map(|p| &*p.config);
    if node.resource_type == ResourceType::Model
        && node.language == Language::Python
        && !patch_config.is_some_and(|c| c.contains_key("materialized"))
    {
        // dbt builds Python models as tables when nothing else is said.
        let mut config = patch_config.cloned().unwrap_or_default();
        config.insert("materialized".to_owned(), "table".into());
        python_table = config;
        patch_config = Some(&python_table);
    }
    set_config(cx, node, patch_config, found);
    set_written_config(cx, node, patch, patch_config);
    set_names(cx, node, found);
    render_hooks(cx, node, patch, found);
    if let Some(patch) = patch {
        apply_constraints(node, patch, found);
    }
    if node.config.is_enabled() {
        render_descriptions(cx, node, patch, found);
    }
}

fn apply_properties(node: &mut Node, patch: &Patch<'_>) {
    let entry = patch.entry;
    node.patch_path = Some(patch.from.patch_path.clone());
    node.properties = Some(Place {
        file: Arc::clone(&patch.from.properties.file),
        range: patch
            .version
            .map_or_else(|| entry.span.clone(), |v| v.span.clone()),
    });
    node.description.clone_from(&entry.description);
    if let Some(version) = patch.version
        && !version.description.is_empty()
    {
        node.description.clone_from(&version.description);
    }
    // dbt keeps the columns of singular tests out of the manifest.
    if node.resource_type != ResourceType::Test {
        node.columns = columns(patch.columns.iter().copied());
    }
    if let Some(model) = model_mut(node) {
        model.version = patch.version.map(|v| v.v.clone());
        model.latest_version.clone_from(&patch.latest_version);
        let date = match patch.version {
            Some(version) => &version.deprecation_date,
            None => &entry.deprecation_date,
        };
        model.deprecation_date.clone_from(date);
        // A version has no time spine in dbt.
        if patch.version.is_none() {
            model.time_spine = entry.time_spine.as_ref().map(time_spine::time_spine);
        }
    }
    if let NodeKind::Function(function) = &mut node.kind {
        **function = FunctionInfo {
            returns: entry
                .returns
                .as_ref()
                .map(function_returns)
                .unwrap_or_default(),
            arguments: entry.arguments.iter().map(function_argument).collect(),
        };
    }
}

fn function_returns(returns: &Value) -> Value {
    serde_json::json!({
        "data_type": returns.get("data_type"),
        "description": returns.get("description"),
    })
}

fn function_argument(argument: &Value) -> Value {
    serde_json::json!({
        "name": argument.get("name"),
        "data_type": argument.get("data_type"),
        "description": argument.get("description"),
        "default_value": argument.get("default_value"),
    })
}

/// Takes the config as it is written for comparisons, when dbt's flag says so;
/// by default it takes what the property file and the `config()` call come to.
pub(super) fn set_written_config(
    cx: &ParseContext<'_>,
    node: &mut Node,
    patch: Option<&Patch<'_>>,
    patch_config: Option<&Map<String, Value>>,
) {
    let flag = "state_modified_compare_more_unrendered_values";
    if !behaviour_flag(cx.project, cx.invocation, flag) {
        return;
    }
    let mut from_patch = patch_config.cloned();
    if let Some(patch) = patch {
        let written = match patch.version {
            Some(version) => &version.written_config,
            None => &patch.entry.written_config,
        };
        if !written.is_empty() {
            add_written(from_patch.get_or_insert_default(), written);
        }
    }
    let call = if reads_config_call(node) {
        written_config(&node.raw_code)
    } else {
        None
    };
    let request = ConfigRequest {
        resource_type: node.resource_type,
        package: &node.package_name,
        fqn: &node.fqn,
        patch: from_patch.as_ref(),
        call: call.as_ref().unwrap_or(&node.config_call_dict),
    };
    node.unrendered_config = cx.merger.written_config(&request);
}

/// Puts what is written in the place of what it comes to. dbt merges the two,
/// so that what is in a list is there twice.
fn add_written(config: &mut Map<String, Value>, written: &Map<String, Value>) {
    for (key, value) in written {
        match (config.get_mut(key), value) {
            (Some(Value::Object(known)), Value::Object(value)) => add_written(known, value),
            (Some(Value::Array(known)), Value::Array(value)) => {
                let rest = std::mem::replace(known, value.clone());
                known.extend(rest);
            }
            _ => {
                config.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Tells whether dbt compares a `config()` call as it is written: not where it
/// knows the call without rendering.
fn reads_config_call(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Seed(_) => false,
        NodeKind::GenericTest(test) => {
            let known = ["unique", "not_null", "accepted_values", "relationships"];
            !(test.namespace.is_none() && known.contains(&test.test_name.as_str()))
        }
        NodeKind::Model(_) => {
            node.language == Language::Sql
                && extract(&node.raw_code).is_ok_and(|calls| calls.needs_render)
        }
        _ => true,
    }
}

/// Merges a node's config, and copies what nodes have beside it.
pub(super) fn set_config(
    cx: &ParseContext<'_>,
    node: &mut Node,
    patch: Option<&Map<String, Value>>,
    found: &mut Vec<Diagnostic>,
) {
    let request = ConfigRequest {
        resource_type: node.resource_type,
        package: &node.package_name,
        fqn: &node.fqn,
        patch,
        call: &node.config_call_dict,
    };
    match cx.merger.node_config(&request) {
        Ok(merged) => {
            node.config = NodeConfig(merged.config);
            node.unrendered_config = merged.unrendered;
        }
        Err(mut diagnostic) => {
            if diagnostic.labels.is_empty() {
                let place = node.properties.clone().unwrap_or_else(|| Place {
                    file: Arc::clone(&node.file),
                    range: node.span.clone(),
                });
                let range = first_line(&place);
                diagnostic = diagnostic.at(
                    &place.file,
                    range,
                    format!(
                        "in the config of {}",
                        describe(node.resource_type, &node.name)
                    ),
                );
            }
            found.push(diagnostic);
        }
    }
    let NodeFields { config, tags, .. } = &mut **node;
    for tag in config.tags() {
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    node.group = node.config.str("group").map(str::to_owned);
    let access = node.config.str("access").unwrap_or("protected").to_owned();
    if !matches!(access.as_str(), "private" | "protected" | "public") {
        let what = describe(node.resource_type, &node.name);
        let place = node.properties.clone().unwrap_or_else(|| Place {
            file: Arc::clone(&node.file),
            range: node.span.clone(),
        });
        found.push(
            Diagnostic::error("invalid-access", format!("{what} has access `{access}`"))
                .at(&place.file, first_line(&place), "in this entry")
                .hint("set private, protected or public"),
        );
    }
    if let Some(model) = model_mut(node) {
        model.access = access;
    }
}

/// Returns the first line of a place.
pub(super) fn first_line(place: &Place) -> std::ops::Range<usize> {
    let text = place.file.text.get(place.range.clone()).unwrap_or_default();
    let start = place.range.start + (text.len() - text.trim_start().len());
    let line = text.trim_start().lines().next().unwrap_or_default();
    start..start + line.trim_end().len()
}

/// Gives a node the names of its relation.
pub(super) fn set_names(cx: &ParseContext<'_>, node: &mut Node, found: &mut Vec<Diagnostic>) {
    let names = relation_names(cx, node, found);
    node.database = names.database;
    node.schema = names.schema;
    node.alias = names.alias;
    if node.resource_type == ResourceType::Snapshot {
        // Snapshots have fields of their own for where they are kept, which
        // no macro changes.
        let target = |key: &str| {
            node.config
                .str(key)
                .filter(|t| !t.is_empty())
                .map(str::to_owned)
        };
        let (database, schema) = (target("target_database"), target("target_schema"));
        node.database = database.or(node.database.take());
        if let Some(schema) = schema {
            node.schema = schema;
        }
    }
    let has_relation = match node.resource_type {
        ResourceType::Model => !node.is_ephemeral(),
        ResourceType::Seed | ResourceType::Snapshot => true,
        ResourceType::Test => node.stores_failures(cx.invocation.flags.store_failures),
        _ => false,
    };
    node.relation_name = has_relation.then(|| {
        relation(
            cx.quoting,
            node.database.as_deref(),
            &node.schema,
            &node.alias,
        )
        .name()
    });
}

/// Renders the hooks of a node for their refs and macros.
///
/// dbt does so for what the node's own file and `dbt_project.yml` say, and
/// again when a property file adds to the config; refs are counted each time.
fn render_hooks(
    cx: &ParseContext<'_>,
    node: &mut Node,
    patch: Option<&Patch<'_>>,
    found: &mut Vec<Diagnostic>,
) {
    let texts: Vec<(String, bool)> = ["pre-hook", "post-hook"]
        .into_iter()
        .flat_map(|key| {
            let from_patch = patch.map_or(Vec::new(), |p| hook_texts(|key| p.config.get(key), key));
            hook_texts(|key| node.config.0.get(key), key)
                .into_iter()
                .map(move |text| {
                    let is_new = from_patch.contains(&text);
                    (text, is_new)
                })
        })
        .filter(|(text, _)| has_jinja(text))
        .collect();
    if texts.is_empty() {
        return;
    }
    let is_patched = patch.is_some_and(|p| !p.config.is_empty());
    let (file, span) = (Arc::clone(&node.file), node.span.clone());
    for (text, is_new) in texts {
        let times = if is_patched && !is_new { 2 } else { 1 };
        let renderer = Renderer::new(cx, Arc::new(node.clone()), None);
        let template = Template::within(&text, &file, &span);
        if let Err(diagnostic) = renderer.render(&template) {
            found.push(diagnostic);
        }
        let calls = renderer.finish();
        let recorded = &calls.recorded;
        if node.resource_type == ResourceType::Seed
            && !(recorded.refs.is_empty() && recorded.sources.is_empty())
        {
            let title = format!(
                "Seeds cannot depend on other nodes, as a hook of seed `{}` does",
                node.name
            );
            found.push(
                Diagnostic::error("seed-dependency", title)
                    .at(&file, 0..0, "of this seed")
                    .because(format!("The hook is: {}", template.text.trim()))
                    .hint(
                        "seeds are loaded before all else: move the statement into a model's hook",
                    ),
            );
            continue;
        }
        for _ in 0..times {
            node.refs.extend(calls.recorded.refs.iter().cloned());
            node.sources.extend(calls.recorded.sources.iter().cloned());
        }
        for id in calls.macros {
            if !node.depends_on_macros.contains(&id) {
                node.depends_on_macros.push(id);
            }
        }
    }
}

/// Returns the SQL of hooks, however they are written.
fn hook_texts<'c>(get: impl Fn(&str) -> Option<&'c Value>, key: &str) -> Vec<String> {
    let underscored = key.replace('-', "_");
    let value = get(key).or_else(|| get(&underscored));
    let one = |hook: &Value| match hook {
        Value::String(sql) => Some(sql.clone()),
        Value::Object(map) => map.get("sql").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    match value {
        Some(Value::Array(hooks)) => hooks.iter().filter_map(one).collect(),
        Some(hook) => one(hook).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Gives a model its constraints, with the refs in them, and the checksum of
/// its contract.
fn apply_constraints(node: &mut Node, patch: &Patch<'_>, found: &mut Vec<Diagnostic>) {
    if node.resource_type != ResourceType::Model {
        return;
    }
    let written = match patch.version {
        Some(version) if !version.constraints.is_empty() => &version.constraints,
        _ => &patch.entry.constraints,
    };
    let constraints: Vec<Value> = written.iter().map(model_constraint).collect();
    check_constraints(node, patch, &constraints, found);
    let is_enforced = is_contract_enforced(node);
    let all = constraints
        .iter()
        .chain(node.columns.values().flat_map(|c| &c.constraints));
    let targets: Vec<String> = all
        .filter(|c| c.get("type").and_then(Value::as_str) == Some("foreign_key"))
        .filter_map(|c| c.get("to")?.as_str().map(str::to_owned))
        .collect();
    // dbt applies the constraints of a version twice.
    let times = if patch.version.is_some() { 2 } else { 1 };
    for target in targets {
        let expression = format!("{{{{ {target} }}}}");
        let calls = extract(&expression).unwrap_or_default();
        if calls.refs.is_empty() && calls.sources.is_empty() {
            let place = Place {
                file: Arc::clone(&patch.from.properties.file),
                range: patch.entry.span.clone(),
            };
            let title = format!(
                "Invalid 'ref' or 'source' syntax on foreign key constraint 'to' on model {}: \
                 {target}.",
                node.name
            );
            found.push(
                Diagnostic::error("invalid-constraint", title)
                    .at(&place.file, find(&place, &target), "in this constraint")
                    .hint("write `to: ref('model')` or `to: source('source', 'table')`"),
            );
            continue;
        }
        for _ in 0..times {
            node.refs.extend(calls.refs.iter().map(|call| RefArgs {
                name: call.name.clone(),
                package: call.package.clone(),
                version: call.version.clone(),
            }));
            let sources = calls.sources.iter();
            node.sources
                .extend(sources.map(|c| [c.source.clone(), c.table.clone()]));
        }
    }
    if is_enforced {
        let materialized = node.config.materialized();
        node.contract_checksum = Some(contract_checksum(&node.columns, &constraints, materialized));
    }
    if let Some(model) = model_mut(node) {
        model.constraints = constraints;
    }
}

fn is_contract_enforced(node: &Node) -> bool {
    let contract = node.config.get("contract");
    contract
        .and_then(|c| c.get("enforced"))
        .and_then(Value::as_bool)
        .unwrap_or(false)
}

/// Finds a text in a place, or else gives the place's first line.
fn find(place: &Place, needle: &str) -> std::ops::Range<usize> {
    let text = place.file.text.get(place.range.clone()).unwrap_or_default();
    match text.find(needle) {
        Some(at) => place.range.start + at..place.range.start + at + needle.len(),
        None => first_line(place),
    }
}

fn check_constraints(
    node: &Node,
    patch: &Patch<'_>,
    constraints: &[Value],
    found: &mut Vec<Diagnostic>,
) {
    let place = Place {
        file: Arc::clone(&patch.from.properties.file),
        range: patch.entry.span.clone(),
    };
    let mut problem = |title: String, needle: &str, hint: &str| {
        found.push(
            Diagnostic::error("invalid-constraint", title)
                .at(&place.file, find(&place, needle), "in this entry")
                .hint(hint),
        );
    };
    let name = &node.name;
    let kinds = CONSTRAINT_TYPES.join(", ");
    let of_columns = || {
        node.columns
            .values()
            .flat_map(|c| c.constraints.iter().map(move |k| (c, k)))
    };
    let is_valid = |constraint: &Value| {
        let kind = constraint.get("type").and_then(Value::as_str);
        kind.is_some_and(|kind| CONSTRAINT_TYPES.contains(&kind))
    };
    for (column, _) in of_columns().filter(|(_, c)| !is_valid(c)) {
        let title = format!(
            "column `{}` of model `{name}` has a constraint of no valid type",
            column.name
        );
        problem(title, &column.name, &format!("the types are {kinds}"));
    }
    let is_enforced = is_contract_enforced(node);
    if is_enforced {
        for constraint in constraints.iter().filter(|c| !is_valid(c)) {
            let kind = constraint.get("type").map(version_text).unwrap_or_default();
            let title = format!("model `{name}` has a constraint of no valid type");
            problem(title, &kind, &format!("the types are {kinds}"));
        }
        if node.columns.is_empty() {
            let title = format!(
                "Contract enforcement failed for: ({}): Constraints must be defined in a `yml` \
                 schema configuration file like `schema.yml`.",
                node.original_file_path
            );
            problem(
                title,
                "contract",
                "describe its columns with their data types",
            );
        }
        if node.language == Language::Python {
            let title = format!(
                "Contract enforcement failed for: ({}): Language Error: Expected 'sql' but found \
                 'python'",
                node.original_file_path
            );
            problem(
                title,
                "contract",
                "contracts can be enforced for SQL models only",
            );
        }
    }
    let is_key =
        |constraint: &Value| constraint.get("type").and_then(Value::as_str) == Some("primary_key");
    let keys: Vec<&ColumnInfo> = of_columns()
        .filter(|(_, c)| is_key(c))
        .map(|(c, _)| c)
        .collect();
    if keys.len() > 1 {
        let names: Vec<String> = keys.iter().map(|c| format!("'{}'", c.name)).collect();
        let title = format!(
            "Found {} columns ([{}]) with primary key constraints defined in model `{name}`. \
             Primary keys for multiple columns must be defined as a model level constraint.",
            keys.len(),
            names.join(", ")
        );
        problem(
            title,
            "primary_key",
            "put a key of several columns under the model's own `constraints:`",
        );
    }
    if !keys.is_empty() && constraints.iter().any(is_key) {
        let title = format!(
            "Primary key constraints defined at the model level and the columns level. Primary \
             keys can be defined at the model level or the column level, not both (model `{name}`)."
        );
        problem(title, "primary_key", "keep one of the two");
    }
    let all = of_columns().map(|(_, c)| c).chain(constraints);
    let warns = |c: &Value| {
        c.get("warn_unsupported")
            .and_then(Value::as_bool)
            .unwrap_or(true)
    };
    let materialized = node.config.materialized();
    let applies = matches!(materialized, "table" | "incremental");
    if is_enforced && !applies && all.into_iter().any(warns) {
        let title = format!(
            "Constraint types are not supported for {materialized} materializations and will be \
             ignored (model `{name}`)."
        );
        found.push(
            Diagnostic::warning("unsupported-constraint", title)
                .at(
                    &place.file,
                    find(&place, "constraints"),
                    "only tables and incremental models have constraints",
                )
                .hint("set `warn_unsupported: false` on them if that is intended")
                .as_event(
                    kinds::UNSUPPORTED_CONSTRAINT_MATERIALIZATION,
                    json!({"materialized": materialized}),
                ),
        );
    }
}

fn render_descriptions(
    cx: &ParseContext<'_>,
    node: &mut Node,
    patch: Option<&Patch<'_>>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(patch) = patch else {
        return;
    };
    let file = &patch.from.properties.file;
    let package = Arc::clone(&node.package_name);
    let described = docs::describe(
        cx,
        &package,
        &node.description,
        (file, &patch.entry.description_span),
        found,
    );
    node.description = described.text;
    node.doc_blocks = described.doc_blocks;
    for property in &patch.columns {
        let Some(column) = node.columns.get_mut(&property.name.text) else {
            continue;
        };
        let place = (file, &property.description_span);
        let described = docs::describe(cx, &package, &column.description, place, found);
        column.description = described.text;
        column.doc_blocks = described.doc_blocks;
    }
}
