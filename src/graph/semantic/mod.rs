//! What must hold of the semantic layer as a whole, before a tool can query it.
//!
//! The rules are those that dbt checks by the package `dbt_semantic_interfaces`
//! 0.9, in projects that have both semantic models and metrics: names in
//! `names`, semantic models one by one and against each other in `models`,
//! metrics in `metrics`, saved queries in `queries`.

mod metrics;
mod models;
mod names;
mod queries;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::place;
use crate::diagnostics::Diagnostic;
use crate::event::kinds;
use crate::parse::{NodeKind, ParsedProject, SemanticDefinition};

/// Returns what is wrong, and then that the layer as a whole is not valid.
pub(super) fn check(project: &ParsedProject) -> Vec<Diagnostic> {
    if project.metrics.is_empty() || project.semantic_models.is_empty() {
        return Vec::new();
    }
    let layer = Layer {
        models: project.semantic_models.values().collect(),
        metrics: project.metrics.values().collect(),
        queries: project.saved_queries.values().collect(),
        custom_granularities: custom_granularities(project),
    };
    let mut found = Vec::new();
    models::check(&layer, &mut found);
    metrics::check(&layer, &mut found);
    names::check(&layer, &mut found);
    queries::check(&layer, &mut found);
    if !found.is_empty() {
        found.push(Diagnostic::error(
            "invalid-semantic-layer",
            "Semantic Manifest validation failed.",
        ));
    }
    found
}

struct Layer<'p> {
    models: Vec<&'p SemanticDefinition>,
    metrics: Vec<&'p SemanticDefinition>,
    queries: Vec<&'p SemanticDefinition>,
    /// Those of the project's time spines.
    custom_granularities: Vec<&'p str>,
}

fn custom_granularities(project: &ParsedProject) -> Vec<&str> {
    let spines = project.nodes.values().filter_map(|node| match &node.kind {
        NodeKind::Model(model) => model.time_spine.as_ref(),
        _ => None,
    });
    spines
        .flat_map(|spine| list(spine, "custom_granularities"))
        .filter_map(|granularity| text(granularity, "name"))
        .collect()
}

/// Says what is wrong with a definition, at the name that it is about.
fn issue(definition: &SemanticDefinition, name: &str, title: String) -> Diagnostic {
    let place = place::of_name(&definition.file, &definition.span, name);
    let data = json!({"msg": title});
    Diagnostic::error("invalid-semantic-layer", title)
        .at(&place.file, place.range, "here")
        .as_event(kinds::SEMANTIC_VALIDATION_FAILURE, data)
}

/// The items of a list of a definition's own: its measures, dimensions, entities.
fn elements<'p>(model: &'p SemanticDefinition, key: &str) -> &'p [Value] {
    let list = model.body.get(key).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    let list = value.get(key).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

/// The name of an element, or of what a metric is made of.
fn name(value: &Value) -> &str {
    text(value, "name").unwrap_or_default()
}

fn is(value: &Value, key: &str, expected: &str) -> bool {
    text(value, key).is_some_and(|said| said.eq_ignore_ascii_case(expected))
}

/// What is there and no null.
fn given<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.get(key).filter(|value| !value.is_null())
}

fn type_params(metric: &SemanticDefinition) -> &Value {
    metric.body.get("type_params").unwrap_or(&Value::Null)
}

fn kind(metric: &SemanticDefinition) -> &str {
    let kind = metric.body.get("type").and_then(Value::as_str);
    kind.unwrap_or_default()
}
