//! The classes of the `datetime` and `pytz` modules.

use jiff::Timestamp;
use minijinja::Value;

use super::moment::zone_argument;
use super::parse::{iso_date, iso_datetime, iso_time, strptime, timestamp_micros};
use super::zone::{EPOCH_MICROS, now_in, zone};
use super::{Date, DateTime, Delta, Temporal, Time, Zone, temporal};
use crate::jinja::error::JinjaError;
use crate::jinja::python::arguments::{Args, integer, text};
use crate::jinja::python::{as_float, as_int, none, type_name};

/// Calls a class of `datetime`, or one of its class methods, which follows the
/// name: `datetime.strptime`.
pub fn constructor(
    name: &str,
    args: &Args<'_>,
    now: &dyn Fn() -> Result<Timestamp, JinjaError>,
) -> Option<Result<Value, JinjaError>> {
    Some(match name {
        "date" => date(args),
        "datetime" => datetime(args),
        "time" => time(args),
        "timedelta" => Delta::construct(args),
        "date.today" => args
            .none("today")
            .and_then(|()| now_in(None, now()?))
            .map(|moment| Temporal::Date(moment.date).into_value()),
        "datetime.today" | "datetime.utcnow" => args
            .none("utcnow")
            .and_then(|()| now_in(None, now()?))
            .map(|moment| Temporal::DateTime(moment).into_value()),
        "datetime.now" => args.bind("now", ["tz"], 0).and_then(|[tz]| {
            let zone = zone_argument(&tz.unwrap_or_else(none))?;
            now_in(zone.as_ref(), now()?).map(|moment| Temporal::DateTime(moment).into_value())
        }),
        "datetime.strptime" => args
            .bind("strptime", ["date_string", "format"], 2)
            .and_then(|[value, format]| {
                let value = string(&value, "strptime", "date_string")?;
                let format = string(&format, "strptime", "format")?;
                strptime(value, format).map(|moment| Temporal::DateTime(moment).into_value())
            }),
        "datetime.fromisoformat" => args.one("fromisoformat", "date_string").and_then(|value| {
            parse_iso(value.as_str().unwrap_or_default())
                .map(|moment| Temporal::DateTime(moment).into_value())
                .ok_or_else(|| invalid_iso(&value))
        }),
        "date.fromisoformat" => args.one("fromisoformat", "date_string").and_then(|value| {
            match iso_date(value.as_str().unwrap_or_default()) {
                Some((date, "")) => Ok(Temporal::Date(date).into_value()),
                _ => Err(invalid_iso(&value)),
            }
        }),
        "time.fromisoformat" => args.one("fromisoformat", "time_string").and_then(|value| {
            match iso_time(value.as_str().unwrap_or_default()) {
                Some((time, "")) => Ok(Temporal::Time(time).into_value()),
                _ => Err(invalid_iso(&value)),
            }
        }),
        "date.fromordinal" => args.one("fromordinal", "ordinal").and_then(|value| {
            let days =
                as_int(&value).ok_or_else(|| JinjaError::type_error("an integer is required"))?;
            Date::from_ordinal(days).map(|date| Temporal::Date(date).into_value())
        }),
        "datetime.fromtimestamp" | "datetime.utcfromtimestamp" | "date.fromtimestamp" => args
            .bind("fromtimestamp", ["timestamp", "tz"], 1)
            .and_then(|[value, tz]| {
                let seconds = value
                    .as_ref()
                    .and_then(as_float)
                    .ok_or_else(|| JinjaError::type_error("a number is required"))?;
                let micros = timestamp_micros(seconds) + EPOCH_MICROS;
                let moment = match zone_argument(&tz.unwrap_or_else(none))? {
                    Some(zone) => DateTime::from_utc(micros, &zone)?,
                    None => DateTime::from_wall(micros, None)?,
                };
                Ok(if name.starts_with("date.") {
                    Temporal::Date(moment.date).into_value()
                } else {
                    Temporal::DateTime(moment).into_value()
                })
            }),
        "datetime.combine" => args
            .bind("combine", ["date", "time", "tzinfo"], 2)
            .and_then(|[date, time, tz]| {
                let date = match date.as_ref().and_then(temporal) {
                    Some(Temporal::Date(date)) => *date,
                    Some(Temporal::DateTime(moment)) => moment.date,
                    _ => {
                        return Err(JinjaError::type_error(
                            "combine() argument 1 must be a date",
                        ));
                    }
                };
                let Some(Temporal::Time(time)) = time.as_ref().and_then(temporal) else {
                    return Err(JinjaError::type_error(
                        "combine() argument 2 must be a time",
                    ));
                };
                let zone = zone_argument(&tz.unwrap_or_else(none))?;
                Ok(Temporal::DateTime(DateTime::new(date, *time, zone)).into_value())
            }),
        "timezone" => args.one("timezone", "zone").and_then(|value| {
            let name = value.as_str().ok_or_else(|| {
                JinjaError::type_error(format!(
                    "a time zone's name must be str, not {}",
                    type_name(&value)
                ))
            })?;
            zone(name).map(|zone| Temporal::Zone(zone).into_value())
        }),
        "FixedOffset" => args.one("FixedOffset", "offset").and_then(|value| {
            let minutes = as_int(&value)
                .filter(|minutes| minutes.abs() < 24 * 60)
                .ok_or_else(|| JinjaError::value_error("absolute offset is too large"))?;
            let zone = if minutes == 0 {
                Zone::Utc
            } else {
                Zone::Fixed(minutes as i32 * 60)
            };
            Ok(Temporal::Zone(zone).into_value())
        }),
        _ => return None,
    })
}

