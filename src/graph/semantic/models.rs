//! Semantic models: what each must have, and how they go together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::names::{ELEMENTS, labels};
use super::{Layer, elements, given, is, issue, list, name, text};
use crate::diagnostics::Diagnostic;
use crate::parse::SemanticDefinition;

pub(super) fn check(layer: &Layer<'_>, found: &mut Vec<Diagnostic>) {
    for model in &layer.models {
        for measure in elements(model, "measures") {
            found.extend(aggregation(model, measure));
            found.extend(time_dimension(model, measure));
            found.extend(non_additive(model, measure));
        }
        default_time_dimension(model, found);
        validity_window(model, found);
        natural_entity(model, found);
        found.extend(primary_entity(model));
        labels(model, "dimensions", "Dimension", found);
        labels(model, "entities", "Entity", found);
        labels(model, "measures", "Measure", found);
    }
    measures_are_unique(layer, found);
    elements_have_one_type(layer, found);
    dimensions_agree(layer, found);
    pairs_are_unique(layer, found);
    labels_agree(layer, found);
}

/// Checks the parameters that an aggregation needs or does not take.
fn aggregation(model: &SemanticDefinition, measure: &Value) -> Option<Diagnostic> {
    let measure_name = name(measure);
    let agg = text(measure, "agg").unwrap_or_default().to_lowercase();
    let expr = text(measure, "expr");
    let percentile = measure
        .get("agg_params")
        .and_then(|params| given(params, "percentile"));
    let title = match (agg.as_str(), percentile.and_then(Value::as_f64)) {
        ("count", _) if expr.is_none() => format!(
            "Measure '{measure_name}' uses a COUNT aggregation, which requires an expr to be \
             provided. Provide 'expr: 1' if a count of all rows is desired."
        ),
        ("count", _) if expr.is_some_and(|e| e.to_lowercase().starts_with("distinct ")) => format!(
            "Measure '{measure_name}' uses a 'count' aggregation with a DISTINCT expr. Use the \
             count_distinct aggregation type."
        ),
        ("percentile", None) => format!(
            "Measure '{measure_name}' uses a PERCENTILE aggregation, which requires \
             agg_params.percentile to be provided."
        ),
        ("percentile", Some(value)) if value <= 0.0 || value >= 1.0 => format!(
            "Percentile aggregation parameter for measure '{measure_name}' is '{value}', but must \
             be between 0 and 1 (non-inclusive)."
        ),
        ("median", Some(value)) if (value - 0.5).abs() > f64::EPSILON => format!(
            "Measure '{measure_name}' uses a MEDIAN aggregation, while percentile is set to \
             '{value}', a conflicting value."
        ),
        ("percentile" | "median", _) => return None,
        _ if given(measure, "agg_params").is_some() => format!(
            "Measure '{measure_name}' with aggregation '{agg}' uses agg_params, which only \
             percentile measures have."
        ),
        _ => return None,
    };
    Some(issue(model, measure_name, title))
}

fn default_agg_time_dimension(model: &SemanticDefinition) -> Option<&str> {
    text(model.body.get("defaults")?, "agg_time_dimension")
}

fn agg_time_dimension<'p>(model: &'p SemanticDefinition, measure: &'p Value) -> Option<&'p str> {
    text(measure, "agg_time_dimension").or_else(|| default_agg_time_dimension(model))
}

pub(super) fn dimension<'p>(model: &'p SemanticDefinition, wanted: &str) -> Option<&'p Value> {
    let mut dimensions = elements(model, "dimensions").iter();
    dimensions.find(|dimension| name(dimension) == wanted)
}

fn is_time_dimension(model: &SemanticDefinition, wanted: &str) -> bool {
    dimension(model, wanted).is_some_and(|dimension| is(dimension, "type", "time"))
}

/// The granularity of a dimension of time.
fn granularity(dimension: &Value) -> Option<&str> {
    text(dimension.get("type_params")?, "time_granularity")
}

