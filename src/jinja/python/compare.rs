//! Equality, order and membership.

use std::cmp::Ordering;

use minijinja::Value;
use minijinja::value::ObjectRepr;

use super::container::Container;
use super::dict::{Key, ViewKind};
use super::{Kind, collect, datetime, decimal, iterate, kind, pairs, too_deep, type_name};
use crate::jinja::error::JinjaError;
use crate::jinja::evaluate::Marker;
use crate::jinja::objects::relation_of;
use crate::jinja::syntax::Comparison;

const MAX_DEPTH: u32 = 400;

/// After how many levels the room on the stack is looked at, and how much of it
/// these levels may need.
const STEP: u32 = 8;
const RED_ZONE: usize = 128 * 1024;
const STACK: usize = 1024 * 1024;

/// Applies one comparison operator.
pub fn compare(op: Comparison, left: &Value, right: &Value) -> Result<bool, JinjaError> {
    match op {
        Comparison::Eq => equal(left, right),
        Comparison::Ne => equal(left, right).map(|is_equal| !is_equal),
        Comparison::In => contains(right, left),
        Comparison::NotIn => contains(right, left).map(|is_in| !is_in),
        Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge => {
            let symbol = match op {
                Comparison::Lt => "<",
                Comparison::Le => "<=",
                Comparison::Gt => ">",
                _ => ">=",
            };
            if let Some(result) = compare_sets(op, left, right)? {
                return Ok(result);
            }
            Ok(match order_nested(symbol, left, right, 0)? {
                // Not a number is neither more nor less than anything.
                None => false,
                Some(ordering) => match op {
                    Comparison::Lt => ordering.is_lt(),
                    Comparison::Le => ordering.is_le(),
                    Comparison::Gt => ordering.is_gt(),
                    _ => ordering.is_ge(),
                },
            })
        }
    }
}

/// Sets are compared by inclusion.
fn compare_sets(op: Comparison, left: &Value, right: &Value) -> Result<Option<bool>, JinjaError> {
    let (Some(a), Some(b)) = (set_items(left)?, set_items(right)?) else {
        return Ok(None);
    };
    let within = |x: &[Key], y: &[Key]| x.iter().all(|key| y.contains(key));
    Ok(Some(match op {
        Comparison::Lt => a.len() < b.len() && within(&a, &b),
        Comparison::Le => within(&a, &b),
        Comparison::Gt => b.len() < a.len() && within(&b, &a),
        _ => within(&b, &a),
    }))
}

fn set_items(value: &Value) -> Result<Option<Vec<Key>>, JinjaError> {
    match kind(value) {
        Kind::Container(Container::Set(set)) => Ok(Some(set.lock().keys().cloned().collect())),
        Kind::Container(Container::View(view)) if view.kind != ViewKind::Values => view
            .items()
            .iter()
            .map(Key::of)
            .collect::<Result<_, _>>()
            .map(Some),
        _ => Ok(None),
    }
}

/// Tells whether two values are equal, `1 == 1.0 == true` as in Python.
pub fn equal(left: &Value, right: &Value) -> Result<bool, JinjaError> {
    let (text, other) = match (marked_text(left), marked_text(right)) {
        (Some(left), Some(right)) => return Ok(left == right),
        (Some(text), None) => (text, right),
        (None, Some(text)) => (text, left),
        (None, None) => return equal_nested(left, right, 0),
    };
    equal_nested(&text, other, 0)
}

/// Returns the text that an `as_*` filter has marked: within an expression it
/// is a text like any other.
fn marked_text(value: &Value) -> Option<Value> {
    let marker = value.downcast_object_ref::<Marker>()?;
    Some(Value::from(marker.text.as_str()))
}

fn equal_nested(left: &Value, right: &Value, depth: u32) -> Result<bool, JinjaError> {
    if depth > MAX_DEPTH {
        return Err(too_deep("in comparison"));
    }
    if depth > 0 && depth.is_multiple_of(STEP) {
        return stacker::maybe_grow(RED_ZONE, STACK, || equal_kinds(left, right, depth));
    }
    equal_kinds(left, right, depth)
}

