//! Unit tests: the columns and values of given and expected rows.

mod query;

use indexmap::IndexSet;
use serde_json::Value;

use super::bind::{State, Twin};
use super::errors::word_in;
use super::values::{is_plain, keep_wrong};
use crate::diagnostics::{Diagnostic, suggest};
use crate::jinja::extract;
use crate::parse::{Node, UniqueId, UnitTest};
use crate::sql::Schema;

/// Returns the columns of a unit test that what they stand for does not have,
/// the values that are none of their types, and queries that do not bind.
pub fn check(twin: &Twin<'_>, test: &UnitTest) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let nodes = &twin.graph().project.nodes;
    let Some(tested) = test.depends_on_nodes.first().and_then(|id| nodes.get(id)) else {
        return found;
    };
    let mut inputs: Vec<(UniqueId, &Value)> = Vec::new();
    for given in &test.given {
        let input = given
            .get("input")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some(id) = input_id(twin, tested, input) else {
            continue;
        };
        let what = format!("input `{}`", input.trim());
        if let Some(State::Known(schema)) = twin.states.get(&id) {
            found.extend(unknown_columns(test, given, schema, &what));
            found.extend(wrong_values(twin, test, given, schema));
        }
        found.extend(query::wrong(twin, test, given, &what));
        inputs.push((id, given));
    }
    found.extend(query::wrong(twin, test, &test.expect, "what is expected"));
    // With other variables or macros the model may give other columns.
    if is_overridden(test) {
        return found;
    }
    if found.is_empty() && test.overrides.is_none() {
        found.extend(query::lacking(twin, test, tested, &inputs));
    }
    if let Some(State::Known(schema)) = twin.states.get(&tested.unique_id) {
        let what = format!("model `{}`", tested.name);
        found.extend(unknown_columns(test, &test.expect, schema, &what));
        found.extend(wrong_values(twin, test, &test.expect, schema));
    }
    found
}

/// Tells whether a query gives rows of a test's inputs.
pub fn has_queries(test: &UnitTest) -> bool {
    let mut rows = test.given.iter().filter_map(|given| given.get("rows"));
    rows.any(Value::is_string)
}

/// Tells whether a test gives the model other variables or macros. Whether it is
/// an incremental one that adds rows makes no other columns.
fn is_overridden(test: &UnitTest) -> bool {
    let overrides = test.overrides.as_ref().and_then(Value::as_object);
    let names = overrides.into_iter().flat_map(serde_json::Map::values);
    let mut names = names.filter_map(Value::as_object).flat_map(|of| of.keys());
    names.any(|name| name != "is_incremental")
}

/// Finds what an input stands for among what the tested model reads.
fn input_id(twin: &Twin<'_>, tested: &Node, input: &str) -> Option<UniqueId> {
    if input.trim() == "this" {
        return Some(tested.unique_id.clone());
    }
    let calls = extract(&format!("{{{{ {input} }}}}")).ok()?;
    let project = &twin.graph().project;
    let mut reads = tested.depends_on_nodes.iter();
    if let Some(call) = calls.refs.first() {
        return reads
            .find(|id| {
                let node = project.nodes.get(*id);
                node.is_some_and(|node| node.name == call.name && call.version.is_none())
            })
            .cloned();
    }
    let call = calls.sources.first()?;
    let is_it = |id: &&UniqueId| {
        let source = project.sources.get(*id);
        source.is_some_and(|s| s.source_name == call.source && s.name == call.table)
    };
    reads.find(is_it).cloned()
}

fn unknown_columns(test: &UnitTest, rows: &Value, schema: &Schema, what: &str) -> Vec<Diagnostic> {
    let Some(Value::Array(rows)) = rows.get("rows") else {
        return Vec::new();
    };
    let rows = rows.iter().filter_map(Value::as_object);
    let names: IndexSet<&String> = rows.flat_map(|row| row.keys()).collect();
    let unknown = names
        .into_iter()
        .filter(|name| schema.column(name).is_none());
    unknown
        .map(|name| {
            let title = format!(
                "unit test `{}` has a column `{name}`, which {what} does not have",
                test.name
            );
            let diagnostic = Diagnostic::error("unknown-fixture-column", title);
            let diagnostic = at(diagnostic, test, name);
            match suggest::nearest(name, schema.names()) {
                Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
                None => diagnostic,
            }
        })
        .collect()
}

/// Points at a word of the test, such as a column's name, or at the test.
fn at(diagnostic: Diagnostic, test: &UnitTest, word: &str) -> Diagnostic {
    if let Some(range) = word_in(&test.file.text, test.span.clone(), word) {
        return diagnostic.at(&test.file, range, "here");
    }
    let text = test.file.text.get(test.span.clone()).unwrap_or_default();
    let start = test.span.start;
    let length = text.lines().next().map_or(0, str::len);
    diagnostic.at(&test.file, start..start + length, "in this test")
}

/// Returns the texts of rows that are no values of their columns' types.
fn wrong_values(
    twin: &Twin<'_>,
    test: &UnitTest,
    rows: &Value,
    schema: &Schema,
) -> Vec<Diagnostic> {
    let Some(Value::Array(rows)) = rows.get("rows") else {
        return Vec::new();
    };
    let cells = rows.iter().filter_map(Value::as_object).flatten();
    let texts: IndexSet<(&str, &str, &str)> = cells
        .filter_map(|(name, value)| {
            let data_type = schema.column(name)?.data_type.as_deref()?;
            Some((name.as_str(), value.as_str()?, data_type))
        })
        .filter(|(_, _, data_type)| is_plain(data_type))
        .collect();
    let texts = texts.into_iter().collect();
    let wrong = keep_wrong(twin, texts, |(_, text, data_type)| {
        let literal = format!("'{}'", text.replace('\'', "''"));
        (literal, (*data_type).to_owned())
    });
    wrong
        .into_iter()
        .map(|(name, text, data_type)| {
            let title = format!(
                "unit test `{}`: `{text}` is no {data_type}, which column `{name}` is",
                test.name
            );
            at(
                Diagnostic::error("invalid-fixture-value", title),
                test,
                text,
            )
        })
        .collect()
}
