//! Splits a template's text into tokens, as Jinja2 does with dbt's settings.

use super::parser::SyntaxError;
use super::tree::{Data, Span};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Name,
    String,
    Integer,
    Float,
    Add,
    Sub,
    Mul,
    Pow,
    Div,
    FloorDiv,
    Mod,
    Tilde,
    LeftBracket,
    RightBracket,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Assign,
    Dot,
    Colon,
    Pipe,
    Comma,
    Semicolon,
    VariableEnd,
    BlockEnd,
    Eof,
}

/// What the text turns into next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    Data,
    VariableBegin,
    BlockBegin,
    Eof,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Variable,
    Block,
}

pub struct Lexer<'a> {
    pub text: &'a str,
    pos: usize,
    end: usize,
    mode: Mode,
    /// Closing brackets that are still to come.
    open: Vec<u8>,
    /// Where the tag or output began.
    pub tag_start: usize,
}

/// Tells whether Python's `str.isspace()` holds.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

impl<'a> Lexer<'a> {
    /// Reads the bytes from `start` to `end` of a text.
    pub fn new(text: &'a str, start: usize, end: usize) -> Self {
        Self {
            text,
            pos: start,
            end,
            mode: Mode::Block,
            open: Vec::new(),
            tag_start: start,
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.pos..self.end]
    }

