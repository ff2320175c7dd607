//! Markdown for a comment on a pull request.

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::Report;
use super::cases::Case;
use super::problem::Problem;
use crate::diagnostics::Severity;
use crate::run::Status;

/// How many nodes are told of one by one: comments have a limit of length.
const MOST: usize = 50;

/// How many nodes are named that were skipped for one cause.
const MOST_OF_A_CAUSE: usize = 10;

/// Writes the report.
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    let sign = match report.exit_code {
        0 => "✅",
        130 => "⏹️",
        _ => "❌",
    };
    let _ = writeln!(out, "## {sign} hcdbt: {}\n", report.headline());
    if !report.cases.is_empty() {
        counts(&mut out, report);
    }
    let errors = problems(report, Severity::Error);
    section(&mut out, "Errors", &errors, problem_item);
    let failed: Vec<&Case> = report.cases.iter().filter(|c| c.is_failure()).collect();
    section(&mut out, "Failed", &failed, case_item);
    let warned: Vec<&Case> = report
        .cases
        .iter()
        .filter(|case| case.status == Status::Warn)
        .collect();
    section(&mut out, "Warnings of tests", &warned, |case| {
        case_item(case)
    });
    skipped(&mut out, report);
    for part in &report.parts {
        let _ = writeln!(out, "{}\n", part.trim_end());
    }
    let warnings = problems(report, Severity::Warning);
    section(&mut out, "Warnings", &warnings, |problem| {
        problem_item(problem)
    });
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn problems(report: &Report, severity: Severity) -> Vec<&Problem> {
    let problems = report.problems.iter();
    problems.filter(|p| p.severity == severity).collect()
}

fn counts(out: &mut String, report: &Report) {
    let good = |status| matches!(status, Status::Success | Status::Pass | Status::NoOp);
    let _ = writeln!(out, "| ok | warnings | failed | skipped | seconds |");
    let _ = writeln!(out, "|---:|---:|---:|---:|---:|");
    let _ = writeln!(
        out,
        "| {} | {} | {} | {} | {:.1} |\n",
        report.count(good),
        report.count(|status| status == Status::Warn),
        report.count(Status::is_failure),
        report.count(|status| status == Status::Skipped),
        report.elapsed,
    );
}

fn section<T>(out: &mut String, heading: &str, items: &[&T], write: impl Fn(&T) -> String) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(out, "### {heading}\n");
    for item in items.iter().take(MOST) {
        out.push_str(&write(item));
    }
    if items.len() > MOST {
        let _ = writeln!(out, "- and {} more", items.len() - MOST);
    }
    out.push('\n');
}

fn case_item(case: &Case) -> String {
    let mut out = format!("- **{}**", escaped(&case.title()));
    let problems = case.problems.iter();
    for problem in problems.filter(|problem| problem.severity != Severity::Note) {
        if let Some(place) = problem.place.as_ref().or(case.place.as_ref()) {
            let _ = write!(out, " (`{}:{}`)", place.file, place.line);
        }
        // The title may name the node again, before a colon.
        let why = problem.title.split_once(": ");
        let why = why.filter(|(before, _)| before.contains(&case.name));
        let title = why.map_or(&*problem.title, |(_, why)| why);
        let _ = write!(out, "<br>{}", escaped(title));
        for detail in &problem.details {
            let _ = write!(out, "<br>{}", escaped(detail));
        }
    }
    out.push('\n');
    out
}

fn problem_item(problem: &Problem) -> String {
    let mut out = "- ".to_owned();
    if let Some(place) = &problem.place {
        let _ = write!(out, "`{}:{}` ", place.file, place.line);
    }
    out.push_str(&escaped(&problem.title));
    for detail in &problem.details {
        let _ = write!(out, "<br>{}", escaped(detail));
    }
    out.push('\n');
    out
}

fn skipped(out: &mut String, report: &Report) {
    let skipped: Vec<&Case> = report
        .cases
        .iter()
        .filter(|case| case.status == Status::Skipped)
        .collect();
    if skipped.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "<details><summary>{} skipped</summary>\n",
        skipped.len()
    );
    let mut by_cause: IndexMap<Option<&str>, Vec<&Case>> = IndexMap::new();
    for case in skipped {
        let cause = case.skipped_because.as_deref();
        by_cause.entry(cause).or_default().push(case);
    }
    let causes = by_cause.len();
    for (cause, cases) in by_cause.into_iter().take(MOST) {
        let names = cases.iter().take(MOST_OF_A_CAUSE);
        let names: Vec<String> = names.map(|case| escaped(&case.title())).collect();
        let _ = match cause {
            Some(cause) => write!(out, "- because of `{cause}`: {}", names.join(", ")),
            None => write!(out, "- {}", names.join(", ")),
        };
        if cases.len() > names.len() {
            let _ = write!(out, " and {} more", cases.len() - names.len());
        }
        out.push('\n');
    }
    if causes > MOST {
        let _ = writeln!(out, "- and of {} more", causes - MOST);
    }
    out.push_str("\n</details>\n\n");
}

/// Takes the meaning off what Markdown and HTML would read as their own, and
/// keeps lines apart. Code between backticks stays code.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    let is_balanced = text.matches('`').count().is_multiple_of(2);
    for c in text.trim_end().chars() {
        match c {
            '`' if is_balanced => {
                in_code = !in_code;
                out.push(c);
            }
            '\n' => out.push_str("<br>"),
            '|' => out.push_str("\\|"),
            c if in_code => out.push(c),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '*' | '_' | '`' | '[' | ']' | '#' | '@' | '\\' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
