//! What happens during a command, told as it happens.
//!
//! The core sends events; `cli/progress.rs` and the log files decide how they
//! look. Names follow dbt's structured logging where dbt has the event, so
//! that readers of its JSON logs find what they know.

pub mod kinds;
mod warning_rules;

use serde_json::Value;

pub use kinds::EventKind;
pub use warning_rules::{Verdict, WarningRules};

/// How much an event matters, in dbt's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    /// The text in dbt's JSON logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Event {
    pub level: Level,
    /// dbt's event name, `LogModelResult`.
    pub name: &'static str,
    /// dbt's event code, `Q012`.
    pub code: &'static str,
    /// The line a person reads.
    pub message: String,
    /// dbt's `data` fields, without `msg`.
    pub data: Value,
}

/// Where events go. Called from several threads.
pub trait EventSink: Send + Sync {
    fn send(&self, event: Event);

    /// Tells whether anything looks at events' `data`; where nothing does, it
    /// need not be made.
    fn reads_data(&self) -> bool {
        true
    }
}

/// A sink that drops everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl EventSink for Silent {
    fn send(&self, _event: Event) {}

    fn reads_data(&self) -> bool {
        false
    }
}
