//! `impact`: what the changes since an earlier state do, and what they reach.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::ReadyProject;
use crate::cli::trace;
use crate::diagnostics::Diagnostic;
use crate::graph::state::{Check, Comparison, PreviousManifest};
use crate::lineage::output::table_name;
use crate::lineage::{self, Candidate, Change, Impact};
use crate::parse::{CompiledNode, IdMap, Node, ResourceType};
use crate::sql::Schemas;

#[derive(Debug, Clone, Default, Args)]
pub struct ImpactArgs {
    /// How to print
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    pub output: String,
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &ImpactArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "impact",
        ..CommandFlags::default()
    })?;
    session.greet()?;
    let ready = session.read()?;
    require_state(&ready)?;
    let (results, schemas) = super::lineage::compile(&session, &ready)?;
    let found = assess(&ready, &results.compiled, &schemas)?;
    let text = match args.output.as_str() {
        "json" => {
            let text = serde_json::to_string_pretty(&as_json(&found)).unwrap_or_default();
            format!("{text}\n")
        }
        _ => as_text(&found),
    };
    session.printer.data(&text);
    super::build::exit(&results).map_err(|_| Exit::reported())
}

/// Judges what has changed since the state that `--state` names.
///
/// # Errors
///
/// There is no state, or its manifest has no compiled SQL.
pub fn assess(
    ready: &ReadyProject,
    compiled: &IdMap<CompiledNode>,
    schemas: &Schemas,
) -> Result<Impact, Exit> {
    let (manifest, rules) = require_state(ready)?;
    let comparison = Comparison::new(&ready.graph, manifest, rules);
    let candidates = candidates(ready, manifest, &comparison)?;
    let adapter_type = &ready.project.profile.adapter_type;
    let traced = |tables: lineage::Project| {
        let compared = lineage::Project {
            is_compared: true,
            ..tables
        };
        trace::trace_tables(compared, adapter_type)
    };
    let now = traced(lineage::of_graph(&ready.graph, compiled, schemas))?;
    let before = traced(lineage::of_manifest(manifest, schemas))?;
    Ok(lineage::impact(&before.traced, &now.traced, &candidates))
}

fn require_state(
    ready: &ReadyProject,
) -> Result<(&PreviousManifest, crate::graph::state::Rules), Exit> {
    let state = ready.state.as_ref().ok_or_else(|| {
        let title = "changes are told from an earlier state, and none is named";
        Exit::failed(Diagnostic::error("no-state", title).hint(
            "name the folder with the earlier `manifest.json` with `--state`, for example the \
             `target` folder of the main branch",
        ))
    })?;
    let manifest = state.require_manifest().map_err(Exit::failed)?;
    let mut nodes = manifest.section("nodes").map(|(_, node)| node);
    let is_model = |node: &Value| node.get("resource_type") == Some(&"model".into());
    let has_code = |node: &Value| node.get("compiled_code").is_some_and(Value::is_string);
    let mut models = nodes.by_ref().filter(|node| is_model(node)).peekable();
    if models.peek().is_some() && !models.any(has_code) {
        let title = format!("the manifest in `{}` has no compiled SQL", state.path);
        return Err(Exit::failed(
            Diagnostic::error("state-not-compiled", title)
                .hint("make it with `hcdbt compile`, `run`, `build` or `docs generate`"),
        ));
    }
    Ok((manifest, state.rules))
}

/// Returns the tables that are new, gone, or changed in any way.
fn candidates(
    ready: &ReadyProject,
    manifest: &PreviousManifest,
    comparison: &Comparison<'_>,
) -> Result<Vec<Candidate>, Exit> {
    let is_table = |node: &&Node| {
        let has_rows = matches!(
            node.resource_type,
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
        );
        has_rows && node.config.is_enabled()
    };
    let nodes = &ready.graph.project.nodes;
    let mut found = Vec::new();
    for node in nodes.values().filter(is_table) {
        let matches = |check| {
            comparison
                .matches(check, &node.unique_id, node.resource_type)
                .map_err(Exit::failed)
        };
        if matches(Check::Modified)? || matches(Check::Macros)? {
            let old = manifest.get(node.unique_id.as_str());
            found.push(candidate(node, old));
        }
    }
    for (id, old) in manifest.section("nodes") {
        let kind = old.get("resource_type").and_then(Value::as_str);
        let had_rows = matches!(kind, Some("model" | "seed" | "snapshot"));
        let is_there = nodes.get(id).is_some_and(|node| node.config.is_enabled());
        if had_rows && !is_there {
            found.push(Candidate {
                id: id.into(),
                whole: None,
                types: IndexMap::new(),
            });
        }
    }
    Ok(found)
}

