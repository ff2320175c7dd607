//! Saved queries: what they group by, order by, and how many rows they want.

use std::collections::HashSet;

use serde_json::Value;

use super::{Layer, elements, issue, list, name};
use crate::diagnostics::Diagnostic;

/// What a query can group by besides what the semantic models have.
const METRIC_TIME: &str = "metric_time";

pub(super) fn check(layer: &Layer<'_>, found: &mut Vec<Diagnostic>) {
    let mut known: HashSet<&str> = HashSet::from([METRIC_TIME]);
    known.extend(layer.metrics.iter().map(|metric| metric.name.as_str()));
    for model in &layer.models {
        known.extend(elements(model, "dimensions").iter().map(name));
        known.extend(elements(model, "entities").iter().map(name));
    }
    for query in &layer.queries {
        let Some(params) = query.body.get("query_params") else {
            continue;
        };
        for group_by in list(params, "group_by").iter().filter_map(Value::as_str) {
            if !grouped(group_by).is_some_and(|name| known.contains(name)) {
                let title = format!("`{group_by}` is not a valid group-by name.");
                found.push(issue(query, group_by, title));
            }
        }
        if let Some(limit) = params.get("limit").and_then(Value::as_i64)
            && limit < 0
        {
            let title = format!("Invalid limit value: {limit} (should be >= 0)");
            found.push(issue(query, "limit", title));
        }
    }
}

/// Returns the name of what `Dimension('visit__kind')` and its kin speak of:
/// what comes after the entities that lead to it.
fn grouped(call: &str) -> Option<&str> {
    let (what, arguments) = call.trim().split_once('(')?;
    let is_call = ["Dimension", "TimeDimension", "Entity", "Metric"].contains(&what.trim());
    let arguments = arguments.trim_start();
    let quote = arguments
        .chars()
        .next()
        .filter(|c| ['\'', '"'].contains(c))?;
    let (path, _) = arguments[1..].split_once(quote)?;
    is_call.then(|| path.rsplit("__").next().unwrap_or(path))
}
