//! The package `healthcare`, as a project uses it.

use std::path::{Path, PathBuf};

use crate::project::{Project, copy_folder, run_in};

/// Copies a fixture, so that a build leaves no trace.
fn fixture(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let to = folder.path().join(name);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy_folder(&root.join("tests/fixtures").join(name), &to);
    (folder, to)
}

/// The fixture says itself how many rows each of its tests must find.
#[test]
fn every_test_accepts_what_is_right_and_finds_what_is_not() {
    let (_folder, project) = fixture("healthcare");
    let ran = run_in(&project, &["build"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!project.join("dbt_packages").exists());
}

#[test]
fn deps_writes_the_package_out_and_it_is_used_from_there() {
    let (_folder, project) = fixture("healthcare");
    let ran = run_in(&project, &["deps"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let package = project.join("dbt_packages/healthcare");
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/healthcare");
    for file in ["dbt_project.yml", "macros/identifiers/npi.sql"] {
        let text = |folder: &Path| std::fs::read_to_string(folder.join(file)).expect("a file");
        assert_eq!(text(&package), text(&committed));
    }
    // The copy counts from now on.
    std::fs::remove_file(package.join("macros/identifiers/npi.sql")).expect("a file");
    let ran = run_in(&project, &["compile"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("npi"), "{}", ran.stderr);
}

#[test]
fn a_package_that_does_not_come_with_the_program_is_named() {
    let project = Project::new("# packages.yml\npackages:\n  - builtin: finance\n");
    let ran = project.run(&["parse"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("packages.yml:2:5"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`healthcare`"), "{}", ran.stderr);
}

#[test]
fn value_sets_are_what_their_versions_say_and_can_be_compared() {
    let (_folder, project) = fixture("healthcare");
    let ran = run_in(&project, &["valuesets", "list"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("place_of_service"), "{}", ran.stdout);

    let day = |day: &str| format!("place_of_service@{day}");
    let (before, after) = (day("2023-09-30"), day("2023-10-01"));
    let ran = run_in(&project, &["valuesets", "diff", &before, &after]);
    assert_eq!(
        ran.stdout,
        "+ 27  Outreach site or street (from 2023-10-01)\n"
    );

    // A list that the project supplies, by the name that its tests use.
    let ran = run_in(&project, &["valuesets", "diff", "cpt@1999-12-31", "cpt"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("+ X1"), "{}", ran.stdout);

    // A version whose file is another one by now.
    let ran = run_in(&project, &["deps"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let file = "dbt_packages/healthcare/seeds/value_sets/value_set_admission_type.csv";
    let text = std::fs::read_to_string(project.join(file)).expect("a file");
    std::fs::write(project.join(file), text.replace("Urgent", "Soon")).expect("a file");
    let ran = run_in(&project, &["valuesets", "list"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("`admission_type`"), "{}", ran.stderr);
}

#[test]
fn a_licensed_value_set_that_nobody_supplied_says_what_to_do() {
    let project = Project::new(
        "
# packages.yml
packages:
  - builtin: healthcare
-- models/services.sql
select '99213' as code
# models/services.yml
models:
  - name: services
    columns:
      - name: code
        data_tests:
          - healthcare.in_value_set: {arguments: {value_set: cpt}}
",
    );
    let ran = project.run(&["build", "--select", "services"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("American Medical Association"));
    assert!(
        ran.stderr.contains("healthcare_value_sets: {cpt: my_cpt}"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_projects_own_risk_score_takes_the_place_of_the_packages() {
    let project = Project::new(
        "
# packages.yml
packages:
  - builtin: healthcare
# dbt_project.yml
name: health
version: '1.0'
profile: health
dispatch: [{macro_namespace: healthcare, search_order: [health, healthcare]}]
-- macros/risk.sql
{% macro default__risk_score(diagnoses, patient, code) %}select 42 as risk_score{% endmacro %}
-- models/scores.sql
{{ healthcare.risk_score('diagnoses') }}
",
    );
    let ran = project.run(&["compile", "--select", "scores"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let compiled = project.read("target/compiled/health/models/scores.sql");
    assert_eq!(compiled.trim(), "select 42 as risk_score");
}

#[test]
fn attrition_says_where_patients_are_lost() {
    let project = Project::new(
        "
-- models/patients.sql
{{ config(materialized='table') }}
select 'p' || range as patient_id, range as age from range(40)
-- models/cohort.sql
with adults as (select * from {{ ref('patients') }} where age >= 18)
select patient_id from adults where age < 30
",
    );
    let ran = project.run(&["attrition", "cohort"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("build what the model reads"),
        "{}",
        ran.stderr
    );

    assert_eq!(project.run(&["run", "--select", "patients"]).code, 0);
    let ran = project.run(&["attrition", "cohort", "--output", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let last = ran.stdout.lines().last().expect("a line");
    let last: serde_json::Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(last["patients"], 12);
    let lost: Vec<i64> = ran
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()?["lost"].as_i64())
        .collect();
    assert_eq!(lost, [18, 0, 10, 0]);
}
