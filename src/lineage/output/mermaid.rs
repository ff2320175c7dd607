//! Lineage as a Mermaid flowchart: a box a table, a node a column.

use std::fmt::Write as _;

use super::table_name;
use crate::lineage::graph::{ColumnId, LineageGraph};
use crate::lineage::walk::Part;

/// Draws part of a graph.
pub fn mermaid(graph: &LineageGraph, part: &Part) -> String {
    let mut columns: Vec<ColumnId> = part.columns.iter().copied().collect();
    columns.sort_unstable();
    let mut out = "flowchart LR\n".to_owned();
    for table in columns.chunk_by(|one, other| one.dataset == other.dataset) {
        let number = table[0].dataset;
        let dataset = &graph.datasets[number as usize];
        let _ = writeln!(
            out,
            "  subgraph t{number}[\"{}\"]",
            escaped(table_name(&dataset.id))
        );
        for column in table {
            let name = escaped(&graph.column(*column).name);
            let _ = writeln!(out, "    {}[\"{name}\"]", id(*column));
        }
        let has_rows = part.datasets.contains(&number) && !dataset.rows.is_empty();
        if has_rows {
            let _ = writeln!(out, "    t{number}rows([\"rows\"])");
        }
        out.push_str("  end\n");
    }
    for column in &columns {
        for edge in &graph.column(*column).inputs {
            if part.columns.contains(&edge.source) {
                let arrow = if edge.kind.is_direct() { "-->" } else { "-.->" };
                let kind = edge.kind.as_str();
                let _ = writeln!(out, "  {} {arrow}|{kind}| {}", id(edge.source), id(*column));
            }
        }
    }
    for number in &part.datasets {
        for edge in &graph.datasets[*number as usize].rows {
            if part.columns.contains(&edge.source) {
                let (source, kind) = (id(edge.source), edge.kind.as_str());
                let _ = writeln!(out, "  {source} -.->|{kind}| t{number}rows");
            }
        }
    }
    out
}

fn id(column: ColumnId) -> String {
    format!("t{}c{}", column.dataset, column.column)
}

fn escaped(name: &str) -> String {
    name.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}
