//! `config` while a project is parsed: it writes down what is set and answers
//! every question with an empty text, as dbt does.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State};
use serde_json::Map;

use super::context::Recorder;
use crate::jinja::{JinjaError, Value, function, to_json};

/// `config`, of one node.
#[derive(Debug)]
pub(super) struct ConfigObject(Arc<Recorder>);

impl ConfigObject {
    pub(super) fn value(recorder: Arc<Recorder>) -> Value {
        Value::from_object(Self(recorder))
    }
}

impl Object for ConfigObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "get" | "require" | "meta_get" | "meta_require" => {
                function("config.get", |_| Ok(Value::from("")))
            }
            "persist_relation_docs" | "persist_column_docs" => {
                function("config.persist_docs", |_| Ok(Value::from(false)))
            }
            "set" => {
                let recorder = Arc::clone(&self.0);
                function("config.set", move |call| {
                    let [name, value] = call.bind(["name", "value"], 2)?;
                    let name = name.map(|n| n.to_string()).unwrap_or_default();
                    let value = to_json(&value.unwrap_or_default());
                    recorder.config(Map::from_iter([(name, value)]));
                    Ok(Value::from(""))
                })
            }
            "__callable__" => Value::from(true),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let call = match args {
            [] => Map::new(),
            [kwargs] if kwargs.is_kwargs() => {
                let kwargs = Kwargs::try_from(kwargs.clone())?;
                let mut call = Map::new();
                for name in kwargs.args() {
                    let value: Value = kwargs.get(name)?;
                    call.insert(name.to_owned(), to_json(&value));
                }
                call
            }
            [one] => match to_json(one) {
                serde_json::Value::Object(map) => map,
                _ => return Err(wrong_arguments()),
            },
            _ => return Err(wrong_arguments()),
        };
        self.0.config(call);
        Ok(Value::from(""))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<config>")
    }
}

fn wrong_arguments() -> Error {
    let error = JinjaError::type_error(
        "`config()` takes named arguments, such as materialized='table', or one mapping",
    );
    Error::new(ErrorKind::InvalidOperation, error.message().to_owned()).with_source(error)
}
