//! What a run changed in the columns of a relation.

use serde_json::Value;

/// Says what was added, removed and changed: `+ zip VARCHAR`, `- name`,
/// `age INTEGER -> BIGINT`. Nothing when there was no relation before.
pub fn columns(entry: &Value) -> Vec<String> {
    let (Some(before), Some(after)) = (
        entry["columns_before"].as_array(),
        entry["columns_after"].as_array(),
    ) else {
        return Vec::new();
    };
    let name = |column: &Value| column["name"].as_str().unwrap_or_default().to_owned();
    let data_type = |column: &Value| column["type"].as_str().unwrap_or_default().to_owned();
    let find = |list: &[Value], wanted: &str| -> Option<String> {
        let found = list.iter().find(|column| name(column) == wanted);
        found.map(data_type)
    };
    let mut changes = Vec::new();
    for column in after {
        let (name, now) = (name(column), data_type(column));
        match find(before, &name) {
            None => changes.push(format!("+ {name} {now}")),
            Some(then) if then != now => changes.push(format!("{name} {then} -> {now}")),
            Some(_) => {}
        }
    }
    for column in before {
        let name = name(column);
        if find(after, &name).is_none() {
            changes.push(format!("- {name}"));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::columns;

    #[test]
    fn added_changed_and_removed_columns_are_told() {
        let entry = json!({
            "columns_before": [{"name": "id", "type": "INTEGER"}, {"name": "old", "type": "DATE"}],
            "columns_after": [{"name": "id", "type": "BIGINT"}, {"name": "zip", "type": "VARCHAR"}],
        });
        assert_eq!(
            columns(&entry),
            ["id INTEGER -> BIGINT", "+ zip VARCHAR", "- old"]
        );
        let first = json!({"columns_before": null, "columns_after": []});
        assert_eq!(columns(&first), Vec::<String>::new());
    }
}
