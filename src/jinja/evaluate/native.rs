//! Values of YAML files: what a single expression gives keeps its type.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use crate::jinja::error::JinjaError;
use crate::jinja::functions::literal_eval;
use crate::jinja::python::{Container, Kind, kind, write_str};
use crate::jinja::syntax::{Expr, ExprKind, Subscript};

/// A part of a native render.
#[derive(Debug)]
pub enum Node {
    Text(String),
    Value(Value),
}

/// What one of the `as_*` filters asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkerKind {
    Text,
    Native,
    Bool,
    Number,
}

/// A text that one of the `as_*` filters has marked.
#[derive(Debug)]
pub struct Marker {
    pub kind: MarkerKind,
    pub text: String,
}

impl Object for Marker {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        (key == "__type__").then(|| Value::from("str"))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.text.is_empty()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Makes the value of a native render from its parts.
pub fn native_value(mut nodes: Vec<Node>) -> Result<Value, JinjaError> {
    if nodes.len() > 1 {
        let mut text = String::new();
        for node in nodes {
            match node {
                Node::Text(part) => text.push_str(&part),
                Node::Value(value) => write_str(&mut text, &value)?,
            }
        }
        return Ok(Value::from(text));
    }
    let value = match nodes.pop() {
        None => return Ok(Value::from("")),
        Some(Node::Text(text)) => return Ok(Value::from(text)),
        Some(Node::Value(value)) => value,
    };
    let Some(marker) = value.downcast_object_ref::<Marker>() else {
        return Ok(value);
    };
    let text = Value::from(marker.text.as_str());
    let evaluated = || literal_eval(&marker.text).unwrap_or_else(|| text.clone());
    let wrong = |wanted: &str| {
        Err(JinjaError::value_error(format!(
            "Could not convert value '{}' into type '{wanted}'",
            marker.text
        )))
    };
    match marker.kind {
        MarkerKind::Text => Ok(text),
        MarkerKind::Native => Ok(evaluated()),
        MarkerKind::Bool => match evaluated() {
            value if matches!(kind(&value), Kind::Bool(_)) => Ok(value),
            _ => wrong("bool"),
        },
        MarkerKind::Number => match evaluated() {
            value if matches!(kind(&value), Kind::Int(_) | Kind::Float(_)) => Ok(value),
            _ => wrong("number"),
        },
    }
}

/// Tells whether Jinja2 would evaluate the expression when it compiles.
pub fn is_constant(expr: &Expr, text: &str) -> bool {
    let all = |items: &[Expr]| items.iter().all(|item| is_constant(item, text));
    match &expr.kind {
        ExprKind::Const(_) => true,
        ExprKind::Name | ExprKind::Captured | ExprKind::Call(..) => false,
        ExprKind::List(items)
        | ExprKind::Tuple(items)
        | ExprKind::Concat(items)
        | ExprKind::And(items)
        | ExprKind::Or(items) => all(items),
        ExprKind::Dict(items) => items
            .iter()
            .all(|(key, value)| is_constant(key, text) && is_constant(value, text)),
        ExprKind::Signs(_, operand) | ExprKind::Not(_, operand) => is_constant(operand, text),
        ExprKind::Arithmetic(first, rest) => {
            is_constant(first, text) && rest.iter().all(|(_, operand)| is_constant(operand, text))
        }
        ExprKind::Compare(first, rest) => {
            is_constant(first, text) && rest.iter().all(|(_, operand)| is_constant(operand, text))
        }
        ExprKind::Conditional(arms, otherwise) => {
            arms.iter()
                .all(|(value, test)| is_constant(value, text) && is_constant(test, text))
                && otherwise
                    .as_ref()
                    .is_some_and(|otherwise| is_constant(otherwise, text))
        }
        ExprKind::Attribute(base, _) => is_constant(base, text),
        ExprKind::Subscript(base, subscript) => {
            is_constant(base, text)
                && match &**subscript {
                    Subscript::Index(index) => is_constant(index, text),
                    Subscript::Slice(start, stop, step) => [start, stop, step]
                        .into_iter()
                        .flatten()
                        .all(|e| is_constant(e, text)),
                }
        }
        ExprKind::Filter {
            base, name, args, ..
        } => {
            // These filters look at the context, which is not there yet.
            let name = name.of(text);
            let contextual = matches!(
                name,
                "map" | "select" | "reject" | "selectattr" | "rejectattr" | "random"
            );
            !contextual
                && is_constant(base, text)
                && args.as_ref().is_none_or(|args| {
                    all(&args.positional)
                        && args
                            .keyword
                            .iter()
                            .all(|(_, value)| is_constant(value, text))
                        && args.splat.is_none()
                        && args.double_splat.is_none()
                })
        }
        ExprKind::Test { base, args, .. } => {
            is_constant(base, text) && args.as_ref().is_none_or(|args| all(&args.positional))
        }
    }
}

/// Tells whether a constant's value could stand in compiled code.
pub fn is_safe_constant(value: &Value) -> bool {
    is_safe(value, 0)
}

fn is_safe(value: &Value, depth: u32) -> bool {
    if depth > 100 {
        return false;
    }
    match kind(value) {
        Kind::Undefined | Kind::Object(_) | Kind::Bytes(_) => false,
        Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Str(_) => true,
        Kind::Container(container) => match container {
            Container::Range(_) => true,
            Container::Generator(_) | Container::View(_) => false,
            Container::Dict(dict) => dict
                .pairs()
                .iter()
                .all(|(key, value)| is_safe(key, depth + 1) && is_safe(value, depth + 1)),
            other => other.items().iter().all(|item| is_safe(item, depth + 1)),
        },
    }
}