fn time_dimension(model: &SemanticDefinition, measure: &Value) -> Option<Diagnostic> {
    let measure_name = name(measure);
    let title = match agg_time_dimension(model, measure) {
        None => format!(
            "Aggregation time dimension for measure {measure_name} on semantic model {} is not \
             set! To fix this either specify a default `agg_time_dimension` for the semantic \
             model or define an `agg_time_dimension` on the measure directly.",
            model.name
        ),
        Some(wanted) if !is_time_dimension(model, wanted) => format!(
            "In semantic model '{}', measure '{measure_name}' has the aggregation time dimension \
             set to '{wanted}', which is not a valid time dimension in the semantic model",
            model.name
        ),
        Some(_) => return None,
    };
    Some(issue(model, measure_name, title))
}

fn default_time_dimension(model: &SemanticDefinition, found: &mut Vec<Diagnostic>) {
    if let Some(wanted) = default_agg_time_dimension(model)
        && !is_time_dimension(model, wanted)
    {
        let title = format!(
            "Default aggregation time dimension was specified as '{wanted}' which doesn't exist \
             as a time dimension in semantic model named '{}'.",
            model.name
        );
        found.push(issue(model, wanted, title));
    }
}

/// Checks the dimension that a measure must not be summed over.
fn non_additive(model: &SemanticDefinition, measure: &Value) -> Vec<Diagnostic> {
    let Some(other) = given(measure, "non_additive_dimension") else {
        return Vec::new();
    };
    let of = format!("Measure '{}' has a non_additive_dimension", name(measure));
    let other_name = name(other);
    let mut titles = Vec::new();
    match dimension(model, other_name) {
        None => titles.push(format!(
            "{of} with name '{other_name}' that is not defined as a dimension in semantic model \
             '{}'.",
            model.name
        )),
        Some(dimension) if !is(dimension, "type", "time") => titles.push(format!(
            "{of} with name '{other_name}' that is defined as a categorical dimension which is \
             not supported."
        )),
        Some(own) => {
            let time = agg_time_dimension(model, measure);
            let time = time
                .and_then(|time| dimension(model, time))
                .and_then(granularity);
            if let (Some(own), Some(time)) = (granularity(own), time)
                && own != time
            {
                titles.push(format!(
                    "{of} with name '{other_name}' that has a base time granularity ({own}) that \
                     is not equal to that of the measure's agg_time_dimension ({time})."
                ));
            }
        }
    }
    if let Some(choice) = text(other, "window_choice")
        && !["min", "max"].contains(&choice.to_lowercase().as_str())
    {
        titles.push(format!(
            "{of} with an invalid 'window_choice' of '{choice}'. Only choices supported are 'min' \
             or 'max'."
        ));
    }
    let entities: Vec<&str> = elements(model, "entities").iter().map(name).collect();
    let groupings = list(other, "window_groupings")
        .iter()
        .filter_map(Value::as_str);
    let unknown: Vec<&str> = groupings.filter(|g| !entities.contains(g)).collect();
    if !unknown.is_empty() {
        titles.push(format!(
            "{of} with an invalid 'window_groupings'. These entities do not exist in the semantic \
             model: {}.",
            unknown.join(", ")
        ));
    }
    let at = name(measure);
    titles
        .into_iter()
        .map(|title| issue(model, at, title))
        .collect()
}

fn entities_of<'p>(model: &'p SemanticDefinition, kinds: &[&str]) -> Vec<&'p str> {
    let entities = elements(model, "entities").iter();
    entities
        .filter(|entity| kinds.iter().any(|kind| is(entity, "type", kind)))
        .map(name)
        .collect()
}

fn validity_dimensions(model: &SemanticDefinition) -> Vec<(&str, &Value)> {
    let dimensions = elements(model, "dimensions").iter();
    dimensions
        .filter_map(|dimension| {
            let params = given(dimension.get("type_params")?, "validity_params")?;
            Some((name(dimension), params))
        })
        .collect()
}

