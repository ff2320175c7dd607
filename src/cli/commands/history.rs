//! `history`: what the ledger below `target/hcdbt/runs/` tells of earlier runs.

mod change;

use clap::Args;
use serde_json::{Value, json};

use super::CommandContext;
use crate::artifacts::LEDGER_FOLDER;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::Session;
use crate::diagnostics::{Diagnostic, suggest};

#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// One node over time: its name or unique id
    #[arg(short, long)]
    select: Option<String>,
    /// How many to show, the newest, all for 0
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// How to print: `text` or `json`
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    output: String,
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &HistoryArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "history",
        ..CommandFlags::default()
    })?;
    let project = session.load()?;
    let mut records = Records::find(&session, &session.target_dir(&project))?;
    let limit = if args.limit == 0 {
        usize::MAX
    } else {
        args.limit
    };
    let found: Vec<Value> = match &args.select {
        None => records
            .take(limit)
            .map(|record| run_summary(&record))
            .collect(),
        Some(name) => {
            let mut seen = Vec::new();
            let mut found = Vec::new();
            for record in records.by_ref() {
                found.extend(node_entries(&record, name, &mut seen));
                if found.len() >= limit {
                    break;
                }
            }
            if found.is_empty() && !seen.is_empty() {
                return Err(Exit::failed(unknown_node(name, &seen)));
            }
            found
        }
    };
    let text = match (args.output.as_str(), &args.select) {
        ("json", _) => {
            let list: Vec<String> = found.iter().map(|value| format!("{value}\n")).collect();
            list.concat()
        }
        (_, None) => drawn(
            &[
                "started", "command", "status", "nodes", "not ok", "seconds", "version", "run",
            ],
            found.iter().map(run_row),
        ),
        (_, Some(_)) => drawn(
            &[
                "started", "node", "status", "seconds", "rows in", "rows out", "columns", "run",
            ],
            found.iter().map(node_row),
        ),
    };
    if found.is_empty() {
        let message = "No run has left a record yet below `target/hcdbt/runs`";
        session.say(
            crate::event::Level::Info,
            "Note",
            "Z050",
            message.to_owned(),
        );
    } else {
        session.printer.data(&text);
    }
    Ok(())
}

/// The records of the ledger, the newest first; each is read when it is asked
/// for.
struct Records<'a> {
    session: &'a Session,
    paths: Vec<camino::Utf8PathBuf>,
}

impl<'a> Records<'a> {
    fn find(session: &'a Session, target: &camino::Utf8Path) -> Result<Self, Exit> {
        let folder = target.join(LEDGER_FOLDER);
        let entries = session.world.walk(&folder).map_err(|error| {
            let title = format!("`{folder}` cannot be read: {error}");
            Exit::failed(Diagnostic::error("unreadable-folder", title))
        })?;
        let paths = entries.into_iter().map(|entry| entry.path);
        let paths = paths.filter(|path| path.extension() == Some("json"));
        Ok(Self {
            session,
            paths: paths.collect(),
        })
    }
}

impl Iterator for Records<'_> {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        while let Some(path) = self.paths.pop() {
            let text = self.session.world.read(&path);
            let value = text.ok().and_then(|text| serde_json::from_str(&text).ok());
            if let Some(value) = value {
                return Some(value);
            }
            let title = format!("`{path}` is no record of a run and is left out");
            self.session
                .report(&[Diagnostic::warning("unreadable-record", title)]);
        }
        None
    }
}

fn results(record: &Value) -> &[Value] {
    record["results"].as_array().map_or(&[], Vec::as_slice)
}

/// Tells whether a result is one that nobody has to look at.
fn is_ok(result: &Value) -> bool {
    matches!(
        result["status"].as_str(),
        Some("success" | "pass" | "no-op" | "warn" | "reused")
    )
}

