//! The names of columns that are given none.

use super::Resolver;
use crate::sql::tree::{Expr, ExprKind, Function, Literal, Name};

impl Resolver<'_> {
    /// Returns the name of an item's column: its alias, its last part, or the
    /// expression as the engine writes it out.
    pub(super) fn item_name(&self, item: &Expr) -> Name {
        match (&item.alias, &item.kind) {
            (Some(alias), _) => alias.clone(),
            (None, ExprKind::Column(parts)) => parts.last().cloned().unwrap_or_default(),
            _ => written(item).unwrap_or_else(|| "?".to_owned()).into(),
        }
    }
}

/// Writes an expression out, as far as its form is a simple one.
fn written(expr: &Expr) -> Option<String> {
    Some(match &expr.kind {
        ExprKind::Column(parts) => parts.join("."),
        ExprKind::Literal(literal) => match literal {
            Literal::Null => "NULL".to_owned(),
            Literal::Bool(truth) => truth.to_string(),
            Literal::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Literal::Number(number) | Literal::Other(number) => number.to_string(),
        },
        ExprKind::Cast {
            expr,
            data_type,
            is_try,
        } => {
            let word = if *is_try { "TRY_CAST" } else { "CAST" };
            format!("{word}({} AS {data_type})", written(expr)?)
        }
        ExprKind::Function(function) => call(function)?,
        ExprKind::Comparison {
            operator,
            left,
            right,
        } => format!("({} {operator} {})", written(left)?, written(right)?),
        _ => return None,
    })
}

fn call(function: &Function) -> Option<String> {
    let arguments: Option<Vec<String>> = function.arguments.iter().map(written).collect();
    let arguments = arguments?;
    if function.is_operator {
        return Some(match arguments.as_slice() {
            [one] => format!("{}{one}", function.name),
            [left, right] => format!("({left} {} {right})", function.name),
            _ => return None,
        });
    }
    let distinct = if function.is_distinct {
        "DISTINCT "
    } else {
        ""
    };
    let schema = function.schema.as_deref();
    let schema = schema
        .map(|schema| format!("{schema}."))
        .unwrap_or_default();
    Some(format!(
        "{schema}{}({distinct}{})",
        function.name,
        arguments.join(", ")
    ))
}
