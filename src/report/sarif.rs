//! SARIF 2.1.0, the form in which code scanners report.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Report;
use super::place::Place;
use super::problem::Problem;
use crate::diagnostics::Severity;

/// Writes the report as JSON text.
pub fn sarif(report: &Report) -> String {
    let of_cases = report.cases.iter().flat_map(|case| {
        let problems = case.problems.iter();
        problems.map(|problem| (problem, Some(case.unique_id.as_str())))
    });
    let own = report.problems.iter().map(|problem| (problem, None));
    let problems: Vec<(&Problem, Option<&str>)> = own.chain(of_cases).collect();
    let rules: BTreeSet<&str> = problems.iter().map(|(p, _)| p.rule.as_str()).collect();
    let rules: Vec<&str> = rules.into_iter().collect();
    let results: Vec<Value> = problems
        .iter()
        .map(|(problem, id)| result(problem, *id, &rules))
        .collect();
    let ended_at = report
        .started_at
        .checked_add(jiff::SignedDuration::from_secs_f64(report.elapsed))
        .unwrap_or(report.started_at);
    let value = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "hcdbt",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| json!({
                    "id": rule,
                    "name": pascal_case(rule),
                    "shortDescription": {"text": rule.replace('-', " ")},
                })).collect::<Vec<_>>(),
            }},
            "automationDetails": {"id": format!("hcdbt/{}/", report.command)},
            "invocations": [{
                "executionSuccessful": report.exit_code <= 1,
                "exitCode": report.exit_code,
                "startTimeUtc": utc(report.started_at),
                "endTimeUtc": utc(ended_at),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{value:#}\n")
}

fn result(problem: &Problem, id: Option<&str>, rules: &[&str]) -> Value {
    let level = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let index = rules.iter().position(|rule| *rule == problem.rule);
    let mut result = json!({
        "ruleId": problem.rule,
        "ruleIndex": index,
        "level": level,
        "message": {"text": problem.text()},
    });
    let mut location = json!({});
    if let Some(place) = &problem.place {
        location["physicalLocation"] = json!({
            "artifactLocation": {"uri": uri(place), "uriBaseId": "%SRCROOT%"},
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
        });
    }
    if let Some(id) = id {
        location["logicalLocations"] = json!([{"fullyQualifiedName": id}]);
        // The same failure is the same alert, wherever its line moves to.
        result["partialFingerprints"] = json!({"node/v1": format!("{} {id}", problem.rule)});
    }
    if location
        .as_object()
        .is_some_and(|location| !location.is_empty())
    {
        result["locations"] = json!([location]);
    }
    result
}

/// Writes a path as a relative reference of RFC 3986.
fn uri(place: &Place) -> String {
    let mut out = String::new();
    for byte in place.file.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn utc(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn pascal_case(rule: &str) -> String {
    let words = rule.split('-');
    words
        .map(|word| {
            let mut chars = word.chars();
            let first = chars.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(chars).collect::<String>()
        })
        .collect()
}
