//! Counts differences by key, in one join.
//!
//! Whether keys are unique shows in the counts of that join: a key that stands
//! twice makes more pairs than there are rows. Only then are the duplicates
//! looked for, and what they added to the counts is taken off again. So unique
//! keys, the usual case, cost nothing to check.

use super::columns::Pair;
use super::result::{ColumnCounts, Comparison, OddRows, RowCounts};
use super::statement::{DUPLICATES, Rows, differs, joined, null_key, side};
use super::{Request, multiset, numbers};
use crate::adapter::{AdapterError, Connection};

/// The counts of one join.
#[derive(Debug, Clone, Default)]
struct Counts {
    /// Pairs of rows with the same key.
    pairs: u64,
    /// Rows whose key the other side lacks, NULL keys among them.
    only_before: u64,
    only_after: u64,
    null_before: u64,
    null_after: u64,
    /// Different keys among the rows whose key the other side lacks.
    keys_only_before: u64,
    keys_only_after: u64,
    changed: u64,
    /// By column.
    values: Vec<u64>,
}

/// Compares rows by their keys and fills the result in.
pub fn count(
    connection: &mut dyn Connection,
    request: &Request<'_>,
    key: &[&Pair],
    values: &[&Pair],
    out: &mut Comparison,
) -> Result<(), AdapterError> {
    let mut counts = join(connection, request, key, values, Rows::All)?;
    let known_before = out.rows_before.saturating_sub(counts.null_before);
    let known_after = out.rows_after.saturating_sub(counts.null_after);
    let lone_before = counts.only_before.saturating_sub(counts.null_before);
    let lone_after = counts.only_after.saturating_sub(counts.null_after);
    // A pair for each row means that the other side has each key once.
    let is_twice_after =
        counts.pairs + lone_before != known_before || counts.keys_only_after != lone_after;
    let is_twice_before =
        counts.pairs + lone_after != known_after || counts.keys_only_before != lone_before;
    let mut odd = OddRows {
        null_rows_before: counts.null_before,
        null_rows_after: counts.null_after,
        ..OddRows::default()
    };
    let has_duplicates = is_twice_before || is_twice_after;
    if has_duplicates {
        (odd.duplicate_keys_before, odd.duplicate_keys_after) =
            find_duplicates(connection, request, key, is_twice_before, is_twice_after)?;
        let of_duplicates = join(connection, request, key, values, Rows::Duplicate)?;
        counts.take_off(&of_duplicates);
        for (is_before, rows) in [
            (true, &mut odd.duplicate_rows_before),
            (false, &mut odd.duplicate_rows_after),
        ] {
            let side = side(request, is_before, key, &[], Rows::Duplicate);
            let found = numbers(connection, &format!("select count(*) from {side}"))?;
            *rows = found.first().copied().unwrap_or_default();
        }
    }
    if odd.is_any() {
        if !has_duplicates {
            make_table(
                connection,
                key,
                "select * from (values (1)) where false",
                true,
            )?;
        }
        let both: Vec<Pair> = key
            .iter()
            .chain(values)
            .map(|pair| (*pair).clone())
            .collect();
        let whole = multiset::count(connection, request, &both, Some(key))?;
        odd.added = whole.added;
        odd.removed = whole.removed;
        connection.execute(&format!("drop table {DUPLICATES}"), false, None)?;
    }
    out.odd = odd;
    out.rows = RowCounts {
        added: counts.only_after.saturating_sub(counts.null_after),
        removed: counts.only_before.saturating_sub(counts.null_before),
        changed: counts.changed,
        unchanged: counts.pairs.saturating_sub(counts.changed),
    };
    out.changed_values = values
        .iter()
        .zip(&counts.values)
        .map(|(pair, changed)| ColumnCounts {
            name: pair.after.name.clone(),
            changed: *changed,
        })
        .collect();
    Ok(())
}

