use pretty_assertions::assert_eq;

use super::{Case, Place, Problem, Report, github, junit, markdown, sarif};
use crate::diagnostics::Severity;
use crate::run::Status;

fn problem(severity: Severity, rule: &str, title: &str, place: Option<Place>) -> Problem {
    Problem {
        rule: rule.into(),
        severity,
        title: title.into(),
        details: Vec::new(),
        place,
    }
}

fn place(file: &str, line: usize, columns: (usize, usize)) -> Place {
    Place {
        file: file.into(),
        line,
        column: columns.0,
        end_line: line,
        end_column: columns.1,
    }
}

fn case(name: &str, status: Status, problems: Vec<Problem>) -> Case {
    Case {
        unique_id: format!("test.health.{name}"),
        kind: "test".into(),
        name: name.into(),
        group: "models".into(),
        tags: Vec::new(),
        place: Some(place("models/schema.yml", 6, (13, 21))),
        status,
        seconds: 0.5,
        failures: None,
        skipped_because: None,
        problems,
    }
}

/// A report with everything in it that is hard to write down.
fn report() -> Report {
    let hard = "100% <of> \"rows\",\nnot: a & b\u{1b}[0m | `code_with_words`";
    let at = place("models/a, b:c.yml", 3, (1, 1));
    let mut skipped = case("left_out", Status::Skipped, Vec::new());
    skipped.skipped_because = Some("model.health.a".into());
    Report {
        command: "build".into(),
        started_at: "2026-01-02T03:04:05Z".parse().expect("a time"),
        elapsed: 1.25,
        exit_code: 1,
        cases: vec![
            case("good", Status::Pass, Vec::new()),
            case(
                "bad",
                Status::Fail,
                vec![problem(Severity::Error, "failing-test", hard, Some(at))],
            ),
            case(
                "odd",
                Status::Warn,
                vec![problem(Severity::Warning, "failing-test", "odd", None)],
            ),
            skipped,
        ],
        problems: vec![problem(Severity::Note, "note", "only a note", None)],
        parts: Vec::new(),
    }
}

#[test]
fn annotations_escape_what_github_would_read() {
    assert_eq!(
        github(&report()),
        "::error file=models/a%2C b%3Ac.yml,line=3,col=1,title=failing-test::100%25 <of> \
         \"rows\",%0Anot: a & b\u{1b}[0m | `code_with_words`\n\
         ::warning title=failing-test::odd\n"
    );
}

#[test]
fn junit_counts_its_cases_and_holds_no_control_characters() {
    insta::assert_snapshot!(junit(&report()));
    let mut stopped = report();
    stopped.cases.clear();
    stopped.exit_code = 130;
    let text = junit(&stopped);
    assert!(
        text.contains("tests=\"1\" failures=\"0\" errors=\"1\""),
        "{text}"
    );
}

#[test]
fn sarif_names_rules_places_and_nodes() {
    insta::assert_snapshot!(sarif(&report()));
}

#[test]
fn markdown_keeps_its_own_signs() {
    insta::assert_snapshot!(markdown(&report()));
}
