//! Brings a node's columns together: the catalog knows names, types and order, the
//! properties know what they mean.

use std::collections::HashMap;

use serde_json::Value;

use crate::docs::catalog::Table;
use crate::docs::fields::{entries, items, pairs, string, strings, text};
use crate::docs::payload::{Column, Node};
use crate::docs::{markdown, patient_data};

/// Returns the columns in the database's order, then those that only the properties name.
pub(super) fn columns(node: &Value, catalog: Option<Table<'_>>) -> Vec<Column> {
    // Databases fold the case of names, so a column is found whatever its case is.
    let mut declared: HashMap<String, &Value> = HashMap::new();
    for (name, column) in entries(node, "columns") {
        declared.insert(name.to_lowercase(), column);
    }
    let found = catalog.map(Table::columns).unwrap_or_default();
    let mut columns = Vec::with_capacity(found.len().max(declared.len()));
    let in_database = !found.is_empty();
    for (name, data_type) in found {
        let properties = declared.remove(&name.to_lowercase());
        let mut column = from_properties(name, properties.unwrap_or(&Value::Null));
        column.data_type = data_type.map(str::to_owned).or(column.data_type);
        columns.push(column);
    }
    for (name, properties) in entries(node, "columns") {
        if declared.contains_key(&name.to_lowercase()) {
            let mut column = from_properties(name, properties);
            column.missing = in_database;
            columns.push(column);
        }
    }

    let keys = strings(node, "primary_key");
    for column in &mut columns {
        let is_key = keys
            .iter()
            .any(|key| key.eq_ignore_ascii_case(&column.name));
        if is_key && !column.constraints.iter().any(|c| c == "primary key") {
            column.constraints.insert(0, "primary key".to_owned());
        }
    }
    columns
}

/// Adds the columns that a node is known to have by its SQL, where the database does not have
/// it yet.
pub(super) fn add_traced<'n>(node: &mut Node, names: impl ExactSizeIterator<Item = &'n str>) {
    let known = &mut node.detail.columns;
    if node.entry.hidden || known.iter().any(|column| column.data_type.is_some()) {
        return;
    }
    known.reserve_exact(names.len().saturating_sub(known.len()));
    for name in names {
        if !known
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(name))
        {
            known.push(Column {
                name: name.to_owned(),
                ..Column::default()
            });
        }
    }
    node.entry.columns.0 = u32::try_from(known.len()).unwrap_or(u32::MAX);
}

fn from_properties(name: &str, properties: &Value) -> Column {
    let config = properties.get("config").unwrap_or(&Value::Null);
    let or_config = |key: &str| {
        let own = pairs(properties, key);
        if own.is_empty() {
            pairs(config, key)
        } else {
            own
        }
    };
    let tags = strings(properties, "tags");
    let (phi, meta): (Vec<_>, Vec<_>) = or_config("meta")
        .into_iter()
        .partition(|(key, _)| key == "phi");
    Column {
        name: name.to_owned(),
        data_type: string(properties, "data_type"),
        description: text(properties, "description")
            .map(markdown::to_cell_html)
            .unwrap_or_default(),
        tags: if tags.is_empty() {
            strings(config, "tags")
        } else {
            tags
        },
        phi: phi
            .iter()
            .flat_map(|(_, kinds)| patient_data::declared(kinds))
            .collect(),
        meta,
        constraints: items(properties, "constraints")
            .filter_map(|constraint| text(constraint, "type"))
            .map(|kind| kind.replace('_', " "))
            .collect(),
        missing: false,
        profile: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_built_yet_has_the_columns_of_its_sql() {
        let column = |name: &str, data_type: Option<&str>| Column {
            name: name.to_owned(),
            data_type: data_type.map(str::to_owned),
            ..Column::default()
        };
        let names = || ["id", "paid"].into_iter();
        let mut node = Node {
            entry: crate::docs::payload::Entry::default(),
            detail: crate::docs::payload::Detail::default(),
            code: crate::docs::payload::Code::default(),
        };
        node.detail.columns = vec![column("ID", None)];
        add_traced(&mut node, names());
        assert_eq!(
            node.detail.columns,
            [column("ID", None), column("paid", None)]
        );
        assert_eq!(node.entry.columns, (2, 0));
        // The database knows best.
        node.detail.columns = vec![column("id", Some("INTEGER"))];
        add_traced(&mut node, names());
        assert_eq!(node.detail.columns.len(), 1);
    }
}
