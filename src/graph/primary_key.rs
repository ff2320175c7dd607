//! The columns that identify a model's rows, as its constraints and tests tell.

use std::collections::BTreeSet;

use foldhash::HashMap;
use serde_json::Value;

use crate::parse::{Disabled, Node, NodeKind, ParsedProject, UniqueId};

/// What the tests of one model say of its columns.
#[derive(Debug, Default)]
struct TestedColumns {
    unique: BTreeSet<String>,
    unique_but_disabled: BTreeSet<String>,
    not_null: BTreeSet<String>,
}

/// Fills in `primary_key` of every model.
pub fn infer(project: &mut ParsedProject) {
    let mut tested: HashMap<UniqueId, TestedColumns> = HashMap::default();
    for node in project.nodes.values() {
        note(&mut tested, node);
    }
    for disabled in project.disabled.values().flatten() {
        if let Disabled::Node(node) = disabled {
            note(&mut tested, node);
        }
    }
    let none = TestedColumns::default();
    for node in project.nodes.values_mut() {
        if !matches!(node.kind, NodeKind::Model(_)) {
            continue;
        }
        let columns = tested.get(&node.unique_id).unwrap_or(&none);
        let mut key = primary_key(node, columns);
        key.sort_unstable();
        // Changing a node makes another one of it.
        if node.model().is_some_and(|model| model.primary_key == key) {
            continue;
        }
        if let NodeKind::Model(model) = &mut node.kind {
            model.primary_key = key;
        }
    }
}

fn note(tested: &mut HashMap<UniqueId, TestedColumns>, node: &Node) {
    let Some(test) = node.generic_test() else {
        return;
    };
    let Some(attached) = &test.attached_node else {
        return;
    };
    let is_unique = matches!(
        test.test_name.as_str(),
        "unique" | "unique_combination_of_columns"
    );
    if !is_unique && test.test_name != "not_null" {
        return;
    }
    let columns: Vec<String> = match (
        test.kwargs.get("column_name"),
        test.kwargs.get("combination_of_columns"),
    ) {
        (Some(Value::String(column)), _) => vec![column.clone()],
        (_, Some(Value::Array(columns))) => columns
            .iter()
            .filter_map(|c| c.as_str().map(str::to_owned))
            .collect(),
        _ => return,
    };
    let entry = tested.entry(attached.clone()).or_default();
    let set = match (is_unique, node.config.is_enabled()) {
        (true, true) => &mut entry.unique,
        (true, false) => &mut entry.unique_but_disabled,
        (false, _) => &mut entry.not_null,
    };
    set.extend(columns);
}

fn primary_key(node: &Node, tested: &TestedColumns) -> Vec<String> {
    let is_key =
        |constraint: &&Value| constraint.get("type").and_then(Value::as_str) == Some("primary_key");
    let constraints = node.model().map_or(&[][..], |m| &m.constraints);
    if let Some(constraint) = constraints.iter().find(is_key) {
        let columns = constraint.get("columns").and_then(Value::as_array);
        let columns = columns.map_or(&[][..], Vec::as_slice);
        return columns
            .iter()
            .filter_map(|c| c.as_str().map(str::to_owned))
            .collect();
    }
    let key_column = node
        .columns
        .values()
        .find(|column| column.constraints.iter().any(|c| is_key(&c)));
    if let Some(column) = key_column {
        return vec![column.name.clone()];
    }
    let both: Vec<String> = tested
        .not_null
        .iter()
        .filter(|c| tested.unique.contains(*c) || tested.unique_but_disabled.contains(*c))
        .cloned()
        .collect();
    if !both.is_empty() {
        return both;
    }
    let unique = if tested.unique.is_empty() {
        &tested.unique_but_disabled
    } else {
        &tested.unique
    };
    unique.iter().cloned().collect()
}
