//! `docs generate` and `docs serve`.

use clap::Args;
use serde_json::{Map, Value};

use super::CommandContext;
use crate::artifacts;
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::Session;
use crate::diagnostics::{Diagnostic, Severity};
use crate::docs;
use crate::event::Level;
use crate::plan::{self, Command};
use crate::run;

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
    /// Taken for dbt's sake: the page is always one file
    #[arg(long, hide = true)]
    r#static: bool,
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Port to listen on
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Open the page in a browser (the default)
    #[arg(long, overrides_with = "no_browser", hide = true)]
    browser: bool,
    /// Do not open a browser
    #[arg(long)]
    no_browser: bool,
}

/// Runs `docs generate` with no flags but those that select.
pub fn generate_all(cx: &CommandContext<'_>, selection: SelectionArgs) -> Result<(), Exit> {
    let args = GenerateArgs {
        selection,
        no_compile: false,
        compile: false,
        empty_catalog: false,
        r#static: false,
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
    session.greet();
    let ready = session.read()?;
    let target = session.target_dir(&ready.project);
    let compiles = args.compile || !args.no_compile;
    let previous = read_json(&session, &target.join("run_results.json"));
    let compiled = if compiles {
        let request = super::request(&session, &ready, Command::Docs, &args.selection)?;
        let plan = session.settle(plan::plan(&ready.graph, &request))?;
        let results = super::build::execute(&session, &ready, &plan, None)?;
        session.report(&results.diagnostics);
        for result in &results.results {
            session.report(&result.diagnostics);
        }
        super::build::exit(&results).map_err(Exit::of_command)?;
        results.compiled
    } else {
        indexmap::IndexMap::new()
    };
    super::parse::write_manifest(&session, &ready, &compiled)?;
    let rows = if args.empty_catalog {
        Vec::new()
    } else {
        session.say(
            Level::Info,
            "BuildingCatalog",
            "E043",
            "Building catalog".to_owned(),
        );
        let outcome = super::build::with_run_context(&session, &ready, None, run::catalog)?;
        session.settle(outcome)?
    };
    let catalog = artifacts::catalog(
        &rows,
        &ready.graph,
        &session.invocation,
        session.world.now(),
    );
    let catalog_path = target.join("catalog.json");
    session.write(&catalog_path, catalog.to_string().as_bytes())?;
    let manifest = read_json(&session, &target.join("manifest.json")).ok_or_else(|| {
        Exit::failed(
            Diagnostic::error(
                "no-manifest",
                "the page needs the manifest, which was not written",
            )
            .hint("leave `--no-write-json` out"),
        )
    })?;
    let sources = read_json(&session, &target.join("sources.json"));
    let data = docs::docs_data(
        &manifest,
        Some(&catalog),
        previous.as_ref(),
        sources.as_ref(),
    );
    let page = target.join("index.html");
    session.write(&page, docs::render_page(&data).as_bytes())?;
    session.say(
        Level::Info,
        "CatalogWritten",
        "E044",
        format!("Catalog written to {catalog_path}"),
    );
    session.say(
        Level::Info,
        "DocsPageWritten",
        "E044",
        format!("Documentation page written to {page}"),
    );
    Ok(())
}

fn read_json(session: &Session, path: &camino::Utf8Path) -> Option<Value> {
    let bytes = session.world.read_bytes(path).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Runs `docs serve`.
pub fn serve(cx: &CommandContext<'_>, args: &ServeArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "serve",
        ..CommandFlags::default()
    })?;
    let project = session.settle(crate::config::load_root_project(
        &session.invocation,
        &*session.world,
    ))?;
    let target = session.invocation.flags.target_path.clone();
    let target = target.unwrap_or_else(|| project.target_path.clone().into());
    let folder = session.invocation.project_dir.join(target);
    if !session.world.exists(&folder.join("index.html")) {
        return Err(Exit::failed(
            Diagnostic::error("no-docs", format!("there is no page in `{folder}`"))
                .hint("make it with `hcdbt docs generate`"),
        ));
    }
    let server = docs::serve::Server::bind(&args.host, args.port).map_err(|error| {
        Exit::failed(
            Diagnostic::error(
                "cannot-listen",
                format!("cannot listen on {}:{}: {error}", args.host, args.port),
            )
            .hint("another program may use the port; name another one with `--port`"),
        )
    })?;
    let url = server.url();
    session.say(
        Level::Info,
        "ServingDocs",
        "Z018",
        format!("Serving docs at {url}\nPress Ctrl+C to exit."),
    );
    if !args.no_browser && docs::serve::open_in_browser(&url).is_err() {
        session.report(&[Diagnostic {
            severity: Severity::Note,
            ..Diagnostic::note(
                "no-browser",
                format!("no browser could be started; open {url}"),
            )
        }]);
    }
    server.run(&*session.world, &folder);
    Ok(())
}
