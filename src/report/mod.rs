//! What a command found, in the forms that CI systems and reviewers read:
//! JUnit, SARIF, GitHub's annotations and Markdown.
//!
//! No form holds values of rows: what a database says of data that it refused
//! stays in the log, see [`Diagnostic::without_values`](crate::diagnostics::Diagnostic).

mod cases;
mod github;
mod junit;
mod markdown;
mod place;
mod problem;
mod sarif;
#[cfg(test)]
mod tests;

pub use cases::{Case, cases};
pub use github::github;
pub use junit::junit;
pub use markdown::{escaped, markdown};
pub use place::{Paths, Place};
pub use problem::Problem;
pub use sarif::sarif;

use crate::run::Status;

/// A command and everything that it found.
#[derive(Debug)]
pub struct Report {
    /// dbt's name of the command, `build`.
    pub command: String,
    pub started_at: jiff::Timestamp,
    /// Seconds.
    pub elapsed: f64,
    pub exit_code: i32,
    /// What became of each node, in the order in which they finished.
    pub cases: Vec<Case>,
    /// What was found that belongs to no node's result: mistakes in files,
    /// notes on how the command was called.
    pub problems: Vec<Problem>,
    /// Further parts of the Markdown, ready as they are.
    pub parts: Vec<String>,
}

impl Report {
    /// Says in one sentence how the command ended.
    pub fn headline(&self) -> String {
        let command = &self.command;
        match self.exit_code {
            0 => format!("`{command}` succeeded"),
            1 => format!("`{command}` failed"),
            130 => format!("`{command}` was interrupted"),
            _ => format!("`{command}` could not run"),
        }
    }

    /// Puts stars in the place of a secret.
    pub fn hide(&mut self, secret: &str) {
        let of_cases = self.cases.iter_mut().flat_map(|case| &mut case.problems);
        for problem in self.problems.iter_mut().chain(of_cases) {
            problem.hide(secret);
        }
    }

    /// Counts the cases of which `is_counted` holds.
    fn count(&self, is_counted: impl Fn(Status) -> bool) -> usize {
        let cases = self.cases.iter();
        cases.filter(|case| is_counted(case.status)).count()
    }
}
