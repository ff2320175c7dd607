//! What is shown of a test.

use serde::Serialize;

use super::{Code, Kind, NodeResult, Run, Status};

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Test {
    pub id: String,
    pub name: String,
    pub kind: Kind,
    /// The nodes it checks, as positions, the one it is about first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// What it asks, in words such as `accepted values`; none where it is a query of its own, or
    /// a unit test.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub question: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<(String, String)>,
    /// As HTML.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Labels and values, in the order shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<NodeResult>,
    /// For a relationships test: the node referred to and its column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refers: Option<(u32, String)>,
    #[serde(skip)]
    pub code: Code,
    /// Earlier runs, the newest last.
    #[serde(skip)]
    pub history: Vec<Run>,
}

/// What a test's page shows besides.
#[derive(Debug, Serialize)]
pub struct TestDetail<'a> {
    #[serde(flatten)]
    code: &'a Code,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    history: &'a [Run],
}

impl Test {
    pub fn detail(&self) -> TestDetail<'_> {
        TestDetail {
            code: &self.code,
            history: &self.history,
        }
    }

    /// Whether somebody has written and named it.
    pub fn is_own(&self) -> bool {
        self.question.is_empty()
    }
}
