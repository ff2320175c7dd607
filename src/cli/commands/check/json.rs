//! What a check found, for programs.

use serde_json::{Value, json};

use super::count;
use crate::check::Checked;
use crate::diagnostics::{Diagnostic, Label, Severity};

/// Writes what was found as JSON.
pub fn text(checked: &Checked, found: &[Diagnostic]) -> String {
    let value = json!({
        "checked": checked.checked,
        "errors": count(found, Severity::Error),
        "warnings": count(found, Severity::Warning),
        "unknown": checked.unknown.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        "diagnostics": found.iter().map(diagnostic).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

/// Returns a diagnostic as programs read it.
pub fn diagnostic(diagnostic: &Diagnostic) -> Value {
    json!({
        "code": diagnostic.code.0,
        "severity": severity(diagnostic.severity),
        "title": diagnostic.title,
        "text": diagnostic.text,
        "hint": diagnostic.hint,
        "labels": diagnostic.labels.iter().map(label).collect::<Vec<_>>(),
    })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Lines and columns count from 1.
fn label(label: &Label) -> Value {
    let (line, column) = label.file.line_column(label.range.start);
    let (end_line, end_column) = label.file.line_column(label.range.end);
    json!({
        "file": label.file.path.as_str(),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "message": label.message,
    })
}
