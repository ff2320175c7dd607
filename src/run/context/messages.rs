//! What templates say: `log`, `print`, and warnings.

use std::sync::Arc;

use serde_json::json;

use crate::event::{Event, EventSink, Level};
use crate::jinja::{Events, LogLevel};
use crate::run::session::Session;

/// Sends what templates say as events.
pub struct TemplateMessages {
    sink: Arc<dyn EventSink>,
}

impl TemplateMessages {
    pub fn new(session: &Session) -> Self {
        Self {
            sink: Arc::clone(&session.cx.events),
        }
    }
}

impl Events for TemplateMessages {
    fn message(&self, level: LogLevel, text: &str) {
        let (level, name, code) = match level {
            LogLevel::Debug => (Level::Debug, "JinjaLogDebug", "I063"),
            LogLevel::Info => (Level::Info, "JinjaLogInfo", "I062"),
            LogLevel::Warn => (Level::Warn, "JinjaLogWarning", "I061"),
            LogLevel::Print => (Level::Info, "PrintEvent", "Z052"),
        };
        self.sink.send(Event {
            level,
            name,
            code,
            message: text.to_owned(),
            data: json!({}),
        });
    }
}
