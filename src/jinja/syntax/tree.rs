//! The tree of a template.

use std::ops::Range;
use std::sync::Arc;

use minijinja::Value;

use crate::jinja::checks::Check;
use crate::jinja::filters::Filter;

/// A range of bytes in the text of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    pub fn to(self, end: Span) -> Self {
        Self {
            start: self.start,
            end: end.end.max(self.start),
        }
    }

    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

/// A text and what it is called in errors.
#[derive(Debug, Clone)]
pub struct Source {
    pub path: Arc<str>,
    pub text: Arc<str>,
}

/// A template that is ready to be rendered.
#[derive(Debug)]
pub struct Template {
    pub source: Source,
    pub body: Vec<Statement>,
}

/// A piece of text.
#[derive(Debug)]
pub enum Data {
    /// As it stands in the file.
    Verbatim(Span),
    /// With line ends made `\n`, or put together from several places.
    Normalised(Box<str>, Box<[Span]>),
}

impl Data {
    pub fn of<'a>(&'a self, text: &'a str) -> &'a str {
        match self {
            Self::Verbatim(span) => span.of(text),
            Self::Normalised(owned, _) => owned,
        }
    }

    /// Returns the places in the file that the text stands in.
    pub fn spans(&self) -> &[Span] {
        match self {
            Self::Verbatim(span) => std::slice::from_ref(span),
            Self::Normalised(_, spans) => spans,
        }
    }
}

#[derive(Debug)]
pub enum Statement {
    Data(Data),
    /// `{{ expr }}`; several for `{% print a, b %}`.
    Output(Expr),
    If {
        branches: Vec<(Expr, Vec<Statement>)>,
        otherwise: Vec<Statement>,
    },
    For(Box<For>),
    Set {
        target: Target,
        value: Expr,
    },
    SetBlock {
        target: Target,
        filter: Option<Expr>,
        body: Vec<Statement>,
    },
    With {
        bindings: Vec<(Target, Expr)>,
        body: Vec<Statement>,
    },
    Do(Expr),
    Call(Box<CallBlock>),
    FilterBlock {
        filter: Expr,
        body: Vec<Statement>,
    },
    /// `autoescape` and `block`, which only make a scope here.
    Scope(Vec<Statement>),
    Break,
    Continue,
    /// A macro, test, materialization or docs block.
    Definition(Arc<Definition>),
    /// `include`, `import` and `extends`: dbt has nowhere to load from.
    Load(Span),
}

#[derive(Debug)]
pub struct For {
    pub target: Target,
    pub iterable: Expr,
    pub condition: Option<Expr>,
    pub recursive: bool,
    /// Whether `loop` is read anywhere inside.
    pub uses_loop: bool,
    pub body: Vec<Statement>,
    pub otherwise: Vec<Statement>,
}

#[derive(Debug)]
pub struct CallBlock {
    pub call: Expr,
    pub definition: Arc<Definition>,
}

/// Something with parameters and a body.
#[derive(Debug)]
pub struct Definition {
    pub name: String,
    pub span: Span,
    pub parameters: Vec<Parameter>,
    pub body: Vec<Statement>,
    pub uses_caller: bool,
    pub uses_varargs: bool,
    pub uses_kwargs: bool,
    /// A materialization has a parameter `supported_languages` even when it does
    /// not name it.
    pub is_materialization: bool,
    /// The names that a call block's body reads, each once.
    pub names: Vec<Span>,
}

#[derive(Debug)]
pub struct Parameter {
    pub name: Span,
    pub annotation: Option<Span>,
    pub default: Option<Expr>,
}

/// What can be assigned to.
#[derive(Debug)]
pub enum Target {
    Name(Span),
    Attribute { base: Span, name: Span },
    Tuple(Vec<Target>, Span),
}

#[derive(Debug)]
pub struct Expr {
    pub span: Span,
    /// How deep the tree below is, so that walking it can be kept bounded.
    pub height: u16,
    pub kind: ExprKind,
}

