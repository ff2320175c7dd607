//! The arguments of a call, and binding them to parameters as Python does.

use std::borrow::Cow;

use minijinja::Value;

use super::{Kind, as_int, kind, type_name};
use crate::jinja::error::JinjaError;

/// The arguments of a call.
#[derive(Debug, Clone, Default)]
pub struct Args<'a> {
    pub positional: Vec<Value>,
    pub keyword: Vec<(Cow<'a, str>, Value)>,
}

impl Args<'_> {
    /// Makes arguments without names.
    pub fn positional(positional: Vec<Value>) -> Self {
        Self {
            positional,
            keyword: Vec::new(),
        }
    }

    /// Splits what `minijinja` hands to an object: the names come last.
    pub fn from_values(values: &[Value]) -> Args<'static> {
        match values.split_last() {
            Some((last, rest)) if last.is_kwargs() => Args {
                positional: rest.to_vec(),
                keyword: last
                    .as_object()
                    .and_then(|object| object.try_iter_pairs())
                    .into_iter()
                    .flatten()
                    .map(|(key, value)| (Cow::Owned(key.to_string()), value))
                    .collect(),
            },
            _ => Args {
                positional: values.to_vec(),
                keyword: Vec::new(),
            },
        }
    }

    /// Puts the arguments into the form that `minijinja` hands to an object.
    pub fn into_values(self) -> Vec<Value> {
        let mut values = self.positional;
        if !self.keyword.is_empty() {
            let kwargs: minijinja::value::Kwargs = self
                .keyword
                .into_iter()
                .map(|(key, value)| (key.into_owned(), value))
                .collect();
            values.push(Value::from(kwargs));
        }
        values
    }

    /// Returns a named argument.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.keyword
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// Binds to parameter names; the first `required` ones must be given.
    pub fn bind<const N: usize>(
        &self,
        function: &str,
        names: [&str; N],
        required: usize,
    ) -> Result<[Option<Value>; N], JinjaError> {
        if self.positional.len() > N {
            let given = self.positional.len();
            let takes = match N {
                0 => "no arguments".to_owned(),
                1 => "at most 1 argument".to_owned(),
                n => format!("at most {n} arguments"),
            };
            return Err(JinjaError::type_error(format!(
                "{function}() takes {takes} ({given} given)"
            )));
        }
        let mut bound = [const { None }; N];
        for (slot, value) in bound.iter_mut().zip(&self.positional) {
            *slot = Some(value.clone());
        }
        for (key, value) in &self.keyword {
            let Some(at) = names.iter().position(|name| name == key) else {
                return Err(JinjaError::type_error(format!(
                    "{function}() got an unexpected keyword argument '{key}'"
                )));
            };
            if bound[at].is_some() {
                return Err(JinjaError::type_error(format!(
                    "{function}() got multiple values for argument '{key}'"
                )));
            }
            bound[at] = Some(value.clone());
        }
        for (name, value) in names.iter().zip(&bound).take(required) {
            if value.is_none() {
                return Err(JinjaError::type_error(format!(
                    "{function}() missing required argument: '{name}'"
                )));
            }
        }
        Ok(bound)
    }

    /// Fails when there are any arguments.
    pub fn none(&self, function: &str) -> Result<(), JinjaError> {
        self.bind(function, [], 0).map(|[]| ())
    }

    /// Binds exactly one argument.
    pub fn one(&self, function: &str, name: &str) -> Result<Value, JinjaError> {
        let [value] = self.bind(function, [name], 1)?;
        Ok(value.unwrap_or_default())
    }
}

/// Reads a string argument, `None` when it is not given or none.
pub fn text<'v>(
    value: &'v Option<Value>,
    function: &str,
    name: &str,
) -> Result<Option<&'v str>, JinjaError> {
    match value {
        None => Ok(None),
        Some(value) => match kind(value) {
            Kind::None | Kind::Undefined => Ok(None),
            Kind::Str(s) => Ok(Some(s)),
            _ => Err(JinjaError::type_error(format!(
                "{function}() argument '{name}' must be str, not {}",
                type_name(value)
            ))),
        },
    }
}

/// Reads an integer argument, `None` when it is not given or none.
pub fn integer(
    value: &Option<Value>,
    function: &str,
    name: &str,
) -> Result<Option<i128>, JinjaError> {
    match value {
        None => Ok(None),
        Some(value) if value.is_none() => Ok(None),
        Some(value) => as_int(value).map(Some).ok_or_else(|| {
            JinjaError::type_error(format!(
                "{function}() argument '{name}' must be int, not {}",
                type_name(value)
            ))
        }),
    }
}

/// Reads a truth argument.
pub fn flag(value: &Option<Value>, default: bool) -> bool {
    value.as_ref().map_or(default, Value::is_true)
}
