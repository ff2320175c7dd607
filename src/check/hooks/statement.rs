//! What can be found out about a statement of a hook without running it.

use std::ops::Range;

use crate::check::environment::{Effect, effect};
use crate::check::verdict::reads_outside;
use crate::run::sql_tokens;

/// What is to be done with a statement.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// It says nothing of tables, or of files.
    Nothing,
    /// A range of it can be bound.
    Binds(Range<usize>),
    /// It makes or drops something, which is to be there for what follows.
    Makes,
    Unknown,
}

/// Decides what to do with a statement.
pub fn step(sql: &str) -> Step {
    let mut tokens = sql_tokens(sql);
    let Some(first) = tokens.next() else {
        return Step::Nothing;
    };
    let end = sql_tokens(sql).last().map_or(sql.len(), |last| last.end);
    let word = sql[first.clone()].to_lowercase();
    match effect(&sql[first.start..]) {
        Effect::Unknown => return Step::Unknown,
        Effect::Makes if word == "load" => return Step::Nothing,
        // Files may be large, or far away.
        Effect::Makes if reads_outside(sql) => return Step::Unknown,
        Effect::Makes => return Step::Makes,
        Effect::Nothing => {}
    }
    match word.as_str() {
        // Files may be made by what comes before.
        _ if reads_outside(sql) && word != "copy" => Step::Nothing,
        "insert" | "update" | "delete" | "merge" | "truncate" | "select" | "with" | "values"
        | "from" | "create" => Step::Binds(first.start..end),
        "copy" => copied(sql, first.end).map_or(Step::Nothing, Step::Binds),
        _ => Step::Nothing,
    }
}

/// Returns the query whose rows `copy (...) to` writes.
fn copied(sql: &str, start: usize) -> Option<Range<usize>> {
    let rest = &sql[start..];
    let mut depth = 0_usize;
    let mut begin = None;
    for token in sql_tokens(rest) {
        match &rest[token.clone()] {
            "(" => {
                depth += 1;
                begin.get_or_insert(start + token.end);
            }
            ")" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    let query = begin?..start + token.start;
                    return (!reads_outside(&sql[query.clone()])).then_some(query);
                }
            }
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Step, step};

    #[test]
    fn a_statement_is_bound_where_that_changes_nothing() {
        let check = |sql: &str, expected: Option<&str>| match step(sql) {
            Step::Binds(range) => assert_eq!(Some(&sql[range]), expected, "{sql}"),
            other => assert_eq!((other, expected), (Step::Nothing, None), "{sql}"),
        };
        check(
            "-- c\ninsert into a select 1 -- d",
            Some("insert into a select 1"),
        );
        check("create index i on t (a)", Some("create index i on t (a)"));
        check("copy (select (1)) to 's3://x'", Some("select (1)"));
        check("copy t from 'x.csv'", None);
        check("insert into t from read_csv('x.csv')", None);
        check("grant select on t to x", None);
        check("-- nothing", None);
        assert_eq!(step("create temp table t (a int)"), Step::Makes);
        assert_eq!(step("attach 'x.db'"), Step::Unknown);
        let from_file = "create table t as from read_parquet('s3://x')";
        assert_eq!(step(from_file), Step::Unknown);
    }
}
