//! Expressions, with Jinja2's precedence.

use std::sync::Arc;

use minijinja::Value;

use super::lexer::{Lexer, Token};
use super::literal;
use super::tree::{
    Arguments, Arithmetic, Comparison, Definition, Expr, ExprKind, Source, Span, Statement,
    Subscript, Target, Template,
};
use crate::jinja::{checks, filters};

/// How deep brackets, and how deep blocks, may nest.
///
/// dbt gives up earlier, at Python's recursion limit.
pub const MAX_DEPTH: u32 = 200;

/// How deep the tree of one expression may become, chains of attributes and
/// filters included.
const MAX_HEIGHT: u16 = 1000;

/// A mistake in a template's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub span: Span,
    pub message: String,
}

impl SyntaxError {
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
        }
    }
}

pub type Parsed<T> = Result<T, SyntaxError>;

/// Reads a whole text. As in dbt, one line end at its very end is dropped.
pub fn parse_template(source: Source) -> Parsed<Template> {
    let text = source.text.clone();
    let end = match text.as_bytes() {
        [.., b'\r', b'\n'] => text.len() - 2,
        [.., b'\n' | b'\r'] => text.len() - 1,
        _ => text.len(),
    };
    let body = Parser::new(&text, 0, end)?.template()?;
    Ok(Template { source, body })
}

/// Reads a part of a text that holds a block with its tags.
pub fn parse_block(text: &str, start: usize, end: usize) -> Parsed<Vec<Statement>> {
    Parser::new(text, start, end)?.template()
}

/// Reads only the opening tag of a block, as if its body were empty.
pub fn parse_opening_tag(text: &str, start: usize, end: usize) -> Parsed<Arc<Definition>> {
    let mut parser = Parser::new(text, start, end)?;
    parser.opening_tag()
}

