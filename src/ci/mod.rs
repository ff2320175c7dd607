//! What a change to a project does to its data: every model that was built
//! again beside its production version, what reads it, and whether that
//! crosses a gate of `hcdbt.yml`.
//!
//! Building and comparing are done elsewhere; this judges and tells.

mod gates;
mod impact;
mod show;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use gates::{Judged, crossed};
pub use impact::{Impact, impact};
pub use show::markdown;

use crate::compare::{ColumnChange, Comparison};
use crate::parse::{Node, Place, UniqueId};

/// A model, seed or snapshot that was built for a change.
#[derive(Debug, Clone)]
pub struct Change {
    pub unique_id: UniqueId,
    pub name: String,
    /// Whether it was itself modified, not only something that it reads.
    pub is_modified: bool,
    /// Whether other projects may refer to it.
    pub is_public: bool,
    /// Where it is defined.
    pub place: Place,
    pub found: Found,
}

/// What comparing it with production has found.
#[derive(Debug, Clone)]
pub enum Found {
    Compared(Box<Comparison>),
    /// Production does not have it.
    New,
    /// It was not built, or production's relation cannot be read.
    NotCompared(String),
}

/// A model that production has and the project has no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    pub unique_id: String,
    pub name: String,
    pub is_public: bool,
}

impl Change {
    /// Takes what the node itself tells.
    pub fn of(node: &Node, is_modified: bool, found: Found) -> Self {
        Self {
            unique_id: node.unique_id.clone(),
            name: match node.version_text() {
                Some(version) => format!("{}.v{version}", node.name),
                None => node.name.clone(),
            },
            is_modified,
            is_public: node.model().is_some_and(|model| model.access == "public"),
            place: Place {
                file: Arc::clone(&node.file),
                range: node.span.clone(),
            },
            found,
        }
    }

    /// Returns what was found, where there was something to compare with.
    pub fn comparison(&self) -> Option<&Comparison> {
        match &self.found {
            Found::Compared(comparison) => Some(comparison),
            _ => None,
        }
    }

    /// Returns the columns that differ from production in any way; all of
    /// them when rows came or went.
    pub fn changed_columns(&self) -> Vec<&str> {
        let Some(comparison) = self.comparison() else {
            return Vec::new();
        };
        let rows = &comparison.rows;
        let odd = &comparison.odd;
        let all = comparison.statistics_after.columns.iter();
        let all = all.map(|column| column.name.as_str());
        if rows.added + rows.removed + odd.added + odd.removed > 0 {
            return all.collect();
        }
        let counts = &comparison.changed_values;
        let is_changed = |name: &&str| {
            let counted = counts.iter().any(|c| c.name == *name && c.changed > 0);
            counted
                || comparison
                    .columns
                    .iter()
                    .any(|change| change.name() == *name)
        };
        all.filter(is_changed).collect()
    }

    /// Returns the columns that production has and this has no more.
    pub fn removed_columns(&self) -> impl Iterator<Item = &str> {
        let columns = self.comparison().into_iter().flat_map(|c| &c.columns);
        columns.filter_map(|column| match column {
            ColumnChange::Removed { name, .. } => Some(name.as_str()),
            _ => None,
        })
    }
}
