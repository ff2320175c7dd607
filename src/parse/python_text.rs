//! How Python writes values as text.
//!
//! dbt puts such texts into names, hashes and generated code: the name of a
//! generic test holds `str()` of its arguments, its id a hash over `repr()`.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// Returns Python's `str(value)`: a text is itself, anything else as `repr`.
pub fn py_str(value: &Value) -> String {
    let mut out = String::new();
    push_str(&mut out, value);
    out
}

/// Appends Python's `str(value)`.
pub fn push_str(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => out.push_str(text),
        _ => push_repr(out, value),
    }
}

/// Appends Python's `repr(value)`.
pub fn push_repr(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => push_number(out, number),
        Value::String(text) => push_text_repr(out, text),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                push_repr(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (i, (key, item)) in map.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                push_text_repr(out, key);
                out.push_str(": ");
                push_repr(out, item);
            }
            out.push('}');
        }
    }
}

fn push_number(out: &mut String, number: &Number) {
    match number.as_f64() {
        Some(float) if number.is_f64() => push_float(out, float),
        _ => {
            let _ = write!(out, "{number}");
        }
    }
}

/// Appends a float as Python does: the shortest digits that read back, with
/// an exponent below 1e-4 and from 1e16 on.
fn push_float(out: &mut String, float: f64) {
    let magnitude = float.abs();
    if float == 0.0 || (1e-4..1e16).contains(&magnitude) {
        let start = out.len();
        let _ = write!(out, "{float}");
        if !out[start..].contains('.') {
            out.push_str(".0");
        }
        return;
    }
    let text = format!("{float:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(rest) => ('-', rest),
        None => ('+', exponent),
    };
    let _ = write!(out, "{digits}e{sign}{exponent:0>2}");
}

/// Appends a text in quotes: single ones, unless it holds such and no double
/// ones.
pub fn push_text_repr(out: &mut String, text: &str) {
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
            c if (c as u32) < 0x100 => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c if (c as u32) < 0x1_0000 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => {
                let _ = write!(out, "\\U{:08x}", c as u32);
            }
        }
    }
    out.push(quote);
}

/// Tells whether `repr` leaves a character as it is. Python escapes control
/// characters and every space but the plain one.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    !(c.is_control()
        || c.is_whitespace()
        || matches!(c as u32,
            0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e
            | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2064 | 0x2066..=0x206f
            | 0xd800..=0xf8ff | 0xfeff | 0xfff9..=0xfffb | 0xe_0000..=0x10_ffff))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{push_repr, py_str};

    fn check_str(value: Value, expected: &str) {
        assert_eq!(py_str(&value), expected);
    }

    fn check_repr(value: Value, expected: &str) {
        let mut out = String::new();
        push_repr(&mut out, &value);
        assert_eq!(out, expected);
    }

    #[test]
    fn scalars_are_python_words() {
        check_str(json!(null), "None");
        check_str(json!(true), "True");
        check_str(json!("a b"), "a b");
        check_str(json!(1), "1");
        check_str(json!(1.0), "1.0");
        check_str(json!(0.1), "0.1");
        check_str(json!(1e16), "1e+16");
        check_str(json!(1.5e-7), "1.5e-07");
        check_str(json!(123_456_789.5), "123456789.5");
    }

    #[test]
    fn texts_in_collections_are_quoted() {
        check_str(json!(["a", 1, {"b": null}]), "['a', 1, {'b': None}]");
    }

    #[test]
    fn quotes_are_chosen_as_python_chooses_them() {
        check_repr(json!("it's"), r#""it's""#);
        check_repr(json!(r#"say "hi""#), r#"'say "hi"'"#);
        check_repr(json!(r#"it's "x""#), r#"'it\'s "x"'"#);
        check_repr(json!("a\\b\n\u{1}\u{a0}é"), r"'a\\b\n\x01\xa0é'");
    }
}
