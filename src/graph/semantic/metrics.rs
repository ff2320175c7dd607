//! Metrics: what they are made of, and the spans of time they speak of.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::names::valid;
use super::{Layer, elements, given, is, issue, kind, list, name, text, type_params};
use crate::diagnostics::Diagnostic;
use crate::parse::{GRANULARITIES, SemanticDefinition};

pub(super) fn check(layer: &Layer<'_>, found: &mut Vec<Diagnostic>) {
    let mut aliases: HashMap<&str, &str> = HashMap::new();
    for metric in &layer.metrics {
        measure_aliases(layer, metric, &mut aliases, found);
        match kind(metric) {
            "cumulative" => cumulative(layer, metric, found),
            "derived" => derived_aliases(metric, found),
            "conversion" => conversion(layer, metric, found),
            _ => {}
        }
        offsets(layer, metric, found);
    }
}

/// Checks the names that a metric gives its measures.
fn measure_aliases<'p>(
    layer: &Layer<'p>,
    metric: &'p SemanticDefinition,
    aliases: &mut HashMap<&'p str, &'p str>,
    found: &mut Vec<Diagnostic>,
) {
    let inputs = list(type_params(metric), "input_measures");
    let names: HashSet<&str> = inputs.iter().map(name).collect();
    for wanted in names {
        let same: Vec<&Value> = inputs
            .iter()
            .filter(|input| name(input) == wanted)
            .collect();
        let differ = same.windows(2).any(|pair| pair[0] != pair[1]);
        let is_bare =
            |input: &&&Value| given(input, "filter").is_some() && given(input, "alias").is_none();
        if differ && same.iter().any(|input| is_bare(&input)) {
            let title = format!(
                "Metric {} depends on multiple different constrained versions of measure \
                 {wanted}. In such cases, aliases must be provided.",
                metric.name
            );
            found.push(issue(metric, wanted, title));
        }
    }
    let is_measure = |alias: &str| {
        let mut models = layer.models.iter();
        models.any(|model| elements(model, "measures").iter().any(|m| name(m) == alias))
    };
    for alias in inputs.iter().filter_map(|input| text(input, "alias")) {
        found.extend(valid(metric, alias));
        if is_measure(alias) {
            let title = format!("Alias `{alias}` conflicts with the name of a measure.");
            found.push(issue(metric, alias, title));
        }
        if let Some(first) = aliases.insert(alias, &metric.name) {
            let title = format!(
                "Measure alias {alias} conflicts with a measure alias used elsewhere in the \
                 project, by metric {first}."
            );
            found.push(issue(metric, alias, title));
        }
    }
}

fn cumulative(layer: &Layer<'_>, metric: &SemanticDefinition, found: &mut Vec<Diagnostic>) {
    let params = type_params(metric);
    let nested = params.get("cumulative_type_params").unwrap_or(&Value::Null);
    let said = |key: &str| given(nested, key).or_else(|| given(params, key));
    let (span, grain) = (said("window"), said("grain_to_date"));
    if let (Some(outer), Some(inner)) = (given(params, "window"), given(nested, "window"))
        && outer != inner
    {
        let title = format!(
            "Got differing values for `window` on cumulative metric '{}'. Please remove the value \
             from `type_params.window`.",
            metric.name
        );
        found.push(issue(metric, "window", title));
    }
    if let Some(grain) = grain.and_then(Value::as_str)
        && !is_standard(grain)
    {
        let title = format!("Invalid time granularity found in `grain_to_date`: '{grain}'.");
        found.push(issue(metric, grain, title));
    }
    if span.is_some() && grain.is_some() {
        let title = "Both window and grain_to_date set for cumulative metric. Please set one or \
                     the other.";
        found.push(issue(metric, "grain_to_date", title.to_owned()));
    }
    if let Some(span) = span {
        found.extend(window(layer, metric, span, false));
    }
}

fn is_standard(granularity: &str) -> bool {
    GRANULARITIES.contains(&granularity)
}

