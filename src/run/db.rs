//! The connection of one thread, as templates and runners use it.
//!
//! It is opened at the first statement. Every statement carries the query
//! comment of the node that it is for, is told as an event, and is refused
//! once the user has stopped the command.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::Value;

use super::events::Reporter;
use super::query_comment::add_comment;
use super::sql_text::tokens as sql_tokens;
use crate::adapter::{
    Adapter, AdapterError, Column, Connection, ErrorKind, PythonEvent, PythonFailure, PythonModel,
    Response, Table, split_statements,
};
use crate::event::EventSink;

/// A thread's connection.
pub struct Db {
    adapter: Arc<dyn Adapter>,
    events: Arc<dyn EventSink>,
    cancel: Arc<AtomicBool>,
    /// What a profile's `disable_transactions` says.
    without_transactions: bool,
    /// Whether templates may ask the database.
    introspects: bool,
    width: usize,
    /// Whether templates have looked at more than their node and what it reads.
    looked_around: AtomicBool,
    state: Mutex<State>,
    /// How many statements were sent that may do more than read.
    commands: AtomicUsize,
}

#[derive(Default)]
struct State {
    connection: Option<Box<dyn Connection>>,
    /// Whose statements these are: a node's id, `master`.
    name: String,
    /// Whose the connection was before.
    former: String,
    comment: Option<Comment>,
    /// What events about the statements say of the node: dbt's `node_info`.
    node_info: Option<Value>,
}

impl State {
    /// Makes an event's data say whose statement it is.
    fn about(&self, data: Value) -> Value {
        with_node_info(data, self.node_info.as_ref())
    }
}

fn with_node_info(mut data: Value, node_info: Option<&Value>) -> Value {
    if let Some(info) = node_info {
        data["node_info"] = info.clone();
    }
    data
}

/// The comment that goes with the statements of one node.
#[derive(Debug, Clone)]
pub struct Comment {
    pub text: String,
    pub append: bool,
}

/// One statement, and how it is to be run.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    pub sql: &'a str,
    /// Begins a transaction when none is open.
    pub auto_begin: bool,
    pub fetch: bool,
    pub limit: Option<usize>,
}

impl<'a> Statement<'a> {
    /// A statement whose rows are wanted, outside of any transaction of its
    /// own.
    pub fn query(sql: &'a str) -> Self {
        Self {
            sql,
            auto_begin: false,
            fetch: true,
            limit: None,
        }
    }

    /// A statement that is run for what it does.
    pub fn command(sql: &'a str) -> Self {
        Self {
            fetch: false,
            ..Self::query(sql)
        }
    }
}

impl Db {
    pub fn new(
        adapter: Arc<dyn Adapter>,
        events: Arc<dyn EventSink>,
        cancel: Arc<AtomicBool>,
        introspects: bool,
        width: usize,
    ) -> Self {
        let without_transactions = adapter.settings().disable_transactions;
        Self {
            adapter,
            events,
            cancel,
            without_transactions,
            introspects,
            width,
            looked_around: AtomicBool::new(false),
            state: Mutex::default(),
            commands: AtomicUsize::new(0),
        }
    }

    /// Notes that a template has looked at more than its node and what it reads:
    /// at the graph, at which relations there are.
    pub fn look_around(&self) {
        self.looked_around.store(true, Ordering::Relaxed);
    }

