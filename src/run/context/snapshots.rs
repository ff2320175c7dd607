//! The adapter's methods about snapshots.

use std::collections::HashSet;
use std::sync::Arc;

use super::columns::columns;
use super::relations::relation_argument;
use super::{NodeState, nothing, optional_text};
use crate::jinja::{Call, JinjaError, Value, python};

/// `adapter.valid_snapshot_target(relation, column_names)`.
pub fn valid_target(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [relation, names] = call.bind(["relation", "column_names"], 1)?;
    let relation = relation.unwrap_or_default();
    check(
        state,
        &relation,
        names.as_ref(),
        &["dbt_scd_id", "dbt_valid_from", "dbt_valid_to"],
    )?;
    Ok(nothing())
}

/// `adapter.assert_valid_snapshot_target_given_strategy(relation,
/// column_names, strategy)`.
pub fn valid_target_for_strategy(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [relation, names, strategy] = call.bind(["relation", "column_names", "strategy"], 3)?;
    let relation = relation.unwrap_or_default();
    let mut needed = vec!["dbt_scd_id", "dbt_valid_from", "dbt_valid_to"];
    let hard_deletes = strategy
        .unwrap_or_default()
        .get_attr("hard_deletes")
        .unwrap_or_default();
    if hard_deletes.as_str() == Some("new_record") {
        needed.push("dbt_is_deleted");
    }
    check(state, &relation, names.as_ref(), &needed)?;
    Ok(nothing())
}

/// Fails when the table that holds a snapshot lacks its columns: then it is
/// some other table.
fn check(
    state: &Arc<NodeState>,
    relation: &Value,
    names: Option<&Value>,
    needed: &[&str],
) -> Result<(), JinjaError> {
    relation_argument(relation, "valid_snapshot_target")?;
    let present: HashSet<String> = columns(state, relation)?
        .iter()
        .map(|column| {
            let name = column.get_attr("name").unwrap_or_default();
            name.to_string().to_lowercase()
        })
        .collect();
    let missing: Vec<String> = needed
        .iter()
        .map(|needed| {
            // A project may have given the columns other names.
            let renamed = names.and_then(|names| names.get_attr(needed).ok());
            optional_text(renamed.as_ref()).unwrap_or_else(|| (*needed).to_owned())
        })
        .filter(|name| !present.contains(&name.to_lowercase()))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = missing.iter().map(|name| format!("\"{name}\"")).collect();
    Err(JinjaError::raised(format!(
        "Snapshot target is missing configured columns: {relation} has no {}",
        list.join(", ")
    )))
}

/// `adapter.get_hard_deletes_behavior(config)`.
pub fn hard_deletes_behavior(
    _state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [config] = call.bind(["config"], 1)?;
    let config = config.unwrap_or_default();
    // A mapping has its items; a config has a function.
    let is_mapping = matches!(python::kind(&config), python::Kind::Container(_));
    let items = is_mapping.then(|| python::pairs(&config)).flatten();
    let get = config.get_attr("get").unwrap_or_default();
    let mut read = |name: &str| -> Result<Value, JinjaError> {
        match &items {
            Some(items) => {
                let found = items.iter().find(|(key, _)| key.as_str() == Some(name));
                Ok(found.map_or_else(python::none, |(_, value)| value.clone()))
            }
            None => call.invoke(&get, &[Value::from(name)], &[]),
        }
    };
    let invalidate = read("invalidate_hard_deletes")?;
    let hard_deletes = read("hard_deletes")?;
    let is_set = |value: &Value| !value.is_none() && !value.is_undefined();
    if is_set(&invalidate) && is_set(&hard_deletes) {
        return Err(JinjaError::raised(
            "You cannot set both the invalidate_hard_deletes and hard_deletes config properties \
             on the same snapshot.",
        ));
    }
    let behavior = match hard_deletes.as_str() {
        _ if invalidate.is_true() => "invalidate",
        Some(text @ ("invalidate" | "new_record" | "ignore")) => text,
        None if !is_set(&hard_deletes) => "ignore",
        _ => {
            return Err(JinjaError::raised(format!(
                "Invalid setting for property hard_deletes: '{hard_deletes}' is none of ignore, \
                 invalidate and new_record"
            )));
        }
    };
    Ok(Value::from(behavior))
}
