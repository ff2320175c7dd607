//! What a query's rows depend on besides its own text: tables, files, and
//! functions that give something else each time.
//!
//! Whatever is not known to be harmless counts as harmful: the query is then
//! run again.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a query reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// Catalog, schema and name of the tables, as far as they are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<[String; 3]>,
    /// Paths and patterns of files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// What gives something else each time: `now()`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volatile: Option<String>,
    /// What nothing is known about: a table function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// Names that are functions without brackets.
const MOMENTS: &[&str] = &[
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
];

/// Functions that the engine takes to be stable, and that depend on settings of
/// the session.
const SETTINGS: &[&str] = &["getvariable", "current_setting", "getenv", "version"];

/// Table functions that depend on their arguments alone.
const PURE_TABLES: &[&str] = &["range", "generate_series", "unnest", "repeat"];

/// Table functions that read the files which their first argument names.
const FILE_TABLES: &[&str] = &[
    "read_csv",
    "read_csv_auto",
    "sniff_csv",
    "read_parquet",
    "parquet_scan",
    "parquet_metadata",
    "parquet_schema",
    "read_json",
    "read_json_auto",
    "read_json_objects",
    "read_json_objects_auto",
    "read_ndjson",
    "read_ndjson_auto",
    "read_ndjson_objects",
    "read_text",
    "read_blob",
    "read_xlsx",
];

/// Reads a query's tree. `stable` are the functions that give the same for the
/// same arguments.
pub fn reads(tree: &Value, stable: &HashSet<String>) -> Reads {
    let mut walk = Walk {
        stable,
        reads: Reads::default(),
    };
    walk.value(tree, &HashSet::new());
    let reads = &mut walk.reads;
    reads.tables.sort_unstable();
    reads.tables.dedup();
    reads.files.sort_unstable();
    reads.files.dedup();
    walk.reads
}

struct Walk<'a> {
    stable: &'a HashSet<String>,
    reads: Reads,
}

impl Walk<'_> {
    /// Walks everything below a value; `ctes` are the common table expressions
    /// that can be named there.
    fn value(&mut self, value: &Value, ctes: &HashSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.value(item, ctes)),
            Value::Object(map) => {
                self.look_at(value, ctes);
                let mut inner = ctes.clone();
                let entries = value.pointer("/cte_map/map").and_then(Value::as_array);
                for entry in entries.into_iter().flatten() {
                    let name = text(entry, "key").to_lowercase();
                    let query = entry.pointer("/value/query");
                    let kind = query.and_then(|query| query.pointer("/node/type"));
                    if kind.and_then(Value::as_str) == Some("RECURSIVE_CTE_NODE") {
                        inner.insert(name.clone());
                    }
                    if let Some(query) = query {
                        self.value(query, &inner);
                    }
                    inner.insert(name);
                }
                let rest = map.iter().filter(|(key, _)| *key != "cte_map");
                rest.for_each(|(_, value)| self.value(value, &inner));
            }
            _ => {}
        }
    }

    fn look_at(&mut self, value: &Value, ctes: &HashSet<String>) {
        if value.get("sample").is_some_and(|sample| !sample.is_null()) {
            self.volatile("a sample");
        }
        match text(value, "type") {
            "BASE_TABLE" => {
                let parts = ["catalog_name", "schema_name", "table_name"];
                let [catalog, schema, name] = parts.map(|part| text(value, part).to_owned());
                let is_cte = schema.is_empty() && ctes.contains(&name.to_lowercase());
                if !is_cte {
                    self.reads.tables.push([catalog, schema, name]);
                }
            }
            "TABLE_FUNCTION" => self.table_function(value),
            "SHOW_REF" => self.unknown("`describe`, `summarize` or `show`"),
            _ => {}
        }
        match text(value, "class") {
            "COLUMN_REF" => {
                let names = value.get("column_names").and_then(Value::as_array);
                if let Some([Value::String(name)]) = names.map(Vec::as_slice)
                    && MOMENTS.contains(&name.to_lowercase().as_str())
                {
                    self.volatile(&format!("`{name}`"));
                }
            }
            "FUNCTION" => self.function(value),
            _ => {}
        }
    }

    fn function(&mut self, call: &Value) {
        let name = text(call, "function_name").to_lowercase();
        let is_table = PURE_TABLES.contains(&name.as_str()) || FILE_TABLES.contains(&name.as_str());
        if SETTINGS.contains(&name.as_str()) || !self.stable.contains(&name) && !is_table {
            self.volatile(&format!("`{name}()`"));
        }
    }

    fn table_function(&mut self, table: &Value) {
        let Some(call) = table.get("function") else {
            return;
        };
        let name = text(call, "function_name").to_lowercase();
        if PURE_TABLES.contains(&name.as_str()) {
            return;
        }
        let arguments = call.get("children").and_then(Value::as_array);
        let first = arguments.and_then(|arguments| arguments.first());
        let paths = first.and_then(constant_texts);
        match paths {
            Some(paths) if FILE_TABLES.contains(&name.as_str()) => self.reads.files.extend(paths),
            _ => self.unknown(&format!("`{name}()`")),
        }
    }

    fn volatile(&mut self, what: &str) {
        self.reads.volatile.get_or_insert_with(|| what.to_owned());
    }

    fn unknown(&mut self, what: &str) {
        self.reads.unknown.get_or_insert_with(|| what.to_owned());
    }
}

/// Reads a text, or a list of texts, that is written out.
fn constant_texts(argument: &Value) -> Option<Vec<String>> {
    match text(argument, "class") {
        "CONSTANT" => {
            let value = argument.pointer("/value/value")?.as_str()?;
            Some(vec![value.to_owned()])
        }
        "FUNCTION" if text(argument, "function_name") == "list_value" => {
            let items = argument.get("children")?.as_array()?;
            let lists: Option<Vec<_>> = items.iter().map(constant_texts).collect();
            Some(lists?.concat())
        }
        _ => None,
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
