//! `check:`, what `hcdbt check` is to be quiet about, and what a run does with
//! what it finds.

use super::section::Section;

/// What the check goes by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// Codes of warnings that are not told.
    pub disable: Vec<String>,
    pub before_run: BeforeRun,
}

/// What `run` and `build` do with what the check finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BeforeRun {
    /// They tell it first, and go on as dbt does: what can run does run.
    #[default]
    Tell,
    /// They tell it and run nothing.
    Stop,
    /// They do not check.
    Off,
}

impl Check {
    pub(super) fn of(section: &Section<'_>) -> Self {
        let ways = [
            ("tell", BeforeRun::Tell),
            ("stop", BeforeRun::Stop),
            ("off", BeforeRun::Off),
        ];
        Self {
            disable: section.texts("disable").unwrap_or_default(),
            before_run: section.choice("before_run", &ways).unwrap_or_default(),
        }
    }
}
