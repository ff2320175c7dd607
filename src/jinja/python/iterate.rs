//! Going through values.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ObjectRepr;

use super::container::Container;
use super::{Kind, Range, kind, type_name};
use crate::jinja::error::JinjaError;

/// More items than any template goes through on purpose.
const MAX_ITEMS: usize = 50_000_000;

/// The items of a value, one after the other.
pub enum ValueIter {
    /// A list is followed while it changes.
    List(Arc<Container>, usize),
    Generator(Arc<Container>),
    Range(Range, usize),
    Items(std::vec::IntoIter<Value>),
    Object(Box<dyn Iterator<Item = Value> + Send + Sync>),
}

impl Iterator for ValueIter {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        match self {
            Self::List(container, index) => {
                let Container::List(list) = &**container else {
                    return None;
                };
                let item = list.get(*index)?;
                *index += 1;
                Some(item)
            }
            Self::Generator(container) => match &**container {
                Container::Generator(generator) => generator.next(),
                _ => None,
            },
            Self::Range(range, index) => {
                let item = range.get(*index)?;
                *index += 1;
                Some(item)
            }
            Self::Items(items) => items.next(),
            Self::Object(items) => items.next(),
        }
    }
}

impl ValueIter {
    /// Returns how many items there will be, when that is known.
    pub fn len_hint(&self) -> Option<usize> {
        match self {
            Self::List(container, index) => container.len().map(|len| len.saturating_sub(*index)),
            Self::Generator(_) => None,
            Self::Range(range, index) => Some(range.len() - index),
            Self::Items(items) => Some(items.len()),
            Self::Object(items) => match items.size_hint() {
                (low, Some(high)) if low == high => Some(low),
                _ => None,
            },
        }
    }
}

/// Starts going through a value.
pub fn iterate(value: &Value) -> Result<ValueIter, JinjaError> {
    Ok(match kind(value) {
        // Jinja2's undefined is empty when it is iterated.
        Kind::Undefined => ValueIter::Items(Vec::new().into_iter()),
        Kind::Str(s) => {
            ValueIter::Items(s.chars().map(Value::from).collect::<Vec<_>>().into_iter())
        }
        Kind::Bytes(b) => ValueIter::Items(
            b.iter()
                .copied()
                .map(Value::from)
                .collect::<Vec<_>>()
                .into_iter(),
        ),
        Kind::Container(container) => match container {
            Container::List(_) => match value.downcast_object::<Container>() {
                Some(container) => ValueIter::List(container, 0),
                None => ValueIter::Items(Vec::new().into_iter()),
            },
            Container::Generator(_) => match value.downcast_object::<Container>() {
                Some(container) => ValueIter::Generator(container),
                None => ValueIter::Items(Vec::new().into_iter()),
            },
            Container::Range(range) => ValueIter::Range(*range, 0),
            other => ValueIter::Items(other.items().into_iter()),
        },
        Kind::Object(object) => {
            if object
                .get_value_by_str("__iter__")
                .is_some_and(|v| v.is_none())
            {
                return Err(not_iterable(value));
            }
            match (object.repr(), object.try_iter()) {
                (ObjectRepr::Plain, _) | (_, None) => return Err(not_iterable(value)),
                (_, Some(items)) => ValueIter::Object(items),
            }
        }
        Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {
            return Err(not_iterable(value));
        }
    })
}

fn not_iterable(value: &Value) -> JinjaError {
    JinjaError::type_error(format!("'{}' object is not iterable", type_name(value)))
}

/// Returns all items of a value.
pub fn collect(value: &Value) -> Result<Vec<Value>, JinjaError> {
    if let Kind::Container(container) = kind(value) {
        check_size(container)?;
        return Ok(container.items());
    }
    Ok(iterate(value)?.collect())
}

fn check_size(container: &Container) -> Result<(), JinjaError> {
    let endless = matches!(container, Container::Generator(generator) if generator.is_endless());
    if endless || container.len().is_some_and(|len| len > MAX_ITEMS) {
        return Err(JinjaError::value_error(format!(
            "the {} has too many items to make a list of it",
            container.type_name()
        )));
    }
    Ok(())
}

/// Returns `len(value)`.
pub fn length(value: &Value) -> Result<usize, JinjaError> {
    let len = match kind(value) {
        Kind::Undefined => Some(0),
        Kind::Str(s) => Some(s.chars().count()),
        Kind::Bytes(b) => Some(b.len()),
        Kind::Container(container) => container.len(),
        Kind::Object(object) => match object.repr() {
            ObjectRepr::Plain => None,
            _ => object.enumerator_len(),
        },
        _ => None,
    };
    len.ok_or_else(|| {
        JinjaError::type_error(format!(
            "object of type '{}' has no len()",
            type_name(value)
        ))
    })
}

/// Returns the keys and values of what is like a dict.
pub fn pairs(value: &Value) -> Option<Vec<(Value, Value)>> {
    match kind(value) {
        Kind::Container(Container::Dict(dict)) => Some(dict.pairs()),
        Kind::Object(object)
            if object.repr() == ObjectRepr::Map
                && object.get_value_by_str("__iter__").is_none() =>
        {
            object.try_iter_pairs().map(Iterator::collect)
        }
        _ => None,
    }
}
