//! What semantic models, metrics and saved queries depend on.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::lookup::Found;
use super::place;
use super::resolve::{ResolveContext, push_edge, resolve_metric, resolve_ref};
use super::unresolved::Referrer;
use crate::diagnostics::{Diagnostic, suggest};
use crate::parse::{ParsedProject, SemanticDefinition, UniqueId};

fn referrer(definition: &SemanticDefinition) -> Referrer<'_> {
    Referrer {
        unique_id: definition.unique_id.as_str(),
        resource_type: definition.resource_type,
        name: &definition.name,
        package: &definition.package_name,
        group: definition.config.str("group"),
    }
}

/// Resolves the models of semantic models, and notes their relations.
pub(super) fn resolve_semantic_models(
    cx: &ResolveContext<'_>,
    parsed: &mut ParsedProject,
    found: &mut Vec<Diagnostic>,
) {
    for model in parsed.semantic_models.values_mut() {
        let mut edges = Vec::new();
        for args in &model.refs {
            let place = || place::of_name(&model.file, &model.span, &args.name);
            push_edge(
                &mut edges,
                resolve_ref(cx, &referrer(model), args, &place, found),
            );
        }
        model.depends_on_nodes = edges.into_iter().flatten().collect();
        let node = model
            .depends_on_nodes
            .first()
            .and_then(|id| parsed.nodes.get(id));
        if let Some(node) = node {
            let relation = json!({
                "alias": node.alias,
                "schema_name": node.schema,
                "database": node.database,
                "relation_name": node.relation_name,
            });
            model.body.insert("node_relation".to_owned(), relation);
        }
    }
}

/// Resolves what metrics are made of: measures, or other metrics.
pub(super) fn resolve_metrics(
    cx: &ResolveContext<'_>,
    parsed: &mut ParsedProject,
    found: &mut Vec<Diagnostic>,
) {
    let ids: Vec<UniqueId> = parsed.metrics.keys().cloned().collect();
    let mut walk = Walk {
        cx,
        parsed,
        found,
        started: HashSet::new(),
    };
    for id in ids {
        walk.metric(&id, 0);
    }
}

struct Walk<'a, 'p> {
    cx: &'a ResolveContext<'p>,
    parsed: &'a mut ParsedProject,
    found: &'a mut Vec<Diagnostic>,
    started: HashSet<UniqueId>,
}

/// Metrics made of metrics are not nested deeper than this by people; a
/// circle is reported elsewhere.
const MAX_DEPTH: usize = 200;

impl Walk<'_, '_> {
    fn metric(&mut self, id: &UniqueId, depth: usize) {
        if depth > MAX_DEPTH || !self.started.insert(id.clone()) {
            return;
        }
        let Some(metric) = self.parsed.metrics.get(id) else {
            return;
        };
        let params = metric.body.get("type_params").cloned().unwrap_or_default();
        let (measures, metrics) = inputs(metric.body.get("type"), &params);
        let mut input_measures: Vec<Value> = Vec::new();
        let mut edges = Vec::new();
        for measure in measures {
            let target = self.measure(id, &measure);
            push_edge(&mut edges, target);
            push_new(&mut input_measures, measure);
        }
        for name in metrics {
            let Some(metric) = self.parsed.metrics.get(id) else {
                return;
            };
            let place = || place::of_name(&metric.file, &metric.span, &name);
            let args = [name.clone()];
            let target = resolve_metric(self.cx, &referrer(metric), &args, &place, self.found);
            let Some(target) = target else {
                continue;
            };
            self.metric(&target, depth + 1);
            let inner = self.parsed.metrics.get(&target);
            let inner = inner.and_then(|m| m.body.get("type_params")?.get("input_measures"));
            for measure in inner.and_then(Value::as_array).cloned().unwrap_or_default() {
                push_new(&mut input_measures, measure);
            }
            push_edge(&mut edges, Some(target));
        }
        if let Some(metric) = self.parsed.metrics.get_mut(id) {
            metric.depends_on_nodes = edges.into_iter().flatten().collect();
            if let Some(Value::Object(params)) = metric.body.get_mut("type_params") {
                params.insert("input_measures".to_owned(), Value::Array(input_measures));
            }
        }
    }

