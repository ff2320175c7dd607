//! What every column of a project tells about patients.
//!
//! A class goes along every edge of the lineage. What decides about rows goes
//! along too, by these rules:
//!
//! * Rows that were picked by a written value (`where ssn = '...'`) tell that
//!   value: everything made of them does, in all tables downstream. Of what
//!   belongs to one person (all but dates, ages and places) a range picks, too.
//! * A value that is made of rows put in order by what belongs to one person
//!   (`row_number() over (order by ssn)`) is made of it.
//! * Other filters, join keys, group keys, order and windows are told in the
//!   report, and tell no value: a key that is a column of its own has a direct
//!   edge beside.
//!
//! Where the lineage does not know what a column is made of, it is made of
//! everything that its table reads. What a hook writes into a table goes into
//! all of its columns.

use std::collections::HashSet;
use std::sync::Arc;

use super::beside::Beside;
use super::class::{Class, Fact, Level};
use super::declared::Declared;
use super::transform::Transforms;
use crate::lineage::{ColumnId, Edge, EdgeKind, LineageGraph, Told};

/// The classes of a project's columns.
#[derive(Debug)]
pub struct Classes {
    /// By table and column.
    columns: Vec<Vec<Class>>,
    /// By table: what its rows tell.
    rows: Vec<Class>,
    /// By table: what columns may tell that nobody knows of.
    unlisted: Vec<Class>,
    /// By table: what it reads.
    pub reads: Vec<Vec<u32>>,
    /// By table: what hooks and the like write into it.
    pub beside: Vec<Vec<u32>>,
}

impl Classes {
    pub fn of(&self, column: ColumnId) -> Class {
        self.columns[column.dataset as usize][column.column as usize]
    }

    /// Returns what the rows of a table tell.
    pub fn of_rows(&self, dataset: u32) -> Class {
        self.rows[dataset as usize]
    }

    /// Returns what columns of a table may tell that the lineage does not list.
    pub fn of_unlisted(&self, dataset: u32) -> Class {
        self.unlisted[dataset as usize]
    }

    /// Returns everything that a table tells.
    pub fn of_table(&self, dataset: u32) -> Class {
        let dataset = dataset as usize;
        let columns = self.columns[dataset].iter();
        columns.fold(self.unlisted[dataset], |all, class| all.or(*class))
    }
}

/// Follows what is declared through the lineage. `reads` are the tables that a
/// node reads, by the project's word.
pub fn propagate(
    graph: &LineageGraph,
    declared: &Declared,
    transforms: &Transforms,
    reads: &dyn Fn(&str) -> Vec<Arc<str>>,
    beside: &[Beside],
) -> Classes {
    let mut classes = Classes {
        columns: Vec::with_capacity(graph.datasets.len()),
        rows: vec![Class::default(); graph.datasets.len()],
        unlisted: vec![Class::default(); graph.datasets.len()],
        reads: all_reads(graph, reads),
        beside: all_beside(graph, beside),
    };
    for dataset in &graph.datasets {
        let columns = dataset.columns.iter().map(|column| {
            let mut class = Class::default();
            let declaration = declared.of_column(&dataset.id, &column.name);
            for kind in declaration
                .iter()
                .flat_map(|declaration| &declaration.kinds)
            {
                class.add(*kind, Level::Plain);
            }
            class
        });
        classes.columns.push(columns.collect());
    }
    // Tables come after what they read, but for those that read themselves.
    while round(graph, transforms, &mut classes) {}
    classes
}

