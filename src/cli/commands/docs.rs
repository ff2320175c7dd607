//! `docs generate`, `docs serve` and `docs pdf`.

mod page;
mod pdf;
mod serve;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::{Map, Value};

pub use pdf::{PdfArgs, pdf};
pub use serve::{ServeArgs, serve};

use super::CommandContext;
use super::check::KnownSchemas;
use crate::artifacts;
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::phi;
use crate::cli::session::{ReadyProject, Session};
use crate::cli::trace;
use crate::event::Level;
use crate::graph::select::{self, Dag};
use crate::parse::{CompiledNode, IdMap, IdSet, ResourceType};
use crate::plan::{self, Command, Plan};
use crate::run::{self, RunContext, RunResults};

#[derive(Debug, Args)]
pub struct GenerateArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Compile no SQL before
    #[arg(long)]
    no_compile: bool,
    /// Compile SQL before (the default)
    #[arg(long, hide = true)]
    compile: bool,
    /// Ask the database nothing: the page has no column types
    #[arg(long)]
    empty_catalog: bool,
    /// Write the page as `static_index.html`, too, where dbt has its page in one file
    #[arg(long)]
    r#static: bool,
    /// Profile tables: empty and distinct values, ranges, distributions; small cells and
    /// identifiers are left out (`--profile` without a name says the same)
    #[arg(long)]
    profile_tables: bool,
    /// Write the page into this folder, with its data in files beside it, instead of one file
    /// into the target folder; for very large projects
    #[arg(long, value_name = "FOLDER")]
    dir: Option<Utf8PathBuf>,
}

/// Runs `docs generate` with no flags but those that select.
pub fn generate_all(cx: &CommandContext<'_>, selection: SelectionArgs) -> Result<(), Exit> {
    let args = GenerateArgs {
        selection,
        no_compile: false,
        compile: false,
        empty_catalog: false,
        r#static: false,
        profile_tables: false,
        dir: None,
    };
    generate(cx, &args)
}

/// Runs `docs generate`.
pub fn generate(cx: &CommandContext<'_>, args: &GenerateArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "generate",
        run: RunArgs {
            selection: args.selection.clone(),
            ..RunArgs::default()
        },
        extra: Map::new(),
    })?;
    session.greet()?;
    let ready = session.read()?;
    let target = session.target_dir(&ready.project);
    let compiles = args.compile || !args.no_compile;
    let previous = read_json(&session, &target.join("run_results.json"));
    let plan = if compiles {
        let request = super::request(&session, &ready, Command::Docs, &args.selection)?;
        let plan = session.settle(plan::plan(&ready.graph, &request))?;
        super::build::tell_plan(&session, &ready, &plan)?;
        Some(plan)
    } else {
        None
    };
    // The database is opened once, for the compiling, the catalog and the page.
    super::build::with_run_context(&session, &ready, None, |run| {
        let mut compiled = IdMap::default();
        let mut look = None;
        // What was not compiled gives no manifest, as in dbt.
        if let Some(plan) = plan {
            let known = KnownSchemas::new(&session, &ready);
            look = phi::guard(&session, &ready, run, &plan, &known)?;
            compiled = compile(&session, run, &plan)?;
        }
        let selected = selected(&session, &ready, &args.selection, compiles)?;
        // Of what was not compiled nobody knows what it holds.
        let is_whole = compiles && selected.is_none();
        let follow = || {
            let mut rows = Vec::new();
            if !args.empty_catalog {
                let message = "Building catalog".to_owned();
                session.say(Level::Info, "BuildingCatalog", "E043", message);
                rows = session.settle(run::catalog(run))?;
            }
            let schemas = trace::schemas_of(&rows, &ready.graph);
            let watched = is_whole.then(|| phi::watched(&ready, look)).transpose()?;
            let (project, examined) =
                trace::trace_and_examine(&ready, &compiled, &schemas, watched.flatten())?;
            Ok((rows, project, examined))
        };
        // Following columns keeps one processor busy; the manifest meanwhile the others.
        let mut written = Ok(());
        let followed = rayon::in_place_scope(|scope| {
            if compiles {
                scope
                    .spawn(|_| written = super::parse::write_manifest(&session, &ready, &compiled));
            }
            follow()
        });
        written?;
        let (rows, project, examined) = followed?;
        let catalog = artifacts::catalog(
            &rows,
            &ready.graph,
            selected.as_ref(),
            &session.invocation,
            session.world.now(),
        );
        let catalog_path = target.join("catalog.json");
        copy_assets(&session, &ready, &target)?;
        // The page is made on all processors; what else is written keeps one of them busy.
        let (mut traced, mut cataloged) = (Ok(()), Ok(()));
        let paged = rayon::in_place_scope(|scope| {
            scope.spawn(|_| {
                cataloged = session.write_with(&catalog_path, &mut |out| {
                    serde_json::to_writer(out, &catalog).map_err(std::io::Error::from)
                });
            });
            if is_whole {
                scope.spawn(|_| traced = trace::write(&session, &ready, &project.traced));
            }
            page::write(page::Inputs {
                session: &session,
                ready: &ready,
                args,
                compiled,
                columns: &project,
                patient_data: examined.as_ref(),
                catalog: &catalog,
                run_results: previous.as_ref(),
                adapter: &*run.adapter,
            })
        });
        cataloged?;
        traced?;
        paged?;
        session.say(
            Level::Info,
            "CatalogWritten",
            "E044",
            format!("Catalog written to {catalog_path}"),
        );
        // Like the project itself.
        std::mem::forget((project, rows));
        Ok(())
    })??;
    ready.leave();
    Ok(())
}

