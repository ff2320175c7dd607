//! `check`: finds what is wrong with SQL before anything runs.

use clap::Args;
use serde_json::{Value, json};

use super::CommandContext;
use crate::check::{self, Basis, Checked};
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::Session;
use crate::diagnostics::{Diagnostic, Label, Severity};
use crate::event::{Event, EventSink as _, Level};
use crate::plan::{self, Command};

#[derive(Debug, Clone, Default, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// How to print what is found: `text` or `json`
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    pub output: String,
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
    let ready = session.read()?;
    let request = super::request(&session, &ready, Command::Check, &args.selection)?;
    let plan = session.settle(plan::plan(&ready.graph, &request))?;
    let request = check::Request {
        selected: plan.selected,
        basis: Basis::Project,
    };
    let outcome =
        super::build::with_run_context(&session, &ready, None, |cx| check::check(cx, &request))?;
    let found = session.warnings.judge(&outcome.diagnostics);
    let checked = outcome.value.unwrap_or_default();
    if args.output == "json" {
        let text = serde_json::to_string_pretty(&as_json(&checked, &found)).unwrap_or_default();
        session.printer.data(&format!("{text}\n"));
    } else {
        tell(&session, &found);
        session.say(Level::Info, "Note", "Z050", summary(&checked, &found));
    }
    if count(&found, Severity::Error) > 0 {
        return Err(Exit::node_failed());
    }
    Ok(())
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

fn as_json(checked: &Checked, found: &[Diagnostic]) -> Value {
    json!({
        "checked": checked.checked,
        "errors": count(found, Severity::Error),
        "warnings": count(found, Severity::Warning),
        "unknown": checked.unknown.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        "diagnostics": found.iter().map(diagnostic_json).collect::<Vec<_>>(),
    })
}

fn diagnostic_json(diagnostic: &Diagnostic) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    json!({
        "code": diagnostic.code.0,
        "severity": severity,
        "title": diagnostic.title,
        "text": diagnostic.text,
        "hint": diagnostic.hint,
        "labels": diagnostic.labels.iter().map(label_json).collect::<Vec<_>>(),
    })
}

fn label_json(label: &Label) -> Value {
    let (line, column) = label.file.line_column(label.range.start);
    let (end_line, end_column) = label.file.line_column(label.range.end);
    json!({
        "file": label.file.path.as_str(),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "message": label.message,
    })
}
