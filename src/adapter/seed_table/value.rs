//! Which types a CSV value fits.

use jiff::civil::{Date, DateTime, Time};

use crate::adapter::table::{Cell, ColumnType};

/// The types that a column can still have, beside text.
#[derive(Debug, Clone, Copy)]
pub struct Candidates {
    pub number: bool,
    pub date: bool,
    /// `2024-01-31 10:00:00`. dbt does not mix it with the ISO format.
    pub spaced: bool,
    /// `2024-01-31T10:00:00`.
    pub iso: bool,
    pub boolean: bool,
}

impl Candidates {
    pub fn all() -> Self {
        Self {
            number: true,
            date: true,
            spaced: true,
            iso: true,
            boolean: true,
        }
    }

    pub fn text() -> Self {
        Self {
            number: false,
            date: false,
            spaced: false,
            iso: false,
            boolean: false,
        }
    }

    pub fn is_text_only(self) -> bool {
        !(self.number || self.date || self.spaced || self.iso || self.boolean)
    }
}

/// What kind of numbers a column holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shape {
    /// The most digits before the point.
    whole: usize,
    /// Some number has a fraction that is not zero.
    has_fraction: bool,
    /// `inf` or `nan`.
    is_special: bool,
    /// Some number does not fit 32 bits.
    exceeds_32_bits: bool,
    exceeds_64_bits: bool,
    /// Some number is written in a way that DuckDB does not read: `$5`, `5%`,
    /// `1,000`.
    is_decorated: bool,
    pub has_leading_zero: bool,
}

impl Shape {
    pub fn widen(&mut self, other: Self) {
        self.whole = self.whole.max(other.whole);
        self.has_fraction |= other.has_fraction;
        self.is_special |= other.is_special;
        self.exceeds_32_bits |= other.exceeds_32_bits;
        self.exceeds_64_bits |= other.exceeds_64_bits;
        self.is_decorated |= other.is_decorated;
        self.has_leading_zero |= other.has_leading_zero;
    }

    /// Returns the type that holds all of the numbers; none when DuckDB could
    /// not read them.
    pub fn sql_type(self) -> Option<&'static str> {
        if self.is_decorated {
            None
        } else if self.has_fraction || self.is_special || self.whole > 28 {
            // dbt's numbers have 28 digits, and beyond them it gives up on
            // whole ones.
            Some("float8")
        } else if self.exceeds_64_bits {
            Some("hugeint")
        } else if self.exceeds_32_bits {
            Some("bigint")
        } else {
            Some("integer")
        }
    }
}

/// Tells whether a value stands for none in every column but text.
pub fn is_null(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || value.eq_ignore_ascii_case("null")
}

/// Reads a number as dbt does, which drops currency signs, percent signs and
/// thousands separators.
pub fn number(value: &str) -> Option<Shape> {
    let plain = value.trim();
    // Most values that are not numbers end here.
    if !plain.bytes().any(|b| b.is_ascii_digit())
        && !plain.to_ascii_lowercase().contains(['n', 'i'])
    {
        return None;
    }
    if let Some(shape) = plain_number(plain) {
        return Some(shape);
    }
    let cleaned = undecorated(plain);
    let mut shape = plain_number(&cleaned)?;
    shape.is_decorated = true;
    Some(shape)
}

fn undecorated(value: &str) -> String {
    let value = value.trim_matches('%');
    let (sign, mut rest) = match value.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", value),
    };
    for symbol in CURRENCIES {
        rest = rest.trim_matches(*symbol);
    }
    let rest = rest.replace(',', "");
    // Two minus signs make a plus.
    match (sign, rest.strip_prefix('-')) {
        ("-", Some(rest)) => rest.to_owned(),
        _ => format!("{sign}{rest}"),
    }
}

const CURRENCIES: &[char] = &[
    '؋', '$', 'ƒ', '៛', '¥', '₡', '₱', '£', '€', '¢', '﷼', '₪', '₩', '₭', '₮', '₦', '฿', '₤', '₫',
];

