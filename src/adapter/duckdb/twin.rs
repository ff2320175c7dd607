//! A stand-in for a profile's database that holds no data: what is known of
//! its relations is put into it, and SQL is bound against that.
//!
//! It has the same names of databases, the same settings and those extensions
//! that are on this machine. Nothing is fetched, no secret is made and no file
//! of the profile is opened: looking at SQL must not reach outside.

use ::duckdb::{Config, Connection as Driver};
use camino::Utf8Path;

use super::attachment::Attachment;
use super::credentials::Credentials;
use super::{failure, library, open, sql_text};
use crate::adapter::{AdapterError, quote_identifier};

/// Options of a profile that say which file is opened, and how.
const OF_THE_FILE: &[&str] = &[
    "access_mode",
    "autoinstall_known_extensions",
    "duckdb_api",
    "custom_user_agent",
];

/// Opens an empty database in memory in place of a profile's.
pub fn open(credentials: &Credentials) -> Result<Driver, AdapterError> {
    library::load()?;
    let mut config = Config::default();
    let options = credentials.config_options.iter();
    for (name, value) in options.filter(|(name, _)| !OF_THE_FILE.contains(&name.as_str())) {
        config = config
            .with(name, value)
            .map_err(|error| failure::of(&error, None))?;
    }
    let driver = config
        .with("autoinstall_known_extensions", "false")
        .and_then(|config| config.with("threads", "1"))
        .and_then(Driver::open_in_memory_with_flags)
        .map_err(|error| failure::of(&error, None))?;
    for extension in &credentials.extensions {
        // What is not here is missed by SQL that uses it, which then is no
        // mistake of the SQL.
        let _ = driver.execute_batch(&open::load_sql(extension));
    }
    for name in database_names(credentials) {
        let sql = format!(
            "attach if not exists ':memory:' as {}",
            quote_identifier(&name)
        );
        driver
            .execute_batch(&sql)
            .map_err(|error| failure::of(&error, Some(&sql)))?;
    }
    Ok(driver)
}

/// Makes a new connection use the database and schema that the profile's own
/// connections begin in. Binding needs neither an optimizer nor threads of the
/// engine's own: they would wait for each other at every statement.
pub fn set_up_session(driver: &Driver, credentials: &Credentials) -> Result<(), AdapterError> {
    let main = super::path_database_name(&credentials.path);
    let sql = format!(
        "set errors_as_json = true; set threads = 1; pragma disable_optimizer; use {}.main",
        quote_identifier(&main)
    );
    driver
        .execute_batch(&sql)
        .map_err(|error| failure::of(&error, Some(&sql)))
}

fn database_names(credentials: &Credentials) -> Vec<String> {
    let mut names = vec![super::path_database_name(&credentials.path)];
    names.extend(credentials.attach.iter().map(|a| a.database_name()));
    names.retain(|name| !name.is_empty() && name != "memory");
    names
}

/// Returns the extensions of a profile that cannot be loaded here.
pub fn missing_extensions(driver: &Driver, credentials: &Credentials) -> Vec<String> {
    let is_loaded = |name: &str| {
        let sql = format!(
            "select count(*) from duckdb_extensions() where loaded and \
             (extension_name = {name} or list_contains(aliases, {name}))",
            name = sql_text(name)
        );
        let count = driver.query_row(&sql, [], |row| row.get::<_, i64>(0));
        count.is_ok_and(|count| count > 0)
    };
    let extensions = credentials.extensions.iter();
    let missing = extensions.filter(|extension| !is_loaded(&extension.name));
    missing.map(|extension| extension.name.clone()).collect()
}

/// Opens a profile's database for reading alone. What is attached and cannot
/// be read so is left out.
pub fn look(credentials: &Credentials, root: &Utf8Path) -> Result<Driver, AdapterError> {
    library::load()?;
    let config = Config::default()
        .with("access_mode", "read_only")
        .and_then(|config| config.with("autoinstall_known_extensions", "false"))
        .map_err(|error| failure::of(&error, None))?;
    let driver = Driver::open_with_flags(root.join(&credentials.path), config)
        .map_err(|error| failure::of_opening(&error, &credentials.path))?;
    for attachment in credentials.attach.iter().filter(|a| a.is_file()) {
        let attachment = Attachment {
            read_only: true,
            secret: None,
            options: Vec::new(),
            ..attachment.clone()
        };
        let _ = driver.execute_batch(&attachment.to_sql(root));
    }
    Ok(driver)
}

/// Tells whether a profile's path names a file.
pub fn is_file(path: &str) -> bool {
    let scheme = path.split_once(':').map_or("", |(scheme, _)| scheme);
    // One letter is a Windows drive.
    scheme.len() < 2 && !path.starts_with(':')
}