fn window(
    layer: &Layer<'_>,
    metric: &SemanticDefinition,
    window: &Value,
    allow_custom: bool,
) -> Option<Diagnostic> {
    let granularity = text(window, "granularity")?;
    let is_known = |granularity: &str| {
        is_standard(granularity)
            || (allow_custom && layer.custom_granularities.contains(&granularity))
    };
    if is_known(granularity) || granularity.strip_suffix('s').is_some_and(is_known) {
        return None;
    }
    let title = format!(
        "Invalid time granularity '{granularity}' in window: '{} {granularity}'",
        window.get("count").unwrap_or(&Value::Null)
    );
    Some(issue(metric, granularity, title))
}

fn derived_aliases(metric: &SemanticDefinition, found: &mut Vec<Diagnostic>) {
    let inputs = list(type_params(metric), "metrics");
    if inputs.is_empty() {
        let title = format!(
            "No input metrics found for derived metric '{}'. Please add metrics to \
             type_params.metrics.",
            metric.name
        );
        found.push(issue(metric, &metric.name, title));
    }
    for alias in inputs.iter().filter_map(|input| text(input, "alias")) {
        found.extend(valid(metric, alias));
        if inputs.iter().any(|input| name(input) == alias) {
            let title = format!(
                "Alias '{alias}' for an input metric is already being used. Please choose another \
                 alias."
            );
            found.push(issue(metric, alias, title));
        }
    }
}

fn offsets(layer: &Layer<'_>, metric: &SemanticDefinition, found: &mut Vec<Diagnostic>) {
    for input in list(type_params(metric), "metrics") {
        let (span, grain) = (
            given(input, "offset_window"),
            text(input, "offset_to_grain"),
        );
        if let Some(span) = span {
            found.extend(window(layer, metric, span, true));
        }
        if let Some(grain) = grain
            && !is_standard(grain)
        {
            let title = format!("Invalid time granularity found in `offset_to_grain`: '{grain}'.");
            found.push(issue(metric, grain, title));
        }
        if span.is_some() && grain.is_some() {
            let title = format!(
                "Both offset_window and offset_to_grain set for derived metric '{}' on input \
                 metric '{}'. Please set one or the other.",
                metric.name,
                name(input)
            );
            found.push(issue(metric, "offset_to_grain", title));
        }
    }
}

/// Checks a metric of who did one thing and then another.
fn conversion(layer: &Layer<'_>, metric: &SemanticDefinition, found: &mut Vec<Diagnostic>) {
    let Some(params) = given(type_params(metric), "conversion_type_params") else {
        return;
    };
    if let Some(span) = given(params, "window") {
        found.extend(window(layer, metric, span, false));
    }
    let entity = text(params, "entity").unwrap_or_default();
    let sides = [
        ("base", "base_measure"),
        ("conversion", "conversion_measure"),
    ];
    for (side, key) in sides {
        let wanted = params.get(key).map(name).unwrap_or_default();
        let home = layer.models.iter().find_map(|model| {
            let mut measures = elements(model, "measures").iter();
            Some((model, measures.find(|measure| name(measure) == wanted)?))
        });
        // A measure that does not exist is told where metrics are resolved.
        let Some((model, measure)) = home else {
            continue;
        };
        let counts = is(measure, "agg", "count")
            || is(measure, "agg", "count_distinct")
            || (is(measure, "agg", "sum") && text(measure, "expr") == Some("1"));
        if !counts {
            let title = format!(
                "For conversion metrics, the measure must be COUNT/SUM(1)/COUNT_DISTINCT. \
                 Measure: {wanted} is agg type: {}",
                text(measure, "agg").unwrap_or_default()
            );
            found.push(issue(metric, wanted, title));
        }
        let has = |key: &str, wanted: &str| elements(model, key).iter().any(|e| name(e) == wanted);
        if !has("entities", entity) {
            let title = format!(
                "Entity: {entity} not found in {side} semantic model: {}.",
                model.name
            );
            found.push(issue(metric, entity, title));
        }
        let property = format!("{side}_property");
        for constant in list(params, "constant_properties") {
            let Some(wanted) = text(constant, &property) else {
                continue;
            };
            if !has("entities", wanted) && !has("dimensions", wanted) {
                let title = format!(
                    "The provided constant property: {wanted}, cannot be found in semantic model \
                     {}",
                    model.name
                );
                found.push(issue(metric, wanted, title));
            }
        }
    }
}
