//! `build`, `run`, `test`, `seed`, `snapshot` and `clone`: plan, execute, report.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::CommandContext;
use crate::alerts;
use crate::artifacts;
use crate::check;
use crate::cli::args::{BuildArgs, RunArgs};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::interrupt;
use crate::cli::phi;
use crate::cli::session::{ReadyProject, Session};
use crate::cli::summary;
use crate::diagnostics::Diagnostic;
use crate::event::{EventSink, Level, kinds};
use crate::graph::state::Deferred;
use crate::parse::{IdSet, ResourceType};
use crate::plan::{self, Command, Plan};
use crate::report;
use crate::run::{self, Retried, Reuse, RunContext, RunResults};

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &RunArgs, command: Command) -> Result<(), Exit> {
    let args = BuildArgs {
        run: args.clone(),
        ..BuildArgs::default()
    };
    run_changed(cx, &args, command)
}

/// The same where what is up to date can be kept.
pub fn run_changed(
    cx: &CommandContext<'_>,
    args: &BuildArgs,
    command: Command,
) -> Result<(), Exit> {
    let BuildArgs {
        run: args,
        changed,
        explain,
    } = args;
    let session = cx.open(&CommandFlags {
        which: which(command),
        run: args.clone(),
        extra: serde_json::Map::new(),
    })?;
    session.greet()?;
    let ready = session.read()?;
    let request = super::request(&session, &ready, command, &args.selection)?;
    let plan = session.settle(plan::plan(&ready.graph, &request))?;
    let results = if *changed {
        execute_changed(&session, &ready, &plan, *explain)?
    } else {
        execute(&session, &ready, &plan, None)?
    };
    if args.show {
        for result in &results.results {
            if let Some(table) = &result.table {
                let name = result.unique_id.as_str().rsplit('.').next().unwrap_or("");
                super::show::print_preview(&session, name, table);
            }
        }
    }
    finish(&session, &ready, &results)?;
    ready.leave();
    Ok(())
}

/// Returns dbt's name of a command.
pub fn which(command: Command) -> &'static str {
    match command {
        Command::Run => "run",
        Command::Test => "test",
        Command::Seed => "seed",
        Command::Snapshot => "snapshot",
        Command::Clone => "clone",
        Command::Compile => "compile",
        _ => "build",
    }
}

/// Carries a plan out, with the user able to stop it.
pub fn execute(
    session: &Session,
    ready: &ReadyProject,
    plan: &Plan,
    show_limit: Option<i64>,
) -> Result<RunResults, Exit> {
    tell_plan(session, ready, plan)?;
    with_run_context(session, ready, show_limit, |cx| {
        super::check::before_run(session, ready, cx, plan)?;
        Ok(run::execute(cx, plan))
    })?
}

/// The same where what is up to date is kept.
fn execute_changed(
    session: &Session,
    ready: &ReadyProject,
    plan: &Plan,
    explain: bool,
) -> Result<RunResults, Exit> {
    tell_plan(session, ready, plan)?;
    let target_dir = session.target_dir(&ready.project);
    let target = &ready.project.profile.target_name;
    let reuse = Arc::new(Reuse::read(&*session.world, &target_dir, target, explain));
    let results = with_run_context(session, ready, None, |cx| {
        let cx = RunContext {
            reuse: Some(Arc::clone(&reuse)),
            ..cx.clone()
        };
        super::check::before_run(session, ready, &cx, plan)?;
        Ok::<_, Exit>(run::execute(&cx, plan))
    })??;
    reuse.save(&*session.world).map_err(|error| {
        let title = format!("could not write what `--changed` needs next time: {error}");
        Exit::failed(Diagnostic::error("unwritable-file", title))
    })?;
    Ok(results)
}

/// The same for steps that an earlier run has not done.
pub fn execute_again(
    session: &Session,
    ready: &ReadyProject,
    plan: &Plan,
    retried: Retried,
) -> Result<RunResults, Exit> {
    tell_plan(session, ready, plan)?;
    let retried = Some(Arc::new(retried));
    with_run_context(session, ready, None, |cx| {
        let cx = RunContext {
            retried,
            ..cx.clone()
        };
        let known = super::check::KnownSchemas::new(session, ready);
        phi::guard(session, ready, &cx, plan, &known)?;
        Ok(run::execute(&cx, plan))
    })?
}

/// Says what the project holds, and whether there is anything to do.
///
/// # Errors
///
/// That there is nothing to do is an error for this command.
pub fn tell_plan(session: &Session, ready: &ReadyProject, plan: &Plan) -> Result<(), Exit> {
    session.say(
        Level::Info,
        "FoundStats",
        "W006",
        format!("Found {}", found(ready)),
    );
    if plan.steps.is_empty() {
        say_nothing_to_do(session)?;
    }
    Ok(())
}