fn equal_kinds(left: &Value, right: &Value, depth: u32) -> Result<bool, JinjaError> {
    Ok(match (kind(left), kind(right)) {
        (Kind::Undefined, Kind::Undefined) | (Kind::None, Kind::None) => true,
        (Kind::Str(a), Kind::Str(b)) => a == b,
        (Kind::Bytes(a), Kind::Bytes(b)) => a == b,
        (Kind::Container(a), Kind::Container(b)) => {
            if std::ptr::eq(a, b) {
                return Ok(true);
            }
            match (a, b) {
                (Container::List(_), Container::List(_))
                | (Container::Tuple(_), Container::Tuple(_)) => {
                    equal_items(&a.items(), &b.items(), depth)?
                }
                (Container::Range(a), Container::Range(b)) => {
                    a.len() == b.len()
                        && (a.len() == 0
                            || (a.start == b.start && (a.len() == 1 || a.step == b.step)))
                }
                (Container::Dict(a), Container::Dict(b)) => {
                    if a.len() != b.len() {
                        return Ok(false);
                    }
                    let entries: Vec<(Key, Value)> = a
                        .lock()
                        .iter()
                        .map(|(key, (_, value))| (key.clone(), value.clone()))
                        .collect();
                    for (key, value) in entries {
                        match b.get(&key) {
                            Some(other) if equal_nested(&value, &other, depth + 1)? => {}
                            _ => return Ok(false),
                        }
                    }
                    true
                }
                (
                    Container::Set(_) | Container::View(_),
                    Container::Set(_) | Container::View(_),
                ) => match (set_items(left)?, set_items(right)?) {
                    (Some(a), Some(b)) => a.len() == b.len() && a.iter().all(|key| b.contains(key)),
                    _ => false,
                },
                _ => false,
            }
        }
        (Kind::Object(_), _) | (_, Kind::Object(_)) => equal_objects(left, right, depth)?,
        _ => match numbers(left, right) {
            Some(Numbers::Int(a, b)) => a == b,
            Some(Numbers::Float(a, b)) => a == b,
            None => false,
        },
    })
}

