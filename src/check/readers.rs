//! Queries that read files, with empty tables in the files' place: the engine
//! tells no plan of what reads files.

use super::text;
use crate::adapter::quote_identifier;
use crate::run::{Desk, sql_tokens};

/// Returns a query with a table of the same columns wherever it reads files,
/// none where it reads none, or they cannot be described. The tables are the
/// desk's own and go with it.
pub fn with_tables(desk: &Desk, sql: &str) -> Option<String> {
    let tokens: Vec<_> = sql_tokens(sql).collect();
    let is_any = |word: &str, words: &[&str]| words.iter().any(|w| word.eq_ignore_ascii_case(w));
    let mut out = String::with_capacity(sql.len());
    let mut end = 0;
    let mut previous = "";
    for token in &tokens {
        let word = &sql[token.clone()];
        let is_file = word.starts_with('\'') && is_any(previous, &["from", "join"]);
        let reader = match word.to_lowercase() {
            _ if token.start < end => None,
            _ if is_file => Some(token.clone()),
            name if name.starts_with("read_") || name == "parquet_scan" => {
                text::call_at(sql, token.start)
            }
            _ => None,
        };
        if let Some(range) = reader {
            let name = table_like(desk, &sql[range.clone()])?;
            out.push_str(&sql[end..range.start]);
            out.push_str(&name);
            end = range.end;
        }
        previous = word;
    }
    out.push_str(&sql[end..]);
    (end > 0).then_some(out)
}

/// Makes an empty table with the columns of what a reader reads, and returns
/// its name.
fn table_like(desk: &Desk, reader: &str) -> Option<String> {
    let columns = desk.describe(&format!("select * from {reader}")).ok()?;
    let columns = columns
        .iter()
        .map(|column| format!("{} {}", quote_identifier(&column.name), column.data_type));
    let columns: Vec<String> = columns.collect();
    let name = quote_identifier(&format!("as {reader}"));
    let sql = format!(
        "create or replace temp table {name} ({})",
        columns.join(", ")
    );
    desk.execute(&sql).ok()?;
    Some(name)
}
