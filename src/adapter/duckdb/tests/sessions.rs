//! What connections share and what each has for itself.

use serde_json::{Value, json};

use super::{adapter, in_memory, rows_of, shown};
use crate::adapter::{Cell, Column, ErrorKind};

#[test]
fn connections_share_a_database_in_memory() {
    let adapter = adapter(json!({"path": ":memory:"}));
    let mut one = adapter.connect().unwrap();
    one.execute("create table t as select 1 as a", false, None)
        .unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut other = adapter.connect().unwrap();
                assert_eq!(shown(&mut *other, "select a from memory.main.t"), ["1"]);
            });
        }
    });
    drop(one);
    // The database lives as long as the adapter.
    let mut later = adapter.connect().unwrap();
    assert_eq!(shown(&mut *later, "from t"), ["1"]);
}

#[test]
fn what_needs_icu_works() {
    let mut connection = in_memory();
    let connection = &mut *connection;
    let dates = rows_of(connection, "select current_date, now()::date, today()");
    assert!(
        dates.rows[0]
            .iter()
            .all(|cell| matches!(cell, Cell::Date(_)))
    );
    assert_eq!(
        shown(
            connection,
            "select timestamptz '2024-07-01 12:00:00+00' at time zone 'America/New_York'"
        ),
        ["2024-07-01 08:00:00"]
    );
    assert_eq!(
        shown(
            connection,
            "select a from (values ('z'), ('Ä'), ('b')) t(a) order by a collate de"
        ),
        ["Ä", "b", "z"]
    );
    assert_eq!(
        shown(
            connection,
            "select date_trunc('month', timestamptz '2024-07-15 00:00:00+00')::date"
        ),
        ["2024-07-01"]
    );
}

#[test]
fn settings_reach_every_connection() {
    let adapter = adapter(json!({
        "settings": {"TimeZone": "Asia/Tokyo", "preserve_insertion_order": false},
        "config_options": {"threads": 1},
    }));
    for _ in 0..2 {
        let mut connection = adapter.connect().unwrap();
        let sql = "select current_setting('TimeZone'), current_setting('threads'), \
                   current_setting('preserve_insertion_order')";
        assert_eq!(shown(&mut *connection, sql), ["Asia/Tokyo|1|False"]);
    }
}

#[test]
fn a_wrong_setting_is_named() {
    let connect = |target| adapter(target).connect().err().unwrap();
    let error = connect(json!({"settings": {"thread": 1}}));
    assert_eq!(error.kind, ErrorKind::Connection);
    assert!(
        error
            .message
            .starts_with("`settings: thread` of the profile: "),
        "{error}"
    );
    let error = connect(json!({"config_options": {"thread": 1}}));
    assert!(error.message.contains("thread"), "{error}");
}

#[test]
fn values_can_be_bound() {
    let mut connection = in_memory();
    let connection = &mut *connection;
    connection
        .execute(
            "create table t (a int, b varchar, c double, d date, e boolean)",
            false,
            None,
        )
        .unwrap();
    let bindings = [
        Cell::Int(1),
        Cell::Text("it's".into()),
        Cell::Float(1.5),
        Cell::Date(jiff::civil::date(2024, 1, 31)),
        Cell::Null,
    ];
    connection
        .execute_bound("insert into t values (?, ?, ?, ?, ?)", &bindings)
        .unwrap();
    assert_eq!(shown(connection, "from t"), ["1|it's|1.5|2024-01-31|None"]);
    connection
        .execute_bound("insert into t values (?)", &bindings)
        .unwrap_err();
}

fn column(name: &str, data_type: &str) -> Column {
    Column {
        name: name.into(),
        data_type: data_type.into(),
    }
}

#[test]
fn a_query_is_described_without_running() {
    let mut connection = in_memory();
    let columns = connection
        .describe("select 1 as a, error('never runs') as b, {'x': [1.5]} as c; -- a comment")
        .unwrap();
    assert_eq!(columns[0], column("a", "INTEGER"));
    assert_eq!(columns[2], column("c", "STRUCT(x DECIMAL(2,1)[])"));

    let sql = "-- first\nwith a as (select 1 as id)\nselect nope from a -- last";
    let error = connection.describe(sql).unwrap_err();
    assert_eq!(error.position, sql.find("nope"));
    assert_eq!(error.sql.as_deref(), Some(sql));
    let error = connection.describe("select (1").unwrap_err();
    assert_eq!(error.class.as_deref(), Some("Parser"));
}

#[test]
fn a_query_is_parsed_into_a_tree() {
    let mut connection = in_memory();
    let texts = [
        "select a, 'it''s' as b from t where x -> 'y' is not null",
        "select from where",
        "create table t (a int)",
    ];
    let answers = connection.serialize_queries(&texts).unwrap();
    let trees = answers.iter().map(|answer| serde_json::from_str(answer));
    let trees: Vec<Value> = trees.map(Result::unwrap).collect();
    let node = &trees[0]["statements"][0]["node"];
    assert_eq!(node["type"], "SELECT_NODE");
    assert_eq!(node["select_list"][0]["column_names"][0], "a");
    assert_eq!(node["select_list"][0]["query_location"], 7);
    assert_eq!(trees[1]["error"], true);
    assert_eq!(trees[1]["position"], "12");
    assert_eq!(trees[2]["error"], true);
    assert_eq!(
        connection.serialize_queries(&[]).unwrap(),
        Vec::<String>::new()
    );
}
