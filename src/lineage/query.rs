//! The lineage of one query: for each of its columns, what goes into it.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use foldhash::HashMap;

use super::edge::{EdgeKind, Link, Step};
use super::known::Known;
use super::passage::Mark;
use super::resolve::Resolver;
use crate::sql::Extents;
use crate::sql::tree::{Name, Query};

/// Where a query's columns and rows come from.
#[derive(Debug, Clone, Default)]
pub struct QueryLineage {
    pub columns: Vec<OutputColumn>,
    /// Tables all of whose columns are the query's too, and are not known.
    pub open: Vec<OpenColumns>,
    /// What decides which rows there are: it goes into every column.
    pub rows: Vec<Input>,
    /// Why not everything that decides about rows is known.
    pub rows_gap: Option<Arc<str>>,
    /// A number that two queries of one program share when their rows are made
    /// alike.
    pub rows_meaning: u64,
    /// The ids of what is read, in the order in which it is met.
    pub reads: Vec<Arc<str>>,
}

/// One column of a query.
#[derive(Debug, Clone)]
pub struct OutputColumn {
    pub name: Name,
    /// What goes into it and into no other, by source; never two of one source,
    /// kind and mark.
    pub inputs: Vec<Input>,
    /// Why the inputs are not all there is; none when they are.
    pub gap: Option<Arc<str>>,
    /// A number that two columns of one program share when their values are
    /// made alike from what they read.
    pub meaning: u64,
}

impl OutputColumn {
    /// Gives the column another name; what is handed on under its own name may
    /// become a rename, or the other way round.
    pub(super) fn rename(&mut self, name: &str) {
        if *self.name == *name {
            return;
        }
        self.name = name.into();
        for input in &mut self.inputs {
            if input.kind <= EdgeKind::Rename {
                input.kind = handed_on(&input.column, name);
            }
        }
    }
}

/// What it is to hand a value on under a name.
fn handed_on(column: &str, name: &str) -> EdgeKind {
    if column.eq_ignore_ascii_case(name) {
        EdgeKind::Copy
    } else {
        EdgeKind::Rename
    }
}

/// A source column that goes into something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The id of the table.
    pub dataset: Arc<str>,
    pub column: Name,
    pub kind: EdgeKind,
    pub mark: Mark,
    /// The expressions that it goes through, as bytes of the SQL, from the
    /// source on. None where it is only handed on.
    pub places: Vec<Range<u32>>,
}

/// The columns of a table whose columns are not known, as part of a query's.
#[derive(Debug, Clone)]
pub struct OpenColumns {
    /// The id of the table; none when it is not known what there is.
    pub dataset: Option<Arc<str>>,
    /// Names, in lower case and in order, that do not come through.
    pub hidden: Vec<String>,
    /// Why columns are not traced, when they are not.
    pub gap: Option<Arc<str>>,
    /// What goes into each of them, where that is the same for all.
    pub made: Option<Vec<Input>>,
}

/// Follows a query through to the tables that it reads. `sql` is the text that
/// the query was parsed from.
pub fn follow_query(sql: &str, query: &Query, known: &Known) -> QueryLineage {
    let resolver = Resolver::new(known, sql);
    let relation = resolver.follow(query);
    let told = Told {
        resolver: &resolver,
        extents: OnceCell::new(),
        found: std::cell::RefCell::default(),
    };
    let columns = relation.columns.iter().map(|column| {
        let value = &column.value;
        let links = value.links().iter();
        OutputColumn {
            name: column.name.clone(),
            inputs: links
                .map(|link| told.input(link, Some(&column.name)))
                .collect(),
            gap: value.gap().map(|gap| Arc::from(&**gap)),
            meaning: value.meaning(),
        }
    });
    let open = relation.open.iter().map(|open| {
        let mut hidden: Vec<String> = open.hidden.iter().cloned().collect();
        hidden.sort_unstable();
        OpenColumns {
            dataset: open.dataset.map(|dataset| resolver.dataset_id(dataset)),
            hidden,
            gap: open.why.as_deref().map(Arc::from),
            made: open.made.as_ref().map(|value| {
                let links = value.links().iter();
                links.map(|link| told.input(link, None)).collect()
            }),
        }
    });
    let rows = &relation.rows;
    QueryLineage {
        columns: columns.collect(),
        open: open.collect(),
        rows: rows
            .links()
            .iter()
            .map(|link| told.input(link, None))
            .collect(),
        rows_gap: rows.gap().map(|gap| Arc::from(&**gap)),
        rows_meaning: rows.meaning(),
        reads: resolver.datasets(),
    }
}

/// Turns what was found into what is told.
struct Told<'q> {
    resolver: &'q Resolver<'q>,
    extents: OnceCell<Extents<'q>>,
    found: std::cell::RefCell<HashMap<u32, Range<u32>>>,
}

impl Told<'_> {
    fn input(&self, link: &Link, output: Option<&Name>) -> Input {
        let (dataset, column) = self.resolver.source(link.source);
        let kind = match (link.kind, output) {
            (EdgeKind::Copy, Some(name)) => handed_on(&column, name),
            (kind, _) => kind,
        };
        let mut places = Vec::new();
        let mut step: Option<&Step> = link.steps.as_deref();
        while let Some(here) = step {
            places.push(self.extent(here.at));
            step = here.before.as_deref();
        }
        places.reverse();
        Input {
            dataset,
            column,
            kind,
            mark: link.mark,
            places,
        }
    }

    fn extent(&self, at: u32) -> Range<u32> {
        let mut found = self.found.borrow_mut();
        let extent = found.entry(at).or_insert_with(|| {
            let extents = self.extents.get_or_init(|| Extents::new(self.resolver.sql));
            let extent = extents.around(at);
            extent.start as u32..extent.end as u32
        });
        extent.clone()
    }
}
