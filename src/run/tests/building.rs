use super::{Project, check};
use crate::plan::Command;

#[test]
fn models_of_every_materialization() {
    let project = Project::new(
        "== models/a.sql\n\
         select 1 as id, 'x' as name\n\
         == models/b.sql\n\
         {{ config(materialized='table') }}\n\
         select * from {{ ref('a') }}\n\
         == models/e.sql\n\
         {{ config(materialized='ephemeral') }}\n\
         select id + 1 as id from {{ ref('b') }}\n\
         == models/f.sql\n\
         {{ config(materialized='ephemeral') }}\n\
         select id * 2 as id from {{ ref('e') }}\n\
         == models/c.sql\n\
         {{ config(materialized='incremental') }}\n\
         select id from {{ ref('f') }} union all select id from {{ ref('e') }}\n\
         {% if is_incremental() %} where id > 0 {% endif %}\n",
    );
    let ran = project.run(Command::Run);
    check(
        &ran.shown(),
        "model.p.a success OK
         model.p.b success OK
         model.p.c success OK",
    );
    check(
        &project.relations(),
        "main.a view
         main.b table
         main.c table",
    );
    check(&project.query("select * from c order by 1"), "2\n4");
    check(
        &project.file("target/compiled/p/models/c.sql"),
        "with __dbt__cte__e as (

         select id + 1 as id from \"memory\".\"main\".\"b\"
         ),  __dbt__cte__f as (

         select id * 2 as id from __dbt__cte__e
         ) select id from __dbt__cte__f union all select id from __dbt__cte__e",
    );
    // A second run adds to the incremental model.
    let ran = project.run(Command::Run);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    check(&project.query("select count(*) from c"), "4");
}

#[test]
fn seeds_get_their_types_and_are_filled_again() {
    let project = Project::new(
        "== seeds/s.csv\nid,zip,day,name\n1,02134,2024-01-31,x\n2,10001,2024-02-01,\n\
         == seeds/s.yml\nseeds: [{name: s, config: {column_types: {id: bigint}}}]\n",
    );
    let ran = project.run(Command::Seed);
    check(&ran.shown(), "seed.p.s success INSERT 2");
    check(
        &project.query(
            "select column_name, data_type from information_schema.columns \
             where table_name = 's' order by ordinal_position",
        ),
        "id|BIGINT\nzip|VARCHAR\nday|DATE\nname|VARCHAR",
    );
    check(
        &project.query("select zip from s order by id"),
        "02134\n10001",
    );
    project.write("seeds/s.csv", "id,zip,day,name\n7,02134,2024-01-31,x\n");
    check(
        &project.run(Command::Seed).shown(),
        "seed.p.s success INSERT 1",
    );
    check(&project.query("select id from s"), "7");
}

#[test]
fn snapshots_keep_history() {
    let project = Project::new(
        "== models/a.sql\n{{ config(materialized='table') }}\nselect 1 as id, 'x' as name\n\
         == snapshots/s.yml\n\
         snapshots:\n\
         \x20 - name: s\n\
         \x20   relation: ref('a')\n\
         \x20   config: {strategy: check, check_cols: all, unique_key: id}\n",
    );
    let ran = project.run(Command::Build);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    project.write(
        "models/a.sql",
        "{{ config(materialized='table') }}\nselect 1 as id, 'y' as name\n",
    );
    let ran = project.run(Command::Build);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    check(
        &project.query("select id, name, dbt_valid_to is null from s order by name"),
        "1|x|False\n1|y|True",
    );
}

