//! `lineage.json`: a project's lineage for other tools.
//!
//! Tables, columns and kinds are named once and referred to by their places, so
//! that a project of hundreds of thousands of columns stays a file of a few
//! megabytes. The README tells what the keys mean; [`LINEAGE_VERSION`] changes
//! when a reader of the old form could not read the new one.

use std::io::{self, Write};

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};

use crate::lineage::edge::EdgeKind;
use crate::lineage::graph::{ColumnId, Edge, LineageGraph, UseKind};
use crate::lineage::walk::Part;

/// The version of the file's form.
pub const LINEAGE_VERSION: u32 = 1;

/// What the file says of itself.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    pub generated_at: String,
    pub invocation_id: String,
    pub project_name: String,
}

/// Writes part of a graph, a table a line.
pub fn write_json(
    out: &mut dyn Write,
    graph: &LineageGraph,
    part: &Part,
    metadata: &Metadata,
) -> io::Result<()> {
    let kinds: Vec<&str> = EdgeKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let metadata = json!({
        "lineage_version": LINEAGE_VERSION,
        "hcdbt_version": env!("CARGO_PKG_VERSION"),
        "generated_at": metadata.generated_at,
        "invocation_id": metadata.invocation_id,
        "project_name": metadata.project_name,
    });
    let tables = Tables::new(graph, part);
    writeln!(out, "{{\"metadata\":{metadata},\"kinds\":{},", json!(kinds))?;
    write!(out, "\"tables\":[")?;
    for (i, number) in tables.numbers.iter().enumerate() {
        let separator = if i == 0 { "" } else { "," };
        writeln!(out, "{separator}")?;
        serde_json::to_writer(&mut *out, &tables.table(*number))?;
    }
    write!(out, "],\n\"uses\":[")?;
    for (i, one) in tables.uses().enumerate() {
        let separator = if i == 0 { "" } else { "," };
        write!(out, "{separator}\n{one}")?;
    }
    writeln!(out, "]}}")
}

/// An edge: table, column, kind, and the beginnings and ends of expressions.
type Numbers = Vec<u32>;

/// What is written of a table.
#[derive(Serialize)]
struct Table<'g> {
    id: &'g str,
    columns: Vec<&'g str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<Vec<Numbers>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<Numbers>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    gaps: IndexMap<usize, &'g str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_gap: Option<&'g str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more_columns: bool,
}

/// The tables and columns that are written, and their places there.
struct Tables<'g> {
    graph: &'g LineageGraph,
    part: &'g Part,
    /// The tables that are written, in the graph's order.
    numbers: Vec<u32>,
    /// By number of a table: its place, and those of its columns.
    places: Vec<Option<(u32, Vec<Option<u32>>)>>,
}

impl<'g> Tables<'g> {
    fn new(graph: &'g LineageGraph, part: &'g Part) -> Self {
        let mut numbers: Vec<u32> = part.columns.iter().map(|column| column.dataset).collect();
        numbers.extend(&part.datasets);
        numbers.sort_unstable();
        numbers.dedup();
        let mut places = vec![None; graph.datasets.len()];
        for (place, number) in numbers.iter().enumerate() {
            let mut next = 0;
            let columns = graph.columns_of(*number).map(|column| {
                part.columns.contains(&column).then(|| {
                    next += 1;
                    next - 1
                })
            });
            places[*number as usize] = Some((place as u32, columns.collect()));
        }
        Self {
            graph,
            part,
            numbers,
            places,
        }
    }

    fn place(&self, column: ColumnId) -> Option<(u32, u32)> {
        let (table, columns) = self.places[column.dataset as usize].as_ref()?;
        Some((*table, columns[column.column as usize]?))
    }

    fn table(&self, number: u32) -> Table<'g> {
        let dataset = &self.graph.datasets[number as usize];
        let (_, places) = self.places[number as usize]
            .as_ref()
            .expect("tables that are written have places");
        let written = dataset.columns.iter().zip(places);
        let written = written.filter(|(_, place)| place.is_some());
        let is_followed = self.part.datasets.contains(&number);
        let mut table = Table {
            id: &dataset.id,
            columns: Vec::new(),
            inputs: Vec::new(),
            rows: Vec::new(),
            gaps: IndexMap::new(),
            rows_gap: None,
            more_columns: !dataset.is_whole && is_followed,
        };
        for (i, (column, _)) in written.enumerate() {
            table.columns.push(&column.name);
            table.inputs.push(self.edges(&column.inputs));
            if let Some(gap) = &column.gap {
                table.gaps.insert(i, gap);
            }
        }
        while table.inputs.last().is_some_and(Vec::is_empty) {
            table.inputs.pop();
        }
        if is_followed {
            table.rows = self.edges(&dataset.rows);
            table.rows_gap = dataset.rows_gap.as_deref();
        }
        table
    }

    fn edges(&self, edges: &[Edge]) -> Vec<Numbers> {
        let edges = edges.iter().filter_map(|edge| {
            let (table, column) = self.place(edge.source)?;
            let places = edge
                .places
                .iter()
                .flat_map(|place| [place.start, place.end]);
            let first = [table, column, edge.kind as u32].into_iter();
            Some(first.chain(places).collect())
        });
        edges.collect()
    }

    fn uses(&self) -> impl Iterator<Item = Value> + '_ {
        self.graph.uses.iter().filter_map(|one| {
            let columns = one.columns.iter().filter_map(|column| self.place(*column));
            let columns: Vec<(u32, u32)> = columns.collect();
            let tables = one.datasets.iter().filter_map(|number| {
                let place = self.places[*number as usize].as_ref()?;
                Some(place.0)
            });
            let tables: Vec<u32> = tables.collect();
            if columns.is_empty() && tables.is_empty() {
                return None;
            }
            let kind = match one.kind {
                UseKind::Exposure => "exposure",
                UseKind::Test => "test",
            };
            Some(json!({"id": &*one.id, "kind": kind, "columns": columns, "tables": tables}))
        })
    }
}
