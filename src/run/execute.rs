//! Runs a plan from beginning to end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use serde_json::{Value, json};

use super::events::run_result;
use super::hooks::{self, When};
use super::node::NodeHandle;
use super::scheduler::{Options, SkipReason, Worker as _, run_steps};
use super::session::Session;
use super::worker::StepWorker;
use super::{NodeResult, RunContext, RunResults, Status, audit, schemas};
use crate::event::Level;
use crate::graph::behaviour_flag;
use crate::parse::{Node, ResourceType, UniqueId};
use crate::plan::{Command, Plan};

/// Runs the steps of a plan, for every command that works on nodes.
pub fn execute(cx: &RunContext, plan: &Plan) -> RunResults {
    let session = Session::new(cx.clone(), plan);
    let reporter = session.reporter();
    let mut out = RunResults::default();
    if plan.steps.is_empty() {
        out.generated_at = session.now();
        return out;
    }
    reporter.line("");
    let target = &cx.project.profile.target_name;
    reporter.concurrency(cx.threads, target, session.total);
    reporter.line("");

    let worker = StepWorker {
        session: Arc::clone(&session),
        command: plan.command,
    };
    run_audited(&worker, plan, &mut out);
    if let Some(reuse) = &cx.reuse {
        let db = session.db();
        reuse.end(&session, &db);
        db.release();
    }
    out.diagnostics.extend(session.take_warnings());

    if !keeps_ephemeral(&session, plan.command) {
        let nodes = &session.graph().project.nodes;
        let is_ephemeral = |id: &UniqueId| nodes.get(id).is_some_and(Node::is_ephemeral);
        out.results
            .retain(|result| !is_ephemeral(&result.unique_id) || result.status.is_failure());
    }
    out.compiled = session.take_compiled();
    out.generated_at = session.now();
    // As in dbt, cloning is not counted here.
    let counts = builds(plan.command) && plan.command != Command::Clone;
    if counts || plan.command == Command::Freshness {
        tell_counts(&session, &out);
    }
    reporter.other(
        Level::Debug,
        "EndRunResult",
        "Q037",
        "Command end result",
        || {
            let results: Vec<_> = out.results.iter().map(run_result).collect();
            json!({
                "results": results,
                "elapsed_time": out.elapsed_time,
                "generated_at": out.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                "success": out.success(),
            })
        },
    );
    out
}

/// Tells whether ephemeral models have results: only when `compile` is asked
/// for something, which is then printed.
fn keeps_ephemeral(session: &Session, command: Command) -> bool {
    let flag = session.cx.invocation.flags.all.get("SELECT");
    let selects = flag
        .and_then(Value::as_array)
        .is_some_and(|select| !select.is_empty());
    command == Command::Show || command == Command::Compile && selects
}

/// Tells whether a command writes to the database.
fn builds(command: Command) -> bool {
    matches!(
        command,
        Command::Build
            | Command::Run
            | Command::Test
            | Command::Seed
            | Command::Snapshot
            | Command::Clone
    )
}

/// Runs everything, and takes note of what was there before and is after.
fn run_audited(worker: &StepWorker, plan: &Plan, out: &mut RunResults) {
    let session = &worker.session;
    let cx = &session.cx;
    let clock = Instant::now();
    let db = session.db();
    let is_audited = builds(plan.command) && audit::is_wanted(session, plan);
    let before = if is_audited {
        audit::look(session, &db, plan)
    } else {
        audit::Snapshot::default()
    };
    db.release();
    run_all(worker, plan, out);
    out.cancelled = cx.cancelled.load(Ordering::Relaxed);
    out.elapsed_time = clock.elapsed().as_secs_f64();
    // A stopped run lets no statement begin any more.
    if out.cancelled || out.results.is_empty() {
        return;
    }
    if is_audited {
        out.facts = audit::facts(session, &db, plan, &before, out);
    }
    if cx.project.hcdbt_yml.audit.table && builds(plan.command) {
        audit::write_table(session, &db, out);
    }
    db.release();
}

