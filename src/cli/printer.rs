//! What the user sees of events: lines on the terminal, lines in the log file.
//!
//! Events may come from many threads; each line is written whole.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use camino::Utf8PathBuf;
use serde_json::{Map, Value, json};

use super::progress::Progress;
use crate::event::{Event, EventSink, Level};
use crate::files::World;
use crate::run::{naive_timestamp, timestamp};

/// How events are written.
#[derive(Debug, Clone)]
pub struct PrintSettings {
    pub console_format: Format,
    /// None prints nothing at all.
    pub console_level: Option<Level>,
    pub colors: bool,
    pub file_format: Format,
    pub file_level: Option<Level>,
    /// None writes no log file.
    pub log_file: Option<Utf8PathBuf>,
    pub invocation_id: String,
    /// What every line of a JSON log carries: the `DBT_ENV_CUSTOM_ENV_*`
    /// variables, without that prefix.
    pub extra: Map<String, Value>,
    /// Texts that must never be shown: values of `DBT_ENV_SECRET_*`.
    pub secrets: Vec<String>,
    /// Whether what `print()` says is shown.
    pub prints: bool,
}

/// dbt's log formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Time and message.
    Text,
    /// Time to the microsecond, level, thread and message.
    Debug,
    Json,
}

impl Format {
    /// Reads `--log-format`; `default` is what the caller says.
    pub fn parse(text: &str, default: Self) -> Self {
        match text {
            "text" => Self::Text,
            "debug" => Self::Debug,
            "json" => Self::Json,
            _ => default,
        }
    }
}

/// Reads `--log-level`, where `none` is nothing at all.
pub fn parse_level(text: &str) -> Option<Level> {
    match text {
        "debug" => Some(Level::Debug),
        "warn" => Some(Level::Warn),
        "error" => Some(Level::Error),
        "none" => None,
        _ => Some(Level::Info),
    }
}

/// The sink of a command.
pub struct Printer {
    settings: PrintSettings,
    world: Arc<dyn World>,
    progress: Progress,
    /// Lines for the log file that are not written yet.
    pending: Mutex<String>,
}

/// Lines are gathered up to this many bytes before the file is opened again.
const PENDING_BYTES: usize = 16 * 1024;

impl Printer {
    /// Makes a sink.
    pub fn new(settings: PrintSettings, world: Arc<dyn World>, progress: Progress) -> Self {
        Self {
            settings,
            world,
            progress,
            pending: Mutex::new(String::new()),
        }
    }

    /// Prints a text on standard output as it is, for programs to read.
    pub fn data(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        // A reader that went away is not worth a word.
        let _ = out.write_all(text.as_bytes());
        let _ = out.flush();
    }

    pub fn is_json(&self) -> bool {
        self.settings.console_format == Format::Json
    }

    pub fn colors(&self) -> bool {
        self.settings.colors
    }

    /// Writes what is left of the log.
    pub fn flush(&self) {
        let text = std::mem::take(&mut *self.lock());
        self.write_log(&text);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, String> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_log(&self, text: &str) {
        if let Some(path) = &self.settings.log_file
            && !text.is_empty()
        {
            // A log that cannot be written must not stop the command.
            let _ = self.world.append(path, text.as_bytes());
        }
    }

    fn without_secrets<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for secret in &self.settings.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "*****").into();
            }
        }
        text
    }

    fn line(&self, event: &Event, format: Format, colors: bool) -> String {
        let now = self.world.now();
        let message = self.without_secrets(&event.message);
        // Without the day.
        let time = &naive_timestamp(now)[11..];
        let line = match format {
            Format::Text => format!("{}  {message}", &time[..8]),
            Format::Debug => format!(
                "{time} [{:<5}] [{}]: {message}",
                event.level.as_str(),
                thread_name(),
            ),
            Format::Json => {
                return self.json(event, &message, now);
            }
        };
        if colors || is_plain(&line) {
            line
        } else {
            anstream::adapter::strip_str(&line).to_string()
        }
    }

    /// Writes an event as dbt's JSON logs do.
    fn json(&self, event: &Event, message: &str, now: jiff::Timestamp) -> String {
        let message = anstream::adapter::strip_str(message).to_string();
        let mut data = match &event.data {
            Value::Object(map) => map.clone(),
            _ => Map::new(),
        };
        // Where dbt words it differently from what a person reads here, its own
        // words are what programs look for.
        let message = match data.get("msg").and_then(Value::as_str) {
            Some(own) => own.to_owned(),
            None => message,
        };
        data.insert("msg".into(), message.clone().into());
        let line = json!({
            "data": data,
            "info": {
                "category": "",
                "code": event.code,
                "extra": self.settings.extra,
                "invocation_id": self.settings.invocation_id,
                "level": event.level.as_str(),
                "msg": message,
                "name": event.name,
                "pid": std::process::id(),
                "thread": thread_name(),
                "ts": timestamp(now),
            }
        });
        self.without_secrets(&line.to_string()).into_owned()
    }
}

/// Tells whether a line certainly has nothing in it that only terminals understand, as
/// nearly all lines have.
fn is_plain(line: &str) -> bool {
    line.bytes()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t'))
}

fn thread_name() -> String {
    std::thread::current()
        .name()
        .filter(|name| *name != "main")
        .unwrap_or("MainThread")
        .to_owned()
}

impl EventSink for Printer {
    fn reads_data(&self) -> bool {
        let settings = &self.settings;
        let in_file = settings.log_file.is_some() && settings.file_format == Format::Json;
        self.is_json() || in_file || self.progress.is_shown()
    }

    fn send(&self, event: Event) {
        let settings = &self.settings;
        self.progress.observe(&event);
        // What `print()` says goes to standard output, also with `--quiet`.
        if event.name == "JinjaLogPrint" || event.name == "PrintEvent" {
            if settings.prints {
                let text = if self.is_json() {
                    self.line(&event, Format::Json, false)
                } else {
                    self.without_secrets(&event.message).into_owned()
                };
                self.progress.above(|| self.data(&format!("{text}\n")));
            }
        } else if settings.console_level.is_some_and(|l| event.level >= l)
            && !self.progress.swallows(&event)
        {
            let line = self.line(&event, settings.console_format, settings.colors);
            self.progress.above(|| {
                if settings.console_format == Format::Json {
                    let _ = writeln!(std::io::stdout().lock(), "{line}");
                } else {
                    let _ = writeln!(std::io::stderr().lock(), "{line}");
                }
            });
        }
        if settings.log_file.is_some() && settings.file_level.is_some_and(|l| event.level >= l) {
            let line = self.line(&event, settings.file_format, false);
            let mut pending = self.lock();
            let _ = writeln!(pending, "{line}");
            if pending.len() > PENDING_BYTES {
                let text = std::mem::take(&mut *pending);
                drop(pending);
                self.write_log(&text);
            }
        }
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.flush();
    }
}
