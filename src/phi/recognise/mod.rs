//! Tells in a query's tree which expressions are transforms, and which leave
//! the form of a value as it is.
//!
//! What is not recognised makes something else of a value; that tells as much,
//! as far as anybody knows. A transform takes only values in their own form:
//! the year of a number that somebody made of a date may be the date.

mod ages;
mod dates;
mod forms;
mod hashes;
mod pattern;
mod zips;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::transform::{Transforms, number};
use crate::lineage::{Passage, Passages, Piece};
use crate::sql::tree::{Expr, ExprKind, Function, Literal, Operator};

/// The three-digit ZIP areas of 20,000 people or fewer. Source: HHS Office for
/// Civil Rights, Guidance Regarding Methods for De-identification (2012), by the
/// census of 2000.
pub const RESTRICTED_ZIP3: [&str; 17] = [
    "036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878",
    "879", "884", "890", "893",
];

/// Makes what recognises the transforms. `restricted` are the ZIP areas that
/// must become `000`.
pub fn passages(transforms: Arc<Transforms>, restricted: BTreeSet<String>) -> Passages {
    Passages::new(move |piece| recognise(piece, &transforms, &restricted))
}

fn recognise<'e>(
    piece: Piece<'e>,
    transforms: &Transforms,
    restricted: &BTreeSet<String>,
) -> Option<Passage<'e>> {
    if let Some(passage) = registered(piece, transforms) {
        return Some(passage);
    }
    match piece {
        Piece::Call(call) => counted(call)
            .or_else(|| hashes::of_call(call))
            .or_else(|| dates::of_call(call))
            .or_else(|| ages::of_call(call))
            .or_else(|| forms::of_call(call)),
        Piece::Expr(expr) => asked(expr)
            .or_else(|| ages::of_expr(expr))
            .or_else(|| zips::of_expr(expr, restricted))
            .or_else(|| forms::of_expr(expr)),
    }
}

fn registered<'e>(piece: Piece<'e>, transforms: &Transforms) -> Option<Passage<'e>> {
    transforms.iter().find_map(|(number, transform)| {
        let pattern = transform.pattern.as_ref()?;
        let through = pattern::matched(pattern, piece)?;
        Some(Passage {
            number: Some(number),
            takes_any: true,
            through,
            ..Passage::default()
        })
    })
}

/// `count(x)`, `length(x)`, and `sum(case when x then 1 else 0 end)`, which
/// counts too.
fn counted(call: &Function) -> Option<Passage<'_>> {
    const COUNTS: &[&str] = &[
        "count",
        "count_star",
        "count_if",
        "countif",
        "approx_count_distinct",
        "length",
        "len",
        "strlen",
    ];
    let through = match (&*call.name, &call.arguments[..]) {
        (name, arguments) if COUNTS.contains(&name) => arguments.iter().collect(),
        ("sum" | "avg", [argument]) => conditions_of_flags(argument)?,
        _ => return None,
    };
    Some(Passage {
        of_range: Some(number::COUNT_OF_RANGE),
        ..transform(number::COUNT, through, true)
    })
}

/// `x is null` tells nothing of what `x` is.
fn asked(expr: &Expr) -> Option<Passage<'_>> {
    match operation(expr)? {
        (Operator::IsNull | Operator::IsNotNull, operands) => {
            Some(transform(number::COUNT, operands.iter().collect(), true))
        }
        _ => None,
    }
}

/// Returns the conditions of a `case` whose results are all written out.
fn conditions_of_flags(expr: &Expr) -> Option<Vec<&Expr>> {
    let ExprKind::Case {
        branches,
        otherwise,
    } = &without_casts(expr).kind
    else {
        return None;
    };
    let results = branches.iter().map(|(_, then)| then);
    let mut results = results.chain(otherwise.as_deref());
    results
        .all(is_written_out)
        .then(|| branches.iter().map(|(when, _)| when).collect())
}

fn transform(number: u8, through: Vec<&Expr>, takes_any: bool) -> Passage<'_> {
    Passage {
        number: Some(number),
        takes_any,
        through,
        ..Passage::default()
    }
}

/// Looks through casts, which change how a value is written.
fn without_casts(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Cast { expr, .. } => without_casts(expr),
        _ => expr,
    }
}

/// Tells whether two expressions are one value, casts and names aside.
fn is_same(one: &Expr, other: &Expr) -> bool {
    without_casts(one).kind == without_casts(other).kind
}

fn is_written_out(expr: &Expr) -> bool {
    matches!(without_casts(expr).kind, ExprKind::Literal(_))
}

/// Tells whether an expression itself reads something, its parts aside.
fn reads_something(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Column(_)
            | ExprKind::Star(_)
            | ExprKind::Subquery(_)
            | ExprKind::Position(_)
            | ExprKind::Unknown
    )
}

/// Tells whether an expression reads nothing.
fn is_constant(expr: &Expr) -> bool {
    if reads_something(expr) {
        return false;
    }
    let mut is_constant = true;
    expr.for_each_child(|child| is_constant = is_constant && self::is_constant(child));
    is_constant
}

/// Tells whether an expression reads one value and nothing else.
fn reads_only(expr: &Expr, value: &Expr) -> bool {
    if is_same(expr, value) {
        return true;
    }
    if reads_something(expr) {
        return false;
    }
    let mut reads_only = true;
    expr.for_each_child(|child| reads_only = reads_only && self::reads_only(child, value));
    reads_only
}

fn text(expr: &Expr) -> Option<&str> {
    match &without_casts(expr).kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text),
        _ => None,
    }
}

fn number_of(expr: &Expr) -> Option<f64> {
    match &without_casts(expr).kind {
        ExprKind::Literal(Literal::Number(number)) => number.parse().ok(),
        _ => None,
    }
}

fn call(expr: &Expr) -> Option<&Function> {
    match &without_casts(expr).kind {
        ExprKind::Function(function) => Some(function),
        _ => None,
    }
}

fn operation(expr: &Expr) -> Option<(Operator, &[Expr])> {
    match &expr.kind {
        ExprKind::Operator { operator, operands } => Some((*operator, operands)),
        _ => None,
    }
}

/// The branches of a `case`, and what it gives otherwise.
type Cases<'e> = (&'e [(Expr, Expr)], Option<&'e Expr>);

fn cases(expr: &Expr) -> Option<Cases<'_>> {
    match &expr.kind {
        ExprKind::Case {
            branches,
            otherwise,
        } => Some((branches, otherwise.as_deref())),
        _ => None,
    }
}

/// Makes the passage of a `case` about one value: conditions about other things
/// are told by what comes out, too.
fn about<'e>(number: u8, value: &'e Expr, branches: &'e [(Expr, Expr)]) -> Passage<'e> {
    let conditions = branches.iter().map(|(when, _)| when);
    Passage {
        number: Some(number),
        through: vec![value],
        beside: conditions.filter(|when| !reads_only(when, value)).collect(),
        ..Passage::default()
    }
}
