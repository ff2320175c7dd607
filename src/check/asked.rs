//! What templates ask the database while they are rendered, and whether the
//! twin knows the answer: names and columns of relations, what follows from
//! files alone, and what follows from nothing at all. Rows it has none.

use crate::sql::{TokenKind, is_sign, tokens};

/// Tells whether the empty twin answers a statement as the project's database
/// would.
pub fn is_answered_here(sql: &str) -> bool {
    asks_for_columns(sql) || asks_no_table(sql)
}

/// Tells whether a statement asks for names and columns of relations, as the
/// adapter's macros do.
fn asks_for_columns(sql: &str) -> bool {
    let lower = sql.to_lowercase();
    let is_columns = lower.contains("from (describe ") && lower.contains("numeric_scale");
    let is_relations = lower.contains("from duckdb_tables()") && lower.contains(") relations");
    is_columns || is_relations
}

/// What makes rows of files on this machine, or of nothing.
const FILES: [&str; 14] = [
    "read_csv",
    "read_csv_auto",
    "read_parquet",
    "parquet_scan",
    "read_json",
    "read_json_auto",
    "read_json_objects",
    "read_ndjson",
    "read_text",
    "read_blob",
    "glob",
    "range",
    "generate_series",
    "unnest",
];

/// What has another answer in another database, or another session.
const STATE: [&str; 8] = [
    "getvariable",
    "current_setting",
    "nextval",
    "currval",
    "current_schema",
    "current_database",
    "current_catalog",
    "query_table",
];

/// Tells whether a query names no table but those of its own `with`.
pub fn asks_no_table(sql: &str) -> bool {
    let tokens = tokens(sql);
    let word = |i: usize| match tokens.get(i) {
        Some(token) if token.kind == TokenKind::Word => sql[token.range.clone()].to_lowercase(),
        _ => String::new(),
    };
    let sign = |i: usize, byte: u8| is_sign(&tokens, i, byte);
    if !matches!(&*word(0), "select" | "with" | "from" | "values") || sql.contains("://") {
        return false;
    }
    let ctes: Vec<String> = (0..tokens.len())
        .filter(|i| word(i + 1) == "as" && sign(i + 2, b'('))
        .map(word)
        .collect();
    // For each bracket that is open: what it belongs to, and whether its tables
    // are being listed.
    let mut open: Vec<(String, bool)> = vec![(String::new(), false)];
    for i in 0..tokens.len() {
        let inner = open.last_mut();
        if sign(i, b'(') {
            let before = i.checked_sub(1).map(word).unwrap_or_default();
            open.push((before, false));
        } else if sign(i, b')') {
            open.pop();
        } else if sign(i, b';') && i + 1 < tokens.len() {
            return false;
        } else if let Some((call, lists)) = inner {
            match &*word(i) {
                "from" | "join" if !matches!(&**call, "extract" | "trim" | "substring") => {
                    *lists = true;
                    let next = word(i + 1);
                    let is_known = sign(i + 1, b'(')
                        || FILES.contains(&&*next) && sign(i + 2, b'(')
                        || next == "lateral"
                        || !sign(i + 2, b'.') && !next.is_empty() && ctes.contains(&next);
                    if !is_known {
                        return false;
                    }
                }
                "where" | "group" | "having" | "order" | "limit" | "qualify" | "window"
                | "union" | "except" | "intersect" | "select" => *lists = false,
                name if STATE.contains(&name) => return false,
                // Another table, whatever it is.
                _ if *lists && sign(i, b',') => return false,
                _ => {}
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_answered_here;

    #[test]
    fn what_names_no_table_is_answered_by_an_empty_database() {
        let check =
            |sql: &str, expected: bool| assert_eq!(is_answered_here(sql), expected, "{sql}");
        check(
            "select a from read_csv('config.csv', all_varchar=true) where b = 1",
            true,
        );
        check(
            "select date_diff('day', date '2024-01-01', date '2024-02-01') + 1",
            true,
        );
        check(
            "with x as (select 1 as a) select max(a) from x order by 1",
            true,
        );
        check(
            "select extract(year from d) from (select date '2024-01-01' as d)",
            true,
        );
        check("select a, b from read_csv('a.csv') group by a, b", true);
        check("select max(a) from \"db\".\"main\".\"t\"", false);
        check("select max(a) from t", false);
        check("select 1 from read_csv('a.csv'), t", false);
        check("select 1 from range(3) join t on true", false);
        check("select 1 where exists (select 1 from t)", false);
        check("select * from read_csv('https://a.b/c.csv')", false);
        check("select getvariable('x')", false);
        check("create table t as select 1", false);
        check("select 1; drop table t", false);
    }
}
