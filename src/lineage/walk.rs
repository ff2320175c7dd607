//! Following columns up to where they come from, and down to where they go.

use std::collections::{HashSet, VecDeque};

use foldhash::HashMap;
use foldhash::fast::RandomState;
use indexmap::IndexSet;

use super::edge::EdgeKind;
use super::graph::{ColumnId, LineageGraph, Use, UseKind};

/// Which way to follow columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

/// Part of a graph: the columns that lie within reach of some.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// In the order in which they were reached, the given ones first.
    pub columns: IndexSet<ColumnId, RandomState>,
    /// The tables of those columns that were followed; what decides about their
    /// rows is part of it too.
    pub datasets: IndexSet<u32, RandomState>,
}

/// For each column, what it goes into: the graph the other way round.
#[derive(Debug)]
pub struct Readers {
    /// By column: the column that it goes into, and how.
    columns: HashMap<ColumnId, Vec<(ColumnId, EdgeKind)>>,
    /// By column: the tables about whose rows it decides, and how.
    rows: HashMap<ColumnId, Vec<(u32, EdgeKind)>>,
}

impl Readers {
    pub fn new(graph: &LineageGraph) -> Self {
        let mut columns: HashMap<ColumnId, Vec<(ColumnId, EdgeKind)>> = HashMap::default();
        for (id, column) in graph.columns() {
            for edge in &column.inputs {
                columns
                    .entry(edge.source)
                    .or_default()
                    .push((id, edge.kind));
            }
        }
        let mut rows: HashMap<ColumnId, Vec<(u32, EdgeKind)>> = HashMap::default();
        for (i, dataset) in graph.datasets.iter().enumerate() {
            for edge in &dataset.rows {
                rows.entry(edge.source)
                    .or_default()
                    .push((i as u32, edge.kind));
            }
        }
        Self { columns, rows }
    }

    /// Returns the columns that a column goes into by itself.
    pub fn of(&self, column: ColumnId) -> &[(ColumnId, EdgeKind)] {
        self.columns.get(&column).map_or(&[], Vec::as_slice)
    }

    /// Returns the tables about whose rows a column decides.
    pub fn rows_of(&self, column: ColumnId) -> &[(u32, EdgeKind)] {
        self.rows.get(&column).map_or(&[], Vec::as_slice)
    }
}

impl LineageGraph {
    /// Returns every column that any of some columns goes into, in the order in
    /// which they are reached, those given left out. What decides about rows
    /// goes into all columns of the table.
    pub fn reached(&self, readers: &Readers, from: &[ColumnId]) -> Vec<ColumnId> {
        let mut seen: HashSet<ColumnId> = from.iter().copied().collect();
        let mut queue: VecDeque<ColumnId> = from.iter().copied().collect();
        let mut reached = Vec::new();
        let mut whole = HashSet::new();
        while let Some(column) = queue.pop_front() {
            let own = readers.of(column).iter().map(|(reader, _)| *reader);
            let mut next: Vec<ColumnId> = own.collect();
            for (dataset, _) in readers.rows_of(column) {
                if whole.insert(*dataset) {
                    next.extend(self.columns_of(*dataset));
                }
            }
            for column in next {
                if seen.insert(column) {
                    reached.push(column);
                    queue.push_back(column);
                }
            }
        }
        reached
    }

    /// Returns all columns of a table.
    pub fn columns_of(&self, dataset: u32) -> impl Iterator<Item = ColumnId> + use<> {
        let count = self.datasets[dataset as usize].columns.len() as u32;
        (0..count).map(move |column| ColumnId { dataset, column })
    }

    /// Returns the exposures or tests that look at any of some columns, or at
    /// any of some tables as a whole, in the manifest's order.
    pub fn uses_of(
        &self,
        columns: &HashSet<ColumnId>,
        tables: &HashSet<u32>,
        kind: UseKind,
    ) -> Vec<&Use> {
        let uses = self.uses.iter().filter(|one| {
            one.kind == kind
                && (one.columns.iter().any(|column| columns.contains(column))
                    || one.datasets.iter().any(|table| tables.contains(table)))
        });
        uses.collect()
    }

    /// Returns what lies within some steps of columns, in one direction. What
    /// decides about rows is part of it and is not followed further up; further
    /// down it is, since it goes into every column.
    pub fn part(
        &self,
        readers: &Readers,
        from: &[ColumnId],
        direction: Direction,
        depth: Option<usize>,
    ) -> Part {
        let mut part = Part::default();
        let mut queue: VecDeque<(ColumnId, usize)> = VecDeque::new();
        for column in from {
            if part.columns.insert(*column) {
                queue.push_back((*column, 0));
            }
        }
        let mut deciding = Vec::new();
        while let Some((column, steps)) = queue.pop_front() {
            if depth.is_some_and(|depth| steps >= depth) {
                continue;
            }
            let next: Vec<ColumnId> = match direction {
                Direction::Up => {
                    if part.datasets.insert(column.dataset) {
                        deciding.extend(self.table_of(column).rows.iter().map(|e| e.source));
                    }
                    let inputs = self.column(column).inputs.iter();
                    inputs.map(|edge| edge.source).collect()
                }
                Direction::Down => {
                    let own = readers.of(column).iter().map(|(reader, _)| *reader);
                    let mut next: Vec<ColumnId> = own.collect();
                    for (dataset, _) in readers.rows_of(column) {
                        if part.datasets.insert(*dataset) {
                            next.extend(self.columns_of(*dataset));
                        }
                    }
                    next
                }
            };
            for column in next {
                if part.columns.insert(column) {
                    queue.push_back((column, steps + 1));
                }
            }
        }
        part.columns.extend(deciding);
        part
    }

    /// Returns the whole graph as a part of itself.
    pub fn whole(&self) -> Part {
        Part {
            columns: self.columns().map(|(id, _)| id).collect(),
            datasets: (0..self.datasets.len() as u32).collect(),
        }
    }
}
