//! Where columns come from, in the form that the page reads.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::lineage::{DatasetLineage, Edge, EdgeKind, LineageGraph};

#[cfg(test)]
mod tests;

/// Texts longer than this are cut: nobody reads them in a line.
const LONGEST_EXPRESSION: usize = 400;

/// A node's columns and where they come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct NodeLineage {
    pub columns: Vec<String>,
    pub lineage: Vec<ColumnLineage>,
    /// What decides about the node's rows, and so goes into every column.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Input>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ColumnLineage {
    /// The place in `columns`.
    pub column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    pub from: Vec<Input>,
    /// Why this is not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Input {
    /// The node, as a position.
    pub node: u32,
    pub column: String,
    pub kind: &'static str,
    /// The condition, key or window by which it decides; what makes a value is told once for
    /// the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// The lines of the reader's compiled SQL where it is made into the column, from 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<u32>,
}

/// The lineage of a project, with the compiled SQL that its places are in.
pub struct Columns<'a> {
    pub graph: &'a LineageGraph,
    pub texts: &'a HashMap<Arc<str>, Arc<str>>,
}

/// The lineage of the page's nodes. Written out it is larger than all else that the page
/// holds, so each node's is made when it is written.
pub(super) struct Lineage<'a> {
    columns: &'a Columns<'a>,
    /// By number of a table: the position of its node.
    positions: Vec<Option<u32>>,
    /// By position of a node: the number of its table.
    tables: Vec<Option<u32>>,
}

impl<'a> Lineage<'a> {
    /// Finds the tables of nodes, whose ids come in the order of their positions.
    pub fn new<'i>(columns: &'a Columns<'a>, ids: impl Iterator<Item = &'i str>) -> Self {
        let mut positions = vec![None; columns.graph.datasets.len()];
        let tables = (0u32..).zip(ids).map(|(position, id)| {
            let number = columns.graph.number(id)?;
            positions[number as usize] = Some(position);
            Some(number)
        });
        Self {
            tables: tables.collect(),
            columns,
            positions,
        }
    }

    /// Returns the lineage of every node, to be written.
    pub fn nodes(&self) -> Vec<OfNode<'_>> {
        let tables = self.tables.iter();
        tables
            .map(|table| OfNode {
                lineage: self,
                table: *table,
            })
            .collect()
    }

    /// Returns the table of a node, as far as its columns are known.
    pub fn table(&self, position: usize) -> Option<&'a DatasetLineage> {
        let number = self.tables[position]?;
        Some(&self.columns.graph.datasets[number as usize])
    }

    /// Tells whether anything is known of where a node's columns come from.
    pub fn tells_of(&self, position: usize) -> bool {
        let columns = self.table(position).map_or(&[][..], |table| &table.columns);
        columns.iter().any(|column| {
            let mut inputs = column.inputs.iter();
            column.gap.is_some() || inputs.any(|edge| self.position(edge).is_some())
        })
    }

    /// Returns the position of the node that an edge comes from.
    fn position(&self, edge: &Edge) -> Option<u32> {
        self.positions[edge.source.dataset as usize]
    }

    fn node(&self, dataset: &DatasetLineage) -> NodeLineage {
        let sql = self.columns.texts.get(&dataset.id).map_or("", |sql| &**sql);
        let starts = line_starts(sql);
        let input = |edge: &Edge| {
            Some(Input {
                node: self.position(edge)?,
                column: self.columns.graph.column(edge.source).name.to_string(),
                kind: edge.kind.as_str(),
                expression: (!edge.kind.is_direct())
                    .then(|| expression([edge].into_iter(), sql))
                    .flatten(),
                lines: lines(edge, sql, &starts),
            })
        };
        let lineage = dataset
            .columns
            .iter()
            .enumerate()
            .filter_map(|(i, column)| {
                let from: Vec<Input> = column.inputs.iter().filter_map(input).collect();
                let gap = column.gap.as_deref().map(str::to_owned);
                (!from.is_empty() || gap.is_some()).then(|| ColumnLineage {
                    column: i as u32,
                    expression: expression(
                        column
                            .inputs
                            .iter()
                            .filter(|edge| edge.kind.is_direct() && edge.kind > EdgeKind::Rename),
                        sql,
                    ),
                    from,
                    gap,
                })
            });
        NodeLineage {
            columns: dataset.columns.iter().map(|c| c.name.to_string()).collect(),
            lineage: lineage.collect(),
            rows: dataset.rows.iter().filter_map(input).collect(),
        }
    }
}

/// A node's lineage, which is made when it is written.
#[derive(Clone, Copy)]
pub(super) struct OfNode<'l> {
    lineage: &'l Lineage<'l>,
    table: Option<u32>,
}

impl OfNode<'_> {
    /// Makes it; none where nothing is known.
    fn made(&self) -> Option<NodeLineage> {
        let datasets = &self.lineage.columns.graph.datasets;
        let dataset = &datasets[self.table? as usize];
        Some(self.lineage.node(dataset))
    }
}

impl Serialize for OfNode<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.made().serialize(serializer)
    }
}

/// Returns the expression at the end of the ways of some edges, in one line.
fn expression<'e>(edges: impl Iterator<Item = &'e Edge>, sql: &str) -> Option<String> {
    let last = edges.filter_map(|edge| edge.places.last());
    let place = last.max_by_key(|place| place.len())?;
    let text = sql.get(place.start as usize..place.end as usize)?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut text = words.join(" ");
    if let Some((at, _)) = text.char_indices().nth(LONGEST_EXPRESSION) {
        text.truncate(at);
        text.push('…');
    }
    (!text.is_empty()).then_some(text)
}

fn lines(edge: &Edge, sql: &str, starts: &[usize]) -> Vec<u32> {
    let mut lines = Vec::new();
    for place in &edge.places {
        let end = (place.end as usize).min(sql.len()).saturating_sub(1);
        let first = line_of(place.start as usize, starts);
        let last = line_of(end.max(place.start as usize), starts);
        lines.extend(first..=last);
    }
    lines.sort_unstable();
    lines.dedup();
    lines
}

fn line_starts(sql: &str) -> Vec<usize> {
    let ends = sql.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).collect()
}

fn line_of(at: usize, starts: &[usize]) -> u32 {
    starts.partition_point(|start| *start <= at) as u32
}
