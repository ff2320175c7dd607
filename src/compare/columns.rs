//! Which columns two relations have in common, and how they differ.

use crate::adapter::{Column, quote_identifier};
use crate::sql::NUMBERS;

/// A column that both relations have. Names are compared without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub before: Column,
    pub after: Column,
}

/// A difference between the columns of two relations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnChange {
    Added { name: String, data_type: String },
    Removed { name: String, data_type: String },
    Retyped(TypeChange),
}

/// A column whose type is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeChange {
    pub name: String,
    pub before: String,
    pub after: String,
}

impl ColumnChange {
    /// Returns the column's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Added { name, .. } | Self::Removed { name, .. } => name,
            Self::Retyped(change) => &change.name,
        }
    }
}

impl Pair {
    /// Returns both columns as expressions that can be compared: types that
    /// have nothing to do with each other are compared as texts.
    pub fn expressions(&self) -> (String, String) {
        let before = quote_identifier(&self.before.name);
        let after = quote_identifier(&self.after.name);
        if are_comparable(&self.before.data_type, &self.after.data_type) {
            (before, after)
        } else {
            (
                format!("cast({before} as varchar)"),
                format!("cast({after} as varchar)"),
            )
        }
    }
}

/// Tells whether values of two types are compared by what they mean.
fn are_comparable(one: &str, other: &str) -> bool {
    let is_moment = |text: &str| text == "DATE" || text.starts_with("TIMESTAMP");
    one == other || is_number(one) && is_number(other) || is_moment(one) && is_moment(other)
}

/// Tells whether a type is one of numbers.
pub fn is_number(data_type: &str) -> bool {
    NUMBERS.contains(&data_type) || data_type.starts_with("DECIMAL") && !data_type.ends_with(']')
}

fn find<'a>(columns: &'a [Column], name: &str) -> Option<&'a Column> {
    let same = |column: &&Column| column.name.to_lowercase() == name.to_lowercase();
    columns.iter().find(same)
}

/// Returns the columns that both have, in the order of the first.
pub fn pairs(before: &[Column], after: &[Column]) -> Vec<Pair> {
    let pair = |column: &Column| {
        let other = find(after, &column.name)?;
        Some(Pair {
            before: column.clone(),
            after: other.clone(),
        })
    };
    before.iter().filter_map(pair).collect()
}

/// Returns the columns of a key, or the name of the first that is not in both
/// relations.
pub fn key_pairs<'a>(pairs: &'a [Pair], key: &'a [String]) -> Result<Vec<&'a Pair>, &'a str> {
    let find = |name: &'a String| {
        let same = |pair: &&Pair| pair.before.name.to_lowercase() == name.to_lowercase();
        pairs.iter().find(same).ok_or(name.as_str())
    };
    key.iter().map(find).collect()
}

/// Returns what was added, removed and given another type.
pub fn changes(before: &[Column], after: &[Column]) -> Vec<ColumnChange> {
    let mut changes = Vec::new();
    for column in before {
        match find(after, &column.name) {
            None => changes.push(ColumnChange::Removed {
                name: column.name.clone(),
                data_type: column.data_type.clone(),
            }),
            Some(other) if other.data_type != column.data_type => {
                changes.push(ColumnChange::Retyped(TypeChange {
                    name: column.name.clone(),
                    before: column.data_type.clone(),
                    after: other.data_type.clone(),
                }));
            }
            Some(_) => {}
        }
    }
    let added = after.iter().filter(|c| find(before, &c.name).is_none());
    changes.extend(added.map(|column| ColumnChange::Added {
        name: column.name.clone(),
        data_type: column.data_type.clone(),
    }));
    changes
}
