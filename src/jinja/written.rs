//! What `config()` of a template is given, as it is written.
//!
//! With dbt's flag `state_modified_compare_more_unrendered_values` nodes are
//! compared by this, so that `env_var('X')` is the same in every environment.
//! The form is that of Jinja2's nodes: space and quotes make no difference,
//! and a manifest of dbt has the same text.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::python;
use super::syntax::{
    Arguments, Arithmetic, Comparison, Expr, ExprKind, Source, Subscript, parse_template, walk_body,
};

/// Returns the named arguments of the first `config()` call, none when there
/// is no call.
pub fn written_config(text: &str) -> Option<Map<String, Json>> {
    if !text.contains("config(") {
        return None;
    }
    let source = Source {
        path: "".into(),
        text: Arc::from(text),
    };
    let template = parse_template(source).ok()?;
    let mut found: Option<Map<String, Json>> = None;
    walk_body(&template.body, &mut |expr| {
        let ExprKind::Call(callee, args) = &expr.kind else {
            return;
        };
        let is_config = matches!(callee.kind, ExprKind::Name) && callee.span.of(text) == "config";
        if is_config && found.is_none() {
            let named = args.keyword.iter().map(|(name, value)| {
                let name = name.of(text);
                (name.to_owned(), keyword(name, value, text).into())
            });
            found = Some(named.collect());
        }
    });
    found
}

fn keyword(name: &str, value: &Expr, text: &str) -> String {
    format!("Keyword(key={}, value={})", quoted(name), node(value, text))
}

fn quoted(text: &str) -> String {
    python::repr(&text.into()).unwrap_or_else(|_| format!("{text:?}"))
}

fn list<'e>(items: impl IntoIterator<Item = &'e Expr>, text: &str) -> String {
    let items: Vec<String> = items.into_iter().map(|item| node(item, text)).collect();
    format!("[{}]", items.join(", "))
}

fn optional(expr: Option<&Expr>, text: &str) -> String {
    expr.map_or_else(|| "None".to_owned(), |expr| node(expr, text))
}

fn arguments(args: Option<&Arguments>, text: &str) -> String {
    let empty = Arguments::default();
    let args = args.unwrap_or(&empty);
    let named: Vec<String> = args
        .keyword
        .iter()
        .map(|(name, value)| keyword(name.of(text), value, text))
        .collect();
    format!(
        "args={}, kwargs=[{}], dyn_args={}, dyn_kwargs={}",
        list(&args.positional, text),
        named.join(", "),
        optional(args.splat.as_ref(), text),
        optional(args.double_splat.as_ref(), text)
    )
}

