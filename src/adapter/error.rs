//! Errors of a database, as data.

/// A database's refusal, with what it says about the place.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct AdapterError {
    pub kind: ErrorKind,
    /// The engine's message, one or more lines, without the caret drawing.
    pub message: String,
    /// Byte offset of the mistake in the SQL that was sent, when known.
    pub position: Option<usize>,
    /// Names the engine offers instead, nearest first.
    pub candidates: Vec<String>,
    /// The statement that failed, for showing the place.
    pub sql: Option<String>,
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
            position: None,
            candidates: Vec::new(),
            sql: None,
        }
    }
}
