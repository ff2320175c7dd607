//! From nodes as written to a resolved graph, and questions about it.
//!
//! Every ref is an edge here, every config is final, and there are no cycles.

pub mod select;

use indexmap::IndexMap;

use crate::parse::{ParsedProject, UniqueId};

/// The resolved project. `project`'s nodes have their `depends_on_nodes`.
#[derive(Debug, Default)]
pub struct Graph {
    pub project: ParsedProject,
    /// For each resource, what it reads directly.
    pub parents: IndexMap<UniqueId, Vec<UniqueId>>,
    /// For each resource, what reads it directly.
    pub children: IndexMap<UniqueId, Vec<UniqueId>>,
}
