//! `run_results.json`, version 6.

use std::io;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::metadata::{Metadata, timestamp};
use crate::invocation::Invocation;
use crate::run::{BatchResults, NodeResult, RunResults, Timing};

/// Writes the results of a command as JSON text, piece by piece: there may be
/// tens of thousands, each with its SQL.
pub fn run_results(
    out: &mut dyn io::Write,
    results: &RunResults,
    invocation: &Invocation,
) -> io::Result<()> {
    let document = Document {
        results,
        invocation,
    };
    Ok(serde_json::to_writer(out, &document)?)
}

/// The whole file.
struct Document<'a> {
    results: &'a RunResults,
    invocation: &'a Invocation,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let results = self.results;
        let metadata = Metadata::new(self.invocation, "run-results/v6", results.generated_at);
        let list: Vec<ResultView<'_>> = results.results.iter().map(ResultView).collect();
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("metadata", &metadata)?;
        map.serialize_entry("results", &list)?;
        map.serialize_entry("elapsed_time", &results.elapsed_time)?;
        map.serialize_entry("args", &args(self.invocation))?;
        map.end()
    }
}

/// One result in dbt's form.
struct ResultView<'a>(&'a NodeResult);

impl Serialize for ResultView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let result = self.0;
        let timing: Vec<TimingView<'_>> = result.timing.iter().map(TimingView).collect();
        let mut map = serializer.serialize_map(Some(12))?;
        map.serialize_entry("status", result.status.as_str())?;
        map.serialize_entry("timing", &timing)?;
        map.serialize_entry("thread_id", &result.thread_id)?;
        map.serialize_entry("execution_time", &result.execution_time)?;
        map.serialize_entry("adapter_response", &result.adapter_response)?;
        map.serialize_entry("message", &result.message)?;
        map.serialize_entry("failures", &result.failures)?;
        map.serialize_entry("unique_id", result.unique_id.as_str())?;
        map.serialize_entry("compiled", &result.compiled)?;
        map.serialize_entry("compiled_code", &result.compiled_code.as_deref())?;
        map.serialize_entry("relation_name", &result.relation_name)?;
        map.serialize_entry("batch_results", &result.batch_results.as_ref().map(batches))?;
        map.end()
    }
}

struct TimingView<'a>(&'a Timing);

impl Serialize for TimingView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("name", self.0.name)?;
        map.serialize_entry("started_at", &timestamp(self.0.started_at))?;
        map.serialize_entry("completed_at", &timestamp(self.0.completed_at))?;
        map.end()
    }
}

fn batches(batches: &BatchResults) -> Value {
    // dbt writes their bounds with the offset, `2020-01-01T00:00:00+00:00`.
    let bound = |at: jiff::Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let list = |batches: &[crate::run::Batch]| -> Vec<Value> {
        batches
            .iter()
            .map(|b| json!([bound(b.start), bound(b.end)]))
            .collect()
    };
    json!({
        "successful": list(&batches.successful),
        "failed": list(&batches.failed),
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
