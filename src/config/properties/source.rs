//! Entries of `sources:` and their tables.

use serde_json::{Map, Value};

use super::data_test::data_tests;
use super::entry::Entry;
use super::node::columns;
use super::{SourceProperties, SourceTableProperties};
use crate::config::reader::Reader;
use crate::diagnostics::Diagnostic;
use crate::yaml::Yaml;

const SOURCE_KEYS: [&str; 16] = [
    "name",
    "description",
    "meta",
    "database",
    "schema",
    "loader",
    "quoting",
    "freshness",
    "loaded_at_field",
    "loaded_at_query",
    "tables",
    "tags",
    "config",
    "overrides",
    "unrendered_database",
    "unrendered_schema",
];

const TABLE_KEYS: [&str; 18] = [
    "name",
    "description",
    "meta",
    "data_type",
    "constraints",
    "docs",
    "config",
    "columns",
    "data_tests",
    "tests",
    "loaded_at_field",
    "loaded_at_query",
    "identifier",
    "quoting",
    "freshness",
    "external",
    "tags",
    "loaded_at_field_present",
];

pub(super) fn source(reader: &Reader<'_>, yaml: &Yaml) -> Option<SourceProperties> {
    let entry = Entry::read(reader, yaml, "source")?;
    entry.refuse_others(&SOURCE_KEYS);
    let (description, description_span) = entry.description();
    let unrendered = |key: &str| {
        let text = entry.get(key).and_then(Yaml::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let tables = reader.list("tables", entry.get("tables"));
    Some(SourceProperties {
        span: yaml.span.clone(),
        description,
        description_span,
        meta: entry.map("meta"),
        database: entry.text("database"),
        schema: entry.text("schema"),
        unrendered_database: unrendered("database"),
        unrendered_schema: unrendered("schema"),
        loader: entry.text("loader").unwrap_or_default(),
        quoting: entry.map("quoting"),
        freshness: freshness(&entry),
        loaded_at_field: loaded_at_field(&entry).flatten(),
        loaded_at_query: reader.raw_text("loaded_at_query", entry.get("loaded_at_query")),
        tags: entry.tags(),
        config: entry.config(),
        overrides: entry.name_at("overrides"),
        tables: tables
            .unwrap_or_default()
            .iter()
            .filter_map(|item| table(reader, item))
            .collect(),
        name: entry.name,
    })
}

fn table(reader: &Reader<'_>, yaml: &Yaml) -> Option<SourceTableProperties> {
    let entry = Entry::read(reader, yaml, "source table")?;
    let (description, description_span) = entry.description();
    Some(SourceTableProperties {
        span: yaml.span.clone(),
        description,
        description_span,
        meta: entry.map("meta"),
        docs: entry.optional_map("docs"),
        data_type: entry.text("data_type"),
        identifier: entry.text("identifier"),
        quoting: entry.map("quoting"),
        freshness: freshness(&entry),
        loaded_at_field: loaded_at_field(&entry),
        loaded_at_query: reader.raw_text("loaded_at_query", entry.get("loaded_at_query")),
        external: entry.optional_map("external"),
        tags: entry.tags(),
        config: entry.config(),
        columns: columns(reader, entry.get("columns")),
        data_tests: data_tests(reader, yaml).unwrap_or_default(),
        constraints: entry.values("constraints"),
        extra: entry.extra(&TABLE_KEYS),
        name: entry.name,
    })
}

/// Reads `freshness:`, where null means that there is to be none.
#[expect(clippy::option_option, reason = "absent, null and a value differ here")]
fn freshness(entry: &Entry<'_>) -> Option<Option<Map<String, Value>>> {
    let yaml = entry.yaml.get("freshness")?;
    if yaml.is_null() {
        return Some(None);
    }
    for limit in ["warn_after", "error_after"] {
        let Some(yaml) = yaml.get(limit).filter(|y| !y.is_null()) else {
            continue;
        };
        let period = yaml.get("period").and_then(Yaml::as_str);
        if period.is_some_and(|p| !p.contains('{') && !matches!(p, "minute" | "hour" | "day")) {
            let span = yaml.get("period").map_or(0..0, |y| y.span.clone());
            entry.reader.report(
                Diagnostic::error("wrong-value", format!("`period` of `{limit}` is not known"))
                    .at(entry.reader.file, span, "written here")
                    .hint("it can be `minute`, `hour` or `day`"),
            );
        }
    }
    entry.reader.map("freshness", Some(yaml)).map(Some)
}

/// Reads `loaded_at_field:`, where null takes back what the source says.
#[expect(clippy::option_option, reason = "absent, null and a value differ here")]
fn loaded_at_field(entry: &Entry<'_>) -> Option<Option<String>> {
    let yaml = entry.yaml.get("loaded_at_field")?;
    let field = entry.text("loaded_at_field");
    if field.as_deref() == Some("") {
        entry.reader.report(
            Diagnostic::error("wrong-value", "`loaded_at_field` is empty")
                .at(entry.reader.file, yaml.span.clone(), "written here")
                .hint("name a column, or write `null`"),
        );
    }
    Some(field)
}
