//! The first three digits of ZIP codes, without those of small areas.

use std::collections::BTreeSet;

use super::without_casts;
use super::{about, call, cases, is_same, is_written_out, number_of, operation, text};
use crate::lineage::Passage;
use crate::phi::transform::number;
use crate::sql::tree::{Expr, Operator};

/// `case when left(zip, 3) in ('036', ...) then '000' else left(zip, 3) end`.
pub fn of_expr<'e>(expr: &'e Expr, restricted: &BTreeSet<String>) -> Option<Passage<'e>> {
    let (branches, otherwise) = cases(expr)?;
    let results = branches.iter().map(|(_, then)| then).chain(otherwise);
    let zip = results.clone().find_map(zip_of_three)?;
    let is_three = |expr| zip_of_three(expr).is_some_and(|other| is_same(other, zip));
    let mut is_taken_out = false;
    for (when, then) in branches {
        if is_three(then) {
            if !is_taken_out && !asks(when, zip, restricted, false) {
                return None;
            }
        } else if !is_written_out(then) {
            return None;
        }
        is_taken_out |= asks(when, zip, restricted, true);
    }
    match otherwise {
        Some(rest) if !(is_written_out(rest) || is_three(rest) && is_taken_out) => None,
        _ => Some(about(number::ZIP3, zip, branches)),
    }
}

/// Returns the ZIP code of which an expression is the first three digits.
fn zip_of_three(expr: &Expr) -> Option<&Expr> {
    let expr = without_casts(expr);
    let is = |expr: &Expr, number: f64| number_of(expr) == Some(number);
    let zip = if let Some((Operator::Slice, [zip, from, to, ..])) = operation(expr) {
        (is(from, 1.0) && is(to, 3.0)).then_some(zip)
    } else {
        let call = call(expr)?;
        match (&*call.name, &call.arguments[..]) {
            ("left", [zip, length]) => is(length, 3.0).then_some(zip),
            ("substr" | "substring", [zip, from, length]) => {
                (is(from, 1.0) && is(length, 3.0)).then_some(zip)
            }
            ("array_slice", [zip, from, to]) => (is(from, 1.0) && is(to, 3.0)).then_some(zip),
            _ => None,
        }
    };
    zip.map(without_casts)
}

/// Tells whether a condition holds for all restricted areas, or for none.
fn asks(condition: &Expr, zip: &Expr, restricted: &BTreeSet<String>, is_in: bool) -> bool {
    let is_list = |operands: &[Expr]| {
        let Some((of, list)) = operands.split_first() else {
            return false;
        };
        let listed: BTreeSet<&str> = list.iter().filter_map(text).collect();
        zip_of_three(of).is_some_and(|other| is_same(other, zip))
            && restricted.iter().all(|area| listed.contains(area.as_str()))
    };
    match operation(condition) {
        Some((Operator::In, operands)) => is_in && is_list(operands),
        Some((Operator::NotIn, operands)) => !is_in && is_list(operands),
        Some((Operator::Not, [inner])) => asks(inner, zip, restricted, !is_in),
        Some((Operator::Or, parts)) => {
            is_in && parts.iter().any(|p| asks(p, zip, restricted, true))
        }
        Some((Operator::And, parts)) => {
            !is_in && parts.iter().any(|p| asks(p, zip, restricted, false))
        }
        _ => false,
    }
}
