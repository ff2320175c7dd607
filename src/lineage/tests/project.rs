//! Columns across the tables of a project.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::adapter;
use crate::lineage::{
    AddedColumn, ColumnId, Direction, LineageGraph, OwnFunction, Project, Readers, Table,
    TablePlace, TableUse, UseKind, trace,
};
use crate::sql::{Schema, SchemaColumn, parse_queries};

/// Makes a table of a query, or of columns alone.
fn table(id: &str, reads: &[&str], code: &str) -> Table {
    Table {
        id: id.into(),
        place: TablePlace {
            database: Some("db".into()),
            schema: "main".into(),
            name: id.rsplit('.').next().unwrap().to_owned(),
            ..TablePlace::default()
        },
        reads: reads.iter().map(|id| (*id).into()).collect(),
        code: (!code.is_empty()).then(|| code.into()),
        ..Table::default()
    }
}

fn with_columns(mut table: Table, columns: &[&str]) -> Table {
    let columns = columns.iter().map(|name| SchemaColumn::untyped(*name));
    table.schema = Some(Schema::new(columns.collect()));
    table
}

fn traced(project: Project) -> LineageGraph {
    let mut connection = adapter::in_memory().unwrap();
    let coded = project.tables.iter().filter(|table| table.code.is_some());
    let coded = coded.map(|table| (Arc::clone(&table.id), table.code.as_deref().unwrap()));
    let functions = project.functions.iter();
    let functions = functions.map(|own| (Arc::clone(&own.id), own.query.as_str()));
    let (ids, texts): (Vec<Arc<str>>, Vec<&str>) = coded.chain(functions).unzip();
    let parsed = parse_queries(&mut *connection, &texts).unwrap();
    let queries = ids.into_iter().zip(parsed).collect();
    trace(project, &queries).graph
}

fn name(graph: &LineageGraph, column: ColumnId) -> String {
    format!(
        "{}.{}",
        graph.table_of(column).id,
        graph.column(column).name
    )
}

/// Writes down every column that has a way in.
fn shown(graph: &LineageGraph) -> String {
    let mut text = String::new();
    for (id, column) in graph.columns() {
        let inputs = column.inputs.iter();
        let inputs = inputs.map(|e| format!("{} {}", e.kind.as_str(), name(graph, e.source)));
        let gap = column.gap.iter().map(|_| "?".to_owned());
        let inputs: Vec<String> = inputs.chain(gap).collect();
        if !inputs.is_empty() {
            let _ = writeln!(text, "{} <- {}", name(graph, id), inputs.join(", "));
        }
    }
    text
}