#[test]
fn hooks_of_models_and_of_the_run() {
    let project = Project::new(
        "== dbt_project.yml\nname: p\nversion: '1.0'\nprofile: p\n\
         on-run-start: [\"create table if not exists log (what text)\"]\n\
         on-run-end:\n\
         \x20 - \"{% for r in results %}insert into log values ('{{ r.node.name }} {{ r.status }}');{% endfor %}\"\n\
         \x20 - \"insert into log values ('{{ schemas | join }}')\"\n\
         == models/a.sql\n\
         {{ config(pre_hook=\"insert into log values ('before')\", post_hook=[\"insert into log select 'after ' || id from {{ this }}\"]) }}\n\
         select 1 as id\n",
    );
    let ran = project.run(Command::Run);
    check(
        &ran.shown(),
        "operation.p.p-on-run-start-0 success p.on-run-start.0 passed
         model.p.a success OK
         operation.p.p-on-run-end-0 success p.on-run-end.0 passed
         operation.p.p-on-run-end-1 success p.on-run-end.1 passed",
    );
    check(
        &project.query("select what from log"),
        "before\nafter 1\na success\nmain",
    );
    let lines = ran.lines();
    let (lines, _) = lines.rsplit_once(" in 0 hours").unwrap();
    check(
        lines,
        "Concurrency: 1 threads (target='dev')
         1 of 1 START hook: p.on-run-start.0 ............................................ [RUN]
         1 of 1 OK hook: p.on-run-start.0 ............................................... [OK]
         1 of 1 START sql view model main.a ............................................. [RUN]
         1 of 1 OK created sql view model main.a ........................................ [OK]
         1 of 2 START hook: p.on-run-end.0 .............................................. [RUN]
         1 of 2 OK hook: p.on-run-end.0 ................................................. [OK]
         2 of 2 START hook: p.on-run-end.1 .............................................. [RUN]
         2 of 2 OK hook: p.on-run-end.1 ................................................. [OK]
         Finished running 3 project hooks, 1 view model",
    );
}

#[test]
fn a_microbatch_model_is_built_batch_by_batch() {
    let project = Project::new(
        "== models/a.sql\n{{ config(event_time='seen') }}\n\
         select * from (values (1, timestamp '2024-03-03 12:00:00'), (2, timestamp '2024-03-05 01:00:00')) t(id, seen)\n\
         == models/m.sql\n\
         {{ config(materialized='incremental', incremental_strategy='microbatch', event_time='seen', begin='2024-03-03', batch_size='day') }}\n\
         select * from {{ ref('a') }}\n",
    );
    let ran = project.run(Command::Run);
    check(
        &ran.shown(),
        "model.p.a success OK
         model.p.m success SUCCESS",
    );
    let result = &ran.results.results[1];
    let batches = result.batch_results.as_ref().unwrap();
    assert_eq!(batches.successful.len(), 3);
    assert_eq!(
        (result.compiled, &result.compiled_code),
        (Some(false), &None)
    );
    assert!(result.adapter_response.is_empty());
    check(&project.query("select id from m order by 1"), "1\n2");
    let compiled = project.file("target/compiled/p/models/m/m_2024-03-03.sql");
    assert!(
        compiled.contains(
            "where seen >= '2024-03-03 00:00:00+00:00' and seen < '2024-03-04 00:00:00+00:00'"
        ),
        "{compiled}"
    );
    // Later runs build the last batches anew.
    let ran = project.run(Command::Run);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    check(&project.query("select id from m order by 1"), "1\n2");
}

#[test]
fn freshness_of_sources() {
    let project = Project::new(
        "== models/raw.sql\n{{ config(materialized='table') }}\nselect now() - interval 2 hour as seen\n\
         == models/s.yml\n\
         sources:\n\
         \x20 - name: raw\n\
         \x20   schema: main\n\
         \x20   config: {loaded_at_field: seen}\n\
         \x20   tables:\n\
         \x20     - name: fresh\n\
         \x20       identifier: raw\n\
         \x20       config: {freshness: {warn_after: {count: 1, period: day}}}\n\
         \x20     - name: late\n\
         \x20       identifier: raw\n\
         \x20       config: {freshness: {warn_after: {count: 1, period: hour}}}\n\
         \x20     - name: missing\n\
         \x20       config: {freshness: {warn_after: {count: 1, period: hour}}}\n",
    );
    project.run(Command::Run);
    let ran = project.run(Command::Freshness);
    check(
        &ran.shown(),
        "source.p.raw.fresh pass
         source.p.raw.late warn
         source.p.raw.missing runtime error Runtime Error in source missing (models/s.yml)",
    );
}

