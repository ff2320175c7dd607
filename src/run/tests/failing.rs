use super::{Project, check};
use crate::event::WarningRules;
use crate::plan::Command;

/// Runs one model and shows its message as dbt would have it.
fn check_message(sql: &str, expected: &str) {
    let project = Project::new(&format!("== models/a.sql\n{sql}\n"));
    let ran = project.run(Command::Run);
    check(&ran.message("model.p.a"), expected);
}

/// Runs one model and shows what a person is shown.
fn check_diagnostic(files: &str, expected: &str) {
    let project = Project::new(files);
    let ran = project.run(Command::Run);
    check(&ran.diagnostics(), expected);
}

#[test]
fn database_errors_are_shown_as_dbt_shows_them() {
    check_message(
        "select nope from (select 1 as nop) t",
        "Runtime Error in model a (models/a.sql)
           Binder Error: Referenced column \"nope\" not found in FROM clause!
           Candidate bindings: \"nop\"

           LINE 5:     select nope from (select 1 as nop) t
                              ^",
    );
}

#[test]
fn a_database_error_points_into_the_models_file() {
    check_diagnostic(
        "== models/a.sql\n\n{{ config(materialized='table') }}\nselect\n  nope\nfrom (select 1 as nop) t\n",
        "error[database-error]: model `a` failed: Binder Error: Referenced column \"nope\" not found in FROM clause!
         models/a.sql:4:3 `nope` here
         hint: did you mean `nop`?",
    );
}

#[test]
fn a_database_error_points_at_what_has_made_the_sql() {
    let macros = "== macros/m.sql\n{% macro cents(c) %}\n  round({{ c }} / 100.0, nope)\n{% endmacro %}\n\
                  {% macro writes() %}{% do run_query('create or replace temp table t as select 1') %}{% endmacro %}\n";
    check_diagnostic(
        &format!(
            "{macros}== models/a.sql\nselect\n{{% for c in ['x', 'y'] %}}\n  {{{{ cents(c) }}}} as {{{{ c }}}},\n\
             {{% endfor %}}\n  1 as one\nfrom (select 1 as x, 2 as y) t\n"
        ),
        "error[database-error]: model `a` failed: Binder Error: Referenced column \"nope\" not found in FROM clause!
         models/a.sql:3:6 `cents(c)` made here
         macros/m.sql:2:26 `nope` in the macro
         hint: did you mean `x`?",
    );
    // What does something is not done again to find a place.
    check_diagnostic(
        &format!("{macros}== models/a.sql\n{{{{ writes() }}}}select nope from (select 1 as x) t\n"),
        "error[database-error]: model `a` failed: Binder Error: Referenced column \"nope\" not found in FROM clause!
         target/compiled/p/models/a.sql:1:8 `nope` in the compiled SQL
         hint: did you mean `x`?",
    );
}

#[test]
fn a_template_error_points_into_the_models_file_and_the_macro() {
    check_diagnostic(
        "== macros/m.sql\n{% macro outer() %}{{ inner() }}{% endmacro %}\n\
         {% macro inner() %}\n  {{ exceptions.raise_compiler_error('boom') }}\n{% endmacro %}\n\
         == models/a.sql\nselect 1\n{% if execute %}{{ outer() }}{% endif %}\n",
        "error[template-error]: model `a` does not compile: boom
         models/a.sql:2:20 `outer()` called here
         macros/m.sql:3:6 `exceptions.raise_compiler_error('boom')` raised here",
    );
}

#[test]
fn what_was_raised_names_the_macros_that_were_running() {
    let project = Project::new(
        "== macros/m.sql\n{% macro outer() %}{{ inner() }}{% endmacro %}\n\
         {% macro inner() %}{{ exceptions.raise_compiler_error('boom') }}{% endmacro %}\n\
         == models/a.sql\n{% if execute %}{{ outer() }}{% endif %} select 1\n",
    );
    let ran = project.run(Command::Run);
    check(
        &ran.message("model.p.a"),
        "Compilation Error in model a (models/a.sql)
           boom

           > in macro inner (macros/m.sql)
           > called by macro outer (macros/m.sql)
           > called by model a (models/a.sql)",
    );
}

#[test]
fn a_reference_that_was_not_seen_while_parsing() {
    let project = Project::new(
        "== models/b.sql\nselect 1 as id\n\
         == models/a.sql\n{% if execute %}select * from {{ ref('b') }}{% endif %}\n",
    );
    let ran = project.run(Command::Run);
    let message = ran.message("model.p.a");
    assert!(
        message.contains("was unable to infer all dependencies for the model \"a\""),
        "{message}"
    );
    let shown = ran.diagnostics();
    assert!(shown.contains("-- depends_on: {{ ref('b') }}"), "{shown}");
}

