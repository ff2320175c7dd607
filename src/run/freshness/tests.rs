use serde_json::{Value, json};

use super::{judge, measure};
use crate::adapter::{Cell, Table};

fn table(cells: Vec<Cell>) -> Table {
    Table {
        columns: vec!["max_loaded_at".into(), "snapshotted_at".into()],
        rows: vec![cells],
        ..Table::default()
    }
}

fn zoned(text: &str) -> Cell {
    let at: jiff::Timestamp = text.parse().unwrap();
    Cell::TimestampTz(at.to_zoned(jiff::tz::TimeZone::UTC))
}

fn naive(text: &str) -> Cell {
    Cell::Timestamp(text.parse().unwrap())
}

fn check(cells: Vec<Cell>, expected: &str) {
    let shown = match measure(&table(cells), "loaded_at") {
        Ok(f) => format!("{} {} {}", f.max_loaded_at, f.snapshotted_at, f.age),
        Err(error) => error,
    };
    assert_eq!(shown, expected);
}

#[test]
fn times_with_and_without_zone() {
    check(
        vec![
            naive("2024-01-01 10:00:00"),
            zoned("2024-01-01T12:00:00.5+01:00"),
        ],
        "2024-01-01T10:00:00Z 2024-01-01T11:00:00.5Z 3600.5",
    );
}

#[test]
fn a_source_without_rows_is_as_old_as_can_be() {
    check(
        vec![Cell::Null, zoned("2024-01-01T00:00:00Z")],
        "0001-01-01T00:00:00Z 2024-01-01T00:00:00Z 63839664000",
    );
}

#[test]
fn what_is_no_time_is_named() {
    check(
        vec![Cell::Text("x".into()), zoned("2024-01-01T00:00:00Z")],
        "expected a timestamp from `loaded_at`, but got text; a cast such as \
         `loaded_at::timestamp` makes it one",
    );
    let error = measure(&Table::default(), "x").unwrap_err();
    assert!(error.contains("returned 0 rows"), "{error}");
}

fn check_judge(freshness: Value, age: f64, expected: &str) {
    assert_eq!(judge(&freshness, age).as_str(), expected);
}

#[test]
fn limits() {
    let both = json!({
        "warn_after": {"count": 1, "period": "hour"},
        "error_after": {"count": 1, "period": "day"},
        "filter": null,
    });
    check_judge(both.clone(), 3600.0, "pass");
    check_judge(both.clone(), 3600.5, "warn");
    check_judge(both, 86401.0, "error");
    let unset = json!({"warn_after": {"count": null, "period": null}, "error_after": null});
    check_judge(unset, 1e12, "pass");
    check_judge(
        json!({"error_after": {"count": 2, "period": "minute"}}),
        121.0,
        "error",
    );
    check_judge(Value::Null, 1e12, "pass");
}
