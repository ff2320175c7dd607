//! Cuts Python text into tokens: names, literals and single characters.

use std::ops::Range;

use super::PythonError;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    Name(String),
    Number(String),
    /// A text without replacement fields.
    Text(String),
    /// What is no value dbt can read: bytes, and an f-string, whose fields'
    /// tokens follow.
    Opaque,
    Op(char),
}

impl Token {
    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(&self.kind, TokenKind::Name(n) if n == name)
    }

    pub(super) fn is_op(&self, op: char) -> bool {
        self.kind == TokenKind::Op(op)
    }
}

/// Cuts a text into tokens; comments and white space are dropped.
pub(super) fn tokenize(text: &str) -> Result<Vec<Token>, PythonError> {
    let mut lexer = Lexer {
        text,
        at: 0,
        tokens: Vec::new(),
    };
    lexer.run(text.len())?;
    Ok(lexer.tokens)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self, end: usize) -> Result<(), PythonError> {
        while self.at < end {
            let Some(c) = self.text[self.at..].chars().next() else {
                break;
            };
            let start = self.at;
            if c.is_whitespace() || c == '\\' {
                self.at += c.len_utf8();
            } else if c == '#' {
                self.at = self.line_end(start);
            } else if c == '"' || c == '\'' {
                self.string(start, "")?;
            } else if c == '_' || c.is_alphabetic() {
                self.name()?;
            } else if c.is_ascii_digit() || (c == '.' && self.digit_follows()) {
                self.number();
            } else {
                self.at += c.len_utf8();
                self.push(TokenKind::Op(c), start);
            }
        }
        Ok(())
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.tokens.push(Token {
            kind,
            range: start..self.at,
        });
    }

    fn line_end(&self, from: usize) -> usize {
        self.text[from..]
            .find('\n')
            .map_or(self.text.len(), |i| from + i)
    }

    fn digit_follows(&self) -> bool {
        self.text
            .as_bytes()
            .get(self.at + 1)
            .is_some_and(u8::is_ascii_digit)
    }

    fn name(&mut self) -> Result<(), PythonError> {
        let start = self.at;
        let length = self.text[start..]
            .find(|c: char| c != '_' && !c.is_alphanumeric())
            .unwrap_or(self.text.len() - start);
        let name = &self.text[start..start + length];
        self.at += length;
        let is_prefix = name.len() <= 2 && name.bytes().all(|b| b"rRbBuUfF".contains(&b));
        if is_prefix && self.text[self.at..].starts_with(['"', '\'']) {
            return self.string(start, name);
        }
        self.push(TokenKind::Name(name.to_owned()), start);
        Ok(())
    }

    fn number(&mut self) {
        let start = self.at;
        let bytes = self.text.as_bytes();
        while let Some(&b) = bytes.get(self.at) {
            let is_exponent_sign = (b == b'+' || b == b'-')
                && matches!(bytes[self.at - 1], b'e' | b'E')
                && !self.text[start..].starts_with("0x");
            if !(b.is_ascii_alphanumeric() || b == b'_' || b == b'.' || is_exponent_sign) {
                break;
            }
            self.at += 1;
        }
        let digits = self.text[start..self.at].replace('_', "");
        self.push(TokenKind::Number(digits), start);
    }

    /// Reads a text whose quote is at the current place.
    fn string(&mut self, start: usize, prefix: &str) -> Result<(), PythonError> {
        let has = |letter: u8| prefix.bytes().any(|b| b.eq_ignore_ascii_case(&letter));
        let quote = &self.text[self.at..=self.at];
        let triple = quote.repeat(3);
        let is_triple = self.text[self.at..].starts_with(&triple);
        let delimiter = if is_triple { triple.as_str() } else { quote };
        let body = self.at + delimiter.len();
        let end = self.string_end(body, delimiter, start)?;
        if has(b'f') {
            self.at = body;
            self.push(TokenKind::Opaque, start);
            self.fields(end)?;
            self.at = end + delimiter.len();
            return Ok(());
        }
        let kind = if has(b'b') {
            TokenKind::Opaque
        } else if has(b'r') {
            TokenKind::Text(self.text[body..end].to_owned())
        } else {
            TokenKind::Text(unescape(&self.text[body..end]))
        };
        self.at = end + delimiter.len();
        self.push(kind, start);
        Ok(())
    }

    fn string_end(&self, body: usize, delimiter: &str, start: usize) -> Result<usize, PythonError> {
        let bytes = self.text.as_bytes();
        let mut at = body;
        while at < bytes.len() {
            if bytes[at] == b'\\' {
                at += 2;
                continue;
            }
            if bytes[at..].starts_with(delimiter.as_bytes()) {
                return Ok(at);
            }
            if bytes[at] == b'\n' && delimiter.len() == 1 {
                break;
            }
            at += 1;
        }
        let end = self.line_end(start);
        Err(PythonError::new("this text has no end", start..end))
    }

    /// Reads the replacement fields of an f-string up to its end.
    fn fields(&mut self, end: usize) -> Result<(), PythonError> {
        let bytes = self.text.as_bytes();
        while self.at < end {
            if bytes[self.at] != b'{' {
                self.at += 1;
                continue;
            }
            if bytes.get(self.at + 1) == Some(&b'{') {
                self.at += 2;
                continue;
            }
            self.at += 1;
            let mut depth = 1_usize;
            let mut close = self.at;
            while close < end && depth > 0 {
                match bytes[close] {
                    b'{' => depth += 1,
                    b'}' => depth -= 1,
                    _ => {}
                }
                close += 1;
            }
            let field_end = if depth == 0 { close - 1 } else { end };
            self.run(field_end)?;
            self.at = close;
        }
        Ok(())
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        rest = &rest[c.len_utf8()..];
        let simple = match c {
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'v' => Some('\u{b}'),
            '\\' | '\'' | '"' => Some(c),
            _ => None,
        };
        if let Some(simple) = simple {
            out.push(simple);
            continue;
        }
        let digits = match c {
            '\n' => continue,
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let code = rest
            .get(..digits)
            .filter(|_| digits > 0)
            .and_then(|d| u32::from_str_radix(d, 16).ok())
            .and_then(char::from_u32);
        if let Some(code) = code {
            out.push(code);
            rest = &rest[digits..];
        } else {
            out.push('\\');
            out.push(c);
        }
    }
    out.push_str(rest);
    out
}
