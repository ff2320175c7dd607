//! The order of the check: level by level of the graph, each level at once.

use std::collections::{HashMap, HashSet};

use super::bind::Twin;
use super::catalog::Catalog;
use super::{Basis, Checked, Request, environment, warnings};
use crate::diagnostics::{Diagnostic, Outcome};
use crate::graph::Graph;
use crate::parse::{IdMap, IdSet, Node, ResourceType, UniqueId};
use crate::run::{Drafts, RunContext};

/// Checks what a request asks for.
pub fn check(drafts: &Drafts, cx: &RunContext, request: &Request) -> Outcome<Checked> {
    let graph = &cx.graph;
    let catalog = Catalog::new(cx, request.basis);
    let desk = drafts.desk();
    let environment = environment::prepare(drafts, &desk);
    let included = included(graph, request);
    let mut twin = Twin::new(drafts, &catalog, environment, request);
    twin.begin();
    twin.take_sources(&included);
    for level in levels(graph, &included) {
        twin.check_level(&level);
    }
    twin.check_hooks();
    twin.leave();
    twin.check_unit_tests();
    twin.check_deprecated_columns();
    let (checked, found) = twin.finish();
    let mut diagnostics: Vec<Diagnostic> = catalog.take_note().into_iter().collect();
    catalog.close();
    diagnostics.extend(in_graph_order(found));
    Outcome::with(checked, diagnostics)
}

fn in_graph_order(found: IdMap<Vec<Diagnostic>>) -> Vec<Diagnostic> {
    found.into_values().flatten().collect()
}

/// Returns what is looked at: the selected nodes and what they read, as far as
/// that is taken from its own SQL.
fn included(graph: &Graph, request: &Request) -> IdSet {
    let mut all: IdSet = IdSet::default();
    let mut waiting: Vec<&UniqueId> = request.selected.iter().collect();
    while let Some(id) = waiting.pop() {
        if all.contains(id) {
            continue;
        }
        if let Some(node) = graph.project.nodes.get(id) {
            let is_sql_read = request.basis == Basis::Project
                || node.is_ephemeral()
                || request.selected.contains(id);
            all.insert(id.clone());
            if is_sql_read {
                waiting.extend(&node.depends_on_nodes);
            }
            // What a deprecated version lacks is told beside the latest.
            if request.warns
                && let Some(latest) = warnings::deprecated::successor(graph, node)
            {
                waiting.push(&latest.unique_id);
            }
        } else if graph.project.sources.contains_key(id) {
            all.insert(id.clone());
        } else if let Some(test) = graph.project.unit_tests.get(id) {
            waiting.extend(&test.depends_on_nodes);
        }
    }
    all
}

/// Puts nodes into levels: each reads only what is in those before.
fn levels(graph: &Graph, included: &IdSet) -> Vec<Vec<UniqueId>> {
    let node = |id: &UniqueId| graph.project.nodes.get(id);
    let mut missing: HashMap<&UniqueId, usize> = HashMap::new();
    let mut readers: HashMap<&UniqueId, Vec<&UniqueId>> = HashMap::new();
    let mut ready: Vec<&UniqueId> = Vec::new();
    for id in included {
        let Some(node) = node(id) else { continue };
        if !is_looked_at(node) {
            continue;
        }
        let reads: HashSet<&UniqueId> = node
            .depends_on_nodes
            .iter()
            .filter(|parent| included.contains(*parent))
            .filter(|parent| graph.project.nodes.get(*parent).is_some_and(is_looked_at))
            .collect();
        for parent in &reads {
            readers.entry(parent).or_default().push(id);
        }
        if reads.is_empty() {
            ready.push(id);
        }
        missing.insert(id, reads.len());
    }
    let mut levels = Vec::new();
    while !ready.is_empty() {
        let mut next = Vec::new();
        for id in &ready {
            for reader in readers.get(id).into_iter().flatten() {
                if let Some(left) = missing.get_mut(reader) {
                    *left -= 1;
                    if *left == 0 {
                        next.push(*reader);
                    }
                }
            }
        }
        let mut level: Vec<UniqueId> = ready.into_iter().cloned().collect();
        level.sort_unstable();
        levels.push(level);
        ready = next;
    }
    levels
}

fn is_looked_at(node: &Node) -> bool {
    matches!(
        node.resource_type,
        ResourceType::Model
            | ResourceType::Seed
            | ResourceType::Snapshot
            | ResourceType::Test
            | ResourceType::Analysis
    )
}
