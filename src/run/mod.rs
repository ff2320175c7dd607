//! From a plan's steps to results: compiling, executing, and the order of both.
//!
//! [`execute`] never fails as a whole: a model that goes wrong is a result,
//! and what it takes down with it is a result too. Events go out meanwhile.

mod audit;
mod batches;
mod cache;
mod catalog;
mod compile;
mod context;
mod db;
mod draft;
mod events;
mod execute;
mod failure;
mod foreign_keys;
mod freshness;
mod hooks;
mod job;
mod materialize;
mod microbatch;
mod node;
mod operation;
mod own_catalog;
mod paths;
mod pseudo;
mod quarantine;
mod query_comment;
mod result;
mod reuse;
mod row_diff;
mod scheduler;
mod schemas;
mod session;
mod show;
mod sources;
mod sql_text;
mod sql_trees;
mod subject;
#[cfg(test)]
pub(crate) mod tests;
mod unit_test;
mod verdict;
mod worker;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use camino::Utf8PathBuf;

pub use crate::parse::{CompiledNode, InjectedCte};
pub use audit::NodeFacts;
pub use catalog::catalog;
pub use context::seed_path;
pub use draft::{Desk, Draft, Drafts, HookDraft, Place, Places};
pub use events::{naive_timestamp, timestamp};
pub use execute::execute;
pub use failure::Failure;
pub use failure::at_subject;
pub use hooks::texts_of_config;
pub use operation::run_operation;
pub use result::{Batch, BatchResults, Freshness, NodeResult, RunResults, Status, Timing};
pub use reuse::Reuse;
pub use sql_text::tokens as sql_tokens;
pub use subject::{Subject, about_result};

use crate::adapter::Adapter;
use crate::config::LoadedProject;
use crate::event::EventSink;
use crate::files::World;
use crate::graph::Graph;
use crate::graph::state::Deferred;
use crate::invocation::Invocation;
use crate::jinja::Engine;
use crate::parse::UniqueId;
use crate::sql::Schemas;

/// What `retry` knows of the run that it does again.
#[derive(Debug, Default)]
pub struct Retried {
    /// Models of which some batches were written: what was, and what is left.
    pub batches: HashMap<UniqueId, BatchResults>,
    /// When that run began: batches end where they did then.
    pub started_at: Option<jiff::Timestamp>,
}

/// Tells what a node, and what it reads, look like, as far as that is known.
pub type SchemaFinder = dyn Fn(&RunContext, &UniqueId) -> Schemas + Send + Sync;

/// What a run works with. It is shared with the templates, which keep what
/// they are given as long as they like, so nothing of it is borrowed.
#[derive(Clone)]
pub struct RunContext {
    pub graph: Arc<Graph>,
    pub project: Arc<LoadedProject>,
    pub engine: Engine,
    pub adapter: Arc<dyn Adapter>,
    pub invocation: Arc<Invocation>,
    pub world: Arc<dyn World>,
    pub events: Arc<dyn EventSink>,
    /// Set from outside when the user stops the command.
    pub cancelled: Arc<AtomicBool>,
    pub threads: usize,
    /// Absolute; `compiled/` and `run/` go below it.
    pub target_dir: Utf8PathBuf,
    /// The relations of another environment, with `--defer` and for `clone`.
    pub deferred: Option<Arc<Deferred>>,
    /// Finds what a node and those that it reads look like, where they are not in
    /// the database.
    pub schemas: Option<Arc<SchemaFinder>>,
    /// What is up to date and left alone, with `--changed`.
    pub reuse: Option<Arc<Reuse>>,
    /// What an earlier run has left, for `retry`.
    pub retried: Option<Arc<Retried>>,
    /// `show --limit`, none for other commands.
    pub show_limit: Option<i64>,
}
