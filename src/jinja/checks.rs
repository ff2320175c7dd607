//! Jinja2's tests: `value is name`.

use minijinja::Value;
use minijinja::value::ObjectRepr;

use super::error::JinjaError;
use super::evaluate::Interpreter;
use super::filters;
use super::python::arguments::Args;
use super::python::{
    Container, Key, Kind, as_int, binary, compare, decimal, equal, is_callable, iterate, kind, str,
};
use super::syntax::{Arithmetic, Comparison};

/// A test.
pub type Check = fn(&mut Interpreter<'_>, &Value, &Args<'_>) -> Result<bool, JinjaError>;

/// Finds a test by its name.
pub fn find(name: &str) -> Option<Check> {
    Some(match name {
        "defined" => |_, value, args| plain(args, !value.is_undefined()),
        "undefined" => |_, value, args| plain(args, value.is_undefined()),
        "none" => |_, value, args| plain(args, value.is_none()),
        "true" => |_, value, args| plain(args, matches!(kind(value), Kind::Bool(true))),
        "false" => |_, value, args| plain(args, matches!(kind(value), Kind::Bool(false))),
        "boolean" => |_, value, args| plain(args, matches!(kind(value), Kind::Bool(_))),
        "integer" => |_, value, args| plain(args, matches!(kind(value), Kind::Int(_))),
        "float" => |_, value, args| plain(args, matches!(kind(value), Kind::Float(_))),
        "number" => |_, value, args| {
            let is_number = matches!(kind(value), Kind::Bool(_) | Kind::Int(_) | Kind::Float(_));
            plain(args, is_number || decimal::is_decimal(value))
        },
        "string" => |_, value, args| plain(args, is_string(value)),
        "mapping" => |_, value, args| plain(args, is_mapping(value)),
        "sequence" => |_, value, args| plain(args, is_sequence(value)),
        "iterable" => |_, value, args| plain(args, iterate(value).is_ok()),
        // An undefined value can be called, in that it has a way to fail.
        "callable" => |_, value, args| plain(args, value.is_undefined() || is_callable(value)),
        "escaped" => |_, value, args| plain(args, value.is_safe()),
        "lower" => |_, value, args| plain(args, case(value, false)?),
        "upper" => |_, value, args| plain(args, case(value, true)?),
        "odd" => |_, value, args| plain(args, remainder(value, &Value::from(2))? == Some(1)),
        "even" => |_, value, args| plain(args, remainder(value, &Value::from(2))? == Some(0)),
        "divisibleby" => {
            |_, value, args| Ok(remainder(value, &args.one("divisibleby", "num")?)? == Some(0))
        }
        "sameas" => |_, value, args| same(value, &args.one("sameas", "other")?),
        "in" => |_, value, args| compare(Comparison::In, value, &args.one("in", "seq")?),
        "eq" | "==" | "equalto" => |_, value, args| with(Comparison::Eq, value, args),
        "ne" | "!=" => |_, value, args| with(Comparison::Ne, value, args),
        "lt" | "<" | "lessthan" => |_, value, args| with(Comparison::Lt, value, args),
        "le" | "<=" => |_, value, args| with(Comparison::Le, value, args),
        "gt" | ">" | "greaterthan" => |_, value, args| with(Comparison::Gt, value, args),
        "ge" | ">=" => |_, value, args| with(Comparison::Ge, value, args),
        "filter" => |_, value, args| {
            Key::of(value)?;
            plain(
                args,
                value
                    .as_str()
                    .is_some_and(|name| filters::find(name).is_some()),
            )
        },
        "test" => |_, value, args| {
            Key::of(value)?;
            plain(
                args,
                value.as_str().is_some_and(|name| find(name).is_some()),
            )
        },
        _ => return None,
    })
}

fn plain(args: &Args<'_>, result: bool) -> Result<bool, JinjaError> {
    args.none("test").map(|()| result)
}

fn with(op: Comparison, value: &Value, args: &Args<'_>) -> Result<bool, JinjaError> {
    let other = args.one("test", "other")?;
    let ordered = matches!(
        op,
        Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge
    );
    if ordered && value.is_undefined() {
        return Err(JinjaError::undefined(""));
    }
    compare(op, value, &other)
}

fn is_string(value: &Value) -> bool {
    matches!(kind(value), Kind::Str(_))
        || value
            .downcast_object_ref::<super::evaluate::Marker>()
            .is_some()
}

fn is_mapping(value: &Value) -> bool {
    match kind(value) {
        Kind::Container(container) => matches!(container, Container::Dict(_)),
        Kind::Object(object) => object.repr() == ObjectRepr::Map,
        _ => false,
    }
}

fn is_sequence(value: &Value) -> bool {
    match kind(value) {
        Kind::Str(_) | Kind::Bytes(_) | Kind::Undefined => true,
        Kind::Container(container) => matches!(
            container,
            Container::List(_) | Container::Tuple(_) | Container::Dict(_) | Container::Range(_)
        ),
        // A relation is a mapping without a length.
        Kind::Object(object) => {
            matches!(object.repr(), ObjectRepr::Seq | ObjectRepr::Map)
                && object.get_value_by_str("__iter__").is_none()
        }
        _ => false,
    }
}

fn case(value: &Value, upper: bool) -> Result<bool, JinjaError> {
    let text = str(value)?;
    let (wanted, other): (fn(char) -> bool, fn(char) -> bool) = if upper {
        (char::is_uppercase, char::is_lowercase)
    } else {
        (char::is_lowercase, char::is_uppercase)
    };
    Ok(text.chars().any(wanted) && !text.chars().any(other))
}

fn remainder(value: &Value, by: &Value) -> Result<Option<i128>, JinjaError> {
    if value.is_undefined() {
        return Err(JinjaError::undefined(""));
    }
    let remainder = binary(Arithmetic::Mod, value, by)?;
    Ok(match kind(&remainder) {
        Kind::Float(f) if f == f.trunc() => Some(f as i128),
        _ => as_int(&remainder).or_else(|| decimal::to_int(&remainder)),
    })
}

fn same(value: &Value, other: &Value) -> Result<bool, JinjaError> {
    match (kind(value), kind(other)) {
        (Kind::Container(a), Kind::Container(b)) => Ok(std::ptr::eq(a, b)),
        (Kind::Container(_), _) | (_, Kind::Container(_)) => Ok(false),
        // `1` and `true` are equal, but they are not the same.
        (Kind::Bool(a), Kind::Bool(b)) => Ok(a == b),
        (Kind::Bool(_), _) | (_, Kind::Bool(_)) => Ok(false),
        (Kind::Float(_), Kind::Int(_)) | (Kind::Int(_), Kind::Float(_)) => Ok(false),
        _ => equal(value, other),
    }
}
