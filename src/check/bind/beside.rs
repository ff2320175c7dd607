//! What is wrong beside the selected nodes, as far as it matters to them: nothing
//! is known of what reads a model whose SQL is wrong.

use indexmap::IndexSet;

use super::{State, Twin};
use crate::diagnostics::{Diagnostic, Severity};
use crate::parse::{IdMap, IdSet, Node, UniqueId};

impl Twin<'_> {
    /// Tells of each model that is wrong and not selected, with the selected
    /// nodes that could not be looked at for that reason.
    pub(super) fn tell_of_broken_reads(&mut self) {
        let mut readers: IdMap<Vec<&Node>> = IdMap::default();
        let nodes = &self.graph().project.nodes;
        let unseen = self.request.selected.iter().filter_map(|id| nodes.get(id));
        for node in unseen.filter(|node| self.is_broken(&node.unique_id)) {
            if !self.found.contains_key(&node.unique_id) {
                for id in self.broken_before(node) {
                    readers.entry(id).or_default().push(node);
                }
            }
        }
        for (id, readers) in readers {
            let told = self.beside.get(&id).into_iter().flatten();
            let told: Vec<Diagnostic> = told.map(|one| told_beside(one, &readers)).collect();
            // A model without a relation is a part of what runs.
            let is_run = nodes.get(&id).is_some_and(Node::is_ephemeral);
            let severity = if is_run {
                Severity::Error
            } else {
                Severity::Warning
            };
            let told = told.into_iter().map(|one| Diagnostic { severity, ..one });
            let first = readers[0].unique_id.clone();
            self.found.entry(first).or_default().extend(told);
        }
    }

    /// Returns the wrong nodes that a node reads, directly or not, and of which
    /// nothing is told otherwise.
    fn broken_before(&self, node: &Node) -> IdSet {
        let nodes = &self.graph().project.nodes;
        let mut found = IdSet::default();
        let mut seen: IndexSet<&UniqueId> = node.depends_on_nodes.iter().collect();
        let mut next = 0;
        while let Some(id) = seen.get_index(next).copied() {
            next += 1;
            if self.states.get(id) != Some(&State::Broken) {
                continue;
            }
            if self.beside.contains_key(id) {
                found.insert(id.clone());
            } else if let Some(node) = nodes.get(id) {
                seen.extend(&node.depends_on_nodes);
            }
        }
        found
    }
}

/// Says what is wrong with a model, as it matters to those that read it.
fn told_beside(wrong: &Diagnostic, readers: &[&Node]) -> Diagnostic {
    let names = readers.iter().take(3);
    let names: Vec<String> = names.map(|node| format!("`{}`", node.name)).collect();
    let more = match readers.len() - names.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let title = format!(
        "{}{more} cannot be checked: {}",
        names.join(", "),
        wrong.title
    );
    let mut told = Diagnostic::warning("broken-parent", title);
    told.labels.clone_from(&wrong.labels);
    told.text.clone_from(&wrong.text);
    told.hint.clone_from(&wrong.hint);
    told
}
