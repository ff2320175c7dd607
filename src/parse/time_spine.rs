//! Time spines: models with one row per span of time, which semantic models
//! join their facts with.

use serde_json::{Value, json};

use super::patch::Patch;
use crate::config::properties::ColumnProperties;
use crate::diagnostics::Diagnostic;

/// Reads `time_spine:` as the manifest has it.
pub(super) fn time_spine(spine: &Value) -> Value {
    let granularities: Vec<Value> = custom_granularities(spine)
        .map(|g| json!({"name": g.get("name"), "column_name": g.get("column_name")}))
        .collect();
    json!({
        "standard_granularity_column": spine.get("standard_granularity_column"),
        "custom_granularities": granularities,
    })
}

fn custom_granularities(spine: &Value) -> impl Iterator<Item = &Value> {
    let list = spine.get("custom_granularities").and_then(Value::as_array);
    list.into_iter().flatten()
}

/// Tells whether the columns that a time spine names are there; as in dbt,
/// those that the property file lists are what counts.
pub(super) fn check(patch: &Patch<'_>) -> Option<Diagnostic> {
    let spine = patch.entry.time_spine.as_ref()?;
    let is_latest = patch
        .version
        .is_none_or(|version| Some(&version.v) == patch.latest_version.as_ref());
    if !is_latest {
        return None;
    }
    let names: Vec<&str> = patch.columns.iter().map(|c| c.name.text.as_str()).collect();
    let listed = || match names.as_slice() {
        [] => "the model lists no columns".to_owned(),
        names => format!("the model lists {}", names.join(", ")),
    };
    let error = |title: String| {
        let file = &patch.from.properties.file;
        let name = patch.entry.name.span.clone();
        Diagnostic::error("invalid-time-spine", title).at(file, name, "of this model")
    };
    let standard = spine
        .get("standard_granularity_column")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let column: Option<&&ColumnProperties> = patch.columns.iter().find(|c| c.name.text == standard);
    let Some(column) = column else {
        return Some(
            error(format!(
                "Time spine standard granularity column must be defined on the model. Got invalid \
                 column name '{standard}' for model '{}'.",
                patch.entry.name.text
            ))
            .because(listed())
            .hint(format!(
                "add `{standard}` to `columns:`, with its `granularity:`"
            )),
        );
    };
    if column.granularity.is_none() {
        return Some(
            error(format!(
                "Time spine standard granularity column must have a granularity defined. Column \
                 '{standard}' in model '{}' has none.",
                patch.entry.name.text
            ))
            .hint("add `granularity: day`, or what one row of it stands for, to the column"),
        );
    }
    let missing: Vec<&str> = custom_granularities(spine)
        .filter_map(|g| {
            g.get("column_name")
                .filter(|n| !n.is_null())
                .or(g.get("name"))
        })
        .filter_map(Value::as_str)
        .filter(|name| !names.contains(name))
        .collect();
    (!missing.is_empty()).then(|| {
        error(format!(
            "Time spine custom granularity columns do not exist in the model. Columns not found: \
             {}",
            missing.join(", ")
        ))
        .because(listed())
        .hint("add them to `columns:`")
    })
}
