//! `retry`: runs again what failed or was skipped in the last run.
//!
//! The command and its flags are those of the run that is retried, which
//! `run_results.json` holds. The record of that run stays in the
//! ledger below `target/hcdbt/runs/` when the new results take its place.

use camino::Utf8Path;
use clap::Args;
use serde_json::{Map, Value};

use super::CommandContext;
use super::run_operation::RunOperationArgs;
use crate::artifacts::{LEDGER_FOLDER, record_name};
use crate::cli::args::{Globals, RunArgs, SETTINGS, SWITCHES, SelectionArgs};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::reports::ReportArgs;
use crate::cli::session::Session;
use crate::config::LoadedProject;
use crate::diagnostics::Diagnostic;
use crate::graph::state::{PreviousResult, PreviousResults};
use crate::parse::IdSet;
use crate::plan::{self, Command};
use crate::run::{Batch, BatchResults, Retried, Status};

#[derive(Debug, Args)]
pub struct RetryArgs {
    /// Taken for dbt's sake: the run that is retried decides
    #[arg(short, long, hide = true)]
    full_refresh: bool,
    #[command(flatten)]
    pub reports: ReportArgs,
}

/// Flags that are the present command's own: where things lie, and how they
/// are printed.
const OWN_FLAGS: &[&str] = &[
    "project_dir",
    "profiles_dir",
    "target_path",
    "defer_state",
    "warn_error",
    "log_path",
    "log_format",
    "log_format_file",
    "log_level",
    "log_level_file",
    "printer_width",
    "use_colors",
    "use_colors_file",
    "debug",
    "quiet",
    "print",
    "wait",
];

/// Flags that the present command can give anew.
const OVERRIDES: &[&str] = &["vars", "threads"];

/// The run that is retried.
struct Previous {
    results: PreviousResults,
    text: String,
    invocation_id: String,
    generated_at: String,
    which: String,
    failed: IdSet,
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, _args: &RetryArgs) -> Result<(), Exit> {
    let own = cx.open(&CommandFlags {
        which: "retry",
        ..CommandFlags::default()
    })?;
    let project = own.load()?;
    let previous = read_previous(&own, &project)?;
    let globals = globals(cx.globals, &previous.results.args);
    let again = CommandContext {
        process: cx.process,
        session: std::rc::Rc::clone(&cx.session),
        world: std::sync::Arc::clone(&cx.world),
        keeper: cx.keeper.clone(),
        globals: &globals,
    };
    let args = run_args(&previous.results.args);
    let command = match previous.which.as_str() {
        "build" => Command::Build,
        "run" => Command::Run,
        "test" => Command::Test,
        "seed" => Command::Seed,
        "snapshot" => Command::Snapshot,
        "clone" => Command::Clone,
        "compile" => Command::Compile,
        "run-operation" => return run_operation(&again, &own, &previous),
        "generate" => return super::docs::generate_all(&again, args.selection),
        other => {
            return Err(Exit::failed(Diagnostic::error(
                "cannot-retry",
                format!("the last command was `{other}`, which cannot be retried"),
            )));
        }
    };
    retry_nodes(&again, &args, command, &previous)
}

fn retry_nodes(
    cx: &CommandContext<'_>,
    args: &RunArgs,
    command: Command,
    previous: &Previous,
) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: super::build::which(command),
        run: args.clone(),
        extra: Map::new(),
    })?;
    session.greet()?;
    let ready = session.read()?;
    for id in &previous.failed {
        if plan::is_missing(&ready.graph, id) {
            return Err(Exit::failed(
                Diagnostic::error("cannot-retry", format!("Couldn't find model '{id}'"))
                    .because("It failed in the run that is retried and is there no more.")
                    .hint("run the command itself instead of `retry`"),
            ));
        }
    }
    let plan = plan::plan_of(&ready.graph, command, &previous.failed).map_err(Exit::failed)?;
    keep(&session, &ready.project, previous)?;
    let retried = retried(&previous.results);
    let results = super::build::execute_again(&session, &ready, &plan, retried)?;
    if command == Command::Compile {
        super::build::keep_record(&session, &ready, &results)?;
        super::build::finish_compiling(&session, &ready, &results)
    } else {
        super::build::finish(&session, &ready, &results)
    }
}

fn run_operation(cx: &CommandContext<'_>, own: &Session, previous: &Previous) -> Result<(), Exit> {
    if previous.failed.is_empty() {
        // As in dbt, an operation that went well is not run again, without a word.
        return own.greet();
    }
    let args = &previous.results.args;
    let text = |key: &str| match args.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let operation = RunOperationArgs::new(text("macro"), text("args"));
    super::run_operation::run(cx, &operation)
}

