//! `compile`: renders the selected nodes.

use serde_json::{Map, Value, json};

use super::CommandContext;
use crate::cli::args::CompileArgs;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::plan::{self, Command, Plan};

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &CompileArgs) -> Result<(), Exit> {
    let mut extra = Map::new();
    extra.insert("output".into(), args.inline.output.clone().into());
    let session = cx.open(&CommandFlags {
        which: "compile",
        run: args.run.clone(),
        extra,
    })?;
    session.greet();
    let ready = session.read_with(args.inline.inline.as_deref())?;
    let plan = if let Some(id) = &ready.inline {
        Plan::of_one(Command::Compile, id.clone())
    } else {
        let request = super::request(&session, &ready, Command::Compile, &args.run.selection)?;
        session.settle(plan::plan(&ready.graph, &request))?
    };
    let results = super::build::execute(&session, &ready, &plan, None)?;
    // dbt prints the SQL of what was asked for by name.
    if args.inline.inline.is_some() || !args.run.selection.select.is_empty() {
        let select = &args.run.selection.select;
        for (name, result) in super::show::named_results(&ready, select, &results.results) {
            let Some(code) = &result.compiled_code else {
                continue;
            };
            if args.inline.output == "json" {
                let value = json!({"node": name, "compiled": &**code});
                session.printer.data(&format!("{}\n", pretty(&value)));
            } else {
                session
                    .printer
                    .data(&format!("Compiled node '{name}' is:\n{code}\n"));
            }
        }
    }
    super::build::finish_compiling(&session, &ready, &results)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
