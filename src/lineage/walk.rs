//! Following columns up to where they come from, and down to where they go.

use std::collections::{HashMap, VecDeque};

use super::edge::EdgeKind;
use super::graph::{ColumnId, Edge, LineageGraph, UseKind};

/// Which way to follow columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

/// One step from a column to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop {
    pub column: ColumnId,
    pub kind: EdgeKind,
    /// Whether the edge decides about all rows of the reader, and so goes into
    /// each of its columns.
    pub is_of_rows: bool,
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
        let mut columns: HashMap<ColumnId, Vec<(ColumnId, EdgeKind)>> = HashMap::new();
        for (id, column) in graph.columns() {
            for edge in &column.inputs {
                columns
                    .entry(edge.source)
                    .or_default()
                    .push((id, edge.kind));
            }
        }
        let mut rows: HashMap<ColumnId, Vec<(u32, EdgeKind)>> = HashMap::new();
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
    /// Returns what goes into a column: what is its own, then what decides
    /// about the rows of its table.
    pub fn inputs(&self, column: ColumnId) -> impl Iterator<Item = (&Edge, bool)> {
        let own = self.column(column).inputs.iter().map(|edge| (edge, false));
        let rows = self.table_of(column).rows.iter().map(|edge| (edge, true));
        own.chain(rows)
    }

    /// Returns every column that any of some columns goes into, in the order in
    /// which they are reached, those given left out. What decides about rows
    /// goes into all columns of the table.
    pub fn reached(&self, readers: &Readers, from: &[ColumnId]) -> Vec<ColumnId> {
        let mut seen: std::collections::HashSet<ColumnId> = from.iter().copied().collect();
        let mut queue: VecDeque<ColumnId> = from.iter().copied().collect();
        let mut reached = Vec::new();
        let mut whole = std::collections::HashSet::new();
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

    /// Returns the exposures or tests that look at any of some columns, in the
    /// manifest's order.
    pub fn uses_of(&self, columns: &[ColumnId], kind: UseKind) -> Vec<&super::graph::Use> {
        let columns: std::collections::HashSet<ColumnId> = columns.iter().copied().collect();
        let datasets: std::collections::HashSet<u32> =
            columns.iter().map(|column| column.dataset).collect();
        let uses = self.uses.iter().filter(|one| {
            one.kind == kind
                && (one.columns.iter().any(|column| columns.contains(column))
                    || one
                        .datasets
                        .iter()
                        .any(|dataset| datasets.contains(dataset)))
        });
        uses.collect()
    }

    /// Returns the steps from a column in one direction.
    pub fn hops(&self, readers: &Readers, column: ColumnId, direction: Direction) -> Vec<Hop> {
        match direction {
            Direction::Up => self
                .inputs(column)
                .map(|(edge, is_of_rows)| Hop {
                    column: edge.source,
                    kind: edge.kind,
                    is_of_rows,
                })
                .collect(),
            Direction::Down => {
                let own = readers.of(column).iter().map(|(reader, kind)| Hop {
                    column: *reader,
                    kind: *kind,
                    is_of_rows: false,
                });
                let rows = readers.rows_of(column).iter().flat_map(|(dataset, kind)| {
                    self.columns_of(*dataset).map(|column| Hop {
                        column,
                        kind: *kind,
                        is_of_rows: true,
                    })
                });
                own.chain(rows).collect()
            }
        }
    }
}
