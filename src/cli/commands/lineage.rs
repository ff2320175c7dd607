//! `lineage`: where columns come from, and what they go into.

use clap::Args;
use indexmap::IndexMap;

use super::CommandContext;
use super::check::KnownSchemas;
use crate::check;
use crate::cli::args::SelectionArgs;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::{ReadyProject, Session};
use crate::cli::trace::{self, TracedProject};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::suggest::nearest;
use crate::lineage::output::{self, EventFacts, table_name};
use crate::lineage::{ColumnId, Direction, LineageGraph, Part, Readers};
use crate::parse::ResourceType;
use crate::plan::{self, Command};
use crate::run::{self, RunResults};
use crate::sql::Schemas;

#[derive(Debug, Clone, Default, Args)]
pub struct LineageArgs {
    /// A table or a column: `mart`, `mart.total`, `landing.claims.id`; the whole project unless given
    pub name: Option<String>,
    /// Follow columns to where they come from; so it is unless told otherwise
    #[arg(long, conflicts_with = "down")]
    pub up: bool,
    /// Follow columns to what they go into
    #[arg(long)]
    pub down: bool,
    /// How many steps to follow; all unless given
    #[arg(long)]
    pub depth: Option<usize>,
    /// How to print
    #[arg(long, default_value = "tree", value_parser = ["tree", "json", "mermaid", "openlineage"])]
    pub output: String,
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &LineageArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "lineage",
        ..CommandFlags::default()
    })?;
    session.greet()?;
    let ready = session.read()?;
    let (results, schemas) = compile(&session, &ready)?;
    let project = trace::trace(&ready, &results.compiled, &schemas)?;
    trace::write(&session, &ready, &project.traced)?;
    let graph = &project.traced.graph;
    let from = match &args.name {
        Some(name) => find(graph, name)?,
        None => graph.columns().map(|(id, _)| id).collect(),
    };
    let direction = if args.down {
        Direction::Down
    } else {
        Direction::Up
    };
    let readers = Readers::new(graph);
    match args.output.as_str() {
        "tree" => {
            let texts = &project.texts;
            let depth = args.depth;
            let text = output::tree(graph, &readers, texts, &from, direction, depth);
            session.printer.data(&text);
        }
        form => {
            let part = match args.name {
                Some(_) => graph.part(&readers, &from, direction, args.depth),
                None => graph.whole(),
            };
            match form {
                "mermaid" => session.printer.data(&output::mermaid(graph, &part)),
                "openlineage" => print_events(&session, &ready, &project, &part),
                _ => trace::print(&session, &ready, &project.traced, &part),
            }
        }
    }
    ready.leave();
    super::build::exit(&results).map_err(|_| Exit::reported())
}

/// Compiles what gives tables, and returns what tables look like as far as that
/// is known. What cannot be compiled is told, and is a gap in the lineage.
pub fn compile(session: &Session, ready: &ReadyProject) -> Result<(RunResults, Schemas), Exit> {
    let mut request = super::request(session, ready, Command::Compile, &SelectionArgs::default())?;
    request.selection.spec = None;
    request.resource_types = vec![
        ResourceType::Model,
        ResourceType::Snapshot,
        ResourceType::Seed,
        ResourceType::Function,
    ];
    let plan = session.settle(plan::plan(&ready.graph, &request))?;
    super::build::tell_plan(session, ready, &plan)?;
    let known = KnownSchemas::new(session, ready);
    let (results, schemas) = super::build::with_run_context(session, ready, None, |cx| {
        let results = run::execute(cx, &plan);
        let schemas = check::schemas(cx, &plan.selected, Some(known.memory()));
        (results, schemas)
    })?;
    known.keep()?;
    session.report(&results.diagnostics);
    crate::cli::summary::print_errors(session, &results);
    Ok((results, schemas.value.unwrap_or_default()))
}

/// Finds the columns that a name means: all of a table, or one.
fn find(graph: &LineageGraph, name: &str) -> Result<Vec<ColumnId>, Exit> {
    let tables = |name: &str| -> Vec<u32> {
        let ids = graph.datasets.iter().enumerate();
        ids.filter(|(_, dataset)| *dataset.id == *name || table_name(&dataset.id) == name)
            .map(|(number, _)| number as u32)
            .collect()
    };
    let found: Vec<ColumnId> = tables(name)
        .into_iter()
        .flat_map(|table| graph.columns_of(table))
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let Some((table, column)) = name.rsplit_once('.') else {
        return Err(no_table(graph, name));
    };
    let numbers = tables(table);
    if numbers.is_empty() {
        return Err(no_table(graph, table));
    }
    let columns = numbers.iter().filter_map(|number| {
        let place = graph.datasets[*number as usize].place(column)?;
        Some(ColumnId {
            dataset: *number,
            column: place,
        })
    });
    let found: Vec<ColumnId> = columns.collect();
    if found.is_empty() {
        let number = numbers[0] as usize;
        let names = graph.datasets[number]
            .columns
            .iter()
            .map(|column| &*column.name);
        let title = format!("`{table}` has no column `{column}`");
        return Err(Exit::failed(
            Diagnostic::error("unknown-column", title).hint(suggestion(column, names)),
        ));
    }
    Ok(found)
}

fn no_table(graph: &LineageGraph, name: &str) -> Exit {
    let names = graph.datasets.iter().map(|dataset| table_name(&dataset.id));
    let title = format!("no model, seed, snapshot or source is called `{name}`");
    Exit::failed(Diagnostic::error("unknown-table", title).hint(suggestion(name, names)))
}

fn suggestion<'n>(written: &str, known: impl Iterator<Item = &'n str>) -> String {
    match nearest(written, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`hcdbt list` shows what there is; columns come after a dot".to_owned(),
    }
}

fn print_events(session: &Session, ready: &ReadyProject, project: &TracedProject, part: &Part) {
    let time = session.world.now().to_string();
    let names = names_in_database(ready);
    let facts = EventFacts {
        time: &time,
        project: &ready.project.name,
        database_kind: &ready.project.profile.adapter_type,
        name_of: &|id| names.get(id).cloned().unwrap_or_else(|| id.to_owned()),
    };
    for event in output::events(&project.traced.graph, part, &project.texts, facts) {
        session.printer.data(&format!("{event}\n"));
    }
}

/// Returns the full names of tables, by id.
fn names_in_database(ready: &ReadyProject) -> IndexMap<String, String> {
    let full = |database: &Option<String>, schema: &str, name: &str| {
        let parts = [database.as_deref(), Some(schema), Some(name)];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        parts.join(".")
    };
    let project = &ready.graph.project;
    let nodes = project.nodes.values().map(|node| {
        let name = full(&node.database, &node.schema, &node.alias);
        (node.unique_id.to_string(), name)
    });
    let sources = project.sources.values().map(|source| {
        let name = full(&source.database, &source.schema, &source.identifier);
        (source.unique_id.to_string(), name)
    });
    nodes.chain(sources).collect()
}
