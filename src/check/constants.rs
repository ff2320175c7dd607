//! Written values that are no value of the type they are cast to:
//! `date '2024-02-31'`. Such SQL binds, and fails at the first row.
//!
//! Found by the words alone, so that nothing needs to be parsed. What may never
//! come to be evaluated, as in a `case`, is passed over.

use std::ops::Range;

use super::bind::{Item, Twin};
use super::errors;
use crate::adapter::Cell;
use crate::diagnostics::Diagnostic;
use crate::run::Place;
use crate::sql::{Token, TokenKind, is_sign, tokens};

/// A cast of a written value.
#[derive(Debug, PartialEq, Eq)]
struct Constant<'s> {
    /// The value's bytes.
    range: Range<usize>,
    value: &'s str,
    data_type: &'s str,
}

/// Tells of the constants of a node's SQL that cannot be.
pub fn check(twin: &Twin<'_>, item: &Item<'_>) -> Vec<Diagnostic> {
    let wrong = wrong(twin, constants(&item.draft.code));
    if wrong.is_empty() {
        return Vec::new();
    }
    let node = item.node;
    let places = twin.drafts.places(twin.desk(), node, &item.draft);
    let told = wrong.iter().filter_map(|constant| {
        let title = format!(
            "{} `{}`: `{}` is no {}: the first row fails",
            node.resource_type.as_str(),
            node.name,
            constant.value,
            constant.data_type.to_uppercase()
        );
        let mut diagnostic = Diagnostic::error("invalid-constant", title);
        match places.find(&constant.range) {
            Place::Own(labels) => diagnostic.labels = labels,
            Place::Compiled(label) => {
                diagnostic = errors::at_definition(diagnostic, node);
                diagnostic.labels.push(label);
            }
            // It is told there.
            Place::Ephemeral(_) => return None,
        }
        Some(diagnostic)
    });
    told.collect()
}

/// Asks the engine which of the casts fail.
fn wrong<'s>(twin: &Twin<'_>, constants: Vec<Constant<'s>>) -> Vec<Constant<'s>> {
    if constants.is_empty() {
        return constants;
    }
    let casts = constants.iter().map(|constant| {
        format!(
            "try_cast({} as {}) is null",
            constant.value, constant.data_type
        )
    });
    let sql = format!("select {}", casts.collect::<Vec<_>>().join(", "));
    let answer = twin
        .desk()
        .with(|connection| connection.execute(&sql, true, None));
    let Ok((_, table)) = answer else {
        return Vec::new();
    };
    let cells = table.rows.into_iter().flatten();
    let both = constants.into_iter().zip(cells);
    both.filter(|(_, cell)| matches!(cell, Cell::Bool(true)))
        .map(|(constant, _)| constant)
        .collect()
}

/// What is evaluated for some rows alone, or may fail.
const GUARDS: [&str; 8] = [
    "case", "try", "try_cast", "coalesce", "ifnull", "nullif", "if", "iff",
];

fn constants(sql: &str) -> Vec<Constant<'_>> {
    if !sql.contains('\'') {
        return Vec::new();
    }
    let tokens = tokens(sql);
    let text = |i: usize| tokens.get(i).map_or("", |t: &Token| &sql[t.range.clone()]);
    let is_word = |i: usize, word: &str| text(i).eq_ignore_ascii_case(word);
    let mut found = Vec::new();
    // For each bracket and `case` that is open, whether it is a guard.
    let mut open: Vec<bool> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let previous = i.wrapping_sub(1);
        match token.kind {
            TokenKind::Sign(b'(') => {
                open.push(GUARDS.iter().any(|guard| is_word(previous, guard)));
            }
            TokenKind::Sign(b')') => {
                open.pop();
            }
            TokenKind::Word if is_word(i, "case") => open.push(true),
            TokenKind::Word if is_word(i, "end") => {
                open.pop();
            }
            // No row is ever made.
            TokenKind::Word
                if is_word(i, "limit") && text(i + 1) == "0"
                    || is_word(i, "where")
                        && gives_nothing(&[text(i + 1), text(i + 2), text(i + 3)]) =>
            {
                return Vec::new();
            }
            TokenKind::Text if !open.contains(&true) && text(i).starts_with('\'') => {
                let before = ["date", "time", "timestamp", "timestamptz"];
                let before = before.iter().find(|word| is_word(previous, word));
                let data_type = if before.is_some() {
                    Some(text(previous))
                } else if text(i + 1) == ":" && text(i + 2) == ":" {
                    type_at(sql, &tokens, i + 3)
                } else if text(previous) == "("
                    && i >= 2
                    && is_word(i - 2, "cast")
                    && is_word(i + 1, "as")
                {
                    type_at(sql, &tokens, i + 2)
                } else {
                    None
                };
                found.extend(data_type.map(|data_type| Constant {
                    range: token.range.clone(),
                    value: text(i),
                    data_type,
                }));
            }
            _ => {}
        }
    }
    found
}

fn gives_nothing(words: &[&str; 3]) -> bool {
    words[0].eq_ignore_ascii_case("false")
        || words[1] == "=" && words[0] != words[2] && {
            let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
            !words[0].is_empty() && is_number(words[0]) && is_number(words[2])
        }
}

/// Returns the type that stands at a token: a word, with what is in brackets
/// after it. Of lists and the like nothing is said.
fn type_at<'s>(sql: &'s str, tokens: &[Token], at: usize) -> Option<&'s str> {
    let first = tokens
        .get(at)
        .filter(|token| token.kind == TokenKind::Word)?;
    let sign = |i: usize, byte: u8| is_sign(tokens, i, byte);
    let mut last = at;
    if sign(at + 1, b'(') {
        last = (at + 1..tokens.len()).find(|i| sign(*i, b')'))?;
    }
    if sign(last + 1, b'[') || sign(last + 1, b'.') {
        return None;
    }
    Some(&sql[first.range.start..tokens[last].range.end])
}

#[cfg(test)]
mod tests {
    use super::constants;

    #[test]
    fn casts_of_written_values_are_found_by_their_words() {
        let check = |sql: &str, expected: &str| {
            let found: Vec<String> = constants(sql)
                .iter()
                .map(|constant| format!("{} {}", constant.value, constant.data_type))
                .collect();
            assert_eq!(found.join(", "), expected, "{sql}");
        };
        check(
            "select date '2024-01-01', 'x'::int from t",
            "'2024-01-01' date, 'x' int",
        );
        check(
            "select cast('1' as decimal(9, 2)) as d",
            "'1' decimal(9, 2)",
        );
        check("select (cast('it''s' as integer))", "'it''s' integer");
        check("select 'x' as date, concat('a', 'b')", "");
        check(
            "select case when a then 'x'::int end, try_cast('x' as int)",
            "",
        );
        check("select coalesce('x'::int, 1), ['a']::int[], 'a'::int[]", "");
        check("select 'x'::int where false", "");
        check("select 'x'::int where 1 = 0", "");
        check("select 'x'::int where 1 = 1", "'x' int");
        check("select 'x'::int limit 0", "");
    }
}
