//! The part of a pull request's comment that tells of data.

use std::fmt::Write as _;

use super::{Change, Found, Gone, Impact};
use crate::compare;
use crate::report::escaped;

/// How many names are listed before the rest is counted.
const MOST: usize = 40;

/// Writes the comparison of every model, and what reads them.
pub fn markdown(changes: &[Change], gone: &[Gone], impact: &Impact) -> String {
    let mut out = String::from("### Data\n\n");
    if changes.is_empty() && gone.is_empty() {
        out.push_str("Nothing that is built was modified.\n");
        return out;
    }
    table(&mut out, changes);
    for change in changes {
        if let Some(comparison) = change.comparison()
            && !comparison.is_same()
        {
            let _ = writeln!(out, "{}", compare::markdown(&change.name, comparison));
        }
    }
    if !gone.is_empty() {
        let names: Vec<String> = gone.iter().map(|gone| gone.name.clone()).collect();
        list(&mut out, "Models that are gone", &names);
    }
    if impact.columns.is_empty() && impact.exposures.is_empty() && impact.not_built.is_empty() {
        return out;
    }
    out.push_str("### Affected\n\n");
    list(&mut out, "Exposures", &impact.exposures);
    list(&mut out, "Columns downstream", &impact.columns);
    list(
        &mut out,
        "Models that were not built again",
        &impact.not_built,
    );
    out
}

fn table(out: &mut String, changes: &[Change]) {
    if changes.is_empty() {
        return;
    }
    out.push_str("| model | | rows | added | removed | changed | columns |\n");
    out.push_str("|---|---|---:|---:|---:|---:|---|\n");
    for change in changes {
        let name = escaped(&change.name);
        let why = if change.is_modified {
            "modified"
        } else {
            "downstream"
        };
        let _ = match &change.found {
            Found::New => writeln!(out, "| {name} | new | | | | | |"),
            Found::NotCompared(reason) => {
                writeln!(out, "| {name} | {why} | | | | | {} |", escaped(reason))
            }
            Found::Compared(found) => {
                let rows = if found.rows_before == found.rows_after {
                    found.rows_after.to_string()
                } else {
                    format!("{} -> {}", found.rows_before, found.rows_after)
                };
                let columns = match found.columns.len() {
                    0 => String::new(),
                    1 => "1 change".to_owned(),
                    n => format!("{n} changes"),
                };
                writeln!(
                    out,
                    "| {name} | {why} | {rows} | {} | {} | {} | {columns} |",
                    found.rows.added + found.odd.added,
                    found.rows.removed + found.odd.removed,
                    found.rows.changed,
                )
            }
        };
    }
    out.push('\n');
}

fn list(out: &mut String, heading: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let _ = writeln!(out, "**{heading}**\n");
    for name in names.iter().take(MOST) {
        let _ = writeln!(out, "- {}", escaped(name));
    }
    if names.len() > MOST {
        let _ = writeln!(out, "- and {} more", names.len() - MOST);
    }
    out.push('\n');
}
