//! What comparing two relations has found.

use super::columns::ColumnChange;
use crate::adapter::Cell;

/// What comparing two relations has found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// The columns that identify a row; none when rows were compared whole.
    pub key: Vec<String>,
    pub rows_before: u64,
    pub rows_after: u64,
    /// The rows that were compared by their key, or whole.
    pub rows: RowCounts,
    /// How often each column that both have was changed, key columns left
    /// out. Empty when rows were compared whole.
    pub changed_values: Vec<ColumnCounts>,
    /// The rows that the key does not identify.
    pub odd: OddRows,
    pub columns: Vec<ColumnChange>,
    pub statistics_before: Statistics,
    pub statistics_after: Statistics,
    /// Rows to look at, when values were asked for.
    pub samples: Vec<Sample>,
}

/// Numbers of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    pub added: u64,
    pub removed: u64,
    pub changed: u64,
    pub unchanged: u64,
}

/// How often the value of one column is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnCounts {
    pub name: String,
    pub changed: u64,
}

/// Rows whose key is NULL, or stands more than once in one of the relations.
/// They are compared whole, so that each counts all the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OddRows {
    /// Keys that stand more than once.
    pub duplicate_keys_before: u64,
    pub duplicate_keys_after: u64,
    /// The rows with a key that is a duplicate in either relation.
    pub duplicate_rows_before: u64,
    pub duplicate_rows_after: u64,
    /// The rows with NULL in a key column.
    pub null_rows_before: u64,
    pub null_rows_after: u64,
    /// What of all these is in one relation alone, compared whole.
    pub added: u64,
    pub removed: u64,
}

/// What is to be known of the columns of one relation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statistics {
    pub rows: u64,
    pub columns: Vec<ColumnStatistics>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnStatistics {
    pub name: String,
    pub nulls: u64,
    /// Of numbers, unless there is only one: that would be a row's value.
    pub mean: Option<f64>,
    pub deviation: Option<f64>,
    /// Values of rows: none unless they were asked for.
    pub least: Option<String>,
    pub greatest: Option<String>,
}

/// A row that was added, removed or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub kind: SampleKind,
    /// The key's columns, or all when there is none.
    pub key: Vec<(String, Cell)>,
    /// The values that differ: name, before, after.
    pub changes: Vec<(String, Cell, Cell)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleKind {
    Added,
    Removed,
    Changed,
}

impl Comparison {
    /// Tells whether the relations have the same columns and rows.
    pub fn is_same(&self) -> bool {
        self.columns.is_empty() && self.differing_rows() == 0
    }

    /// Counts the rows that are added, removed or changed. Where rows are
    /// compared whole, one that was changed is gone once and new once; it
    /// counts as one.
    pub fn differing_rows(&self) -> u64 {
        let (rows, odd) = (&self.rows, &self.odd);
        let by_key = if self.key.is_empty() {
            rows.added.max(rows.removed)
        } else {
            rows.added + rows.removed + rows.changed
        };
        by_key + odd.added.max(odd.removed)
    }

    /// Returns how many of the rows differ, in percent of those before. Where
    /// there were none before, any row is all of them.
    pub fn differing_percent(&self) -> f64 {
        let differing = self.differing_rows();
        if differing == 0 {
            return 0.0;
        }
        if self.rows_before == 0 {
            return 100.0;
        }
        differing as f64 * 100.0 / self.rows_before as f64
    }
}

impl OddRows {
    /// Tells whether there is any such row.
    pub fn is_any(&self) -> bool {
        self.duplicate_rows_before + self.duplicate_rows_after > 0
            || self.null_rows_before + self.null_rows_after > 0
    }
}

impl Statistics {
    /// Returns a column's statistics.
    pub fn column(&self, name: &str) -> Option<&ColumnStatistics> {
        let same = |column: &&ColumnStatistics| column.name.to_lowercase() == name.to_lowercase();
        self.columns.iter().find(same)
    }
}
