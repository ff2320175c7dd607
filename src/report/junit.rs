//! JUnit's XML, as CI systems read it: a case for each node, and one for what
//! kept the command from running.

use std::fmt::Write as _;

use super::Report;
use super::cases::Case;
use super::problem::Problem;
use crate::diagnostics::Severity;
use crate::run::Status;

/// Writes the report.
pub fn junit(report: &Report) -> String {
    let errors: Vec<&Problem> = report
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .collect();
    // Something has to say so when nothing else does.
    let is_stopped = report.exit_code > 1 && errors.is_empty();
    let is_test = |status| matches!(status, Status::Fail);
    let failures = report.count(is_test);
    let errored = report.count(|status| status.is_failure() && !is_test(status));
    let skipped = report.count(|status| status == Status::Skipped);
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"{}\" skipped=\"{skipped}\" time=\"{:.3}\"",
        report.cases.len() + errors.len() + usize::from(is_stopped),
        errored + errors.len() + usize::from(is_stopped),
        report.elapsed,
    );
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"hcdbt\" {counts}>");
    let _ = writeln!(
        out,
        "  <testsuite name=\"hcdbt {}\" {counts} timestamp=\"{}\">",
        xml(&report.command),
        report.started_at.strftime("%Y-%m-%dT%H:%M:%S"),
    );
    for problem in errors {
        problem_case(&mut out, &report.command, problem);
    }
    if is_stopped {
        let headline = report.headline().replace('`', "");
        let _ = writeln!(
            out,
            "    <testcase classname=\"hcdbt\" name=\"{0}\" time=\"0\">\n      <error \
             message=\"{1}\" type=\"stopped\"/>\n    </testcase>",
            xml(&report.command),
            xml(&headline),
        );
    }
    for case in &report.cases {
        node_case(&mut out, case);
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn problem_case(out: &mut String, command: &str, problem: &Problem) {
    let mut place = String::new();
    let mut name = problem.rule.clone();
    if let Some(at) = &problem.place {
        let _ = write!(
            place,
            " file=\"{}\" line=\"{}\"",
            xml(at.file.as_str()),
            at.line
        );
        name = format!("{} {}:{}", problem.rule, at.file, at.line);
    }
    let _ = writeln!(
        out,
        "    <testcase classname=\"hcdbt.{}\" name=\"{}\" time=\"0\"{place}>",
        xml(command),
        xml(&name),
    );
    element(out, "error", &problem.title, &problem.rule, &problem.text());
    out.push_str("    </testcase>\n");
}

fn node_case(out: &mut String, case: &Case) {
    let mut place = String::new();
    if let Some(at) = &case.place {
        let _ = write!(
            place,
            " file=\"{}\" line=\"{}\"",
            xml(at.file.as_str()),
            at.line
        );
    }
    let group = if case.group.is_empty() {
        case.kind.clone()
    } else {
        format!("{}.{}", case.kind, case.group)
    };
    let _ = write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"{place}",
        xml(&group),
        xml(&case.name),
        case.seconds,
    );
    let first = case.problems.first();
    let title = first.map_or("", |problem| &problem.title);
    let rule = first.map_or("failed", |problem| &problem.rule);
    match case.status {
        Status::Success | Status::Pass | Status::NoOp => {
            out.push_str("/>\n");
            return;
        }
        Status::Skipped => {
            let why = match &case.skipped_because {
                Some(cause) => format!("because of {cause}"),
                None => "the command ended before".to_owned(),
            };
            out.push_str(">\n");
            let _ = writeln!(out, "      <skipped message=\"{}\"/>", xml(&why));
        }
        Status::Warn => {
            // JUnit knows no warnings; they stand in the case's output.
            out.push_str(">\n");
            let _ = writeln!(
                out,
                "      <system-out>{}</system-out>",
                xml(&case.reason())
            );
        }
        Status::Fail => {
            out.push_str(">\n");
            element(out, "failure", title, rule, &case.reason());
        }
        Status::Error | Status::RuntimeError | Status::PartialSuccess => {
            out.push_str(">\n");
            element(out, "error", title, rule, &case.reason());
        }
    }
    out.push_str("    </testcase>\n");
}

fn element(out: &mut String, name: &str, message: &str, kind: &str, text: &str) {
    let _ = writeln!(
        out,
        "      <{name} message=\"{}\" type=\"{}\">{}</{name}>",
        xml(message),
        xml(kind),
        xml(text),
    );
}

/// Escapes a text for XML, which cannot hold most control characters at all.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if (c as u32) < 0x20 || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
