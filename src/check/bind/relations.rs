//! Puts what is known of relations into the twin: empty tables.

use std::collections::HashSet;

use super::parallel::in_parallel;
use super::{State, Twin};
use crate::adapter::{Column, Relation, quote_identifier};
use crate::parse::UniqueId;
use crate::run::Desk;
use crate::sql::{Schema, SchemaColumn};

/// Returns the columns that a relation gets from a query's: of those with one
/// name the engine renames the later ones.
pub fn as_columns(columns: Vec<Column>) -> Vec<SchemaColumn> {
    let mut seen: HashSet<String> = HashSet::new();
    let mut all = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.name.clone();
        let mut n = 0;
        while !seen.insert(name.to_lowercase()) {
            n += 1;
            name = format!("{}_{n}", column.name);
        }
        all.push(SchemaColumn::new(name, column.data_type));
    }
    all
}

/// Writes the statement that makes an empty table.
fn create(relation: &Relation, schema: &Schema) -> String {
    let columns = schema.columns.iter().map(|column| {
        let data_type = column.data_type.as_deref().unwrap_or("varchar");
        // Nulls of no type become numbers in a table.
        let data_type = data_type.replace("\"NULL\"", "INTEGER");
        format!("{} {data_type}", quote_identifier(&column.name))
    });
    let columns: Vec<String> = columns.collect();
    format!(
        "create or replace table {} ({})",
        quoted(relation),
        columns.join(", ")
    )
}

/// Returns a relation's name with all parts in quotes.
pub fn quoted(relation: &Relation) -> String {
    let parts = [&relation.database, &relation.schema, &relation.identifier];
    let parts = parts.into_iter().flatten();
    let parts: Vec<String> = parts.map(|part| quote_identifier(part)).collect();
    parts.join(".")
}

/// Returns a relation's name in lower case, without quotes.
pub fn plain_name(relation: &Relation) -> String {
    let parts = [&relation.database, &relation.schema, &relation.identifier];
    let parts: Vec<String> = parts
        .into_iter()
        .flatten()
        .map(|p| p.to_lowercase())
        .collect();
    parts.join(".")
}

/// The fewest statements that are worth a desk of their own.
const LEAST: usize = 50;

/// Runs statements together, or else one by one. Returns those that are refused.
fn make_group(desk: &Desk, group: &[(UniqueId, String)]) -> Vec<UniqueId> {
    let all: Vec<&str> = group.iter().map(|(_, sql)| sql.as_str()).collect();
    let together = format!("begin;\n{};\ncommit", all.join(";\n"));
    if desk.execute(&together).is_ok() {
        return Vec::new();
    }
    let _ = desk.execute("rollback");
    let refused = group.iter().filter(|(_, sql)| desk.execute(sql).is_err());
    refused.map(|(id, _)| id.clone()).collect()
}

impl Twin<'_> {
    /// Makes the relations of nodes and sources that are known and not there
    /// yet.
    pub fn make_relations(&mut self, ids: &[UniqueId]) {
        let mut statements: Vec<(UniqueId, String)> = Vec::new();
        for id in ids {
            if self.made.contains(id) {
                continue;
            }
            let (Some(State::Known(schema)), Some(relation)) =
                (self.states.get(id), self.relation_of(id))
            else {
                continue;
            };
            let sql = create(&relation, schema);
            self.make_schema(&relation);
            statements.push((id.clone(), sql));
        }
        if statements.is_empty() {
            return;
        }
        for (id, _) in &statements {
            self.made.insert(id.clone());
        }
        let size = statements.len().div_ceil(self.desks.len()).max(LEAST);
        let groups: Vec<&[(UniqueId, String)]> = statements.chunks(size).collect();
        let unmade = in_parallel(&self.desks, groups, make_group);
        for id in unmade.into_iter().flatten() {
            // A type that only the project's own database has.
            self.states.insert(id, State::Unknown);
        }
    }

    /// Puts a view in the place of the table that stands for it.
    pub fn make_view(&mut self, id: &UniqueId, sql: &str) -> bool {
        let (Some(State::Known(schema)), Some(relation)) =
            (self.states.get(id), self.relation_of(id))
        else {
            return false;
        };
        let table = create(&relation, schema);
        let name = quoted(&relation);
        self.make_schema(&relation);
        self.made.insert(id.clone());
        let view =
            format!("drop table if exists {name}; create or replace view {name} as (\n{sql}\n)");
        if self.views.contains(id) || self.desk().execute(&view).is_ok() {
            self.views.insert(id.clone());
            return true;
        }
        let _ = self.desk().execute(&table);
        false
    }

    /// Makes a relation that is no node's.
    pub fn make_other(&mut self, relation: &Relation, schema: &Schema) -> bool {
        self.make_schema(relation);
        self.desk().execute(&create(relation, schema)).is_ok()
    }

    /// Returns the relation of a node or source, none where its files are read
    /// in place of one.
    pub fn relation_of(&self, id: &UniqueId) -> Option<Relation> {
        let project = &self.graph().project;
        if let Some(source) = project.sources.get(id) {
            let relation = self.drafts.source_relation(source);
            return relation.external.is_none().then_some(relation);
        }
        self.relation(project.nodes.get(id)?)
    }

    fn make_schema(&mut self, relation: &Relation) {
        let name = quoted(&relation.without_identifier());
        if name.is_empty() || !self.schemas.insert(name.to_lowercase()) {
            return;
        }
        if let Some(database) = &relation.database {
            let database = quote_identifier(database);
            let sql = format!("attach if not exists ':memory:' as {database}");
            // The database that the twin is in cannot be attached again.
            let _ = self.desk().execute(&sql);
        }
        let _ = self
            .desk()
            .execute(&format!("create schema if not exists {name}"));
    }
}