/// Compiles what was asked for; what cannot be compiled is an error of the
/// command.
fn compile(session: &Session, cx: &RunContext, plan: &Plan) -> Result<IdMap<CompiledNode>, Exit> {
    let results = run::execute(cx, plan);
    session.report(&results.diagnostics);
    for result in &results.results {
        session.report(&result.diagnostics);
    }
    super::build::exit(&results).map_err(Exit::of_command)?;
    // There are many, and to take them apart is work for another processor.
    let RunResults {
        results, compiled, ..
    } = results;
    rayon::spawn(move || drop(results));
    Ok(compiled)
}

/// Copies what `asset-paths` names into the target folder, where descriptions
/// refer to it.
fn copy_assets(session: &Session, ready: &ReadyProject, target: &Utf8Path) -> Result<(), Exit> {
    let root = &session.invocation.project_dir;
    for name in &ready.project.root().project.asset_paths {
        let is_inside = Utf8Path::new(name)
            .components()
            .all(|part| matches!(part, Utf8Component::Normal(_) | Utf8Component::CurDir));
        let from = root.join(name);
        // What lies elsewhere would have no place of its own in the folder.
        if !is_inside || !session.world.is_dir(&from) {
            continue;
        }
        for entry in session.world.walk(&from).unwrap_or_default() {
            let Ok(below) = entry.path.strip_prefix(&from) else {
                continue;
            };
            if let Ok(bytes) = session.world.read_bytes(&entry.path) {
                session.write(&target.join(name).join(below), &bytes)?;
            }
        }
    }
    Ok(())
}

/// Returns the nodes and sources that the catalog is of, all when nothing was
/// selected. dbt looks at the selection only when it compiles.
fn selected(
    session: &Session,
    ready: &ReadyProject,
    args: &SelectionArgs,
    compiles: bool,
) -> Result<Option<IdSet>, Exit> {
    let selects = !args.select.is_empty() || !args.exclude.is_empty() || args.selector.is_some();
    if !compiles || !selects {
        return Ok(None);
    }
    let mut request = super::request(session, ready, Command::Docs, args)?;
    if !request.resource_types.contains(&ResourceType::Source) {
        request.resource_types.push(ResourceType::Source);
    }
    let dag = Dag::new(&ready.graph);
    select::select(
        &ready.graph,
        &dag,
        &request.selection,
        &request.resource_types,
    )
    .map(|selected| Some(selected.ids.into_iter().collect()))
    .map_err(Exit::failed)
}

fn read_json(session: &Session, path: &Utf8Path) -> Option<Value> {
    let bytes = session.world.read_bytes(path).ok()?;
    serde_json::from_slice(&bytes).ok()
}
