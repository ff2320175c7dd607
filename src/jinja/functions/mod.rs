//! The functions that dbt and Jinja2 give every template.

mod contract;
mod dbt;
mod exceptions;
mod itertools;
pub mod json;
mod literal;
mod modules;
mod namespace;
mod regex;
mod translate;
mod yaml;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use minijinja::Value;

use super::error::JinjaError;
use super::function::function;
use super::python::arguments::Args;
use super::python::methods::pairs_of;
use super::python::{Container, Range, as_int, dict_of, type_name};

pub use exceptions::exceptions;
pub use literal::literal_eval;
pub use namespace::{Module, Namespace, Package};
pub use yaml::dump_indented;

/// More than any template counts to.
const MAX_RANGE: usize = 100_000;

/// Makes the functions that are there everywhere.
pub fn globals() -> IndexMap<&'static str, Value, RandomState> {
    let mut globals = IndexMap::default();
    dbt::add(&mut globals);
    globals.insert("exceptions", exceptions::exceptions());
    globals.insert("modules", modules::modules());
    globals.insert("range", function("range", |call| range(call.args())));
    globals.insert("dict", function("dict", |call| dict(&call.args)));
    globals.insert(
        "namespace",
        function("namespace", |call| namespace::make(&call.args)),
    );
    globals.insert(
        "cycler",
        function("cycler", |call| namespace::cycler(&call.args)),
    );
    globals.insert(
        "joiner",
        function("joiner", |call| namespace::joiner(&call.args)),
    );
    globals
}

fn range(args: &[Value]) -> Result<Value, JinjaError> {
    let number = |value: &Value| {
        as_int(value)
            .and_then(|i| i64::try_from(i).ok())
            .ok_or_else(|| {
                JinjaError::type_error(format!(
                    "'{}' object cannot be interpreted as an integer",
                    type_name(value)
                ))
            })
    };
    let range = match args {
        [stop] => Range {
            start: 0,
            stop: number(stop)?,
            step: 1,
        },
        [start, stop] => Range {
            start: number(start)?,
            stop: number(stop)?,
            step: 1,
        },
        [start, stop, step] => Range {
            start: number(start)?,
            stop: number(stop)?,
            step: number(step)?,
        },
        _ => {
            return Err(JinjaError::type_error(format!(
                "range expected 1 to 3 arguments, got {}",
                args.len()
            )));
        }
    };
    if range.step == 0 {
        return Err(JinjaError::value_error("range() arg 3 must not be zero"));
    }
    // Jinja2's sandbox has the same limit.
    if range.len() > MAX_RANGE {
        return Err(JinjaError::value_error(format!(
            "Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MAX_RANGE})."
        )));
    }
    Ok(Value::from_object(Container::Range(range)))
}

fn dict(args: &Args<'_>) -> Result<Value, JinjaError> {
    let mut pairs = match &args.positional[..] {
        [] => Vec::new(),
        [source] => pairs_of(source)?,
        more => {
            return Err(JinjaError::type_error(format!(
                "dict expected at most 1 argument, got {}",
                more.len()
            )));
        }
    };
    pairs.extend(
        args.keyword
            .iter()
            .map(|(k, v)| (Value::from(k.as_ref()), v.clone())),
    );
    dict_of(pairs)
}
