//! An adapter for tests: it records the statements it is given and answers
//! from a script.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::statements::{self, TransactionWord};
use super::{
    Adapter, AdapterError, Capabilities, CatalogRelation, Cell, Column, Connection, DatabaseFile,
    Definition, ErrorKind, Function, PythonEvent, PythonFailure, PythonModel, Relation, Response,
    Settings, Table,
};

/// Records everything and changes nothing.
#[derive(Default)]
pub struct Recording {
    settings: Settings,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    statements: Mutex<Vec<String>>,
    answers: Mutex<Vec<(String, Answer)>>,
    relations: Mutex<Vec<Relation>>,
    is_cancelled: AtomicBool,
}

/// What the script says to a statement.
#[derive(Debug, Clone)]
pub enum Answer {
    Rows(Table),
    Fails(AdapterError),
}

impl Recording {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Answers every statement that contains `part`. The first such answer
    /// counts; a statement without one gives an empty table.
    #[must_use]
    pub fn answering(self, part: &str, answer: Answer) -> Self {
        locked(&self.state.answers).push((part.to_owned(), answer));
        self
    }

    /// Lets a relation exist.
    #[must_use]
    pub fn with_relation(self, relation: Relation) -> Self {
        locked(&self.state.relations).push(relation);
        self
    }

    /// Returns the statements so far, of all connections, in order.
    pub fn statements(&self) -> Vec<String> {
        locked(&self.state.statements).clone()
    }
}

impl Answer {
    /// Makes an answer of rows of texts.
    pub fn texts(columns: &[&str], rows: &[&[&str]]) -> Self {
        let cell = |text: &&str| Cell::Text((*text).to_owned());
        Self::Rows(Table {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            types: vec![super::ColumnType::Text; columns.len()],
            sql_types: vec!["VARCHAR".to_owned(); columns.len()],
            rows: rows
                .iter()
                .map(|row| row.iter().map(cell).collect())
                .collect(),
        })
    }

    /// Makes a refusal.
    pub fn fails(message: &str) -> Self {
        Self::Fails(AdapterError::new(ErrorKind::Statement, message))
    }
}

impl Adapter for Recording {
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
        &self.settings
    }

    fn connect(&self) -> Result<Box<dyn Connection>, AdapterError> {
        Ok(Box::new(RecordingConnection {
            state: Arc::clone(&self.state),
            in_transaction: false,
        }))
    }

    fn cancel_all(&self) {
        self.state.is_cancelled.store(true, Ordering::SeqCst);
    }

    fn resume(&self) {
        self.state.is_cancelled.store(false, Ordering::SeqCst);
    }

    fn engine_version(&self) -> Result<String, AdapterError> {
        Ok("v0.0.0".into())
    }
}

struct RecordingConnection {
    state: Arc<State>,
    in_transaction: bool,
}

impl RecordingConnection {
    fn answer(&mut self, sql: &str) -> Result<Table, AdapterError> {
        if self.state.is_cancelled.load(Ordering::SeqCst) {
            return Err(AdapterError::new(ErrorKind::Cancelled, "cancelled"));
        }
        locked(&self.state.statements).push(sql.to_owned());
        let answer = locked(&self.state.answers)
            .iter()
            .find(|(part, _)| sql.contains(part.as_str()))
            .map(|(_, answer)| answer.clone());
        match answer {
            Some(Answer::Rows(table)) => Ok(table),
            None => Ok(Table::default()),
            Some(Answer::Fails(mut error)) => {
                error.sql = Some(sql.into());
                self.rollback()?;
                Err(error)
            }
        }
    }

    fn end_transaction(&mut self, word: &str) {
        if self.in_transaction {
            self.in_transaction = false;
            locked(&self.state.statements).push(word.to_owned());
        }
    }
}

impl Connection for RecordingConnection {
    fn execute(
        &mut self,
        sql: &str,
        fetch: bool,
        limit: Option<usize>,
    ) -> Result<(Response, Table), AdapterError> {
        let mut table = self.answer(sql)?;
        for range in statements::split(sql) {
            match statements::transaction_word(&sql[range]) {
                Some(TransactionWord::Begin) => self.in_transaction = true,
                Some(TransactionWord::End) => self.in_transaction = false,
                None => {}
            }
        }
        if !fetch {
            table = Table::default();
        }
        table.rows.truncate(limit.unwrap_or(usize::MAX));
        let response = Response {
            message: "OK".into(),
            ..Response::default()
        };
        Ok((response, table))
    }

