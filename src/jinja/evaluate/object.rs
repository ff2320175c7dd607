//! `context` and `builtins`, which are like dicts of names.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object};

use super::run::Run;
use crate::jinja::error::JinjaError;
use crate::jinja::function::{Call, function};

/// `context`: every name that a template sees.
#[derive(Debug)]
pub struct ContextView(pub Arc<Run>);

impl Object for ContextView {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.lookup(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "__type__" | "__repr__" | "__iter__" | "__callable__" => None,
            "update" => {
                let run = Arc::clone(&self.0);
                Some(function("update", move |call| update(&run, call)))
            }
            _ => self.0.lookup(key),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.names().into_iter().map(Value::from).collect())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<context>")
    }
}

/// `context.update(...)`: packages keep there what is to last from one macro to
/// the next.
fn update(run: &Run, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    for mapping in call.args() {
        for key in mapping.try_iter()? {
            let value = mapping.get_item(&key)?;
            run.context.assign(key.to_string(), value);
        }
    }
    for (key, value) in call.kwargs() {
        run.context.assign(key.to_string(), value.clone());
    }
    Ok(Value::from(()))
}

/// `builtins`: the names that are no macros, so that a macro can replace one and
/// still use it.
#[derive(Debug)]
pub struct Builtins(pub Arc<Run>);

impl Object for Builtins {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.builtin(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "__type__" | "__repr__" | "__iter__" | "__callable__" => None,
            _ => self.0.builtin(key),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let mut names: Vec<Value> = self
            .0
            .context
            .scope()
            .names()
            .iter()
            .map(|name| Value::from(&**name))
            .collect();
        names.extend(self.0.engine.global_names().map(Value::from));
        Enumerator::Values(names)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<builtins>")
    }
}
