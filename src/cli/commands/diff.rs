//! `diff`: compares two relations, or all relations of two database files.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use camino::Utf8Path;
use clap::Args;
use serde_json::{Map, Value, json};

use super::CommandContext;
use crate::adapter::{self, Adapter, AdapterError, Connection};
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::interrupt;
use crate::cli::reports::ReportArgs;
use crate::cli::session::{ReadyProject, Session};
use crate::compare::{self, Columns, Comparison, Named, Request, place};
use crate::diagnostics::{Diagnostic, suggest};
use crate::parse::Node;

#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// Before: a model, a relation (`schema.table`), `file.duckdb:schema.table`, or all of a
    /// database file
    before: String,
    /// After: the same
    after: String,
    /// The columns that identify a row; those of the model or of the table's primary key unless
    /// given
    #[arg(long, num_args = 1.., value_delimiter = ',')]
    key: Vec<String>,
    /// Of the global flag.
    #[arg(skip)]
    show_values: bool,
    /// With --show-values: how many rows of each kind of difference to show
    #[arg(long, default_value_t = 10)]
    limit: usize,
    /// How to print: `text` or `json`
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    output: String,
    /// Exit with 1 when there is a difference
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    pub reports: ReportArgs,
}

/// Two relations to compare.
struct Pair {
    /// As the user knows them.
    before: String,
    after: String,
    /// As they are written in SQL.
    before_sql: String,
    after_sql: String,
    key: Vec<String>,
}

/// What all comparisons came to.
#[derive(Default)]
struct Outcome {
    /// Whether whole databases were compared.
    is_whole: bool,
    compared: Vec<(Pair, Comparison)>,
    only_before: Vec<String>,
    only_after: Vec<String>,
}

const BEFORE: &str = "hcdbt_before";
const AFTER: &str = "hcdbt_after";

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &DiffArgs) -> Result<(), Exit> {
    let args = &DiffArgs {
        show_values: cx.globals.switch("show_values").unwrap_or_default(),
        ..args.clone()
    };
    let current_dir = &cx.process.current_dir;
    let is_file = |path: &Utf8Path| {
        let path = current_dir.join(path);
        cx.world.exists(&path) && !cx.world.is_dir(&path)
    };
    let before = Named::read(&args.before, &is_file);
    let after = Named::read(&args.after, &is_file);
    let flags = CommandFlags {
        which: "diff",
        extra: Map::new(),
        ..CommandFlags::default()
    };
    let are_files = matches!(before, Named::File { .. }) && matches!(after, Named::File { .. });
    let (session, outcome) = if are_files {
        let session = cx.open_in(current_dir.clone(), &flags)?;
        let mut connection = adapter::workbench().map_err(|error| refused(&error, None))?;
        let outcome = compare_all(&mut *connection, args, &before, &after, None, current_dir)?;
        (session, outcome)
    } else {
        let session = cx.open(&flags)?;
        session.greet()?;
        let ready = session.read()?;
        let outcome = in_project(&session, &ready, args, &before, &after)?;
        (session, outcome)
    };
    tell(&session, args, &outcome);
    let is_same = outcome.only_before.is_empty()
        && outcome.only_after.is_empty()
        && outcome.compared.iter().all(|(_, found)| found.is_same());
    if args.exit_code && !is_same {
        return Err(Exit::node_failed());
    }
    Ok(())
}

fn in_project(
    session: &Session,
    ready: &ReadyProject,
    args: &DiffArgs,
    before: &Named,
    after: &Named,
) -> Result<Outcome, Exit> {
    let adapter: Arc<dyn Adapter> = session.adapter(&ready.project.profile)?;
    let cancelled = AtomicBool::new(false);
    let current_dir = &session.invocation.current_dir;
    let outcome = interrupt::watched(&cancelled, &*adapter, || {
        let mut connection = adapter
            .connect()
            .map_err(|error| refused(&error, Some(ready)))?;
        compare_all(
            &mut *connection,
            args,
            before,
            after,
            Some(ready),
            current_dir,
        )
    });
    adapter.close();
    if cancelled.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(Exit::interrupted());
    }
    outcome
}

