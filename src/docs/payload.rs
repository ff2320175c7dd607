//! What the page shows, as data: small, ordered, and without anything that the page
//! has no use for.
//!
//! A node's data comes in three parts, because a browser needs them at different
//! times: the `Entry` of every node when the page opens, the `Detail` when
//! somebody searches or opens a node, the `Code` when they open it. What is empty is
//! left out of the JSON.

mod chart;
mod detail;
mod entry;
mod patient_data;
mod test;
mod words;

use serde::Serialize;

pub use chart::{Chart, Datum, Profile, Run, Withheld};
pub use detail::{Argument, Code, Column, Detail, Freshness, NodeResult};
pub use entry::Entry;
#[cfg(test)]
pub use entry::Tally;
pub use patient_data::{Breach, Form, Origin, Place, PromiseKept, Sensitivity, Told};
pub use test::Test;
pub use words::{Change, Kind, Layer, Status};

use super::layout::Drawing;

/// Everything that is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct DocsData {
    pub project: Project,
    /// Sorted by kind, then by unique id; macros are the last.
    pub nodes: Vec<Node>,
    /// How many of the nodes the graph has: all but the macros.
    pub drawn: usize,
    /// From a node to one that depends on it, as positions in `nodes`; sorted.
    pub edges: Vec<(u32, u32)>,
    /// Where the graph's nodes are drawn.
    pub drawing: Drawing,
    pub tests: Vec<Test>,
    /// Nodes of the state that the page is compared with that are no more.
    pub removed: Vec<Removed>,
    pub groups: Vec<Group>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profiled_at: Option<String>,
    /// The page was compared with an earlier state.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub compared: bool,
    /// It is known where columns come from.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lineage: bool,
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

/// A node of an earlier state that is no more.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Removed {
    pub id: String,
    pub name: String,
    pub kind: Kind,
    pub layer: Layer,
    /// What it was made of, and what was made of it: unique ids, some of what is no more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<String>,
}

/// A group of nodes with an owner.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Group {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// As HTML.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub entry: Entry,
    pub detail: Detail,
    pub code: Code,
}
