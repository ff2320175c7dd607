//! Attaches tests to the nodes and columns that they check.

use serde_json::Value;

use super::Inputs;
use crate::docs::data::{Kind, Node};
use crate::docs::fields::{entries, shown, string, text};

/// Arguments that say what is checked, which the page shows anyway.
const IMPLIED: [&str; 2] = ["model", "column_name"];

/// Fills in what is particular to tests, and counts their results at the nodes checked.
pub(super) fn attach(inputs: &Inputs<'_>, nodes: &mut [Node]) {
    for (i, (kind, _, json)) in inputs.listed.iter().enumerate() {
        if !kind.is_test() {
            continue;
        }
        let checks = checked(inputs, json);
        let status = nodes[i].entry.status;
        for node in main_subjects(&checks, json) {
            nodes[*node as usize].entry.tests.add(status);
        }
        let test = &mut nodes[i];
        test.entry.checks = checks;
        test.entry.column = string(json, "column_name");
        test.detail.question = Some(question(*kind, json));
        test.detail.arguments = arguments(json);
    }
}

/// Returns the nodes that a test reads, the one it is declared at first.
fn checked(inputs: &Inputs<'_>, test: &Value) -> Vec<u32> {
    let mut checks: Vec<u32> = Vec::new();
    let attached = text(test, "attached_node").and_then(|id| inputs.position.get(id));
    checks.extend(attached);
    for parent in inputs.parents(test) {
        let is_test = inputs.listed[parent as usize].0.is_test();
        if !is_test && !checks.contains(&parent) {
            checks.push(parent);
        }
    }
    checks
}

/// A generic test is about one node even when it reads another to compare with; any other
/// test is about all that it reads.
fn main_subjects<'a>(checks: &'a [u32], test: &Value) -> &'a [u32] {
    let about_one = text(test, "attached_node").is_some() || test.get("model").is_some();
    if about_one {
        &checks[..checks.len().min(1)]
    } else {
        checks
    }
}

fn question(kind: Kind, test: &Value) -> String {
    if kind == Kind::UnitTest {
        return "unit test".to_owned();
    }
    let generic = test.get("test_metadata").and_then(|m| text(m, "name"));
    generic.map_or_else(|| "own query".to_owned(), |name| name.replace('_', " "))
}

fn arguments(test: &Value) -> Vec<(String, String)> {
    let Some(metadata) = test.get("test_metadata") else {
        return Vec::new();
    };
    entries(metadata, "kwargs")
        .filter(|(key, _)| !IMPLIED.contains(&key.as_str()))
        .filter_map(|(key, value)| Some((key.replace('_', " "), shown(value)?)))
        .collect()
}
