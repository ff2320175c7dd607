//! From a selection to steps.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::order::{self, Quarantine};
use super::{Command, Plan, Request, Step};
use crate::diagnostics::{Diagnostic, Outcome};
use crate::graph::select::{self, Dag};
use crate::graph::{Graph, quarantine};
use crate::parse::{IdSet, ResourceType, Source, UniqueId};

/// Decides which steps a command runs.
///
/// Ephemeral models are selected but are no steps: they become part of the
/// SQL of those that read them.
pub fn plan(graph: &Graph, request: &Request) -> Outcome<Plan> {
    let dag = Dag::new(graph);
    let selected = match select::select(graph, &dag, &request.selection, &request.resource_types) {
        Ok(selected) => selected,
        Err(diagnostic) => return Outcome::failed(vec![diagnostic]),
    };
    let warnings = selected.warnings;
    let mut ids = selected.ids;
    ids.retain(|id| !is_empty(graph, id));
    match order_of(graph, &dag, request.command, ids) {
        Ok(plan) => Outcome::with(plan, warnings),
        Err(diagnostic) => Outcome::failed(vec![diagnostic]),
    }
}

/// Plans a command for nodes that are known by their ids, as `retry` does.
///
/// # Errors
///
/// Quarantine tests that wait for each other.
pub fn plan_of(graph: &Graph, command: Command, ids: &IdSet) -> Result<Plan, Diagnostic> {
    order_of(graph, &Dag::new(graph), command, ids.clone())
}

/// Tells whether a resource is in the project no more.
pub fn is_missing(graph: &Graph, id: &UniqueId) -> bool {
    graph.manifest_form(id).is_null()
}

fn order_of(graph: &Graph, dag: &Dag, command: Command, ids: IdSet) -> Result<Plan, Diagnostic> {
    let numbers = ids.par_iter().filter_map(|id| dag.number(id));
    let runs = |i: &u32| is_step(graph, dag, *i, command);
    let steps: Vec<u32> = numbers.filter(runs).collect();
    let waits_for_tests = command == Command::Build;
    let quarantines = match command {
        Command::Build | Command::Test => quarantines(graph, dag, &steps),
        _ => Vec::new(),
    };
    let steps = order::order(dag, &steps, waits_for_tests, &quarantines)
        .ok_or_else(|| circle(dag, &quarantines))?;
    // A copy of a relation needs no other copy.
    let is_independent = command == Command::Clone;
    let steps = steps
        .into_par_iter()
        .map(|placed| Step {
            node: dag.id(placed.number).clone(),
            dependencies: if is_independent {
                Vec::new()
            } else {
                placed.dependencies
            },
            after: placed.after,
            is_optional: is_optional(graph, dag.id(placed.number)),
        })
        .collect();
    Ok(Plan {
        command,
        steps,
        selected: ids,
    })
}

/// Tells whether a node says `on_error: continue`: what reads a model that fails
/// then works with what is there, and what a failed test would hold up goes on.
fn is_optional(graph: &Graph, id: &UniqueId) -> bool {
    let node = graph.project.nodes.get(id);
    node.is_some_and(|node| node.config.str("on_error") == Some("continue"))
}

/// Returns the models of which tests among the steps take failing rows aside.
fn quarantines(graph: &Graph, dag: &Dag, steps: &[u32]) -> Vec<Quarantine> {
    let nodes = &graph.project.nodes;
    let mut found: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for step in steps {
        let test = nodes.get(dag.id(*step));
        let Some(test) = test.filter(|node| quarantine::is_quarantine(node)) else {
            continue;
        };
        let model = quarantine::model_of(&graph.project, test).ok();
        if let Some(model) = model.and_then(|model| dag.number(&model.unique_id)) {
            found.entry(model).or_default().push(*step);
        }
    }
    let found = found.into_iter().map(|(model, mut tests)| {
        tests.sort_unstable_by_key(|test| dag.id(*test));
        Quarantine { model, tests }
    });
    found.collect()
}

fn circle(dag: &Dag, quarantines: &[Quarantine]) -> Diagnostic {
    let tests = quarantines.iter().flat_map(|q| &q.tests);
    // Only a test of several models can close a circle.
    let tests = tests.filter(|test| dag.parents(**test).len() > 1);
    let tests: Vec<String> = tests.map(|test| format!("`{}`", dag.id(*test))).collect();
    let title = format!(
        "quarantine tests wait for what waits for them: {}",
        tests.join(", ")
    );
    Diagnostic::error("quarantine", title)
        .because(
            "What reads a model waits for the tests that take rows out of it, so such a test \
             cannot read what is built from the model.",
        )
        .hint("leave `quarantine` out of the test that reads further down")
}

/// Tells whether a node has no text at all. dbt passes over such files, which
/// people leave behind while they work.
fn is_empty(graph: &Graph, id: &UniqueId) -> bool {
    let node = graph.project.nodes.get(id);
    node.is_some_and(|n| n.resource_type != ResourceType::Seed && n.raw_code.trim().is_empty())
}

/// Tells whether a selected resource is a step of its own.
fn is_step(graph: &Graph, dag: &Dag, i: u32, command: Command) -> bool {
    let id: &UniqueId = dag.id(i);
    match dag.resource_type(i) {
        ResourceType::Model => {
            let compiles = matches!(command, Command::Compile | Command::Show | Command::Docs);
            let node = graph.project.nodes.get(id);
            compiles || node.is_some_and(|n| !n.is_ephemeral())
        }
        // A source that promises nothing about its age is not asked.
        ResourceType::Source => {
            let source = graph.project.sources.get(id);
            command == Command::Freshness && source.is_some_and(promises_freshness)
        }
        ResourceType::Metric | ResourceType::SemanticModel => false,
        _ => true,
    }
}

/// Tells whether a source says when it is too old.
fn promises_freshness(source: &Source) -> bool {
    ["warn_after", "error_after"].iter().any(|key| {
        let limit = source.freshness.get(key);
        let part = |part| {
            limit
                .and_then(|l| l.get(part))
                .is_some_and(|v| !v.is_null())
        };
        part("count") && part("period")
    })
}

/// Adds one node that is in no selection, as `show --inline` does.
impl Plan {
    pub fn of_one(command: Command, id: UniqueId) -> Self {
        Self {
            command,
            selected: IdSet::from_iter([id.clone()]),
            steps: vec![Step {
                node: id,
                dependencies: Vec::new(),
                after: Vec::new(),
                is_optional: false,
            }],
        }
    }
}
