//! `lineage` and `impact`, and the file that other tools read.

use crate::project::Project;

fn health() -> Project {
    Project::new(
        "-- seeds/claims.csv
id,patient,paid,status
1,a,10.5,paid
-- models/stg_claims.sql
with source as (select * from {{ ref('claims') }})
select id as claim_id, patient, cast(paid as double) as paid from source where status = 'paid'
-- models/eph.sql
{{ config(materialized='ephemeral') }}
select claim_id, patient, paid * 2 as twice from {{ ref('stg_claims') }}
-- models/mart.sql
select patient, sum(twice) as total from {{ ref('eph') }} group by patient
# models/schema.yml
models:
  - name: mart
    columns:
      - name: total
        data_tests: [not_null]
exposures:
  - name: board
    type: dashboard
    owner: {email: a@b.c}
    depends_on: [ref('mart')]
",
    )
}

#[test]
fn a_column_is_followed_to_where_it_comes_from() {
    let project = health();
    let ran = project.run(&["lineage", "mart.total"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @r"
    mart.total
      aggregate eph.twice  [sum(twice)]
        compute stg_claims.paid  [paid * 2]
          cast claims.paid  [cast(paid as double)]
    rows of mart
      group_key eph.patient  [patient]
    rows of stg_claims
      filter claims.status  [status = 'paid']
    ");
    let ran = project.run(&["lineage", "mart.TOTAL", "--depth", "1"]);
    assert_eq!(ran.stdout.lines().count(), 4, "{}", ran.stdout);
}

#[test]
fn a_column_is_followed_to_what_it_goes_into() {
    let ran = health().run(&["lineage", "stg_claims.patient", "--down"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @r"
    stg_claims.patient
      copy eph.patient
        copy mart.patient
        group_key rows of mart
    ");
}

#[test]
fn names_that_are_none_are_told_with_what_is_near() {
    let project = health();
    let ran = project.run(&["lineage", "mrt"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("did you mean `mart`?"),
        "{}",
        ran.stderr
    );
    let ran = project.run(&["lineage", "mart.totl"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("`mart` has no column `totl`"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("did you mean `total`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_file_names_tables_and_columns_once() {
    let project = health();
    let ran = project.run(&["compile"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lineage = project.json("target/hcdbt/lineage.json");
    assert_eq!(lineage["metadata"]["lineage_version"], 1);
    let tables = lineage["tables"].as_array().expect("tables");
    let place = |id: &str| tables.iter().position(|t| t["id"] == id).expect("a table");
    let mart = &tables[place("model.health.mart")];
    assert_eq!(mart["columns"], serde_json::json!(["patient", "total"]));
    let edge = &mart["inputs"][1][0];
    assert_eq!(edge[0], place("model.health.eph"));
    assert_eq!(tables[place("model.health.eph")]["columns"][2], "twice");
    assert_eq!(edge[1], 2);
    let kind = edge[2].as_u64().expect("a kind") as usize;
    assert_eq!(lineage["kinds"][kind], "aggregate");
    let sql = project.read("target/compiled/health/models/mart.sql");
    let span = (
        edge[3].as_u64().unwrap() as usize,
        edge[4].as_u64().unwrap() as usize,
    );
    assert_eq!(&sql[span.0..span.1], "sum(twice)");
    let uses = lineage["uses"].as_array().expect("uses");
    assert_eq!(uses.len(), 2, "{uses:?}");

    let ran = project.run(&["compile", "--no-write-json", "--target-path", "other"]);
    assert_eq!(ran.code, 0);
    assert!(!project.path("other/hcdbt/lineage.json").exists());
}

#[test]
fn other_tools_are_given_their_own_forms() {
    let project = health();
    let ran = project.run(&[
        "lineage",
        "mart.total",
        "--depth",
        "1",
        "--output",
        "mermaid",
    ]);
    insta::assert_snapshot!(ran.stdout, @r#"
    flowchart LR
      subgraph t2["eph"]
        t2c1["patient"]
        t2c2["twice"]
      end
      subgraph t3["mart"]
        t3c1["total"]
        t3rows(["rows"])
      end
      t2c2 -->|aggregate| t3c1
      t2c1 -.->|group_key| t3rows
    "#);
    let ran = project.run(&["lineage", "--output", "openlineage"]);
    let events: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event a line"))
        .collect();
    let mart = events
        .iter()
        .find(|e| e["job"]["name"] == "model.health.mart");
    let output = &mart.expect("an event of the mart")["outputs"][0];
    assert_eq!(output["name"], "health.main.mart");
    let facet = &output["facets"]["columnLineage"];
    let field = &facet["fields"]["total"]["inputFields"][0];
    assert_eq!(field["field"], "twice");
    assert_eq!(field["transformations"][0]["subtype"], "AGGREGATION");
    assert_eq!(
        facet["dataset"][0]["transformations"][0]["subtype"],
        "GROUP_BY"
    );
    let ran = project.run(&["lineage", "mart.total", "--output", "json"]);
    let part: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(part["tables"].as_array().map(Vec::len), Some(4));
}

#[test]
fn impact_tells_what_changes_reach() {
    let project = health();
    assert_eq!(project.run(&["compile", "--target-path", "before"]).code, 0);
    let ran = project.run(&["impact", "--state", "before"]);
    assert_eq!(ran.stdout, "nothing has changed\n", "{}", ran.stderr);
    project.write(
        "models/stg_claims.sql",
        "select id as claim_id, patient, paid::decimal(9, 2) as paid, status \
         from {{ ref('claims') }} where 'paid' = status\n",
    );
    let ran = project.run(&["impact", "--state", "before"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @r"
    stg_claims: value-changing
      value-changing  paid: its value is made another way
      additive        status: it is new
    reaches eph: twice
    reaches mart: total
    reaches the exposure board
    reaches the test not_null_mart_total
    ");
    let ran = project.run(&["impact", "--state", "before", "--output", "json"]);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(found["change"], "value-changing");
    assert_eq!(found["exposures"][0], "exposure.health.board");

    let ran = project.run(&["impact"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--state"), "{}", ran.stderr);
    assert_eq!(project.run(&["parse", "--target-path", "parsed"]).code, 0);
    let ran = project.run(&["impact", "--state", "parsed"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("has no compiled SQL"), "{}", ran.stderr);
}
