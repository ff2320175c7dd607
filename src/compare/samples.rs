//! Rows to look at, fetched only when values were asked for.

use super::Request;
use super::columns::Pair;
use super::result::{Sample, SampleKind};
use super::statement::{Rows, differs, joined, side};
use crate::adapter::{AdapterError, Cell, Connection};

/// Fetches some rows of each kind of difference, in the order of the key.
pub fn of(
    connection: &mut dyn Connection,
    request: &Request<'_>,
    key: &[&Pair],
    values: &[&Pair],
    limit: usize,
) -> Result<Vec<Sample>, AdapterError> {
    if key.is_empty() {
        return whole(connection, request, values, limit);
    }
    let mut samples = Vec::new();
    let from = joined(
        &side(request, true, key, values, Rows::All),
        &side(request, false, key, values, Rows::All),
        key.len(),
    );
    let any: Vec<String> = (0..values.len()).map(differs).collect();
    let changed = format!("b.is_there and a.is_there and ({})", any.join(" or "));
    let mut kinds = vec![
        (SampleKind::Removed, "a.is_there is null".to_owned()),
        (SampleKind::Added, "b.is_there is null".to_owned()),
    ];
    if !values.is_empty() {
        kinds.push((SampleKind::Changed, changed));
    }
    for (kind, condition) in kinds {
        let keys: Vec<String> = (0..key.len())
            .map(|i| format!("coalesce(b.k{i}, a.k{i}) as k{i}"))
            .collect();
        let columns: Vec<String> = (0..values.len())
            .map(|i| format!("{}, b.c{i}, a.c{i}", differs(i)))
            .collect();
        let selected: Vec<String> = keys.into_iter().chain(columns).collect();
        let order: Vec<String> = (1..=key.len()).map(|i| i.to_string()).collect();
        let sql = format!(
            "select {} from {from} where {condition} order by {} limit {limit}",
            selected.join(", "),
            order.join(", ")
        );
        let (_, table) = connection.execute(&sql, true, None)?;
        for row in table.rows {
            samples.push(sample(kind, key, values, row));
        }
    }
    Ok(samples)
}

fn sample(kind: SampleKind, key: &[&Pair], values: &[&Pair], row: Vec<Cell>) -> Sample {
    let mut cells = row.into_iter();
    let mut next = || cells.next().unwrap_or(Cell::Null);
    let key = key
        .iter()
        .map(|pair| (pair.before.name.clone(), next()))
        .collect();
    let mut changes = Vec::new();
    for pair in values {
        let (is_changed, before, after) = (next(), next(), next());
        if kind == SampleKind::Changed && is_changed == Cell::Bool(true) {
            changes.push((pair.after.name.clone(), before, after));
        }
    }
    Sample { kind, key, changes }
}

/// Without a key a row is all that there is to show.
fn whole(
    connection: &mut dyn Connection,
    request: &Request<'_>,
    values: &[&Pair],
    limit: usize,
) -> Result<Vec<Sample>, AdapterError> {
    let names: Vec<String> = (0..values.len()).map(|i| format!("c{i}")).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let names = names.join(", ");
    let mut samples = Vec::new();
    for (kind, has_before) in [(SampleKind::Removed, true), (SampleKind::Added, false)] {
        let one = side(request, has_before, &[], values, Rows::All);
        let other = side(request, !has_before, &[], values, Rows::All);
        let sql = format!(
            "select {names} from {one} except all select {names} from {other} order by all \
             limit {limit}"
        );
        let (_, table) = connection.execute(&sql, true, None)?;
        for row in table.rows {
            let names = values.iter().map(|pair| pair.before.name.clone());
            samples.push(Sample {
                kind,
                key: names.zip(row).collect(),
                changes: Vec::new(),
            });
        }
    }
    Ok(samples)
}
