//! `ci`: what a pull request needs, in one command. It builds what was
//! modified into a schema of its own, tests it, compares it with production,
//! and fails where a gate of `hcdbt.yml` is crossed.

use clap::Args;

use super::CommandContext;
use super::build::{tell_plan, with_run_context};
use super::check::KnownSchemas;
use super::diff::key_of_node;
use crate::adapter::{self, AdapterError, Connection};
use crate::ci::{self, Change, Found, Gone, Impact, Judged};
use crate::cli::args::{Globals, RunArgs};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::phi;
use crate::cli::session::{ReadyProject, Session};
use crate::compare::{self, Request};
use crate::diagnostics::{Diagnostic, Severity};
use crate::event::Level;
use crate::graph::state::{Deferred, PreviousManifest};
use crate::parse::{IdSet, Node, ResourceType, UniqueId};
use crate::plan::{self, Command, Plan};
use crate::run::{self, RunResults, Status};

#[derive(Debug, Args)]
pub struct CiArgs {
    /// The nodes to build are `state:modified+` unless given
    #[command(flatten)]
    pub run: RunArgs,
}

/// What building and comparing came to.
struct Checked {
    results: RunResults,
    changes: Vec<Change>,
    /// The models that production has and the project has not.
    gone: Vec<Gone>,
    impact: Impact,
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &CiArgs) -> Result<(), Exit> {
    let globals = deferring(cx.globals);
    let deferring = CommandContext {
        process: cx.process,
        session: std::rc::Rc::clone(&cx.session),
        world: std::sync::Arc::clone(&cx.world),
        keeper: cx.keeper.clone(),
        globals: &globals,
    };
    let mut args = args.run.clone();
    let selection = &mut args.selection;
    if selection.select.is_empty() && selection.models.is_empty() && selection.selector.is_none() {
        selection.select = vec!["state:modified+".to_owned()];
    }
    // To templates it is a `build`.
    let session = deferring.open(&CommandFlags {
        which: "build",
        run: args.clone(),
        extra: serde_json::Map::new(),
    })?;
    session.greet()?;
    session.keeper.keep(|found, _| found.command = Some("ci"));
    let ready = session.read()?;
    let state = ready
        .state
        .clone()
        .ok_or_else(|| Exit::failed(no_state()))?;
    let manifest = state.require_manifest().map_err(Exit::failed)?;
    session.say(
        Level::Info,
        "Note",
        "Z050",
        format!(
            "Building into the schema `{}`, beside what `{}` describes",
            ready.project.profile.schema(),
            state.path
        ),
    );
    let request = super::request(&session, &ready, Command::Build, &args.selection)?;
    let mut plan = session.settle(plan::plan(&ready.graph, &request))?;
    // A reviewer wants all of what a change does: what a failing test would
    // hold up is built and compared all the same, and a gate judges the test.
    for step in &mut plan.steps {
        let id = step.node.as_str();
        step.is_optional |= id.starts_with("test.") || id.starts_with("unit_test.");
    }
    let modified = modified(&session, &ready, &request)?;
    let production = Deferred::new(&ready.graph, manifest);
    spare_production(&session, &ready, &plan, &production)?;
    tell_plan(&session, &ready, &plan)?;
    let checked = with_run_context(&session, &ready, None, |cx| {
        let known = KnownSchemas::new(&session, &ready);
        phi::guard(&session, &ready, cx, &plan, &known)?;
        let results = run::execute(cx, &plan);
        let outcome = cx.adapter.connect().and_then(|mut connection| {
            check(
                &mut *connection,
                &ready,
                &production,
                manifest,
                &plan,
                &modified,
                results,
            )
        });
        outcome.map_err(|error| Exit::failed(refused(&error)))
    })??;
    finish(&session, &ready, &checked)
}

/// Adds what makes everything that is not selected be read from production,
/// also where an earlier run has left something in the schema, and what is
/// built go there.
fn deferring(typed: &Globals) -> Globals {
    let mut globals = typed.clone();
    globals.own_schema = true;
    for switch in ["defer", "favor_state"] {
        globals.switches.insert(0, (switch, true));
    }
    globals
}

fn no_state() -> Diagnostic {
    Diagnostic::error("no-state", "`ci` needs to know what production is")
        .hint("name the folder with production's `manifest.json` with `--state`")
}

fn refused(error: &AdapterError) -> Diagnostic {
    Diagnostic::error("database-error", error.message.clone())
        .without_values("the models cannot be compared with production")
}

/// Refuses to build where production is: a project's own `generate_schema_name`
/// may give the same schema whatever the target's is.
fn spare_production(
    session: &Session,
    ready: &ReadyProject,
    plan: &Plan,
    production: &Deferred,
) -> Result<(), Exit> {
    let nodes = plan.steps.iter();
    let nodes = nodes.filter_map(|step| ready.graph.project.nodes.get(&step.node));
    let found: Vec<Diagnostic> = nodes
        .filter(|node| is_compared(node))
        .filter(|node| {
            let there = production.get(&node.unique_id);
            there.is_some_and(|there| there.relation_name == node.relation_name)
        })
        .map(|node| {
            let title = format!(
                "`{}` would be built over production's relation {}",
                node.name,
                node.relation_name.as_deref().unwrap_or_default()
            );
            Diagnostic::error("over-production", title)
                .at(&node.file, node.span.clone(), "defined here")
                .hint(
                    "let `generate_schema_name` make its names of `target.schema`, or set `ci: \
                     schema` of `hcdbt.yml` to another schema than production's",
                )
        })
        .collect();
    if session.report(&found) {
        return Err(Exit::reported());
    }
    Ok(())
}

