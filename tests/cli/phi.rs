//! Patient data: planted values that must turn up nowhere, promises that
//! break, and masks.

use std::fmt::Write as _;

use crate::project::{Project, Ran};

/// A value of each kind that nothing else is called.
const PLANTED: &[(&str, &str)] = &[
    ("name", "Zebulon Quillfeather"),
    ("geo", "17 Canary Lane"),
    ("zip", "89301-7745"),
    ("date", "1931-07-19"),
    ("phone", "555-201-7741"),
    ("fax", "555-201-7742"),
    ("email", "z.quill@canary.test"),
    ("ssn", "512-77-4421"),
    ("mrn", "MRN-CANARY-88"),
    ("health_plan_id", "1EG4-TE5-MK73"),
    ("account", "ACC-CANARY-91"),
    ("license", "LIC-CANARY-92"),
    ("vehicle", "1HGCANARY00000093"),
    ("device", "DEV-CANARY-94"),
    ("url", "https://canary.test/p/95"),
    ("ip", "203.0.113.96"),
    ("biometric", "BIO-CANARY-97"),
    ("photo", "PHOTO-CANARY-98.jpg"),
    ("other_id", "OID-CANARY-99"),
    ("free_text", "A note on a canary"),
    ("age_over_89", "113"),
];

const MART: &str = "
select
    {{ healthcare.year_only('\"date\"') }} as birth_year,
    {{ healthcare.age_capped('\"date\"', \"date '2020-01-01'\") }} as age,
    least(cast(age_over_89 as integer), 90) as told_age,
    {{ healthcare.zip3_safe('zip') }} as zip3,
    count(distinct mrn) as patients,
    max(length(free_text)) as longest,
    'x' as nothing
from {{ ref('stg_patients') }}
group by all
";

const PSEUDONYMOUS: &str = "
{{ config(meta={'phi': 'pseudonymous'}) }}
select
    {{ healthcare.hash_id('mrn') }} as patient,
    {{ healthcare.date_shift('\"date\"', 'mrn') }} as shifted
from {{ ref('stg_patients') }}
";

const KEY: &[(&str, &str)] = &[
    ("HEALTHCARE_KEY", "a key that nobody guesses"),
    ("HCDBT_PHI_SALT", "a salt that nobody guesses"),
];

fn clinic() -> Project {
    let project = Project::new(
        "# packages.yml
packages: [{builtin: healthcare}]
# dbt_project.yml
name: health
version: '1.0'
profile: health
models:
  health:
    marts:
      +materialized: table
      +meta: {phi: none}
-- models/stg_patients.sql
select * from {{ source('raw', 'patients') }}
-- models/wrong.sql
{{ config(materialized='table') }}
select cast(ssn as integer) as number, strptime(name, '%Y') as d from {{ ref('stg_patients') }}
-- models/keyed.sql
{{ config(materialized='table', post_hook='create unique index i on {{ this }} (mrn)') }}
select mrn from {{ ref('stg_patients') }}
-- models/said.sql
{{ config(materialized='table') }}
select error('nobody is ' || ssn) as e from {{ ref('stg_patients') }}
-- snapshots/past.sql
{% snapshot past %}
{{ config(unique_key='mrn', strategy='check', check_cols='all') }}
select * from {{ ref('stg_patients') }}
{% endsnapshot %}
# models/schema.yml
models:
  - name: stg_patients
    columns:
      - name: mrn
        data_tests:
          - unique: {config: {store_failures: true}}
          - accepted_values: {arguments: {values: [x]}, config: {store_failures: true}}
exposures:
  - name: board
    type: dashboard
    owner: {name: Board, email: board@example.org}
    meta: {phi: none}
    depends_on: [ref('years')]
",
    );
    let mut sources = "sources:\n  - name: raw\n    config: {meta: {external_location: \
                       'data/{name}.csv'}}\n    tables:\n      - name: patients\n        columns:\n"
        .to_owned();
    for (kind, _) in PLANTED {
        let _ = writeln!(
            sources,
            "          - {{name: {kind}, config: {{meta: {{phi: {kind}}}}}}}"
        );
    }
    project.write("models/sources.yml", &sources);
    let names: Vec<&str> = PLANTED.iter().map(|(kind, _)| *kind).collect();
    let values: Vec<&str> = PLANTED.iter().map(|(_, value)| *value).collect();
    let (names, values) = (names.join(","), values.join(","));
    project.write(
        "data/patients.csv",
        &format!("{names}\n{values}\n{values}\n"),
    );
    project.write("models/marts/years.sql", MART);
    project.write("models/marts/pseudonymous.sql", PSEUDONYMOUS);
    project
}

/// Returns the planted values that a text has. Ages are numbers like others.
fn canaries(text: &str) -> Vec<&'static str> {
    let values = PLANTED.iter().filter(|(kind, _)| *kind != "age_over_89");
    values
        .map(|(_, value)| *value)
        .filter(|value| text.contains(value))
        .collect()
}

/// Returns the rows of a query as JSON.
fn rows(project: &Project, sql: &str) -> String {
    let args = [
        "show", "--quiet", "--inline", sql, "--output", "json", "--limit", "-1",
    ];
    let ran = project.run_with(&args, KEY);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    value["show"].to_string()
}

fn assert_clean(what: &str, text: &str) {
    let found = canaries(text);
    assert!(found.is_empty(), "{what} has {found:?}");
}

fn assert_all_clean(project: &Project, runs: &[Ran]) {
    for ran in runs {
        assert_clean("the terminal", &ran.stdout);
        assert_clean("the terminal", &ran.stderr);
    }
    let mut files = 0;
    for folder in ["target", "logs"] {
        for entry in walkdir::WalkDir::new(project.path(folder)) {
            let entry = entry.expect("a readable folder");
            if entry.file_type().is_file() {
                let bytes = std::fs::read(entry.path()).expect("a file");
                let text = String::from_utf8_lossy(&bytes);
                assert_clean(&entry.path().display().to_string(), &text);
                files += 1;
            }
        }
    }
    assert!(files > 5, "only {files} files were looked at");
}

#[test]
fn planted_values_turn_up_nowhere() {
    let project = clinic();
    let built = project.run_with(&["build"], KEY);
    assert_eq!(built.code, 1, "a test fails: {}", built.stderr);
    let ran = project.run_with(&["run"], KEY);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let told = "Could not convert string '***' to INT32";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let told = "duplicate key \"***\"";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let snapshot = project.run_with(&["snapshot", "--log-format", "json"], KEY);
    let docs = project.run_with(&["docs", "generate", "--debug"], KEY);
    let report = project.run_with(&["phi", "report"], KEY);
    assert_eq!(report.code, 0, "{}", report.stderr);
    let suggested = project.run_with(&["phi", "suggest", "--output", "json"], KEY);
    let runs = [built, ran, snapshot, docs, report, suggested];
    assert_all_clean(&project, &runs);

    assert_eq!(
        rows(&project, "select * from years"),
        r#"[{"birth_year":1931,"age":88,"told_age":90,"zip3":"000","patients":1,"longest":18,"nothing":"x"}]"#
    );
    let hashes = rows(&project, "select * from pseudonymous");
    assert_clean("pseudonymous", &hashes);
    assert!(!hashes.contains("null"), "{hashes}");

    let shown = project.run_with(&["run", "-s", "wrong", "--show-values"], KEY);
    assert!(shown.stderr.contains("512-77-4421"), "{}", shown.stderr);
}

#[test]
fn without_any_one_transform_nothing_compiles() {
    let project = clinic();
    let compiled = project.run_with(&["compile"], KEY);
    assert_eq!(compiled.code, 0, "{}", compiled.stderr);
    let years = [
        ("{{ healthcare.year_only('\"date\"') }}", "\"date\"", "date"),
        (
            "{{ healthcare.age_capped('\"date\"', \"date '2020-01-01'\") }}",
            "date_diff('year', cast(\"date\" as date), date '2020-01-01')",
            "age_over_89",
        ),
        (
            "least(cast(age_over_89 as integer), 90)",
            "age_over_89",
            "age_over_89",
        ),
        ("{{ healthcare.zip3_safe('zip') }}", "left(zip, 3)", "zip"),
        ("count(distinct mrn)", "max(mrn)", "mrn"),
        ("max(length(free_text))", "max(free_text)", "free_text"),
        ("'x'", "any_value(ssn)", "ssn"),
    ];
    for (with, without, kind) in years {
        assert!(MART.contains(with), "{with}");
        project.write("models/marts/years.sql", &MART.replacen(with, without, 1));
        is_broken(&project, kind);
    }
    project.write("models/marts/years.sql", MART);
    let pseudonymous = [
        ("{{ healthcare.hash_id('mrn') }}", "sha256(mrn)", "mrn"),
        (
            "{{ healthcare.date_shift('\"date\"', 'mrn') }}",
            "\"date\"",
            "date",
        ),
    ];
    for (with, without, kind) in pseudonymous {
        let text = PSEUDONYMOUS.replacen(with, without, 1);
        project.write("models/marts/pseudonymous.sql", &text);
        is_broken(&project, kind);
    }
    // A hash is an identifier where nothing less was promised.
    let text = PSEUDONYMOUS.replacen("pseudonymous", "none", 1);
    project.write("models/marts/pseudonymous.sql", &text);
    is_broken(&project, "mrn (hashed)");
}

/// The same where a mart that promises pseudonyms has numbers that it must not have.
fn leaking_clinic() -> Project {
    let project = clinic();
    project.write(
        "models/marts/pseudonymous.sql",
        "select ssn from {{ ref('stg_patients') }}\n",
    );
    project
}

fn assert_refused(ran: &Ran) {
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let refused = ran.stderr.contains("error[broken-promise]");
    assert!(refused, "{}", ran.stderr);
}

fn is_broken(project: &Project, kind: &str) {
    let ran = project.run_with(&["compile"], KEY);
    assert_refused(&ran);
    let holds = ran.stderr.contains(&format!("but holds {kind}"));
    assert!(holds, "{kind}: {}", ran.stderr);
    let way = ran.stderr.contains("models/sources.yml:")
        && ran.stderr.contains("models/stg_patients.sql:1");
    assert!(way, "the way is told: {}", ran.stderr);
}

#[test]
fn what_hooks_write_into_a_table_is_in_it() {
    let project = clinic();
    let mart = "select count(*) as n from {{ ref('stg_patients') }}\n";
    let hook = |sql: &str| format!("{{{{ config(post_hook=\"{sql}\") }}}}\n{mart}");
    let path = "models/marts/counted.sql";
    project.write(path, &hook("delete from {{ this }} where n = 0"));
    let ran = project.run_with(&["compile"], KEY);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for sql in [
        "insert into {{ this }} select ssn from {{ ref('stg_patients') }}",
        "create temp table t as select ssn from {{ ref('stg_patients') }}; \
         insert into {{ this }} (n) select * from t",
    ] {
        project.write(path, &hook(sql));
        let ran = project.run_with(&["compile"], KEY);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(
            ran.stderr
                .contains("`counted.n` is promised to hold no patient data, but holds"),
            "{}",
            ran.stderr
        );
    }
    let told = project.run_with(&["phi", "check"], KEY).stderr;
    assert!(told.contains("written by a hook"), "{told}");

    // A model's hook may write into another one's table.
    project.write(path, mart);
    let sql = "update {{ ref('counted') }} set n = p.ssn from {{ ref('stg_patients') }} p";
    let yml = project.read("dbt_project.yml");
    project.write(
        "dbt_project.yml",
        &format!("{yml}\non-run-end: [\"{sql}\"]\n"),
    );
    let ran = project.run_with(&["compile"], KEY);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

#[test]
fn the_page_is_not_made_of_what_breaks_a_promise() {
    let project = leaking_clinic();
    let ran = project.run_with(&["docs", "generate"], KEY);
    assert_refused(&ran);
    assert!(!project.path("target/index.html").exists());
}

#[test]
fn what_is_kept_up_to_date_keeps_promises_too() {
    let project = leaking_clinic();
    let ran = project.run_with(&["build", "--changed"], KEY);
    assert_refused(&ran);
}

#[test]
fn masks_rewrite_what_a_model_gives_and_the_salt_is_in_no_file() {
    let project = clinic();
    project.add(
        "# models/masked.yml
models:
  - name: masked
    config: {materialized: table, phi: pseudonymous}
    columns:
      - {name: mrn, config: {meta: {mask: hash}}}
      - {name: ssn, config: {meta: {mask: null}}}
      - {name: name, config: {meta: {mask: redact}}}
      - {name: date, config: {meta: {mask: year}}}
      - {name: zip, config: {meta: {mask: zip3}}}
      - {name: age_over_89, config: {meta: {mask: age}}}
-- models/masked.sql
with all_of_them as (select * from {{ ref('stg_patients') }})
select mrn, ssn, name, date, zip, age_over_89 from all_of_them -- the first touch
",
    );
    let without = project.run_with(&["run", "-s", "+masked"], &KEY[..1]);
    assert_ne!(without.code, 0);
    assert!(
        without.stderr.contains("HCDBT_PHI_SALT"),
        "{}",
        without.stderr
    );

    let ran = project.run_with(&["run", "-s", "+masked"], KEY);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        rows(
            &project,
            "select * exclude (mrn), length(mrn) as n from masked limit 1"
        ),
        r#"[{"ssn":null,"name":"***","date":1931,"zip":"000","age_over_89":90,"n":64}]"#
    );
    assert_all_clean(&project, &[ran]);
    for folder in ["target", "logs"] {
        for entry in walkdir::WalkDir::new(project.path(folder)) {
            let entry = entry.expect("a readable folder");
            if entry.file_type().is_file() {
                let bytes = std::fs::read(entry.path()).expect("a file");
                let text = String::from_utf8_lossy(&bytes);
                assert!(
                    !text.contains("a salt that nobody"),
                    "{}",
                    entry.path().display()
                );
            }
        }
    }
    let yml = project
        .read("models/masked.yml")
        .replace("mask: hash", "note: x");
    project.write("models/masked.yml", &yml);
    is_broken(&project, "mrn");
    project.write("models/masked.yml", &yml.replace("mask: null", "mask: nil"));
    let wrong = project.run_with(&["compile"], KEY);
    assert!(
        wrong.stderr.contains("there is no mask `nil`"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_project_registers_transforms_with_a_reason() {
    let project = clinic();
    project.add(
        "# hcdbt.yml
phi:
  transforms:
    - name: first letter
      expression: upper(left(value, 1))
      lowers: name
      reason: the board has decided so
-- models/marts/letters.sql
select upper(left(name, 1)) as letter from {{ ref('stg_patients') }}
",
    );
    let kept = project.run_with(&["phi", "check"], KEY);
    assert_eq!(kept.code, 0, "{}", kept.stderr);
    let other = "select upper(left(name, 2)) as letter from {{ ref('stg_patients') }}\n";
    project.write("models/marts/letters.sql", other);
    let broken = project.run_with(&["phi", "check"], KEY);
    assert_eq!(broken.code, 1, "{}", broken.stderr);
    let yml = project.read("hcdbt.yml");
    project.write(
        "hcdbt.yml",
        &yml.replace("reason: the board has decided so", "reason: ''"),
    );
    let without = project.run_with(&["phi", "check"], KEY);
    assert!(
        without.stderr.contains("what it lowers, and why"),
        "{}",
        without.stderr
    );
}

#[test]
fn a_mistake_in_sql_is_told_before_the_promise_that_nobody_can_judge() {
    let project = Project::new(
        "-- models/stg.sql
select 'a' as name
-- models/mart.sql
select count(*) as n from {{ ref('stg') }} group by naem
# models/schema.yml
models:
  - name: stg
    columns: [{name: name, meta: {phi: name}}]
  - name: mart
    config: {meta: {phi: none}}
",
    );
    let checked = project.run(&["check"]);
    assert_eq!(checked.code, 1, "{}", checked.stderr);
    assert!(
        checked.stderr.contains("error[unknown-column]"),
        "{}",
        checked.stderr
    );
    assert!(
        !checked.stderr.contains("broken-promise"),
        "{}",
        checked.stderr
    );

    let ran = project.run(&["run"]);
    let mistake = ran.stderr.find("[unknown-column]");
    let promise = ran.stderr.find("error[broken-promise]");
    assert!(mistake.is_some(), "{}", ran.stderr);
    assert!(
        promise.is_none_or(|promise| mistake < Some(promise)),
        "{}",
        ran.stderr
    );
}
