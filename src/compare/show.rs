//! How a comparison is told: as text, as Markdown, as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::columns::ColumnChange;
use super::result::{ColumnStatistics, Comparison, Sample, SampleKind};
use crate::adapter::Cell;

/// A table of texts, the first row being the heading.
pub type Columns = Vec<Vec<String>>;

/// Says in one line how much differs.
pub fn summary(comparison: &Comparison) -> String {
    let rows = &comparison.rows;
    if comparison.is_same() {
        return format!("{} rows, no difference", comparison.rows_after);
    }
    let mut text = format!(
        "{} rows before, {} after: {} added, {} removed",
        comparison.rows_before, comparison.rows_after, rows.added, rows.removed
    );
    if comparison.key.is_empty() {
        let _ = write!(
            text,
            ", {} the same, compared as whole rows",
            rows.unchanged
        );
    } else {
        let _ = write!(
            text,
            ", {} changed, {} the same",
            rows.changed, rows.unchanged
        );
    }
    text
}

/// Says what is to be known of rows that the key does not identify.
fn odd_rows(comparison: &Comparison) -> Vec<String> {
    let odd = &comparison.odd;
    let mut lines = Vec::new();
    if odd.duplicate_rows_before + odd.duplicate_rows_after > 0 {
        lines.push(format!(
            "keys that stand more than once: {} before, {} after ({} and {} rows)",
            odd.duplicate_keys_before,
            odd.duplicate_keys_after,
            odd.duplicate_rows_before,
            odd.duplicate_rows_after
        ));
    }
    if odd.null_rows_before + odd.null_rows_after > 0 {
        lines.push(format!(
            "rows with NULL in the key: {} before, {} after",
            odd.null_rows_before, odd.null_rows_after
        ));
    }
    if odd.is_any() {
        lines.push(format!(
            "compared as whole rows, {} of these were added and {} removed",
            odd.added, odd.removed
        ));
    }
    lines
}

fn column_change(change: &ColumnChange) -> String {
    match change {
        ColumnChange::Added { name, data_type } => format!("+ {name} {data_type}"),
        ColumnChange::Removed { name, data_type } => format!("- {name} {data_type}"),
        ColumnChange::Retyped(change) => {
            format!("~ {} {} -> {}", change.name, change.before, change.after)
        }
    }
}

/// Makes the table of the columns that have changed, or of all when rows were
/// compared whole: what changed, and the statistics that show how.
fn column_table(comparison: &Comparison) -> Columns {
    let with_values = comparison
        .statistics_after
        .columns
        .iter()
        .any(|column| column.least.is_some());
    let mut heading = vec!["column", "changed", "nulls", "mean", "deviation"];
    if with_values {
        heading.extend(["least", "greatest"]);
    }
    let mut table = vec![heading.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    for after in &comparison.statistics_after.columns {
        let Some(before) = comparison.statistics_before.column(&after.name) else {
            continue;
        };
        let same = |name: &str| name.to_lowercase() == after.name.to_lowercase();
        let counts = comparison.changed_values.iter().find(|c| same(&c.name));
        let is_quiet = before == after && counts.is_none_or(|counts| counts.changed == 0);
        if is_quiet {
            continue;
        }
        let changed = counts.map_or(String::new(), |counts| counts.changed.to_string());
        let mut row = vec![after.name.clone(), changed];
        row.extend(moves(before, after, with_values));
        table.push(row);
    }
    table
}

/// Writes each statistic as `before -> after`, or once when it is the same.
fn moves(before: &ColumnStatistics, after: &ColumnStatistics, with_values: bool) -> Vec<String> {
    let moved = |before: String, after: String| {
        if before == after {
            after
        } else {
            format!("{before} -> {after}")
        }
    };
    let number = |number: Option<f64>| number.map_or(String::new(), rounded);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut cells = vec![
        moved(before.nulls.to_string(), after.nulls.to_string()),
        moved(number(before.mean), number(after.mean)),
        moved(number(before.deviation), number(after.deviation)),
    ];
    if with_values {
        cells.push(moved(text(&before.least), text(&after.least)));
        cells.push(moved(text(&before.greatest), text(&after.greatest)));
    }
    cells
}

/// Shows a number to six digits.
fn rounded(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let digits = 5 - number.abs().log10().floor() as i32;
    if !(0..=12).contains(&digits) {
        return format!("{number:.5e}");
    }
    let text = format!("{number:.*}", digits as usize);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn sample_table(samples: &[Sample]) -> Columns {
    let heading = ["row", "key", "column", "before", "after"];
    let mut table = vec![heading.map(str::to_owned).to_vec()];
    for sample in samples {
        let key: Vec<String> = sample
            .key
            .iter()
            .map(|(name, cell)| format!("{name}={}", shown(cell)))
            .collect();
        let key = key.join(", ");
        let kind = kind(sample.kind).to_owned();
        if sample.changes.is_empty() {
            table.push(vec![kind, key, String::new(), String::new(), String::new()]);
            continue;
        }
        for (name, before, after) in &sample.changes {
            let cells = [
                kind.clone(),
                key.clone(),
                name.clone(),
                shown(before),
                shown(after),
            ];
            table.push(cells.to_vec());
        }
    }
    table
}

fn kind(kind: SampleKind) -> &'static str {
    match kind {
        SampleKind::Added => "added",
        SampleKind::Removed => "removed",
        SampleKind::Changed => "changed",
    }
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        other => other.python_text(),
    }
}

