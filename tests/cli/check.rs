//! `check`, and the check that `run` and `build` begin with.

use crate::project::Project;

const BROKEN: &str = "-- models/a.sql
select 1 as id
-- models/b.sql
select idd from {{ ref('a') }}
";

#[test]
fn mistakes_are_an_exit_code_and_data_for_programs() {
    let project = Project::new(BROKEN);
    let ran = project.run(&["check", "--output", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let first = &found["diagnostics"][0];
    assert_eq!(first["code"], "unknown-column");
    assert_eq!(first["labels"][0]["file"], "models/b.sql");
    assert_eq!(first["labels"][0]["line"], 1);
    assert_eq!(first["labels"][0]["column"], 8);
    assert_eq!(found["errors"], 1);
    assert!(!project.path("health.duckdb").exists(), "nothing is made");

    project.write("models/b.sql", "select id from {{ ref('a') }}");
    let ran = project.run(&["check"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("2 nodes checked, 0 errors"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_run_tells_first_what_is_going_to_fail_and_goes_on_as_dbt_does() {
    let project = Project::new(BROKEN);
    let ran = project.run(&["run"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let told = ran.stderr.find("warning[unknown-column]").unwrap();
    let begun = ran.stderr.find("1 of 2 START").unwrap();
    assert!(told < begun, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("PASS=1 WARN=0 ERROR=1"),
        "{}",
        ran.stderr
    );

    let ran = project.run(&["run", "--no-check"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        !ran.stderr.contains("warning[unknown-column]"),
        "{}",
        ran.stderr
    );
}

#[test]
fn nothing_runs_where_the_project_wants_it_so() {
    let project = Project::new(BROKEN);
    project.write("hcdbt.yml", "check: {before_run: stop}\n");
    for command in [&["build"][..], &["build", "--changed"]] {
        let ran = project.run(command);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("error[unknown-column]"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("START"), "{}", ran.stderr);
    }
}

#[test]
fn a_warning_is_switched_off_in_the_project() {
    let project = Project::new("-- models/a.sql\nselect now() as at\n");
    let ran = project.run(&["check"]);
    assert!(
        ran.stderr.contains("warning[now-in-model]"),
        "{}",
        ran.stderr
    );
    project.write("hcdbt.yml", "check: {disable: [now-in-model]}\n");
    let ran = project.run(&["check"]);
    assert!(!ran.stderr.contains("now-in-model"), "{}", ran.stderr);
}
