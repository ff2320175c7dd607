//! Every type of value, as dbt's tables show it.

use super::{in_memory, rows_of, shown};
use crate::adapter::{Cell, ColumnType};

/// Checks the value of an expression: its type text, how dbt sorts it, and
/// its text in a template. The expected values were read from dbt 1.11.
#[track_caller]
fn check(expression: &str, sql_type: &str, column: ColumnType, text: &str) {
    let mut connection = in_memory();
    let table = rows_of(&mut *connection, &format!("select {expression} as c"));
    assert_eq!(table.columns, ["c"]);
    assert_eq!(table.sql_types, [sql_type], "{expression}");
    assert_eq!(table.types, [column], "{expression}");
    let table = table.into_dbt();
    assert_eq!(table.rows[0][0].python_text(), text, "{expression}");
}

#[test]
fn numbers() {
    use ColumnType::{Boolean, Integer, Number};

    check("true", "BOOLEAN", Boolean, "True");
    check("1::tinyint", "TINYINT", Integer, "1");
    check("255::utinyint", "UTINYINT", Integer, "255");
    check("-5::bigint", "BIGINT", Integer, "-5");
    check(
        "18446744073709551615::ubigint",
        "UBIGINT",
        Integer,
        "18446744073709551615",
    );
    check(
        "170141183460469231731687303715884105727::hugeint",
        "HUGEINT",
        Integer,
        "170141183460469231731687303715884105727",
    );
    check("7::uhugeint", "UHUGEINT", Integer, "7");
    let wide = "340282366920938463463374607431768211455";
    check(&format!("'{wide}'::uhugeint"), "UHUGEINT", Number, wide);
    check("0.1::float", "FLOAT", Number, "0.10000000149011612");
    check("1::double", "DOUBLE", Number, "1.0");
    check("'nan'::double", "DOUBLE", Number, "nan");
    check("1.50::decimal(5,2)", "DECIMAL(5,2)", Number, "1.50");
    check("-0.05::decimal(5,2)", "DECIMAL(5,2)", Number, "-0.05");
    check("100::decimal(38,0)", "DECIMAL(38,0)", Number, "100");
    check("sum(1)", "HUGEINT", Integer, "1");
}

#[test]
fn bignums_of_any_size() {
    use ColumnType::Text;

    for number in [
        "0",
        "-1",
        "255",
        "256",
        "-123456789012345678901234567890",
        "1000000000000",
    ] {
        check(&format!("'{number}'::bignum"), "BIGNUM", Text, number);
    }
}

