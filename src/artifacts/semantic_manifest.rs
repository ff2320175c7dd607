//! `semantic_manifest.json`: the semantic layer for the tools that query it.
//!
//! It has what the manifest has of semantic models, metrics and saved queries,
//! cut down to the fields of the package `dbt_semantic_interfaces` 0.9, and
//! where the project's time spines are. dbt writes it whenever it writes the
//! manifest, also for projects without a semantic layer.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::graph::Graph;
use crate::parse::{Node, NodeKind};

/// The model that has a row per day when no model says that it is a time spine.
const LEGACY_TIME_SPINE: &str = "metricflow_time_spine";

/// Returns the semantic manifest.
pub fn semantic_manifest(graph: &Graph) -> Value {
    let project = &graph.project;
    json!({
        "semantic_models": all(SEMANTIC_MODEL, project.semantic_models.values()),
        "metrics": all(METRIC, project.metrics.values()),
        "project_configuration": {
            "time_spine_table_configurations": legacy_time_spine(graph),
            "metadata": null,
            "dsi_package_version": {"major_version": "0", "minor_version": "9", "patch_version": "0"},
            "time_spines": time_spines(graph),
        },
        "saved_queries": all(SAVED_QUERY, project.saved_queries.values()),
    })
}

fn all<T: Serialize>(shape: &[Field], definitions: impl Iterator<Item = T>) -> Value {
    definitions
        .map(|definition| {
            let definition = serde_json::to_value(definition)
                .expect("definitions are made of JSON values and have text keys");
            cut(shape, &definition)
        })
        .collect()
}

fn time_spines(graph: &Graph) -> Value {
    graph
        .project
        .nodes
        .values()
        .filter_map(|node| time_spine(node, spine_of(node)?))
        .collect()
}

fn spine_of(node: &Node) -> Option<&Value> {
    match &node.kind {
        NodeKind::Model(model) => model.time_spine.as_ref(),
        _ => None,
    }
}

fn time_spine(node: &Node, spine: &Value) -> Option<Value> {
    let name = spine.get("standard_granularity_column")?.as_str()?;
    let column = node.columns.values().find(|column| column.name == name)?;
    Some(json!({
        "node_relation": {
            "alias": node.alias,
            "schema_name": node.schema,
            "database": node.database,
            "relation_name": node.relation_name,
        },
        "primary_column": {"name": name, "time_granularity": column.granularity},
        "custom_granularities": spine.get("custom_granularities"),
    }))
}

/// The model with dbt's old name for a time spine, where semantic models need
/// one and it does not say itself that it is one.
fn legacy_time_spine(graph: &Graph) -> Value {
    let project = &graph.project;
    if project.semantic_models.is_empty() {
        return json!([]);
    }
    let is_legacy =
        |node: &&Node| matches!(&node.kind, NodeKind::Model(_)) && node.name == LEGACY_TIME_SPINE;
    let spine = project.nodes.values().find(is_legacy);
    spine
        .filter(|node| spine_of(node).is_none())
        .map(|node| json!({"location": node.relation_name, "column_name": "date_day", "grain": "day"}))
        .into_iter()
        .collect()
}

/// Cuts an object down to the fields of a shape, in their order.
fn cut(shape: &[Field], object: &Value) -> Value {
    let field = |field: &Field| {
        let written = object.get(field.name).filter(|value| !value.is_null());
        let value = match (written, field.holds) {
            (Some(value), Holds::One(shape)) => cut(shape, value),
            (Some(Value::Array(values)), Holds::Many(shape)) => {
                values.iter().map(|value| cut(shape, value)).collect()
            }
            (Some(value), Holds::Fraction) => value.as_f64().map_or(Value::Null, Value::from),
            (Some(Value::Number(number)), Holds::Text) => number.to_string().into(),
            (Some(value), _) => value.clone(),
            (None, Holds::Switch) => false.into(),
            (None, Holds::Many(_) | Holds::List) => json!([]),
            (None, Holds::Mapping) => json!({}),
            (None, Holds::TextOr(default)) => default.into(),
            (None, _) => Value::Null,
        };
        (field.name.to_owned(), value)
    };
    Value::Object(shape.iter().map(field).collect::<Map<_, _>>())
}