/// Joins operands from the left: `Add(left=Add(left=a, right=b), right=c)`.
fn from_left(first: String, rest: impl Iterator<Item = (&'static str, String)>) -> String {
    rest.fold(first, |left, (name, right)| {
        format!("{name}(left={left}, right={right})")
    })
}

fn node(expr: &Expr, text: &str) -> String {
    match &expr.kind {
        ExprKind::Const(value) => {
            let value = python::repr(value).unwrap_or_else(|_| expr.span.of(text).to_owned());
            format!("Const(value={value})")
        }
        ExprKind::Name => format!("Name(name={}, ctx='load')", quoted(expr.span.of(text))),
        ExprKind::List(items) => format!("List(items={})", list(items, text)),
        ExprKind::Tuple(items) => format!("Tuple(items={}, ctx='load')", list(items, text)),
        ExprKind::Dict(items) => {
            let pairs: Vec<String> = items
                .iter()
                .map(|(key, value)| {
                    format!("Pair(key={}, value={})", node(key, text), node(value, text))
                })
                .collect();
            format!("Dict(items=[{}])", pairs.join(", "))
        }
        ExprKind::Signs(signs, operand) => {
            signs.iter().rev().fold(node(operand, text), |inner, sign| {
                let name = if *sign { "Neg" } else { "Pos" };
                format!("{name}(node={inner})")
            })
        }
        ExprKind::Arithmetic(first, rest) => from_left(
            node(first, text),
            rest.iter().map(|(op, e)| (operation(*op), node(e, text))),
        ),
        ExprKind::Concat(items) => format!("Concat(nodes={})", list(items, text)),
        ExprKind::And(items) => joined("And", items, text),
        ExprKind::Or(items) => joined("Or", items, text),
        ExprKind::Not(count, operand) => {
            (0..*count).fold(node(operand, text), |inner, _| format!("Not(node={inner})"))
        }
        ExprKind::Compare(first, rest) => {
            let operands: Vec<String> = rest
                .iter()
                .map(|(op, e)| format!("Operand(op='{}', expr={})", comparison(*op), node(e, text)))
                .collect();
            let first = node(first, text);
            format!("Compare(expr={first}, ops=[{}])", operands.join(", "))
        }
        ExprKind::Conditional(arms, otherwise) => {
            let last = optional(otherwise.as_deref(), text);
            arms.iter().rev().fold(last, |otherwise, (value, test)| {
                format!(
                    "CondExpr(test={}, expr1={}, expr2={otherwise})",
                    node(test, text),
                    node(value, text)
                )
            })
        }
        ExprKind::Attribute(base, name) => format!(
            "Getattr(node={}, attr={}, ctx='load')",
            node(base, text),
            quoted(name.of(text))
        ),
        ExprKind::Subscript(base, subscript) => {
            let argument = match &**subscript {
                Subscript::Index(index) => node(index, text),
                Subscript::Slice(start, stop, step) => format!(
                    "Slice(start={}, stop={}, step={})",
                    optional(start.as_ref(), text),
                    optional(stop.as_ref(), text),
                    optional(step.as_ref(), text)
                ),
            };
            let base = node(base, text);
            format!("Getitem(node={base}, arg={argument}, ctx='load')")
        }
        ExprKind::Call(callee, args) => {
            format!(
                "Call(node={}, {})",
                node(callee, text),
                arguments(Some(args), text)
            )
        }
        ExprKind::Filter {
            base, name, args, ..
        } => {
            let (base, name) = (node(base, text), quoted(name.of(text)));
            let args = arguments(args.as_deref(), text);
            format!("Filter(node={base}, name={name}, {args})")
        }
        ExprKind::Test {
            base,
            name,
            args,
            negated,
            ..
        } => {
            let mut out = String::new();
            let (base, name) = (node(base, text), quoted(name.of(text)));
            let args = arguments(args.as_deref(), text);
            let _ = write!(out, "Test(node={base}, name={name}, {args})");
            if *negated {
                out = format!("Not(node={out})");
            }
            out
        }
        ExprKind::Captured => "None".to_owned(),
    }
}

fn joined(name: &'static str, items: &[Expr], text: &str) -> String {
    let mut items = items.iter().map(|item| node(item, text));
    let first = items.next().unwrap_or_default();
    from_left(first, items.map(|item| (name, item)))
}

fn operation(op: Arithmetic) -> &'static str {
    match op {
        Arithmetic::Add => "Add",
        Arithmetic::Sub => "Sub",
        Arithmetic::Mul => "Mul",
        Arithmetic::Div => "Div",
        Arithmetic::FloorDiv => "FloorDiv",
        Arithmetic::Mod => "Mod",
        Arithmetic::Pow => "Pow",
    }
}

fn comparison(op: Comparison) -> &'static str {
    match op {
        Comparison::Eq => "eq",
        Comparison::Ne => "ne",
        Comparison::Gt => "gt",
        Comparison::Ge => "gteq",
        Comparison::Lt => "lt",
        Comparison::Le => "lteq",
        Comparison::In => "in",
        Comparison::NotIn => "notin",
    }
}

#[cfg(test)]
mod tests {
    use super::written_config;

    fn check(template: &str, expected: &str) {
        let config = written_config(template).expect("the template calls config");
        assert_eq!(serde_json::Value::Object(config).to_string(), expected);
    }

    #[test]
    fn a_config_call_is_told_in_jinjas_words() {
        check(
            "{{ config(materialized=env_var('X')) }} select 1",
            r#"{"materialized":"Keyword(key='materialized', value=Call(node=Name(name='env_var', ctx='load'), args=[Const(value='X')], kwargs=[], dyn_args=None, dyn_kwargs=None))"}"#,
        );
        check(
            "{{ config(materialized = ('table' if execute else \"view\")) }}",
            r#"{"materialized":"Keyword(key='materialized', value=CondExpr(test=Name(name='execute', ctx='load'), expr1=Const(value='table'), expr2=Const(value='view')))"}"#,
        );
        check(
            "{{ config(tags=['a', 1]) }}{{ config(other=1) }}",
            r#"{"tags":"Keyword(key='tags', value=List(items=[Const(value='a'), Const(value=1)]))"}"#,
        );
    }

    #[test]
    fn a_template_without_a_config_call_has_none() {
        assert_eq!(written_config("select 1 as config"), None);
    }
}
