//! What the project's own database says of its relations. It is only looked
//! into, and not made where it does not exist.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::Basis;
use crate::adapter::{Adapter, Connection, ErrorKind, Relation};
use crate::diagnostics::Diagnostic;
use crate::run::RunContext;
use crate::sql::{Schema, SchemaColumn};

/// What is known of a relation in the database.
#[derive(Debug, Clone)]
pub enum Known {
    There(Arc<Schema>),
    Absent,
    /// The database could not be looked into.
    Unknown,
}

/// The database, looked into a schema at a time, when it is asked for.
pub struct Catalog(Mutex<State>);

struct State {
    adapter: Option<Arc<dyn Adapter>>,
    connection: Option<Box<dyn Connection>>,
    relations: HashMap<(String, String, String), Arc<Schema>>,
    listed: HashSet<(String, String)>,
    /// Whether it does not exist yet, or is made anew by every run.
    is_to_be_made: bool,
    /// Why it could not be looked into.
    note: Option<Diagnostic>,
    default: (String, String),
}

impl Catalog {
    /// Makes ready to look into the database of a run, or into that of a
    /// project that is not going to run: then for reading alone.
    pub fn new(cx: &RunContext, basis: Basis) -> Self {
        let adapter = match basis {
            Basis::Database => Some(Arc::clone(&cx.adapter)),
            Basis::Project => cx.adapter.read_only(),
        };
        let lives_in_memory = adapter.is_none();
        let settings = cx.adapter.settings();
        Self(Mutex::new(State {
            adapter,
            connection: None,
            relations: HashMap::new(),
            listed: HashSet::new(),
            is_to_be_made: basis == Basis::Project && lives_in_memory,
            note: None,
            default: (settings.database.clone(), "main".to_owned()),
        }))
    }

    /// Finds a relation.
    pub fn get(&self, relation: &Relation) -> Known {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lower = |part: &Option<String>, default: &str| {
            part.as_deref().unwrap_or(default).to_lowercase()
        };
        let database = lower(&relation.database, &state.default.0);
        let schema = lower(&relation.schema, &state.default.1);
        if !state.look(&database, &schema) {
            return Known::Unknown;
        }
        let key = (database, schema, lower(&relation.identifier, ""));
        match state.relations.get(&key) {
            Some(schema) => Known::There(Arc::clone(schema)),
            None => Known::Absent,
        }
    }

    /// Tells whether there is no database yet to look for a relation in.
    pub fn is_to_be_made(&self, relation: &Relation) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let database = relation.database.as_deref();
        let is_own = database.is_none_or(|name| name.eq_ignore_ascii_case(&state.default.0));
        state.is_to_be_made && is_own
    }

    /// Says why the database could not be looked into, when there is one.
    pub fn take_note(&self) -> Option<Diagnostic> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.note.take()
    }

    /// Lets go of the database.
    pub fn close(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.connection = None;
    }
}

impl State {
    /// Lists a schema, unless that was done; tells whether it is known.
    fn look(&mut self, database: &str, schema: &str) -> bool {
        let key = (database.to_owned(), schema.to_owned());
        if self.listed.contains(&key) {
            return true;
        }
        if !self.open() {
            return false;
        }
        let Some(connection) = &mut self.connection else {
            return false;
        };
        let Ok(found) = connection.catalog(database, std::slice::from_ref(&key.1)) else {
            return false;
        };
        for relation in found {
            let columns = relation.columns.into_iter();
            let columns = columns.map(|column| SchemaColumn::new(column.name, column.data_type));
            let name = relation.name.to_lowercase();
            let value = Arc::new(Schema::new(columns.collect()));
            self.relations
                .insert((key.0.clone(), key.1.clone(), name), value);
        }
        self.listed.insert(key);
        true
    }

    fn open(&mut self) -> bool {
        if self.connection.is_some() {
            return true;
        }
        // One try: a database that is held or not there stays so.
        let Some(adapter) = self.adapter.take() else {
            return false;
        };
        match adapter.connect() {
            Ok(connection) => self.connection = Some(connection),
            Err(error) if matches!(error.kind, ErrorKind::Locked { .. }) => {
                let title = format!(
                    "{}: what is in it counts as unknown",
                    error.message.lines().next().unwrap_or_default()
                );
                self.note = Some(Diagnostic::note("database-not-read", title));
            }
            Err(error) => self.is_to_be_made = error.message.contains("database does not exist"),
        }
        self.connection.is_some()
    }
}
