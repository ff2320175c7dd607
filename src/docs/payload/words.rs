//! The words of the vocabulary: kinds, layers, results, changes.

use serde::Serialize;

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Success,
    Pass,
    Warn,
    Fail,
    Error,
    Skipped,
}

/// The resource types, in the order in which they are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Source,
    Seed,
    #[default]
    Model,
    Snapshot,
    Function,
    SemanticModel,
    Metric,
    SavedQuery,
    Exposure,
    Analysis,
    Macro,
    Test,
    UnitTest,
}

impl Kind {
    pub(in crate::docs) fn from_resource_type(name: &str) -> Option<Self> {
        Some(match name {
            "source" => Self::Source,
            "seed" => Self::Seed,
            "model" => Self::Model,
            "snapshot" => Self::Snapshot,
            "function" => Self::Function,
            "semantic_model" => Self::SemanticModel,
            "metric" => Self::Metric,
            "saved_query" => Self::SavedQuery,
            "exposure" => Self::Exposure,
            "analysis" => Self::Analysis,
            "macro" => Self::Macro,
            "test" => Self::Test,
            "unit_test" => Self::UnitTest,
            // Hooks (`operation`, `sql operation`) have no page.
            _ => return None,
        })
    }

    pub(in crate::docs) fn is_test(self) -> bool {
        matches!(self, Self::Test | Self::UnitTest)
    }
}

/// The part of the warehouse that a node belongs to, from the raw data to its use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    Source,
    Staging,
    Intermediate,
    Dim,
    Fact,
    Mart,
    Exposure,
    /// A model that neither its name nor its folder places.
    #[default]
    Other,
}

/// What became of a node since an earlier state of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Added,
    Modified,
    /// It is as it was, and something upstream is not.
    Impacted,
}