/// Says that there are no steps.
///
/// # Errors
///
/// The warning is an error for this command.
fn say_nothing_to_do(session: &Session) -> Result<(), Exit> {
    session.warn(
        kinds::NOTHING_TO_DO,
        "Nothing to do. Try checking your model configs and model specification args",
    )
}

/// Opens the database and hands everything that running needs to `work`.
pub fn with_run_context<T>(
    session: &Session,
    ready: &ReadyProject,
    show_limit: Option<i64>,
    work: impl FnOnce(&RunContext) -> T,
) -> Result<T, Exit> {
    let cx = run_context(session, ready, show_limit)?;
    let result = interrupt::watched(&cx.cancelled, &*cx.adapter, || work(&cx));
    cx.adapter.close();
    Ok(result)
}

/// Makes everything that running needs. The database is opened when it is used.
pub fn run_context(
    session: &Session,
    ready: &ReadyProject,
    show_limit: Option<i64>,
) -> Result<RunContext, Exit> {
    let profile = &ready.project.profile;
    let adapter = session.adapter(profile)?;
    Ok(RunContext {
        graph: Arc::clone(&ready.graph),
        project: Arc::clone(&ready.project),
        engine: ready.engine.clone(),
        adapter,
        invocation: Arc::clone(&session.invocation),
        world: Arc::clone(&session.world),
        events: Arc::clone(&session.printer) as Arc<dyn EventSink>,
        cancelled: Arc::new(AtomicBool::new(false)),
        threads: profile.threads,
        target_dir: session.target_dir(&ready.project),
        deferred: deferred(session, ready)?,
        schemas: Some(Arc::new(|cx, id| {
            let selected = IdSet::from_iter([id.clone()]);
            check::schemas(cx, &selected, None)
                .value
                .unwrap_or_default()
        })),
        reuse: None,
        retried: None,
        show_limit,
    })
}

/// Takes the relations that `--defer` and `clone` read from the manifest that
/// `--defer-state` or else `--state` names.
fn deferred(session: &Session, ready: &ReadyProject) -> Result<Option<Arc<Deferred>>, Exit> {
    let invocation = &session.invocation;
    let for_refs = invocation.flags.defer && invocation.command != "run-operation";
    if !for_refs && invocation.command != "clone" {
        return Ok(None);
    }
    let state = ready.defer_state.as_ref().or(ready.state.as_ref());
    let state = state.ok_or_else(|| {
        Exit::failed(
            Diagnostic::error(
                "no-state",
                "--state or --defer-state are required for deferral, but neither was provided",
            )
            .hint("name the folder with the other environment's `manifest.json` with `--state`"),
        )
    })?;
    let manifest = state.require_manifest().map_err(Exit::failed)?;
    let mut deferred = Deferred::new(&ready.graph, manifest);
    deferred.for_refs = for_refs;
    deferred.is_favored = invocation.flags.favor_state;
    Ok(Some(Arc::new(deferred)))
}

/// Writes the artifacts, prints the summary and turns results into an exit
/// code.
pub fn finish(session: &Session, ready: &ReadyProject, results: &RunResults) -> Result<(), Exit> {
    session.keep_cases(&ready.graph, results);
    write_artifacts(session, ready, results)?;
    keep_record(session, ready, results)?;
    session.report(&results.diagnostics);
    sum_up(session, ready, results);
    alert(session, ready, results);
    exit(results)
}

/// Sends the alerts that the project asks for. One that cannot be sent is told
/// and changes nothing.
pub fn alert(session: &Session, ready: &ReadyProject, results: &RunResults) {
    let alerts = &ready.project.hcdbt_yml.alerts;
    if alerts.iter().all(|alert| alert.channel.is_none()) {
        return;
    }
    let invocation = &session.invocation;
    let secrets: Vec<&str> = invocation.secrets().collect();
    let paths = session.report_paths();
    let mut cases = report::cases(&ready.graph, results, &paths);
    for problem in cases.iter_mut().flat_map(|case| &mut case.problems) {
        for secret in &secrets {
            problem.hide(secret);
        }
    }
    let run = alerts::Run {
        id: &invocation.id,
        project: &ready.project.name,
        target: &ready.project.profile.target_name,
        command: &invocation.command,
        outcome: results.outcome(),
        started_at: invocation.started_at,
        elapsed: results.elapsed_time,
        cases: &cases,
    };
    for alert in alerts {
        if let Err(why) = alerts::send(&run, alert) {
            let title = format!("the alert `{}` could not be sent: {why}", alert.name);
            let hint = "see `alerts:` of `hcdbt.yml`; the run itself is not affected";
            session.report(&[Diagnostic::warning("alert-not-sent", title).hint(hint)]);
        }
    }
}

