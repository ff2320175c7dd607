//! What the engine's optimizer leaves of the constants in a query.

use std::collections::HashSet;

use serde_json::Value;

use crate::adapter::Cell;
use crate::run::Desk;

/// Returns the texts whose casts are still to be made when a query runs. A cast
/// of a constant that can be made is made before, and what nothing reads is
/// left out. None where the engine does not tell.
pub fn casts_left(desk: &Desk, query: &str) -> Option<HashSet<String>> {
    let sql = format!(
        "select json_serialize_plan('{}', optimize := true)",
        query.replace('\'', "''")
    );
    let (_, table) = desk
        .with(|connection| connection.execute(&sql, true, None))
        .ok()?;
    let Some(Cell::Text(text)) = table.rows.first()?.first() else {
        return None;
    };
    let plan: Value = serde_json::from_str(text).ok()?;
    if plan.get("error") != Some(&Value::Bool(false)) {
        return None;
    }
    let mut left = HashSet::new();
    collect(&plan, &mut left);
    Some(left)
}

fn collect(value: &Value, left: &mut HashSet<String>) {
    match value {
        Value::Object(map) => {
            let is_cast = value["expression_class"] == "BOUND_CAST" && value["try_cast"] != true;
            let text = value["child"]["value"]["value"].as_str();
            if is_cast && let Some(text) = text {
                left.insert(text.to_owned());
            }
            map.values().for_each(|child| collect(child, left));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, left)),
        _ => {}
    }
}
