//! Python's data model on `minijinja`'s values.
//!
//! dbt's templates are Python underneath: lists are shared and mutable, `%`
//! formats, `str()` of a dict is its `repr`, and so on. Scalars are
//! `minijinja`'s own; containers are [`Container`]s, one object type, so that
//! one downcast tells them apart. Every recursion here is bounded: values can
//! contain themselves.
//!
//! Any other object takes part through attributes that it answers in
//! `get_value_by_str`:
//!
//! | attribute | meaning |
//! |---|---|
//! | `__type__` | the name of its type in messages; `str()` is then its `render`, and it is nothing that JSON could hold |
//! | `__repr__` | its `repr()`, where that differs from `render` |
//! | `__iter__` | `none` for what says that it is a mapping but cannot be iterated |
//! | `__callable__` | `true` for what can be called through [`Object::call`](minijinja::value::Object::call) |
//!
//! Methods are attributes that are [functions](crate::jinja::function()).
//! Equality of two objects is their `custom_cmp`, and the key that an object
//! makes in a dict is its `repr()`.

// What is counted here is never asked whether it is empty.
#![allow(clippy::len_without_is_empty)]

pub mod arguments;
mod arithmetic;
mod compare;
mod container;
pub mod datetime;
pub mod decimal;
mod dict;
pub mod format;
mod generator;
mod iterate;
mod list;
pub mod methods;
mod number;
mod printf;
mod repr;
mod set;
mod slice;
mod text;

use std::borrow::Cow;

use minijinja::Value;
use minijinja::value::{DynObject, ValueKind};

pub use crate::python_repr::float_repr;
pub use arithmetic::{binary, sign};
pub use compare::{compare, contains, equal, order};
pub use container::{Container, dismantle};
pub use dict::{Dict, Key, View, ViewKind};
pub use generator::{Generator, Range};
pub use iterate::{ValueIter, collect, iterate, length, pairs};
pub use list::List;
pub use number::{parse_float, parse_int};
pub use printf::printf;
pub use repr::{repr, str, write_once, write_str};
pub use set::Set;
pub use slice::{slice, slice_indices};
pub use text::{capitalize, char_at, hex, split_lines};

use super::error::JinjaError;

