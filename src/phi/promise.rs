//! Promises, and how they are broken.

use super::class::{Class, Fact, Level};
use super::declared::{Declared, Promise, Strength};
use super::propagate::Classes;
use super::settings::Settings;
use crate::lineage::{ColumnId, LineageGraph};

/// A promise that does not hold.
#[derive(Debug, Clone)]
pub struct Broken<'p> {
    pub promise: &'p Promise,
    pub part: Part,
    /// What must not be there, the worst first.
    pub facts: Vec<Fact>,
}

/// What of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    Column(ColumnId),
    /// The rows of a table.
    Rows(u32),
    /// Columns of a table that nobody knows of.
    Unlisted(u32),
}

impl Part {
    /// Returns the number of the table.
    pub fn table(self) -> u32 {
        match self {
            Self::Column(id) => id.dataset,
            Self::Rows(table) | Self::Unlisted(table) => table,
        }
    }
}

/// Returns every promise that is broken, in their order.
pub fn broken<'p>(
    graph: &LineageGraph,
    declared: &'p Declared,
    classes: &Classes,
    settings: &Settings,
) -> Vec<Broken<'p>> {
    let mut all = Vec::new();
    for promise in &declared.promises {
        for table in &promise.tables {
            let Some(number) = graph.number(table) else {
                continue;
            };
            for (part, class) in parts(graph, classes, number, promise.column.as_deref()) {
                let facts: Vec<Fact> = class
                    .facts()
                    .filter(|fact| breaks(*fact, promise.strength, settings))
                    .collect();
                if !facts.is_empty() {
                    all.push(Broken {
                        promise,
                        part,
                        facts,
                    });
                }
            }
        }
    }
    all
}

fn parts(
    graph: &LineageGraph,
    classes: &Classes,
    number: u32,
    column: Option<&str>,
) -> Vec<(Part, Class)> {
    let dataset = &graph.datasets[number as usize];
    let id = |place: u32| ColumnId {
        dataset: number,
        column: place,
    };
    let columns = match column {
        Some(column) => dataset.place(column).into_iter().collect(),
        None => (0..dataset.columns.len() as u32).collect::<Vec<u32>>(),
    };
    let columns = columns.into_iter().map(|place| {
        let column = id(place);
        (Part::Column(column), classes.of(column))
    });
    let rows = (Part::Rows(number), classes.of_rows(number));
    let unlisted = (Part::Unlisted(number), classes.of_unlisted(number));
    let is_whole = column.is_none();
    let more = [rows, unlisted].into_iter().filter(|_| is_whole);
    columns.chain(more).collect()
}

/// Tells whether something may not be where this much was promised.
pub fn breaks((_, level): Fact, strength: Strength, settings: &Settings) -> bool {
    match level {
        Level::Plain | Level::Made | Level::Picked => true,
        Level::Hashed => strength == Strength::None,
        Level::Shifted => strength == Strength::None && settings.breaks_on_shifted_dates,
        Level::Touched => strength == Strength::None && settings.breaks_on_indirect,
    }
}
