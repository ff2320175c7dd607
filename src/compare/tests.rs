use pretty_assertions::assert_eq;

use super::result::SampleKind;
use super::{ColumnChange, Comparison, OddRows, Request, RowCounts, TypeChange, compare, text};
use crate::adapter::{Connection, in_memory};

/// Compares `b` with `a`, which the statements make.
fn check(statements: &str, key: &[&str]) -> Comparison {
    let mut connection = in_memory().expect("a database");
    connection
        .execute(statements, false, None)
        .expect("the statements");
    run(&mut *connection, key, None)
}

fn run(connection: &mut dyn Connection, key: &[&str], samples: Option<usize>) -> Comparison {
    let key: Vec<String> = key.iter().map(|name| (*name).to_owned()).collect();
    let request = Request {
        before: "b",
        after: "a",
        key: &key,
        samples,
    };
    compare(connection, &request).expect("a comparison")
}

fn changed(comparison: &Comparison) -> Vec<(&str, u64)> {
    let counts = comparison.changed_values.iter();
    counts
        .map(|counts| (counts.name.as_str(), counts.changed))
        .collect()
}

fn rows(added: u64, removed: u64, changed: u64, unchanged: u64) -> RowCounts {
    RowCounts {
        added,
        removed,
        changed,
        unchanged,
    }
}

#[test]
fn planted_differences_are_counted_exactly() {
    let found = check(
        "create table b as select i as id, i % 7 as x, 'n' || i as name, i / 3.0 as amount
            from range(10000) r(i);
         create table a as select * from b where id % 1000 <> 1;
         insert into a select i, 0, 'new', 0 from range(20000, 20025) r(i);
         update a set x = x + 1 where id % 100 = 5;
         update a set name = null where id % 500 = 5;",
        &["ID"],
    );
    assert_eq!(found.rows, rows(25, 10, 100, 9890));
    assert_eq!(changed(&found), [("x", 100), ("name", 20), ("amount", 0)]);
    assert_eq!((found.rows_before, found.rows_after), (10000, 10015));
    assert_eq!(found.odd, OddRows::default());
    assert_eq!(found.key, ["id"]);
    assert_eq!(found.differing_rows(), 135);
    let name = found.statistics_after.column("name").expect("a column");
    // One of the new rows has lost its name, too.
    assert_eq!((name.nulls, &name.least), (21, &None));
}

#[test]
fn null_and_nan_are_values_like_others() {
    let found = check(
        "create table b as from (values (1, null, 'nan'::double), (2, null, 1.0), (3, 'x', 0.0))
            t(id, name, n);
         create table a as from (values (1, null, 'nan'::double), (2, 'y', 'nan'::double),
            (3, null, '-0'::double)) t(id, name, n);",
        &["id"],
    );
    assert_eq!(found.rows, rows(0, 0, 2, 1));
    assert_eq!(changed(&found), [("name", 2), ("n", 1)]);
    let whole = check(
        "create table b as from (values (null, 'nan'::double)) t(x, n);
         create table a as from (values (null, 'nan'::double)) t(x, n);",
        &[],
    );
    assert!(whole.is_same(), "{whole:?}");
}

#[test]
fn duplicate_and_null_keys_are_counted_and_compared_whole() {
    // Of key 1 there are two before and three after, 2 stands twice after, 3
    // twice before and not after, 9 twice after alone.
    let found = check(
        "create table b as from (values (1, 'a'), (1, 'b'), (2, 'c'), (3, 'd'), (3, 'd'),
            (4, 'e'), (5, 'f'), (null, 'g'), (null, 'h'), (6, 'i')) t(id, name);
         create table a as from (values (1, 'a'), (1, 'a'), (1, 'b'), (2, 'c'), (2, 'c'),
            (4, 'changed'), (5, 'f'), (null, 'g'), (7, 'j'), (9, 'k'), (9, 'l')) t(id, name);",
        &["id"],
    );
    assert_eq!(found.rows, rows(1, 1, 1, 1));
    assert_eq!(changed(&found), [("name", 1)]);
    let odd = OddRows {
        duplicate_keys_before: 2,
        duplicate_keys_after: 3,
        duplicate_rows_before: 5,
        duplicate_rows_after: 7,
        null_rows_before: 2,
        null_rows_after: 1,
        // Key 1: `a` once more, key 2: `c` once more, key 9: two rows; removed
        // are both rows of 3 and a NULL key.
        added: 4,
        removed: 3,
    };
    assert_eq!(found.odd, odd);

    let found = check(
        "create table b as from (values (null, 1, 'x'), (1, 1, 'x')) t(id, part, name);
         create table a as from (values (null, 1, 'y'), (1, null, 'z'), (1, 1, 'x')) t(id, part, name);",
        &["id", "part"],
    );
    assert_eq!(found.rows, rows(0, 0, 0, 1));
    assert_eq!(
        (found.odd.null_rows_before, found.odd.null_rows_after),
        (1, 2)
    );
    assert_eq!((found.odd.added, found.odd.removed), (2, 1));
}

