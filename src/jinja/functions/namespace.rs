//! Objects with names: `namespace()`, modules, packages, and Jinja2's small
//! counters.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use crate::jinja::error::JinjaError;
use crate::jinja::function::function;
use crate::jinja::python::arguments::Args;
use crate::jinja::python::methods::pairs_of;
use crate::jinja::python::{dict, dismantle, repr, str, write_once};

/// `namespace()`: attributes that can be set from inner scopes.
#[derive(Debug, Default)]
pub struct Namespace(Mutex<IndexMap<String, Value>>);

impl Namespace {
    pub fn set(&self, name: &str, value: Value) {
        let old = {
            let mut attributes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            attributes.insert(name.to_owned(), value)
        };
        drop(old);
    }

    fn get(&self, name: &str) -> Option<Value> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let attributes = std::mem::take(self.0.get_mut().unwrap_or_else(PoisonError::into_inner));
        dismantle(attributes.into_values());
    }
}

impl Object for Namespace {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "__type__" => Some(Value::from("Namespace")),
            _ => self.get(key),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributes = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut shown = String::new();
        let written = write_once(&**self, || {
            shown = repr(&dict(attributes))?;
            Ok(())
        });
        match written {
            Some(Ok(())) => write!(f, "<Namespace {shown}>"),
            Some(Err(_)) | None => f.write_str("<Namespace {...}>"),
        }
    }
}

/// Calls `namespace(...)`.
pub fn make(args: &Args<'_>) -> Result<Value, JinjaError> {
    let namespace = Namespace::default();
    for source in &args.positional {
        for (key, value) in pairs_of(source)? {
            namespace.set(&str(&key)?, value);
        }
    }
    for (key, value) in &args.keyword {
        namespace.set(key, value.clone());
    }
    Ok(Value::from_object(namespace))
}

/// A fixed set of names, like a Python module.
#[derive(Debug)]
pub struct Module {
    pub name: &'static str,
    members: IndexMap<&'static str, Value>,
}

impl Module {
    /// Returns a module as the value that templates see.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(
        name: &'static str,
        members: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Value {
        Value::from_object(Self {
            name,
            members: members.into_iter().collect(),
        })
    }
}

impl Object for Module {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.members.get(key).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.members.keys().map(|name| Value::from(*name)).collect())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.name)
    }
}

/// The macros of a package: `dbt_utils`.
#[derive(Debug)]
pub struct Package(pub IndexMap<Arc<str>, Value, RandomState>);

impl Object for Package {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.0.get(key).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys().map(Value::from).collect())
    }
}

/// Calls `cycler(...)`.
pub fn cycler(args: &Args<'_>) -> Result<Value, JinjaError> {
    if args.positional.is_empty() {
        return Err(JinjaError::type_error(
            "at least one item has to be provided",
        ));
    }
    Ok(Value::from_object(Cycler {
        items: args.positional.clone(),
        position: Arc::new(AtomicUsize::new(0)),
    }))
}

#[derive(Debug)]
struct Cycler {
    items: Vec<Value>,
    position: Arc<AtomicUsize>,
}

impl Drop for Cycler {
    fn drop(&mut self) {
        dismantle(std::mem::take(&mut self.items).into_iter());
    }
}

impl Object for Cycler {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let this = self.clone();
        Some(match key {
            "__type__" => Value::from("Cycler"),
            "current" => self.items[self.position.load(Ordering::Relaxed)].clone(),
            "next" => function("next", move |_| {
                let at = this.position.load(Ordering::Relaxed);
                this.position
                    .store((at + 1) % this.items.len(), Ordering::Relaxed);
                Ok(this.items[at].clone())
            }),
            "reset" => function("reset", move |_| {
                this.position.store(0, Ordering::Relaxed);
                Ok(Value::from(()))
            }),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// Calls `joiner(sep)`: nothing the first time, then the separator.
pub fn joiner(args: &Args<'_>) -> Result<Value, JinjaError> {
    let [separator] = args.bind("joiner", ["sep"], 0)?;
    let separator = Held(separator.unwrap_or_else(|| Value::from(", ")));
    let used = AtomicBool::new(false);
    Ok(function("joiner", move |_| {
        if used.swap(true, Ordering::Relaxed) {
            Ok(separator.0.clone())
        } else {
            Ok(Value::from(""))
        }
    }))
}

/// A value that a function keeps, dropped without recursion.
struct Held(Value);

impl Drop for Held {
    fn drop(&mut self) {
        dismantle(std::iter::once(std::mem::take(&mut self.0)));
    }
}
