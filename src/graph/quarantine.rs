//! Data tests that take a model's failing rows aside: `meta: {quarantine: true}`.
//!
//! Which model such a test cleans is known from the graph alone, and so is
//! whether rows can be taken out of it at all.

use serde_json::Value;

use super::place;
use crate::diagnostics::Diagnostic;
use crate::parse::{Node, ParsedProject, Place, ResourceType};

/// The key of a test's `meta`.
const KEY: &str = "quarantine";

/// What the name of a model's table of failing rows ends with.
pub const SUFFIX: &str = "__quarantine";

/// Tells whether a node is a data test that takes failing rows aside.
pub fn is_quarantine(node: &Node) -> bool {
    let value = node.config.meta().and_then(|meta| meta.get(KEY));
    node.resource_type == ResourceType::Test
        && node.config.is_enabled()
        && !matches!(value, None | Some(Value::Null | Value::Bool(false)))
}

/// Finds the model whose rows a quarantine test takes aside: the one that a
/// generic test stands at, or the only one that a singular test reads, or the
/// one that `meta: {quarantine: name}` names.
///
/// # Errors
///
/// Why there is no such model, or why no rows can be taken out of it.
pub fn model_of<'a>(project: &'a ParsedProject, test: &Node) -> Result<&'a Node, Diagnostic> {
    let attached = test
        .generic_test()
        .and_then(|info| info.attached_node.as_ref());
    let read: Vec<&Node> = match attached {
        Some(id) => project.nodes.get(id).into_iter().collect(),
        None => {
            let parents = test.depends_on_nodes.iter();
            parents.filter_map(|id| project.nodes.get(id)).collect()
        }
    };
    let value = test.config.meta().and_then(|meta| meta.get(KEY));
    let model = match value {
        Some(Value::Bool(_)) => match &read[..] {
            [model] => *model,
            [] => {
                return Err(refusal(test, "it reads no model").hint(
                    "quarantine takes rows out of the project's own tables: put the test on a \
                     model that reads the source",
                ));
            }
            several => {
                let names: Vec<&str> = several.iter().map(|node| node.name.as_str()).collect();
                let why = format!("it reads several models: {}", names.join(", "));
                return Err(refusal(test, &why).hint(format!(
                    "name the one whose rows fail: `meta: {{quarantine: {}}}`",
                    names[0]
                )));
            }
        },
        Some(Value::String(name)) => {
            let found = read.iter().find(|node| node.name == *name);
            *found.ok_or_else(|| refusal(test, &format!("it does not read a model `{name}`")))?
        }
        other => {
            let given = other.map(Value::to_string).unwrap_or_default();
            let why = format!("`quarantine` is {given}");
            return Err(refusal(test, &why).hint("write `true`, or the name of the tested model"));
        }
    };
    let kind = model.config.materialized();
    let keeps_rows = match model.resource_type {
        ResourceType::Model => !matches!(
            kind,
            "view" | "ephemeral" | "external" | "materialized_view" | "table_function"
        ),
        ResourceType::Seed => true,
        _ => false,
    };
    if keeps_rows {
        return Ok(model);
    }
    let what = match model.resource_type {
        ResourceType::Model => format!("the model `{}` is `{kind}`", model.name),
        other => format!("`{}` is a {}", model.name, other.as_str()),
    };
    let why = format!("{what}, out of which no rows can be taken");
    Err(refusal(test, &why).hint(format!(
        "materialize `{}` as a table or incrementally, or test a model that is",
        model.name
    )))
}

/// Reports the quarantine tests that cannot be.
pub(super) fn check(project: &ParsedProject, node: &Node) -> Option<Diagnostic> {
    if !is_quarantine(node) {
        return None;
    }
    model_of(project, node).err()
}

fn refusal(test: &Node, why: &str) -> Diagnostic {
    let title = format!("the test `{}` cannot quarantine rows: {why}", test.name);
    let Place { file, range } = place::of_name(&test.file, &test.span, KEY);
    Diagnostic::error("quarantine", title).at(&file, range, "asked for here")
}
