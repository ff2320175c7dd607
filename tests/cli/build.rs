//! What the commands do to the database and to the target folder.

use serde_json::json;

use crate::project::Project;

const SMALL: &str = "
-- seeds/patients.csv
patient_id,zip
1,02139
2,10001
-- models/stg_patients.sql
select patient_id, zip from {{ ref('patients') }}
-- models/dim_patient.sql
{{ config(materialized='table') }}
select * from {{ ref('stg_patients') }}
# models/properties.yml
models:
  - name: dim_patient
    columns:
      - name: patient_id
        data_tests: [unique, not_null]
";

#[test]
fn a_build_seeds_runs_and_tests() {
    let project = Project::new(SMALL);
    let ran = project.run(&["build"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("Done. PASS=5 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=5"),
        "{}",
        ran.stderr
    );
    let manifest = project.json("target/manifest.json");
    assert!(manifest["nodes"]["model.health.dim_patient"].is_object());
    let results = project.json("target/run_results.json");
    assert_eq!(results["results"].as_array().map(Vec::len), Some(5));
    assert_eq!(
        project.rows("select * from {{ ref('dim_patient') }} order by 1"),
        json!([{"patient_id": 1, "zip": "02139"}, {"patient_id": 2, "zip": "10001"}])
    );
}

/// What is kept open at the end is not written into the database file, and a
/// copy of that file alone would lack it.
#[test]
fn after_a_build_the_database_is_one_file() {
    let project = Project::new(SMALL);
    let ran = project.run(&["build"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(project.path("health.duckdb").exists());
    assert!(!project.path("health.duckdb.wal").exists());
}

#[test]
fn a_second_build_gives_the_same() {
    let project = Project::new(SMALL);
    for _ in 0..2 {
        let ran = project.run(&["build"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    assert_eq!(
        project.rows("select count(*) as n from {{ ref('dim_patient') }}"),
        json!([{"n": 2}])
    );
}

#[test]
fn a_failed_test_skips_what_is_downstream() {
    let project = Project::new(SMALL);
    project.add(
        "
-- seeds/patients.csv
patient_id,zip
1,02139
1,10001
-- models/mart.sql
{{ config(materialized='table') }}
select count(*) as n from {{ ref('dim_patient') }}
",
    );
    let ran = project.run(&["build"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("Done. PASS=4 WARN=0 ERROR=1 SKIP=1 NO-OP=0 TOTAL=6"),
        "{}",
        ran.stderr
    );
}

#[test]
fn icu_is_there() {
    let project = Project::new(
        "
-- models/a.sql
select
    current_date = now()::date as is_today,
    (timestamptz '2024-07-01 12:00:00+00' at time zone 'America/New_York')::varchar as in_new_york,
    (select string_agg(x, '' order by x collate de) from (values ('z'), ('ä'), ('a')) t(x)) as sorted
",
    );
    assert_eq!(
        project.run(&["run"]).code,
        0,
        "functions that need ICU can be built"
    );
    assert_eq!(
        project.rows("select in_new_york, sorted from {{ ref('a') }}"),
        json!([{"in_new_york": "2024-07-01 08:00:00", "sorted": "aäz"}])
    );
}

#[test]
fn init_makes_a_project_that_builds() {
    let project = Project::new("");
    let ran = project.run(&["init", "clinic"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = crate::project::run_in(&project.path("clinic"), &["build"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn deps_installs_local_git_and_tarball_packages() {
    use std::process::Command;
    let project = Project::new(
        "
# packages/one/dbt_project.yml
name: one
version: '1.0'
-- packages/one/macros/one.sql
{% macro one() %}1{% endmacro %}
# packages/two/dbt_project.yml
name: two
version: '1.0'
-- packages/two/macros/two.sql
{% macro two() %}2{% endmacro %}
# packages/three/dbt_project.yml
name: three
version: '1.0'
-- packages/three/macros/three.sql
{% macro three() %}3{% endmacro %}
# packages.yml
packages:
  - local: packages/one
  - git: packages/two
    revision: v1
  - tarball: packages/three.tar.gz
    name: three
-- models/a.sql
select {{ one.one() }} + {{ two.two() }} + {{ three.three() }} as n
",
    );
    let shell = |folder: &str, command: &str| {
        let status = Command::new("sh")
            .args(["-c", command])
            .current_dir(project.path(folder))
            .status()
            .expect("sh starts");
        assert!(status.success(), "{command}");
    };
    shell(
        "packages/two",
        "git init -q . && git add -A && git -c user.name=a -c user.email=a@example.org commit -qm one && git tag v1",
    );
    shell("packages", "tar czf three.tar.gz three");
    project.write(
        "packages.yml",
        &project.read("packages.yml").replace(
            "packages/two",
            &project.path("packages/two").to_string_lossy(),
        ),
    );
    let ran = project.run(&["deps"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = project.run(&["run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        project.rows("select n from {{ ref('a') }}"),
        json!([{"n": 6}])
    );
}

/// The database can be copied or sent as one file once the program has ended.
#[test]
fn nothing_is_left_beside_the_database() {
    let project = Project::new(SMALL);
    for command in ["seed", "build"] {
        let ran = project.run(&[command]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(project.path("health.duckdb").exists());
        assert!(!project.path("health.duckdb.wal").exists(), "{command}");
    }
}

#[test]
fn an_external_model_is_a_file_and_a_view_of_it() {
    let project = Project::new(
        "-- models/visits.sql\n\
         {{ config(materialized='external', location='visits.csv', options={'delimiter': '|'}) }}\n\
         select 1 as visit_id, 'x' as kind\n",
    );
    let ran = project.run(&["run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(project.read("visits.csv"), "visit_id|kind\n1|x\n");
    assert_eq!(
        project.rows("select kind from {{ ref('visits') }}"),
        json!([{"kind": "x"}])
    );
}

#[test]
fn the_page_has_the_name_that_dbt_gives_a_page_in_one_file() {
    let project = Project::new("-- models/a.sql\nselect 1 as id\n");
    let ran = project.run(&["docs", "generate"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!project.path("target/static_index.html").exists());
    let ran = project.run(&["docs", "generate", "--static"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let page = project.read("target/static_index.html");
    assert_eq!(page, project.read("target/index.html"));
    assert!(page.contains("model.health.a"));
}
