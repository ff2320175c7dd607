//! Profiles of tables: what `docs generate --profile` asks the database.
//!
//! A profile must not tell of single people. Columns that hold identifiers are only counted;
//! the ends of a range are where eleven rows lie beyond, not the extremes; and bars or values of
//! fewer rows are withheld.

mod range;

#[cfg(test)]
mod tests;

use super::cells::{SMALLEST, withheld};
use super::charts::Ask;
use super::payload::{Column, Profile, Withheld};
use crate::adapter::{Cell, quote_identifier};

/// Exact numbers of distinct values cost too much beyond so many rows.
const EXACT_ROWS: u64 = 1_000_000;
/// Columns with more distinct values show no single ones.
const FEW_VALUES: u64 = 50;
const TOP: usize = 6;

/// Profiles the columns of a relation. An error is the database's message.
pub(super) fn profile(
    relation: &str,
    columns: &mut [Column],
    ask: &mut Ask<'_>,
) -> Result<(), String> {
    let counted = ask(&counts_query(relation, columns, false))?;
    let rows = count_at(&counted.rows, 0).unwrap_or(0);
    let counted = if rows > EXACT_ROWS {
        counted
    } else {
        ask(&counts_query(relation, columns, true))?
    };
    let counted = counted.rows.into_iter().next().unwrap_or_default();
    for (i, column) in columns.iter_mut().enumerate().filter(|(_, c)| !c.missing) {
        let at = |offset: usize| counted.get(1 + 2 * i + offset).and_then(count);
        let (filled, distinct) = (at(0).unwrap_or(0), at(1).unwrap_or(0));
        column.profile = Some(Box::new(one(
            relation, column, rows, filled, distinct, ask,
        )?));
    }
    Ok(())
}

/// Asks for the number of rows, and of each column's values and distinct values.
fn counts_query(relation: &str, columns: &[Column], exact: bool) -> String {
    let mut select = vec!["count(*)".to_owned()];
    for column in columns {
        if column.missing {
            select.extend(["0".to_owned(), "0".to_owned()]);
            continue;
        }
        let name = quote_identifier(&column.name);
        select.push(format!("count({name})"));
        select.push(if exact {
            format!("count(distinct {name})")
        } else {
            format!("approx_count_distinct({name})")
        });
    }
    format!("select {} from {relation}", select.join(", "))
}

fn one(
    relation: &str,
    column: &Column,
    rows: u64,
    filled: u64,
    distinct: u64,
    ask: &mut Ask<'_>,
) -> Result<Profile, String> {
    let nulls = rows.saturating_sub(filled);
    let is_few = |cell: u64| (1..SMALLEST).contains(&cell);
    // The total is known: either tells the other.
    let few = rows < SMALLEST || is_few(nulls) || is_few(filled);
    let mut profile = Profile {
        rows,
        nulls: (!few).then_some(nulls),
        ..Profile::default()
    };
    if column.is_private() {
        profile.withheld = Some(Withheld::Identifier);
        return Ok(profile);
    }
    if rows < SMALLEST || is_few(filled) {
        profile.withheld = Some(Withheld::Few);
        return Ok(profile);
    }
    profile.distinct = Some(distinct);
    if filled == 0 {
        return Ok(profile);
    }
    let data_type = column.data_type.as_deref().unwrap_or_default();
    match range::Scale::of(data_type) {
        Some(scale) if distinct > 12 => {
            if let Some(range) = range::read(relation, &column.name, scale, ask)? {
                // Empty rows are a cell like the bars: the total is known.
                let mut cells = range.bars.clone();
                cells.push(nulls);
                let hidden = withheld(&cells);
                if hidden[cells.len() - 1] {
                    profile.nulls = None;
                }
                let bars = range.bars.iter().zip(&hidden);
                profile.bars = bars
                    .map(|(bar, hidden)| (!hidden).then_some(*bar))
                    .collect();
                (profile.min, profile.max) = (Some(range.from), Some(range.to));
            }
        }
        _ if distinct <= FEW_VALUES && range::is_plain(data_type) => {
            // Few empty rows are hidden among what is left of all.
            let among = if profile.nulls.is_none() {
                rows
            } else {
                filled
            };
            profile.top = top(relation, &column.name, among, ask)?;
        }
        _ => {}
    }
    Ok(profile)
}

/// Returns the most frequent values that enough rows share. What is left out of `among` rows is
/// never so little that it could be found by subtracting.
fn top(
    relation: &str,
    column: &str,
    among: u64,
    ask: &mut Ask<'_>,
) -> Result<Vec<(String, u64)>, String> {
    let name = quote_identifier(column);
    let found = ask(&format!(
        "select cast({name} as varchar), count(*) from {relation} where {name} is not null \
         group by 1 having count(*) >= {SMALLEST} order by 2 desc, 1 limit {TOP}"
    ))?;
    let mut top: Vec<(String, u64)> = found
        .rows
        .into_iter()
        .filter_map(|row| match &row[..] {
            [Cell::Text(value), rows] => Some((value.clone(), count(rows)?)),
            _ => None,
        })
        .collect();
    let shown: u64 = top.iter().map(|(_, rows)| rows).sum();
    if (1..SMALLEST).contains(&among.saturating_sub(shown)) {
        top.pop();
    }
    Ok(top)
}

fn count_at(rows: &[Vec<Cell>], at: usize) -> Option<u64> {
    count(rows.first()?.get(at)?)
}

fn count(cell: &Cell) -> Option<u64> {
    match cell {
        Cell::Int(value) => u64::try_from(*value).ok(),
        _ => None,
    }
}
