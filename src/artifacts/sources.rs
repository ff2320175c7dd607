//! `sources.json`, version 3: how fresh the sources are.

use serde_json::{Value, json};

use super::metadata::{Metadata, timestamp};
use crate::graph::Graph;
use crate::invocation::Invocation;
use crate::run::{RunResults, Status};

/// Writes freshness results as JSON text.
pub fn sources(results: &RunResults, graph: &Graph, invocation: &Invocation) -> Vec<u8> {
    let list: Vec<Value> = results
        .results
        .iter()
        .filter_map(|result| {
            let source = graph.project.sources.get(&result.unique_id)?;
            let Some(freshness) = &result.freshness else {
                return Some(json!({
                    "unique_id": result.unique_id.as_str(),
                    "error": result.message,
                    "status": Status::RuntimeError.as_str(),
                }));
            };
            let timing: Vec<Value> = result
                .timing
                .iter()
                .map(|t| {
                    json!({
                        "name": t.name,
                        "started_at": timestamp(t.started_at),
                        "completed_at": timestamp(t.completed_at),
                    })
                })
                .collect();
            Some(json!({
                "unique_id": result.unique_id.as_str(),
                "max_loaded_at": with_offset(freshness.max_loaded_at),
                "snapshotted_at": with_offset(freshness.snapshotted_at),
                "max_loaded_at_time_ago_in_s": freshness.age,
                "status": result.status.as_str(),
                "criteria": criteria(&source.freshness),
                "adapter_response": result.adapter_response,
                "timing": timing,
                "thread_id": result.thread_id,
                "execution_time": result.execution_time,
            }))
        })
        .collect();
    let value = json!({
        "metadata": Metadata::new(invocation, "sources/v3", results.generated_at),
        "results": list,
        "elapsed_time": results.elapsed_time,
    });
    value.to_string().into_bytes()
}

/// Writes what the database answered as Python writes a moment with a zone:
/// `2024-03-05T10:00:00+00:00`, with microseconds only when there are any.
fn with_offset(at: jiff::Timestamp) -> String {
    let format = if at.as_microsecond() % 1_000_000 == 0 {
        "%Y-%m-%dT%H:%M:%S+00:00"
    } else {
        "%Y-%m-%dT%H:%M:%S%.6f+00:00"
    };
    at.strftime(format).to_string()
}

fn criteria(freshness: &Value) -> Value {
    json!({
        "warn_after": freshness.get("warn_after"),
        "error_after": freshness.get("error_after"),
        "filter": freshness.get("filter"),
    })
}
