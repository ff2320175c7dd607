//! One run's record in the ledger, `target/hcdbt/runs/<time>-<id>.json`.
//!
//! A record says what ran, when, by which version, and what that did to rows
//! and columns. It holds no message of a database, for these quote values.

use serde_json::{Value, json};

use super::metadata::timestamp;
use super::run_results::args;
use crate::adapter::DUCKDB_VERSION;
use crate::config::{DBT_VERSION, LoadedProject};
use crate::invocation::Invocation;
use crate::run::{NodeFacts, NodeResult, RunResults};

/// Where the records lie, below the target folder.
pub const LEDGER_FOLDER: &str = "hcdbt/runs";

/// Returns the file name of a record. Names stand in the order of the runs.
pub fn record_name(generated_at: &str, invocation_id: &str) -> String {
    let digits = generated_at.chars().filter(char::is_ascii_digit);
    // Up to the microsecond: several runs fit into a second.
    let time: String = digits.take(20).collect();
    format!("{time}-{invocation_id}.json")
}

/// Writes the record of a run as JSON text, with its file name.
pub fn record(
    results: &RunResults,
    project: &LoadedProject,
    invocation: &Invocation,
) -> (String, Vec<u8>) {
    let generated_at = timestamp(results.generated_at);
    let value = json!({
        "metadata": {
            "record_version": 1,
            "invocation_id": invocation.id,
            "invocation_started_at": timestamp(invocation.started_at),
            "generated_at": generated_at,
            "hcdbt_version": env!("CARGO_PKG_VERSION"),
            "dbt_version": DBT_VERSION,
            "duckdb_version": DUCKDB_VERSION,
            "project_name": &*project.name,
            "project_version": project.root().project.version,
            "target_name": project.profile.target_name,
        },
        "command": invocation.command,
        "args": args(invocation),
        "status": results.outcome(),
        "elapsed_time": results.elapsed_time,
        "results": results
            .results
            .iter()
            .map(|r| result(r, results.facts.get(&r.unique_id)))
            .collect::<Vec<_>>(),
    });
    let name = record_name(&generated_at, &invocation.id);
    (name, value.to_string().into_bytes())
}

fn result(result: &NodeResult, facts: Option<&NodeFacts>) -> Value {
    let mut value = json!({
        "unique_id": result.unique_id.as_str(),
        "status": result.status.as_str(),
        "started_at": result.timing.first().map(|timing| timestamp(timing.started_at)),
        "completed_at": result.timing.last().map(|timing| timestamp(timing.completed_at)),
        "execution_time": result.execution_time,
        "failures": result.failures,
        "relation_name": result.relation_name,
    });
    if let Some(freshness) = &result.freshness {
        value["max_loaded_at"] = timestamp(freshness.max_loaded_at).into();
        value["age"] = freshness.age.into();
    }
    if let Some(facts) = facts {
        value["rows_in"] = facts.rows_in.into();
        value["rows_out"] = facts.rows_out.into();
        value["columns_before"] = columns(facts.before.as_deref());
        value["columns_after"] = columns(facts.after.as_deref());
    }
    value
}

fn columns(columns: Option<&[(String, String)]>) -> Value {
    let Some(columns) = columns else {
        return Value::Null;
    };
    let columns = columns.iter();
    columns
        .map(|(name, data_type)| json!({"name": name, "type": data_type}))
        .collect()
}
