//! Draws diagnostics for people.
//!
//! The one file that names the snippet renderer.

use super::Diagnostic;

/// How diagnostics are drawn.
#[derive(Debug, Clone, Default)]
pub struct RenderOptions {
    pub color: bool,
    /// Columns of the terminal, when known.
    pub width: Option<usize>,
    /// Texts that must not be shown, such as values of `DBT_ENV_SECRET_*`.
    pub secrets: Vec<String>,
}

/// Draws a diagnostic with the lines it points at.
pub fn render(_diagnostic: &Diagnostic, _options: &RenderOptions) -> String {
    todo!("written next")
}

/// Writes a diagnostic as one plain line: `error[code]: title (file:1:2)`.
pub fn render_line(_diagnostic: &Diagnostic, _options: &RenderOptions) -> String {
    todo!("written next")
}
