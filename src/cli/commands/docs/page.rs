//! Gathers what the page is made of, and writes it.

use std::collections::HashSet;
use std::sync::Arc;

use camino::Utf8Path;
use indexmap::IndexMap;
use serde_json::Value;

use super::{GenerateArgs, read_json};
use crate::adapter::{self, Adapter, Table};
use crate::artifacts::{self, Catalog, LEDGER_FOLDER};
use crate::cli::commands::parse;
use crate::cli::exit::Exit;
use crate::cli::session::{ReadyProject, Session};
use crate::cli::trace::TracedProject;
use crate::docs::manifest::Manifest;
use crate::docs::{self, Artifacts, Changes, Columns, Form, Gone};
use crate::event::Level;
use crate::graph::select::{self, Dag, SelectionRequest};
use crate::graph::state::{PreviousManifest, PreviousState};
use crate::parse::{CompiledNode, IdMap, ResourceType};
use crate::phi::Examined;

/// More records of the ledger are not read: they are one file each.
const MOST_RECORDS: usize = 200;

/// What `docs generate` has found out.
pub struct Inputs<'a> {
    pub session: &'a Session,
    pub ready: &'a ReadyProject,
    pub args: &'a GenerateArgs,
    pub compiled: IdMap<CompiledNode>,
    /// Where the project's columns come from.
    pub columns: &'a TracedProject,
    /// What columns tell about patients, where the project says where to begin.
    pub patient_data: Option<&'a Examined>,
    pub catalog: &'a Catalog<'a>,
    /// The results of the run before this command.
    pub run_results: Option<&'a Value>,
    pub adapter: &'a dyn Adapter,
}

/// Makes the page and writes it into the target folder, or into the folder that was asked for.
pub fn write(inputs: Inputs<'_>) -> Result<(), Exit> {
    let Inputs {
        session,
        ready,
        args,
        ..
    } = inputs;
    let target = session.target_dir(&ready.project);
    let metadata = artifacts::manifest_metadata(
        &ready.graph.project,
        &parse::facts(ready),
        &session.invocation,
        session.world.now(),
    );
    let sources = read_json(session, &target.join("sources.json"));
    let ledger = ledger(session, &target);
    let columns = Columns {
        graph: &inputs.columns.traced.graph,
        texts: &inputs.columns.texts,
    };
    let mut connection = None;
    let mut ask = |sql: &str| ask(inputs.adapter, &mut connection, sql);
    let data = docs::docs_data(Artifacts {
        manifest: Manifest::of_graph(&ready.graph, &inputs.compiled, metadata),
        catalog: Some(docs::catalog::Catalog::of_relations(inputs.catalog)),
        run_results: inputs.run_results,
        sources: sources.as_ref(),
        ledger: &ledger,
        columns: Some(&columns),
        patient_data: inputs.patient_data,
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
    // What the page is made of now takes this room.
    drop(inputs.compiled);
    let (folder, form) = match &args.dir {
        Some(dir) => (session.invocation.project_dir.join(dir), Form::Folder),
        None => (target, Form::OneFile),
    };
    let made = docs::render_page(&data, Some(&columns), form);
    for (path, text) in &made.files {
        session.write(&folder.join(path), text.as_bytes())?;
    }
    let path = folder.join("index.html");
    session.write(&path, made.html.as_bytes())?;
    if args.r#static && form == Form::OneFile {
        // What publishes dbt's page looks for it under this name.
        session.write(&folder.join("static_index.html"), made.html.as_bytes())?;
    }
    session.say(
        Level::Info,
        "DocsPageWritten",
        "E044",
        format!("Documentation page written to {path}"),
    );
    // The process ends soon and gives all memory back at once.
    std::mem::forget(data);
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
    let project = &ready.graph.project;
    let ids = project.nodes.keys().chain(project.sources.keys());
    let ids = ids
        .chain(project.exposures.keys())
        .chain(project.metrics.keys());
    let present: HashSet<&str> = ids.map(|id| &*id.0).collect();
    Ok(Some(Changes {
        modified: modified.difference(&added).cloned().collect(),
        added,
        removed: removed(manifest, &present),
    }))
}

/// Returns what the state has and the project has not.
fn removed(manifest: &PreviousManifest, present: &HashSet<&str>) -> Vec<Gone> {
    let sections = ["nodes", "sources", "exposures", "metrics"];
    let nodes = || {
        sections
            .iter()
            .flat_map(|section| manifest.section(section))
    };
    let parents_of = |node: &Value| -> Vec<String> {
        let parents = node.pointer("/depends_on/nodes").and_then(Value::as_array);
        let parents = parents.into_iter().flatten().filter_map(Value::as_str);
        parents.map(str::to_owned).collect()
    };
    let mut removed: IndexMap<&str, Gone> = nodes()
        .filter(|(id, _)| !present.contains(id))
        .map(|(id, node)| {
            let name = node.get("name").and_then(Value::as_str);
            let gone = Gone {
                id: id.to_owned(),
                name: name.unwrap_or(id).to_owned(),
                parents: parents_of(node),
                children: Vec::new(),
            };
            (id, gone)
        })
        .collect();
    if removed.is_empty() {
        return Vec::new();
    }
    for (id, node) in nodes() {
        for parent in parents_of(node) {
            if let Some(gone) = removed.get_mut(&*parent) {
                gone.children.push(id.to_owned());
            }
        }
    }
    removed.into_values().collect()
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
