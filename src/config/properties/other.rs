//! Entries of `exposures:`, `groups:`, `unit_tests:`, `metrics:`,
//! `semantic_models:` and `saved_queries:`.

use serde_json::{Map, Value};

use super::entry::Entry;
use super::{
    ExposureProperties, GroupProperties, Name, SemanticProperties, UnitTestInput,
    UnitTestProperties, UnitTestRows,
};
use crate::config::reader::Reader;
use crate::diagnostics::Diagnostic;
use crate::yaml::Yaml;

pub(super) fn exposure(reader: &Reader<'_>, yaml: &Yaml) -> Option<ExposureProperties> {
    let entry = Entry::read(reader, yaml, "exposure")?;
    entry.refuse_others(&[
        "name",
        "type",
        "owner",
        "description",
        "label",
        "maturity",
        "meta",
        "tags",
        "url",
        "depends_on",
        "config",
    ]);
    let exposure_type = entry.text("type");
    let types = ["dashboard", "notebook", "analysis", "ml", "application"];
    let has_type = entry.require("type", "add `type: dashboard`, or another kind of use");
    entry.check_choice("type", exposure_type.as_deref(), &types);
    let maturity = entry.text("maturity");
    entry.check_choice("maturity", maturity.as_deref(), &["low", "medium", "high"]);
    let (description, description_span) = entry.description();
    let depends_on = reader.list("depends_on", entry.get("depends_on"));
    let depends_on = depends_on
        .unwrap_or_default()
        .iter()
        .filter_map(|item| {
            Some(Name {
                text: reader.text("depends_on", Some(item))?,
                span: item.span.clone(),
            })
        })
        .collect();
    let owner = owner(&entry);
    if !has_type {
        return None;
    }
    Some(ExposureProperties {
        span: yaml.span.clone(),
        exposure_type: exposure_type.unwrap_or_default(),
        owner: owner?,
        description,
        description_span,
        label: entry.text("label"),
        maturity,
        url: entry.text("url"),
        meta: entry.map("meta"),
        tags: entry.tags(),
        config: entry.config(),
        depends_on,
        name: entry.name,
    })
}

/// Reads the owner, who needs a name or an address.
fn owner(entry: &Entry<'_>) -> Option<Map<String, Value>> {
    if !entry.require("owner", "add `owner:` with `name:` or `email:`") {
        return None;
    }
    let owner = entry.optional_map("owner")?;
    let is_set = |key: &str| owner.get(key).is_some_and(|value| !value.is_null());
    if !is_set("name") && !is_set("email") {
        entry.reader.report(
            Diagnostic::error(
                "missing-key",
                format!(
                    "the owner of {} `{}` has no name",
                    entry.what, entry.name.text
                ),
            )
            .at(entry.reader.file, entry.span_of("owner"), "written here")
            .hint("add `name:` or `email:`"),
        );
        return None;
    }
    Some(owner)
}

pub(super) fn group(reader: &Reader<'_>, yaml: &Yaml) -> Option<GroupProperties> {
    let entry = Entry::read(reader, yaml, "group")?;
    entry.refuse_others(&["name", "owner", "description", "config"]);
    let (description, description_span) = entry.description();
    Some(GroupProperties {
        span: yaml.span.clone(),
        owner: owner(&entry)?,
        description: entry.get("description").map(|_| description),
        description_span,
        config: entry.config(),
        name: entry.name,
    })
}

