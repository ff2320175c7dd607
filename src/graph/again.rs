//! Nodes that were resolved before, for resolving a project again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::parse::{Node, SameNode};

/// What the last resolving has left for the next one.
#[derive(Debug, Default)]
pub struct Memo(Mutex<Resolved>);

/// Resolved nodes by what they were before.
#[derive(Debug, Default)]
pub(super) struct Resolved(HashMap<SameNode, Node>);

impl Memo {
    pub(super) fn take(&self) -> Resolved {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Leaves nodes, as they were written and as they are resolved.
    pub(super) fn leave<'n>(&self, written: Vec<Node>, resolved: impl Iterator<Item = &'n Node>) {
        let written = written.into_iter().map(SameNode);
        let all = Resolved(written.zip(resolved.cloned()).collect());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }
}

impl Resolved {
    /// Returns what a node came to last time.
    pub fn of(&self, written: &Node) -> Option<&Node> {
        self.0.get(&SameNode(written.clone()))
    }
}
