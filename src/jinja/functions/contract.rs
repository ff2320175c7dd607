//! What is wrong between a model's contract and the columns of its query.

use std::fmt::Write as _;

use minijinja::Value;

use crate::jinja::error::JinjaError;
use crate::jinja::python::{collect, str};

/// A column as a macro gives it: its name and its type's name.
struct Column {
    name: String,
    data_type: String,
}

/// One row of the table that dbt shows.
type Row = [String; 4];

const HEADINGS: [&str; 4] = [
    "column_name",
    "definition_type",
    "contract_type",
    "mismatch_reason",
];

/// Returns the message of a contract that a query does not keep.
pub fn message(contract: &Value, query: &Value) -> Result<String, JinjaError> {
    let contract = columns(contract)?;
    if contract.is_empty() {
        return Ok(
            "This model has an enforced contract, and its 'columns' specification is missing"
                .to_owned(),
        );
    }
    let mut rows = mismatches(&contract, &columns(query)?);
    rows.sort_by(|a, b| a[0].cmp(&b[0]));
    Ok(format!(
        "This model has an enforced contract that failed.\n\
         Please ensure the name, data_type, and number of columns in your contract match the \
         columns in your model's definition.\n\n{}",
        drawn(&rows)
    ))
}

fn columns(value: &Value) -> Result<Vec<Column>, JinjaError> {
    let column = |column: &Value| {
        let part = |name: &str| str(&column.get_item(&Value::from(name)).unwrap_or_default());
        Ok(Column {
            name: part("name")?,
            data_type: part("data_type")?,
        })
    };
    collect(value)?.iter().map(column).collect()
}

fn mismatches(contract: &[Column], query: &[Column]) -> Vec<Row> {
    let row = |name: &str, defined: &str, promised: &str, reason: &str| {
        [name, defined, promised, reason].map(str::to_owned)
    };
    let mut rows = Vec::new();
    for given in query {
        match contract.iter().find(|column| column.name == given.name) {
            None => rows.push(row(
                &given.name,
                &given.data_type,
                "",
                "missing in contract",
            )),
            Some(promised) if promised.data_type != given.data_type => rows.push(row(
                &given.name,
                &given.data_type,
                &promised.data_type,
                "data type mismatch",
            )),
            Some(_) => {}
        }
    }
    for promised in contract {
        if !query.iter().any(|column| column.name == promised.name) {
            rows.push(row(
                &promised.name,
                "",
                &promised.data_type,
                "missing in definition",
            ));
        }
    }
    rows
}

/// Draws a table as dbt's tables print themselves.
fn drawn(rows: &[Row]) -> String {
    let width = |i: usize| {
        let cells = rows.iter().map(|row| row[i].chars().count());
        cells.chain([HEADINGS[i].len()]).max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2), width(3)];
    let mut out = String::new();
    let mut line = |cells: [&str; 4]| {
        for (cell, width) in cells.iter().zip(widths) {
            let _ = write!(out, "| {cell:width$} ");
        }
        out.push_str("|\n");
    };
    line(HEADINGS);
    let rules = widths.map(|width| "-".repeat(width));
    line([&rules[0], &rules[1], &rules[2], &rules[3]]);
    for row in rows {
        line([&row[0], &row[1], &row[2], &row[3]]);
    }
    out
}

#[cfg(test)]
mod tests {
    use minijinja::Value;

    use super::message;
    use crate::jinja::python::{dict, list};

    fn check(contract: &[(&str, &str)], query: &[(&str, &str)]) -> String {
        let columns = |columns: &[(&str, &str)]| {
            let column = |(name, data_type): &(&str, &str)| {
                dict([
                    ("name", Value::from(*name)),
                    ("data_type", Value::from(*data_type)),
                ])
            };
            list(columns.iter().map(column).collect())
        };
        message(&columns(contract), &columns(query)).unwrap()
    }

    #[test]
    fn the_table_names_every_column_that_does_not_fit() {
        let text = check(
            &[("id", "INTEGER"), ("name", "VARCHAR"), ("zip", "VARCHAR")],
            &[("zip", "INTEGER"), ("id", "INTEGER"), ("extra", "DATE")],
        );
        let (_, table) = text.split_once("\n\n").unwrap();
        insta::assert_snapshot!(table, @"
        | column_name | definition_type | contract_type | mismatch_reason       |
        | ----------- | --------------- | ------------- | --------------------- |
        | extra       | DATE            |               | missing in contract   |
        | name        |                 | VARCHAR       | missing in definition |
        | zip         | INTEGER         | VARCHAR       | data type mismatch    |
        ");
    }

    #[test]
    fn a_contract_without_columns_says_so() {
        assert!(check(&[], &[("id", "INTEGER")]).contains("specification is missing"));
    }
}
