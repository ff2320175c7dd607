//! Numbers as Python writes and reads them.

/// Reads `int(text, base)`.
pub fn parse_int(text: &str, base: u32) -> Option<i128> {
    let text = text.trim_matches(crate::jinja::syntax::is_space);
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let (base, digits) = match (base, lower.as_deref()) {
        (16 | 0, Some("0x")) => (16, digits[2..].strip_prefix('_').unwrap_or(&digits[2..])),
        (8 | 0, Some("0o")) => (8, digits[2..].strip_prefix('_').unwrap_or(&digits[2..])),
        (2 | 0, Some("0b")) => (2, digits[2..].strip_prefix('_').unwrap_or(&digits[2..])),
        (0, _) => (10, digits),
        _ => (base, digits),
    };
    if !(2..=36).contains(&base) {
        return None;
    }
    let digits = without_underscores(digits)?;
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i128::from_str_radix(&digits, base).ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// Reads `float(text)`.
pub fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim_matches(crate::jinja::syntax::is_space);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    let magnitude = match unsigned.to_ascii_lowercase().as_str() {
        "nan" => f64::NAN,
        "inf" | "infinity" => f64::INFINITY,
        _ => {
            if !unsigned
                .bytes()
                .all(|b| b.is_ascii_digit() || b".eE+-_".contains(&b))
            {
                return None;
            }
            without_underscores(unsigned)?.parse().ok()?
        }
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Takes out underscores between digits; elsewhere they are not allowed.
fn without_underscores(digits: &str) -> Option<String> {
    if !digits.contains('_') {
        return Some(digits.to_owned());
    }
    let bytes = digits.as_bytes();
    for (i, b) in bytes.iter().enumerate() {
        let between = i > 0
            && bytes[i - 1].is_ascii_alphanumeric()
            && bytes.get(i + 1).is_some_and(u8::is_ascii_alphanumeric);
        if *b == b'_' && !between {
            return None;
        }
    }
    Some(digits.replace('_', ""))
}
