//! What is shown of macros: which are shown at all, what they take, and who calls them.

use serde_json::Value;

use super::Inputs;
use crate::docs::fields::{items, string, text};
use crate::docs::markdown;
use crate::docs::payload::{Argument, Kind, Node};

/// Whether a macro is the project's or a package's. Those that come with the program say
/// nothing about a project.
pub(super) fn is_shown(json: &Value) -> bool {
    text(json, "package_name").is_some_and(|package| package != "dbt" && package != "dbt_duckdb")
        && text(json, "name").is_some()
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
pub(super) fn connect(inputs: &Inputs<'_>, nodes: &mut [Node]) {
    for (i, (kind, _, json)) in (0u32..).zip(&inputs.listed[..nodes.len()]) {
        let depends_on = json.get("depends_on").unwrap_or(&Value::Null);
        let called =
            items(depends_on, "macros").filter_map(|id| inputs.position.get(id.as_str()?).copied());
        for called in called.filter(|called| *called != i) {
            nodes[called as usize].detail.macros.push(i);
            if *kind != Kind::Macro {
                nodes[i as usize].detail.macros.push(called);
            }
        }
    }
}
