//! What was found before: the columns of SQL that has not changed, nor what it
//! reads. Mistakes are not remembered.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::adapter::DUCKDB_VERSION;
use crate::parse::UniqueId;
use crate::sql::{Schema, SchemaColumn};

/// The columns of nodes, by what they were found from. Several checks can share
/// it.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Remembered>);

#[derive(Debug, Default, Serialize, Deserialize)]
struct Remembered {
    engine: String,
    nodes: BTreeMap<String, Entry>,
    /// Whether there is more in it than was written last.
    #[serde(skip)]
    is_new: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    key: String,
    /// Pairs of name and type.
    columns: Vec<(String, String)>,
}

impl Memory {
    /// Reads what [`Self::to_json`] wrote; what cannot be read, or is another
    /// engine's, is forgotten.
    pub fn from_json(text: &str) -> Self {
        let read = serde_json::from_str::<Remembered>(text).unwrap_or_default();
        if read.engine == DUCKDB_VERSION {
            return Self(Mutex::new(read));
        }
        Self::default()
    }

    pub fn to_json(&self) -> String {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.engine = DUCKDB_VERSION.to_owned();
        all.is_new = false;
        serde_json::to_string(&*all).unwrap_or_default()
    }

    /// Tells whether anything was found since this was read or written.
    pub fn is_new(&self) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.is_new
    }

    /// Returns the schema of a node, when it was found from the same.
    pub fn get(&self, id: &UniqueId, key: &str) -> Option<Schema> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = all
            .nodes
            .get(id.as_str())
            .filter(|entry| entry.key == key)?;
        let columns = entry.columns.iter();
        let columns = columns.map(|(name, data_type)| SchemaColumn::new(name, data_type));
        Some(Schema::new(columns.collect()))
    }

    /// Returns the names of the columns that a node had, however it was found.
    pub fn columns(&self, id: &str) -> Option<Vec<String>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = all.nodes.get(id)?;
        Some(entry.columns.iter().map(|(name, _)| name.clone()).collect())
    }

    pub fn set(&self, id: &UniqueId, key: String, schema: &Schema) {
        let column = |column: &SchemaColumn| {
            let data_type = column.data_type.clone().unwrap_or_default();
            (column.name.clone(), data_type)
        };
        let entry = Entry {
            key,
            columns: schema.columns.iter().map(column).collect(),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.is_new = true;
        all.nodes.insert(id.as_str().to_owned(), entry);
    }
}

/// Makes a key from texts.
pub fn key<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    let mut out = String::with_capacity(32);
    for byte in &hash.finalize()[..16] {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Makes a key of a schema.
pub fn schema_key(schema: &Schema) -> String {
    key(schema.columns.iter().flat_map(|column| {
        [
            column.name.as_str(),
            column.data_type.as_deref().unwrap_or_default(),
        ]
    }))
}

#[cfg(test)]
mod tests {
    use super::{Memory, key};
    use crate::sql::{Schema, SchemaColumn};

    #[test]
    fn a_schema_is_remembered_for_one_key_alone() {
        let id = crate::parse::UniqueId::from("model.p.a");
        let memory = Memory::default();
        let schema = Schema::new(vec![SchemaColumn::new("Id", "INTEGER")]);
        memory.set(&id, key(["select 1"]), &schema);
        let memory = Memory::from_json(&memory.to_json());
        assert_eq!(memory.get(&id, &key(["select 1"])), Some(schema));
        assert_eq!(memory.get(&id, &key(["select", "1"])), None);
        assert!(Memory::from_json("{").columns("model.p.a").is_none());
    }
}
