//! Statements: the tags of a template.

use std::sync::Arc;

use super::lexer::{Piece, Token};
use super::parser::{Parsed, Parser, SyntaxError};
use super::tree::{
    CallBlock, Definition, Expr, ExprKind, For, Parameter, Span, Statement, Target, walk_body,
    walk_expr,
};

/// Why reading statements stopped.
struct End {
    /// The tag that ended the body; `None` at the end of the text.
    word: Option<Span>,
}

/// What the opening tag of a definition says.
struct Header {
    name: String,
    span: Span,
    parameters: Vec<Parameter>,
    is_materialization: bool,
}

impl Parser<'_> {
    pub fn template(mut self) -> Parsed<Vec<Statement>> {
        let (body, _) = self.body(&[])?;
        Ok(body)
    }

    /// Reads statements until one of the tags, whose name is then consumed.
    fn body(&mut self, ends: &[&str]) -> Parsed<(Vec<Statement>, End)> {
        let mut statements = Vec::new();
        loop {
            let (piece, data) = self.lexer.next_piece()?;
            if let Some(data) = data {
                statements.push(Statement::Data(data));
            }
            match piece {
                Piece::Data => {}
                Piece::Eof => {
                    if ends.is_empty() {
                        return Ok((statements, End { word: None }));
                    }
                    return self.unclosed();
                }
                Piece::VariableBegin => {
                    self.advance()?;
                    let expr = self.tuple(&[], true, false)?;
                    if self.token != Token::VariableEnd {
                        return self.unexpected("`}}`");
                    }
                    statements.push(Statement::Output(expr));
                }
                Piece::BlockBegin => {
                    self.advance()?;
                    if self.token == Token::Name && ends.contains(&self.text(self.span)) {
                        let word = self.span;
                        self.advance()?;
                        return Ok((statements, End { word: Some(word) }));
                    }
                    self.nested(|p| p.statement(ends, &mut statements))?;
                    if self.token != Token::BlockEnd {
                        return self.unexpected("`%}`");
                    }
                }
            }
        }
    }

    fn unclosed<T>(&self) -> Parsed<T> {
        match self.open_tags.last() {
            Some((name, span)) => self.error(
                *span,
                format!("`{{% {name} %}}` is not closed with `{{% end{name} %}}`"),
            ),
            None => self.error(self.span, "the text ends too early"),
        }
    }

    /// Finishes the opening tag and reads its body up to one of the end tags.
    fn block_body(&mut self, ends: &[&str]) -> Parsed<(Vec<Statement>, Span)> {
        // Jinja2 allows Python's colon at the end of a tag.
        self.skip(Token::Colon)?;
        if self.token != Token::BlockEnd {
            return self.unexpected("`%}`");
        }
        let (body, end) = self.body(ends)?;
        Ok((body, end.word.unwrap_or_default()))
    }

    /// Reads a body that has only one end tag.
    fn simple_body(&mut self, end: &str) -> Parsed<Vec<Statement>> {
        self.block_body(&[end]).map(|(body, _)| body)
    }

    fn open<T>(&mut self, name: &'static str, f: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let span = Span::new(self.lexer.tag_start, self.span.end as usize);
        self.open_tags.push((name, span));
        let result = f(self);
        self.open_tags.pop();
        result
    }

    fn statement(&mut self, ends: &[&str], out: &mut Vec<Statement>) -> Parsed<()> {
        if self.token != Token::Name {
            return self.unexpected("the name of a tag");
        }
        let word = self.span;
        let tag = Span {
            start: self.lexer.tag_start as u32,
            end: word.end,
        };
        let statement = match self.text(word) {
            "if" => self.open("if", Self::if_statement)?,
            "for" => self.open("for", Self::for_statement)?,
            "set" => self.open("set", Self::set_statement)?,
            "do" => {
                self.advance()?;
                Statement::Do(self.tuple(&[], true, false)?)
            }
            "with" => self.open("with", Self::with_statement)?,
            "call" => self.open("call", Self::call_statement)?,
            "filter" => self.open("filter", Self::filter_statement)?,
            "print" => {
                self.advance()?;
                let mut first = true;
                while self.token != Token::BlockEnd {
                    if !first {
                        self.expect(Token::Comma, "`,`")?;
                    }
                    first = false;
                    let expr = self.expression()?;
                    out.push(Statement::Output(expr));
                }
                return Ok(());
            }
            "break" | "continue" => {
                if self.loops == 0 {
                    let word = self.text(word);
                    return self.error(tag, format!("`{word}` stands outside of a loop"));
                }
                let is_break = self.text(word) == "break";
                self.advance()?;
                if is_break {
                    Statement::Break
                } else {
                    Statement::Continue
                }
            }
            "macro" => self.open("macro", |p| p.definition("endmacro", "", true))?,
            "test" => self.open("test", |p| p.definition("endtest", "test_", true))?,
            "data_test" => {
                self.open("data_test", |p| p.definition("enddata_test", "test_", true))?
            }
            "snapshot" => self.open("snapshot", |p| p.definition("endsnapshot", "", false))?,
            "docs" => self.open("docs", |p| p.definition("enddocs", "", false))?,
            "materialization" => self.open("materialization", Self::materialization)?,
            "autoescape" => self.open("autoescape", |p| {
                p.advance()?;
                p.expression()?;
                p.simple_body("endautoescape").map(Statement::Scope)
            })?,
            "block" => self.open("block", |p| {
                p.advance()?;
                let name = p.expect(Token::Name, "the block's name")?;
                p.skip_word("scoped")?;
                p.skip_word("required")?;
                let body = p.simple_body("endblock")?;
                let name = p.text(name);
                p.skip_word(name)?;
                Ok(Statement::Scope(body))
            })?,
            "include" | "import" | "extends" | "from" => {
                while !matches!(self.token, Token::BlockEnd | Token::Eof) {
                    self.advance()?;
                }
                Statement::Load(tag)
            }
            other => return self.unknown_tag(other, tag, ends),
        };
        out.push(statement);
        Ok(())
    }

    fn unknown_tag<T>(&self, name: &str, tag: Span, ends: &[&str]) -> Parsed<T> {
        let message = match self.open_tags.last() {
            Some((open, _)) if name.starts_with("end") || name.starts_with("el") => {
                let expected: Vec<String> = ends.iter().map(|e| format!("`{{% {e} %}}`")).collect();
                format!(
                    "found `{{% {name} %}}`, but the innermost open tag is `{{% {open} %}}`, which takes {}",
                    expected.join(" or ")
                )
            }
            _ if name.starts_with("end") || name.starts_with("el") => {
                format!("`{{% {name} %}}` closes nothing that is open")
            }
            _ => format!("`{name}` is not a tag"),
        };
        Err(SyntaxError::new(tag, message))
    }

    /// Reads the opening tag of a definition; its body is taken to be empty.
    pub fn opening_tag(&mut self) -> Parsed<Arc<Definition>> {
        self.lexer.next_piece()?;
        self.advance()?;
        let word = self.text(self.span);
        let header = if word == "materialization" {
            self.materialization_header()?
        } else {
            let prefix = if word == "macro" { "" } else { "test_" };
            self.header(prefix, true)?
        };
        self.skip(Token::Colon)?;
        if self.token != Token::BlockEnd {
            return self.unexpected("`%}`");
        }
        Ok(Arc::new(self.finish_definition(header, Vec::new())))
    }

    fn if_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        let mut branches = Vec::new();
        loop {
            let test = self.tuple(&[], false, false)?;
            let (body, end) = self.block_body(&["elif", "else", "endif"])?;
            branches.push((test, body));
            let otherwise = match self.text(end) {
                "elif" => continue,
                "else" => self.simple_body("endif")?,
                _ => Vec::new(),
            };
            return Ok(Statement::If {
                branches,
                otherwise,
            });
        }
    }

    fn for_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        let target = self.target(false)?;
        if !self.skip_word("in")? {
            return self.unexpected("`in`");
        }
        let iterable = self.nested(|p| p.tuple_until(&[], false, false, "recursive"))?;
        let condition = if self.skip_word("if")? {
            Some(self.expression()?)
        } else {
            None
        };
        let recursive = self.skip_word("recursive")?;
        self.loops += 1;
        let (body, end) = self.block_body(&["endfor", "else"])?;
        self.loops -= 1;
        let otherwise = if self.text(end) == "else" {
            self.simple_body("endfor")?
        } else {
            Vec::new()
        };
        let mut uses_loop = recursive;
        let text = self.lexer.text;
        walk_body(&body, &mut |expr| uses_loop |= is_name(expr, text, "loop"));
        Ok(Statement::For(Box::new(For {
            target,
            iterable,
            condition,
            recursive,
            uses_loop,
            body,
            otherwise,
        })))
    }

    fn set_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        let target = self.target(true)?;
        if self.skip(Token::Assign)? {
            let value = self.tuple(&[], true, false)?;
            return Ok(Statement::Set { target, value });
        }
        let filter = self.filter_chain()?;
        let body = self.simple_body("endset")?;
        Ok(Statement::SetBlock {
            target,
            filter,
            body,
        })
    }

    /// Reads `| name(args) | ...` of a `set` block.
    fn filter_chain(&mut self) -> Parsed<Option<Expr>> {
        if self.token != Token::Pipe {
            return Ok(None);
        }
        let mut node = self.node(self.span, ExprKind::Captured)?;
        while self.skip(Token::Pipe)? {
            node = self.filter(node)?;
        }
        Ok(Some(node))
    }

    fn filter_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        let base = self.node(self.span, ExprKind::Captured)?;
        let mut filter = self.filter(base)?;
        while self.skip(Token::Pipe)? {
            filter = self.filter(filter)?;
        }
        let body = self.simple_body("endfilter")?;
        Ok(Statement::FilterBlock { filter, body })
    }

    fn with_statement(&mut self) -> Parsed<Statement> {
        self.advance()?;
        let mut bindings = Vec::new();
        while !matches!(self.token, Token::BlockEnd | Token::Colon) {
            if !bindings.is_empty() {
                self.expect(Token::Comma, "`,`")?;
            }
            let target = self.target(false)?;
            self.expect(Token::Assign, "`=`")?;
            bindings.push((target, self.expression()?));
        }
        let body = self.simple_body("endwith")?;
        Ok(Statement::With { bindings, body })
    }

    fn call_statement(&mut self) -> Parsed<Statement> {
        let start = Span {
            start: self.lexer.tag_start as u32,
            end: self.span.end,
        };
        self.advance()?;
        let parameters = if self.token == Token::LeftParen {
            self.signature()?
        } else {
            Vec::new()
        };
        let call = self.expression()?;
        if !matches!(call.kind, ExprKind::Call(..)) {
            return self.error(call.span, "`{% call %}` takes a call: `{% call name() %}`");
        }
        let span = start.to(call.span);
        let loops = std::mem::take(&mut self.loops);
        let body = self.simple_body("endcall")?;
        self.loops = loops;
        let header = Header {
            name: "caller".to_owned(),
            span,
            parameters,
            is_materialization: false,
        };
        let mut definition = self.finish_definition(header, body);
        definition.names = self.names_in(&definition);
        Ok(Statement::Call(Box::new(CallBlock {
            call,
            definition: Arc::new(definition),
        })))
    }

    /// Reads a block that has a name, perhaps parameters, and a body.
    fn definition(&mut self, end: &str, prefix: &str, with_parameters: bool) -> Parsed<Statement> {
        let header = self.header(prefix, with_parameters)?;
        self.definition_body(header, end)
    }

    fn materialization(&mut self) -> Parsed<Statement> {
        let header = self.materialization_header()?;
        self.definition_body(header, "endmaterialization")
    }

    fn definition_body(&mut self, header: Header, end: &str) -> Parsed<Statement> {
        let loops = std::mem::take(&mut self.loops);
        let body = self.simple_body(end)?;
        self.loops = loops;
        Ok(Statement::Definition(Arc::new(
            self.finish_definition(header, body),
        )))
    }

    fn header(&mut self, prefix: &str, with_parameters: bool) -> Parsed<Header> {
        let start = Span {
            start: self.lexer.tag_start as u32,
            end: self.span.end,
        };
        self.advance()?;
        let name = self.target_name()?;
        let parameters = if with_parameters {
            self.signature()?
        } else {
            Vec::new()
        };
        Ok(Header {
            name: format!("{prefix}{}", self.text(name)),
            span: Span {
                start: start.start,
                end: self.span.end,
            },
            parameters,
            is_materialization: false,
        })
    }

    fn materialization_header(&mut self) -> Parsed<Header> {
        let start = Span {
            start: self.lexer.tag_start as u32,
            end: self.span.end,
        };
        self.advance()?;
        let name = self.target_name()?;
        let mut adapter = "default".to_owned();
        let mut parameters = Vec::new();
        while self.skip(Token::Comma)? {
            let option =
                self.expect(Token::Name, "`default`, `adapter` or `supported_languages`")?;
            match self.text(option) {
                "default" => {}
                "adapter" => {
                    self.expect(Token::Assign, "`=`")?;
                    let value = self.expression()?;
                    match &value.kind {
                        ExprKind::Const(value) if value.as_str().is_some() => {
                            value.as_str().unwrap_or_default().clone_into(&mut adapter);
                        }
                        _ => {
                            return self.error(value.span, "the adapter's name must be a string");
                        }
                    }
                }
                "supported_languages" => {
                    self.expect(Token::Assign, "`=`")?;
                    let default = Some(self.expression()?);
                    parameters.push(Parameter {
                        name: option,
                        annotation: None,
                        default,
                    });
                }
                other => {
                    return self.error(
                        option,
                        format!(
                            "a materialization takes `default`, `adapter` and `supported_languages`, not `{other}`"
                        ),
                    );
                }
            }
        }
        Ok(Header {
            name: format!("materialization_{}_{adapter}", self.text(name)),
            span: Span {
                start: start.start,
                end: self.span.end,
            },
            parameters,
            is_materialization: true,
        })
    }

    fn signature(&mut self) -> Parsed<Vec<Parameter>> {
        self.expect(Token::LeftParen, "`(`")?;
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut with_default = false;
        while self.token != Token::RightParen {
            if !parameters.is_empty() {
                self.expect(Token::Comma, "`,` or `)`")?;
            }
            let name = self.target_name()?;
            let text = self.text(name).to_owned();
            if parameters.iter().any(|other| self.text(other.name) == text) {
                return self.error(name, format!("there are two parameters `{text}`"));
            }
            let annotation = if self.skip(Token::Colon)? {
                Some(self.type_name()?)
            } else {
                None
            };
            let default = if self.skip(Token::Assign)? {
                Some(self.expression()?)
            } else {
                None
            };
            if default.is_none() && with_default {
                return self.error(name, "a parameter without default follows one with default");
            }
            if text == "caller" && default.is_none() {
                return self.error(
                    name,
                    "a parameter `caller` needs a default: it may be missing",
                );
            }
            with_default |= default.is_some();
            parameters.push(Parameter {
                name,
                annotation,
                default,
            });
        }
        self.advance()?;
        Ok(parameters)
    }

    /// Reads a type annotation, `list[string]`.
    fn type_name(&mut self) -> Parsed<Span> {
        self.nested(|p| {
            let start = p.expect(Token::Name, "the name of a type")?;
            if p.skip(Token::LeftBracket)? {
                let mut first = true;
                while p.token != Token::RightBracket {
                    if !first {
                        p.expect(Token::Comma, "`,` or `]`")?;
                    }
                    first = false;
                    p.type_name()?;
                }
                p.advance()?;
            }
            Ok(Span {
                start: start.start,
                end: p.last_end,
            })
        })
    }

    fn finish_definition(&self, header: Header, body: Vec<Statement>) -> Definition {
        let Header {
            name,
            span,
            parameters,
            is_materialization,
        } = header;
        let text = self.lexer.text;
        let (mut uses_caller, mut uses_varargs, mut uses_kwargs) = (false, false, false);
        let mut look = |expr: &Expr| {
            if matches!(expr.kind, ExprKind::Name) {
                match expr.span.of(text) {
                    "caller" => uses_caller = true,
                    "varargs" => uses_varargs = true,
                    "kwargs" => uses_kwargs = true,
                    _ => {}
                }
            }
        };
        for parameter in &parameters {
            if let Some(default) = &parameter.default {
                walk_expr(default, &mut look);
            }
        }
        walk_body(&body, &mut look);
        Definition {
            name,
            span,
            parameters,
            body,
            uses_caller,
            uses_varargs,
            uses_kwargs,
            is_materialization,
            names: Vec::new(),
        }
    }

    /// Lists the names that are read in a definition, each once. The target of
    /// `{% set namespace.attribute %}` is read as well.
    fn names_in(&self, definition: &Definition) -> Vec<Span> {
        let text = self.lexer.text;
        let mut seen = std::collections::HashSet::new();
        let mut names = Vec::new();
        let mut look = |span: Span| {
            if seen.insert(span.of(text)) {
                names.push(span);
            }
        };
        for parameter in &definition.parameters {
            if let Some(default) = &parameter.default {
                walk_expr(default, &mut |expr| {
                    if matches!(expr.kind, ExprKind::Name) {
                        look(expr.span);
                    }
                });
            }
        }
        walk_body(&definition.body, &mut |expr| {
            if matches!(expr.kind, ExprKind::Name) {
                look(expr.span);
            }
        });
        walk_targets(&definition.body, &mut look);
        names
    }
}

