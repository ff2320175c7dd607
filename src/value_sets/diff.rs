//! How one list of codes differs from another.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Entry, ValueSet};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Added(Entry),
    Removed(Entry),
    /// The code is in both, with another value in one column.
    Changed {
        code: String,
        column: String,
        before: String,
        after: String,
    },
}

/// Compares two lists, by code, then by the day from which an entry counts.
pub fn diff(before: &ValueSet, after: &ValueSet) -> Vec<Change> {
    let (old, new) = (by_key(before), by_key(after));
    let mut keys: Vec<&(&str, Option<Date>)> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut changes = Vec::new();
    for key in keys {
        match (old.get(key), new.get(key)) {
            (Some(old), None) => match moved(old, &new, before) {
                Some(other) => compare(old, other, &mut changes),
                None => changes.push(Change::Removed((*old).clone())),
            },
            (None, Some(new)) if moved(new, &old, after).is_none() => {
                changes.push(Change::Added((*new).clone()));
            }
            (Some(old), Some(new)) => compare(old, new, &mut changes),
            _ => {}
        }
    }
    changes
}

type ByKey<'a> = BTreeMap<(&'a str, Option<Date>), &'a Entry>;

fn by_key(set: &ValueSet) -> ByKey<'_> {
    set.entries
        .iter()
        .map(|entry| ((entry.code.as_str(), entry.from), entry))
        .collect()
}

/// Finds a code's only entry in the other list, when it is the only one in its
/// own, too: the same code, which counts from another day.
fn moved<'a>(entry: &Entry, others: &ByKey<'a>, own: &ValueSet) -> Option<&'a Entry> {
    let mut theirs = others.values().filter(|other| other.code == entry.code);
    let other = theirs.next()?;
    let own = own.entries.iter().filter(|e| e.code == entry.code).count();
    (theirs.next().is_none() && own == 1).then_some(*other)
}

fn compare(before: &Entry, after: &Entry, changes: &mut Vec<Change>) {
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let mut change = |column: &str, old: &str, new: &str| {
        if old != new {
            changes.push(Change::Changed {
                code: before.code.clone(),
                column: column.to_owned(),
                before: old.to_owned(),
                after: new.to_owned(),
            });
        }
    };
    let mut columns: Vec<&String> = before.details.keys().chain(after.details.keys()).collect();
    columns.sort();
    columns.dedup();
    for column in columns {
        let value = |entry: &Entry| entry.details.get(column).cloned().unwrap_or_default();
        change(column, &value(before), &value(after));
    }
    change("effective_from", &day(before.from), &day(after.from));
    change("effective_to", &day(before.to), &day(after.to));
}

impl Change {
    /// Writes the change for people, in one line.
    pub fn line(&self) -> String {
        match self {
            Self::Added(entry) => format!("+ {}", described(entry)),
            Self::Removed(entry) => format!("- {}", described(entry)),
            Self::Changed {
                code,
                column,
                before,
                after,
            } => format!("~ {code}  {column}: {} -> {}", shown(before), shown(after)),
        }
    }

    /// Writes the change for programs.
    pub fn json(&self) -> Value {
        let whole = |change: &str, entry: &Entry| {
            json!({
                "change": change,
                "code": entry.code,
                "effective_from": entry.from.map(|day| day.to_string()),
                "effective_to": entry.to.map(|day| day.to_string()),
                "details": entry.details,
            })
        };
        match self {
            Self::Added(entry) => whole("added", entry),
            Self::Removed(entry) => whole("removed", entry),
            Self::Changed {
                code,
                column,
                before,
                after,
            } => json!({
                "change": "changed",
                "code": code,
                "column": column,
                "before": before,
                "after": after,
            }),
        }
    }
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "nothing" } else { value }
}

fn described(entry: &Entry) -> String {
    let mut out = entry.code.clone();
    if let Some(description) = entry.details.get("description") {
        out.push_str(&format!("  {description}"));
    }
    match (entry.from, entry.to) {
        (None, None) => {}
        (Some(from), None) => out.push_str(&format!(" (from {from})")),
        (None, Some(to)) => out.push_str(&format!(" (to {to})")),
        (Some(from), Some(to)) => out.push_str(&format!(" ({from} to {to})")),
    }
    out
}
