//! The lineage of a project: tables with columns, and the edges between them.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use foldhash::HashMap;

use super::edge::EdgeKind;
use super::passage::Mark;
use crate::sql::tree::Name;

/// Every column of a project, and where it comes from. Parents come before
/// those that read them.
#[derive(Debug, Clone, Default)]
pub struct LineageGraph {
    pub datasets: Vec<DatasetLineage>,
    /// What uses tables without being one, in the manifest's order.
    pub uses: Vec<Use>,
    numbers: HashMap<Arc<str>, u32>,
}

/// A model, seed, snapshot or source, or a table outside of the project.
#[derive(Debug, Clone)]
pub struct DatasetLineage {
    /// The node's unique id; for a table outside of the project its name as
    /// queries write it.
    pub id: Arc<str>,
    /// Whether the project knows it.
    pub is_node: bool,
    pub columns: Vec<ColumnLineage>,
    /// What decides about its rows: it goes into every column.
    pub rows: Vec<Edge>,
    /// Why not everything that decides about its rows is known.
    pub rows_gap: Option<Arc<str>>,
    /// Whether all its columns are known.
    pub is_whole: bool,
    /// Tables whose columns are not known and are all columns of this one too.
    pub(super) open: Vec<OpenDataset>,
    /// Places in `columns`, one for each name, in the order of the names without regard to
    /// how they are capitalised.
    places: Vec<u32>,
}

#[derive(Debug, Clone)]
pub struct ColumnLineage {
    pub name: Name,
    /// What goes into this column by itself.
    pub inputs: Vec<Edge>,
    /// Why the inputs are not all there is; none when they are.
    pub gap: Option<Arc<str>>,
    /// Whether somebody reads it although its table has no such column.
    pub is_missing: bool,
}

/// A column that goes into another one, or decides about rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    pub source: ColumnId,
    pub kind: EdgeKind,
    /// What was recognised on the way, where somebody asked for it.
    pub mark: Mark,
    /// The expressions that it goes through, as bytes of the reader's compiled
    /// SQL, from the source on.
    pub places: Box<[Range<u32>]>,
}

/// A column, by the numbers of its table and of itself within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId {
    pub dataset: u32,
    pub column: u32,
}

/// An exposure or a test.
#[derive(Debug, Clone)]
pub struct Use {
    pub id: Arc<str>,
    pub kind: UseKind,
    /// The columns that it looks at.
    pub columns: Vec<ColumnId>,
    /// The tables that it looks at as a whole.
    pub datasets: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseKind {
    Exposure,
    Test,
}

#[derive(Debug, Clone)]
pub(super) struct OpenDataset {
    pub dataset: Option<u32>,
    pub hidden: Vec<String>,
    pub gap: Option<Arc<str>>,
    /// What goes into each of its columns, where that is the same for all.
    pub made: Option<Vec<Edge>>,
}

impl LineageGraph {
    /// Returns the number of a table, none when it is not in the graph.
    pub fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// Returns a table by its id.
    pub fn dataset(&self, id: &str) -> Option<&DatasetLineage> {
        Some(&self.datasets[self.number(id)? as usize])
    }

    /// Finds a column, however its name is capitalised.
    pub fn column_id(&self, dataset: &str, column: &str) -> Option<ColumnId> {
        let dataset = self.number(dataset)?;
        let column = self.datasets[dataset as usize].place(column)?;
        Some(ColumnId { dataset, column })
    }

    /// Returns the table of a column.
    pub fn table_of(&self, id: ColumnId) -> &DatasetLineage {
        &self.datasets[id.dataset as usize]
    }

    /// Returns a column.
    pub fn column(&self, id: ColumnId) -> &ColumnLineage {
        &self.table_of(id).columns[id.column as usize]
    }

    /// Returns every column, table by table.
    pub fn columns(&self) -> impl Iterator<Item = (ColumnId, &ColumnLineage)> {
        self.datasets.iter().enumerate().flat_map(|(i, dataset)| {
            dataset.columns.iter().enumerate().map(move |(j, column)| {
                let id = ColumnId {
                    dataset: i as u32,
                    column: j as u32,
                };
                (id, column)
            })
        })
    }

