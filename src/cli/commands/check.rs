//! `check`: finds what is wrong with SQL before anything runs.

mod first;
pub mod json;
mod known;
mod watch;

use std::sync::Arc;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

pub use first::before_run;
pub use known::KnownSchemas;

use super::CommandContext;
use super::build::run_context;
use crate::check::{self, Checked, Memory};
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::phi;
use crate::cli::session::{ReadyProject, Session};
use crate::diagnostics::{Diagnostic, Severity};
use crate::event::{Event, EventSink as _, Level};
use crate::plan::{self, Command};
use crate::run::RunContext;

#[derive(Debug, Clone, Default, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// How to print what is found: `text` or `json`
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    pub output: String,
    /// Check again whenever a file of the project is saved
    #[arg(long)]
    pub watch: bool,
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &CheckArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "check",
        run: RunArgs {
            selection: args.selection.clone(),
            ..RunArgs::default()
        },
        ..CommandFlags::default()
    })?;
    session.greet()?;
    if args.watch {
        return watch::watch(&session, args);
    }
    let ready = session.read()?;
    let request = super::request(&session, &ready, Command::Check, &args.selection)?;
    let plan = session.settle(plan::plan(&ready.graph, &request))?;
    let context = run_context(&session, &ready, None)?;
    let known = KnownSchemas::new(&session, &ready);
    let request = check::Request {
        former: former(&session, &ready),
        ..check::Request::of_project(plan.selected.clone(), known.memory())
    };
    let (checked, found) = look(&session, &context, &request);
    known.keep()?;
    if args.output == "json" {
        let text = json::text(&checked, &found);
        session.printer.data(&format!("{text}\n"));
    } else {
        tell(&session, &found);
        session.say(Level::Info, "Note", "Z050", summary(&checked, &found));
    }
    if count(&found, Severity::Error) > 0 {
        // Of what has no right SQL the columns are not known, so that promises
        // about it cannot be judged.
        return Err(Exit::node_failed());
    }
    phi::keep(&session, &ready, &context, &plan.selected, &known)?;
    Ok(())
}

/// Checks, and judges what is found by the command's flags.
fn look(
    session: &Session,
    cx: &RunContext,
    request: &check::Request,
) -> (Checked, Vec<Diagnostic>) {
    let outcome = check::check(cx, request);
    let found = session.warnings.judge(&outcome.diagnostics);
    (outcome.value.unwrap_or_default(), found)
}

/// Reads what a check had found in the project that `--state` names.
fn former(session: &Session, ready: &ReadyProject) -> Option<Arc<Memory>> {
    let state = ready.state.as_ref()?;
    let invocation = &session.invocation;
    let folders: [Utf8PathBuf; 2] = [
        invocation.project_dir.join(&state.path),
        invocation.current_dir.join(&state.path),
    ];
    let text = folders
        .iter()
        .find_map(|folder| session.world.read(&folder.join(known::PATH)).ok())?;
    Some(Arc::new(Memory::from_json(&text)))
}

/// Draws what was found.
pub fn tell(session: &Session, found: &[Diagnostic]) {
    for diagnostic in found {
        let level = match diagnostic.severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warn,
            Severity::Note => Level::Info,
        };
        session.printer.send(Event {
            level,
            name: "Note",
            code: "Z050",
            message: session.draw(diagnostic),
            data: json!({"diagnostic": diagnostic.code.0, "exc": diagnostic.title}),
        });
    }
}

fn count(found: &[Diagnostic], severity: Severity) -> usize {
    found.iter().filter(|d| d.severity == severity).count()
}

fn summary(checked: &Checked, found: &[Diagnostic]) -> String {
    let counted = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    };
    let mut parts = vec![
        counted(checked.checked, "node") + " checked",
        counted(count(found, Severity::Error), "error"),
        counted(count(found, Severity::Warning), "warning"),
    ];
    if !checked.unknown.is_empty() {
        parts.push(format!("{} not known well enough", checked.unknown.len()));
    }
    parts.join(", ")
}
