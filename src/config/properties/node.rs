//! Entries of `models:`, `seeds:`, `snapshots:`, `analyses:`, `functions:`,
//! top-level `data_tests:` and `macros:`.

use serde_json::{Map, Value};

use super::data_test::data_tests;
use super::entry::Entry;
use super::{ColumnProperties, MacroProperties, Name, NodeProperties, VersionProperties};
use crate::config::reader::Reader;
use crate::diagnostics::Diagnostic;
use crate::yaml::{Yaml, YamlValue};

const KEYS: [&str; 22] = [
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
    "quote_columns",
    "access",
    "group",
    "contract",
    "latest_version",
    "versions",
    "deprecation_date",
    "time_spine",
    "relation",
    "arguments",
    "returns",
    "tags",
];

const COLUMN_KEYS: [&str; 14] = [
    "name",
    "description",
    "meta",
    "data_type",
    "constraints",
    "docs",
    "config",
    "data_tests",
    "tests",
    "quote",
    "tags",
    "granularity",
    "dimension",
    // dbt makes this itself, whatever is written.
    "doc_blocks",
];

/// Keys of an entry that dbt moves into its config.
const MOVED: [&str; 5] = ["meta", "docs", "group", "contract", "access"];

pub(super) fn node(reader: &Reader<'_>, yaml: &Yaml, what: &'static str) -> Option<NodeProperties> {
    let entry = Entry::read(reader, yaml, what)?;
    let (description, description_span) = entry.description();
    let versions = reader.list("versions", entry.get("versions"));
    let versions: Vec<VersionProperties> = versions
        .unwrap_or_default()
        .iter()
        .filter_map(|yaml| version(reader, yaml))
        .collect();
    let latest_version = entry.value("latest_version");
    check_versions(&entry, &versions, latest_version.as_ref());
    Some(NodeProperties {
        span: yaml.span.clone(),
        description,
        description_span,
        config: config_with_moved(&entry),
        config_span: entry.span_of("config"),
        written_config: entry.written_config(),
        columns: columns(reader, entry.get("columns")),
        data_tests: data_tests(reader, yaml).unwrap_or_default(),
        constraints: entry.values("constraints"),
        quote_columns: entry.bool("quote_columns"),
        latest_version,
        versions,
        deprecation_date: deprecation_date(&entry),
        time_spine: entry.value("time_spine"),
        relation: entry.name_at("relation"),
        arguments: entry.values("arguments"),
        returns: entry.value("returns"),
        extra: entry.extra(&KEYS),
        name: entry.name,
    })
}

/// Reads the config, with the keys of the entry itself that belong there.
fn config_with_moved(entry: &Entry<'_>) -> Map<String, Value> {
    let mut config = entry.config();
    for key in MOVED {
        let Some(outer) = entry.yaml.entry(key).filter(|e| !e.value.is_null()) else {
            continue;
        };
        let inner = entry.get("config").and_then(|config| config.entry(key));
        if let Some(inner) = inner {
            entry.reader.report(
                Diagnostic::error(
                    "duplicate-key",
                    format!(
                        "`{key}` of {} `{}` is set twice",
                        entry.what, entry.name.text
                    ),
                )
                .at(entry.reader.file, outer.key_span.clone(), "here")
                .at(entry.reader.file, inner.key_span.clone(), "and here")
                .hint("keep the one under `config:`"),
            );
            continue;
        }
        let value = entry.reader.value(&outer.value);
        config.insert(key.to_owned(), value);
    }
    config
}

pub(super) fn columns(reader: &Reader<'_>, yaml: Option<&Yaml>) -> Vec<ColumnProperties> {
    let items = reader.list("columns", yaml).unwrap_or_default();
    // Properties are large, and there are as many as the project has columns.
    let mut columns = Vec::with_capacity(items.len());
    columns.extend(items.iter().filter_map(|item| column(reader, item)));
    columns
}

fn column(reader: &Reader<'_>, yaml: &Yaml) -> Option<ColumnProperties> {
    let entry = Entry::read(reader, yaml, "column")?;
    let (description, description_span) = entry.description();
    Some(ColumnProperties {
        span: yaml.span.clone(),
        description,
        description_span,
        meta: entry.map("meta"),
        data_type: entry.text("data_type"),
        constraints: entry.values("constraints"),
        docs: entry.optional_map("docs"),
        config: entry.config(),
        quote: entry.bool("quote"),
        tags: entry.tags(),
        granularity: entry.text("granularity"),
        data_tests: data_tests(reader, yaml).unwrap_or_default(),
        extra: entry.extra(&COLUMN_KEYS),
        name: entry.name,
    })
}

/// Reads a date, and writes it as dbt's manifest does: with a time, which is
/// midnight, and an offset, which is that of UTC.
fn deprecation_date(entry: &Entry<'_>) -> Option<String> {
    let yaml = entry.get("deprecation_date")?;
    let text = match &yaml.value {
        YamlValue::Date(text) => text.clone(),
        _ => entry.text("deprecation_date")?,
    };
    let date = crate::yaml::datetime(&text);
    if date.is_none() {
        entry.reader.report(
            Diagnostic::error("wrong-value", format!("`{text}` is no date"))
                .at(entry.reader.file, yaml.span.clone(), "written here")
                .hint("write it as `2027-01-31`"),
        );
    }
    date
}

