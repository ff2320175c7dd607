//! Time zones as `pytz` has them: a zone that is attached to a `datetime` has
//! one fixed offset, which `localize` and `astimezone` choose.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use minijinja::Value;

use super::delta::SECOND;
use super::{DateTime, Delta, Temporal};
use crate::jinja::error::JinjaError;
use crate::jinja::python::arguments::Args;
use crate::jinja::python::{none, type_name};

#[derive(Debug, Clone)]
pub enum Zone {
    Utc,
    /// Seconds east of UTC and, for `pytz.FixedOffset`, how it is shown.
    Fixed(i32),
    Named(String, TimeZone),
}

/// Finds a zone by its name.
pub fn zone(name: &str) -> Result<Zone, JinjaError> {
    if name.eq_ignore_ascii_case("utc") {
        return Ok(Zone::Utc);
    }
    match TimeZone::get(name) {
        Ok(zone) => {
            let canonical = zone.iana_name().unwrap_or(name).to_owned();
            Ok(Zone::Named(canonical, zone))
        }
        Err(_) => Err(JinjaError::value_error(format!(
            "unknown time zone {name:?}"
        ))),
    }
}

fn seconds(offset: Offset) -> i32 {
    offset.seconds()
}

impl Zone {
    pub fn name(&self) -> &str {
        match self {
            Self::Utc => "UTC",
            Self::Fixed(_) => "pytz.FixedOffset",
            Self::Named(name, _) => name,
        }
    }

    /// The offset that the zone has in itself, before `localize` chose one. For
    /// a named zone that is its first one, the local mean time.
    pub fn default_offset(&self) -> (i32, String) {
        match self {
            Self::Utc => (0, "UTC".to_owned()),
            Self::Fixed(offset) => (*offset, String::new()),
            Self::Named(_, zone) => {
                let info = zone.to_offset_info(Timestamp::MIN);
                // pytz rounds to minutes.
                let offset = seconds(info.offset());
                let rounded = (f64::from(offset) / 60.0).round() as i32 * 60;
                (rounded, info.abbreviation().to_owned())
            }
        }
    }

    /// The offset and abbreviation at a moment in UTC.
    pub fn at_utc(&self, utc_micros: i128) -> (i32, String) {
        match self {
            Self::Named(_, zone) => {
                let timestamp = i64::try_from(utc_micros - EPOCH_MICROS)
                    .ok()
                    .and_then(|micros| Timestamp::from_microsecond(micros).ok())
                    .unwrap_or(Timestamp::MIN);
                let info = zone.to_offset_info(timestamp);
                (seconds(info.offset()), info.abbreviation().to_owned())
            }
            _ => self.default_offset(),
        }
    }

    /// The offset at a wall clock time; of two possible ones the standard time.
    fn at_wall(&self, wall_micros: i128) -> (i32, String) {
        let first = self.at_utc(wall_micros);
        // The offset at the wall time taken as UTC is right unless a change lies
        // between; the one found from there is.
        for candidate in [
            self.at_utc(wall_micros - i128::from(first.0) * SECOND),
            self.at_utc(wall_micros - (i128::from(first.0) - 3600) * SECOND),
            self.at_utc(wall_micros - (i128::from(first.0) + 3600) * SECOND),
        ] {
            let back = self.at_utc(wall_micros - i128::from(candidate.0) * SECOND);
            if back.0 == candidate.0 {
                return back;
            }
        }
        first
    }

    pub fn attribute(&self, name: &str) -> Option<Value> {
        (name == "zone").then(|| match self {
            Self::Fixed(_) => none(),
            _ => Value::from(self.name()),
        })
    }

    pub fn call(&self, name: &str, args: &Args<'_>) -> Option<Result<Value, JinjaError>> {
        let moment = |function: &str| {
            let [value, _] = args.bind(function, ["dt", "is_dst"], 1)?;
            let value = value.unwrap_or_default();
            match super::temporal(&value) {
                Some(Temporal::DateTime(moment)) => Ok(moment.clone()),
                _ => Err(JinjaError::type_error(format!(
                    "{function}() argument must be datetime.datetime, not {}",
                    type_name(&value)
                ))),
            }
        };
        Some(match name {
            "localize" => moment(name).and_then(|moment| {
                if moment.offset().is_some() {
                    return Err(JinjaError::value_error(
                        "Not naive datetime (tzinfo is already set)",
                    ));
                }
                let (offset, abbreviation) = self.at_wall(moment.wall_micros());
                Ok(
                    Temporal::DateTime(moment.with_zone(self.clone(), offset, abbreviation))
                        .into_value(),
                )
            }),
            "normalize" => moment(name).and_then(|moment| {
                moment
                    .in_zone(self)
                    .map(|m| Temporal::DateTime(m).into_value())
            }),
            "utcoffset" | "dst" | "tzname" => {
                let offset = moment(name).map(|m| self.at_wall(m.wall_micros()));
                match (name, offset) {
                    ("utcoffset", Ok((offset, _))) => {
                        let micros = i128::from(offset) * SECOND;
                        Ok(Temporal::Delta(Delta { micros }).into_value())
                    }
                    ("tzname", Ok((_, abbreviation))) => Ok(Value::from(abbreviation)),
                    _ => Ok(none()),
                }
            }
            _ => return None,
        })
    }

    pub fn repr(&self) -> String {
        match self {
            Self::Utc => "<UTC>".to_owned(),
            Self::Fixed(offset) => format!("pytz.FixedOffset({})", offset / 60),
            Self::Named(name, _) => {
                let (offset, abbreviation) = self.default_offset();
                format!("<DstTzInfo '{name}' {}>", describe(offset, &abbreviation))
            }
        }
    }

    /// The `repr` of the zone as attached to a moment.
    pub fn repr_at(&self, offset: i32, abbreviation: &str) -> String {
        match self {
            Self::Named(name, _) => {
                format!("<DstTzInfo '{name}' {}>", describe(offset, abbreviation))
            }
            _ => self.repr(),
        }
    }
}

fn describe(offset: i32, abbreviation: &str) -> String {
    let delta = Delta {
        micros: i128::from(offset) * SECOND,
    };
    let sign = if offset >= 0 { "+" } else { "" };
    let is_summer =
        abbreviation.ends_with("DT") || abbreviation.ends_with("ST") && abbreviation == "BST";
    let kind = if is_summer { "DST" } else { "STD" };
    format!("{abbreviation}{sign}{delta} {kind}")
}

/// The microseconds from 0001-01-01, day 1, to 1970-01-01.
pub const EPOCH_MICROS: i128 = 719_163 * super::delta::DAY;

/// Writes an offset as `+01:00`, or `+0100` without a separator.
pub fn offset_text(offset: i32, separator: &str) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let offset = offset.unsigned_abs();
    let mut text = format!(
        "{sign}{:02}{separator}{:02}",
        offset / 3600,
        offset / 60 % 60
    );
    if !offset.is_multiple_of(60) {
        let _ = write!(text, "{separator}{:02}", offset % 60);
    }
    text
}

/// Makes the value that `current` gives of a moment in a zone.
pub fn now_in(zone: Option<&Zone>, now: Timestamp) -> Result<DateTime, JinjaError> {
    let utc_micros = i128::from(now.as_microsecond()) + EPOCH_MICROS;
    match zone {
        None => DateTime::from_wall(utc_micros, None),
        Some(zone) => DateTime::from_utc(utc_micros, zone),
    }
}
