//! What `target` shows in templates.

use serde_json::{Map, Value, json};

/// Settings of a DuckDB output that templates may see, in dbt-duckdb's order.
/// Others, among them secrets and tokens, stay out.
const DUCKDB_KEYS: [&str; 13] = [
    "database",
    "schema",
    "path",
    "config_options",
    "extensions",
    "settings",
    "external_root",
    "use_credential_provider",
    "attach",
    "filesystems",
    "remote",
    "plugins",
    "disable_transactions",
];

/// Keys of other databases' outputs that hold what must not be shown.
const SECRET_KEYS: [&str; 6] = [
    "password",
    "pass",
    "token",
    "secrets",
    "private_key",
    "motherduck_token",
];

/// Makes `target` of an output's settings.
pub(super) fn target(
    adapter_type: &str,
    credentials: &Map<String, Value>,
    threads: usize,
    target_name: &str,
    profile_name: &str,
) -> Map<String, Value> {
    let mut target = if adapter_type == "duckdb" {
        duckdb(credentials)
    } else {
        let shown = credentials
            .iter()
            .filter(|(key, _)| !SECRET_KEYS.contains(&key.as_str()));
        shown.map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    target.insert("type".to_owned(), json!(adapter_type));
    target.insert("threads".to_owned(), json!(threads));
    target.insert("name".to_owned(), json!(target_name));
    target.insert("target_name".to_owned(), json!(target_name));
    target.insert("profile_name".to_owned(), json!(profile_name));
    target
}

fn duckdb(credentials: &Map<String, Value>) -> Map<String, Value> {
    let mut target = Map::new();
    for key in DUCKDB_KEYS {
        let written = credentials.get(key).filter(|v| !v.is_null());
        let value = written.cloned().unwrap_or_else(|| match key {
            "database" => json!(duckdb_database(
                credentials.get("path").and_then(Value::as_str)
            )),
            "schema" => json!("main"),
            "path" => json!(":memory:"),
            "settings" => json!({}),
            "external_root" => json!("."),
            "disable_transactions" => json!(false),
            _ => Value::Null,
        });
        target.insert(key.to_owned(), value);
    }
    target
}

/// Returns the name that DuckDB gives the database of a file: the file's
/// name up to its first dot.
fn duckdb_database(path: Option<&str>) -> &str {
    let Some(path) = path.filter(|p| *p != ":memory:") else {
        return "memory";
    };
    let path = path.split('?').next().unwrap_or(path);
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    for scheme in ["md:", "motherduck:"] {
        if let Some(name) = name.strip_prefix(scheme) {
            return if name.is_empty() { "my_db" } else { name };
        }
    }
    let name = name.strip_prefix("ducklake:").unwrap_or(name);
    let name = name.trim_start_matches('.');
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duckdb_target_has_every_key_and_no_secret() {
        let credentials = json!({
            "path": "out/clinic.v1.duckdb",
            "schema": "dev",
            "secrets": [{"type": "s3", "secret": "x"}],
            "motherduck_token": "x",
        });
        let credentials = credentials.as_object().expect("a mapping");
        let target = target("duckdb", credentials, 4, "dev", "clinic");
        assert_eq!(
            Value::Object(target),
            json!({
                "database": "clinic",
                "schema": "dev",
                "path": "out/clinic.v1.duckdb",
                "config_options": null,
                "extensions": null,
                "settings": {},
                "external_root": ".",
                "use_credential_provider": null,
                "attach": null,
                "filesystems": null,
                "remote": null,
                "plugins": null,
                "disable_transactions": false,
                "type": "duckdb",
                "threads": 4,
                "name": "dev",
                "target_name": "dev",
                "profile_name": "clinic",
            })
        );
    }

    #[test]
    fn a_database_is_named_after_its_file() {
        assert_eq!(duckdb_database(None), "memory");
        assert_eq!(duckdb_database(Some(":memory:")), "memory");
        assert_eq!(duckdb_database(Some("/a/b.c.duckdb")), "b");
        assert_eq!(duckdb_database(Some(".hidden.duckdb")), "hidden");
        assert_eq!(duckdb_database(Some("md:claims?x=1")), "claims");
        assert_eq!(duckdb_database(Some("ducklake:lake.db")), "lake");
    }
}
