//! Where in the user's files a failure lies.

use std::ops::Range;
use std::sync::Arc;

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

/// Tells dbt's own macros: what they look like helps nobody who has no file of them.
fn is_shipped(path: &str) -> bool {
    path.starts_with("dbt/") || path.starts_with("dbt_duckdb/")
}

/// Points at where a macro of the user's sent a statement, at the place in the node's own file
/// from which it was reached, and at the mistake in the statement.
pub fn add_statement(
    mut diagnostic: Diagnostic,
    graph: &Graph,
    rendered: Rendered<'_>,
    through: &JinjaError,
    error: &AdapterError,
) -> Diagnostic {
    let sender = sender(graph, rendered, through);
    let message = match &sender {
        Some(_) => "called here",
        None => "sent from here",
    };
    if let Some((file, range)) = &sender {
        diagnostic = diagnostic.at(file, range.clone(), "sent from here");
    }
    let own = through.location_in(rendered.path);
    diagnostic = match own.and_then(|own| own_range(rendered, &own.range)) {
        Some(range) => diagnostic.at(rendered.subject.file(), range, message),
        None => at_node(diagnostic, rendered),
    };
    let (Some(position), Some(sql)) = (error.position, &error.sql) else {
        return diagnostic;
    };
    if position >= sql.len() || !sql.is_char_boundary(position) {
        return diagnostic;
    }
    let refused = position..word_end(sql, position);
    if let Some((file, place)) = sender {
        let mut macros = graph.project.macros.values();
        let sending = macros.find(|m| m.file.path == file.path && m.text.contains(&place.start));
        let text = sending.map_or(0..0, |m| m.text.clone());
        // In the macro, if what was refused stands there once.
        if let Some(range) = written_once(&file.text[text.clone()], sql, &refused) {
            let range = text.start + range.start..text.start + range.end;
            diagnostic = diagnostic.at(&file, range, "refused");
        }
    }
    let statement = SourceFile::new("the statement", &**sql);
    diagnostic.at(&statement, refused, "refused")
}

/// Returns the innermost place in a macro of the user's own files.
fn sender(
    graph: &Graph,
    rendered: Rendered<'_>,
    error: &JinjaError,
) -> Option<(Arc<SourceFile>, Range<usize>)> {
    let sites = error.frames().iter().filter_map(|f| f.call_site.as_ref());
    let mut places = error.location().into_iter().chain(sites);
    let place = places.find(|place| !is_shipped(&place.path))?;
    let file = (&*place.path != rendered.path).then(|| file(graph, &place.path))??;
    (place.range.end <= file.text.len()).then(|| (file, place.range.clone()))
}

/// Finds a range of a statement in the text that has made it, where its line, or else what is
/// in the range alone, is written there once.
fn written_once(text: &str, sql: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let refused = &sql[range.clone()];
    let start = sql[..range.start].rfind('\n').map_or(0, |end| end + 1);
    let line = sql[start..].lines().next()?;
    let indent = line.len() - line.trim_start().len();
    let before = (range.start - start).checked_sub(indent)?;
    let once = |part: &str, before: usize| {
        let mut found = text.match_indices(part);
        let (at, _) = found.next().filter(|_| !part.is_empty())?;
        let place = at + before..at + before + refused.len();
        let is_it = found.next().is_none() && text.get(place.clone()) == Some(refused);
        is_it.then_some(place)
    };
    once(line.trim(), before).or_else(|| once(refused, 0))
}

/// Points at the mistake in a statement that the database refused: at what has
/// made it in the user's files where that is known, else in the SQL that was
/// compiled from them.
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
    let origins = rendered.origins.map(|origins| origins.of(&range));
    let labels = origins.unwrap_or_default();
    if labels.is_empty() {
        let file = SourceFile::new(path, compiled);
        return diagnostic.at(&file, range, "in the compiled SQL");
    }
    let mut diagnostic = diagnostic;
    diagnostic.labels.extend(labels);
    diagnostic
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
