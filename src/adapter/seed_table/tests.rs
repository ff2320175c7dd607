use super::{SeedError, read_columns, read_in_pieces, read_rows};

/// Returns the columns, `name type` each, and the number of rows.
fn columns(csv: &str) -> String {
    let table = read_columns(csv.as_bytes(), ',', &[]).unwrap();
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("{} {}", column.name, column.sql_type))
        .collect();
    format!("{}; {} rows", columns.join(", "), table.row_count)
}

/// Checks the type of a column with these values.
#[track_caller]
fn check(values: &[&str], sql_type: &str) {
    let mut csv = String::from("c,x\n");
    for value in values {
        csv.push_str(&format!("\"{value}\",x\n"));
    }
    let table = read_columns(csv.as_bytes(), ',', &[]).unwrap();
    assert_eq!(table.columns[0].sql_type, sql_type, "{values:?}");
}

// What dbt 1.11 with DuckDB makes of the same values, unless it says otherwise.
#[test]
fn numbers() {
    check(&["1", "-2", "+3", " 4 ", "", "null"], "integer");
    check(&["1.0", "2.00"], "integer");
    check(&["1e3"], "integer");
    check(&["0", "-0", "0.0"], "integer");
    check(&["1_000"], "integer");
    check(&["1", "2.5"], "float8");
    check(&[".5", "5."], "float8");
    check(&["1e-1"], "float8");
    check(&["0.5", "-0.25"], "float8");
    check(&["1", "1__0"], "text");
    check(&["1", "x"], "text");
    check(&["1e"], "text");
    check(&["-"], "text");
    check(&["", ""], "integer");
    check(&["NULL"], "integer");
}

// dbt makes all of these `integer`, and the load fails.
#[test]
fn numbers_that_dbt_cannot_load() {
    check(&["2147483647", "-2147483648"], "integer");
    check(&["2147483648"], "bigint");
    check(&["-2147483649"], "bigint");
    check(&["9223372036854775807"], "bigint");
    check(&["9223372036854775808"], "hugeint");
    check(&["1e10"], "bigint");
    check(&["nan", "1"], "float8");
    check(&["$1,000"], "text");
    check(&["5%", "6"], "text");
    // This one it makes a float too.
    check(&["12345678901234567890123456789"], "float8");
}

#[test]
fn a_column_with_leading_zeros_stays_text() {
    let csv = "zip,n\n12345,1\n01234,2\n00501,3\n";
    let table = read_columns(csv.as_bytes(), ',', &[]).unwrap();
    assert_eq!(table.columns[0].sql_type, "text");
    assert_eq!(table.columns[0].leading_zero_line, Some(3));
    assert_eq!(table.columns[1].sql_type, "integer");
    assert_eq!(table.columns[1].leading_zero_line, None);
    check(&["00", "1"], "text");
    check(&["-01"], "text");
    check(&["01.5"], "text");
    // Text it would be anyway, so there is nothing to tell.
    let csv = "zip\n01234\nnone\n";
    let table = read_columns(csv.as_bytes(), ',', &[]).unwrap();
    assert_eq!(table.columns[0].leading_zero_line, None);
}

#[test]
fn dates_and_times() {
    check(&["2024-01-31", "2024-1-5", ""], "date");
    check(&["2024-02-30"], "text");
    check(&["0000-01-01"], "text");
    check(&["2024/01/31"], "text");
    check(
        &["2024-01-31 10:00:00", "2024-1-5 1:2:3"],
        "timestamp without time zone",
    );
    check(
        &["2024-01-31T10:00:00", "2024-01-31T10:00:00.5+02:00"],
        "timestamp without time zone",
    );
    check(&["2024-01-31T10:00", "2024-01-31 10:00:00"], "text");
    check(&["2024-01-31T10:00:00Z"], "timestamp without time zone");
    check(&["2024-01-31T10:00:00-0530"], "timestamp without time zone");
    check(&["2024-01-31", "2024-01-31 10:00:00"], "text");
    check(&["2024-01-31 10:00"], "text");
    check(&["2024-01-31 25:00:00"], "text");
    check(&["20240131"], "integer");
    check(&["10:00:00"], "text");
}

#[test]
fn booleans_and_texts() {
    check(&["true", "FALSE", ""], "boolean");
    check(&["true", "yes"], "text");
    check(&["t"], "text");
    check(&["true", "1"], "text");
    check(&["a\"\"b"], "text");
    check(&["ünï"], "text");
}

