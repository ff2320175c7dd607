//! `json.dumps` and `json.loads` as Python has them.

use std::fmt::Write as _;

use minijinja::Value;

use crate::jinja::error::JinjaError;
use crate::jinja::json::from_json;
use crate::jinja::python::{Container, Kind, collect, float_repr, kind, pairs, type_name};
use crate::python_repr::push_json;

const MAX_DEPTH: usize = 500;

/// Writes a value as JSON. With an indent every item has its own line.
pub fn dumps(value: &Value, sort_keys: bool, indent: Option<usize>) -> Result<String, JinjaError> {
    let mut writer = Writer {
        out: String::new(),
        sort_keys,
        indent,
        open: Vec::new(),
        depth: 0,
    };
    writer.write(value)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    sort_keys: bool,
    indent: Option<usize>,
    open: Vec<*const Container>,
    depth: usize,
}

impl Writer {
    fn write(&mut self, value: &Value) -> Result<(), JinjaError> {
        match kind(value) {
            Kind::None => self.out.push_str("null"),
            Kind::Bool(b) => self.out.push_str(if b { "true" } else { "false" }),
            Kind::Int(i) => {
                let _ = write!(self.out, "{i}");
            }
            Kind::Float(f) => self.out.push_str(&float(f)),
            Kind::Str(s) => push_json(&mut self.out, s),
            Kind::Container(container) => {
                let pointer = std::ptr::from_ref(container);
                if self.open.contains(&pointer) {
                    return Err(JinjaError::value_error("Circular reference detected"));
                }
                if self.open.len() > MAX_DEPTH {
                    return Err(crate::jinja::python::too_deep(
                        "while encoding a JSON object",
                    ));
                }
                self.open.push(pointer);
                stacker::maybe_grow(64 * 1024, 1024 * 1024, || match container {
                    Container::List(_) | Container::Tuple(_) => self.items(&container.items()),
                    Container::Dict(dict) => self.pairs(dict.pairs()),
                    _ => Err(not_serializable(value)),
                })?;
                self.open.pop();
            }
            Kind::Object(object) => {
                // What has a type of its own, like a relation or a date, is
                // nothing that JSON could hold.
                if object.get_value_by_str("__type__").is_some() {
                    return Err(not_serializable(value));
                }
                match pairs(value) {
                    Some(pairs) => self.pairs(pairs)?,
                    None if object.repr() == minijinja::value::ObjectRepr::Seq => {
                        self.items(&collect(value)?)?;
                    }
                    None => return Err(not_serializable(value)),
                }
            }
            Kind::Undefined | Kind::Bytes(_) => return Err(not_serializable(value)),
        }
        Ok(())
    }

    fn items(&mut self, items: &[Value]) -> Result<(), JinjaError> {
        if items.is_empty() {
            self.out.push_str("[]");
            return Ok(());
        }
        self.out.push('[');
        self.depth += 1;
        for (i, item) in items.iter().enumerate() {
            self.separate(i);
            self.write(item)?;
        }
        self.depth -= 1;
        self.line();
        self.out.push(']');
        Ok(())
    }

    fn pairs(&mut self, pairs: Vec<(Value, Value)>) -> Result<(), JinjaError> {
        if pairs.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        let pairs = if self.sort_keys {
            sorted(pairs)?
        } else {
            pairs
        };
        self.out.push('{');
        self.depth += 1;
        for (i, (key, value)) in pairs.iter().enumerate() {
            self.separate(i);
            let name = key_text(key)?;
            push_json(&mut self.out, &name);
            self.out.push_str(": ");
            self.write(value)?;
        }
        self.depth -= 1;
        self.line();
        self.out.push('}');
        Ok(())
    }

    fn separate(&mut self, i: usize) {
        if i > 0 {
            self.out
                .push_str(if self.indent.is_some() { "," } else { ", " });
        }
        self.line();
    }

    fn line(&mut self) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out
                .push_str(&" ".repeat((indent * self.depth).min(10_000)));
        }
    }
}

fn sorted(pairs: Vec<(Value, Value)>) -> Result<Vec<(Value, Value)>, JinjaError> {
    let keyed = pairs
        .into_iter()
        .map(|(key, value)| {
            let pair = crate::jinja::python::tuple(vec![key.clone(), value]);
            (key, pair)
        })
        .collect();
    let mut out = Vec::new();
    for pair in crate::jinja::python::methods::sort_by_key(keyed, false)? {
        let mut pair = collect(&pair)?;
        if let (Some(value), Some(key)) = (pair.pop(), pair.pop()) {
            out.push((key, value));
        }
    }
    Ok(out)
}

fn not_serializable(value: &Value) -> JinjaError {
    let name = type_name(value);
    let name = name.rsplit('.').next().unwrap_or_default().to_owned();
    JinjaError::type_error(format!("Object of type {name} is not JSON serializable"))
}

fn float(f: f64) -> String {
    if f.is_nan() {
        "NaN".to_owned()
    } else if f.is_infinite() {
        if f > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        float_repr(f)
    }
}

fn key_text(key: &Value) -> Result<String, JinjaError> {
    Ok(match kind(key) {
        Kind::Str(s) => s.to_owned(),
        Kind::Int(i) => i.to_string(),
        Kind::Float(f) => float(f),
        Kind::Bool(b) => if b { "true" } else { "false" }.to_owned(),
        Kind::None => "null".to_owned(),
        _ => {
            return Err(JinjaError::type_error(format!(
                "keys must be str, int, float, bool or None, not {}",
                type_name(key)
            )));
        }
    })
}

/// Reads a JSON text; `None` when it is none.
pub fn loads(text: &str) -> Option<Value> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) => Some(from_json(&json)),
        Err(_) => match text.trim() {
            // Python takes these, though they are no JSON.
            "NaN" => Some(Value::from(f64::NAN)),
            "Infinity" => Some(Value::from(f64::INFINITY)),
            "-Infinity" => Some(Value::from(f64::NEG_INFINITY)),
            _ => None,
        },
    }
}
