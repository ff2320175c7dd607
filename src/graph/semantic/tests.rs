//! A semantic layer without mistakes, and what is said when it has one.

use pretty_assertions::assert_eq;

use crate::graph::testing::resolve;

const LAYER: &str = "\
-- models/visits.sql
select 1 as visit_id
-- models/days.sql
select current_date as day_of
-- models/layer.yml
models:
  - name: days
    time_spine: {standard_granularity_column: day_of, custom_granularities: [{name: fiscal}]}
    columns: [{name: day_of, granularity: day}]
semantic_models:
  - name: visits
    model: ref('visits')
    defaults: {agg_time_dimension: began}
    entities:
      - {name: visit, type: primary}
      - {name: patient, type: foreign, label: Patient}
    measures:
      - {name: visit_count, agg: count, expr: 1}
      - {name: patients, agg: count_distinct, expr: patient_id}
      - {name: slowest, agg: percentile, expr: hours, agg_params: {percentile: 0.9}}
      - {name: beds, agg: sum, expr: bed, non_additive_dimension: {name: began, window_choice: max, window_groupings: [patient]}}
    dimensions:
      - {name: began, type: time, type_params: {time_granularity: day}}
      - {name: kind, type: categorical, label: Kind}
  - name: wards
    model: ref('visits')
    primary_entity: ward
    dimensions:
      - {name: floor, type: categorical}
metrics:
  - {name: visit_total, label: Visits, type: simple, type_params: {measure: visit_count}}
  - {name: patient_total, label: Patients, type: simple, type_params: {measure: {name: patients, alias: heads}}}
  - {name: weekly, label: Weekly, type: cumulative, type_params: {measure: visit_count, cumulative_type_params: {window: 7 days}}}
  - {name: change, label: Change, type: derived, type_params: {expr: now - before, metrics: [{name: visit_total, alias: now_total}, {name: visit_total, alias: before, offset_window: 1 week}]}}
  - {name: came_back, label: Came back, type: conversion, type_params: {conversion_type_params: {entity: patient, base_measure: visit_count, conversion_measure: patients, window: 30 days, constant_properties: [{base_property: kind, conversion_property: kind}]}}}
