//! How a command ends.

use crate::diagnostics::Diagnostic;

/// An end that is no success. The exit codes are dbt's.
#[derive(Debug)]
pub struct Exit {
    pub code: i32,
    /// What is still to be said about it.
    pub diagnostics: Vec<Diagnostic>,
}

impl Exit {
    /// A node failed, and it was said which.
    pub fn node_failed() -> Self {
        Self {
            code: 1,
            diagnostics: Vec::new(),
        }
    }

    /// Makes what ends a node end the command.
    pub fn of_command(self) -> Self {
        let code = if self.code == 1 { 2 } else { self.code };
        Self { code, ..self }
    }

    /// The command could not run, and it was said why.
    pub fn reported() -> Self {
        Self {
            code: 2,
            diagnostics: Vec::new(),
        }
    }

    /// The command could not run.
    pub fn failed(diagnostic: Diagnostic) -> Self {
        Self {
            code: 2,
            diagnostics: vec![diagnostic],
        }
    }

    /// The user stopped the command.
    pub fn interrupted() -> Self {
        Self {
            code: 130,
            diagnostics: Vec::new(),
        }
    }
}
