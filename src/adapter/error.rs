//! Errors of a database, as data.

use std::fmt::Write as _;

/// A database's refusal, with what it says about the place.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct AdapterError {
    pub kind: ErrorKind,
    /// The engine's message, one or more lines, without the caret drawing.
    pub message: String,
    /// What sort the engine itself says it is: `Binder`, `Catalog`, `Parser`.
    pub class: Option<Box<str>>,
    /// The engine's finer name: `COLUMN_NOT_FOUND`, `MISSING_ENTRY`.
    pub subtype: Option<Box<str>>,
    /// Byte offset of the mistake in the SQL that was sent, when known.
    pub position: Option<usize>,
    /// Names the engine offers instead, nearest first.
    pub candidates: Vec<String>,
    /// The statements that failed, for showing the place.
    pub sql: Option<Box<str>>,
}

/// What sort of refusal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The SQL is wrong or the data does not fit it.
    Statement,
    /// Another process holds the database.
    Locked { pid: Option<u32> },
    /// The database cannot be opened or reached.
    Connection,
    /// The query was cancelled.
    Cancelled,
    /// A write conflict with another connection; trying again may succeed.
    Conflict,
    /// The profile asks for something that this adapter cannot do.
    Unsupported,
}

impl AdapterError {
    /// Makes an error that has only a kind and a message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            class: None,
            subtype: None,
            position: None,
            candidates: Vec::new(),
            sql: None,
        }
    }

    /// Returns the message with the line and a caret under the mistake, as
    /// DuckDB writes it when it is not asked for JSON. dbt puts this text
    /// into its artifacts.
    pub fn with_place(&self) -> String {
        let (Some(sql), Some(position)) = (&self.sql, self.position) else {
            return self.message.clone();
        };
        if position >= sql.len() || !sql.is_char_boundary(position) {
            return self.message.clone();
        }
        let before = &sql[..position];
        let line_number = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let line_end = sql[position..]
            .find(['\n', '\r'])
            .map_or(sql.len(), |i| position + i);

        let line: Vec<char> = sql[line_start..line_end].chars().collect();
        let mistake = sql[line_start..position].chars().count();
        let start = if mistake > SHOWN {
            Some(cut_near(&line, mistake - SHOWN))
        } else {
            None
        };
        let end = if line.len() > mistake + SHOWN {
            Some(cut_near(&line, mistake + SHOWN))
        } else {
            None
        };

        let mut shown = format!("LINE {line_number}: ");
        if start.is_some() {
            shown.push_str("...");
        }
        let before = &line[start.unwrap_or(0)..mistake];
        // A tab takes no room in DuckDB's own drawing.
        let indent = shown.len() + before.iter().filter(|c| !c.is_control()).count();
        shown.extend(&line[start.unwrap_or(0)..end.unwrap_or(line.len())]);
        if end.is_some() {
            shown.push_str("...");
        }
        let mut text = format!("{}\n\n{shown}\n", self.message);
        let _ = write!(text, "{:indent$}^", "");
        text
    }
}

/// How many characters of a long line are shown on either side of the
/// mistake.
const SHOWN: usize = 59;

/// Moves a cut in a line to the end of a word, when there is one near.
fn cut_near(line: &[char], at: usize) -> usize {
    let is_word = |c: &char| c.is_ascii_alphanumeric() || *c == '_' || !c.is_ascii();
    (at.saturating_sub(4)..at + 4)
        .find(|i| line.get(*i).is_some_and(|c| !is_word(c)))
        .unwrap_or(at)
}
