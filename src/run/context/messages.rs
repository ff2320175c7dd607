//! What templates say: `log`, `print`, and warnings.

use std::sync::Arc;

use serde_json::json;

use crate::event::{Event, EventSink, Level};
use crate::jinja::functions::exceptions;
use crate::jinja::{Events, JinjaError, LogLevel, Object, Value, function};
use crate::run::db::Db;
use crate::run::session::Session;

/// Sends what templates say as events.
pub struct TemplateMessages {
    sink: Arc<dyn EventSink>,
    db: Arc<Db>,
}

impl TemplateMessages {
    pub fn new(session: &Session, db: &Arc<Db>) -> Self {
        Self {
            sink: Arc::clone(&session.cx.events),
            db: Arc::clone(db),
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
            // Said when the project was parsed.
            LogLevel::Deprecation => return,
        };
        let data = match self.db.node_info() {
            Some(info) => json!({"node_info": info}),
            None => json!({}),
        };
        self.sink.send(Event {
            level,
            name,
            code,
            message: text.to_owned(),
            data,
        });
    }
}

/// Makes `exceptions` for a run in which warnings are errors.
pub fn strict_exceptions() -> Value {
    Value::from_object(StrictExceptions(exceptions()))
}

#[derive(Debug)]
struct StrictExceptions(Value);

impl Object for StrictExceptions {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if key == "warn" {
            return Some(function("warn", |call| {
                let [message, _node] = call.bind(["msg", "node"], 1)?;
                Err(JinjaError::raised(message.unwrap_or_default().to_string()))
            }));
        }
        let found = self.0.get_attr(key).ok()?;
        (!found.is_undefined()).then_some(found)
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}
