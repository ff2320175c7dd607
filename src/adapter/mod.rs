//! Everything that speaks to a database.
//!
//! The rest of the program knows the [`Adapter`] and [`Connection`] traits and
//! the plain values beside them. Rows and column types cross this border as
//! our own types, never as a driver's: drivers disagree on theirs.

mod dbt_table;
mod duckdb;
mod error;
mod python;
pub mod recording;
mod relation;
pub mod seed_table;
mod statements;
mod table;
mod values;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::{Map, Value};

pub use duckdb::{DUCKDB_VERSION, in_memory, path_database_name, workbench, write_parquet};
pub use error::{AdapterError, ErrorKind};
pub use python::{PythonEvent, PythonFailure, PythonModel, ScriptError, interpreters};
pub use relation::{Column, Relation, RelationKind, RelationPart, quote_identifier};
pub use statements::split as split_statements;
pub use table::{Cell, ColumnType, Table};
pub use values::may_quote_values;

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
/// Implementers: DuckDB's and the [`recording`] one, for tests.
pub trait Adapter: Send + Sync {
    /// The name that `adapter.type()` and `target.type` give, `duckdb`.
    fn adapter_type(&self) -> &'static str;

    /// The prefixes that `adapter.dispatch` tries, most specific first,
    /// without the final `default`.
    fn dispatch_prefixes(&self) -> &'static [&'static str];

    fn capabilities(&self) -> Capabilities;

    /// What the profile says, as far as templates and the planner ask.
    fn settings(&self) -> &Settings;

    /// Opens a connection for one worker thread. The database itself is
    /// opened at the first call, so that commands that need none never lock
    /// the file.
    fn connect(&self) -> Result<Box<dyn Connection>, AdapterError>;

    /// Cancels what every connection is running, and lets none begin another
    /// statement; ending a transaction stays possible. A statement that is
    /// just beginning may slip through, so a caller that waits for the end
    /// calls this again while it waits.
    fn cancel_all(&self);

    /// Lets connections work again after [`Self::cancel_all`], for what must
    /// be done before the program ends.
    fn resume(&self);

    /// Writes everything into the database's own file, so that it is whole
    /// without the files beside it, and lets go of it. What is still in use
    /// elsewhere stays open until the program ends.
    fn close(&self) {}

    /// Returns an empty database in memory in place of this one, with the same
    /// names, settings and extensions, none where the engine has no such
    /// thing. SQL can be bound in it; its connections do not optimize queries.
    fn empty_twin(&self) -> Option<Arc<dyn Adapter>> {
        None
    }

    /// Returns the same database opened for reading alone, none where it lives
    /// in memory. It is not made where it does not exist: connecting fails
    /// then.
    fn read_only(&self) -> Option<Arc<dyn Adapter>> {
        None
    }

    /// Returns the extensions that the profile names and that are not here.
    fn missing_extensions(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns the engine's own version, `v1.5.5`.
    fn engine_version(&self) -> Result<String, AdapterError>;
}

/// The parts of a profile that templates and the planner ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The database that models go to when their config names none.
    pub database: String,
    pub schema: String,
    /// Where external materializations write when they name no place.
    pub external_root: String,
    /// Statements are not to be wrapped in transactions.
    pub disable_transactions: bool,
    /// Databases that are DuckLake catalogs, in name order.
    pub ducklake_databases: Vec<String>,
}

/// A connection, used by one thread at a time.
pub trait Connection: Send {
    /// Runs one or more statements separated by `;` and gives the last one's
    /// result when `fetch` is set. `limit` bounds the rows fetched. After a
    /// failure no transaction is open: what was one is rolled back, as dbt
    /// does.
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
    /// Tells whether a transaction is open, whoever opened it: a statement's
    /// own `begin` counts.
    fn in_transaction(&self) -> bool;

    /// Returns the column names and types of a query without running it. An
    /// error's position counts from the query's beginning.
    fn describe(&mut self, sql: &str) -> Result<Vec<Column>, AdapterError>;

    /// Returns the columns of several queries. One that is wrong says nothing
    /// of the others.
    fn describe_all(&mut self, queries: &[&str]) -> Vec<Result<Vec<Column>, AdapterError>> {
        queries.iter().map(|sql| self.describe(sql)).collect()
    }

    /// Tells of several queries whether they are right, which costs less than
    /// their columns do.
    fn bind_all(&mut self, queries: &[&str]) -> Vec<Result<(), AdapterError>> {
        let described = self.describe_all(queries).into_iter();
        described.map(|columns| columns.map(drop)).collect()
    }

    /// Returns the engine's own parse trees of some texts, each as JSON: of its
    /// `select` statements, or with what is wrong with it. What stands at its
    /// default is left out of a tree. Many texts at once cost far less than one
    /// after the other.
    fn serialize_queries(&mut self, texts: &[&str]) -> Result<Vec<String>, AdapterError>;

    /// Returns the engine's own parse tree of one `select`, with everything
    /// that it takes to write it again.
    fn query_tree(&mut self, sql: &str) -> Result<Value, AdapterError>;

