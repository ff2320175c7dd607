//! The values of string and number literals.

use minijinja::Value;

use super::lexer::normalise_newlines;

/// Reads a string literal's inside, with Python's escapes.
pub fn string(inner: &str) -> Result<String, String> {
    let normalised;
    let inner = if inner.contains('\r') {
        normalised = normalise_newlines(inner);
        normalised.as_str()
    } else {
        inner
    };
    if !inner.contains('\\') {
        return Ok(inner.to_owned());
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = escape(&rest[at + 1..], &mut out)?;
    }
    out.push_str(rest);
    Ok(out)
}

/// Reads one escape after its backslash and returns what follows.
fn escape<'a>(rest: &'a str, out: &mut String) -> Result<&'a str, String> {
    let Some(c) = rest.chars().next() else {
        out.push('\\');
        return Ok(rest);
    };
    let after = &rest[c.len_utf8()..];
    let simple = match c {
        '\n' => return Ok(after),
        '\\' | '\'' | '"' => c,
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '0'..='7' => {
            let len = rest
                .bytes()
                .take(3)
                .take_while(|b| (b'0'..=b'7').contains(b))
                .count();
            let code = u32::from_str_radix(&rest[..len], 8).unwrap_or(0);
            out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            return Ok(&rest[len..]);
        }
        // Names of characters are not known here; without one it is a mistake.
        'N' => return Err("`\\N{...}` in a string is not supported".to_owned()),
        'x' => return hex(after, 2, 'x', out),
        'u' => return hex(after, 4, 'u', out),
        'U' => return hex(after, 8, 'U', out),
        other => {
            out.push('\\');
            other
        }
    };
    out.push(simple);
    Ok(after)
}

fn hex<'a>(rest: &'a str, len: usize, kind: char, out: &mut String) -> Result<&'a str, String> {
    let digits = rest
        .get(..len)
        .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
    let Some(code) = digits.and_then(|d| u32::from_str_radix(d, 16).ok()) else {
        return Err(format!(
            "`\\{kind}` in a string takes {len} hexadecimal digits"
        ));
    };
    let after = &rest[len..];
    // A pair of surrogates is one character.
    if (0xd800..0xdc00).contains(&code)
        && let Some(low) = after.strip_prefix("\\u").and_then(|t| t.get(..4))
        && let Ok(low) = u32::from_str_radix(low, 16)
        && (0xdc00..0xe000).contains(&low)
    {
        let code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        return Ok(&after[6..]);
    }
    if code > 0x10_ffff {
        return Err(format!("`\\{kind}{code:x}` in a string is not a character"));
    }
    out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    Ok(after)
}

/// Reads an integer literal.
pub fn integer(text: &str) -> Result<Value, String> {
    let digits = text.replace('_', "");
    let parsed = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => i128::from_str_radix(&digits[2..], 16),
        Some("0o") => i128::from_str_radix(&digits[2..], 8),
        Some("0b") => i128::from_str_radix(&digits[2..], 2),
        _ => digits.parse(),
    };
    parsed
        .map(crate::jinja::python::int)
        .map_err(|_| "numbers of more than 38 digits are not supported".to_owned())
}

/// Reads a float literal.
pub fn float(text: &str) -> Value {
    Value::from(text.replace('_', "").parse::<f64>().unwrap_or(f64::NAN))
}