fn version(reader: &Reader<'_>, yaml: &Yaml) -> Option<VersionProperties> {
    if yaml.entries().is_none() {
        reader.wrong("versions", "a list of mappings", yaml);
        return None;
    }
    let Some(v) = yaml.get("v").filter(|v| !v.is_null()) else {
        let start = yaml.span.start;
        reader.report(
            Diagnostic::error("missing-key", "a version has no `v`")
                .at(reader.file, start..start + 1, "`v:` is missing here")
                .hint("write `- v: 1`"),
        );
        return None;
    };
    // A version has no name of its own.
    let entry = Entry {
        reader,
        yaml,
        what: "version",
        name: Name {
            text: String::new(),
            span: v.span.clone(),
        },
    };
    let mut version = VersionProperties {
        v: reader.value(v),
        span: yaml.span.clone(),
        defined_in: entry.name_at("defined_in"),
        description: entry.description().0,
        access: entry.text("access"),
        config: entry.config(),
        written_config: entry.written_config(),
        constraints: entry.values("constraints"),
        docs: entry.optional_map("docs"),
        data_tests: data_tests(reader, yaml),
        deprecation_date: deprecation_date(&entry),
        ..VersionProperties::default()
    };
    let mut choice: Option<&Yaml> = None;
    for item in reader
        .list("columns", entry.get("columns"))
        .unwrap_or_default()
    {
        if item.get("include").is_none() && item.get("exclude").is_none() {
            version.columns.extend(column(reader, item));
            continue;
        }
        if let Some(first) = choice {
            reader.report(
                Diagnostic::error("duplicate-key", "a version chooses columns twice")
                    .at(reader.file, item.span.clone(), "here")
                    .at(reader.file, first.span.clone(), "and here")
                    .hint("put `include` and `exclude` into one entry"),
            );
            continue;
        }
        choice = Some(item);
        version.include = match item.get("include") {
            // Naming only what is left out includes the rest.
            None => None,
            Some(include) => match include.as_str() {
                Some("*" | "all") => None,
                _ => Some(reader.texts("include", Some(include)).unwrap_or_default()),
            },
        };
        version.exclude = reader
            .texts("exclude", item.get("exclude"))
            .unwrap_or_default();
    }
    Some(version)
}

fn check_versions(entry: &Entry<'_>, versions: &[VersionProperties], latest: Option<&Value>) {
    let text = |v: &Value| match v {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    for (i, version) in versions.iter().enumerate() {
        let first = versions[..i]
            .iter()
            .find(|v| text(&v.v) == text(&version.v));
        if let Some(first) = first {
            entry.reader.report(
                Diagnostic::error(
                    "duplicate-version",
                    format!(
                        "model `{}` has version `{}` twice",
                        entry.name.text,
                        text(&version.v)
                    ),
                )
                .at(entry.reader.file, version.span.clone(), "here")
                .at(entry.reader.file, first.span.clone(), "and here"),
            );
        }
    }
    let Some(latest) = latest else {
        return;
    };
    if !versions.iter().any(|v| v.v == *latest) {
        let known: Vec<String> = versions
            .iter()
            .map(|v| format!("`{}`", text(&v.v)))
            .collect();
        let diagnostic = Diagnostic::error(
            "unknown-version",
            format!(
                "`latest_version` of model `{}` is `{}`, which is none of its versions",
                entry.name.text,
                text(latest)
            ),
        )
        .at(
            entry.reader.file,
            entry.span_of("latest_version"),
            "named here",
        );
        entry.reader.report(if known.is_empty() {
            diagnostic.hint("list the versions under `versions:`")
        } else {
            diagnostic.because(format!("Its versions are: {}.", known.join(", ")))
        });
    }
}

pub(super) fn macro_(reader: &Reader<'_>, yaml: &Yaml) -> Option<MacroProperties> {
    let entry = Entry::read(reader, yaml, "macro")?;
    let (description, description_span) = entry.description();
    let is_description = |key: &str| key == "description";
    let arguments = reader.list("arguments", entry.get("arguments"));
    let arguments = arguments
        .unwrap_or_default()
        .iter()
        .filter_map(|item| {
            let argument = Entry::read(reader, item, "macro argument")?;
            let map = reader.value_except(item, &is_description);
            argument.extra(&["name", "type", "description"]);
            Some(map)
        })
        .collect();
    entry.extra(&["name", "description", "meta", "docs", "config", "arguments"]);
    Some(MacroProperties {
        span: yaml.span.clone(),
        description,
        description_span,
        meta: entry.map("meta"),
        docs: entry.optional_map("docs"),
        config: entry.config(),
        arguments,
        name: entry.name,
    })
}