/// Checks the dimensions that say from when to when a row holds.
fn validity_window(model: &SemanticDefinition, found: &mut Vec<Diagnostic>) {
    let dimensions = validity_dimensions(model);
    let Some((at, _)) = dimensions.first() else {
        return;
    };
    let count = |key: &str| {
        let marked = |(_, params): &&(&str, &Value)| params.get(key) == Some(&Value::Bool(true));
        dimensions.iter().filter(marked).count()
    };
    let of = format!("Semantic model {}", model.name);
    let mut report = |title: String| found.push(issue(model, at, title));
    if dimensions.len() != 2 || count("is_start") != 1 || count("is_end") != 1 {
        report(format!(
            "{of} has {} dimensions with validity params: there must be exactly two, one marked \
             `is_start` and the other marked `is_end`.",
            dimensions.len()
        ));
    }
    if entities_of(model, &["natural"]).is_empty() {
        report(format!(
            "{of} has validity param dimensions defined, but does not have an entity with type \
             `natural` set."
        ));
    }
    if !entities_of(model, &["primary", "unique"]).is_empty() {
        report(format!(
            "{of} has validity param dimensions defined and also has one or more entities \
             designated as `primary` or `unique`. This is not yet supported."
        ));
    }
    if !elements(model, "measures").is_empty() {
        report(format!(
            "{of} has both measures and validity param dimensions defined. This is not currently \
             supported! Please remove either the measures or the validity params."
        ));
    }
}

fn natural_entity(model: &SemanticDefinition, found: &mut Vec<Diagnostic>) {
    let natural: BTreeSet<&str> = entities_of(model, &["natural"]).into_iter().collect();
    let Some(first) = natural.first() else { return };
    if natural.len() > 1 {
        let title = format!(
            "Semantic models can have at most one natural entity, but semantic model `{}` has {} \
             distinct natural entities set!",
            model.name,
            natural.len()
        );
        found.push(issue(model, first, title));
    }
    if validity_dimensions(model).is_empty() {
        let title = format!(
            "Semantic model `{}` uses a natural entity ({first}) but does not define a validity \
             window!",
            model.name
        );
        found.push(issue(model, first, title));
    }
}

fn primary_entity_field(model: &SemanticDefinition) -> Option<&str> {
    model.body.get("primary_entity").and_then(Value::as_str)
}

fn primary_entity(model: &SemanticDefinition) -> Option<Diagnostic> {
    let primary = entities_of(model, &["primary"]);
    let of = &model.name;
    let title = match (primary.as_slice(), primary_entity_field(model)) {
        ([], None) if !elements(model, "dimensions").is_empty() => format!(
            "The semantic model {of} contains dimensions, but it does not define a primary \
             entity. Either add an entity with type PRIMARY or set a value for the primary_entity \
             key."
        ),
        ([_, _, ..], _) => format!(
            "Semantic models can have only one primary entity. The semantic model `{of}` has {}: \
             {}",
            primary.len(),
            primary.join(", ")
        ),
        ([only], Some(field)) => format!(
            "The semantic model `{of}` has an entity named `{only}` with type primary but it also \
             has the `primary_entity` field set to `{field}`. Both should not be present in the \
             model."
        ),
        _ => return None,
    };
    Some(issue(model, of, title))
}

fn measures_are_unique(layer: &Layer<'_>, found: &mut Vec<Diagnostic>) {
    let mut homes: HashMap<&str, &str> = HashMap::new();
    for model in &layer.models {
        for measure in elements(model, "measures") {
            let measure = name(measure);
            if let Some(first) = homes.insert(measure, &model.name) {
                let title = format!(
                    "Found measure with name {measure} in multiple semantic models: {first}, {}",
                    model.name
                );
                found.push(issue(model, measure, title));
            }
        }
    }
}

