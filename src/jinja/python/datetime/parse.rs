//! `strptime` and `fromisoformat`.

use super::calendar::{MONTHS, WEEKDAYS, iso_year_start, ordinal};
use super::delta::SECOND;
use super::{Date, DateTime, Time, Zone};
use crate::jinja::error::JinjaError;

/// Reads a text by a format.
pub fn strptime(text: &str, format: &str) -> Result<DateTime, JinjaError> {
    let mismatch = || {
        JinjaError::value_error(format!(
            "time data '{text}' does not match format '{format}'"
        ))
    };
    let mut fields = Fields::default();
    let rest = fields.read(text, format).ok_or_else(mismatch)?;
    if !rest.is_empty() {
        return Err(JinjaError::value_error(format!(
            "unconverted data remains: {rest}"
        )));
    }
    fields.finish()
}

#[derive(Default)]
struct Fields {
    year: Option<i128>,
    month: Option<i128>,
    day: Option<i128>,
    day_of_year: Option<i128>,
    iso_year: Option<i128>,
    iso_week: Option<i128>,
    weekday: Option<i128>,
    hour: Option<i128>,
    hour12: Option<i128>,
    afternoon: Option<bool>,
    minute: i128,
    second: i128,
    micro: i128,
    offset: Option<i32>,
    utc: bool,
}

impl Fields {
    fn read<'t>(&mut self, text: &'t str, format: &str) -> Option<&'t str> {
        let mut rest = text;
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c.is_whitespace() {
                rest = rest.trim_start();
                continue;
            }
            if c != '%' {
                rest = rest.strip_prefix(c)?;
                continue;
            }
            rest = match chars.next()? {
                '%' => rest.strip_prefix('%')?,
                'T' => self.read(rest, "%H:%M:%S")?,
                'R' => self.read(rest, "%H:%M")?,
                'D' | 'x' => self.read(rest, "%m/%d/%y")?,
                'X' => self.read(rest, "%H:%M:%S")?,
                'F' => self.read(rest, "%Y-%m-%d")?,
                'c' => self.read(rest, "%a %b %d %H:%M:%S %Y")?,
                letter => self.field(letter, rest)?,
            };
        }
        Some(rest)
    }

    fn field<'t>(&mut self, letter: char, text: &'t str) -> Option<&'t str> {
        match letter {
            'Y' => number(text, 4, 4, &mut self.year),
            'y' => {
                let mut short = None;
                let rest = number(text, 2, 2, &mut short)?;
                self.year = short.map(|y| if y < 69 { y + 2000 } else { y + 1900 });
                Some(rest)
            }
            'm' => number(text, 1, 2, &mut self.month),
            'd' | 'e' => number(text.trim_start(), 1, 2, &mut self.day),
            'j' => number(text, 1, 3, &mut self.day_of_year),
            'G' => number(text, 4, 4, &mut self.iso_year),
            'V' => number(text, 1, 2, &mut self.iso_week),
            'u' => {
                let rest = number(text, 1, 1, &mut self.weekday)?;
                self.weekday = self.weekday.map(|day| day - 1);
                Some(rest)
            }
            'w' => {
                let rest = number(text, 1, 1, &mut self.weekday)?;
                self.weekday = self.weekday.map(|day| (day + 6) % 7);
                Some(rest)
            }
            'H' => number(text, 1, 2, &mut self.hour),
            'I' => number(text, 1, 2, &mut self.hour12),
            'M' => required(text, &mut self.minute),
            'S' => required(text, &mut self.second),
            'f' => {
                let len = text.bytes().take(6).take_while(u8::is_ascii_digit).count();
                if len == 0 {
                    return None;
                }
                let digits: i128 = text[..len].parse().ok()?;
                self.micro = digits * 10_i128.pow(6 - len as u32);
                Some(&text[len..])
            }
            'p' => {
                let upper = text.get(..2)?.to_ascii_uppercase();
                self.afternoon = Some(match upper.as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                });
                Some(&text[2..])
            }
            'b' | 'B' | 'h' => {
                let (index, rest) = name(text, &MONTHS)?;
                self.month = Some(index + 1);
                Some(rest)
            }
            'a' | 'A' => {
                let (index, rest) = name(text, &WEEKDAYS)?;
                self.weekday = Some(index);
                Some(rest)
            }
            'z' => {
                let (offset, rest) = offset(text)?;
                self.offset = Some(offset);
                Some(rest)
            }
            'Z' => {
                let rest = text
                    .strip_prefix("UTC")
                    .or_else(|| text.strip_prefix("GMT"))?;
                self.utc = true;
                Some(rest)
            }
            _ => None,
        }
    }

    fn finish(self) -> Result<DateTime, JinjaError> {
        let year = self.year.unwrap_or(1900);
        let date = match (self.iso_year, self.iso_week, self.weekday) {
            (Some(year), Some(week), Some(day)) => {
                let year = i64::try_from(year).unwrap_or(0);
                Date::from_ordinal(iso_year_start(year) + (week - 1) * 7 + day)?
            }
            _ => match self.day_of_year {
                Some(day) if self.month.is_none() => {
                    Date::new(year, 1, 1)?;
                    Date::from_ordinal(ordinal(year as i64, 1, 1) + day - 1)?
                }
                _ => Date::new(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?,
            },
        };
        let hour = match (self.hour12, self.afternoon) {
            (Some(hour), afternoon) => hour % 12 + if afternoon == Some(true) { 12 } else { 0 },
            (None, _) => self.hour.unwrap_or(0),
        };
        let time = Time::new(hour, self.minute, self.second, self.micro)?;
        Ok(DateTime::new(date, time, self.offset.map(fixed)))
    }
}