    /// Adds the columns that somebody has told of to tables whose columns are
    /// not all known, and from them on to those that have all columns of theirs.
    pub fn add_told<'c>(&mut self, told: impl IntoIterator<Item = (&'c str, &'c str)>) {
        for (dataset, column) in told {
            if let Some(number) = self.number(dataset)
                && !self.datasets[number as usize].is_whole
            {
                self.read_column(number, column);
            }
        }
        for number in 0..self.datasets.len() as u32 {
            let open = self.datasets[number as usize].open.clone();
            for open in open {
                let Some(dataset) = open.dataset.filter(|dataset| *dataset != number) else {
                    continue;
                };
                let columns = self.datasets[dataset as usize].columns.iter();
                let names: Vec<Name> = columns.map(|column| column.name.clone()).collect();
                for name in names {
                    if !open.hidden.contains(&name.to_ascii_lowercase()) {
                        self.read_column(number, &name);
                    }
                }
            }
        }
    }

    /// Returns why a table may have columns of unknown origin that are not in
    /// the graph.
    pub fn unlisted(&self, dataset: u32) -> Option<&str> {
        let mut seen = HashSet::new();
        let mut waiting = vec![dataset];
        while let Some(number) = waiting.pop() {
            if !seen.insert(number) {
                continue;
            }
            for open in &self.datasets[number as usize].open {
                if let Some(gap) = &open.gap {
                    return Some(gap);
                }
                match open.dataset {
                    Some(dataset) => waiting.push(dataset),
                    None => return Some("its columns are not known"),
                }
            }
        }
        None
    }

    /// Adds a table without columns, or returns the number of the one that is
    /// there.
    pub(super) fn add(&mut self, id: &Arc<str>, is_node: bool) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = self.datasets.len() as u32;
        self.numbers.insert(Arc::clone(id), number);
        self.datasets.push(DatasetLineage {
            id: Arc::clone(id),
            is_node,
            columns: Vec::new(),
            rows: Vec::new(),
            rows_gap: None,
            is_whole: false,
            open: Vec::new(),
            places: Vec::new(),
        });
        number
    }

    /// Finds a column of a table that somebody reads. Where the table's columns
    /// are not known it is one of them from now on.
    pub(super) fn read_column(&mut self, dataset: u32, name: &str) -> ColumnId {
        let table = &self.datasets[dataset as usize];
        if let Some(column) = table.place(name) {
            return ColumnId { dataset, column };
        }
        let lower = name.to_ascii_lowercase();
        let is_open_for = |open: &&OpenDataset| !open.hidden.contains(&lower);
        let open: Vec<OpenDataset> = table.open.iter().filter(is_open_for).cloned().collect();
        let mut column = ColumnLineage {
            name: name.into(),
            inputs: Vec::new(),
            gap: None,
            is_missing: false,
        };
        match open.as_slice() {
            [] if table.is_whole || !table.open.is_empty() => {
                column.gap = Some(format!("`{}` has no such column", table.id).into());
                column.is_missing = table.is_whole;
            }
            [] => {}
            [one] if one.made.is_some() => column.inputs = one.made.clone().unwrap_or_default(),
            [one] => {
                column.gap.clone_from(&one.gap);
                if let Some(source) = one.dataset.filter(|source| *source != dataset) {
                    let source = self.read_column(source, name);
                    column.inputs.push(Edge {
                        source,
                        kind: EdgeKind::Copy,
                        mark: Mark::default(),
                        places: Box::default(),
                    });
                }
            }
            _ => column.gap = Some("it may be a column of several tables".into()),
        }
        let column = self.datasets[dataset as usize].push(column);
        ColumnId { dataset, column }
    }
}

impl DatasetLineage {
    /// Returns the place of a column, however its name is capitalised.
    pub fn place(&self, name: &str) -> Option<u32> {
        let at = self.find(name).ok()?;
        Some(self.places[at])
    }

    /// Finds a name among `places`, or where it would be.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.places
            .binary_search_by(|place| in_any_case(&self.columns[*place as usize].name, name))
    }

    /// Returns the columns that the table really has, as far as they are known.
    pub fn own_columns(&self) -> impl Iterator<Item = &ColumnLineage> {
        self.columns.iter().filter(|column| !column.is_missing)
    }

    /// Tells whether the table is known to have a column.
    pub fn has(&self, name: &str) -> bool {
        self.column(name).is_some_and(|column| !column.is_missing)
    }

    /// Finds a column, however its name is capitalised.
    pub fn column(&self, name: &str) -> Option<&ColumnLineage> {
        Some(&self.columns[self.place(name)? as usize])
    }

    pub(super) fn push(&mut self, column: ColumnLineage) -> u32 {
        let place = self.columns.len() as u32;
        if let Err(at) = self.find(&column.name) {
            self.places.insert(at, place);
        }
        self.columns.push(column);
        place
    }
}

/// Compares two names without regard to how they are capitalised.
fn in_any_case(left: &str, right: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    left.bytes().map(lower).cmp(right.bytes().map(lower))
}
