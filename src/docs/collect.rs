//! Builds the page's data from dbt's artifacts.
//!
//! The input has the form of the JSON that any dbt tool writes, a resource at a time, so a page can
//! be made for any project. Only what the page shows is taken over: no environment, no settings of
//! the run, no messages of the database.

mod checks;
mod columns;
mod facts;
mod history;
mod macros;
mod nodes;
mod removed;
mod results;
mod semantic;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;
use serde_json::Value;

use super::catalog::Catalog;
use super::charts::{self, Ask};
use super::fields::{entries, items, string, text};
use super::layout::layout;
use super::lineage::{Columns, Lineage};
use super::manifest::{Make, Manifest};
use super::payload::{Block, Change, DocsData, Group, Kind, LastRun, Node, Project, Run};
use super::{markdown, patient_data, profile};
use crate::diagnostics::{Diagnostic, Outcome};
use crate::phi::Examined;
use results::Results;

/// What the page is made of. All but the manifest may be missing.
pub struct Artifacts<'a> {
    pub manifest: Manifest<'a>,
    pub catalog: Option<Catalog<'a>>,
    pub run_results: Option<&'a Value>,
    pub sources: Option<&'a Value>,
    /// Records of the ledger of runs, the newest first.
    pub ledger: &'a [Value],
    pub columns: Option<&'a Columns<'a>>,
    /// What columns tell about patients; without it what property files say of them is shown.
    pub patient_data: Option<&'a Examined>,
    pub changes: Option<Changes>,
    /// The database, for what is aggregated when the page is made.
    pub ask: Option<&'a mut Ask<'a>>,
    /// Tables are to be profiled.
    pub profile: bool,
}

impl<'a> Artifacts<'a> {
    /// A manifest alone.
    pub fn of(manifest: Manifest<'a>) -> Self {
        Self {
            manifest,
            catalog: None,
            run_results: None,
            sources: None,
            ledger: &[],
            columns: None,
            patient_data: None,
            changes: None,
            ask: None,
            profile: false,
        }
    }
}

/// How the project differs from an earlier state: unique ids.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub added: HashSet<String>,
    pub modified: HashSet<String>,
    pub removed: Vec<Gone>,
}

/// A resource of the earlier state that is no more.
#[derive(Debug, Clone, Default)]
pub struct Gone {
    pub id: String,
    pub name: String,
    /// What it was made of, and what was made of it: unique ids.
    pub parents: Vec<String>,
    pub children: Vec<String>,
}

/// A table that charts are made of.
pub(super) struct Subject {
    pub position: u32,
    /// Its name in SQL.
    pub relation: String,
    /// Its columns that hold identifiers.
    pub private: Vec<String>,
}

/// Returns what the page shows, and what was found wrong with charts and profiles.
pub fn docs_data(mut artifacts: Artifacts<'_>) -> Outcome<DocsData> {
    let mut ask = artifacts.ask.take();
    let inputs = Inputs::new(&artifacts);
    let (listed, tests) = inputs
        .listed
        .split_at(inputs.listed.partition_point(|one| !one.kind.is_test()));
    let (mut nodes, mut links) = (Vec::new(), Vec::new());
    let read = listed.par_iter().map(|one| read(&inputs, one));
    read.unzip_into_vecs(&mut nodes, &mut links);
    let drawn = listed.partition_point(|one| one.kind != Kind::Macro);
    let edges = edges(&links[..drawn]);
    // A reference seed stands beside its first user; sources keep the first column.
    let kinds = listed[..drawn].iter().map(|one| one.kind);
    let follows: Vec<bool> = kinds.map(|kind| kind == Kind::Seed).collect();
    let (tests, drawing) = rayon::join(
        || checks::tests(&inputs, tests, &mut nodes),
        || layout(drawn, &edges, &follows),
    );
    macros::connect(&links, &mut nodes);

    let mut project = project(&inputs);
    let mut removed = Vec::new();
    if let Some(changes) = &artifacts.changes {
        project.compared = true;
        mark_changes(changes, &edges, &mut nodes[..drawn]);
        removed = removed::nodes(changes);
    }
    if let Some(columns) = artifacts.columns {
        let lineage = Lineage::new(columns, listed[..drawn].iter().map(|one| one.id));
        project.lineage = (0..drawn).any(|position| lineage.tells_of(position));
        let drawn = nodes[..drawn].par_iter_mut().enumerate();
        drawn.for_each(|(position, node)| {
            if let Some(table) = lineage.table(position) {
                columns::add_traced(node, table.columns.iter().map(|column| &*column.name));
            }
        });
    }
    if let Some(examined) = artifacts.patient_data {
        let parents: Vec<&[u32]> = links.iter().map(|links| &*links.parents).collect();
        patient_data::tell(examined, &parents, &mut nodes[..drawn]);
    }

    let mut found = Vec::new();
    draw_charts(&links, ask.as_deref_mut(), &mut nodes, &mut found);
    if let Some(ask) = ask.filter(|_| artifacts.profile) {
        project.profiled_at.clone_from(&project.catalog_at);
        profile_tables(ask, &mut nodes[..drawn], &mut found);
    }
    let data = DocsData {
        project,
        nodes,
        drawn,
        edges,
        drawing,
        tests,
        removed,
        groups: groups(&inputs),
        blocks: blocks(&inputs),
    };
    Outcome::with(data, found)
}

