//! `--report`: what CI systems and reviewers are given, however a command ends.

use crate::project::Project;

const BROKEN: &str = "
-- models/a.sql
{{ config(materialized='table') }}
select 1 as id, 'Jane Doe' as name
union all
select null, 'John Roe'
-- models/typo.sql
select id,
  nme
from {{ ref('a') }}
-- models/values.sql
{{ config(materialized='table') }}
select cast(name as integer) as n from {{ ref('a') }}
-- models/after.sql
select * from {{ ref('typo') }}
-- tests/no_rows.sql
select * from {{ ref('a') }}
# models/schema.yml
models:
  - name: a
    columns:
      - name: id
        data_tests:
          - not_null: {config: {severity: warn}}
          - accepted_values:
              arguments: {values: [2]}
";

const ALL: &[&str] = &[
    "--report",
    "github",
    "--report",
    "junit=out/junit.xml",
    "--report",
    "sarif=out/report.sarif",
    "--report",
    "markdown=out/report.md",
];

fn run(project: &Project, command: &[&str]) -> crate::project::Ran {
    let args: Vec<&str> = command.iter().chain(ALL).copied().collect();
    project.run_with(&args, &[("GITHUB_WORKSPACE", "")])
}

/// Takes the lines of standard output that are annotations.
fn annotations(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().filter(|line| line.starts_with("::")).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn failures_are_reported_where_they_were_written() {
    let project = Project::new(BROKEN);
    let ran = run(&project, &["run"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(
        annotations(&ran.stdout),
        [
            "::error file=models/typo.sql,line=2,col=3,endColumn=6,title=database-error::model \
             `typo` failed: Binder Error: Referenced column \"nme\" not found in FROM clause!%0Ahint: \
             did you mean `name`?",
            "::error file=models/values.sql,line=2,col=8,endColumn=12,title=database-error::model \
             `values` failed: Conversion Error%0AThe log has the database's own words.",
        ]
    );
    let ran = run(&project, &["test"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(
        annotations(&ran.stdout),
        [
            "::error file=models/schema.yml,line=7,col=13,title=failing-test::test \
             accepted_values_a_id__2 failed: Got 1 result, configured to fail if != 0",
            "::error file=tests/no_rows.sql,line=1,col=1,endColumn=29,title=failing-test::test \
             no_rows failed: Got 2 results, configured to fail if != 0",
            "::warning file=models/schema.yml,line=6,col=13,endColumn=49,title=failing-test::test \
             not_null_a_id warns: Got 1 result, configured to warn if != 0",
        ]
    );
}

#[test]
fn no_report_holds_values_of_rows() {
    let project = Project::new(BROKEN);
    let ran = run(&project, &["run"]);
    assert_eq!(ran.code, 1);
    let told = "Could not convert string '***'";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert!(!ran.stdout.contains("Jane"), "{}", ran.stdout);
    for path in ["out/junit.xml", "out/report.sarif", "out/report.md"] {
        let text = project.read(path);
        assert!(
            !text.contains("Jane") && text.contains("Conversion Error"),
            "{text}"
        );
    }
    let record = record(&project);
    assert!(!record.contains("Jane"), "{record}");
}

fn record(project: &Project) -> String {
    let folder = std::fs::read_dir(project.path("target/hcdbt/runs")).expect("the ledger");
    let mut paths: Vec<_> = folder
        .map(|entry| entry.expect("a record").path())
        .collect();
    paths.sort();
    std::fs::read_to_string(paths.last().expect("a record")).expect("a text")
}

#[test]
fn what_stops_a_command_is_reported_too() {
    let project = Project::new("-- models/a.sql\nselect * from\n{{ ref('b') }}\n");
    let ran = run(&project, &["build"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let lines = annotations(&ran.stdout);
    assert!(
        lines[0].starts_with("::error file=models/a.sql,line=2,"),
        "{lines:?}"
    );
    let sarif = project.json("out/report.sarif");
    let run_entry = &sarif["runs"][0];
    assert_eq!(run_entry["results"][0]["ruleId"], "unknown-ref");
    assert_eq!(run_entry["invocations"][0]["executionSuccessful"], false);
    assert!(
        project
            .read("out/junit.xml")
            .contains("tests=\"1\" failures=\"0\" errors=\"1\"")
    );
    assert!(project.read("out/report.md").contains("`models/a.sql:2`"));

    project.write("hcdbt.yml", "ci: {gate: 1}\n");
    let ran = run(&project, &["source", "freshness"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let text = "file=hcdbt.yml,line=1,col=6,endColumn=10,title=unknown-key";
    assert!(ran.stdout.contains(text), "{}", ran.stdout);
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_is_reported() {
    let project = Project::new(
        "-- models/slow.sql
{{ config(materialized='table') }}
select count(*) as n from range(1000000000000) r(i) where i % 7 = 3
",
    );
    let mut command = crate::project::command_in(&project.path(""));
    let program = command
        .args(["run", "--report", "junit=junit.xml"])
        .stderr(std::process::Stdio::piped());
    let mut program = program.spawn().expect("the program starts");
    // Its first node has begun when the program says so.
    let mut log = std::io::BufReader::new(program.stderr.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("START") {
        line.clear();
        let read = std::io::BufRead::read_line(&mut log, &mut line).expect("a line");
        assert!(read > 0, "it ended before");
    }
    let sent = std::process::Command::new("kill")
        .args(["-INT", &program.id().to_string()])
        .status();
    assert!(sent.expect("kill").success());
    std::io::copy(&mut log, &mut std::io::sink()).expect("the rest");
    assert_eq!(program.wait().expect("an end").code(), Some(130));
    let text = project.read("junit.xml");
    assert!(text.contains("type=\"cancelled\""), "{text}");
    let history = project.run(&["history", "--output", "json"]);
    assert!(
        history.stdout.contains("\"status\":\"interrupted\""),
        "{}",
        history.stdout
    );
}
