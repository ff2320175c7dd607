//! What a column's name stands for.

use super::{Context, Resolver};
use crate::lineage::relation::Found;
use crate::lineage::scope::{Binding, Meaning};
use crate::lineage::value::Value;
use crate::sql::tree::Name;

/// Names that are no columns where no column is called so.
const CONSTANTS: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_localtime",
    "current_localtimestamp",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
];

impl Resolver<'_> {
    /// Follows a name of one or more parts. The parts may be a database, a
    /// schema, a table, a column, and fields of a struct, from any of them on;
    /// the longest qualifier counts.
    pub(super) fn column(&self, parts: &[Name], cx: Context<'_>) -> Value {
        for qualifiers in (1..parts.len().min(4)).rev() {
            let (qualifier, rest) = parts.split_at(qualifiers);
            if let Some(binding) = cx.scope.binding(qualifier)
                && let Some(value) = self.column_of(binding, &rest[0])
            {
                return with_fields(value, &rest[1..]);
            }
        }
        let Some((name, fields)) = parts.split_first() else {
            return Value::unknown("a name without parts", 0);
        };
        let found = cx.scope.find(name);
        // No table of unknown columns is taken to have one that is called so.
        if !matches!(found, Meaning::Known(_)) && is_constant(name) {
            return Value::constant(("constant", name.to_ascii_lowercase()));
        }
        match found {
            Meaning::Known(value) => with_fields(value, fields),
            Meaning::Open(open) => with_fields(self.open_value(&open, name), fields),
            Meaning::Unclear => {
                let why = format!("`{name}` may be a column of several tables");
                Value::unknown(&why, &**name)
            }
            Meaning::Nothing => self.no_column(name, fields, cx),
        }
    }

    fn column_of(&self, binding: &Binding, name: &str) -> Option<Value> {
        match binding.relation.find(name) {
            Found::Column(column) => Some(column.value.clone()),
            Found::Open(open) => match open.as_slice() {
                [open] => Some(self.open_value(open, name)),
                _ => {
                    let why = format!("`{name}` may be a column of several tables");
                    Some(Value::unknown(&why, name))
                }
            },
            Found::Nothing => None,
        }
    }

    /// What is no column may be a whole row.
    fn no_column(&self, name: &Name, fields: &[Name], cx: Context<'_>) -> Value {
        if let Some(binding) = cx.scope.binding(std::slice::from_ref(name)) {
            let relation = &binding.relation;
            let columns = relation.columns.iter();
            let columns = columns.map(|column| (column.name.clone(), column.value.clone()));
            let row = Value::of_fields(columns.collect());
            let row = match relation.open.first() {
                Some(_) => row.with_gap("the columns of a whole row are not known"),
                None => row,
            };
            return with_fields(row, fields);
        }
        Value::unknown(&format!("there is no column `{name}`"), &**name)
    }
}

fn is_constant(name: &str) -> bool {
    CONSTANTS
        .iter()
        .any(|constant| constant.eq_ignore_ascii_case(name))
}

fn with_fields(value: Value, fields: &[Name]) -> Value {
    let fields = fields.iter();
    fields.fold(value, |value, field| Resolver::field(&value, field))
}
