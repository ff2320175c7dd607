//! Asks the database for a chart's data and leaves small groups out.

use super::Ask;
use super::spec::{Order, Spec};
use crate::adapter::Cell;
use crate::docs::cells::{SMALLEST, withheld_among};
use crate::docs::collect::Subject;
use crate::docs::payload::{Chart, Datum};

/// More groups than this are not asked for.
const MOST_GROUPS: usize = 5_000;

pub fn draw(spec: &Spec, of: &Subject, ask: &mut Ask<'_>) -> Result<Chart, String> {
    if let Some(column) = private_column(spec, &of.private) {
        return Err(format!(
            "`{column}` holds an identifier of patients; it may only be counted, as in \
             `count(distinct {column})`"
        ));
    }
    let sql = query(spec, &of.relation);
    let table = ask(&sql)?;
    let width = spec.by.len() + spec.values.len();
    // A number of identifiers is one of people, whatever else the group is of.
    let people: Vec<usize> = (spec.by.len()..)
        .zip(&spec.values)
        .filter(|(_, (_, sql))| of.private.iter().any(|column| names(sql, column)))
        .map(|(at, _)| at)
        .collect();
    let counts: Vec<u64> = table
        .rows
        .iter()
        .map(|row| {
            let (shown, cells) = row.split_at(width.min(row.len()));
            let people = people.iter().filter_map(|at| shown.get(*at)).cloned();
            smallest(&cells.iter().cloned().chain(people).collect::<Vec<_>>())
        })
        .collect();
    let groups = |row: &Vec<Cell>| row.iter().take(spec.by.len()).map(label).collect();
    let keys: Vec<Vec<String>> = table.rows.iter().map(groups).collect();
    // A group of nobody has nothing to tell either.
    let hidden = withheld_among(&keys, &counts);
    let small = |i: usize| hidden[i] || counts[i] == 0;
    let suppressed = (0..counts.len()).filter(|i| small(*i)).count();
    let rows = table.rows.iter().enumerate().filter(|(i, _)| !small(*i));
    let rows = rows.take(spec.limit).map(|(_, row)| {
        let (groups, values) = row[..width].split_at(spec.by.len());
        let groups = groups.iter().map(|cell| Datum::Text(label(cell)));
        groups.chain(values.iter().map(datum)).collect()
    });
    let columns = spec.by.iter().chain(&spec.values);
    Ok(Chart {
        kind: spec.kind,
        description: spec.description.clone(),
        of: of.position,
        columns: columns.map(|(label, _)| label.clone()).collect(),
        rows: rows.collect(),
        format: spec.format.clone(),
        formats: formats(spec),
        sql,
        suppressed: suppressed as u64,
        smallest: SMALLEST,
        ..Chart::default()
    })
}

/// Returns how many people or events a group is of, or a smaller number of them that it tells
/// of beside: a rate tells of those whom it counts, too.
fn smallest(cells: &[Cell]) -> u64 {
    let counts = |cell: &Cell| whole(cell).unwrap_or(0);
    let Some((own, others)) = cells.split_first() else {
        return 0;
    };
    let own = counts(own);
    let others = others.iter().map(counts).filter(|count| *count > 0);
    others.fold(own, u64::min)
}

/// Returns how each column is written, where that differs.
fn formats(spec: &Spec) -> Vec<Option<String>> {
    if spec.formats.is_empty() {
        return Vec::new();
    }
    let of_value = |(label, _): &(String, String)| {
        let own = spec.formats.iter().find(|(known, _)| known == label);
        own.map(|(_, format)| format.clone())
    };
    let groups = spec.by.iter().map(|_| None);
    groups.chain(spec.values.iter().map(of_value)).collect()
}

