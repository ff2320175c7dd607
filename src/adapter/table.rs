//! Rows as they cross from a database to templates and printing.

/// A query's result: named, typed columns and rows of cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    pub types: Vec<ColumnType>,
    /// The engine's own type texts, for showing.
    pub sql_types: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

/// One value. What has no variant of its own arrives as the engine's text.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    /// A decimal number as exact text, `12.50`.
    Decimal(String),
    Text(String),
    /// `2024-01-31`.
    Date(jiff::civil::Date),
    /// A timestamp without zone.
    Timestamp(jiff::civil::DateTime),
    /// A timestamp with zone, shown in `zone`.
    TimestampTz(jiff::Timestamp),
    Time(jiff::civil::Time),
    /// Microseconds, days and months are already added up as Python's
    /// `timedelta` would.
    Interval {
        microseconds: i128,
    },
    Bytes(Vec<u8>),
    List(Vec<Cell>),
    Struct(Vec<(String, Cell)>),
}

/// A column's type as dbt's tables (agate) sort them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    Integer,
    Number,
    Boolean,
    Date,
    DateTime,
    Time,
}
