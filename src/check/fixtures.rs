//! Unit tests: the columns of given and expected rows.

use indexmap::IndexSet;
use serde_json::Value;

use super::bind::{State, Twin};
use crate::diagnostics::{Diagnostic, suggest};
use crate::jinja::extract;
use crate::parse::{Node, UniqueId, UnitTest};
use crate::sql::Schema;

/// Returns the columns of a unit test that what they stand for does not have.
pub fn check(twin: &Twin<'_>, test: &UnitTest) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let nodes = &twin.graph().project.nodes;
    let Some(tested) = test.depends_on_nodes.first().and_then(|id| nodes.get(id)) else {
        return found;
    };
    for given in &test.given {
        let input = given
            .get("input")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some(id) = input_id(twin, tested, input) else {
            continue;
        };
        if let Some(State::Known(schema)) = twin.states.get(&id) {
            let what = format!("input `{}`", input.trim());
            found.extend(unknown_columns(test, given, schema, &what));
        }
    }
    // With other variables or macros the model may give other columns.
    if is_overridden(test) {
        return found;
    }
    if let Some(State::Known(schema)) = twin.states.get(&tested.unique_id) {
        let what = format!("model `{}`", tested.name);
        found.extend(unknown_columns(test, &test.expect, schema, &what));
    }
    found
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

/// Points at a column's name in the test, or at the test.
fn at(diagnostic: Diagnostic, test: &UnitTest, name: &str) -> Diagnostic {
    let text = test.file.text.get(test.span.clone()).unwrap_or_default();
    let is_word = |c: char| c == '_' || c.is_alphanumeric();
    let place = text.match_indices(name).find(|(i, _)| {
        let before = text[..*i].chars().next_back();
        let after = text[i + name.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    });
    let start = test.span.start;
    match place {
        Some((i, _)) => diagnostic.at(&test.file, start + i..start + i + name.len(), "here"),
        None => {
            let length = text.lines().next().map_or(0, str::len);
            diagnostic.at(&test.file, start..start + length, "in this test")
        }
    }
}
