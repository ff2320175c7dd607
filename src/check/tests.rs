//! Small projects with mistakes, checked.

mod again;
mod hooks;

use super::{Basis, Request, check};
use crate::diagnostics::Diagnostic;
use crate::plan::Command;
use crate::run::tests::Project;

/// Writes a diagnostic as a line a place: code, title, `file:line:column word`.
fn told(diagnostic: &Diagnostic) -> String {
    let mut lines = vec![format!("{}: {}", diagnostic.code, diagnostic.title)];
    for label in &diagnostic.labels {
        let (line, column) = label.file.line_column(label.range.start);
        let text = label.file.text.get(label.range.clone()).unwrap_or("?");
        let path = &label.file.path;
        lines.push(format!(
            "  {path}:{line}:{column} {text} ({})",
            label.message
        ));
    }
    if let Some(hint) = &diagnostic.hint {
        lines.push(format!("  hint: {hint}"));
    }
    lines.join("\n")
}

fn found(project: &Project, basis: Basis) -> String {
    let (cx, plan, _) = project.prepare(Command::Check);
    let request = Request {
        selected: plan.selected,
        basis,
        warns: true,
        hooks: true,
        ..Request::default()
    };
    let outcome = check(&cx, &request);
    let told: Vec<String> = outcome.diagnostics.iter().map(told).collect();
    told.join("\n")
}

fn check_files(files: &str) -> String {
    found(&Project::new(files), Basis::Project)
}

/// The schema that a model is found to have, as `name type, ...`.
fn schema_of(files: &str, model: &str) -> String {
    let project = Project::new(files);
    let (cx, plan, _) = project.prepare(Command::Check);
    let schemas = super::schemas(&cx, &plan.selected, None).value.unwrap();
    let id = crate::parse::UniqueId(format!("model.p.{model}").into());
    let Some(schema) = schemas.get(&id) else {
        return "not known".into();
    };
    let column = |c: &crate::sql::SchemaColumn| {
        format!("{} {}", c.name, c.data_type.as_deref().unwrap_or("?"))
    };
    let columns: Vec<String> = schema.columns.iter().map(column).collect();
    columns.join(", ")
}

