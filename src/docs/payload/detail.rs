//! What a node's page shows.

use serde::Serialize;

use super::{Chart, Profile, PromiseKept, Run, Told};

/// What a node's page shows besides.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Detail {
    /// As HTML.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
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
    /// The macros that it calls, or the nodes that call it, as positions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub macros: Vec<u32>,
    /// What a macro or a function takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Argument>,
    /// Earlier runs, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Run>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub charts: Vec<Chart>,
    /// What its rows tell about patients by being there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phi_rows: Vec<Told>,
    /// What columns may tell that nobody knows of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phi_unlisted: Vec<Told>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<PromiseKept>,
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
    /// What it tells about patients, the worst form first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phi: Vec<Told>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Box<Profile>>,
}

/// What a macro or a function takes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Argument {
    pub name: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub data_type: Option<String>,
    /// As HTML.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
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

fn is_false(value: &bool) -> bool {
    !value
}
