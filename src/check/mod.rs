//! Finds what is wrong with SQL before anything runs.
//!
//! Every node's SQL is bound by the engine's own planner, in an empty database
//! in memory, against the schemas of what it reads. What it gives is the schema
//! that its readers are bound against, so that columns and types flow through
//! the whole project, in the order of the graph.
//!
//! Precision comes first: where it is not known what a node reads (a source
//! that nobody describes, SQL that was made from rows), nothing is said about
//! it, nor about what depends on it.

mod asked;
mod basis;
mod bind;
mod catalog;
mod constants;
mod contracts;
mod environment;
mod errors;
mod fixtures;
mod hooks;
mod inputs;
mod kept;
mod levels;
mod memory;
mod parts;
mod plan;
mod readers;
mod repair;
mod reread;
mod seeds;
mod snapshots;
mod text;
mod values;
mod verdict;
mod warnings;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

pub use basis::Basis;
pub use kept::Kept;
pub use memory::Memory;
pub use parts::ctes;
pub use warnings::CODES as WARNING_CODES;

use crate::adapter::split_statements;
use crate::diagnostics::{Diagnostic, Label, Outcome, Severity};
use crate::event::Silent;
use crate::files::Unwritten;
use crate::parse::{IdSet, UniqueId};
use crate::plan::Command;
use crate::run::{Draft, Drafts, Place, RunContext};
use crate::sql::Schemas;

/// What to check.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Models, snapshots, seeds, tests and functions; others are passed over.
    pub selected: IdSet,
    pub basis: Basis,
    /// Whether to tell what binds and is probably not meant.
    pub warns: bool,
    /// Whether to look at hooks, too.
    pub hooks: bool,
    /// What was found before.
    pub memory: Option<Arc<Memory>>,
    /// What the last check of the project has left, and where this one leaves
    /// what it found.
    pub kept: Option<Arc<Kept>>,
    /// What was found when the project was as `--state` has it.
    pub former: Option<Arc<Memory>>,
}

impl Request {
    /// Asks for all that can be told of nodes of the project as it is written.
    pub fn of_project(selected: IdSet, memory: &Arc<Memory>) -> Self {
        Self {
            selected,
            basis: Basis::Project,
            warns: true,
            hooks: true,
            memory: Some(Arc::clone(memory)),
            ..Self::default()
        }
    }
}

/// What a check came to.
#[derive(Debug, Default)]
pub struct Checked {
    /// What every node gives of which that is known.
    pub schemas: Schemas,
    /// The selected nodes whose SQL was bound, wrong or right.
    pub checked: usize,
    /// The nodes that were not looked at, since the last check had found what
    /// still holds.
    pub taken_over: usize,
    /// The selected nodes about which nothing can be said.
    pub unknown: Vec<UniqueId>,
    /// The nodes that are wrong.
    pub failed: Vec<UniqueId>,
    /// The SQL of every model and snapshot of which that is known before
    /// anything runs.
    pub drafts: HashMap<UniqueId, Draft>,
}

/// A project's SQL as it is before anything runs, and what it gives.
pub struct Written {
    pub checked: Checked,
    drafts: Drafts,
}

impl Written {
    /// Returns the statements beside the models' queries: of all hooks and
    /// operations, and those that templates have sent meanwhile.
    pub fn beside(&self) -> Vec<String> {
        let desk = self.drafts.desk();
        let mut texts = Vec::new();
        for node in self.drafts.cx().graph.project.nodes.values() {
            texts.extend(self.drafts.beside(&desk, node));
        }
        let drafts = self.checked.drafts.values();
        texts.extend(drafts.flat_map(|draft| draft.asked.iter().cloned()));
        let split = texts.iter().flat_map(|text| {
            let ranges = split_statements(text).into_iter();
            ranges.map(|range| text[range].to_owned())
        });
        split.collect()
    }

    /// Returns where in the project's files some bytes of a node's SQL come
    /// from, none where no file has them.
    pub fn place(&self, id: &UniqueId, range: &Range<usize>) -> Option<Label> {
        let node = self.drafts.cx().graph.project.nodes.get(id)?;
        let draft = self.checked.drafts.get(id)?;
        let desk = self.drafts.desk();
        match self.drafts.places(&desk, node, draft).find(range) {
            Place::Own(labels) => labels.into_iter().next(),
            Place::Ephemeral(_) | Place::Compiled(_) => None,
        }
    }
}

/// Renders nodes and what they read, and finds out what they look like.
/// What is wrong with them is the check's to tell.
pub fn written(cx: &RunContext, selected: &IdSet, memory: &Arc<Memory>) -> Option<Written> {
    let request = Request {
        selected: selected.clone(),
        memory: Some(Arc::clone(memory)),
        ..Request::default()
    };
    let drafts = drafts(cx, &request)?;
    let checked = levels::check(&drafts, cx, &request).value?;
    Some(Written { checked, drafts })
}

/// Checks the selected nodes. The diagnostics come in the order of the graph.
pub fn check(cx: &RunContext, request: &Request) -> Outcome<Checked> {
    let Some(drafts) = drafts(cx, request) else {
        let note = Diagnostic::note(
            "not-checked",
            "SQL cannot be checked without running it on this engine",
        );
        return Outcome::with(Checked::default(), vec![note]);
    };
    levels::check(&drafts, cx, request)
}

/// Makes what renders nodes on the twin of the project's database.
fn drafts(cx: &RunContext, request: &Request) -> Option<Drafts> {
    let inner = RunContext {
        adapter: cx.adapter.empty_twin()?,
        world: Arc::new(Unwritten(Arc::clone(&cx.world))),
        events: Arc::new(Silent),
        ..cx.clone()
    };
    let selected = request.selected.clone();
    Some(Drafts::new(inner, Command::Compile, selected))
}

/// Returns what the selected nodes, and what they read, look like.
///
/// Nodes whose SQL is wrong have no schema; the check tells why.
pub fn schemas(
    cx: &RunContext,
    selected: &IdSet,
    memory: Option<&Arc<Memory>>,
) -> Outcome<Schemas> {
    let request = Request {
        selected: selected.clone(),
        basis: Basis::Project,
        memory: memory.cloned(),
        ..Request::default()
    };
    let checked = check(cx, &request);
    let notes = checked.diagnostics.into_iter();
    Outcome {
        value: checked.value.map(|checked| checked.schemas),
        diagnostics: notes.filter(|d| d.severity == Severity::Note).collect(),
    }
}
