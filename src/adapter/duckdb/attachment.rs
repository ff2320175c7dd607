//! Databases to attach, as `attach` lists them.

use camino::Utf8Path;
use serde_json::Value;

use super::credentials::path_database_name;
use super::keys::{Keys, Problems, plain_text};
use super::sql_text;
use crate::adapter::quote_identifier;

/// One entry of `attach`.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    pub path: String,
    pub kind: Option<String>,
    pub alias: Option<String>,
    pub secret: Option<String>,
    pub read_only: bool,
    /// Further options of DuckDB's `attach`, as texts of SQL; a flag has none.
    pub options: Vec<(String, Option<String>)>,
    pub is_ducklake: bool,
}

impl Attachment {
    pub fn read_all(keys: &Keys<'_>, problems: &mut Problems) -> Vec<Self> {
        let mut all = Vec::new();
        for (at, item) in keys.list("attach", problems) {
            match item {
                Value::Object(mapping) => {
                    all.extend(Self::read(&Keys::new(mapping, at), problems));
                }
                // Not repeated in the message: it may hold a password.
                _ => problems.error(
                    at,
                    "an attached database is a mapping".into(),
                    Some("write `- path: other.duckdb`"),
                ),
            }
        }
        all
    }

    fn read(keys: &Keys<'_>, problems: &mut Problems) -> Option<Self> {
        keys.refuse_unknown(
            &[
                "path",
                "type",
                "alias",
                "secret",
                "read_only",
                "options",
                "is_ducklake",
            ],
            problems,
        );
        let mut attachment = Self {
            path: keys.required_text("path", problems)?,
            kind: keys.text("type", problems),
            alias: keys.text("alias", problems),
            secret: keys.text("secret", problems),
            read_only: keys.flag("read_only", problems) == Some(true),
            options: Vec::new(),
            is_ducklake: keys.flag("is_ducklake", problems) == Some(true),
        };
        let Some(options) = keys.mapping("options", problems) else {
            return Some(attachment);
        };
        for (name, value) in options.entries() {
            let mut twice = |is_set: bool| {
                if is_set {
                    problems.error(
                        options.at(name),
                        format!("`{name}` is given twice, directly and under `options`"),
                        Some("remove one of the two"),
                    );
                }
            };
            match (name.as_str(), value) {
                (_, Value::Null) => {}
                ("type", value) => {
                    twice(attachment.kind.is_some());
                    attachment.kind = Some(plain_text(value));
                }
                ("secret", value) => {
                    twice(attachment.secret.is_some());
                    attachment.secret = Some(plain_text(value));
                }
                ("read_only", value) => {
                    twice(attachment.read_only);
                    attachment.read_only = value.as_bool().unwrap_or(false);
                }
                (name, Value::Bool(is_on)) => {
                    if *is_on {
                        attachment.options.push((name.to_owned(), None));
                    }
                }
                (name, Value::String(text)) => {
                    let is_quoted = ['\'', '"'].iter().any(|quote| {
                        let text = text.trim();
                        text.len() >= 2 && text.starts_with(*quote) && text.ends_with(*quote)
                    });
                    let text = if is_quoted {
                        text.clone()
                    } else {
                        sql_text(text)
                    };
                    attachment.options.push((name.to_owned(), Some(text)));
                }
                (name, value) => {
                    let value = Some(plain_text(value));
                    attachment.options.push((name.to_owned(), value));
                }
            }
        }
        Some(attachment)
    }

    /// Returns the name under which the database is known.
    pub fn database_name(&self) -> String {
        self.alias
            .clone()
            .unwrap_or_else(|| path_database_name(&self.path))
    }

    /// Tells whether the path is a file's name; otherwise it is an address,
    /// which may hold a password.
    pub fn is_file(&self) -> bool {
        !self.path.contains(':')
            && match self.kind.as_deref() {
                None => true,
                Some(kind) => ["duckdb", "sqlite"].contains(&kind.to_ascii_lowercase().as_str()),
            }
    }

    /// Returns the statement that attaches the database. A file's relative
    /// path starts at `root`.
    pub fn to_sql(&self, root: &Utf8Path) -> String {
        let path = if self.is_file() {
            root.join(&self.path).into_string()
        } else {
            self.path.clone()
        };
        let mut sql = format!("attach if not exists {}", sql_text(&path));
        // Without a name DuckDB takes the file's.
        if let Some(alias) = &self.alias {
            sql.push_str(" as ");
            sql.push_str(&quote_identifier(alias));
        }
        let mut options = Vec::new();
        if let Some(kind) = &self.kind {
            options.push(format!("type {kind}"));
        }
        if let Some(secret) = &self.secret {
            options.push(format!("secret {secret}"));
        }
        if self.read_only {
            options.push("read_only".into());
        }
        for (name, value) in &self.options {
            options.push(match value {
                Some(value) => format!("{name} {value}"),
                None => name.clone(),
            });
        }
        if !options.is_empty() {
            sql.push_str(&format!(" ({})", options.join(", ")));
        }
        sql
    }
}
