//! Keys to cloud storage and other databases, as `secrets` lists them.

use std::fmt;

use serde_json::{Map, Value};

use super::keys::{Keys, Problems, plain_text};
use super::sql_text;

/// One entry of `secrets`, as the statement that creates it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    pub name: String,
    sql: String,
}

impl fmt::Debug for Secret {
    /// Leaves the keys out, so that no log can hold them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Secret {
    /// Reads `secrets`, and what `use_credential_provider` and `filesystems`
    /// ask for as far as a secret gives it.
    pub fn read_all(keys: &Keys<'_>, problems: &mut Problems) -> Vec<Self> {
        let mut all = Vec::new();
        for (at, item) in keys.list("secrets", problems) {
            match item {
                Value::Object(mapping) => {
                    let number = all.len() + 1;
                    all.extend(Self::read(&Keys::new(mapping, at), number, problems));
                }
                _ => problems.error(at, "a secret is a mapping".into(), None),
            }
        }
        match keys.text("use_credential_provider", problems).as_deref() {
            None => {}
            Some("aws") => all.push(Self::make(
                all.len() + 1,
                &[("type", "s3"), ("provider", "credential_chain")],
            )),
            Some(other) => problems.error(
                keys.at("use_credential_provider"),
                format!("`use_credential_provider: {other}` is not known"),
                Some("use `aws`, or list the keys under `secrets`"),
            ),
        }
        for (at, item) in keys.list("filesystems", problems) {
            if let Some(secret) = Self::of_filesystem(at, item, all.len() + 1, problems) {
                all.push(secret);
            }
        }
        all
    }

    /// Returns the statement that creates the secret, or replaces it.
    pub fn to_sql(&self) -> &str {
        &self.sql
    }

    fn read(keys: &Keys<'_>, number: usize, problems: &mut Problems) -> Option<Self> {
        let kind = keys.required_text("type", problems)?;
        let name = keys
            .text("name", problems)
            .unwrap_or_else(|| default_name(number));
        let is_persistent = keys.flag("persistent", problems) == Some(true);
        let mut parts = vec![format!("type {kind}")];
        for (key, value) in keys.entries() {
            match (key.as_str(), value) {
                ("type" | "name" | "persistent", _) | (_, Value::Null) => {}
                ("provider" | "extra_http_headers", Value::String(text)) => {
                    parts.push(format!("{key} {text}"));
                }
                // A secret may have several scopes, each written by itself.
                ("scope", Value::Array(scopes)) => {
                    for scope in scopes {
                        parts.push(format!("scope {}", sql_text(&plain_text(scope))));
                    }
                }
                (key, Value::Object(mapping)) => {
                    let entries: Vec<String> = mapping
                        .iter()
                        .map(|(k, v)| format!("{}: {}", sql_text(k), sql_text(&plain_text(v))))
                        .collect();
                    parts.push(format!("{key} map {{{}}}", entries.join(", ")));
                }
                (key, Value::Array(items)) => {
                    let items: Vec<String> =
                        items.iter().map(|v| sql_text(&plain_text(v))).collect();
                    parts.push(format!("{key} array [{}]", items.join(", ")));
                }
                (key, value) => parts.push(format!("{key} {}", sql_text(&plain_text(value)))),
            }
        }
        let persistent = if is_persistent { " persistent" } else { "" };
        let sql = format!(
            "create or replace{persistent} secret {name} ({})",
            parts.join(", ")
        );
        Some(Self { name, sql })
    }

    fn make(number: usize, parts: &[(&str, &str)]) -> Self {
        let parts: Vec<String> = parts.iter().map(|(k, v)| format!("{k} {v}")).collect();
        let name = default_name(number);
        let sql = format!("create or replace secret {name} ({})", parts.join(", "));
        Self { name, sql }
    }

    /// Translates an entry of `filesystems`, which in dbt-duckdb is a Python
    /// (fsspec) filesystem, as far as DuckDB has the same.
    fn of_filesystem(
        at: Vec<String>,
        item: &Value,
        number: usize,
        problems: &mut Problems,
    ) -> Option<Self> {
        let Value::Object(mapping) = item else {
            problems.error(at, "a filesystem is a mapping".into(), None);
            return None;
        };
        let keys = Keys::new(mapping, at);
        match keys.required_text("fs", problems)?.as_str() {
            // DuckDB reads these by itself.
            "file" | "local" | "http" | "https" => None,
            "s3" | "s3a" => Some(s3_filesystem(&keys, mapping, number, problems)),
            other => {
                problems.error(
                    keys.at("fs"),
                    format!("the filesystem `{other}` is Python code and cannot be used"),
                    Some("list its keys under `secrets`; DuckDB knows s3, gcs, r2 and azure"),
                );
                None
            }
        }
    }
}

fn s3_filesystem(
    keys: &Keys<'_>,
    mapping: &Map<String, Value>,
    number: usize,
    problems: &mut Problems,
) -> Secret {
    let mut parts: Vec<(&str, String)> = vec![("type", "s3".into())];
    let mut given = |name: &'static str, value: Option<&Value>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            parts.push((name, sql_text(&plain_text(value))));
        }
    };
    given("key_id", mapping.get("key"));
    given("secret", mapping.get("secret"));
    given("session_token", mapping.get("token"));
    let client = mapping.get("client_kwargs");
    let of_client = |key: &str| client.and_then(|client| client.get(key));
    given("region", of_client("region_name"));
    let endpoint = mapping
        .get("endpoint_url")
        .or_else(|| of_client("endpoint_url"));
    if let Some(url) = endpoint.and_then(Value::as_str) {
        // DuckDB takes the host alone, and whether to encrypt beside it.
        let (use_ssl, host) = match url.split_once("://") {
            Some((scheme, host)) => (scheme != "http", host),
            None => (true, url),
        };
        parts.push(("endpoint", sql_text(host.trim_end_matches('/'))));
        parts.push(("use_ssl", use_ssl.to_string()));
        parts.push(("url_style", "'path'".into()));
    }
    for key in mapping.keys() {
        let known = [
            "fs",
            "key",
            "secret",
            "token",
            "client_kwargs",
            "endpoint_url",
            "anon",
        ];
        if !known.contains(&key.as_str()) {
            problems.warn(
                keys.at(key),
                format!("`{key}` of the filesystem `s3` has no counterpart in DuckDB"),
                Some("list the keys under `secrets` instead"),
            );
        }
    }
    let parts: Vec<(&str, &str)> = parts.iter().map(|(k, v)| (*k, v.as_str())).collect();
    Secret::make(number, &parts)
}

/// dbt-duckdb's name of a secret that has none, so that statements that name
/// it work.
fn default_name(number: usize) -> String {
    format!("_dbt_secret_{number}")
}
