//! dbt's `freshness: build_after` of a model: it may be older than what it reads.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::stamp::Stamp;
use crate::parse::Node;

/// Says why a model need not be made yet though something that it reads has
/// changed; none when it has to be, or says nothing of it.
///
/// It waits until it is older than `count` times `period`. With `updates_on: all`
/// it waits as well until everything that it reads has changed.
pub fn reason(
    node: &Node,
    known: &Stamp,
    changed: &BTreeSet<&String>,
    now: Timestamp,
) -> Option<String> {
    let after = node.config.get("freshness")?.get("build_after")?;
    let waits_for_all = after.get("updates_on").and_then(Value::as_str) == Some("all");
    if waits_for_all && known.inputs.keys().any(|input| !changed.contains(input)) {
        return Some("`build_after` waits until all that it reads have".to_owned());
    }
    let count = after.get("count").and_then(Value::as_f64)?;
    let period = after.get("period").and_then(Value::as_str)?;
    let seconds = match period {
        "minute" => 60.0,
        "hour" => 3600.0,
        "day" => 86_400.0,
        _ => return None,
    };
    let age = now.duration_since(known.made_at?).as_secs_f64();
    let waits = age < count * seconds;
    waits.then(|| format!("`build_after` lets it be {count} {period} old"))
}