/// Reads an ISO 8601 text as a date, or with a time as a `datetime`.
pub fn from_iso(text: &str) -> Option<Value> {
    let temporal = match iso_date(text) {
        Some((date, "")) => Temporal::Date(date),
        _ => Temporal::DateTime(parse_iso(text)?),
    };
    Some(temporal.into_value())
}

/// Reads an ISO 8601 text.
pub fn parse_iso(text: &str) -> Option<DateTime> {
    iso_datetime(text)
}

fn invalid_iso(value: &Value) -> JinjaError {
    JinjaError::value_error(format!("Invalid isoformat string: '{value}'"))
}

fn string<'v>(value: &'v Option<Value>, function: &str, name: &str) -> Result<&'v str, JinjaError> {
    text(value, function, name)?.ok_or_else(|| {
        JinjaError::type_error(format!(
            "{function}() argument '{name}' must be str, not None"
        ))
    })
}

fn date(args: &Args<'_>) -> Result<Value, JinjaError> {
    let [year, month, day] = args.bind("date", ["year", "month", "day"], 3)?;
    let part = |value: &Option<Value>, name| {
        integer(value, "date", name).map(|value| value.unwrap_or_default())
    };
    let date = Date::new(
        part(&year, "year")?,
        part(&month, "month")?,
        part(&day, "day")?,
    )?;
    Ok(Temporal::Date(date).into_value())
}

fn datetime(args: &Args<'_>) -> Result<Value, JinjaError> {
    let [year, month, day, hour, minute, second, micro, tz, _fold] = args.bind(
        "datetime",
        [
            "year",
            "month",
            "day",
            "hour",
            "minute",
            "second",
            "microsecond",
            "tzinfo",
            "fold",
        ],
        3,
    )?;
    let part = |value: &Option<Value>, name| {
        integer(value, "datetime", name).map(|value| value.unwrap_or_default())
    };
    let date = Date::new(
        part(&year, "year")?,
        part(&month, "month")?,
        part(&day, "day")?,
    )?;
    let time = Time::new(
        part(&hour, "hour")?,
        part(&minute, "minute")?,
        part(&second, "second")?,
        part(&micro, "microsecond")?,
    )?;
    let zone = zone_argument(&tz.unwrap_or_else(none))?;
    Ok(Temporal::DateTime(DateTime::new(date, time, zone)).into_value())
}

fn time(args: &Args<'_>) -> Result<Value, JinjaError> {
    let [hour, minute, second, micro] =
        args.bind("time", ["hour", "minute", "second", "microsecond"], 0)?;
    let part = |value: &Option<Value>, name| {
        integer(value, "time", name).map(|value| value.unwrap_or_default())
    };
    let time = Time::new(
        part(&hour, "hour")?,
        part(&minute, "minute")?,
        part(&second, "second")?,
        part(&micro, "microsecond")?,
    )?;
    Ok(Temporal::Time(time).into_value())
}

/// The attributes of the classes that are not callable: `date.max` and so on.
pub fn class_attribute(name: &str) -> Option<Value> {
    let extreme = |min: bool| if min { (1, 1, 1) } else { (9999, 12, 31) };
    let (class, attribute) = name.split_once('.')?;
    let min = match attribute {
        "min" => true,
        "max" => false,
        _ => return None,
    };
    let (year, month, day) = extreme(min);
    let date = Date::new(year, month, day).ok()?;
    let time = if min {
        Time::default()
    } else {
        Time::new(23, 59, 59, 999_999).ok()?
    };
    Some(match class {
        "date" => Temporal::Date(date).into_value(),
        "datetime" => Temporal::DateTime(DateTime::new(date, time, None)).into_value(),
        "time" => Temporal::Time(time).into_value(),
        _ => return None,
    })
}
