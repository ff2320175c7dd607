//! Compares two relations: which rows were added, removed and changed, and
//! what became of each column.
//!
//! DuckDB does the work, in a few statements that stream and spill; what comes
//! back is counts. Values of rows are fetched only when they are asked for.

mod columns;
mod keyed;
mod multiset;
pub mod place;
mod result;
mod samples;
mod show;
mod statement;
mod statistics;
#[cfg(test)]
mod tests;

pub use columns::{ColumnChange, TypeChange};
pub use place::Named;
pub use result::{ColumnCounts, Comparison, OddRows, RowCounts, Sample, Statistics};
pub use show::{Columns, json, markdown, summary, text};

use crate::adapter::{AdapterError, Column, Connection, ErrorKind};
use columns::Pair;
use statement::number;

/// What is to be compared, and how.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The relations as they are written in SQL.
    pub before: &'a str,
    pub after: &'a str,
    /// The columns that identify a row. Without any, rows are compared as a
    /// whole, as `except all` does.
    pub key: &'a [String],
    /// How many rows to show of each kind; none shows no value at all.
    pub samples: Option<usize>,
}

/// Compares two relations.
///
/// # Errors
///
/// A relation that does not exist, a key column that one of them lacks, or
/// whatever else the database refuses.
pub fn compare(
    connection: &mut dyn Connection,
    request: &Request<'_>,
) -> Result<Comparison, AdapterError> {
    let before = described(connection, request.before)?;
    let after = described(connection, request.after)?;
    let pairs = columns::pairs(&before, &after);
    let key = columns::key_pairs(&pairs, request.key).map_err(|missing| {
        let text = format!("the key column `{missing}` is not in both relations");
        AdapterError::new(ErrorKind::Statement, text)
    })?;
    let values: Vec<&Pair> = pairs.iter().filter(|pair| !key.contains(pair)).collect();
    let mut comparison = Comparison {
        key: key.iter().map(|pair| pair.before.name.clone()).collect(),
        columns: columns::changes(&before, &after),
        ..Comparison::default()
    };
    comparison.statistics_before = statistics::of(connection, request, true, &before)?;
    comparison.statistics_after = statistics::of(connection, request, false, &after)?;
    comparison.rows_before = comparison.statistics_before.rows;
    comparison.rows_after = comparison.statistics_after.rows;
    if key.is_empty() {
        comparison.rows = multiset::count(connection, request, &pairs, None)?;
    } else {
        keyed::count(connection, request, &key, &values, &mut comparison)?;
    }
    if let Some(limit) = request.samples {
        comparison.samples = samples::of(connection, request, &key, &values, limit)?;
    }
    Ok(comparison)
}

/// Returns the columns of a relation.
fn described(connection: &mut dyn Connection, relation: &str) -> Result<Vec<Column>, AdapterError> {
    connection.describe(&format!("select * from {relation}"))
}

/// Runs a query whose one row holds numbers.
fn numbers(connection: &mut dyn Connection, sql: &str) -> Result<Vec<u64>, AdapterError> {
    let (_, table) = connection.execute(sql, true, None)?;
    let row = table.rows.into_iter().next().unwrap_or_default();
    Ok(row.iter().map(number).collect())
}
