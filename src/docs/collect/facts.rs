//! Picks the settings worth showing: those that tell a reader something, and only
//! where they are set to something.

use serde_json::Value;

use crate::docs::fields::{items, shown, text};
use crate::docs::payload::Kind;

/// Configs in the order shown, with the value that goes without saying.
const CONFIGS: [(&str, &str, &str); 33] = [
    ("access", "Access", "protected"),
    ("unique_key", "Unique key", ""),
    ("incremental_strategy", "Incremental strategy", ""),
    ("on_schema_change", "On schema change", "ignore"),
    ("partition_by", "Partitioned by", ""),
    ("cluster_by", "Clustered by", ""),
    ("strategy", "Strategy", ""),
    ("updated_at", "Updated at", ""),
    ("check_cols", "Checked columns", ""),
    ("hard_deletes", "Hard deletes", "ignore"),
    ("event_time", "Event time", ""),
    ("batch_size", "Batch size", ""),
    ("begin", "Begins", ""),
    ("full_refresh", "Full refresh", ""),
    ("location", "Location", ""),
    ("format", "Format", ""),
    ("column_types", "Column types", ""),
    ("delimiter", "Delimiter", ","),
    ("quote_columns", "Quoted columns", ""),
    ("grants", "Grants", ""),
    ("persist_docs", "Docs in the database", ""),
    ("severity", "Severity", ""),
    ("where", "Where", ""),
    ("limit", "Limit", ""),
    ("fail_calc", "Counts", "count(*)"),
    ("warn_if", "Warns if", "!= 0"),
    ("error_if", "Fails if", "!= 0"),
    ("store_failures", "Stores failing rows", "no"),
    ("loaded_at_field", "Loaded at", ""),
    ("loaded_at_query", "Loaded at (query)", ""),
    ("pre-hook", "Before", ""),
    ("post-hook", "After", ""),
    ("sql_header", "SQL header", ""),
];

pub(super) fn facts(kind: Kind, node: &Value, config: &Value) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |label: &str, value: Option<String>| {
        facts.extend(
            value
                .filter(|v| !v.is_empty())
                .map(|value| (label.to_owned(), value)),
        );
    };
    let own = |key: &str| node.get(key).and_then(shown);

    match kind {
        Kind::Exposure => {
            add("Type", own("type"));
            add("Maturity", own("maturity"));
        }
        Kind::Metric => add("Type", own("type")),
        Kind::Source => {
            add("Loader", own("loader"));
            let external = node.get("external").and_then(|e| text(e, "location"));
            add("External location", external.map(str::to_owned));
        }
        Kind::Model => {
            let version = node.get("version").and_then(shown);
            let latest = node.get("latest_version").and_then(shown);
            if let (Some(version), Some(latest)) = (&version, &latest) {
                let note = if version == latest {
                    "latest".to_owned()
                } else {
                    format!("latest is {latest}")
                };
                add("Version", Some(format!("{version} ({note})")));
            }
            add("Deprecated from", own("deprecation_date"));
            let contract = config.get("contract").and_then(|c| c.get("enforced"));
            add(
                "Contract",
                (contract == Some(&Value::Bool(true))).then(|| "enforced".to_owned()),
            );
        }
        Kind::Test => {
            let namespace = node.get("test_metadata").and_then(|m| text(m, "namespace"));
            add("From package", namespace.map(str::to_owned));
        }
        _ => {}
    }

    for (key, label, default) in CONFIGS {
        let value = match (key, config.get(key)) {
            ("pre-hook" | "post-hook", Some(_)) => Some(hooks(config, key)),
            (_, Some(value)) if !value.is_null() => shown(value),
            // Older manifests keep some settings beside `config`.
            ("loaded_at_field" | "loaded_at_query", _) => own(key),
            _ => None,
        };
        add(label, value.filter(|value| value != default));
    }

    let properties =
        text(node, "patch_path").map(|path| path.split_once("://").map_or(path, |(_, path)| path));
    add("Properties in", properties.map(str::to_owned));
    // Every test has some.
    facts.shrink_to_fit();
    facts
}

fn hooks(config: &Value, key: &str) -> String {
    let statements: Vec<&str> = items(config, key)
        .filter_map(|hook| hook.as_str().or_else(|| text(hook, "sql")))
        .collect();
    statements.join("\n")
}
