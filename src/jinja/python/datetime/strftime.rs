//! `strftime`.

use super::calendar::{MONTHS, WEEKDAYS, iso_week, ordinal, weekday};
use super::delta::{DAY, SECOND};
use super::zone::{EPOCH_MICROS, offset_text};
use super::{Date, Time};

/// Formats as C's `strftime` does in the C locale; unknown directives stay.
pub fn strftime(format: &str, date: Date, time: Time, zone: Option<(i32, &str)>) -> String {
    let mut out = String::with_capacity(format.len() + 16);
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let directive = &rest[at..];
        let after = &rest[at + 1..];
        let flag = after
            .chars()
            .next()
            .filter(|c| matches!(c, '-' | '_' | '0' | '^' | '#'));
        let body = if flag.is_some() { &after[1..] } else { after };
        let Some(letter) = body.chars().next() else {
            out.push_str(directive);
            return out;
        };
        match field(letter, date, time, zone) {
            Some(text) => out.push_str(&with_flag(&text, flag)),
            None => {
                let len = 1 + usize::from(flag.is_some()) + letter.len_utf8();
                out.push_str(&directive[..len]);
            }
        }
        rest = &body[letter.len_utf8()..];
    }
    out.push_str(rest);
    out
}

fn with_flag(text: &str, flag: Option<char>) -> String {
    let trimmed = || {
        let trimmed = text.trim_start_matches(['0', ' ']);
        let is_number = text.bytes().all(|b| b.is_ascii_digit() || b == b' ');
        match (is_number, trimmed) {
            (false, _) => text,
            (true, "") => "0",
            (true, trimmed) => trimmed,
        }
    };
    match flag {
        Some('-') => trimmed().to_owned(),
        Some('_') => format!("{:>width$}", trimmed(), width = text.len()),
        Some('0') => text.replace(' ', "0"),
        Some('^') => text.to_uppercase(),
        Some('#') => {
            if text.chars().any(char::is_lowercase) {
                text.to_uppercase()
            } else {
                text.to_lowercase()
            }
        }
        _ => text.to_owned(),
    }
}

fn field(letter: char, date: Date, time: Time, zone: Option<(i32, &str)>) -> Option<String> {
    let Date { year, month, day } = date;
    let days = date.ordinal();
    let weekday_number = weekday(days);
    let day_of_year = days - ordinal(year, 1, 1);
    let hour12 = match time.hour % 12 {
        0 => 12,
        hour => hour,
    };
    let name = |names: &[&'static str], index: u8| names[usize::from(index)];
    let again = |format: &str| strftime(format, date, time, zone);
    Some(match letter {
        'a' => name(&WEEKDAYS, weekday_number)[..3].to_owned(),
        'A' => name(&WEEKDAYS, weekday_number).to_owned(),
        'w' => ((weekday_number + 1) % 7).to_string(),
        'u' => (weekday_number + 1).to_string(),
        'd' => format!("{day:02}"),
        'e' => format!("{day:2}"),
        'b' | 'h' => name(&MONTHS, month - 1)[..3].to_owned(),
        'B' => name(&MONTHS, month - 1).to_owned(),
        'm' => format!("{month:02}"),
        'y' => format!("{:02}", year % 100),
        'Y' => year.to_string(),
        'C' => format!("{:02}", year / 100),
        'G' => iso_week(days).0.to_string(),
        'g' => format!("{:02}", iso_week(days).0 % 100),
        'V' => format!("{:02}", iso_week(days).1),
        'H' => format!("{:02}", time.hour),
        'k' => format!("{:2}", time.hour),
        'I' => format!("{hour12:02}"),
        'l' => format!("{hour12:2}"),
        'p' => if time.hour < 12 { "AM" } else { "PM" }.to_owned(),
        'P' => if time.hour < 12 { "am" } else { "pm" }.to_owned(),
        'M' => format!("{:02}", time.minute),
        'S' => format!("{:02}", time.second),
        'f' => format!("{:06}", time.microsecond),
        'z' => zone
            .map(|(offset, _)| offset_text(offset, ""))
            .unwrap_or_default(),
        'Z' => zone.map(|(_, name)| name.to_owned()).unwrap_or_default(),
        'j' => format!("{:03}", day_of_year + 1),
        'U' => format!(
            "{:02}",
            (day_of_year + 7 - i128::from((weekday_number + 1) % 7)) / 7
        ),
        'W' => format!("{:02}", (day_of_year + 7 - i128::from(weekday_number)) / 7),
        's' => {
            let offset = zone.map_or(0, |(offset, _)| i128::from(offset));
            let wall = days * DAY + time.micros() - EPOCH_MICROS;
            (wall.div_euclid(SECOND) - offset).to_string()
        }
        'c' => again("%a %b %e %H:%M:%S %Y"),
        'x' | 'D' => again("%m/%d/%y"),
        'X' | 'T' => again("%H:%M:%S"),
        'R' => again("%H:%M"),
        'r' => again("%I:%M:%S %p"),
        'F' => again("%Y-%m-%d"),
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        '%' => "%".to_owned(),
        _ => return None,
    })
}
