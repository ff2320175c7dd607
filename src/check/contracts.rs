//! Contracts: the columns and types that a model has promised.

use super::bind::{Item, Twin};
use super::errors;
use crate::diagnostics::Diagnostic;
use crate::parse::{Node, ResourceType};

/// Tells whether a node's contract is enforced when it is built.
fn is_enforced(node: &Node) -> bool {
    let contract = node.config.get("contract");
    let enforced = contract.and_then(|contract| contract.get("enforced"));
    node.resource_type == ResourceType::Model
        && !node.is_ephemeral()
        && enforced.and_then(serde_json::Value::as_bool) == Some(true)
}

/// Checks a model's contract, by the macro that checks it when it is built.
pub fn check(twin: &Twin<'_>, item: &Item<'_>) -> Option<Diagnostic> {
    let node = item.node;
    if !is_enforced(node) {
        return None;
    }
    let failure = twin
        .drafts
        .check_contract(twin.desk(), node, &item.draft)
        .err()?;
    let rows: Vec<&str> = failure
        .text
        .lines()
        .filter(|line| line.starts_with('|'))
        .collect();
    let title = format!("model `{}` does not keep its contract", node.name);
    let mut diagnostic = Diagnostic::error("contract", title);
    diagnostic = if rows.is_empty() {
        diagnostic.because(failure.text)
    } else {
        diagnostic.because(rows.join("\n"))
    };
    diagnostic = match &node.properties {
        Some(place) => {
            let text = place.file.text.get(place.range.clone()).unwrap_or_default();
            let length = text.lines().next().map_or(0, str::len);
            let start = place.range.start;
            diagnostic.at(&place.file, start..start + length, "promised here")
        }
        None => diagnostic,
    };
    Some(errors::at_definition(diagnostic, node))
}
