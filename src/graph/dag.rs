//! Circles among the resources of a project.

use std::sync::Arc;

use indexmap::IndexMap;
use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};

use super::Graph;
use super::place;
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::parse::{Node, Place, RefArgs, ResourceType, UniqueId};

/// Reports every circle, each as a path with the places of its refs.
pub fn cycles(graph: &Graph) -> Vec<Diagnostic> {
    let mut dag = DiGraph::<&UniqueId, ()>::with_capacity(graph.parents.len(), graph.parents.len());
    for id in graph.parents.keys() {
        dag.add_node(id);
    }
    for (reader, parents) in graph.parents.values().enumerate() {
        for parent in parents {
            if let Some(parent) = graph.parents.get_index_of(parent) {
                dag.add_edge(NodeIndex::new(parent), NodeIndex::new(reader), ());
            }
        }
    }
    if toposort(&dag, None).is_ok() {
        return Vec::new();
    }
    let mut circles: Vec<Vec<NodeIndex>> = kosaraju_scc(&dag)
        .into_iter()
        .filter_map(|members| circle(&dag, members))
        .collect();
    circles.sort_unstable();
    circles
        .into_iter()
        .map(|members| {
            let ids: Vec<&UniqueId> = members.into_iter().map(|i| dag[i]).collect();
            report(graph, &ids)
        })
        .collect()
}

/// Finds a shortest circle through the first member of a set in which each
/// reaches each. Starts with the resource that comes first in the manifest;
/// each is read by the next.
fn circle(dag: &DiGraph<&UniqueId, ()>, mut members: Vec<NodeIndex>) -> Option<Vec<NodeIndex>> {
    members.sort_unstable();
    let start = *members.first()?;
    let mut came_from: IndexMap<NodeIndex, NodeIndex> = IndexMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        // Neighbours come newest first; the order of a circle should not
        // depend on that.
        let mut next: Vec<NodeIndex> = dag.neighbors(at).collect();
        next.sort_unstable();
        for reader in next {
            if reader == start {
                let mut path = vec![at];
                while let Some(before) = came_from.get(path.last()?) {
                    path.push(*before);
                }
                path.reverse();
                return Some(path);
            }
            if members.binary_search(&reader).is_ok() && !came_from.contains_key(&reader) {
                came_from.insert(reader, at);
                queue.push_back(reader);
            }
        }
    }
    None
}

fn report(graph: &Graph, circle: &[&UniqueId]) -> Diagnostic {
    let names: Vec<String> = circle.iter().map(|id| format!("`{}`", name(id))).collect();
    let title = match names.as_slice() {
        [one] => format!("Found a cycle: {one} refers to itself"),
        [rest @ .., last] => format!(
            "Found a cycle: {} and {last} refer to each other in a circle",
            rest.join(", ")
        ),
        [] => "Found a cycle".to_owned(),
    };
    let mut diagnostic = Diagnostic::error("cycle", title);
    for (i, id) in circle.iter().enumerate() {
        // What comes before in the circle is read by this one.
        let parent = circle[(i + circle.len() - 1) % circle.len()];
        if let Some(place) = reading_place(graph, id, parent) {
            let message = format!("`{}` reads `{}`", name(id), name(parent));
            diagnostic = diagnostic.at(&place.file, place.range, message);
        }
    }
    let path: Vec<&str> = circle
        .iter()
        .chain(circle.first())
        .map(|id| name(id))
        .collect();
    diagnostic
        .because(format!("{}.", path.join(" → ")))
        .hint("a model can only be built after what it reads: take out one of these refs")
}

/// Returns what people call a resource: its id without kind and package.
fn name(id: &UniqueId) -> &str {
    id.as_str().splitn(3, '.').nth(2).unwrap_or(id.as_str())
}

fn reading_place(graph: &Graph, id: &UniqueId, parent: &UniqueId) -> Option<Place> {
    let project = &graph.project;
    if let Some(node) = project.nodes.get(id) {
        return Some(place::of_ref(node, &ref_to(node, parent)));
    }
    let definition = |file: &Arc<SourceFile>, span| place::of_name(file, span, name(parent));
    project
        .metrics
        .get(id)
        .or_else(|| project.semantic_models.get(id))
        .map(|d| definition(&d.file, &d.span))
}

/// Returns the ref by which a node reads another.
fn ref_to(node: &Node, parent: &UniqueId) -> RefArgs {
    let is_function = parent.as_str().starts_with(ResourceType::Function.as_str());
    let called = name(parent);
    let matching = node.refs.iter().find(|args| {
        !is_function && (called == args.name || called.starts_with(&format!("{}.", args.name)))
    });
    matching.cloned().unwrap_or_else(|| RefArgs {
        name: called.to_owned(),
        package: None,
        version: None,
    })
}