fn compare_all(
    connection: &mut dyn Connection,
    args: &DiffArgs,
    before: &Named,
    after: &Named,
    ready: Option<&ReadyProject>,
    current_dir: &Utf8Path,
) -> Result<Outcome, Exit> {
    let refused = |error: AdapterError| refused(&error, ready);
    let mut after_database = AFTER;
    if let Named::File { path, .. } = before {
        place::attach(connection, BEFORE, &current_dir.join(path)).map_err(refused)?;
    }
    match (before, after) {
        // A file can be attached once.
        (Named::File { path: one, .. }, Named::File { path: other, .. }) if one == other => {
            after_database = BEFORE;
        }
        (_, Named::File { path, .. }) => {
            place::attach(connection, AFTER, &current_dir.join(path)).map_err(refused)?;
        }
        _ => {}
    }
    let mut outcome = Outcome::default();
    let pairs = match (before, after) {
        (Named::File { relation: None, .. }, Named::File { relation: None, .. }) => {
            let names = place::relations(connection, BEFORE).map_err(refused)?;
            let others = place::relations(connection, after_database).map_err(refused)?;
            let only = |list: &[String], other: &[String]| -> Vec<String> {
                let only = list.iter().filter(|name| !other.contains(name));
                only.cloned().collect()
            };
            outcome.is_whole = true;
            outcome.only_before = only(&names, &others);
            outcome.only_after = only(&others, &names);
            let both = names.into_iter().filter(|name| others.contains(name));
            both.map(|name| (name.clone(), name)).collect()
        }
        _ => vec![(relation_of(before, args)?, relation_of(after, args)?)],
    };
    for (one, other) in pairs {
        let mut pair = Pair {
            before: shown(before, &one),
            after: shown(after, &other),
            before_sql: in_sql(before, BEFORE, &one, ready),
            after_sql: in_sql(after, after_database, &other, ready),
            key: args.key.clone(),
        };
        if pair.key.is_empty() {
            pair.key = [(before, BEFORE, &one), (after, after_database, &other)]
                .into_iter()
                .find_map(|(named, database, name)| {
                    key_of(connection, named, database, name, ready).filter(|key| !key.is_empty())
                })
                .unwrap_or_default();
        }
        let request = Request {
            before: &pair.before_sql,
            after: &pair.after_sql,
            key: &pair.key,
            samples: args.show_values.then_some(args.limit),
        };
        let found = compare::compare(connection, &request).map_err(refused)?;
        outcome.compared.push((pair, found));
    }
    Ok(outcome)
}

/// Returns the name of the relation that is meant.
fn relation_of(named: &Named, args: &DiffArgs) -> Result<String, Exit> {
    match named {
        Named::Here(name) => Ok(name.clone()),
        Named::File {
            relation: Some(name),
            ..
        } => Ok(name.clone()),
        Named::File { path, .. } => {
            let title = format!("`{path}` is a whole database, and the other side is not");
            let other = if args.before == path.as_str() {
                &args.after
            } else {
                &args.before
            };
            Err(Exit::failed(
                Diagnostic::error("invalid-argument", title).hint(format!(
                    "name a relation in it to compare with `{other}`: `{path}:schema.table`"
                )),
            ))
        }
    }
}

fn shown(named: &Named, name: &str) -> String {
    match named {
        Named::Here(name) => name.clone(),
        Named::File { path, .. } => format!("{path}:{}", place::parts(name).join(".")),
    }
}

fn in_sql(named: &Named, database: &str, name: &str, ready: Option<&ReadyProject>) -> String {
    match (named, ready.and_then(|ready| find_node(ready, name))) {
        (Named::File { .. }, _) => place::in_database(database, name),
        (Named::Here(_), Some(node)) => node
            .relation_name
            .clone()
            .unwrap_or_else(|| place::quoted(name)),
        (Named::Here(_), None) => place::quoted(name),
    }
}

/// Finds a model, seed or snapshot by its name, `dim.v2` with a version, or by
/// its unique id.
pub fn find_node<'a>(ready: &'a ReadyProject, name: &str) -> Option<&'a Node> {
    let nodes = ready.graph.project.nodes.values();
    let mut relational = nodes.filter(|node| node.relation_name.is_some());
    relational.find(|node| {
        let is_kind = ["model.", "seed.", "snapshot."]
            .iter()
            .any(|kind| node.unique_id.as_str().starts_with(kind));
        let versioned = node.version_text().map(|v| format!("{}.v{v}", node.name));
        is_kind
            && (node.unique_id.as_str() == name
                || versioned.as_deref() == Some(name)
                || node.name == name && (versioned.is_none() || node.is_latest_version()))
    })
}

