//! Contracts that were enforced before: whether they are kept.

use serde_json::{Value, json};

use super::compare::equal;
use crate::diagnostics::Diagnostic;
use crate::event::kinds;

/// The constraints that the database enforces; DuckDB enforces all of dbt's.
const ENFORCED: &[&str] = &["check", "not_null", "unique", "primary_key", "foreign_key"];

/// Compares a model's contracts: whether they are the same, and what is broken
/// for those who read the model. That is an error where the model has versions,
/// since another one could have been made, and else a warning.
pub fn compare(old: &Value, new: &Value) -> (bool, Option<Diagnostic>) {
    match (is_enforced(old), is_enforced(new)) {
        (false, false) => return (true, None),
        (false, true) => return (false, None),
        (true, true) if checksum(old) == checksum(new) => return (true, None),
        _ => {}
    }
    let changes = breaking_changes(old, new);
    let broken = (!changes.is_empty()).then(|| broken(new, &changes));
    (false, broken)
}

/// Judges a model that is there no more, or is disabled.
pub fn removed(model: &Value, now: jiff::Timestamp) -> Option<Diagnostic> {
    if !is_enforced(model) || is_past_deprecation(model, now) {
        return None;
    }
    let is_disabled = at(model, &["config", "enabled"]) == Some(&Value::Bool(false));
    let what = if is_disabled {
        "disabled"
    } else {
        "deleted or renamed"
    };
    let id = text(model, "unique_id");
    Some(broken(
        model,
        &[format!("Contracted model '{id}' was {what}.")],
    ))
}

fn breaking_changes(old: &Value, new: &Value) -> Vec<String> {
    let mut changes = Vec::new();
    let mut add = |title: &str, list: &[String]| {
        if !list.is_empty() {
            changes.push(format!("{title}: \n    - {}", list.join("\n    - ")));
        }
    };
    let mut removed = Vec::new();
    let mut retyped = Vec::new();
    let mut unconstrained = Vec::new();
    let mut has_constraints = false;
    let mut columns: Vec<(&String, &Value)> = map(old, "columns").collect();
    columns.sort_by_key(|(name, _)| *name);
    for (name, column) in columns {
        let now = at(new, &["columns", name]);
        let constraints = list(column, "constraints");
        has_constraints |= !constraints.is_empty();
        let Some(now) = now else {
            removed.push(text(column, "name").to_owned());
            continue;
        };
        let (before, after) = (text(column, "data_type"), text(now, "data_type"));
        if base_type(before) != base_type(after) {
            retyped.push(format!(
                "{} ({} -> {})",
                text(column, "name"),
                or_none(before),
                or_none(after)
            ));
        }
        if enforces_constraints(old) {
            for constraint in lost(constraints, list(now, "constraints")) {
                unconstrained.push(format!(
                    "'{}' constraint on column {name}",
                    constraint_name(constraint)
                ));
            }
        }
    }
    let mut model_constraints = Vec::new();
    if enforces_constraints(old) {
        for constraint in lost(list(old, "constraints"), list(new, "constraints")) {
            let columns: Vec<String> = list(constraint, "columns")
                .iter()
                .filter_map(Value::as_str)
                .map(|column| format!("'{column}'"))
                .collect();
            model_constraints.push(format!(
                "'{}' constraint on columns [{}]",
                constraint_name(constraint),
                columns.join(", ")
            ));
        }
    }
    has_constraints |= !list(old, "constraints").is_empty();

    let is_disabled = is_enforced(old) && !is_enforced(new);
    add("Columns were removed", &removed);
    add("Columns with data_type changes", &retyped);
    add(
        "Enforced column level constraints were removed",
        &unconstrained,
    );
    add(
        "Enforced model level constraints were removed",
        &model_constraints,
    );
    if enforces_constraints(old) && !enforces_constraints(new) && has_constraints {
        let change = format!("{} -> {}", materialized(old), materialized(new));
        add(
            "Materialization changed with enforced constraints",
            &[change],
        );
    }
    if is_disabled {
        let text = "Contract enforcement was removed: the model's contract was enforced before, \
                    and is no more";
        changes.insert(0, text.to_owned());
    }
    changes
}

/// Returns the enforced constraints that are there no more.
fn lost<'v>(before: &'v [Value], after: &'v [Value]) -> impl Iterator<Item = &'v Value> {
    before.iter().filter(|constraint| {
        let is_kept = after
            .iter()
            .any(|other| equal(Some(other), Some(constraint)));
        !is_kept && ENFORCED.contains(&text(constraint, "type"))
    })
}

fn broken(model: &Value, changes: &[String]) -> Diagnostic {
    let name = text(model, "name");
    let path = text(model, "original_file_path");
    let reasons = changes.join("\n  - ");
    if model.get("version").is_none_or(Value::is_null) {
        let title = format!("Breaking change to contracted, unversioned model {name} ({path})");
        let data = json!({
            "breaking_changes": changes,
            "model_name": name,
            "model_file_path": path,
        });
        return Diagnostic::warning("breaking-change", title)
            .because(format!(
                "While comparing to previous project state, dbt detected a breaking change to an \
                 unversioned model.\n  - {reasons}"
            ))
            .as_event(kinds::UNVERSIONED_BREAKING_CHANGE, data);
    }
    let title = format!("Breaking change to contract: model {name} ({path})");
    Diagnostic::error("breaking-change", title)
        .because(format!(
            "While comparing to previous project state, dbt detected a breaking change to an \
             enforced contract.\n  - {reasons}"
        ))
        .hint("only add to the contract, or make a new version of the model")
}

fn is_enforced(model: &Value) -> bool {
    at(model, &["contract", "enforced"]) == Some(&Value::Bool(true))
}

fn checksum(model: &Value) -> Option<&Value> {
    at(model, &["contract", "checksum"])
}

/// Tells whether the relation has constraints of its own.
fn enforces_constraints(model: &Value) -> bool {
    matches!(materialized(model), "table" | "incremental")
}

fn materialized(model: &Value) -> &str {
    let found = at(model, &["config", "materialized"]);
    found.and_then(Value::as_str).unwrap_or_default()
}

/// Returns a type without its size: `varchar(10)` can become `varchar(20)`.
fn base_type(text: &str) -> String {
    let base = text.split_once('(').map_or(text, |(base, _)| base);
    base.trim().to_lowercase()
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "None" } else { text }
}

fn constraint_name(constraint: &Value) -> &str {
    match text(constraint, "name") {
        "" => text(constraint, "type"),
        name => name,
    }
}

fn is_past_deprecation(model: &Value, now: jiff::Timestamp) -> bool {
    let date = text(model, "deprecation_date");
    date.parse::<jiff::Timestamp>().is_ok_and(|date| date < now)
}

fn at<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| value.get(key))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    let list = value.get(key).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn map<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}