    fn bytes(&self) -> &'a [u8] {
        self.rest().as_bytes()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start_matches(is_space).len();
    }

    fn error(&self, at: usize, message: impl Into<String>) -> SyntaxError {
        let end = self.text[at..self.end]
            .chars()
            .next()
            .map_or(at, |c| at + c.len_utf8());
        SyntaxError::new(Span::new(at, end), message)
    }

    /// Reads text up to the next tag. Comments and raw blocks are handled here;
    /// a piece of text may be empty, and text may come in several pieces.
    pub fn next_piece(&mut self) -> Result<(Piece, Option<Data>), SyntaxError> {
        let start = self.pos;
        let mut search = self.pos;
        let (at, kind) = loop {
            match self.text[search..self.end].find('{') {
                None => {
                    self.pos = self.end;
                    return Ok(if start == self.end {
                        (Piece::Eof, None)
                    } else {
                        (Piece::Data, self.data(start, self.end))
                    });
                }
                Some(offset) => {
                    let at = search + offset;
                    match self.text.as_bytes()[..self.end].get(at + 1) {
                        Some(&kind @ (b'{' | b'%' | b'#')) => break (at, kind),
                        _ => search = at + 1,
                    }
                }
            }
        };
        self.tag_start = at;
        let raw = if kind == b'%' {
            self.raw_begin(at)
        } else {
            None
        };
        self.pos = at + 2;
        let sign = self
            .bytes()
            .first()
            .copied()
            .filter(|b| matches!(b, b'-' | b'+'));
        if sign.is_some() {
            self.pos += 1;
        }
        let text_end = if sign == Some(b'-') {
            start + self.text[start..at].trim_end_matches(is_space).len()
        } else {
            at
        };
        let data = self.data(start, text_end);
        if let Some(raw_start) = raw {
            let (raw_data, next) = self.raw_body(at, raw_start)?;
            self.pos = next;
            // The text before and inside the block are two pieces; they are put
            // together here, so that one call gives one piece.
            return Ok((Piece::Data, join(self.text, data, raw_data)));
        }
        match kind {
            b'#' => {
                let body = self.pos;
                let close = self.text[body..self.end]
                    .find("#}")
                    .map(|offset| body + offset)
                    .ok_or_else(|| self.error(at, "the comment is not closed with `#}`"))?;
                self.pos = close + 2;
                if close > body && self.text.as_bytes()[close - 1] == b'-' {
                    self.skip_space();
                }
                Ok((Piece::Data, data))
            }
            b'{' => {
                self.mode = Mode::Variable;
                self.open.clear();
                Ok((Piece::VariableBegin, data))
            }
            _ => {
                self.mode = Mode::Block;
                self.open.clear();
                Ok((Piece::BlockBegin, data))
            }
        }
    }

    fn data(&self, start: usize, end: usize) -> Option<Data> {
        let text = &self.text[start..end];
        if text.is_empty() {
            None
        } else if text.contains('\r') {
            let spans = Box::new([Span::new(start, end)]);
            Some(Data::Normalised(normalise_newlines(text).into(), spans))
        } else {
            Some(Data::Verbatim(Span::new(start, end)))
        }
    }

    /// Returns where the body of a raw block starts when the tag at `at` opens
    /// one.
    fn raw_begin(&self, at: usize) -> Option<usize> {
        self.simple_tag(at, "raw")
    }

    /// Matches `{%- word -%}` and returns the position after it, with the
    /// whitespace that a `-` takes away.
    fn simple_tag(&self, at: usize, word: &str) -> Option<usize> {
        let rest = self.text[at..self.end].strip_prefix("{%")?;
        let rest = rest
            .strip_prefix(['-', '+'])
            .unwrap_or(rest)
            .trim_start_matches(is_space);
        let rest = rest.strip_prefix(word)?.trim_start_matches(is_space);
        let rest = if let Some(rest) = rest.strip_prefix("-%}") {
            rest.trim_start_matches(is_space)
        } else if let Some(rest) = rest.strip_prefix("+%}").filter(|_| word == "endraw") {
            rest
        } else {
            rest.strip_prefix("%}")?
        };
        Some(self.end - rest.len())
    }

    /// Finds the end of a raw block; gives its text and the position after it.
    fn raw_body(&self, at: usize, start: usize) -> Result<(Option<Data>, usize), SyntaxError> {
        let mut search = start;
        while let Some(offset) = self.text[search..self.end].find("{%") {
            let tag = search + offset;
            if let Some(next) = self.simple_tag(tag, "endraw") {
                let inner = &self.text[start..tag];
                let inner = if self.text.as_bytes()[tag + 2] == b'-' {
                    inner.trim_end_matches(is_space)
                } else {
                    inner
                };
                return Ok((self.data(start, start + inner.len()), next));
            }
            search = tag + 2;
        }
        Err(self.error(at, "the raw block is not closed with `{% endraw %}`"))
    }

    /// Reads the next token of a tag.
    pub fn next_token(&mut self) -> Result<(Token, Span), SyntaxError> {
        loop {
            let start = self.pos;
            let bytes = self.bytes();
            let Some(&first) = bytes.first() else {
                return Ok((Token::Eof, Span::new(start, start)));
            };
            if self.open.is_empty() && self.at_end(bytes) {
                let token = match self.mode {
                    Mode::Variable => Token::VariableEnd,
                    Mode::Block => Token::BlockEnd,
                };
                return Ok((token, Span::new(start, self.pos)));
            }
            if first == b' ' || first == b'\n' {
                self.pos += 1;
                continue;
            }
            let token = match first {
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                    self.pos += 1;
                    self.name();
                    Token::Name
                }
                b'0'..=b'9' => self.number(start)?,
                b'\'' | b'"' => {
                    self.string(first)?;
                    Token::String
                }
                _ if first.is_ascii() && !first.is_ascii_whitespace() && first > 0x20 => {
                    self.operator(bytes)?
                }
                _ => {
                    let c = self.rest().chars().next().unwrap_or_default();
                    if is_space(c) {
                        self.skip_space();
                        continue;
                    }
                    if !c.is_alphanumeric() {
                        return Err(
                            self.error(start, format!("the character {c:?} is not allowed here"))
                        );
                    }
                    self.name();
                    Token::Name
                }
            };
            return Ok((token, Span::new(start, self.pos)));
        }
    }

    /// Takes the end of the tag when it is here.
    fn at_end(&mut self, bytes: &[u8]) -> bool {
        let close: &[u8] = match self.mode {
            Mode::Variable => b"}}",
            Mode::Block => b"%}",
        };
        if bytes.starts_with(close) {
            self.pos += 2;
            return true;
        }
        if bytes[0] == b'-' && bytes[1..].starts_with(close) {
            self.pos += 3;
            self.skip_space();
            return true;
        }
        if self.mode == Mode::Block && bytes[0] == b'+' && bytes[1..].starts_with(close) {
            self.pos += 3;
            return true;
        }
        false
    }

    fn name(&mut self) {
        let rest = self.rest();
        let ascii = rest
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
            .count();
        self.pos += ascii;
        let rest = &rest[ascii..];
        if rest.as_bytes().first().is_some_and(|b| !b.is_ascii()) {
            let len = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            self.pos += len;
        }
    }

    fn number(&mut self, start: usize) -> Result<Token, SyntaxError> {
        let bytes = self.bytes();
        let after_dot = start > 0 && self.text.as_bytes()[start - 1] == b'.';
        if !after_dot && let Some(len) = float_len(bytes) {
            self.pos += len;
            return Ok(Token::Float);
        }
        let len = integer_len(bytes);
        if len == 0 {
            return Err(self.error(start, "the number is not well formed"));
        }
        self.pos += len;
        Ok(Token::Integer)
    }

    fn string(&mut self, quote: u8) -> Result<(), SyntaxError> {
        let bytes = self.bytes();
        let mut i = 1;
        loop {
            match bytes.get(i) {
                None => return Err(self.error(self.pos, "the string is not closed")),
                Some(b'\\') => i += 2,
                Some(b) if *b == quote => break,
                Some(_) => i += 1,
            }
        }
        self.pos += i + 1;
        Ok(())
    }

    fn operator(&mut self, bytes: &[u8]) -> Result<Token, SyntaxError> {
        let second = bytes.get(1).copied().unwrap_or(0);
        let (token, len) = match (bytes[0], second) {
            (b'*', b'*') => (Token::Pow, 2),
            (b'/', b'/') => (Token::FloorDiv, 2),
            (b'=', b'=') => (Token::Eq, 2),
            (b'!', b'=') => (Token::Ne, 2),
            (b'>', b'=') => (Token::Ge, 2),
            (b'<', b'=') => (Token::Le, 2),
            (b'+', _) => (Token::Add, 1),
            (b'-', _) => (Token::Sub, 1),
            (b'*', _) => (Token::Mul, 1),
            (b'/', _) => (Token::Div, 1),
            (b'%', _) => (Token::Mod, 1),
            (b'~', _) => (Token::Tilde, 1),
            (b'[', _) => (Token::LeftBracket, 1),
            (b']', _) => (Token::RightBracket, 1),
            (b'(', _) => (Token::LeftParen, 1),
            (b')', _) => (Token::RightParen, 1),
            (b'{', _) => (Token::LeftBrace, 1),
            (b'}', _) => (Token::RightBrace, 1),
            (b'>', _) => (Token::Gt, 1),
            (b'<', _) => (Token::Lt, 1),
            (b'=', _) => (Token::Assign, 1),
            (b'.', _) => (Token::Dot, 1),
            (b':', _) => (Token::Colon, 1),
            (b'|', _) => (Token::Pipe, 1),
            (b',', _) => (Token::Comma, 1),
            (b';', _) => (Token::Semicolon, 1),
            (other, _) => {
                let other = char::from(other);
                return Err(self.error(
                    self.pos,
                    format!("the character `{other}` is not allowed here"),
                ));
            }
        };
        match token {
            Token::LeftBrace => self.open.push(b'}'),
            Token::LeftParen => self.open.push(b')'),
            Token::LeftBracket => self.open.push(b']'),
            Token::RightBrace | Token::RightParen | Token::RightBracket => {
                let found = bytes[0];
                match self.open.pop() {
                    Some(expected) if expected == found => {}
                    Some(expected) => {
                        let (found, expected) = (char::from(found), char::from(expected));
                        return Err(self.error(
                            self.pos,
                            format!("found `{found}` where `{expected}` closes the bracket"),
                        ));
                    }
                    None => {
                        let found = char::from(found);
                        return Err(
                            self.error(self.pos, format!("`{found}` closes nothing that is open"))
                        );
                    }
                }
            }
            _ => {}
        }
        self.pos += len;
        Ok(token)
    }

    /// Tells whether the next thing after the current token is a single `=`.
    pub fn assign_follows(&self) -> bool {
        let rest = self.rest().trim_start_matches(is_space).as_bytes();
        rest.first() == Some(&b'=') && rest.get(1) != Some(&b'=')
    }

    /// Tells whether the next token is this word.
    pub fn word_follows(&self, word: &str) -> bool {
        self.rest()
            .trim_start_matches(is_space)
            .strip_prefix(word)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    }
}

