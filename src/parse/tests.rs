//! Small projects in memory: what their nodes become, and what is said of
//! their mistakes.

mod again;

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::config::testing::{drawn, invocation, load};
use crate::files::read_project;
use crate::graph::{self, Graph};

/// Reads and resolves a project; gives the graph, when there is one, and all
/// that was found wrong, drawn.
#[track_caller]
fn read(text: &str) -> (Option<Graph>, String) {
    let (project, world) = load(text);
    let invocation = invocation();
    let files = read_project(&world, &project).value.expect("the files");
    let parsed = super::parse(&project, &files, &invocation, &world);
    let mut found = parsed.diagnostics;
    let mut graph = None;
    if let Some(parsed) = parsed.value {
        let resolved = graph::resolve(parsed.project, &project, &invocation);
        found.extend(resolved.diagnostics);
        graph = resolved.value;
    }
    (graph, drawn(&found))
}

/// What is said of a project with mistakes.
#[track_caller]
fn check_mistakes(text: &str) -> String {
    let (_, found) = read(text);
    assert!(!found.is_empty(), "nothing was found");
    found
}

/// The nodes of a project without mistakes: their ids, relations, tags and
/// what they read.
#[track_caller]
fn check_project(text: &str) -> String {
    let (graph, found) = read(text);
    assert!(found.is_empty(), "{found}");
    let graph = graph.expect("a graph");
    let mut drawn = String::new();
    let mut ids: Vec<_> = graph.project.nodes.keys().collect();
    ids.sort();
    for id in ids {
        let node = &graph.project.nodes[id];
        let relation = node.relation_name.as_deref().unwrap_or("-");
        let _ = writeln!(drawn, "{id} {relation}");
        for parent in &graph.parents[id] {
            let _ = writeln!(drawn, "    reads {parent}");
        }
    }
    drawn
}

#[test]
fn models_tests_and_sources_are_named_as_dbt_names_them() {
    assert_snapshot!(check_project(
        "
# models/schema.yml
sources:
  - name: raw
    schema: landing
    tables:
      - name: patients
models:
  - name: stg_patients
    columns:
      - name: patient_id
        data_tests: [unique, not_null]
      - name: sex
        data_tests:
          - accepted_values:
              arguments:
                values: [female, male, unknown, other, not recorded at the time of the visit]
-- models/stg_patients.sql
select * from {{ source('raw', 'patients') }}
-- models/patients.sql
{{ config(schema='marts', alias='dim_patient', tags=['core']) }}
select * from {{ ref('stg_patients') }}
-- tests/no_ghosts.sql
select * from {{ ref('patients') }} where patient_id is null
"
    ));
}

