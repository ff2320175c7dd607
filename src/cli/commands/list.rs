//! `list`: prints the selected resources.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::CommandContext;
use crate::cli::args::{ListArgs, RunArgs};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::{ReadyProject, Session};
use crate::diagnostics::Outcome;
use crate::event::kinds;
use crate::graph::Graph;
use crate::graph::select::{self, Dag, Selected};
use crate::parse::{IdMap, Node, ResourceType, UniqueId};
use crate::plan::Command;

/// What `--output json` prints of a resource unless told otherwise, as dbt.
const KEYS: &[&str] = &[
    "alias",
    "name",
    "package_name",
    "depends_on",
    "tags",
    "config",
    "resource_type",
    "source_name",
    "original_file_path",
    "unique_id",
];

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &ListArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "list",
        run: RunArgs {
            selection: args.selection.clone(),
            ..RunArgs::default()
        },
        extra: Map::new(),
    })?;
    session.greet()?;
    let ready = session.read()?;
    super::parse::write_manifest(&session, &ready, &IdMap::default())?;
    let selected = selected(&session, &ready, args)?;
    let selected = session.settle(Outcome::with(selected.ids, selected.warnings))?;
    if selected.is_empty() {
        return session.warn(kinds::NO_NODES_SELECTED, "No nodes selected!");
    }
    let keys: Vec<&str> = args.output_keys.iter().flat_map(|k| k.split(' ')).collect();
    let mut ids: Vec<&UniqueId> = selected.iter().collect();
    ids.sort_unstable();
    let mut out = String::new();
    for id in ids {
        let line = match args.output.as_str() {
            "json" => as_json(&ready.graph, id, &keys),
            "name" => search_name(&ready.graph, id),
            "path" => field(&ready.graph, id, "original_file_path"),
            _ => selector(&ready.graph, id),
        };
        out.push_str(&line);
        out.push('\n');
    }
    session.printer.data(&out);
    Ok(())
}

/// Evaluates the selection.
fn selected(session: &Session, ready: &ReadyProject, args: &ListArgs) -> Result<Selected, Exit> {
    let request = super::request(session, ready, Command::List, &args.selection)?;
    let dag = Dag::new(&ready.graph);
    let (selection, types) = (&request.selection, &request.resource_types);
    select::select(&ready.graph, &dag, selection, types).map_err(Exit::failed)
}

fn field(graph: &Graph, id: &UniqueId, key: &str) -> String {
    graph
        .manifest_form(id)
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn as_json(graph: &Graph, id: &UniqueId, keys: &[&str]) -> String {
    let whole = graph.manifest_form(id);
    let mut out = Map::new();
    if keys.is_empty() {
        if let Value::Object(map) = whole {
            out.extend(map.into_iter().filter(|(k, _)| KEYS.contains(&k.as_str())));
        }
    } else {
        for key in keys {
            // A dot goes into a mapping: `config.materialized`.
            let found = key
                .split('.')
                .try_fold(&whole, |value, part| value.get(part));
            match found {
                Some(found) if !(key.contains('.') && found.is_null()) => {
                    out.insert((*key).to_owned(), found.clone());
                }
                _ => {}
            }
        }
    }
    Value::Object(out).to_string()
}

fn search_name(graph: &Graph, id: &UniqueId) -> String {
    let project = &graph.project;
    if let Some(source) = project.sources.get(id) {
        return format!("{}.{}", source.source_name, source.name);
    }
    if let Some(node) = project.nodes.get(id) {
        let version = node.model().and_then(|m| m.version.as_ref());
        return match version {
            Some(version) => format!("{}.v{}", node.name, plain(version)),
            None => node.name.clone(),
        };
    }
    if let Some(test) = project.unit_tests.get(id) {
        return versioned_test_name(test);
    }
    field(graph, id, "name")
}

fn versioned_test_name(test: &crate::parse::UnitTest) -> String {
    match &test.version {
        Some(version) if !version.is_null() => format!("{}_v{}", test.name, plain(version)),
        _ => test.name.clone(),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn selector(graph: &Graph, id: &UniqueId) -> String {
    let project = &graph.project;
    if let Some(source) = project.sources.get(id) {
        return format!(
            "source:{}.{}.{}",
            source.package_name, source.source_name, source.name
        );
    }
    if let Some(test) = project.unit_tests.get(id) {
        return format!(
            "unit_test:{}.{}",
            test.package_name,
            versioned_test_name(test)
        );
    }
    if let Some(node) = project.nodes.get(id) {
        let node: &Node = node;
        return node.fqn.join(".");
    }
    let whole = graph.manifest_form(id);
    let text = |key| whole.get(key).and_then(Value::as_str).unwrap_or_default();
    let method = [
        ResourceType::Exposure,
        ResourceType::Metric,
        ResourceType::SavedQuery,
        ResourceType::SemanticModel,
    ]
    .into_iter()
    .map(ResourceType::as_str)
    .find(|name| *name == text("resource_type"))
    .unwrap_or_default();
    format!("{method}:{}.{}", text("package_name"), text("name"))
}
