//! `date`, `datetime` and `time`.

use minijinja::Value;

use super::calendar::{MAX_ORDINAL, days_in_month, from_ordinal, iso_week, ordinal, weekday};
use super::delta::{DAY, SECOND};
use super::zone::{EPOCH_MICROS, offset_text};
use super::{Delta, Temporal, Zone, strftime, temporal};
use crate::jinja::error::JinjaError;
use crate::jinja::python::arguments::{Args, integer, text};
use crate::jinja::python::{int, none, tuple, type_name};

fn out_of_range() -> JinjaError {
    JinjaError::value_error("date value out of range")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    pub year: i64,
    pub month: u8,
    pub day: u8,
}

impl Date {
    pub fn new(year: i128, month: i128, day: i128) -> Result<Self, JinjaError> {
        if !(1..=9999).contains(&year) {
            return Err(JinjaError::value_error(format!(
                "year {year} is out of range"
            )));
        }
        if !(1..=12).contains(&month) {
            return Err(JinjaError::value_error("month must be in 1..12"));
        }
        let (year, month) = (year as i64, month as u8);
        if day < 1 || day > i128::from(days_in_month(year, month)) {
            return Err(JinjaError::value_error("day is out of range for month"));
        }
        Ok(Self {
            year,
            month,
            day: day as u8,
        })
    }

    pub fn ordinal(self) -> i128 {
        ordinal(self.year, self.month, self.day)
    }

    pub fn from_ordinal(days: i128) -> Result<Self, JinjaError> {
        if !(1..=MAX_ORDINAL).contains(&days) {
            return Err(out_of_range());
        }
        let (year, month, day) = from_ordinal(days);
        Ok(Self { year, month, day })
    }

    pub fn plus_days(self, days: i128) -> Result<Self, JinjaError> {
        Self::from_ordinal(self.ordinal().saturating_add(days))
    }

    pub fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    pub fn repr(self) -> String {
        format!("datetime.date({}, {}, {})", self.year, self.month, self.day)
    }

    pub fn strftime(self, format: &str) -> String {
        strftime::strftime(format, self, Time::default(), None)
    }

    pub fn attribute(self, name: &str) -> Option<Value> {
        Some(match name {
            "year" => int(i128::from(self.year)),
            "month" => int(i128::from(self.month)),
            "day" => int(i128::from(self.day)),
            _ => return None,
        })
    }

    pub fn call(self, name: &str, args: &Args<'_>) -> Option<Result<Value, JinjaError>> {
        if name == "replace" {
            return Some(
                args.bind(name, ["year", "month", "day"], 0)
                    .and_then(|given| {
                        let [year, month, day] = &given;
                        let date = Self::new(
                            integer(year, name, "year")?.unwrap_or(i128::from(self.year)),
                            integer(month, name, "month")?.unwrap_or(i128::from(self.month)),
                            integer(day, name, "day")?.unwrap_or(i128::from(self.day)),
                        )?;
                        Ok(Temporal::Date(date).into_value())
                    }),
            );
        }
        if name == "isoformat" {
            return Some(args.none(name).map(|()| Value::from(self.iso())));
        }
        if name == "strftime" {
            return Some(format_argument(args).map(|format| Value::from(self.strftime(&format))));
        }
        self.day_call(name, args)
    }

    /// The methods that dates and datetimes share.
    fn day_call(self, name: &str, args: &Args<'_>) -> Option<Result<Value, JinjaError>> {
        let ordinal = self.ordinal();
        let value = match name {
            "weekday" => int(i128::from(weekday(ordinal))),
            "isoweekday" => int(i128::from(weekday(ordinal)) + 1),
            "toordinal" => int(ordinal),
            "isocalendar" => {
                let (year, week) = iso_week(ordinal);
                tuple(vec![
                    int(i128::from(year)),
                    int(i128::from(week)),
                    int(i128::from(weekday(ordinal)) + 1),
                ])
            }
            "ctime" => Value::from(self.strftime("%a %b %e 00:00:00 %Y")),
            _ => return None,
        };
        Some(args.none(name).map(|()| value))
    }
}

