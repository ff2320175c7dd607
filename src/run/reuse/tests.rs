use crate::plan::Command;
use crate::run::tests::{Project, check};
use crate::testing::Random;

/// Returns what was done, a line a node, with the reasons.
fn decisions(project: &Project, command: Command) -> String {
    let ran = project.run_changed(command);
    check(&ran.diagnostics(), "");
    let lines = ran.lines();
    let lines = lines
        .lines()
        .filter(|line| line.starts_with("keep ") || line.starts_with("run "));
    lines.collect::<Vec<_>>().join("\n")
}

const PROJECT: &str = "== seeds/s.csv\nid,name\n1,a\n2,b\n\
    == models/v.sql\nselect * from {{ ref('s') }}\n\
    == models/t.sql\n{{ config(materialized='table') }} select * from {{ ref('v') }}\n\
    == models/u.sql\n{{ config(materialized='table') }} select count(*) as n from {{ ref('t') }}\n\
    == models/t.yml\nmodels: [{name: t, columns: [{name: id, data_tests: [not_null]}]}]\n";

#[test]
fn what_is_up_to_date_is_kept() {
    let project = Project::new(PROJECT);
    check(
        &decisions(&project, Command::Build),
        "run  seed.p.s: it was not made with `--changed` before
         run  model.p.v: it was not made with `--changed` before
         run  model.p.t: it was not made with `--changed` before
         run  test.p.not_null_t_id.a3af787eb8: it has not passed with `--changed` before
         run  model.p.u: it was not made with `--changed` before",
    );
    let all_kept = "keep seed.p.s: nothing has changed
         keep model.p.v: nothing has changed
         keep model.p.t: nothing has changed
         keep test.p.not_null_t_id.a3af787eb8: nothing has changed
         keep model.p.u: nothing has changed";
    check(&decisions(&project, Command::Build), all_kept);
    // A comment changes the SQL, and not what reads the table.
    project.write(
        "models/t.sql",
        "{{ config(materialized='table') }} /* all of them */ select * from {{ ref('v') }}",
    );
    check(
        &decisions(&project, Command::Build),
        "keep seed.p.s: nothing has changed
         keep model.p.v: nothing has changed
         run  model.p.t: its SQL has changed
         keep test.p.not_null_t_id.a3af787eb8: nothing has changed
         keep model.p.u: nothing has changed",
    );
    project.write("seeds/s.csv", "id,name\n1,a\n2,c\n");
    check(
        &decisions(&project, Command::Build),
        "run  seed.p.s: its file has changed
         run  model.p.v: `seed.p.s` has changed
         run  model.p.t: `model.p.v` has changed
         run  test.p.not_null_t_id.a3af787eb8: `model.p.t` has changed
         run  model.p.u: `model.p.t` has changed",
    );
    check(&decisions(&project, Command::Build), all_kept);
    assert_eq!(project.query("select string_agg(name) from t"), "a,c");
}

#[test]
fn relations_that_others_have_changed_are_made_again() {
    let project = Project::new(PROJECT);
    project.run_changed(Command::Build);
    let after = |sql: &str| {
        project.query(sql);
        decisions(&project, Command::Run)
    };
    check(
        &after("update t set name = 'x' where id = 1"),
        "keep model.p.v: nothing has changed
         run  model.p.t: something else has changed its relation
         keep model.p.u: nothing has changed",
    );
    check(
        &after("drop table u"),
        "keep model.p.v: nothing has changed
         keep model.p.t: nothing has changed
         run  model.p.u: its relation is not in the database",
    );
    check(
        &after("create or replace view v as select 1 as id, 'b' as name"),
        "run  model.p.v: something else has changed its relation
         keep model.p.t: nothing has changed
         keep model.p.u: nothing has changed",
    );
    check(
        &after("delete from s where id = 1"),
        "run  model.p.v: `seed.p.s` has changed
         run  model.p.t: `model.p.v` has changed
         run  model.p.u: `model.p.t` has changed",
    );
    check(
        &after("comment on table t is 'x'"),
        "keep model.p.v: nothing has changed
         run  model.p.t: something else has changed its relation
         keep model.p.u: nothing has changed",
    );
    // What is made without `--changed` and has the same rows is the same.
    project.run(Command::Run);
    check(
        &after("select 1"),
        "keep model.p.v: nothing has changed
         keep model.p.t: nothing has changed
         keep model.p.u: nothing has changed",
    );
}

