//! Uses of generic tests, in all of dbt's spellings:
//!
//! ```yaml
//! - unique
//! - accepted_values: {values: [a, b], severity: warn}
//! - accepted_values: {arguments: {values: [a, b]}, config: {severity: warn}}
//! - {name: is_known, test_name: accepted_values, arguments: {values: [a, b]}}
//! ```

use serde_json::{Map, Value};

use super::{DataTest, Name};
use crate::config::reader::Reader;
use crate::diagnostics::Diagnostic;
use crate::yaml::{Yaml, YamlEntry, YamlValue};

/// Configs that may stand beside the arguments, in dbt's order.
const CONFIGS: [&str; 14] = [
    "severity",
    "tags",
    "enabled",
    "where",
    "limit",
    "warn_if",
    "error_if",
    "fail_calc",
    "store_failures",
    "store_failures_as",
    "meta",
    "database",
    "schema",
    "alias",
];

/// Reads `data_tests:` or, as it used to be called, `tests:`. None when the
/// entry has neither.
pub(super) fn data_tests(reader: &Reader<'_>, yaml: &Yaml) -> Option<Vec<DataTest>> {
    let not_null = |key: &str| yaml.entry(key).filter(|e| !e.value.is_null());
    let (new, old) = (not_null("data_tests"), not_null("tests"));
    if let (Some(new), Some(old)) = (new, old) {
        reader.report(
            Diagnostic::error(
                "duplicate-key",
                "Invalid test config: cannot have both 'tests' and 'data_tests' defined",
            )
            .at(reader.file, old.key_span.clone(), "here")
            .at(reader.file, new.key_span.clone(), "and here")
            .hint("move all tests under `data_tests`"),
        );
    }
    // dbt takes an empty list under the old name for none at all, so that a
    // version inherits its model's tests.
    let old =
        old.filter(|e| !matches!(&e.value.value, YamlValue::Sequence(items) if items.is_empty()));
    let entry = new.or(old)?;
    let items = reader.list(&entry.key, Some(&entry.value))?;
    let mut tests = Vec::with_capacity(items.len());
    tests.extend(items.iter().filter_map(|item| data_test(reader, item)));
    Some(tests)
}

fn data_test(reader: &Reader<'_>, yaml: &Yaml) -> Option<DataTest> {
    if let Some(name) = yaml.as_str() {
        return Some(DataTest {
            test: Name {
                text: name.to_owned(),
                span: yaml.span.clone(),
            },
            span: yaml.span.clone(),
            ..DataTest::default()
        });
    }
    let Some(entries) = yaml.entries() else {
        reader.wrong("data_tests", "a list of tests", yaml);
        return None;
    };
    if let Some(name) = yaml.entry("test_name") {
        let text = reader.raw_text("test_name", Some(&name.value))?;
        let test = Name {
            text,
            span: name.value.span.clone(),
        };
        let rest = entries.iter().filter(|entry| entry.key != "test_name");
        return with_arguments(reader, yaml, test, rest.collect());
    }
    let [entry] = entries else {
        reader.report(too_many_keys(reader, yaml, entries));
        return None;
    };
    let test = Name {
        text: entry.key.clone(),
        span: entry.key_span.clone(),
    };
    match entry.value.entries() {
        Some(arguments) => with_arguments(reader, yaml, test, arguments.iter().collect()),
        None if entry.value.is_null() => {
            reader.report(
                Diagnostic::error(
                    "invalid-test",
                    format!("test `{}` has a colon but no arguments", test.text),
                )
                .at(reader.file, test.span, "nothing follows")
                .hint(format!("write `- {}` without the colon", entry.key)),
            );
            None
        }
        None => {
            reader.wrong(&format!("{}: ...", test.text), "a mapping", &entry.value);
            None
        }
    }
}

/// Explains a test with several keys, which is mostly one whose arguments
/// are not indented far enough.
fn too_many_keys(reader: &Reader<'_>, yaml: &Yaml, entries: &[YamlEntry]) -> Diagnostic {
    let diagnostic = Diagnostic::error("invalid-test", "a test must have one name");
    match entries {
        [first, second, ..] if first.value.is_null() => diagnostic
            .at(
                reader.file,
                second.key_span.clone(),
                format!("this stands beside `{}`, not below it", first.key),
            )
            .hint("indent the arguments by four spaces more than the dash"),
        [first, second, ..] => diagnostic
            .at(reader.file, second.key_span.clone(), "a second name")
            .at(reader.file, first.key_span.clone(), "the first one")
            .hint("begin every test with a dash, and indent its arguments"),
        _ => diagnostic.at(reader.file, yaml.span.clone(), "there is none"),
    }
}