#[test]
fn show_gives_rows_and_compile_gives_sql() {
    let project = Project::new("== models/a.sql\nselect range as id from range(10)\n");
    let ran = project.run(Command::Show);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    let table = ran.results.results[0].table.as_ref().unwrap();
    assert_eq!(table.rows.len(), 5);
    let ran = project.run(Command::Compile);
    let result = &ran.results.results[0];
    assert_eq!(
        result.compiled_code.as_deref(),
        Some("select range as id from range(10)")
    );
    check(&project.relations(), "");
}

#[test]
fn templates_ask_the_database_and_the_graph() {
    let project = Project::new(
        "== models/a.sql\nselect 'x' as kind union all select 'y'\n\
         == models/b.sql\n\
         -- depends_on: {{ ref('a') }}\n\
         {% set kinds = run_query('select kind from ' ~ ref('a') ~ ' order by 1').columns[0].values() if execute else [] %}\n\
         select {% for kind in kinds %}'{{ kind }}' as {{ kind }}, {% endfor %}\n\
         '{{ graph.nodes['model.p.a'].config.materialized }}' as built,\n\
         '{{ this }}' as me, '{{ model.unique_id }}' as id, '{{ invocation_id[:4] }}' as run,\n\
         '{{ adapter.get_relation(this.database, this.schema, 'a').type }}' as type,\n\
         '{{ run_started_at.strftime('%Y-%m-%d') }}' as day\n",
    );
    let ran = project.run(Command::Run);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    check(
        &project.query("select * from b"),
        "x|y|view|\"memory\".\"main\".\"b\"|model.p.b|0000|view|2024-03-05",
    );
}

#[test]
fn statements_carry_the_query_comment() {
    let project = Project::new(
        "== dbt_project.yml\nname: p\nversion: '1.0'\nprofile: p\n\
         query-comment: {comment: \"by {{ target.name }} for {{ node.unique_id if node else connection_name }}\", append: true}\n\
         == models/a.sql\nselect 1 as id\n",
    );
    let ran = project.run(Command::Run);
    let sent: Vec<&str> = ran
        .events
        .iter()
        .filter(|e| e.name == "SQLQuery")
        .map(|e| e.message.as_str())
        .collect();
    assert!(
        sent.iter().any(|sql| sql.starts_with("On model.p.a: ")
            && sql.ends_with("\n/* by dev for model.p.a */;"))
    );
    assert!(
        sent.iter()
            .any(|sql| sql.ends_with("/* by dev for list_memory_main */"))
    );
}

#[test]
fn what_reads_nothing_when_the_user_wants_it_empty() {
    let mut project = Project::new(
        "== models/a.sql\n{{ config(materialized='table') }} select 1 as id\n\
         == models/b.sql\n{{ config(materialized='table') }} select * from {{ ref('a') }}\n",
    );
    project.flags.empty = true;
    assert!(project.run(Command::Run).results.success());
    check(&project.query("select count(*) from b"), "0");
    check(
        &project.file("target/compiled/p/models/b.sql"),
        "select * from (select * from \"memory\".\"main\".\"a\" where false limit 0)",
    );
}

#[test]
fn incremental_models_follow_schema_changes_and_full_refreshes() {
    let mut project = Project::new(
        "== models/a.sql\n\
         {{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}\n\
         select 1 as id, 'x' as name\n",
    );
    assert!(project.run(Command::Run).results.success());
    project.write(
        "models/a.sql",
        "{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}\n\
         select 1 as id, 'y' as name, 2 as size union all select 2, 'z', 3\n",
    );
    let ran = project.run(Command::Run);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    check(
        &project.query("select id, name, size from a order by id"),
        "1|y|2\n2|z|3",
    );
    project.flags.full_refresh = true;
    project.write(
        "models/a.sql",
        "{{ config(materialized='incremental') }} select {{ 7 if is_incremental() else 8 }} as id\n",
    );
    assert!(project.run(Command::Run).results.success());
    check(&project.query("select * from a"), "8");
}

