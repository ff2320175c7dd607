//! Draws diagnostics for people.
//!
//! The one file that names the snippet renderer.

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Label, Severity, SourceFile};

/// How diagnostics are drawn.
#[derive(Debug, Clone, Default)]
pub struct RenderOptions {
    pub color: bool,
    /// Columns of the terminal, when known.
    pub width: Option<usize>,
    /// Texts that must not be shown, such as values of `DBT_ENV_SECRET_*`.
    pub secrets: Vec<String>,
}

/// Columns when the terminal says nothing.
const DEFAULT_WIDTH: usize = 140;

/// Draws a diagnostic with the lines it points at.
pub fn render(diagnostic: &Diagnostic, options: &RenderOptions) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(diagnostic.title.as_str())
        .id(diagnostic.code.0);
    let mut group = Group::with_title(title);
    for (file, labels) in by_file(&diagnostic.labels) {
        group = group.element(snippet(file, &labels));
    }
    if let Some(text) = &diagnostic.text {
        group = group.element(Level::NOTE.no_name().message(text.as_str()));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
    }
    let renderer = if options.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let drawn = renderer
        .decor_style(DecorStyle::Ascii)
        .term_width(options.width.unwrap_or(DEFAULT_WIDTH))
        .render(&[group]);
    without_secrets(drawn, options)
}

/// Writes a diagnostic as one plain line: `error[code]: title (file:1:2)`.
pub fn render_line(diagnostic: &Diagnostic, options: &RenderOptions) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let title = diagnostic.title.lines().collect::<Vec<_>>().join(" ");
    let mut line = format!("{severity}[{}]: {title}", diagnostic.code);
    if let Some(label) = diagnostic.labels.first() {
        let (row, column) = label.file.line_column(label.range.start);
        line.push_str(&format!(" ({}:{row}:{column})", label.file.path));
    }
    without_secrets(line, options)
}

/// Gathers labels file by file, the first label's file first.
fn by_file(labels: &[Label]) -> Vec<(&Arc<SourceFile>, Vec<(usize, &Label)>)> {
    let mut files: Vec<(&Arc<SourceFile>, Vec<(usize, &Label)>)> = Vec::new();
    for (i, label) in labels.iter().enumerate() {
        match files.iter_mut().find(|(file, _)| **file == label.file) {
            Some((_, list)) => list.push((i, label)),
            None => files.push((&label.file, vec![(i, label)])),
        }
    }
    files
}

fn snippet<'a>(
    file: &'a SourceFile,
    labels: &[(usize, &'a Label)],
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let mut snippet = Snippet::source(&*file.text)
        .path(file.path.as_str())
        .fold(true);
    for (i, label) in labels {
        let kind = if *i == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let span = drawable(&file.text, &label.range);
        let message = (!label.message.is_empty()).then_some(label.message.as_str());
        snippet = snippet.annotation(kind.span(span).label(message));
    }
    snippet
}

/// Keeps a range inside the text, on whole characters, and on one line, so
/// that a long block is shown by its first line.
fn drawable(text: &str, range: &Range<usize>) -> Range<usize> {
    let boundary = |mut offset: usize| {
        offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    };
    let mut start = boundary(range.start);
    if start == text.len() {
        // The end of a text that ends in a line end is an empty line, which
        // would be drawn without a word of the text.
        start = text.trim_end_matches(['\n', '\r']).len();
    }
    let mut end = boundary(range.end).max(start);
    if let Some(line_end) = text[start..end].find('\n') {
        end = start + text[start..start + line_end].trim_end().len();
    }
    start..end
}

fn without_secrets(mut text: String, options: &RenderOptions) -> String {
    for secret in options.secrets.iter().filter(|s| !s.is_empty()) {
        text = text.replace(secret.as_str(), "*****");
    }
    text
}
