//! What a check has found, kept for the next one, so that after a change only
//! what the change reaches is looked at again.
//!
//! What was found of a node is taken over when the node and its tests are
//! written as they were and what it reads gives what it gave. It must have come
//! from these alone: not from the graph as a whole, from rows, or from what is
//! outside of the project. A mistake is always looked at again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::bind::State;
use super::environment::Environment;
use super::warnings::Keys;
use super::{Basis, Request};
use crate::config::LoadedProject;
use crate::diagnostics::Diagnostic;
use crate::graph::Graph;
use crate::parse::{Node, ResourceType, Source, UniqueId};
use crate::run::{Draft, RunContext};

/// The place where one check leaves what the next one takes over.
#[derive(Debug, Default)]
pub struct Kept(Mutex<Option<Last>>);

/// A check that was made.
#[derive(Debug)]
pub struct Last {
    graph: Arc<Graph>,
    project: Arc<LoadedProject>,
    /// What hooks and functions had put into the twin.
    statements: Vec<String>,
    is_open: bool,
    warns: bool,
    nodes: HashMap<UniqueId, Outcome>,
    sources: HashMap<UniqueId, State>,
}

/// What was found of a node.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub state: State,
    pub keys: Option<Keys>,
    pub found: Vec<Diagnostic>,
    pub draft: Option<Draft>,
    pub doubt: Option<&'static str>,
    pub is_checked: bool,
    pub is_selected: bool,
    /// Whether it can be taken over.
    pub is_lasting: bool,
}

impl Kept {
    /// Takes the last check, when a new one can build on it.
    pub fn take(
        &self,
        cx: &RunContext,
        environment: &Environment,
        request: &Request,
    ) -> Option<Last> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = place.take()?;
        let fits = request.basis == Basis::Project
            && last.warns == request.warns
            && last.is_open == environment.is_open
            && last.statements == environment.statements
            && has_same_macros(&last.graph, &cx.graph)
            && (Arc::ptr_eq(&last.project, &cx.project) || last.project.is_same(&cx.project));
        fits.then_some(last)
    }

    /// Leaves a check for the next one.
    pub fn set(
        &self,
        cx: &RunContext,
        environment: &Environment,
        request: &Request,
        nodes: HashMap<UniqueId, Outcome>,
        sources: HashMap<UniqueId, State>,
    ) {
        let last = Last {
            graph: Arc::clone(&cx.graph),
            project: Arc::clone(&cx.project),
            statements: environment.statements.clone(),
            is_open: environment.is_open,
            warns: request.warns,
            nodes,
            sources,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
    }
}

impl Last {
    /// Returns what was found of a node, when that still holds. `changed` is
    /// what gives something else than it gave.
    pub fn outcome(
        &self,
        graph: &Graph,
        node: &Node,
        is_selected: bool,
        changed: &HashSet<UniqueId>,
    ) -> Option<&Outcome> {
        let outcome = self.nodes.get(&node.unique_id)?;
        let before = self.graph.project.nodes.get(&node.unique_id)?;
        let holds = outcome.is_lasting
            && outcome.is_selected == is_selected
            && !node.depends_on_nodes.iter().any(|id| changed.contains(id))
            && before.is_same(node)
            && has_same_tests(&self.graph, graph, &node.unique_id);
        holds.then_some(outcome)
    }

    /// Tells whether what reads a node finds what it found before.
    pub fn gives_the_same(&self, node: &Node, state: &State, keys: Option<&Keys>) -> bool {
        let before = self.graph.project.nodes.get(&node.unique_id);
        let (Some(outcome), Some(before)) = (self.nodes.get(&node.unique_id), before) else {
            return false;
        };
        // An ephemeral model is a part of what reads it.
        !node.is_ephemeral()
            && before.relation_name == node.relation_name
            && before.config.materialized() == node.config.materialized()
            && outcome.state == *state
            && outcome.keys.as_ref() == keys
    }

    /// The same for a source.
    pub fn source_gives_the_same(&self, source: &Source, state: &State) -> bool {
        let before = self.graph.project.sources.get(&source.unique_id);
        before.is_some_and(|before| before.relation_name == source.relation_name)
            && self.sources.get(&source.unique_id) == Some(state)
    }
}

/// Tells whether a node has the tests that it had, which say what tells its rows
/// apart.
fn has_same_tests(before: &Graph, now: &Graph, id: &UniqueId) -> bool {
    let (before, now) = (tests(before, id), tests(now, id));
    before.len() == now.len() && before.iter().zip(now).all(|(a, b)| a.is_same(b))
}

fn tests<'g>(graph: &'g Graph, id: &UniqueId) -> Vec<&'g Node> {
    let children = graph.children.get(id).into_iter().flatten();
    let nodes = children.filter_map(|id| graph.project.nodes.get(id));
    nodes
        .filter(|node| node.resource_type == ResourceType::Test)
        .collect()
}

fn has_same_macros(before: &Graph, now: &Graph) -> bool {
    let (before, now) = (&before.project.macros, &now.project.macros);
    before.len() == now.len()
        && before
            .values()
            .zip(now.values())
            .all(|(before, now)| before.is_same(now))
}
