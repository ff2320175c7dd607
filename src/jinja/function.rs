//! Functions that templates can call, written in Rust.

use minijinja::Value;

use super::context::Context;
use super::engine::Engine;
use super::error::JinjaError;

/// One call of a function from a template.
pub struct Call<'a> {
    pub(super) context: &'a Context,
    pub(super) engine: &'a Engine,
    pub(super) args: &'a [Value],
    pub(super) kwargs: Vec<(String, Value)>,
}

impl Call<'_> {
    pub fn context(&self) -> &Context {
        self.context
    }

    pub fn engine(&self) -> &Engine {
        self.engine
    }

    /// Returns the positional arguments.
    pub fn args(&self) -> &[Value] {
        self.args
    }

    /// Returns the keyword arguments in the order written.
    pub fn kwargs(&self) -> &[(String, Value)] {
        &self.kwargs
    }

    /// Binds the arguments to parameter names as Python does; the first
    /// `required` ones must be given.
    pub fn bind<const N: usize>(
        &self,
        names: [&'static str; N],
        required: usize,
    ) -> Result<[Option<Value>; N], JinjaError> {
        let _ = (names, required);
        Err(JinjaError::other("not there yet"))
    }

    /// Calls a macro or function that came in as a value.
    pub fn invoke(
        &mut self,
        callee: &Value,
        args: &[Value],
        kwargs: &[(String, Value)],
    ) -> Result<Value, JinjaError> {
        let _ = (callee, args, kwargs);
        Err(JinjaError::other("not there yet"))
    }
}

/// Makes a value that templates can call.
pub fn function<F>(name: &'static str, f: F) -> Value
where
    F: Fn(&mut Call<'_>) -> Result<Value, JinjaError> + Send + Sync + 'static,
{
    let _ = (name, f);
    Value::UNDEFINED
}
