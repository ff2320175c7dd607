//! `modules`: what dbt passes on of Python's standard library.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use super::{Module, itertools, regex};
use crate::jinja::error::JinjaError;
use crate::jinja::function::{Call, function};
use crate::jinja::python::datetime::{Temporal, Zone, class_attribute, constructor};

/// Makes `modules`.
pub fn modules() -> Value {
    let class = |name: &'static str| (name, Value::from_object(Class(name)));
    let utc = || Temporal::Zone(Zone::Utc).into_value();
    Module::new(
        "modules",
        [
            (
                "datetime",
                Module::new(
                    "datetime",
                    [
                        class("date"),
                        class("datetime"),
                        class("time"),
                        class("timedelta"),
                        class("tzinfo"),
                    ],
                ),
            ),
            (
                "pytz",
                Module::new(
                    "pytz",
                    [
                        ("utc", utc()),
                        ("UTC", utc()),
                        ("timezone", constructed("timezone")),
                        ("FixedOffset", constructed("FixedOffset")),
                    ],
                ),
            ),
            ("re", regex::module()),
            ("itertools", itertools::module()),
        ],
    )
}

fn constructed(name: &'static str) -> Value {
    function(name, move |call| construct(name, call))
}

fn construct(name: &str, call: &Call<'_>) -> Result<Value, JinjaError> {
    let now = || call.context().now();
    constructor(name, &call.args, &now).unwrap_or_else(|| {
        Err(JinjaError::undefined(format!(
            "`{name}` is not known in `modules.datetime`"
        )))
    })
}

/// A class of `datetime`: it can be called, and has class methods.
#[derive(Debug)]
struct Class(&'static str);

impl Object for Class {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "__type__" => return Some(Value::from("type")),
            "__callable__" => return Some(Value::from(true)),
            _ => {}
        }
        let full = format!("{}.{key}", self.0);
        if let Some(value) = class_attribute(&full) {
            return Some(value);
        }
        let known = matches!(
            (self.0, key),
            (
                "date",
                "today" | "fromisoformat" | "fromordinal" | "fromtimestamp"
            ) | (
                "datetime",
                "now"
                    | "utcnow"
                    | "today"
                    | "strptime"
                    | "fromisoformat"
                    | "fromtimestamp"
                    | "utcfromtimestamp"
                    | "combine"
            ) | ("time", "fromisoformat")
        );
        known.then(|| function(full.clone(), move |call| construct(&full, call)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call(
        self: &Arc<Self>,
        state: &mut minijinja::State<'_, '_>,
        args: &[Value],
    ) -> Result<Value, minijinja::Error> {
        constructed(self.0).call(state, args)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<class 'datetime.{}'>", self.0)
    }
}
