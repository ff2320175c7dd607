//! A DuckDB target of `profiles.yml`: which keys there are, and what they
//! must look like.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::attachment::Attachment;
use super::keys::{Keys, Problems};
use super::secret::Secret;
use crate::adapter::{ProfileProblem, Settings};

/// A target's settings, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Credentials {
    pub settings: Settings,
    /// As written: a file, `:memory:`, or a DuckLake's address.
    pub path: String,
    /// Options that count when the database is opened.
    pub config_options: Vec<(String, String)>,
    pub extensions: Vec<Extension>,
    pub secrets: Vec<Secret>,
    pub attach: Vec<Attachment>,
    /// Set on every connection.
    pub session_settings: Vec<(String, String)>,
    /// How often to try to open the database; 1 without `retries`.
    pub connect_attempts: u32,
    /// How often to try a statement that fails for a reason in `retry_on`.
    pub query_attempts: u32,
    /// The engine's classes of error that are worth another try: `IO`.
    pub retry_on: Vec<String>,
    /// Folders in which Python models look for modules.
    pub module_paths: Vec<String>,
}

/// An extension to load, and where it comes from when it is not on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    pub name: String,
    pub repo: Option<String>,
}

const KEYS: &[&str] = &[
    "database",
    "schema",
    "path",
    "config_options",
    "extensions",
    "settings",
    "secrets",
    "external_root",
    "use_credential_provider",
    "attach",
    "filesystems",
    "remote",
    "plugins",
    "disable_transactions",
    "keep_open",
    "module_paths",
    "retries",
    "flights",
    "is_ducklake",
    "motherduck_token",
    // Read by `config/`, and by no adapter.
    "type",
    "threads",
];

impl Credentials {
    /// Returns the settings of an empty database in memory.
    pub fn in_memory() -> Self {
        read(&Keys::root(&Map::new()), &mut Problems::default())
    }

    /// Tells whether an error of this class is worth another try.
    pub fn retries(&self, class: &str) -> bool {
        self.retry_on.iter().any(|other| other == class)
    }

    /// Reads a target's mapping. The value is absent when there are errors.
    pub fn read(target: &Map<String, Value>) -> (Option<Self>, Vec<ProfileProblem>) {
        let mut problems = Problems::default();
        let credentials = read(&Keys::root(target), &mut problems);
        let problems = problems.into_vec();
        let failed = problems.iter().any(|problem| !problem.is_warning);
        ((!failed).then_some(credentials), problems)
    }
}

fn read(keys: &Keys<'_>, problems: &mut Problems) -> Credentials {
    // dbt-duckdb leaves other keys alone, so a profile that has them runs.
    keys.warn_unknown(KEYS, problems);
    refuse_unsupported(keys, problems);

    let path = keys
        .text("path", problems)
        .unwrap_or_else(|| ":memory:".into());
    let attach = Attachment::read_all(keys, problems);
    let database = read_database(keys, &path, &attach, problems);
    let mut session_settings = keys.pairs("settings", problems);
    if let Some(token) = keys.text("motherduck_token", problems) {
        session_settings.push(("motherduck_token".into(), token));
    }
    let (connect_attempts, query_attempts, retry_on) = read_retries(keys, problems);

    let mut ducklake = BTreeSet::new();
    if keys.flag("is_ducklake", problems) == Some(true) || is_ducklake_path(&path) {
        ducklake.insert(path_database_name(&path));
    }
    for attachment in &attach {
        if attachment.is_ducklake || is_ducklake_path(&attachment.path) {
            ducklake.insert(attachment.database_name());
        }
    }

    // Whether connections stay open between commands means nothing here; its
    // type is checked all the same.
    keys.flag("keep_open", problems);

    Credentials {
        settings: Settings {
            database,
            schema: keys
                .text("schema", problems)
                .unwrap_or_else(|| "main".into()),
            external_root: keys
                .text("external_root", problems)
                .unwrap_or_else(|| ".".into()),
            disable_transactions: keys.flag("disable_transactions", problems) == Some(true),
            ducklake_databases: ducklake.into_iter().collect(),
        },
        path,
        config_options: keys.pairs("config_options", problems),
        extensions: read_extensions(keys, problems),
        secrets: Secret::read_all(keys, problems),
        attach,
        session_settings,
        connect_attempts,
        query_attempts,
        retry_on,
        module_paths: keys.texts("module_paths", problems).unwrap_or_default(),
    }
}

