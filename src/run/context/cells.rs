//! From a template's values back to cells, where the run phase itself looks
//! at the rows of a query that a macro has run.

use crate::adapter::{Cell, Table};
use crate::jinja::python::datetime::{Temporal, temporal};
use crate::jinja::python::{self, Kind, decimal, kind};
use crate::jinja::{Value, objects};

/// Reads a value as a table.
pub fn table_of(value: &Value) -> Option<Table> {
    let table = objects::table_of(value)?;
    Some(Table {
        columns: table.column_names().to_vec(),
        types: table.types().to_vec(),
        sql_types: Vec::new(),
        rows: table
            .rows()
            .map(|row| row.iter().map(cell).collect())
            .collect(),
    })
}

fn cell(value: &Value) -> Cell {
    match kind(value) {
        Kind::None | Kind::Undefined => Cell::Null,
        Kind::Bool(truth) => Cell::Bool(truth),
        Kind::Int(number) => Cell::Int(number),
        Kind::Float(number) => Cell::Float(number),
        Kind::Str(text) => Cell::Text(text.to_owned()),
        Kind::Bytes(bytes) => Cell::Bytes(bytes.to_vec()),
        Kind::Object(_) if decimal::is_decimal(value) => Cell::Decimal(value.to_string()),
        Kind::Object(_) => match temporal(value) {
            Some(temporal) => time(temporal, value),
            None => Cell::Text(value.to_string()),
        },
        Kind::Container(_) => Cell::Text(python::str(value).unwrap_or_default()),
    }
}

fn time(temporal: &Temporal, value: &Value) -> Cell {
    let text = value.to_string();
    let cell = match temporal {
        Temporal::Date(_) => text.parse().ok().map(Cell::Date),
        Temporal::Time(_) => text.parse().ok().map(Cell::Time),
        Temporal::DateTime(_) => {
            // A moment with an offset first: without the offset it would be
            // another one.
            let zoned = text.parse::<jiff::Timestamp>().ok();
            zoned
                .map(|at| Cell::TimestampTz(at.to_zoned(jiff::tz::TimeZone::UTC)))
                .or_else(|| text.parse().ok().map(Cell::Timestamp))
        }
        Temporal::Delta(_) | Temporal::Zone(_) => None,
    };
    cell.unwrap_or(Cell::Text(text))
}
