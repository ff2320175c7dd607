//! Written values that are no value of the type they are cast to, or compared
//! with: `date '2024-02-31'`. Such SQL binds, and fails at the first row that
//! comes to it.
//!
//! Found by the words alone, so that little needs to be parsed. What may never
//! come to be evaluated, as in a `case`, is passed over; what the engine leaves
//! out, since nothing reads it, does no harm. A view is made with them, and
//! fails when it is read.

use std::borrow::Cow;
use std::ops::Range;

use super::bind::{Item, State, Twin};
use super::values::{is_plain, keep_wrong};
use super::warnings::is_switched_off;
use super::{errors, plan, readers};
use crate::diagnostics::Diagnostic;
use crate::parse::{Node, ResourceType};
use crate::run::Place;
use crate::sql::{Token, TokenKind, is_sign, tokens};

/// The code of what is told here.
pub const CODE: &str = "invalid-constant";

/// A cast of a written value.
#[derive(Debug, PartialEq, Eq)]
struct Constant<'s> {
    /// The value's bytes.
    range: Range<usize>,
    value: &'s str,
    data_type: Cow<'s, str>,
    /// Whether it is compared with a column of the type, and not cast.
    is_compared: bool,
}

/// Tells of the constants of a node's SQL that cannot be.
pub fn check(twin: &Twin<'_>, item: &Item<'_>) -> Vec<Diagnostic> {
    let (node, code) = (item.node, &*item.draft.code);
    let type_of = |column: &str| type_of(twin, node, column);
    let wrong = keep_wrong(twin, constants(code, &type_of), |constant| {
        (constant.value.to_owned(), constant.data_type.to_string())
    });
    if wrong.is_empty() {
        return Vec::new();
    }
    let left = match node.resource_type {
        // Only the rows of a test are counted.
        ResourceType::Test => format!("select count(*) from (\n{code}\n)"),
        _ => code.to_owned(),
    };
    let desk = twin.desk();
    let left = plan::casts_left(desk, &left).or_else(|| {
        let left = readers::with_tables(desk, &left)?;
        plan::casts_left(desk, &left)
    });
    let is_left = |constant: &&Constant<'_>| {
        let value = constant.value.trim_matches('\'').replace("''", "'");
        // Without a plan it is not sure which column a name means.
        left.as_ref()
            .map_or(!constant.is_compared, |left| left.contains(&value))
    };
    let places = twin.drafts.places(twin.desk(), node, &item.draft);
    let runs = left.is_some() && runs(node);
    let told = wrong.iter().filter(is_left).filter_map(|constant| {
        let when = if runs {
            "the first row"
        } else {
            "what reads it"
        };
        let title = format!(
            "{} `{}`: `{}` is no {}: {when} fails",
            node.resource_type.as_str(),
            node.name,
            constant.value,
            constant.data_type.to_uppercase()
        );
        let mut diagnostic = if runs {
            Diagnostic::error(CODE, title)
        } else {
            Diagnostic::warning(CODE, title)
        };
        match places.find(&constant.range) {
            Place::Own(labels) => diagnostic.labels = labels,
            Place::Compiled(label) => {
                diagnostic = errors::at_definition(diagnostic, node);
                diagnostic.labels.push(label);
            }
            Place::Ephemeral(_) if runs => diagnostic = errors::at_definition(diagnostic, node),
            // It is told there.
            Place::Ephemeral(_) => return None,
        }
        let is_told = runs || twin.request.warns && !is_switched_off(twin, &diagnostic);
        is_told.then_some(diagnostic)
    });
    told.collect()
}

/// Tells whether building a node reads what its query gives.
fn runs(node: &Node) -> bool {
    match node.resource_type {
        ResourceType::Model => !matches!(node.config.materialized(), "view" | "ephemeral"),
        ResourceType::Snapshot | ResourceType::Test => true,
        _ => false,
    }
}

/// Returns the type that a column of this name has in what a node reads, none
/// where it is no plain type other than text, or several have the name.
fn type_of(twin: &Twin<'_>, node: &Node, column: &str) -> Option<String> {
    let reads = twin.reads(node);
    let mut types = reads.iter().filter_map(|id| match twin.states.get(id) {
        Some(State::Known(schema)) => schema.column(column)?.data_type.clone(),
        _ => None,
    });
    let first = types.next()?;
    (is_plain(&first) && types.all(|other| other == first)).then_some(first)
}

