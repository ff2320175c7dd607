//! Builds the page's data from dbt's artifacts.
//!
//! The input is the JSON that any dbt tool writes, so a page can be made for any
//! project. Only what the page shows is taken over: no macros, no environment, no
//! settings of the run, no messages of the database.

mod checks;
mod columns;
mod facts;
mod macros;
mod nodes;
mod results;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde_json::Value;

use super::fields::{entries, string, text};
use super::layout::layout;
use super::markdown;
use super::payload::{Block, DocsData, Group, Kind, LastRun, Node, Project};
use results::Results;

/// The manifest's sections that hold nodes.
const SECTIONS: [&str; 9] = [
    "nodes",
    "macros",
    "sources",
    "exposures",
    "metrics",
    "semantic_models",
    "saved_queries",
    "functions",
    "unit_tests",
];

/// Returns what the page shows for these artifacts: `manifest.json` and, as far as they exist,
/// `catalog.json`, `run_results.json` and `sources.json`.
pub fn docs_data(
    manifest: &Value,
    catalog: Option<&Value>,
    run_results: Option<&Value>,
    sources: Option<&Value>,
) -> DocsData {
    let inputs = Inputs::new(manifest, catalog, run_results, sources);
    let (listed, tests) = inputs
        .listed
        .split_at(inputs.listed.partition_point(|(kind, ..)| !kind.is_test()));
    let mut nodes: Vec<Node> = listed
        .iter()
        .map(|(kind, id, json)| nodes::node(&inputs, *kind, id, json))
        .collect();
    let tests = checks::tests(&inputs, tests, &mut nodes);
    macros::connect(&inputs, &mut nodes);

    let drawn = listed.partition_point(|(kind, ..)| *kind != Kind::Macro);
    let edges = edges(&inputs, drawn);
    // A reference seed stands beside its first user; sources keep the first column.
    let follows: Vec<bool> = nodes[..drawn]
        .iter()
        .map(|node| node.entry.kind == Kind::Seed)
        .collect();
    let drawing = layout(drawn, &edges, &follows);

    DocsData {
        project: project(&inputs),
        nodes,
        drawn,
        edges,
        drawing,
        tests,
        groups: groups(&inputs),
        blocks: blocks(&inputs),
    }
}

/// The artifacts, and what is looked up in them often.
struct Inputs<'a> {
    manifest: &'a Value,
    catalog: Option<&'a Value>,
    run_results: Option<&'a Value>,
    sources: Option<&'a Value>,
    project: &'a str,
    /// Every node that the page knows: kind, unique id, JSON; sorted by kind and id.
    listed: Vec<(Kind, &'a str, &'a Value)>,
    /// The position of each in `listed`.
    position: HashMap<&'a str, u32>,
    results: Results<'a>,
}

impl<'a> Inputs<'a> {
    fn new(
        manifest: &'a Value,
        catalog: Option<&'a Value>,
        run_results: Option<&'a Value>,
        sources: Option<&'a Value>,
    ) -> Self {
        let mut listed = Vec::new();
        for section in SECTIONS {
            for (id, node) in entries(manifest, section) {
                let named = text(node, "resource_type").or_else(|| id.split('.').next());
                let kind = named.and_then(Kind::from_resource_type);
                if let Some(kind) =
                    kind.filter(|kind| *kind != Kind::Macro || macros::is_shown(node))
                {
                    listed.push((kind, id.as_str(), node));
                }
            }
        }
        listed.sort_by_key(|(kind, id, _)| (*kind, *id));
        let position = (0u32..)
            .zip(&listed)
            .map(|(i, (_, id, _))| (*id, i))
            .collect();

        let metadata = manifest.get("metadata").unwrap_or(&Value::Null);
        // Manifests before version 10 do not name the project; most nodes are its own.
        let project = text(metadata, "project_name").or_else(|| {
            let first = listed.iter().find(|(kind, ..)| *kind == Kind::Model);
            first.and_then(|(_, _, node)| text(node, "package_name"))
        });
        Self {
            manifest,
            catalog,
            run_results,
            sources,
            project: project.unwrap_or("project"),
            listed,
            position,
            results: Results::new(run_results, sources),
        }
    }

