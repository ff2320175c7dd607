//! Reading attributes and items, and calling values.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

use super::frame::Frame;
use super::loops::Loop;
use super::macros::{Caller, Macro};
use super::run::Interpreter;
use super::statement::Output;
use crate::jinja::error::JinjaError;
use crate::jinja::function::Function;
use crate::jinja::functions::Namespace;
use crate::jinja::python::arguments::Args;
use crate::jinja::python::methods;
use crate::jinja::python::{
    Container, Kind, adopt, char_at, collect, dict_of, kind, pairs, type_name,
};
use crate::jinja::syntax::{CallBlock, ExprKind};

/// A method of a value that is not called yet: `text.upper`.
#[derive(Debug)]
pub struct Bound {
    pub value: Value,
    pub name: String,
}

impl Object for Bound {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "__type__" => Some(Value::from("builtin_function_or_method")),
            "__callable__" => Some(Value::from(true)),
            "__name__" => Some(Value::from(&*self.name)),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        call_method_from_state(state, &self.value, &self.name, args)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<built-in method {} of {} object>",
            self.name,
            type_name(&self.value)
        )
    }
}

/// Calls a method for an object that `minijinja` runs.
pub fn call_method_from_state(
    state: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    args: &[Value],
) -> Result<Value, Error> {
    let args = Args::from_values(args);
    Interpreter::from_state(state, |interpreter| {
        interpreter.call_method(value, name, args)
    })?
    .ok_or_else(|| Error::from(ErrorKind::UnknownMethod))
}

/// Sets an attribute of a namespace.
pub fn set_attribute(owner: &Value, name: &str, value: Value) -> Result<(), JinjaError> {
    match owner.downcast_object_ref::<Namespace>() {
        Some(namespace) => {
            namespace.set(name, value);
            Ok(())
        }
        None => Err(JinjaError::type_error(format!(
            "cannot assign an attribute to a value of type {}; `namespace()` makes one that can",
            type_name(owner)
        ))),
    }
}

/// Takes a value apart into exactly so many items.
pub fn unpack(value: &Value, count: usize) -> Result<Vec<Value>, JinjaError> {
    let items = collect(value).map_err(|_| {
        JinjaError::type_error(format!(
            "cannot unpack non-iterable {} object",
            type_name(value)
        ))
    })?;
    match items.len() {
        len if len == count => Ok(items),
        len if len < count => Err(JinjaError::value_error(format!(
            "not enough values to unpack (expected {count}, got {len})"
        ))),
        _ => Err(JinjaError::value_error(format!(
            "too many values to unpack (expected {count})"
        ))),
    }
}