    /// Finds the semantic model that has a measure.
    fn measure(&mut self, id: &UniqueId, measure: &Value) -> Option<UniqueId> {
        let metric = self.parsed.metrics.get(id)?;
        let name = measure.get("name")?.as_str()?;
        let lookup = &self.cx.lookup;
        let place = || place::of_name(&metric.file, &metric.span, name);
        match lookup
            .measures
            .find(&lookup.rules, name, &metric.package_name, None)
        {
            Found::One(id) => return Some(id.clone()),
            Found::Ambiguous(ids) => return ids.first().map(|id| (*id).clone()),
            Found::Disabled(model) => {
                let place = place();
                let title = format!(
                    "The measure `{name}` is referenced on disabled semantic model `{}`.",
                    model.as_str().rsplit('.').next().unwrap_or_default()
                );
                let label = format!("`{model}` is disabled");
                self.found
                    .push(Diagnostic::error("disabled-measure", title).at(
                        &place.file,
                        place.range,
                        label,
                    ));
            }
            Found::Nothing => {
                let place = place();
                let title = format!(
                    "metric `{}` uses measure `{name}`, which does not exist",
                    metric.name
                );
                let diagnostic = Diagnostic::error("unknown-measure", title).at(
                    &place.file,
                    place.range,
                    "no semantic model has this measure",
                );
                let nearest = suggest::nearest(name, lookup.measures.names());
                self.found.push(match nearest {
                    Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
                    None => diagnostic,
                });
            }
        }
        None
    }
}

fn push_new(list: &mut Vec<Value>, value: Value) {
    if !list.contains(&value) {
        list.push(value);
    }
}

/// Returns the measures and the names of the metrics that a metric is made of.
fn inputs(kind: Option<&Value>, params: &Value) -> (Vec<Value>, Vec<String>) {
    let object = |value: Option<&Value>| value.filter(|v| v.is_object()).cloned();
    let name = |value: &Value| value.get("name")?.as_str().map(str::to_owned);
    match kind.and_then(Value::as_str) {
        Some("simple" | "cumulative") => (
            object(params.get("measure")).into_iter().collect(),
            Vec::new(),
        ),
        Some("conversion") => {
            let empty = Value::Object(Map::new());
            let conversion = params.get("conversion_type_params").unwrap_or(&empty);
            let measures = ["base_measure", "conversion_measure"]
                .into_iter()
                .filter_map(|key| object(conversion.get(key)))
                .collect();
            (measures, Vec::new())
        }
        Some("ratio") => {
            let names = ["numerator", "denominator"]
                .into_iter()
                .filter_map(|key| params.get(key).and_then(name))
                .collect();
            (Vec::new(), names)
        }
        Some("derived") => {
            let list = params.get("metrics").and_then(Value::as_array);
            let names = list.map_or(&[][..], Vec::as_slice);
            (Vec::new(), names.iter().filter_map(name).collect())
        }
        _ => (Vec::new(), Vec::new()),
    }
}

/// Resolves the metrics of saved queries.
pub(super) fn resolve_saved_queries(
    cx: &ResolveContext<'_>,
    parsed: &mut ParsedProject,
    found: &mut Vec<Diagnostic>,
) {
    for query in parsed.saved_queries.values_mut() {
        let mut edges = Vec::new();
        for args in &query.metrics {
            let name = args.last().map_or("", String::as_str);
            let place = || place::of_name(&query.file, &query.span, name);
            push_edge(
                &mut edges,
                resolve_metric(cx, &referrer(query), args, &place, found),
            );
        }
        query.depends_on_nodes = edges.into_iter().flatten().collect();
    }
}