fn with_arguments<'y>(
    reader: &Reader<'_>,
    yaml: &'y Yaml,
    name: Name,
    entries: Vec<&'y YamlEntry>,
) -> Option<DataTest> {
    let mut test = DataTest {
        test: name,
        span: yaml.span.clone(),
        ..DataTest::default()
    };
    // dbt mixes what is below `arguments:` with what is beside it, so that a
    // config among the arguments is a config. Those below win.
    let mut mixed: Vec<&YamlEntry> = Vec::with_capacity(entries.len());
    for entry in &entries {
        match entry.key.as_str() {
            "arguments" => test.written.nested = Some(entry.value.to_json()),
            "config" | "name" | "description" => {}
            key if CONFIGS.contains(&key) => test.written.configs.push(key.to_owned()),
            key => {
                let value = entry.value.to_json();
                test.written.beside.insert(key.to_owned(), value);
            }
        }
    }
    let below = entries.iter().find(|entry| entry.key == "arguments");
    let below = below.and_then(|entry| reader.entries("arguments", Some(&entry.value)));
    let beside = entries.into_iter().filter(|entry| entry.key != "arguments");
    for entry in beside.chain(below.unwrap_or_default()) {
        match mixed.iter_mut().find(|known| known.key == entry.key) {
            Some(known) => *known = entry,
            None => mixed.push(entry),
        }
    }
    let mut config: Option<&Yaml> = None;
    let mut beside: Vec<&YamlEntry> = Vec::new();
    for entry in mixed {
        match entry.key.as_str() {
            "config" => config = Some(&entry.value),
            key if CONFIGS.contains(&key) => beside.push(entry),
            _ => set_argument(reader, &mut test, entry),
        }
    }
    test.config = config_of(reader, config, &beside);
    Some(test)
}

fn set_argument(reader: &Reader<'_>, test: &mut DataTest, entry: &YamlEntry) {
    match entry.key.as_str() {
        "name" => {
            test.custom_name = reader
                .raw_text("name", Some(&entry.value))
                .map(|text| Name {
                    text,
                    span: entry.value.span.clone(),
                });
        }
        "description" => {
            let text = reader.raw_text("description", Some(&entry.value));
            test.description = text.unwrap_or_default();
        }
        "model" => reader.report(
            Diagnostic::error(
                "invalid-test",
                "`model` is an argument of every test already",
            )
            .at(reader.file, entry.key_span.clone(), "given here")
            .hint("remove it: a test's model is the one that it stands under"),
        ),
        key => {
            test.arguments.insert(key.to_owned(), entry.value.to_json());
        }
    }
}

/// Renders a config. As in dbt no macros are known where tests are configured.
fn config_value(reader: &Reader<'_>, entry: &YamlEntry) -> Value {
    let mut found = Vec::new();
    let value = reader.renderer.value(reader.file, &entry.value, &mut found);
    for mut diagnostic in found {
        if diagnostic.code.0 == "jinja" {
            diagnostic.title = format!(
                "Invalid generic test configuration given in {}: {}",
                reader.file.path, diagnostic.title
            );
            diagnostic = diagnostic
                .because(format!("`{}` of a test cannot call macros", entry.key))
                .hint("write the value out, or take it from `var()` or `env_var()`");
        }
        reader.report(diagnostic);
    }
    value
}

/// Puts the configs together: those that may stand beside the arguments
/// first, then the rest of `config:`.
fn config_of(
    reader: &Reader<'_>,
    config: Option<&Yaml>,
    beside: &[&YamlEntry],
) -> Map<String, Value> {
    let within = reader.entries("config", config).unwrap_or_default();
    let mut merged = Map::new();
    let mut set = |entry: &YamlEntry| {
        let value = config_value(reader, entry);
        if !value.is_null() {
            merged.insert(entry.key.clone(), value);
        }
    };
    for key in CONFIGS {
        let inner = within.iter().find(|entry| entry.key == key);
        let outer = beside.iter().find(|entry| entry.key == key);
        // Beside a `config:`, dbt takes what is empty, zero or false for not set.
        let outer = outer.filter(|entry| config.is_none() || is_truthy(&entry.value));
        match (outer, inner) {
            (Some(outer), Some(inner)) => {
                reader.report(
                    Diagnostic::error(
                        "duplicate-key",
                        format!(
                            "Test cannot have the same key at the top-level and in config: `{key}`"
                        ),
                    )
                    .at(reader.file, outer.key_span.clone(), "here")
                    .at(reader.file, inner.key_span.clone(), "and here")
                    .hint("keep the one under `config:`"),
                );
            }
            (Some(entry), None) => set(entry),
            (None, Some(entry)) => set(entry),
            (None, None) => {}
        }
    }
    for entry in within {
        if !CONFIGS.contains(&entry.key.as_str()) {
            set(entry);
        }
    }
    merged
}

/// Tells what Python's `bool()` would.
fn is_truthy(yaml: &Yaml) -> bool {
    match &yaml.value {
        YamlValue::Null => false,
        YamlValue::Bool(value) => *value,
        YamlValue::Int(number) => *number != 0,
        YamlValue::Float(number) => *number != 0.0,
        YamlValue::String(text) => !text.is_empty(),
        YamlValue::Sequence(items) => !items.is_empty(),
        YamlValue::Mapping(entries) => !entries.is_empty(),
        YamlValue::BigInt(_) | YamlValue::Date(_) => true,
    }
}
