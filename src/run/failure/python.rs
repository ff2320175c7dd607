//! Failures of Python models, with the line of the user's file.

use std::ops::Range;

use super::{Failure, Rendered, place};
use crate::adapter::ScriptError;
use crate::diagnostics::{Diagnostic, SourceFile};

/// Turns what Python said into a failure.
pub fn from_python(rendered: Rendered<'_>, error: &ScriptError) -> Failure {
    let mut failure = Failure::new("Runtime", &*error.text);
    let subject = rendered.subject;
    let verb = if error.is_setup {
        "cannot run"
    } else {
        "failed"
    };
    let title = format!("model `{}` {verb}: {}", subject.name(), error.summary);
    let mut diagnostic = Diagnostic::error("python-error", title);
    if !error.is_setup {
        let title = format!("model `{}` failed in Python", subject.name());
        diagnostic = diagnostic.without_values(title);
    }
    let file = subject.file();
    let mut diagnostic = match error.line {
        // What follows the user's own lines is no place to look at.
        Some(line) if line <= file.text.lines().count() => {
            diagnostic.at(file, trimmed_line(file, line), "while this line ran")
        }
        _ => place::at_node(diagnostic, rendered),
    };
    if !error.is_setup {
        diagnostic = diagnostic.because(&*error.text);
    }
    if let Some(hint) = &error.hint {
        diagnostic = diagnostic.hint(hint);
    }
    failure.diagnostics.push(diagnostic);
    failure
}

/// Returns the bytes of a line without its indentation.
fn trimmed_line(file: &SourceFile, line: usize) -> Range<usize> {
    let range = file.line_range(line);
    let text = &file.text[range.clone()];
    range.end - text.trim_start().len()..range.end
}
