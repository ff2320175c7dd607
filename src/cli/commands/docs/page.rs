//! Gathers what the page is made of, and writes it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use camino::Utf8Path;
use indexmap::IndexMap;
use serde_json::Value;

use super::{GenerateArgs, read_json};
use crate::adapter::{self, Adapter, CatalogRelation, Table};
use crate::artifacts::LEDGER_FOLDER;
use crate::cli::exit::Exit;
use crate::cli::session::{ReadyProject, Session};
use crate::diagnostics::Diagnostic;
use crate::docs::manifest::Manifest;
use crate::docs::{self, Artifacts, Changes, Columns, Form};
use crate::event::Level;
use crate::graph::Graph;
use crate::graph::select::{self, Dag, SelectionRequest};
use crate::graph::state::PreviousState;
use crate::lineage::{self, LineageGraph};
use crate::parse::{CompiledNode, ResourceType, UniqueId};
use crate::sql::{Schema, SchemaColumn, Schemas, parse_queries_at_once};

/// More records of the ledger are not read: they are one file each.
const MOST_RECORDS: usize = 200;

/// What `docs generate` has found out.
pub struct Inputs<'a> {
    pub session: &'a Session,
    pub ready: &'a ReadyProject,
    pub args: &'a GenerateArgs,
    pub compiled: &'a IndexMap<UniqueId, CompiledNode>,
    pub rows: &'a [CatalogRelation],
    pub catalog: &'a Value,
    /// The results of the run before this command.
    pub run_results: Option<&'a Value>,
    pub adapter: &'a dyn Adapter,
}

/// Makes the page and writes it into the target folder, or into the folder that was asked for.
pub fn write(inputs: &Inputs<'_>) -> Result<(), Exit> {
    let Inputs {
        session,
        ready,
        args,
        ..
    } = inputs;
    let target = session.target_dir(&ready.project);
    let (rest, resources) = crate::artifacts::manifest_by_resource(
        &ready.graph,
        inputs.compiled,
        &crate::cli::commands::parse::facts(ready),
        &session.invocation,
        session.world.now(),
    );
    let sources = read_json(session, &target.join("sources.json"));
    let ledger = ledger(session, &target);
    let (lineage, texts) = columns(inputs)?;
    let mut connection = None;
    let mut ask = |sql: &str| ask(inputs.adapter, &mut connection, sql);
    let data = docs::docs_data(Artifacts {
        manifest: Manifest { rest, resources },
        catalog: Some(inputs.catalog),
        run_results: inputs.run_results,
        sources: sources.as_ref(),
        ledger: &ledger,
        columns: Some(Columns {
            graph: &lineage,
            texts: &texts,
        }),
        changes: changes(ready)?,
        // Who wants no catalog wants the database left alone.
        ask: if args.empty_catalog {
            None
        } else {
            Some(&mut ask)
        },
        profile: args.profile_tables,
    });
    let data = session.settle(data)?;
    let (folder, form) = match &args.dir {
        Some(dir) => (session.invocation.project_dir.join(dir), Form::Folder),
        None => (target, Form::OneFile),
    };
    let made = docs::render_page(&data, form);
    for (path, text) in &made.files {
        session.write(&folder.join(path), text.as_bytes())?;
    }
    let path = folder.join("index.html");
    session.write(&path, made.html.as_bytes())?;
    session.say(
        Level::Info,
        "DocsPageWritten",
        "E044",
        format!("Documentation page written to {path}"),
    );
    Ok(())
}

/// Asks the database, over a connection that is opened when it is needed.
fn ask(
    adapter: &dyn Adapter,
    connection: &mut Option<Box<dyn adapter::Connection>>,
    sql: &str,
) -> Result<Table, String> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(adapter.connect().map_err(|error| error.message)?),
    };
    let (_, table) = connection
        .execute(sql, true, None)
        .map_err(|error| error.message)?;
    Ok(table)
}

/// Reads the newest records of the ledger. One that cannot be read is left out.
fn ledger(session: &Session, target: &Utf8Path) -> Vec<Value> {
    let entries = session.world.walk(&target.join(LEDGER_FOLDER));
    let entries = entries.unwrap_or_default();
    let newest = entries
        .iter()
        .rev()
        .filter(|entry| entry.path.extension() == Some("json"))
        .take(MOST_RECORDS);
    newest
        .filter_map(|entry| read_json(session, &entry.path))
        .collect()
}

