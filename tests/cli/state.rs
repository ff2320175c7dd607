//! What earlier commands have left: `retry`, `--defer`, `clone`, `state:`.

use crate::project::Project;

/// A project in two environments, `prod` and `dev`.
fn two_environments() -> Project {
    let project = Project::new(
        "-- models/a.sql
select 1 as id
-- models/b.sql
select id, '{{ target.name }}' as made_in from {{ ref('a') }}
",
    );
    project.write(
        "profiles.yml",
        "health:
  target: dev
  outputs:
    dev: {type: duckdb, path: health.duckdb, schema: dev}
    prod: {type: duckdb, path: health.duckdb, schema: prod}
",
    );
    let ran = project.run(&["run", "--target", "prod", "--target-path", "prod"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    project
}

#[test]
fn what_is_not_built_here_is_read_from_where_the_state_says() {
    let project = two_environments();
    let ran = project.run(&["run", "--select", "b"]);
    assert_eq!(ran.code, 1, "a is not built here:\n{}", ran.stderr);
    let ran = project.run(&["run", "--select", "b", "--defer", "--state", "prod"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows = project.rows("select id, made_in from dev.b");
    assert_eq!(rows, serde_json::json!([{"id": 1, "made_in": "dev"}]));

    let ran = project.run(&["run", "--defer"]);
    assert_eq!(ran.code, 2, "there is no state:\n{}", ran.stderr);
}

#[test]
fn clones_read_the_other_environment() {
    let project = two_environments();
    let ran = project.run(&["clone", "--state", "prod"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows = project.rows("select made_in from dev.b");
    assert_eq!(rows, serde_json::json!([{"made_in": "prod"}]));
}

#[test]
fn retry_runs_what_failed_and_keeps_the_record_of_the_run() {
    let project = Project::new(
        "-- models/a.sql
select 1 as id
-- models/b.sql
select no_such_column from {{ ref('a') }}
-- models/c.sql
select * from {{ ref('b') }}
",
    );
    let statuses = |path: &str| -> Vec<(String, String)> {
        let results = project.json(path);
        let results = results["results"].as_array().expect("results").clone();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let mut statuses: Vec<(String, String)> = results
            .iter()
            .map(|result| (text(&result["unique_id"]), text(&result["status"])))
            .collect();
        statuses.sort();
        statuses
    };
    let expected = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter()
            .map(|(name, status)| (format!("model.health.{name}"), (*status).to_owned()))
            .collect()
    };
    assert_eq!(project.run(&["run", "--vars", "{day: 3}"]).code, 1);
    let first = project.json("target/run_results.json");
    project.write(
        "models/b.sql",
        "select id, {{ var('day') }} as day from {{ ref('a') }}",
    );

    // The variable is that of the run that is retried.
    let ran = project.run(&["retry"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        statuses("target/run_results.json"),
        expected(&[("b", "success"), ("c", "success")])
    );
    let id = first["metadata"]["invocation_id"].as_str().expect("an id");
    let kept = std::fs::read_dir(project.path("target/hcdbt/runs")).expect("the records");
    let kept: Vec<String> = kept
        .map(|entry| {
            entry
                .expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
    let kept = kept
        .iter()
        .find(|name| name.contains(id))
        .expect("the first run's record");
    assert_eq!(
        statuses(&format!("target/hcdbt/runs/{kept}")),
        expected(&[("a", "success"), ("b", "error"), ("c", "skipped")])
    );

    // Nothing is left to do.
    let ran = project.run(&["retry"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(statuses("target/run_results.json"), expected(&[]));
    let said = |text: &str| ran.stderr.contains(text);
    assert!(
        said("Found 3 models") && said("Nothing to do"),
        "{}",
        ran.stderr
    );
    assert!(!said("Completed") && !said("Done."), "{}", ran.stderr);
}

#[test]
fn what_is_left_out_after_the_first_failure_counts_as_an_error() {
    let project = Project::new(
        "-- models/a.sql
select nope
-- models/b.sql
select 1 as id
",
    );
    let ran = project.run(&["run", "--fail-fast", "--threads", "1", "--no-check"]);
    assert_eq!(ran.code, 1);
    let end = "Completed with 2 errors, 0 partial successes, and 0 warnings:";
    assert!(ran.stderr.contains(end), "{}", ran.stderr);
}

#[test]
fn compiling_takes_hooks_along_and_sums_nothing_up() {
    let project = Project::new(
        "-- models/a.sql
select 1 as id
-- dbt_project.yml
name: health
version: '1.0'
profile: health
on-run-end: \"select '{{ this_is_there_when_it_runs }}'\"
",
    );
    let ran = project.run(&["compile"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!ran.stderr.contains("Completed"), "{}", ran.stderr);
    let results = project.json("target/run_results.json");
    let ids: Vec<&str> = results["results"]
        .as_array()
        .expect("results")
        .iter()
        .filter_map(|result| result["unique_id"].as_str())
        .collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert!(
        ids.contains(&"operation.health.health-on-run-end-0"),
        "{ids:?}"
    );
}

#[test]
fn retry_without_a_run_says_where_it_looked() {
    let project = Project::new("-- models/a.sql\nselect 1 as id\n");
    let ran = project.run(&["retry"]);
    assert_eq!(ran.code, 2);
    let text = "Could not find previous run in 'target' target directory";
    assert!(ran.stderr.contains(text), "{}", ran.stderr);
}

#[test]
fn results_and_changes_can_be_selected() {
    let project = Project::new(
        "-- models/a.sql
select 1 as id
-- models/b.sql
select no_such_column from {{ ref('a') }}
",
    );
    assert_eq!(project.run(&["run", "--target-path", "before"]).code, 1);
    let select = |selection: &str| {
        project
            .run(&[
                "list", "--quiet", "--state", "before", "--select", selection,
            ])
            .stdout
    };
    assert_eq!(select("result:error"), "health.b\n");
    assert_eq!(select("result:success"), "health.a\n");
    assert_eq!(select("state:modified"), "");
    project.write("models/a.sql", "select 2 as id");
    assert_eq!(select("state:modified"), "health.a\n");
    assert_eq!(select("state:modified+"), "health.a\nhealth.b\n");
    assert_eq!(select("1+result:error,state:modified"), "health.a\n");
}

#[test]
fn an_operation_that_is_not_there_leaves_the_results_of_the_run_before() {
    let project = Project::new(
        "-- models/a.sql
select 1 as id
-- macros/fails.sql
{% macro fails() %}{{ exceptions.raise_compiler_error('not today') }}{% endmacro %}
",
    );
    assert_eq!(project.run(&["run"]).code, 0);
    let before = project.read("target/run_results.json");
    let ran = project.run(&["run-operation", "no_such_macro"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert_eq!(project.read("target/run_results.json"), before);

    assert_eq!(project.run(&["run-operation", "fails"]).code, 1);
    let results: serde_json::Value =
        serde_json::from_str(&project.read("target/run_results.json")).expect("JSON");
    // As in dbt, an operation's result has no message.
    assert_eq!(results["results"][0]["status"], "error");
    assert!(results["results"][0]["message"].is_null(), "{results}");
}
