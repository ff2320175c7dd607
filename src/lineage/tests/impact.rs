//! What changes of a query do to its columns.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::adapter;
use crate::lineage::{
    Candidate, Impact, Project, Table, TablePlace, TableUse, Traced, UseKind, impact, trace,
};
use crate::sql::{Schema, SchemaColumn, parse_queries};

/// A source, a model that changes, and one that reads it.
fn project(code: &str) -> Traced {
    let reader = "select a as key, sum(b) as total from stg group by a";
    project_with(
        code,
        reader,
        &[("test.total", UseKind::Test, Some("total"))],
    )
}

/// The same with another reader and other uses of it, beside an exposure.
fn project_with(code: &str, reader: &str, uses: &[(&str, UseKind, Option<&str>)]) -> Traced {
    let board = ("exposure.board", UseKind::Exposure, None);
    let uses = uses.iter().copied().chain([board]);
    let uses = uses.map(|(id, kind, column)| TableUse {
        id: id.into(),
        kind,
        reads: vec![("model.mart".into(), column.map(str::to_owned))],
    });
    project_used(code, reader, uses.collect())
}

fn project_used(code: &str, reader: &str, uses: Vec<TableUse>) -> Traced {
    let columns = ["a", "b", "c"].map(SchemaColumn::untyped);
    let tables = [
        ("source.raw", "", &[][..]),
        ("model.stg", code, &["source.raw"][..]),
        ("model.mart", reader, &["model.stg"][..]),
    ];
    let tables = tables.map(|(id, code, reads)| Table {
        id: id.into(),
        place: TablePlace {
            schema: "main".into(),
            name: id.rsplit('.').next().unwrap().to_owned(),
            ..TablePlace::default()
        },
        reads: reads.iter().map(|id| (*id).into()).collect(),
        schema: code.is_empty().then(|| Schema::new(columns.to_vec())),
        code: (!code.is_empty()).then(|| code.into()),
        ..Table::default()
    });
    let mut connection = adapter::in_memory().unwrap();
    let coded: Vec<(Arc<str>, Arc<str>)> = tables
        .iter()
        .filter_map(|table| Some((Arc::clone(&table.id), Arc::clone(table.code.as_ref()?))))
        .collect();
    let texts: Vec<&str> = coded.iter().map(|(_, sql)| &**sql).collect();
    let parsed = parse_queries(&mut *connection, &texts).unwrap();
    let queries = coded.into_iter().map(|(id, _)| id).zip(parsed).collect();
    let project = Project {
        tables: tables.into(),
        uses,
        functions: Vec::new(),
        is_compared: true,
        ..Project::default()
    };
    trace(project, &queries)
}

fn change(before: &str, now: &str) -> Impact {
    let candidate = Candidate {
        id: "model.stg".into(),
        whole: None,
        types: IndexMap::new(),
    };
    impact(&project(before), &project(now), &[candidate])
}

/// Checks what becomes of the columns of a model: `a: breaking, d: additive`.
fn check(before: &str, now: &str, expected: &str) {
    let found = change(before, now);
    let columns = found.changes[0].columns.iter();
    let columns: Vec<String> = columns
        .map(|column| format!("{}: {}", column.name, column.change.as_str()))
        .collect();
    assert_eq!(columns.join(", "), expected, "\n{before}\n{now}");
}

#[test]
fn another_way_to_write_the_same_is_cosmetic() {
    let before = "select a, b + c as b from raw where a > 1 and c = 2";
    for now in [
        "SELECT a,\n  b+c AS b -- why\nFROM raw WHERE c = 2 AND (a > 1)",
        "with source as (select * from raw), final as (select a, c + b as b from source where c = 2 \
         and a > 1) select * from final",
        "from main.raw as r select r.a, r.b + r.c as b where r.a > 1 and r.c = 2",
        "with unused as (select 1), x as (select a as z, b, c from raw) select z as a, b + c as b \
         from x where z > 1 and 2 = c",
    ] {
        check(before, now, "");
        let found = change(before, now);
        assert_eq!(found.change().unwrap().as_str(), "cosmetic");
        assert!(found.reach.tables.is_empty() && found.reach.tests.is_empty());
    }
}

#[test]
fn a_column_more_is_additive_and_reaches_nothing() {
    let found = change("select a, b from raw", "select a, b, c as d from raw");
    assert_eq!(found.changes[0].columns.len(), 1);
    assert_eq!(found.change().unwrap().as_str(), "additive");
    assert!(found.reach.tables.is_empty() && found.reach.exposures.is_empty());
    check(
        "select a, b from raw",
        "select a, c as d, b from raw",
        "d: additive",
    );
}