    /// Returns the positions of the nodes that a node depends on, as far as the page knows them.
    fn parents(&self, node: &Value) -> Vec<u32> {
        let depends_on = node.get("depends_on").and_then(|d| d.get("nodes"));
        let ids = depends_on.and_then(Value::as_array).into_iter().flatten();
        ids.filter_map(|id| self.position.get(id.as_str()?).copied())
            .collect()
    }
}

fn edges(inputs: &Inputs<'_>, drawn: usize) -> Vec<(u32, u32)> {
    let mut edges = Vec::new();
    for (to, (_, _, node)) in (0u32..).zip(&inputs.listed[..drawn]) {
        for from in inputs.parents(node) {
            if (from as usize) < drawn && from != to {
                edges.push((from, to));
            }
        }
    }
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn project(inputs: &Inputs<'_>) -> Project {
    let of = |artifact: Option<&Value>| {
        artifact
            .and_then(|a| a.get("metadata"))
            .cloned()
            .unwrap_or_default()
    };
    let manifest = of(Some(inputs.manifest));
    let named = [
        ("manifest", Some(inputs.manifest)),
        ("catalog", inputs.catalog),
        ("run results", inputs.run_results),
        ("sources", inputs.sources),
    ];
    let schemas = named.into_iter().filter_map(|(name, artifact)| {
        let metadata = artifact?.get("metadata")?;
        let file = text(metadata, "dbt_schema_version")?.rsplit('/').next()?;
        Some(format!("{name} {}", file.trim_end_matches(".json")))
    });

    let overview = format!("doc.{}.__overview__", inputs.project);
    let overview = inputs
        .manifest
        .get("docs")
        .and_then(|docs| docs.get(&overview));
    let run_at = string(&of(inputs.run_results), "generated_at");
    Project {
        name: inputs.project.to_owned(),
        overview: overview
            .and_then(|o| text(o, "block_contents"))
            .map(markdown::to_html)
            .unwrap_or_default(),
        adapter: string(&manifest, "adapter_type"),
        dbt_version: string(&manifest, "dbt_version"),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        generated_at: string(&manifest, "generated_at"),
        catalog_at: string(&of(inputs.catalog), "generated_at"),
        freshness_at: string(&of(inputs.sources), "generated_at"),
        run: inputs.results.executed.then(|| LastRun {
            command: inputs.results.command.map(str::to_owned),
            at: run_at,
            seconds: inputs
                .run_results
                .and_then(|r| r.get("elapsed_time")?.as_f64()),
        }),
        schemas: schemas.collect(),
    }
}

/// Returns the groups that nodes belong to, by name.
fn groups(inputs: &Inputs<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = entries(inputs.manifest, "groups")
        .filter_map(|(_, group)| {
            let owner = group.get("owner").unwrap_or(&Value::Null);
            Some(Group {
                name: string(group, "name")?,
                owner: string(owner, "name"),
                email: string(owner, "email"),
                description: text(group, "description")
                    .map(markdown::to_html)
                    .unwrap_or_default(),
            })
        })
        .collect();
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    groups
}

/// Returns the project's own docs blocks, without the ones that are pages (`__overview__`).
fn blocks(inputs: &Inputs<'_>) -> Vec<Block> {
    let mut blocks: Vec<Block> = entries(inputs.manifest, "docs")
        .filter(|(_, block)| text(block, "package_name") == Some(inputs.project))
        .filter_map(|(_, block)| {
            let name = text(block, "name").filter(|name| !name.starts_with("__"))?;
            Some(Block {
                name: name.to_owned(),
                html: markdown::to_html(text(block, "block_contents")?),
            })
        })
        .collect();
    blocks.sort_by(|a, b| a.name.cmp(&b.name));
    blocks
}
