//! Expressions that a project registers, with columns in place of what
//! differs.

use super::is_constant;
use crate::lineage::Piece;
use crate::sql::tree::{Expr, ExprKind, Function};

/// The column that stands for any value.
pub const VALUE: &str = "value";
/// The column that stands for anything that reads nothing.
pub const CONSTANT: &str = "constant";

/// Returns what stands at the places of [`VALUE`], none when the piece is
/// not of the pattern's form.
pub fn matched<'e>(pattern: &Expr, piece: Piece<'e>) -> Option<Vec<&'e Expr>> {
    let mut values = Vec::new();
    let is_matched = match (piece, &pattern.kind) {
        (Piece::Call(call), ExprKind::Function(own)) => is_call(own, call, &mut values),
        (Piece::Expr(expr), ExprKind::Function(_)) if is_function(expr) => false,
        (Piece::Expr(expr), _) => is_of(pattern, expr, &mut values),
        _ => false,
    };
    is_matched.then_some(values)
}

fn is_function(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Function(_) | ExprKind::Window(_))
}

fn is_of<'e>(pattern: &Expr, expr: &'e Expr, values: &mut Vec<&'e Expr>) -> bool {
    match (&pattern.kind, &expr.kind) {
        (ExprKind::Column(name), _) if is_named(name, VALUE) => {
            values.push(expr);
            true
        }
        (ExprKind::Column(name), _) if is_named(name, CONSTANT) => is_constant(expr),
        (ExprKind::Function(own), ExprKind::Function(other)) => is_call(own, other, values),
        (
            ExprKind::Cast {
                expr: own,
                data_type,
                is_try,
            },
            ExprKind::Cast {
                expr: other,
                data_type: other_type,
                is_try: other_try,
            },
        ) => data_type == other_type && is_try == other_try && is_of(own, other, values),
        (
            ExprKind::Case {
                branches,
                otherwise,
            },
            ExprKind::Case {
                branches: others,
                otherwise: other,
            },
        ) => {
            let own = branches.iter().flat_map(|(when, then)| [when, then]);
            let own = own.chain(otherwise.as_deref());
            let given = others.iter().flat_map(|(when, then)| [when, then]);
            let given = given.chain(other.as_deref());
            branches.len() == others.len() && are_of(own, given, values)
        }
        (
            ExprKind::Comparison {
                operator,
                left,
                right,
            },
            ExprKind::Comparison {
                operator: other,
                left: other_left,
                right: other_right,
            },
        ) => {
            operator == other
                && is_of(left, other_left, values)
                && is_of(right, other_right, values)
        }
        (
            ExprKind::Operator { operator, operands },
            ExprKind::Operator {
                operator: other,
                operands: others,
            },
        ) => operator == other && are_of(operands, others, values),
        (own, other) => own == other,
    }
}

/// Tells whether a call is of a form; where that names no schema, any will do.
fn is_call<'e>(own: &Function, other: &'e Function, values: &mut Vec<&'e Expr>) -> bool {
    let is_same_name = own.name == other.name
        && own
            .schema
            .as_ref()
            .is_none_or(|schema| other.schema.as_ref() == Some(schema))
        && own.is_distinct == other.is_distinct;
    is_same_name && are_of(&own.arguments, &other.arguments, values)
}

fn are_of<'p, 'e>(
    own: impl IntoIterator<Item = &'p Expr>,
    others: impl IntoIterator<Item = &'e Expr>,
    values: &mut Vec<&'e Expr>,
) -> bool {
    let (mut own, mut others) = (own.into_iter(), others.into_iter());
    loop {
        match (own.next(), others.next()) {
            (None, None) => return true,
            (Some(own), Some(other)) if is_of(own, other, values) => {}
            _ => return false,
        }
    }
}

fn is_named(parts: &[Box<str>], name: &str) -> bool {
    matches!(parts, [only] if only.eq_ignore_ascii_case(name))
}