pub(super) fn unit_test(reader: &Reader<'_>, yaml: &Yaml) -> Option<UnitTestProperties> {
    let entry = Entry::read(reader, yaml, "unit test")?;
    entry.refuse_others(&[
        "name",
        "model",
        "given",
        "expect",
        "description",
        "overrides",
        "config",
        "versions",
    ]);
    let complete = [
        entry.require("model", "add `model:` with the name of the model to test"),
        entry.require("given", "add `given:`, which may be an empty list"),
        entry.require("expect", "add `expect:` with `rows:`"),
    ];
    let (description, description_span) = entry.description();
    let given = reader.list("given", entry.get("given"));
    let given = given
        .unwrap_or_default()
        .iter()
        .filter_map(|item| unit_test_input(reader, item))
        .collect();
    let versions = entry.optional_map("versions");
    if let Some(versions) = &versions {
        let is_set = |key: &str| versions.get(key).is_some_and(|value| !value.is_null());
        if is_set("include") && is_set("exclude") {
            reader.report(
                Diagnostic::error(
                    "wrong-value",
                    "a unit test cannot both include and exclude versions",
                )
                .at(reader.file, entry.span_of("versions"), "written here"),
            );
        }
    }
    let model = entry.name_at("model");
    let expect = entry
        .get("expect")
        .and_then(|yaml| rows(reader, yaml, "expect"));
    if complete.contains(&false) {
        return None;
    }
    Some(UnitTestProperties {
        span: yaml.span.clone(),
        model: model?,
        given,
        expect: expect?,
        description,
        description_span,
        overrides: entry.optional_map("overrides"),
        config: entry.config(),
        versions,
        name: entry.name,
    })
}

fn unit_test_input(reader: &Reader<'_>, yaml: &Yaml) -> Option<UnitTestInput> {
    let rows = rows(reader, yaml, "given")?;
    let Some(input) = yaml.get("input").filter(|y| !y.is_null()) else {
        let start = yaml.span.start;
        reader.report(
            Diagnostic::error("missing-key", "an entry of `given` has no `input`")
                .at(reader.file, start..start + 1, "`input:` is missing here")
                .hint("write `input: ref('...')` or `input: source('...', '...')`"),
        );
        return None;
    };
    Some(UnitTestInput {
        input: Name {
            text: reader.text("input", Some(input))?,
            span: input.span.clone(),
        },
        rows,
    })
}

fn rows(reader: &Reader<'_>, yaml: &Yaml, key: &str) -> Option<UnitTestRows> {
    reader.entries(key, Some(yaml))?;
    let get = |key: &str| yaml.get(key).filter(|y| !y.is_null());
    let format = reader.text("format", get("format"));
    if let (Some(format), Some(yaml)) = (&format, get("format"))
        && !matches!(format.as_str(), "dict" | "csv" | "sql")
    {
        reader.report(
            Diagnostic::error("wrong-value", format!("rows have no format `{format}`"))
                .at(reader.file, yaml.span.clone(), "written here")
                .hint("it can be `dict`, `csv` or `sql`"),
        );
    }
    let fixture = get("fixture").and_then(|fixture| {
        Some(Name {
            text: reader.text("fixture", Some(fixture))?,
            span: fixture.span.clone(),
        })
    });
    Some(UnitTestRows {
        rows: get("rows").map_or(Value::Null, |rows| reader.value(rows)),
        format,
        fixture,
        span: get("rows").map_or_else(|| yaml.span.clone(), |rows| rows.span.clone()),
    })
}

/// Reads a definition of the semantic layer. Filters are templates of their
/// own and stay as they are.
pub(super) fn semantic(
    reader: &Reader<'_>,
    yaml: &Yaml,
    what: &'static str,
) -> Option<SemanticProperties> {
    let entry = Entry::read(reader, yaml, what)?;
    let (description, description_span) = entry.description();
    let is_late = |key: &str| matches!(key, "description" | "filter" | "where");
    let mut body = Map::new();
    for part in yaml.entries().unwrap_or_default() {
        if matches!(
            part.key.as_str(),
            "name" | "description" | "label" | "config"
        ) {
            continue;
        }
        let value = if is_late(&part.key) {
            part.value.to_json()
        } else {
            reader.value_except(&part.value, &is_late)
        };
        body.insert(part.key.clone(), value);
    }
    Some(SemanticProperties {
        span: yaml.span.clone(),
        description: entry.get("description").map(|_| description),
        description_span,
        label: entry.text("label"),
        config: entry.config(),
        body,
        name: entry.name,
    })
}
