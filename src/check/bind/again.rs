//! What the last check has found, taken over by this one.

use std::collections::{HashMap, HashSet};

use super::{State, Twin};
use crate::check::kept::{Last, Outcome};
use crate::diagnostics::Severity;
use crate::parse::{Node, Source, UniqueId};

/// The last check, and how this one differs.
#[derive(Debug, Default)]
pub struct Again {
    last: Option<Last>,
    /// What gives something else than it gave then.
    changed: HashSet<UniqueId>,
    /// The nodes whose outcome the next check can take over.
    lasting: HashSet<UniqueId>,
    taken_over: usize,
}

impl Again {
    pub fn lasts(&mut self, node: &Node) {
        self.lasting.insert(node.unique_id.clone());
    }

    /// Returns how many nodes were not looked at.
    pub fn taken_over(&self) -> usize {
        self.taken_over
    }

    pub fn does_not_last(&mut self, node: &Node) {
        self.lasting.remove(&node.unique_id);
    }
}

impl Twin<'_> {
    /// Builds on what an earlier check has left.
    pub fn begin(&mut self) {
        if let Some(kept) = &self.request.kept {
            self.again.last = kept.take(self.drafts.cx(), &self.environment, self.request);
        }
    }

    /// Takes over what was found of a node, when that still holds.
    pub fn take_over(&mut self, node: &Node) -> bool {
        let Some(last) = &self.again.last else {
            return false;
        };
        let id = &node.unique_id;
        let is_selected = self.request.selected.contains(id);
        let Some(outcome) = last.outcome(self.graph(), node, is_selected, &self.again.changed)
        else {
            return false;
        };
        let outcome = outcome.clone();
        if let Some(keys) = outcome.keys {
            self.keys.insert(id.clone(), keys);
        }
        if !outcome.found.is_empty() {
            self.found.insert(id.clone(), outcome.found);
        }
        if let Some(draft) = outcome.draft {
            self.kept.insert(id.clone(), draft);
        }
        if let Some(why) = outcome.doubt {
            self.doubts.insert(id.clone(), (why, node.name.clone()));
        }
        if outcome.is_checked {
            self.count(node);
        }
        self.again.lasts(node);
        self.again.taken_over += 1;
        self.settle(node, outcome.state);
        true
    }

    /// Notes which of the nodes that were looked at give something else now.
    pub fn compare(&mut self, level: &[&Node]) {
        let Some(last) = &self.again.last else { return };
        for node in level {
            let id = &node.unique_id;
            let is_same = self
                .states
                .get(id)
                .is_some_and(|state| last.gives_the_same(node, state, self.keys.get(id)));
            if !is_same {
                self.again.changed.insert(id.clone());
            }
        }
    }

    /// The same for a source.
    pub fn compare_source(&mut self, source: &Source, state: &State) {
        if let Some(last) = &self.again.last
            && !last.source_gives_the_same(source, state)
        {
            self.again.changed.insert(source.unique_id.clone());
        }
    }

    /// Leaves what was found of each node for the next check.
    pub fn leave(&self) {
        let Some(kept) = &self.request.kept else {
            return;
        };
        let mut nodes: HashMap<UniqueId, Outcome> = HashMap::new();
        let mut sources: HashMap<UniqueId, State> = HashMap::new();
        for (id, state) in &self.states {
            if self.graph().project.sources.contains_key(id) {
                sources.insert(id.clone(), state.clone());
                continue;
            }
            let found = self.found.get(id).cloned().unwrap_or_default();
            let is_wrong =
                *state == State::Broken || found.iter().any(|d| d.severity == Severity::Error);
            let outcome = Outcome {
                state: state.clone(),
                keys: self.keys.get(id).cloned(),
                draft: self.kept.get(id).cloned(),
                doubt: self.doubts.get(id).map(|(why, _)| *why),
                is_checked: self.checked.contains(id),
                is_selected: self.request.selected.contains(id),
                is_lasting: !is_wrong && self.again.lasting.contains(id),
                found,
            };
            nodes.insert(id.clone(), outcome);
        }
        let cx = self.drafts.cx();
        kept.set(cx, &self.environment, self.request, nodes, sources);
    }
}
