//! The progress display of a terminal: what runs now, how much is done.
//!
//! Where output is no terminal there is no display, and every start and end
//! of a node is a line, as in dbt.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indexmap::IndexMap;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::event::{Event, Level};

/// A progress display, or none.
pub struct Progress {
    bar: Option<ProgressBar>,
    running: Mutex<IndexMap<String, String>>,
}

impl Progress {
    /// Makes a display that shows nothing.
    pub fn none() -> Self {
        Self {
            bar: None,
            running: Mutex::new(IndexMap::new()),
        }
    }

    /// Makes a display at the foot of the terminal.
    pub fn on_terminal() -> Self {
        let bar = ProgressBar::no_length();
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} {elapsed} {wide_msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self {
            bar: Some(bar),
            running: Mutex::new(IndexMap::new()),
        }
    }

    /// Tells whether there is a display.
    pub fn is_shown(&self) -> bool {
        self.bar.is_some()
    }

    /// Runs something that writes lines, with the display out of the way.
    pub fn above(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Tells whether the display shows an event instead of a line. Starts of
    /// nodes are shown this way; ends stay lines.
    pub fn swallows(&self, event: &Event) -> bool {
        self.bar.is_some() && event.name == "LogStartLine" && event.level <= Level::Info
    }

    /// Takes note of an event.
    pub fn observe(&self, event: &Event) {
        let Some(bar) = &self.bar else {
            return;
        };
        let field = |path: &[&str]| {
            let mut value = &event.data;
            for key in path {
                value = value.get(key)?;
            }
            Some(value)
        };
        let id = field(&["node_info", "unique_id"]).and_then(Value::as_str);
        match (event.name, id) {
            ("LogStartLine", Some(id)) => {
                if let Some(total) = field(&["total"]).and_then(Value::as_u64) {
                    bar.set_length(total);
                    bar.enable_steady_tick(Duration::from_millis(100));
                }
                let name = id.rsplit('.').next().unwrap_or(id).to_owned();
                let mut running = self.lock();
                running.insert(id.to_owned(), name);
                Self::show(bar, &running);
            }
            ("NodeFinished", Some(id)) => {
                let mut running = self.lock();
                if running.shift_remove(id).is_some() {
                    bar.inc(1);
                }
                Self::show(bar, &running);
            }
            ("EndRunResult" | "EndOfRunSummary" | "FinishedRunningStats", _) => {
                bar.finish_and_clear();
            }
            _ => {}
        }
    }

    fn show(bar: &ProgressBar, running: &IndexMap<String, String>) {
        let names: Vec<&str> = running.values().map(String::as_str).collect();
        bar.set_message(names.join(", "));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, IndexMap<String, String>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