#[test]
fn what_cannot_be_judged_is_run() {
    let project = Project::new(
        "== models/now.sql\n{{ config(materialized='table') }} select random() as x\n\
         == models/view.sql\nselect now() as x\n\
         == models/over.sql\nselect * from {{ ref('view') }}\n\
         == models/below.sql\n{{ config(materialized='table') }} select 1 as one from {{ ref('over') }}\n\
         == models/inc.sql\n{{ config(materialized='incremental') }} select 1 as id {% if is_incremental() %} where false {% endif %}\n\
         == models/reads.sql\n{{ config(materialized='table') }} select * from {{ ref('inc') }}\n\
         == models/hooked.sql\n{{ config(materialized='table', post_hook='select 1') }} select 1 as id\n\
         == models/raw.sql\n{{ config(materialized='table') }} select * from main.reads -- {{ ref('reads') }}\n\
         == models/stray.sql\n{{ config(materialized='table') }} select 1 as n where (select count(*) from main.reads) >= 0\n",
    );
    project.run(Command::Run);
    project.run_changed(Command::Run);
    check(
        &decisions(&project, Command::Run),
        "run  model.p.hooked: it has hooks, which may do anything
         run  model.p.inc: what `incremental` makes depends on what is there
         run  model.p.now: it uses `random()`, which may give something else each time
         run  model.p.stray: it reads `main.reads`, which is no `ref` or `source`
         keep model.p.view: nothing has changed
         keep model.p.over: nothing has changed
         keep model.p.reads: nothing has changed
         run  model.p.below: `model.p.over` may be another one each time
         keep model.p.raw: nothing has changed",
    );
}

#[test]
fn source_files_are_known_by_size_and_time() {
    let project = Project::new(
        "== models/s.yml\n\
         sources: [{name: raw, tables: [{name: a, meta: {external_location: 'ROOT/data/*.csv'}}]}]\n\
         == models/t.sql\n{{ config(materialized='table') }} select * from {{ source('raw', 'a') }}\n\
         == models/u.sql\n{{ config(materialized='table') }} select * from read_csv('ROOT/data/a.csv')\n\
         == data/a.csv\nid\n1\n",
    );
    project.put_root(&["models/s.yml", "models/u.sql"]);
    project.run_changed(Command::Run);
    let kept = "keep model.p.t: nothing has changed\nkeep model.p.u: nothing has changed";
    check(&decisions(&project, Command::Run), kept);
    project.write("data/b.csv", "id\n2\n");
    let lines = decisions(&project, Command::Run);
    assert!(
        lines.contains("data/*.csv` has changed\nkeep model.p.u: nothing"),
        "{lines}"
    );
    assert_eq!(project.query("select count(*) from t"), "2");
}

#[test]
fn macros_that_build_count_and_others_do_not() {
    let project = Project::new(
        "== models/t.sql\n{{ config(materialized='table') }} select 1 as id\n\
         == macros/m.sql\n{% macro other() %}{% endmacro %}\n",
    );
    project.run_changed(Command::Run);
    project.write("macros/m.sql", "{% macro other() %}x{% endmacro %}");
    check(
        &decisions(&project, Command::Run),
        "keep model.p.t: nothing has changed",
    );
    let own = "{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) %}\n\
               create table {{ relation }} as select *, 'x' as by_whom from ({{ compiled_code }})\n{% endmacro %}";
    project.write("macros/m.sql", own);
    check(
        &decisions(&project, Command::Run),
        "run  model.p.t: the program, the profile or a macro that builds has changed",
    );
    check(
        &decisions(&project, Command::Run),
        "keep model.p.t: nothing has changed",
    );
    project.write("macros/m.sql", &own.replace("'x'", "'{{ invocation_id }}'"));
    check(
        &decisions(&project, Command::Run),
        "run  model.p.t: the macro `duckdb__create_table_as` takes part in building and names `invocation_id`",
    );
}

