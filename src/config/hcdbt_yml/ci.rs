//! `ci:`, what `hcdbt ci` builds into and what a change must not do.

use super::section::Section;

/// What `hcdbt ci` goes by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ci {
    /// The schema that a pull request is built into; that of the target with
    /// `_ci` behind it unless given.
    pub schema: Option<String>,
    pub gates: Gates,
}

/// What fails a pull request.
#[derive(Debug, Clone, PartialEq)]
pub struct Gates {
    /// How many tests may fail.
    pub failing_tests: u32,
    /// From which models no column may be taken.
    pub removed_columns: RemovedColumns,
    /// The share of a production model's rows, in percent, that may be added,
    /// removed or changed. Any unless given.
    pub changed_rows: Option<f64>,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            failing_tests: 0,
            removed_columns: RemovedColumns::Public,
            changed_rows: None,
        }
    }
}

/// Which models must keep their columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovedColumns {
    /// Those whose `access` is `public`.
    Public,
    Any,
    /// None: columns may go.
    Allowed,
}

impl Ci {
    pub(super) fn of(section: &Section<'_>) -> Self {
        Self {
            schema: section.text("schema").filter(|name| !name.is_empty()),
            gates: section.section("gates", Gates::of).unwrap_or_default(),
        }
    }
}

impl Gates {
    fn of(section: &Section<'_>) -> Self {
        let default = Self::default();
        let models = [
            ("public", RemovedColumns::Public),
            ("any", RemovedColumns::Any),
            ("allowed", RemovedColumns::Allowed),
        ];
        Self {
            failing_tests: section
                .whole_number("failing_tests", 0..=u32::MAX, "a number of tests")
                .unwrap_or(default.failing_tests),
            removed_columns: section
                .choice("removed_columns", &models)
                .unwrap_or(default.removed_columns),
            changed_rows: section.number("changed_rows", 0.0..=f64::MAX, "a number of percent"),
        }
    }
}
