//! Small projects with mistakes, checked.

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
    let schemas = super::schemas(&cx, &plan.selected).value.unwrap();
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
