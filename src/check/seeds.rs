//! What a seed's table looks like: as loading its file would make it.

use serde_json::Value;

use crate::adapter::seed_table::read_columns;
use crate::parse::Node;
use crate::run::{Drafts, seed_path};
use crate::sql::{Schema, SchemaColumn};

/// Returns the columns of a seed, none when its file cannot be read.
pub fn schema(drafts: &Drafts, node: &Node) -> Option<Schema> {
    let cx = drafts.cx();
    let given = match node.config.get("column_types") {
        Some(Value::Object(types)) => Some(types),
        _ => None,
    };
    let names: Vec<&str> = given
        .into_iter()
        .flat_map(|t| t.keys())
        .map(String::as_str)
        .collect();
    let delimiter = match node.config.str("delimiter").unwrap_or(",") {
        "\\t" => '\t',
        text => text.chars().next()?,
    };
    let file = cx.world.open(&seed_path(cx, node)).ok()?;
    let table = read_columns(file, delimiter, &names).ok()?;
    let columns = table.columns.into_iter().map(|column| {
        let own = given
            .and_then(|types| types.get(&column.name))
            .and_then(Value::as_str);
        SchemaColumn::new(column.name, own.unwrap_or(column.sql_type))
    });
    Some(Schema::new(columns.collect()))
}
