//! How old a source's newest row may be, and how old it is.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Freshness, Status};
use crate::adapter::{Cell, Table};

/// Reads the one row that a freshness query gives: the newest row's time and
/// the database's present time.
///
/// # Errors
///
/// The error says what the query gave instead.
pub fn measure(table: &Table, field: &str) -> Result<Freshness, String> {
    let row = match &table.rows[..] {
        [row] if row.len() == 2 => row,
        rows => {
            let columns = rows.first().map_or(table.columns.len(), Vec::len);
            return Err(format!(
                "the freshness query returned {} rows of {columns} columns, but 1 row with the \
                 newest time and the present time was expected",
                rows.len()
            ));
        }
    };
    let max_loaded_at = match &row[0] {
        // A source without rows is infinitely old; dbt takes the first
        // moment that Python knows.
        Cell::Null => beginning(),
        cell => moment(cell, field)?,
    };
    let snapshotted_at = moment(&row[1], "snapshotted_at")?;
    let age = snapshotted_at.duration_since(max_loaded_at);
    Ok(Freshness {
        max_loaded_at,
        snapshotted_at,
        age: age.as_micros() as f64 / 1e6,
    })
}

/// Judges an age by a source's `freshness` mapping.
pub fn judge(freshness: &Value, age: f64) -> Status {
    if exceeds(freshness.get("error_after"), age) {
        Status::Error
    } else if exceeds(freshness.get("warn_after"), age) {
        Status::Warn
    } else {
        Status::Pass
    }
}

fn exceeds(limit: Option<&Value>, age: f64) -> bool {
    let Some(limit) = limit else { return false };
    let count = limit.get("count").and_then(Value::as_f64);
    let period = limit.get("period").and_then(Value::as_str);
    let seconds = match period {
        Some("minute") => 60.0,
        Some("hour") => 3600.0,
        Some("day") => 86400.0,
        _ => return false,
    };
    count.is_some_and(|count| age > count * seconds)
}

fn moment(cell: &Cell, field: &str) -> Result<Timestamp, String> {
    match cell {
        Cell::TimestampTz(at) => Ok(at.timestamp()),
        // A time without zone counts as UTC.
        Cell::Timestamp(at) => TimeZone::UTC
            .to_timestamp(*at)
            .map_err(|error| format!("`{field}` gave a time out of range: {error}")),
        other => {
            let kind = match other {
                Cell::Null => "no value",
                Cell::Date(_) => "a date",
                Cell::Text(_) => "text",
                Cell::Int(_) | Cell::Float(_) | Cell::Decimal(_) => "a number",
                _ => "something else",
            };
            Err(format!(
                "expected a timestamp from `{field}`, but got {kind}; a cast such as \
                 `{field}::timestamp` makes it one"
            ))
        }
    }
}

fn beginning() -> Timestamp {
    TimeZone::UTC
        .to_timestamp(jiff::civil::datetime(1, 1, 1, 0, 0, 0, 0))
        .expect("the year 1 is within the range")
}
