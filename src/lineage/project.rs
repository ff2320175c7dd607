//! From the queries of a project to its lineage.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::{HashMap, HashSet, HashSetExt};

use super::edge::EdgeKind;
use super::graph::{ColumnId, ColumnLineage, Edge, LineageGraph, OpenDataset, Use, UseKind};
use super::known::{Dataset, FunctionBody, Known, KnownFunction};
use super::passage::{Mark, Passages};
use super::query::{Input, QueryLineage, follow_query};
use crate::sql::tree::{Body, Name, Query};
use crate::sql::{ParseFailure, Schema, SchemaColumn};

/// A model, seed, snapshot or source as lineage sees it.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub id: Arc<str>,
    pub place: TablePlace,
    /// The ids of what it reads, as far as the project says.
    pub reads: Vec<Arc<str>>,
    /// Its columns, where something else than its query tells them: the engine,
    /// a catalog, the file.
    pub schema: Option<Schema>,
    /// The compiled query of a model or snapshot.
    pub code: Option<Arc<str>>,
    /// Columns that are added to those of the query.
    pub added: Vec<AddedColumn>,
    /// Why the columns cannot be traced, for what has no query although it is
    /// made of others.
    pub gap: Option<&'static str>,
}

/// How queries name a table.
#[derive(Debug, Clone, Default)]
pub struct TablePlace {
    pub database: Option<String>,
    pub schema: String,
    pub name: String,
    /// What is written in place of a name, `read_parquet('...')`.
    pub written: Option<String>,
    /// The name of an ephemeral model's part of a `with`.
    pub cte_name: Option<String>,
}

/// A column that a materialization adds, and the query's columns it is made of.
#[derive(Debug, Clone)]
pub struct AddedColumn {
    pub name: String,
    pub made_of: Vec<String>,
}

/// An exposure or a test as lineage sees it.
#[derive(Debug, Clone)]
pub struct TableUse {
    pub id: Arc<str>,
    pub kind: UseKind,
    /// Table and column; no column for a table as a whole.
    pub reads: Vec<(Arc<str>, Option<String>)>,
}

/// What a project's lineage is made of.
#[derive(Debug, Default)]
pub struct Project {
    pub tables: Vec<Table>,
    pub uses: Vec<TableUse>,
    pub functions: Vec<OwnFunction>,
    /// What is to be recognised on the way of values.
    pub passages: Option<Passages>,
    /// It is to be compared with the project of another time.
    pub is_compared: bool,
}

/// A function that the project defines.
#[derive(Debug, Clone)]
pub struct OwnFunction {
    pub id: Arc<str>,
    pub name: String,
    pub parameters: Vec<Name>,
    /// A query that gives what the function gives, for its parameters as names.
    pub query: String,
    pub gives_table: bool,
}

/// The parsed queries of a project, by the id of their table.
pub type Queries = HashMap<Arc<str>, Result<Query, ParseFailure>>;

/// A project's lineage, with what was found out of each query.
#[derive(Debug, Default)]
pub struct Traced {
    pub graph: LineageGraph,
    /// What queries make of what they read, by the id of their table; only
    /// where the project is to be compared with that of another time.
    pub meanings: HashMap<Arc<str>, Meanings>,
}

/// Numbers that are the same for what is made alike.
#[derive(Debug, Clone, Default)]
pub struct Meanings {
    pub rows: u64,
    /// By name in lower case.
    pub columns: HashMap<String, u64>,
}

/// Traces every column of a project.
pub fn trace(project: Project, queries: &Queries) -> Traced {
    trace_with(project, &mut |id| {
        let query = queries.get(id)?.as_ref().ok()?;
        Some(Cow::Borrowed(query))
    })
}

/// Returns the SQL that [`trace_in_turn`] wants to have parsed, with the ids of what it
/// makes, in the order in which it wants it.
pub fn in_turn(project: &Project) -> Vec<(Arc<str>, Arc<str>)> {
    let functions = project.functions.iter();
    let functions = functions.map(|own| (Arc::clone(&own.id), own.query.as_str().into()));
    let tables = in_order(&project.tables).into_iter().filter_map(|i| {
        let table = &project.tables[i];
        Some((Arc::clone(&table.id), Arc::clone(table.code.as_ref()?)))
    });
    functions.chain(tables).collect()
}

/// Traces every column of a project, given its queries one by one as [`in_turn`] says; each is
/// dropped when it has been followed.
pub fn trace_in_turn(
    project: Project,
    queries: &mut dyn Iterator<Item = Result<Query, ParseFailure>>,
) -> Traced {
    trace_with(project, &mut |_| queries.next()?.ok().map(Cow::Owned))
}

/// Gives the query of a table or function when it has one that can be parsed.
type Give<'g, 'q> = &'g mut dyn FnMut(&Arc<str>) -> Option<Cow<'q, Query>>;