#[test]
fn columns_are_traced_through_models_in_any_order() {
    let graph = traced(Project {
        tables: vec![
            table(
                "model.mart",
                &["model.stg"],
                "select key, sum(paid) as paid from db.main.stg group by key",
            ),
            table(
                "model.stg",
                &["source.raw"],
                "select id as key, amount::int as paid from main.raw",
            ),
            with_columns(table("source.raw", &[], ""), &["id", "amount"]),
        ],
        ..Project::default()
    });
    insta::assert_snapshot!(shown(&graph), @"
    model.stg.key <- rename source.raw.id
    model.stg.paid <- cast source.raw.amount
    model.mart.key <- copy model.stg.key
    model.mart.paid <- aggregate model.stg.paid
    ");
}

#[test]
fn columns_that_nobody_has_told_of_are_known_once_they_are_read() {
    let graph = traced(Project {
        tables: vec![
            table("source.raw", &[], ""),
            table(
                "model.stg",
                &["source.raw"],
                "select * exclude (b), a + 1 as more from raw",
            ),
            table(
                "model.mart",
                &["model.stg"],
                "select a, more, b, c from stg",
            ),
        ],
        ..Project::default()
    });
    insta::assert_snapshot!(shown(&graph), @"
    model.stg.more <- compute source.raw.a
    model.stg.a <- copy source.raw.a
    model.stg.b <- ?
    model.stg.c <- copy source.raw.c
    model.mart.a <- copy model.stg.a
    model.mart.more <- copy model.stg.more
    model.mart.b <- copy model.stg.b
    model.mart.c <- copy model.stg.c
    ");
}

#[test]
fn ephemeral_models_are_tables_of_their_own() {
    let mut ephemeral = table("model.eph", &["source.raw"], "select id as key from raw");
    ephemeral.place.cte_name = Some("__dbt__cte__eph".into());
    let graph = traced(Project {
        tables: vec![
            table("source.raw", &[], ""),
            ephemeral,
            table(
                "model.mart",
                &["model.eph"],
                "with __dbt__cte__eph as (select id as key from raw) select key from __dbt__cte__eph",
            ),
        ],
        ..Project::default()
    });
    insta::assert_snapshot!(shown(&graph), @"
    model.eph.key <- rename source.raw.id
    model.mart.key <- copy model.eph.key
    ");
}

#[test]
fn a_model_that_reads_itself_and_a_snapshot_keep_their_columns() {
    let mut snapshot = table("snapshot.snap", &["model.inc"], "select id, seen from inc");
    snapshot.added = vec![AddedColumn {
        name: "dbt_valid_from".into(),
        made_of: vec!["seen".into()],
    }];
    let graph = traced(Project {
        tables: vec![
            table("source.raw", &[], ""),
            table(
                "model.inc",
                &["source.raw"],
                "select id, seen from raw where seen > (select max(seen) from db.main.inc)",
            ),
            snapshot,
        ],
        ..Project::default()
    });
    insta::assert_snapshot!(shown(&graph), @"
    model.inc.id <- copy source.raw.id
    model.inc.seen <- copy source.raw.seen
    snapshot.snap.id <- copy model.inc.id
    snapshot.snap.seen <- copy model.inc.seen
    snapshot.snap.dbt_valid_from <- compute model.inc.seen
    ");
    let rows = &graph.dataset("model.inc").unwrap().rows;
    let rows: Vec<String> = rows.iter().map(|edge| name(&graph, edge.source)).collect();
    assert_eq!(rows, ["source.raw.seen", "model.inc.seen"]);
}

#[test]
fn what_cannot_be_parsed_has_its_columns_from_elsewhere_and_a_gap() {
    let graph = traced(Project {
        tables: vec![
            with_columns(table("model.odd", &[], "not a query at all"), &["a"]),
            table("model.mart", &["model.odd"], "select a from odd"),
        ],
        ..Project::default()
    });
    insta::assert_snapshot!(shown(&graph), @"
    model.odd.a <- ?
    model.mart.a <- copy model.odd.a
    ");
}

#[test]
fn what_is_reached_goes_through_values_and_rows() {
    let graph = traced(Project {
        tables: vec![
            with_columns(table("source.raw", &[], ""), &["id", "kind", "amount"]),
            table(
                "model.a",
                &["source.raw"],
                "select id, amount from raw where kind = 'x'",
            ),
            table("model.b", &["model.a"], "select id from a"),
        ],
        uses: vec![TableUse {
            id: "exposure.board".into(),
            kind: UseKind::Exposure,
            reads: vec![("model.b".into(), None)],
        }],
        ..Project::default()
    });
    let readers = Readers::new(&graph);
    let reached = |column: &str| -> Vec<String> {
        let column = graph.column_id("source.raw", column).unwrap();
        let reached = graph.reached(&readers, &[column]);
        reached.iter().map(|column| name(&graph, *column)).collect()
    };
    assert_eq!(reached("id"), ["model.a.id", "model.b.id"]);
    assert_eq!(reached("amount"), ["model.a.amount"]);
    assert_eq!(
        reached("kind"),
        ["model.a.id", "model.a.amount", "model.b.id"]
    );

    let id = graph.column_id("model.b", "ID").unwrap();
    let part = |direction, depth| -> Vec<String> {
        let part = graph.part(&readers, &[id], direction, depth);
        part.columns
            .iter()
            .map(|column| name(&graph, *column))
            .collect()
    };
    assert_eq!(part(Direction::Up, Some(1)), ["model.b.id", "model.a.id"]);
    let up = [
        "model.b.id",
        "model.a.id",
        "source.raw.id",
        "source.raw.kind",
    ];
    assert_eq!(part(Direction::Up, None), up);
    assert_eq!(part(Direction::Down, None), ["model.b.id"]);
    let (columns, tables) = (HashSet::from([id]), HashSet::from([id.dataset]));
    assert_eq!(graph.uses_of(&columns, &tables, UseKind::Exposure).len(), 1);
    assert_eq!(graph.uses_of(&columns, &tables, UseKind::Test).len(), 0);
}

#[test]
fn functions_of_the_project_are_looked_into() {
    let function = OwnFunction {
        id: "function.share".into(),
        name: "share".into(),
        parameters: vec!["part".into(), "whole".into()],
        query: "select (part / nullif(whole, 0)\n)".into(),
        gives_table: false,
    };
    let graph = traced(Project {
        tables: vec![
            with_columns(table("source.raw", &[], ""), &["a", "b", "part"]),
            table(
                "model.m",
                &["source.raw"],
                "select db.main.share(a, b) as s from raw",
            ),
        ],
        functions: vec![function],
        ..Project::default()
    });
    insta::assert_snapshot!(shown(&graph), @"model.m.s <- compute source.raw.a, compute source.raw.b");
}