/// Returns the columns that identify a model's rows, as its config or else its
/// constraints and tests tell.
pub fn key_of_node(node: &Node) -> Vec<String> {
    let configured = match node.config.get("unique_key") {
        Some(Value::String(column)) => {
            let columns = column.split(',').map(|column| column.trim().to_owned());
            columns.collect()
        }
        Some(Value::Array(columns)) => {
            let columns = columns.iter().filter_map(Value::as_str);
            columns.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    let are_columns = |key: &[String]| {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        !key.is_empty() && key.iter().all(|column| column.chars().all(is_name))
    };
    // A snapshot has several versions of each of its keys.
    if node.unique_id.as_str().starts_with("snapshot.") {
        return vec!["dbt_scd_id".to_owned()];
    }
    if are_columns(&configured) {
        return configured;
    }
    node.model()
        .map(|model| model.primary_key.clone())
        .unwrap_or_default()
}

fn key_of(
    connection: &mut dyn Connection,
    named: &Named,
    database: &str,
    name: &str,
    ready: Option<&ReadyProject>,
) -> Option<Vec<String>> {
    if let (Named::Here(_), Some(ready)) = (named, ready) {
        return find_node(ready, name).map(key_of_node);
    }
    place::primary_key(connection, database, name).ok()
}

fn refused(error: &AdapterError, ready: Option<&ReadyProject>) -> Exit {
    let diagnostic = Diagnostic::error("database-error", error.message.clone());
    let class = error.class.as_deref().unwrap_or("Database");
    let diagnostic =
        diagnostic.without_values(format!("the relations cannot be compared: {class} Error"));
    let missing = error
        .message
        .split_once("Table with name ")
        .and_then(|(_, rest)| rest.split(' ').next());
    let nearest = missing.zip(ready).and_then(|(name, ready)| {
        let nodes = ready.graph.project.nodes.values();
        let models = nodes.filter(|node| node.relation_name.is_some());
        suggest::nearest(name, models.map(|node| node.name.as_str()))
    });
    Exit::failed(match (nearest, missing) {
        (Some(nearest), _) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        (None, Some(_)) => {
            diagnostic.hint("name a model, `schema.table` or `file.duckdb:schema.table`")
        }
        (None, None) => diagnostic,
    })
}

fn tell(session: &Session, args: &DiffArgs, outcome: &Outcome) {
    session.keeper.keep(|found, _| {
        for (pair, comparison) in &outcome.compared {
            let title = format!("{} -> {}", pair.before, pair.after);
            found.parts.push(compare::markdown(&title, comparison));
        }
        for (what, names) in [
            ("before", &outcome.only_before),
            ("after", &outcome.only_after),
        ] {
            if !names.is_empty() {
                let names: Vec<String> = names.iter().map(|name| format!("- `{name}`\n")).collect();
                let part = format!("#### Only {what}\n\n{}", names.concat());
                found.parts.push(part);
            }
        }
    });
    if args.output == "json" {
        let mut list: Vec<Value> = outcome
            .compared
            .iter()
            .map(|(pair, found)| compare::json(&pair.before, &pair.after, found))
            .collect();
        let value = if outcome.is_whole {
            json!({
                "compared": list,
                "only_before": outcome.only_before,
                "only_after": outcome.only_after,
            })
        } else {
            list.pop().unwrap_or_default()
        };
        session.printer.data(&format!("{value:#}\n"));
        return;
    }
    let texts: Vec<String> = outcome
        .compared
        .iter()
        .map(|(pair, found)| compare::text(&pair.before, &pair.after, found, &drawn))
        .collect();
    let mut text = texts.join("\n");
    for (what, names) in [
        ("before", &outcome.only_before),
        ("after", &outcome.only_after),
    ] {
        for name in names {
            text.push_str(&format!("only {what}: {name}\n"));
        }
    }
    if text.is_empty() {
        text.push_str("there is no relation to compare\n");
    }
    session.printer.data(&text);
}

fn drawn(table: &Columns) -> String {
    let mut out = comfy_table::Table::new();
    out.load_preset(comfy_table::presets::ASCII_MARKDOWN);
    for (i, row) in table.iter().enumerate() {
        if i == 0 {
            out.set_header(row);
        } else {
            out.add_row(row);
        }
    }
    out.to_string()
}
