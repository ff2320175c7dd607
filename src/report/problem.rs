//! A diagnostic as a report tells it.

use super::place::{Paths, Place};
use crate::diagnostics::{Diagnostic, Severity};

/// Something that is wrong, in words that hold no values of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A stable name of the kind, `unknown-ref`.
    pub rule: String,
    pub severity: Severity,
    /// One sentence.
    pub title: String,
    /// Why, and what to do about it.
    pub details: Vec<String>,
    pub place: Option<Place>,
}

impl Problem {
    /// Tells a diagnostic.
    pub fn of(diagnostic: &Diagnostic, paths: &Paths) -> Self {
        let mut places = diagnostic.labels.iter();
        let place = places.find_map(|label| paths.place(&label.file, &label.range));
        let mut details = Vec::new();
        let title = match &diagnostic.without_values {
            Some(title) => {
                details.push("The log has the database's own words.".to_owned());
                title.to_string()
            }
            None => {
                details.extend(diagnostic.text.clone());
                details.extend(diagnostic.hint.as_ref().map(|hint| format!("hint: {hint}")));
                diagnostic.title.clone()
            }
        };
        Self {
            rule: diagnostic.code.0.to_owned(),
            severity: diagnostic.severity,
            title,
            details,
            place,
        }
    }

    /// Puts stars in the place of a secret.
    pub fn hide(&mut self, secret: &str) {
        self.title = self.title.replace(secret, "*****");
        for detail in &mut self.details {
            *detail = detail.replace(secret, "*****");
        }
    }

    /// Returns the whole text.
    pub fn text(&self) -> String {
        let mut text = self.title.clone();
        for detail in &self.details {
            text.push('\n');
            text.push_str(detail);
        }
        text
    }
}
