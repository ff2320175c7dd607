//! Dicts, their keys and their views.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use indexmap::{Equivalent, IndexMap};
use minijinja::Value;

use super::container::{Container, dismantle};
use super::{Kind, kind, repr, tuple, type_name};
use crate::jinja::error::JinjaError;

/// A hashable value, so that `1`, `1.0` and `true` are the same key.
#[derive(Debug, Clone)]
pub enum Key {
    None,
    Int(i128),
    Float(u64),
    Str(Value),
    Tuple(Vec<Key>),
    /// What is hashable by what it shows: dates, relations, numbers as text.
    Shown(Box<str>),
    Undefined,
}

/// How deep the tuples of a key may be nested.
const MAX_DEPTH: u32 = 64;

impl Key {
    /// Hashes a value, or fails as Python does for lists and dicts.
    pub fn of(value: &Value) -> Result<Self, JinjaError> {
        Self::of_nested(value, 0)
    }

    fn of_nested(value: &Value, depth: u32) -> Result<Self, JinjaError> {
        Ok(match kind(value) {
            Kind::Undefined => Self::Undefined,
            Kind::None => Self::None,
            Kind::Bool(b) => Self::Int(i128::from(b)),
            Kind::Int(i) => Self::Int(i),
            Kind::Float(f) if f == f.trunc() && f.abs() < 1e30 => Self::Int(f as i128),
            Kind::Float(f) => Self::Float(f.to_bits()),
            Kind::Str(_) => Self::Str(value.clone()),
            Kind::Bytes(_) => Self::Shown(repr(value)?.into()),
            Kind::Container(Container::Tuple(items)) => {
                if depth > MAX_DEPTH {
                    return Err(super::too_deep("while hashing"));
                }
                let nested = || items.iter().map(|item| Self::of_nested(item, depth + 1));
                Self::Tuple(if depth == 1 {
                    stacker::maybe_grow(256 * 1024, 1024 * 1024, || {
                        nested().collect::<Result<_, _>>()
                    })?
                } else {
                    nested().collect::<Result<_, _>>()?
                })
            }
            Kind::Container(Container::Range(_)) | Kind::Object(_) => {
                Self::Shown(format!("{}\0{}", type_name(value), repr(value)?).into())
            }
            Kind::Container(_) => {
                let name = type_name(value);
                return Err(JinjaError::type_error(format!("unhashable type: '{name}'")));
            }
        })
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) | (Self::Undefined, Self::Undefined) => true,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Str(a), Self::Str(b)) => a.as_str() == b.as_str(),
            (Self::Tuple(a), Self::Tuple(b)) => a == b,
            (Self::Shown(a), Self::Shown(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::None => 0u8.hash(state),
            Self::Int(i) => (1u8, i).hash(state),
            Self::Float(bits) => (2u8, bits).hash(state),
            Self::Str(s) => Text(s.as_str().unwrap_or_default()).hash(state),
            Self::Tuple(items) => (4u8, items).hash(state),
            Self::Shown(text) => (5u8, text).hash(state),
            Self::Undefined => 6u8.hash(state),
        }
    }
}

/// A string key that is only looked up.
pub struct Text<'a>(pub &'a str);

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (3u8, self.0).hash(state);
    }
}

impl Equivalent<Key> for Text<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        matches!(key, Key::Str(s) if s.as_str() == Some(self.0))
    }
}

/// The key as it was given, and the value.
pub type Entries = IndexMap<Key, (Value, Value), RandomState>;

/// Makes room for so many entries.
pub fn entries(count: usize) -> Entries {
    Entries::with_capacity_and_hasher(count, RandomState::default())
}

/// Sets a key; an existing key stays as it is and where it is.
pub fn insert(entries: &mut Entries, hashed: Key, key: Value, value: Value) -> Option<Value> {
    match entries.entry(hashed) {
        indexmap::map::Entry::Occupied(mut entry) => {
            Some(std::mem::replace(&mut entry.get_mut().1, value))
        }
        indexmap::map::Entry::Vacant(entry) => {
            entry.insert((key, value));
            None
        }
    }
}

/// A shared, mutable dict in insertion order.
#[derive(Debug, Default)]
pub struct Dict(Mutex<Entries>);

impl Dict {
    pub fn new(entries: Entries) -> Self {
        Self(Mutex::new(entries))
    }

    pub fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn len(&self) -> usize {
        self.lock().len()
    }

    pub fn get(&self, key: &Key) -> Option<Value> {
        self.lock().get(key).map(|(_, value)| value.clone())
    }

    pub fn get_str(&self, key: &str) -> Option<Value> {
        self.lock().get(&Text(key)).map(|(_, value)| value.clone())
    }

    pub fn contains_str(&self, key: &str) -> bool {
        self.lock().contains_key(&Text(key))
    }

    pub fn insert(&self, key: Value, value: Value) -> Result<(), JinjaError> {
        let hashed = Key::of(&key)?;
        let old = insert(&mut self.lock(), hashed, key, value);
        drop(old);
        Ok(())
    }

    pub fn keys(&self) -> Vec<Value> {
        self.lock().values().map(|(key, _)| key.clone()).collect()
    }

    pub fn values(&self) -> Vec<Value> {
        self.lock()
            .values()
            .map(|(_, value)| value.clone())
            .collect()
    }

    pub fn pairs(&self) -> Vec<(Value, Value)> {
        self.lock().values().cloned().collect()
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        let entries = std::mem::take(self.0.get_mut().unwrap_or_else(PoisonError::into_inner));
        dismantle(entries.into_values().flat_map(|(key, value)| [key, value]));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewKind {
    Keys,
    Values,
    Items,
}

impl ViewKind {
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Keys => "dict_keys",
            Self::Values => "dict_values",
            Self::Items => "dict_items",
        }
    }
}

/// `dict.keys()`, `dict.values()` or `dict.items()`: follows the dict.
#[derive(Debug)]
pub struct View {
    pub kind: ViewKind,
    pub container: Arc<Container>,
}

impl View {
    pub fn dict(&self) -> Option<&Dict> {
        match &*self.container {
            Container::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    pub fn len(&self) -> usize {
        self.dict().map_or(0, Dict::len)
    }

    pub fn items(&self) -> Vec<Value> {
        let Some(dict) = self.dict() else {
            return Vec::new();
        };
        match self.kind {
            ViewKind::Keys => dict.keys(),
            ViewKind::Values => dict.values(),
            ViewKind::Items => dict
                .pairs()
                .into_iter()
                .map(|(key, value)| tuple(vec![key, value]))
                .collect(),
        }
    }
}
