//! How Python writes values as text.
//!
//! dbt puts such texts into names, hashes and generated code: the name of a
//! generic test holds `str()` of its arguments, its id a hash over `repr()`.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use crate::python_repr::{float_repr, push_quoted};

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
        Value::String(text) => push_quoted(out, text),
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
                push_quoted(out, key);
                out.push_str(": ");
                push_repr(out, item);
            }
            out.push('}');
        }
    }
}

fn push_number(out: &mut String, number: &Number) {
    match number.as_f64() {
        Some(float) if number.is_f64() => out.push_str(&float_repr(float)),
        _ => {
            let _ = write!(out, "{number}");
        }
    }
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
