//! Tells how metrics, semantic models and saved queries are defined, and what unit tests replace.
//!
//! These have no SQL of their own to be shown: what property files say of them is all there is.

use serde_json::Value;

use crate::docs::fields::{items, shown, text};
use crate::docs::payload::Kind;

/// Returns the parts of a definition that are given, by the names that the page has words for.
pub(super) fn definition(kind: Kind, node: &Value) -> Vec<(&'static str, String)> {
    let parts = match kind {
        Kind::Metric => metric(node),
        Kind::SemanticModel => vec![
            ("entities", lines(node, "entities", entity)),
            ("dimensions", lines(node, "dimensions", entity)),
            ("measures", lines(node, "measures", measure)),
            (
                "agg_time_dimension",
                at(node, &["defaults", "agg_time_dimension"]),
            ),
        ],
        Kind::SavedQuery => vec![
            ("metrics", at(node, &["query_params", "metrics"])),
            ("group_by", at(node, &["query_params", "group_by"])),
            ("filter", filter(node.get("query_params"), "where")),
            ("exports", lines(node, "exports", export)),
        ],
        Kind::UnitTest => vec![
            // Its rows stay out of the page, like all rows.
            (
                "given",
                lines(node, "given", |one| text(one, "input").map(str::to_owned)),
            ),
        ],
        _ => Vec::new(),
    };
    let is_given = |(key, value): (&'static str, Option<String>)| Some((key, value?));
    parts.into_iter().filter_map(is_given).collect()
}

fn metric(node: &Value) -> Vec<(&'static str, Option<String>)> {
    let of = |path: &[&str]| at(node, &[&["type_params"], path].concat());
    let named = |key: &str| of(&[key, "name"]).or_else(|| of(&[key]));
    let metrics = node
        .get("type_params")
        .map(|params| items(params, "metrics"));
    let metrics = metrics.into_iter().flatten();
    let metrics: Vec<&str> = metrics.filter_map(|metric| text(metric, "name")).collect();
    vec![
        ("type", at(node, &["type"])),
        ("measure", named("measure")),
        ("expr", of(&["expr"])),
        ("numerator", named("numerator")),
        ("denominator", named("denominator")),
        ("metrics", (!metrics.is_empty()).then(|| metrics.join(", "))),
        (
            "window",
            of(&["cumulative_type_params", "window"]).or_else(|| of(&["window"])),
        ),
        (
            "grain_to_date",
            of(&["cumulative_type_params", "grain_to_date"]).or_else(|| of(&["grain_to_date"])),
        ),
        ("filter", filter(Some(node), "filter")),
        ("time_granularity", at(node, &["time_granularity"])),
    ]
}

/// Returns a value of nested objects, written for people.
fn at(node: &Value, path: &[&str]) -> Option<String> {
    let value = path.iter().try_fold(node, |value, key| value.get(key))?;
    shown(value)
}

fn filter(node: Option<&Value>, key: &str) -> Option<String> {
    let filters = items(node?.get(key)?, "where_filters");
    let filters: Vec<&str> = filters
        .filter_map(|filter| text(filter, "where_sql_template"))
        .collect();
    (!filters.is_empty()).then(|| filters.join("\nand "))
}

/// Writes each item of a list in a line.
fn lines(node: &Value, key: &str, write: fn(&Value) -> Option<String>) -> Option<String> {
    let written: Vec<String> = items(node, key).filter_map(write).collect();
    (!written.is_empty()).then(|| written.join("\n"))
}

/// `customer (primary): customer_id`.
fn entity(one: &Value) -> Option<String> {
    let name = text(one, "name")?;
    let kind = text(one, "type").map_or_else(String::new, |kind| format!(" ({kind})"));
    let expr = text(one, "expr").map_or_else(String::new, |expr| format!(": {expr}"));
    Some(format!("{name}{kind}{expr}"))
}

/// `revenue: sum(amount)`.
fn measure(one: &Value) -> Option<String> {
    let name = text(one, "name")?;
    let expr = text(one, "expr").unwrap_or(name);
    Some(match text(one, "agg") {
        Some(agg) => format!("{name}: {agg}({expr})"),
        None => format!("{name}: {expr}"),
    })
}

/// `name (table)`.
fn export(one: &Value) -> Option<String> {
    let name = text(one, "name")?;
    let format = one
        .get("config")
        .and_then(|config| text(config, "export_as"));
    Some(format.map_or_else(|| name.to_owned(), |format| format!("{name} ({format})")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(kind: Kind, node: &Value, expected: &[(&str, &str)]) {
        let found = definition(kind, node);
        let found: Vec<(&str, &str)> = found.iter().map(|(key, value)| (*key, &**value)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn metrics_say_what_they_count() {
        let ratio = json!({"type": "ratio", "type_params": {"numerator": {"name": "food"}, "denominator": {"name": "all"}},
            "filter": {"where_filters": [{"where_sql_template": "{{ Dimension('x') }} > 1"}]}});
        check(
            Kind::Metric,
            &ratio,
            &[
                ("type", "ratio"),
                ("numerator", "food"),
                ("denominator", "all"),
                ("filter", "{{ Dimension('x') }} > 1"),
            ],
        );
        let derived = json!({"type": "derived", "type_params": {"expr": "a / b", "metrics": [{"name": "a"}, {"name": "b"}]}});
        check(
            Kind::Metric,
            &derived,
            &[("type", "derived"), ("expr", "a / b"), ("metrics", "a, b")],
        );
    }

    #[test]
    fn semantic_models_say_what_they_have() {
        let node = json!({"entities": [{"name": "customer", "type": "primary", "expr": "customer_id"}],
            "dimensions": [{"name": "region", "type": "categorical"}],
            "measures": [{"name": "revenue", "agg": "sum", "expr": "amount"}, {"name": "orders", "agg": "count"}]});
        check(
            Kind::SemanticModel,
            &node,
            &[
                ("entities", "customer (primary): customer_id"),
                ("dimensions", "region (categorical)"),
                ("measures", "revenue: sum(amount)\norders: count(orders)"),
            ],
        );
    }

    #[test]
    fn unit_tests_say_what_they_replace_and_show_no_rows() {
        let node =
            json!({"given": [{"input": "ref('a')", "rows": [{"id": 1}]}, {"input": "ref('b')"}]});
        check(Kind::UnitTest, &node, &[("given", "ref('a')\nref('b')")]);
    }
}
