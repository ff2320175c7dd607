//! Which targets are taken, and what is said of the others.

use serde_json::{Value, json};

use super::super::Credentials;
use super::super::credentials::path_database_name;
use super::read_profile;
use crate::adapter::{OnWait, OpenOptions, from_profile};

/// Returns what is said of a target, a line each: key, message, hint.
fn said(target: Value) -> String {
    let (adapter, problems) = read_profile(target);
    let mut lines = String::new();
    for problem in &problems {
        let kind = if problem.is_warning {
            "warning"
        } else {
            "error"
        };
        lines.push_str(&format!(
            "{kind} {}: {}",
            problem.key.join("."),
            problem.message
        ));
        if let Some(hint) = &problem.hint {
            lines.push_str(&format!(" [{hint}]"));
        }
        lines.push('\n');
    }
    assert_eq!(adapter.is_none(), problems.iter().any(|p| !p.is_warning));
    lines
}

fn read(target: Value) -> Credentials {
    let (credentials, problems) = Credentials::read(target.as_object().unwrap());
    credentials.unwrap_or_else(|| panic!("{problems:?}"))
}

#[test]
fn databases_are_named_after_their_file() {
    for (path, name) in [
        (":memory:", "memory"),
        ("warehouse.duckdb", "warehouse"),
        ("/data/my.db.duckdb", "my"),
        (".hidden.duckdb", "hidden"),
        ("plain", "plain"),
        ("../x/Health Data.db", "Health Data"),
        ("ducklake:metadata.ducklake", "metadata"),
        ("ducklake:/data/meta.ducklake", "meta"),
        ("s3://bucket/raw.duckdb", "raw"),
        ("folder/", ""),
    ] {
        assert_eq!(path_database_name(path), name, "{path}");
    }
}

#[test]
fn everything_has_dbts_default() {
    let credentials = read(json!({}));
    assert_eq!(credentials.path, ":memory:");
    assert_eq!(credentials.settings.database, "memory");
    assert_eq!(credentials.settings.schema, "main");
    assert_eq!(credentials.settings.external_root, ".");
    assert!(!credentials.settings.disable_transactions);
    assert_eq!(said(json!({"path": null, "schema": null})), "");
}

#[test]
fn the_database_must_be_the_paths_or_attached() {
    insta::assert_snapshot!(said(json!({"path": "a.duckdb", "database": "b"})), @"error database: `database: b` does not fit `path: a.duckdb`, whose database is called `a` [leave `database` out, or name the alias of a database under `attach`]");
    assert_eq!(said(json!({"path": "a.duckdb", "database": "a"})), "");
    let attached = json!({"database": "b", "attach": [{"path": "x.duckdb", "alias": "b"}]});
    assert_eq!(read(attached).settings.database, "b");
    insta::assert_snapshot!(said(json!({"path": ""})), @"error path: `path: ` names no file, so the database would have no name [name a file, `path: warehouse.duckdb`, or leave `path` out to work in memory]");
}

