//! `compile`: renders the selected nodes.

use serde_json::{Map, Value, json};

use super::CommandContext;
use crate::cli::args::CompileArgs;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::trace;
use crate::plan::{self, Command, Plan};
use crate::sql::Schemas;

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &CompileArgs) -> Result<(), Exit> {
    let mut extra = Map::new();
    extra.insert("output".into(), args.inline.output.clone().into());
    if let Some(sql) = &args.inline.inline {
        extra.insert("inline".into(), sql.clone().into());
    }
    let session = cx.open(&CommandFlags {
        which: "compile",
        run: args.run.clone(),
        extra,
    })?;
    session.greet()?;
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
        for result in super::show::named_results(&ready, select, &results.results) {
            let name = super::show::node_name(&ready, result);
            let Some(code) = &result.compiled_code else {
                continue;
            };
            let is_inline = args.inline.inline.is_some();
            let text = match (args.inline.output.as_str(), is_inline) {
                ("json", true) => pretty(&json!({"compiled": &**code})),
                ("json", false) => pretty(&json!({"node": name, "compiled": &**code})),
                _ if session.invocation.flags.quiet => code.to_string(),
                (_, true) => format!("Compiled inline node is:\n{code}"),
                (_, false) => format!("Compiled node '{name}' is:\n{code}"),
            };
            session.printer.data(&format!("{text}\n"));
        }
    }
    let selection = &args.run.selection;
    let is_whole = selection.select.is_empty()
        && selection.models.is_empty()
        && selection.exclude.is_empty()
        && selection.selector.is_none();
    if is_whole && ready.inline.is_none() && session.invocation.flags.write_json {
        // Following columns keeps one processor busy; the artifacts meanwhile the others.
        let mut finished = Ok(());
        let followed = rayon::in_place_scope(|scope| {
            scope.spawn(|_| finished = super::build::finish_compiling(&session, &ready, &results));
            let project = trace::trace(&ready, &results.compiled, &Schemas::default())?;
            trace::write(&session, &ready, &project.traced)
        });
        followed.and(finished)?;
    } else {
        super::build::finish_compiling(&session, &ready, &results)?;
    }
    ready.leave();
    Ok(())
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