/// What a value is, for matching.
#[derive(Debug)]
pub enum Kind<'a> {
    Undefined,
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(&'a str),
    Bytes(&'a [u8]),
    Container(&'a Container),
    Object(&'a DynObject),
}

/// Sorts a value.
pub fn kind(value: &Value) -> Kind<'_> {
    match value.kind() {
        ValueKind::Undefined => Kind::Undefined,
        ValueKind::None => Kind::None,
        ValueKind::Bool => Kind::Bool(value.is_true()),
        ValueKind::String => Kind::Str(value.as_str().unwrap_or_default()),
        ValueKind::Bytes => Kind::Bytes(value.as_bytes().unwrap_or_default()),
        ValueKind::Number => {
            if value.is_integer() {
                // What is larger than an i128 cannot come out of our own
                // arithmetic.
                Kind::Int(i128::try_from(value.clone()).unwrap_or(i128::MAX))
            } else {
                Kind::Float(f64::try_from(value.clone()).unwrap_or(f64::NAN))
            }
        }
        _ => match value.as_object() {
            Some(object) => match object.downcast_ref::<Container>() {
                Some(container) => Kind::Container(container),
                None => Kind::Object(object),
            },
            None => Kind::Undefined,
        },
    }
}

/// Makes an integer.
pub fn int(value: i128) -> Value {
    match i64::try_from(value) {
        Ok(small) => Value::from(small),
        Err(_) => Value::from(value),
    }
}

/// Makes an integer from a length or index.
pub fn index(value: usize) -> Value {
    Value::from(value as i64)
}

/// Makes `None`.
pub fn none() -> Value {
    Value::from(())
}

/// Makes a list.
pub fn list(items: Vec<Value>) -> Value {
    Value::from_object(Container::List(List::new(items)))
}

/// Makes a tuple.
pub fn tuple(items: Vec<Value>) -> Value {
    Value::from_object(Container::Tuple(list::Tuple::new(items)))
}

/// Makes a dict with string keys.
pub fn dict<K: AsRef<str>>(items: impl IntoIterator<Item = (K, Value)>) -> Value {
    let items = items.into_iter();
    let mut dict = dict::entries(items.size_hint().0);
    for (key, value) in items {
        let key = Value::from(key.as_ref());
        dict.insert(Key::Str(key.clone()), (key, value));
    }
    Value::from_object(Container::Dict(Dict::new(dict)))
}

/// Makes a dict of any keys, when they are hashable.
pub fn dict_of(items: impl IntoIterator<Item = (Value, Value)>) -> Result<Value, JinjaError> {
    let items = items.into_iter();
    let mut dict = dict::entries(items.size_hint().0);
    for (key, value) in items {
        let hashed = Key::of(&key)?;
        dict::insert(&mut dict, hashed, key, value);
    }
    Ok(Value::from_object(Container::Dict(Dict::new(dict))))
}

/// Makes a set, when the items are hashable.
pub fn set(items: impl IntoIterator<Item = Value>) -> Result<Value, JinjaError> {
    let mut set = set::Items::default();
    for item in items {
        set.entry(Key::of(&item)?).or_insert(item);
    }
    Ok(Value::from_object(Container::Set(Set::new(set))))
}

/// Makes a single-pass iterator of values that are there already.
pub fn generator(name: &'static str, items: Vec<Value>) -> Value {
    Value::from_object(Container::Generator(Generator::new(name, items)))
}

/// Turns `minijinja`'s own containers, which functions may return, into ours.
pub fn adopt(value: Value) -> Value {
    let Some(object) = value.as_object() else {
        return value;
    };
    if object.is::<Container>() {
        return value;
    }
    if let Some(items) = object.downcast_ref::<Vec<Value>>() {
        return list(items.iter().cloned().map(adopt).collect());
    }
    if let Some(items) = object.downcast_ref::<minijinja::value::Tuple>() {
        return tuple(items.iter().cloned().map(adopt).collect());
    }
    if let Some(items) = object.downcast_ref::<indexmap::IndexMap<Value, Value>>() {
        let items = items.iter().map(|(k, v)| (k.clone(), adopt(v.clone())));
        if let Ok(dict) = dict_of(items) {
            return dict;
        }
    }
    value
}

/// The name of a value's type as Python's messages have it.
pub fn type_name(value: &Value) -> Cow<'static, str> {
    Cow::Borrowed(match kind(value) {
        Kind::Undefined => "Undefined",
        Kind::None => "NoneType",
        Kind::Bool(_) => "bool",
        Kind::Int(_) => "int",
        Kind::Float(_) => "float",
        Kind::Str(_) => "str",
        Kind::Bytes(_) => "bytes",
        Kind::Container(container) => container.type_name(),
        Kind::Object(object) => {
            return match object.get_value_by_str("__type__") {
                Some(name) => Cow::Owned(name.to_string()),
                None => Cow::Borrowed("object"),
            };
        }
    })
}

/// Tells whether Python could call the value.
pub fn is_callable(value: &Value) -> bool {
    match kind(value) {
        Kind::Object(object) => {
            object.is::<super::function::Function>()
                || object.is::<super::evaluate::Macro>()
                || object.is::<super::evaluate::Caller>()
                || object
                    .get_value_by_str("__callable__")
                    .is_some_and(|v| v.is_true())
        }
        _ => false,
    }
}

/// An integer argument, `bool` included as in Python.
pub fn as_int(value: &Value) -> Option<i128> {
    match kind(value) {
        Kind::Bool(b) => Some(i128::from(b)),
        Kind::Int(i) => Some(i),
        _ => None,
    }
}

/// A number argument as a float.
pub fn as_float(value: &Value) -> Option<f64> {
    match kind(value) {
        Kind::Bool(b) => Some(f64::from(u8::from(b))),
        Kind::Int(i) => Some(i as f64),
        Kind::Float(f) => Some(f),
        _ => None,
    }
}

/// A string argument.
pub fn as_str(value: &Value) -> Option<&str> {
    match kind(value) {
        Kind::Str(s) => Some(s),
        _ => None,
    }
}

pub fn too_deep(what: &str) -> JinjaError {
    JinjaError::new(
        super::error::ErrorKind::Recursion,
        format!("maximum recursion depth exceeded {what}"),
    )
}
