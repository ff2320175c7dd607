//! Jinja in YAML without quotes, the most common mistake in dbt's files.
//!
//! `{` begins a mapping in YAML, so the parser stops far from what is wrong.
//! This looks the line over and says what to write.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostics::{Diagnostic, SourceFile};

/// Explains an error at `offset` when unquoted Jinja is its cause.
pub(super) fn jinja(file: &Arc<SourceFile>, offset: usize) -> Option<Diagnostic> {
    let (line, _) = file.line_column(offset);
    // The parser may notice only on a later line.
    for line in (line.saturating_sub(2).max(1)..=line).rev() {
        let range = file.line_range(line);
        let text = &file.text[range.clone()];
        let Some(value) = value_with_jinja(text) else {
            continue;
        };
        let shown = &text[value.clone()];
        let quoted = if shown.contains('"') {
            format!("'{}'", shown.replace('\'', "''"))
        } else {
            format!("\"{shown}\"")
        };
        let start = range.start;
        return Some(
            Diagnostic::error("unquoted-jinja", "Jinja in YAML needs quotes around it")
                .at(
                    file,
                    start + value.start..start + value.end,
                    "YAML reads the brace as the start of a mapping",
                )
                .hint(format!("write {quoted}")),
        );
    }
    None
}

/// Finds a value that begins with `{{` or `{%`, up to the end of its line.
fn value_with_jinja(line: &str) -> Option<Range<usize>> {
    let open = line.find("{{").into_iter().chain(line.find("{%")).min()?;
    let before = line[..open].trim_end();
    let begins_value = before.is_empty()
        || before.ends_with(':')
        || before.ends_with('-')
        || before.ends_with(['[', ',']);
    if !begins_value || line.trim_start().starts_with('#') {
        return None;
    }
    let rest = &line[open..];
    let close = rest.rfind("}}").into_iter().chain(rest.rfind("%}")).max()?;
    let mut end = open + close + 2;
    // What follows the braces belongs to the text: `{{ target.schema }}_raw`.
    if !before.ends_with(['[', ',']) {
        let tail = &line[end..];
        end += tail.find(" #").unwrap_or(tail.len());
    }
    end = open + line[open..end].trim_end().len();
    Some(open..end)
}
