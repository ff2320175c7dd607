//! Builds that are killed at random moments: what they leave is whole, and
//! the next run makes it whole and new.
//!
//! `HCDBT_TEST_KILLS` says how often (20 where `CI` is set, else 6), and
//! `HCDBT_TEST_SEED` at which moments.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::project::{Project, command_in};

/// Every row of every relation holds the number of the run that wrote it,
/// `gen`, and every relation has all rows of a run or none.
const EVERYTHING: &str = "
# dbt_project.yml
name: health
version: '1.0'
profile: health
on-run-start: \"create table if not exists main.hook_log (name text, gen int)\"
models:
  +pre-hook: \"insert into main.hook_log values ('{{ this.name }}', {{ var('gen') }})\"
# profiles.yml
health:
  target: dev
  outputs:
    dev: {type: duckdb, path: health.duckdb, threads: 4}
-- models/rows_now.sql
select i as id, {{ var('gen') }} as gen, i % 5 as part, date '2024-01-01' + (i % 3)::int as day
from range(2000) t(i)
-- models/keyed.sql
select i as id, {{ var('gen') }} as gen, timestamp '2024-01-01' + to_days({{ var('gen') }}) as updated_at
from range(700) t(i)
where i % 7 != {{ var('gen') }} % 7
-- models/a_view.sql
select * from {{ ref('rows_now') }}
-- models/a_table.sql
{{ config(materialized='table') }} select * from {{ ref('rows_now') }}
-- models/indexed.sql
{{ config(materialized='table', indexes=[{'columns': ['id'], 'unique': true}]) }}
select * from {{ ref('rows_now') }}
-- models/contracted.sql
{{ config(materialized='table', contract={'enforced': true}) }}
select id, gen from {{ ref('rows_now') }}
-- models/now_and_then.sql
{{ config(materialized='table' if var('gen') % 2 else 'view') }} select * from {{ ref('rows_now') }}
-- models/inc_append.sql
{{ config(materialized='incremental', incremental_strategy='append') }}
select * from {{ ref('rows_now') }}
-- models/inc_delete_insert.sql
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['id', 'part']) }}
select * from {{ ref('rows_now') }}
-- models/inc_merge.sql
{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id') }}
select * from {{ ref('rows_now') }}
-- models/inc_overwrite.sql
{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by=['part', 'day']) }}
select * from {{ ref('rows_now') }}
-- models/inc_batches.sql
{{ config(
    materialized='incremental', incremental_strategy='microbatch', event_time='day',
    batch_size='day', begin='2024-01-01', lookback=0
) }}
select * from {{ ref('rows_now') }}
-- models/inc_columns.sql
{{ config(materialized='incremental', unique_key='id', on_schema_change='sync_all_columns') }}
select id, gen, 1 as c{{ var('gen') }} from {{ ref('rows_now') }}
-- models/ext_parquet.sql
{{ config(materialized='external', location='ext.parquet') }} select * from {{ ref('rows_now') }}
-- models/ext_csv.sql
{{ config(materialized='external', location='ext.csv') }} select * from {{ ref('rows_now') }}
-- models/ext_folder.sql
{{ config(materialized='external', location='ext_folder', options={'partition_by': 'part', 'overwrite_or_ignore': true}) }}
select * from {{ ref('rows_now') }}
-- models/ext_threads.sql
{{ config(materialized='external', location='ext_threads', options={'per_thread_output': true, 'overwrite': true}) }}
select * from {{ ref('rows_now') }}
-- models/a_function.sql
{{ config(materialized='table_function', parameters='least_id') }}
select * from {{ ref('rows_now') }} where id >= least_id
# models/properties.yml
models:
  - name: contracted
    columns:
      - {name: id, data_type: bigint, constraints: [{type: primary_key}]}
      - {name: gen, data_type: integer}
  - name: a_table
    columns:
      - name: gen
        data_tests:
          - accepted_values:
              arguments: {values: [-1], quote: false}
              config: {severity: warn, store_failures: true, alias: stored}
# snapshots/snapshots.yml
snapshots:
  - name: snap_timestamp
    relation: ref('keyed')
    config: {unique_key: id, strategy: timestamp, updated_at: updated_at, hard_deletes: new_record}
  - name: snap_check
    relation: ref('keyed')
    config: {unique_key: id, strategy: check, check_cols: [gen], hard_deletes: invalidate}
