//! Blast radius: what a change does to each column, and what that reaches.
//!
//! Two versions of a query are compared by what they mean: where columns come
//! from and what is done to them, through all common table expressions. How a
//! query is laid out, and what its parts are called, makes no difference.

use std::sync::Arc;

use indexmap::IndexMap;

use super::project::{Meanings, Traced};
use super::reach::{Reach, Touched, reach};

/// What a change means to those who read, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The rows and values are those that they were.
    Cosmetic,
    /// There is something new.
    Additive,
    /// Rows or values may be others.
    ValueChanging,
    /// What there was is no more.
    Breaking,
}

impl Change {
    /// Returns the name in output and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cosmetic => "cosmetic",
            Self::Additive => "additive",
            Self::ValueChanging => "value-changing",
            Self::Breaking => "breaking",
        }
    }
}

/// What is known of a changed table beside its query.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub id: Arc<str>,
    /// What changes for all columns whatever the query says, and why: a seed's
    /// rows, another name in the database.
    pub whole: Option<(Change, &'static str)>,
    /// Columns whose declared types differ, by name in lower case: what they
    /// were, and what they are.
    pub types: IndexMap<String, (String, String)>,
}

/// What becomes of the project when the changes are made.
#[derive(Debug, Clone, Default)]
pub struct Impact {
    /// The changed tables, in the order of the candidates.
    pub changes: Vec<TableChange>,
    pub reach: Reach,
}

/// What a change does to a table.
#[derive(Debug, Clone)]
pub struct TableChange {
    pub id: Arc<str>,
    /// The most that any column has.
    pub change: Change,
    /// Why, where it concerns the table as a whole.
    pub why: Option<String>,
    /// The columns that are not as they were, in the table's order; those that
    /// are gone come last.
    pub columns: Vec<ColumnChange>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnChange {
    pub name: String,
    pub change: Change,
    pub why: String,
}

impl Impact {
    /// Returns the most that any table has, none when nothing has changed.
    pub fn change(&self) -> Option<Change> {
        self.changes.iter().map(|change| change.change).max()
    }
}

/// Judges the changes from one version of a project to another. `candidates`
/// are the tables that may have changed, new and removed ones among them.
pub fn impact(before: &Traced, now: &Traced, candidates: &[Candidate]) -> Impact {
    let changes: Vec<TableChange> = candidates
        .iter()
        .map(|candidate| table_change(before, now, candidate))
        .collect();
    let columns = |is_meant: fn(Change) -> bool| {
        let all = changes
            .iter()
            .flat_map(|table| table.columns.iter().map(move |column| (table, column)));
        let meant = all.filter(|(_, column)| is_meant(column.change));
        meant
            .map(|(table, column)| (Arc::clone(&table.id), column.name.clone()))
            .collect()
    };
    let touched = Touched {
        changed: columns(|change| change >= Change::ValueChanging),
        gone: columns(|change| change == Change::Breaking),
    };
    let reach = reach(&before.graph, &now.graph, &touched);
    Impact { changes, reach }
}

fn table_change(before: &Traced, now: &Traced, candidate: &Candidate) -> TableChange {
    let old = before.graph.dataset(&candidate.id);
    let new = now.graph.dataset(&candidate.id);
    let names = |dataset: &super::graph::DatasetLineage| -> Vec<String> {
        let columns = dataset.own_columns();
        columns.map(|column| column.name.to_string()).collect()
    };
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (None, new) => {
            let columns = new.map(names).unwrap_or_default();
            return uniform(candidate, columns, Change::Additive, "it is new");
        }
        (Some(old), None) => {
            return uniform(candidate, names(old), Change::Breaking, "it is gone");
        }
    };
    let whole = match candidate.whole {
        Some((Change::Breaking, why)) => {
            return uniform(candidate, names(old), Change::Breaking, why);
        }
        whole => whole,
    };
    let meanings = (
        before.meanings.get(&candidate.id),
        now.meanings.get(&candidate.id),
    );
    let rows = match (meanings, whole) {
        (_, Some((Change::ValueChanging, why))) => Some(why),
        ((Some(old), Some(new)), _) => (old.rows != new.rows).then_some("its rows are others"),
        ((None, None), _) => None,
        _ => Some("its query cannot be compared"),
    };
    let mut columns = Vec::new();
    for column in new.own_columns() {
        let name = column.name.to_string();
        let lower = name.to_ascii_lowercase();
        let Some(was) = old.column(&name).filter(|column| !column.is_missing) else {
            // A column that was not known by name may have been there.
            if old.is_whole {
                columns.push(changed(name, Change::Additive, "it is new".to_owned()));
            }
            continue;
        };
        if let Some((was, is)) = candidate.types.get(&lower) {
            let why = format!("its type was `{was}` and is `{is}`");
            columns.push(changed(name, Change::Breaking, why));
        } else if !is_same(meanings, &lower) {
            let is_known = column.gap.is_none() && was.gap.is_none();
            let why = if is_known {
                "its value is made another way"
            } else {
                "it cannot be traced, and the query is another one"
            };
            columns.push(changed(name, Change::ValueChanging, why.to_owned()));
        } else if let Some(why) = rows {
            columns.push(changed(name, Change::ValueChanging, why.to_owned()));
        }
    }
    for column in old.own_columns().filter(|_| new.is_whole) {
        if !new.has(&column.name) {
            let why = match renamed(meanings, old, new, &column.name) {
                Some(name) => format!("it is gone; `{name}` is made the same way"),
                None => "it is gone".to_owned(),
            };
            columns.push(changed(column.name.to_string(), Change::Breaking, why));
        }
    }
    let most = columns.iter().map(|column| column.change).max();
    let most = most.max(whole.map(|(change, _)| change));
    TableChange {
        id: Arc::clone(&candidate.id),
        change: most.unwrap_or(Change::Cosmetic),
        why: whole.map(|(_, why)| why.to_owned()),
        columns,
    }
}

type MeaningsOfBoth<'m> = (Option<&'m Meanings>, Option<&'m Meanings>);

/// Tells whether a column's value is made as it was.
fn is_same(meanings: MeaningsOfBoth<'_>, name: &str) -> bool {
    match meanings {
        (Some(old), Some(new)) => old.columns.get(name) == new.columns.get(name),
        _ => true,
    }
}

/// Finds the new column that is made as one was that is gone.
fn renamed(
    meanings: MeaningsOfBoth<'_>,
    old: &super::graph::DatasetLineage,
    new: &super::graph::DatasetLineage,
    name: &str,
) -> Option<String> {
    let (Some(before), Some(now)) = meanings else {
        return None;
    };
    let meaning = before.columns.get(&name.to_ascii_lowercase())?;
    let mut added = new.own_columns().filter(|column| !old.has(&column.name));
    let found =
        added.find(|column| now.columns.get(&column.name.to_ascii_lowercase()) == Some(meaning));
    found.map(|column| column.name.to_string())
}

fn uniform(candidate: &Candidate, names: Vec<String>, change: Change, why: &str) -> TableChange {
    let columns = names.into_iter();
    TableChange {
        id: Arc::clone(&candidate.id),
        change,
        why: Some(why.to_owned()),
        columns: columns
            .map(|name| changed(name, change, why.to_owned()))
            .collect(),
    }
}

fn changed(name: String, change: Change, why: String) -> ColumnChange {
    ColumnChange { name, change, why }
}