/// What is evaluated for some rows alone, or may fail.
const GUARDS: [&str; 8] = [
    "case", "try", "try_cast", "coalesce", "ifnull", "nullif", "if", "iff",
];

fn constants<'s>(sql: &'s str, type_of: &dyn Fn(&str) -> Option<String>) -> Vec<Constant<'s>> {
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
                    Some(text(previous).into())
                } else if text(i + 1) == ":" && text(i + 2) == ":" {
                    type_at(sql, &tokens, i + 3).map(Cow::Borrowed)
                } else if text(previous) == "("
                    && i >= 2
                    && is_word(i - 2, "cast")
                    && is_word(i + 1, "as")
                {
                    type_at(sql, &tokens, i + 2).map(Cow::Borrowed)
                } else {
                    compared_column(sql, &tokens, i)
                        .and_then(type_of)
                        .map(Cow::Owned)
                };
                found.extend(data_type.map(|data_type| Constant {
                    range: token.range.clone(),
                    value: text(i),
                    is_compared: matches!(data_type, Cow::Owned(_)),
                    data_type,
                }));
            }
            _ => {}
        }
    }
    found
}

/// Returns the name of the column that a text is compared with: `d >= 'x'`,
/// `t.d between 'x' and 'y'`, `d in ('x', 'y')`.
fn compared_column<'s>(sql: &'s str, tokens: &[Token], at: usize) -> Option<&'s str> {
    let text = |i: usize| tokens.get(i).map_or("", |t: &Token| &sql[t.range.clone()]);
    let is_word = |i: usize, word: &str| text(i).eq_ignore_ascii_case(word);
    let is_text = |i: usize| tokens.get(i).is_some_and(|t| t.kind == TokenKind::Text);
    // A word before it would make a value of another type of it, or a longer one.
    let after = text(at + 1);
    if matches!(after, ":" | "|" | "." | "[" | "-" | "+") || is_word(at + 1, "collate") {
        return None;
    }
    let mut i = at.checked_sub(1)?;
    if is_word(i, "and") && i >= 2 && is_text(i - 1) && is_word(i - 2, "between") {
        i -= 2;
    } else {
        while text(i) == "," && i >= 2 && is_text(i - 1) {
            i -= 2;
        }
        if text(i) == "(" && i >= 1 && is_word(i - 1, "in") {
            i -= 1;
        } else if i + 1 != at {
            return None;
        }
    }
    let is_sign = |i: usize| matches!(text(i), "=" | "<" | ">" | "!");
    let is_comparison = is_sign(i) || is_word(i, "in") || is_word(i, "between");
    if !is_comparison {
        return None;
    }
    let mut i = i.checked_sub(1)?;
    while is_sign(i) || is_word(i, "not") {
        i = i.checked_sub(1)?;
    }
    let column = tokens.get(i).filter(|t| t.kind == TokenKind::Word)?;
    // What is before the column must be no operator that makes another value.
    let owner = if i >= 2 && text(i - 1) == "." {
        i - 2
    } else {
        i
    };
    let before = owner.checked_sub(1).map_or("", text);
    let begins = ["where", "and", "or", "on", "not", "(", "having", "qualify"];
    begins
        .iter()
        .any(|word| before.eq_ignore_ascii_case(word))
        .then(|| &sql[column.range.clone()])
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
            let type_of = |column: &str| (column == "d").then(|| "DATE".to_owned());
            let found: Vec<String> = constants(sql, &type_of)
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
        check(
            "select 1 where d >= 'x' and t.d <> 'y'",
            "'x' DATE, 'y' DATE",
        );
        check(
            "select 1 where d in ('x', 'y') or s = 'z'",
            "'x' DATE, 'y' DATE",
        );
        check(
            "select 1 where d not between 'x' and 'y'",
            "'x' DATE, 'y' DATE",
        );
        check("select 1 where d = 'x' || s or 1 + d = 'x'", "");
        check("select replace(s, 'd', 'x'), d, 'y' as e", "");
    }
}