#[test]
fn a_contract_is_enforced() {
    let yml = "== models/a.yml\n\
        models:\n\
        \x20 - name: a\n\
        \x20   config: {materialized: table, contract: {enforced: true}}\n\
        \x20   columns:\n\
        \x20     - {name: id, data_type: integer, constraints: [{type: not_null}, {type: primary_key}]}\n\
        \x20     - {name: name, data_type: varchar}\n";
    let project = Project::new(&format!(
        "== models/a.sql\nselect 1 as id, 'x' as name\n{yml}"
    ));
    let ran = project.run(Command::Run);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    check(
        &project.query("select constraint_type from duckdb_constraints() order by 1"),
        "NOT NULL\nPRIMARY KEY",
    );
    project.write("models/a.sql", "select 1 as id, 2 as name\n");
    let message = project.run(Command::Run).message("model.p.a");
    assert!(message.contains("contract"), "{message}");
    check(&project.query("select name from a"), "x");
}

#[test]
fn a_hook_that_has_no_sql_ends_the_command_after_what_was_built() {
    let project = Project::new(
        "== dbt_project.yml\nname: p\nversion: '1.0'\nprofile: p\n\
         on-run-end: [\"{{ exceptions.raise_compiler_error('no such thing') if execute }}\", \"select 1\"]\n\
         == models/a.sql\nselect 1 as id\n",
    );
    let ran = project.run(Command::Run);
    check(
        &ran.shown(),
        "operation `p-on-run-end-0` does not compile: no such thing
         model.p.a success OK",
    );
}

#[test]
fn a_query_comment_may_return_its_text() {
    let project = Project::new(
        "== dbt_project.yml\nname: p\nversion: '1.0'\nprofile: p\n\
         query-comment: \"{{ return('from ' ~ target.name) }}\"\n\
         == models/a.sql\nselect 1 as id\n",
    );
    let ran = project.run(Command::Run);
    check(&ran.shown(), "model.p.a success OK");
}

#[test]
fn foreign_keys_name_relations_once_a_model_is_compiled() {
    let project = Project::new(
        "== models/a.sql\nselect 1 as id\n\
         == models/b.sql\nselect 1 as id\n\
         == models/m.yml\n\
         models:\n\
         - name: b\n\
         \x20 constraints:\n\
         \x20 - {type: foreign_key, columns: [id], to: ref('a'), to_columns: [id]}\n",
    );
    let ran = project.run(Command::Compile);
    let id = crate::parse::UniqueId::from("model.p.b".to_owned());
    let (written, relation) = &ran.results.compiled[&id].foreign_keys[0];
    assert_eq!(written, "ref('a')");
    assert!(relation.ends_with("\"main\".\"a\""), "{relation}");
}

#[test]
fn hooks_read_the_config_of_the_run_and_the_timing_of_results() {
    let project = Project::new(
        "== dbt_project.yml\nname: p\nversion: '1.2'\nprofile: p\nvars: {a: 1}\n\
         on-run-start:\n\
         \x20 - \"create table log as select '{{ builtins.ref.config.dependencies['p'].version }}' as what\"\n\
         \x20 - \"insert into log values ('{{ ref.config.vars.to_dict()['a'] }} {{ adapter.config.profile_name }}')\"\n\
         on-run-end:\n\
         \x20 - \"insert into log values ('{% for t in results[0].timing %}{{ t.name }} {{ t.to_dict().started_at[:2] }} {{ t.started_at.year > 2000 }},{% endfor %}')\"\n\
         == models/a.sql\nselect 1 as id\n",
    );
    let ran = project.run(Command::Run);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    check(
        &project.query("select what from log"),
        "1.2\n1 p\ncompile 20 True,execute 20 True,",
    );
}

#[test]
fn what_waits_for_nothing_goes_by_its_id() {
    let project = Project::new(
        "== tests/t.sql\nselect 1 where false\n\
         == seeds/s.csv\nid\n1\n\
         == models/b.sql\nselect 1 as id\n\
         == models/a.sql\nselect * from {{ ref('b') }}\n",
    );
    check(
        &project.run(Command::Build).shown(),
        "model.p.b success OK
         seed.p.s success INSERT 1
         test.p.t pass
         model.p.a success OK",
    );
}

