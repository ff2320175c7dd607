//! How freshness of a source and of its table join.

use serde_json::{Map, Value, json};

/// One level's freshness: none when it is switched off by `null`.
type Threshold = Option<Map<String, Value>>;

/// Joins the levels, the outermost first, as dbt does.
///
/// Outer none: nothing is said at all. Inner none: switched off.
pub(super) fn merge(levels: [Threshold; 4]) -> Option<Threshold> {
    let mut merged: Option<Full> = levels[0].as_ref().map(Full::new);
    for level in &levels[1..] {
        let level = level.as_ref().map(Full::new);
        merged = match (merged, level) {
            (Some(base), Some(over)) => Some(base.merged(over)),
            (None, Some(over)) if over.says_anything() => Some(over),
            _ => None,
        };
    }
    match merged {
        Some(full) if full.says_anything() => Some(Some(full.into_map())),
        Some(_) => None,
        None => Some(None),
    }
}

/// A count and a period; null when it is switched off.
type Time = Value;

#[derive(Debug)]
struct Full {
    warn_after: Time,
    error_after: Time,
    filter: Value,
}

/// Tells whether a joined threshold asks for anything.
pub(super) fn is_asked_for(freshness: &Value) -> bool {
    ["warn_after", "error_after"]
        .iter()
        .any(|key| freshness.get(key).is_some_and(is_set))
}

fn is_set(time: &Time) -> bool {
    let has = |key: &str| time.get(key).is_some_and(|v| !v.is_null());
    has("count") && has("period")
}

impl Full {
    fn new(map: &Map<String, Value>) -> Self {
        let time = |key: &str| match map.get(key) {
            Some(Value::Null) => Value::Null,
            Some(time) => json!({"count": time.get("count"), "period": time.get("period")}),
            None => json!({"count": null, "period": null}),
        };
        Self {
            warn_after: time("warn_after"),
            error_after: time("error_after"),
            filter: map.get("filter").cloned().unwrap_or_default(),
        }
    }

    fn says_anything(&self) -> bool {
        is_set(&self.warn_after) || is_set(&self.error_after)
    }

    fn merged(self, over: Self) -> Self {
        let time = |base: Time, over: Time| {
            if over.is_null() || is_set(&over) {
                over
            } else {
                base
            }
        };
        Self {
            warn_after: time(self.warn_after, over.warn_after),
            error_after: time(self.error_after, over.error_after),
            filter: if over.filter.is_null() {
                self.filter
            } else {
                over.filter
            },
        }
    }

    fn into_map(self) -> Map<String, Value> {
        Map::from_iter([
            ("warn_after".to_owned(), self.warn_after),
            ("error_after".to_owned(), self.error_after),
            ("filter".to_owned(), self.filter),
        ])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::merge;

    fn check(source: Value, table: Value) -> Value {
        let level = |value: Value| match value {
            Value::Object(map) => Some(map),
            _ => None,
        };
        let empty = || Some(serde_json::Map::new());
        match merge([level(source), empty(), level(table), empty()]) {
            None => json!("nothing"),
            Some(threshold) => json!(threshold),
        }
    }

    #[test]
    fn a_table_overrides_what_it_says() {
        let hours = json!({"count": 12, "period": "hour"});
        let day = json!({"count": 1, "period": "day"});
        assert_eq!(
            check(
                json!({"warn_after": hours, "error_after": day, "filter": "x"}),
                json!({"warn_after": day})
            ),
            json!({"warn_after": day, "error_after": day, "filter": "x"})
        );
        assert_eq!(
            check(json!({"warn_after": hours}), json!(null)),
            json!(null)
        );
        assert_eq!(
            check(
                json!({"warn_after": hours}),
                json!({"warn_after": null, "error_after": day})
            ),
            json!({"warn_after": null, "error_after": day, "filter": null})
        );
        assert_eq!(check(json!({}), json!({})), json!("nothing"));
    }
}
