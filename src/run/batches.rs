//! Which batches of event time a microbatch model is built in.
//!
//! All times are UTC. A batch begins at the start of an hour, day, month or
//! year, and the last one ends where the run ends.

#[cfg(test)]
mod tests;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::Batch;

/// How long a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchSize {
    Hour,
    Day,
    Month,
    Year,
}

impl BatchSize {
    /// Reads the config's text.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "hour" => Self::Hour,
            "day" => Self::Day,
            "month" => Self::Month,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// Returns the start of the batch that a moment lies in.
    pub fn truncate(self, at: Timestamp) -> Timestamp {
        let time = utc(at);
        let day = time.date();
        let start = match self {
            Self::Hour => day.at(time.hour(), 0, 0, 0),
            Self::Day => day.at(0, 0, 0, 0),
            Self::Month => day.first_of_month().at(0, 0, 0, 0),
            Self::Year => day.first_of_year().at(0, 0, 0, 0),
        };
        timestamp(start).unwrap_or(at)
    }

    /// Returns the start of a batch that comes `count` batches after the one
    /// that a moment lies in; before it when negative. At the end of time it
    /// stays there.
    pub fn offset(self, at: Timestamp, count: i64) -> Timestamp {
        let start = utc(self.truncate(at));
        let span = match self {
            Self::Hour => Span::new().try_hours(count),
            Self::Day => Span::new().try_days(count),
            Self::Month => Span::new().try_months(count),
            Self::Year => Span::new().try_years(count),
        };
        let moved = span.ok().and_then(|span| start.checked_add(span).ok());
        let limit = if count < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        moved.and_then(timestamp).unwrap_or(limit)
    }

    /// Returns the next start of a batch, or the moment itself when it is one.
    pub fn ceiling(self, at: Timestamp) -> Timestamp {
        let start = self.truncate(at);
        if start == at { at } else { self.offset(at, 1) }
    }

    /// Writes a batch's start as messages and file names have it:
    /// `2024-09-17`, `2024-09-17T16`, `2024-09`, `2024`.
    pub fn format(self, start: Timestamp) -> String {
        let format = match self {
            Self::Hour => "%Y-%m-%dT%H",
            Self::Day => "%Y-%m-%d",
            Self::Month => "%Y-%m",
            Self::Year => "%Y",
        };
        start.strftime(format).to_string()
    }

    /// Returns `model.batch.id`: the start without dashes.
    pub fn id(self, start: Timestamp) -> String {
        self.format(start).replace('-', "")
    }
}

/// What decides about the batches of one model.
#[derive(Debug, Clone, Copy)]
pub struct BatchRequest {
    pub size: BatchSize,
    /// The model's `begin`.
    pub begin: Option<Timestamp>,
    pub lookback: i64,
    /// Whether the table is there and is to be added to.
    pub is_incremental: bool,
    /// `--event-time-start` and `--event-time-end`, or the sample's.
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    /// The command's start.
    pub now: Timestamp,
}

/// Returns the batches to build, the earliest first. None when the first
/// batch's time is not known, since the model has no `begin`.
pub fn batches(request: &BatchRequest) -> Option<Vec<Batch>> {
    let size = request.size;
    let end = size.ceiling(request.end.unwrap_or(request.now));
    let start = match request.start {
        Some(start) => size.truncate(start),
        None if !request.is_incremental => size.truncate(request.begin?),
        None => {
            // An end on the line between two batches belongs to the earlier.
            let on_line = i64::from(end == size.truncate(end));
            size.offset(end, -(request.lookback + on_line))
        }
    };
    let mut batches = vec![Batch {
        start,
        end: size.offset(start, 1),
    }];
    loop {
        let last = batches.last_mut().expect("there is one from the start");
        if last.end >= end {
            last.end = end;
            return Some(batches);
        }
        let start = last.end;
        batches.push(Batch {
            start,
            end: size.offset(start, 1),
        });
    }
}

/// Reads a span of event time that ends now, `3 days`, or the two ends of one
/// in YAML or JSON: `{'start': '2024-01-01', 'end': '2024-02-01'}`.
pub fn sample_window(text: &str, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if let [count, grain] = words[..]
        && let Ok(count) = count.parse::<i64>()
    {
        let size = BatchSize::parse(grain.to_lowercase().trim_end_matches('s'))?;
        let span = match size {
            BatchSize::Hour => Span::new().try_hours(count),
            BatchSize::Day => Span::new().try_days(count),
            BatchSize::Month => Span::new().try_months(count),
            BatchSize::Year => Span::new().try_years(count),
        };
        let start = utc(now).checked_sub(span.ok()?).ok()?;
        return Some((timestamp(start)?, now));
    }
    let part = |name: &str| {
        let after = &text[text.find(name)? + name.len()..];
        let after = after.trim_start_matches(['\'', '"']).trim_start();
        let value = after.strip_prefix(':')?.trim_start();
        let end = value.find([',', '}']).unwrap_or(value.len());
        parse_time(value[..end].trim().trim_matches(['\'', '"']))
    };
    Some((part("start")?, part("end")?))
}

/// Reads a time as configs and flags give it: a date, or a date and time,
/// with or without a zone. Without one it is UTC.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return timestamp(time);
    }
    let day: Date = text.parse().ok()?;
    timestamp(day.at(0, 0, 0, 0))
}

/// Writes a time as Python's `str()` shows an aware datetime; filters on
/// event time have it so: `2024-09-17 16:00:00+00:00`.
pub fn python_text(at: Timestamp) -> String {
    let format = if at.subsec_nanosecond() == 0 {
        "%Y-%m-%d %H:%M:%S+00:00"
    } else {
        "%Y-%m-%d %H:%M:%S%.6f+00:00"
    };
    at.strftime(format).to_string()
}

fn utc(at: Timestamp) -> DateTime {
    TimeZone::UTC.to_datetime(at)
}

fn timestamp(time: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(time).ok()
}