#[test]
fn build_after_lets_a_model_be_older_than_what_it_reads() {
    let project = Project::new(
        "== seeds/a.csv\nid\n1\n\
         == seeds/b.csv\nid\n1\n\
         == models/t.sql\n{{ config(materialized='table') }} select * from {{ ref('a') }} union all select * from {{ ref('b') }}\n\
         == models/t.yml\nmodels: [{name: t, config: {freshness: {build_after: {count: 1, period: hour}}}}]\n",
    );
    project.run_changed(Command::Build);
    project.write("seeds/a.csv", "id\n2\n");
    check(
        &decisions(&project, Command::Build),
        "run  seed.p.a: its file has changed
         keep seed.p.b: nothing has changed
         keep model.p.t: `seed.p.a` has changed, but `build_after` lets it be 1 hour old",
    );
    let soon = |rule: &str| {
        let after = format!("{{count: 0, period: hour, updates_on: {rule}}}");
        let config = format!("{{freshness: {{build_after: {after}}}}}");
        project.write(
            "models/t.yml",
            &format!("models: [{{name: t, config: {config}}}]\n"),
        );
    };
    soon("all");
    check(
        &decisions(&project, Command::Build),
        "keep seed.p.a: nothing has changed
         keep seed.p.b: nothing has changed
         keep model.p.t: `seed.p.a` has changed, but `build_after` waits until all that it reads have",
    );
    soon("any");
    check(
        &decisions(&project, Command::Build),
        "keep seed.p.a: nothing has changed
         keep seed.p.b: nothing has changed
         run  model.p.t: `seed.p.a` has changed",
    );
}

/// A project that is changed at random, in one of two copies.
struct Edited {
    project: Project,
}

const EDITS: &[(&str, &[&str])] = &[
    (
        "seeds/s.csv",
        &[
            "id,n\n1,10\n2,20\n",
            "id,n\n1,10\n2,21\n",
            "n,id\n10,1\n20,2\n30,3\n",
        ],
    ),
    (
        "data/raw.csv",
        &["id,m\n1,x\n", "id,m\n1,y\n2,y\n", "id,m\n2,xyz\n"],
    ),
    (
        "models/stg.sql",
        &[
            "select * from {{ ref('s') }}",
            "select *, n + 1 as o from {{ ref('s') }}",
            "{{ config(materialized='table') }} select id, n from {{ ref('s') }} where id > {{ var('least') }}",
            "{{ config(materialized='ephemeral') }} select id, n * 2 as n from {{ ref('s') }}",
        ],
    ),
    (
        "models/raw.sql",
        &[
            "{{ config(materialized='table') }} select * from {{ source('raw', 'f') }}",
            "select id, upper(m) as m from {{ source('raw', 'f') }}",
            "{{ config(materialized='table') }} select id, {{ shown('m') }} as m from {{ source('raw', 'f') }}",
        ],
    ),
    (
        "models/joined.sql",
        &[
            "{{ config(materialized='table') }} select * from {{ ref('stg') }} left join {{ ref('raw') }} using (id)",
            "select * from {{ ref('stg') }} join {{ ref('raw') }} using (id)",
            "{{ config(materialized='table', alias='other') }} select * from {{ ref('stg') }} left join {{ ref('raw') }} using (id)",
        ],
    ),
    (
        "models/grown.sql",
        &[
            "{{ config(materialized='incremental', unique_key='id') }} select id, count(*) as n from {{ ref('joined') }} group by id",
            "{{ config(materialized='incremental') }} select id, 1 as n from {{ ref('joined') }}",
        ],
    ),
    (
        "models/total.sql",
        &[
            "{{ config(materialized='table') }} select sum(n) as n, {{ var('least') }} as least from {{ ref('grown') }}",
            "{{ config(materialized='table') }} select sum(n) as n from {{ ref('joined') }}",
            "{{ config(materialized='table', schema='more') }} select count(*) as n from {{ ref('joined') }}",
        ],
    ),
    (
        "macros/m.sql",
        &[
            "{% macro shown(x) %}lower({{ x }}){% endmacro %}",
            "{% macro shown(x) %}{{ x }} || '!'{% endmacro %}",
        ],
    ),
    (
        "dbt_project.yml",
        &[
            "name: p\nversion: '1.0'\nprofile: p\nvars: {least: 0}\n",
            "name: p\nversion: '1.0'\nprofile: p\nvars: {least: 1}\n",
        ],
    ),
];

