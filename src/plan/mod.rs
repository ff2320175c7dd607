//! Decides which steps a command runs, and in what order.
//!
//! The plan is a value: it can be printed, compared and tested without a
//! database. Nothing here renders SQL; that happens in `run`, because a
//! template may ask the database a question.

mod order;
mod steps;

pub use steps::{is_missing, plan, plan_of};

use crate::graph::select::SelectionRequest;
use crate::parse::{IdSet, ResourceType, UniqueId};

/// What a command wants to do with the nodes it selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Build,
    Run,
    Test,
    Seed,
    Snapshot,
    Compile,
    Show,
    List,
    Freshness,
    /// `docs generate` compiles everything and asks the catalog.
    Docs,
    Clone,
    /// `check` looks at SQL and runs nothing.
    Check,
}

impl Command {
    /// Returns the kinds of resource that the command acts on when no flag
    /// says otherwise, as in dbt.
    pub fn default_resource_types(self) -> &'static [ResourceType] {
        use ResourceType::{
            Analysis, Exposure, Function, Metric, Model, Operation, SavedQuery, Seed,
            SemanticModel, Snapshot, Source, SqlOperation, Test, UnitTest,
        };
        match self {
            Self::Build => &[
                Model, Snapshot, Seed, Test, UnitTest, SavedQuery, Exposure, Function,
            ],
            Self::Run => &[Model],
            Self::Test => &[Test, UnitTest],
            Self::Seed => &[Seed],
            Self::Snapshot => &[Snapshot],
            Self::Compile | Self::Docs | Self::Show => &[
                Model,
                Snapshot,
                Seed,
                Test,
                Analysis,
                Operation,
                SqlOperation,
                Function,
            ],
            Self::Clone => &[Model, Seed, Snapshot],
            Self::Check => &[Model, Snapshot, Seed, Test, UnitTest, Function],
            Self::Freshness => &[Source],
            Self::List => &[
                Model,
                Snapshot,
                Seed,
                Test,
                Source,
                Exposure,
                Metric,
                SavedQuery,
                SemanticModel,
                UnitTest,
                Function,
                Analysis,
            ],
        }
    }
}

/// A command together with what the user selected.
#[derive(Debug, Clone)]
pub struct Request {
    pub command: Command,
    pub selection: SelectionRequest,
    /// `--resource-type` and `--exclude-resource-type`, already subtracted.
    pub resource_types: Vec<ResourceType>,
}

/// The steps of a command, in an order in which each comes after those it
/// waits for.
#[derive(Debug, Clone)]
pub struct Plan {
    pub command: Command,
    pub steps: Vec<Step>,
    /// What was selected, ephemeral models included: templates see it as
    /// `selected_resources`.
    pub selected: IdSet,
}

/// One node to work on, together with the steps that must finish before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub node: UniqueId,
    /// Indices into [`Plan::steps`]; a failure of one skips this step.
    pub dependencies: Vec<usize>,
    /// Indices of steps that must be over before, however they end.
    pub after: Vec<usize>,
    /// Whether what depends on the step goes on when it fails.
    pub is_optional: bool,
}

impl Plan {
    /// Returns the plan as text, a line a step.
    pub fn describe(&self) -> String {
        use std::fmt::Write as _;
        let mut out = String::new();
        for (i, step) in self.steps.iter().enumerate() {
            let _ = write!(out, "{i} {}", step.node);
            if !step.dependencies.is_empty() {
                let _ = write!(out, " after {:?}", step.dependencies);
            }
            if !step.after.is_empty() {
                let _ = write!(out, ", in any case after {:?}", step.after);
            }
            out.push('\n');
        }
        out
    }
}
