use pretty_assertions::assert_eq;

use super::{Project, Ran, check};
use crate::parse::UniqueId;
use crate::plan::Command;

const TESTED: &str = "== models/a.sql\n\
    select 1 as id, 'x' as kind union all select 1, null union all select null, 'y'\n\
    == models/a.yml\n\
    models:\n\
    \x20 - name: a\n\
    \x20   columns:\n\
    \x20     - name: id\n\
    \x20       data_tests:\n\
    \x20         - unique\n\
    \x20         - not_null: {config: {severity: warn}}\n\
    \x20     - name: kind\n\
    \x20       data_tests:\n\
    \x20         - accepted_values: {arguments: {values: [x, y]}}\n\
    \x20         - not_null: {config: {error_if: '>5', warn_if: '>3'}}\n\
    == tests/positive.sql\n\
    select * from {{ ref('a') }} where id < 0\n";

#[test]
fn data_tests_pass_warn_and_fail() {
    let project = Project::new(TESTED);
    assert!(project.run(Command::Run).results.success());
    let ran = project.run(Command::Test);
    check(
        &ran.shown(),
        "test.p.accepted_values_a_kind__x__y.11a43fcbf0 pass
         test.p.not_null_a_id.c1cebc1440 warn Got 1 result, configured to warn if != 0
         test.p.not_null_a_kind.519751a13a pass
         test.p.positive pass
         test.p.unique_a_id.f6a5f640da fail Got 1 result, configured to fail if != 0",
    );
}

#[test]
fn a_failed_test_skips_what_is_below_the_model_in_a_build() {
    let project = Project::new(
        "== models/a.sql\nselect 1 as id union all select 1\n\
         == models/b.sql\nselect * from {{ ref('a') }}\n\
         == models/a.yml\nmodels: [{name: a, columns: [{name: id, data_tests: [unique]}]}]\n",
    );
    let ran = project.run(Command::Build);
    check(
        &ran.shown(),
        "model.p.a success OK
         test.p.unique_a_id.f6a5f640da fail Got 1 result, configured to fail if != 0
         model.p.b skipped",
    );
}

#[test]
fn failures_are_stored_where_the_flag_asks_for_it() {
    let mut project = Project::new(TESTED);
    project.run(Command::Run);
    project.flags.store_failures = true;
    let ran = project.run(Command::Test);
    check(&ran.diagnostics(), "");
    check(
        &project.query("select unique_field, n_records from main_dbt_test__audit.unique_a_id"),
        "1|2",
    );
}

#[test]
fn the_flag_names_a_relation_also_where_the_config_stores_no_failures() {
    let mut project = Project::new(
        "== models/a.sql\nselect 1 as id\n\
         == tests/none.sql\n\
         {{ config(store_failures_as='ephemeral') }} select * from {{ ref('a') }} where false\n",
    );
    project.run(Command::Run);
    let relation = |ran: &Ran| ran.results.results[0].relation_name.clone();
    assert_eq!(relation(&project.run(Command::Test)), None);
    project.flags.store_failures = true;
    assert_eq!(
        relation(&project.run(Command::Test)).as_deref(),
        Some("\"memory\".\"main_dbt_test__audit\".\"none\"")
    );
}

#[test]
fn unit_tests_compare_rows() {
    let project = Project::new(
        "== models/a.sql\nselect 1 as id, 'x' as name\n\
         == models/b.sql\nselect id, upper(name) as name from {{ ref('a') }} where id > {{ var('least', 0) }}\n\
         == models/b.yml\n\
         unit_tests:\n\
         \x20 - name: good\n\
         \x20   model: b\n\
         \x20   given: [{input: ref('a'), rows: [{id: 1, name: u}, {id: 2}]}]\n\
         \x20   expect: {rows: [{id: 2, name: null}, {id: 1, name: U}]}\n\
         \x20 - name: bad\n\
         \x20   model: b\n\
         \x20   overrides: {vars: {least: 1}}\n\
         \x20   given: [{input: ref('a'), rows: [{id: 1, name: u}, {id: 2, name: v}]}]\n\
         \x20   expect: {rows: [{id: 2, name: w}]}\n",
    );
    project.run(Command::Run);
    let ran = project.run(Command::Test);
    check(&ran.diagnostics(), "");
    check(
        &ran.shown(),
        "unit_test.p.b.bad fail actual differs from expected:
         unit_test.p.b.good pass",
    );
    check(
        &ran.message("unit_test.p.b.bad"),
        "actual differs from expected:

         @@,id,name
         → ,2 ,w→V
         - expected, + actual, [what differs]
             id | name
           - 2  | [w]
           + 2  | [V]",
    );
}

