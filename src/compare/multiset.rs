//! Counts differences between rows as a whole, as `except all` does: a row
//! that stands twice before and three times after was added once.

use super::columns::Pair;
use super::result::RowCounts;
use super::statement::{Rows, side};
use super::{Request, numbers};
use crate::adapter::{AdapterError, Connection};

/// Counts the rows of one relation that the other has not, by the columns that
/// both have. With a key, only the rows count that it does not identify.
pub fn count(
    connection: &mut dyn Connection,
    request: &Request<'_>,
    pairs: &[Pair],
    odd_by: Option<&[&Pair]>,
) -> Result<RowCounts, AdapterError> {
    let all: Vec<&Pair> = pairs.iter().collect();
    let (key, rows) = match odd_by {
        Some(key) => (key, Rows::Odd),
        None => (&[][..], Rows::All),
    };
    let names: Vec<String> = (0..all.len()).map(|i| format!("c{i}")).collect();
    let names = names.join(", ");
    // Without a common column, rows are all alike.
    let (names, grouped) = if all.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("{names}, "), format!(" group by {names}"))
    };
    let sql = format!(
        "select sum(greatest(n, 0)), sum(greatest(-n, 0)), sum(least(before, after)) from \
         (select sum(sign) as n, count_if(sign < 0) as before, count_if(sign > 0) as after from \
         (select {names}1 as sign from {after} union all select {names}-1 as sign from {before}) \
         {grouped})",
        after = side(request, false, key, &all, rows),
        before = side(request, true, key, &all, rows),
    );
    let found = numbers(connection, &sql)?;
    let at = |i: usize| found.get(i).copied().unwrap_or_default();
    Ok(RowCounts {
        added: at(0),
        removed: at(1),
        changed: 0,
        unchanged: at(2),
    })
}
