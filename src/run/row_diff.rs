//! The difference between the rows that a unit test expects and those that
//! came, drawn as dbt draws it.
//!
//! ```text
//! @@ ,id,name
//!    ,1 ,a
//! →  ,2 ,b→x
//! ---,3 ,c
//! ```

mod beside;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use crate::adapter::{Cell, Table};

/// Compares rows without regard to their order. Returns None when they are
/// the same. Both tables have the same columns.
pub fn diff(expected: &Table, actual: &Table) -> Option<String> {
    let expected_rows = sorted(expected);
    let actual_rows = sorted(actual);
    let lines = align(&expected_rows, &actual_rows);
    if lines.iter().all(|line| matches!(line, Line::Same(_))) {
        return None;
    }
    Some(draw(&actual.columns, &lines))
}

/// The same as a table that people read.
pub fn beside(expected: &Table, actual: &Table) -> String {
    let (expected_rows, actual_rows) = (sorted(expected), sorted(actual));
    let lines = align(&expected_rows, &actual_rows);
    beside::draw(&actual.columns, &lines)
}

/// A row of the drawing.
#[derive(Debug)]
enum Line<'a> {
    Same(&'a [Text]),
    Changed(&'a [Text], &'a [Text]),
    /// Expected, and did not come.
    Missing(&'a [Text]),
    /// Came, and was not expected.
    Added(&'a [Text]),
}

/// A cell as text; None is null.
type Text = Option<String>;
type Rows = Vec<Vec<Text>>;

fn sorted(table: &Table) -> Rows {
    let mut rows: Vec<&Vec<Cell>> = table.rows.iter().collect();
    rows.sort_by(|a, b| compare_rows(a, b));
    rows.into_iter()
        .map(|row| row.iter().map(text).collect())
        .collect()
}

fn text(cell: &Cell) -> Text {
    match cell {
        Cell::Null => None,
        // A number is the same however it was written.
        Cell::Decimal(text) if text.contains('.') => {
            let text = text.trim_end_matches('0').trim_end_matches('.');
            Some(text.to_owned())
        }
        Cell::Float(x) if x.fract() == 0.0 && x.abs() < 1e15 => Some(format!("{x:.0}")),
        other => Some(other.python_text()),
    }
}

fn compare_rows(a: &[Cell], b: &[Cell]) -> Ordering {
    a.iter()
        .zip(b)
        .map(|(a, b)| compare(a, b))
        .find(|o| *o != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

fn compare(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Greater,
        (_, Cell::Null) => Ordering::Less,
        (Cell::Int(a), Cell::Int(b)) => a.cmp(b),
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => a.python_text().cmp(&b.python_text()),
        },
    }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Int(n) => Some(*n as f64),
        Cell::Float(x) => Some(*x),
        Cell::Decimal(text) => text.parse().ok(),
        _ => None,
    }
}

/// Pairs the rows: equal ones first, then those that share most values.
fn align<'a>(expected: &'a Rows, actual: &'a Rows) -> Vec<Line<'a>> {
    let mut partner: Vec<Option<usize>> = vec![None; expected.len()];
    let mut taken = vec![false; actual.len()];
    for (e, row) in expected.iter().enumerate() {
        let found = (0..actual.len()).find(|a| !taken[*a] && actual[*a] == *row);
        if let Some(a) = found {
            partner[e] = Some(a);
            taken[a] = true;
        }
    }
    let shared = |e: usize, a: usize| {
        let pairs = expected[e].iter().zip(&actual[a]);
        pairs.filter(|(x, y)| x == y).count()
    };
    loop {
        // Unit tests have few rows, so every pair can be looked at.
        let open = |e: &usize| partner[*e].is_none();
        let best = (0..expected.len())
            .filter(open)
            .flat_map(|e| (0..actual.len()).map(move |a| (e, a)))
            .filter(|(_, a)| !taken[*a])
            .map(|(e, a)| (shared(e, a), e, a))
            .filter(|(count, _, _)| *count > 0)
            .max_by_key(|(count, e, a)| (*count, std::cmp::Reverse((*e, *a))));
        let Some((_, e, a)) = best else { break };
        partner[e] = Some(a);
        taken[a] = true;
    }
    let mut lines = Vec::new();
    let mut next_actual = 0;
    let push_added = |lines: &mut Vec<Line<'a>>, from: &mut usize, until: usize| {
        while *from < until {
            if !taken[*from] {
                lines.push(Line::Added(&actual[*from]));
            }
            *from += 1;
        }
    };
    for (e, row) in expected.iter().enumerate() {
        match partner[e] {
            Some(a) => {
                push_added(&mut lines, &mut next_actual, a);
                let other = &actual[a];
                lines.push(if row == other {
                    Line::Same(row)
                } else {
                    Line::Changed(row, other)
                });
            }
            None => lines.push(Line::Missing(row)),
        }
    }
    push_added(&mut lines, &mut next_actual, actual.len());
    lines
}

fn draw(columns: &[String], lines: &[Line<'_>]) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let heading = columns.iter().map(|c| quoted(c));
    rows.push(std::iter::once("@@".to_owned()).chain(heading).collect());
    let is_same = |i: usize| matches!(lines.get(i), None | Some(Line::Same(_)));
    let mut left_out = false;
    for (i, line) in lines.iter().enumerate() {
        // One row of context on either side of a difference.
        if is_same(i) && is_same(i + 1) && (i == 0 || is_same(i - 1)) {
            left_out = true;
            continue;
        }
        if left_out {
            rows.push(vec!["...".into(); columns.len() + 1]);
            left_out = false;
        }
        let plain = |mark: &str, row: &[Text]| -> Vec<String> {
            let cells = row.iter().map(|cell| quoted(shown(cell)));
            std::iter::once(mark.to_owned()).chain(cells).collect()
        };
        rows.push(match line {
            Line::Same(row) => plain("", row),
            Line::Missing(row) => plain("---", row),
            Line::Added(row) => plain("+++", row),
            Line::Changed(from, to) => {
                let cells = from.iter().zip(*to).map(|(from, to)| {
                    if from == to {
                        quoted(shown(from))
                    } else {
                        quoted(&format!("{}→{}", shown(from), shown(to)))
                    }
                });
                std::iter::once("→".to_owned()).chain(cells).collect()
            }
        });
    }
    if left_out {
        rows.push(vec!["...".into(); columns.len() + 1]);
    }
    let widths: Vec<usize> = (0..=columns.len())
        .map(|c| rows.iter().map(|r| r[c].chars().count()).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in &rows {
        for (c, cell) in row.iter().enumerate() {
            if c > 0 {
                out.push(',');
            }
            out.push_str(cell);
            if c < columns.len() {
                let missing = widths[c].saturating_sub(cell.chars().count());
                out.extend(std::iter::repeat_n(' ', missing));
            }
        }
        out.push('\n');
    }
    out
}

fn shown(cell: &Text) -> &str {
    cell.as_deref().unwrap_or("NULL")
}

/// Quotes a cell as CSV does where it must be.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
