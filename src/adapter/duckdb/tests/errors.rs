//! What DuckDB says when it refuses.

use std::time::Duration;

use super::{adapter, in_memory};
use crate::adapter::{AdapterError, ErrorKind};

fn refusal(sql: &str) -> AdapterError {
    in_memory().execute(sql, true, None).unwrap_err()
}

#[test]
fn an_unknown_column_has_its_place_and_suggestions() {
    let sql = "select 1;\n\n select 'é', patient_di from (select 1 as patient_id)";
    let error = refusal(sql);
    assert_eq!(error.kind, ErrorKind::Statement);
    assert_eq!(
        error.message,
        "Binder Error: Referenced column \"patient_di\" not found in FROM clause!\n\
         Candidate bindings: \"patient_id\""
    );
    assert_eq!(error.class.as_deref(), Some("Binder"));
    assert_eq!(error.subtype.as_deref(), Some("COLUMN_NOT_FOUND"));
    assert_eq!(error.position, sql.find("patient_di"));
    assert_eq!(error.candidates, ["patient_id"]);
    assert_eq!(error.sql.as_deref(), Some(sql));
}

#[test]
fn an_unknown_table_has_a_suggestion() {
    let mut connection = in_memory();
    connection
        .execute("create table patients (id int)", false, None)
        .unwrap();
    for fetch in [true, false] {
        let error = connection
            .execute("select * from patient", fetch, None)
            .unwrap_err();
        assert_eq!(error.class.as_deref(), Some("Catalog"));
        assert_eq!(error.position, Some(14));
        assert_eq!(error.candidates, ["patients"]);
        assert!(
            error
                .message
                .starts_with("Catalog Error: Table with name patient does not exist!")
        );
    }
}

#[test]
fn every_class_of_error_is_told() {
    let class = |sql: &str| {
        let error = refusal(sql);
        (error.class.unwrap_or_default(), error.position)
    };
    assert_eq!(class("selec 1"), ("Parser".into(), Some(0)));
    assert_eq!(class("select 1; selec 1"), ("Parser".into(), Some(10)));
    assert_eq!(
        class("select cast('x' as int)"),
        ("Conversion".into(), Some(7))
    );
    assert_eq!(class("select nosuch(1)"), ("Catalog".into(), Some(7)));
    assert_eq!(
        class("select error('mine')"),
        ("Invalid Input".into(), None)
    );
    assert_eq!(class("from '/no/such.parquet'"), ("IO".into(), None));
    assert_eq!(
        class("create table t (a int unique); insert into t values (1), (1)"),
        ("Constraint".into(), None)
    );
    assert!(refusal("select ?").message.contains("parameter"));
    assert!(refusal("select 'a\0b'").message.contains("NUL"));
}

#[test]
fn the_message_with_place_is_duckdbs_own() {
    // One connection asks for JSON, the other is as DuckDB makes it. Only
    // single statements: for a later one DuckDB puts the caret too far right.
    crate::adapter::duckdb::library::load().unwrap();
    let plain = ::duckdb::Connection::open_in_memory().unwrap();
    let mut ours = in_memory();
    let long = format!(
        "select {}, nope, {} from (select 1 as x)",
        ["'some long text'"; 8].join(", "),
        ["'and more after it'"; 8].join(", ")
    );
    let cases = [
        "select nope from (select 1 as x)",
        "select nope2 +\n 'é' + nope",
        "selec",
        "select 1 as a\nfrom",
        "select * from nope",
        "select 1/'a'",
        "select 'ééééééééééééééééééééééééééééééééééééééééééé', nope",
        "\n\nselect 'a very long text before the mistake that fills the line up', nope",
        "\tselect\t1,\tnope",
        "select 'a_word_and_then words without an end and no more than that', nope",
        "select nope,   'a text after the mistake that goes on and on_and_on_and_on'",
        "select error('x')",
        "with a as (select 1)\r\nselect nope from a",
        long.as_str(),
    ];
    for sql in cases {
        let theirs = plain.execute_batch(sql).unwrap_err().to_string();
        let mine = ours.execute(sql, false, None).unwrap_err().with_place();
        assert_eq!(mine, theirs, "{sql}");
    }
}

#[test]
fn a_failed_statement_rolls_its_transaction_back() {
    let mut connection = in_memory();
    connection.begin().unwrap();
    connection.begin().unwrap();
    assert!(connection.in_transaction());
    connection
        .execute("create table t (a int)", false, None)
        .unwrap();
    connection
        .execute("select nope from t", true, None)
        .unwrap_err();
    assert!(!connection.in_transaction());
    connection.execute("from t", true, None).unwrap_err();

    connection
        .execute("create table t (a int)", false, None)
        .unwrap();
    connection
        .execute("begin; insert into t values (1)", false, None)
        .unwrap();
    assert!(connection.in_transaction());
    connection
        .execute("insert into t values (2); rollback", false, None)
        .unwrap();
    assert!(!connection.in_transaction());
    connection
        .execute(
            "begin; insert into t values (1); select cast('x' as int); commit",
            false,
            None,
        )
        .unwrap_err();
    assert!(!connection.in_transaction());
    let (_, table) = connection.execute("from t", true, None).unwrap();
    assert_eq!(table.rows.len(), 0);
    connection.commit().unwrap();
    connection.rollback().unwrap();
}

#[test]
fn two_writers_of_one_row_conflict() {
    let adapter = adapter(serde_json::json!({}));
    let mut one = adapter.connect().unwrap();
    let mut two = adapter.connect().unwrap();
    one.execute("create table t as select 1 as a", false, None)
        .unwrap();
    one.begin().unwrap();
    two.begin().unwrap();
    one.execute("update t set a = 2", false, None).unwrap();
    let error = two.execute("update t set a = 3", false, None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
    one.commit().unwrap();

    one.begin().unwrap();
    two.begin().unwrap();
    one.execute("create table u (a int)", false, None).unwrap();
    let error = two
        .execute("create table u (a int)", false, None)
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict, "{error}");
}

#[test]
fn running_queries_are_cancelled_from_another_thread() {
    let adapter = adapter(serde_json::json!({}));
    let mut connection = adapter.connect().unwrap();
    connection.begin().unwrap();
    let slow =
        "select count(*) from range(100000000000) a, range(1000) b where a.range % 7 = b.range";
    let started = std::time::Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            adapter.cancel_all();
        });
        let error = connection.execute(slow, true, None).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Cancelled);
    });
    assert!(started.elapsed() < Duration::from_secs(20));
    assert!(!connection.in_transaction());
    // Nothing new begins until work is resumed.
    let error = connection.execute("select 1", true, None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
    adapter.resume();
    connection.execute("select 1", true, None).unwrap();
}