fn format_argument(args: &Args<'_>) -> Result<String, JinjaError> {
    let [format] = args.bind("strftime", ["format"], 1)?;
    match &format {
        Some(value) if value.as_str().is_some() => Ok(text(&format, "strftime", "format")?
            .unwrap_or_default()
            .to_owned()),
        other => Err(JinjaError::type_error(format!(
            "strftime() argument 1 must be str, not {}",
            other.as_ref().map_or_else(|| "nothing".into(), type_name)
        ))),
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Time {
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub microsecond: u32,
}

impl Time {
    pub fn new(hour: i128, minute: i128, second: i128, micro: i128) -> Result<Self, JinjaError> {
        for (name, value, limit) in [
            ("hour", hour, 23),
            ("minute", minute, 59),
            ("second", second, 59),
            ("microsecond", micro, 999_999),
        ] {
            if !(0..=limit).contains(&value) {
                return Err(JinjaError::value_error(format!(
                    "{name} must be in 0..{limit}"
                )));
            }
        }
        Ok(Self {
            hour: hour as u8,
            minute: minute as u8,
            second: second as u8,
            microsecond: micro as u32,
        })
    }

    pub fn micros(self) -> i128 {
        let seconds =
            i128::from(self.hour) * 3600 + i128::from(self.minute) * 60 + i128::from(self.second);
        seconds * SECOND + i128::from(self.microsecond)
    }

    pub fn from_micros(micros: i128) -> Self {
        let micros = micros.rem_euclid(DAY);
        let seconds = micros / SECOND;
        Self {
            hour: (seconds / 3600) as u8,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
            microsecond: (micros % SECOND) as u32,
        }
    }

    pub fn iso(self) -> String {
        let seconds = format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second);
        match self.microsecond {
            0 => seconds,
            micros => format!("{seconds}.{micros:06}"),
        }
    }

    fn iso_with(self, timespec: &str) -> Result<String, JinjaError> {
        let Self {
            hour,
            minute,
            second,
            microsecond,
        } = self;
        Ok(match timespec {
            "auto" => self.iso(),
            "hours" => format!("{hour:02}"),
            "minutes" => format!("{hour:02}:{minute:02}"),
            "seconds" => format!("{hour:02}:{minute:02}:{second:02}"),
            "milliseconds" => format!(
                "{hour:02}:{minute:02}:{second:02}.{:03}",
                microsecond / 1000
            ),
            "microseconds" => format!("{hour:02}:{minute:02}:{second:02}.{microsecond:06}"),
            _ => return Err(JinjaError::value_error("Unknown timespec value")),
        })
    }

    /// The arguments of its constructor.
    fn repr_arguments(self) -> String {
        let mut text = format!("{}, {}", self.hour, self.minute);
        if self.second != 0 || self.microsecond != 0 {
            text.push_str(&format!(", {}", self.second));
        }
        if self.microsecond != 0 {
            text.push_str(&format!(", {}", self.microsecond));
        }
        text
    }

    pub fn repr(self) -> String {
        format!("datetime.time({})", self.repr_arguments())
    }

    pub fn strftime(self, format: &str) -> String {
        let date = Date {
            year: 1900,
            month: 1,
            day: 1,
        };
        strftime::strftime(format, date, self, None)
    }

    pub fn attribute(self, name: &str) -> Option<Value> {
        Some(match name {
            "hour" => int(i128::from(self.hour)),
            "minute" => int(i128::from(self.minute)),
            "second" => int(i128::from(self.second)),
            "microsecond" => int(i128::from(self.microsecond)),
            "tzinfo" => none(),
            _ => return None,
        })
    }

    pub fn call(self, name: &str, args: &Args<'_>) -> Option<Result<Value, JinjaError>> {
        Some(match name {
            "isoformat" => args.bind(name, ["timespec"], 0).and_then(|[timespec]| {
                self.iso_with(text(&timespec, name, "timespec")?.unwrap_or("auto"))
                    .map(Value::from)
            }),
            "strftime" => format_argument(args).map(|format| Value::from(self.strftime(&format))),
            "replace" => args
                .bind(name, ["hour", "minute", "second", "microsecond"], 0)
                .and_then(|given| {
                    self.replaced(name, &given)
                        .map(|time| Temporal::Time(time).into_value())
                }),
            _ => return None,
        })
    }

    fn replaced(self, function: &str, given: &[Option<Value>; 4]) -> Result<Self, JinjaError> {
        let [hour, minute, second, micro] = given;
        Self::new(
            integer(hour, function, "hour")?.unwrap_or(i128::from(self.hour)),
            integer(minute, function, "minute")?.unwrap_or(i128::from(self.minute)),
            integer(second, function, "second")?.unwrap_or(i128::from(self.second)),
            integer(micro, function, "microsecond")?.unwrap_or(i128::from(self.microsecond)),
        )
    }
}

/// A date and time, perhaps with a zone that has settled on an offset.
#[derive(Debug, Clone)]
pub struct DateTime {
    pub date: Date,
    pub time: Time,
    zone: Option<Attached>,
}

#[derive(Debug, Clone)]
struct Attached {
    zone: Zone,
    offset: i32,
    abbreviation: String,
}

impl DateTime {
    /// Makes one without a zone, or with a zone as `tzinfo=` attaches it.
    pub fn new(date: Date, time: Time, zone: Option<Zone>) -> Self {
        let zone = zone.map(|zone| {
            let (offset, abbreviation) = zone.default_offset();
            Attached {
                zone,
                offset,
                abbreviation,
            }
        });
        Self { date, time, zone }
    }

    /// Makes one of the microseconds from day 0, on the clock on the wall.
    pub fn from_wall(micros: i128, zone: Option<Zone>) -> Result<Self, JinjaError> {
        let date = Date::from_ordinal(micros.div_euclid(DAY))?;
        Ok(Self::new(date, Time::from_micros(micros), zone))
    }

    /// Makes one of the microseconds from day 0 in UTC.
    pub fn from_utc(micros: i128, zone: &Zone) -> Result<Self, JinjaError> {
        let (offset, abbreviation) = zone.at_utc(micros);
        let wall = Self::from_wall(micros + i128::from(offset) * SECOND, None)?;
        Ok(wall.with_zone(zone.clone(), offset, abbreviation))
    }

    /// Makes one of the microseconds from 1970-01-01 in UTC.
    pub fn from_unix(micros: i128, zone: &Zone) -> Result<Self, JinjaError> {
        Self::from_utc(micros + EPOCH_MICROS, zone)
    }

    pub fn with_zone(mut self, zone: Zone, offset: i32, abbreviation: String) -> Self {
        self.zone = Some(Attached {
            zone,
            offset,
            abbreviation,
        });
        self
    }

    pub fn wall_micros(&self) -> i128 {
        self.date.ordinal() * DAY + self.time.micros()
    }

    pub fn offset(&self) -> Option<i32> {
        self.zone.as_ref().map(|zone| zone.offset)
    }

    /// The microseconds from day 0 in UTC, which a naive time is taken to be in.
    pub fn utc_micros(&self) -> i128 {
        self.wall_micros() - i128::from(self.offset().unwrap_or(0)) * SECOND
    }

    /// Moves the clock on the wall; the offset stays, as it does with `pytz`.
    pub fn plus(&self, micros: i128) -> Result<Self, JinjaError> {
        let mut moved = Self::from_wall(self.wall_micros() + micros, None)?;
        moved.zone.clone_from(&self.zone);
        Ok(moved)
    }

    /// The same moment in another zone.
    pub fn in_zone(&self, zone: &Zone) -> Result<Self, JinjaError> {
        Self::from_utc(self.utc_micros(), zone)
    }

    fn offset_suffix(&self) -> String {
        self.offset()
            .map(|offset| offset_text(offset, ":"))
            .unwrap_or_default()
    }

    pub fn iso(&self, separator: &str) -> String {
        format!(
            "{}{separator}{}{}",
            self.date.iso(),
            self.time.iso(),
            self.offset_suffix()
        )
    }

    pub fn repr(&self) -> String {
        let Date { year, month, day } = self.date;
        let time = self.time.repr_arguments();
        let zone = self
            .zone
            .as_ref()
            .map(|z| format!(", tzinfo={}", z.zone.repr_at(z.offset, &z.abbreviation)))
            .unwrap_or_default();
        format!("datetime.datetime({year}, {month}, {day}, {time}{zone})")
    }

    pub fn strftime(&self, format: &str) -> String {
        let zone = self
            .zone
            .as_ref()
            .map(|zone| (zone.offset, zone.abbreviation.as_str()));
        strftime::strftime(format, self.date, self.time, zone)
    }

    pub fn attribute(&self, name: &str) -> Option<Value> {
        if name == "tzinfo" {
            return Some(match &self.zone {
                Some(zone) => Temporal::Zone(zone.zone.clone()).into_value(),
                None => none(),
            });
        }
        self.date
            .attribute(name)
            .or_else(|| self.time.attribute(name))
    }

    pub fn call(&self, name: &str, args: &Args<'_>) -> Option<Result<Value, JinjaError>> {
        let value = match name {
            "date" => Temporal::Date(self.date).into_value(),
            "time" | "timetz" => Temporal::Time(self.time).into_value(),
            "timestamp" => {
                let micros = self.utc_micros() - EPOCH_MICROS;
                Value::from(micros as f64 / SECOND as f64)
            }
            "utcoffset" => match self.offset() {
                Some(offset) => Temporal::Delta(Delta {
                    micros: i128::from(offset) * SECOND,
                })
                .into_value(),
                None => none(),
            },
            "tzname" => self
                .zone
                .as_ref()
                .map_or_else(none, |z| Value::from(z.abbreviation.as_str())),
            "dst" => none(),
            "ctime" => Value::from(self.strftime("%a %b %e %H:%M:%S %Y")),
            _ => return self.call_with_arguments(name, args),
        };
        Some(args.none(name).map(|()| value))
    }

    fn call_with_arguments(
        &self,
        name: &str,
        args: &Args<'_>,
    ) -> Option<Result<Value, JinjaError>> {
        Some(match name {
            "isoformat" => args
                .bind(name, ["sep", "timespec"], 0)
                .and_then(|[sep, timespec]| {
                    let separator = text(&sep, name, "sep")?.unwrap_or("T");
                    let time = self
                        .time
                        .iso_with(text(&timespec, name, "timespec")?.unwrap_or("auto"))?;
                    let date = self.date.iso();
                    Ok(Value::from(format!(
                        "{date}{separator}{time}{}",
                        self.offset_suffix()
                    )))
                }),
            "strftime" => format_argument(args).map(|format| Value::from(self.strftime(&format))),
            "astimezone" => args.bind(name, ["tz"], 0).and_then(|[zone]| {
                let zone = match &zone {
                    None => Zone::Utc,
                    Some(value) if value.is_none() => Zone::Utc,
                    Some(value) => match temporal(value) {
                        Some(Temporal::Zone(zone)) => zone.clone(),
                        _ => {
                            return Err(JinjaError::type_error(format!(
                                "tz argument must be an instance of tzinfo, not {}",
                                type_name(value)
                            )));
                        }
                    },
                };
                self.in_zone(&zone)
                    .map(|moment| Temporal::DateTime(moment).into_value())
            }),
            "replace" => self.replace(args),
            _ => return self.date.day_call(name, args),
        })
    }

    fn replace(&self, args: &Args<'_>) -> Result<Value, JinjaError> {
        let name = "replace";
        let [year, month, day, hour, minute, second, micro, zone] = args.bind(
            name,
            [
                "year",
                "month",
                "day",
                "hour",
                "minute",
                "second",
                "microsecond",
                "tzinfo",
            ],
            0,
        )?;
        let date = Date::new(
            integer(&year, name, "year")?.unwrap_or(i128::from(self.date.year)),
            integer(&month, name, "month")?.unwrap_or(i128::from(self.date.month)),
            integer(&day, name, "day")?.unwrap_or(i128::from(self.date.day)),
        )?;
        let time = self.time.replaced(name, &[hour, minute, second, micro])?;
        let mut moment = Self::new(date, time, None);
        match zone {
            None => moment.zone.clone_from(&self.zone),
            Some(value) => moment.zone = Self::new(date, time, zone_argument(&value)?).zone,
        }
        Ok(Temporal::DateTime(moment).into_value())
    }
}

/// Reads a `tzinfo` argument.
pub fn zone_argument(value: &Value) -> Result<Option<Zone>, JinjaError> {
    if value.is_none() {
        return Ok(None);
    }
    match temporal(value) {
        Some(Temporal::Zone(zone)) => Ok(Some(zone.clone())),
        _ => Err(JinjaError::type_error(format!(
            "tzinfo argument must be None or of a tzinfo subclass, not type '{}'",
            type_name(value)
        ))),
    }
}
