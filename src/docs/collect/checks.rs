//! Makes tests' data, and counts their results at the nodes that they check.

use rayon::prelude::*;
use serde_json::Value;

use super::{Inputs, Listed, facts, nodes};
use crate::docs::fields::{entries, shown, string, text};
use crate::docs::manifest::Resource;
use crate::docs::markdown;
use crate::docs::payload::{Kind, Node, Test};

/// Arguments that say what is checked, which the page shows anyway.
const IMPLIED: [&str; 2] = ["model", "column_name"];

/// Returns the tests among what is listed.
pub(super) fn tests(inputs: &Inputs<'_>, listed: &[Listed<'_>], nodes: &mut [Node]) -> Vec<Test> {
    let (mut tests, mut subjects) = (Vec::new(), Vec::new());
    let read = listed.par_iter().map(|one| {
        let resource = one.make.make();
        let test = test(inputs, one.kind, one.id, &resource);
        let subjects = main_subjects(&test.checks, &resource.json).len();
        (test, subjects)
    });
    read.unzip_into_vecs(&mut tests, &mut subjects);
    for (test, subjects) in tests.iter().zip(subjects) {
        for node in &test.checks[..subjects] {
            nodes[*node as usize].entry.tests.add(test.status);
        }
    }
    tests
}

fn test(inputs: &Inputs<'_>, kind: Kind, id: &str, resource: &Resource<'_>) -> Test {
    let (json, config) = (&resource.json, resource.config());
    let (status, result) = inputs.results.of_node(id).unzip();
    let checks = checked(inputs, json);
    Test {
        id: id.to_owned(),
        name: text(json, "name").unwrap_or(id).to_owned(),
        kind,
        refers: refers(&checks, json),
        checks,
        column: string(json, "column_name"),
        status,
        question: question(json),
        arguments: arguments(json),
        description: text(json, "description")
            .map(markdown::to_html)
            .unwrap_or_default(),
        path: string(json, "original_file_path"),
        facts: facts::facts(kind, json, config),
        result,
        code: nodes::code(kind, json),
        history: inputs.runs.get(id).cloned().unwrap_or_default(),
    }
}

/// Returns the nodes that a test reads, the one it is declared at first.
fn checked(inputs: &Inputs<'_>, test: &Value) -> Vec<u32> {
    let mut checks: Vec<u32> = Vec::new();
    let attached = text(test, "attached_node").and_then(|id| inputs.position.get(id));
    checks.extend(attached);
    for parent in inputs.depends_on(test, "nodes") {
        let is_test = inputs.listed[parent as usize].kind.is_test();
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

/// Returns the other side of a relationships test; a table may refer to itself.
fn refers(checks: &[u32], test: &Value) -> Option<(u32, String)> {
    let metadata = test.get("test_metadata")?;
    if text(metadata, "name") != Some("relationships") {
        return None;
    }
    let other = checks.get(1).or_else(|| checks.first())?;
    let field = string(metadata.get("kwargs")?, "field")?;
    Some((*other, field))
}

fn question(test: &Value) -> String {
    let generic = test.get("test_metadata").and_then(|m| text(m, "name"));
    generic.map_or_else(String::new, |name| name.replace('_', " "))
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