#[test]
fn without_a_key_rows_are_compared_as_except_all_does() {
    let found = check(
        "create table b as from (values (1), (1), (1), (2), (null)) t(x);
         create table a as from (values (1), (2), (2), (3), (null)) t(x);",
        &[],
    );
    assert_eq!(found.rows, rows(2, 2, 0, 3));
    assert_eq!(found.changed_values, []);
    let empty = check("create table b (x int); create table a (x int);", &[]);
    assert!(empty.is_same());
}

#[test]
fn columns_that_came_went_or_have_another_type_are_told() {
    let found = check(
        "create table b as select 1 as id, 10 as n, 'x' as gone, '7' as code, date '2024-01-01' as day;
         create table a as select 1 as id, 10.0 as N, 7 as code, timestamp '2024-01-01 00:00' as day,
            null as new;",
        &["id"],
    );
    let retyped = |name: &str, before: &str, after: &str| {
        ColumnChange::Retyped(TypeChange {
            name: name.into(),
            before: before.into(),
            after: after.into(),
        })
    };
    assert_eq!(
        found.columns,
        [
            retyped("n", "INTEGER", "DECIMAL(3,1)"),
            ColumnChange::Removed {
                name: "gone".into(),
                data_type: "VARCHAR".into()
            },
            retyped("code", "VARCHAR", "INTEGER"),
            retyped("day", "DATE", "TIMESTAMP"),
            ColumnChange::Added {
                name: "new".into(),
                data_type: "INTEGER".into()
            },
        ]
    );
    // The values are the same, whatever their type.
    assert_eq!(found.rows, rows(0, 0, 0, 1));
}

#[test]
fn values_are_shown_only_when_asked_for() {
    let mut connection = in_memory().expect("a database");
    connection
        .execute(
            "create table b as from (values (1, 'Ann'), (2, 'Bob'), (3, 'Cem')) t(id, name);
             create table a as from (values (1, 'Ann'), (2, 'Eve'), (4, 'Dan')) t(id, name);",
            false,
            None,
        )
        .expect("the statements");
    let draw = |table: &Vec<Vec<String>>| {
        let rows: Vec<String> = table.iter().map(|row| row.join("|")).collect();
        rows.join("\n")
    };
    let shown = text("b", "a", &run(&mut *connection, &["id"], None), &draw);
    for name in ["Ann", "Bob", "Eve", "Dan", "Cem"] {
        assert!(!shown.contains(name), "{shown}");
    }
    let with_values = run(&mut *connection, &["id"], Some(5));
    let kinds: Vec<SampleKind> = with_values.samples.iter().map(|s| s.kind).collect();
    assert_eq!(
        kinds,
        [SampleKind::Removed, SampleKind::Added, SampleKind::Changed]
    );
    insta::assert_snapshot!(text("b", "a", &with_values, &draw));
}

#[test]
fn a_key_that_is_not_there_is_an_error() {
    let mut connection = in_memory().expect("a database");
    let tables = "create table b as select 1 as id; create table a as select 1 as id";
    connection.execute(tables, false, None).expect("the tables");
    let request = Request {
        before: "b",
        after: "a",
        key: &["it".to_owned()],
        samples: None,
    };
    let error = compare(&mut *connection, &request).expect_err("no such column");
    assert_eq!(
        error.message,
        "the key column `it` is not in both relations"
    );
}
