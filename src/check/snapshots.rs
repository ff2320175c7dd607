//! What a snapshot's table has beside the columns of its query.

use serde_json::Value;

use crate::adapter::quote_identifier;
use crate::parse::Node;

/// Writes the query whose columns a snapshot's table has, from the snapshot's
/// own. It fails to bind where the strategy names columns that are not there.
pub fn table_query(node: &Node, sql: &str) -> String {
    let is_timestamp = node.config.str("strategy") == Some("timestamp");
    let moment = match node.config.str("updated_at") {
        Some(updated_at) if is_timestamp => updated_at,
        _ => "now()::timestamp",
    };
    let names = node.config.get("snapshot_meta_column_names");
    let name = |own: &str| {
        let other = names
            .and_then(|names| names.get(own))
            .and_then(Value::as_str);
        quote_identifier(other.unwrap_or(own))
    };
    let mut columns = vec![
        "*".to_owned(),
        format!("''::varchar as {}", name("dbt_scd_id")),
        format!("{moment} as {}", name("dbt_updated_at")),
        format!("{moment} as {}", name("dbt_valid_from")),
        format!("{moment} as {}", name("dbt_valid_to")),
    ];
    if node.config.str("hard_deletes") == Some("new_record") {
        columns.push(format!("''::varchar as {}", name("dbt_is_deleted")));
    }
    let query = format!("select {} from (\n{sql}\n) as query", columns.join(", "));
    let keys = key_expressions(node);
    if keys.is_empty() {
        return query;
    }
    format!(
        "{query} where coalesce({}) is not null",
        keys.iter()
            .map(|key| format!("({key})::varchar"))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

/// Returns the texts of `unique_key`, and of `check_cols` where they are named.
fn key_expressions(node: &Node) -> Vec<&str> {
    let texts = |key: &str| match node.config.get(key) {
        Some(Value::String(text)) => vec![text.as_str()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut all = texts("unique_key");
    all.extend(texts("check_cols").into_iter().filter(|c| *c != "all"));
    all
}
