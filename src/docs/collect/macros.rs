//! What is shown of macros: which are shown at all, what they take, and who calls them.

use serde_json::Value;

use super::Links;
use crate::docs::fields::{items, string, text};
use crate::docs::markdown;
use crate::docs::payload::{Argument, Kind, Node};

/// Whether a macro is the project's or a package's. Those that come with the program say
/// nothing about a project.
pub(super) fn is_shown(id: &str) -> bool {
    let package = id.split('.').nth(1);
    package.is_some_and(|package| package != "dbt" && package != "dbt_duckdb")
}

pub(super) fn arguments(json: &Value) -> Vec<Argument> {
    items(json, "arguments")
        .filter_map(|argument| {
            Some(Argument {
                name: string(argument, "name")?,
                data_type: string(argument, "type").or_else(|| string(argument, "data_type")),
                description: text(argument, "description")
                    .map(markdown::to_cell_html)
                    .unwrap_or_default(),
            })
        })
        .collect()
}

/// Tells nodes which macros they call, and macros by whom they are called.
pub(super) fn connect(links: &[Links], nodes: &mut [Node]) {
    for (i, links) in (0u32..).zip(links) {
        let is_macro = nodes[i as usize].entry.kind == Kind::Macro;
        for called in links.macros.iter().copied().filter(|called| *called != i) {
            nodes[called as usize].detail.macros.push(i);
            if !is_macro {
                nodes[i as usize].detail.macros.push(called);
            }
        }
    }
}
