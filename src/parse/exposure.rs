//! Exposures and groups.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::ParseContext;
use super::columns::text_list;
use super::context::reference_scope;
use super::docs;
use super::draft::{folders, fqn};
use super::node::{Exposure, Group, IdMap, NodeConfig, ResourceType, UniqueId};
use super::properties::PackageProperties;
use super::template::{Template, template_error};
use crate::config::properties::{ExposureProperties, GroupProperties, Name};
use crate::config::{ConfigRequest, MergedConfig};
use crate::diagnostics::Diagnostic;
use crate::event::kinds;

/// Merges the config of something that is defined in a property file alone.
pub(super) fn property_config(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    resource_type: ResourceType,
    name: &Name,
    fqn: &[String],
    config: &Map<String, Value>,
    found: &mut Vec<Diagnostic>,
) -> MergedConfig {
    let request = ConfigRequest {
        resource_type,
        package: &from.package,
        fqn,
        patch: Some(config),
        call: &Map::new(),
    };
    cx.merger
        .node_config(&request)
        .unwrap_or_else(|mut diagnostic| {
            if diagnostic.labels.is_empty() {
                diagnostic = diagnostic.at(
                    &from.properties.file,
                    name.span.clone(),
                    "in the config of this entry",
                );
            }
            found.push(diagnostic);
            MergedConfig::default()
        })
}

/// Reports a name that two entries have.
pub(super) fn duplicate(
    kind: &str,
    name: &Name,
    from: &PackageProperties,
    first: Option<(
        &Arc<crate::diagnostics::SourceFile>,
        &std::ops::Range<usize>,
    )>,
) -> Diagnostic {
    let kinds = match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{kind}s"),
    };
    let title = format!(
        "dbt found two {} with the name \"{}\".",
        kinds.replace(' ', "_"),
        name.text
    );
    let diagnostic = Diagnostic::error("duplicate-name", title).at(
        &from.properties.file,
        name.span.clone(),
        "defined here again",
    );
    let diagnostic = match first {
        Some((file, span)) => {
            let place = super::node::Place {
                file: Arc::clone(file),
                range: span.clone(),
            };
            let range = super::finish::first_line(&place);
            diagnostic.at(file, range, "first defined here")
        }
        None => diagnostic,
    };
    diagnostic.hint("rename or remove one of them")
}

/// Makes all exposures.
pub(super) fn read(
    cx: &ParseContext<'_>,
    properties: &[Arc<PackageProperties>],
    found: &mut Vec<Diagnostic>,
) -> Vec<Exposure> {
    let mut made: IdMap<Exposure> = IdMap::default();
    for from in properties {
        for entry in &from.properties.exposures {
            let exposure = make(cx, from, entry, found);
            if let Some(first) = made.get(&exposure.unique_id) {
                let place = Some((&first.file, &first.span));
                found.push(duplicate("exposure", &entry.name, from, place));
                continue;
            }
            made.insert(exposure.unique_id.clone(), exposure);
        }
    }
    made.into_values().collect()
}

/// dbt wants exposures' names to be of letters, digits, underscores and dashes.
fn odd_name(from: &PackageProperties, name: &Name) -> Option<Diagnostic> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if name.text.chars().all(is_word) {
        return None;
    }
    let title = format!(
        "Starting in v1.3, the 'name' of an exposure should contain only letters, numbers, and \
         underscores. {} does not follow this pattern.",
        name.text
    );
    Some(
        Diagnostic::warning("deprecated-name", title)
            .at(&from.properties.file, name.span.clone(), "this name")
            .hint("change the name, and use `label:` for a title that people read")
            .as_event(kinds::EXPOSURE_NAME, json!({"exposure": name.text})),
    )
}