struct Field {
    name: &'static str,
    holds: Holds,
}

/// What a field holds, and with it what is there when nothing is written.
#[derive(Clone, Copy)]
enum Holds {
    Anything,
    Text,
    TextOr(&'static str),
    Fraction,
    Switch,
    List,
    Mapping,
    One(&'static [Field]),
    Many(&'static [Field]),
}

use Holds::{Anything, Fraction, List, Many, Mapping, One, Switch, Text, TextOr};

const fn field(name: &'static str, holds: Holds) -> Field {
    Field { name, holds }
}

const CONFIG: &[Field] = &[field("meta", Mapping)];

const SEMANTIC_MODEL: &[Field] = &[
    field("name", Text),
    field("defaults", One(&[field("agg_time_dimension", Text)])),
    field("description", Text),
    field("node_relation", One(NODE_RELATION)),
    field("primary_entity", Text),
    field("entities", Many(ENTITY)),
    field("measures", Many(MEASURE)),
    field("dimensions", Many(DIMENSION)),
    field("label", Text),
    field("metadata", Anything),
    field("config", One(CONFIG)),
];

const NODE_RELATION: &[Field] = &[
    field("alias", Text),
    field("schema_name", Text),
    field("database", Text),
    field("relation_name", TextOr("")),
];

const ENTITY: &[Field] = &[
    field("name", Text),
    field("description", Text),
    field("type", Text),
    field("role", Text),
    field("expr", Text),
    field("metadata", Anything),
    field("label", Text),
    field("config", One(CONFIG)),
];

const MEASURE: &[Field] = &[
    field("name", Text),
    field("agg", Text),
    field("description", Text),
    field("create_metric", Anything),
    field("expr", Text),
    field("agg_params", One(AGG_PARAMS)),
    field("metadata", Anything),
    field("non_additive_dimension", One(NON_ADDITIVE_DIMENSION)),
    field("agg_time_dimension", Text),
    field("label", Text),
    field("config", One(CONFIG)),
];

const AGG_PARAMS: &[Field] = &[
    field("percentile", Fraction),
    field("use_discrete_percentile", Switch),
    field("use_approximate_percentile", Switch),
];

const NON_ADDITIVE_DIMENSION: &[Field] = &[
    field("name", Text),
    field("window_choice", TextOr("min")),
    field("window_groupings", List),
];

const DIMENSION: &[Field] = &[
    field("name", Text),
    field("description", Text),
    field("type", Text),
    field("is_partition", Switch),
    field("type_params", One(DIMENSION_PARAMS)),
    field("expr", Text),
    field("metadata", Anything),
    field("label", Text),
    field("config", One(CONFIG)),
];

const DIMENSION_PARAMS: &[Field] = &[
    field("time_granularity", Text),
    field(
        "validity_params",
        One(&[field("is_start", Switch), field("is_end", Switch)]),
    ),
];

const METRIC: &[Field] = &[
    field("name", Text),
    field("description", Text),
    field("type", Text),
    field("type_params", One(METRIC_PARAMS)),
    field("filter", One(FILTERS)),
    field("metadata", Anything),
    field("label", Text),
    field("config", One(CONFIG)),
    field("time_granularity", Text),
];

const METRIC_PARAMS: &[Field] = &[
    field("measure", One(INPUT_MEASURE)),
    field("numerator", One(INPUT_METRIC)),
    field("denominator", One(INPUT_METRIC)),
    field("expr", Text),
    field("window", One(WINDOW)),
    field("grain_to_date", Text),
    field("metrics", Many(INPUT_METRIC)),
    field("conversion_type_params", One(CONVERSION)),
    field("cumulative_type_params", One(CUMULATIVE)),
    field("input_measures", Many(INPUT_MEASURE)),
];

const INPUT_MEASURE: &[Field] = &[
    field("name", Text),
    field("filter", One(FILTERS)),
    field("alias", Text),
    field("join_to_timespine", Switch),
    field("fill_nulls_with", Anything),
];

const INPUT_METRIC: &[Field] = &[
    field("name", Text),
    field("filter", One(FILTERS)),
    field("alias", Text),
    field("offset_window", One(WINDOW)),
    field("offset_to_grain", Text),
];

const FILTERS: &[Field] = &[field(
    "where_filters",
    Many(&[field("where_sql_template", Text)]),
)];

const WINDOW: &[Field] = &[field("count", Anything), field("granularity", Text)];

const CONVERSION: &[Field] = &[
    field("base_measure", One(INPUT_MEASURE)),
    field("conversion_measure", One(INPUT_MEASURE)),
    field("entity", Text),
    field("calculation", TextOr("conversion_rate")),
    field("window", One(WINDOW)),
    field("constant_properties", Anything),
];

const CUMULATIVE: &[Field] = &[
    field("window", One(WINDOW)),
    field("grain_to_date", Text),
    field("period_agg", TextOr("first")),
];

const SAVED_QUERY: &[Field] = &[
    field("name", Text),
    field("query_params", One(QUERY_PARAMS)),
    field("description", Text),
    field("metadata", Anything),
    field("label", Text),
    field("exports", Many(EXPORT)),
    field("tags", List),
];

const QUERY_PARAMS: &[Field] = &[
    field("metrics", List),
    field("group_by", List),
    field("order_by", List),
    field("limit", Anything),
    field("where", One(FILTERS)),
];

const EXPORT: &[Field] = &[
    field("name", Text),
    field(
        "config",
        One(&[
            field("export_as", Text),
            field("schema_name", Text),
            field("alias", Text),
        ]),
    ),
];

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::semantic_manifest;
    use crate::graph::testing::resolve;

    #[test]
    fn the_fields_are_those_of_the_semantic_layers_own_tools() {
        let graph = resolve(
            "-- models/visits.sql\nselect 1 as visit_id\n\
             -- models/metricflow_time_spine.sql\nselect current_date as date_day\n\
             -- models/layer.yml\n\
             semantic_models:\n\
             \x20 - name: visits\n\
             \x20   model: ref('visits')\n\
             \x20   entities: [{name: visit, type: primary, expr: 1}]\n\
             saved_queries:\n\
             \x20 - name: nothing\n\
             \x20   query_params: {metrics: []}\n\
             \x20   exports: [{name: out, config: {export_as: table, schema: mart}}]\n",
        );
        let graph = graph.value.expect("a graph");
        assert_eq!(
            semantic_manifest(&graph),
            json!({
                "semantic_models": [{
                    "name": "visits",
                    "defaults": null,
                    "description": null,
                    "node_relation": {
                        "alias": "visits",
                        "schema_name": "main",
                        "database": "memory",
                        "relation_name": "\"memory\".\"main\".\"visits\"",
                    },
                    "primary_entity": null,
                    "entities": [{
                        "name": "visit", "description": null, "type": "primary", "role": null,
                        "expr": "1", "metadata": null, "label": null, "config": {"meta": {}},
                    }],
                    "measures": [],
                    "dimensions": [],
                    "label": null,
                    "metadata": null,
                    "config": {"meta": {}},
                }],
                "metrics": [],
                "project_configuration": {
                    "time_spine_table_configurations": [{
                        "location": "\"memory\".\"main\".\"metricflow_time_spine\"",
                        "column_name": "date_day",
                        "grain": "day",
                    }],
                    "metadata": null,
                    "dsi_package_version":
                        {"major_version": "0", "minor_version": "9", "patch_version": "0"},
                    "time_spines": [],
                },
                "saved_queries": [{
                    "name": "nothing",
                    "query_params":
                        {"metrics": [], "group_by": [], "order_by": [], "limit": null, "where": null},
                    "description": null,
                    "metadata": null,
                    "label": null,
                    "exports": [{
                        "name": "out",
                        "config": {"export_as": "table", "schema_name": "mart", "alias": "out"},
                    }],
                    "tags": [],
                }],
            })
        );
    }
}