fn run_all(worker: &StepWorker, plan: &Plan, out: &mut RunResults) {
    let session = &worker.session;
    let cx = &session.cx;
    let db = session.db();
    let has_hooks = match plan.command {
        Command::Clone => false,
        Command::Freshness => {
            let flag = "source_freshness_run_project_hooks";
            behaviour_flag(&cx.project, &cx.invocation, flag)
        }
        command => builds(command),
    };
    if let Some(reuse) = &cx.reuse {
        reuse.begin(session, &db);
        db.release();
    }
    // `show` loads a seed only to show it, so it needs its schema as well.
    if builds(plan.command) || plan.command == Command::Show {
        let nodes = plan.steps.iter().map(|step| &step.node);
        if let Err(failure) = schemas::prepare(session, &db, nodes) {
            out.diagnostics = failure.into_diagnostics();
            db.release();
            return;
        }
    }
    if has_hooks {
        let hooks = hooks::run(session, &db, When::Start, &[]);
        db.release();
        out.results = hooks.results;
        if let Some(failure) = hooks.uncompiled {
            out.diagnostics = failure.into_diagnostics();
            return;
        }
    }
    let hook_failed = out.results.iter().any(|r| r.status == Status::Error);
    let skips = "skip_nodes_if_on_run_start_fails";
    if hook_failed && behaviour_flag(&cx.project, &cx.invocation, skips) {
        for (i, step) in plan.steps.iter().enumerate() {
            let skipped = worker.skip(step, i + 1, &SkipReason::HookFailed);
            out.results.push(skipped);
        }
    } else {
        let options = Options {
            threads: cx.threads,
            fail_fast: cx.invocation.flags.fail_fast,
            cancel: &cx.cancelled,
        };
        out.results
            .append(&mut run_steps(worker, &plan.steps, options));
    }
    if cx.cancelled.load(Ordering::Relaxed) {
        return;
    }
    // `--fail-fast` may have stopped the connections; what is left to do is
    // to be done.
    cx.adapter.resume();
    if has_hooks {
        let names = hooks::end_names(session, &out.results);
        let hooks = hooks::run(session, &db, When::End, &names);
        db.release();
        out.results.extend(hooks.results);
        if let Some(failure) = hooks.uncompiled {
            out.diagnostics.extend(failure.into_diagnostics());
        }
    }
}

/// Says how many nodes of which kind there were, and how long it took.
fn tell_counts(session: &Session, out: &RunResults) {
    if out.results.is_empty() {
        return;
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for result in &out.results {
        *counts.entry(kind_of(session, result)).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(kind, count)| counted(kind, *count))
        .collect();
    let counts = counts.join(", ");
    let seconds = out.elapsed_time;
    let execution = format!(
        " in {} hours {} minutes and {:.2} seconds",
        (seconds / 3600.0) as u64,
        (seconds / 60.0) as u64 % 60,
        seconds % 60.0
    );
    let reporter = session.reporter();
    reporter.line("");
    reporter.other(
        Level::Info,
        "FinishedRunningStats",
        "E047",
        format!("Finished running {counts}{execution} ({seconds:.2}s)."),
        || json!({"stat_line": counts, "execution": execution, "execution_time": seconds}),
    );
}

fn kind_of(session: &Session, result: &NodeResult) -> String {
    let graph = &session.cx.graph;
    let id = &result.unique_id;
    match NodeHandle::find(graph, id) {
        Some(node) if node.resource_type == ResourceType::Model => {
            format!("{} model", node.config.materialized())
        }
        Some(node) if node.resource_type == ResourceType::Operation => "project hook".to_owned(),
        Some(node) => node.resource_type.as_str().to_owned(),
        None => {
            let kind = id.as_str().split('.').next().unwrap_or_default();
            kind.to_owned()
        }
    }
}

/// Writes a number of things as dbt does: `2 data tests`, `1 test`.
fn counted(kind: &str, count: usize) -> String {
    let text = match (kind, count) {
        (_, 1) => kind.to_owned(),
        ("test", _) => "data tests".to_owned(),
        ("analysis", _) => "analyses".to_owned(),
        ("saved_query", _) => "saved queries".to_owned(),
        _ => format!("{kind}s"),
    };
    format!("{count} {}", text.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn things_are_counted_in_dbts_words() {
        assert_eq!(counted("table model", 1), "1 table model");
        assert_eq!(counted("table model", 2), "2 table models");
        assert_eq!(counted("test", 1), "1 test");
        assert_eq!(counted("test", 3), "3 data tests");
        assert_eq!(counted("unit_test", 2), "2 unit tests");
        assert_eq!(counted("analysis", 2), "2 analyses");
    }
}
