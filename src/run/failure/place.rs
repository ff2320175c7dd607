//! Where in the user's files a failure lies.

use std::ops::Range;
use std::sync::Arc;

use similar::{ChangeTag, TextDiff};

use super::anchors::{self, Found};
use super::{Rendered, file};
use crate::adapter::AdapterError;
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::graph::Graph;
use crate::jinja::JinjaError;

/// Points at the failing expression of a template, and at the place in the
/// node's own file from which it was reached.
pub fn add_template_places(
    mut diagnostic: Diagnostic,
    graph: &Graph,
    rendered: Rendered<'_>,
    error: &JinjaError,
) -> Diagnostic {
    let own = error.location_in(rendered.path);
    let innermost = error.location();
    if let Some(own) = own
        && let Some(range) = own_range(rendered, &own.range)
    {
        let is_call = innermost.is_some_and(|i| i != own);
        let message = if is_call { "called here" } else { "here" };
        diagnostic = diagnostic.at(rendered.subject.file(), range, message);
    }
    // What dbt's own macros look like helps nobody who has no file of them.
    let is_shipped = |path: &str| path.starts_with("dbt/") || path.starts_with("dbt_duckdb/");
    if let Some(innermost) = innermost
        && &*innermost.path != rendered.path
        && !is_shipped(&innermost.path)
        && let Some(file) = file(graph, &innermost.path)
        && innermost.range.end <= file.text.len()
    {
        diagnostic = diagnostic.at(&file, innermost.range.clone(), "raised here");
    }
    if diagnostic.labels.is_empty() {
        diagnostic = at_node(diagnostic, rendered);
    }
    diagnostic
}

/// Points at the place in the node's own file from which a statement was sent.
pub fn add_caller(
    diagnostic: Diagnostic,
    rendered: Rendered<'_>,
    error: &JinjaError,
) -> Diagnostic {
    let own = error.location_in(rendered.path);
    match own.and_then(|own| own_range(rendered, &own.range)) {
        Some(range) => diagnostic.at(rendered.subject.file(), range, "sent from here"),
        None => at_node(diagnostic, rendered),
    }
}

/// Points at the mistake in a statement that a macro has made.
pub fn add_statement(diagnostic: Diagnostic, error: &AdapterError) -> Diagnostic {
    let (Some(position), Some(sql)) = (error.position, &error.sql) else {
        return diagnostic;
    };
    if position >= sql.len() || !sql.is_char_boundary(position) {
        return diagnostic;
    }
    let file = SourceFile::new("the statement", &**sql);
    diagnostic.at(&file, position..word_end(sql, position), "refused")
}

/// Points at the mistake in a statement that the database refused: in the
/// node's own file when the line stands there as it is, else in the SQL that
/// was compiled from it.
pub fn add_sql_places(
    diagnostic: Diagnostic,
    rendered: Rendered<'_>,
    error: &AdapterError,
) -> Diagnostic {
    let (Some((compiled, path)), Some(position), Some(sent)) =
        (rendered.compiled, error.position, &error.sql)
    else {
        return diagnostic;
    };
    // The compiled SQL is a part of what was sent, around it stands the
    // materialization's own.
    let start = sent.find(compiled.trim());
    let lead = compiled.len() - compiled.trim_start().len();
    let Some(position) = start
        .and_then(|start| position.checked_sub(start))
        .map(|position| position + lead)
        .filter(|position| *position < compiled.len() && compiled.is_char_boundary(*position))
    else {
        return diagnostic;
    };
    let range = position..word_end(compiled, position);
    let found = in_template(compiled, rendered.template, &range)
        .or_else(|| only_occurrence(compiled, rendered.template, &range));
    if let Some(own) = found
        && let Some(own) = own_range(rendered, &own)
    {
        return diagnostic.at(rendered.subject.file(), own, "here");
    }
    let file = SourceFile::new(path, compiled);
    let diagnostic = match in_rendered_line(compiled, rendered.template, &range) {
        Some(Found::Text(own)) if own_range(rendered, &own).is_some() => {
            let own = own_range(rendered, &own).unwrap_or_default();
            return diagnostic.at(rendered.subject.file(), own, "here");
        }
        Some(Found::Made(own)) => match own_range(rendered, &own) {
            Some(own) => diagnostic.at(rendered.subject.file(), own, "made here"),
            None => diagnostic,
        },
        _ => diagnostic,
    };
    diagnostic.at(&file, range, "in the compiled SQL")
}

