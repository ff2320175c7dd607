//! Everything that speaks to a database.
//!
//! The rest of the program knows the [`Adapter`] and [`Connection`] traits and
//! the plain values beside them. Rows and column types cross this border as
//! our own types, never as a driver's: drivers disagree on theirs.

mod error;
mod relation;
mod table;

pub use error::{AdapterError, ErrorKind};
pub use relation::{Column, Relation, RelationKind, RelationPart};
pub use table::{Cell, ColumnType, Table};

/// What the planner and the materializations may rely on in an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]

pub struct Capabilities {
    /// `create`, `drop` and `alter` take part in transactions.
    pub transactional_ddl: bool,
    /// `create or replace table|view` is atomic.
    pub create_or_replace: bool,
    pub merge: bool,
    pub delete: bool,
    pub rename: bool,
    /// A running query can be cancelled from another thread.
    pub cancel: bool,
    /// Several connections may write at the same time.
    pub concurrent_writes: bool,
}

/// What a statement did, as dbt's `adapter_response`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// dbt prints this after a node's status, `OK` on DuckDB.
    pub message: String,
    pub code: Option<String>,
    pub rows_affected: Option<i64>,
}

/// One database, as one profile target describes it.
///
/// Implementers: [`duckdb`](self) and a recording one for tests.
pub trait Adapter: Send + Sync {
    /// The name that `adapter.type()` and `target.type` give, `duckdb`.
    fn adapter_type(&self) -> &'static str;

    /// The prefixes that `adapter.dispatch` tries, most specific first,
    /// without the final `default`.
    fn dispatch_prefixes(&self) -> &'static [&'static str];

    fn capabilities(&self) -> Capabilities;

    /// Opens a connection for one worker thread. The database itself is
    /// opened at the first call, so that commands that need none never lock
    /// the file.
    fn connect(&self) -> Result<Box<dyn Connection>, AdapterError>;

    /// Cancels what every connection is running.
    fn cancel_all(&self);

    /// Returns the engine's own version, `v1.5.5`.
    fn engine_version(&self) -> Result<String, AdapterError>;
}

/// A connection, used by one thread at a time.
pub trait Connection: Send {
    /// Runs one or more statements separated by `;` and gives the last one's
    /// result when `fetch` is set. `limit` bounds the rows fetched.
    fn execute(
        &mut self,
        sql: &str,
        fetch: bool,
        limit: Option<usize>,
    ) -> Result<(Response, Table), AdapterError>;

    /// Begins a transaction when none is open.
    fn begin(&mut self) -> Result<(), AdapterError>;
    /// Commits the open transaction, if any.
    fn commit(&mut self) -> Result<(), AdapterError>;
    /// Rolls back the open transaction, if any.
    fn rollback(&mut self) -> Result<(), AdapterError>;
    /// Tells whether a transaction is open.
    fn in_transaction(&self) -> bool;

    /// Returns the column names and types of a query without running it.
    fn describe(&mut self, sql: &str) -> Result<Vec<Column>, AdapterError>;

    /// Lists the relations of one schema, in name order.
    fn list_relations(
        &mut self,
        database: &str,
        schema: &str,
    ) -> Result<Vec<Relation>, AdapterError>;

    /// Lists the schemas of one database, in name order.
    fn list_schemas(&mut self, database: &str) -> Result<Vec<String>, AdapterError>;

    /// Returns the columns of a relation, none when it does not exist.
    fn columns(&mut self, relation: &Relation) -> Result<Vec<Column>, AdapterError>;

    /// Creates a table from a CSV text and fills it, inside the caller's
    /// transaction. `columns` gives each column's name (as in the header) and
    /// SQL type.
    fn load_csv(
        &mut self,
        relation: &Relation,
        csv: &CsvSource<'_>,
        columns: &[Column],
    ) -> Result<u64, AdapterError>;
}

/// A CSV file to load.
#[derive(Debug, Clone, Copy)]
pub struct CsvSource<'a> {
    pub path: &'a camino::Utf8Path,
    pub delimiter: char,
}