";

/// Relations that hold the rows of one run.
const OF_ONE_RUN: [&str; 15] = [
    "main.rows_now",
    "main.a_view",
    "main.a_table",
    "main.indexed",
    "main.contracted",
    "main.now_and_then",
    "main.inc_delete_insert",
    "main.inc_merge",
    "main.inc_overwrite",
    "main.inc_columns",
    "main.ext_parquet",
    "main.ext_csv",
    "main.ext_folder",
    "main.ext_threads",
    "main.a_function(0)",
];

#[test]
fn a_killed_build_leaves_every_relation_whole() {
    let usual = if std::env::var_os("CI").is_some() {
        20
    } else {
        6
    };
    let kills = number("HCDBT_TEST_KILLS", usual);
    let mut random = Random(number("HCDBT_TEST_SEED", 7));
    let project = Project::new(EVERYTHING);
    let mut generation = 0;
    // The first kills are of builds into an empty database.
    for _ in 0..3 {
        generation += 1;
        kill(
            &project,
            generation,
            Duration::from_millis(random.below(600)),
        );
    }
    generation += 1;
    let mut span = build(&project, generation);
    check(&project, Some(generation));

    for round in 1..=kills {
        generation += 1;
        let moment = random.below(span.as_millis() as u64 + 50);
        kill(&project, generation, Duration::from_millis(moment));
        check(&project, None);
        if kills > 20 || round % 3 == 0 {
            generation += 1;
            span = build(&project, generation);
            check(&project, Some(generation));
        }
    }
}

/// Starts a build and kills it, a while after its first node has begun.
fn kill(project: &Project, generation: u64, after: Duration) {
    let mut build = start(project, generation);
    let stderr = build.stderr.take().expect("a pipe");
    let mut lines = BufReader::new(stderr).lines();
    let begun = lines.any(|line| line.is_ok_and(|line| line.contains(" START ")));
    assert!(begun, "the build ended before its first node");
    // What is not read any more must not stop the program.
    let rest = std::thread::spawn(move || lines.count());
    std::thread::sleep(after);
    // It may have ended by itself.
    let _ = build.kill();
    build.wait().expect("the killed program ends");
    rest.join().expect("all lines are read");
}

/// Builds everything, and tells how long the nodes took.
fn build(project: &Project, generation: u64) -> Duration {
    let mut build = start(project, generation);
    let mut output = String::new();
    let mut begun = None;
    for line in BufReader::new(build.stderr.take().expect("a pipe")).lines() {
        let line = line.expect("text");
        if begun.is_none() && line.contains(" START ") {
            begun = Some(Instant::now());
        }
        output.push_str(&line);
        output.push('\n');
    }
    let status = build.wait().expect("the program ends");
    assert_eq!(status.code(), Some(0), "run {generation}: {output}");
    begun.expect("a first node").elapsed()
}

