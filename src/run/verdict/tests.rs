use serde_json::{Value, json};

use super::judge;
use crate::adapter::{Cell, ColumnType, Table};
use crate::parse::NodeConfig;

fn table(failures: Cell, should_warn: Cell, should_error: Cell) -> Table {
    Table {
        columns: ["failures", "should_warn", "should_error"]
            .map(str::to_owned)
            .to_vec(),
        types: vec![
            ColumnType::Integer,
            ColumnType::Boolean,
            ColumnType::Boolean,
        ],
        sql_types: Vec::new(),
        rows: vec![vec![failures, should_warn, should_error]],
    }
}

fn check(config: Value, failures: i128, warn: bool, error: bool, expected: &str) {
    let Value::Object(config) = config else {
        panic!("a mapping")
    };
    let table = table(Cell::Int(failures), Cell::Bool(warn), Cell::Bool(error));
    let verdict = judge(&table, &NodeConfig::from(config), false).unwrap();
    let shown = format!(
        "{} {} {}",
        verdict.status.as_str(),
        verdict.failures,
        verdict.message.unwrap_or_default()
    );
    assert_eq!(shown.trim(), expected);
}

#[test]
fn severity_and_thresholds() {
    let thresholds = json!({"severity": "error", "error_if": ">10", "warn_if": "!= 0"});
    check(json!({}), 0, false, false, "pass 0");
    check(
        json!({}),
        3,
        true,
        true,
        "fail 3 Got 3 results, configured to fail if != 0",
    );
    check(
        json!({"severity": "warn"}),
        1,
        true,
        true,
        "warn 1 Got 1 result, configured to warn if != 0",
    );
    check(
        thresholds.clone(),
        11,
        true,
        true,
        "fail 11 Got 11 results, configured to fail if >10",
    );
    check(
        thresholds,
        5,
        true,
        false,
        "warn 5 Got 5 results, configured to warn if != 0",
    );
    check(json!({"warn_if": ">10"}), 5, false, false, "pass 0");
}

#[test]
fn warnings_can_be_errors() {
    let config = NodeConfig::from(json!({"severity": "WARN"}).as_object().unwrap().clone());
    let table = table(Cell::Int(2), Cell::Bool(true), Cell::Bool(true));
    let verdict = judge(&table, &config, true).unwrap();
    assert_eq!(verdict.status.as_str(), "fail");
    assert_eq!(
        verdict.message.as_deref(),
        Some("Got 2 results, configured to fail if != 0")
    );
}

#[test]
fn numbers_and_truths_in_other_forms() {
    let config = NodeConfig::default();
    for (cell, expected) in [
        (Cell::Decimal("4.000".into()), Ok(4)),
        (Cell::Float(4.0), Ok(4)),
        (Cell::Decimal("4.5".into()), Err(())),
        (Cell::Null, Err(())),
    ] {
        let table = table(cell, Cell::Text("true".into()), Cell::Int(1));
        let verdict = judge(&table, &config, false);
        assert_eq!(verdict.map(|v| v.failures).map_err(|_| ()), expected);
    }
}

#[test]
fn a_table_of_another_shape_is_refused() {
    let mut many = table(Cell::Int(0), Cell::Bool(false), Cell::Bool(false));
    many.rows.push(many.rows[0].clone());
    let error = judge(&many, &NodeConfig::default(), false).unwrap_err();
    assert!(error.contains("returned 2 rows"), "{error}");
    let mut wide = table(Cell::Int(0), Cell::Bool(false), Cell::Bool(false));
    wide.columns.push("x".into());
    let error = judge(&wide, &NodeConfig::default(), false).unwrap_err();
    assert!(error.contains("returned 4 columns"), "{error}");
}
