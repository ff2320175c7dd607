//! Reads a template's calls without rendering it.
//!
//! A model whose only Jinja is `ref`, `source` and `config` with literal
//! arguments is known after this; everything else has to be rendered.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value as Json;

use super::blocks::located;
use super::error::JinjaError;
use super::json::to_json;
use super::syntax::{Arguments, Expr, ExprKind, Source, Statement, parse_template, walk_body};

/// The calls in a template.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StaticCalls {
    /// `ref` calls with literal arguments.
    pub refs: Vec<RefCall>,
    /// `source` calls with literal arguments.
    pub sources: Vec<SourceCall>,
    /// The keyword arguments of each `config()` call that are literals.
    pub configs: Vec<IndexMap<String, Json>>,
    /// The names given to `var()`, each once.
    pub vars: Vec<String>,
    /// The functions called by name, each once: package, when there is one, and
    /// name. `ref`, `source` and `config` are not among them.
    pub macro_calls: Vec<(Option<String>, String)>,
    /// The `adapter.dispatch` calls with a literal name.
    pub dispatches: Vec<DispatchCall>,
    /// Whether `this` is read anywhere.
    pub reads_this: bool,
    /// True when the template holds anything besides text, comments and calls of
    /// `ref`, `source` and `config` with literal arguments.
    pub needs_render: bool,
}

/// `ref('name')`, `ref('package', 'name', v=2)`.
#[derive(Debug, Clone, PartialEq)]
pub struct RefCall {
    pub package: Option<String>,
    pub name: String,
    pub version: Option<Json>,
    /// The bytes of the call.
    pub range: Range<usize>,
}

/// `source('source', 'table')`.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceCall {
    pub source: String,
    pub table: String,
    /// The bytes of the call.
    pub range: Range<usize>,
}

/// `adapter.dispatch('name', 'namespace')`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DispatchCall {
    pub name: String,
    pub namespace: Option<String>,
}

/// Reads the calls of a template, or of a block with its tags.
pub fn extract(text: &str) -> Result<StaticCalls, JinjaError> {
    let mut calls = StaticCalls::default();
    if !super::has_jinja(text) {
        return Ok(calls);
    }
    let source = Source {
        path: "".into(),
        text: Arc::from(text),
    };
    let template =
        parse_template(source).map_err(|error| located(text, error.span.range(), error.message))?;
    for statement in &template.body {
        match statement {
            Statement::Data(_) => {}
            Statement::Output(expr) if is_plain_call(expr, text) => {}
            _ => calls.needs_render = true,
        }
    }
    let mut seen = Seen::default();
    walk_body(&template.body, &mut |expr| {
        visit(expr, text, &mut calls, &mut seen);
    });
    Ok(calls)
}

/// Tells whether an expression is a call of `ref`, `source` or `config` that is
/// wholly known from its text.
fn is_plain_call(expr: &Expr, text: &str) -> bool {
    let ExprKind::Call(callee, args) = &expr.kind else {
        return false;
    };
    if !matches!(callee.kind, ExprKind::Name) {
        return false;
    }
    match callee.span.of(text) {
        "ref" => ref_call(expr, args, text).is_some(),
        "source" => source_call(expr, args).is_some(),
        "config" => {
            args.positional.is_empty()
                && args.splat.is_none()
                && args.double_splat.is_none()
                && args
                    .keyword
                    .iter()
                    .all(|(_, value)| literal(value).is_some())
        }
        _ => false,
    }
}

#[derive(Default)]
struct Seen {
    vars: std::collections::HashSet<String>,
    calls: std::collections::HashSet<(Option<String>, String)>,
    dispatches: std::collections::HashSet<DispatchCall>,
}

fn visit(expr: &Expr, text: &str, calls: &mut StaticCalls, seen: &mut Seen) {
    match &expr.kind {
        ExprKind::Name => calls.reads_this |= expr.span.of(text) == "this",
        ExprKind::Call(callee, args) => match &callee.kind {
            ExprKind::Name => named_call(expr, callee.span.of(text), args, text, calls, seen),
            ExprKind::Attribute(base, name) if matches!(base.kind, ExprKind::Name) => {
                let (base, name) = (base.span.of(text), name.of(text));
                if base == "adapter" {
                    if name == "dispatch"
                        && let Some(call) = dispatch_call(args, text)
                        && seen.dispatches.insert(call.clone())
                    {
                        calls.dispatches.push(call);
                    }
                    return;
                }
                let call = (Some(base.to_owned()), name.to_owned());
                if seen.calls.insert(call.clone()) {
                    calls.macro_calls.push(call);
                }
            }
            _ => {}
        },
        _ => {}
    }
}

