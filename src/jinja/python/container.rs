//! The one object type for all of Python's containers.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::dict::{Dict, Key, View};
use super::generator::{Generator, Range};
use super::list::{List, Tuple};
use super::set::Set;
use super::{as_int, as_str};

/// A container.
#[derive(Debug)]
pub enum Container {
    List(List),
    Tuple(Tuple),
    Dict(Dict),
    Set(Set),
    View(View),
    Range(Range),
    Generator(Generator),
}

impl Container {
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::Set(_) => "set",
            Self::View(view) => view.kind.type_name(),
            Self::Range(_) => "range",
            Self::Generator(generator) => generator.name,
        }
    }

    /// Returns the number of items, none for a generator.
    pub fn len(&self) -> Option<usize> {
        match self {
            Self::List(list) => Some(list.len()),
            Self::Tuple(tuple) => Some(tuple.len()),
            Self::Dict(dict) => Some(dict.len()),
            Self::Set(set) => Some(set.len()),
            Self::View(view) => Some(view.len()),
            Self::Range(range) => Some(range.len()),
            Self::Generator(_) => None,
        }
    }

    /// Copies the items; a generator is emptied.
    pub fn items(&self) -> Vec<Value> {
        match self {
            Self::List(list) => list.snapshot(),
            Self::Tuple(tuple) => tuple.to_vec(),
            Self::Dict(dict) => dict.keys(),
            Self::Set(set) => set.items(),
            Self::View(view) => view.items(),
            Self::Range(range) => range.iter().collect(),
            Self::Generator(generator) => generator.drain(),
        }
    }

    /// Reads `container[key]`.
    pub fn get_item(&self, key: &Value) -> Option<Value> {
        let at = |len: usize| {
            let index = as_int(key)?;
            let index = if index < 0 {
                index + len as i128
            } else {
                index
            };
            usize::try_from(index).ok().filter(|i| *i < len)
        };
        match self {
            Self::List(list) => list.get(at(list.len())?),
            Self::Tuple(tuple) => tuple.get(at(tuple.len())?).cloned(),
            Self::Range(range) => range.get(at(range.len())?),
            Self::Dict(dict) => match as_str(key) {
                Some(name) => dict.get_str(name),
                None => dict.get(&Key::of(key).ok()?),
            },
            Self::Set(_) | Self::View(_) | Self::Generator(_) => None,
        }
    }
}

impl Object for Container {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match **self {
            Self::List(_) | Self::Tuple(_) | Self::Range(_) => ObjectRepr::Seq,
            Self::Dict(_) => ObjectRepr::Map,
            Self::Set(_) | Self::View(_) | Self::Generator(_) => ObjectRepr::Iterable,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_item(key)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match &**self {
            Self::Dict(dict) => dict.get_str(key),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &**self {
            Self::Dict(dict) => Enumerator::KeyValueIter(Box::new(dict.pairs().into_iter())),
            other => Enumerator::Values(other.items()),
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.len()
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.len() != Some(0)
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        crate::jinja::evaluate::call_method_from_state(
            state,
            &Value::from_dyn_object(self.clone()),
            method,
            args,
        )
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match super::str(&Value::from_dyn_object(self.clone())) {
            Ok(text) => f.write_str(&text),
            Err(_) => f.write_str("..."),
        }
    }
}

thread_local! {
    static RUBBLE: RefCell<Option<Vec<Value>>> = const { RefCell::new(None) };
}

/// Drops values without recursing into what they contain.
///
/// A list in a list in a list, a hundred thousand deep, would otherwise take as
/// many stack frames to drop.
pub fn dismantle(values: impl Iterator<Item = Value>) {
    let mut objects: Vec<Value> = values.filter(|value| value.as_object().is_some()).collect();
    if objects.is_empty() {
        return;
    }
    let is_outermost = RUBBLE.try_with(|rubble| {
        let mut rubble = rubble.borrow_mut();
        match &mut *rubble {
            Some(pending) => {
                pending.append(&mut objects);
                false
            }
            None => {
                *rubble = Some(std::mem::take(&mut objects));
                true
            }
        }
    });
    if is_outermost != Ok(true) {
        return;
    }
    loop {
        let next = RUBBLE.with(|rubble| {
            let mut rubble = rubble.borrow_mut();
            let next = rubble.as_mut().and_then(Vec::pop);
            if next.is_none() {
                *rubble = None;
            }
            next
        });
        match next {
            Some(value) => drop(value),
            None => return,
        }
    }
}