/// Visits the names whose attributes are assigned.
fn walk_targets(body: &[Statement], visit: &mut dyn FnMut(Span)) {
    for statement in body {
        match statement {
            Statement::Set { target, .. } => walk_target(target, visit),
            Statement::SetBlock { target, body, .. } => {
                walk_target(target, visit);
                walk_targets(body, visit);
            }
            Statement::If {
                branches,
                otherwise,
            } => {
                for (_, body) in branches {
                    walk_targets(body, visit);
                }
                walk_targets(otherwise, visit);
            }
            Statement::For(for_) => {
                walk_targets(&for_.body, visit);
                walk_targets(&for_.otherwise, visit);
            }
            Statement::With { body, .. }
            | Statement::FilterBlock { body, .. }
            | Statement::Scope(body) => walk_targets(body, visit),
            Statement::Call(call) => walk_targets(&call.definition.body, visit),
            _ => {}
        }
    }
}

fn walk_target(target: &Target, visit: &mut dyn FnMut(Span)) {
    match target {
        Target::Name(_) => {}
        Target::Attribute { base, .. } => visit(*base),
        Target::Tuple(items, _) => {
            for item in items {
                walk_target(item, visit);
            }
        }
    }
}

fn is_name(expr: &Expr, text: &str, name: &str) -> bool {
    matches!(expr.kind, ExprKind::Name) && expr.span.of(text) == name
}
