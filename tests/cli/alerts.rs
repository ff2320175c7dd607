//! `alerts:` of `hcdbt.yml`, as a run sends them.

use crate::project::Project;

#[test]
#[cfg(unix)]
fn alerts_tell_of_nodes_and_hold_no_values() {
    let project = Project::new(
        "-- models/people.sql
{{ config(materialized='table', tags=['phi']) }}
select 1 as id, 'Jane Doe' as name
-- models/broken.sql
{{ config(materialized='table', tags=['finance']) }}
select cast(name as integer) as n from {{ ref('people') }}
# models/schema.yml
models:
  - name: people
    columns: [{name: id, data_tests: [{accepted_values: {arguments: {values: [2]}}}]}]
# hcdbt.yml
alerts:
  - when: [error, fail]
    command: [sh, -c, 'cat > all.json']
  - when: [error, fail]
    tags: phi
    command: [sh, -c, 'cat > phi.json']
  - name: care
    webhook: {url: \"{{ env_var('DBT_ENV_SECRET_HOOK', '') }}\", format: slack}
",
    );
    let env = [("DBT_ENV_SECRET_HOOK", "http://127.0.0.1:1/hook-of-care")];
    assert_eq!(project.run_with(&["run"], &env).code, 1);
    let all = project.read("all.json");
    assert!(
        all.contains("model.health.broken") && !all.contains("Jane"),
        "{all}"
    );
    assert!(!project.path("phi.json").exists(), "nothing of it failed");

    // A test has the tags of what it tests; an alert that cannot be sent
    // changes nothing but is told.
    let ran = project.run_with(&["test"], &env);
    assert_eq!(ran.code, 1);
    let told = project.json("phi.json");
    assert_eq!(told["nodes"][0]["name"], "accepted_values_people_id__2");
    assert_eq!(told["nodes"][0]["line"], 3);
    assert!(
        ran.stderr.contains("the alert `care` could not be sent"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("hook-of-care"), "{}", ran.stderr);

    let ran = project.run_with(&["run", "--select", "people"], &env);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!ran.stderr.contains("could not be sent"), "nothing failed");
}
