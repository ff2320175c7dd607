//! Broken projects: each mistake is told with file and line, and what to do.

use insta::assert_snapshot;

use crate::project::Project;

fn check(text: &str, args: &[&str]) -> String {
    let project = Project::new(text);
    project.run(args).snapshot(&project)
}

#[test]
fn a_cycle_is_shown_as_a_path() {
    assert_snapshot!(check(
        "
-- models/a.sql
select * from {{ ref('c') }}
-- models/b.sql
select * from {{ ref('a') }}
-- models/c.sql
select * from {{ ref('b') }}
",
        &["build"],
    ));
}

#[test]
fn an_unknown_ref_names_the_nearest() {
    assert_snapshot!(check(
        "
-- models/stg_patients.sql
select 1 as patient_id
-- models/dim_patient.sql
select *
from {{ ref('stg_patient') }}
",
        &["build"],
    ));
}

#[test]
fn bad_yaml_points_at_the_line() {
    assert_snapshot!(check(
        "
-- models/a.sql
select 1 as id
# models/properties.yml
models:
  - name: a
    columns:
      - name: id
       description: badly indented
",
        &["build"],
    ));
}

#[test]
fn unquoted_jinja_in_yaml_says_how_to_quote_it() {
    assert_snapshot!(check(
        "
# models/sources.yml
sources:
  - name: raw
    database: {{ env_var('DB') }}
    tables:
      - name: claims
",
        &["parse"],
    ));
}

#[test]
fn bad_jinja_points_at_the_line() {
    assert_snapshot!(check(
        "
-- models/a.sql
select 1 as id
{% if true %}
where 1 = 1
",
        &["build"],
    ));
}

#[test]
fn a_missing_macro_is_named_where_it_is_called() {
    assert_snapshot!(check(
        "
-- models/a.sql
select
    {{ cents_to_dollar('amount') }} as amount
-- macros/cents.sql
{% macro cents_to_dollars(column) %}{{ column }} / 100.0{% endmacro %}
",
        &["build"],
    ));
}

#[test]
fn an_sql_error_shows_the_sql() {
    assert_snapshot!(check(
        "
-- models/stg_claims.sql
select 1 as claim_id, 10.5 as paid_amount
-- models/fact_claim.sql
select
    claim_id,
    paid_amonut
from {{ ref('stg_claims') }}
",
        &["run"],
    ));
}

#[test]
fn two_models_of_one_name_are_both_named() {
    assert_snapshot!(check(
        "
-- models/staging/a.sql
select 1 as id
-- models/marts/a.sql
select 2 as id
",
        &["build"],
    ));
}

#[test]
fn a_missing_profile_lists_those_that_exist() {
    let project = Project::new(
        "
-- models/a.sql
select 1 as id
# dbt_project.yml
name: health
version: '1.0'
profile: hospital
",
    );
    assert_snapshot!(project.run(&["build"]).snapshot(&project));
}

#[test]
fn a_locked_database_names_who_holds_it() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    let project = Project::new(
        "
-- models/a.sql
select 1 as id
-- macros/hold.sql
{% macro hold() %}
  {% do run_query('create table if not exists t as select 1 as i') %}
  {% do print('holding') %}
  {% do run_query('select count(*) from range(100000000) a, range(1000000) b where a.range % 7 = b.range % 11') %}
{% endmacro %}
",
    );
    let mut holder = Command::new(env!("CARGO_BIN_EXE_hcdbt"))
        .args(["run-operation", "hold"])
        .current_dir(project.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let stdout = holder.stdout.take().expect("its output");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    assert_eq!(line.trim(), "holding");
    let snapshot = project.run(&["run"]).snapshot(&project);
    let pid = holder.id().to_string();
    holder.kill().expect("it can be stopped");
    holder.wait().expect("it ends");
    assert!(snapshot.contains(&pid), "{snapshot}");
    assert_snapshot!(
        snapshot
            .replace(&pid, "[pid]")
            .replace(env!("CARGO_BIN_EXE_hcdbt"), "[hcdbt]")
    );
}

#[test]
fn an_unreadable_source_file_is_named() {
    assert_snapshot!(check(
        "
# models/sources.yml
sources:
  - name: landing
    meta:
      external_location: landing/{name}.csv
    tables:
      - name: claims
-- models/stg_claims.sql
select * from {{ source('landing', 'claims') }}
",
        &["run"],
    ));
}

#[test]
fn a_project_file_that_is_missing_is_asked_for() {
    let project = Project::new("");
    std::fs::remove_file(project.path("dbt_project.yml")).expect("it is there");
    assert_snapshot!(project.run(&["build"]).snapshot(&project));
}

#[test]
fn several_mistakes_are_told_in_one_pass() {
    assert_snapshot!(check(
        "
-- models/a.sql
select * from {{ ref('nowhere') }}
-- models/b.sql
select * from {{ source('raw', 'nothing') }}
-- models/c.sql
select {{ undefined_macro() }}
",
        &["parse"],
    ));
}

const DEPRECATED: &str = "
# dbt_project.yml
name: shop
profile: health
on-run-start: select 1
flags:
  require_resource_names_without_spaces: false
  source_freshness_run_project_hooks: false
# macros/own.sql
{% macro get_incremental_microbatch_sql(args) %}{% endmacro %}
# models/orders.sql
{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at',
    begin='2026-01-01', batch_size='day') }}
select 1 as id
# models/sources.yml
sources:
  - name: raw
    overrides: nowhere
    tables: [{name: orders}]
";

#[test]
fn what_is_deprecated_in_names_and_macros_is_told_and_counted() {
    let project = Project::new(DEPRECATED);
    project.write("models/all orders.sql", "select 1 as id");
    let told = project.run(&["parse"]).snapshot(&project);
    for part in [
        "  - Source nowhere.raw (in models/sources.yml)",
        "Found spaces in the name of `model.shop.all orders`",
        "- ResourceNamesWithSpacesDeprecation: 1 occurrence",
        "- MicrobatchMacroOutsideOfBatchesDeprecation: 1 occurrence",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("ProjectHooksNotRun"), "{told}");
    let told = project.run(&["source", "freshness"]).snapshot(&project);
    assert!(
        told.contains("- SourceFreshnessProjectHooksNotRun: 1 occurrence"),
        "{told}"
    );
}

#[test]
fn a_name_with_a_space_is_an_error_unless_a_flag_allows_it() {
    let project = Project::new("");
    project.write("models/all orders.sql", "select 1 as id");
    let told = project.run(&["parse"]).snapshot(&project);
    assert!(
        told.contains("Resource names cannot contain spaces:") && told.starts_with("exit code 2"),
        "{told}"
    );
}
