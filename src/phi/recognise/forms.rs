//! What leaves values in the form that they have: a date is still a date.

use super::{cases, dates, is_constant, number_of, operation, without_casts};
use crate::lineage::Passage;
use crate::sql::tree::{Expr, ExprKind, Function, Literal, Operator};

/// Functions that give one of their arguments, or the first of them written
/// another way.
pub fn of_call(call: &Function) -> Option<Passage<'_>> {
    let arguments = &call.arguments[..];
    let first = || arguments.first().map(|first| vec![first]);
    let is_rest_constant = arguments.iter().skip(1).all(is_constant);
    let through = match (&*call.name, arguments) {
        (
            "trim" | "ltrim" | "rtrim" | "upper" | "ucase" | "lower" | "lcase" | "strptime"
            | "try_strptime" | "date" | "to_date" | "lpad" | "nullif" | "floor" | "round" | "trunc",
            _,
        ) if is_rest_constant => first()?,
        ("greatest", [_, _]) if is_rest_constant => first()?,
        ("left", [_, length]) if number_of(length).is_some() => first()?,
        ("substr" | "substring", [_, from, _]) if number_of(from) == Some(1.0) => first()?,
        ("+" | "-", [_, interval]) if dates::is_interval(interval) => first()?,
        ("+", [interval, value]) if dates::is_interval(interval) => vec![value],
        ("ifnull" | "coalesce", _) => arguments.iter().collect(),
        (
            "min" | "max" | "any_value" | "arbitrary" | "first" | "last" | "mode" | "first_value"
            | "last_value",
            [value],
        ) => vec![value],
        ("lag" | "lead" | "nth_value", [value, ..]) if is_rest_constant => vec![value],
        _ => return None,
    };
    Some(keeping(through, Vec::new()))
}

/// `coalesce(a, b)`, and `case`, which gives one of its results.
pub fn of_expr(expr: &Expr) -> Option<Passage<'_>> {
    if let Some((Operator::Coalesce, operands)) = operation(expr) {
        return Some(keeping(operands.iter().collect(), Vec::new()));
    }
    let (branches, otherwise) = cases(expr)?;
    // What is never given goes nowhere.
    let branches = branches.iter().filter(|(when, _)| !is_never(when));
    let results = branches.clone().map(|(_, then)| then).chain(otherwise);
    let conditions = branches.map(|(when, _)| when);
    Some(keeping(results.collect(), conditions.collect()))
}

fn is_never(condition: &Expr) -> bool {
    match &without_casts(condition).kind {
        ExprKind::Literal(Literal::Bool(is_true)) => !is_true,
        ExprKind::Literal(Literal::Text(text)) => matches!(&**text, "f" | "false"),
        _ => false,
    }
}

fn keeping<'e>(through: Vec<&'e Expr>, beside: Vec<&'e Expr>) -> Passage<'e> {
    Passage {
        through,
        beside,
        ..Passage::default()
    }
}