#[derive(Debug)]
pub enum ExprKind {
    Const(Value),
    /// A name; its text is the span.
    Name,
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    /// `-x`, `+x`; true for minus, the outermost first.
    Signs(Vec<bool>, Box<Expr>),
    /// One level of precedence, from left to right.
    Arithmetic(Box<Expr>, Vec<(Arithmetic, Expr)>),
    Concat(Vec<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// `not`, as often as it is written.
    Not(u32, Box<Expr>),
    Compare(Box<Expr>, Vec<(Comparison, Expr)>),
    /// `value if test else value if test else otherwise`.
    Conditional(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    Attribute(Box<Expr>, Span),
    Subscript(Box<Expr>, Box<Subscript>),
    Call(Box<Expr>, Box<Arguments>),
    Filter {
        base: Box<Expr>,
        name: Span,
        filter: Option<Filter>,
        args: Option<Box<Arguments>>,
    },
    Test {
        base: Box<Expr>,
        name: Span,
        test: Option<Check>,
        args: Option<Box<Arguments>>,
        negated: bool,
    },
    /// The text that a `filter` or `set` block has captured.
    Captured,
}

impl ExprKind {
    /// Returns the greatest height among the direct children, 0 for none.
    pub fn child_height(&self) -> u16 {
        fn all<'a>(items: impl IntoIterator<Item = &'a Expr>) -> u16 {
            items.into_iter().map(|item| item.height).max().unwrap_or(0)
        }
        fn arguments(args: &Arguments) -> u16 {
            all(&args.positional)
                .max(all(args.keyword.iter().map(|(_, value)| value)))
                .max(all(&args.splat))
                .max(all(&args.double_splat))
        }
        match self {
            Self::Const(_) | Self::Name | Self::Captured => 0,
            Self::List(items)
            | Self::Tuple(items)
            | Self::Concat(items)
            | Self::And(items)
            | Self::Or(items) => all(items),
            Self::Dict(items) => all(items.iter().flat_map(|(key, value)| [key, value])),
            Self::Signs(_, operand) | Self::Not(_, operand) => operand.height,
            Self::Arithmetic(first, rest) => first.height.max(all(rest.iter().map(|(_, e)| e))),
            Self::Compare(first, rest) => first.height.max(all(rest.iter().map(|(_, e)| e))),
            Self::Conditional(arms, otherwise) => {
                let arms = all(arms.iter().flat_map(|(value, test)| [value, test]));
                arms.max(otherwise.as_ref().map_or(0, |e| e.height))
            }
            Self::Attribute(base, _) => base.height,
            Self::Subscript(base, subscript) => base.height.max(match &**subscript {
                Subscript::Index(index) => index.height,
                Subscript::Slice(start, stop, step) => all(start).max(all(stop)).max(all(step)),
            }),
            Self::Call(callee, args) => callee.height.max(arguments(args)),
            Self::Filter { base, args, .. } | Self::Test { base, args, .. } => base
                .height
                .max(args.as_ref().map_or(0, |args| arguments(args))),
        }
    }
}

#[derive(Debug)]
pub enum Subscript {
    Index(Expr),
    Slice(Option<Expr>, Option<Expr>, Option<Expr>),
}

#[derive(Debug, Default)]
pub struct Arguments {
    pub positional: Vec<Expr>,
    pub keyword: Vec<(Span, Expr)>,
    pub splat: Option<Expr>,
    pub double_splat: Option<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

/// Visits every expression of a body, outer ones first, in source order.
pub fn walk_body<'t>(body: &'t [Statement], visit: &mut dyn FnMut(&'t Expr)) {
    for statement in body {
        walk_statement(statement, visit);
    }
}

/// Visits every expression of a statement, outer ones first.
pub fn walk_statement<'t>(statement: &'t Statement, visit: &mut dyn FnMut(&'t Expr)) {
    match statement {
        Statement::Data(_) | Statement::Break | Statement::Continue | Statement::Load(_) => {}
        Statement::Output(expr) | Statement::Do(expr) => walk_expr(expr, visit),
        Statement::If {
            branches,
            otherwise,
        } => {
            for (test, body) in branches {
                walk_expr(test, visit);
                walk_body(body, visit);
            }
            walk_body(otherwise, visit);
        }
        Statement::For(for_) => {
            walk_expr(&for_.iterable, visit);
            if let Some(condition) = &for_.condition {
                walk_expr(condition, visit);
            }
            walk_body(&for_.body, visit);
            walk_body(&for_.otherwise, visit);
        }
        Statement::Set { value, .. } => walk_expr(value, visit),
        Statement::SetBlock { filter, body, .. } => {
            if let Some(filter) = filter {
                walk_expr(filter, visit);
            }
            walk_body(body, visit);
        }
        Statement::With { bindings, body } => {
            for (_, value) in bindings {
                walk_expr(value, visit);
            }
            walk_body(body, visit);
        }
        Statement::Call(call) => {
            walk_expr(&call.call, visit);
            walk_definition(&call.definition, visit);
        }
        Statement::FilterBlock { filter, body } => {
            walk_expr(filter, visit);
            walk_body(body, visit);
        }
        Statement::Scope(body) => walk_body(body, visit),
        Statement::Definition(definition) => walk_definition(definition, visit),
    }
}

fn walk_definition<'t>(definition: &'t Definition, visit: &mut dyn FnMut(&'t Expr)) {
    for parameter in &definition.parameters {
        if let Some(default) = &parameter.default {
            walk_expr(default, visit);
        }
    }
    walk_body(&definition.body, visit);
}

/// Visits an expression and everything in it, outer ones first.
pub fn walk_expr<'t>(expr: &'t Expr, visit: &mut dyn FnMut(&'t Expr)) {
    visit(expr);
    match &expr.kind {
        ExprKind::Const(_) | ExprKind::Name | ExprKind::Captured => {}
        ExprKind::List(items)
        | ExprKind::Tuple(items)
        | ExprKind::Concat(items)
        | ExprKind::And(items)
        | ExprKind::Or(items) => {
            for item in items {
                walk_expr(item, visit);
            }
        }
        ExprKind::Dict(items) => {
            for (key, value) in items {
                walk_expr(key, visit);
                walk_expr(value, visit);
            }
        }
        ExprKind::Signs(_, operand) | ExprKind::Not(_, operand) => walk_expr(operand, visit),
        ExprKind::Arithmetic(first, rest) => {
            walk_expr(first, visit);
            for (_, operand) in rest {
                walk_expr(operand, visit);
            }
        }
        ExprKind::Compare(first, rest) => {
            walk_expr(first, visit);
            for (_, operand) in rest {
                walk_expr(operand, visit);
            }
        }
        ExprKind::Conditional(arms, otherwise) => {
            for (value, test) in arms {
                walk_expr(value, visit);
                walk_expr(test, visit);
            }
            if let Some(otherwise) = otherwise {
                walk_expr(otherwise, visit);
            }
        }
        ExprKind::Attribute(base, _) => walk_expr(base, visit),
        ExprKind::Subscript(base, subscript) => {
            walk_expr(base, visit);
            match &**subscript {
                Subscript::Index(index) => walk_expr(index, visit),
                Subscript::Slice(start, stop, step) => {
                    for part in [start, stop, step].into_iter().flatten() {
                        walk_expr(part, visit);
                    }
                }
            }
        }
        ExprKind::Call(callee, args) => {
            walk_expr(callee, visit);
            walk_arguments(args, visit);
        }
        ExprKind::Filter { base, args, .. } | ExprKind::Test { base, args, .. } => {
            walk_expr(base, visit);
            if let Some(args) = args {
                walk_arguments(args, visit);
            }
        }
    }
}

fn walk_arguments<'t>(args: &'t Arguments, visit: &mut dyn FnMut(&'t Expr)) {
    for value in &args.positional {
        walk_expr(value, visit);
    }
    for (_, value) in &args.keyword {
        walk_expr(value, visit);
    }
    for value in [&args.splat, &args.double_splat].into_iter().flatten() {
        walk_expr(value, visit);
    }
}