fn trace_with(project: Project, query_of: Give<'_, '_>) -> Traced {
    let order = in_order(&project.tables);
    let mut known = Known::default();
    known.passages = project.passages;
    for function in project.functions {
        let body = match query_of(&function.id) {
            Some(query) => body(&query, function.gives_table),
            None => FunctionBody::Opaque,
        };
        let own = KnownFunction {
            id: function.id,
            parameters: function.parameters,
            body,
        };
        known.add_function(&function.name, own);
    }
    let mut traced = Traced::default();
    for i in order {
        let table = &project.tables[i];
        introduce(&mut known, table, None);
        let query = table.code.as_ref().and_then(|_| query_of(&table.id));
        let query = query.as_deref();
        let mut lineage = lineage_of(table, query, &known);
        if let Some(first) = lineage.as_ref().filter(|l| l.reads.contains(&table.id)) {
            // A model that reads itself, as incremental ones do: its columns
            // are those that it has been found to have.
            let schema = first.open.is_empty().then(|| schema_of(table, first));
            introduce(&mut known, table, schema);
            lineage = lineage_of(table, query, &known);
        }
        let schema = add(&mut traced.graph, table, lineage.as_ref());
        if let Some(lineage) = lineage.filter(|_| project.is_compared) {
            traced
                .meanings
                .insert(Arc::clone(&table.id), meanings(&lineage));
        }
        introduce(&mut known, table, schema);
    }
    traced.graph.uses.reserve(project.uses.len());
    for table_use in project.uses {
        let resolved = resolve_use(&mut traced.graph, table_use);
        traced.graph.uses.push(resolved);
    }
    traced
}

/// What a function does: its query, or the one expression that the query gives.
fn body(query: &Query, gives_table: bool) -> FunctionBody {
    if gives_table {
        return FunctionBody::Table(query.clone());
    }
    match &query.body {
        Body::Select(select) if select.items.len() == 1 => {
            FunctionBody::Scalar(select.items[0].clone())
        }
        _ => FunctionBody::Opaque,
    }
}

fn lineage_of(table: &Table, query: Option<&Query>, known: &Known) -> Option<QueryLineage> {
    let mut lineage = follow_query(table.code.as_ref()?, query?, known);
    // The engine knows the names of columns that are given none.
    if let Some(schema) = &table.schema
        && lineage.open.is_empty()
        && schema.columns.len() == lineage.columns.len()
    {
        for (column, known) in lineage.columns.iter_mut().zip(&schema.columns) {
            column.rename(&known.name);
        }
    }
    Some(lineage)
}

/// Adds a table to the graph and returns what those that read it may know of
/// its columns.
fn add(graph: &mut LineageGraph, table: &Table, lineage: Option<&QueryLineage>) -> Option<Schema> {
    let number = graph.add(&table.id, true);
    let Some(lineage) = lineage else {
        return add_untraced(graph, table, number);
    };
    let mut names = schema_of(table, lineage).columns;
    let mut places = Vec::with_capacity(lineage.columns.len());
    for column in &lineage.columns {
        places.push(graph.datasets[number as usize].push(ColumnLineage {
            name: column.name.clone(),
            inputs: Vec::new(),
            gap: column.gap.clone(),
            is_missing: false,
        }));
    }
    for (column, place) in lineage.columns.iter().zip(places) {
        let inputs = edges(graph, &column.inputs);
        graph.datasets[number as usize].columns[place as usize].inputs = inputs;
    }
    let rows = edges(graph, &lineage.rows);
    for added in &table.added {
        add_column(graph, number, added);
        names.push(SchemaColumn::untyped(added.name.clone()));
    }
    let open: Vec<OpenDataset> = lineage
        .open
        .iter()
        .map(|open| OpenDataset {
            dataset: open.dataset.as_ref().map(|id| graph.add(id, false)),
            hidden: open.hidden.clone(),
            gap: open.gap.clone(),
            made: open.made.as_ref().map(|inputs| edges(graph, inputs)),
        })
        .collect();
    let mut is_whole = open.is_empty();
    let dataset = &mut graph.datasets[number as usize];
    dataset.is_whole = is_whole;
    dataset.rows = rows;
    dataset.rows_gap.clone_from(&lineage.rows_gap);
    dataset.open = open;
    if let Some(schema) = &table.schema
        && !is_whole
    {
        // All columns are known after all.
        let known: Vec<String> = schema
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        for name in &known {
            graph.read_column(number, name);
        }
        let dataset = &mut graph.datasets[number as usize];
        dataset.open.clear();
        dataset.is_whole = true;
        names.clone_from(&schema.columns);
        is_whole = true;
    }
    is_whole.then(|| Schema::new(names))
}

