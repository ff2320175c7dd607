//! What the page shows, as data: small, ordered, and without anything that the page
//! has no use for.
//!
//! A node's data comes in three parts, because a browser needs them at different
//! times: the `Entry` of every node when the page opens, the `Detail` when
//! somebody searches or opens a node, the `Code` when they open it. What is empty is
//! left out of the JSON.

use serde::Serialize;

use super::layout::Drawing;

/// Everything that is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct DocsData {
    pub project: Project,
    /// Sorted by kind, then by unique id.
    pub nodes: Vec<Node>,
    /// From a node to one that depends on it, as positions in `nodes`; sorted. Tests take no part.
    pub edges: Vec<(u32, u32)>,
    /// Where the graph's nodes are drawn. Tests come after all others in
    /// `nodes` and have no place.
    pub drawing: Drawing,
    /// The project's docs blocks, which serve as its glossary.
    pub blocks: Vec<Block>,
}

/// What is known about the project and the artifacts as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Project {
    pub name: String,
    /// The project's own overview text, as HTML.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub overview: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
    /// The version of the tool that wrote the manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dbt_version: Option<String>,
    /// The version of hcdbt that made the page.
    pub tool_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freshness_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<LastRun>,
    /// The artifacts' schema versions, such as `manifest v12`.
    pub schemas: Vec<String>,
}

/// The command whose results are shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LastRun {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// A named text of the project: `{% docs name %}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Block {
    pub name: String,
    pub html: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub entry: Entry,
    pub detail: Detail,
    pub code: Code,
}

/// What lists, the search and the graph need of a node.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Entry {
    pub id: String,
    pub name: String,
    /// The resource type.
    pub kind: Kind,
    pub layer: Layer,
    /// A title for people, where the node has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The package, unless it is the project itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The folder under the resource path, or the source's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub folder: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub materialized: Option<String>,
    /// What the last run made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// How many of its tests passed, warned, failed and were not run.
    #[serde(skip_serializing_if = "Tally::is_empty")]
    pub tests: Tally,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freshness: Option<Status>,
    /// How many columns it has, and how many of them are described.
    #[serde(skip_serializing_if = "is_zero")]
    pub columns: (u32, u32),
    #[serde(skip_serializing_if = "is_false")]
    pub described: bool,
    /// The project asks not to show it (`docs: {show: false}`).
    #[serde(skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// The colour that the project gives it, if it is a plain colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// For a test: the nodes it checks, as positions, the main one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<u32>,
    /// For a test: the column it checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// What a node's page shows besides.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Detail {
    /// As HTML.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    /// Labels and values, in the order shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meta: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<f64>,
    /// Other statistics of the catalog: label and value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stats: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<NodeResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freshness: Option<Freshness>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Where an exposure is found; only addresses that are safe to link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// For a test: what it asks, in words such as `accepted values`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// For a test: its arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<(String, String)>,
}

/// A node's code as written and as sent to the database.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Code {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub raw: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub compiled: String,
    /// `python` where it is not SQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub data_type: Option<String>,
    /// As HTML.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meta: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
    /// Described by the project, but the database does not have it.
    #[serde(skip_serializing_if = "is_false")]
    pub missing: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct NodeResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// How many rows a test found. The database's messages are never shown: they
    /// can quote values out of rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_affected: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Freshness {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loaded_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<f64>,
    /// The limits, such as `24 hours`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_after: Option<String>,
}

/// Numbers of tests by last result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub pass: u32,
    pub warn: u32,
    pub fail: u32,
    pub open: u32,
}

impl Tally {
    pub(super) fn add(&mut self, status: Option<Status>) {
        match status {
            Some(Status::Pass | Status::Success) => self.pass += 1,
            Some(Status::Warn) => self.warn += 1,
            Some(Status::Fail | Status::Error) => self.fail += 1,
            Some(Status::Skipped) | None => self.open += 1,
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

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
    Test,
    UnitTest,
}

impl Kind {
    pub(super) fn from_resource_type(name: &str) -> Option<Self> {
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
            "test" => Self::Test,
            "unit_test" => Self::UnitTest,
            // Hooks (`operation`, `sql operation`) have no page.
            _ => return None,
        })
    }

    pub(super) fn is_test(self) -> bool {
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

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &(u32, u32)) -> bool {
    *value == (0, 0)
}