const SEEDS: u64 = 2;

const BY_HAND: &[&str] = &[
    "drop view if exists stg",
    "drop table if exists total",
    "create or replace table meddled as select 1",
    "update grown set n = n + 1",
    "delete from s where id = 2",
    "insert into grown by name select 7 as id, 1 as n",
    "comment on table s is 'x'",
    "alter table s rename column n to nn",
];

impl Edited {
    fn new() -> Self {
        let project = Project::new(
            "== models/s.yml\nsources: [{name: raw, tables: [{name: f, meta: {external_location: 'ROOT/data/raw.csv'}}]}]\n",
        );
        project.put_root(&["models/s.yml"]);
        for (path, texts) in EDITS {
            project.write(path, texts[0]);
        }
        Self { project }
    }

    /// Lists all relations with their columns and rows.
    fn database(&self) -> String {
        let project = &self.project;
        let relations = project.query(
            "select table_schema || '.' || table_name, table_type from information_schema.tables order by 1",
        );
        let mut out = String::new();
        for line in relations.lines() {
            let (name, _) = line.split_once('|').unwrap();
            let rows =
                format!("select string_agg(x::varchar, ' ' order by x::varchar) from {name} x");
            // A view may read what is gone; then it does so in both.
            let rows = project.try_query(&rows).unwrap_or_else(|error| error);
            out += &format!("{line}: {rows}\n");
        }
        out
    }
}

#[test]
fn whatever_is_edited_the_database_is_the_same_with_and_without() {
    let (mut times_kept, mut times_good) = (0, 0);
    for seed in 0..SEEDS {
        let (kept, plain) = (Edited::new(), Edited::new());
        let mut random = Random(seed);
        let mut log = String::new();
        for step in 0..8 {
            for _ in 0..=random.below(2) {
                if random.below(4) == 0 {
                    let sql = BY_HAND[random.below(BY_HAND.len())];
                    log += &format!("{sql}\n");
                    // What cannot be done is done in neither.
                    let _ = kept.project.try_query(sql);
                    let _ = plain.project.try_query(sql);
                } else {
                    let (path, texts) = EDITS[random.below(EDITS.len())];
                    let text = texts[random.below(texts.len())];
                    log += &format!("{path}: {text}\n");
                    kept.project.write(path, text);
                    plain.project.write(path, text);
                }
            }
            let command = [Command::Build, Command::Run, Command::Build][random.below(3)];
            let with = kept.project.run_changed(command);
            let without = plain.project.run(command);
            log += &format!("-- {command:?}\n{}\n", with.lines());
            times_kept += with.lines().matches("keep ").count();
            times_good += usize::from(with.results.success());
            assert_eq!(
                with.results.success(),
                without.results.success(),
                "{seed} {step}\n{log}"
            );
            pretty_assertions::assert_eq!(
                kept.database(),
                plain.database(),
                "{seed} {step}\n{log}"
            );
        }
    }
    // Else nothing was shown.
    assert!(
        times_kept > 10 && times_good > 4,
        "{times_kept} {times_good}"
    );
}