#[test]
fn a_unit_test_overrides_a_macro_of_a_package() {
    let project = Project::new(
        "== macros/bounds.sql\n{% macro bound() %}1{% endmacro %}\n\
         == models/a.sql\nselect {{ p.bound() }} as id\n\
         == models/a.yml\n\
         unit_tests:\n\
         \x20 - name: good\n\
         \x20   model: a\n\
         \x20   overrides: {macros: {p.bound: 2}}\n\
         \x20   given: []\n\
         \x20   expect: {rows: [{id: 2}]}\n",
    );
    project.run(Command::Run);
    check(
        &project.run(Command::Test).shown(),
        "unit_test.p.a.good pass",
    );
}

#[test]
fn a_test_depends_on_what_its_materialization_calls() {
    let project = Project::new(
        "== macros/tests.sql\n\
         {% materialization test, default %}\n\
         {% do ask() %}{% call statement('main', fetch_result=True) %}select 0 as failures, false as should_warn, false as should_error{% endcall %}\n\
         {{ return({'relations': []}) }}\n\
         {% endmaterialization %}\n\
         {% macro ask() %}{{ answer() }}{% endmacro %}\n\
         {% macro answer() %}{% endmacro %}\n\
         {% macro rows() %}{{ answer() }}{% endmacro %}\n\
         == tests/t.sql\n\
         {% if execute %}{{ rows() }}{% endif %} select 1 where false\n\
         == models/a.sql\n\
         {{ config(materialized='table') }} select {{ 1 if not execute else rows() ~ 1 }} as id\n",
    );
    let ran = project.run(Command::Build);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    let macros = |id: &str| {
        let macros = &ran.results.compiled[&UniqueId::from(id)].macros;
        macros.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        macros("test.p.t"),
        ["macro.p.rows", "macro.p.ask", "macro.dbt.statement"]
    );
    assert_eq!(macros("model.p.a"), ["macro.p.rows"]);
}

#[test]
fn a_test_of_a_model_that_is_off_stays_a_node_and_does_not_run() {
    let project = Project::new(
        "== models/a.sql\n{{ config(enabled=false) }} select 1 as id\n\
         == models/a.yml\nmodels: [{name: a, columns: [{name: id, data_tests: [unique]}]}]\n\
         == models/b.sql\nselect 1 as id\n",
    );
    let ran = project.run(Command::Build);
    check(&ran.shown(), "model.p.b success OK");
    assert!(
        ran.nodes
            .iter()
            .any(|id| id.starts_with("test.p.unique_a_id"))
    );
}

#[test]
fn what_fails_and_may_is_gone_past() {
    let project = Project::new(
        "== models/a.sql\n{{ config(materialized='table', on_error='continue') }} select {{ var('a', '1/1') }}::int as id\n\
         == models/b.sql\n{{ config(materialized='table') }} select * from {{ ref('a') }}\n\
         == models/c.sql\nselect error('no') as id\n\
         == models/d.sql\n{{ config(on_error='continue') }} select * from {{ ref('c') }}\n\
         == models/e.sql\nselect * from {{ ref('d') }}\n\
         == tests/t.sql\n{{ config(on_error='continue') }} select * from {{ ref('a') }}\n",
    );
    let failing = "{{ config(materialized='table', on_error='continue') }} select 'x'::int as id";
    project.run(Command::Build);
    project.write("models/a.sql", failing);
    project.write(
        "models/c.sql",
        "{{ config(materialized='table') }} select error('no') as id",
    );
    let ran = project.run(Command::Build);
    let shown: Vec<String> = ran
        .results
        .results
        .iter()
        .map(|r| format!("{} {}", r.unique_id, r.status.as_str()))
        .collect();
    check(
        &shown.join("\n"),
        "model.p.a error
         model.p.c error
         model.p.d skipped
         test.p.t fail
         model.p.b success
         model.p.e skipped",
    );
    assert!(!ran.results.success());
}
