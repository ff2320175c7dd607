//! Looks into SQL without the project's database: the engine parses it on a
//! database in memory, which is opened when it is first asked.

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

use crate::adapter::{AdapterError, Connection, Function, FunctionKind, in_memory};

/// A place to parse SQL, shared by the threads of a run.
#[derive(Default)]
pub struct SqlTrees {
    connection: Mutex<Option<Box<dyn Connection>>>,
    functions: OnceLock<Functions>,
}

/// The engine's functions, by names in lower case.
#[derive(Debug, Default)]
pub struct Functions {
    pub aggregates: HashSet<String>,
    /// Give the same for the same arguments, at any time.
    pub stable: HashSet<String>,
}

impl SqlTrees {
    /// Returns the parse tree of one `select`.
    ///
    /// # Errors
    ///
    /// The text is no `select` that the engine can parse.
    pub fn parse(&self, sql: &str) -> Result<Value, AdapterError> {
        self.with(|connection| connection.query_tree(sql))
    }

    /// Writes the SQL of a parse tree.
    ///
    /// # Errors
    ///
    /// The tree is none of the engine's.
    pub fn write(&self, tree: &Value) -> Result<String, AdapterError> {
        self.with(|connection| connection.query_of_tree(tree))
    }

    /// Returns what is known of the engine's functions.
    ///
    /// # Errors
    ///
    /// The database in memory cannot be opened.
    pub fn functions(&self) -> Result<&Functions, AdapterError> {
        if let Some(functions) = self.functions.get() {
            return Ok(functions);
        }
        let list = self.with(|connection| connection.functions())?;
        Ok(self.functions.get_or_init(|| sort(&list)))
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut dyn Connection) -> Result<T, AdapterError>,
    ) -> Result<T, AdapterError> {
        let mut place = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if place.is_none() {
            *place = Some(in_memory()?);
        }
        work(&mut **place.as_mut().expect("opened just before"))
    }
}

fn sort(list: &[Function]) -> Functions {
    let mut functions = Functions::default();
    for function in list {
        let name = function.name.to_lowercase();
        if function.kind == FunctionKind::Aggregate {
            functions.aggregates.insert(name.clone());
        }
        if function.is_stable && function.kind != FunctionKind::Table {
            functions.stable.insert(name);
        }
    }
    // A name that is also that of an unstable function is not to be trusted.
    for function in list.iter().filter(|function| !function.is_stable) {
        functions.stable.remove(&function.name.to_lowercase());
    }
    functions
}
