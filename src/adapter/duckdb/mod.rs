//! DuckDB inside the program. Only this folder names the `duckdb` crate, so
//! that moving to another version of the engine touches nothing else.

mod attachment;
mod calendar;
mod catalog;
mod connection;
mod credentials;
mod csv;
mod failure;
mod fetch;
mod keys;
mod library;
mod number;
mod open;
mod python;
mod secret;
mod sql_type;
mod twin;
mod versions;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use ::duckdb::{Config, Connection as Driver, InterruptHandle};

use self::connection::DuckDbConnection;
use super::relation::quote_identifier;
use super::{Adapter, AdapterError, Capabilities, Connection, ErrorKind, OpenOptions, Settings};

pub use credentials::{Credentials, path_database_name};
pub use csv::write_parquet;

/// The version of the library that the program is built for.
pub const DUCKDB_VERSION: &str = "1.5.5";

/// One DuckDB database, in a file or in memory.
pub struct DuckDb {
    credentials: Arc<Credentials>,
    options: OpenOptions,
    /// The connection that keeps the database open; workers get clones of it.
    root: Mutex<Option<Driver>>,
    cancel: Arc<Cancel>,
    purpose: Purpose,
}

/// What a database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// What the profile says.
    Work,
    /// Looking into what is there, and no more.
    Look,
    /// An empty one in memory, for binding SQL.
    Bind,
}

/// What a connection has to look at before it begins a statement, and what
/// cancelling has to reach.
#[derive(Default)]
struct Cancel {
    is_cancelled: AtomicBool,
    running: Mutex<Vec<Weak<InterruptHandle>>>,
    python: Mutex<Vec<Weak<python::Killer>>>,
}

impl DuckDb {
    pub fn new(credentials: Credentials, options: OpenOptions) -> Self {
        Self::opened_for(Purpose::Work, Arc::new(credentials), options)
    }

    fn opened_for(purpose: Purpose, credentials: Arc<Credentials>, options: OpenOptions) -> Self {
        Self {
            credentials,
            options,
            root: Mutex::new(None),
            cancel: Arc::default(),
            purpose,
        }
    }

    fn clone_root(&self) -> Result<Driver, AdapterError> {
        let mut root = locked(&self.root);
        let root = match &mut *root {
            Some(root) => root,
            none if self.purpose == Purpose::Bind => none.insert(twin::open(&self.credentials)?),
            none if self.purpose == Purpose::Look => {
                none.insert(twin::look(&self.credentials, &self.options.root)?)
            }
            none => none.insert(open::open(&self.credentials, &self.options, &self.cancel)?),
        };
        root.try_clone().map_err(|error| failure::of(&error, None))
    }
}

