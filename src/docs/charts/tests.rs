use serde_json::json;

use super::*;
use crate::adapter::Cell;
use crate::docs::payload::Datum;

fn subject(name: &str) -> Option<Subject> {
    (name == "mart").then(|| Subject {
        position: 4,
        relation: "db.mart".to_owned(),
        private: vec!["patient_id".to_owned()],
    })
}

/// Draws one chart from rows of a group, a value and a cell; returns it with the SQL
/// that was asked and the warnings.
fn draw(declared: Value, rows: &[(&str, i128, i128)]) -> (Chart, String, Vec<String>) {
    let exposure = json!({"name": "board", "original_file_path": "models/x.yml", "config": {"meta": {"charts": [declared]}}});
    let mut asked = String::new();
    let mut ask = |sql: &str| {
        sql.clone_into(&mut asked);
        Ok(Table {
            rows: rows
                .iter()
                .map(|(group, value, cell)| {
                    vec![
                        Cell::Text((*group).to_owned()),
                        Cell::Int(*value),
                        Cell::Int(*cell),
                    ]
                })
                .collect(),
            ..Table::default()
        })
    };
    let mut found = Vec::new();
    let mut charts = charts(&exposure, &subject, Some(&mut ask), &mut found);
    let titles = found.into_iter().map(|d| d.title).collect();
    (charts.remove(0), asked, titles)
}

fn bar() -> Value {
    json!({"title": "Paid", "type": "bar", "of": "mart", "by": "payer_name", "value": "sum(paid)", "cell": "sum(patients)"})
}

#[test]
fn groups_of_few_are_left_out_and_counted() {
    let rows = [("a", 9, 100), ("b", 8, 3), ("c", 7, 12), ("d", 6, 50)];
    let (chart, sql, found) = draw(bar(), &rows);
    let shown: Vec<&Datum> = chart.rows.iter().map(|row| &row[0]).collect();
    // `b` is small, and `c` is left out so that nobody can subtract.
    assert_eq!(shown, [&Datum::Text("a".into()), &Datum::Text("d".into())]);
    assert_eq!(
        (chart.suppressed, chart.of, chart.columns[0].as_str()),
        (2, 4, "Payer name")
    );
    assert_eq!(chart.sql, sql);
    assert!(
        sql.contains("group by 1\norder by 2 desc nulls last, 1"),
        "{sql}"
    );
    assert!(
        sql.contains("(sum(patients)) as chart_cell_0\nfrom db.mart"),
        "{sql}"
    );
    assert!(found.is_empty());
}

#[track_caller]
fn check_refused(change: &[(&str, Value)], why: &str) {
    let mut declared = bar();
    for (key, value) in change {
        declared[*key] = value.clone();
    }
    let (chart, asked, found) = draw(declared, &[]);
    assert!(chart.failed && asked.is_empty(), "{asked}");
    assert!(found[0].contains(why), "{}", found[0]);
}

#[test]
fn what_cannot_be_drawn_says_why() {
    check_refused(&[("type", json!("pie"))], "no type `pie`");
    check_refused(
        &[("of", json!("other"))],
        "does not depend on a table `other`",
    );
    check_refused(&[("x", json!(1))], "it has no `x`");
    check_refused(&[("value", json!(null))], "needs a `value`");
    check_refused(&[("format", json!("hex"))], "no format `hex`");
    check_refused(&[("order", json!("size"))], "no order `size`");
    check_refused(&[("format", json!({"Value": "hex"}))], "no format `hex`");
    check_refused(
        &[("format", json!({"Pay": "money"}))],
        "no value `Pay` to be formatted",
    );
}

#[test]
fn rows_are_put_in_order_as_it_is_asked() {
    for (order, expected) in [
        ("by", "order by 1"),
        ("value", "order by 2 desc nulls last, 1"),
        ("value asc", "order by 2 asc nulls last, 1"),
    ] {
        let mut declared = bar();
        declared["order"] = json!(order);
        let (_, sql, _) = draw(declared, &[]);
        assert!(sql.contains(expected), "{sql}");
    }
}

#[test]
fn identifiers_may_be_counted_and_nothing_else() {
    check_refused(
        &[("by", json!("PATIENT_ID"))],
        "`patient_id` holds an identifier",
    );
    check_refused(&[("value", json!("max(patient_id)"))], "only be counted");
    check_refused(
        &[(
            "value",
            json!("count(distinct patient_id) + min(patient_id)"),
        )],
        "only be counted",
    );
    let mut declared = bar();
    declared["value"] = json!("count(distinct patient_id)");
    assert!(!draw(declared.clone(), &[]).0.failed);
    // Of many events of few people, the people are the cell.
    let rows = [
        ("a", 90, 900),
        ("b", 3, 400),
        ("c", 12, 300),
        ("d", 50, 500),
    ];
    let (chart, _, _) = draw(declared, &rows);
    let shown: Vec<&Datum> = chart.rows.iter().map(|row| &row[0]).collect();
    assert_eq!(shown, [&Datum::Text("a".into()), &Datum::Text("d".into())]);
}

#[test]
fn without_a_database_nothing_is_wrong() {
    let exposure = json!({"name": "board", "meta": {"charts": [bar()]}});
    let mut found = Vec::new();
    let charts = charts(&exposure, &subject, None, &mut found);
    assert!(charts[0].failed && found.is_empty());
    assert!(has_charts(&exposure) && !has_charts(&json!({"meta": {}})));
}

#[test]
fn a_rate_of_few_is_left_out_however_large_its_group_is() {
    let mut declared = bar();
    declared["cell"] = json!(["sum(stays)", "sum(returns)"]);
    declared["format"] = json!({"Value": "percent"});
    let exposure = json!({"name": "board", "meta": {"charts": [declared]}});
    let row = |name: &str, stays: i128, returns: i128| {
        let mut row = vec![Cell::Text(name.to_owned())];
        row.extend([1, stays, returns].map(Cell::Int));
        row
    };
    let mut ask = |_: &str| {
        Ok(Table {
            rows: vec![
                row("a", 90, 12),
                row("b", 80, 3),
                row("c", 70, 0),
                row("d", 60, 4),
            ],
            ..Table::default()
        })
    };
    let chart = charts(&exposure, &subject, Some(&mut ask), &mut Vec::new()).remove(0);
    let shown: Vec<&Datum> = chart.rows.iter().map(|row| &row[0]).collect();
    assert_eq!(shown, [&Datum::Text("a".into()), &Datum::Text("c".into())]);
    assert_eq!(chart.formats, [None, Some("percent".to_owned())]);
}
