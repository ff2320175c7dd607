//! DuckDB's errors, as data.

use ::duckdb::Error;
use serde_json::Value;

use crate::adapter::{AdapterError, ErrorKind};

/// Reads an error of a statement.
pub fn of(error: &Error, sql: Option<&str>) -> AdapterError {
    let text = match error {
        Error::DuckDBFailure(_, Some(text)) => text.clone(),
        Error::NulError(_) => "the SQL holds a NUL character, which DuckDB does not read".into(),
        Error::InvalidParameterCount(..) => {
            "the SQL holds a parameter (`?` or `$1`), and nothing gives it a value".into()
        }
        other => other.to_string(),
    };
    let mut found = read(&text);
    found.sql = sql.map(Into::into);
    // A position beyond the text would be another text's.
    found.position = found
        .position
        .filter(|position| sql.is_some_and(|sql| *position < sql.len()));
    found
}

/// Reads an error of opening a database file.
pub fn of_opening(error: &Error, path: &str) -> AdapterError {
    let mut found = of(error, None);
    if found.kind == ErrorKind::Statement {
        found.kind = ErrorKind::Connection;
    }
    if let ErrorKind::Locked { pid } = found.kind {
        let holder = match (pid, holder_program(&found.message)) {
            (Some(pid), Some(program)) => format!("process {pid} (`{program}`)"),
            (Some(pid), None) => format!("process {pid}"),
            (None, _) => "another process".into(),
        };
        found.message = format!("database `{path}` is held by {holder}");
    }
    found
}

fn read(text: &str) -> AdapterError {
    let json = text.find('{').and_then(|brace| {
        // Some calls put `Parser Error: ` before the JSON, some do not.
        let prefix = &text[..brace];
        let is_json = prefix.is_empty() || prefix.ends_with("Error: ");
        is_json.then(|| serde_json::from_str::<Value>(&text[brace..]).ok())?
    });
    let mut error = match &json {
        Some(json) => from_json(json),
        None => AdapterError::new(ErrorKind::Statement, text.trim_end()),
    };
    if error.class.is_none() {
        error.class = error
            .message
            .split_once(" Error: ")
            .filter(|(class, _)| class.len() < 30)
            .map(|(class, _)| class.into());
    }
    error.kind = kind(&error);
    if let Some(told) = missing_extension(&error.message) {
        error.message = told;
    }
    error
}

/// Says of an extension that DuckDB wanted to fetch, and could not, how it
/// gets there without a network.
fn missing_extension(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("Failed to download extension \"")?;
    let (name, rest) = rest.split_once('"')?;
    // The URL ends in the version, the platform and the file's name, which is
    // where the file is looked for, too.
    let (_, rest) = rest.split_once("at URL \"")?;
    let (url, _) = rest.split_once('"')?;
    let mut parts = url.rsplit('/');
    let file = parts.next()?.trim_end_matches(".gz");
    let (platform, version) = (parts.next()?, parts.next()?);
    Some(format!(
        "extension `{name}` is not on this machine and could not be fetched\n\
         looked for: {version}/{platform}/{file} in ~/.duckdb/extensions, or in the profile's \
         `config_options: extension_directory`\n\
         without a network, put that file there (the Python package duckdb-extension-{} {} \
         holds it), or give its path under `extensions` in the profile",
        name.replace('_', "-"),
        version.trim_start_matches('v'),
    ))
}

fn from_json(json: &Value) -> AdapterError {
    let part = |key: &str| json.get(key).and_then(Value::as_str);
    let class = part("exception_type").unwrap_or("Unknown");
    let message = part("exception_message").unwrap_or_default();
    let mut error = AdapterError::new(ErrorKind::Statement, format!("{class} Error: {message}"));
    error.class = Some(class.into());
    error.subtype = part("error_subtype").map(Into::into);
    error.position = part("position").and_then(|position| position.parse().ok());
    error.candidates = candidates(message);
    error
}

/// Reads the names after `Candidate bindings:` and `Did you mean`, which stand
/// nearest first; the JSON's own list does not.
fn candidates(message: &str) -> Vec<String> {
    let lower = message.to_ascii_lowercase();
    let start = ["candidate ", "did you mean"]
        .iter()
        .filter_map(|mark| lower.find(mark))
        .min();
    let Some(start) = start else {
        return Vec::new();
    };
    let mut names = Vec::new();
    let mut rest = &message[start..];
    while let Some(open) = rest.find('"') {
        let Some(length) = rest[open + 1..].find('"') else {
            break;
        };
        let name = &rest[open + 1..open + 1 + length];
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        rest = &rest[open + length + 2..];
    }
    names
}

fn kind(error: &AdapterError) -> ErrorKind {
    let message = &error.message;
    let class = error.class.as_deref().unwrap_or_default();
    if message.contains("Could not set lock on file") || message.contains("Conflicting lock") {
        return ErrorKind::Locked {
            pid: holder_pid(message),
        };
    }
    if class.eq_ignore_ascii_case("interrupt") {
        return ErrorKind::Cancelled;
    }
    if class.starts_with("Transaction") && message.to_ascii_lowercase().contains("conflict") {
        return ErrorKind::Conflict;
    }
    ErrorKind::Statement
}

/// DuckDB writes `Conflicting lock is held in /usr/bin/python3.11 (PID 123)`.
fn holder_pid(message: &str) -> Option<u32> {
    let (_, rest) = message.split_once("PID ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn holder_program(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("lock is held in ")?;
    let (program, _) = rest.split_once(" (PID ")?;
    Some(program)
}

#[cfg(test)]
mod tests {
    use super::missing_extension;

    #[test]
    fn a_missing_extension_is_told_with_the_place_it_belongs_to() {
        let message = "IO Error: Failed to download extension \"sqlite_scanner\" at URL \
            \"http://example.org/v1.5.5/linux_amd64/sqlite_scanner.duckdb_extension.gz\"";
        let told = missing_extension(message).unwrap();
        assert!(
            told.contains("v1.5.5/linux_amd64/sqlite_scanner.duckdb_extension in"),
            "{told}"
        );
        assert!(
            told.contains("duckdb-extension-sqlite-scanner 1.5.5"),
            "{told}"
        );
        assert_eq!(missing_extension("Catalog Error: no table"), None);
    }
}