/// Returns the name that DuckDB gives the database in a file: the file's name
/// up to its first dot, `memory` for none.
pub fn path_database_name(path: &str) -> String {
    if path == ":memory:" {
        return "memory".into();
    }
    let (scheme, rest) = match path.split_once(':') {
        // One letter is a Windows drive.
        Some((scheme, rest)) if scheme.len() > 1 && !scheme.contains(['/', '\\']) => {
            (scheme.to_ascii_lowercase(), rest)
        }
        _ => (String::new(), path),
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let file = rest.rsplit(['/', '\\']).next().unwrap_or_default();
    match scheme.as_str() {
        "md" | "motherduck" if file.is_empty() => "my_db".into(),
        "md" | "motherduck" => stem(file).into(),
        // `ducklake:postgres:dbname=x` names no file of its own.
        "ducklake" => stem(file.rsplit(':').next().unwrap_or(file)).into(),
        _ => file
            .trim_start_matches('.')
            .split('.')
            .next()
            .unwrap_or_default()
            .into(),
    }
}

fn stem(file: &str) -> &str {
    match file.rfind('.') {
        Some(dot) if dot > 0 => &file[..dot],
        _ => file,
    }
}

fn is_ducklake_path(path: &str) -> bool {
    path.to_ascii_lowercase().contains("ducklake:")
}

fn read_database(
    keys: &Keys<'_>,
    path: &str,
    attach: &[Attachment],
    problems: &mut Problems,
) -> String {
    let from_path = path_database_name(path);
    if from_path.is_empty() {
        problems.error(
            keys.at("path"),
            format!("`path: {path}` names no file, so the database would have no name"),
            Some("name a file, `path: warehouse.duckdb`, or leave `path` out to work in memory"),
        );
    }
    let Some(database) = keys.text("database", problems) else {
        return from_path;
    };
    // Another name is right only for a database that is attached.
    let is_attached = attach.iter().any(|a| a.alias.as_ref() == Some(&database));
    if database != from_path && !is_attached && !from_path.is_empty() {
        problems.error(
            keys.at("database"),
            format!(
                "`database: {database}` does not fit `path: {path}`, \
                 whose database is called `{from_path}`"
            ),
            Some("leave `database` out, or name the alias of a database under `attach`"),
        );
    }
    database
}

fn read_extensions(keys: &Keys<'_>, problems: &mut Problems) -> Vec<Extension> {
    let mut extensions = Vec::new();
    for (at, item) in keys.list("extensions", problems) {
        match item {
            Value::String(name) => extensions.push(Extension {
                name: name.clone(),
                repo: None,
            }),
            Value::Object(mapping) => {
                let keys = Keys::new(mapping, at);
                keys.refuse_unknown(&["name", "repo"], problems);
                if let Some(name) = keys.required_text("name", problems) {
                    let repo = keys.text("repo", problems);
                    extensions.push(Extension { name, repo });
                }
            }
            other => problems.error(
                at,
                format!("an extension is a name or `{{name, repo}}`, not `{other}`"),
                None,
            ),
        }
    }
    extensions
}

fn read_retries(keys: &Keys<'_>, problems: &mut Problems) -> (u32, u32, Vec<String>) {
    let Some(keys) = keys.mapping("retries", problems) else {
        return (1, 1, Vec::new());
    };
    keys.refuse_unknown(
        &["connect_attempts", "query_attempts", "retryable_exceptions"],
        problems,
    );
    let connect = keys.count("connect_attempts", problems).unwrap_or(1);
    let query = keys.count("query_attempts", problems).unwrap_or(1);
    let named = keys
        .texts("retryable_exceptions", problems)
        .unwrap_or_else(|| vec!["IOException".into()]);
    // The names are those of DuckDB's Python classes: `IOException` is the
    // engine's own `IO`.
    let classes = named
        .iter()
        .map(|name| {
            let name = name.rsplit('.').next().unwrap_or(name);
            let name = name.strip_suffix("Exception").unwrap_or(name);
            name.strip_suffix("Error").unwrap_or(name).to_owned()
        })
        .collect();
    (connect.max(1), query.max(1), classes)
}

/// Says what works only with dbt's Python, and what to do instead.
fn refuse_unsupported(keys: &Keys<'_>, problems: &mut Problems) {
    if keys.has("remote") {
        problems.error(
            keys.at("remote"),
            "a remote Buena Vista server cannot be used".into(),
            Some("open the database's own file with `path`, or attach it"),
        );
    }
    if let Some(path) = keys.text("path", &mut Problems::default())
        && (path.starts_with("md:") || path.starts_with("motherduck:"))
    {
        problems.error(
            keys.at("path"),
            "MotherDuck cannot be used: its extension works only in DuckDB's own clients".into(),
            Some("name a local file, `path: warehouse.duckdb`"),
        );
    }
    if keys.has("flights") {
        problems.warn(
            keys.at("flights"),
            "`flights` has no effect: Python models run on this machine".into(),
            None,
        );
    }
    // A plugin matters only to the sources and models that name it, so the
    // rest of the project can run.
    for (at, item) in keys.list("plugins", problems) {
        let Value::Object(plugin) = item else {
            problems.error(at, format!("a plugin is a mapping, not `{item}`"), None);
            continue;
        };
        let keys = Keys::new(plugin, at);
        let Some(module) = keys.required_text("module", problems) else {
            continue;
        };
        let instead = match module.as_str() {
            "excel" => "read the sheet with `read_xlsx` and the extension `excel`",
            "sqlalchemy" | "postgres" => "attach the database under `attach`",
            "iceberg" | "delta" => "read it with the DuckDB extension of the same name",
            "gsheet" => "download the sheet as CSV",
            _ => "write it in SQL, or as a Python model",
        };
        problems.warn(
            keys.at("module"),
            format!("the plugin `{module}` is Python code of dbt-duckdb and is not run"),
            Some(instead),
        );
    }
}
