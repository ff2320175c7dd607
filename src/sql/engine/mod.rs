//! Reads the parse tree that DuckDB writes as JSON.
//!
//! Fields that stand at their default are left out of it, so everything is
//! optional here. Nodes that are not known become `Unknown`: a newer engine may
//! have more of them.

mod expression;
mod literal;
mod query;
mod table;

use serde::{Deserialize, Deserializer};

use super::parse::ParseFailure;
use super::tree::{At, Name, Query};

/// How much stack a level of the tree may need, and how much more is taken
/// when less is left: a chain of a thousand `||` is a tree as deep.
const RED_ZONE: usize = 128 * 1024;
const MORE_STACK: usize = 2 * 1024 * 1024;

#[derive(Deserialize)]
struct Answer {
    error: bool,
    #[serde(default)]
    error_type: String,
    #[serde(default)]
    error_message: String,
    #[serde(default)]
    position: Option<String>,
    #[serde(default)]
    statements: Vec<query::RawStatement>,
}

/// Reads the engine's answer for one text: its statements, in order.
pub fn read(answer: &str) -> Result<Vec<Query>, ParseFailure> {
    let mut reader = serde_json::Deserializer::from_str(answer);
    reader.disable_recursion_limit();
    let answer = Answer::deserialize(&mut reader).map_err(|error| ParseFailure {
        message: format!("DuckDB's parse tree cannot be read: {error}"),
        at: At(None),
        is_other_statement: false,
    })?;
    if answer.error {
        let at = answer.position.and_then(|text| text.parse().ok());
        return Err(ParseFailure {
            message: answer.error_message,
            at: At(at),
            is_other_statement: answer.error_type == "not implemented",
        });
    }
    let statements = answer.statements.into_iter();
    Ok(statements.map(|statement| statement.node).collect())
}

/// Tells whether the engine's answer for one text is that it does not parse, or
/// is no query, without reading the tree.
pub fn is_refused(answer: &str) -> bool {
    #[derive(Deserialize)]
    struct Head {
        error: bool,
    }
    serde_json::from_str::<Head>(answer).map_or(true, |head| head.error)
}

/// Reads a node that may lie deep, with enough stack for it.
fn with_stack<T>(read: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE, MORE_STACK, read)
}

/// Reads a place; the engine writes the largest number where it has none.
fn place<'de, D: Deserializer<'de>>(deserializer: D) -> Result<At, D::Error> {
    let byte = u64::deserialize(deserializer)?;
    Ok(At(u32::try_from(byte).ok()))
}

/// A name, none when it is empty.
fn name(text: Option<String>) -> Option<Name> {
    text.filter(|text| !text.is_empty())
        .map(String::into_boxed_str)
}

fn names(texts: Vec<String>) -> Vec<Name> {
    texts.into_iter().map(String::into_boxed_str).collect()
}
