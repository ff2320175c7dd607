//! How Python writes texts and floats, for everyone who must write the same:
//! templates, names and hashes of tests, tables as JSON.

use std::fmt::Write as _;

/// Appends Python's `repr` of a string: in single quotes, unless it holds such
/// and no double ones.
pub fn push_quoted(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => {
                let code = c as u32;
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
}

/// Tells whether Python's `repr` leaves a character as it is: not what
/// controls or formats, nor any space but the plain one.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    let code = c as u32;
    !(c.is_control()
        || c.is_whitespace()
        || matches!(code, 0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e)
        || matches!(code, 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff)
        || matches!(code, 0xe000..=0xf8ff | 0xfff0..=0xfffb)
        || matches!(code, 0xe0001 | 0xe0020..=0xe007f | 0xf0000..))
}

/// Appends a JSON string as `json.dumps` does, with everything beyond ASCII
/// escaped.
pub fn push_json(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// Returns Python's `repr` of a float: the shortest digits that read back,
/// with an exponent below 1e-4 and from 1e16 on.
pub fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = value.abs();
    if value == 0.0 || (1e-4..1e16).contains(&size) {
        let mut text = value.to_string();
        if !text.contains('.') {
            text.push_str(".0");
        }
        return text;
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(rest) => ('-', rest),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use super::{float_repr, push_json, push_quoted};

    fn quoted(text: &str) -> String {
        let mut out = String::new();
        push_quoted(&mut out, text);
        out
    }

    /// What `repr` of CPython 3.11 gives.
    #[test]
    fn strings_are_quoted_as_python_quotes_them() {
        for (text, expected) in [
            ("it's", r#""it's""#),
            ("'\"", r#"'\'"'"#),
            ("a\\b\n\t\u{0}\u{7f}", r"'a\\b\n\t\x00\x7f'"),
            ("\u{a0}\u{ad}é\u{2028}€", r"'\xa0\xadé\u2028€'"),
            (
                "\u{e000}\u{10ffff}\u{1f600}",
                "'\\ue000\\U0010ffff\u{1f600}'",
            ),
            ("\u{e0041}\u{e0100}", "'\\U000e0041\u{e0100}'"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn json_strings_are_ascii() {
        let mut out = String::new();
        push_json(&mut out, "é\"\u{8}\u{1f600}\u{7f}");
        assert_eq!(out, r#""\u00e9\"\b\ud83d\ude00\u007f""#);
    }

    #[test]
    fn floats_are_written_as_python_writes_them() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (-1.25e100, "-1.25e+100"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(float_repr(value), expected);
        }
    }
}
