//! Rows as they cross from a database to templates and printing.

/// A query's result: named, typed columns and rows of cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    /// How dbt's tables would sort the columns, by the values in them.
    pub types: Vec<ColumnType>,
    /// The engine's own type texts, for showing.
    pub sql_types: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

/// One value. What has no variant of its own arrives as the engine's text.
///
/// Templates see less: dbt's tables turn times, intervals, bytes, lists and
/// structs into texts. [`Table::into_dbt`] does the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    /// A decimal number as exact text, `12.50`.
    Decimal(String),
    Text(String),
    /// `2024-01-31`. What lies outside the years 1 to 9999 is a text.
    Date(jiff::civil::Date),
    /// A timestamp without zone, to the microsecond as in Python.
    Timestamp(jiff::civil::DateTime),
    /// A timestamp with zone, in the connection's time zone.
    TimestampTz(jiff::Zoned),
    Time(jiff::civil::Time),
    /// Microseconds, days and months are already added up as Python's
    /// `timedelta` would.
    Interval {
        microseconds: i128,
    },
    Bytes(Vec<u8>),
    List(Vec<Cell>),
    /// A struct's fields or a map's entries.
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

impl ColumnType {
    /// Sorts a column by its values, as dbt does: a column without any value
    /// is `Integer`, the first type that dbt tries.
    pub fn of<'a>(cells: impl Iterator<Item = &'a Cell>) -> Self {
        let mut all: Option<Self> = None;
        for cell in cells {
            let one = match cell {
                Cell::Null => continue,
                Cell::Int(_) => Self::Integer,
                Cell::Float(_) | Cell::Decimal(_) => Self::Number,
                Cell::Bool(_) => Self::Boolean,
                Cell::Date(_) => Self::Date,
                Cell::Timestamp(_) | Cell::TimestampTz(_) => Self::DateTime,
                _ => return Self::Text,
            };
            all = match (all, one) {
                (None, one) => Some(one),
                (Some(all), one) if all == one => Some(all),
                (Some(Self::Integer | Self::Number), Self::Integer | Self::Number) => {
                    Some(Self::Number)
                }
                (Some(Self::Date | Self::DateTime), Self::Date | Self::DateTime) => {
                    Some(Self::DateTime)
                }
                _ => return Self::Text,
            };
        }
        all.unwrap_or(Self::Integer)
    }
}