fn run_summary(record: &Value) -> Value {
    let metadata = &record["metadata"];
    let all = results(record);
    // A record that `retry` took over from dbt has the command in its flags.
    let command = record.get("command").unwrap_or(&record["args"]["which"]);
    let status = record.get("status").cloned().unwrap_or_else(|| {
        let is_success = all.iter().all(is_ok);
        (if is_success { "success" } else { "failed" }).into()
    });
    json!({
        "run_id": metadata["invocation_id"],
        "started_at": metadata["invocation_started_at"],
        "completed_at": metadata["generated_at"],
        "command": command,
        "target": metadata["target_name"],
        "status": status,
        "nodes": all.len(),
        "not_ok": all.iter().filter(|result| !is_ok(result)).count(),
        "elapsed_time": record["elapsed_time"],
        "hcdbt_version": metadata["hcdbt_version"],
        "dbt_version": metadata["dbt_version"],
        "duckdb_version": metadata["duckdb_version"],
    })
}

/// Returns what became of the nodes of one name; `seen` gathers all names.
fn node_entries(record: &Value, name: &str, seen: &mut Vec<String>) -> Vec<Value> {
    let mut found = Vec::new();
    for result in results(record) {
        let id = result["unique_id"].as_str().unwrap_or_default();
        // `model.health.dim_patient` is `dim_patient`, and with a version
        // `model.health.dim_patient.v2` is `dim_patient.v2`.
        let own_name = id.splitn(3, '.').nth(2).unwrap_or(id);
        let plain = own_name.split('.').next().unwrap_or(own_name);
        if [id, own_name, plain].contains(&name) {
            let mut entry = result.clone();
            entry["run_id"] = record["metadata"]["invocation_id"].clone();
            if entry["started_at"].is_null() {
                entry["started_at"] = record["metadata"]["invocation_started_at"].clone();
            }
            entry["hcdbt_version"] = record["metadata"]["hcdbt_version"].clone();
            entry["column_changes"] = change::columns(&entry).into();
            found.push(entry);
        }
        if !seen.iter().any(|known| known == own_name) {
            seen.push(own_name.to_owned());
        }
    }
    found
}

fn unknown_node(name: &str, seen: &[String]) -> Diagnostic {
    let title = format!("no recorded run has worked on a node `{name}`");
    let diagnostic = Diagnostic::error("unknown-node", title);
    match suggest::nearest(name, seen.iter().map(String::as_str)) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic.hint("give a node's name as `list` prints it, or its unique id"),
    }
}

fn run_row(run: &Value) -> Vec<String> {
    vec![
        moment(&run["started_at"]),
        text(&run["command"]),
        text(&run["status"]),
        text(&run["nodes"]),
        text(&run["not_ok"]),
        seconds(&run["elapsed_time"]),
        text(&run["hcdbt_version"]),
        short_id(&run["run_id"]),
    ]
}

fn node_row(entry: &Value) -> Vec<String> {
    let id = entry["unique_id"].as_str().unwrap_or_default();
    let changes = entry["column_changes"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    vec![
        moment(&entry["started_at"]),
        id.splitn(3, '.').nth(2).unwrap_or(id).to_owned(),
        text(&entry["status"]),
        seconds(&entry["execution_time"]),
        text(&entry["rows_in"]),
        text(&entry["rows_out"]),
        changes.iter().map(text).collect::<Vec<_>>().join(", "),
        short_id(&entry["run_id"]),
    ]
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn seconds(value: &Value) -> String {
    value.as_f64().map_or(String::new(), |n| format!("{n:.2}"))
}

/// Shows a moment to the second: `2024-01-31 10:00:00`.
fn moment(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    text.chars().take(19).collect::<String>().replace('T', " ")
}

fn short_id(value: &Value) -> String {
    value.as_str().unwrap_or_default().chars().take(8).collect()
}

fn drawn(heading: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(heading);
    for row in rows {
        table.add_row(row);
    }
    format!("{table}\n")
}
