//! Reading and making parts of DuckDB's parse tree.

use serde_json::{Value, json};

/// Returns a text field, or nothing.
pub fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Tells whether a query node is one select, and no union or the like.
pub fn is_select(node: &Value) -> bool {
    text(node, "type") == "SELECT_NODE"
}

/// Lists what a `from` is built up from: its first relation, then with one join
/// more each time, the whole last.
pub fn joins(from: &Value) -> Vec<&Value> {
    let mut list = Vec::new();
    let mut rest = from;
    while text(rest, "type") == "JOIN" {
        list.push(rest);
        rest = &rest["left"];
    }
    list.push(rest);
    list.reverse();
    list
}

/// Says what a relation, or the last join of several, is.
pub fn described(from: &Value) -> String {
    if text(from, "type") != "JOIN" {
        return format!("from {}", name(from).unwrap_or("a query"));
    }
    let right = &from["right"];
    let kind = text(from, "join_type").to_lowercase();
    let kind = match text(from, "ref_type") {
        "CROSS" => "cross".to_owned(),
        "POSITIONAL" => "positional".to_owned(),
        "ASOF" => format!("asof {kind}"),
        "NATURAL" => format!("natural {kind}"),
        _ if kind == "outer" => "full".to_owned(),
        _ => kind,
    };
    format!("{kind} join {}", name(right).unwrap_or("a query"))
}

/// Returns the name by which columns of the first relation are called.
pub fn leftmost_name(from: &Value) -> Option<&str> {
    joins(from).first().and_then(|relation| name(relation))
}

fn name(relation: &Value) -> Option<&str> {
    let names = [text(relation, "alias"), text(relation, "table_name")];
    names.into_iter().find(|name| !name.is_empty())
}

/// Makes a relation that is called by its name alone, in place of the one that
/// the select of a template has.
pub fn named_relation(select: &Value, name: &str) -> Value {
    json!({
        "type": "BASE_TABLE",
        "alias": "",
        "sample": null,
        "query_location": select["from_table"]["query_location"],
        "schema_name": "",
        "table_name": name,
        "column_name_alias": [],
        "catalog_name": "",
        "at_clause": null,
    })
}

/// Makes `*`.
pub fn star() -> Value {
    json!({
        "class": "STAR",
        "type": "STAR",
        "alias": "",
        "relation_name": "",
        "exclude_list": [],
        "replace_list": [],
        "columns": false,
        "expr": null,
        "qualified_exclude_list": [],
        "rename_list": [],
    })
}