fn join(text: &str, first: Option<Data>, second: Option<Data>) -> Option<Data> {
    match (first, second) {
        (None, other) | (other, None) => other,
        (Some(first), Some(second)) => Some(Data::Normalised(
            [first.of(text), second.of(text)].concat().into(),
            [first.spans(), second.spans()].concat().into(),
        )),
    }
}

/// Makes every line end `\n`.
pub fn normalise_newlines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The length of digits with single underscores between them.
fn digits_len(bytes: &[u8]) -> usize {
    let mut len = 0;
    loop {
        match bytes.get(len) {
            Some(b) if b.is_ascii_digit() => len += 1,
            Some(b'_')
                if len > 0
                    && bytes[len - 1] != b'_'
                    && bytes.get(len + 1).is_some_and(u8::is_ascii_digit) =>
            {
                len += 1;
            }
            _ => return len,
        }
    }
}

fn float_len(bytes: &[u8]) -> Option<usize> {
    let mut len = digits_len(bytes);
    let mut is_float = false;
    if bytes.get(len) == Some(&b'.') {
        let fraction = digits_len(&bytes[len + 1..]);
        if fraction > 0 {
            len += 1 + fraction;
            is_float = true;
        }
    }
    if matches!(bytes.get(len), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
        let exponent = digits_len(&bytes[(len + 1 + sign).min(bytes.len())..]);
        if exponent > 0 {
            len += 1 + sign + exponent;
            is_float = true;
        }
    }
    is_float.then_some(len)
}

fn integer_len(bytes: &[u8]) -> usize {
    let radix_len = |is_digit: fn(&u8) -> bool| {
        let mut len = 2;
        loop {
            match (bytes.get(len), bytes.get(len + 1)) {
                (Some(b), _) if is_digit(b) => len += 1,
                (Some(b'_'), Some(b)) if is_digit(b) => len += 2,
                _ => return if len > 2 { len } else { 1 },
            }
        }
    };
    match (bytes[0], bytes.get(1)) {
        (b'0', Some(b'x' | b'X')) => radix_len(u8::is_ascii_hexdigit),
        (b'0', Some(b'o' | b'O')) => radix_len(|b| (b'0'..=b'7').contains(b)),
        (b'0', Some(b'b' | b'B')) => radix_len(|b| matches!(b, b'0' | b'1')),
        (b'0', _) => {
            let mut len = 1;
            loop {
                match (bytes.get(len), bytes.get(len + 1)) {
                    (Some(b'0'), _) => len += 1,
                    (Some(b'_'), Some(b'0')) => len += 2,
                    _ => return len,
                }
            }
        }
        _ => digits_len(bytes),
    }
}