#[test]
fn what_a_macro_puts_into_context_is_there_for_the_next_one() {
    let project = Project::new(
        "== macros/m.sql\n\
         {% macro keep(value) %}{% do context.update({'mine': value}) %}{% endmacro %}\n\
         {% macro kept() %}{{ return(context.get('mine', 'nothing')) }}{% endmacro %}\n\
         == models/a.sql\n\
         select '{{ kept() }}' as before, {{ keep('this') }}\n\
         '{{ kept() }}' as after, '{{ render('{{ ' ~ 'kept() }}') }}' as rendered\n\
         == models/b.sql\nselect '{{ kept() }}' as other\n",
    );
    let ran = project.run(Command::Run);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    check(
        &project.query("select * from a, b"),
        "nothing|this|this|nothing",
    );
}

#[test]
fn a_source_is_quoted_as_its_own_properties_say() {
    let project = Project::new(
        "== models/a.sql\n\
         select * from {{ source('raw', 'visits') }}\n\
         == models/a.yml\n\
         sources: [{name: raw, schema: landing, tables: [{name: visits}]}]\n\
         == dbt_project.yml\n\
         name: p\nprofile: p\nquoting: {database: false, schema: false, identifier: false}\n",
    );
    project.run(Command::Compile);
    check(
        &project.file("target/compiled/p/models/a.sql"),
        "select * from \"memory\".\"landing\".\"visits\"",
    );
}

#[test]
fn a_projects_own_macro_makes_the_catalog() {
    let project = Project::new("== models/a.sql\nselect 1 as id\n");
    project.run(Command::Run);
    check(&project.catalog(), "main.a '' id");
    project.write(
        "macros/catalog.sql",
        "{% macro get_catalog_relations(information_schema, relations) %}\
         {% do return(run_query(\"select 'memory' as table_database, 'main' as table_schema, \
         'a' as table_name, 'my comment' as table_comment, 'id' as column_name, \
         1 as column_index, 'INTEGER' as column_type\")) %}\
         {% endmacro %}",
    );
    check(&project.catalog(), "main.a 'my comment' id");
}

#[test]
fn a_batch_tells_its_bounds_by_the_names_that_they_once_had() {
    let project = Project::new(
        "== models/seen.sql\n\
         {{ config(materialized='incremental', incremental_strategy='microbatch', event_time='seen', begin='2024-03-03', batch_size='day') }}\n\
         select 1 as id, timestamp '2024-03-03 10:00:00' as seen,\n\
         \x20   '{{ model.config.__dbt_internal_microbatch_event_time_start }}' as since,\n\
         \x20   '{{ config.get('__dbt_internal_microbatch_event_time_end') }}' as until\n",
    );
    let ran = project.run(Command::Run);
    check(&ran.diagnostics(), "");
    check(
        &project.query("select since, until from seen order by since limit 1"),
        "2024-03-03 00:00:00+00:00|2024-03-04 00:00:00+00:00",
    );
}

#[test]
fn a_metric_tells_what_is_known_of_it() {
    let project = Project::new(
        "== models/metricflow_time_spine.sql\nselect current_date as date_day\n\
         == models/visits.sql\nselect 1 as visit_id\n\
         == models/layer.yml\n\
         semantic_models:\n\
         \x20 - name: visits\n\
         \x20   model: ref('visits')\n\
         \x20   defaults: {agg_time_dimension: began}\n\
         \x20   entities: [{name: visit, type: primary}]\n\
         \x20   measures: [{name: visit_count, agg: count, expr: 1}]\n\
         \x20   dimensions: [{name: began, type: time, type_params: {time_granularity: day}}]\n\
         metrics:\n\
         \x20 - {name: total, label: Visits, type: simple, type_params: {measure: visit_count}}\n\
         \x20 - {name: twice, label: Twice, type: derived, type_params: {expr: total * 2, metrics: [total]}}\n\
         == models/asks.sql\n\
         {% set twice = metric('twice') %}\n\
         {% if not execute %}{{ config(alias=twice.metric_name ~ '_asked') }}{% endif %}\n\
         select '{{ twice }} {{ twice.label }} {{ twice.type_params.expr }}' as said,\n\
         \x20   '{{ twice.base_metric_dependency() | join }}' as base,\n\
         \x20   '{{ twice.derived_metric_dependency() | join }}' as derived\n",
    );
    let ran = project.run(Command::Run);
    check(&ran.diagnostics(), "");
    check(
        &project.query("select said, base, derived from twice_asked"),
        "twice Twice total * 2|total|twice",
    );
}
