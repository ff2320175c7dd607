//! What stands in a `from` while a query is followed: columns, and rows.

use std::cell::OnceCell;
use std::rc::Rc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::value::{Rows, Value};
use crate::sql::tree::Name;

/// Up to this many columns looking at each is quicker than a table of names.
const FEW: usize = 8;

/// A table, a subquery, or anything else that gives rows.
#[derive(Debug, Default)]
pub struct Relation {
    pub columns: Vec<Column>,
    /// Tables of which the columns are not known, whose columns are among
    /// those of this relation.
    pub open: Vec<Open>,
    pub rows: Rows,
    places: OnceCell<HashMap<String, usize>>,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub name: Name,
    pub value: Value,
    /// What a struct has inside, by the engine's type text.
    pub data_type: Option<Rc<str>>,
}

/// All columns of a table whose columns are not known.
#[derive(Debug, Clone)]
pub struct Open {
    /// Number of the table; none for something that is no table at all.
    pub dataset: Option<u32>,
    /// Names in lower case that do not come through.
    pub hidden: Rc<HashSet<String>>,
    /// Why a column of it is not traced, when it is not.
    pub why: Option<Rc<str>>,
    /// What every column of it is made of, whatever it is called.
    pub made: Option<Value>,
}

/// What a relation says of a column's name.
pub enum Found<'r> {
    Column(&'r Column),
    /// It may be one of these tables'.
    Open(Vec<&'r Open>),
    Nothing,
}

impl Column {
    pub fn new(name: Name, value: Value) -> Self {
        Self {
            name,
            value,
            data_type: None,
        }
    }
}

impl Relation {
    /// Makes a relation whose columns are all known.
    pub fn new(columns: Vec<Column>, rows: Rows) -> Self {
        Self {
            columns,
            rows,
            ..Self::default()
        }
    }

    /// Makes one that may have more columns.
    pub fn open(columns: Vec<Column>, open: Vec<Open>, rows: Rows) -> Self {
        Self {
            columns,
            open,
            rows,
            places: OnceCell::new(),
        }
    }

    /// Finds a column by its name, however it is capitalised.
    pub fn find(&self, name: &str) -> Found<'_> {
        if let Some(column) = self.column(name) {
            return Found::Column(column);
        }
        let lower = name.to_ascii_lowercase();
        let open: Vec<&Open> = self
            .open
            .iter()
            .filter(|open| !open.hidden.contains(&lower))
            .collect();
        if open.is_empty() {
            Found::Nothing
        } else {
            Found::Open(open)
        }
    }

    /// Finds one of the columns that are known.
    pub fn column(&self, name: &str) -> Option<&Column> {
        if self.columns.len() <= FEW {
            return self
                .columns
                .iter()
                .find(|column| column.name.eq_ignore_ascii_case(name));
        }
        let places = self.places.get_or_init(|| {
            let mut places = HashMap::with_capacity(self.columns.len());
            for (i, column) in self.columns.iter().enumerate() {
                places.entry(column.name.to_ascii_lowercase()).or_insert(i);
            }
            places
        });
        let place = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            places.get(&name.to_ascii_lowercase())
        } else {
            places.get(name)
        };
        place.map(|&i| &self.columns[i])
    }

    /// The same relation with its first columns under other names.
    pub fn renamed(self: &Rc<Self>, names: &[Name]) -> Rc<Self> {
        if names.is_empty() {
            return Rc::clone(self);
        }
        let mut columns = self.columns.clone();
        let is_open = !self.open.is_empty();
        for (i, name) in names.iter().enumerate() {
            match columns.get_mut(i) {
                Some(column) if !is_open => column.name = name.clone(),
                _ => columns.push(Column::new(
                    name.clone(),
                    Value::unknown("the columns of what it names are not known", name),
                )),
            }
        }
        Rc::new(Self::open(columns, self.open.clone(), self.rows.clone()))
    }
}

/// Gives columns of one name different ones, as the engine does where the
/// columns of a query become a table's: `id`, `id_1`.
pub fn told_apart(columns: &mut [Column]) {
    let mut seen: HashSet<String> = HashSet::with_capacity(columns.len());
    for column in columns {
        let lower = column.name.to_ascii_lowercase();
        if seen.insert(lower) {
            continue;
        }
        let mut number = 1;
        loop {
            let name = format!("{}_{number}", column.name);
            if seen.insert(name.to_ascii_lowercase()) {
                column.name = name.into();
                break;
            }
            number += 1;
        }
    }
}