/// Adds a table that is made of nothing, or of nobody knows what.
fn add_untraced(graph: &mut LineageGraph, table: &Table, number: u32) -> Option<Schema> {
    let gap = table.gap.or_else(|| {
        let is_query = table.code.is_some();
        is_query.then_some("its query cannot be parsed")
    });
    let gap: Option<Arc<str>> = gap.map(Arc::from);
    let dataset = &mut graph.datasets[number as usize];
    dataset.rows_gap.clone_from(&gap);
    match &table.schema {
        Some(schema) => {
            dataset.is_whole = true;
            for column in &schema.columns {
                dataset.push(ColumnLineage {
                    name: column.name.as_str().into(),
                    inputs: Vec::new(),
                    gap: gap.clone(),
                    is_missing: false,
                });
            }
        }
        None => {
            if gap.is_some() {
                dataset.open.push(OpenDataset {
                    dataset: None,
                    hidden: Vec::new(),
                    gap,
                    made: None,
                });
            }
        }
    }
    table.schema.clone()
}

fn add_column(graph: &mut LineageGraph, number: u32, added: &AddedColumn) {
    let dataset = &graph.datasets[number as usize];
    let sources = added.made_of.iter().filter_map(|name| dataset.column(name));
    let mut inputs: Vec<Edge> = Vec::new();
    let mut gap = None;
    for source in sources {
        gap = gap.or_else(|| source.gap.clone());
        let direct = source.inputs.iter().filter(|edge| edge.kind.is_direct());
        inputs.extend(direct.map(|edge| Edge {
            kind: edge.kind.max(EdgeKind::Compute),
            mark: Mark {
                is_made: true,
                ..edge.mark
            },
            ..edge.clone()
        }));
    }
    inputs.sort_by_key(|edge| (edge.source, edge.kind, edge.mark));
    inputs.dedup_by_key(|edge| (edge.source, edge.kind, edge.mark));
    graph.datasets[number as usize].push(ColumnLineage {
        name: added.name.as_str().into(),
        inputs,
        gap,
        is_missing: false,
    });
}

fn edges(graph: &mut LineageGraph, inputs: &[Input]) -> Vec<Edge> {
    let edges = inputs.iter().map(|input| {
        let dataset = graph.add(&input.dataset, false);
        Edge {
            source: graph.read_column(dataset, &input.column),
            kind: input.kind,
            mark: input.mark,
            places: input.places.as_slice().into(),
        }
    });
    edges.collect()
}

/// The columns that a query gives, with their types as far as they are known.
fn schema_of(table: &Table, lineage: &QueryLineage) -> Schema {
    let data_type = |name: &str| {
        let schema = table.schema.as_ref()?;
        schema.column(name)?.data_type.clone()
    };
    let columns = lineage.columns.iter().map(|column| SchemaColumn {
        name: column.name.to_string(),
        data_type: data_type(&column.name),
        nullable: None,
    });
    Schema::new(columns.collect())
}

/// Makes a table known under its name.
fn introduce(known: &mut Known, table: &Table, schema: Option<Schema>) {
    let place = &table.place;
    let dataset = Arc::new(Dataset {
        id: Arc::clone(&table.id),
        schema,
    });
    if let Some(cte_name) = &place.cte_name {
        known.add_ephemeral(cte_name, dataset);
        return;
    }
    if let Some(written) = &place.written {
        known.add_place(written, Arc::clone(&dataset));
    }
    let database = place.database.as_deref();
    known.add_table(database, &place.schema, &place.name, dataset);
}

fn resolve_use(graph: &mut LineageGraph, table_use: TableUse) -> Use {
    let mut columns: Vec<ColumnId> = Vec::new();
    let mut datasets = Vec::new();
    for (table, column) in table_use.reads {
        let Some(number) = graph.number(&table) else {
            continue;
        };
        match column {
            Some(column) => columns.push(graph.read_column(number, &column)),
            None => datasets.push(number),
        }
    }
    Use {
        id: table_use.id,
        kind: table_use.kind,
        columns,
        datasets,
    }
}

fn meanings(lineage: &QueryLineage) -> Meanings {
    let columns = lineage.columns.iter();
    Meanings {
        rows: lineage.rows_meaning,
        columns: columns
            .map(|column| (column.name.to_ascii_lowercase(), column.meaning))
            .collect(),
    }
}

/// Returns the places of tables so that what is read comes before who reads it;
/// otherwise they stay as they are.
fn in_order(tables: &[Table]) -> Vec<usize> {
    let places: HashMap<&str, usize> = tables
        .iter()
        .enumerate()
        .map(|(i, table)| (&*table.id, i))
        .collect();
    let mut order = Vec::with_capacity(tables.len());
    let mut seen = HashSet::with_capacity(tables.len());
    for start in 0..tables.len() {
        // Each entry is a table and how many of its parents have been seen to.
        let mut path = vec![(start, 0)];
        if !seen.insert(start) {
            continue;
        }
        while let Some((table, next)) = path.last_mut() {
            match tables[*table].reads.get(*next) {
                Some(parent) => {
                    *next += 1;
                    if let Some(parent) = places.get(&**parent)
                        && seen.insert(*parent)
                    {
                        path.push((*parent, 0));
                    }
                }
                None => {
                    order.push(*table);
                    path.pop();
                }
            }
        }
    }
    order
}
