//! `show`: runs one query and prints its rows.

use comfy_table::presets::ASCII_MARKDOWN;
use serde_json::{Map, Value};

use super::CommandContext;
use crate::adapter::{Cell, Table};
use crate::cli::args::ShowArgs;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::{ReadyProject, Session};
use crate::diagnostics::Diagnostic;
use crate::plan::{self, Command, Plan};
use crate::run::NodeResult;

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &ShowArgs) -> Result<(), Exit> {
    let mut extra = Map::new();
    extra.insert("limit".into(), args.limit.into());
    extra.insert("output".into(), args.inline.output.clone().into());
    if let Some(sql) = &args.inline.inline {
        extra.insert("inline".into(), sql.clone().into());
    }
    let session = cx.open(&CommandFlags {
        which: "show",
        run: args.run.clone(),
        extra,
    })?;
    session.greet()?;
    let ready = session.read_with(args.inline.inline.as_deref())?;
    let plan = if let Some(id) = &ready.inline {
        Plan::of_one(Command::Show, id.clone())
    } else if args.run.selection.select.is_empty() && args.run.selection.selector.is_none() {
        return Err(Exit::failed(
            Diagnostic::error(
                "nothing-to-show",
                "Either --select or --inline must be passed to show",
            )
            .hint("name a node with `--select`, or a query with `--inline`"),
        ));
    } else {
        let request = super::request(&session, &ready, Command::Show, &args.run.selection)?;
        session.settle(plan::plan(&ready.graph, &request))?
    };
    let results = super::build::execute(&session, &ready, &plan, Some(args.limit))?;
    let shown = named_results(&ready, &args.run.selection.select, &results.results);
    for result in shown {
        let Some(table) = &result.table else {
            continue;
        };
        let name = versioned_name(&ready, result);
        if args.inline.output == "json" {
            let rows = Value::Array(rows_json(table));
            let value = if args.inline.inline.is_some() {
                serde_json::json!({"show": rows})
            } else {
                serde_json::json!({"node": name, "show": rows})
            };
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            session.printer.data(&format!("{text}\n"));
        } else if args.inline.inline.is_some() {
            print_table(&session, "Previewing inline node:", table);
        } else {
            print_preview(&session, &name, table);
        }
    }
    super::build::finish_compiling(&session, &ready, &results)
}

/// Returns the results to print: those of nodes that
/// the selection names itself, so that a model's tests do not come along; all
/// when it names none.
pub fn named_results<'a>(
    ready: &'a ReadyProject,
    select: &[String],
    results: &'a [NodeResult],
) -> Vec<&'a NodeResult> {
    let node = |result: &NodeResult| ready.graph.project.nodes.get(&result.unique_id);
    // A name counts wherever it stands, as in `+stg_claims` or `dim.v2`.
    let is_named = |result: &&NodeResult| {
        node(result).is_some_and(|node| select.iter().any(|text| text.contains(&node.name)))
    };
    let named: Vec<&NodeResult> = results.iter().filter(is_named).collect();
    if named.is_empty() {
        results.iter().collect()
    } else {
        named
    }
}

/// Returns the name of a result's node.
pub fn node_name<'a>(ready: &'a ReadyProject, result: &'a NodeResult) -> &'a str {
    let node = ready.graph.project.nodes.get(&result.unique_id);
    node.map_or(result.unique_id.as_str(), |node| node.name.as_str())
}

/// Returns the name of a result's node, with its version.
fn versioned_name(ready: &ReadyProject, result: &NodeResult) -> String {
    let name = node_name(ready, result);
    let node = ready.graph.project.nodes.get(&result.unique_id);
    match node.and_then(|node| node.version_text()) {
        Some(version) => format!("{name}.v{version}"),
        None => name.to_owned(),
    }
}

/// Prints the first rows of a node.
pub fn print_preview(session: &Session, name: &str, table: &Table) {
    print_table(session, &format!("Previewing node '{name}':"), table);
}

/// Prints rows, with a heading unless only data is wanted.
fn print_table(session: &Session, heading: &str, table: &Table) {
    let drawn = drawn(table);
    let text = if session.invocation.flags.quiet {
        format!("{drawn}\n")
    } else {
        format!("{heading}\n{drawn}\n")
    };
    session.printer.data(&text);
}

/// Draws rows as dbt does: a Markdown table.
fn drawn(table: &Table) -> String {
    let mut out = comfy_table::Table::new();
    out.load_preset(ASCII_MARKDOWN);
    out.set_header(&table.columns);
    for row in &table.rows {
        out.add_row(row.iter().map(text));
    }
    out.to_string()
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Bool(true) => "True".to_owned(),
        Cell::Bool(false) => "False".to_owned(),
        other => match json(other) {
            Value::String(text) => text,
            value => value.to_string(),
        },
    }
}

fn rows_json(table: &Table) -> Vec<Value> {
    table
        .rows
        .iter()
        .map(|row| {
            let cells = table.columns.iter().cloned().zip(row.iter().map(json));
            Value::Object(cells.collect())
        })
        .collect()
}

fn json(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(truth) => (*truth).into(),
        Cell::Int(number) => {
            i64::try_from(*number).map_or_else(|_| number.to_string().into(), Value::from)
        }
        Cell::Float(number) => (*number).into(),
        Cell::Decimal(text) => {
            // A number is written as one unless that would change it.
            let number = text.parse::<serde_json::Number>();
            number.map_or_else(|_| text.clone().into(), Value::Number)
        }
        Cell::Text(text) => text.clone().into(),
        Cell::Date(date) => date.to_string().into(),
        Cell::Timestamp(time) => time.to_string().into(),
        Cell::TimestampTz(time) => time.to_string().into(),
        Cell::Time(time) => time.to_string().into(),
        Cell::Interval { microseconds } => format!("{} seconds", *microseconds as f64 / 1e6).into(),
        Cell::Bytes(bytes) => bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            .into(),
        Cell::List(items) => items.iter().map(json).collect(),
        Cell::Struct(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), json(value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}
