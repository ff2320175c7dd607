//! From a plan's steps to results: compiling, executing, and the order of both.
//!
//! [`execute`] never fails as a whole: a model that goes wrong is a result,
//! and what it takes down with it is a result too. Events go out meanwhile.

mod batches;
mod cache;
mod db;
mod events;
mod failure;
mod freshness;
mod node;
mod paths;
mod query_comment;
mod result;
mod row_diff;
mod scheduler;
mod sql_text;
mod subject;
mod verdict;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use camino::Utf8PathBuf;
use serde_json::{Map, Value};

pub use crate::parse::{CompiledNode, InjectedCte};
pub use result::{Batch, BatchResults, Freshness, NodeResult, RunResults, Status, Timing};

use crate::adapter::Adapter;
use crate::config::LoadedProject;
use crate::event::EventSink;
use crate::files::World;
use crate::graph::Graph;
use crate::invocation::Invocation;
use crate::jinja::Engine;
use crate::plan::Plan;

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
    /// `show --limit`, none for other commands.
    pub show_limit: Option<i64>,
}

/// Runs the steps of a plan, for every command that works on nodes.
pub fn execute(_cx: &RunContext, _plan: &Plan) -> RunResults {
    todo!("written next")
}

/// Calls a macro, as `run-operation` does.
pub fn run_operation(
    _cx: &RunContext,
    _macro_name: &str,
    _args: &Map<String, Value>,
) -> RunResults {
    todo!("written next")
}
