//! `config` while a project is parsed: it writes down what is set and answers
//! every question with an empty text, as dbt does.

use std::sync::Arc;

use serde_json::Map;

use super::context::Recorder;
use crate::jinja::{Call, JinjaError, Value, function, function_with, to_json};

/// Makes `config` of one node.
pub(super) fn config_function(recorder: &Arc<Recorder>) -> Value {
    let (of_call, of_set) = (Arc::clone(recorder), Arc::clone(recorder));
    function_with(
        "config",
        move |call| record(&of_call, call),
        move |name| attribute(&of_set, name),
    )
}

fn record(recorder: &Recorder, call: &Call<'_>) -> Result<Value, JinjaError> {
    let wrong = || {
        JinjaError::type_error(
            "`config()` takes named arguments, such as materialized='table', or one mapping",
        )
    };
    let config = match (call.args(), call.kwargs()) {
        ([], kwargs) => kwargs
            .iter()
            .map(|(key, value)| (key.to_string(), to_json(value)))
            .collect(),
        ([one], []) => match to_json(one) {
            serde_json::Value::Object(map) => map,
            _ => return Err(wrong()),
        },
        _ => return Err(wrong()),
    };
    if let Some((under, dashed)) = spelled_twice(&config) {
        return Err(JinjaError::other(format!(
            "`config()` names the same hook twice, as `{under}` and as `{dashed}`; keep one of them"
        )));
    }
    recorder.config(config);
    Ok(Value::from(""))
}

/// Returns both names of a hook that one call gives under both.
pub(super) fn spelled_twice(
    config: &Map<String, serde_json::Value>,
) -> Option<(&'static str, &'static str)> {
    [("pre_hook", "pre-hook"), ("post_hook", "post-hook")]
        .into_iter()
        .find(|(under, dashed)| config.contains_key(*under) && config.contains_key(*dashed))
}

fn attribute(recorder: &Arc<Recorder>, name: &str) -> Option<Value> {
    Some(match name {
        "get" | "require" | "meta_get" | "meta_require" => {
            function("config.get", |_| Ok(Value::from("")))
        }
        "persist_relation_docs" | "persist_column_docs" => {
            function("config.persist_docs", |_| Ok(Value::from(false)))
        }
        "set" => {
            let recorder = Arc::clone(recorder);
            function("config.set", move |call| {
                let [name, value] = call.bind(["name", "value"], 2)?;
                let name = name.map(|n| n.to_string()).unwrap_or_default();
                let value = to_json(&value.unwrap_or_default());
                recorder.config(Map::from_iter([(name, value)]));
                Ok(Value::from(""))
            })
        }
        _ => return None,
    })
}
