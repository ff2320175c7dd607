//! Picks the settings worth showing: those that tell a reader something, and only
//! where they are set to something.

use serde_json::Value;

use super::semantic;
use crate::docs::fields::{Fields, items, shown, text};
use crate::docs::payload::Kind;

/// Configs in the order shown, with the value that goes without saying.
const CONFIGS: [(&str, &str); 34] = [
    // Where tests keep failing rows, if they do.
    ("schema", "dbt_test__audit"),
    ("access", "protected"),
    ("unique_key", ""),
    ("incremental_strategy", ""),
    ("on_schema_change", "ignore"),
    ("partition_by", ""),
    ("cluster_by", ""),
    ("strategy", ""),
    ("updated_at", ""),
    ("check_cols", ""),
    ("hard_deletes", "ignore"),
    ("event_time", ""),
    ("batch_size", ""),
    ("begin", ""),
    ("full_refresh", ""),
    ("location", ""),
    ("format", ""),
    ("column_types", ""),
    ("delimiter", ","),
    ("quote_columns", ""),
    ("grants", ""),
    ("persist_docs", ""),
    ("severity", ""),
    ("where", ""),
    ("limit", ""),
    ("fail_calc", "count(*)"),
    ("warn_if", "!= 0"),
    ("error_if", "!= 0"),
    ("store_failures", "no"),
    ("loaded_at_field", ""),
    ("loaded_at_query", ""),
    ("pre-hook", ""),
    ("post-hook", ""),
    ("sql_header", ""),
];

/// Returns what is set, by the names that the page has words for.
pub(super) fn facts(kind: Kind, node: &Value, config: &dyn Fields) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |key: &str, value: Option<String>| {
        let value = value.filter(|value| !value.is_empty());
        facts.extend(value.map(|value| (key.to_owned(), value)));
    };
    let own = |key: &str| node.get(key).and_then(shown);

    match kind {
        Kind::Exposure => {
            add("type", own("type"));
            add("maturity", own("maturity"));
        }
        Kind::Metric | Kind::SemanticModel | Kind::SavedQuery | Kind::UnitTest => {
            for (key, value) in semantic::definition(kind, node) {
                add(key, Some(value));
            }
        }
        Kind::Source => {
            add("loader", own("loader"));
            let external = node.get("external").and_then(|e| text(e, "location"));
            add("external_location", external.map(str::to_owned));
        }
        Kind::Model => {
            add("version", own("version"));
            add("latest_version", own("latest_version"));
            add("deprecation_date", own("deprecation_date"));
            let contract = config.get("contract").and_then(|c| c.get("enforced"));
            let enforced = contract.filter(|contract| **contract == Value::Bool(true));
            add("contract", enforced.and_then(shown));
        }
        Kind::Test => {
            let namespace = node.get("test_metadata").and_then(|m| text(m, "namespace"));
            add("test_package", namespace.map(str::to_owned));
        }
        _ => {}
    }

    for (key, default) in CONFIGS {
        let value = match (key, config.get(key)) {
            ("pre-hook" | "post-hook", Some(_)) => Some(hooks(config, key)),
            (_, Some(value)) if !value.is_null() => shown(value),
            // Older manifests keep some settings beside `config`.
            ("loaded_at_field" | "loaded_at_query", _) => own(key),
            _ => None,
        };
        add(key, value.filter(|value| value != default));
    }

    let properties =
        text(node, "patch_path").map(|path| path.split_once("://").map_or(path, |(_, path)| path));
    add("patch_path", properties.map(str::to_owned));
    // Every test has some.
    facts.shrink_to_fit();
    facts
}

fn hooks(config: &dyn Fields, key: &str) -> String {
    let statements: Vec<&str> = items(config, key)
        .filter_map(|hook| hook.as_str().or_else(|| text(hook, "sql")))
        .collect();
    statements.join("\n")
}
