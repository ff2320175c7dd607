//! What changed columns come to: further columns, tests and exposures.
//!
//! What is gone has readers only in the project as it was; in the project as
//! it is there is nothing left to follow. So columns that are gone are followed
//! in the earlier lineage, and all others in the present one.

use std::collections::HashSet;
use std::sync::Arc;

use super::graph::{ColumnId, LineageGraph, UseKind};
use super::walk::Readers;

/// Where to begin: columns, each with the id of its table.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// Those that give something else than before.
    pub changed: Vec<(Arc<str>, String)>,
    /// Those that are no more.
    pub gone: Vec<(Arc<str>, String)>,
}

/// What lies downstream of changed columns.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Other columns that they go into, table by table, in the order of the
    /// graph.
    pub tables: Vec<ReachedTable>,
    /// The ids of tests that look at any of them, or at the changed ones.
    pub tests: Vec<Arc<str>>,
    /// The same of exposures.
    pub exposures: Vec<Arc<str>>,
}

/// A table further down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachedTable {
    pub id: Arc<str>,
    /// The columns that are reached.
    pub columns: Vec<String>,
    /// Those of them that the table has lost, although its own query is as it
    /// was: it has all columns of what it reads.
    pub gone: Vec<String>,
}

/// Follows changes from one version of a project to another.
pub fn reach(before: &LineageGraph, now: &LineageGraph, touched: &Touched) -> Reach {
    let mut from: HashSet<(Arc<str>, String)> = HashSet::new();
    let mut found: Vec<Reached<'_>> = Vec::new();
    for (graph, columns) in [(now, &touched.changed), (before, &touched.gone)] {
        let ids: Vec<ColumnId> = columns
            .iter()
            .filter_map(|(table, name)| graph.column_id(table, name))
            .collect();
        from.extend(columns.iter().map(|(table, name)| key(table, name)));
        let further = graph.reached(&Readers::new(graph), &ids);
        found.extend(further.iter().map(|id| Reached::of(graph, *id, now)));
    }
    found.retain(|reached| !from.contains(&reached.key()));
    found.sort_by_key(|reached| reached.place);
    found.dedup_by_key(|reached| reached.key());
    let keys = found.iter().map(Reached::key).chain(from);
    let (tables, columns) = looked_at(now, keys);
    let uses = |kind: UseKind| -> Vec<Arc<str>> {
        let uses = now.uses_of(&columns, &tables, kind).into_iter();
        uses.map(|one| Arc::clone(&one.id)).collect()
    };
    Reach {
        tests: uses(UseKind::Test),
        exposures: uses(UseKind::Exposure),
        tables: by_table(&found, now),
    }
}

fn key(table: &Arc<str>, name: &str) -> (Arc<str>, String) {
    (Arc::clone(table), name.to_ascii_lowercase())
}

/// A column that was reached, with its place in the project as it is.
struct Reached<'g> {
    table: &'g Arc<str>,
    name: &'g str,
    /// The table and the column; what is gone comes last.
    place: (u32, u32),
}

impl<'g> Reached<'g> {
    fn of(graph: &'g LineageGraph, id: ColumnId, now: &LineageGraph) -> Self {
        let table = &graph.table_of(id).id;
        let name = &*graph.column(id).name;
        let place = match (now.column_id(table, name), now.number(table)) {
            (Some(here), _) => (here.dataset, here.column),
            (None, Some(table)) => (table, u32::MAX),
            (None, None) => (u32::MAX, id.column),
        };
        Self { table, name, place }
    }

    fn key(&self) -> (Arc<str>, String) {
        key(self.table, self.name)
    }
}

/// Returns the tables and columns of which some names are.
fn looked_at(
    graph: &LineageGraph,
    keys: impl Iterator<Item = (Arc<str>, String)>,
) -> (HashSet<u32>, HashSet<ColumnId>) {
    let mut tables = HashSet::new();
    let mut columns = HashSet::new();
    for (table, name) in keys {
        tables.extend(graph.number(&table));
        columns.extend(graph.column_id(&table, &name));
    }
    (tables, columns)
}

fn by_table(found: &[Reached<'_>], now: &LineageGraph) -> Vec<ReachedTable> {
    found
        .chunk_by(|one, other| one.table == other.table)
        .map(|columns| {
            let table = now.dataset(columns[0].table);
            let is_gone = |name: &str| table.is_some_and(|t| t.is_whole && !t.has(name));
            let names = columns.iter().map(|column| column.name.to_owned());
            ReachedTable {
                id: Arc::clone(columns[0].table),
                columns: names.clone().collect(),
                gone: names.filter(|name| is_gone(name)).collect(),
            }
        })
        .collect()
}
