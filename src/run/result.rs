//! What became of each node, as dbt's `run_results.json` and `sources.json`
//! tell it, and with what a person needs besides.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::NodeFacts;
use crate::adapter::Table;
use crate::diagnostics::Diagnostic;
use crate::parse::{CompiledNode, IdMap, UniqueId};

/// The results of one command.
#[derive(Debug, Default)]
pub struct RunResults {
    /// One entry per step and hook, in the order in which they finished.
    pub results: Vec<NodeResult>,
    /// What was compiled, ephemeral models included: the manifest written
    /// after a run holds it.
    pub compiled: IdMap<CompiledNode>,
    /// Seconds from the first step's start to the end.
    pub elapsed_time: f64,
    /// When the results were put together.
    pub generated_at: jiff::Timestamp,
    /// Trouble that belongs to no node: a database that cannot be opened, a
    /// schema that cannot be created. The command itself failed when there
    /// is an error among them.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the user stopped the command.
    pub cancelled: bool,
    /// Rows and columns of what was built, where the run is audited.
    pub facts: HashMap<UniqueId, NodeFacts>,
}

impl RunResults {
    /// Says in one word how the run as a whole ended.
    pub fn outcome(&self) -> &'static str {
        if self.cancelled {
            "interrupted"
        } else if self.success() {
            "success"
        } else {
            "failed"
        }
    }

    /// Tells whether everything went well, as dbt's exit code 0 does.
    ///
    /// A skipped exposure is no failure: nothing is done for an exposure.
    pub fn success(&self) -> bool {
        !self.cancelled
            && !self
                .diagnostics
                .iter()
                .any(|d| d.severity == crate::diagnostics::Severity::Error)
            && self.results.iter().all(|r| {
                !(r.status.is_failure()
                    || r.status == Status::Skipped
                        && !r.unique_id.as_str().starts_with("exposure."))
            })
    }
}

/// What became of one node.
#[derive(Debug, Clone)]
pub struct NodeResult {
    pub unique_id: UniqueId,
    pub status: Status,
    pub timing: Vec<Timing>,
    /// `Thread-1 (worker)`, or `main` for hooks.
    pub thread_id: String,
    /// Seconds.
    pub execution_time: f64,
    pub message: Option<String>,
    pub adapter_response: Map<String, Value>,
    pub failures: Option<i64>,
    /// None for what does not compile: seeds, sources, exposures.
    pub compiled: Option<bool>,
    pub compiled_code: Option<Arc<str>>,
    pub relation_name: Option<String>,
    pub batch_results: Option<BatchResults>,
    /// What a person is shown about a failure, with the place of it.
    pub diagnostics: Vec<Diagnostic>,
    /// The node to mend first, when this one was skipped because of it.
    pub skipped_because: Option<UniqueId>,
    /// Only for sources whose freshness was measured.
    pub freshness: Option<Freshness>,
    /// Rows to print: those of `show`, and of `seed --show`.
    pub table: Option<Table>,
}

impl NodeResult {
    /// Makes a result that says only what became of the node.
    pub fn new(unique_id: UniqueId, status: Status) -> Self {
        Self {
            unique_id,
            status,
            timing: Vec::new(),
            thread_id: String::new(),
            execution_time: 0.0,
            message: None,
            adapter_response: Map::new(),
            failures: None,
            compiled: None,
            compiled_code: None,
            relation_name: None,
            batch_results: None,
            diagnostics: Vec::new(),
            skipped_because: None,
            freshness: None,
            table: None,
        }
    }
}

/// What became of a node, in dbt's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    Success,
    Error,
    Fail,
    Warn,
    Skipped,
    PartialSuccess,
    Pass,
    RuntimeError,
    NoOp,
}

impl Status {
    /// The text that artifacts use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Skipped => "skipped",
            Self::PartialSuccess => "partial success",
            Self::Pass => "pass",
            Self::RuntimeError => "runtime error",
            Self::NoOp => "no-op",
        }
    }

    /// Reads the text that artifacts use.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "success" => Self::Success,
            "error" => Self::Error,
            "fail" => Self::Fail,
            "warn" => Self::Warn,
            "skipped" => Self::Skipped,
            "partial success" => Self::PartialSuccess,
            "pass" => Self::Pass,
            "runtime error" => Self::RuntimeError,
            "no-op" => Self::NoOp,
            _ => return None,
        })
    }

    /// Tells whether the command fails because of it.
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            Self::Error | Self::Fail | Self::PartialSuccess | Self::RuntimeError
        )
    }
}

/// One part of a node's work: `compile` or `execute`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    pub name: &'static str,
    pub started_at: jiff::Timestamp,
    pub completed_at: jiff::Timestamp,
}

/// Which batches of a microbatch model were written and which were not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchResults {
    pub successful: Vec<Batch>,
    pub failed: Vec<Batch>,
}

/// The event times that a batch covers, from and until.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Batch {
    pub start: jiff::Timestamp,
    pub end: jiff::Timestamp,
}

/// How old a source's newest row is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Freshness {
    /// The first moment of year 1 when the source has no rows.
    pub max_loaded_at: jiff::Timestamp,
    pub snapshotted_at: jiff::Timestamp,
    /// Seconds between the two.
    pub age: f64,
}
