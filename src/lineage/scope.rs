//! What names mean at a place of a query.

use std::cell::RefCell;
use std::rc::Rc;

use super::known::KnownFunction;
use super::relation::{Column, Found, Open, Relation};
use super::value::Value;
use crate::sql::tree::Name;

/// The names that an expression may use; those around it come after.
#[derive(Default)]
pub struct Scope<'s> {
    pub bindings: Vec<Binding>,
    /// Columns of `using` and natural joins, which stand for several.
    pub merged: Vec<Merged>,
    /// Names of the select list, which others may use too.
    pub aliases: RefCell<Vec<(Name, Value)>>,
    /// Whether names of the select list come before columns, as in `order by`.
    pub aliases_first: bool,
    /// Parameters of lambdas and functions.
    pub named: Vec<(Name, Value)>,
    pub around: Option<&'s Scope<'s>>,
}

impl Scope<'_> {
    /// Makes the scope of a function's body: its parameters.
    pub fn of_function(function: &KnownFunction, arguments: &[Value]) -> Self {
        let parameters = function.parameters.iter().cloned();
        Self {
            named: parameters.zip(arguments.iter().cloned()).collect(),
            ..Self::default()
        }
    }
}

/// A relation under a name.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The alias, or the table's own name.
    pub name: Option<Name>,
    /// The table's schema and database as written, when it has no alias.
    pub schema: Option<Name>,
    pub catalog: Option<Name>,
    pub relation: Rc<Relation>,
}

#[derive(Debug, Clone)]
pub struct Merged {
    pub name: Name,
    pub value: Value,
    /// The bindings whose columns it stands for.
    pub members: Vec<usize>,
}

/// What a name means.
pub enum Meaning {
    Known(Value),
    /// A column of a table whose columns are not known, if it is not
    /// something of the scopes around.
    Open(Open),
    /// It may be several things.
    Unclear,
    Nothing,
}

impl Scope<'_> {
    /// Says what an unqualified name means in this scope alone.
    fn here(&self, name: &str) -> Meaning {
        if let Some(value) = named(&self.named, name) {
            return Meaning::Known(value);
        }
        if self.aliases_first
            && let Some(value) = named(&self.aliases.borrow(), name)
        {
            return Meaning::Known(value);
        }
        let merged = self.merged.iter().rev();
        let mut merged = merged.filter(|merged| merged.name.eq_ignore_ascii_case(name));
        if let Some(merged) = merged.next() {
            return Meaning::Known(merged.value.clone());
        }
        let mut known: Option<Value> = None;
        let mut open: Vec<Open> = Vec::new();
        for binding in &self.bindings {
            match binding.relation.find(name) {
                Found::Column(_) if known.is_some() => return Meaning::Unclear,
                Found::Column(column) => known = Some(column.value.clone()),
                Found::Open(tables) => open.extend(tables.into_iter().cloned()),
                Found::Nothing => {}
            }
        }
        // A valid query names a column that only one of its tables has, so
        // that those whose columns are not known do not have it.
        if let Some(value) = known {
            return Meaning::Known(value);
        }
        let alias = named(&self.aliases.borrow(), name);
        match (alias, open.len()) {
            (Some(value), 0) => Meaning::Known(value),
            (None, 0) => Meaning::Nothing,
            (None, 1) => Meaning::Open(open.remove(0)),
            _ => Meaning::Unclear,
        }
    }

    /// Says what an unqualified name means.
    pub fn find(&self, name: &str) -> Meaning {
        match self.here(name) {
            Meaning::Nothing => self
                .around
                .map_or(Meaning::Nothing, |around| around.find(name)),
            Meaning::Open(open) => match self.around.map(|around| around.find(name)) {
                None | Some(Meaning::Nothing) => Meaning::Open(open),
                Some(_) => Meaning::Unclear,
            },
            found => found,
        }
    }

    /// Finds a relation by its qualified name, the scopes around included.
    pub fn binding(&self, parts: &[Name]) -> Option<&Binding> {
        let own = self
            .bindings
            .iter()
            .find(|binding| binding.is_called(parts));
        own.or_else(|| self.around?.binding(parts))
    }

    /// Returns the columns that `*` stands for, in order, with those of one
    /// `using` only once, and what more there is.
    pub fn all_columns(&self) -> (Vec<(usize, Column)>, Vec<Open>) {
        let mut columns = Vec::new();
        let mut open = Vec::new();
        for (i, binding) in self.bindings.iter().enumerate() {
            for column in &binding.relation.columns {
                match self.merged_at(i, &column.name) {
                    None => columns.push((i, column.clone())),
                    Some(merged) if merged.members.first() == Some(&i) => {
                        let value = merged.value.clone();
                        columns.push((i, Column::new(merged.name.clone(), value)));
                    }
                    Some(_) => {}
                }
            }
            for table in &binding.relation.open {
                open.push(self.without_merged(i, table, &mut columns));
            }
        }
        (columns, open)
    }

    fn merged_at(&self, binding: usize, name: &str) -> Option<&Merged> {
        let mut merged = self.merged.iter().rev();
        merged.find(|m| m.members.contains(&binding) && m.name.eq_ignore_ascii_case(name))
    }

    /// Takes the columns of `using` out of an open table, and gives them with
    /// the first of the tables that have them.
    fn without_merged(
        &self,
        binding: usize,
        table: &Open,
        columns: &mut Vec<(usize, Column)>,
    ) -> Open {
        let relation = &self.bindings[binding].relation;
        let mut table = table.clone();
        for merged in self.merged.iter().filter(|m| m.members.contains(&binding)) {
            if relation.column(&merged.name).is_some() {
                continue;
            }
            Rc::make_mut(&mut table.hidden).insert(merged.name.to_ascii_lowercase());
            let is_there = columns
                .iter()
                .any(|(_, column)| column.name.eq_ignore_ascii_case(&merged.name));
            if merged.members.first() == Some(&binding) && !is_there {
                let value = merged.value.clone();
                columns.push((binding, Column::new(merged.name.clone(), value)));
            }
        }
        table
    }
}

impl Binding {
    fn is_called(&self, parts: &[Name]) -> bool {
        let is = |own: &Option<Name>, part: &Name| {
            own.as_ref()
                .is_some_and(|own| own.eq_ignore_ascii_case(part))
        };
        match parts {
            [name] => is(&self.name, name),
            [schema, name] => {
                is(&self.name, name) && (is(&self.schema, schema) || is(&self.catalog, schema))
            }
            [catalog, schema, name] => {
                is(&self.name, name) && is(&self.schema, schema) && is(&self.catalog, catalog)
            }
            _ => false,
        }
    }
}

fn named(names: &[(Name, Value)], name: &str) -> Option<Value> {
    let mut found = names.iter().rev();
    let found = found.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.clone())
}