#[test]
fn another_expression_changes_values_where_it_is_read() {
    let found = change(
        "select a, b from raw",
        "select a, coalesce(b, 0) as b from raw",
    );
    let columns: Vec<&str> = found.changes[0]
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(columns, ["b"]);
    assert_eq!(found.change().unwrap().as_str(), "value-changing");
    assert_eq!(
        found.reach.tables[0].columns,
        ["total"],
        "{:?}",
        found.reach.tables
    );
    assert_eq!(found.reach.tests, ["test.total".into()]);
    assert_eq!(found.reach.exposures, ["exposure.board".into()]);

    let found = change("select a, b from raw", "select upper(a) as a, b from raw");
    assert_eq!(
        found.reach.tables[0].columns,
        ["key", "total"],
        "a groups the rows of the mart"
    );
}

#[test]
fn other_rows_change_every_value() {
    let before = "select a, b from raw where c = 1";
    check(
        before,
        "select a, b from raw where c = 2",
        "a: value-changing, b: value-changing",
    );
    check(
        before,
        "select a, b from raw",
        "a: value-changing, b: value-changing",
    );
    check(
        "select a, b from raw",
        "select distinct a, b from raw",
        "a: value-changing, b: value-changing",
    );
    check(
        "select a, b from raw r",
        "select r.a, r.b from raw r join raw s on r.a = s.a",
        "a: value-changing, b: value-changing",
    );
    check(
        "select a, b from raw",
        "select a, b from raw order by a",
        "",
    );
    check(
        "select a, b from raw order by a limit 5",
        "select a, b from raw order by b limit 5",
        "a: value-changing, b: value-changing",
    );
}

#[test]
fn a_column_that_is_gone_breaks_its_readers() {
    let found = change("select a, b, c from raw", "select a, c from raw");
    assert_eq!(found.change().unwrap().as_str(), "breaking");
    assert_eq!(found.reach.tables[0].columns, ["total"]);
    assert_eq!(found.reach.tests, ["test.total".into()]);

    let found = change("select a, b from raw", "select a, b as amount from raw");
    let whys: Vec<&str> = found.changes[0]
        .columns
        .iter()
        .map(|c| c.why.as_str())
        .collect();
    assert_eq!(
        whys,
        ["it is new", "it is gone; `amount` is made the same way"]
    );
}

#[test]
fn what_has_all_columns_of_what_has_lost_one_loses_it_too() {
    let of = |code: &str| {
        project_with(
            code,
            "select *, a + 1 as d from stg",
            &[("test.b", UseKind::Test, Some("b"))],
        )
    };
    let candidate = Candidate {
        id: "model.stg".into(),
        whole: None,
        types: IndexMap::new(),
    };
    let before = of("select a, b from raw");
    let found = impact(&before, &of("select a from raw"), &[candidate]);
    let columns = &found.changes[0].columns;
    assert_eq!(columns.len(), 1, "{columns:?}");
    assert_eq!(columns[0].why, "it is gone");
    let reached = &found.reach.tables[0];
    assert_eq!((&*reached.id, reached.columns.len()), ("model.mart", 1));
    assert_eq!(reached.gone, ["b"]);
    assert_eq!(found.reach.tests, ["test.b".into()]);
    assert_eq!(found.reach.exposures, ["exposure.board".into()]);
}

#[test]
fn a_test_of_a_column_that_is_gone_does_not_bring_it_back() {
    let test = TableUse {
        id: "test.b".into(),
        kind: UseKind::Test,
        reads: vec![("model.stg".into(), Some("b".into()))],
    };
    let of = |code: &str| project_used(code, "select a from stg", vec![test.clone()]);
    let candidate = Candidate {
        id: "model.stg".into(),
        whole: None,
        types: IndexMap::new(),
    };
    let found = impact(
        &of("select a, b from raw"),
        &of("select a from raw"),
        &[candidate],
    );
    assert_eq!(found.change().unwrap().as_str(), "breaking");
    assert_eq!(found.reach.tests, ["test.b".into()]);
}

#[test]
fn another_type_breaks() {
    let candidate = Candidate {
        id: "model.stg".into(),
        whole: None,
        types: [("b".to_owned(), ("integer".to_owned(), "varchar".to_owned()))].into(),
    };
    let code = "select a, b from raw";
    let found = impact(&project(code), &project(code), &[candidate]);
    assert_eq!(found.changes[0].columns.len(), 1);
    assert_eq!(found.change().unwrap().as_str(), "breaking");
}
