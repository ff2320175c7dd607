//! What relations look like: the columns of each, with their types.
//!
//! Names are compared as DuckDB compares identifiers: without regard to case,
//! quoted or not.

use std::collections::HashMap;

use crate::parse::{IdMap, UniqueId};

/// DuckDB's names of the types of numbers; `DECIMAL(18,3)` has its digits beside the name.
pub const NUMBERS: [&str; 12] = [
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
    "FLOAT",
    "DOUBLE",
];

/// One column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaColumn {
    /// As it is written where the column is made.
    pub name: String,
    /// The engine's full type text, `DECIMAL(18,3)`. None where only the name
    /// is known.
    pub data_type: Option<String>,
    /// Whether there can be nulls, where that is known.
    pub nullable: Option<bool>,
}

impl SchemaColumn {
    /// Makes a column of which nothing is known but its name and type.
    pub fn new(name: impl Into<String>, data_type: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            data_type: Some(data_type.into()),
            nullable: None,
        }
    }

    /// Makes a column of which nothing is known but its name.
    pub fn untyped(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            data_type: None,
            nullable: None,
        }
    }
}

/// The columns of one relation, in their order.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    pub columns: Vec<SchemaColumn>,
    /// Places in `columns`, by name in lower case.
    places: HashMap<String, usize>,
}

impl Schema {
    /// Makes a schema. Of columns with one name the first is found by it.
    pub fn new(columns: Vec<SchemaColumn>) -> Self {
        let mut places = HashMap::with_capacity(columns.len());
        for (i, column) in columns.iter().enumerate() {
            places.entry(column.name.to_lowercase()).or_insert(i);
        }
        Self { columns, places }
    }

    /// Returns the column of a name, however it is capitalised.
    pub fn column(&self, name: &str) -> Option<&SchemaColumn> {
        self.position(name).map(|i| &self.columns[i])
    }

    /// Returns the place of a column, counted from 0.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.places.get(&name.to_lowercase()).copied()
    }

    /// Returns the columns' names in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// Tells whether every column's type is known.
    pub fn is_typed(&self) -> bool {
        self.columns.iter().all(|column| column.data_type.is_some())
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.columns == other.columns
    }
}

impl Eq for Schema {}

/// The schemas of a project's nodes and sources. What is not in it is not
/// known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schemas {
    all: IdMap<Schema>,
}

impl Schemas {
    /// Returns the schema of a node or source, none when it is not known.
    pub fn get(&self, id: &UniqueId) -> Option<&Schema> {
        self.all.get(id)
    }

    /// Returns a column of a node or source, however its name is capitalised.
    pub fn column(&self, id: &UniqueId, name: &str) -> Option<&SchemaColumn> {
        self.get(id)?.column(name)
    }

    /// Says what a node or source looks like.
    pub fn insert(&mut self, id: UniqueId, schema: Schema) {
        self.all.insert(id, schema);
    }

    /// Returns all of them, in the order in which they became known.
    pub fn iter(&self) -> impl Iterator<Item = (&UniqueId, &Schema)> {
        self.all.iter()
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl FromIterator<(UniqueId, Schema)> for Schemas {
    fn from_iter<I: IntoIterator<Item = (UniqueId, Schema)>>(schemas: I) -> Self {
        Self {
            all: schemas.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Schema, SchemaColumn, Schemas};

    #[test]
    fn columns_are_found_however_they_are_capitalised() {
        let columns = vec![
            SchemaColumn::new("Patient_ID", "VARCHAR"),
            SchemaColumn::untyped("patient_id"),
        ];
        let schema = Schema::new(columns);
        assert_eq!(schema.position("PATIENT_id"), Some(0));
        assert_eq!(schema.column("npi"), None);
        assert!(!schema.is_typed());
        let id = crate::parse::UniqueId::from("model.health.a");
        let schemas: Schemas = [(id.clone(), schema)].into_iter().collect();
        let column = schemas.column(&id, "Patient_Id").unwrap();
        assert_eq!(column.data_type.as_deref(), Some("VARCHAR"));
    }
}
