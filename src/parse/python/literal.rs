//! Reads Python literals from tokens.

use std::ops::Range;

use serde_json::{Map, Number, Value};

use super::PythonError;
use super::tokens::{Token, TokenKind};

/// Reads literals from a place in a list of tokens on.
pub(super) struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    /// The place of the parenthesis that the list of arguments begins with.
    open: Range<usize>,
}

/// Values nested deeper than this are not meant to be read by people.
const MAX_DEPTH: usize = 64;

impl<'t> Reader<'t> {
    /// Makes a reader that stands behind an opening parenthesis.
    pub(super) fn new(tokens: &'t [Token], at: usize) -> Self {
        Self {
            tokens,
            at,
            open: tokens[at - 1].range.clone(),
        }
    }

    /// Returns the index of the next token.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Reads arguments up to the closing parenthesis.
    pub(super) fn arguments(&mut self) -> Result<(Vec<Value>, Map<String, Value>), PythonError> {
        let mut args = Vec::new();
        let mut kwargs = Map::new();
        while !self.eat(')') {
            match (&self.peek()?.kind, self.tokens.get(self.at + 1)) {
                (TokenKind::Name(name), Some(next)) if next.is_op('=') => {
                    let name = name.clone();
                    self.at += 2;
                    let value = self.value(0)?;
                    kwargs.insert(name, value);
                }
                _ => args.push(self.value(0)?),
            }
            if !self.eat(',') && !self.peek()?.is_op(')') {
                return Err(self.not_literal());
            }
        }
        Ok((args, kwargs))
    }

    fn peek(&self) -> Result<&'t Token, PythonError> {
        self.tokens
            .get(self.at)
            .ok_or_else(|| PythonError::new("this parenthesis is not closed", self.open.clone()))
    }

    fn eat(&mut self, op: char) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|t| t.is_op(op));
        self.at += usize::from(found);
        found
    }

    fn not_literal(&self) -> PythonError {
        let range = self
            .tokens
            .get(self.at)
            .map_or_else(|| self.open.clone(), |t| t.range.clone());
        PythonError::new("arguments of dbt's functions must be literals", range)
    }

    fn value(&mut self, depth: usize) -> Result<Value, PythonError> {
        if depth > MAX_DEPTH {
            return Err(self.not_literal());
        }
        let token = self.peek()?;
        match &token.kind {
            TokenKind::Text(_) => Ok(self.text()),
            TokenKind::Number(digits) => {
                let number = number(digits, false).ok_or_else(|| self.not_literal())?;
                self.at += 1;
                Ok(number)
            }
            TokenKind::Op('-') => {
                self.at += 1;
                let TokenKind::Number(digits) = &self.peek()?.kind else {
                    return Err(self.not_literal());
                };
                let number = number(digits, true).ok_or_else(|| self.not_literal())?;
                self.at += 1;
                Ok(number)
            }
            TokenKind::Name(name) => {
                let value = match name.as_str() {
                    "True" => Value::Bool(true),
                    "False" => Value::Bool(false),
                    "None" => Value::Null,
                    _ => return Err(self.not_literal()),
                };
                self.at += 1;
                Ok(value)
            }
            TokenKind::Op('[') => {
                self.at += 1;
                self.items(']', depth)
            }
            TokenKind::Op('(') => {
                self.at += 1;
                self.parenthesis(depth)
            }
            TokenKind::Op('{') => {
                self.at += 1;
                self.braces(depth)
            }
            TokenKind::Opaque | TokenKind::Op(_) => Err(self.not_literal()),
        }
    }

    /// Reads texts that stand side by side, which are one text.
    fn text(&mut self) -> Value {
        let mut out = String::new();
        while let Some(TokenKind::Text(part)) = self.tokens.get(self.at).map(|t| &t.kind) {
            out.push_str(part);
            self.at += 1;
        }
        Value::String(out)
    }

    fn items(&mut self, close: char, depth: usize) -> Result<Value, PythonError> {
        let mut items = Vec::new();
        while !self.eat(close) {
            items.push(self.value(depth + 1)?);
            if !self.eat(',') && !self.peek()?.is_op(close) {
                return Err(self.not_literal());
            }
        }
        Ok(Value::Array(items))
    }

    /// Reads a tuple, or a value in parentheses.
    fn parenthesis(&mut self, depth: usize) -> Result<Value, PythonError> {
        let from = self.at;
        let items = self.items(')', depth)?;
        let Value::Array(mut list) = items else {
            return Ok(items);
        };
        let has_comma = self.tokens[from..self.at]
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|t| t.is_op(','));
        if list.len() == 1 && !has_comma {
            return Ok(list.remove(0));
        }
        Ok(Value::Array(list))
    }

    /// Reads a dict or a set.
    fn braces(&mut self, depth: usize) -> Result<Value, PythonError> {
        let mut map = Map::new();
        let mut set = Vec::new();
        while !self.eat('}') {
            let key = self.value(depth + 1)?;
            if self.eat(':') {
                let value = self.value(depth + 1)?;
                let key = match key {
                    Value::String(text) => text,
                    other => super::super::python_text::py_str(&other),
                };
                map.insert(key, value);
            } else {
                set.push(key);
            }
            if !self.eat(',') && !self.peek()?.is_op('}') {
                return Err(self.not_literal());
            }
        }
        Ok(if set.is_empty() {
            Value::Object(map)
        } else {
            Value::Array(set)
        })
    }
}

fn number(digits: &str, is_negative: bool) -> Option<Value> {
    let lower = digits.to_ascii_lowercase();
    let radix = match lower.get(..2) {
        Some("0x") => Some(16),
        Some("0o") => Some(8),
        Some("0b") => Some(2),
        _ => None,
    };
    let integer = match radix {
        Some(radix) => i64::from_str_radix(&lower[2..], radix).ok(),
        None => lower.parse::<i64>().ok(),
    };
    if let Some(integer) = integer {
        return Some(Value::from(if is_negative { -integer } else { integer }));
    }
    let float: f64 = lower.parse().ok()?;
    let float = if is_negative { -float } else { float };
    Number::from_f64(float).map(Value::Number)
}
