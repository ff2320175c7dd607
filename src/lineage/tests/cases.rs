//! SQL in, lineage out: the cases of `cases/*.sql`.
//!
//! A file begins with the tables that its cases read, `-- t(a, b)`, or
//! `-- raw` for one whose columns are not known, and may name another engine
//! than DuckDB, `-- in postgres`. A case is a title after `#`,
//! a query, and after a line `--` what is expected: for each column the kinds
//! and names of what goes into it, then what decides about the rows. `?` stands
//! for something that is not known. Where a case names places (`[a + 1]`), all
//! of them are compared.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::adapter;
use crate::lineage::{Dataset, Input, Known, QueryLineage, follow_query};
use crate::sql::tree::Query;
use crate::sql::{ParseFailure, Schema, SchemaColumn, parse_in_dialect, parse_queries};

struct Case {
    title: String,
    sql: String,
    expected: String,
}

#[test]
fn cases_give_what_was_thought_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lineage/cases");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut connection = adapter::in_memory().unwrap();
    let mut wrong = String::new();
    let mut count = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let dialect = text.lines().find_map(|line| line.strip_prefix("-- in "));
        let (known, cases) = read(&text);
        count += cases.len();
        for case in cases {
            let parsed = match dialect {
                Some(dialect) => parse_in_dialect(dialect, &case.sql),
                None => parse_queries(&mut *connection, &[&case.sql])
                    .unwrap()
                    .remove(0),
            };
            let found = told(&case, parsed, &known);
            if lines(&found) != lines(&case.expected) {
                let name = file.file_name().unwrap().to_string_lossy();
                let _ = writeln!(
                    wrong,
                    "{name}: {}\n{}\nexpected:\n{}\nfound:\n{found}\n",
                    case.title, case.sql, case.expected
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count >= 400, "only {count} cases were read");
}

fn read(text: &str) -> (Known, Vec<Case>) {
    let mut parts = text.split("\n# ");
    let mut known = Known::default();
    for line in parts.next().unwrap().lines() {
        let table = line.strip_prefix("-- ").unwrap_or_default();
        if table.is_empty() || table.starts_with("in ") {
            continue;
        }
        let (name, schema) = match table.split_once('(') {
            None => (table, None),
            Some((name, columns)) => {
                let columns = columns.strip_suffix(')').unwrap().split(", ");
                let columns = columns.map(|column| match column.split_once(' ') {
                    None => SchemaColumn::untyped(column),
                    Some((name, data_type)) => SchemaColumn::new(name, data_type.replace(';', ",")),
                });
                (name, Some(Schema::new(columns.collect())))
            }
        };
        let id = name.into();
        known.add_table(Some("db"), "main", name, Arc::new(Dataset { id, schema }));
    }
    let cases = parts.map(|case| {
        let (title, rest) = case.split_once('\n').unwrap();
        let (sql, expected) = rest
            .split_once("\n--\n")
            .unwrap_or_else(|| panic!("{case}"));
        Case {
            title: title.to_owned(),
            sql: sql.to_owned(),
            expected: expected.trim().to_owned(),
        }
    });
    (known, cases.collect())
}

fn told(case: &Case, parsed: Result<Query, ParseFailure>, known: &Known) -> String {
    let query = match parsed {
        Ok(query) => query,
        Err(failure) => return format!("{failure:?}"),
    };
    let lineage = follow_query(&case.sql, &query, known);
    shown(&lineage, &case.sql, case.expected.contains('['))
}

fn shown(lineage: &QueryLineage, sql: &str, with_places: bool) -> String {
    let mut text = String::new();
    let inputs = |inputs: &[Input], is_whole: bool| {
        let inputs = inputs.iter().map(|input| {
            let mut text = format!("{} {}.{}", input.kind.as_str(), input.dataset, input.column);
            for place in input.places.iter().filter(|_| with_places) {
                let place = &sql[place.start as usize..place.end as usize];
                let _ = write!(text, " [{place}]");
            }
            text
        });
        let gap = (!is_whole).then(|| "?".to_owned());
        inputs.chain(gap).collect::<Vec<_>>().join(", ")
    };
    for column in &lineage.columns {
        let inputs = inputs(&column.inputs, column.gap.is_none());
        let _ = writeln!(text, "{} <- {inputs}", column.name);
    }
    for open in &lineage.open {
        let mut from = open.dataset.as_deref().unwrap_or("?").to_owned();
        if open.dataset.is_some() && open.gap.is_some() {
            from.push_str(", ?");
        }
        if !open.hidden.is_empty() {
            let _ = write!(from, " without {}", open.hidden.join(", "));
        }
        let _ = writeln!(text, "* <- {from}");
    }
    let rows = inputs(&lineage.rows, lineage.rows_gap.is_none());
    if !rows.is_empty() {
        let _ = writeln!(text, "rows <- {rows}");
    }
    let lines = text.lines().map(str::trim_end);
    lines.collect::<Vec<_>>().join("\n")
}

/// Splits what is told into lines, and those into their parts, in order: the
/// order of the parts makes no difference.
fn lines(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().map(|line| {
        let (name, inputs) = line.split_once(" <-").unwrap_or((line, ""));
        let mut parts = Vec::new();
        let (mut depth, mut start) = (0, 0);
        for (i, c) in inputs.char_indices() {
            match c {
                '[' | '(' => depth += 1,
                ']' | ')' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(inputs[start..i].trim());
                    start = i + 1;
                }
                _ => {}
            }
        }
        parts.push(inputs[start..].trim());
        parts.sort_unstable();
        parts.insert(0, name);
        parts
    });
    lines.collect()
}
