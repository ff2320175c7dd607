//! Value sets: lists of codes with the days on which they were in use, as CSV
//! files, and how one version of a list differs from another.
//!
//! A seed is a value set when its `meta` has `value_set`; the digest there
//! says which bytes the version is.

mod diff;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use jiff::civil::Date;

pub use diff::{Change, diff};
pub use read::read;

use crate::graph::Graph;
use crate::parse::{Node, NodeKind};

/// A list of codes, in the file's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueSet {
    pub entries: Vec<Entry>,
}

/// A code with what it meant on the days from one to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub code: String,
    /// The first day, both included; without one it was always in use.
    pub from: Option<Date>,
    /// The last day; without one it still is.
    pub to: Option<Date>,
    /// The other columns by their names.
    pub details: BTreeMap<String, String>,
}

impl ValueSet {
    /// Returns the list as it was on a day.
    pub fn on(&self, day: Date) -> Self {
        let is_in_use = |entry: &&Entry| {
            entry.from.is_none_or(|from| from <= day) && entry.to.is_none_or(|to| to >= day)
        };
        Self {
            entries: self.entries.iter().filter(is_in_use).cloned().collect(),
        }
    }
}

/// What a seed says of itself as a value set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The seed's name.
    pub seed: String,
    /// The same without `value_set_` in front.
    pub name: String,
    pub version: String,
    pub source: String,
    /// SHA-256 of the file in hexadecimal.
    pub sha256: Option<String>,
    /// The CSV file.
    pub path: Utf8PathBuf,
}

/// Lists the value sets among a project's seeds, by name.
pub fn declared(graph: &Graph) -> Vec<Declared> {
    let mut all: Vec<Declared> = graph.project.nodes.values().filter_map(of_seed).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// Returns the file of a seed, whether it declares itself a value set or not.
pub fn seed_file(graph: &Graph, name: &str) -> Option<Utf8PathBuf> {
    graph
        .project
        .nodes
        .values()
        .find_map(|node| match &node.kind {
            NodeKind::Seed(info) if node.name == name => {
                Some(Utf8PathBuf::from(&info.root_path).join(&node.original_file_path))
            }
            _ => None,
        })
}

fn of_seed(node: &Node) -> Option<Declared> {
    let NodeKind::Seed(info) = &node.kind else {
        return None;
    };
    let about = node.config.get("meta")?.get("value_set")?.as_object()?;
    let text = |key: &str| match about.get(key) {
        Some(serde_json::Value::String(text)) => Some(text.clone()),
        Some(serde_json::Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let name = node.name.strip_prefix("value_set_").unwrap_or(&node.name);
    Some(Declared {
        name: name.to_owned(),
        version: text("version").unwrap_or_default(),
        source: text("source").unwrap_or_default(),
        sha256: text("sha256"),
        path: Utf8PathBuf::from(&info.root_path).join(&node.original_file_path),
        seed: node.name.clone(),
    })
}

/// Returns the digest that tells one version's file from another's.
pub fn digest(contents: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in Sha256::digest(contents) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}
