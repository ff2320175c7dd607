//! What is remembered of what was built, and how it lies on the disk.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::purity::Reads;

/// The form of the file; a file of another form is not read.
const FORM: u32 = 1;

/// Everything that is remembered for one target.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Saved {
    form: u32,
    /// What the files of databases looked like after the last run, by the
    /// databases' names.
    #[serde(default)]
    pub databases: BTreeMap<String, String>,
    /// By `unique_id`.
    #[serde(default)]
    pub stamps: BTreeMap<String, Stamp>,
}

/// What is remembered of one node or source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The relation's name, empty for tests.
    pub relation: String,
    pub made: Made,
    /// Digests of what it was made from.
    pub sql: String,
    pub config: String,
    pub environment: String,
    /// The versions of what it reads, by `unique_id` or path.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// Which rows it has. None for a view that gives something else each time.
    pub version: Option<String>,
    /// A digest of the relation's definition in the database.
    pub definition: Option<String>,
    #[serde(default)]
    pub reads: Reads,
    /// When it was made.
    #[serde(default)]
    pub made_at: Option<jiff::Timestamp>,
    /// Whether a run has made or seen the relation as it is said here since
    /// somebody else wrote the database's file.
    #[serde(default)]
    pub is_checked: bool,
}

/// What came of a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Made {
    #[default]
    Table,
    View,
    /// A test that passed.
    Pass,
}

impl Saved {
    /// Reads the file's text. What cannot be read is as good as nothing.
    pub fn read(text: &str) -> Self {
        let saved: Option<Self> = serde_json::from_str(text).ok();
        saved.filter(|saved| saved.form == FORM).unwrap_or_default()
    }

    /// Returns the file's text.
    pub fn text(&self) -> String {
        let mut text = serde_json::json!({
            "form": FORM,
            "databases": self.databases,
            "stamps": self.stamps,
        })
        .to_string();
        text.push('\n');
        text
    }
}