fn query(spec: &Spec, relation: &str) -> String {
    let mut select: Vec<String> = Vec::new();
    for (i, (_, sql)) in spec.by.iter().enumerate() {
        select.push(format!("({sql}) as chart_by_{i}"));
    }
    for (i, (_, sql)) in spec.values.iter().enumerate() {
        select.push(format!("({sql}) as chart_value_{i}"));
    }
    for (i, sql) in spec.cells.iter().enumerate() {
        select.push(format!("({sql}) as chart_cell_{i}"));
    }
    let mut sql = format!("select {}\nfrom {relation}", select.join(",\n  "));
    if let Some(condition) = &spec.condition {
        sql.push_str(&format!("\nwhere {condition}"));
    }
    if !spec.by.is_empty() {
        let places: Vec<String> = (1..=spec.by.len()).map(|i| i.to_string()).collect();
        let groups = places.join(", ");
        let first_value = spec.by.len() + 1;
        sql.push_str(&format!("\ngroup by {groups}\norder by "));
        match spec.order {
            Order::Groups => {}
            Order::Value => sql.push_str(&format!("{first_value} desc nulls last, ")),
            Order::ValueRising => sql.push_str(&format!("{first_value} asc nulls last, ")),
        }
        sql.push_str(&groups);
    }
    sql.push_str(&format!("\nlimit {MOST_GROUPS}"));
    sql
}

/// Returns a private column that would show: anything but being counted shows.
fn private_column<'a>(spec: &Spec, private: &'a [String]) -> Option<&'a String> {
    let all = spec
        .by
        .iter()
        .chain(&spec.values)
        .map(|(_, sql)| sql.as_str());
    let all: Vec<String> = all.map(without_counts).collect();
    private
        .iter()
        .find(|column| all.iter().any(|sql| names(sql, column)))
}

/// Tells whether SQL has a word, in whatever case.
fn names(sql: &str, column: &str) -> bool {
    let (sql, column) = (sql.to_lowercase(), column.to_lowercase());
    let mut words = sql.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.any(|word| word == column)
}

/// Drops `count(distinct column)` and `count(column)` from SQL in lower case.
fn without_counts(sql: &str) -> String {
    let lower = sql.to_lowercase();
    let mut rest = lower.as_str();
    let mut kept = String::new();
    while let Some(at) = rest.find("count(") {
        let (before, after) = rest.split_at(at);
        kept.push_str(before);
        let inner = &after["count(".len()..];
        let Some(end) = inner.find(')') else { break };
        let counted = inner[..end].trim_start_matches("distinct").trim();
        let is_name = counted
            .chars()
            .all(|c| c.is_alphanumeric() || "_\".".contains(c));
        if !is_name {
            kept.push_str(&inner[..end]);
        }
        rest = &inner[end + 1..];
    }
    kept.push_str(rest);
    kept
}

fn whole(cell: &Cell) -> Option<u64> {
    match cell {
        Cell::Int(value) => u64::try_from(*value).ok(),
        _ => number(cell).filter(|n| *n >= 0.0).map(|n| n as u64),
    }
}

pub fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Int(value) => Some(*value as f64),
        Cell::Float(value) => Some(*value).filter(|value| value.is_finite()),
        Cell::Decimal(text) => text.parse().ok(),
        _ => None,
    }
}

fn datum(cell: &Cell) -> Datum {
    match number(cell) {
        Some(value) => Datum::Number(value),
        None if matches!(cell, Cell::Null) => Datum::Missing,
        None => Datum::Text(label(cell)),
    }
}

/// Writes a value for people.
pub fn label(cell: &Cell) -> String {
    match cell {
        Cell::Null => "–".to_owned(),
        Cell::Bool(true) => "yes".to_owned(),
        Cell::Bool(false) => "no".to_owned(),
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) => value.to_string(),
        Cell::Decimal(text) | Cell::Text(text) => text.clone(),
        Cell::Date(date) => date.to_string(),
        Cell::Timestamp(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        Cell::TimestampTz(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        Cell::Time(time) => time.to_string(),
        Cell::Interval { .. } | Cell::Bytes(_) | Cell::List(_) | Cell::Struct(_) => "…".to_owned(),
    }
}
