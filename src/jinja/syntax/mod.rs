//! Reads a template's text into a tree, with Jinja2's grammar.
//!
//! The tree holds byte ranges into the text it was read from, so that it owns
//! nothing but its shape and its literals, and so that every error can name the
//! true place. Chains (`a ~ b ~ c`, `elif`, `or`) are flat lists: however long
//! they are, nothing recurses along them. What nests is limited.

mod lexer;
mod literal;
mod parser;
mod statement;
mod tree;

pub(super) use lexer::is_space;
pub(super) use parser::{SyntaxError, parse_block, parse_opening_tag, parse_template};
pub(super) use tree::{
    Arguments, Arithmetic, CallBlock, Comparison, Definition, Expr, ExprKind, For, Source, Span,
    Statement, Subscript, Target, Template, walk_body, walk_expr,
};
