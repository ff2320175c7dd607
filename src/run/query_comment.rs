//! The comment that goes with every statement, so that a database's log says
//! which node it came from.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serde_json::Value;

use crate::python_repr::push_json;

/// `query-comment:` of the root project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryComment {
    pub text: CommentText,
    pub append: bool,
}

/// What the comment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommentText {
    None,
    /// dbt's JSON object of application, version, target and node.
    Default,
    /// A template that sees `node` and `connection_name`.
    Template(String),
}

impl QueryComment {
    /// Reads the project's setting. `None` stands for one that is not there.
    pub fn read(setting: Option<&Value>) -> Self {
        let text = |value: &Value| match value {
            Value::String(text) if !text.is_empty() => CommentText::Template(text.clone()),
            _ => CommentText::None,
        };
        match setting {
            None => Self {
                text: CommentText::Default,
                append: false,
            },
            Some(Value::Object(map)) => Self {
                text: map.get("comment").map_or(CommentText::Default, text),
                append: map.get("append").and_then(Value::as_bool).unwrap_or(false),
            },
            Some(value) => Self {
                text: text(value),
                append: false,
            },
        }
    }
}

/// What dbt's own comment names.
#[derive(Debug, Clone, Copy)]
pub struct DefaultComment<'a> {
    pub dbt_version: &'a str,
    pub profile_name: &'a str,
    pub target_name: &'a str,
    pub subject: CommentSubject<'a>,
}

#[derive(Debug, Clone, Copy)]
pub enum CommentSubject<'a> {
    Node(&'a str),
    /// Work for no node: `master`, `list_db_main`.
    Connection(&'a str),
}

impl<'a> CommentSubject<'a> {
    /// Returns the connection's name: a node's is its id.
    pub fn name(self) -> &'a str {
        match self {
            Self::Node(name) | Self::Connection(name) => name,
        }
    }
}

impl DefaultComment<'_> {
    /// Returns the JSON object as Python writes it.
    pub fn text(&self) -> String {
        let (key, subject) = match self.subject {
            CommentSubject::Node(id) => ("node_id", id),
            CommentSubject::Connection(name) => ("connection_name", name),
        };
        let entries = [
            ("app", "dbt"),
            ("dbt_version", self.dbt_version),
            ("profile_name", self.profile_name),
            ("target_name", self.target_name),
            (key, subject),
        ];
        let mut out = String::from("{");
        for (i, (key, value)) in entries.into_iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            let _ = write!(out, "{comma}\"{key}\": ");
            push_json(&mut out, value);
        }
        out.push('}');
        out
    }
}

/// Puts a comment before a statement, or behind it.
pub fn add_comment(sql: &str, comment: &str, append: bool) -> String {
    let comment = comment.trim();
    if !append {
        return format!("/* {comment} */\n{sql}");
    }
    let sql = sql.trim_end();
    match sql.strip_suffix(';') {
        Some(sql) => format!("{sql}\n/* {comment} */;"),
        None => format!("{sql}\n/* {comment} */"),
    }
}
