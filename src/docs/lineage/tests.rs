use std::collections::HashMap;
use std::sync::Arc;

use super::{Columns, Lineage, NodeLineage};
use crate::adapter;
use crate::lineage::{LineageGraph, Project, Table, TablePlace, trace};
use crate::sql::{Schema, SchemaColumn, parse_queries};

const STAYS: &str = "select\n    id,\n    paid + copay as cost,\n    cast(day as date) as seen_on\n\
                     from raw\nwhere\n    paid > 0";
const MART: &str = "select\n    seen_on,\n    sum(\n        cost\n    ) as cost,\n    count(*) as stays\n\
                    from stays\ngroup by seen_on";

fn place(name: &str) -> TablePlace {
    TablePlace {
        schema: "main".into(),
        name: name.to_owned(),
        ..TablePlace::default()
    }
}

/// Traces models over a table `raw`, in their order.
fn traced(models: &[(&str, &str)]) -> (LineageGraph, HashMap<Arc<str>, Arc<str>>) {
    let columns = ["id", "paid", "copay", "day"].map(SchemaColumn::untyped);
    let mut tables = vec![Table {
        id: "source.raw".into(),
        place: place("raw"),
        schema: Some(Schema::new(columns.to_vec())),
        ..Table::default()
    }];
    tables.extend(models.iter().map(|(name, code)| Table {
        id: format!("model.{name}").into(),
        place: place(name),
        code: Some((*code).into()),
        ..Table::default()
    }));
    let texts: Vec<&str> = models.iter().map(|(_, code)| *code).collect();
    let mut connection = adapter::in_memory().unwrap();
    let parsed = parse_queries(&mut *connection, &texts).unwrap();
    let ids: Vec<Arc<str>> = tables[1..]
        .iter()
        .map(|table| Arc::clone(&table.id))
        .collect();
    let queries = ids.iter().cloned().zip(parsed).collect();
    let project = Project {
        tables,
        ..Project::default()
    };
    let codes = texts.into_iter().map(Arc::from);
    (
        trace(project, &queries).graph,
        ids.into_iter().zip(codes).collect(),
    )
}

/// What the page is told of some nodes, whose positions are their places in the list.
fn told(models: &[(&str, &str)], ids: &[&str]) -> Vec<Option<NodeLineage>> {
    let (graph, texts) = traced(models);
    let columns = Columns {
        graph: &graph,
        texts: &texts,
    };
    let lineage = Lineage::new(&columns, ids.iter().copied());
    let nodes = lineage.nodes();
    nodes.iter().map(|node| node.made()).collect()
}

/// Writes where a column comes from: `node.column kind [lines]`.
fn from(lineage: &NodeLineage, column: &str) -> Vec<String> {
    let place = lineage
        .columns
        .iter()
        .position(|name| name == column)
        .unwrap();
    let mut all = lineage.lineage.iter();
    let one = all.find(|one| one.column == place as u32).unwrap();
    let from = one.from.iter();
    from.map(|input| {
        format!(
            "{}.{} {} {:?}",
            input.node, input.column, input.kind, input.lines
        )
    })
    .collect()
}

fn expression<'l>(lineage: &'l NodeLineage, column: &str) -> Option<&'l str> {
    let place = lineage.columns.iter().position(|name| name == column)?;
    let mut all = lineage.lineage.iter();
    all.find(|one| one.column == place as u32)?
        .expression
        .as_deref()
}

#[test]
fn columns_name_what_they_are_made_of_with_lines_and_the_last_expression() {
    let all = told(
        &[("stays", STAYS), ("mart", MART)],
        &["source.raw", "model.stays", "model.mart"],
    );
    let raw = all[0].as_ref().unwrap();
    assert_eq!(raw.columns, ["id", "paid", "copay", "day"]);
    assert!(raw.lineage.is_empty() && raw.rows.is_empty());

    let stays = all[1].as_ref().unwrap();
    assert_eq!(from(stays, "id"), ["0.id copy []"]);
    assert_eq!(expression(stays, "id"), None);
    assert_eq!(
        from(stays, "cost"),
        ["0.paid compute [3]", "0.copay compute [3]"]
    );
    assert_eq!(expression(stays, "cost"), Some("paid + copay"));
    assert_eq!(from(stays, "seen_on"), ["0.day cast [4]"]);
    let rows: Vec<_> = stays
        .rows
        .iter()
        .map(|row| (row.column.as_str(), row.kind))
        .collect();
    assert_eq!(rows, [("paid", "filter")]);
    assert_eq!(stays.rows[0].lines, [7]);
    assert_eq!(stays.rows[0].expression.as_deref(), Some("paid > 0"));

    let mart = all[2].as_ref().unwrap();
    // An expression of several lines is one line, and all its lines are marked.
    assert_eq!(expression(mart, "cost"), Some("sum( cost )"));
    assert_eq!(from(mart, "cost"), ["1.cost aggregate [3, 4, 5]"]);
}

#[test]
fn what_is_not_traced_says_why_and_what_the_page_has_not_is_left_out() {
    let all = told(
        &[
            ("stays", STAYS),
            ("wild", "select * from read_csv('x.csv')"),
        ],
        &["model.stays", "model.wild", "model.unknown"],
    );
    // The source has no position.
    assert!(all[0].as_ref().unwrap().lineage.is_empty());
    assert!(all[2].is_none());
    let gaps = told(
        &[("gap", "select some_function(id) as x, columns(*) from raw")],
        &["source.raw", "model.gap"],
    );
    let gap = gaps[1].as_ref().unwrap();
    assert!(gap.columns.iter().any(|name| name == "x"), "{gap:?}");
}

#[test]
fn long_expressions_are_cut_at_a_letter() {
    let long = format!("select id || '{}' as x from raw", "ä".repeat(600));
    let all = told(&[("m", &long)], &["source.raw", "model.m"]);
    let text = expression(all[1].as_ref().unwrap(), "x").unwrap();
    assert_eq!(text.chars().count(), super::LONGEST_EXPRESSION + 1);
    assert!(text.ends_with("ä…"));
}
