//! Follows one query: which source columns go into which of its columns.
//!
//! Every common table expression is followed once, when it is first read, and
//! what is handed on unchanged is shared, so that a chain of `select *` costs
//! what it is long.

mod choose;
mod column;
mod expression;
mod from;
mod function;
mod naming;
mod pivot;
mod query;
mod select;
mod star;
mod table_function;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashSet, HashSetExt};

use indexmap::IndexMap;

use super::known::{Dataset, Known};
use super::relation::{Column, Open, Relation};
use super::scope::Scope;
use super::value::{Rows, Value, meaning_of};
use crate::sql::tree::{Cte, Name, Query};

/// Follows a query and says where each of its columns comes from.
pub struct Resolver<'q> {
    pub known: &'q Known,
    pub sql: &'q str,
    /// What was read, by id.
    datasets: RefCell<IndexMap<Arc<str>, Arc<Dataset>>>,
    /// Source columns by table and name in lower case, with the name as it is
    /// first met.
    sources: RefCell<IndexMap<(u32, String), Name>>,
    tables: RefCell<HashMap<u32, Rc<Relation>>>,
}

/// The common table expressions that are in sight, the nearest first.
type Env<'q> = Option<Rc<CteInSight<'q>>>;

struct CteInSight<'q> {
    name: String,
    query: CteQuery<'q>,
    /// What the expressions of the query may refer to outside of it.
    around: Option<&'q Scope<'q>>,
    followed: OnceCell<Rc<Relation>>,
    before: Env<'q>,
}

enum CteQuery<'q> {
    Written(&'q Cte),
    /// A recursive one, while it is being followed.
    Itself,
}

/// What an expression may refer to.
#[derive(Clone, Copy)]
struct Context<'c> {
    env: &'c Env<'c>,
    scope: &'c Scope<'c>,
    /// The column that `columns(...)` stands for at present.
    chosen: Option<&'c Column>,
}

impl<'q> Resolver<'q> {
    pub fn new(known: &'q Known, sql: &'q str) -> Self {
        Self {
            known,
            sql,
            datasets: RefCell::default(),
            sources: RefCell::default(),
            tables: RefCell::default(),
        }
    }

    /// Follows a whole query.
    pub fn follow(&self, query: &Query) -> Rc<Relation> {
        self.query(query, &None, None)
    }

    /// Returns a source column's table and name.
    pub fn source(&self, source: u32) -> (Arc<str>, Name) {
        let sources = self.sources.borrow();
        let ((dataset, _), name) = sources
            .get_index(source as usize)
            .expect("links name columns that were met");
        (self.dataset_id(*dataset), name.clone())
    }

    /// Returns the ids of all that is read, in the order in which it was met.
    pub fn datasets(&self) -> Vec<Arc<str>> {
        self.datasets.borrow().keys().cloned().collect()
    }

    /// Returns the id of something that is read.
    pub fn dataset_id(&self, dataset: u32) -> Arc<str> {
        let datasets = self.datasets.borrow();
        let (id, _) = datasets
            .get_index(dataset as usize)
            .expect("datasets are numbered as they are met");
        Arc::clone(id)
    }

    fn dataset_number(&self, dataset: &Arc<Dataset>) -> u32 {
        let mut datasets = self.datasets.borrow_mut();
        let entry = datasets.entry(Arc::clone(&dataset.id));
        let number = entry.index();
        entry.or_insert_with(|| Arc::clone(dataset));
        number as u32
    }

    /// Returns a source column's value.
    fn source_value(&self, dataset: u32, name: &str) -> Value {
        let lower = name.to_ascii_lowercase();
        let meaning = meaning_of((&*self.dataset_id(dataset), &*lower));
        let mut sources = self.sources.borrow_mut();
        let entry = sources.entry((dataset, lower));
        let number = entry.index();
        entry.or_insert_with(|| name.into());
        Value::source(number as u32, meaning)
    }

    /// Returns a table as something to read from.
    fn table(&self, dataset: &Arc<Dataset>) -> Rc<Relation> {
        let number = self.dataset_number(dataset);
        if let Some(relation) = self.tables.borrow().get(&number) {
            return Rc::clone(relation);
        }
        let rows = Rows::plain(("table", &*dataset.id));
        let relation = match &dataset.schema {
            Some(schema) => {
                let columns = schema.columns.iter().map(|column| Column {
                    name: column.name.as_str().into(),
                    value: self.source_value(number, &column.name),
                    data_type: column.data_type.as_deref().and_then(struct_type),
                });
                Relation::new(columns.collect(), rows)
            }
            None => {
                let open = Open {
                    dataset: Some(number),
                    hidden: Rc::new(HashSet::new()),
                    why: None,
                    made: None,
                };
                Relation::open(Vec::new(), vec![open], rows)
            }
        };
        let relation = Rc::new(relation);
        self.tables
            .borrow_mut()
            .insert(number, Rc::clone(&relation));
        relation
    }

    /// Returns a relation of which nothing is known but why.
    fn unknown_relation(why: &str) -> Rc<Relation> {
        let open = Open {
            dataset: None,
            hidden: Rc::new(HashSet::new()),
            why: Some(why.into()),
            made: None,
        };
        Rc::new(Relation::open(
            Vec::new(),
            vec![open],
            Rows::unknown(why, why),
        ))
    }

    /// Returns the value of a column of a table whose columns are not known.
    fn open_value(&self, open: &Open, name: &str) -> Value {
        match open.dataset {
            Some(dataset) => {
                let value = self.source_value(dataset, name);
                match &open.why {
                    Some(why) => value.with_gap(why),
                    None => value,
                }
            }
            None => match &open.made {
                Some(made) => made.with(&[], None, meaning_of(name)),
                None => Value::unknown(open.why.as_deref().unwrap_or("not known"), name),
            },
        }
    }
}

/// Keeps a type's text when the type is a struct.
fn struct_type(data_type: &str) -> Option<Rc<str>> {
    let is_struct = data_type.starts_with("STRUCT(") && data_type.ends_with(')');
    is_struct.then(|| data_type.into())
}

/// Runs what may go deep with enough stack for it.
fn with_stack<T>(follow: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, follow)
}
