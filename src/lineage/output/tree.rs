//! The lineage of columns as an indented text.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use foldhash::fast::RandomState;
use foldhash::{HashSet, HashSetExt};
use indexmap::IndexSet;

use super::column_name;
use crate::lineage::graph::{ColumnId, Edge, LineageGraph};
use crate::lineage::walk::{Direction, Readers};

/// The compiled SQL of tables, by id: expressions are shown from it.
pub type Texts = HashMap<Arc<str>, Arc<str>>;

/// Longer expressions are cut.
const WIDEST: usize = 60;

struct Drawing<'g> {
    graph: &'g LineageGraph,
    readers: &'g Readers,
    texts: &'g Texts,
    depth: Option<usize>,
    seen: HashSet<ColumnId>,
    /// The tables whose rows matter, in the order in which they are met.
    tables: IndexSet<u32, RandomState>,
    out: String,
}

/// Draws where columns come from, or what they go into.
pub fn tree(
    graph: &LineageGraph,
    readers: &Readers,
    texts: &Texts,
    from: &[ColumnId],
    direction: Direction,
    depth: Option<usize>,
) -> String {
    let mut drawing = Drawing {
        graph,
        readers,
        texts,
        depth,
        seen: HashSet::new(),
        tables: IndexSet::default(),
        out: String::new(),
    };
    for column in from {
        let _ = writeln!(drawing.out, "{}", column_name(graph, *column));
        match direction {
            Direction::Up => drawing.up(*column, 1),
            Direction::Down => drawing.down(*column, 1),
        }
    }
    if direction == Direction::Up {
        drawing.rows();
    }
    drawing.out
}

impl Drawing<'_> {
    fn is_deep_enough(&self, level: usize) -> bool {
        self.depth.is_some_and(|depth| level > depth)
    }

    fn up(&mut self, column: ColumnId, level: usize) {
        if self.is_deep_enough(level) {
            return;
        }
        self.tables.insert(column.dataset);
        let graph = self.graph;
        let own = graph.column(column);
        let indent = "  ".repeat(level);
        for edge in &own.inputs {
            let kind = edge.kind.as_str();
            let name = column_name(graph, edge.source);
            let is_new = self.seen.insert(edge.source);
            let mut line = format!("{indent}{kind} {name}");
            if let Some(text) = self.expression(column.dataset, edge) {
                let _ = write!(line, "  [{text}]");
            }
            let goes_on = !graph.column(edge.source).inputs.is_empty();
            if !is_new && goes_on && !self.is_deep_enough(level + 1) {
                line.push_str("  (see above)");
            }
            let _ = writeln!(self.out, "{line}");
            if is_new {
                self.up(edge.source, level + 1);
            }
        }
        if let Some(gap) = &own.gap {
            let _ = writeln!(self.out, "{indent}unknown: {gap}");
        }
    }

    fn down(&mut self, column: ColumnId, level: usize) {
        if self.is_deep_enough(level) {
            return;
        }
        let graph = self.graph;
        let indent = "  ".repeat(level);
        for (reader, kind) in self.readers.of(column) {
            let name = column_name(graph, *reader);
            let is_new = self.seen.insert(*reader);
            let _ = writeln!(self.out, "{indent}{} {name}", kind.as_str());
            if is_new {
                self.down(*reader, level + 1);
            }
        }
        for (dataset, kind) in self.readers.rows_of(column) {
            let table = super::table_name(&graph.datasets[*dataset as usize].id);
            let _ = writeln!(self.out, "{indent}{} rows of {table}", kind.as_str());
        }
    }

    /// Tells once for each table what decides about its rows.
    fn rows(&mut self) {
        let graph = self.graph;
        for number in std::mem::take(&mut self.tables) {
            let table = &graph.datasets[number as usize];
            if table.rows.is_empty() && table.rows_gap.is_none() {
                continue;
            }
            let _ = writeln!(self.out, "rows of {}", super::table_name(&table.id));
            for edge in &table.rows {
                let name = column_name(graph, edge.source);
                let text = self.expression(number, edge);
                let text = text.map(|text| format!("  [{text}]")).unwrap_or_default();
                let _ = writeln!(self.out, "  {} {name}{text}", edge.kind.as_str());
            }
            if let Some(gap) = &table.rows_gap {
                let _ = writeln!(self.out, "  unknown: {gap}");
            }
        }
    }

    /// Returns the expressions that an edge goes through, the last one first.
    fn expression(&self, dataset: u32, edge: &Edge) -> Option<String> {
        let sql = self.texts.get(&self.graph.datasets[dataset as usize].id)?;
        let texts = edge.places.iter().rev().filter_map(|place| {
            let text = sql.get(place.start as usize..place.end as usize)?;
            let text: Vec<&str> = text.split_whitespace().collect();
            Some(shortened(&text.join(" ")))
        });
        let texts: Vec<String> = texts.collect();
        (!texts.is_empty()).then(|| texts.join("  <-  "))
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(WIDEST - 3).collect();
    format!("{start}...")
}