impl Interpreter<'_> {
    /// Reads `value.name`; what is not there is undefined.
    pub fn attribute(&mut self, value: &Value, name: &str) -> Value {
        match kind(value) {
            Kind::Container(Container::Dict(dict)) => {
                if methods::is_dict_method(name) {
                    return bound(value, name);
                }
                dict.get_str(name).unwrap_or_default()
            }
            Kind::Object(object) => {
                if name.starts_with("__") && name.ends_with("__") {
                    return Value::UNDEFINED;
                }
                match object.get_value_by_str(name) {
                    Some(value) => adopt(value),
                    None if methods::has(value, name) => bound(value, name),
                    None => Value::UNDEFINED,
                }
            }
            Kind::Undefined | Kind::None => Value::UNDEFINED,
            _ if methods::has(value, name) => bound(value, name),
            _ => Value::UNDEFINED,
        }
    }

    /// Reads `value[key]`; what is not there is undefined.
    pub fn item(&mut self, value: &Value, key: &Value) -> Value {
        let found = match kind(value) {
            Kind::Container(container) => container.get_item(key),
            Kind::Str(s) => match kind(key) {
                Kind::Int(at) => char_at(s, at),
                Kind::Bool(at) => char_at(s, i128::from(at)),
                _ => None,
            },
            Kind::Object(object) => match kind(key) {
                Kind::Str(name) if name.starts_with("__") && name.ends_with("__") => None,
                Kind::Int(at) if at < 0 && object.repr() == ObjectRepr::Seq => {
                    let len = object.enumerator_len().unwrap_or(0) as i128;
                    object.get_value(&crate::jinja::python::int(at + len))
                }
                _ => object.get_value(key),
            }
            .map(adopt),
            _ => None,
        };
        match (found, kind(key)) {
            (Some(found), _) => found,
            (None, Kind::Str(name)) => self.attribute(value, name),
            _ => Value::UNDEFINED,
        }
    }

    /// Calls `value.name(...)`; `None` when there is no such method.
    pub fn call_method(
        &mut self,
        value: &Value,
        name: &str,
        args: Args<'_>,
    ) -> Result<Option<Value>, JinjaError> {
        if let Some(result) = methods::call(self, value, name, &args) {
            return result.map(Some);
        }
        match kind(value) {
            Kind::Container(Container::Dict(dict)) => match dict.get_str(name) {
                Some(function) => self.call(&function, args).map(Some),
                None => Ok(None),
            },
            Kind::Object(object) => {
                if let Some(loop_) = object.downcast_ref::<Loop>() {
                    return loop_.call(name, &args).transpose();
                }
                // A function among the attributes first: ours are found that
                // way, and it costs others nothing.
                if let Some(function) = object.get_value_by_str(name)
                    && function.as_object().is_some()
                {
                    return self.call(&function, args).map(Some);
                }
                let values = args.clone().into_values();
                match object.call_method(self.state(), name, &values) {
                    Ok(result) => Ok(Some(adopt(result))),
                    Err(error) if error.kind() == ErrorKind::UnknownMethod => {
                        self.mapping_method(value, name, args)
                    }
                    Err(error) => Err(error.into()),
                }
            }
            _ => Ok(None),
        }
    }

    /// Calls a method of dicts on what is only like a dict.
    fn mapping_method(
        &mut self,
        value: &Value,
        name: &str,
        args: Args<'_>,
    ) -> Result<Option<Value>, JinjaError> {
        if !methods::is_dict_method(name) {
            return Ok(None);
        }
        if name == "get" && args.keyword.is_empty() && !args.positional.is_empty() {
            let Some(object) = value.as_object().filter(|o| o.repr() == ObjectRepr::Map) else {
                return Ok(None);
            };
            let default = args.positional.get(1).cloned();
            let found = object.get_value(&args.positional[0]).map(adopt);
            return Ok(Some(found.or(default).unwrap_or_else(|| Value::from(()))));
        }
        let Some(pairs) = pairs(value) else {
            return Ok(None);
        };
        let dict = dict_of(pairs)?;
        methods::call(self, &dict, name, &args).transpose()
    }

    /// Calls a value.
    pub fn call(&mut self, callee: &Value, args: Args<'_>) -> Result<Value, JinjaError> {
        let Some(object) = callee.as_object() else {
            return Err(JinjaError::type_error(format!(
                "'{}' object is not callable",
                type_name(callee)
            )));
        };
        if let Some(function) = object.downcast_ref::<Function>() {
            return function.invoke(self, args);
        }
        if let Some(macro_) = object.downcast_ref::<Macro>() {
            return self.call_macro(macro_.id, args);
        }
        if let Some(caller) = object.downcast::<Caller>() {
            return self.call_caller(&caller, args);
        }
        if let Some(method) = object.downcast_ref::<Bound>() {
            let (value, name) = (method.value.clone(), method.name.clone());
            return match self.call_method(&value, &name, args)? {
                Some(result) => Ok(result),
                None => Err(JinjaError::undefined(format!(
                    "'{} object' has no attribute '{name}'",
                    type_name(&value)
                ))),
            };
        }
        if object.is::<Container>() {
            return Err(JinjaError::type_error(format!(
                "'{}' object is not callable",
                type_name(callee)
            )));
        }
        let values = args.into_values();
        match object.call(self.state(), &values) {
            Ok(result) => Ok(adopt(result)),
            Err(error) => Err(error.into()),
        }
    }

    /// Runs a call block.
    pub fn call_block<'t>(
        &mut self,
        frame: &mut Frame<'t>,
        block: &'t CallBlock,
    ) -> Result<Value, JinjaError> {
        let caller = Self::caller_value(frame, &block.definition);
        let ExprKind::Call(callee, args) = &block.call.kind else {
            return Err(JinjaError::other("a call block holds no call"));
        };
        self.eval_call(frame, &block.call, callee, args, Some(caller))
    }

    /// Calls `loop(items)` inside of a recursive loop; `None` when the value is
    /// not such a loop.
    pub fn call_loop(
        &mut self,
        frame: &mut Frame<'_>,
        callee: &Value,
        args: &Args<'_>,
    ) -> Option<Result<Value, JinjaError>> {
        let loop_ = callee.downcast_object_ref::<Loop>()?;
        if !loop_.recursive {
            return Some(Err(JinjaError::type_error(
                "the loop must have the `recursive` marker to be called",
            )));
        }
        let for_ = frame.recursive_loop(callee)?;
        let depth = loop_.depth() + 1;
        let iterable = match args.one("loop", "iterable") {
            Ok(iterable) => iterable,
            Err(error) => return Some(Err(error)),
        };
        Some(self.deeper(|interpreter| {
            let mut text = String::new();
            interpreter.for_loop(frame, for_, &iterable, depth, &mut Output::Text(&mut text))?;
            Ok(Value::from(text))
        }))
    }
}

fn bound(value: &Value, name: &str) -> Value {
    Value::from_object(Bound {
        value: value.clone(),
        name: name.to_owned(),
    })
}
