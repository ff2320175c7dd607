//! Lineage as OpenLineage events: one for each table that is made of others.
//!
//! They are events of a job (`JobEvent`): what a model is made of does not
//! depend on a run. The column facet's dataset level has what decides about
//! rows.

use serde_json::{Map, Value, json};

use super::Texts;
use crate::lineage::edge::EdgeKind;
use crate::lineage::graph::{Edge, LineageGraph};
use crate::lineage::walk::Part;

const PRODUCER: &str = "hcdbt";
const EVENT_SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent";
const COLUMN_SCHEMA: &str = "https://openlineage.io/spec/facets/1-2-0/\
                             ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet";
const FIELDS_SCHEMA: &str = "https://openlineage.io/spec/facets/1-1-1/\
                             SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet";
const SQL_SCHEMA: &str =
    "https://openlineage.io/spec/facets/1-0-1/SQLJobFacet.json#/$defs/SQLJobFacet";

/// What events say beside the lineage.
#[derive(Clone, Copy)]
pub struct EventFacts<'a> {
    /// RFC 3339.
    pub time: &'a str,
    /// The namespace of jobs: the project.
    pub project: &'a str,
    /// The namespace of tables: the kind of database.
    pub database_kind: &'a str,
    /// Returns a table's full name in the database.
    pub name_of: &'a dyn Fn(&str) -> String,
}

/// Returns the events of the tables of a part, in the graph's order.
pub fn events(
    graph: &LineageGraph,
    part: &Part,
    texts: &Texts,
    facts: EventFacts<'_>,
) -> Vec<Value> {
    let mut numbers: Vec<u32> = part.columns.iter().map(|column| column.dataset).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let events = numbers.into_iter().filter_map(|number| {
        let dataset = &graph.datasets[number as usize];
        let is_made = dataset
            .columns
            .iter()
            .any(|column| !column.inputs.is_empty());
        if !is_made && dataset.rows.is_empty() {
            return None;
        }
        let mut inputs: Vec<u32> = dataset
            .columns
            .iter()
            .flat_map(|column| &column.inputs)
            .chain(&dataset.rows)
            .map(|edge| edge.source.dataset)
            .collect();
        inputs.sort_unstable();
        inputs.dedup();
        let inputs: Vec<Value> = inputs
            .into_iter()
            .map(|input| named(graph, input, facts))
            .collect();
        let mut job = json!({"namespace": facts.project, "name": &*dataset.id});
        if let Some(sql) = texts.get(&dataset.id) {
            job["facets"] = json!({"sql": {
                "_producer": PRODUCER, "_schemaURL": SQL_SCHEMA, "query": &**sql,
            }});
        }
        let mut output = named(graph, number, facts);
        output["facets"] = facets(graph, number, facts);
        Some(json!({
            "eventTime": facts.time,
            "producer": PRODUCER,
            "schemaURL": EVENT_SCHEMA,
            "job": job,
            "inputs": inputs,
            "outputs": [output],
        }))
    });
    events.collect()
}

fn named(graph: &LineageGraph, number: u32, facts: EventFacts<'_>) -> Value {
    let id = &graph.datasets[number as usize].id;
    json!({"namespace": facts.database_kind, "name": (facts.name_of)(id)})
}

fn facets(graph: &LineageGraph, number: u32, facts: EventFacts<'_>) -> Value {
    let dataset = &graph.datasets[number as usize];
    let names = dataset.columns.iter();
    let names: Vec<Value> = names.map(|column| json!({"name": &*column.name})).collect();
    let mut fields = Map::new();
    for column in &dataset.columns {
        let inputs = input_fields(graph, &column.inputs, facts);
        if !inputs.is_empty() {
            fields.insert(column.name.to_string(), json!({"inputFields": inputs}));
        }
    }
    json!({
        "schema": {"_producer": PRODUCER, "_schemaURL": FIELDS_SCHEMA, "fields": names},
        "columnLineage": {
            "_producer": PRODUCER,
            "_schemaURL": COLUMN_SCHEMA,
            "fields": fields,
            "dataset": input_fields(graph, &dataset.rows, facts),
        },
    })
}

/// Gathers the edges of one source column: it has a list of what is done to it.
fn input_fields(graph: &LineageGraph, edges: &[Edge], facts: EventFacts<'_>) -> Vec<Value> {
    let mut edges: Vec<&Edge> = edges.iter().collect();
    edges.sort_by_key(|edge| (edge.source, edge.kind));
    edges
        .chunk_by(|one, other| one.source == other.source)
        .map(|edges| {
            let source = edges[0].source;
            let mut field = named(graph, source.dataset, facts);
            field["field"] = (&*graph.column(source).name).into();
            let done: Vec<Value> = edges.iter().map(|edge| transformation(edge.kind)).collect();
            field["transformations"] = done.into();
            field
        })
        .collect()
}

fn transformation(kind: EdgeKind) -> Value {
    let subtype = match kind {
        EdgeKind::Copy | EdgeKind::Rename => "IDENTITY",
        EdgeKind::Cast | EdgeKind::Compute => "TRANSFORMATION",
        EdgeKind::Aggregate => "AGGREGATION",
        EdgeKind::Filter => "FILTER",
        EdgeKind::JoinKey => "JOIN",
        EdgeKind::GroupKey => "GROUP_BY",
        EdgeKind::Order => "SORT",
        EdgeKind::Window => "WINDOW",
    };
    let class = if kind.is_direct() {
        "DIRECT"
    } else {
        "INDIRECT"
    };
    json!({
        "type": class,
        "subtype": subtype,
        "description": kind.as_str(),
        "masking": false,
    })
}
