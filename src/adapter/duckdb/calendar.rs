//! Dates and times, from DuckDB's counts since 1970.
//!
//! DuckDB's years reach far beyond Python's 1 to 9999. As in DuckDB's Python
//! client, `infinity` becomes the last moment of year 9999 and what else lies
//! outside becomes a text.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::adapter::Cell;

const MICROS_PER_DAY: i64 = 86_400_000_000;

pub fn date(days: i32) -> Cell {
    match days {
        i32::MAX => Cell::Date(Date::constant(9999, 12, 31)),
        // The text's minus is not the smallest number: that one is no date.
        _ if days == -i32::MAX => Cell::Date(Date::constant(1, 1, 1)),
        _ => match civil(i64::from(days)) {
            Ok(date) => Cell::Date(date),
            Err(text) => Cell::Text(text),
        },
    }
}

pub fn time(micros: i64) -> Cell {
    // `24:00:00` exists in DuckDB and nowhere else.
    if micros == MICROS_PER_DAY {
        return Cell::Text("24:00:00".into());
    }
    Cell::Time(time_of_day(micros))
}

/// Makes a timestamp of a count of parts of a second.
pub fn timestamp(count: i64, per_second: i64, zone: Option<&TimeZone>) -> Cell {
    let zoned = |at: DateTime, zone: &TimeZone| {
        let instant = TimeZone::UTC.to_timestamp(at).unwrap_or(Timestamp::MAX);
        Cell::TimestampTz(instant.to_zoned(zone.clone()))
    };
    if count == i64::MAX || count == -i64::MAX {
        let at = if count > 0 {
            DateTime::constant(9999, 12, 31, 23, 59, 59, 999_999_000)
        } else {
            DateTime::constant(1, 1, 1, 0, 0, 0, 0)
        };
        return match zone {
            None => Cell::Timestamp(at),
            Some(_) => zoned(at, &TimeZone::UTC),
        };
    }
    let micros = if per_second <= 1_000_000 {
        i128::from(count) * i128::from(1_000_000 / per_second)
    } else {
        // Python has no nanoseconds.
        i128::from(count.div_euclid(per_second / 1_000_000))
    };
    let days = micros.div_euclid(i128::from(MICROS_PER_DAY)) as i64;
    let time = time_of_day(micros.rem_euclid(i128::from(MICROS_PER_DAY)) as i64);
    match (civil(days), zone) {
        (Ok(date), None) => Cell::Timestamp(date.to_datetime(time)),
        (Ok(date), Some(zone)) => zoned(date.to_datetime(time), zone),
        (Err(date), None) => Cell::Text(format!("{date} {time}")),
        (Err(date), Some(_)) => Cell::Text(format!("{date} {time}+00")),
    }
}

/// Returns the time zone with a name. Without the machine's own database of
/// zones, times are shown in UTC.
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn time_of_day(micros: i64) -> Time {
    Time::midnight().wrapping_add(SignedDuration::from_micros(
        micros.rem_euclid(MICROS_PER_DAY),
    ))
}

/// Returns the day, or DuckDB's text for one outside the years 1 to 9999.
fn civil(days: i64) -> Result<Date, String> {
    // Counted from 1 March of year 0, so that leap days end a year; an era is
    // the 400 years after which the calendar repeats.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    match year {
        1..=9999 => Date::new(year as i16, month as i8, day as i8).map_err(|e| e.to_string()),
        10_000.. => Err(format!("{year}-{month:02}-{day:02}")),
        _ => Err(format!("{:04}-{month:02}-{day:02} (BC)", 1 - year)),
    }
}
