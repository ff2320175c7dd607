//! Comparisons across types, and sums of money in floating point.

use super::Lint;
use super::scope::Scope;
use crate::sql::tree::{Expr, ExprKind, Literal, Operator};

/// What can be compared without a change of meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Truth,
    Moment,
    TimeOfDay,
}

fn family(data_type: &str) -> Option<Family> {
    let upper = data_type.trim().to_uppercase();
    let head = upper.split(['(', ' ']).next().unwrap_or_default();
    if upper.ends_with("[]") || upper.contains('[') {
        return None;
    }
    Some(match head {
        "VARCHAR" | "TEXT" | "STRING" | "CHAR" | "BPCHAR" => Family::Text,
        "TINYINT" | "SMALLINT" | "INTEGER" | "INT" | "BIGINT" | "HUGEINT" | "UTINYINT"
        | "USMALLINT" | "UINTEGER" | "UBIGINT" | "UHUGEINT" | "DECIMAL" | "NUMERIC" | "DOUBLE"
        | "FLOAT" | "REAL" | "FLOAT4" | "FLOAT8" | "INT4" | "INT8" => Family::Number,
        "BOOLEAN" | "BOOL" => Family::Truth,
        "DATE" | "TIMESTAMP" | "TIMESTAMPTZ" | "DATETIME" | "TIMESTAMP_S" | "TIMESTAMP_MS"
        | "TIMESTAMP_NS" => Family::Moment,
        "TIME" | "TIMETZ" => Family::TimeOfDay,
        _ => return None,
    })
}

/// Returns the type of an expression, as far as it is told by its words.
pub fn of(expr: &Expr, scope: &Scope<'_>) -> Option<String> {
    match &expr.kind {
        ExprKind::Column(parts) => scope.column(parts)?.1.data_type.clone(),
        ExprKind::Cast { data_type, .. } => Some(data_type.to_string()),
        ExprKind::Operator {
            operator: Operator::Coalesce,
            operands,
        } => {
            let mut types = operands.iter().map(|operand| of(operand, scope));
            let first = types.next()??;
            types
                .all(|other| other.as_ref() == Some(&first))
                .then_some(first)
        }
        ExprKind::Function(function) => match &*function.name {
            "lower" | "upper" | "trim" | "ltrim" | "rtrim" | "substring" | "substr" | "concat"
            | "replace" | "left" | "right" | "lpad" | "rpad" | "md5" | "strftime" => {
                Some("VARCHAR".to_owned())
            }
            "count" | "count_star" | "length" => Some("BIGINT".to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// Looks at one expression.
pub fn look(lint: &mut Lint<'_>, expr: &Expr, scope: &Scope<'_>) {
    match &expr.kind {
        ExprKind::Comparison { left, right, .. } => compared(lint, left, right, scope),
        ExprKind::Operator {
            operator: Operator::In | Operator::NotIn | Operator::Between,
            operands,
        } => {
            if let Some((first, rest)) = operands.split_first() {
                for other in rest.iter().take(1) {
                    compared(lint, first, other, scope);
                }
            }
        }
        ExprKind::Function(function) if &*function.name == "sum" => {
            if let [argument] = &function.arguments[..] {
                float_money(lint, argument, scope);
            }
        }
        _ => {}
    }
}

fn compared(lint: &mut Lint<'_>, left: &Expr, right: &Expr, scope: &Scope<'_>) {
    let is_number = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::Number(_)));
    let side = |expr: &Expr| {
        if is_number(expr) {
            return Some((Family::Number, "a number".to_owned()));
        }
        let data_type = of(expr, scope)?;
        let family = family(&data_type)?;
        Some((family, format!("{} ({data_type})", shown(expr))))
    };
    let (Some((a, left_shown)), Some((b, right_shown))) = (side(left), side(right)) else {
        return;
    };
    if a == b {
        return;
    }
    let place = if is_number(left) { right } else { left };
    let is_text_and_number = matches!(
        (a, b),
        (Family::Text, Family::Number) | (Family::Number, Family::Text)
    );
    if is_text_and_number {
        lint.at(
            place,
            "leading-zeros-lost",
            format!(
                "{left_shown} is compared with {right_shown}: the text is read as a number, so \
                 that `0123` equals `123`"
            ),
            Some("compare texts with texts: put quotes around the number, or cast it to varchar"),
        );
        return;
    }
    lint.at(
        place,
        "cross-type-comparison",
        format!("{left_shown} is compared with {right_shown}"),
        Some("cast one of the two, so that it is clear what is compared"),
    );
}

fn shown(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Column(parts) => {
            let parts: Vec<&str> = parts.iter().map(|part| &**part).collect();
            format!("`{}`", parts.join("."))
        }
        ExprKind::Function(function) => format!("`{}(...)`", function.name),
        _ => "an expression".to_owned(),
    }
}

/// A floating point number cannot hold cents.
fn float_money(lint: &mut Lint<'_>, argument: &Expr, scope: &Scope<'_>) {
    const MONEY: &[&str] = &[
        "amount",
        "paid",
        "cost",
        "charge",
        "price",
        "payment",
        "revenue",
        "allowed",
        "fee",
        "premium",
        "copay",
        "coinsurance",
        "deductible",
        "spend",
    ];
    let is_money = |name: &str| name.split('_').any(|word| MONEY.contains(&word));
    let Some(name) = column_where(argument, &|name| is_money(name)) else {
        return;
    };
    if is_float(argument, scope) {
        lint.at(
            argument,
            "float-money",
            format!(
                "`{name}` is money in floating point: its sum depends on the order of rows, and \
                 cents get lost"
            ),
            Some("make it a decimal where it is first read: `cast(... as decimal(18, 2))`"),
        );
    }
}

/// Tells whether an expression is a number in floating point for sure.
fn is_float(expr: &Expr, scope: &Scope<'_>) -> bool {
    match &expr.kind {
        ExprKind::Function(function) if function.is_operator => {
            let is_calculated = matches!(&*function.name, "+" | "-" | "*");
            is_calculated && function.arguments.iter().any(|a| is_float(a, scope))
        }
        _ => {
            let data_type = of(expr, scope).unwrap_or_default().to_uppercase();
            matches!(
                &*data_type,
                "DOUBLE" | "FLOAT" | "REAL" | "FLOAT4" | "FLOAT8"
            )
        }
    }
}

/// Returns the first column of an expression whose name, in lower case, is of a
/// kind.
fn column_where(expr: &Expr, is_one: &dyn Fn(&str) -> bool) -> Option<String> {
    if let ExprKind::Column(parts) = &expr.kind {
        let name = parts.last()?.to_lowercase();
        return is_one(&name).then_some(name);
    }
    let mut found = None;
    expr.for_each_child(|child| found = found.take().or_else(|| column_where(child, is_one)));
    found
}