    fn begin(&mut self) -> Result<(), AdapterError> {
        if !self.in_transaction {
            self.answer("begin")?;
            self.in_transaction = true;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), AdapterError> {
        self.end_transaction("commit");
        Ok(())
    }

    fn rollback(&mut self) -> Result<(), AdapterError> {
        self.end_transaction("rollback");
        Ok(())
    }

    fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    fn describe(&mut self, sql: &str) -> Result<Vec<Column>, AdapterError> {
        // The columns of the scripted answer to the query itself.
        let table = self.answer(sql)?;
        let columns = table.columns.into_iter().zip(table.sql_types);
        Ok(columns
            .map(|(name, data_type)| Column { name, data_type })
            .collect())
    }

    fn serialize_queries(&mut self, _texts: &[&str]) -> Result<Vec<String>, AdapterError> {
        Err(AdapterError::new(
            ErrorKind::Unsupported,
            "the recording adapter parses no SQL",
        ))
    }

    fn query_tree(&mut self, _sql: &str) -> Result<Value, AdapterError> {
        Err(AdapterError::new(
            ErrorKind::Unsupported,
            "the recording adapter parses no SQL",
        ))
    }

    fn query_of_tree(&mut self, _tree: &Value) -> Result<String, AdapterError> {
        Err(AdapterError::new(
            ErrorKind::Unsupported,
            "the recording adapter parses no SQL",
        ))
    }

    fn functions(&mut self) -> Result<Vec<Function>, AdapterError> {
        Ok(Vec::new())
    }

    fn databases(&mut self) -> Result<Vec<DatabaseFile>, AdapterError> {
        Ok(Vec::new())
    }

    fn definitions(&mut self, _database: &str) -> Result<Vec<Definition>, AdapterError> {
        Ok(Vec::new())
    }

    fn digest(&mut self, _relation: &Relation) -> Result<String, AdapterError> {
        Err(AdapterError::new(
            ErrorKind::Unsupported,
            "the recording adapter has no rows",
        ))
    }

    fn files(&mut self, _pattern: &str) -> Result<Vec<String>, AdapterError> {
        Ok(Vec::new())
    }

    fn list_relations(
        &mut self,
        database: &str,
        schema: &str,
    ) -> Result<Vec<Relation>, AdapterError> {
        let is_there = |relation: &&Relation| {
            relation.database.as_deref() == Some(database)
                && relation.schema.as_deref() == Some(schema)
        };
        let mut found: Vec<Relation> = locked(&self.state.relations)
            .iter()
            .filter(is_there)
            .cloned()
            .collect();
        found.sort_by(|a, b| a.identifier.cmp(&b.identifier));
        Ok(found)
    }

    fn list_schemas(&mut self, database: &str) -> Result<Vec<String>, AdapterError> {
        let mut schemas: Vec<String> = locked(&self.state.relations)
            .iter()
            .filter(|relation| relation.database.as_deref() == Some(database))
            .filter_map(|relation| relation.schema.clone())
            .collect();
        schemas.sort();
        schemas.dedup();
        Ok(schemas)
    }

    fn columns(&mut self, relation: &Relation) -> Result<Vec<Column>, AdapterError> {
        self.describe(&format!("select * from {}", relation.name()))
    }

    fn catalog(
        &mut self,
        database: &str,
        schemas: &[String],
    ) -> Result<Vec<CatalogRelation>, AdapterError> {
        let mut found = Vec::new();
        for schema in schemas {
            for relation in self.list_relations(database, schema)? {
                found.push(CatalogRelation {
                    database: database.to_owned(),
                    schema: schema.clone(),
                    name: relation.identifier.unwrap_or_default(),
                    kind: relation.kind.unwrap_or(super::RelationKind::Table),
                    owner: None,
                    comment: None,
                    row_count: None,
                    columns: Vec::new(),
                });
            }
        }
        Ok(found)
    }

    fn execute_bound(&mut self, sql: &str, _bindings: &[Cell]) -> Result<Response, AdapterError> {
        self.execute(sql, false, None).map(|(response, _)| response)
    }

    fn run_python(
        &mut self,
        _model: &PythonModel<'_>,
        _told: &mut dyn FnMut(PythonEvent<'_>),
    ) -> Result<Response, PythonFailure> {
        Err(AdapterError::new(
            ErrorKind::Unsupported,
            "the recording adapter runs no Python",
        )
        .into())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
