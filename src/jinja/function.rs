//! Functions that templates can call, written in Rust.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::context::Context;
use super::engine::Engine;
use super::error::JinjaError;
use super::evaluate::Interpreter;
use super::python::adopt;
use super::python::arguments::Args;
use super::python::methods::Host;

/// One call of a function from a template.
pub struct Call<'a> {
    host: &'a mut dyn Host,
    name: &'a str,
    pub(super) args: Args<'a>,
}

impl Call<'_> {
    pub fn context(&self) -> &Context {
        self.host.context()
    }

    pub fn engine(&self) -> &Engine {
        self.host.engine()
    }

    /// Returns the positional arguments.
    pub fn args(&self) -> &[Value] {
        &self.args.positional
    }

    /// Returns the keyword arguments in the order written.
    pub fn kwargs(&self) -> &[(Cow<'_, str>, Value)] {
        &self.args.keyword
    }

    /// Binds the arguments to parameter names as Python does; the first
    /// `required` ones must be given.
    pub fn bind<const N: usize>(
        &self,
        names: [&'static str; N],
        required: usize,
    ) -> Result<[Option<Value>; N], JinjaError> {
        self.args.bind(self.name, names, required)
    }

    /// Calls a macro or function that came in as a value.
    pub fn invoke(
        &mut self,
        callee: &Value,
        args: &[Value],
        kwargs: &[(String, Value)],
    ) -> Result<Value, JinjaError> {
        let args = Args {
            positional: args.to_vec(),
            keyword: kwargs
                .iter()
                .map(|(k, v)| (Cow::Owned(k.clone()), v.clone()))
                .collect(),
        };
        self.host.call_value(callee, args)
    }

    /// Reads an attribute of a value as a template would.
    pub fn attribute(&mut self, value: &Value, name: &str) -> Result<Value, JinjaError> {
        self.host.get_attribute(value, name)
    }
}

type Body = dyn Fn(&mut Call<'_>) -> Result<Value, JinjaError> + Send + Sync;
type Attributes = dyn Fn(&str) -> Option<Value> + Send + Sync;

/// A function as a value.
pub struct Function {
    name: Cow<'static, str>,
    body: Box<Body>,
    attributes: Option<Box<Attributes>>,
}

impl Function {
    pub(super) fn invoke(&self, host: &mut dyn Host, args: Args<'_>) -> Result<Value, JinjaError> {
        let mut call = Call {
            host,
            name: &self.name,
            args,
        };
        (self.body)(&mut call).map(adopt)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {}>", self.name)
    }
}

impl Object for Function {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "__type__" => Some(Value::from("function")),
            "__name__" => Some(Value::from(&*self.name)),
            _ => self.attributes.as_ref()?(key),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let args = Args::from_values(args);
        Interpreter::from_state(state, |interpreter| self.invoke(interpreter, args))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {}>", self.name)
    }
}

/// Makes a value that templates can call.
pub fn function<F>(name: impl Into<Cow<'static, str>>, f: F) -> Value
where
    F: Fn(&mut Call<'_>) -> Result<Value, JinjaError> + Send + Sync + 'static,
{
    Value::from_object(Function {
        name: name.into(),
        body: Box::new(f),
        attributes: None,
    })
}

/// Makes a value that templates can call and that has attributes and methods
/// besides, as `var.has_var` and `config.get`.
pub fn function_with<F, A>(name: impl Into<Cow<'static, str>>, f: F, attributes: A) -> Value
where
    F: Fn(&mut Call<'_>) -> Result<Value, JinjaError> + Send + Sync + 'static,
    A: Fn(&str) -> Option<Value> + Send + Sync + 'static,
{
    Value::from_object(Function {
        name: name.into(),
        body: Box::new(f),
        attributes: Some(Box::new(attributes)),
    })
}
