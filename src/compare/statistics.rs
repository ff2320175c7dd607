//! What is to be known of a relation's columns: NULLs, means, spread.

use super::Request;
use super::columns::is_number;
use super::result::{ColumnStatistics, Statistics};
use super::statement::{number, quoted, relation};
use crate::adapter::{AdapterError, Cell, Column, Connection};

/// Reads a relation once. Values of rows are in the result only where the
/// request asks for values.
pub fn of(
    connection: &mut dyn Connection,
    request: &Request<'_>,
    is_before: bool,
    columns: &[Column],
) -> Result<Statistics, AdapterError> {
    let relation = relation(request, is_before);
    match query(connection, request, relation, columns, true) {
        // Numbers that are too large to be squared have no deviation.
        Err(error) if error.class.as_deref() == Some("Out of Range") => {
            query(connection, request, relation, columns, false)
        }
        other => other,
    }
}

fn query(
    connection: &mut dyn Connection,
    request: &Request<'_>,
    relation: &str,
    columns: &[Column],
    with_spread: bool,
) -> Result<Statistics, AdapterError> {
    let mut selected = vec!["count(*)".to_owned()];
    for column in columns {
        let name = quoted(&column.name);
        selected.push(format!("count({name})"));
        if is_number(&column.data_type) && with_spread {
            // Infinite and undefined numbers would spoil both.
            let number = format!("cast({name} as double)");
            let finite = format!("case when isfinite({number}) then {number} end");
            selected.push(format!("avg({finite})"));
            selected.push(format!("stddev_samp({finite})"));
        }
        if request.samples.is_some() {
            selected.push(format!("cast(min({name}) as varchar)"));
            selected.push(format!("cast(max({name}) as varchar)"));
        }
    }
    let sql = format!("select {} from {relation}", selected.join(", "));
    let (_, table) = connection.execute(&sql, true, None)?;
    let mut cells = table.rows.into_iter().flatten();
    let mut next = || cells.next().unwrap_or(Cell::Null);
    let rows = number(&next());
    let mut found = Vec::with_capacity(columns.len());
    for column in columns {
        let mut one = ColumnStatistics {
            name: column.name.clone(),
            nulls: rows.saturating_sub(number(&next())),
            ..ColumnStatistics::default()
        };
        if is_number(&column.data_type) && with_spread {
            let (mean, deviation) = (float(&next()), float(&next()));
            // The mean of equal values is a value.
            let is_told = request.samples.is_some() || deviation.is_some_and(|d| d > 0.0);
            one.mean = mean.filter(|_| is_told);
            one.deviation = deviation;
        }
        if request.samples.is_some() {
            one.least = text(next());
            one.greatest = text(next());
        }
        found.push(one);
    }
    Ok(Statistics {
        rows,
        columns: found,
    })
}

fn float(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Float(number) => Some(*number),
        Cell::Int(number) => Some(*number as f64),
        _ => None,
    }
}

fn text(cell: Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text),
        _ => None,
    }
}
