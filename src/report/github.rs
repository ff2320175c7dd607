//! Annotations of GitHub's workflows: lines that its runner reads from what a
//! step prints.

use super::Report;
use super::problem::Problem;
use crate::diagnostics::Severity;

/// Writes the annotations, errors first: GitHub shows ten of each kind.
pub fn github(report: &Report) -> String {
    let of_cases = report.cases.iter().flat_map(|case| &case.problems);
    let mut problems: Vec<&Problem> = report.problems.iter().chain(of_cases).collect();
    problems.retain(|problem| problem.severity != Severity::Note);
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    problems.into_iter().map(line).collect()
}

fn line(problem: &Problem) -> String {
    let command = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = &problem.place {
        properties.push(format!("file={}", property(place.file.as_str())));
        properties.push(format!("line={}", place.line));
        // Columns may be given for one line alone.
        if place.end_line > place.line {
            properties.push(format!("endLine={}", place.end_line));
        } else {
            properties.push(format!("col={}", place.column));
            if place.end_column > place.column {
                properties.push(format!("endColumn={}", place.end_column));
            }
        }
    }
    properties.push(format!("title={}", property(&problem.rule)));
    format!(
        "::{command} {}::{}\n",
        properties.join(","),
        message(&problem.text())
    )
}

/// Escapes a message as GitHub's own toolkit does.
fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property, which colons and commas would end.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
