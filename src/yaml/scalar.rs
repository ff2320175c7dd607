//! What a plain YAML 1.1 scalar stands for.
//!
//! dbt reads YAML with PyYAML's safe loader, whose rules are older than YAML
//! 1.2: `on` is true, `010` is eight, `1:30` is ninety, `1e3` is a text and
//! `2024-01-31` is a date.

use super::YamlValue;

/// Reads a plain scalar. The error says why a value of a recognized form
/// stands for nothing, as with the 32nd of January.
pub(super) fn resolve(text: &str) -> Result<YamlValue, String> {
    let Some(first) = text.bytes().next() else {
        return Ok(YamlValue::Null);
    };
    let value = match first {
        b'~' if text == "~" => Some(YamlValue::Null),
        b'n' | b'N' if matches!(text, "null" | "Null" | "NULL") => Some(YamlValue::Null),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => {
            boolean(text).map(YamlValue::Bool)
        }
        b'0'..=b'9' | b'+' | b'-' | b'.' => match timestamp(text) {
            Some(timestamp) => Some(YamlValue::Date(timestamp?)),
            None => float(text).or_else(|| integer(text)),
        },
        _ => None,
    };
    Ok(value.unwrap_or_else(|| YamlValue::String(text.to_owned())))
}

/// Reads a boolean in one of its spellings.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// Reads an integer: decimal, `0x`, `0b`, octal with a leading zero, or
/// sexagesimal.
pub(super) fn integer(text: &str) -> Option<YamlValue> {
    let (negative, digits) = sign(text);
    let (radix, digits) = match digits.as_bytes() {
        [b'0'] => (10, digits),
        [b'0', b'x', ..] => (16, &digits[2..]),
        [b'0', b'b', ..] => (2, &digits[2..]),
        [b'0', ..] => (8, &digits[1..]),
        [b'1'..=b'9', ..] => (10, digits),
        _ => return None,
    };
    if digits.is_empty() {
        return None;
    }
    if digits.bytes().all(|b| b == b'_') {
        // `0_` is nought to PyYAML, which drops the underscores first.
        return (radix == 8).then_some(YamlValue::Int(0));
    }
    if radix == 10 && digits.contains(':') {
        return sexagesimal(digits).map(|n| YamlValue::Int(if negative { -n } else { n }));
    }
    let allowed = digits
        .bytes()
        .all(|b| b == b'_' || char::from(b).is_digit(radix));
    if !allowed {
        return None;
    }
    let digits: String = digits.chars().filter(|c| *c != '_').collect();
    let signed = if negative {
        format!("-{digits}")
    } else {
        digits
    };
    match i64::from_str_radix(&signed, radix) {
        Ok(number) => Some(YamlValue::Int(number)),
        // Python's integers have no limit. The text says what the number is.
        Err(_) if radix == 10 => Some(YamlValue::BigInt(signed)),
        Err(_) => None,
    }
}