#[test]
fn an_unknown_materialization() {
    check_diagnostic(
        "== models/a.sql\n{{ config(materialized='tabel') }}\nselect 1 as id\n",
        "error[unknown-materialization]: model `a` asks for the materialization `tabel`, which does not exist
         models/a.sql:1:1 `{{ config(materialized='tabel') }}` defined here
         hint: did you mean `table`?",
    );
}

#[test]
fn what_reads_a_failed_model_is_skipped_and_says_why() {
    let project = Project::new(
        "== models/a.sql\nselect nope\n\
         == models/b.sql\nselect * from {{ ref('a') }}\n\
         == models/c.sql\nselect * from {{ ref('b') }}\n\
         == models/d.sql\nselect 1 as id\n",
    );
    let ran = project.run(Command::Run);
    check(
        &ran.shown(),
        "model.p.a error Runtime Error in model a (models/a.sql)
         model.p.d success OK
         model.p.b skipped
         model.p.c skipped",
    );
    let causes: Vec<_> = ran.results.results[2..]
        .iter()
        .map(|r| r.skipped_because.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(causes, ["model.p.a", "model.p.a"]);
}

#[test]
fn a_broken_ephemeral_model_is_named_by_what_reads_it() {
    let project = Project::new(
        "== models/e.sql\n{{ config(materialized='ephemeral') }}\n\
         {% if execute %}{{ exceptions.raise_compiler_error('boom') }}{% endif %} select 1 as id\n\
         == models/a.sql\nselect * from {{ ref('e') }}\n\
         == models/b.sql\nselect * from {{ ref('a') }}\n",
    );
    let ran = project.run(Command::Run);
    check(
        &ran.shown(),
        "model.p.a skipped Compilation Error in model.p.a, caused by compilation error in referenced ephemeral model model.p.e
         model.p.b skipped",
    );
    assert!(!ran.results.success());
    assert!(ran.diagnostics().contains("models/e.sql:2:20"));
}

#[test]
fn a_failure_leaves_the_old_relation_in_place() {
    let project =
        Project::new("== models/a.sql\n{{ config(materialized='table') }}\nselect 1 as id\n");
    assert!(project.run(Command::Run).results.success());
    project.write(
        "models/a.sql",
        "{{ config(materialized='table', post_hook=\"select nope\") }}\nselect 2 as id\n",
    );
    let ran = project.run(Command::Run);
    assert!(!ran.results.success());
    check(&project.relations(), "main.a table");
    check(&project.query("select * from a"), "1");
    project.write(
        "models/a.sql",
        "{{ config(materialized='view') }}\nselect cast('x' as int) as id from nothing\n",
    );
    assert!(!project.run(Command::Run).results.success());
    check(&project.relations(), "main.a table");
}

#[test]
fn a_final_semicolon_is_left_out_with_a_note() {
    let project = Project::new("== models/a.sql\nselect 1 as id;\n");
    let ran = project.run(Command::Run);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    check(
        &ran.diagnostics(),
        "note[final-semicolon]: model `a` ends with a semicolon, which is left out
         models/a.sql:1:15 `;` not needed",
    );
}

#[test]
fn warnings_of_templates_are_errors_when_the_user_says_so() {
    let mut project = Project::new(
        "== models/a.sql\n{% if execute %}{% do exceptions.warn('odd') %}{% endif %} select 1 as id\n",
    );
    assert!(project.run(Command::Run).results.success());
    project.flags.warnings = WarningRules::all_are_errors();
    check(
        &project.run(Command::Run).message("model.p.a"),
        "Compilation Error in model a (models/a.sql)
           odd",
    );
}

#[test]
fn an_error_of_a_statement_that_a_macro_sent_shows_the_statement() {
    check_diagnostic(
        "== models/a.sql\nselect 1 as id\n{% if execute %}{% do run_query('select nope') %}{% endif %}\n",
        "error[database-error]: model `a` failed: Binder Error: Referenced column \"nope\" was not found because the FROM clause is missing
         models/a.sql:2:23 `run_query('select nope')` sent from here
         the statement:2:8 `nope` refused",
    );
}

#[test]
fn a_statement_that_a_macro_sent_is_told_in_the_macro() {
    check_diagnostic(
        "== macros/m.sql\n{% macro entries() %}\n  {% set q %}\n    select 1 as a,\n      nope as b\n  {% endset %}\n  {% if execute %}{% do run_query(q) %}{% endif %}\n{% endmacro %}\n\
         == models/a.sql\nselect 1 as id {{ entries() }}\n",
        "error[database-error]: model `a` failed: Binder Error: Referenced column \"nope\" was not found because the FROM clause is missing
         macros/m.sql:6:25 `run_query(q)` sent from here
         models/a.sql:1:19 `entries()` called here
         macros/m.sql:4:7 `nope` refused
         the statement:4:7 `nope` refused",
    );
}
