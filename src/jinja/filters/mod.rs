//! Jinja2's filters with Python's semantics, and dbt's own.

mod html;
mod numbers;
mod pretty;
mod sequences;
mod texts;
mod wrap;

use minijinja::Value;

use super::error::JinjaError;
use super::evaluate::{Interpreter, Marker, MarkerKind};
use super::functions::json;
use super::python::arguments::{Args, flag, integer};
use super::python::{Container, Kind, collect, kind, length, pairs, str};

/// A filter.
pub type Filter = fn(&mut Interpreter<'_>, &Value, &Args<'_>) -> Result<Value, JinjaError>;

/// Finds a filter by its name.
pub fn find(name: &str) -> Option<Filter> {
    let filter: Filter = match name {
        "default" | "d" => default,
        "length" | "count" => |_, value, args| {
            args.none("length")?;
            length(value).map(super::python::index)
        },
        "list" => |_, value, args| {
            args.none("list")?;
            collect(value).map(super::python::list)
        },
        "string" => |_, value, args| {
            args.none("string")?;
            if value.as_str().is_some() {
                Ok(value.clone())
            } else {
                Ok(Value::from(str(value)?))
            }
        },
        "tojson" => to_json,
        "pprint" => |_, value, _| pretty::pretty(value).map(Value::from),
        "attr" => attribute,
        "items" => items,
        "is_list" => |_, value, args| {
            args.none("is_list")?;
            Ok(Value::from(matches!(
                kind(value),
                Kind::Container(Container::List(_))
            )))
        },
        "as_text" => |i, value, args| mark(i, value, args, MarkerKind::Text),
        "as_native" => |i, value, args| mark(i, value, args, MarkerKind::Native),
        "as_bool" => |i, value, args| mark(i, value, args, MarkerKind::Bool),
        "as_number" => |i, value, args| mark(i, value, args, MarkerKind::Number),
        _ => {
            return sequences::find(name)
                .or_else(|| texts::find(name))
                .or_else(|| numbers::find(name))
                .or_else(|| html::find(name));
        }
    };
    Some(filter)
}

/// The error of a filter whose operand must be defined; the evaluator completes
/// it.
fn undefined() -> JinjaError {
    JinjaError::undefined("")
}

fn default(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [default, boolean] = args.bind("default", ["default_value", "boolean"], 0)?;
    if value.is_undefined() || (flag(&boolean, false) && !value.is_true()) {
        return Ok(default.unwrap_or_else(|| Value::from("")));
    }
    Ok(value.clone())
}

fn to_json(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [indent] = args.bind("tojson", ["indent"], 0)?;
    let indent = integer(&indent, "tojson", "indent")?;
    let text = json::dumps(value, true, indent.and_then(|i| usize::try_from(i).ok()))?;
    // The text is safe to stand in HTML.
    let safe = text
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\'', "\\u0027");
    Ok(Value::from(safe))
}

/// Reads an attribute, never an item.
fn attribute(
    interpreter: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
) -> Result<Value, JinjaError> {
    let name = str(&args.one("attr", "name")?)?;
    if value.is_undefined() {
        return Err(undefined());
    }
    if let Kind::Container(Container::Dict(_)) = kind(value)
        && !super::python::methods::has(value, &name)
    {
        return Ok(Value::UNDEFINED);
    }
    Ok(interpreter.attribute(value, &name))
}

fn items(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    args.none("items")?;
    if value.is_undefined() {
        return Ok(super::python::generator("generator", Vec::new()));
    }
    let pairs = pairs(value)
        .ok_or_else(|| JinjaError::type_error("Can only get item pairs from a mapping."))?;
    let pairs = pairs
        .into_iter()
        .map(|(k, v)| super::python::tuple(vec![k, v]))
        .collect();
    Ok(super::python::generator("generator", pairs))
}

/// Marks a text for a native render; elsewhere these filters do nothing.
fn mark(
    interpreter: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
    kind: MarkerKind,
) -> Result<Value, JinjaError> {
    args.none("filter")?;
    if !interpreter.native {
        return Ok(value.clone());
    }
    Ok(Value::from_object(Marker {
        kind,
        text: str(value)?,
    }))
}
