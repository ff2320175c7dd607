//! `--changed` on a database in a file, and the age of what was loaded.

use serde_json::json;

use crate::project::{Project, Ran};

const MODELS: &str = "
-- models/a.sql
{{ config(materialized='table') }} select 1 as id
-- models/b.sql
{{ config(materialized='table') }} select * from {{ ref('a') }}
";

fn lines(ran: &Ran) -> Vec<String> {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lines = ran.stderr.lines().filter_map(|line| line.get(10..));
    let mut lines: Vec<String> = lines
        .filter(|line| line.starts_with("keep ") || line.starts_with("run "))
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

const KEPT: [&str; 2] = [
    "keep model.health.a: nothing has changed",
    "keep model.health.b: nothing has changed",
];

#[test]
fn a_database_that_was_put_back_is_brought_up_to_date() {
    let project = Project::new(MODELS);
    let run = || lines(&project.run(&["run", "--changed", "--explain"]));
    run();
    assert_eq!(run(), KEPT);
    let database = project.path("health.duckdb");
    let copy = std::fs::read(&database).expect("a database");
    project.add("-- models/a.sql\n{{ config(materialized='table') }} select 2 as id\n");
    run();
    assert_eq!(project.rows("select * from b"), json!([{"id": 2}]));
    std::fs::write(&database, copy).expect("the database of before");
    let something = "something else has changed its relation";
    assert_eq!(
        run(),
        [
            format!("run  model.health.a: {something}"),
            format!("run  model.health.b: {something}")
        ]
    );
    assert_eq!(project.rows("select * from b"), json!([{"id": 2}]));
    std::fs::remove_file(&database).expect("no database");
    run();
    assert_eq!(project.rows("select * from b"), json!([{"id": 2}]));
    assert_eq!(run(), KEPT);
}

#[test]
fn external_sources_are_as_old_as_their_newest_file() {
    let project = Project::new(
        "
# models/s.yml
sources:
  - name: raw
    config: {freshness: {warn_after: {count: 1, period: hour}}}
    tables:
      - {name: f, meta: {external_location: 'data/*.csv'}}
      - {name: t}
-- data/a.csv
id
1
",
    );
    project.run(&["source", "freshness"]);
    let results = project.json("target/sources.json");
    let results = results["results"].as_array().expect("results").clone();
    let of = |id: &str| {
        results
            .iter()
            .find(|r| r["unique_id"] == id)
            .expect("a result")
            .clone()
    };
    assert_eq!(of("source.health.raw.f")["status"], "pass");
    assert_eq!(of("source.health.raw.t")["status"], "runtime error");
}