#[test]
fn a_name_that_a_macro_makes_of_a_nodes_fields_is_not_given_to_other_nodes() {
    assert_snapshot!(check_project(
        "
-- macros/names.sql
{% macro generate_schema_name(custom_schema_name, node) %}
{{ custom_schema_name }}_{{ node.get('resource_type') if node is mapping }}
{% endmacro %}
{% macro generate_alias_name(custom_alias_name=none, node=none) %}
{{ node['path'] | replace('/', '_') }}_{{ node.identifier }}_{{ node.fqn | length }}
{% endmacro %}
-- models/a.sql
{{ config(schema='x') }} select 1 as id
-- models/deep/b.sql
{{ config(schema='x') }} select 1 as id
-- snapshots/s.sql
{% snapshot s %}
{{ config(schema='x', unique_key='id', strategy='check', check_cols=['id']) }} select 1 as id
{% endsnapshot %}
"
    ), @r#"
    model.clinic.a "memory"."x_model"."a.sql_a_2"
    model.clinic.b "memory"."x_model"."deep_b.sql_b_3"
    snapshot.clinic.s "memory"."x_snapshot"."s.sql_s_3"
    "#);
}

#[test]
fn a_ref_without_version_reads_the_latest() {
    assert_snapshot!(check_project(
        "
# models/schema.yml
models:
  - name: visits
    latest_version: 1
    versions:
      - v: 1
      - v: 2
-- models/visits_v1.sql
select 1 as id
-- models/visits_v2.sql
select 1 as id, 2 as ward
-- models/latest.sql
select * from {{ ref('visits') }}
-- models/newest.sql
select * from {{ ref('visits', v=2) }}
"
    ));
}

#[test]
fn own_naming_macros_are_asked() {
    assert_snapshot!(check_project(
        "
-- macros/names.sql
{% macro generate_schema_name(custom_schema_name, node) %}
{{ custom_schema_name or 'shared' }}
{% endmacro %}
{% macro generate_alias_name(custom_alias_name=none, node=none) %}
t_{{ node.name }}
{% endmacro %}
-- models/a.sql
select 1 as id
-- models/b.sql
{{ config(schema='marts') }}
select * from {{ ref('a') }}
"
    ));
}

#[test]
fn a_branch_that_is_not_taken_reads_nothing() {
    assert_snapshot!(check_project(
        "
-- models/a.sql
select 1 as id
-- models/b.sql
select 1 as id
-- models/c.sql
select * from {% if var('wide', false) %}{{ ref('a') }}{% else %}{{ ref('b') }}{% endif %}
"
    ));
}

#[test]
fn a_disabled_model_names_its_switch() {
    assert_snapshot!(check_mistakes(
        "
-- models/a.sql
{{ config(enabled=false) }}
select 1 as id
-- models/b.sql
select * from {{ ref('a') }}
"
    ));
}

#[test]
fn two_models_of_one_relation_are_both_shown() {
    assert_snapshot!(check_mistakes(
        "
-- models/a.sql
{{ config(alias='patients') }}
select 1 as id
-- models/patients.sql
select 2 as id
"
    ));
}

#[test]
fn two_macros_of_one_name_are_both_shown() {
    assert_snapshot!(check_mistakes(
        "
-- macros/one.sql
{% macro cents(x) %}{{ x }} * 100{% endmacro %}
-- macros/two.sql
{% macro cents(x) %}{{ x }} * 100.0{% endmacro %}
"
    ));
}

#[test]
fn a_private_model_is_read_in_its_group_alone() {
    assert_snapshot!(check_mistakes(
        "
# models/schema.yml
groups:
  - name: claims
    owner: {name: claims team}
models:
  - name: secret
    config: {group: claims, access: private}
-- models/secret.sql
select 1 as id
-- models/reader.sql
select * from {{ ref('secret') }}
"
    ));
}

#[test]
fn an_entry_without_its_model_is_a_warning() {
    assert_snapshot!(check_mistakes(
        "
# models/schema.yml
models:
  - name: pateints
    description: Nobody of this name.
-- models/patients.sql
select 1 as id
"
    ));
}

#[test]
fn an_unknown_source_and_an_unknown_docs_block_are_told_together() {
    assert_snapshot!(check_mistakes(
        "
# models/schema.yml
sources:
  - name: raw
    tables:
      - name: patients
models:
  - name: a
    description: \"{{ doc('no_such_block') }}\"
-- models/a.sql
select * from {{ source('raw', 'patient') }}
"
    ));
}

#[test]
fn a_time_spine_names_columns_that_are_listed() {
    assert_snapshot!(check_mistakes(
        "
# models/schema.yml
models:
  - name: days
    time_spine: {standard_granularity_column: day}
    columns: [{name: date_day, granularity: day}]
-- models/days.sql
select 1 as date_day
",
    ), @"
    error[invalid-time-spine]: Time spine standard granularity column must be defined on the model. Got invalid column name 'day' for model 'days'.
     --> models/schema.yml:2:11
      |
    2 |   - name: days
      |           ^^^^ of this model
      |
      = the model lists date_day
      = hint: add `day` to `columns:`, with its `granularity:`
    ");
}

#[test]
fn a_naming_macro_whose_variable_is_not_set_names_it() {
    assert_snapshot!(check_mistakes(
        "
-- macros/names.sql
{% macro generate_schema_name(custom_schema_name, node) %}{{ var('site') }}{% endmacro %}
-- models/a.sql
select 1 as id
",
    ), @r"
    error[template-error]: generate_schema_name of model `a` does not compile: Required var 'site' not found in config: it has no value
     --> macros/names.sql:1:62
      |
    1 | {% macro generate_schema_name(custom_schema_name, node) %}{{ var('site') }}{% endmacro %}
      |                                                              ^^^^^^^^^^^ here
      |
      = hint: set it under `vars:` in dbt_project.yml, with --vars 'site: ...', or give a default: var('site', ...)
    ");
}

#[test]
fn tags_outside_of_all_blocks_are_told_and_do_nothing() {
    let (graph, found) = read(
        "-- macros/m.sql\n{% set x = 1 %}\n{% if true %}{% endif %}\n\
         {% macro m() %}{% set y = 2 %}{% if y %}{% endif %}{% endmacro %}\n",
    );
    assert!(graph.is_some());
    let told: Vec<&str> = found
        .lines()
        .filter(|line| line.contains("unexpected"))
        .collect();
    assert_eq!(
        told,
        [
            "warning[stray-tag]: Found unexpected 'set' block tag. in file `macros/m.sql`",
            "warning[stray-tag]: Found unexpected 'if' block tag. in file `macros/m.sql`",
            "warning[stray-tag]: Found unexpected 'endif' block tag. in file `macros/m.sql`",
        ]
    );
}