/// Returns what was modified itself, which need not be all that is built.
fn modified(
    session: &Session,
    ready: &ReadyProject,
    request: &plan::Request,
) -> Result<IdSet, Exit> {
    let mut request = request.clone();
    request.selection.select = Some(vec!["state:modified".to_owned()]);
    request.selection.spec = None;
    Ok(session.settle(plan::plan(&ready.graph, &request))?.selected)
}

fn check(
    connection: &mut dyn Connection,
    ready: &ReadyProject,
    production: &Deferred,
    manifest: &PreviousManifest,
    plan: &Plan,
    modified: &IdSet,
    results: RunResults,
) -> Result<Checked, AdapterError> {
    let mut changes = Vec::new();
    if !results.cancelled {
        for step in &plan.steps {
            let Some(node) = ready.graph.project.nodes.get(&step.node) else {
                continue;
            };
            if is_compared(node) {
                let found = compared(connection, node, production, &results);
                changes.push(Change::of(node, modified.contains(&step.node), found));
            }
        }
    }
    // Queries are only parsed, on a database of their own.
    let mut parser = adapter::in_memory()?;
    let gone = gone(ready, manifest);
    let data = (changes.as_slice(), gone.as_slice());
    let impact = ci::impact(
        &mut *parser,
        &ready.graph,
        &results.compiled,
        manifest,
        data,
    )?;
    Ok(Checked {
        results,
        changes,
        gone,
        impact,
    })
}

fn is_compared(node: &Node) -> bool {
    let has_rows = matches!(
        node.resource_type,
        ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
    );
    has_rows && !node.is_ephemeral()
}

fn compared(
    connection: &mut dyn Connection,
    node: &Node,
    production: &Deferred,
    results: &RunResults,
) -> Found {
    let mut own = results.results.iter();
    let is_built = own
        .find(|result| result.unique_id == node.unique_id)
        .is_some_and(|result| result.status == Status::Success);
    if !is_built {
        return Found::NotCompared("it was not built".to_owned());
    }
    let Some(before) = production.get(&node.unique_id) else {
        return Found::New;
    };
    let (Some(before), Some(after)) = (&before.relation_name, &node.relation_name) else {
        return Found::NotCompared("it has no relation".to_owned());
    };
    let key = key_of_node(node);
    let mut request = Request {
        before,
        after,
        key: &key,
        samples: None,
    };
    let mut found = compare::compare(connection, &request);
    if found.is_err() && !key.is_empty() {
        // A key column that production lacks.
        request.key = &[];
        found = compare::compare(connection, &request);
    }
    match found {
        Ok(comparison) => Found::Compared(Box::new(comparison)),
        Err(error) => {
            let class = error.class.as_deref().unwrap_or("Database").to_owned();
            Found::NotCompared(format!(
                "production's relation cannot be read: {class} Error"
            ))
        }
    }
}

/// Returns the models that production has and the project has not.
fn gone(ready: &ReadyProject, manifest: &PreviousManifest) -> Vec<Gone> {
    let text = |value: &serde_json::Value, key: &str| value[key].as_str().unwrap_or("").to_owned();
    manifest
        .section("nodes")
        .filter(|(_, node)| node["resource_type"] == "model")
        .filter(|(id, _)| !ready.graph.project.nodes.contains_key(*id))
        .map(|(id, node)| Gone {
            unique_id: id.to_owned(),
            name: text(node, "name"),
            is_public: text(node, "access") == "public",
        })
        .collect()
}

/// Tells what was found, and fails where a gate is crossed. Tests that fail
/// are judged by their gate alone; anything else that fails is a failure.
fn finish(session: &Session, ready: &ReadyProject, checked: &Checked) -> Result<(), Exit> {
    let results = &checked.results;
    let gone = &checked.gone;
    let is_failing_test = |id: &UniqueId, status: Status| {
        status == Status::Fail || status.is_failure() && id.as_str().starts_with("test.")
    };
    let failed = results.results.iter().filter(|r| r.status.is_failure());
    let (tests, others): (Vec<_>, Vec<_>) =
        failed.partition(|result| is_failing_test(&result.unique_id, result.status));
    let judged = Judged {
        changes: &checked.changes,
        gone,
        failing_tests: tests.len(),
    };
    let crossed = ci::crossed(judged, &ready.project.hcdbt_yml.ci.gates);
    session.keeper.keep(|found, _| {
        found
            .parts
            .push(ci::markdown(&checked.changes, gone, &checked.impact));
    });
    let ended = super::build::finish(session, ready, results);
    let path = session.target_dir(&ready.project).join("hcdbt/ci.md");
    session.keeper.keep(|found, _| found.markdown = Some(path));
    for change in &checked.changes {
        tell(session, change);
    }
    if !checked.impact.exposures.is_empty() {
        let names = checked.impact.exposures.join(", ");
        say(session, format!("Exposures that are affected: {names}"));
    }
    session.report(&crossed);
    let is_skipped_for_tests = others.is_empty() && crossed.is_empty();
    match ended {
        Err(exit) if exit.code != 1 => Err(exit),
        Err(_) if is_skipped_for_tests => Ok(()),
        Err(exit) => Err(exit),
        Ok(()) if crossed.iter().any(|d| d.severity == Severity::Error) => Err(Exit::node_failed()),
        Ok(()) => Ok(()),
    }
}

fn tell(session: &Session, change: &Change) {
    let text = match &change.found {
        Found::New => "new".to_owned(),
        Found::NotCompared(reason) => format!("not compared: {reason}"),
        Found::Compared(comparison) => compare::summary(comparison),
    };
    say(session, format!("{}: {text}", change.name));
}

fn say(session: &Session, text: String) {
    session.say(Level::Info, "Note", "Z050", text);
}
