//! The command line: the only part that prints, exits or reads the process
//! environment.

mod args;
mod commands;
mod exit;
mod flag_rules;
mod flags;
mod interrupt;
mod phi;
mod preflight;
mod printer;
mod progress;
mod reading;
mod reports;
mod session;
mod summary;
mod trace;
mod warnings;

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

use camino::Utf8PathBuf;
use clap::Parser as _;

use crate::config::DBT_VERSION;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::render::{RenderOptions, render};
use crate::files::{DiskWorld, WithShipped, World};

use args::{Cli, DocsVerb, SourceVerb, ValuesetsVerb, Verb};
use exit::Exit;
use flags::Process;

/// Runs a command line and returns the exit code: 0 all well, 1 a node
/// failed, 2 the command could not run, 130 the user stopped it.
pub fn run(args: impl IntoIterator<Item = OsString>) -> i32 {
    let args: Vec<OsString> = args.into_iter().collect();
    // The version is asked for by scripts, often; nothing else is needed.
    if args.len() == 2 && (args[1] == "--version" || args[1] == "-V" || args[1] == "-v") {
        let _ = writeln!(std::io::stdout(), "{}", version());
        return 0;
    }
    let args = args::with_profile_told(args::with_wait_completed(args));
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return error.exit_code();
        }
    };
    let process = match process(&args) {
        Ok(process) => process,
        Err(diagnostic) => return finish(Err(Exit::failed(diagnostic)), false),
    };
    let colors = process.is_terminal && !process.env.contains_key("NO_COLOR");
    finish(dispatch(cli, &process), colors)
}

fn version() -> String {
    format!(
        "hcdbt {} (compatible with dbt {DBT_VERSION}, DuckDB {})",
        env!("CARGO_PKG_VERSION"),
        crate::adapter::DUCKDB_VERSION
    )
}

fn finish(result: Result<(), Exit>, colors: bool) -> i32 {
    let Err(exit) = result else {
        return 0;
    };
    let options = RenderOptions {
        color: colors,
        ..RenderOptions::default()
    };
    for diagnostic in &exit.diagnostics {
        let drawn = render(diagnostic, &options);
        let _ = writeln!(std::io::stderr(), "Encountered an error:\n{drawn}");
    }
    exit.code
}

fn process(args: &[OsString]) -> Result<Process, Diagnostic> {
    let unreadable = |what: String| {
        Diagnostic::error("invalid-environment", what)
            .hint("names and paths must be valid UTF-8 to appear in SQL and artifacts")
    };
    let current_dir = std::env::current_dir()
        .map_err(|error| unreadable(format!("the current folder cannot be read: {error}")))?;
    let current_dir = Utf8PathBuf::from_path_buf(current_dir)
        .map_err(|path| unreadable(format!("the path `{}` is not UTF-8", path.display())))?;
    let mut env: std::collections::BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    preflight::with_both_names(&mut env);
    let metadata_env = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .filter_map(|(key, value)| {
            let key = key.strip_prefix(crate::invocation::METADATA_PREFIX)?;
            Some((key.to_owned(), value.into()))
        })
        .collect();
    let command_line = args
        .iter()
        .enumerate()
        .map(|(i, arg)| {
            let text = arg.to_string_lossy();
            if i == 0 {
                Utf8PathBuf::from(text.as_ref())
                    .file_name()
                    .unwrap_or("hcdbt")
                    .to_owned()
            } else {
                text.into_owned()
            }
        })
        .collect();
    let fixed_now = env.get(FIXED_NOW).and_then(|text| fixed_now(text));
    let started_at = fixed_now.unwrap_or_else(jiff::Timestamp::now);
    Ok(Process {
        metadata_env,
        env: Arc::new(env),
        current_dir,
        command_line,
        started_at,
        id: uuid::Uuid::new_v4().to_string(),
        is_terminal: std::io::stderr().is_terminal(),
    })
}

/// The variable by which tests freeze time.
const FIXED_NOW: &str = "DBT_CONF_FAKE_NOW";

