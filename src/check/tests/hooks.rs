//! Mistakes in hooks, and what is none.

use super::{check_files, found};
use crate::check::Basis;
use crate::run::tests::Project;

const PROJECT: &str = "== dbt_project.yml\nname: p\nversion: '1.0'\nprofile: p\n";

#[test]
fn what_a_hook_lacks_is_told_where_it_is_written() {
    let found = check_files(&format!(
        "{PROJECT}on-run-start:\n  - \"create table if not exists log (model varchar, added timestamp)\"\n  - \"insert into log (model, addedd) values ('x', now())\"\n\
         on-run-end:\n  - insert into log select 'end'\n  - 'select idd from {{{{ ref(\"a\") }}}}'\n\
         models:\n  +post-hook: \"insert into log select '{{{{ this }}}}', nw()\"\n\
         == models/a.sql\n{{{{ config(materialized='table', post_hook=[\"create index i on {{{{ this }}}} (idd)\", \"delete from {{{{ this }}}} where name is null\"]) }}}}\nselect 1 as id\n\
         == models/b.sql\nselect 1 as id\n",
    ));
    insta::assert_snapshot!(found, @r#"
    unknown-function: a hook of model `a` and 1 more: Scalar Function with name nw does not exist
      dbt_project.yml:11:53 nw (here)
      hint: did you mean `has_foreign_data_wrapper_privilege`?
    unknown-column: a hook of model `a`: Table "a" does not have a column named "idd"
      models/a.sql:1:75 idd (here)
      hint: did you mean `id`?
    unknown-column: a hook of model `a`: Referenced column "name" not found in FROM clause
      models/a.sql:1:112 name (here)
      hint: did you mean `id`?
    unknown-column: `on-run-start`: Table "log" does not have a column with name "addedd"
      dbt_project.yml:6:30 addedd (here)
      hint: did you mean `added`?
    invalid-sql: `on-run-end`: table log has 2 columns but 1 values were supplied
      dbt_project.yml:8:5 insert (here)
    unknown-column: `on-run-end`: Referenced column "idd" not found in FROM clause
      dbt_project.yml:9:13 idd (here)
      hint: did you mean `id`?
    "#);
}

#[test]
fn a_hook_that_depends_on_the_run_is_not_judged() {
    let found = check_files(&format!(
        "{PROJECT}on-run-end:\n  - \"insert into {{{{ target.schema }}}}.log values {{% for r in results %}} ('{{{{ r.status }}}}') {{% endfor %}}\"\n  - \"{{{{ grants(schemas) }}}}\"\n\
         == macros/m.sql\n{{% macro grants(all) %}}{{% for s in all %}}select 1 from {{{{ s }}}}.t{{% endfor %}} union {{% endmacro %}}\n\
         {{% macro tables() %}}{{% do run_query('create table if not exists made (n integer)') %}}{{% endmacro %}}\n\
         == models/a.sql\n{{{{ config(materialized='table', pre_hook=\"create temp table t as select 1 as n\", post_hook=[\"insert into t select count(*) from {{{{ this }}}}\"]) }}}}\nselect 1 as id\n\
         == models/b.sql\n{{{{ config(materialized='table', pre_hook=\"{{{{ tables() }}}}\", post_hook=\"insert into later values (1)\") }}}}\nselect 1 as id\n\
         == models/c.sql\n{{{{ config(materialized='ephemeral', post_hook='select nope from {{{{ this }}}}') }}}}\nselect 1 as id\n\
         == models/d.sql\n{{{{ config(materialized='table', post_hook=\"insert into {{{{ this }}}} values (1) on conflict (id) do nothing\") }}}}\nselect 1 as id\n",
    ));
    assert_eq!(found, "");
}

#[test]
fn a_table_that_hooks_fill_has_the_columns_that_it_has_in_the_database() {
    let project = Project::new(&format!(
        "{PROJECT}on-run-start: create table if not exists log (model varchar)\n\
         models:\n  +post-hook:\n    - \"insert into log (model, added) values ('x', 1)\"\n    - \"insert into other (n, m) values (1, 2)\"\n    - \"insert into nowhere values (1)\"\n\
         == models/a.sql\nselect 1 as id\n"
    ));
    project.query("create table log (model varchar, added integer)");
    project.query("create table other (n integer)");
    insta::assert_snapshot!(found(&project, Basis::Database), @r#"
    unknown-column: a hook of model `a`: Table "other" does not have a column with name "m"
      dbt_project.yml:8:30 m (here)
      hint: did you mean `n`?
    unknown-table: a hook of model `a`: Table with name nowhere does not exist
      dbt_project.yml:9:20 nowhere (here)
    "#);
}
