//! Opens a database as its profile says: options, extensions, secrets and
//! attached databases, and the settings of each connection.

use std::time::{Duration, Instant};

use ::duckdb::{Config, Connection as Driver};

use super::credentials::{Credentials, Extension};
use super::{Cancel, failure, library, sql_text};
use crate::adapter::{AdapterError, ErrorKind, OpenOptions, Secret, quote_identifier};

/// How often to look whether another process has let go of the database.
const LOCK_POLL: Duration = Duration::from_millis(100);

/// Opens the database, and tries again as long as the profile's `retries` and
/// the time to wait for a lock allow.
pub fn open(
    credentials: &Credentials,
    options: &OpenOptions,
    cancel: &Cancel,
) -> Result<Driver, AdapterError> {
    let started = Instant::now();
    let mut attempt = 0;
    let mut is_told = false;
    loop {
        let error = match open_once(credentials, options) {
            Ok(driver) => return Ok(driver),
            Err(error) => error,
        };
        let is_locked = matches!(error.kind, ErrorKind::Locked { .. });
        attempt += 1;
        if is_locked && options.wait.is_some_and(|wait| started.elapsed() < wait) {
            if let Some(tell) = options.on_wait.0.as_ref().filter(|_| !is_told) {
                tell(&error.message);
            }
            is_told = true;
            cancel.pause(LOCK_POLL)?;
        } else if attempt < credentials.connect_attempts
            && (is_locked
                || error
                    .class
                    .as_ref()
                    .is_some_and(|class| credentials.retries(class)))
        {
            // As dbt-duckdb waits between attempts: 1, 2, 4, ... seconds.
            cancel.pause(Duration::from_secs(1 << (attempt - 1).min(6)))?;
        } else {
            return Err(error);
        }
    }
}

fn open_once(credentials: &Credentials, options: &OpenOptions) -> Result<Driver, AdapterError> {
    let driver = open_file(credentials, options)?;
    ask_for_json_errors(&driver)?;
    for extension in &credentials.extensions {
        load_extension(&driver, extension)?;
    }
    for secret in &credentials.secrets {
        // The statement is left out of the error: it holds the keys.
        driver.execute_batch(secret.to_sql()).map_err(|error| {
            let error = failure::of(&error, None);
            wrap(error, &format!("secret `{}`", secret.name))
        })?;
    }
    for attachment in &credentials.attach {
        driver
            .execute_batch(&attachment.to_sql(&options.root))
            .map_err(|error| {
                let mut error = failure::of_opening(&error, &attachment.path);
                if !attachment.is_file() {
                    error.message = error.message.replace(&attachment.path, "...");
                }
                let name = attachment.database_name();
                match error.kind {
                    ErrorKind::Locked { .. } => error,
                    _ => wrap(error, &format!("attached database `{name}`")),
                }
            })?;
    }
    Ok(driver)
}

/// Prepares a new connection of an open database.
pub fn set_up_session(driver: &Driver, credentials: &Credentials) -> Result<(), AdapterError> {
    for (name, value) in &credentials.session_settings {
        driver
            .execute_batch(&setting_sql(name, value))
            .map_err(|error| {
                let error = failure::of(&error, None);
                wrap(error, &format!("`settings: {name}` of the profile"))
            })?;
    }
    Ok(())
}

/// Sets variables on a new connection. An error names the variable alone.
pub fn set_variables(driver: &Driver, variables: &[(String, Secret)]) -> Result<(), AdapterError> {
    for (name, Secret(value)) in variables {
        let sql = format!(
            "set variable {} = {}",
            quote_identifier(name),
            sql_text(value)
        );
        driver.execute_batch(&sql).map_err(|_| {
            let message = format!("the variable `{name}` cannot be set");
            AdapterError::new(ErrorKind::Connection, message)
        })?;
    }
    Ok(())
}

/// Returns the statement for a session's setting. DuckDB casts the text to
/// whatever the setting is.
pub fn setting_sql(name: &str, value: &str) -> String {
    format!("set {} = {}", quote_identifier(name), sql_text(value))
}