pub(super) struct Parser<'a> {
    pub lexer: Lexer<'a>,
    pub token: Token,
    pub span: Span,
    /// The end of the token before the current one.
    pub last_end: u32,
    pub depth: u32,
    pub loops: u32,
    /// What is open, for messages: the tag's name and where it begins.
    pub open_tags: Vec<(&'static str, Span)>,
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str, start: usize, end: usize) -> Parsed<Self> {
        if u32::try_from(text.len()).is_err() {
            return Err(SyntaxError::new(
                Span::default(),
                "the text is larger than 4 GB",
            ));
        }
        Ok(Self {
            lexer: Lexer::new(text, start, end),
            token: Token::Eof,
            span: Span::new(start, start),
            last_end: start as u32,
            depth: 0,
            loops: 0,
            open_tags: Vec::new(),
        })
    }

    pub fn text(&self, span: Span) -> &'a str {
        span.of(self.lexer.text)
    }

    pub fn advance(&mut self) -> Parsed<()> {
        self.last_end = self.span.end;
        (self.token, self.span) = self.lexer.next_token()?;
        Ok(())
    }

    pub fn skip(&mut self, token: Token) -> Parsed<bool> {
        if self.token == token {
            self.advance()?;
            Ok(true)
        } else {
            Ok(false)
        }
    }

    pub fn at_word(&self, word: &str) -> bool {
        self.token == Token::Name && self.text(self.span) == word
    }

    pub fn skip_word(&mut self, word: &str) -> Parsed<bool> {
        if self.at_word(word) {
            self.advance()?;
            Ok(true)
        } else {
            Ok(false)
        }
    }

    pub fn error<T>(&self, span: Span, message: impl Into<String>) -> Parsed<T> {
        Err(SyntaxError::new(span, message))
    }

    /// Fails with what was found instead of what was expected.
    pub fn unexpected<T>(&self, expected: &str) -> Parsed<T> {
        let found = self.describe();
        self.error(self.span, format!("expected {expected}, found {found}"))
    }

    pub fn describe(&self) -> String {
        match self.token {
            Token::Eof => "the end of the text".to_owned(),
            Token::VariableEnd => "`}}`".to_owned(),
            Token::BlockEnd => "`%}`".to_owned(),
            _ => {
                let text = self.text(self.span);
                let short: String = text.chars().take(30).collect();
                let more = if short.len() < text.len() { "..." } else { "" };
                format!("`{short}{more}`")
            }
        }
    }

    pub fn expect(&mut self, token: Token, expected: &str) -> Parsed<Span> {
        if self.token == token {
            let span = self.span;
            self.advance()?;
            Ok(span)
        } else {
            self.unexpected(expected)
        }
    }

    /// Goes one level down, if that is not too deep.
    pub fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return self.error(
                self.span,
                format!("nested more than {MAX_DEPTH} levels deep"),
            );
        }
        self.depth += 1;
        let result = stacker::maybe_grow(128 * 1024, 1024 * 1024, || f(self));
        self.depth -= 1;
        result
    }

    pub fn node(&self, start: Span, kind: ExprKind) -> Parsed<Expr> {
        let span = Span {
            start: start.start,
            end: self.last_end.max(start.end),
        };
        let height = kind.child_height() + 1;
        if height > MAX_HEIGHT {
            return self.error(
                span,
                "the expression is too long; split it with `{% set %}`",
            );
        }
        Ok(Expr { span, height, kind })
    }

    pub fn expression(&mut self) -> Parsed<Expr> {
        self.nested(Self::conditional)
    }

    fn conditional(&mut self) -> Parsed<Expr> {
        let start = self.span;
        let mut value = self.or()?;
        let mut arms = Vec::new();
        while self.skip_word("if")? {
            let test = self.or()?;
            if self.skip_word("else")? {
                arms.push((value, test));
                value = self.or()?;
            } else {
                // `a if b if c` applies the second test to the first result.
                let inner_start = value.span;
                let inner = self.node(
                    inner_start,
                    ExprKind::Conditional(vec![(value, test)], None),
                )?;
                value = inner;
            }
        }
        if arms.is_empty() {
            return Ok(value);
        }
        self.node(start, ExprKind::Conditional(arms, Some(Box::new(value))))
    }

    pub fn or(&mut self) -> Parsed<Expr> {
        let start = self.span;
        let first = self.and()?;
        if !self.at_word("or") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.skip_word("or")? {
            items.push(self.and()?);
        }
        self.node(start, ExprKind::Or(items))
    }

    fn and(&mut self) -> Parsed<Expr> {
        let start = self.span;
        let first = self.not()?;
        if !self.at_word("and") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.skip_word("and")? {
            items.push(self.not()?);
        }
        self.node(start, ExprKind::And(items))
    }

    fn not(&mut self) -> Parsed<Expr> {
        let start = self.span;
        let mut count = 0;
        while self.skip_word("not")? {
            count += 1;
        }
        let operand = self.compare()?;
        if count == 0 {
            return Ok(operand);
        }
        self.node(start, ExprKind::Not(count, Box::new(operand)))
    }

    fn compare(&mut self) -> Parsed<Expr> {
        let start = self.span;
        let first = self.sum()?;
        let mut rest = Vec::new();
        loop {
            let op = match self.token {
                Token::Eq => Comparison::Eq,
                Token::Ne => Comparison::Ne,
                Token::Lt => Comparison::Lt,
                Token::Le => Comparison::Le,
                Token::Gt => Comparison::Gt,
                Token::Ge => Comparison::Ge,
                Token::Name => match self.text(self.span) {
                    "in" => Comparison::In,
                    "not" if self.lexer.word_follows("in") => {
                        self.advance()?;
                        Comparison::NotIn
                    }
                    _ => break,
                },
                _ => break,
            };
            self.advance()?;
            rest.push((op, self.sum()?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        self.node(start, ExprKind::Compare(Box::new(first), rest))
    }

    fn arithmetic(
        &mut self,
        operand: fn(&mut Self) -> Parsed<Expr>,
        operator: fn(Token) -> Option<Arithmetic>,
    ) -> Parsed<Expr> {
        let start = self.span;
        let first = operand(self)?;
        let Some(_) = operator(self.token) else {
            return Ok(first);
        };
        let mut rest = Vec::new();
        while let Some(op) = operator(self.token) {
            self.advance()?;
            rest.push((op, operand(self)?));
        }
        self.node(start, ExprKind::Arithmetic(Box::new(first), rest))
    }

    fn sum(&mut self) -> Parsed<Expr> {
        self.arithmetic(Self::concat, |token| match token {
            Token::Add => Some(Arithmetic::Add),
            Token::Sub => Some(Arithmetic::Sub),
            _ => None,
        })
    }

    fn concat(&mut self) -> Parsed<Expr> {
        let start = self.span;
        let first = self.product()?;
        if self.token != Token::Tilde {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.skip(Token::Tilde)? {
            items.push(self.product()?);
        }
        self.node(start, ExprKind::Concat(items))
    }

    fn product(&mut self) -> Parsed<Expr> {
        self.arithmetic(Self::power, |token| match token {
            Token::Mul => Some(Arithmetic::Mul),
            Token::Div => Some(Arithmetic::Div),
            Token::FloorDiv => Some(Arithmetic::FloorDiv),
            Token::Mod => Some(Arithmetic::Mod),
            _ => None,
        })
    }

    fn power(&mut self) -> Parsed<Expr> {
        self.arithmetic(Self::unary, |token| {
            (token == Token::Pow).then_some(Arithmetic::Pow)
        })
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.span;
        let mut signs = Vec::new();
        while matches!(self.token, Token::Add | Token::Sub) {
            signs.push(self.token == Token::Sub);
            self.advance()?;
        }
        let operand = self.primary()?;
        let mut node = self.postfix(operand)?;
        if !signs.is_empty() {
            node = self.node(start, ExprKind::Signs(signs, Box::new(node)))?;
        }
        self.filters(node)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let start = self.span;
        match self.token {
            Token::Name => {
                self.advance()?;
                let kind = match self.text(start) {
                    "true" | "True" => ExprKind::Const(Value::from(true)),
                    "false" | "False" => ExprKind::Const(Value::from(false)),
                    "none" | "None" => ExprKind::Const(Value::from(())),
                    _ => ExprKind::Name,
                };
                self.node(start, kind)
            }
            Token::String => {
                let mut value = self.string()?;
                while self.token == Token::String {
                    value.push_str(&self.string()?);
                }
                self.node(start, ExprKind::Const(Value::from(value)))
            }
            Token::Integer => {
                let value = literal::integer(self.text(start))
                    .map_err(|message| SyntaxError::new(start, message))?;
                self.advance()?;
                self.node(start, ExprKind::Const(value))
            }
            Token::Float => {
                let value = literal::float(self.text(start));
                self.advance()?;
                self.node(start, ExprKind::Const(value))
            }
            Token::LeftParen => {
                self.advance()?;
                let mut inner = self.tuple(&[Token::RightParen], true, true)?;
                self.expect(Token::RightParen, "`)`")?;
                inner.span = Span {
                    start: start.start,
                    end: self.last_end,
                };
                Ok(inner)
            }
            Token::LeftBracket => {
                self.advance()?;
                let mut items = Vec::new();
                while self.token != Token::RightBracket {
                    if !items.is_empty() {
                        self.expect(Token::Comma, "`,` or `]`")?;
                        if self.token == Token::RightBracket {
                            break;
                        }
                    }
                    items.push(self.expression()?);
                }
                self.advance()?;
                self.node(start, ExprKind::List(items))
            }
            Token::LeftBrace => {
                self.advance()?;
                let mut items = Vec::new();
                while self.token != Token::RightBrace {
                    if !items.is_empty() {
                        self.expect(Token::Comma, "`,` or `}`")?;
                        if self.token == Token::RightBrace {
                            break;
                        }
                    }
                    let key = self.expression()?;
                    self.expect(Token::Colon, "`:`")?;
                    items.push((key, self.expression()?));
                }
                self.advance()?;
                self.node(start, ExprKind::Dict(items))
            }
            _ => self.unexpected("an expression"),
        }
    }

    fn string(&mut self) -> Parsed<String> {
        let span = self.span;
        let text = self.text(span);
        let value = literal::string(&text[1..text.len() - 1])
            .map_err(|message| SyntaxError::new(span, message))?;
        self.advance()?;
        Ok(value)
    }

    /// Reads an expression, or several with commas between them as a tuple.
    pub fn tuple(
        &mut self,
        ends: &[Token],
        conditional: bool,
        empty_allowed: bool,
    ) -> Parsed<Expr> {
        self.nested(|p| p.tuple_until(ends, conditional, empty_allowed, ""))
    }

    pub fn tuple_until(
        &mut self,
        ends: &[Token],
        conditional: bool,
        empty_allowed: bool,
        end_word: &str,
    ) -> Parsed<Expr> {
        let start = self.span;
        let mut items = Vec::new();
        let mut is_tuple = false;
        loop {
            if !items.is_empty() {
                self.expect(Token::Comma, "`,`")?;
            }
            let at_end = ends.contains(&self.token)
                || matches!(
                    self.token,
                    Token::VariableEnd | Token::BlockEnd | Token::RightParen
                )
                || (!end_word.is_empty() && self.at_word(end_word));
            if at_end {
                break;
            }
            items.push(if conditional {
                self.conditional()?
            } else {
                self.or()?
            });
            if self.token != Token::Comma {
                break;
            }
            is_tuple = true;
        }
        if !is_tuple {
            if let Some(only) = items.pop() {
                return Ok(only);
            }
            if !empty_allowed {
                return self.unexpected("an expression");
            }
        }
        self.node(start, ExprKind::Tuple(items))
    }

    fn postfix(&mut self, mut node: Expr) -> Parsed<Expr> {
        loop {
            let start = node.span;
            node = match self.token {
                Token::Dot => {
                    self.advance()?;
                    let name = self.span;
                    match self.token {
                        Token::Name => {
                            self.advance()?;
                            self.node(start, ExprKind::Attribute(Box::new(node), name))?
                        }
                        Token::Integer => {
                            let value = literal::integer(self.text(name))
                                .map_err(|message| SyntaxError::new(name, message))?;
                            self.advance()?;
                            let index = self.node(name, ExprKind::Const(value))?;
                            let subscript = Box::new(Subscript::Index(index));
                            self.node(start, ExprKind::Subscript(Box::new(node), subscript))?
                        }
                        _ => return self.unexpected("a name or a number after `.`"),
                    }
                }
                Token::LeftBracket => {
                    let subscript = self.subscript()?;
                    self.node(
                        start,
                        ExprKind::Subscript(Box::new(node), Box::new(subscript)),
                    )?
                }
                Token::LeftParen => {
                    let args = self.arguments()?;
                    self.node(start, ExprKind::Call(Box::new(node), Box::new(args)))?
                }
                _ => return Ok(node),
            };
        }
    }

    fn subscript(&mut self) -> Parsed<Subscript> {
        let start = self.span;
        self.advance()?;
        let mut parts = Vec::new();
        let mut is_tuple = false;
        while self.token != Token::RightBracket {
            if is_tuple {
                self.expect(Token::Comma, "`,` or `]`")?;
                if self.token == Token::RightBracket {
                    break;
                }
            }
            parts.push(self.subscript_part()?);
            is_tuple = true;
        }
        self.advance()?;
        if parts.len() == 1
            && let Some(only) = parts.pop()
        {
            return Ok(only);
        }
        let mut items = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Subscript::Index(index) => items.push(index),
                Subscript::Slice(..) => {
                    return self.error(start, "a slice cannot stand in a tuple");
                }
            }
        }
        Ok(Subscript::Index(self.node(start, ExprKind::Tuple(items))?))
    }

    fn subscript_part(&mut self) -> Parsed<Subscript> {
        let first = if self.token == Token::Colon {
            None
        } else {
            Some(self.expression()?)
        };
        if self.token != Token::Colon {
            return match first {
                Some(index) => Ok(Subscript::Index(index)),
                None => self.unexpected("an index"),
            };
        }
        self.advance()?;
        let ends = |token| matches!(token, Token::Colon | Token::RightBracket | Token::Comma);
        let stop = if ends(self.token) {
            None
        } else {
            Some(self.expression()?)
        };
        let mut step = None;
        if self.skip(Token::Colon)? && !ends(self.token) {
            step = Some(self.expression()?);
        }
        Ok(Subscript::Slice(first, stop, step))
    }

    pub fn arguments(&mut self) -> Parsed<Arguments> {
        let start = self.expect(Token::LeftParen, "`(`")?;
        let mut args = Arguments::default();
        let mut need_comma = false;
        while self.token != Token::RightParen {
            if need_comma {
                self.expect(Token::Comma, "`,` or `)`")?;
                if self.token == Token::RightParen {
                    break;
                }
            }
            need_comma = true;
            let bad = match self.token {
                Token::Mul => {
                    let bad = args.splat.is_some() || args.double_splat.is_some();
                    self.advance()?;
                    args.splat = Some(self.expression()?);
                    bad
                }
                Token::Pow => {
                    let bad = args.double_splat.is_some();
                    self.advance()?;
                    args.double_splat = Some(self.expression()?);
                    bad
                }
                Token::Name if self.lexer.assign_follows() => {
                    let bad = args.double_splat.is_some();
                    let name = self.span;
                    self.advance()?;
                    self.advance()?;
                    let text = self.text(name).to_owned();
                    if args
                        .keyword
                        .iter()
                        .any(|(other, _)| self.text(*other) == text)
                    {
                        return self.error(name, format!("keyword argument repeated: {text}"));
                    }
                    args.keyword.push((name, self.expression()?));
                    bad
                }
                _ => {
                    let bad = args.splat.is_some()
                        || args.double_splat.is_some()
                        || !args.keyword.is_empty();
                    args.positional.push(self.expression()?);
                    bad
                }
            };
            if bad {
                let span = Span {
                    start: start.start,
                    end: self.last_end,
                };
                return self.error(
                    span,
                    "the arguments are out of order: positional ones come first, then `name=value`",
                );
            }
        }
        self.advance()?;
        Ok(args)
    }

    fn filters(&mut self, mut node: Expr) -> Parsed<Expr> {
        loop {
            let start = node.span;
            node = match self.token {
                Token::Pipe => {
                    self.advance()?;
                    self.filter(node)?
                }
                Token::Name if self.text(self.span) == "is" => self.test(node)?,
                Token::LeftParen => {
                    let args = self.arguments()?;
                    self.node(start, ExprKind::Call(Box::new(node), Box::new(args)))?
                }
                _ => return Ok(node),
            };
        }
    }

    fn dotted_name(&mut self, expected: &str) -> Parsed<Span> {
        let mut name = self.expect(Token::Name, expected)?;
        while self.skip(Token::Dot)? {
            name = name.to(self.expect(Token::Name, "a name")?);
        }
        Ok(name)
    }

    /// Reads a filter's name and arguments and applies it to `base`.
    pub fn filter(&mut self, base: Expr) -> Parsed<Expr> {
        let start = base.span;
        let name = self.dotted_name("the name of a filter")?;
        let args = if self.token == Token::LeftParen {
            Some(Box::new(self.arguments()?))
        } else {
            None
        };
        let filter = filters::find(self.text(name));
        self.node(
            start,
            ExprKind::Filter {
                base: Box::new(base),
                name,
                filter,
                args,
            },
        )
    }

    fn test(&mut self, base: Expr) -> Parsed<Expr> {
        let start = base.span;
        self.advance()?;
        let negated = self.skip_word("not")?;
        let name = self.dotted_name("the name of a test")?;
        let args = match self.token {
            Token::LeftParen => Some(Box::new(self.arguments()?)),
            Token::Name | Token::String | Token::Integer | Token::Float => {
                let word = self.text(self.span);
                if self.token == Token::Name && matches!(word, "else" | "or" | "and") {
                    None
                } else if self.token == Token::Name && word == "is" {
                    return self.error(self.span, "tests cannot be chained with `is`");
                } else {
                    Some(self.bare_argument()?)
                }
            }
            Token::LeftBracket | Token::LeftBrace => Some(self.bare_argument()?),
            _ => None,
        };
        let test = checks::find(self.text(name));
        self.node(
            start,
            ExprKind::Test {
                base: Box::new(base),
                name,
                test,
                args,
                negated,
            },
        )
    }

    fn bare_argument(&mut self) -> Parsed<Box<Arguments>> {
        self.nested(|p| {
            let value = p.primary()?;
            let value = p.postfix(value)?;
            Ok(Box::new(Arguments {
                positional: vec![value],
                ..Arguments::default()
            }))
        })
    }

    /// Reads a name that something is to be bound to.
    pub fn target_name(&mut self) -> Parsed<Span> {
        let span = self.expect(Token::Name, "a name")?;
        self.check_target(span)?;
        Ok(span)
    }

    fn check_target(&self, span: Span) -> Parsed<()> {
        match self.text(span) {
            name @ ("true" | "True" | "false" | "False" | "none" | "None") => {
                self.error(span, format!("`{name}` cannot be assigned to"))
            }
            _ => Ok(()),
        }
    }

    /// Reads what stands left of `=` or `in`.
    pub fn target(&mut self, with_attribute: bool) -> Parsed<Target> {
        self.nested(|p| p.target_tuple(with_attribute))
    }

    fn target_tuple(&mut self, with_attribute: bool) -> Parsed<Target> {
        let start = self.span;
        let mut items = Vec::new();
        let mut is_tuple = false;
        loop {
            if !items.is_empty() {
                self.expect(Token::Comma, "`,`")?;
            }
            let at_end = matches!(
                self.token,
                Token::RightParen | Token::VariableEnd | Token::BlockEnd | Token::Assign
            ) || self.at_word("in");
            if at_end {
                break;
            }
            items.push(self.target_item(with_attribute)?);
            if self.token != Token::Comma {
                break;
            }
            is_tuple = true;
        }
        if !is_tuple {
            return match items.pop() {
                Some(only) => Ok(only),
                None => self.unexpected("a name"),
            };
        }
        Ok(Target::Tuple(
            items,
            Span {
                start: start.start,
                end: self.last_end,
            },
        ))
    }

    fn target_item(&mut self, with_attribute: bool) -> Parsed<Target> {
        if self.token == Token::LeftParen {
            self.advance()?;
            let inner = self.target(with_attribute)?;
            self.expect(Token::RightParen, "`)`")?;
            return Ok(inner);
        }
        let name = self.expect(Token::Name, "a name")?;
        if with_attribute && self.skip(Token::Dot)? {
            let attribute = self.expect(Token::Name, "a name after `.`")?;
            return Ok(Target::Attribute {
                base: name,
                name: attribute,
            });
        }
        self.check_target(name)?;
        Ok(Target::Name(name))
    }
}