#[test]
fn a_mistake_is_told_at_its_line_and_not_again_below() {
    let found = check_files(
        "== models/a.sql\nselect 1 as id, 'x' as name\n\
         == models/b.sql\n{{ config(materialized='table') }}\nselect\n  id,\n  nmae\nfrom {{ ref('a') }}\n\
         == models/c.sql\nselect nmae from {{ ref('b') }}\n",
    );
    insta::assert_snapshot!(found, @r#"
    unknown-column: model `b`: Referenced column "nmae" not found in FROM clause
      models/b.sql:4:3 nmae (here)
      hint: did you mean `name`?
    "#);
}

#[test]
fn all_mistakes_of_a_model_are_told() {
    let found = check_files(
        "== models/a.sql\nselect 1 as id, 'x' as name\n\
         == models/b.sql\nwith t as (\n  select idd, fooo(name) as f from {{ ref('a') }}\n)\n\
         select f, sum(nothing) as s, upper(1, 2) as u from t group by 1\n",
    );
    insta::assert_snapshot!(found, @r#"
    unknown-column: model `b`: Referenced column "idd" not found in FROM clause
      models/b.sql:2:10 idd (here)
      hint: did you mean `id`?
    unknown-function: model `b`: Scalar Function with name fooo does not exist
      models/b.sql:2:15 fooo (here)
      hint: did you mean `floor`?
    unknown-column: model `b`: Referenced column "nothing" not found in FROM clause
      models/b.sql:4:15 nothing (here)
      hint: did you mean `f`?
    wrong-arguments: model `b`: No function matches the given name and argument types 'upper(INTEGER_LITERAL, INTEGER_LITERAL)'. You might need to add explicit type casts.
      models/b.sql:4:30 upper (here)
    "#);
}

#[test]
fn a_type_that_cannot_be_is_told_where_it_is_written() {
    let found = check_files(
        "== models/a.sql\nselect 1 as id,\n  2::decimal(10, 2) as b,\n  3::Numeric(50, 2) as c\n",
    );
    insta::assert_snapshot!(found, @r#"
    invalid-sql: model `a`: DECIMAL type width must be between 1 and 38
      models/a.sql:3:6 Numeric(50, 2) (here)
    "#);
}

#[test]
fn what_a_macro_makes_leads_to_its_call_and_to_its_text() {
    let found = check_files(
        "== macros/m.sql\n{% macro cents(column) %}\n  round({{ column }} / 100.0, nope)\n{% endmacro %}\n\
         == models/a.sql\nselect 100 as amount\n\
         == models/b.sql\nselect\n  {{ cents('amount') }} as a\nfrom {{ ref('a') }}\n",
    );
    insta::assert_snapshot!(found, @r#"
    unknown-column: model `b`: Referenced column "nope" not found in FROM clause
      models/b.sql:2:6 cents('amount') (made here)
      macros/m.sql:2:31 nope (in the macro)
      hint: did you mean `amount`?
    "#);
}

#[test]
fn nothing_is_said_of_what_reads_an_unknown_source() {
    let found = check_files(
        "== models/s.yml\nversion: 2\nsources:\n  - name: raw\n    tables: [{name: t}, {name: known, columns: [{name: id, data_type: integer}]}]\n\
         == models/a.sql\nselect nope from {{ source('raw', 't') }}\n\
         == models/b.sql\nselect nope from {{ ref('a') }}\n\
         == models/c.sql\nselect id, ide from {{ source('raw', 'known') }}\n\
         == models/d.sql\nselect from where {{ source('raw', 't') }}\n",
    );
    insta::assert_snapshot!(found, @r#"
    unknown-column: model `c`: Referenced column "ide" not found in FROM clause
      models/c.sql:1:12 ide (here)
      hint: did you mean `id`?
    syntax-error: model `d`: syntax error at or near "where"
      models/d.sql:1:13 where (here)
    not-known: `raw.t` is described nowhere: nothing is said of what depends on it
      hint: give every column a `data_type` in the property file, or load it once
    "#);
}

#[test]
fn a_null_of_a_view_fits_every_type_as_when_it_runs() {
    let found = check_files(
        "== models/a.sql\nselect null as born_on\n\
         == models/b.sql\nselect strftime(born_on, '%Y') as y from {{ ref('a') }}\n",
    );
    assert_eq!(found, "");
}

#[test]
fn types_flow_through_seeds_ephemerals_and_snapshots() {
    let files = "== seeds/s.csv\nid,zip\n1,02139\n\
         == models/e.sql\n{{ config(materialized='ephemeral') }}\nselect id, zip from {{ ref('s') }}\n\
         == snapshots/n.sql\n{% snapshot n %}{{ config(unique_key='id', strategy='check', check_cols='all', target_schema='main') }}\nselect * from {{ ref('e') }}{% endsnapshot %}\n\
         == models/a.sql\nselect id, zip, dbt_valid_to, id as ID from {{ ref('n') }}\n";
    insta::assert_snapshot!(schema_of(files, "a"), @"id INTEGER, zip VARCHAR, dbt_valid_to TIMESTAMP, ID_1 INTEGER");
}

#[test]
fn macros_that_hooks_make_are_there() {
    let files = "== dbt_project.yml\nname: p\nversion: '1.0'\nprofile: p\non-run-start: \"create or replace macro twice(x) as x * 2\"\n\
         == models/a.sql\nselect twice(2.5::decimal(5, 2)) as d\n";
    assert_eq!(check_files(files), "");
    insta::assert_snapshot!(schema_of(files, "a"), @"d DECIMAL(15,2)");
}

#[test]
fn a_run_reads_what_is_in_the_database() {
    let project = Project::new(
        "== models/s.yml\nversion: 2\nsources: [{name: main, tables: [{name: t}]}]\n\
         == models/a.sql\nselect id, nope from {{ source('main', 't') }}\n\
         == models/b.sql\nselect there, nowhere from hard_coded\n\
         == models/c.sql\nselect 1 from never_made\n",
    );
    project.query("create table t (id integer)");
    project.query("create table hard_coded (there integer)");
    insta::assert_snapshot!(found(&project, Basis::Database), @r#"
    unknown-column: model `a`: Referenced column "nope" not found in FROM clause
      models/a.sql:1:12 nope (here)
      hint: did you mean `id`?
    unknown-column: model `b`: Referenced column "nowhere" not found in FROM clause
      models/b.sql:1:15 nowhere (here)
      hint: did you mean `there`?
    unknown-table: model `c`: Table with name never_made does not exist
      models/c.sql:1:15 never_made (here)
    "#);
}

#[test]
fn a_contract_is_checked_with_its_types_and_blamed_once() {
    let found = check_files(
        "== models/s.yml\nversion: 2\nmodels:\n  - name: a\n    config: {contract: {enforced: true}, materialized: table}\n    columns:\n      - {name: id, data_type: bigint}\n      - {name: zip, data_type: varchar}\n\
         == models/a.sql\nselect 'x' as zip, 1 as id, 2 as more\n\
         == models/b.sql\nselect nope from {{ ref('a') }}\n",
    );
    insta::assert_snapshot!(found, @r#"
    contract: model `a` does not keep its contract
      models/s.yml:3:5 name: a (promised here)
      models/a.sql:1:1 select 'x' as zip, 1 as id, 2 as more (defined here)
    "#);
}

#[test]
fn columns_of_fixtures_are_looked_up() {
    let found = check_files(
        "== models/a.sql\nselect 1 as id, 'x' as name\n\
         == models/b.sql\nselect id, upper(name) as name from {{ ref('a') }}\n\
         == models/s.yml\nversion: 2\nunit_tests:\n  - name: t\n    model: b\n    given:\n      - {input: ref('a'), rows: [{id: 1, nmae: x}]}\n    expect: {rows: [{ID: 1, other: X}]}\n  - name: with_other_variables\n    model: b\n    overrides: {vars: {more: true}}\n    given: []\n    expect: {rows: [{more: 1}]}\n",
    );
    insta::assert_snapshot!(found, @r#"
    unknown-fixture-column: unit test `t` has a column `nmae`, which input `ref('a')` does not have
      models/s.yml:6:42 nmae (here)
      hint: did you mean `name`?
    unknown-fixture-column: unit test `t` has a column `other`, which model `b` does not have
      models/s.yml:7:29 other (here)
    "#);
}

#[test]
fn a_query_in_place_of_an_input_gives_what_the_model_reads() {
    let found = check_files(
        "== models/a.sql\nselect 1 as id, 'x' as name\n\
         == models/b.sql\nselect a.id, upper(name) as name from {{ ref('a') }}\n\
         == models/c.sql\nselect id from a\n\
         == models/s.yml\nversion: 2\nunit_tests:\n  - name: lacks\n    model: b\n    given:\n      - {input: ref('a'), format: sql, rows: select 1 as id}\n    expect: {rows: [{id: 1}]}\n  - name: is_whole\n    model: b\n    given:\n      - {input: ref('a'), format: sql, rows: \"select 1 as id, 'x' as name, 2 as more\"}\n    expect: {rows: [{id: 1}]}\n",
    );
    insta::assert_snapshot!(found, @r#"
    fixture-query: unit test `lacks`: model `b` cannot be built from the rows of a query: Column "name" referenced that exists in the SELECT clause - but this column cannot be referenced before it is defined
      models/s.yml:6:35 sql (here)
      hint: let the query give all columns that the model reads
    "#);
}

#[test]
fn the_incremental_form_is_checked_too() {
    let found = check_files(
        "== models/a.sql\nselect 1 as id, date '2024-01-01' as day\n\
         == models/b.sql\n{{ config(materialized='incremental') }}\nselect id, day from {{ ref('a') }}\n\
         {% if is_incremental() %} where day > (select max(dya) from {{ this }}) {% endif %}\n",
    );
    insta::assert_snapshot!(found, @r#"
    unknown-column: model `b`: Referenced column "dya" not found in FROM clause
      models/b.sql:3:51 dya (here)
      hint: did you mean `day`?
    "#);
}

#[test]
fn what_is_probably_not_meant_is_told_and_can_be_allowed() {
    let found = check_files(
        "== models/a.sql\nselect '02139' as zip, 1 as id, 1.5::double as paid_amount\n\
         == models/b.sql\nwith one as (select id, zip, paid_amount from {{ ref('a') }}),\n\
         two as (select 1 as x)\n\
         select id, sum(paid_amount) as paid,\n\
           now() as at, -- hcdbt: allow(now-in-model)\n\
           case when id = 1 then 'a' when id = 1 then 'b' end as c\n\
         from one\nwhere zip = 2139 and current_date > '2020-01-01'\ngroup by 1\n",
    );
    insta::assert_snapshot!(found, @r#"
    unused-cte: model `b`: the CTE `two` is read nowhere
      models/b.sql:2:1 two (here)
      hint: take it out
    float-money: model `b`: `paid_amount` is money in floating point: its sum depends on the order of rows, and cents get lost
      models/b.sql:3:16 paid_amount (here)
      hint: make it a decimal where it is first read: `cast(... as decimal(18, 2))`
    unreachable-case: model `b`: a branch of `case` has the condition of one before it, so that it is never reached
      models/b.sql:5:1 case when id = 1 then 'a' when id = 1 then 'b' end (here)
      hint: take it out, or change its condition
    leading-zeros-lost: model `b`: `zip` (VARCHAR) is compared with a number: the text is read as a number, so that `0123` equals `123`
      models/b.sql:7:7 zip = 2139 (here)
      hint: compare texts with texts: put quotes around the number, or cast it to varchar
    now-in-model: model `b`: `current_date` gives the model other rows at each run, on the same data
      models/b.sql:7:22 current_date > '2020-01-01' (here)
      hint: use a variable or `run_started_at`, so that a run can be done again
    "#);
}

#[test]
fn a_join_fans_out_where_the_key_is_known_to_be_larger() {
    let found = check_files(
        "== models/orders.sql\nselect id, 2 as customer, 3.5::decimal(5, 2) as total from generate_series(1, 3) t(id)\n\
         == models/lines.sql\nselect id as order_id, 1 as line, 'x' as sku from generate_series(1, 3) t(id)\n\
         == models/s.yml\nversion: 2\nmodels:\n  - name: orders\n    columns: [{name: id, data_tests: [unique]}]\n\
         == models/per_sku.sql\nselect order_id, sku, count(*) as n from {{ ref('lines') }} group by 1, 2\n\
         == models/wrong.sql\nselect o.id, p.n from {{ ref('orders') }} o\nleft join {{ ref('per_sku') }} p on p.order_id = o.id\n\
         == models/summed.sql\nselect p.sku, sum(o.total) as total from {{ ref('orders') }} o\njoin {{ ref('per_sku') }} p on p.order_id = o.id group by 1\n\
         == models/right.sql\nselect p.order_id, p.n, o.total from {{ ref('per_sku') }} p\njoin {{ ref('orders') }} o on o.id = p.order_id\n",
    );
    insta::assert_snapshot!(found, @"
    join-fans-out: model `summed`: `total` is summed after a join with `p`, which has several rows for one `order_id`
      models/summed.sql:2:9 ref('per_sku') (made here)
      hint: join on the whole key, or make one row of each key before
    join-fans-out: model `wrong`: the join with `p` is on `order_id` alone, and its rows are told apart by `order_id, sku`: rows of the other side come several times
      models/wrong.sql:2:14 ref('per_sku') (made here)
      hint: join on the whole key, or make one row of each key before
    ");
}

#[test]
fn a_lost_column_is_traced_to_the_model_that_lost_it() {
    let project = Project::new(
        "== models/a.sql\nselect 1 as id, 2 as zip\n\
         == models/b.sql\nselect * from {{ ref('a') }}\n\
         == models/c.sql\nselect id, zip from {{ ref('b') }}\n",
    );
    let memory = std::sync::Arc::new(super::Memory::default());
    let request = |cx: &crate::run::RunContext, plan: crate::plan::Plan, is_former: bool| {
        let memory = Some(std::sync::Arc::clone(&memory));
        let request = Request {
            selected: plan.selected,
            former: memory.clone().filter(|_| is_former),
            memory: memory.filter(|_| !is_former),
            ..Request::default()
        };
        check(cx, &request).diagnostics
    };
    let (cx, plan, _) = project.prepare(Command::Check);
    assert_eq!(request(&cx, plan, false), []);
    project.write("models/a.sql", "select 1 as id");
    let (cx, plan, _) = project.prepare(Command::Check);
    let found = request(&cx, plan, true);
    assert_eq!(
        found[0].text.as_deref(),
        Some("`a` had `zip` in the state that is compared with, and has lost it since.")
    );
}

#[test]
fn a_column_that_the_latest_version_lacks_is_told_where_it_is_read() {
    let files = |b: &str| {
        format!(
            "== models/a_v1.sql
select 1 as id, 'x' as full_name, 2 as other
== models/a_v2.sql
select 1 as id, 'x' as fullname
== models/a.yml
models:
  - name: a
    latest_version: 2
    versions: [{{v: 1, deprecation_date: '2099-01-01'}}, {{v: 2}}]
== models/b.sql
with a as (select * from {{{{ ref('a', v=1) }}}})
select id{b} from a
"
        )
    };
    insta::assert_snapshot!(check_files(&files(",\n  upper(full_name) as name")), @r"
    deprecated-column: model `b` reads `full_name` of `a` v1, whose deprecation date is 2099-01-01: the latest version, v2, has no such column
      models/b.sql:3:3 upper(full_name) (here)
      hint: go over to `ref('a', v=2)`, where `fullname` may be what it is called now
    ");
    assert_eq!(check_files(&files("")), "", "what is not read is no matter");
    let allowed = ",\n  upper(full_name) as name -- hcdbt: allow(deprecated-column)\n";
    assert_eq!(check_files(&files(allowed)), "");
}

#[test]
fn a_constant_that_is_no_value_of_its_type_is_told_each_time() {
    let files = "== macros/m.sql\n{% macro day(d) %}date '{{ d }}'{% endmacro %}\n\
                 == models/a.sql\nselect\n  {{ day('2024-02-31') }} as d,\n  '12x'::integer as n, \
                 '12'::integer as m\n\
                 == models/b.sql\nselect d, m from {{ ref('a') }} where d > date '2024-02-29'\n";
    insta::assert_snapshot!(check_files(files), @r"
    invalid-constant: model `a`: `'2024-02-31'` is no DATE: what reads it fails
      models/a.sql:2:6 day('2024-02-31') (made here)
      macros/m.sql:1:24 ' (in the macro)
    invalid-constant: model `a`: `'12x'` is no INTEGER: what reads it fails
      models/a.sql:3:3 '12x' (here)
    ");
}

#[test]
fn a_constant_is_a_mistake_beside_files_that_are_read_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, "id,d\n1,2024-01-01\n").unwrap();
    let found = |sql: &str| {
        let sql = sql.replace("FILE", &file.display().to_string());
        check_files(&format!(
            "== models/a.sql\n{{{{ config(materialized='table') }}}}\n{sql}\n"
        ))
    };
    insta::assert_snapshot!(
        found("select id, date '2024-02-31' as bad\nfrom read_csv('FILE', header = true) as t\nwhere d > 'x'"),
        @r"
    invalid-constant: model `a`: `'2024-02-31'` is no DATE: the first row fails
      models/a.sql:2:17 '2024-02-31' (here)
    "
    );
    let filtered = "select id from 'FILE' where\nd > date '2024-02-31'";
    insta::assert_snapshot!(found(filtered), @r"
    invalid-constant: model `a`: `'2024-02-31'` is no DATE: the first row fails
      models/a.sql:3:10 '2024-02-31' (here)
    ");
    let unread = "with c as (select id, date '2024-02-31' as bad from 'FILE') select id from c";
    assert!(!found(unread).contains("invalid-constant"));
}

/// What a check of some models alone finds, by severity and title.
fn found_of(project: &Project, models: &[&str], basis: Basis) -> String {
    let (cx, plan, _) = project.prepare(Command::Check);
    let is_wanted = |id: &crate::parse::UniqueId| {
        models
            .iter()
            .any(|name| id.as_str() == format!("model.p.{name}"))
    };
    let request = Request {
        selected: plan.selected.into_iter().filter(is_wanted).collect(),
        basis,
        warns: true,
        ..Request::default()
    };
    let found = check(&cx, &request).diagnostics;
    let told = found.iter().map(|d| {
        let label = d.labels.first();
        let place = label.map(|label| {
            let (line, column) = label.file.line_column(label.range.start);
            format!("{}:{line}:{column}", label.file.path)
        });
        let hint = d.hint.as_deref().unwrap_or("-");
        format!(
            "{:?} {}: {} | {hint}",
            d.severity,
            place.unwrap_or_default(),
            d.title
        )
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_constant_is_no_mistake_where_nothing_evaluates_it() {
    let titles = |sql: &str| {
        let files = format!(
            "== models/a.sql\n{{{{ config(materialized='table') }}}}\n\
             select 1 as id, current_date as d\n\
             == models/b.sql\n{{{{ config(materialized='table') }}}}\n{sql}\n"
        );
        found_of(&Project::new(&files), &["a", "b"], Basis::Project)
    };
    let of_b = |sql: &str| {
        let told = titles(sql);
        let errors = told.lines().filter(|line| line.starts_with("Error"));
        errors.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    let read = "with c as (select id, date '2024-02-31' as bad from {{ ref('a') }})\n";
    assert_eq!(of_b(&format!("{read}select id from c")), "");
    assert_eq!(
        of_b(&format!("{read}select bad from c")),
        "Error models/b.sql:2:28: model `b`: `'2024-02-31'` is no DATE: the first row fails | -"
    );
    assert_eq!(
        of_b("select id from {{ ref('a') }} where d > '2024-01-01'"),
        ""
    );
    assert_eq!(
        of_b("select id from {{ ref('a') }} where d > 'tomorrow'"),
        "Error models/b.sql:2:41: model `b`: `'tomorrow'` is no DATE: the first row fails | -"
    );
    assert_eq!(
        of_b("select 1 as n from {{ ref('a') }} t where t.id in (\n'1', 'b')"),
        "Error models/b.sql:3:6: model `b`: `'b'` is no INTEGER: the first row fails | -"
    );
    assert_eq!(
        of_b("select id from {{ ref('a') }} where false and d > 'tomorrow'"),
        ""
    );
}

#[test]
fn a_mistake_in_what_is_not_selected_is_told_where_it_matters() {
    let project = Project::new(
        "== models/a.sql\nselect nothing as id\n\
         == models/b.sql\nselect * from {{ ref('a') }}\n\
         == models/c.sql\nselect id from {{ ref('b') }}\n\
         == models/e.sql\n{{ config(materialized='ephemeral') }}\nselect 1 as id from nowhere.at_all t where x\n\
         == models/f.sql\nselect id from {{ ref('e') }}\n",
    );
    assert_eq!(
        found_of(&project, &["c"], Basis::Project),
        "Warning models/a.sql:1:8: `c` cannot be checked: model `a`: Referenced column \
         \"nothing\" was not found because the FROM clause is missing | -"
    );
    // It is told once where it is selected itself.
    assert!(!found_of(&project, &["a", "c"], Basis::Project).contains("cannot be checked"));
    assert_eq!(
        found_of(&project, &["e"], Basis::Database).lines().count(),
        1
    );
    let of_ephemeral = found_of(&project, &["f"], Basis::Database);
    assert!(
        of_ephemeral.starts_with("Error models/e.sql:2:"),
        "{of_ephemeral}"
    );
}

#[test]
fn a_run_is_told_that_it_reads_what_is_not_built() {
    let project = Project::new(
        "== models/a.sql\nselect 1 as id\n\
         == models/b.sql\nselect id\nfrom {{ ref('a') }}\n\
         == models/c.sql\n-- depends_on: {{ ref('a') }}\nselect 1 as id\n",
    );
    assert_eq!(
        found_of(&project, &["b", "c"], Basis::Database),
        "Error models/b.sql:2:9: model `b`: Table with name a does not exist | `a` is not built \
         yet: select it, too, as `+model` does"
    );
    assert_eq!(found_of(&project, &["a", "b"], Basis::Database), "");
    project.run(Command::Run);
    assert_eq!(found_of(&project, &["b"], Basis::Database), "");
}

#[test]
fn a_pivot_over_values_of_rows_is_bound_as_far_as_it_can_be() {
    let found = |config: &str, sql: &str| {
        let files = format!(
            "== models/a.sql\nselect 'x' as k, 'q' as q, 1 as v\n\
             == models/b.sql\n{config}{sql}\n"
        );
        let told = found_of(&Project::new(&files), &["a", "b"], Basis::Project);
        let errors = told.lines().filter(|line| line.starts_with("Error"));
        errors.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    let table = "{{ config(materialized='table') }}";
    assert_eq!(found(table, "pivot {{ ref('a') }} on q using sum(v)"), "");
    assert_eq!(
        found(
            table,
            "pivot {{ ref('a') }} on q in (select 'x') using sum(w) group by k"
        ),
        "Error models/b.sql:1:87: model `b`: Referenced column \"w\" not found in FROM clause | \
         did you mean `k`?"
    );
    assert_eq!(
        found("", "select * from (pivot {{ ref('a') }} on q using sum(v))"),
        "Error models/b.sql:1:16: model `b`: PIVOT statements with pivot elements extracted \
         from the data cannot be used in views. | -"
    );
}

#[test]
fn the_name_of_a_table_that_is_nowhere_is_like_a_cte_or_a_node() {
    let project = Project::new(
        "== models/orders.sql\nselect 1 as id\n\
         == models/b.sql\nwith orderz_cte as (select 1 as x) select * from order_cte\n\
         == models/c.sql\nselect * from main.ordres\n\
         == models/d.sql\nwith a as (select * from b_), b_ as (select 1 as x) select * from a\n",
    );
    project.run(Command::Run);
    let found = found_of(&project, &["b", "c", "d"], Basis::Database);
    let hints: Vec<&str> = found
        .lines()
        .filter_map(|line| line.rsplit(" | ").next())
        .collect();
    assert_eq!(
        hints,
        [
            "did you mean `orderz_cte`?",
            "did you mean `{{ ref('orders') }}`?",
            "move the CTE `b_` before what reads it",
        ]
    );
}

#[test]
fn a_table_that_no_database_can_have_yet_is_doubted() {
    let project = Project::new(
        "== models/a.sql\nwith orders_cte as (select 1 as x) select * from order_cte\n\
         == models/b.sql\nselect * from nowhere -- hcdbt: allow(unknown-table)\n",
    );
    assert_eq!(
        found_of(&project, &["a", "b"], Basis::Project)
            .lines()
            .next(),
        Some(
            "Warning models/a.sql:1:50: model `a`: Table with name order_cte does not exist | \
             did you mean `orders_cte`?"
        )
    );
}

#[test]
fn columns_that_a_config_names_are_looked_for() {
    let found = |config: &str| {
        let files = format!(
            "== models/a.sql\n{{{{ config(materialized='incremental', {config}) }}}}\n\
             select 1 as id, 'x' as name, now()::timestamp as at\n"
        );
        let told = found_of(&Project::new(&files), &["a"], Basis::Project);
        let errors = told.lines().filter(|line| line.starts_with("Error"));
        errors.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(found("unique_key=['id', 'name']"), "");
    assert_eq!(found("unique_key='id || name'"), "");
    assert_eq!(
        found("unique_key=['id', 'nme']"),
        "Error models/a.sql:1:58: model `a` has no column `nme`, which is its `unique_key` | \
         did you mean `name`?"
    );
    assert_eq!(found("unique_key='nme', incremental_strategy='append'"), "");
    assert_eq!(
        found("unique_key='id', incremental_predicates=['id > 3']"),
        ""
    );
    let merge = "unique_key='id', incremental_strategy='merge', ";
    let predicate = "incremental_predicates=['DBT_INTERNAL_DEST.id > 3']";
    assert_eq!(found(&format!("{merge}{predicate}")), "");
    let wrong = found(&format!("unique_key='id', {predicate}"));
    assert!(
        wrong.starts_with("Error models/a.sql:1:81: model `a`: `incremental_predicates`"),
        "{wrong}"
    );
    assert_eq!(
        found("unique_key='id', incremental_strategy='merge', merge_update_columns=['other']"),
        "Error models/a.sql:1:109: model `a` has no column `other`, which is its \
         `merge_update_columns` | did you mean `at`?"
    );
}

#[test]
fn rows_of_unit_tests_are_of_their_columns_types() {
    let found = check_files(
        "== models/a.sql\nselect 1 as id, 'x' as name, current_date as d\n\
         == models/b.sql\nselect id, name from {{ ref('a') }}\n\
         == models/u.yml\nunit_tests:\n  - name: u\n    model: b\n    given:\n      \
         - {input: ref('a'), rows: [{id: '7', name: '7', d: tomorrow}]}\n    \
         expect: {rows: [{id: x, name: x}]}\n  - name: q\n    model: b\n    given:\n      \
         - {input: ref('a'), format: sql, rows: \"select 1 as id, nme as name\"}\n    \
         expect: {rows: [{id: 1, name: x}]}\n",
    );
    let errors = found.split("\ninvalid").count() + found.split("\nfixture").count();
    assert!(errors >= 3, "{found}");
    assert!(
        found.contains("unit test `u`: `tomorrow` is no DATE, which column `d` is"),
        "{found}"
    );
    assert!(
        found.contains("unit test `u`: `x` is no INTEGER, which column `id` is"),
        "{found}"
    );
    assert!(found.contains("models/u.yml:10:63 nme (here)"), "{found}");
    assert!(!found.contains("`7`"), "{found}");
}

#[test]
fn what_a_macro_writes_several_times_is_told_once() {
    let found = check_files(
        "== models/a.sql\nselect 1 as id\n\
         == models/a.yml\nmodels:\n  - name: a\n    columns: [{name: idx, data_tests: [unique]}]\n",
    );
    assert_eq!(found.matches("unknown-column").count(), 1, "{found}");
}

#[test]
fn what_a_hole_leaves_behind_is_no_mistake_of_its_own() {
    let found = check_files(
        "== models/a.sql\nselect 1 as id\n\
         == snapshots/s.sql\n{% snapshot s %}{{ config(strategy='check', unique_key='id', \
         check_cols='all') }}select idd from {{ ref('a') }}{% endsnapshot %}\n",
    );
    assert_eq!(found.matches("unknown-column").count(), 1, "{found}");
}

#[test]
fn what_is_odd_is_told_in_each_of_its_forms() {
    let cases = [
        (
            "join-without-condition",
            "select a.id from {{ ref('a') }} a join {{ ref('b') }} b on true",
        ),
        (
            "",
            "select a.id from {{ ref('a') }} a join {{ ref('b') }} b on a.id = b.a_id and true",
        ),
        (
            "unreachable-case",
            "select case when true then 1 when id = 2 then 3 end as c from {{ ref('a') }}",
        ),
        (
            "",
            "select case when id = 1 then 1 when true then 3 end as c from {{ ref('a') }}",
        ),
        (
            "join-fans-out",
            "select a.id, b.amount from {{ ref('a') }} a join (select distinct a_id, amount from {{ ref('b') }}) b on a.id = b.a_id",
        ),
        (
            "unused-cte",
            "with x as (with y as (select 1 as z) select 2 as w) select w from x",
        ),
        (
            "",
            "with x as (with y as (select 1 as z) select z from y) select z from x",
        ),
        (
            "non-deterministic",
            "select row_number() over (partition by name order by name) as n from {{ ref('a') }}",
        ),
        (
            "",
            "select row_number() over (partition by name order by id) as n from {{ ref('a') }}",
        ),
        (
            "float-money",
            "select sum(amount::double) as s from {{ ref('b') }}",
        ),
        (
            "float-money",
            "select sum(amount * 1.1::float) as s from {{ ref('b') }}",
        ),
        (
            "",
            "select sum((amount * 1.1::float)::decimal(9, 2)) as s from {{ ref('b') }}",
        ),
        (
            "select-star",
            "select a.*, b.amount from {{ ref('a') }} a join {{ ref('b') }} b on a.id = b.a_id",
        ),
        (
            "select-star",
            "with x as (select a.* from {{ ref('a') }} a) select x.*, 1 as n from x",
        ),
        (
            "",
            "with x as (select id from {{ ref('a') }}) select x.*, 1 as n from x",
        ),
        ("", "select count(*) as n from {{ ref('a') }}"),
    ];
    let mut files = "== models/a.sql\nselect x as id, 'x' as name from range(3) t(x)\n\
                     == models/b.sql\nselect x as a_id, 2.5 as amount from range(3) t(x)\n"
        .to_owned();
    for (i, (_, sql)) in cases.iter().enumerate() {
        files.push_str(&format!("== models/marts/m{i:02}.sql\n{sql}\n"));
    }
    let found = check_files(&files);
    for (i, (code, sql)) in cases.iter().enumerate() {
        let of_model = found
            .lines()
            .filter(|line| line.contains(&format!("model `m{i:02}`")));
        let codes: Vec<&str> = of_model.filter_map(|line| line.split(':').next()).collect();
        assert_eq!(codes.join(" "), *code, "{sql}");
    }
}

#[test]
fn a_test_that_reads_a_deprecated_column_is_told_as_a_model_is() {
    let found = check_files(
        "== models/v_v1.sql\nselect 1 as id, 'x' as old\n\
         == models/v_v2.sql\nselect 1 as id\n\
         == models/b.sql\nselect 'x' as code\n\
         == models/v.yml\nmodels:\n  - name: v\n    latest_version: 2\n    versions:\n      \
         - {v: 1, deprecation_date: '2099-01-01', columns: [{name: old, data_tests: [not_null]}]}\n      \
         - {v: 2}\n  - name: b\n    columns:\n      - name: code\n        data_tests:\n          \
         - relationships: {arguments: {to: \"ref('v', v=1)\", field: old}}\n\
         == tests/t.sql\nselect 1 as x from {{ ref('v', v=1) }} where old is null\n\
         == tests/u.sql\nselect 1 as x from {{ ref('v', v=1) }} where id is null\n",
    );
    let told = found
        .lines()
        .filter(|line| line.starts_with("deprecated-column"));
    let mut told: Vec<&str> = told
        .filter_map(|line| line.split(" reads").next())
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "deprecated-column: test `relationships_b_code__old__ref_v_v_1_`",
            "deprecated-column: test `t`"
        ]
    );
}
