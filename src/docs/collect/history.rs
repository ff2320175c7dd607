//! How nodes and tests ran over time, from the records of the ledger of runs.

use std::collections::HashMap;

use serde_json::Value;

use super::results::status;
use crate::docs::fields::{items, string, text};
use crate::docs::payload::{Kind, Run};

/// No more runs of a node are shown.
const MOST_RUNS: usize = 60;
/// The command that runs nothing.
const COMPILE: &str = "compile";

/// Returns each node's runs, the oldest first. `records` are the newest first.
pub(super) fn runs(records: &[Value]) -> HashMap<&str, Vec<Run>> {
    let mut runs: HashMap<&str, Vec<Run>> = HashMap::new();
    for record in records {
        let metadata = record.get("metadata").unwrap_or(&Value::Null);
        let command = text(record, "command").unwrap_or_default();
        let started =
            string(metadata, "invocation_started_at").or_else(|| string(metadata, "generated_at"));
        if command == COMPILE {
            continue;
        }
        for result in items(record, "results") {
            let (Some(id), Some(status)) = (
                text(result, "unique_id"),
                text(result, "status").and_then(status),
            ) else {
                continue;
            };
            // Of models, `test` has no runs, whatever it says of them.
            if command == "test" && !is_test(id) {
                continue;
            }
            let Some(at) = string(result, "completed_at").or_else(|| started.clone()) else {
                continue;
            };
            let runs = runs.entry(id).or_default();
            if runs.len() < MOST_RUNS {
                runs.push(Run {
                    at,
                    status,
                    seconds: result.get("execution_time").and_then(Value::as_f64),
                    rows: result.get("rows_out").and_then(Value::as_u64),
                    failures: result
                        .get("failures")
                        .and_then(Value::as_u64)
                        .filter(|_| is_test(id)),
                    age: result.get("age").and_then(Value::as_f64),
                });
            }
        }
    }
    for runs in runs.values_mut() {
        runs.reverse();
    }
    runs
}

fn is_test(id: &str) -> bool {
    let kind = id.split('.').next().and_then(Kind::from_resource_type);
    kind.is_some_and(Kind::is_test)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn runs_are_in_the_order_of_time_and_those_of_tests_are_their_own() {
        let record = |command: &str, at: &str, rows: u64| {
            json!({
                "metadata": {"invocation_started_at": at}, "command": command,
                "results": [{"unique_id": "model.p.a", "status": "success", "execution_time": 1.5, "rows_out": rows},
                    {"unique_id": "test.p.t", "status": "fail", "failures": rows}, {"unique_id": 3}],
            })
        };
        let records = [
            record("build", "2026-01-03T00:00:00Z", 30),
            record("test", "2026-01-02T00:00:00Z", 0),
            record("run", "2026-01-01T00:00:00Z", 10),
            json!("no record"),
        ];
        let runs = runs(&records);
        let rows: Vec<_> = runs["model.p.a"].iter().map(|run| run.rows).collect();
        assert_eq!(rows, [Some(10), Some(30)]);
        let found: Vec<_> = runs["test.p.t"].iter().map(|run| run.failures).collect();
        assert_eq!(found, [Some(10), Some(0), Some(30)]);
    }
}
