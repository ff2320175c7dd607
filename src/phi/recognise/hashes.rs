//! Keyed hashes.

use super::{call, text, transform};
use crate::lineage::Passage;
use crate::phi::transform::number;
use crate::sql::tree::{Expr, ExprKind, Function};

/// A key that is shorter can be guessed.
const SHORTEST_KEY: usize = 16;

/// `sha256(key || value)`. A hash without a key tells the value to whoever
/// tries all values there are.
pub fn of_call(function: &Function) -> Option<Passage<'_>> {
    const HASHES: &[&str] = &["sha256", "sha1", "md5"];
    let ([argument], true) = (&function.arguments[..], HASHES.contains(&&*function.name)) else {
        return None;
    };
    let mut pieces = Vec::new();
    split(argument, &mut pieces);
    let (keys, values): (Vec<&Expr>, Vec<&Expr>) = pieces.into_iter().partition(|p| is_key(p));
    (!keys.is_empty()).then(|| transform(number::HASH, values, true))
}

/// Splits a text into what it is put together of.
fn split<'e>(expr: &'e Expr, pieces: &mut Vec<&'e Expr>) {
    match call(expr) {
        Some(call) if matches!(&*call.name, "||" | "concat" | "concat_ws") => {
            call.arguments.iter().for_each(|part| split(part, pieces));
        }
        _ => pieces.push(expr),
    }
}

fn is_key(expr: &Expr) -> bool {
    let is_long = text(expr).is_some_and(|key| key.chars().count() >= SHORTEST_KEY);
    // Kept out of the text: a variable of the session, or of the environment.
    let is_named = call(expr).is_some_and(|call| {
        matches!(&*call.name, "getvariable" | "getenv")
            && matches!(&call.arguments[..], [name] if text(name).is_some())
    });
    is_long || is_named
}

/// Tells whether an expression reads values through keyed hashes alone, and
/// does so.
pub fn is_made_of_hashes(expr: &Expr) -> bool {
    fn count(expr: &Expr) -> Option<usize> {
        match &expr.kind {
            ExprKind::Function(function) if of_call(function).is_some() => return Some(1),
            ExprKind::Column(_)
            | ExprKind::Star(_)
            | ExprKind::Subquery(_)
            | ExprKind::Position(_)
            | ExprKind::Unknown => return None,
            _ => {}
        }
        let mut sum = Some(0);
        expr.for_each_child(|child| sum = sum.and_then(|sum| Some(sum + count(child)?)));
        sum
    }
    count(expr).is_some_and(|hashes| hashes > 0)
}