/// Reads the results of the last run.
fn read_previous(session: &Session, project: &LoadedProject) -> Result<Previous, Exit> {
    let invocation = &session.invocation;
    let (folder, shown) = match &invocation.flags.state {
        Some(path) => (invocation.project_dir.join(path), path.to_string()),
        None => {
            let shown = match &invocation.flags.target_path {
                Some(path) => path.to_string(),
                None => project.root().project.target_path.clone(),
            };
            (session.target_dir(project), shown)
        }
    };
    let path = folder.join("run_results.json");
    let missing = || {
        Exit::failed(
            Diagnostic::error(
                "no-previous-run",
                format!("Could not find previous run in '{shown}' target directory"),
            )
            .hint("run a command first, or name the folder with its results with `--state`"),
        )
    };
    if !session.world.exists(&path) {
        return Err(missing());
    }
    let shown_file = Utf8Path::new(&shown).join("run_results.json");
    let unreadable = |error: String| {
        Exit::failed(Diagnostic::error(
            "unreadable-state",
            format!("`{shown_file}` cannot be read: {error}"),
        ))
    };
    let text = session
        .world
        .read(&path)
        .map_err(|error| unreadable(error.to_string()))?;
    let value: Value =
        serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    let metadata = |key: &str| {
        let found = value["metadata"][key].as_str();
        found.unwrap_or_default().to_owned()
    };
    let invocation_id = metadata("invocation_id");
    let generated_at = metadata("generated_at");
    let results = PreviousResults::new(value, &shown_file).map_err(Exit::failed)?;
    let which = results.args.get("which").and_then(Value::as_str);
    let which = which.unwrap_or_default().to_owned();
    let warnings_fail = invocation.flags.warnings.warn_error;
    let failed = results
        .results
        .iter()
        .filter(|result| is_retryable(result, warnings_fail, &which))
        .map(|result| result.unique_id.as_str().into())
        .collect();
    Ok(Previous {
        results,
        text,
        invocation_id,
        generated_at,
        which,
        failed,
    })
}

fn is_retryable(result: &PreviousResult, warnings_fail: bool, which: &str) -> bool {
    // Hooks run again with every command.
    if result.unique_id.starts_with("operation.") && which != "run-operation" {
        return false;
    }
    match Status::parse(&result.status) {
        Some(Status::Warn) => warnings_fail,
        Some(Status::Skipped) => true,
        Some(status) => status.is_failure(),
        None => false,
    }
}

/// Takes the batches of models of which some were written: only the others
/// are built again.
fn retried(results: &PreviousResults) -> Retried {
    let batches = |list: &[(jiff::Timestamp, jiff::Timestamp)]| -> Vec<Batch> {
        list.iter()
            .map(|(start, end)| Batch {
                start: *start,
                end: *end,
            })
            .collect()
    };
    let partial = results
        .results
        .iter()
        .filter(|r| !r.successful_batches.is_empty() && !r.failed_batches.is_empty());
    Retried {
        batches: partial
            .map(|result| {
                let written = BatchResults {
                    successful: batches(&result.successful_batches),
                    failed: batches(&result.failed_batches),
                };
                (result.unique_id.as_str().into(), written)
            })
            .collect(),
        started_at: results.started_at.or(results.generated_at),
    }
}

/// Takes the results of the run that is retried into the ledger, unless they
/// are in it already, as those of this program are: the new results are about
/// to take their place.
fn keep(session: &Session, project: &LoadedProject, previous: &Previous) -> Result<(), Exit> {
    if !session.invocation.flags.write_json {
        return Ok(());
    }
    let name = record_name(&previous.generated_at, &previous.invocation_id);
    let path = session.target_dir(project).join(LEDGER_FOLDER).join(name);
    if session.world.exists(&path) {
        return Ok(());
    }
    session.write(&path, previous.text.as_bytes())
}

/// Puts the flags of the last run in the place of those that were not typed.
fn globals(typed: &Globals, previous: &Map<String, Value>) -> Globals {
    let is_own = |name: &str| OWN_FLAGS.contains(&name);
    let mut globals = Globals::default();
    for (name, value) in &typed.switches {
        if is_own(name) {
            globals.switches.push((name, *value));
        }
    }
    for (name, value) in &typed.settings {
        if is_own(name) || OVERRIDES.contains(name) {
            globals.settings.push((name, value.clone()));
        }
    }
    for switch in SWITCHES.iter().filter(|switch| !is_own(switch.name)) {
        if let Some(Value::Bool(value)) = previous.get(switch.name) {
            globals.switches.push((switch.name, *value));
        }
    }
    for setting in SETTINGS.iter().filter(|setting| !is_own(setting.name)) {
        let text = match previous.get(setting.name) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => text.clone(),
            Some(Value::Object(map)) if map.values().all(is_empty_list) => continue,
            Some(value) => value.to_string(),
        };
        globals.settings.push((setting.name, text));
    }
    globals
}

/// Tells whether a value is a list of nothing, as in `warn_error_options` that
/// were not set.
fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

/// Reads the flags of the command itself.
fn run_args(previous: &Map<String, Value>) -> RunArgs {
    let is_set = |key: &str| previous.get(key) == Some(&Value::Bool(true));
    let text = |key: &str| match previous.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let texts = |key: &str| match previous.get(key) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    };
    RunArgs {
        selection: SelectionArgs {
            select: texts("select"),
            models: Vec::new(),
            exclude: texts("exclude"),
            selector: text("selector"),
            resource_type: texts("resource_types"),
            exclude_resource_type: texts("exclude_resource_types"),
        },
        full_refresh: is_set("full_refresh"),
        empty: is_set("empty"),
        sample: text("sample"),
        event_time_start: text("event_time_start"),
        event_time_end: text("event_time_end"),
        store_failures: is_set("store_failures"),
        ..RunArgs::default()
    }
}