    /// Tells whether templates have done so since this was asked last.
    pub fn take_looked_around(&self) -> bool {
        self.looked_around.swap(false, Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reporter(&self) -> Reporter<'_> {
        Reporter {
            sink: &*self.events,
            width: self.width,
        }
    }

    /// Gives the connection to a node, or to work of another name.
    pub fn name(&self, name: &str, comment: Option<Comment>) {
        let mut state = self.lock();
        if name != state.name {
            let former = std::mem::take(&mut state.name);
            if !former.is_empty() {
                state.former = former;
            }
            if !state.former.is_empty() && state.former != name {
                self.reporter().connection_reused(name, &state.former);
            }
        }
        name.clone_into(&mut state.name);
        state.comment = comment;
    }

    /// Says which node the statements from now on are about.
    pub fn set_node_info(&self, node_info: Value) {
        self.lock().node_info = Some(node_info);
    }

    /// Returns what events say of the node that the connection belongs to.
    pub fn node_info(&self) -> Option<Value> {
        self.lock().node_info.clone()
    }

    /// Returns whose connection it is at present.
    pub fn current_name(&self) -> String {
        self.lock().name.clone()
    }

    /// Returns how many statements were sent that may do more than read.
    pub fn commands(&self) -> usize {
        self.commands.load(Ordering::Relaxed)
    }

    /// Runs a statement.
    pub fn execute(&self, statement: Statement<'_>) -> Result<(Response, Table), AdapterError> {
        let mut state = self.lock();
        let commented;
        let sql = match &state.comment {
            Some(comment) => {
                commented = add_comment(statement.sql, &comment.text, comment.append);
                &commented
            }
            None => statement.sql,
        };
        if !only_reads(statement.sql) {
            self.commands.fetch_add(1, Ordering::Relaxed);
        }
        let reporter = self.reporter();
        reporter.query(&state.name, sql, |data| state.about(data));
        let started = Instant::now();
        let state = &mut *state;
        let connection = self.open(&mut state.connection)?;
        if statement.auto_begin && !self.without_transactions {
            connection.begin()?;
        }
        let outcome = connection.execute(sql, statement.fetch, statement.limit);
        let seconds = started.elapsed().as_secs_f64();
        let told = outcome.as_ref().map_or("ERROR", |(r, _)| &r.message);
        reporter.query_status(told, seconds, |data| state.about(data));
        outcome
    }

    /// Runs a Python model, in a transaction.
    pub fn run_python(&self, model: &PythonModel<'_>) -> Result<Response, PythonFailure> {
        let mut state = self.lock();
        let name = state.name.clone();
        let node_info = state.node_info.clone();
        let about = |data| with_node_info(data, node_info.as_ref());
        let reporter = self.reporter();
        let connection = self.open(&mut state.connection)?;
        if !self.without_transactions {
            connection.begin()?;
        }
        connection.run_python(model, &mut |event| match event {
            PythonEvent::Printed(line) => reporter.printed(line),
            PythonEvent::Warned(line) => reporter.python_warned(line),
            PythonEvent::Statement(sql) => reporter.query(&name, sql, about),
        })
    }

    /// Returns the columns of a query.
    pub fn describe(&self, sql: &str) -> Result<Vec<Column>, AdapterError> {
        let mut state = self.lock();
        self.open(&mut state.connection)?.describe(sql)
    }

    /// Lets a function use the connection itself.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&mut dyn Connection) -> Result<T, AdapterError>,
    ) -> Result<T, AdapterError> {
        let mut state = self.lock();
        work(&mut **self.open(&mut state.connection)?)
    }

    /// Begins a transaction when none is open, whatever the profile says.
    pub fn begin(&self) -> Result<(), AdapterError> {
        let mut state = self.lock();
        self.open(&mut state.connection)?.begin()
    }

    /// Commits the open transaction, if any.
    pub fn commit(&self) -> Result<(), AdapterError> {
        let mut state = self.lock();
        let state = &mut *state;
        if !state
            .connection
            .as_ref()
            .is_some_and(|c| c.in_transaction())
        {
            return Ok(());
        }
        self.reporter()
            .commit(&state.name, |data| state.about(data));
        match &mut state.connection {
            Some(connection) => connection.commit(),
            None => Ok(()),
        }
    }

    /// Ends a node's use of the connection: what it left open is rolled back,
    /// and what it left behind (temporary tables, settings) goes with the
    /// connection. The next node gets a new one, as in dbt.
    pub fn release(&self) {
        let mut state = self.lock();
        let name = std::mem::take(&mut state.name);
        state.former.clone_from(&name);
        state.comment = None;
        state.node_info = None;
        if let Some(mut connection) = state.connection.take()
            && connection.in_transaction()
        {
            self.reporter().rollback(&name);
            // The connection is given up in either case, and the database
            // rolls back what a lost connection had open.
            let _ = connection.rollback();
        }
    }

    fn open<'c>(
        &self,
        connection: &'c mut Option<Box<dyn Connection>>,
    ) -> Result<&'c mut Box<dyn Connection>, AdapterError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(AdapterError::new(
                ErrorKind::Cancelled,
                "the command was stopped",
            ));
        }
        if !self.introspects {
            return Err(AdapterError::new(
                ErrorKind::Connection,
                "connection never acquired for thread: `--no-introspect` lets no template ask \
                 the database",
            ));
        }
        if connection.is_none() {
            *connection = Some(self.adapter.connect()?);
        }
        Ok(connection.as_mut().expect("opened just before"))
    }
}

/// Tells whether a text is a query and nothing more, as far as its first words
/// tell.
fn only_reads(sql: &str) -> bool {
    let statements = split_statements(sql);
    statements.into_iter().all(|range| {
        let mut words = sql_tokens(&sql[range.clone()]).map(|token| {
            let token = range.start + token.start..range.start + token.end;
            sql[token].to_ascii_lowercase()
        });
        let first = words.find(|word| word != "(").unwrap_or_default();
        match first.as_str() {
            "select" | "from" | "values" | "table" | "describe" | "show" | "summarize"
            | "explain" => true,
            "with" => !words.any(|word| matches!(&*word, "insert" | "update" | "delete" | "merge")),
            _ => false,
        }
    })
}
