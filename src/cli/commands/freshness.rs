//! `source freshness`: how old the sources' newest rows are.

use serde_json::{Map, json};

use super::CommandContext;
use crate::artifacts;
use crate::cli::args::{FreshnessArgs, RunArgs};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::ReadyProject;
use crate::cli::summary;
use crate::diagnostics::Diagnostic;
use crate::event::{Level, kinds};
use crate::graph;
use crate::invocation::Invocation;
use crate::parse::NodeKind;
use crate::plan::{self, Command};

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &FreshnessArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "freshness",
        run: RunArgs {
            selection: args.selection.clone(),
            ..RunArgs::default()
        },
        extra: Map::new(),
    })?;
    session.greet()?;
    let ready = session.read()?;
    if let Some(path) = &args.output {
        let title = format!(
            "Custom output path usage `--output {path}` usage detected in `dbt source freshness` \
             command."
        );
        let warning = Diagnostic::warning("deprecated-flag", title)
            .as_event(kinds::CUSTOM_OUTPUT_PATH, json!({"path": path.as_str()}));
        if session.report(&[warning]) {
            return Err(Exit::reported());
        }
    }
    if let Some(warning) = hooks_not_run(&ready, &session.invocation)
        && session.report(&[warning])
    {
        return Err(Exit::reported());
    }
    let request = super::request(&session, &ready, Command::Freshness, &args.selection)?;
    let plan = session.settle(plan::plan(&ready.graph, &request))?;
    let results = super::build::execute(&session, &ready, &plan, None)?;
    super::parse::write_manifest(&session, &ready, &results.compiled)?;
    let path = match &args.output {
        Some(path) => session.invocation.project_dir.join(path),
        None => session.target_dir(&ready.project).join("sources.json"),
    };
    let text = artifacts::sources(&results, &ready.graph, &session.invocation);
    session.write(&path, &text)?;
    session.keep_cases(&ready.graph, &results);
    super::build::keep_record(&session, &ready, &results)?;
    session.report(&results.diagnostics);
    for result in &results.results {
        session.report(&result.diagnostics);
    }
    summary::print_stale(&session, &ready.graph, &results);
    session.say(
        Level::Info,
        "FreshnessCheckComplete",
        "Q044",
        "Done.".to_owned(),
    );
    super::build::alert(&session, &ready, &results);
    super::build::exit(&results)
}

/// Warns of hooks that a flag of dbt keeps from running.
fn hooks_not_run(ready: &ReadyProject, invocation: &Invocation) -> Option<Diagnostic> {
    let flag = "source_freshness_run_project_hooks";
    if graph::behaviour_flag(&ready.project, invocation, flag) {
        return None;
    }
    let mut nodes = ready.graph.project.nodes.values();
    nodes.find(|node| matches!(node.kind, NodeKind::Hook { .. }))?;
    let title = "In a future version of dbt, the `source freshness` command will start running \
                 `on-run-start` and `on-run-end` hooks by default.";
    Some(
        Diagnostic::warning("deprecated", title)
            .hint(format!("set the flag `{flag}` to true to run them"))
            .as_event(kinds::SOURCE_FRESHNESS_PROJECT_HOOKS, json!({})),
    )
}