    /// Writes the SQL of a parse tree that [`Self::query_tree`] gave.
    fn query_of_tree(&mut self, tree: &Value) -> Result<String, AdapterError>;

    /// Lists the functions that the engine knows, by name.
    fn functions(&mut self) -> Result<Vec<Function>, AdapterError>;

    /// Lists the databases that the connection sees, beside the engine's own.
    fn databases(&mut self) -> Result<Vec<DatabaseFile>, AdapterError>;

    /// Returns how each relation of a database is defined, with comments and
    /// indexes: when something about a relation other than its rows was changed,
    /// its text is another one.
    fn definitions(&mut self, database: &str) -> Result<Vec<Definition>, AdapterError>;

    /// Returns a short text that tells what a table's columns and rows are,
    /// whatever their order. It costs a look at every row.
    fn digest(&mut self, relation: &Relation) -> Result<String, AdapterError>;

    /// Lists the local files that a path or pattern stands for in SQL.
    fn files(&mut self, pattern: &str) -> Result<Vec<String>, AdapterError>;

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

    /// Lists the relations of some schemas with all that is known of them, by
    /// schema and name.
    fn catalog(
        &mut self,
        database: &str,
        schemas: &[String],
    ) -> Result<Vec<CatalogRelation>, AdapterError>;

    /// Runs one statement with values for its parameters (`?`).
    fn execute_bound(&mut self, sql: &str, bindings: &[Cell]) -> Result<Response, AdapterError>;

    /// Runs a Python model, in the transaction that is open.
    fn run_python(
        &mut self,
        model: &PythonModel<'_>,
        told: &mut dyn FnMut(PythonEvent<'_>),
    ) -> Result<Response, PythonFailure>;
}

/// A database that a connection sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFile {
    pub name: String,
    /// The engine's own file that all of it is in; none for databases in memory
    /// and of other engines.
    pub path: Option<String>,
}

/// How a relation is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    pub schema: String,
    pub name: String,
    pub text: String,
}

/// A function of the engine. Overloads are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub kind: FunctionKind,
    /// Whether it gives the same for the same arguments, at any time.
    pub is_stable: bool,
}

/// What sort of function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    Scalar,
    Aggregate,
    /// Gives a table.
    Table,
    /// Written in SQL.
    Macro,
}

/// What a database's own catalog knows of one table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogRelation {
    pub database: String,
    pub schema: String,
    pub name: String,
    pub kind: RelationKind,
    pub owner: Option<String>,
    pub comment: Option<String>,
    /// The number of rows, where the engine knows it without counting.
    pub row_count: Option<u64>,
    pub columns: Vec<CatalogColumn>,
}

/// A column in a database's own catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogColumn {
    pub name: String,
    /// Counts from 1.
    pub index: u32,
    pub data_type: String,
    pub comment: Option<String>,
}

/// How a database is to be opened, beside what the profile says.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// What relative paths in the profile are relative to: in dbt the folder
    /// where the command was run, not the project's. Absolute.
    pub root: Utf8PathBuf,
    /// How long to wait for another process to let go of the database.
    pub wait: Option<Duration>,
    /// What to do once when the waiting begins: it may be long.
    pub on_wait: OnWait,
    /// The commands that start Python, the first that exists to be taken.
    pub interpreters: Vec<String>,
    /// Whether errors may quote values of rows.
    pub shows_values: bool,
    /// Variables that statements may ask for and that no text shows, with
    /// their values.
    pub variables: Vec<(String, Secret)>,
}

/// A text that is not to be printed.
#[derive(Clone)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Tells somebody what is waited for.
#[derive(Clone, Default)]
pub struct OnWait(pub Option<Arc<dyn Fn(&str) + Send + Sync>>);

impl std::fmt::Debug for OnWait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OnWait")
    }
}

/// Something that is wrong with, or notable about, a profile's target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileProblem {
    /// Where: keys and, in lists, indexes from 0: `["attach", "0", "path"]`.
    pub key: Vec<String>,
    pub message: String,
    pub hint: Option<String>,
    /// Whether the target can be used all the same.
    pub is_warning: bool,
}

/// Makes the adapter of a profile's target. `credentials` is the rendered
/// mapping, without `type` and `threads`. The database is not opened yet.
pub fn from_profile(
    adapter_type: &str,
    credentials: &Map<String, Value>,
    options: OpenOptions,
) -> (Option<Arc<dyn Adapter>>, Vec<ProfileProblem>) {
    if adapter_type != "duckdb" {
        let problem = ProfileProblem {
            key: vec!["type".into()],
            message: format!("there is no adapter for `{adapter_type}`"),
            hint: Some("use `type: duckdb`".into()),
            is_warning: false,
        };
        return (None, vec![problem]);
    }
    let (credentials, problems) = duckdb::Credentials::read(credentials);
    let adapter = credentials
        .map(|credentials| Arc::new(duckdb::DuckDb::new(credentials, options)) as Arc<dyn Adapter>);
    (adapter, problems)
}
