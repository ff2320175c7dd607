//! From nodes as written to a resolved graph, and questions about it.
//!
//! Every ref is an edge here, every config is final, and there are no cycles.

mod again;
mod check;
mod dag;
mod forms;
mod lookup;
mod metrics;
mod place;
mod primary_key;
pub mod quarantine;
mod resolve;
pub mod select;
mod semantic;
pub mod state;
#[cfg(test)]
pub(crate) mod testing;
mod unit_tests;
mod unresolved;

use std::collections::HashSet;

pub use crate::config::behaviour_flag;
pub use again::Memo;
pub use lookup::{Found, Lookup, SearchRules, source_key, version_key};
pub use resolve::{resolve, resolve_again};

use crate::parse::{IdMap, IdSet, Node, ParsedProject, UniqueId};

/// The resolved project. `project`'s nodes have their `depends_on_nodes`.
#[derive(Debug, Default)]
pub struct Graph {
    pub project: ParsedProject,
    /// For each resource, what it reads directly.
    pub parents: IdMap<Vec<UniqueId>>,
    /// For each resource, what reads it directly.
    pub children: IdMap<Vec<UniqueId>>,
}

impl Graph {
    /// Returns what a node reads from the database: ephemeral models are parts
    /// of its own SQL, what they read is not.
    pub fn reads(&self, node: &Node) -> IdSet {
        let nodes = &self.project.nodes;
        let mut all: IdSet = IdSet::default();
        let mut through: HashSet<&UniqueId> = HashSet::new();
        let mut waiting: Vec<&UniqueId> = node.depends_on_nodes.iter().collect();
        while let Some(id) = waiting.pop() {
            match nodes.get(id) {
                Some(parent) if parent.is_ephemeral() => {
                    if through.insert(id) {
                        waiting.extend(&parent.depends_on_nodes);
                    }
                }
                _ => {
                    all.insert(id.clone());
                }
            }
        }
        all
    }
}