#[test]
fn wrong_types_are_all_reported() {
    insta::assert_snapshot!(said(json!({
        "path": 1,
        "disable_transactions": "yes",
        "extensions": "httpfs",
        "settings": [1],
        "attach": ["x.db", {"alias": "x"}, {"path": "y.db", "readonly": true}],
        "secrets": [{"name": "x"}],
        "retries": {"connect_attempts": "two"},
    })), @"
    error path: `path` must be a text, not a number
    error attach.0: an attached database is a mapping [write `- path: other.duckdb`]
    error attach.1: `path` is missing
    error attach.2.readonly: `readonly` is no setting of a DuckDB target [did you mean `read_only`?]
    error settings: `settings` must be a mapping, not a list
    error retries.connect_attempts: `connect_attempts` must be a whole number, not a text
    error disable_transactions: `disable_transactions` must be `true` or `false`, not a text
    error extensions: `extensions` must be a list, not a text
    error secrets.0: `type` is missing
    ");
}

#[test]
fn what_needs_dbts_python_says_what_to_do_instead() {
    insta::assert_snapshot!(said(json!({
        "remote": {"host": "x"},
        "plugins": [{"module": "excel"}, {"module": "my.own"}],
        "filesystems": [{"fs": "s3", "key": "k", "odd": 1}, {"fs": "github"}],
        "use_credential_provider": "gcp",
        "extention": ["x"],
    })), @"
    warning extention: `extention` is no setting of a DuckDB target [did you mean `extensions`?]
    error remote: a remote Buena Vista server cannot be used [open the database's own file with `path`, or attach it]
    warning plugins.0.module: the plugin `excel` is Python code of dbt-duckdb and is not run [read the sheet with `read_xlsx` and the extension `excel`]
    warning plugins.1.module: the plugin `my.own` is Python code of dbt-duckdb and is not run [write it in SQL, or as a Python model]
    error use_credential_provider: `use_credential_provider: gcp` is not known [use `aws`, or list the keys under `secrets`]
    warning filesystems.0.odd: `odd` of the filesystem `s3` has no counterpart in DuckDB [list the keys under `secrets` instead]
    error filesystems.1.fs: the filesystem `github` is Python code and cannot be used [list its keys under `secrets`; DuckDB knows s3, gcs, r2 and azure]
    ");
}

#[test]
fn attached_databases_become_statements() {
    let credentials = read(json!({"attach": [
        {"path": "raw.duckdb"},
        {"path": "/abs/x.db", "type": "sqlite", "alias": "x", "read_only": true},
        {"path": "dbname=pg host=h", "type": "postgres", "alias": "pg", "secret": "s"},
        {"path": "ducklake:m.ducklake", "alias": "lake",
         "options": {"data_path": "s3://b/it's", "encrypted": true, "off": false, "n": 5, "q": "'as is'"}},
        {"path": "odd.duckdb", "options": {"type": "duckdb", "read_only": true}},
    ]}));
    let statements: Vec<String> = credentials
        .attach
        .iter()
        .map(|a| a.to_sql("/p".into()))
        .collect();
    insta::assert_snapshot!(statements.join("\n"), @r#"
    attach if not exists '/p/raw.duckdb'
    attach if not exists '/abs/x.db' as "x" (type sqlite, read_only)
    attach if not exists 'dbname=pg host=h' as "pg" (type postgres, secret s)
    attach if not exists 'ducklake:m.ducklake' as "lake" (data_path 's3://b/it''s', encrypted, n 5, q 'as is')
    attach if not exists '/p/odd.duckdb' (type duckdb, read_only)
    "#);
    assert_eq!(credentials.settings.ducklake_databases, ["lake"]);
}

#[test]
fn an_option_given_twice_is_refused() {
    insta::assert_snapshot!(said(json!({"attach": [
        {"path": "x.db", "type": "sqlite", "options": {"type": "duckdb"}},
    ]})), @"error attach.0.options.type: `type` is given twice, directly and under `options` [remove one of the two]");
}

#[test]
fn secrets_become_statements() {
    let credentials = read(json!({
        "secrets": [
            {"type": "s3", "key_id": "k", "secret": "it's", "region": "us-east-1", "scope": ["s3://a", "s3://b"]},
            {"type": "azure", "name": "az", "provider": "credential_chain", "persistent": true, "chain": ["cli", "env"]},
            {"type": "http", "name": "h", "extra_http_headers": {"Authorization": "Bearer x"}},
        ],
        "use_credential_provider": "aws",
        "filesystems": [
            {"fs": "s3", "key": "k", "secret": "s", "client_kwargs": {"endpoint_url": "http://localhost:9000/"}},
            {"fs": "file"},
        ],
    }));
    let statements: Vec<&str> = credentials.secrets.iter().map(|s| s.to_sql()).collect();
    insta::assert_snapshot!(statements.join("\n"), @"
    create or replace secret _dbt_secret_1 (type s3, key_id 'k', secret 'it''s', region 'us-east-1', scope 's3://a', scope 's3://b')
    create or replace persistent secret az (type azure, provider credential_chain, chain array ['cli', 'env'])
    create or replace secret h (type http, extra_http_headers map {'Authorization': 'Bearer x'})
    create or replace secret _dbt_secret_4 (type s3, provider credential_chain)
    create or replace secret _dbt_secret_5 (type s3, key_id 'k', secret 's', endpoint 'localhost:9000', use_ssl false, url_style 'path')
    ");
    assert!(
        !format!("{credentials:?}").contains("it''s"),
        "secrets must not be printed"
    );
}

#[test]
fn another_type_of_database_is_refused() {
    let options = OpenOptions {
        root: ".".into(),
        wait: None,
        on_wait: OnWait::default(),
        interpreters: Vec::new(),
        shows_values: false,
        variables: Vec::new(),
    };
    let (adapter, problems) = from_profile("snowflake", &serde_json::Map::new(), options);
    assert!(adapter.is_none());
    assert_eq!(problems[0].message, "there is no adapter for `snowflake`");
}
