use super::tree::{Body, ExprKind, JoinForm, JoinKind, Literal, Query, TableKind};
use super::{ParseFailure, parse_in_turn, parse_queries};
use crate::adapter::{self, AdapterError, ErrorKind};

fn parse(sql: &str) -> Result<Query, ParseFailure> {
    let mut connection = adapter::in_memory().unwrap();
    let mut parsed = parse_queries(&mut *connection, &[sql]).unwrap();
    parsed.pop().unwrap()
}

fn select(sql: &str) -> super::tree::Select {
    match parse(sql).unwrap().body {
        Body::Select(select) => *select,
        other => panic!("no select: {other:?}"),
    }
}

#[test]
fn names_and_places_are_those_of_the_text() {
    let select = select("select a, 'é', \"B c\" as d from s.\"T\" as u(x, y)");
    let item = &select.items[2];
    assert_eq!(item.kind, ExprKind::Column(vec!["B c".into()]));
    assert_eq!(item.alias.as_deref(), Some("d"));
    assert_eq!(item.at.0, Some(16), "places are bytes");
    let TableKind::Table(table) = &select.from.kind else {
        panic!("no table: {:?}", select.from);
    };
    assert_eq!(table.schema.as_deref(), Some("s"));
    assert_eq!(&*table.name, "T");
    assert_eq!(select.from.alias.as_deref(), Some("u"));
    assert_eq!(select.from.column_aliases, ["x".into(), "y".into()]);
}

#[test]
fn joins_keep_their_kind() {
    let joins = [
        ("a join b using (id)", JoinKind::Inner, JoinForm::Regular),
        ("a natural left join b", JoinKind::Left, JoinForm::Natural),
        ("a full join b on true", JoinKind::Full, JoinForm::Regular),
        (
            "a anti join b using (id)",
            JoinKind::Anti,
            JoinForm::Regular,
        ),
        ("a, lateral (select 1)", JoinKind::Inner, JoinForm::Cross),
        ("a positional join b", JoinKind::Inner, JoinForm::Positional),
        (
            "a asof join b on a.x >= b.x",
            JoinKind::Inner,
            JoinForm::Asof,
        ),
    ];
    for (from, kind, form) in joins {
        let from = select(&format!("select 1 from {from}")).from;
        let TableKind::Join(join) = from.kind else {
            panic!("no join: {from:?}");
        };
        assert_eq!((join.kind, join.form), (kind, form));
    }
}

#[test]
fn numbers_are_in_plain_digits() {
    let items = select("select 1.50, -0.05, 99999999999999999999, 7, null, 'x'").items;
    let literals: Vec<String> = items
        .iter()
        .map(|item| match &item.kind {
            ExprKind::Literal(Literal::Number(digits)) => digits.to_string(),
            ExprKind::Literal(literal) => format!("{literal:?}"),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        literals,
        [
            "1.50",
            "-0.05",
            "99999999999999999999",
            "7",
            "Null",
            "Text(\"x\")"
        ]
    );
}

#[test]
fn layout_makes_no_difference() {
    let one = parse("select a + 1 as b from t where c = 'x'").unwrap();
    let other = parse("SELECT\n  a+1 b -- why\nFROM t\nWHERE (c = 'x')").unwrap();
    assert_eq!(one, other);
    let third = parse("select a + 2 as b from t where c = 'x'").unwrap();
    assert_ne!(one, third);
}

#[test]
fn depth_is_no_limit() {
    let sum = vec!["a"; 900].join(" || ");
    let query = parse(&format!("select {sum} from t")).unwrap();
    assert!(matches!(query.body, Body::Select(_)));
    let union = vec!["select a from t"; 400].join(" union all ");
    let query = parse(&union).unwrap();
    assert!(matches!(query.body, Body::SetOperation(_)));
}

#[test]
fn what_is_no_query_is_told_and_spoils_no_other() {
    let mut connection = adapter::in_memory().unwrap();
    let texts = [
        "select 1",
        "select from where",
        "",
        "drop table t",
        "select 2",
    ];
    let parsed = parse_queries(&mut *connection, &texts).unwrap();
    let is_parsed: Vec<bool> = parsed.iter().map(Result::is_ok).collect();
    assert_eq!(is_parsed, [true, false, false, false, true]);
    let failure = parsed[1].as_ref().unwrap_err();
    assert_eq!(failure.at.0, Some(12), "{failure:?}");
}

#[test]
fn what_is_parsed_in_turn_comes_in_the_order_of_the_texts() {
    // More than a few batches, with one text that is no query.
    let texts: Vec<String> = (0..700)
        .map(|i| match i {
            300 => "select from where".to_owned(),
            _ => format!("select c{i}"),
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let names = |queries: &mut dyn Iterator<Item = Result<Query, ParseFailure>>| {
        let names = queries.map(|query| match query.ok()?.body {
            Body::Select(select) => match &select.items[0].kind {
                ExprKind::Column(name) => Some(name[0].to_string()),
                other => panic!("no column: {other:?}"),
            },
            other => panic!("no select: {other:?}"),
        });
        names.collect::<Vec<_>>()
    };
    let found = parse_in_turn(&adapter::in_memory, &texts, names).unwrap();
    let expected: Vec<Option<String>> = (0..700)
        .map(|i| (i != 300).then(|| format!("c{i}")))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn parsing_in_turn_fails_when_there_is_no_connection() {
    let none = || Err(AdapterError::new(ErrorKind::Connection, "no library"));
    let outcome = parse_in_turn(&none, &["select 1"], |queries| queries.count());
    assert_eq!(outcome.unwrap_err().message, "no library");
}