fn sum_up(session: &Session, ready: &ReadyProject, results: &RunResults) {
    // As in dbt, a command that had nothing to do says so and no more; these
    // two count nothing nevertheless.
    let counts_nothing = matches!(&*session.invocation.command, "seed" | "clone");
    let has_begun = !results.results.is_empty() || counts_nothing && !has_error(results);
    if has_begun || results.cancelled {
        summary::print(session, &ready.graph, results);
    }
}

fn write_artifacts(
    session: &Session,
    ready: &ReadyProject,
    results: &RunResults,
) -> Result<(), Exit> {
    super::parse::write_manifest(session, ready, &results.compiled)?;
    let has_begun = !(results.results.is_empty() && has_error(results));
    if session.invocation.flags.write_json && has_begun {
        let target_dir = session.target_dir(&ready.project);
        session.write_with(&target_dir.join("graph_summary.json"), &mut |out| {
            artifacts::graph_summary(out, &ready.graph, &session.invocation)
        })?;
        session.write_with(&target_dir.join("run_results.json"), &mut |out| {
            artifacts::run_results(out, results, &session.invocation)
        })?;
    }
    Ok(())
}

/// Adds the run to the ledger.
pub fn keep_record(
    session: &Session,
    ready: &ReadyProject,
    results: &RunResults,
) -> Result<(), Exit> {
    let is_kept = session.invocation.flags.write_json && ready.project.hcdbt_yml.audit.ledger;
    if !is_kept {
        return Ok(());
    }
    let (name, text) = artifacts::record(results, &ready.project, &session.invocation);
    let folder = session
        .target_dir(&ready.project)
        .join(artifacts::LEDGER_FOLDER);
    session.write(&folder.join(name), &text)
}

/// The same for `compile`, `show` and `docs generate`: where nothing is built,
/// SQL that cannot be made is an error of the command, as in dbt.
pub fn finish_compiling(
    session: &Session,
    ready: &ReadyProject,
    results: &RunResults,
) -> Result<(), Exit> {
    let ended = exit(results);
    session.keep_cases(&ready.graph, results);
    write_artifacts(session, ready, results)?;
    session.report(&results.diagnostics);
    if matches!(&ended, Err(exit) if exit.code == 1) {
        summary::print_errors(session, results);
    } else if results.cancelled {
        sum_up(session, ready, results);
    }
    ended.map_err(Exit::of_command)
}

/// Turns results into an exit code.
pub fn exit(results: &RunResults) -> Result<(), Exit> {
    if results.cancelled {
        return Err(Exit::interrupted());
    }
    let is_error =
        |d: &crate::diagnostics::Diagnostic| d.severity == crate::diagnostics::Severity::Error;
    if results.diagnostics.iter().any(is_error) {
        return Err(Exit::reported());
    }
    if results.success() {
        Ok(())
    } else {
        Err(Exit::node_failed())
    }
}

fn has_error(results: &RunResults) -> bool {
    let mut diagnostics = results.diagnostics.iter();
    diagnostics.any(|d| d.severity == crate::diagnostics::Severity::Error)
}

/// Counts what the project holds, as dbt's line does.
fn found(ready: &ReadyProject) -> String {
    let project = &ready.graph.project;
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let mut add = |name: &'static str, count: usize| {
        if count == 0 {
            return;
        }
        match counts.iter_mut().find(|(n, _)| *n == name) {
            Some((_, sum)) => *sum += count,
            None => counts.push((name, count)),
        }
    };
    let enabled = |node: &&crate::parse::Node| node.config.is_enabled();
    let nodes = project.nodes.values().filter(enabled);
    for node in nodes.filter(|node| node.resource_type != ResourceType::Function) {
        add(node.resource_type.as_str(), 1);
    }
    add("source", project.sources.len());
    add("exposure", project.exposures.len());
    add("metric", project.metrics.len());
    add("macro", project.macros.len());
    add("group", project.groups.len());
    add("semantic model", project.semantic_models.len());
    add("saved query", project.saved_queries.len());
    add("unit test", project.unit_tests.len());
    let text: Vec<String> = counts
        .into_iter()
        .map(|(name, count)| match (count, name) {
            (1, _) => format!("1 {name}"),
            (_, "test") => format!("{count} data tests"),
            (_, "analysis") => format!("{count} analyses"),
            (_, "saved query") => format!("{count} saved queries"),
            _ => format!("{count} {name}s"),
        })
        .collect();
    text.join(", ")
}