/// Reads the time that stands for the present one. Without an offset it is in
/// UTC, as in Python's `isoformat()` of a naive time.
fn fixed_now(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok().or_else(|| {
        let naive: jiff::civil::DateTime = text.parse().ok()?;
        Some(naive.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })
}

fn dispatch(cli: Cli, process: &Process) -> Result<(), Exit> {
    let fixed_now = process.env.get(FIXED_NOW).and_then(|text| fixed_now(text));
    let targets = cli.command.reports().to_vec();
    let world: Arc<dyn World> = Arc::new(WithShipped::new(DiskWorld { fixed_now }));
    let always_reports = matches!(cli.command, Verb::Ci(_));
    let keeper = if targets.is_empty() && !always_reports {
        reports::Keeper::default()
    } else {
        reports::Keeper::new(reports::paths(&process.current_dir, &process.env, &*world))
    };
    let cx = commands::CommandContext {
        process,
        session: std::rc::Rc::default(),
        world,
        keeper,
        globals: &cli.globals,
    };
    let result = command(&cx, cli.command);
    let session = cx.session.take();
    let result = match &session {
        Some(session) => session.close(result),
        None => result,
    };
    reports::write(&cx, session.as_deref(), &targets, result)
}

fn command(cx: &commands::CommandContext<'_>, verb: Verb) -> Result<(), Exit> {
    match verb {
        Verb::Build(args) => commands::build::run_changed(cx, &args, crate::plan::Command::Build),
        Verb::Run(args) => commands::build::run_changed(cx, &args, crate::plan::Command::Run),
        Verb::Test(args) => commands::build::run_changed(cx, &args, crate::plan::Command::Test),
        Verb::Seed(args) => commands::build::run_changed(cx, &args, crate::plan::Command::Seed),
        Verb::Snapshot(args) => commands::build::run(cx, &args, crate::plan::Command::Snapshot),
        Verb::Clone(args) => commands::build::run(cx, &args, crate::plan::Command::Clone),
        Verb::Retry(args) => commands::retry::run(cx, &args),
        Verb::Compile(args) => commands::compile::run(cx, &args),
        Verb::Check(args) => commands::check::run(cx, &args),
        Verb::Lsp => commands::lsp::run(cx),
        Verb::Show(args) => commands::show::run(cx, &args),
        Verb::Phi(verb) => commands::phi::run(cx, &verb),
        Verb::Parse => commands::parse::run(cx),
        Verb::List(args) => commands::list::run(cx, &args),
        Verb::Lineage(args) => commands::lineage::run(cx, &args),
        Verb::Impact(args) => commands::impact::run(cx, &args),
        Verb::Source(SourceVerb::Freshness(args)) => commands::freshness::run(cx, &args),
        Verb::Docs(DocsVerb::Generate(args)) => commands::docs::generate(cx, &args),
        Verb::Docs(DocsVerb::Serve(args)) => commands::docs::serve(cx, &args),
        Verb::Docs(DocsVerb::Pdf(args)) => commands::docs::pdf(cx, &args),
        Verb::Debug(args) => commands::debug::run(cx, &args),
        Verb::Clean(args) => commands::clean::run(cx, &args),
        Verb::Deps(args) => commands::deps::run(cx, &args),
        Verb::Init(args) => commands::init::run(cx, &args),
        Verb::Ci(args) => commands::ci::run(cx, &args),
        Verb::Diff(args) => commands::diff::run(cx, &args),
        Verb::History(args) => commands::history::run(cx, &args),
        Verb::RunOperation(args) => commands::run_operation::run(cx, &args),
        Verb::Synth(args) => commands::synth::run(cx, &args),
        Verb::Attrition(args) => commands::attrition::run(cx, &args),
        Verb::Valuesets(ValuesetsVerb::List(args)) => commands::valuesets::list(cx, &args),
        Verb::Valuesets(ValuesetsVerb::Diff(args)) => commands::valuesets::diff(cx, &args),
        Verb::Completions(args) => commands::completions::run(&args),
    }
}