/// Traces the project's columns, and returns the SQL that they were found in.
fn columns(inputs: &Inputs<'_>) -> Result<(LineageGraph, HashMap<Arc<str>, Arc<str>>), Exit> {
    let graph = &inputs.ready.graph;
    let schemas = schemas(graph, inputs.rows);
    let project = lineage::of_graph(graph, inputs.compiled, &schemas);
    let coded = project.tables.iter().filter_map(|table| {
        let code = table.code.as_ref()?;
        Some((Arc::clone(&table.id), Arc::clone(code)))
    });
    let texts: Vec<(Arc<str>, Arc<str>)> = coded.collect();
    let sql: Vec<&str> = texts.iter().map(|(_, sql)| &**sql).collect();
    let parsed = parse_queries_at_once(&adapter::in_memory, &sql).map_err(|error| {
        let title = format!("SQL cannot be parsed: {}", error.message);
        Exit::failed(
            Diagnostic::error("cannot-parse", title)
                .hint("check that DuckDB's library beside the program is the one it came with"),
        )
    })?;
    let ids = texts.iter().map(|(id, _)| Arc::clone(id));
    let queries = ids.zip(parsed).collect();
    let traced = lineage::trace(project, &queries);
    Ok((traced.graph, texts.into_iter().collect()))
}

/// What the database says of the columns of nodes and sources.
fn schemas(graph: &Graph, rows: &[CatalogRelation]) -> Schemas {
    let key = |database: &str, schema: &str, name: &str| {
        [database, schema, name].map(|part| part.to_lowercase())
    };
    let default = rows.first().map_or("", |row| row.database.as_str());
    let found: HashMap<[String; 3], &CatalogRelation> = rows
        .iter()
        .map(|row| (key(&row.database, &row.schema, &row.name), row))
        .collect();
    let mut schemas = Schemas::default();
    let mut add = |id: &UniqueId, database: Option<&str>, schema: &str, name: &str| {
        if let Some(row) = found.get(&key(database.unwrap_or(default), schema, name)) {
            let columns = row.columns.iter();
            let columns = columns.map(|c| SchemaColumn::new(c.name.clone(), c.data_type.clone()));
            schemas.insert(id.clone(), Schema::new(columns.collect()));
        }
    };
    for node in graph.project.nodes.values() {
        add(
            &node.unique_id,
            node.database.as_deref(),
            &node.schema,
            &node.alias,
        );
    }
    for source in graph.project.sources.values() {
        let database = source.database.as_deref();
        add(
            &source.unique_id,
            database,
            &source.schema,
            &source.identifier,
        );
    }
    schemas
}

/// Compares the project with the state that `--state` names.
fn changes(ready: &ReadyProject) -> Result<Option<Changes>, Exit> {
    let Some(state) = &ready.state else {
        return Ok(None);
    };
    let Some(manifest) = &state.manifest else {
        return Ok(None);
    };
    let dag = Dag::new(&ready.graph);
    let added = matching(ready, &dag, state, "state:new")?;
    let modified = matching(ready, &dag, state, "state:modified")?;
    let present = matching(ready, &dag, state, "*")?;
    let sections = ["nodes", "sources", "exposures", "metrics"];
    let removed = sections
        .iter()
        .flat_map(|section| manifest.section(section))
        .filter(|(id, _)| !present.contains(*id))
        .map(|(id, node)| {
            let name = node.get("name").and_then(Value::as_str);
            (id.to_owned(), name.unwrap_or(id).to_owned())
        })
        .collect();
    Ok(Some(Changes {
        modified: modified.difference(&added).cloned().collect(),
        added,
        removed,
    }))
}

fn matching(
    ready: &ReadyProject,
    dag: &Dag,
    state: &Arc<PreviousState>,
    spec: &str,
) -> Result<HashSet<String>, Exit> {
    let request = SelectionRequest {
        select: Some(vec![spec.to_owned()]),
        selectors: Arc::clone(&ready.selectors),
        state: Some(Arc::clone(state)),
        ..SelectionRequest::default()
    };
    let types = [
        ResourceType::Model,
        ResourceType::Seed,
        ResourceType::Snapshot,
        ResourceType::Source,
        ResourceType::Exposure,
        ResourceType::Metric,
        ResourceType::Analysis,
    ];
    let selected = select::select(&ready.graph, dag, &request, &types).map_err(Exit::failed)?;
    Ok(selected.ids.iter().map(ToString::to_string).collect())
}