fn join(
    connection: &mut dyn Connection,
    request: &Request<'_>,
    key: &[&Pair],
    values: &[&Pair],
    rows: Rows,
) -> Result<Counts, AdapterError> {
    let both = "b.is_there and a.is_there";
    let (no_before, no_after) = ("b.is_there is null", "a.is_there is null");
    let (null_before, null_after) = (null_key("b", key.len()), null_key("a", key.len()));
    let any: Vec<String> = (0..values.len()).map(differs).collect();
    let any = if any.is_empty() {
        "false".to_owned()
    } else {
        any.join(" or ")
    };
    let whole_key = |alias: &str| {
        let parts: Vec<String> = (0..key.len()).map(|i| format!("{alias}.k{i}")).collect();
        format!("row({})", parts.join(", "))
    };
    let mut counts = vec![
        format!("count_if({both})"),
        format!("count_if({no_after})"),
        format!("count_if({no_before})"),
        format!("count_if({no_after} and {null_before})"),
        format!("count_if({no_before} and {null_after})"),
        format!(
            "count(distinct {}) filter (where {no_after} and not {null_before})",
            whole_key("b")
        ),
        format!(
            "count(distinct {}) filter (where {no_before} and not {null_after})",
            whole_key("a")
        ),
        format!("count_if({both} and ({any}))"),
    ];
    let columns = (0..values.len()).map(|i| format!("count_if({both} and {})", differs(i)));
    counts.extend(columns);
    let sql = format!(
        "select {} from {}",
        counts.join(", "),
        joined(
            &side(request, true, key, values, rows),
            &side(request, false, key, values, rows),
            key.len()
        )
    );
    let found = numbers(connection, &sql)?;
    let at = |i: usize| found.get(i).copied().unwrap_or_default();
    Ok(Counts {
        pairs: at(0),
        only_before: at(1),
        only_after: at(2),
        null_before: at(3),
        null_after: at(4),
        keys_only_before: at(5),
        keys_only_after: at(6),
        changed: at(7),
        values: found.get(8..).unwrap_or_default().to_vec(),
    })
}

impl Counts {
    /// Takes the counts of some of the keys off those of all.
    fn take_off(&mut self, part: &Self) {
        self.pairs = self.pairs.saturating_sub(part.pairs);
        self.only_before = self.only_before.saturating_sub(part.only_before);
        self.only_after = self.only_after.saturating_sub(part.only_after);
        self.changed = self.changed.saturating_sub(part.changed);
        for (all, part) in self.values.iter_mut().zip(&part.values) {
            *all = all.saturating_sub(*part);
        }
    }
}

/// Gathers the keys that stand more than once, and counts them on each side.
fn find_duplicates(
    connection: &mut dyn Connection,
    request: &Request<'_>,
    key: &[&Pair],
    in_before: bool,
    in_after: bool,
) -> Result<(u64, u64), AdapterError> {
    let names: Vec<String> = (0..key.len()).map(|i| format!("k{i}")).collect();
    let names = names.join(", ");
    let selects = [(in_before, true), (in_after, false)].map(|(is_wanted, is_before)| {
        is_wanted.then(|| {
            format!(
                "select {names}, {is_before} as is_before from {} as s where not {} \
                 group by {names} having count(*) > 1",
                side(request, is_before, key, &[], Rows::All),
                null_key("s", key.len()),
            )
        })
    });
    let selects: Vec<String> = selects.into_iter().flatten().collect();
    make_table(connection, key, &selects.join(" union all "), false)?;
    let counts = format!("select count_if(is_before), count_if(not is_before) from {DUPLICATES}");
    let counts = numbers(connection, &counts)?;
    let at = |i: usize| counts.get(i).copied().unwrap_or_default();
    Ok((at(0), at(1)))
}

fn make_table(
    connection: &mut dyn Connection,
    key: &[&Pair],
    select: &str,
    is_empty: bool,
) -> Result<(), AdapterError> {
    let select = if is_empty {
        let columns: Vec<String> = (0..key.len()).map(|i| format!("null as k{i}")).collect();
        format!("select {} where false", columns.join(", "))
    } else {
        select.to_owned()
    };
    let sql = format!("create or replace temp table {DUPLICATES} as {select}");
    connection.execute(&sql, false, None).map(|_| ())
}
