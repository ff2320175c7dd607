//! A seed's CSV file as dbt's table: column names, types and rows.
//!
//! The types follow dbt, which reads the whole file and takes for each column
//! the first type that every value fits: number, date, timestamp, boolean,
//! text. Two things differ on purpose. A column of numbers of which one has a
//! leading zero (a ZIP code, an NPI, an NDC) stays text, and values that
//! DuckDB could not load into the type dbt would choose (`$1,000`, whole
//! numbers beyond 32 bits) get a type that holds them.

mod pieces;
mod records;
mod value;

#[cfg(test)]
mod tests;

use std::io::Read;

use rayon::prelude::*;

use self::pieces::Pieces;
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
///
/// A large file is looked at on all threads, and is never in memory as a
/// whole.
pub fn read_columns(
    input: impl Read + Send,
    delimiter: char,
    text_columns: &[&str],
) -> Result<SeedTable, SeedError> {
    read_in_pieces(input, delimiter, text_columns, PIECE)
}

/// How many bytes one thread looks at without asking for more.
const PIECE: usize = 1 << 20;

fn read_in_pieces(
    input: impl Read + Send,
    delimiter: char,
    text_columns: &[&str],
    size: usize,
) -> Result<SeedTable, SeedError> {
    let delimiter = single_byte(delimiter)?;
    let mut pieces = Pieces::new(input, delimiter, size);
    let first = pieces.read()?.unwrap_or_default();
    let mut records = Records::new(&first[..], delimiter)?;
    let names = header(&mut records)?;
    let nothing = || Seen::nothing(&names, text_columns);
    let mut seen = nothing();
    seen.look(&mut records)?;
    let count = 2 * rayon::current_num_threads();
    let mut batch = pieces.some(count)?;
    while !batch.is_empty() {
        let look = |piece: &Vec<u8>| {
            let mut seen = nothing();
            seen.look(&mut Records::going_on(&piece[..], delimiter))?;
            Ok(seen)
        };
        let (looked, next) = rayon::join(
            || batch.par_iter().map(look).collect::<Vec<_>>(),
            || pieces.some(count),
        );
        for more in looked {
            seen.add(more)?;
        }
        batch = next?;
    }
    let row_count = seen.row_count;
    let columns = names
        .into_iter()
        .zip(seen.columns)
        .map(|(name, evidence)| evidence.conclude(name, row_count))
        .collect();
    Ok(SeedTable { columns, row_count })
}

fn single_byte(delimiter: char) -> Result<u8, SeedError> {
    u8::try_from(delimiter).map_err(|_| SeedError {
        message: format!("the delimiter `{delimiter}` is not a single-byte character"),
        line: None,
    })
}

/// What was seen of a file, or of a piece of it.
struct Seen {
    columns: Vec<Evidence>,
    row_count: usize,
    lines: u64,
}

impl Seen {
    fn nothing(names: &[String], text_columns: &[&str]) -> Self {
        let columns = names.iter();
        Self {
            columns: columns
                .map(|name| Evidence::new(text_columns.contains(&name.as_str())))
                .collect(),
            row_count: 0,
            lines: 0,
        }
    }

    fn look<R: Read>(&mut self, records: &mut Records<R>) -> Result<(), SeedError> {
        while next_row(records, self.columns.len())? {
            self.row_count += 1;
            let line = records.line();
            for (value, column) in records.fields().zip(&mut self.columns) {
                column.see(value, line);
            }
        }
        self.lines = records.lines();
        Ok(())
    }

    /// Adds what was seen of the piece that comes next.
    fn add(&mut self, next: Result<Self, SeedError>) -> Result<(), SeedError> {
        let next = next.map_err(|mut error| {
            error.line = error.line.map(|line| self.lines + line);
            error
        })?;
        for (column, more) in self.columns.iter_mut().zip(next.columns) {
            column.add(more, self.lines);
        }
        self.row_count += next.row_count;
        self.lines += next.lines;
        Ok(())
    }
}

/// Reads a seed's rows, with each value in its column's type, for templates
/// that look into them.
pub fn read_rows(
    input: impl Read,
    delimiter: char,
    columns: &[SeedColumn],
) -> Result<Table, SeedError> {
    let mut records = Records::new(input, single_byte(delimiter)?)?;
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

    /// Adds what the column has shown further on, after so many lines.
    fn add(&mut self, more: Self, lines: u64) {
        let (a, b) = (&mut self.candidates, more.candidates);
        a.number &= b.number;
        a.date &= b.date;
        a.spaced &= b.spaced;
        a.iso &= b.iso;
        a.boolean &= b.boolean;
        self.is_filled |= more.is_filled;
        self.numbers.widen(more.numbers);
        let line = more.leading_zero_line.map(|line| lines + line);
        self.leading_zero_line = self.leading_zero_line.or(line);
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
