//! `run_results.json`, version 6.

use serde_json::{Map, Value, json};

use super::metadata::{Metadata, timestamp};
use crate::invocation::Invocation;
use crate::run::{NodeResult, RunResults};

/// Writes the results of a command as JSON text.
pub fn run_results(results: &RunResults, invocation: &Invocation) -> Vec<u8> {
    let list: Vec<Value> = results.results.iter().map(result).collect();
    let value = json!({
        "metadata": Metadata::new(invocation, "run-results/v6", results.generated_at),
        "results": list,
        "elapsed_time": results.elapsed_time,
        "args": args(invocation),
    });
    value.to_string().into_bytes()
}

fn result(result: &NodeResult) -> Value {
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
    let batches = result.batch_results.as_ref().map(|batches| {
        let list = |batches: &[crate::run::Batch]| -> Vec<Value> {
            batches
                .iter()
                .map(|b| json!([timestamp(b.start), timestamp(b.end)]))
                .collect()
        };
        json!({
            "successful": list(&batches.successful),
            "failed": list(&batches.failed),
        })
    });
    json!({
        "status": result.status.as_str(),
        "timing": timing,
        "thread_id": result.thread_id,
        "execution_time": result.execution_time,
        "adapter_response": result.adapter_response,
        "message": result.message,
        "failures": result.failures,
        "unique_id": result.unique_id.as_str(),
        "compiled": result.compiled,
        "compiled_code": result.compiled_code.as_deref(),
        "relation_name": result.relation_name,
        "batch_results": batches,
    })
}

/// Returns the flags of the command, without those that hold secrets.
pub fn args(invocation: &Invocation) -> Map<String, Value> {
    let flags = invocation.flags.all.iter();
    let mut args: Map<String, Value> = flags
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .collect();
    // Paths of the machine and secrets in vars are the user's own; dbt
    // records them too, but a secret is never written.
    let secrets: Vec<&str> = invocation.secrets().collect();
    if !secrets.is_empty() {
        for value in args.values_mut() {
            hide(value, &secrets);
        }
    }
    args
}

fn hide(value: &mut Value, secrets: &[&str]) {
    match value {
        Value::String(text) => {
            for secret in secrets {
                if text.contains(secret) {
                    *text = text.replace(secret, "*****");
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| hide(v, secrets)),
        Value::Object(map) => map.values_mut().for_each(|v| hide(v, secrets)),
        _ => {}
    }
}
