//! The columns that identify a model's rows, as its constraints and tests tell.

use std::collections::BTreeSet;

use foldhash::HashMap;
use serde_json::Value;

use crate::parse::{Disabled, Node, NodeKind, ParsedProject, UniqueId};

/// What the tests of one model say of its columns.
#[derive(Debug, Default)]
struct TestedColumns<'p> {
    unique: BTreeSet<&'p str>,
    unique_but_disabled: BTreeSet<&'p str>,
    not_null: BTreeSet<&'p str>,
}

/// Finds the columns that identify the rows of models, where they are other than the models say:
/// places of models among the nodes, and their columns in order.
pub fn infer(project: &ParsedProject) -> Vec<(usize, Vec<String>)> {
    let mut tested: HashMap<&UniqueId, TestedColumns<'_>> = HashMap::default();
    for node in project.nodes.values() {
        note(&mut tested, node);
    }
    for disabled in project.disabled.values().flatten() {
        if let Disabled::Node(node) = disabled {
            note(&mut tested, node);
        }
    }
    let none = TestedColumns::default();
    let models = project.nodes.values().enumerate();
    let models = models.filter_map(|(place, node)| Some((place, node, node.model()?)));
    let keys = models.filter_map(|(place, node, model)| {
        let columns = tested.get(&node.unique_id).unwrap_or(&none);
        let mut key = primary_key(node, columns);
        key.sort_unstable();
        // Changing a node makes another one of it.
        (model.primary_key != key).then_some((place, key))
    });
    keys.collect()
}

/// Fills in `primary_key` of models.
pub fn set(project: &mut ParsedProject, keys: Vec<(usize, Vec<String>)>) {
    for (place, key) in keys {
        if let Some((_, node)) = project.nodes.get_index_mut(place)
            && let NodeKind::Model(model) = &mut node.kind
        {
            model.primary_key = key;
        }
    }
}

fn note<'p>(tested: &mut HashMap<&'p UniqueId, TestedColumns<'p>>, node: &'p Node) {
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
    let (one, several) = match (
        test.kwargs.get("column_name"),
        test.kwargs.get("combination_of_columns"),
    ) {
        (Some(Value::String(column)), _) => (Some(column.as_str()), &[][..]),
        (_, Some(Value::Array(columns))) => (None, &columns[..]),
        _ => return,
    };
    let entry = tested.entry(attached).or_default();
    let set = match (is_unique, node.config.is_enabled()) {
        (true, true) => &mut entry.unique,
        (true, false) => &mut entry.unique_but_disabled,
        (false, _) => &mut entry.not_null,
    };
    set.extend(one);
    set.extend(several.iter().filter_map(Value::as_str));
}

fn primary_key(node: &Node, tested: &TestedColumns<'_>) -> Vec<String> {
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
        .map(|column| (*column).to_owned())
        .collect();
    if !both.is_empty() {
        return both;
    }
    let unique = if tested.unique.is_empty() {
        &tested.unique_but_disabled
    } else {
        &tested.unique
    };
    unique.iter().map(|column| (*column).to_owned()).collect()
}
