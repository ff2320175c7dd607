//! From nodes as written to a resolved graph, and questions about it.
//!
//! Every ref is an edge here, every config is final, and there are no cycles.

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
pub mod state;
mod unit_tests;
mod unresolved;

use indexmap::IndexMap;

pub use crate::config::behaviour_flag;
pub use lookup::{Found, Lookup, SearchRules, source_key, version_key};
pub use resolve::resolve;

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