#[test]
fn texts() {
    use ColumnType::Text;

    check("'x'", "VARCHAR", Text, "x");
    check(
        "'a longer text that is not kept inline'",
        "VARCHAR",
        Text,
        "a longer text that is not kept inline",
    );
    check(r#"'{"a": 1}'::json"#, "JSON", Text, r#"{"a": 1}"#);
    let uuid = "dcf6d08d-fa8b-4c7e-9922-a9e58e4a6d42";
    check(&format!("'{uuid}'::uuid"), "UUID", Text, uuid);
    check("'101'::bit", "BIT", Text, "101");
    check("'1010101011'::bit", "BIT", Text, "1010101011");
    check(r"'a\x00b'::blob", "BLOB", Text, r"b'a\x00b'");
    check("'b'::enum('a', 'b')", "ENUM", Text, "b");
}

#[test]
fn dates_and_times() {
    use ColumnType::{Date, DateTime, Text};

    check("date '2024-01-31'", "DATE", Date, "2024-01-31");
    check("date '1969-12-31'", "DATE", Date, "1969-12-31");
    check("date '0001-01-01'", "DATE", Date, "0001-01-01");
    check("'infinity'::date", "DATE", Date, "9999-12-31");
    check("'0044-01-01 (BC)'::date", "DATE", Text, "0044-01-01 (BC)");
    check("'290000-01-01'::date", "DATE", Text, "290000-01-01");
    check("time '12:00:00'", "TIME", Text, "12:00:00");
    check("time '12:00:00.5'", "TIME", Text, "12:00:00.500000");
    check(
        "'12:00:00.123456789'::time_ns",
        "TIME_NS",
        Text,
        "12:00:00.123456",
    );
    check(
        "'12:00:00+02:30'::timetz",
        "TIME WITH TIME ZONE",
        Text,
        "12:00:00+02:30",
    );
    check(
        "'12:00:00+00'::timetz",
        "TIME WITH TIME ZONE",
        Text,
        "12:00:00+00:00",
    );
    check(
        "timestamp '2024-01-01 10:00:00'",
        "TIMESTAMP",
        DateTime,
        "2024-01-01 10:00:00",
    );
    check(
        "timestamp '2024-01-01 10:00:00.25'",
        "TIMESTAMP",
        DateTime,
        "2024-01-01 10:00:00.250000",
    );
    check(
        "timestamp '1969-12-31 23:59:59.5'",
        "TIMESTAMP",
        DateTime,
        "1969-12-31 23:59:59.500000",
    );
    check(
        "'2024-01-01'::timestamp_s",
        "TIMESTAMP_S",
        DateTime,
        "2024-01-01 00:00:00",
    );
    check(
        "'2024-01-01 00:00:00.123'::timestamp_ms",
        "TIMESTAMP_MS",
        DateTime,
        "2024-01-01 00:00:00.123000",
    );
    check(
        "'2024-01-01 00:00:00.123456789'::timestamp_ns",
        "TIMESTAMP_NS",
        DateTime,
        "2024-01-01 00:00:00.123456",
    );
    check(
        "'infinity'::timestamp",
        "TIMESTAMP",
        DateTime,
        "9999-12-31 23:59:59.999999",
    );
    check(
        "'0044-01-01 (BC) 01:00:00'::timestamp",
        "TIMESTAMP",
        Text,
        "0044-01-01 (BC) 01:00:00",
    );
    check(
        "interval '1 month 2 days 3 seconds'",
        "INTERVAL",
        Text,
        "32 days, 0:00:03",
    );
}

#[test]
fn timestamps_with_zone_follow_the_session() {
    let mut connection = in_memory();
    connection
        .execute("set timezone = 'Asia/Kolkata'", false, None)
        .unwrap();
    let table = rows_of(
        &mut *connection,
        "select timestamptz '2024-01-01 10:00:00+02' as c",
    );
    assert_eq!(table.sql_types, ["TIMESTAMP WITH TIME ZONE"]);
    assert_eq!(table.types, [ColumnType::DateTime]);
    assert_eq!(table.rows[0][0].python_text(), "2024-01-01 13:30:00+05:30");
}

#[test]
fn nested_values() {
    use ColumnType::{Integer, Text};

    check("[1, null]", "INTEGER[]", Text, "[1, null]");
    check("[]::varchar[]", "VARCHAR[]", Text, "[]");
    check("[[1], [], null]", "INTEGER[][]", Text, "[[1], [], null]");
    check("[date '2024-01-01']", "DATE[]", Text, r#"["2024-01-01"]"#);
    check(
        "[timestamp '2024-01-01 10:00:00']",
        "TIMESTAMP[]",
        Text,
        r#"["2024-01-01T10:00:00"]"#,
    );
    check("[1.5::decimal(3,1)]", "DECIMAL(3,1)[]", Text, "[1.5]");
    check("['1'::hugeint]", "HUGEINT[]", Text, "[1]");
    check("['101'::bit]", "BIT[]", Text, r#"["101"]"#);
    check(
        "{'a': 1, 'b': 'x'}",
        r#"STRUCT("a" INTEGER, "b" VARCHAR)"#,
        Text,
        r#"{"a": 1, "b": "x"}"#,
    );
    check("map {'k': 1}", "MAP(VARCHAR, INTEGER)", Text, r#"{"k": 1}"#);
    check(
        "map {1: 'x'}",
        "MAP(INTEGER, VARCHAR)",
        Text,
        r#"{"1": "x"}"#,
    );
    check("union_value(x := 1)", r#"UNION("x" INTEGER)"#, Integer, "1");
    check("[1, 2]::int[2]", "INTEGER[]", Text, "[1, 2]");
    check(
        "['12:00:00+01'::timetz]",
        "TIME WITH TIME ZONE[]",
        Text,
        "['12:00:00+01']",
    );
    check("1::variant", "VARIANT", Text, "1");
}

#[test]
fn unions_take_each_rows_member() {
    let mut connection = in_memory();
    let sql = "select u from (values (1::union(n int, s varchar)), ('x'), (null)) t(u)";
    assert_eq!(shown(&mut *connection, sql), ["1", "x", "None"]);
}

#[test]
fn nothing_but_null() {
    let mut connection = in_memory();
    let table = rows_of(
        &mut *connection,
        "select null as a, null::varchar as b, [null] as c",
    );
    assert_eq!(
        table.rows,
        [[Cell::Null, Cell::Null, Cell::List(vec![Cell::Null])]]
    );
    // A typed NULL column of a table function is what DuckDB calls "NULL".
    let table = rows_of(&mut *connection, "select * from (values (null)) t(a)");
    assert_eq!(table.rows, [[Cell::Null]]);
}

#[test]
fn many_rows_keep_their_order_and_stop_at_the_limit() {
    let mut connection = in_memory();
    let sql = "select i, [i, i + 1] as l, case when i % 2 = 0 then 'even ' || i end as s \
               from range(5000) t(i) order by i";
    let all = rows_of(&mut *connection, sql);
    assert_eq!(all.rows.len(), 5000);
    assert_eq!(
        all.rows[4998],
        [
            Cell::Int(4998),
            Cell::List(vec![Cell::Int(4998), Cell::Int(4999)]),
            Cell::Text("even 4998".into()),
        ]
    );
    assert_eq!(all.rows[4999][2], Cell::Null);
    let (_, some) = connection.execute(sql, true, Some(2050)).unwrap();
    assert_eq!(some.rows.len(), 2050);
    assert_eq!(some.rows[2049], all.rows[2049]);
}

#[test]
fn columns_of_one_name_stay_apart() {
    let mut connection = in_memory();
    let table = rows_of(
        &mut *connection,
        "select 1 as a, 2 as a, '01:00:00+00'::timetz as a",
    );
    assert_eq!(table.columns.len(), 3);
    assert_eq!(table.rows[0][..2], [Cell::Int(1), Cell::Int(2)]);
}

#[test]
fn statements_that_are_no_queries_can_be_fetched() {
    let mut connection = in_memory();
    let connection = &mut *connection;
    rows_of(connection, "create table t (k varchar, v int)");
    assert_eq!(
        shown(connection, "insert into t values ('a', 1), ('b', 2)"),
        ["2"]
    );
    assert_eq!(
        shown(connection, "insert into t values ('c', 3) returning v"),
        ["3"]
    );
    assert_eq!(shown(connection, "pivot t on k using sum(v)"), ["1|2|3"]);
    assert_eq!(shown(connection, "from t order by k limit 1"), ["a|1"]);
    assert_eq!(shown(connection, "show tables"), ["t"]);
    assert_eq!(shown(connection, "describe t").len(), 2);
    assert_eq!(
        shown(
            connection,
            "update t set v = 0; select sum(v) from t; -- end"
        ),
        ["0"]
    );
    assert_eq!(rows_of(connection, "-- nothing at all").columns.len(), 0);
    assert_eq!(rows_of(connection, "").columns.len(), 0);
    assert!(!shown(connection, "explain select 1").is_empty());
}