impl Adapter for DuckDb {
    fn adapter_type(&self) -> &'static str {
        "duckdb"
    }

    fn dispatch_prefixes(&self) -> &'static [&'static str] {
        &["duckdb"]
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            transactional_ddl: true,
            create_or_replace: true,
            merge: true,
            delete: true,
            rename: true,
            cancel: true,
            concurrent_writes: true,
        }
    }

    fn settings(&self) -> &Settings {
        &self.credentials.settings
    }

    fn connect(&self) -> Result<Box<dyn Connection>, AdapterError> {
        let driver = self.clone_root()?;
        open::set_up_session(&driver, &self.credentials)?;
        if self.purpose == Purpose::Bind {
            twin::set_up_session(&driver, &self.credentials)?;
        }
        open::set_variables(&driver, &self.options.variables)?;
        self.cancel.watch(&driver);
        let connection = DuckDbConnection::new(
            driver,
            Arc::clone(&self.cancel),
            Arc::clone(&self.credentials),
            self.options.interpreters.clone(),
        );
        Ok(Box::new(connection.showing(self.options.shows_values)))
    }

    fn cancel_all(&self) {
        self.cancel.is_cancelled.store(true, Ordering::SeqCst);
        for handle in locked(&self.cancel.running).iter() {
            if let Some(handle) = handle.upgrade() {
                handle.interrupt();
            }
        }
        for process in locked(&self.cancel.python).iter() {
            if let Some(process) = process.upgrade() {
                // One that has ended already is as good.
                let _ = locked(&process).kill();
            }
        }
    }

    fn resume(&self) {
        self.cancel.is_cancelled.store(false, Ordering::SeqCst);
    }

    fn close(&self) {
        let Some(root) = locked(&self.root).take() else {
            return;
        };
        if self.purpose != Purpose::Work {
            return;
        }
        let writable = "select database_name from duckdb_databases()
            where not internal and not readonly and path is not null and type = 'duckdb'";
        let names = root.prepare(writable).and_then(|mut statement| {
            let names = statement.query_map([], |row| row.get::<_, String>(0))?;
            names.collect::<Result<Vec<_>, _>>()
        });
        for name in names.unwrap_or_default() {
            // A checkpoint that cannot be made now is made by who opens the
            // database next: nothing is lost.
            let _ = root.execute_batch(&format!("checkpoint {}", quote_identifier(&name)));
        }
    }

    fn empty_twin(&self) -> Option<Arc<dyn Adapter>> {
        let credentials = Arc::clone(&self.credentials);
        let options = self.options.clone();
        let twin = Self::opened_for(Purpose::Bind, credentials, options);
        Some(Arc::new(twin))
    }

    fn read_only(&self) -> Option<Arc<dyn Adapter>> {
        let credentials = Arc::clone(&self.credentials);
        let options = self.options.clone();
        twin::is_file(&credentials.path)
            .then(|| Arc::new(Self::opened_for(Purpose::Look, credentials, options)) as _)
    }

    fn missing_extensions(&self) -> Vec<String> {
        let Ok(driver) = self.clone_root() else {
            return Vec::new();
        };
        twin::missing_extensions(&driver, &self.credentials)
    }

    fn engine_version(&self) -> Result<String, AdapterError> {
        // A database in memory tells as well, and locks no file.
        library::load()?;
        Driver::open_in_memory()
            .and_then(|driver| driver.version())
            .map_err(|error| failure::of(&error, None))
    }
}

impl Cancel {
    fn watch(&self, driver: &Driver) {
        let mut running = locked(&self.running);
        running.retain(|handle| handle.strong_count() > 0);
        running.push(Arc::downgrade(&driver.interrupt_handle()));
    }

    /// Sleeps, and wakes up early when it is cancelled.
    fn pause(&self, length: Duration) -> Result<(), AdapterError> {
        let until = Instant::now() + length;
        loop {
            self.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    fn watch_python(&self, process: &Arc<python::Killer>) {
        let mut running = locked(&self.python);
        running.retain(|process| process.strong_count() > 0);
        running.push(Arc::downgrade(process));
    }

    fn check(&self) -> Result<(), AdapterError> {
        if self.is_cancelled.load(Ordering::SeqCst) {
            return Err(AdapterError::new(ErrorKind::Cancelled, "cancelled"));
        }
        Ok(())
    }
}

/// Opens a connection to a new, empty database in memory, for parsing and
/// binding SQL. It uses extensions that are on disk and fetches none: looking
/// at SQL must not reach for the network.
///
/// It has no threads of its own, which would wait for each other at every short
/// statement; who wants to use several processors opens several.
pub fn in_memory() -> Result<Box<dyn Connection>, AdapterError> {
    new_in_memory(|config| config.with("threads", "1"))
}

/// The same for work on rows, with all processors.
pub fn workbench() -> Result<Box<dyn Connection>, AdapterError> {
    new_in_memory(Ok)
}

fn new_in_memory(
    set_up: impl FnOnce(Config) -> Result<Config, ::duckdb::Error>,
) -> Result<Box<dyn Connection>, AdapterError> {
    library::load()?;
    let driver = Config::default()
        .with("autoinstall_known_extensions", "false")
        .and_then(set_up)
        .and_then(Driver::open_in_memory_with_flags)
        .map_err(|error| failure::of(&error, None))?;
    open::ask_for_json_errors(&driver)?;
    let credentials = Arc::new(Credentials::in_memory());
    open::set_up_session(&driver, &credentials)?;
    let connection = DuckDbConnection::new(driver, Arc::default(), credentials, Vec::new());
    // There are no rows in it.
    Ok(Box::new(connection.showing(true)))
}

/// A panic elsewhere leaves nothing half-done behind these locks.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a text as a SQL literal.
fn sql_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
