//! The page of a graph and that of its manifest are the same.

use pretty_assertions::assert_eq;

use super::Manifest;
use crate::artifacts::{ManifestFacts, manifest, manifest_metadata};
use crate::config::testing::invocation;
use crate::docs::{Artifacts, docs_data};
use crate::graph::testing::resolve;
use crate::parse::{CompiledNode, IdMap};

const PROJECT: &str = "\
-- dbt_project.yml
name: clinic
profile: clinic
models: {clinic: {+tags: [nightly], +meta: {team: care}}}
on-run-end: ['select 1']
-- seeds/codes.csv
code,label
-- models/staging/stg_visits.sql
{{ config(materialized='table', docs={'node_color': 'teal'}, post_hook='analyze') }}
select {{ cents('1') }} as paid, code from {{ source('raw', 'visits') }} join {{ ref('codes') }} using (code)
-- models/mart_visits.v2.sql
select * from {{ ref('stg_visits') }}
-- models/mart_visits.v1.sql
select 1 as paid
-- models/scored.py
def model(dbt, session):
    return dbt.ref('stg_visits')
-- models/hidden.sql
{{ config(docs={'show': false}) }}
select 1 as one
-- snapshots/visits_then.sql
{% snapshot visits_then %}
{{ config(unique_key='code', strategy='check', check_cols='all') }}
select * from {{ ref('stg_visits') }}
{% endsnapshot %}
-- analyses/look.sql
select * from {{ ref('stg_visits') }}
-- functions/half.sql
x / 2
-- macros/cents.sql
{% macro cents(x) %}{{ x }} * 100{% endmacro %}
{% test positive(model, column_name) %}select * from {{ model }} where {{ column_name }} < 0{% endtest %}
-- tests/paid_is_known.sql
{{ config(severity='warn', store_failures=true) }}
select * from {{ ref('stg_visits') }} where paid is null
-- models/notes.md
{% docs paid %}What was *paid*.{% enddocs %}
-- models/clinic.yml
groups: [{name: care, owner: {name: Care, email: care@clinic.example}}]
sources:
  - name: raw
    description: Landing files.
    tables: [{name: visits, columns: [{name: code, data_tests: [not_null]}]}]
seeds: [{name: codes, description: Codes., columns: [{name: code, data_tests: [unique]}]}]
functions: [{name: half, arguments: [{name: x, data_type: double, description: Any.}], returns: {data_type: double}}]
snapshots: [{name: visits_then, description: As they were.}]
models:
  - name: stg_visits
    description: One row a visit.
    config: {group: care, access: private, contract: {enforced: true}, meta: {phi: none}}
    constraints: [{type: primary_key, columns: [code]}]
    columns:
      - {name: paid, data_type: integer, description: \"{{ doc('paid') }}\", meta: {unit: cents}, tags: [money], data_tests: [positive]}
      - name: code
        data_type: varchar
        constraints: [{type: not_null}]
        data_tests:
          - unique: {description: Once., config: {where: 'paid > 0', severity: warn}}
          - relationships: {arguments: {to: ref('codes'), field: code}}
          - accepted_values: {arguments: {values: [a, 'b', 3]}}
  - name: mart_visits
    latest_version: 2
    deprecation_date: 2030-01-01
    columns: [{name: paid, data_tests: [not_null]}]
    versions: [{v: 1}, {v: 2}]
exposures:
  - name: board
    label: The board
    type: dashboard
    owner: {name: Care, email: care@clinic.example}
    depends_on: [ref('stg_visits')]
unit_tests:
  - name: adds_up
    model: hidden
    given: []
    expect: {rows: [{one: 1}]}
";

#[test]
fn a_graph_tells_the_page_what_its_manifest_tells() {
    let invocation = invocation();
    let graph = resolve(PROJECT).value.expect("a graph");
    // Some nodes are compiled, as when the command selected them.
    let ids = graph.project.nodes.keys();
    let compiled: IdMap<CompiledNode> = ids
        .filter(|id| !id.as_str().contains("look"))
        .map(|id| {
            let node = CompiledNode {
                compiled_code: Some(format!("select '{id}'").into()),
                relation_name: id
                    .as_str()
                    .starts_with("test")
                    .then(|| "a.failures".to_owned()),
                macros: vec!["macro.clinic.cents".into()],
                ..CompiledNode::default()
            };
            (id.clone(), node)
        })
        .collect();
    let facts = ManifestFacts {
        adapter_type: "duckdb",
        quoting: serde_json::Value::Null,
        selectors: serde_json::Map::new(),
    };
    let now = invocation.started_at;
    let mut text = Vec::new();
    manifest(&mut text, &graph, &compiled, &facts, &invocation, now).expect("memory");
    let written: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let metadata = manifest_metadata(&graph.project, &facts, &invocation, now);

    let page = |manifest| docs_data(Artifacts::of(manifest)).value.expect("data");
    let of_graph = page(Manifest::of_graph(&graph, &compiled, metadata));
    let of_manifest = page(Manifest::of(&written));
    assert_eq!(of_graph, of_manifest);
    assert!(of_graph.nodes.len() > 12 && of_graph.tests.len() > 6);
}