fn named_call(
    expr: &Expr,
    name: &str,
    args: &Arguments,
    text: &str,
    calls: &mut StaticCalls,
    seen: &mut Seen,
) {
    match name {
        "ref" => calls.refs.extend(ref_call(expr, args, text)),
        "source" => calls.sources.extend(source_call(expr, args)),
        "config" => {
            let literals = args
                .keyword
                .iter()
                .filter_map(|(name, value)| Some((name.of(text).to_owned(), literal(value)?)));
            calls.configs.push(literals.collect());
        }
        _ => {
            if name == "var"
                && let Some(var) = args.positional.first().and_then(string)
                && seen.vars.insert(var.to_owned())
            {
                calls.vars.push(var.to_owned());
            }
            let call = (None, name.to_owned());
            if seen.calls.insert(call.clone()) {
                calls.macro_calls.push(call);
            }
        }
    }
}

fn ref_call(expr: &Expr, args: &Arguments, text: &str) -> Option<RefCall> {
    if args.splat.is_some() || args.double_splat.is_some() {
        return None;
    }
    let (package, name) = match &args.positional[..] {
        [name] => (None, string(name)?),
        [package, name] => (Some(string(package)?.to_owned()), string(name)?),
        _ => return None,
    };
    let mut version = None;
    for (key, value) in &args.keyword {
        if !matches!(key.of(text), "v" | "version") || version.is_some() {
            return None;
        }
        version = Some(literal(value).filter(|v| v.is_string() || v.is_number())?);
    }
    Some(RefCall {
        package,
        name: name.to_owned(),
        version,
        range: expr.span.range(),
    })
}

fn source_call(expr: &Expr, args: &Arguments) -> Option<SourceCall> {
    let is_simple = args.keyword.is_empty() && args.splat.is_none() && args.double_splat.is_none();
    match &args.positional[..] {
        [source, table] if is_simple => Some(SourceCall {
            source: string(source)?.to_owned(),
            table: string(table)?.to_owned(),
            range: expr.span.range(),
        }),
        _ => None,
    }
}

fn dispatch_call(args: &Arguments, text: &str) -> Option<DispatchCall> {
    let named = |wanted: &str| {
        args.keyword
            .iter()
            .find(|(key, _)| key.of(text) == wanted)
            .map(|(_, value)| value)
    };
    let name = args
        .positional
        .first()
        .or_else(|| named("macro_name"))
        .and_then(string)?;
    let namespace = args
        .positional
        .get(1)
        .or_else(|| named("macro_namespace"))
        .and_then(string);
    Some(DispatchCall {
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
    })
}

fn string(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Const(value) => value.as_str(),
        _ => None,
    }
}

/// Reads a literal: a constant, a negative number, or a list or dict of literals.
fn literal(expr: &Expr) -> Option<Json> {
    match &expr.kind {
        ExprKind::Const(value) => Some(to_json(value)),
        ExprKind::List(items) => items
            .iter()
            .map(literal)
            .collect::<Option<Vec<_>>>()
            .map(Json::Array),
        ExprKind::Dict(items) => {
            let mut map = serde_json::Map::new();
            for (key, value) in items {
                map.insert(string(key)?.to_owned(), literal(value)?);
            }
            Some(Json::Object(map))
        }
        ExprKind::Signs(signs, operand) => {
            let negative = signs.iter().filter(|negative| **negative).count() % 2 == 1;
            match literal(operand)? {
                Json::Number(number) if !negative => Some(Json::Number(number)),
                Json::Number(number) => match number.as_i64() {
                    Some(number) => number.checked_neg().map(Json::from),
                    None => number.as_f64().map(|number| Json::from(-number)),
                },
                _ => None,
            }
        }
        _ => None,
    }
}
