//! `phi check`: every promise, whatever is selected or built.

use clap::Args;
use serde_json::{Value, json};

use super::super::CommandContext;
use crate::cli::exit::Exit;
use crate::diagnostics::Severity;
use crate::event::Level;

#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// How to print what is found: `text` or `json`
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    output: String,
}

pub fn run(cx: &CommandContext<'_>, args: &CheckArgs) -> Result<(), Exit> {
    let (session, _, look) = super::opened(cx, "phi")?;
    let found = session.warnings.judge(&look.told());
    let promises = look.examined.declared.promises.len();
    let broken = found
        .iter()
        .filter(|d| d.code.0 == "broken-promise")
        .count();
    let has_errors = found.iter().any(|d| d.severity == Severity::Error);
    if args.output == "json" {
        let diagnostics = found.iter().map(super::super::check::json::diagnostic);
        let value = json!({
            "promises": promises,
            "broken": broken,
            "diagnostics": diagnostics.collect::<Vec<Value>>(),
        });
        let text = serde_json::to_string_pretty(&value).unwrap_or_default();
        session.printer.data(&format!("{text}\n"));
    } else {
        super::super::check::tell(&session, &found);
        let noun = if promises == 1 { "promise" } else { "promises" };
        let text = match broken {
            0 => format!("{promises} {noun}, all kept"),
            n => format!("{promises} {noun}, broken in {n} places"),
        };
        session.say(Level::Info, "Note", "Z050", text);
    }
    if has_errors {
        return Err(Exit::node_failed());
    }
    Ok(())
}