/// Reads a number as Python's `Decimal` and DuckDB both do: `-12`, `1.5`,
/// `.5`, `1e3`, `1_000`, `nan`.
fn plain_number(value: &str) -> Option<Shape> {
    let unsigned = value.strip_prefix(['-', '+']).unwrap_or(value);
    // Most numbers are short and whole.
    if (1..10).contains(&unsigned.len()) && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Shape {
            whole: unsigned.len(),
            has_leading_zero: unsigned.len() > 1 && unsigned.starts_with('0'),
            ..Shape::default()
        });
    }
    let lower = unsigned.to_ascii_lowercase();
    if ["inf", "infinity", "nan"].contains(&lower.as_str()) {
        return Some(Shape {
            is_special: true,
            ..Shape::default()
        });
    }
    let (digits, exponent) = match lower.split_once('e') {
        Some((digits, exponent)) => {
            let bare = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            if bare.is_empty() || bare.len() > 6 || !bare.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            (digits, exponent.parse::<i64>().ok()?)
        }
        None => (lower.as_str(), 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| {
        text.bytes().all(|b| b.is_ascii_digit() || b == b'_')
            && !text.starts_with('_')
            && !text.ends_with('_')
            && !text.contains("__")
    };
    if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
    let all: String = whole
        .chars()
        .chain(fraction.chars())
        .filter(|c| *c != '_')
        .collect();
    let fraction_length = fraction.bytes().filter(|b| *b != b'_').count() as i64;
    let trailing_zeros = all.len() - all.trim_end_matches('0').len();
    let is_zero = trailing_zeros == all.len();
    let places = fraction_length - exponent - trailing_zeros as i64;
    let significant = all.trim_start_matches('0').len() as i64;
    let whole_digits = (significant - fraction_length + exponent).max(0);
    let mut shape = Shape {
        whole: whole_digits as usize,
        has_fraction: !is_zero && places > 0,
        has_leading_zero,
        ..Shape::default()
    };
    // The exact bounds matter only near them.
    if whole_digits >= 10 && !is_zero {
        let value = whole_value(value, &all, fraction_length, exponent);
        shape.exceeds_32_bits = value.is_none_or(|value| i32::try_from(value).is_err());
        shape.exceeds_64_bits = value.is_none_or(|value| i64::try_from(value).is_err());
    }
    Some(shape)
}

fn whole_value(text: &str, digits: &str, fraction: i64, exponent: i64) -> Option<i128> {
    let shift = exponent - fraction;
    let digits: i128 = digits.parse().ok()?;
    let power = 10_i128.checked_pow(u32::try_from(shift.abs()).ok()?)?;
    let value = if shift >= 0 {
        digits.checked_mul(power)?
    } else {
        digits / power
    };
    Some(if text.starts_with('-') { -value } else { value })
}

/// Reads a date as dbt does, `2024-01-31` or `2024-1-31`.
pub fn date(value: &str) -> Option<Date> {
    day(value.trim())
}

fn day(value: &str) -> Option<Date> {
    let mut parts = value.splitn(3, '-');
    let year = digits(parts.next()?, 4..=4)?;
    let month = digits(parts.next()?, 1..=2)?;
    let day = digits(parts.next()?, 1..=2)?;
    if year == 0 {
        return None;
    }
    Date::new(year as i16, month as i8, day as i8).ok()
}

/// Reads a timestamp as dbt does, `2024-01-31 10:00:00`.
pub fn spaced(value: &str) -> Option<DateTime> {
    let (date, time) = value.trim().split_once(char::is_whitespace)?;
    let mut parts = time.trim_start().splitn(3, ':');
    let mut part = || digits(parts.next()?, 1..=2);
    let time = Time::new(part()? as i8, part()? as i8, part()? as i8, 0).ok()?;
    Some(day(date)?.to_datetime(time))
}

/// Reads a timestamp in the ISO format with a `T`, as far as both dbt and
/// DuckDB do, and its offset in seconds.
pub fn iso(value: &str) -> Option<(DateTime, Option<i32>)> {
    let (date, time) = value.trim().split_once('T')?;
    // Here every digit has to be there.
    let date = (date.len() == 10).then(|| day(date))??;
    let (time, offset) = iso_time(time)?;
    Some((date.to_datetime(time), offset))
}

fn iso_time(text: &str) -> Option<(Time, Option<i32>)> {
    let (time, offset) = match text.find(['Z', '+', '-']) {
        Some(at) => (&text[..at], Some(offset(&text[at..])?)),
        None => (text, None),
    };
    let mut parts = time.splitn(3, ':');
    let hour = digits(parts.next()?, 2..=2)?;
    let minute = digits(parts.next()?, 2..=2)?;
    let Some(second) = parts.next() else {
        // DuckDB does not read an offset after minutes.
        let time = Time::new(hour as i8, minute as i8, 0, 0).ok()?;
        return offset.is_none().then_some((time, None));
    };
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let second = digits(second, 2..=2)?;
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let micros = digits(&format!("{fraction:0<6}")[..6], 6..=6)?;
    let time = Time::new(hour as i8, minute as i8, second as i8, micros * 1000).ok()?;
    Some((time, offset))
}

/// Reads `Z`, `+02`, `+0230` or `+02:30` as seconds.
fn offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, text) = text.split_at(1);
    let hours = digits(text.get(..2)?, 2..=2)?;
    let minutes = match text[2..].strip_prefix(':').unwrap_or(&text[2..]) {
        "" if text.len() == 2 => 0,
        minutes => digits(minutes, 2..=2)?,
    };
    let seconds = hours * 3600 + minutes * 60;
    Some(if sign == "-" { -seconds } else { seconds })
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<i32> {
    let is_right = length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_right.then(|| text.parse().ok())?
}

/// Reads a boolean as dbt and DuckDB both do.
pub fn boolean(value: &str) -> Option<bool> {
    if value.eq_ignore_ascii_case("true") {
        Some(true)
    } else if value.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Returns a value in its column's type, as dbt's table holds it.
pub fn cell(value: &str, column_type: ColumnType) -> Cell {
    if is_null(value) {
        return Cell::Null;
    }
    let cell = match column_type {
        ColumnType::Number | ColumnType::Integer => {
            let text = value.trim();
            Some(Cell::Decimal(text.replace('_', "")))
        }
        ColumnType::Date => date(value).map(Cell::Date),
        ColumnType::DateTime => spaced(value)
            .map(Cell::Timestamp)
            .or_else(|| iso(value).map(|(at, offset)| zoned(at, offset))),
        ColumnType::Boolean => boolean(value).map(Cell::Bool),
        ColumnType::Text | ColumnType::Time => None,
    };
    cell.unwrap_or_else(|| Cell::Text(value.to_owned()))
}

fn zoned(at: DateTime, offset: Option<i32>) -> Cell {
    let zoned = offset.and_then(|seconds| {
        let offset = jiff::tz::Offset::from_seconds(seconds).ok()?;
        let zone = jiff::tz::TimeZone::fixed(offset);
        at.to_zoned(zone).ok()
    });
    zoned.map_or(Cell::Timestamp(at), Cell::TimestampTz)
}