/// Marks what is new or another, and what is downstream of that.
fn mark_changes(changes: &Changes, edges: &[(u32, u32)], nodes: &mut [Node]) {
    for node in &mut *nodes {
        let id = node.entry.id.as_str();
        node.entry.change = if changes.added.contains(id) {
            Some(Change::Added)
        } else {
            changes.modified.contains(id).then_some(Change::Modified)
        };
    }
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for (from, to) in edges {
        children.entry(*from).or_default().push(*to);
    }
    let changed = (0u32..)
        .zip(&*nodes)
        .filter(|(_, node)| node.entry.change.is_some());
    let mut stack: Vec<u32> = changed.map(|(i, _)| i).collect();
    while let Some(node) = stack.pop() {
        for child in children.get(&node).into_iter().flatten() {
            let change = &mut nodes[*child as usize].entry.change;
            if change.is_none() {
                *change = Some(Change::Impacted);
                stack.push(*child);
            }
        }
    }
}

fn draw_charts(
    links: &[Links],
    ask: Option<&mut Ask<'_>>,
    nodes: &mut [Node],
    found: &mut Vec<Diagnostic>,
) {
    let mut ask = ask;
    for (i, links) in links.iter().enumerate() {
        let Some(exposure) = &links.charted else {
            continue;
        };
        if nodes[i].entry.hidden {
            continue;
        }
        let subject = |name: &str| {
            let parents = links.parents.iter();
            parents
                .map(|position| (*position, &nodes[*position as usize]))
                .find(|(_, parent)| parent.entry.name == name)
                .and_then(|(position, parent)| {
                    let private = parent.detail.columns.iter().filter(|c| c.is_identifier());
                    Some(Subject {
                        position,
                        relation: parent.detail.relation.clone()?,
                        private: private.map(|column| column.name.clone()).collect(),
                    })
                })
        };
        let drawn = charts::charts(exposure, &subject, ask.as_deref_mut(), found);
        nodes[i].entry.charts = true;
        nodes[i].detail.charts = drawn;
    }
}

fn profile_tables(ask: &mut Ask<'_>, nodes: &mut [Node], found: &mut Vec<Diagnostic>) {
    for node in nodes {
        let Some(relation) = &node.detail.relation else {
            continue;
        };
        let is_stored = matches!(node.entry.kind, Kind::Model | Kind::Seed | Kind::Snapshot);
        // What the database does not have has no types.
        let is_there = node
            .detail
            .columns
            .iter()
            .any(|c| c.data_type.is_some() && !c.missing);
        if !is_stored || !is_there {
            continue;
        }
        if let Err(why) = profile::profile(relation, &mut node.detail.columns, ask) {
            let name = &node.entry.name;
            found.push(
                Diagnostic::warning("profile", format!("`{name}` could not be profiled: {why}"))
                    .hint(format!("build it first: `hcdbt build --select {name}`")),
            );
        }
    }
}

/// A resource that the page knows.
struct Listed<'a> {
    kind: Kind,
    id: &'a str,
    make: &'a (dyn Make + 'a),
}

/// What is kept of a resource's JSON besides its node.
#[derive(Default)]
struct Links {
    /// The positions of the nodes that it depends on, as far as the page knows them.
    parents: Vec<u32>,
    /// The positions of the macros that it calls.
    macros: Vec<u32>,
    /// An exposure with charts.
    charted: Option<Value>,
}