fn equal_items(a: &[Value], b: &[Value], depth: u32) -> Result<bool, JinjaError> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (a, b) in a.iter().zip(b) {
        if !equal_nested(a, b, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_objects(left: &Value, right: &Value, depth: u32) -> Result<bool, JinjaError> {
    if let Some(is_equal) = datetime::equal(left, right) {
        return Ok(is_equal);
    }
    if let Some(ordering) = decimal::order(left, right) {
        return Ok(ordering.is_some_and(Ordering::is_eq));
    }
    // A relation looks like a dict, and is equal to relations alone.
    match (relation_of(left), relation_of(right)) {
        (Some(a), Some(b)) => return Ok(a == b),
        (None, None) => {}
        _ => return Ok(false),
    }
    // What looks like a dict or a list is compared with one.
    if let (Some(a), Some(b)) = (pairs(left), pairs(right)) {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (key, value) in &a {
            let Some((_, other)) = b
                .iter()
                .find(|(other, _)| equal_nested(key, other, depth + 1).unwrap_or(false))
            else {
                return Ok(false);
            };
            if !equal_nested(value, other, depth + 1)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    match (left.as_object(), right.as_object()) {
        (Some(a), Some(b)) if a.repr() == ObjectRepr::Plain || b.repr() == ObjectRepr::Plain => {
            Ok(a.repr() == b.repr() && left == right)
        }
        (Some(a), Some(b)) if a.repr() == ObjectRepr::Seq && b.repr() == ObjectRepr::Seq => {
            equal_items(&collect(left)?, &collect(right)?, depth)
        }
        _ => Ok(left == right),
    }
}

enum Numbers {
    Int(i128, i128),
    Float(f64, f64),
}

fn numbers(left: &Value, right: &Value) -> Option<Numbers> {
    let number = |value: &Value| match kind(value) {
        Kind::Bool(b) => Some(Ok(i128::from(b))),
        Kind::Int(i) => Some(Ok(i)),
        Kind::Float(f) => Some(Err(f)),
        _ => None,
    };
    Some(match (number(left)?, number(right)?) {
        (Ok(a), Ok(b)) => Numbers::Int(a, b),
        (Ok(a), Err(b)) => Numbers::Float(a as f64, b),
        (Err(a), Ok(b)) => Numbers::Float(a, b as f64),
        (Err(a), Err(b)) => Numbers::Float(a, b),
    })
}

/// Orders two values as `<` does, or fails when Python would.
pub fn order(left: &Value, right: &Value) -> Result<Option<Ordering>, JinjaError> {
    order_nested("<", left, right, 0)
}

fn order_nested(
    symbol: &str,
    left: &Value,
    right: &Value,
    depth: u32,
) -> Result<Option<Ordering>, JinjaError> {
    if depth > MAX_DEPTH {
        return Err(too_deep("in comparison"));
    }
    if depth > 0 && depth.is_multiple_of(STEP) {
        return stacker::maybe_grow(RED_ZONE, STACK, || order_kinds(symbol, left, right, depth));
    }
    order_kinds(symbol, left, right, depth)
}

fn order_kinds(
    symbol: &str,
    left: &Value,
    right: &Value,
    depth: u32,
) -> Result<Option<Ordering>, JinjaError> {
    let unsupported = || {
        Err(JinjaError::type_error(format!(
            "'{symbol}' not supported between instances of '{}' and '{}'",
            type_name(left),
            type_name(right)
        )))
    };
    match (kind(left), kind(right)) {
        (Kind::Str(a), Kind::Str(b)) => Ok(Some(a.cmp(b))),
        (Kind::Bytes(a), Kind::Bytes(b)) => Ok(Some(a.cmp(b))),
        (Kind::Container(a), Kind::Container(b)) => match (a, b) {
            (Container::List(_), Container::List(_))
            | (Container::Tuple(_), Container::Tuple(_)) => {
                let (a, b) = (a.items(), b.items());
                for (x, y) in a.iter().zip(&b) {
                    if !equal_nested(x, y, depth + 1)? {
                        return order_nested(symbol, x, y, depth + 1);
                    }
                }
                Ok(Some(a.len().cmp(&b.len())))
            }
            _ => unsupported(),
        },
        (Kind::Object(_), _) | (_, Kind::Object(_)) => {
            if let Some(ordering) = datetime::order(left, right) {
                return ordering.map(Some);
            }
            if let Some(ordering) = decimal::order(left, right) {
                return Ok(ordering);
            }
            unsupported()
        }
        _ => match numbers(left, right) {
            Some(Numbers::Int(a, b)) => Ok(Some(a.cmp(&b))),
            Some(Numbers::Float(a, b)) => Ok(a.partial_cmp(&b)),
            None => unsupported(),
        },
    }
}

/// Applies `item in container`.
pub fn contains(container: &Value, item: &Value) -> Result<bool, JinjaError> {
    match (marked_text(container), marked_text(item)) {
        (None, None) => contains_plain(container, item),
        (text, part) => contains_plain(
            text.as_ref().unwrap_or(container),
            part.as_ref().unwrap_or(item),
        ),
    }
}

fn contains_plain(container: &Value, item: &Value) -> Result<bool, JinjaError> {
    match kind(container) {
        Kind::Str(text) => match kind(item) {
            Kind::Str(part) => Ok(text.contains(part)),
            _ => Err(JinjaError::type_error(format!(
                "'in <string>' requires string as left operand, not {}",
                type_name(item)
            ))),
        },
        Kind::Container(Container::Dict(dict)) => Ok(dict.get(&Key::of(item)?).is_some()),
        Kind::Container(Container::Set(set)) => {
            let key = Key::of(item)?;
            Ok(set.lock().contains_key(&key))
        }
        Kind::Container(Container::View(view)) if view.kind == ViewKind::Keys => {
            let key = Key::of(item)?;
            Ok(view.dict().is_some_and(|dict| dict.get(&key).is_some()))
        }
        Kind::Container(Container::Range(range)) => match kind(item) {
            Kind::Bool(b) => Ok(range.contains(i128::from(b))),
            Kind::Int(i) => Ok(range.contains(i)),
            Kind::Float(f) if f == f.trunc() => Ok(range.contains(f as i128)),
            _ => Ok(false),
        },
        Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
            Err(JinjaError::type_error(format!(
                "argument of type '{}' is not iterable",
                type_name(container)
            )))
        }
        Kind::Object(object)
            if object.repr() == ObjectRepr::Map
                && (relation_of(container).is_none() || item.as_str().is_some())
                && object.get_value_by_str("__iter__").is_none() =>
        {
            Ok(match item.as_str() {
                Some(name) => object.get_value(&Value::from(name)).is_some(),
                None => object.get_value(item).is_some(),
            })
        }
        _ => {
            for candidate in iterate(container)? {
                if equal(&candidate, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}
