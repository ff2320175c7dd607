//! `config`: what a node is configured with.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{NodeState, StateKind, bound, nothing, text};
use crate::jinja::{Call, JinjaError, Value, from_json, function_with, python};
use crate::parse::ResourceType;

/// Makes `config`. Called it does nothing, since configs were read before the
/// run.
pub fn value(state: &Arc<NodeState>) -> Value {
    let state = Arc::clone(state);
    function_with(
        "config",
        |_| Ok(nothing()),
        move |name| attribute(&state, name),
    )
}

fn attribute(state: &Arc<NodeState>, name: &str) -> Option<Value> {
    Some(match name {
        "get" => bound(state, "get", get),
        "require" => bound(state, "require", require),
        "meta_get" => bound(state, "meta_get", meta_get),
        "meta_require" => bound(state, "meta_require", meta_require),
        "set" => bound(state, "set", |_, _| Ok(nothing())),
        "persist_relation_docs" => bound(state, "persist_relation_docs", |state, _| {
            persists(state, "relation")
        }),
        "persist_column_docs" => bound(state, "persist_column_docs", |state, _| {
            persists(state, "columns")
        }),
        "model" => super::model::model_value(state),
        _ => return None,
    })
}

/// Finds a config. One that dbt knows is there even when it is unset, and
/// then it is none, not the default.
fn find<'s>(state: &'s NodeState, name: &str) -> Option<&'s Json> {
    if state.kind == StateKind::Macro {
        return None;
    }
    let config = &state.node.config.0;
    match name {
        "pre_hook" => config.get("pre-hook"),
        "post_hook" => config.get("post-hook"),
        _ => config.get(name),
    }
}

fn find_meta<'s>(state: &'s NodeState, name: &str) -> Option<&'s Json> {
    state.node.config.meta().and_then(|meta| meta.get(name))
}

/// Returns a config as templates see it.
fn found(state: &NodeState, name: &str) -> Option<Value> {
    let is_snapshot = state.node.resource_type == ResourceType::Snapshot;
    if name == "snapshot_table_column_names" && is_snapshot {
        return Some(snapshot_columns(find(state, "snapshot_meta_column_names")));
    }
    super::model::batch_bound(state, name).or_else(|| find(state, name).map(from_json))
}

/// The snapshot's own columns: those that the project names differently, and
/// the others under dbt's names.
fn snapshot_columns(named: Option<&Json>) -> Value {
    let columns = [
        "dbt_valid_from",
        "dbt_valid_to",
        "dbt_scd_id",
        "dbt_updated_at",
        "dbt_is_deleted",
    ];
    let own = |column: &str| {
        let name = named?.get(column)?.as_str()?;
        (!name.is_empty()).then(|| name.to_owned())
    };
    let pairs = columns.map(|column| {
        let name = own(column).unwrap_or_else(|| column.to_owned());
        (column.to_owned(), Value::from(name))
    });
    python::dict(pairs.to_vec())
}

fn get(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    get_with(call, |name| found(state, name))
}

fn meta_get(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    get_with(call, |name| find_meta(state, name).map(from_json))
}

fn get_with(
    call: &mut Call<'_>,
    find: impl Fn(&str) -> Option<Value>,
) -> Result<Value, JinjaError> {
    let [name, default, validator] = call.bind(["name", "default", "validator"], 1)?;
    let name = text(name, "the name of a config")?;
    let default = default.unwrap_or_else(python::none);
    let found = find(&name).unwrap_or_else(|| default.clone());
    if !default.is_none() {
        validate(call, validator, &found)?;
    }
    Ok(found)
}

fn require(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    require_with(state, call, |name| found(state, name))
}

fn meta_require(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    require_with(state, call, |name| find_meta(state, name).map(from_json))
}

fn require_with(
    state: &NodeState,
    call: &mut Call<'_>,
    find: impl Fn(&str) -> Option<Value>,
) -> Result<Value, JinjaError> {
    let [name, validator] = call.bind(["name", "validator"], 1)?;
    let name = text(name, "the name of a config")?;
    let Some(found) = find(&name) else {
        return Err(JinjaError::raised(format!(
            "Model '{}' does not define a required config parameter '{name}'.",
            state.node.unique_id
        )));
    };
    validate(call, validator, &found)?;
    Ok(found)
}

fn validate(
    call: &mut Call<'_>,
    validator: Option<Value>,
    value: &Value,
) -> Result<(), JinjaError> {
    match validator {
        Some(validator) if !validator.is_none() && !validator.is_undefined() => call
            .invoke(&validator, std::slice::from_ref(value), &[])
            .map(drop),
        _ => Ok(()),
    }
}

fn persists(state: &NodeState, what: &str) -> Result<Value, JinjaError> {
    match find(state, "persist_docs") {
        None | Some(Json::Null) => Ok(Value::from(false)),
        Some(Json::Object(map)) => {
            let setting = map.get(what).map(from_json);
            Ok(setting.unwrap_or_else(|| Value::from(false)))
        }
        Some(other) => Err(JinjaError::raised(format!(
            "`persist_docs` must be a mapping of `relation` and `columns`, not {other}"
        ))),
    }
}
