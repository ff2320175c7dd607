//! Ages of which all above 89 are one.

use super::without_casts;
use super::{about, cases, is_constant, is_same, is_written_out, number_of, operation, transform};
use crate::lineage::Passage;
use crate::phi::transform::number;
use crate::sql::tree::{Expr, ExprKind, Function, Operator};

/// The greatest age that may be told, where it stands for all above.
const CAP: f64 = 90.0;

/// `least(age, 90)`.
pub fn of_call(call: &Function) -> Option<Passage<'_>> {
    let ("least", [one, other]) = (&*call.name, &call.arguments[..]) else {
        return None;
    };
    let is_cap = |expr| number_of(expr).is_some_and(|cap| cap <= CAP);
    match (is_cap(one), is_cap(other)) {
        (true, false) => Some(transform(number::AGE_CAP, vec![other], false)),
        (false, true) => Some(transform(number::AGE_CAP, vec![one], false)),
        _ => None,
    }
}

/// `case when age > 89 then 90 else age end`, and groups of ages.
pub fn of_expr(expr: &Expr) -> Option<Passage<'_>> {
    let (branches, otherwise) = cases(expr)?;
    let age = branches.iter().find_map(|(when, _)| compared(when))?;
    let mut is_capped = false;
    for (when, then) in branches {
        let caps = is_bound(when, age, Side::Above);
        if !is_written_out(then) {
            let is_told_below = is_capped || is_bound(when, age, Side::Below);
            if !is_same(then, age) || !is_told_below {
                return None;
            }
        } else if !caps && !is_group(when, age) {
            return None;
        }
        is_capped |= caps;
    }
    match otherwise {
        Some(rest) if !(is_written_out(rest) || is_capped && is_same(rest, age)) => None,
        _ => Some(about(number::AGE_CAP, age, branches)),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    Below,
}

/// Returns what a condition compares with a number.
fn compared(condition: &Expr) -> Option<&Expr> {
    match &condition.kind {
        ExprKind::Comparison { left, right, .. } => match (number_of(left), number_of(right)) {
            (None, Some(_)) => Some(without_casts(left)),
            (Some(_), None) => Some(without_casts(right)),
            _ => None,
        }
        .filter(|value| !is_constant(value)),
        ExprKind::Operator {
            operator: Operator::Between,
            operands,
        } => operands.first().map(without_casts),
        ExprKind::Operator {
            operator: Operator::And | Operator::Or,
            operands,
        } => operands.iter().find_map(compared),
        _ => None,
    }
}

/// Reads `age > 89`, whichever side the number stands on.
fn bound<'e>(condition: &'e Expr, age: &Expr) -> Option<(&'e str, f64)> {
    let ExprKind::Comparison {
        operator,
        left,
        right,
    } = &condition.kind
    else {
        return None;
    };
    if is_same(left, age) {
        return Some((*operator, number_of(right)?));
    }
    let flipped = match *operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        _ => return None,
    };
    is_same(right, age).then(|| Some((flipped, number_of(left)?)))?
}

/// Tells whether a condition holds for all ages above 89, or for none of them.
fn is_bound(condition: &Expr, age: &Expr, side: Side) -> bool {
    if let (Side::Below, Some((Operator::Between, [of, _, high]))) = (side, operation(condition)) {
        return is_same(of, age) && number_of(high).is_some_and(|high| high < CAP);
    }
    if let (Side::Below, Some((Operator::And, parts))) = (side, operation(condition)) {
        return parts.iter().any(|part| is_bound(part, age, side));
    }
    match (side, bound(condition, age)) {
        (Side::Above, Some((">", limit))) => limit < CAP,
        (Side::Above, Some((">=", limit))) => limit <= CAP,
        (Side::Below, Some(("<=", limit))) => limit < CAP,
        (Side::Below, Some(("<", limit))) => limit <= CAP,
        _ => false,
    }
}

/// Tells whether a condition only asks for a range of ages up to 90: groups of
/// ages above that would be told apart.
fn is_group(condition: &Expr, age: &Expr) -> bool {
    match operation(condition) {
        Some((Operator::And | Operator::Or, parts)) => parts.iter().all(|part| is_group(part, age)),
        Some((Operator::Between, [of, low, high])) => {
            let is_low = |expr| number_of(expr).is_some_and(|limit| limit <= CAP);
            is_same(of, age) && is_low(low) && is_low(high)
        }
        Some((Operator::IsNull | Operator::IsNotNull, [of])) => is_same(of, age),
        _ => bound(condition, age).is_some_and(|(operator, limit)| {
            matches!(operator, "<" | "<=" | ">" | ">=") && limit <= CAP
        }),
    }
}