saved_queries:
  - name: by_kind
    query_params: {metrics: [visit_total], group_by: [\"Dimension('visit__kind')\", \"TimeDimension('metric_time', 'day')\"], limit: 5}
";

/// Checks what is said when one text of the layer is another.
#[track_caller]
fn check(written: &str, instead: &str, expected: &[&str]) {
    assert!(LAYER.contains(written), "{written}");
    let found = resolve(&LAYER.replacen(written, instead, 1)).diagnostics;
    let said: Vec<&str> = found.iter().map(|found| &*found.title).collect();
    let mut expected = expected.to_vec();
    if !expected.is_empty() {
        expected.push("Semantic Manifest validation failed.");
    }
    assert_eq!(said, expected, "{instead}");
}

#[test]
fn a_layer_without_mistakes_is_fine() {
    check("select 1", "select 1", &[]);
}

#[test]
fn names_are_well_formed_free_and_unique() {
    let malformed = |name: &str| {
        format!(
            "Invalid name `{name}` - names may only contain lower case letters, numbers, and \
             underscores, start with a letter, do not end with an underscore, have no two \
             underscores in a row, and have at least 2 characters."
        )
    };
    for name in ["Beds", "b", "beds_", "in__beds", "1beds"] {
        check(
            "{name: beds",
            &format!("{{name: {name}"),
            &[&malformed(name)],
        );
    }
    check(
        "{name: beds",
        "{name: month",
        &["Invalid name `month` - it is the name of a time granularity."],
    );
    check(
        "{name: floor",
        "{name: where",
        &["'where' is an SQL reserved keyword, and thus cannot be used as a dimension 'name'."],
    );
    check(
        "{name: fiscal}",
        "{name: patient}",
        &[
            "Can't use name `patient` for a custom granularity when it was already used for a \
           entity.",
        ],
    );
    check("alias: heads", "alias: Heads", &[&malformed("Heads")]);
}

#[test]
fn semantic_models_have_what_their_measures_need() {
    check(
        "agg: count, expr: 1",
        "agg: count",
        &[
            "Measure 'visit_count' uses a COUNT aggregation, which requires an expr to be \
           provided. Provide 'expr: 1' if a count of all rows is desired.",
        ],
    );
    check(
        "{percentile: 0.9}",
        "{percentile: 1.0}",
        &[
            "Percentile aggregation parameter for measure 'slowest' is '1', but must be between 0 \
           and 1 (non-inclusive).",
        ],
    );
    check(
        "window_choice: max",
        "window_choice: sum",
        &[
            "Measure 'beds' has a non_additive_dimension with an invalid 'window_choice' of 'sum'. \
           Only choices supported are 'min' or 'max'.",
        ],
    );
    check(
        "window_groupings: [patient]",
        "window_groupings: [nurse]",
        &[
            "Measure 'beds' has a non_additive_dimension with an invalid 'window_groupings'. These \
           entities do not exist in the semantic model: nurse.",
        ],
    );
    check(
        "agg: sum, expr: bed,",
        "agg: sum, expr: bed, agg_time_dimension: kind,",
        &[
            "In semantic model 'visits', measure 'beds' has the aggregation time dimension set to \
           'kind', which is not a valid time dimension in the semantic model",
        ],
    );
    check(
        "    primary_entity: ward\n",
        "",
        &[
            "The semantic model wards contains dimensions, but it does not define a primary entity. \
           Either add an entity with type PRIMARY or set a value for the primary_entity key.",
        ],
    );
    check(
        "type: foreign, label: Patient",
        "type: natural, label: Patient",
        &[
            "Semantic model `visits` uses a natural entity (patient) but does not define a validity \
           window!",
        ],
    );
}

#[test]
fn semantic_models_agree_with_each_other() {
    check(
        "{name: floor, type: categorical}",
        "{name: began, type: categorical}",
        &[
            "In semantic model `wards`, type conflict for dimension `began` - already in model as \
           type `time` but got `categorical`",
        ],
    );
    check(
        "primary_entity: ward\n    dimensions:\n      - {name: floor,",
        "primary_entity: visit\n    dimensions:\n      - {name: kind,",
        &[
            "Duplicate dimension + primary entity pairing detected. Semantic model `wards` has a \
           primary entity of `visit` and dimension `kind`, but this pairing is already in use on \
           semantic model `visits`.",
        ],
    );
    check(
        "label: Patients",
        "label: Visits",
        &[
            "Can't use label `Visits` for metric `patient_total` as it's already used for metric \
           `visit_total`",
        ],
    );
}

#[test]
fn metrics_and_saved_queries_speak_of_what_is_there() {
    check(
        "{window: 7 days}",
        "{window: 7 moons}",
        &["Invalid time granularity 'moons' in window: '7 moons'"],
    );
    check(
        "{window: 7 days}",
        "{window: 7 days, grain_to_date: month}",
        &["Both window and grain_to_date set for cumulative metric. Please set one or the other."],
    );
    check(
        "offset_window: 1 week",
        "offset_to_grain: moon",
        &["Invalid time granularity found in `offset_to_grain`: 'moon'."],
    );
    check(
        "alias: now_total",
        "alias: visit_total",
        &[
            "Alias 'visit_total' for an input metric is already being used. Please choose another \
           alias.",
        ],
    );
    check(
        "base_measure: visit_count",
        "base_measure: beds",
        &[
            "For conversion metrics, the measure must be COUNT/SUM(1)/COUNT_DISTINCT. Measure: beds \
           is agg type: sum",
        ],
    );
    check(
        "base_property: kind",
        "base_property: nurse",
        &["The provided constant property: nurse, cannot be found in semantic model visits"],
    );
    check(
        "'visit__kind'",
        "'visit__sort'",
        &["`Dimension('visit__sort')` is not a valid group-by name."],
    );
    check(
        "limit: 5",
        "limit: -5",
        &["Invalid limit value: -5 (should be >= 0)"],
    );
}