fn read(inputs: &Inputs<'_>, listed: &Listed<'_>) -> (Node, Links) {
    let resource = listed.make.make();
    let node = nodes::node(inputs, listed.kind, listed.id, &resource);
    let json = resource.json;
    let links = Links {
        parents: inputs.depends_on(&json, "nodes"),
        macros: inputs.depends_on(&json, "macros"),
        charted: (listed.kind == Kind::Exposure && charts::has_charts(&json)).then_some(json),
    };
    (node, links)
}

/// The artifacts, and what is looked up in them often.
struct Inputs<'a> {
    /// The manifest without its resources.
    manifest: &'a Value,
    catalog: Option<&'a Catalog<'a>>,
    run_results: Option<&'a Value>,
    sources: Option<&'a Value>,
    project: &'a str,
    /// Every resource that the page knows, sorted by kind and id.
    listed: Vec<Listed<'a>>,
    /// The position of each in `listed`.
    position: foldhash::HashMap<&'a str, u32>,
    results: Results<'a>,
    /// Earlier runs by unique id.
    runs: HashMap<&'a str, Vec<Run>>,
}

impl<'a> Inputs<'a> {
    fn new(artifacts: &'a Artifacts<'_>) -> Self {
        let &Artifacts {
            ref manifest,
            ref catalog,
            run_results,
            sources,
            ledger,
            ..
        } = artifacts;
        let resources = manifest.resources.iter();
        let mut listed: Vec<Listed<'a>> = resources
            .filter_map(|(id, make)| {
                // A unique id begins with the resource type.
                let kind = Kind::from_resource_type(id.split('.').next()?)?;
                let is_shown = kind != Kind::Macro || macros::is_shown(id);
                is_shown.then_some(Listed {
                    kind,
                    id,
                    make: &**make,
                })
            })
            .collect();
        listed.sort_by_key(|one| (one.kind, one.id));
        let position = (0u32..).zip(&listed).map(|(i, one)| (one.id, i)).collect();
        Self {
            manifest: &manifest.rest,
            catalog: catalog.as_ref(),
            run_results,
            sources,
            project: manifest.project(),
            listed,
            position,
            results: Results::new(run_results, sources, ledger),
            runs: history::runs(ledger),
        }
    }

    /// Returns the positions of what a resource depends on, as far as the page knows it.
    fn depends_on(&self, json: &Value, what: &str) -> Vec<u32> {
        let depends_on = json.get("depends_on").unwrap_or(&Value::Null);
        items(depends_on, what)
            .filter_map(|id| self.position.get(id.as_str()?).copied())
            .collect()
    }
}

/// Returns the edges between nodes that are drawn.
fn edges(links: &[Links]) -> Vec<(u32, u32)> {
    let mut edges = Vec::new();
    for (to, own) in (0u32..).zip(links) {
        let drawn = own
            .parents
            .iter()
            .filter(|from| (**from as usize) < links.len());
        edges.extend(drawn.filter(|from| **from != to).map(|from| (*from, to)));
    }
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn project(inputs: &Inputs<'_>) -> Project {
    let of = |artifact: Option<&'_ Value>| -> Value {
        let metadata = artifact.and_then(|artifact| artifact.get("metadata"));
        metadata.cloned().unwrap_or_default()
    };
    let manifest = of(Some(inputs.manifest));
    let catalog = inputs.catalog.map(|catalog| &catalog.metadata);
    let catalog = catalog.cloned().unwrap_or_default();
    let named = [
        ("manifest", manifest.clone()),
        ("catalog", catalog.clone()),
        ("run results", of(inputs.run_results)),
        ("sources", of(inputs.sources)),
    ];
    let schemas = named.iter().filter_map(|(name, metadata)| {
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
        catalog_at: string(&catalog, "generated_at"),
        freshness_at: string(&of(inputs.sources), "generated_at"),
        run: inputs.results.executed.then(|| LastRun {
            command: inputs.results.command.map(str::to_owned),
            at: run_at,
            seconds: inputs
                .run_results
                .and_then(|r| r.get("elapsed_time")?.as_f64()),
        }),
        schemas: schemas.collect(),
        profiled_at: None,
        compared: false,
        lineage: false,
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
        .filter(|&(_, block)| text(block, "package_name") == Some(inputs.project))
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
