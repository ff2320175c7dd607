//! Looks up how nodes and sources ended last time.

use std::collections::HashMap;

use serde_json::Value;

use crate::docs::fields::{items, string, text};
use crate::docs::payload::{Freshness, NodeResult, Status};

/// The commands that execute nodes. `compile` and `docs generate` write run results
/// too, where everything "succeeded" because nothing ran.
const EXECUTING: [&str; 8] = [
    "build",
    "run",
    "test",
    "seed",
    "snapshot",
    "retry",
    "clone",
    "run-operation",
];

pub(super) struct Results<'a> {
    pub command: Option<&'a str>,
    /// Whether the results are of nodes that were executed.
    pub executed: bool,
    nodes: HashMap<&'a str, &'a Value>,
    /// Of nodes that the last run left alone, what the ledger knows of the run before.
    earlier: HashMap<&'a str, &'a Value>,
    sources: HashMap<&'a str, &'a Value>,
}

impl<'a> Results<'a> {
    /// `ledger` are records of runs, the newest first.
    pub fn new(
        run_results: Option<&'a Value>,
        sources: Option<&'a Value>,
        ledger: &'a [Value],
    ) -> Self {
        let command = run_results.and_then(|r| text(r.get("args")?, "which"));
        let executed = run_results.is_some() && command.is_none_or(|c| EXECUTING.contains(&c));
        Self {
            command,
            executed,
            nodes: by_id(run_results.filter(|_| executed)),
            earlier: earlier(ledger),
            sources: by_id(sources),
        }
    }

    pub fn of_node(&self, id: &str) -> Option<(Status, NodeResult)> {
        let Some(result) = self.nodes.get(id).copied() else {
            return self.of_earlier(id);
        };
        let status = status(text(result, "status")?)?;
        let finished = items(result, "timing")
            .filter_map(|step| text(step, "completed_at"))
            .last();
        let response = result.get("adapter_response");
        let detail = NodeResult {
            at: finished.map(str::to_owned),
            seconds: result.get("execution_time").and_then(Value::as_f64),
            failures: result.get("failures").and_then(Value::as_u64),
            rows_affected: response.and_then(|r| r.get("rows_affected")?.as_u64()),
        };
        Some((status, detail))
    }

    fn of_earlier(&self, id: &str) -> Option<(Status, NodeResult)> {
        let result = self.earlier.get(id).copied()?;
        let status = status(text(result, "status")?)?;
        let detail = NodeResult {
            at: string(result, "completed_at"),
            seconds: result.get("execution_time").and_then(Value::as_f64),
            failures: result.get("failures").and_then(Value::as_u64),
            rows_affected: None,
        };
        Some((status, detail))
    }

    /// Returns a source's freshness; the limits come from the project when it was not checked.
    pub fn of_source(&self, id: &str, source: &Value) -> (Option<Status>, Option<Freshness>) {
        let result = self.sources.get(id).copied();
        let criteria = result
            .and_then(|r| r.get("criteria"))
            .or_else(|| source.get("freshness"));
        let limit = |key: &str| {
            let limit = criteria?.get(key)?;
            let count = limit.get("count")?.as_u64()?;
            let period = text(limit, "period")?;
            Some(format!(
                "{count} {period}{}",
                if count == 1 { "" } else { "s" }
            ))
        };
        let freshness = Freshness {
            loaded_at: result.and_then(|r| string(r, "max_loaded_at")),
            checked_at: result.and_then(|r| string(r, "snapshotted_at")),
            age_seconds: result.and_then(|r| r.get("max_loaded_at_time_ago_in_s")?.as_f64()),
            warn_after: limit("warn_after"),
            error_after: limit("error_after"),
        };
        let known = freshness != Freshness::default();
        let status = result.and_then(|r| status(text(r, "status")?));
        (status, known.then_some(freshness))
    }
}

/// Returns what became of each node when it last ran; that it was skipped tells nothing of it.
fn earlier(ledger: &[Value]) -> HashMap<&str, &Value> {
    let executing = ledger.iter().filter(|&record| {
        let command = text(record, "command");
        command.is_some_and(|command| EXECUTING.contains(&command))
    });
    let mut found = HashMap::new();
    for result in executing.flat_map(|record| items(record, "results")) {
        let is_skipped = text(result, "status") == Some("skipped");
        if let Some(id) = text(result, "unique_id").filter(|_| !is_skipped) {
            found.entry(id).or_insert(result);
        }
    }
    found
}

fn by_id(artifact: Option<&Value>) -> HashMap<&str, &Value> {
    let results = artifact.into_iter().flat_map(|a| items(a, "results"));
    results
        .filter_map(|r| Some((text(r, "unique_id")?, r)))
        .collect()
}

pub(super) fn status(name: &str) -> Option<Status> {
    Some(match name {
        "success" | "no-op" => Status::Success,
        "pass" => Status::Pass,
        "warn" => Status::Warn,
        "fail" => Status::Fail,
        "error" | "runtime error" | "partial success" => Status::Error,
        "skipped" => Status::Skipped,
        _ => return None,
    })
}