#[test]
fn columns_with_a_type_of_their_own_are_not_looked_into() {
    let table = read_columns("a,b\n1,1\n".as_bytes(), ',', &["a"]).unwrap();
    assert_eq!(table.columns[0].sql_type, "text");
    assert_eq!(table.columns[1].sql_type, "integer");
}

#[test]
fn names_and_shapes_of_files() {
    assert_eq!(columns("a,b\n"), "a integer, b integer; 0 rows");
    assert_eq!(columns("a"), "a integer; 0 rows");
    assert_eq!(
        columns("\u{feff}a,b\r\n1,x\r\n"),
        "a integer, b text; 1 rows"
    );
    assert_eq!(
        columns("a,,a,a\n1,2,3,4"),
        "a integer, b integer, a_2 integer, a_3 integer; 1 rows"
    );
    assert_eq!(
        columns(" a ,\"b,\"\"c\"\n1,2\n"),
        " a  integer, b,\"c integer; 1 rows"
    );
    assert_eq!(
        columns("a\"b,c\n\"1\"2,\"x\n"),
        "a\"b integer, c text; 1 rows"
    );
    assert_eq!(columns("a,b\r1,x\r2,y"), "a integer, b text; 2 rows");
    // A short line ends in nothing.
    assert_eq!(columns("a,b\n1\n2,x\n"), "a integer, b text; 2 rows");
    assert_eq!(
        columns("a,b\n\"1\n2\",x\n3,\"y\r\nz\"\n"),
        "a text, b text; 2 rows"
    );
    let tabs = read_columns("a\tb\n1\tx,y\n".as_bytes(), '\t', &[]).unwrap();
    assert_eq!(tabs.columns.len(), 2);
}

#[test]
fn blank_lines_are_rows_of_nothing() {
    assert_eq!(columns("a,b\n1,2\n\n3,4\n"), "a integer, b integer; 3 rows");
    assert_eq!(columns("a,b\n\n\n1,2\n\n"), "a integer, b integer; 4 rows");
    assert_eq!(
        columns("a,b\n1,2\n\r\n\r\n"),
        "a integer, b integer; 3 rows"
    );
    assert_eq!(
        columns("a,b\n1,\"x\ny\"\n\n3,4"),
        "a integer, b text; 3 rows"
    );
}

#[test]
fn files_that_cannot_be_read_say_where() {
    let read = |csv: &[u8]| read_columns(csv, ',', &[]).unwrap_err();
    let error = |message: &str, line| SeedError {
        message: message.into(),
        line,
    };
    assert_eq!(
        read(b""),
        error("the first line is empty; it must name the columns", Some(1))
    );
    assert_eq!(
        read(b"a,b\n1,2\n\n1,2,3\n"),
        error(
            "the line has 3 values, and the header names 2 columns",
            Some(4)
        )
    );
    assert_eq!(
        read(b"a,b\n1,2\n1,\xff\n"),
        error("the line is not UTF-8; save the file as UTF-8", Some(3))
    );
}

#[test]
fn rows_have_their_columns_types() {
    let csv = "n,d,t,b,s\n1.50,2024-01-31,2024-01-31T10:00:00+02:00,true,x\n,null,,,null\n\n";
    let table = read_columns(csv.as_bytes(), ',', &[]).unwrap();
    let rows = read_rows(csv.as_bytes(), ',', &table.columns).unwrap().rows;
    let texts: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| cell.python_text()).collect())
        .collect();
    assert_eq!(
        texts,
        [
            [
                "1.50",
                "2024-01-31",
                "2024-01-31 10:00:00+02:00",
                "True",
                "x"
            ],
            ["None", "None", "None", "None", "None"],
            ["None", "None", "None", "None", "None"],
        ]
    );
}

#[test]
fn a_file_read_in_pieces_is_the_same_file() {
    let files = [
        "a,b\n1,x\n2,y\n003,z\n4,2024-01-31\n",
        "a,b\r\n1,\"x\r\ny\"\r\n2,\"say \"\"no\"\"\"\r\n\r\n3,5\" pipe\r\n04,z",
        "a,b\r1,x\r2,\"y\rz\"\r03,z\r",
        "\u{feff}a,b\n\u{feff},true\n\"1\"x,\"\"\n",
        "a,b\n1,2\n3,4\n5,6,7\n8,9\n",
        "a\n",
        "",
    ];
    for file in files {
        let whole = read_in_pieces(file.as_bytes(), ',', &[], 1 << 20);
        for size in 1..file.len() + 2 {
            let in_pieces = read_in_pieces(file.as_bytes(), ',', &[], size);
            assert_eq!(in_pieces, whole, "{file:?} in pieces of {size}");
        }
    }
}
