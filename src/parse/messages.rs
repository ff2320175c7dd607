//! What templates say while they are parsed: `log`, `print`, warnings.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use super::template::Template;
use crate::diagnostics::Diagnostic;
use crate::event::kinds;
use crate::jinja::{Events, LogLevel};

/// Gathers what the templates of one node say.
#[derive(Debug, Default)]
pub(super) struct Messages(Mutex<Vec<(LogLevel, String)>>);

impl Messages {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Gives up what was said by a template.
    pub fn take(&self, template: &Template<'_>) -> Vec<Diagnostic> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *said)
            .into_iter()
            .map(|(level, text)| diagnostic(template, level, text))
            .collect()
    }
}

impl Events for Messages {
    fn message(&self, level: LogLevel, text: &str) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.push((level, text.to_owned()));
    }
}

fn diagnostic(template: &Template<'_>, level: LogLevel, text: String) -> Diagnostic {
    const CODE: &str = "template-message";
    match level {
        LogLevel::Debug => Diagnostic::note(CODE, text).as_event(kinds::JINJA_LOG_DEBUG, json!({})),
        LogLevel::Info => Diagnostic::note(CODE, text).as_event(kinds::JINJA_LOG_INFO, json!({})),
        LogLevel::Print => Diagnostic::note(CODE, text).as_event(kinds::PRINT, json!({})),
        LogLevel::Warn => {
            Diagnostic::warning(CODE, text).as_event(kinds::JINJA_LOG_WARNING, json!({}))
        }
        LogLevel::Deprecation => Diagnostic::warning("deprecated", text)
            .at(template.file, template.first_line(), "in this text")
            .as_event(kinds::MODULES_ITERTOOLS_USAGE, json!({})),
    }
}