fn round(graph: &LineageGraph, transforms: &Transforms, classes: &mut Classes) -> bool {
    let mut has_changed = false;
    for (i, dataset) in graph.datasets.iter().enumerate() {
        let number = i as u32;
        let mut rows = classes.rows[i];
        let mut everything = None;
        for read in &classes.reads[i] {
            rows = rows.or(classes.rows[*read as usize]);
        }
        for edge in &dataset.rows {
            rows = rows.or(through(edge, classes.of(edge.source), transforms));
        }
        // A table without anything beside gets nothing of it.
        let written = all_of(&classes.beside[i], classes);
        has_changed |= rows != classes.rows[i];
        classes.rows[i] = rows;
        for (j, column) in dataset.columns.iter().enumerate() {
            let before = classes.columns[i][j];
            let mut class = before.or(written);
            for edge in &column.inputs {
                class = class.or(through(edge, classes.of(edge.source), transforms));
            }
            if column.gap.is_some() {
                class = class.or(*everything.get_or_insert_with(|| all_read(number, classes)));
            }
            if class != before {
                classes.columns[i][j] = class;
                has_changed = true;
            }
        }
        if graph.unlisted(number).is_some() {
            let all = *everything.get_or_insert_with(|| all_read(number, classes));
            let all = all.or(written);
            has_changed |= all != classes.unlisted[i];
            classes.unlisted[i] = all;
        }
    }
    has_changed
}

/// Everything that a table reads, made into something else.
fn all_read(dataset: u32, classes: &Classes) -> Class {
    all_of(&classes.reads[dataset as usize], classes)
}

fn all_of(tables: &[u32], classes: &Classes) -> Class {
    let all = tables.iter().fold(Class::default(), |all, table| {
        all.or(classes.of_table(*table))
    });
    all.made()
}

/// What a class becomes along an edge.
pub fn through(edge: &Edge, class: Class, transforms: &Transforms) -> Class {
    if class.is_empty() {
        return class;
    }
    let left = transforms.apply(edge.mark.passed, class.of_values());
    if edge.kind.is_direct() {
        let left = if edge.mark.is_made { left.made() } else { left };
        // That rows were picked is told by whatever is made of them.
        return left.or(class.of_rows());
    }
    if edge.mark.is_order {
        return decided(left, Level::Made, |(kind, _)| kind.is_of_person());
    }
    let is_condition = matches!(edge.kind, EdgeKind::Filter | EdgeKind::JoinKey);
    let compared = if is_condition {
        edge.mark.compared
    } else {
        Told::Nothing
    };
    decided(left, Level::Picked, |fact| is_told(compared, fact))
}

/// What something that only decides tells: in a form where a test says so.
fn decided(class: Class, level: Level, test: impl Fn(Fact) -> bool) -> Class {
    let mut decided = Class::default();
    for fact in class.facts() {
        // A hash, or a shifted date, tells its value to nobody.
        let is_open = matches!(fact.1, Level::Plain | Level::Made);
        let is_told = is_open && test(fact);
        decided.add(fact.0, if is_told { level } else { Level::Touched });
    }
    decided
}

fn is_told(compared: Told, (kind, _): Fact) -> bool {
    match compared {
        Told::Nothing => false,
        Told::Range => kind.is_of_person(),
        Told::Value => true,
    }
}

fn all_reads(graph: &LineageGraph, reads: &dyn Fn(&str) -> Vec<Arc<str>>) -> Vec<Vec<u32>> {
    let all = graph.datasets.iter().enumerate().map(|(i, dataset)| {
        let told = reads(&dataset.id);
        let told = told.iter().filter_map(|id| graph.number(id));
        let columns = dataset.columns.iter().flat_map(|column| &column.inputs);
        let edges = columns.chain(&dataset.rows).map(|edge| edge.source.dataset);
        let mut seen = HashSet::new();
        let all = told.chain(edges);
        all.filter(|read| *read != i as u32 && seen.insert(*read))
            .collect()
    });
    all.collect()
}

fn all_beside(graph: &LineageGraph, beside: &[Beside]) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new(); graph.datasets.len()];
    for written in beside {
        if let Some(target) = graph.number(&written.target) {
            let reads = written.reads.iter().filter_map(|id| graph.number(id));
            all[target as usize].extend(reads);
        }
    }
    all
}