/// Errors as JSON carry the place and the engine's suggestions; `failure`
/// turns them back into DuckDB's ordinary text. What is set for the database
/// holds for each of its connections.
pub fn ask_for_json_errors(driver: &Driver) -> Result<(), AdapterError> {
    driver
        .execute_batch("set global errors_as_json = true")
        .map_err(|error| failure::of(&error, None))
}

fn open_file(credentials: &Credentials, options: &OpenOptions) -> Result<Driver, AdapterError> {
    library::load()?;
    let mut config = Config::default();
    for (name, value) in &credentials.config_options {
        config = config.with(name, value).map_err(|error| {
            let error = failure::of(&error, None);
            wrap(error, &format!("`config_options: {name}` of the profile"))
        })?;
    }
    let path = credentials.path.as_str();
    let opened = if path == ":memory:" {
        Driver::open_in_memory_with_flags(config)
    } else if path
        .split_once(':')
        .is_some_and(|(scheme, _)| scheme.len() > 1)
    {
        Driver::open_with_flags(path, config)
    } else {
        Driver::open_with_flags(options.root.join(path), config)
    };
    opened.map_err(|error| failure::of_opening(&error, path))
}

/// Loads an extension that is built in or on disk, and fetches it only when
/// it is neither: the profile names it, so the project asks for it.
fn load_extension(driver: &Driver, extension: &Extension) -> Result<(), AdapterError> {
    let name = &extension.name;
    let load = load_sql(extension);
    let Err(not_here) = driver.execute_batch(&load) else {
        return Ok(());
    };
    let not_here = failure::of(&not_here, None);
    let Some(install) = install_sql(extension) else {
        return Err(wrap(not_here, &format!("extension `{name}`")));
    };
    // Loading has tried to fetch it already.
    if extension.repo.is_none() && not_here.message.starts_with("extension `") {
        return Err(AdapterError {
            kind: ErrorKind::Connection,
            ..not_here
        });
    }
    driver
        .execute_batch(&install)
        .and_then(|()| driver.execute_batch(&load))
        .map_err(|error| {
            let error = failure::of(&error, None);
            let looked_for = quoted(&not_here.message).unwrap_or(name);
            let why = error.message.lines().next().unwrap_or_default();
            AdapterError::new(
                ErrorKind::Connection,
                format!(
                    "extension `{name}` is not on this machine and could not be fetched\n\
                     looked for: {looked_for}\n\
                     fetching said: {why}\n\
                     without a network, put the file of DuckDB {} there, or give its path \
                     under `extensions`",
                    super::DUCKDB_VERSION
                ),
            )
        })
}

/// Returns the statement that loads an extension. A path is loaded as it is.
pub fn load_sql(extension: &Extension) -> String {
    if is_path(extension) {
        format!("load {}", sql_text(&extension.name))
    } else {
        format!("load {}", quote_identifier(&extension.name))
    }
}

/// Returns the statement that fetches an extension, unless it is a file.
pub fn install_sql(extension: &Extension) -> Option<String> {
    if is_path(extension) {
        return None;
    }
    let from = match &extension.repo {
        None => String::new(),
        // The names of DuckDB's own repositories are bare words.
        Some(repo) if repo.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
            format!(" from {repo}")
        }
        Some(repo) => format!(" from {}", sql_text(repo.trim_matches('\''))),
    };
    Some(format!(
        "install {}{from}",
        quote_identifier(&extension.name)
    ))
}

fn is_path(extension: &Extension) -> bool {
    extension.name.contains(['/', '\\', '.'])
}

/// Returns the first text in double quotes.
fn quoted(message: &str) -> Option<&str> {
    message.split('"').nth(1)
}

fn wrap(mut error: AdapterError, what: &str) -> AdapterError {
    error.message = format!("{what}: {}", error.message);
    if error.kind == ErrorKind::Statement {
        error.kind = ErrorKind::Connection;
    }
    error
}
