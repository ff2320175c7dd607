//! Reads a value set from a CSV file.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::{Entry, ValueSet};
use crate::diagnostics::{Diagnostic, SourceFile};

const CODE: &str = "code";
const FROM: &str = "effective_from";
const TO: &str = "effective_to";

/// Reads a file with the columns `code` and, when codes come and go,
/// `effective_from` and `effective_to`.
///
/// # Errors
///
/// A file without the column, dates that are none, and spans of one code that
/// overlap: on such a day the code would have two meanings.
pub fn read(file: &Arc<SourceFile>) -> Result<ValueSet, Diagnostic> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(false)
        .from_reader(file.text.as_bytes());
    let columns = reader.headers().map_err(|error| bad_csv(file, &error))?;
    let columns: Vec<String> = columns
        .iter()
        .map(|name| match name.trim() {
            // SQL, which reads the same file, makes no difference between them.
            known if is_known(known) => known.to_lowercase(),
            other => other.to_owned(),
        })
        .collect();
    if !columns.iter().any(|name| name == CODE) {
        return Err(Diagnostic::error(
            "invalid-value-set",
            format!("`{}` has no column `{CODE}`", file.path),
        )
        .at(file, file.line_range(1), "the columns")
        .hint("a value set has the columns `code`, `effective_from` and `effective_to`, and others as needed"));
    }
    let mut entries: Vec<Entry> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| bad_csv(file, &error))?;
        let line = record.position().map_or(1, |place| place.line() as usize);
        let mut fields: BTreeMap<String, String> = columns
            .iter()
            .cloned()
            .zip(record.iter().map(str::to_owned))
            .collect();
        let mut date = |column: &str| match fields.remove(column).as_deref().map(str::trim) {
            None | Some("") => Ok(None),
            Some(text) => text.parse::<Date>().map(Some).map_err(|_| {
                let title = format!("`{text}` in column `{column}` is no date");
                Diagnostic::error("invalid-value-set", title)
                    .at(file, file.line_range(line), "in this row")
                    .hint("write it like `2024-10-01`, or leave it empty")
            }),
        };
        let (from, to) = (date(FROM)?, date(TO)?);
        let code = fields.remove(CODE).unwrap_or_default();
        if code.trim().is_empty() {
            let title = format!("a row of `{}` has no code", file.path);
            return Err(Diagnostic::error("invalid-value-set", title)
                .at(file, file.line_range(line), "this row")
                .hint("give it a code, or take the row out"));
        }
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(bad_span(file, line, &code, "ends before it begins"));
        }
        let entry = Entry {
            code,
            from,
            to,
            details: fields,
        };
        entries.push(entry);
        let before = &entries[..entries.len() - 1];
        let entry = &entries[entries.len() - 1];
        if before.iter().any(|other| overlap(other, entry)) {
            return Err(bad_span(
                file,
                line,
                &entry.code,
                "is in use already on one of these days",
            ));
        }
    }
    Ok(ValueSet { entries })
}

fn is_known(column: &str) -> bool {
    [CODE, FROM, TO]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(column))
}

fn overlap(a: &Entry, b: &Entry) -> bool {
    let begins_in_time = |a: &Entry, b: &Entry| match (a.from, b.to) {
        (Some(from), Some(to)) => from <= to,
        _ => true,
    };
    a.code == b.code && begins_in_time(a, b) && begins_in_time(b, a)
}

fn bad_span(file: &Arc<SourceFile>, line: usize, code: &str, what: &str) -> Diagnostic {
    Diagnostic::error("invalid-value-set", format!("code `{code}` {what}"))
        .at(file, file.line_range(line), "this row")
        .hint("let each row of a code end the day before the next one begins")
}

fn bad_csv(file: &Arc<SourceFile>, error: &csv::Error) -> Diagnostic {
    let line = error.position().map_or(1, |place| place.line() as usize);
    let title = format!("`{}` cannot be read as CSV", file.path);
    Diagnostic::error("invalid-value-set", title)
        .at(file, file.line_range(line), "in this row")
        .because(error.to_string())
}
