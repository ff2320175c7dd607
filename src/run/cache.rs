//! What is known of the database's relations during a run.
//!
//! As in dbt, a schema is listed once; what the run creates, drops and
//! renames is followed here, and `adapter.get_relation` asks here. Names are
//! compared without case, as DuckDB compares them.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::adapter::Relation;

/// The relations of the schemas that were listed.
#[derive(Debug, Default)]
pub struct RelationCache(Mutex<Schemas>);

type Schemas = HashMap<SchemaKey, Schema>;

#[derive(Debug, Default)]
struct Schema {
    /// Whether everything in it is known, not only what the run made.
    listed: bool,
    relations: BTreeMap<String, Relation>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct SchemaKey(Option<String>, String);

impl SchemaKey {
    fn new(database: Option<&str>, schema: &str) -> Self {
        Self(database.map(str::to_lowercase), schema.to_lowercase())
    }

    fn of(relation: &Relation) -> Self {
        Self::new(
            relation.database.as_deref(),
            relation.schema.as_deref().unwrap_or_default(),
        )
    }
}

fn name_key(relation: &Relation) -> String {
    relation
        .identifier
        .as_deref()
        .unwrap_or_default()
        .to_lowercase()
}

/// What the cache knows of a relation.
#[derive(Debug, PartialEq)]
pub enum Cached {
    Found(Relation),
    /// There is none of this name.
    Absent,
    /// Its schema was not listed yet.
    Unlisted,
}

impl RelationCache {
    fn lock(&self) -> MutexGuard<'_, Schemas> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a schema's relations. What was added since the listing began
    /// stays.
    pub fn add_schema(&self, database: Option<&str>, schema: &str, relations: Vec<Relation>) {
        let mut schemas = self.lock();
        let known = schemas.entry(SchemaKey::new(database, schema)).or_default();
        known.listed = true;
        for relation in relations {
            known
                .relations
                .entry(name_key(&relation))
                .or_insert(relation);
        }
    }

    /// Returns the relations of a schema in name order, when it was listed.
    pub fn relations(&self, database: Option<&str>, schema: &str) -> Option<Vec<Relation>> {
        let schemas = self.lock();
        let known = schemas.get(&SchemaKey::new(database, schema))?;
        known
            .listed
            .then(|| known.relations.values().cloned().collect())
    }

    /// Returns what is known of a relation.
    pub fn get(&self, database: Option<&str>, schema: &str, identifier: &str) -> Cached {
        let schemas = self.lock();
        let Some(known) = schemas.get(&SchemaKey::new(database, schema)) else {
            return Cached::Unlisted;
        };
        match known.relations.get(&identifier.to_lowercase()) {
            Some(relation) => Cached::Found(relation.clone()),
            None if known.listed => Cached::Absent,
            None => Cached::Unlisted,
        }
    }

    /// Takes in a relation that was created. A relation that is known stays
    /// as it is unless its kind changed.
    pub fn add(&self, relation: &Relation) {
        let mut schemas = self.lock();
        let known = schemas.entry(SchemaKey::of(relation)).or_default();
        let entry = known
            .relations
            .entry(name_key(relation))
            .or_insert_with(|| relation.clone());
        if relation.kind.is_some() && entry.kind != relation.kind {
            *entry = relation.clone();
        }
    }

    /// Forgets a relation that was dropped.
    pub fn drop(&self, relation: &Relation) {
        if let Some(known) = self.lock().get_mut(&SchemaKey::of(relation)) {
            known.relations.remove(&name_key(relation));
        }
    }

    /// Follows a renaming. A relation that is not known was a temporary one.
    pub fn rename(&self, from: &Relation, to: &Relation) {
        let mut schemas = self.lock();
        let moved = schemas
            .get_mut(&SchemaKey::of(from))
            .and_then(|known| known.relations.remove(&name_key(from)));
        if let Some(mut relation) = moved {
            relation.database.clone_from(&to.database);
            relation.schema.clone_from(&to.schema);
            relation.identifier.clone_from(&to.identifier);
            schemas
                .entry(SchemaKey::of(to))
                .or_default()
                .relations
                .insert(name_key(to), relation);
        }
    }

    /// Forgets a schema, so that it is listed again when it is asked for:
    /// after it was dropped, and after a failure left in doubt what a
    /// transaction took back.
    pub fn forget_schema(&self, database: Option<&str>, schema: &str) {
        self.lock().remove(&SchemaKey::new(database, schema));
    }
}
