//! The ledger of runs, and `history`, which reads it.

use serde_json::json;

use crate::project::Project;

fn entries(project: &Project, args: &[&str]) -> Vec<serde_json::Value> {
    let args: Vec<&str> = ["history", "--output", "json"]
        .iter()
        .chain(args)
        .copied()
        .collect();
    let ran = project.run(&args);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lines = ran.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn every_run_leaves_rows_and_columns_in_the_ledger() {
    let project = Project::new(
        "-- seeds/people.csv
id,name
1,a
2,b
3,c
-- models/passed_on.sql
select * from {{ ref('people') }}
-- models/counted.sql
{{ config(materialized='incremental') }}
select id from {{ ref('passed_on') }}
",
    );
    assert_eq!(entries(&project, &[]), Vec::<serde_json::Value>::new());
    assert_eq!(project.run(&["build"]).code, 0);
    project.write(
        "models/counted.sql",
        "{{ config(materialized='incremental', on_schema_change='sync_all_columns') }}
         select id, name from {{ ref('passed_on') }} where id > 2",
    );
    let ran = project.run(&["build"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // Rows are deleted, which the catalog's own number leaves out of account.
    project.write(
        "models/counted.sql",
        "{{ config(materialized='incremental', post_hook='delete from {{ this }} where id < 3') }}
         select id, name from {{ ref('passed_on') }} where id > 2",
    );
    let ran = project.run(&["build"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);

    let runs = entries(&project, &[]);
    assert_eq!(runs.len(), 3);
    assert_eq!(runs[0]["command"], "build");
    assert_eq!(runs[0]["status"], "success");
    assert_eq!(runs[0]["nodes"], 3);
    assert_eq!(runs[0]["hcdbt_version"], env!("CARGO_PKG_VERSION"));

    let counted = entries(&project, &["--select", "counted"]);
    let facts = |entry: &serde_json::Value| {
        json!([entry["rows_in"], entry["rows_out"], entry["column_changes"]])
    };
    assert_eq!(facts(&counted[0]), json!([3, 3, []]));
    assert_eq!(facts(&counted[1]), json!([3, 4, ["+ name VARCHAR"]]));
    assert_eq!(facts(&counted[2]), json!([3, 3, []]));
    assert_eq!(counted[2]["columns_before"], json!(null));
    assert_eq!(
        counted[2]["columns_after"],
        json!([{"name": "id", "type": "INTEGER"}])
    );
    let view = entries(
        &project,
        &["--select", "model.health.passed_on", "--limit", "1"],
    );
    assert_eq!(facts(&view[0]), json!([3, null, []]));

    let ran = project.run(&["history", "--select", "counter"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("did you mean `counted`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn runs_are_added_to_tables_when_asked_for() {
    let project = Project::new(
        "-- models/a.sql
{{ config(materialized='table') }}
select 1 as id, 'it''s' as \"it's\"
# models/schema.yml
models:
  - name: a
    columns: [{name: id, data_tests: [{accepted_values: {arguments: {values: [2]}}}]}]
# hcdbt.yml
audit: {ledger: false, table: true, schema: ledger}
",
    );
    assert_eq!(project.run(&["build"]).code, 1);
    assert_eq!(project.run(&["run"]).code, 0);
    assert_eq!(
        project.rows("select command, status, nodes from ledger.runs order by started_at"),
        json!([
            {"command": "build", "status": "failed", "nodes": 2},
            {"command": "run", "status": "success", "nodes": 1},
        ])
    );
    assert_eq!(
        project.rows(
            "select status, failures, rows_out, columns_before is null as is_new,
                columns_after[2].name as name
             from ledger.nodes order by started_at"
        ),
        json!([
            {"status": "success", "failures": null, "rows_out": 1, "is_new": true, "name": "it's"},
            {"status": "fail", "failures": 1, "rows_out": null, "is_new": true, "name": null},
            {"status": "success", "failures": null, "rows_out": 1, "is_new": false, "name": "it's"},
        ])
    );
    assert!(!project.path("target/hcdbt/runs").exists());
}
