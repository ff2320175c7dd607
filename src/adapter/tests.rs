use super::statements::{TransactionWord, split, transaction_word};
use super::{AdapterError, Cell, ColumnType, ErrorKind, Table};

fn check_split(sql: &str, expected: &[&str]) {
    let found: Vec<&str> = split(sql).into_iter().map(|range| &sql[range]).collect();
    assert_eq!(found, expected);
}

#[test]
fn statements_end_at_semicolons() {
    check_split("select 1; select 2;", &["select 1", "select 2"]);
    check_split("\n select 1 \n", &["select 1"]);
    check_split(" ; ;; ", &[]);
    check_split("-- nothing\n/* at all */", &[]);
    check_split(
        "select 1 -- one; two\n; select 2",
        &["select 1", "select 2"],
    );
    check_split(
        "select 1 /* ; /* ; */ ; */ + 1",
        &["select 1 /* ; /* ; */ ; */ + 1"],
    );
}

#[test]
fn quotes_hide_semicolons() {
    check_split(
        "select ';''; --'; select \"a;\"",
        &["select ';''; --'", "select \"a;\""],
    );
    check_split(r"select e'\';'; select 2", &[r"select e'\';'", "select 2"]);
    check_split(r"select '\'; select 2", &[r"select '\'", "select 2"]);
    check_split(
        "select $$;'$$; select $t$ ; $$ $t$; select $1",
        &["select $$;'$$", "select $t$ ; $$ $t$", "select $1"],
    );
    check_split("select 'open; select 2", &["select 'open; select 2"]);
}

#[test]
fn transactions_are_seen_in_statements() {
    let word = |sql: &str| transaction_word(&sql[split(sql)[0].clone()]);
    assert_eq!(
        word("/* x */ BEGIN transaction"),
        Some(TransactionWord::Begin)
    );
    assert_eq!(word("start transaction"), Some(TransactionWord::Begin));
    assert_eq!(word("Commit;"), Some(TransactionWord::End));
    assert_eq!(word("rollback"), Some(TransactionWord::End));
    assert_eq!(word("select 'begin'"), None);
    assert_eq!(word("beginning"), None);
}

fn check_place(sql: &str, position: usize, expected: &str) {
    let mut error = AdapterError::new(ErrorKind::Statement, "Wrong");
    error.sql = Some(sql.into());
    error.position = Some(position);
    assert_eq!(error.with_place(), format!("Wrong\n\n{expected}"));
}

#[test]
fn a_place_is_drawn_as_duckdb_does() {
    check_place(
        "select foo from t",
        7,
        "LINE 1: select foo from t\n               ^",
    );
    check_place(
        "select 1;\n\n select 'é', a1 from t\n where x",
        25,
        "LINE 3:  select 'é', a1 from t\n                     ^",
    );
}

#[test]
fn times_and_intervals_become_pythons_texts() {
    let text = |cell: Cell| cell.python_text();
    let micros = |n| text(Cell::Interval { microseconds: n });
    assert_eq!(micros(32 * 86_400_000_000 + 3_000_000), "32 days, 0:00:03");
    assert_eq!(micros(-1_000_000), "-1 day, 23:59:59");
    assert_eq!(micros(1_500_000), "0:00:01.500000");
    assert_eq!(text(Cell::Bytes(b"a\0b'".to_vec())), "b\"a\\x00b'\"");
    assert_eq!(text(Cell::Float(1.0)), "1.0");
    assert_eq!(text(Cell::Float(1e16)), "1e+16");
    assert_eq!(text(Cell::Float(1e-7)), "1e-07");
    assert_eq!(text(Cell::Float(0.0001)), "0.0001");
    assert_eq!(text(Cell::Float(1e300)), "1e+300");
    assert_eq!(text(Cell::Float(123_456_792.0)), "123456792.0");
}

#[test]
fn lists_and_structs_become_json_for_templates() {
    let inner = Cell::Struct(vec![
        ("a".into(), Cell::Int(1)),
        ("b".into(), Cell::Text("é\n".into())),
    ]);
    let table = Table {
        columns: vec!["c".into()],
        types: vec![ColumnType::Text],
        sql_types: vec!["x".into()],
        rows: vec![
            vec![Cell::List(vec![inner, Cell::Null, Cell::Bool(true)])],
            vec![Cell::Null],
        ],
    };
    assert_eq!(
        table.into_dbt().rows,
        [
            [Cell::Text(
                r#"[{"a": 1, "b": "\u00e9\n"}, null, true]"#.into()
            )],
            [Cell::Null],
        ]
    );
}

#[test]
fn columns_are_sorted_by_their_values() {
    let of = |cells: &[Cell]| ColumnType::of(cells.iter());
    assert_eq!(of(&[]), ColumnType::Integer);
    assert_eq!(of(&[Cell::Null]), ColumnType::Integer);
    assert_eq!(of(&[Cell::Null, Cell::Bool(true)]), ColumnType::Boolean);
    assert_eq!(of(&[Cell::Int(1), Cell::Float(1.5)]), ColumnType::Number);
    assert_eq!(
        of(&[Cell::Int(1), Cell::Text("x".into())]),
        ColumnType::Text
    );
    assert_eq!(of(&[Cell::Interval { microseconds: 1 }]), ColumnType::Text);
}