fn candidate(node: &Node, old: Option<&Value>) -> Candidate {
    let old = old.unwrap_or(&Value::Null);
    let old_text = |key: &str| old.get(key).and_then(Value::as_str);
    let old_config = |key: &str| old.get("config").and_then(|config| config.get(key));
    let was_ephemeral = old_config("materialized") == Some(&"ephemeral".into());
    let whole = if old.is_null() {
        None
    } else if old_text("alias") != Some(&node.alias) {
        Some((Change::Breaking, "its table has another name"))
    } else if node.is_ephemeral() && !was_ephemeral {
        Some((Change::Breaking, "it is no table any more"))
    } else if node.resource_type == ResourceType::Seed
        && old
            .get("checksum")
            .and_then(|sum| sum.get("checksum")?.as_str())
            != Some(&node.checksum.checksum)
    {
        Some((Change::ValueChanging, "its file is another one"))
    } else if node.language == crate::parse::Language::Python
        && old_text("raw_code") != Some(&node.raw_code)
    {
        Some((Change::ValueChanging, "its Python code is another one"))
    } else {
        None
    };
    let types = node.columns.values().filter_map(|column| {
        let is = column.data_type.as_ref()?;
        let was = old
            .get("columns")?
            .get(&column.name)?
            .get("data_type")?
            .as_str()?;
        let is_same = was.eq_ignore_ascii_case(is);
        (!is_same).then(|| {
            (
                column.name.to_ascii_lowercase(),
                (was.to_owned(), is.clone()),
            )
        })
    });
    Candidate {
        id: Arc::clone(&node.unique_id.0),
        whole,
        types: types.collect(),
    }
}

/// Writes an impact for people.
pub fn as_text(impact: &Impact) -> String {
    let mut out = String::new();
    if impact.changes.is_empty() {
        return "nothing has changed\n".to_owned();
    }
    for table in &impact.changes {
        let _ = write!(out, "{}: {}", table_name(&table.id), table.change.as_str());
        match &table.why {
            Some(why) => {
                let _ = writeln!(out, ": {why}");
            }
            None => out.push('\n'),
        }
        for column in table
            .columns
            .iter()
            .filter(|c| Some(&c.why) != table.why.as_ref())
        {
            let change = column.change.as_str();
            let _ = writeln!(out, "  {change:<15} {}: {}", column.name, column.why);
        }
    }
    for table in &impact.reach.tables {
        let columns = table.columns.iter().map(|name| {
            let is_gone = table.gone.contains(name);
            format!("{name}{}", if is_gone { " (gone)" } else { "" })
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "reaches {}: {columns}", table_name(&table.id));
    }
    for (noun, ids) in [
        ("exposure", &impact.reach.exposures),
        ("test", &impact.reach.tests),
    ] {
        for id in ids {
            // Ids of generic tests end in a checksum.
            let name = id.split('.').nth(2).unwrap_or(id);
            let _ = writeln!(out, "reaches the {noun} {name}");
        }
    }
    out
}

/// Writes an impact for other tools.
pub fn as_json(impact: &Impact) -> Value {
    let changes = impact.changes.iter().map(|table| {
        let columns = table.columns.iter().map(|column| {
            let change = column.change.as_str();
            json!({"name": column.name, "change": change, "why": column.why})
        });
        json!({
            "id": &*table.id,
            "change": table.change.as_str(),
            "why": table.why,
            "columns": columns.collect::<Vec<_>>(),
        })
    });
    let reached = impact.reach.tables.iter();
    let reached = reached
        .map(|table| json!({"id": &*table.id, "columns": table.columns, "gone": table.gone}));
    let texts = |ids: &[Arc<str>]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "change": impact.change().map(Change::as_str),
        "changes": changes.collect::<Vec<_>>(),
        "reached": reached.collect::<Vec<_>>(),
        "tests": texts(&impact.reach.tests),
        "exposures": texts(&impact.reach.exposures),
    })
}
