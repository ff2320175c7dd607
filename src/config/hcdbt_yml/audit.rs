//! `audit:`, what is written down of every run.

use super::section::Section;

/// What is written down of every run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Whether each run leaves a record below `target/hcdbt/runs/`.
    pub ledger: bool,
    /// Whether each run is added to the tables `runs` and `nodes` as well.
    pub table: bool,
    /// The schema of the tables.
    pub schema: String,
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            ledger: true,
            table: false,
            schema: "hcdbt_audit".to_owned(),
        }
    }
}

impl Audit {
    pub(super) fn of(section: &Section<'_>) -> Self {
        let default = Self::default();
        Self {
            ledger: section.bool("ledger").unwrap_or(default.ledger),
            table: section.bool("table").unwrap_or(default.table),
            schema: section.text("schema").unwrap_or(default.schema),
        }
    }
}
