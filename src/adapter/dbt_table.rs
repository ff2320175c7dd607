//! A table as templates see it.
//!
//! dbt puts every result into a table of its own (agate) whose cells are
//! numbers, dates, booleans or texts. What is none of these becomes the text
//! that Python's `str` or `json.dumps` gives.

use std::fmt::Write as _;

use jiff::civil::{DateTime, Time};

use super::table::{Cell, ColumnType, Table};
use crate::python_repr::{float_repr, push_json};

impl Table {
    /// Turns the cells into what templates see.
    #[must_use]
    pub fn into_dbt(mut self) -> Self {
        for row in &mut self.rows {
            for (cell, column) in row.iter_mut().zip(&self.types) {
                let text = match (&*cell, column) {
                    (Cell::Null | Cell::Text(_), _) => continue,
                    (cell, ColumnType::Text) => cell.python_text(),
                    _ => continue,
                };
                *cell = Cell::Text(text);
            }
        }
        self
    }
}

impl Cell {
    /// Returns the text that Python's `str` gives for the value, and, for
    /// lists and structs, the JSON that dbt makes of them.
    pub fn python_text(&self) -> String {
        match self {
            Self::Null => "None".into(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Int(n) => n.to_string(),
            Self::Float(x) => float_repr(*x),
            Self::Decimal(text) | Self::Text(text) => text.clone(),
            Self::Date(date) => date.to_string(),
            Self::Timestamp(at) => python_datetime(*at, " "),
            Self::TimestampTz(at) => {
                let mut text = python_datetime(at.datetime(), " ");
                push_offset(&mut text, at.offset().seconds());
                text
            }
            Self::Time(time) => python_time(*time),
            Self::Interval { microseconds } => python_timedelta(*microseconds),
            Self::Bytes(bytes) => python_bytes(bytes),
            Self::List(_) | Self::Struct(_) => {
                let mut text = String::new();
                self.push_json(&mut text);
                text
            }
        }
    }

    fn push_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Self::Int(_) | Self::Float(_) => out.push_str(&self.python_text()),
            // dbt's JSON has no decimals: they go through a float.
            Self::Decimal(text) => match text.parse::<f64>() {
                Ok(x) => out.push_str(&float_repr(x)),
                Err(_) => push_json(out, text),
            },
            Self::Timestamp(at) => push_json(out, &python_datetime(*at, "T")),
            Self::TimestampTz(at) => {
                let mut text = python_datetime(at.datetime(), "T");
                push_offset(&mut text, at.offset().seconds());
                push_json(out, &text);
            }
            Self::Date(_) | Self::Time(_) | Self::Interval { .. } | Self::Bytes(_) => {
                push_json(out, &self.python_text());
            }
            Self::Text(text) => push_json(out, text),
            Self::List(cells) => {
                out.push('[');
                for (i, cell) in cells.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    cell.push_json(out);
                }
                out.push(']');
            }
            Self::Struct(fields) => {
                out.push('{');
                for (i, (name, cell)) in fields.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    push_json(out, name);
                    out.push_str(": ");
                    cell.push_json(out);
                }
                out.push('}');
            }
        }
    }
}

fn python_datetime(at: DateTime, between: &str) -> String {
    format!("{}{between}{}", at.date(), python_time(at.time()))
}

fn python_time(time: Time) -> String {
    let mut text = format!(
        "{:02}:{:02}:{:02}",
        time.hour(),
        time.minute(),
        time.second()
    );
    let micros = time.subsec_nanosecond() / 1000;
    if micros != 0 {
        let _ = write!(text, ".{micros:06}");
    }
    text
}

fn push_offset(out: &mut String, seconds: i32) {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let _ = write!(out, "{sign}{hours:02}:{minutes:02}");
    if seconds % 60 != 0 {
        let _ = write!(out, ":{:02}", seconds % 60);
    }
}

/// Writes an interval as Python's `timedelta`: `1 day, 0:00:03.500000`. The
/// days may be negative, the time of day never is.
fn python_timedelta(microseconds: i128) -> String {
    const DAY: i128 = 24 * 3600 * 1_000_000;
    let days = microseconds.div_euclid(DAY);
    let rest = microseconds.rem_euclid(DAY);
    let mut text = String::new();
    if days != 0 {
        let plural = if days.abs() == 1 { "" } else { "s" };
        let _ = write!(text, "{days} day{plural}, ");
    }
    let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
    let _ = write!(
        text,
        "{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if micros != 0 {
        let _ = write!(text, ".{micros:06}");
    }
    text
}

/// Writes bytes as Python does: `b'a\x00b'`.
fn python_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        '"'
    } else {
        '\''
    };
    let mut text = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            _ if char::from(byte) == quote => {
                text.push('\\');
                text.push(quote);
            }
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text.push(quote);
    text
}
