//! What is known of every node when the page opens.

use serde::Serialize;

use super::{Change, Kind, Layer, Sensitivity, Status};

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
    /// How long the last run of it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// What it tells about patients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phi: Option<Sensitivity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// The file, relative to the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What became of it since the state that the page is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// It is an exposure with charts.
    #[serde(skip_serializing_if = "is_false")]
    pub charts: bool,
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
    pub(in crate::docs) fn add(&mut self, status: Option<Status>) {
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

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &(u32, u32)) -> bool {
    *value == (0, 0)
}
