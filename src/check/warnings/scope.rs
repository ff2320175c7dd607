//! What names mean in a query: the columns of its tables, with their types as
//! far as they are known.

use std::rc::Rc;

use super::keys::Keys;
use crate::sql::tree::{Name, SetOperation, SetOperator, TableName, TableRef};

/// One column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// In lower case.
    pub name: String,
    pub data_type: Option<String>,
    /// What `row_number()` counts within, when the column is one.
    pub numbers: Option<Rc<Vec<String>>>,
}

impl Column {
    pub fn new(name: &str, data_type: Option<&str>) -> Self {
        Self {
            name: name.to_lowercase(),
            data_type: data_type.map(str::to_owned),
            numbers: None,
        }
    }
}

/// What a table or query gives.
#[derive(Debug, Clone, Default)]
pub struct Relation {
    /// None when they are not all known.
    pub columns: Option<Vec<Column>>,
    pub keys: Keys,
    /// Whether it is a table of the project and no part of the query.
    pub is_table: bool,
}

impl Relation {
    pub fn of_table(columns: Vec<Column>, keys: Keys) -> Self {
        Self {
            columns: Some(columns),
            keys,
            is_table: true,
        }
    }

    pub fn of_set(operation: &SetOperation, left: Self, right: &Self) -> Self {
        let both = left.columns.zip(right.columns.as_ref());
        let columns = both.filter(|_| !operation.is_by_name).map(|(left, right)| {
            let pairs = left.into_iter().zip(right);
            pairs
                .map(|(mut left, right)| {
                    left.numbers = None;
                    if left.data_type != right.data_type {
                        left.data_type = None;
                    }
                    left
                })
                .collect()
        });
        let mut relation = Self {
            columns,
            keys: if operation.kind == SetOperator::Except {
                left.keys
            } else {
                Keys::default()
            },
            is_table: false,
        };
        if !operation.is_all {
            relation.add_key_of_all();
        }
        relation
    }

    pub fn without_keys(&self) -> Self {
        Self {
            keys: Keys::default(),
            is_table: false,
            ..self.clone()
        }
    }

    /// Gives the columns other names.
    pub fn renamed(mut self, names: &[Name]) -> Self {
        if names.is_empty() {
            return self;
        }
        self.keys = Keys::default();
        if let Some(columns) = &mut self.columns {
            for (column, name) in columns.iter_mut().zip(names) {
                column.name = name.to_lowercase();
            }
        }
        self
    }

    pub fn add_key_of_all(&mut self) {
        if let Some(columns) = &self.columns {
            self.keys
                .add(columns.iter().map(|c| c.name.clone()).collect());
        }
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        let columns = self.columns.as_ref()?;
        columns.iter().find(|column| column.name == name)
    }
}

/// What is known of tables outside of a query.
pub trait Tables {
    fn find(&self, name: &TableName) -> Option<Relation>;
}

/// A relation under the name it has in a `from`.
#[derive(Debug, Clone)]
pub struct Binding {
    /// In lower case.
    pub name: String,
    pub relation: Rc<Relation>,
    /// Where its table stands.
    pub at: Option<u32>,
}

/// The names that count at one place of a query.
#[derive(Clone)]
pub struct Scope<'s> {
    tables: &'s dyn Tables,
    ctes: Vec<(String, Rc<Relation>)>,
    /// Those of the query itself; the outer ones of a correlated subquery are
    /// not looked into.
    pub bindings: Vec<Binding>,
}

impl<'s> Scope<'s> {
    pub fn new(tables: &'s dyn Tables) -> Self {
        Self {
            tables,
            ctes: Vec::new(),
            bindings: Vec::new(),
        }
    }

    pub fn inner(&self) -> Self {
        Self {
            tables: self.tables,
            ctes: self.ctes.clone(),
            bindings: Vec::new(),
        }
    }

    pub fn add_cte(&mut self, name: &str, mut relation: Relation) {
        relation.is_table = false;
        self.ctes.push((name.to_lowercase(), Rc::new(relation)));
    }

    pub fn table(&self, name: &TableName) -> Relation {
        if name.schema.is_none() && name.catalog.is_none() {
            let lower = name.name.to_lowercase();
            let mut ctes = self.ctes.iter().rev();
            if let Some((_, relation)) = ctes.find(|(cte, _)| *cte == lower) {
                return (**relation).clone();
            }
        }
        self.tables.find(name).unwrap_or_default()
    }

    pub fn bind(&mut self, table: &TableRef, relation: Relation) {
        let own = match &table.kind {
            crate::sql::tree::TableKind::Table(name) => Some(&name.name),
            _ => None,
        };
        let name = table.alias.as_ref().or(own);
        self.bindings.push(Binding {
            name: name.map(|name| name.to_lowercase()).unwrap_or_default(),
            relation: Rc::new(relation),
            at: table.at.0,
        });
    }

    /// Finds a column: the place of its binding, and what is known of it. None
    /// where the name could mean several, or something unknown.
    pub fn column(&self, parts: &[Name]) -> Option<(usize, &Column)> {
        match parts {
            [name] => {
                let name = name.to_lowercase();
                let mut found = None;
                for (i, binding) in self.bindings.iter().enumerate() {
                    binding.relation.columns.as_ref()?;
                    if let Some(column) = binding.relation.column(&name) {
                        if found.is_some() {
                            return None;
                        }
                        found = Some((i, column));
                    }
                }
                found
            }
            [table, name] => {
                let table = table.to_lowercase();
                let place = self.bindings.iter().position(|b| b.name == table)?;
                let column = self.bindings[place].relation.column(&name.to_lowercase())?;
                Some((place, column))
            }
            _ => None,
        }
    }
}

/// Returns a table's name in lower case with all the parts that are written.
pub fn full_name(name: &TableName) -> String {
    let parts = [&name.catalog, &name.schema];
    let mut text = String::new();
    for part in parts.into_iter().flatten() {
        text.push_str(&part.to_lowercase());
        text.push('.');
    }
    text.push_str(&name.name.to_lowercase());
    text
}