/// Writes a comparison for a person; `draw` draws tables.
pub fn text(
    before: &str,
    after: &str,
    comparison: &Comparison,
    draw: &dyn Fn(&Columns) -> String,
) -> String {
    let mut out = format!("{before} -> {after}");
    if !comparison.key.is_empty() {
        let _ = write!(out, " by {}", comparison.key.join(", "));
    }
    let _ = write!(out, "\n{}\n", summary(comparison));
    for line in odd_rows(comparison) {
        let _ = writeln!(out, "{line}");
    }
    for change in &comparison.columns {
        let _ = writeln!(out, "{}", column_change(change));
    }
    let mut add_table = |table: &Columns| {
        if table.len() > 1 {
            let _ = write!(out, "\n{}\n", draw(table));
        }
    };
    add_table(&column_table(comparison));
    add_table(&sample_table(&comparison.samples));
    out
}

/// Writes a comparison as a part of a comment on a pull request.
pub fn markdown(title: &str, comparison: &Comparison) -> String {
    use crate::report::escaped;
    let mut out = format!("#### {}\n\n{}", escaped(title), summary(comparison));
    if !comparison.key.is_empty() {
        let _ = write!(out, " (by {})", escaped(&comparison.key.join(", ")));
    }
    out.push('\n');
    let lines = odd_rows(comparison);
    let changes = comparison.columns.iter().map(column_change);
    let changes = changes.map(|change| format!("`{change}`"));
    let lines: Vec<String> = lines.into_iter().chain(changes).collect();
    if !lines.is_empty() {
        out.push('\n');
    }
    for line in lines {
        let _ = writeln!(out, "- {line}");
    }
    for table in [column_table(comparison), sample_table(&comparison.samples)] {
        if table.len() < 2 {
            continue;
        }
        out.push('\n');
        for (i, row) in table.iter().enumerate() {
            let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
            if i == 0 {
                let _ = writeln!(out, "|{}", "---|".repeat(row.len()));
            }
        }
    }
    out
}

/// Writes a comparison for programs.
pub fn json(before: &str, after: &str, comparison: &Comparison) -> Value {
    let (rows, odd) = (&comparison.rows, &comparison.odd);
    let mut value = json!({
        "before": before,
        "after": after,
        "key": comparison.key,
        "is_same": comparison.is_same(),
        "rows_before": comparison.rows_before,
        "rows_after": comparison.rows_after,
        "added": rows.added,
        "removed": rows.removed,
        "changed": rows.changed,
        "unchanged": rows.unchanged,
        "odd_rows": {
            "duplicate_keys_before": odd.duplicate_keys_before,
            "duplicate_keys_after": odd.duplicate_keys_after,
            "duplicate_rows_before": odd.duplicate_rows_before,
            "duplicate_rows_after": odd.duplicate_rows_after,
            "null_rows_before": odd.null_rows_before,
            "null_rows_after": odd.null_rows_after,
            "added": odd.added,
            "removed": odd.removed,
        },
        "schema_changes": comparison.columns.iter().map(schema_json).collect::<Vec<_>>(),
        "columns": comparison
            .statistics_after
            .columns
            .iter()
            .filter_map(|after| column_json(comparison, after))
            .collect::<Vec<_>>(),
    });
    if !comparison.samples.is_empty() {
        value["samples"] = comparison.samples.iter().map(sample_json).collect();
    }
    value
}

fn schema_json(change: &ColumnChange) -> Value {
    match change {
        ColumnChange::Added { name, data_type } => {
            json!({"change": "added", "column": name, "after": data_type})
        }
        ColumnChange::Removed { name, data_type } => {
            json!({"change": "removed", "column": name, "before": data_type})
        }
        ColumnChange::Retyped(change) => json!({
            "change": "retyped",
            "column": change.name,
            "before": change.before,
            "after": change.after,
        }),
    }
}

fn column_json(comparison: &Comparison, after: &ColumnStatistics) -> Option<Value> {
    let before = comparison.statistics_before.column(&after.name)?;
    let same = |name: &str| name.to_lowercase() == after.name.to_lowercase();
    let counts = comparison.changed_values.iter().find(|c| same(&c.name));
    Some(json!({
        "column": after.name,
        "changed": counts.map(|counts| counts.changed),
        "before": statistics_json(before),
        "after": statistics_json(after),
    }))
}

fn statistics_json(column: &ColumnStatistics) -> Value {
    let mut value = json!({
        "nulls": column.nulls,
        "mean": column.mean,
        "deviation": column.deviation,
    });
    if column.least.is_some() || column.greatest.is_some() {
        value["least"] = json!(column.least);
        value["greatest"] = json!(column.greatest);
    }
    value
}

fn sample_json(sample: &Sample) -> Value {
    let key = sample.key.iter();
    let key: serde_json::Map<String, Value> = key
        .map(|(name, cell)| (name.clone(), cell_json(cell)))
        .collect();
    let changes = sample.changes.iter().map(|(name, before, after)| {
        json!({"column": name, "before": cell_json(before), "after": cell_json(after)})
    });
    json!({
        "kind": kind(sample.kind),
        "row": key,
        "changes": changes.collect::<Vec<_>>(),
    })
}

fn cell_json(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(value) => (*value).into(),
        Cell::Int(number) => match i64::try_from(*number) {
            Ok(number) => number.into(),
            Err(_) => number.to_string().into(),
        },
        Cell::Float(number) => serde_json::Number::from_f64(*number)
            .map_or_else(|| cell.python_text().into(), Value::Number),
        other => other.python_text().into(),
    }
}