fn make(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    entry: &ExposureProperties,
    found: &mut Vec<Diagnostic>,
) -> Exposure {
    let package = &from.package;
    found.extend(odd_name(from, &entry.name));
    let fqn = fqn(package, &from.path, &entry.name.text);
    let merged = property_config(
        cx,
        from,
        ResourceType::Exposure,
        &entry.name,
        &fqn,
        &entry.config,
        found,
    );
    let of_project = cx
        .project
        .package(package)
        .map(|p| &p.project.configs.exposures);
    let mut config = NodeConfig(merged.config);
    let mut tags = text_list(of_project.and_then(|tree| tree.get("tags")));
    tags.extend(entry.tags.iter().cloned());
    tags.extend(config.tags().into_iter().map(str::to_owned));
    tags.sort_unstable();
    tags.dedup();
    let of_project = of_project.and_then(|tree| tree.get("meta"));
    let mut meta = of_project
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    meta.extend(entry.meta.clone());
    meta.extend(config.meta().cloned().unwrap_or_default());
    config.set("tags", tags.clone().into());
    config.set("meta", Value::Object(meta.clone()));

    let mut exposure = Exposure {
        unique_id: UniqueId::from(format!("exposure.{package}.{}", entry.name.text)),
        package_name: Arc::clone(package),
        name: entry.name.text.clone(),
        path: from.path.clone(),
        original_file_path: from.original_file_path.clone(),
        file: Arc::clone(&from.properties.file),
        span: entry.span.clone(),
        fqn,
        exposure_type: entry.exposure_type.clone(),
        label: entry.label.clone(),
        owner: owner(&entry.owner),
        description: entry.description.clone(),
        maturity: entry.maturity.clone(),
        url: entry.url.clone(),
        meta,
        tags,
        config,
        unrendered_config: merged.unrendered,
        refs: Vec::new(),
        sources: Vec::new(),
        metrics: Vec::new(),
        depends_on_macros: Vec::new(),
        depends_on_nodes: Vec::new(),
        created_at: cx.created_at,
    };
    read_dependencies(cx, from, entry, &mut exposure, found);
    if exposure.config.is_enabled() {
        let place = (&from.properties.file, &entry.description_span);
        let described = docs::describe(cx, package, &entry.description, place, found);
        exposure.description = described.text;
    }
    exposure
}

/// Puts an owner's keys into dbt's order.
fn owner(owner: &Map<String, Value>) -> Map<String, Value> {
    let mut ordered = Map::new();
    for key in ["email", "name"] {
        ordered.insert(key.to_owned(), owner.get(key).cloned().unwrap_or_default());
    }
    ordered.extend(owner.clone());
    ordered
}

/// Reads the expressions in `depends_on:`, such as `ref('mart')`.
fn read_dependencies(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    entry: &ExposureProperties,
    exposure: &mut Exposure,
    found: &mut Vec<Diagnostic>,
) {
    let (scope, recorder) = reference_scope();
    let context = cx.context(scope, Arc::clone(&from.package));
    for expression in &entry.depends_on {
        let text = format!("{{{{ {} }}}}", expression.text);
        let template = Template::within(&text, &from.properties.file, &expression.span);
        if let Err(error) = cx.engine.render(&text, template.path(), &context) {
            let what = format!("exposure `{}`", exposure.name);
            found.push(template_error(
                cx.template_files(),
                &template,
                &what,
                &error,
            ));
        }
    }
    let recorded = recorder.take();
    exposure.refs = recorded.refs;
    exposure.sources = recorded.sources;
    exposure.metrics = recorded.metrics;
}

/// Makes all groups.
pub(super) fn groups(
    cx: &ParseContext<'_>,
    properties: &[Arc<PackageProperties>],
    found: &mut Vec<Diagnostic>,
) -> IdMap<Group> {
    let mut made: IdMap<Group> = IdMap::default();
    for from in properties {
        for entry in &from.properties.groups {
            let group = group(cx, from, entry, found);
            if let Some(first) = made.get(&group.unique_id) {
                let place = Some((&first.file, &first.span));
                found.push(duplicate("group", &entry.name, from, place));
                continue;
            }
            made.insert(group.unique_id.clone(), group);
        }
    }
    made
}

fn group(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    entry: &GroupProperties,
    found: &mut Vec<Diagnostic>,
) -> Group {
    let package = &from.package;
    let fqn: Vec<String> = std::iter::once(package.to_string())
        .chain(folders(&from.path))
        .chain([entry.name.text.clone()])
        .collect();
    let merged = property_config(
        cx,
        from,
        ResourceType::Group,
        &entry.name,
        &fqn,
        &entry.config,
        found,
    );
    let mut config = merged.config.to_map();
    config.entry("meta").or_insert_with(|| json!({}));
    Group {
        unique_id: UniqueId::from(format!("group.{package}.{}", entry.name.text)),
        package_name: Arc::clone(package),
        name: entry.name.text.clone(),
        path: from.path.clone(),
        original_file_path: from.original_file_path.clone(),
        file: Arc::clone(&from.properties.file),
        span: entry.span.clone(),
        owner: owner(&entry.owner),
        description: entry.description.clone(),
        config,
    }
}
