//! What is shown of aggregated data: charts and profiles.

use serde::Serialize;

/// A chart of an exposure, with its data.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Chart {
    /// `bar`, `line`, `table` or `stat`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The node that the data is of, as a position.
    pub of: u32,
    /// What rows are grouped by, then what is shown of each group.
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Datum>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// How single columns are written, where that differs; as many as there are columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<Option<String>>,
    /// What the database was asked.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sql: String,
    /// How many groups were left out for being small.
    pub suppressed: u64,
    /// The smallest group that is shown.
    pub smallest: u64,
    /// It could not be drawn.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Datum {
    Missing,
    Number(f64),
    Text(String),
}

/// What a profile found out about a column.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Profile {
    pub rows: u64,
    /// None where so few are empty, or are not, that it is withheld.
    pub nulls: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distinct: Option<u64>,
    /// About where the values begin and end: a few beyond are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// How many values fall into each of equal steps from `min` to `max`; none where they
    /// are withheld.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bars: Vec<Option<u64>>,
    /// The most frequent values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<(String, u64)>,
    /// Why there is no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
}

/// Why a profile does not tell more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// The column has too few rows, or too few with a value.
    Few,
    /// It may hold an identifier.
    Identifier,
}

/// One run of a node or a test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    pub at: String,
    pub status: super::Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The rows that the relation had afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// For a test, how many rows it found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures: Option<u64>,
    /// For a source, the age of its newest row in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<f64>,
}
