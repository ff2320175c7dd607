//! Parts of the statements that comparing sends.

use super::Request;
use super::columns::Pair;
use crate::adapter::{Cell, quote_identifier};

/// Which rows of a relation are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    All,
    /// Those whose key is a duplicate in either relation.
    Duplicate,
    /// The same, and those with NULL in the key.
    Odd,
}

/// The temporary table of the keys that stand more than once.
pub const DUPLICATES: &str = "temp.main.\"hcdbt duplicate keys\"";

/// One relation's columns under the names `k0`, `k1`, ... and `c0`, `c1`, ...,
/// so that no name of a column clashes with another.
pub fn side(
    request: &Request<'_>,
    is_before: bool,
    key: &[&Pair],
    values: &[&Pair],
    rows: Rows,
) -> String {
    let mut columns: Vec<String> = Vec::new();
    for (letter, pairs) in [("k", key), ("c", values)] {
        for (i, pair) in pairs.iter().enumerate() {
            columns.push(format!("{} as {letter}{i}", expression(pair, is_before)));
        }
    }
    columns.push("true as is_there".to_owned());
    let relation = relation(request, is_before);
    let columns = columns.join(", ");
    let from = format!("select {columns} from {relation} as t");
    let same: Vec<String> = (0..key.len()).map(|i| format!("d.k{i} = s.k{i}")).collect();
    let is_duplicate = format!(
        "exists (select 1 from {DUPLICATES} as d where {})",
        same.join(" and ")
    );
    match rows {
        Rows::All => format!("({from})"),
        Rows::Duplicate => format!("(select * from ({from}) as s where {is_duplicate})"),
        Rows::Odd => format!(
            "(select * from ({from}) as s where {} or {is_duplicate})",
            null_key("s", key.len())
        ),
    }
}

/// Returns the name of one of the relations.
pub fn relation<'a>(request: &Request<'a>, is_before: bool) -> &'a str {
    if is_before {
        request.before
    } else {
        request.after
    }
}

fn expression(pair: &Pair, is_before: bool) -> String {
    let (before, after) = pair.expressions();
    let column = if is_before { before } else { after };
    // The column is the table's, not one of the names given here.
    match column.strip_prefix("cast(") {
        Some(rest) => format!("cast(t.{rest}"),
        None => format!("t.{column}"),
    }
}

/// Returns the condition that a part of a key is NULL.
pub fn null_key(alias: &str, length: usize) -> String {
    let parts: Vec<String> = (0..length)
        .map(|i| format!("{alias}.k{i} is null"))
        .collect();
    format!("({})", parts.join(" or "))
}

/// Returns the condition that a value differs, NULL and NaN being values like
/// others.
pub fn differs(i: usize) -> String {
    format!("b.c{i} is distinct from a.c{i}")
}

/// Joins the two sides by their keys: `b` is before, `a` after.
pub fn joined(before: &str, after: &str, key_length: usize) -> String {
    let same: Vec<String> = (0..key_length)
        .map(|i| format!("b.k{i} = a.k{i}"))
        .collect();
    format!(
        "{before} as b full join {after} as a on {}",
        same.join(" and ")
    )
}

/// Reads a number of rows.
pub fn number(cell: &Cell) -> u64 {
    match cell {
        Cell::Int(n) => u64::try_from(*n).unwrap_or_default(),
        Cell::Decimal(text) => text.parse().unwrap_or_default(),
        Cell::Float(n) => *n as u64,
        _ => 0,
    }
}

/// Returns a name as an identifier of its own.
pub fn quoted(name: &str) -> String {
    quote_identifier(name)
}
