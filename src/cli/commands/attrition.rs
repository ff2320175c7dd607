//! `attrition`: how many patients each step of a cohort model keeps.

use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use serde_json::{Map, json};

use super::CommandContext;
use crate::adapter::{AdapterError, Cell, Connection};
use crate::attrition::{COUNT_TEMPLATE, Counted, Step, counted, steps};
use crate::cli::args::{RunArgs, SelectionArgs};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::interrupt;
use crate::diagnostics::{Diagnostic, suggest};
use crate::parse::{Language, Node, NodeKind};
use crate::plan::{Command, Plan};

#[derive(Debug, Args)]
pub struct AttritionArgs {
    /// The cohort model; what it reads must have been built
    model: String,
    /// The column that identifies a patient
    #[arg(long, default_value = "patient_id")]
    key: String,
    /// How to print: `text` or `json`
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    output: String,
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &AttritionArgs) -> Result<(), Exit> {
    let select = vec![args.model.clone()];
    let session = cx.open(&CommandFlags {
        which: "attrition",
        run: RunArgs {
            selection: SelectionArgs {
                select,
                ..SelectionArgs::default()
            },
            ..RunArgs::default()
        },
        extra: Map::new(),
    })?;
    session.greet()?;
    let ready = session.read()?;
    let nodes = || ready.graph.project.nodes.values();
    let is_it = |node: &&Node| is_model(node) && node.name == args.model;
    let Some(node) = nodes().find(is_it) else {
        let models = nodes().filter(|node| is_model(node));
        let names = models.map(|node| node.name.as_str());
        let title = format!("there is no model `{}`", args.model);
        let diagnostic = Diagnostic::error("unknown-model", title);
        return Err(Exit::failed(match suggest::nearest(&args.model, names) {
            Some(similar) => diagnostic.hint(format!("did you mean `{similar}`?")),
            None => diagnostic.hint("`hcdbt list --resource-type model` names all"),
        }));
    };
    if node.language == Language::Python {
        let title = format!(
            "`{}` is a Python model, whose steps are not known",
            args.model
        );
        return Err(Exit::failed(
            Diagnostic::error("unsupported-model", title).hint("count the steps of a model in SQL"),
        ));
    }
    let plan = Plan::of_one(Command::Compile, node.unique_id.clone());
    let results = super::build::execute(&session, &ready, &plan, None)?;
    let code = results.results.iter().find_map(|r| r.compiled_code.clone());
    let Some(code) = code else {
        return super::build::finish_compiling(&session, &ready, &results);
    };

    let adapter = session.adapter(&ready.project.profile)?;
    let cancelled = AtomicBool::new(false);
    let counted = interrupt::watched(&cancelled, &*adapter, || {
        let mut connection = adapter.connect().map_err(|error| refused(args, &error))?;
        let connection = &mut *connection;
        count_all(connection, args, &code)
    });
    adapter.close();
    if cancelled.load(Ordering::Relaxed) {
        return Err(Exit::interrupted());
    }
    let counted = counted?;
    session.printer.data(&match args.output.as_str() {
        "json" => as_json(&counted),
        _ => as_text(&counted),
    });
    Ok(())
}

fn is_model(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Model(_))
}

fn count_all(
    connection: &mut dyn Connection,
    args: &AttritionArgs,
    code: &str,
) -> Result<Vec<Counted>, Exit> {
    let refused = |error: AdapterError| refused(args, &error);
    let tree = connection.query_tree(code).map_err(refused)?;
    let template = connection.query_tree(COUNT_TEMPLATE).map_err(refused)?;
    let steps = steps(&tree, &template, &args.model, &args.key).map_err(|why| {
        let title = format!("the steps of `{}` cannot be told: {why}", args.model);
        Exit::failed(Diagnostic::error("no-steps", title))
    })?;
    let counts = steps.iter().map(|step| count(connection, step)).collect();
    let counted = counted(&steps, counts);
    if let Some(Err(why)) = counted.last().map(|last| &last.patients) {
        let title = format!("`{}` of model `{}` cannot be counted", args.key, args.model);
        return Err(Exit::failed(
            Diagnostic::error("no-key", title)
                .because(why.clone())
                .hint("build what the model reads, and name the patient's column with `--key`"),
        ));
    }
    Ok(counted)
}

fn count(connection: &mut dyn Connection, step: &Step) -> Result<i64, String> {
    let said = |error: AdapterError| error.message;
    let sql = connection.query_of_tree(&step.tree).map_err(said)?;
    let (_, table) = connection.execute(&sql, true, Some(1)).map_err(said)?;
    match table.rows.first().and_then(|row| row.first()) {
        Some(Cell::Int(count)) => i64::try_from(*count).map_err(|error| error.to_string()),
        _ => Err("the database gave no count".to_owned()),
    }
}

fn refused(args: &AttritionArgs, error: &AdapterError) -> Exit {
    let title = format!("the steps of `{}` cannot be counted", args.model);
    Exit::failed(Diagnostic::error("database-error", title).because(error.message.clone()))
}

fn as_json(counted: &[Counted]) -> String {
    let mut out = String::new();
    for step in counted {
        let row = json!({
            "part": step.part,
            "step": step.what,
            "patients": step.patients.as_ref().ok(),
            "lost": step.lost,
        });
        out.push_str(&format!("{row}\n"));
    }
    out
}

fn as_text(counted: &[Counted]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["part", "step", "patients", "lost"]);
    for step in counted {
        let patients = match &step.patients {
            Ok(count) => count.to_string(),
            Err(_) => "no such column".to_owned(),
        };
        let lost = step.lost.map(|lost| lost.to_string());
        table.add_row([
            step.part.clone(),
            step.what.clone(),
            patients,
            lost.unwrap_or_default(),
        ]);
    }
    format!("{table}\n")
}
