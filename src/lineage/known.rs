//! What a query may name: the tables, files and functions that are known.

use std::sync::Arc;

use foldhash::HashMap;

use super::passage::Passages;
use crate::sql::Schema;
use crate::sql::tree::{Expr, Name, Query, TableName};

/// The tables, files and functions that queries of a project may name.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// By name in lower case.
    tables: HashMap<String, Vec<KnownTable>>,
    /// What is written in place of a name: `read_parquet('...')`, `'a.csv'`.
    places: Vec<(String, Arc<Dataset>)>,
    /// The names under which ephemeral models stand in queries, in lower case.
    ephemerals: HashMap<String, Arc<Dataset>>,
    functions: HashMap<String, Arc<KnownFunction>>,
    /// What is to be recognised on the way of values.
    pub passages: Option<Passages>,
}

#[derive(Debug, Clone)]
struct KnownTable {
    catalog: Option<String>,
    schema: String,
    dataset: Arc<Dataset>,
}

/// Something that has columns and that queries read.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// A node's id; for what the project does not know, what was written.
    pub id: Arc<str>,
    /// None where the columns are not known.
    pub schema: Option<Schema>,
}

/// A function that the project itself defines.
#[derive(Debug)]
pub struct KnownFunction {
    pub id: Arc<str>,
    pub parameters: Vec<Name>,
    pub body: FunctionBody,
}

#[derive(Debug)]
pub enum FunctionBody {
    Scalar(Expr),
    Table(Query),
    /// In another language, or not to be parsed.
    Opaque,
}

impl Known {
    /// Adds a table under its name, in place of one of that id that is there.
    pub fn add_table(
        &mut self,
        catalog: Option<&str>,
        schema: &str,
        name: &str,
        dataset: Arc<Dataset>,
    ) {
        let table = KnownTable {
            catalog: catalog.map(str::to_ascii_lowercase),
            schema: schema.to_ascii_lowercase(),
            dataset,
        };
        let tables = self.tables.entry(name.to_ascii_lowercase()).or_default();
        tables.retain(|known| known.dataset.id != table.dataset.id);
        tables.push(table);
    }

    /// Adds what is written in place of a table's name.
    pub fn add_place(&mut self, written: &str, dataset: Arc<Dataset>) {
        self.places.push((written.to_owned(), dataset));
    }

    /// Adds an ephemeral model under the name of its part of a `with`.
    pub fn add_ephemeral(&mut self, cte_name: &str, dataset: Arc<Dataset>) {
        self.ephemerals
            .insert(cte_name.to_ascii_lowercase(), dataset);
    }

    /// Adds a function under its name, without qualifiers.
    pub fn add_function(&mut self, name: &str, function: KnownFunction) {
        self.functions
            .insert(name.to_ascii_lowercase(), Arc::new(function));
    }

    /// Finds the table of a name. Where parts are left out, the only table that
    /// it can be.
    pub fn table(&self, name: &TableName) -> Option<&Arc<Dataset>> {
        let tables = self.tables.get(&name.name.to_ascii_lowercase())?;
        let fits = |table: &&KnownTable| match (&name.catalog, &name.schema) {
            (Some(catalog), schema) => {
                is_same(table.catalog.as_deref(), catalog)
                    && schema
                        .as_ref()
                        .is_none_or(|schema| table.schema.eq_ignore_ascii_case(schema))
            }
            (None, Some(schema)) => {
                // `a.b` may be a schema's table, or a database's.
                table.schema.eq_ignore_ascii_case(schema)
                    || is_same(table.catalog.as_deref(), schema)
            }
            (None, None) => true,
        };
        let mut found = tables.iter().filter(fits);
        let first = found.next()?;
        let is_only = found.all(|other| Arc::ptr_eq(&other.dataset, &first.dataset));
        is_only.then_some(&first.dataset)
    }

    /// Finds what is written at a place of a query that is no table's name.
    pub fn place(&self, text: &str) -> Option<&Arc<Dataset>> {
        let found = self
            .places
            .iter()
            .find(|(place, _)| text.starts_with(place));
        found.map(|(_, dataset)| dataset)
    }

    /// Finds an ephemeral model by the name of its part of a `with`.
    pub fn ephemeral(&self, cte_name: &str) -> Option<&Arc<Dataset>> {
        if self.ephemerals.is_empty() {
            return None;
        }
        self.ephemerals.get(&cte_name.to_ascii_lowercase())
    }

    /// Finds a function of the project by its name in lower case.
    pub fn function(&self, name: &str) -> Option<&Arc<KnownFunction>> {
        self.functions.get(name)
    }
}

fn is_same(known: Option<&str>, written: &str) -> bool {
    known.is_none_or(|known| known.eq_ignore_ascii_case(written))
}