/// An element's name means the same kind of thing in every semantic model.
fn elements_have_one_type(layer: &Layer<'_>, found: &mut Vec<Diagnostic>) {
    let mut types: BTreeMap<&str, BTreeMap<&str, &SemanticDefinition>> = BTreeMap::new();
    for model in &layer.models {
        for (key, what) in ELEMENTS {
            for element in elements(model, key) {
                types
                    .entry(name(element))
                    .or_default()
                    .entry(what)
                    .or_insert(model);
            }
        }
    }
    for (element, types) in types.iter().filter(|(_, types)| types.len() > 1) {
        let used: Vec<&str> = types.keys().copied().collect();
        for (what, model) in types {
            let title = format!(
                "In semantic model {}, element `{element}` is of type {what}, but it is used as \
                 types {} across the project.",
                model.name,
                used.join(", ")
            );
            found.push(issue(model, element, title));
        }
    }
}

/// Dimensions of one name are alike in every semantic model.
fn dimensions_agree(layer: &Layer<'_>, found: &mut Vec<Diagnostic>) {
    let mut first: HashMap<&str, &Value> = HashMap::new();
    for model in &layer.models {
        for dimension in elements(model, "dimensions") {
            let name = name(dimension);
            let Some(other) = first.get(name) else {
                first.insert(name, dimension);
                continue;
            };
            let of = format!("In semantic model `{}`", model.name);
            if let (Some(own), Some(known)) = (text(dimension, "type"), text(other, "type"))
                && !own.eq_ignore_ascii_case(known)
            {
                let title = format!(
                    "{of}, type conflict for dimension `{name}` - already in model as type \
                     `{known}` but got `{own}`"
                );
                found.push(issue(model, name, title));
            }
            let is_partition =
                |dimension: &Value| dimension.get("is_partition") == Some(&Value::Bool(true));
            if is_partition(dimension) != is_partition(other) {
                let title =
                    format!("{of}, conflicting is_partition attribute for dimension `{name}`");
                found.push(issue(model, name, title));
            }
        }
    }
}

/// A dimension is found by its name and its primary entity.
fn pairs_are_unique(layer: &Layer<'_>, found: &mut Vec<Diagnostic>) {
    let mut homes: HashMap<(&str, &str), &str> = HashMap::new();
    for model in &layer.models {
        let of_type = || entities_of(model, &["primary"]).first().copied();
        let Some(entity) = primary_entity_field(model).or_else(of_type) else {
            continue;
        };
        for dimension in elements(model, "dimensions") {
            let dimension = name(dimension);
            let home = homes.entry((entity, dimension)).or_insert(&model.name);
            if *home != model.name {
                let title = format!(
                    "Duplicate dimension + primary entity pairing detected. Semantic model `{}` \
                     has a primary entity of `{entity}` and dimension `{dimension}`, but this \
                     pairing is already in use on semantic model `{home}`.",
                    model.name
                );
                found.push(issue(model, dimension, title));
            }
        }
    }
}

/// Labels tell semantic models apart, and metrics.
fn labels_agree(layer: &Layer<'_>, found: &mut Vec<Diagnostic>) {
    for (definitions, what) in [
        (&layer.models, "semantic model"),
        (&layer.metrics, "metric"),
    ] {
        let mut known: HashMap<&str, &str> = HashMap::new();
        for definition in definitions {
            let Some(label) = definition.body.get("label").and_then(Value::as_str) else {
                continue;
            };
            let first = known.entry(label).or_insert(&definition.name);
            if *first != definition.name {
                let title = format!(
                    "Can't use label `{label}` for {what} `{}` as it's already used for {what} \
                     `{first}`",
                    definition.name
                );
                found.push(issue(definition, label, title));
            }
        }
    }
    let mut entities: HashMap<&str, &str> = HashMap::new();
    for model in &layer.models {
        for entity in elements(model, "entities") {
            let Some(label) = text(entity, "label") else {
                continue;
            };
            let first = entities.entry(name(entity)).or_insert(label);
            if *first != label {
                let title = format!(
                    "Entities with the same name must have the same label or the label must be \
                     `None`. Entity `{}` on semantic model `{}` has label `{label}`, another has \
                     `{first}`",
                    name(entity),
                    model.name
                );
                found.push(issue(model, label, title));
            }
        }
    }
}