fn fixed(offset: i32) -> Zone {
    if offset == 0 {
        Zone::Utc
    } else {
        Zone::Fixed(offset)
    }
}

fn number<'t>(text: &'t str, min: usize, max: usize, into: &mut Option<i128>) -> Option<&'t str> {
    let len = text
        .bytes()
        .take(max)
        .take_while(u8::is_ascii_digit)
        .count();
    if len < min {
        return None;
    }
    *into = text[..len].parse().ok();
    Some(&text[len..])
}

fn required<'t>(text: &'t str, into: &mut i128) -> Option<&'t str> {
    let mut value = None;
    let rest = number(text, 1, 2, &mut value)?;
    *into = value?;
    Some(rest)
}

fn name<'t>(text: &'t str, names: &[&str]) -> Option<(i128, &'t str)> {
    let starts = |name: &str| {
        text.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    for (index, name) in names.iter().enumerate() {
        if starts(name) {
            return Some((index as i128, &text[name.len()..]));
        }
    }
    for (index, name) in names.iter().enumerate() {
        if starts(&name[..3]) {
            return Some((index as i128, &text[3..]));
        }
    }
    None
}

/// Reads `Z`, `+01:00`, `+0100` or `+01`.
fn offset(text: &str) -> Option<(i32, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    let negative = match text.as_bytes().first()? {
        b'-' => true,
        b'+' => false,
        _ => return None,
    };
    let mut rest = &text[1..];
    let mut parts = [0_i32; 3];
    for (i, part) in parts.iter_mut().enumerate() {
        let digits = match rest.strip_prefix(':') {
            Some(after) if i > 0 => after,
            _ => rest,
        };
        match digits
            .get(..2)
            .filter(|d| d.bytes().all(|b| b.is_ascii_digit()))
        {
            Some(two) => {
                *part = two.parse().ok()?;
                rest = &digits[2..];
            }
            None if i == 0 => return None,
            None => break,
        }
    }
    let [hours, minutes, seconds] = parts;
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let offset = hours * 3600 + minutes * 60 + seconds;
    Some((if negative { -offset } else { offset }, rest))
}

/// Reads a date, `2024-01-31`, and what follows it.
pub fn iso_date(text: &str) -> Option<(Date, &str)> {
    let digits = |range: std::ops::Range<usize>| -> Option<i128> {
        let part = text.get(range)?;
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse().ok())?
    };
    let year = digits(0..4)?;
    let (month, day, end) = if text.as_bytes().get(4) == Some(&b'-') {
        (
            digits(5..7)?,
            digits(8..10).filter(|_| text.as_bytes()[7] == b'-')?,
            10,
        )
    } else {
        (digits(4..6)?, digits(6..8)?, 8)
    };
    Some((Date::new(year, month, day).ok()?, &text[end..]))
}

/// Reads a time, `14:07`, `14:07:09.123456`, and what follows it.
pub fn iso_time(text: &str) -> Option<(Time, &str)> {
    let two = |text: &str| -> Option<i128> {
        text.get(..2)
            .filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?
            .parse()
            .ok()
    };
    let hour = two(text)?;
    let mut rest = &text[2..];
    let mut parts = [0_i128; 2];
    for part in &mut parts {
        let digits = rest.strip_prefix(':').unwrap_or(rest);
        let Some(value) = two(digits) else { break };
        *part = value;
        rest = &digits[2..];
    }
    let mut micro = 0;
    if let Some(digits) = rest.strip_prefix(['.', ',']) {
        let len = digits.bytes().take_while(u8::is_ascii_digit).count();
        if len == 0 {
            return None;
        }
        let six: String = digits[..len]
            .chars()
            .chain("000000".chars())
            .take(6)
            .collect();
        micro = six.parse().ok()?;
        rest = &digits[len..];
    }
    Some((Time::new(hour, parts[0], parts[1], micro).ok()?, rest))
}

/// Reads `datetime.fromisoformat`'s text.
pub fn iso_datetime(text: &str) -> Option<DateTime> {
    let (date, rest) = iso_date(text)?;
    if rest.is_empty() {
        return Some(DateTime::new(date, Time::default(), None));
    }
    let mut chars = rest.chars();
    chars.next()?;
    let (time, rest) = iso_time(chars.as_str())?;
    if rest.is_empty() {
        return Some(DateTime::new(date, time, None));
    }
    let (offset, rest) = offset(rest)?;
    rest.is_empty()
        .then(|| DateTime::new(date, time, Some(fixed(offset))))
}

/// Microseconds of a timestamp in seconds.
pub fn timestamp_micros(seconds: f64) -> i128 {
    (seconds * SECOND as f64).round_ties_even() as i128
}
