//! A seed's CSV file as dbt's table: column names, types and rows.
//!
//! The types follow dbt, which reads the whole file and takes for each column
//! the first type that every value fits: number, date, timestamp, boolean,
//! text. Two things differ on purpose. A column of numbers of which one has a
//! leading zero (a ZIP code, an NPI, an NDC) stays text, and values that
//! DuckDB could not load into the type dbt would choose (`$1,000`, whole
//! numbers beyond 32 bits) get a type that holds them.

mod records;
mod value;

#[cfg(test)]
mod tests;

use std::io::Read;

use self::records::Records;
use self::value::{Candidates, Shape};
use super::table::{Cell, ColumnType, Table};

/// The columns of a seed's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedTable {
    pub columns: Vec<SeedColumn>,
    /// Lines of data, blank ones included, as dbt counts.
    pub row_count: usize,
}

/// One column of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedColumn {
    pub name: String,
    pub column_type: ColumnType,
    /// The type that the table's column gets when the seed's config gives
    /// none.
    pub sql_type: &'static str,
    /// The line of the first number with a leading zero, when that is why the
    /// column is text.
    pub leading_zero_line: Option<u64>,
}

/// Why a seed's file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedError {
    pub message: String,
    /// Counts from 1.
    pub line: Option<u64>,
}

/// Reads a seed's file for its columns. `text_columns` are those whose type
/// the seed's config gives; dbt does not look into them.
pub fn read_columns(
    input: impl Read,
    delimiter: char,
    text_columns: &[&str],
) -> Result<SeedTable, SeedError> {
    let mut records = Records::new(input, delimiter)?;
    let names = header(&mut records)?;
    let mut columns: Vec<Evidence> = names
        .iter()
        .map(|name| Evidence::new(text_columns.contains(&name.as_str())))
        .collect();
    let mut row_count = 0;
    while next_row(&mut records, names.len())? {
        row_count += 1;
        let line = records.line();
        for (value, column) in records.fields().zip(&mut columns) {
            column.see(value, line);
        }
    }
    let columns = names
        .into_iter()
        .zip(columns)
        .map(|(name, evidence)| evidence.conclude(name, row_count))
        .collect();
    Ok(SeedTable { columns, row_count })
}

/// Reads a seed's rows, with each value in its column's type, for templates
/// that look into them.
pub fn read_rows(
    input: impl Read,
    delimiter: char,
    columns: &[SeedColumn],
) -> Result<Table, SeedError> {
    let mut records = Records::new(input, delimiter)?;
    header(&mut records)?;
    let mut rows = Vec::new();
    while next_row(&mut records, columns.len())? {
        // What a short line leaves out is null.
        let mut row = vec![Cell::Null; columns.len()];
        for ((value, column), cell) in records.fields().zip(columns).zip(&mut row) {
            *cell = value::cell(value, column.column_type);
        }
        rows.push(row);
    }
    Ok(Table {
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        types: columns.iter().map(|column| column.column_type).collect(),
        sql_types: columns
            .iter()
            .map(|column| column.sql_type.to_owned())
            .collect(),
        rows,
    })
}

/// Reads the header and names the columns as dbt's tables do: one without a
/// name gets a letter, a repeated name a number.
fn header<R: Read>(records: &mut Records<R>) -> Result<Vec<String>, SeedError> {
    if !records.advance()? || records.len() == 0 {
        return Err(SeedError {
            message: "the first line is empty; it must name the columns".into(),
            line: Some(1),
        });
    }
    let mut names: Vec<String> = Vec::with_capacity(records.len());
    for (i, name) in records.fields().enumerate() {
        let name = if name.is_empty() {
            let letter = char::from(b'a' + (i % 26) as u8);
            letter.to_string().repeat(i / 26 + 1)
        } else {
            name.to_owned()
        };
        let mut unique = name.clone();
        let mut number = 1;
        while names.contains(&unique) {
            number += 1;
            unique = format!("{name}_{number}");
        }
        names.push(unique);
    }
    Ok(names)
}

fn next_row<R: Read>(records: &mut Records<R>, width: usize) -> Result<bool, SeedError> {
    let is_there = records.advance()?;
    if records.len() > width {
        let count = records.len();
        return Err(SeedError {
            message: format!("the line has {count} values, and the header names {width} columns"),
            line: Some(records.line()),
        });
    }
    Ok(is_there)
}

/// What the values of a column have shown so far.
struct Evidence {
    candidates: Candidates,
    /// Some value was seen, if only an empty one.
    is_filled: bool,
    numbers: Shape,
    leading_zero_line: Option<u64>,
}

impl Evidence {
    fn new(is_text: bool) -> Self {
        Self {
            candidates: if is_text {
                Candidates::text()
            } else {
                Candidates::all()
            },
            is_filled: false,
            numbers: Shape::default(),
            leading_zero_line: None,
        }
    }

    fn see(&mut self, value: &str, line: u64) {
        self.is_filled = true;
        if self.candidates.is_text_only() || value::is_null(value) {
            return;
        }
        if self.candidates.number {
            match value::number(value) {
                None => self.candidates.number = false,
                Some(shape) => {
                    if shape.has_leading_zero && self.leading_zero_line.is_none() {
                        self.leading_zero_line = Some(line);
                    }
                    self.numbers.widen(shape);
                }
            }
        }
        let still = &mut self.candidates;
        still.date = still.date && value::date(value).is_some();
        still.spaced = still.spaced && value::spaced(value).is_some();
        still.iso = still.iso && value::iso(value).is_some();
        still.boolean = still.boolean && value::boolean(value).is_some();
    }

    fn conclude(self, name: String, row_count: usize) -> SeedColumn {
        let candidates = self.candidates;
        let mut leading_zero_line = None;
        let (column_type, sql_type) = if candidates.is_text_only() {
            (ColumnType::Text, "text")
        } else if row_count == 0 || !self.is_filled {
            (ColumnType::Integer, "integer")
        } else if candidates.number {
            leading_zero_line = self.leading_zero_line;
            match self.numbers.sql_type() {
                Some(sql_type) if leading_zero_line.is_none() => (ColumnType::Number, sql_type),
                _ => (ColumnType::Text, "text"),
            }
        } else if candidates.date {
            (ColumnType::Date, "date")
        } else if candidates.spaced || candidates.iso {
            (ColumnType::DateTime, "timestamp without time zone")
        } else {
            (ColumnType::Boolean, "boolean")
        };
        SeedColumn {
            name,
            column_type,
            sql_type,
            leading_zero_line,
        }
    }
}
