//! Small changes to SQL texts that need no understanding of them: putting
//! ephemeral models in front, and dropping a semicolon at the end.
//!
//! What is a comment, a string or a name is told apart as the engine does it.
//! Everything else is left alone.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

/// Puts CTEs in front of a query, each given as ` name as (\n...\n)`.
///
/// The result is dbt's, white space included: ` name as (...)` parts joined
/// by `, ` after a `with` of their own or after the query's.
pub fn inject_ctes<S: AsRef<str>>(sql: &str, ctes: &[S]) -> String {
    let Some((first, rest)) = ctes.split_first() else {
        return sql.to_owned();
    };
    let place = with_clause(sql);
    let length: usize = ctes.iter().map(|c| c.as_ref().len() + 2).sum();
    let mut out = String::with_capacity(sql.len() + length + 8);
    let at = match place {
        Some(at) => {
            let rest = &sql[at..];
            let at = at + rest.len() - rest.trim_start().len();
            out.push_str(&sql[..at]);
            at
        }
        None => {
            let at = sql.len() - sql.trim_start().len();
            out.push_str(&sql[..at]);
            out.push_str("with");
            at
        }
    };
    out.push_str(first.as_ref());
    for cte in rest {
        out.push_str(", ");
        out.push_str(cte.as_ref());
    }
    out.push_str(if place.is_some() { ", " } else { " " });
    out.push_str(&sql[at..]);
    out
}

/// Drops semicolons that end a query, which could not be put into
/// `create table as (...)`. Returns None when there are none.
///
/// Comments behind them stay.
pub fn without_final_semicolon(sql: &str) -> Option<Cow<'_, str>> {
    if !sql.contains(';') {
        return None;
    }
    let mut semicolons: Vec<usize> = Vec::new();
    let mut any_word = false;
    for token in tokens(sql) {
        if &sql[token.clone()] == ";" {
            semicolons.push(token.start);
        } else {
            semicolons.clear();
            any_word = true;
        }
    }
    let (first, last) = (*semicolons.first()?, *semicolons.last()?);
    if !any_word {
        return None;
    }
    if sql[last + 1..].trim().is_empty() && last - first + 1 == semicolons.len() {
        return Some(Cow::Borrowed(sql[..first].trim_end()));
    }
    let mut out = String::with_capacity(sql.len());
    let mut from = 0;
    for at in semicolons {
        out.push_str(&sql[from..at]);
        from = at + 1;
    }
    out.push_str(&sql[from..]);
    Some(Cow::Owned(out))
}

/// Tells whether a text holds nothing that the engine would run.
pub fn is_blank(sql: &str) -> bool {
    tokens(sql).next().is_none()
}

/// Returns the place behind a query's own `with` or `with recursive`.
///
/// `with` is other things too: `with time zone`, `with ties`,
/// `unnest(x) with ordinality`. What begins a list of CTEs is followed by a
/// name, perhaps columns, and `as (`.
fn with_clause(sql: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut tokens = tokens(sql).peekable();
    while let Some(token) = tokens.next() {
        match &sql[token.clone()] {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            word if depth == 0 && word.eq_ignore_ascii_case("with") => {
                let mut end = token.end;
                let mut ahead = tokens.clone();
                if let Some(next) = tokens.peek()
                    && sql[next.clone()].eq_ignore_ascii_case("recursive")
                {
                    end = next.end;
                    ahead.next();
                }
                if begins_cte(sql, ahead) {
                    return Some(end);
                }
            }
            _ => {}
        }
    }
    None
}

fn begins_cte(sql: &str, mut ahead: impl Iterator<Item = Range<usize>>) -> bool {
    let mut next = || ahead.next().map(|range| &sql[range]);
    let is = |word: Option<&str>, text: &str| word.is_some_and(|w| w.eq_ignore_ascii_case(text));
    let Some(name) = next() else { return false };
    if !name.starts_with(|c: char| c == '"' || c == '_' || c.is_alphanumeric()) {
        return false;
    }
    let mut word = next();
    // A list of columns, or `using key (...)`.
    while !is(word, "as") {
        match word {
            Some("(") => {
                let mut depth = 1;
                while depth > 0 {
                    match next() {
                        Some("(") => depth += 1,
                        Some(")") => depth -= 1,
                        Some(_) => {}
                        None => return false,
                    }
                }
            }
            Some(text)
                if text.eq_ignore_ascii_case("using") || text.eq_ignore_ascii_case("key") => {}
            _ => return false,
        }
        word = next();
    }
    word = next();
    if is(word, "not") {
        word = next();
    }
    if is(word, "materialized") {
        word = next();
    }
    word == Some("(")
}

/// Returns the words, names, strings and signs of a SQL text, without white
/// space and comments. Strings and quoted names are one token each.
pub fn tokens(sql: &str) -> Tokens<'_> {
    Tokens { sql, at: 0 }
}

#[derive(Clone)]
pub struct Tokens<'a> {
    sql: &'a str,
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let bytes = self.sql.as_bytes();
        loop {
            let start = self.at;
            let first = *bytes.get(start)?;
            let second = bytes.get(start + 1).copied();
            match first {
                _ if first.is_ascii_whitespace() => self.at += 1,
                b'-' if second == Some(b'-') => {
                    self.at = find(bytes, start, b'\n').unwrap_or(bytes.len());
                }
                b'/' if second == Some(b'*') => self.at = block_comment(bytes, start),
                b'\'' => {
                    let escapes = start > 0
                        && matches!(bytes[start - 1], b'e' | b'E')
                        && (start < 2 || !is_word(bytes[start - 2]));
                    self.at = quoted(bytes, start, b'\'', escapes);
                    return Some(start..self.at);
                }
                b'"' => {
                    self.at = quoted(bytes, start, b'"', false);
                    return Some(start..self.at);
                }
                b'$' if dollar_tag(bytes, start).is_some() => {
                    let tag = dollar_tag(bytes, start).expect("just seen");
                    let opening = &self.sql[tag.clone()];
                    let close = self.sql[tag.end..].find(opening);
                    self.at = close.map_or(bytes.len(), |i| tag.end + i + opening.len());
                    return Some(start..self.at);
                }
                _ if is_word(first) => {
                    self.at += 1;
                    while bytes.get(self.at).is_some_and(|b| is_word(*b)) {
                        self.at += 1;
                    }
                    return Some(start..self.at);
                }
                _ => {
                    self.at += 1;
                    return Some(start..self.at);
                }
            }
        }
    }
}

/// Tells whether a byte is part of a word. Bytes above ASCII are letters here.
fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric() || byte >= 0x80
}

fn find(bytes: &[u8], from: usize, byte: u8) -> Option<usize> {
    bytes[from..]
        .iter()
        .position(|b| *b == byte)
        .map(|i| from + i)
}

/// Returns the end of a block comment; they nest.
fn block_comment(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

fn quoted(bytes: &[u8], start: usize, quote: u8, escapes: bool) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        if escapes && *byte == b'\\' {
            at += 2;
        } else if *byte == quote {
            if bytes.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                return at + 1;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// Returns the range of `$tag$` when a dollar-quoted string begins here.
fn dollar_tag(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let mut at = start + 1;
    if bytes.get(at).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    while bytes.get(at).is_some_and(|b| is_word(*b)) {
        at += 1;
    }
    (bytes.get(at) == Some(&b'$')).then(|| start..at + 1)
}
