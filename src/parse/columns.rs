//! Columns and constraints as property files describe them, in the form of
//! dbt's manifest.

use std::fmt::Write as _;

use indexmap::IndexMap;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::node::ColumnInfo;
use super::python_text::push_repr;
use crate::config::properties::ColumnProperties;
use crate::python_repr::push_quoted;

/// Makes the columns of a node. A name that is given twice has the last entry.
pub(super) fn columns<'a>(
    properties: impl IntoIterator<Item = &'a ColumnProperties>,
) -> IndexMap<String, ColumnInfo> {
    properties
        .into_iter()
        .map(|column| (column.name.text.clone(), column_info(column)))
        .collect()
}

fn column_info(column: &ColumnProperties) -> ColumnInfo {
    let mut meta = column.meta.clone();
    if let Some(Value::Object(more)) = column.config.get("meta") {
        meta.extend(more.clone());
    }
    let tags = column_tags(column);
    ColumnInfo {
        name: column.name.text.clone(),
        description: column.description.clone(),
        meta,
        data_type: column.data_type.clone(),
        constraints: column.constraints.iter().map(column_constraint).collect(),
        quote: column.quote,
        tags,
        granularity: column.granularity.clone(),
        doc_blocks: Vec::new(),
        extra: column.extra.clone(),
    }
}

/// Returns a column's tags and those of its config, each once.
pub(super) fn column_tags(column: &ColumnProperties) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let config = text_list(column.config.get("tags"));
    for tag in column.tags.iter().cloned().chain(config) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// Returns texts that are written as one, or as a list.
pub(super) fn text_list(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// The kinds of constraint that dbt knows.
pub(super) const CONSTRAINT_TYPES: [&str; 6] = [
    "check",
    "not_null",
    "unique",
    "primary_key",
    "foreign_key",
    "custom",
];

/// Fills in what a constraint leaves out.
fn column_constraint(constraint: &Value) -> Value {
    let get = |key: &str| constraint.get(key).cloned().unwrap_or_default();
    let flag = |key: &str| constraint.get(key).cloned().unwrap_or(Value::Bool(true));
    let list = |key: &str| constraint.get(key).cloned().unwrap_or_else(|| json!([]));
    json!({
        "type": get("type"),
        "name": get("name"),
        "expression": get("expression"),
        "warn_unenforced": flag("warn_unenforced"),
        "warn_unsupported": flag("warn_unsupported"),
        "to": get("to"),
        "to_columns": list("to_columns"),
    })
}

/// The same for a constraint of a whole model.
pub(super) fn model_constraint(constraint: &Value) -> Value {
    let mut value = column_constraint(constraint);
    if let Value::Object(map) = &mut value {
        let columns = constraint.get("columns").cloned();
        map.insert("columns".to_owned(), columns.unwrap_or_else(|| json!([])));
    }
    value
}

/// Returns the checksum of an enforced contract, as `state:modified` compares
/// it.
///
/// dbt hashes the columns' names and types and the constraints as Python
/// writes them.
pub(super) fn contract_checksum(
    columns: &IndexMap<String, ColumnInfo>,
    constraints: &[Value],
    materialized: &str,
) -> String {
    let mut sorted: Vec<&ColumnInfo> = columns.values().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut text = String::new();
    for column in sorted {
        text.push('|');
        text.push_str(&column.name);
        text.push_str(column.data_type.as_deref().unwrap_or("None"));
        push_constraints(&mut text, "ColumnLevelConstraint", &column.constraints);
    }
    if matches!(materialized, "table" | "incremental") {
        text.push_str(materialized);
        push_constraints(&mut text, "ModelLevelConstraint", constraints);
    }
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn push_constraints(text: &mut String, class: &str, constraints: &[Value]) {
    text.push('[');
    for (i, constraint) in constraints.iter().enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        text.push_str(class);
        text.push('(');
        let fields = constraint.as_object().into_iter().flatten();
        for (j, (key, value)) in fields.enumerate() {
            if j > 0 {
                text.push_str(", ");
            }
            text.push_str(key);
            text.push('=');
            match (key.as_str(), value) {
                ("type", Value::String(kind)) => {
                    let _ = write!(text, "<ConstraintType.{kind}: ");
                    push_quoted(text, kind);
                    text.push('>');
                }
                _ => push_repr(text, value),
            }
        }
        text.push(')');
    }
    text.push(']');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{columns, contract_checksum, model_constraint};
    use crate::config::properties::{ColumnProperties, Name};

    fn column(name: &str, data_type: &str, constraints: serde_json::Value) -> ColumnProperties {
        ColumnProperties {
            name: Name {
                text: name.to_owned(),
                span: 0..0,
            },
            data_type: Some(data_type.to_owned()),
            constraints: constraints.as_array().cloned().unwrap_or_default(),
            ..ColumnProperties::default()
        }
    }

    #[test]
    fn a_contracts_checksum_is_dbts() {
        let properties = [
            column(
                "x",
                "int",
                json!([{"type": "not_null"}, {"type": "foreign_key", "to": "ref('codes')", "to_columns": ["x"]}]),
            ),
            column("y", "varchar(10)", json!([])),
        ];
        let constraints = [
            model_constraint(&json!({"type": "primary_key", "columns": ["x"], "name": "pk"})),
            model_constraint(&json!({"type": "check", "expression": "x > 0", "columns": ["x"]})),
        ];
        // A view enforces no constraints, so those of the model do not count.
        assert_eq!(
            contract_checksum(&columns(&properties), &constraints, "view"),
            "0707cc01057f24e01aa107585d73a5cc6eb7bbf286a2a05ce9260f086d42b5a5"
        );
    }

    #[test]
    fn tags_and_meta_of_a_columns_config_are_its_own() {
        let mut property = column("x", "int", json!([]));
        property.tags = vec!["a".to_owned(), "b".to_owned()];
        property.meta = json!({"m": 1}).as_object().cloned().unwrap_or_default();
        property.config = json!({"tags": "b", "meta": {"n": 2}})
            .as_object()
            .cloned()
            .unwrap_or_default();
        let made = columns(&[property]);
        assert_eq!(made["x"].tags, ["a", "b"]);
        assert_eq!(
            json!(made["x"])["config"],
            json!({"meta": {"m": 1, "n": 2}, "tags": ["a", "b"]})
        );
    }
}