/// Points at where a node reads a source whose file is not there, and at where
/// the source says which file that is.
pub fn at_missing_file(
    diagnostic: Diagnostic,
    graph: &Graph,
    rendered: Rendered<'_>,
    pattern: &str,
) -> Diagnostic {
    let mut sources = graph.project.sources.values();
    let Some(source) = sources.find(|s| s.relation_name.contains(pattern)) else {
        return at_node(diagnostic, rendered);
    };
    let template = rendered.template;
    let call = template.match_indices("source(").find_map(|(start, _)| {
        let end = start + template[start..].find(')')? + 1;
        let is_it = template[start..end].contains(source.name.as_str());
        is_it.then(|| own_range(rendered, &(start..end)))?
    });
    let diagnostic = match call {
        Some(range) => diagnostic.at(rendered.subject.file(), range, "read here"),
        None => at_node(diagnostic, rendered),
    };
    diagnostic.at(&source.file, source.span.clone(), "the source")
}

/// Points at what defines the node.
pub fn at_node(diagnostic: Diagnostic, rendered: Rendered<'_>) -> Diagnostic {
    let file = rendered.subject.file();
    let span = rendered.subject.span();
    let text = file.text.get(span.clone()).unwrap_or_default();
    let first_line = text.lines().next().map_or(0, str::len);
    diagnostic.at(file, span.start..span.start + first_line, "defined here")
}

/// Turns a range of the template into one of the node's file: dbt trims a
/// file's text, and a snapshot is one block of several.
pub fn own_range(rendered: Rendered<'_>, range: &Range<usize>) -> Option<Range<usize>> {
    let file: &Arc<SourceFile> = rendered.subject.file();
    let span = rendered.subject.span();
    let within = file.text.get(span.clone())?;
    let shift = span.start + within.find(rendered.template)?;
    let range = range.start + shift..range.end + shift;
    (range.end <= file.text.len()).then_some(range)
}

/// Finds the line of the compiled SQL in the template, by comparing both.
fn in_template(compiled: &str, template: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let line_start = compiled[..range.start].rfind('\n').map_or(0, |i| i + 1);
    let line = compiled[..range.start].matches('\n').count();
    let diff = TextDiff::from_lines(template, compiled);
    let mut template_at = 0;
    let mut compiled_line = 0;
    for change in diff.iter_all_changes() {
        let length = change.value().len();
        match change.tag() {
            ChangeTag::Equal => {
                if compiled_line == line {
                    let start = template_at + (range.start - line_start);
                    let end = template_at + (range.end - line_start);
                    return (end <= template_at + length).then_some(start..end);
                }
                template_at += length;
                compiled_line += 1;
            }
            ChangeTag::Delete => template_at += length,
            ChangeTag::Insert => compiled_line += 1,
        }
    }
    None
}

/// Finds a place of a compiled line in the template's lines that it may have
/// been rendered from: those that are not in the compiled SQL as they are.
fn in_rendered_line(compiled: &str, template: &str, range: &Range<usize>) -> Option<Found> {
    let line_start = compiled[..range.start].rfind('\n').map_or(0, |i| i + 1);
    let line = compiled[line_start..].lines().next().unwrap_or_default();
    let within = range.start - line_start..range.end - line_start;
    let diff = TextDiff::from_lines(template, compiled);
    // Lines that were changed together.
    let mut changed: Vec<(&str, usize)> = Vec::new();
    let mut holds_it = false;
    let (mut template_at, mut compiled_at) = (0, 0);
    for change in diff.iter_all_changes() {
        let length = change.value().len();
        match change.tag() {
            ChangeTag::Equal => {
                if holds_it {
                    break;
                }
                changed.clear();
                template_at += length;
                compiled_at += length;
            }
            ChangeTag::Delete => {
                let text =
                    template[template_at..template_at + length].trim_end_matches(['\r', '\n']);
                changed.push((text, template_at));
                template_at += length;
            }
            ChangeTag::Insert => {
                holds_it |= compiled_at == line_start;
                compiled_at += length;
            }
        }
    }
    holds_it.then(|| anchors::find(&changed, line, &within))?
}

/// Finds the rest of a line of the compiled SQL in the template, when it is
/// long enough to be telling and stands there once: the line may begin with a
/// `config()` that is not in the SQL.
fn only_occurrence(compiled: &str, template: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let rest = &compiled[range.start..];
    let rest = rest.lines().next().unwrap_or_default().trim_end();
    if rest.len() < 8 {
        return None;
    }
    let mut places = template.match_indices(rest);
    let (start, _) = places.next()?;
    let length = (range.end - range.start).min(rest.len());
    places.next().is_none().then(|| start..start + length)
}

/// Returns the end of the word, quoted name or sign at a place.
fn word_end(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let is_word = |c: char| c == '_' || c == '.' || c.is_alphanumeric();
    let length = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest[1..].find(quote).map_or(1, |i| i + 2),
        Some(c) if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
        Some(c) => c.len_utf8(),
        None => 0,
    };
    start + length
}