fn start(project: &Project, generation: u64) -> std::process::Child {
    let rows: String = (0..500).map(|i| format!("{i},{generation}\n")).collect();
    project.write("seeds/seeded.csv", &format!("id,gen\n{rows}"));
    let vars = format!("{{gen: {generation}}}");
    let mut command = command_in(&project.path(""));
    command
        .args(["build", "--vars", &vars])
        .args([
            "--event-time-start",
            "2024-01-01",
            "--event-time-end",
            "2024-01-04",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Looks at all that there is. After a whole build of a generation it is of
/// that generation, and nothing temporary is left.
fn check(project: &Project, built: Option<u64>) {
    let rows = project.rows_with(&format!("{{gen: {}}}", built.unwrap_or(1)), &everything());
    let found: Vec<String> = rows
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row.to_string())
        .collect();
    assert!(found.is_empty(), "not whole: {}", found.join("\n"));
    if let Some(generation) = built {
        let current = project.rows_with("{gen: 1}", &not_of(generation));
        assert_eq!(current, json!([]), "not of run {generation}");
    }
    look_at_files(&project.path(""), built.is_some());
}

/// A query that has a row for everything that is not whole.
fn everything() -> String {
    let whole = |name: &str, rows: &str, condition: &str| {
        format!(
            "select '{name}' as name, cast(({rows}) as text) as found where not coalesce(({condition}), false)"
        )
    };
    let mut parts: Vec<String> = OF_ONE_RUN
        .iter()
        .map(|name| {
            let rows =
                format!("select (count(*), count(distinct gen), count(distinct id)) from {name}");
            whole(
                &name.replace('\'', ""),
                &rows,
                &format!("({rows}) = (2000, 1, 2000)"),
            )
        })
        .collect();
    let runs =
        "select (min(n), max(n)) from (select count(*) as n from main.inc_append group by gen)";
    parts.push(whole(
        "inc_append",
        runs,
        &format!("({runs}) = (2000, 2000)"),
    ));
    let batches = "select list((n, ids, gens)) from (select count(*) as n, count(distinct id) as ids, count(distinct gen) as gens
        from main.inc_batches group by day order by day)";
    let expected = "[(667, 667, 1), (667, 667, 1), (666, 666, 1)]";
    parts.push(whole(
        "inc_batches",
        batches,
        &format!("({batches}) = {expected}"),
    ));
    let seeded = "select (count(*), count(distinct gen)) from main.seeded";
    parts.push(whole("seeded", seeded, &format!("({seeded}) = (500, 1)")));
    let stored = "select (count(*), max(n_records)) from main_dbt_test__audit.stored";
    parts.push(whole(
        "stored failures",
        stored,
        &format!("({stored}) = (1, 2000)"),
    ));
    for name in ["snap_timestamp", "snap_check"] {
        let deleted = if name == "snap_timestamp" {
            "dbt_is_deleted = 'True'"
        } else {
            "false"
        };
        let twice = format!(
            "select count(*) - count(distinct id) from main.{name} where dbt_valid_to is null"
        );
        parts.push(whole(
            &format!("{name}, current"),
            &twice,
            &format!("({twice}) = 0"),
        ));
        let runs = format!(
            "select (count(*), count(distinct gen)) from main.{name} where dbt_valid_to is null and not ({deleted})"
        );
        parts.push(whole(
            &format!("{name}, of one run"),
            &runs,
            &format!("({runs}) = (600, 1)"),
        ));
        let overlapping = format!("select count(*) from (
            select dbt_valid_from, lag(dbt_valid_to) over (partition by id order by dbt_valid_from, dbt_valid_to) as before
            from main.{name}) where before > dbt_valid_from");
        parts.push(whole(
            &format!("{name}, overlapping"),
            &overlapping,
            &format!("({overlapping}) = 0"),
        ));
    }
    // A hook is in the transaction of its model.
    let hooked = "select ((select max(gen) from main.hook_log where name = 'a_table'), (select max(gen) from main.a_table))";
    parts.push(whole("hooks", hooked, "(select max(gen) from main.hook_log where name = 'a_table') = (select max(gen) from main.a_table)"));
    parts.join("\nunion all\n")
}

/// A query that has a row for everything of another run, or that is left over.
fn not_of(generation: u64) -> String {
    let mut parts: Vec<String> = OF_ONE_RUN
        .into_iter()
        .chain(["main.inc_batches", "main.seeded"])
        .map(|name| {
            format!("select '{name}' as name where (select max(gen) from {name}) != {generation}")
        })
        .collect();
    parts.push(
        "select table_name as name from information_schema.tables
        where table_name like '%\\_\\_dbt\\_%' escape '\\' and table_schema != 'information_schema'"
            .to_owned(),
    );
    parts.join("\nunion all\n")
}

/// Files are whole as well; after a whole build no other than its own is left.
fn look_at_files(folder: &Path, is_built: bool) {
    for name in ["manifest.json", "run_results.json"] {
        let path = folder.join("target").join(name);
        if let Ok(text) = std::fs::read_to_string(&path) {
            let parsed = serde_json::from_str::<serde_json::Value>(&text);
            assert!(parsed.is_ok(), "{} is not whole", path.display());
        }
    }
    if is_built {
        let left: Vec<String> = std::fs::read_dir(folder)
            .expect("the project's folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .filter(|name| name.starts_with('.') || name.contains("tmp"))
            .collect();
        assert!(left.is_empty(), "left over: {left:?}");
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Numbers that look random and are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}
