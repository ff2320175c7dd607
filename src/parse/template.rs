//! What goes wrong in a template, shown in the user's files.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::config::Hint;
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::jinja::{JinjaError, Location};

/// A text to render and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Template<'a> {
    pub text: &'a str,
    pub file: &'a Arc<SourceFile>,
    /// Where the text begins in the file; none when it is not part of the
    /// file as it is.
    pub start: Option<usize>,
    /// The place to show when the text is not part of the file.
    pub span: &'a Range<usize>,
}

impl<'a> Template<'a> {
    /// Makes a template of a part of a file.
    pub fn of_part(file: &'a Arc<SourceFile>, span: &'a Range<usize>) -> Self {
        Self {
            text: file.text.get(span.clone()).unwrap_or_default(),
            file,
            start: Some(span.start),
            span,
        }
    }

    /// Makes a template of a text that stands, maybe with escapes, within a
    /// place of a file.
    pub fn within(text: &'a str, file: &'a Arc<SourceFile>, span: &'a Range<usize>) -> Self {
        let place = file.text.get(span.clone()).unwrap_or_default();
        Self {
            text,
            file,
            start: place.find(text).map(|at| span.start + at),
            span,
        }
    }

    /// Returns the path that errors in this template name.
    pub fn path(&self) -> &'a str {
        self.file.path.as_str()
    }

    /// Returns the place of an error in this template, as near as is known.
    pub fn range_of(&self, error: &JinjaError) -> Range<usize> {
        match error.location() {
            Some(location) if self.is_mine(location) => self.range(location),
            _ => self.span.clone(),
        }
    }

    /// Returns the place of the first line that is not empty.
    pub fn first_line(&self) -> Range<usize> {
        let text = self.file.text.get(self.span.clone()).unwrap_or_default();
        let start = self.span.start + (text.len() - text.trim_start().len());
        let line = text.trim_start().lines().next().unwrap_or_default();
        start..start + line.trim_end().len()
    }

    /// Scanners know no path and leave it empty.
    fn is_mine(&self, location: &Location) -> bool {
        location.path.is_empty() || *location.path == *self.path()
    }

    fn range(&self, location: &Location) -> Range<usize> {
        match self.start {
            Some(start) => start + location.range.start..start + location.range.end,
            None => self.span.clone(),
        }
    }
}

/// What messages about templates may point to, or suggest.
#[derive(Debug, Default)]
pub(super) struct TemplateFiles {
    /// The files of all macros, by the path that errors name.
    pub files: HashMap<String, Arc<SourceFile>>,
    /// The names of all macros.
    pub macros: Vec<String>,
}

/// Turns an error of a template into a diagnostic about a resource, `what`:
/// model `dim_patients`.
pub(super) fn template_error(
    files: &TemplateFiles,
    template: &Template<'_>,
    what: &str,
    error: &JinjaError,
) -> Diagnostic {
    if let Some(ready) = error.payload::<Diagnostic>() {
        return ready.clone();
    }
    let message = error.message().trim();
    let (first, rest) = message.split_once('\n').unwrap_or((message, ""));
    let title = format!("{what} does not compile: {first}");
    let mut diagnostic = Diagnostic::error("template-error", title);
    if !rest.trim().is_empty() {
        diagnostic = diagnostic.because(rest.trim());
    }
    diagnostic = add_places(files, template, error, diagnostic);
    if let Some(Hint(hint)) = error.payload::<Hint>() {
        return diagnostic.hint(hint.clone());
    }
    let nearest = error
        .undefined_name()
        .and_then(|name| suggest::nearest(name, files.macros.iter().map(String::as_str)));
    match nearest {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}

fn add_places(
    files: &TemplateFiles,
    template: &Template<'_>,
    error: &JinjaError,
    mut diagnostic: Diagnostic,
) -> Diagnostic {
    let in_template = |location: &Location| template.is_mine(location);
    match error.location() {
        Some(location) if in_template(location) => {
            diagnostic = diagnostic.at(template.file, template.range(location), "here");
        }
        Some(location) => {
            if let Some(file) = files.files.get(&*location.path) {
                diagnostic = diagnostic.at(file, location.range.clone(), "here");
            }
        }
        None => {}
    }
    // The way from the text itself into the macro that failed.
    for frame in error.frames() {
        let Some(site) = &frame.call_site else {
            continue;
        };
        let name = frame.unique_id.rsplit('.').next().unwrap_or_default();
        let message = format!("called by way of `{name}`");
        if in_template(site) {
            diagnostic = diagnostic.at(template.file, template.range(site), message);
        } else if let Some(file) = files.files.get(&*site.path) {
            diagnostic = diagnostic.at(file, site.range.clone(), message);
        }
    }
    if diagnostic.labels.is_empty() {
        diagnostic = diagnostic.at(template.file, template.first_line(), "in this text");
    }
    diagnostic
}
