//! Python's `ast.literal_eval`.

use minijinja::Value;

use crate::jinja::python::{dict_of, list, set, sign, tuple};
use crate::jinja::syntax::{Expr, ExprKind, Source, Statement, parse_template, walk_expr};

/// Reads a Python literal; `None` when the text is something else.
pub fn literal_eval(text: &str) -> Option<Value> {
    let trimmed = text.trim_matches([' ', '\t']);
    if trimmed.is_empty() || trimmed.contains("}}") && !trimmed.contains('{') {
        return None;
    }
    if let Some(inner) = trimmed.strip_prefix('{').and_then(|t| t.strip_suffix('}'))
        && let Some(items) = parse(&format!("[{inner}]"))
        && !inner.trim().is_empty()
        && let ExprKind::List(items) = &items.kind
    {
        return set(items.iter().map(value).collect::<Option<Vec<_>>>()?).ok();
    }
    value(&parse(trimmed)?)
}

/// Parses the text as an expression; Jinja's literals are close to Python's.
fn parse(text: &str) -> Option<Expr> {
    let source = Source {
        path: "".into(),
        text: format!("{{{{ {text} }}}}").into(),
    };
    let template = parse_template(source).ok()?;
    let mut statements = template.body.into_iter();
    match (statements.next()?, statements.next()) {
        (Statement::Output(expr), None) => {
            let is_python = !uses_lowercase_constants(&expr, &template.source.text);
            is_python.then_some(expr)
        }
        _ => None,
    }
}

/// Jinja's other spellings of constants are names to Python.
fn uses_lowercase_constants(expr: &Expr, text: &str) -> bool {
    let mut found = false;
    walk_expr(expr, &mut |expr| {
        if matches!(expr.kind, ExprKind::Const(_)) {
            found |= matches!(expr.span.of(text), "true" | "false" | "none");
        }
    });
    found
}

fn value(expr: &Expr) -> Option<Value> {
    Some(match &expr.kind {
        ExprKind::Const(value) => value.clone(),
        ExprKind::List(items) => list(items.iter().map(value).collect::<Option<_>>()?),
        ExprKind::Tuple(items) => tuple(items.iter().map(value).collect::<Option<_>>()?),
        ExprKind::Dict(items) => {
            let mut pairs = Vec::new();
            for (key, item) in items {
                pairs.push((value(key)?, value(item)?));
            }
            dict_of(pairs).ok()?
        }
        ExprKind::Signs(signs, operand) => {
            let mut number = value(operand)?;
            for negative in signs.iter().rev() {
                number = sign(*negative, &number).ok()?;
            }
            number
        }
        _ => return None,
    })
}