/// Reads a float. Without a dot it is none, and an exponent needs its sign.
pub(super) fn float(text: &str) -> Option<YamlValue> {
    let (negative, unsigned) = sign(text);
    let signed = |number: f64| Some(YamlValue::Float(if negative { -number } else { number }));
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return signed(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return signed(f64::NAN),
        _ => {}
    }
    let dot = unsigned.find('.')?;
    let (whole, fraction) = (&unsigned[..dot], &unsigned[dot + 1..]);
    if let Some(colon) = whole.rfind(':') {
        let is_fraction = fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_');
        if !is_fraction {
            return None;
        }
        let minutes = sexagesimal(&whole[..colon])?;
        let last = &whole[colon + 1..];
        let in_range = matches!(last.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
        if !in_range {
            return None;
        }
        let seconds: f64 = format!("{last}.{}0", fraction.replace('_', ""))
            .parse()
            .ok()?;
        return signed(minutes as f64 * 60.0 + seconds);
    }
    // A number may begin with its dot only when it has no sign.
    if whole.is_empty() && unsigned.len() != text.len() {
        return None;
    }
    if !whole.is_empty() && !whole.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if whole.is_empty() && !fraction.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let is_number_part = |s: &str| s.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let (digits, exponent) = match fraction.find(['e', 'E']) {
        Some(i) => (&fraction[..i], Some(&fraction[i + 1..])),
        None => (fraction, None),
    };
    if !is_number_part(whole) || !is_number_part(digits) {
        return None;
    }
    if let Some(exponent) = exponent {
        let power = exponent.strip_prefix(['+', '-'])?;
        if power.is_empty() || !power.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
    }
    let mut number = format!("0{whole}.{digits}0").replace('_', "");
    if let Some(exponent) = exponent {
        number.push('e');
        number.push_str(exponent);
    }
    signed(number.parse().ok()?)
}

/// Reads `190:20:30`: digits to the base of sixty.
fn sexagesimal(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let first = parts.next()?;
    let is_first = first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if !is_first {
        return None;
    }
    let mut number: i64 = first.replace('_', "").parse().ok()?;
    for part in parts {
        let in_range = matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
        if !in_range {
            return None;
        }
        number = number.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    Some(number)
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// Reads a date or a time, and writes it as Python's `isoformat()` does. None
/// when the text does not have the form of one.
pub(super) fn timestamp(text: &str) -> Option<Result<String, String>> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[4] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut rest = &text[5..];
    let year: i16 = text[..4].parse().ok()?;
    let (month, month_width) = number(&mut rest, 2)?;
    rest = rest.strip_prefix('-')?;
    let (day, day_width) = number(&mut rest, 2)?;
    let invalid = |why: &str| Some(Err(format!("`{text}` is not a {why}")));
    if rest.is_empty() {
        // A date alone needs two digits for month and day.
        if month_width != 2 || day_width != 2 {
            return None;
        }
        return match jiff::civil::Date::new(year, month, day) {
            Ok(_) if year > 0 => Some(Ok(text.to_owned())),
            _ => invalid("date that exists"),
        };
    }
    let after = rest.trim_start_matches([' ', '\t']);
    rest = if after.len() < rest.len() {
        after
    } else {
        rest.strip_prefix(['T', 't'])?
    };
    let (hour, _) = number(&mut rest, 2)?;
    rest = rest.strip_prefix(':')?;
    let (minute, minute_width) = number(&mut rest, 2)?;
    rest = rest.strip_prefix(':')?;
    let (second, second_width) = number(&mut rest, 2)?;
    if minute_width != 2 || second_width != 2 {
        return None;
    }
    let mut micros: i32 = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let width = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let mut digits = fraction[..width.min(6)].to_owned();
        while digits.len() < 6 {
            digits.push('0');
        }
        micros = digits.parse().ok()?;
        rest = &fraction[width..];
    }
    let zone = zone(rest.trim_start_matches([' ', '\t']), rest)?;
    let valid = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0);
    if valid.is_err() || year <= 0 {
        return invalid("time that exists");
    }
    let fraction = if micros == 0 {
        String::new()
    } else {
        format!(".{micros:06}")
    };
    Some(Ok(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"
    )))
}

/// Reads a time zone; `untrimmed` tells a missing one from blanks at the end.
fn zone(text: &str, untrimmed: &str) -> Option<String> {
    if untrimmed.is_empty() {
        return Some(String::new());
    }
    if text == "Z" {
        return Some("+00:00".to_owned());
    }
    let sign = text.chars().next().filter(|c| matches!(c, '+' | '-'))?;
    let mut rest = &text[1..];
    let (hours, _) = number(&mut rest, 2)?;
    let minutes = match rest.strip_prefix(':') {
        Some(minutes) if minutes.len() == 2 => minutes.parse::<i8>().ok()?,
        None if rest.is_empty() => 0,
        _ => return None,
    };
    let sign = if hours == 0 && minutes == 0 {
        '+'
    } else {
        sign
    };
    Some(format!("{sign}{hours:02}:{minutes:02}"))
}

/// Takes up to `most` digits off the front.
fn number(text: &mut &str, most: usize) -> Option<(i8, usize)> {
    let width = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let number = text.get(..width)?.parse().ok()?;
    *text = &text[width..];
    Some((number, width))
}
