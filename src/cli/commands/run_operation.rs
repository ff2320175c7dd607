//! `run-operation`: runs one macro.

use clap::Args;
use serde_json::Map;

use super::CommandContext;
use crate::artifacts;
use crate::cli::exit::Exit;
use crate::cli::flags::{CommandFlags, yaml_mapping};

#[derive(Debug, Args)]
pub struct RunOperationArgs {
    /// The macro, with its package in front if need be
    r#macro: String,
    /// Arguments of the macro, as YAML
    #[arg(long, default_value = "{}", allow_hyphen_values = true)]
    args: String,
}

impl RunOperationArgs {
    /// Asks for a macro with arguments as YAML.
    pub fn new(r#macro: String, args: String) -> Self {
        Self { r#macro, args }
    }
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &RunOperationArgs) -> Result<(), Exit> {
    let arguments = yaml_mapping("--args", &args.args).map_err(Exit::failed)?;
    let mut extra = Map::new();
    extra.insert("macro".into(), args.r#macro.clone().into());
    extra.insert("args".into(), arguments.clone().into());
    let session = cx.open(&CommandFlags {
        which: "run-operation",
        extra,
        ..CommandFlags::default()
    })?;
    session.greet()?;
    let ready = session.read()?;
    let results = super::build::with_run_context(&session, &ready, None, |cx| {
        crate::run::run_operation(cx, &args.r#macro, &arguments)
    })?;
    super::parse::write_manifest(&session, &ready, &results.compiled)?;
    // An operation that is not there leaves the results of the run before.
    if session.invocation.flags.write_json && !results.results.is_empty() {
        let path = session.target_dir(&ready.project).join("run_results.json");
        session.write_with(&path, &mut |out| {
            artifacts::run_results(out, &results, &session.invocation)
        })?;
    }
    super::build::keep_record(&session, &ready, &results)?;
    session.report(&results.diagnostics);
    for result in &results.results {
        session.report(&result.diagnostics);
    }
    super::build::exit(&results)
}
