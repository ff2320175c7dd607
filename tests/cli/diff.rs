//! `diff`: models, relations and database files compared.

use serde_json::json;

use crate::project::Project;

fn two_schemas() -> Project {
    Project::new(
        "-- models/person.sql
{{ config(materialized='table') }}
select i as id, 'person ' || i as name, i / 2 as score from range(100) r(i)
{% if target.name == 'dev' %} where i <> 7 {% endif %}
# models/schema.yml
models:
  - name: person
    columns: [{name: id, data_tests: [unique, not_null]}]
# profiles.yml
health:
  target: dev
  outputs:
    dev: {type: duckdb, path: health.duckdb, schema: dev}
    prod: {type: duckdb, path: prod.duckdb, schema: dev}
    here: {type: duckdb, path: health.duckdb, schema: prod}
",
    )
}

#[test]
fn a_model_is_compared_by_the_key_that_its_tests_tell() {
    let project = two_schemas();
    assert_eq!(project.run(&["run"]).code, 0);
    assert_eq!(project.run(&["run", "--target", "here"]).code, 0);
    let ran = project.run(&["diff", "prod.person", "person", "--output", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let counts = ["key", "added", "removed", "changed", "unchanged"].map(|key| &found[key]);
    assert_eq!(json!(counts), json!([["id"], 0, 1, 0, 99]));

    let args = [
        "diff",
        "prod.person",
        "person",
        "--report",
        "markdown=d.md",
        "--exit-code",
    ];
    let ran = project.run(&args);
    assert_eq!(ran.code, 1, "there is a difference");
    assert!(
        ran.stdout
            .contains("0 added, 1 removed, 0 changed, 99 the same"),
        "{}",
        ran.stdout
    );
    let markdown = project.read("d.md");
    assert!(
        markdown.contains("#### prod.person -> person"),
        "{markdown}"
    );
    for text in [&ran.stdout, &markdown] {
        assert!(!text.contains("person 7"), "no value is shown:\n{text}");
    }
    let args = [
        "diff",
        "prod.person",
        "person",
        "--key",
        "name",
        "--show-values",
    ];
    let shown = project.run(&args).stdout;
    assert!(shown.contains("name=person 7"), "{shown}");

    let ran = project.run(&["diff", "persn", "person"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("did you mean `person`?"),
        "{}",
        ran.stderr
    );
    let ran = project.run(&["diff", "prod.person", "person", "--key", "no"]);
    assert!(ran.stderr.contains("the key column `no`"), "{}", ran.stderr);
}

#[test]
fn database_files_are_compared_without_a_project() {
    let project = two_schemas();
    assert_eq!(project.run(&["run"]).code, 0);
    assert_eq!(project.run(&["run", "--target", "prod"]).code, 0);
    project.write("models/only_here.sql", "select 1 as x");
    assert_eq!(project.run(&["run", "--select", "only_here"]).code, 0);
    std::fs::remove_file(project.path("dbt_project.yml")).expect("it was there");

    let ran = project.run(&["diff", "prod.duckdb:dev.person", "health.duckdb:dev.person"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout
            .contains("0 added, 1 removed, 99 the same, compared as whole rows")
    );

    let ran = project.run(&["diff", "prod.duckdb", "health.duckdb", "--output", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(found["only_after"], json!(["\"dev\".\"only_here\""]));
    assert_eq!(found["only_before"], json!([]));
    assert_eq!(found["compared"][0]["removed"], 1);

    let ran = project.run(&["diff", "prod.duckdb", "health.duckdb:dev.person"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("`prod.duckdb:schema.table`"),
        "{}",
        ran.stderr
    );
}
