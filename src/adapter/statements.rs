//! Tells the statements of a SQL text apart, as far as that is possible
//! without a parser: by quotes, comments and semicolons.

use std::ops::Range;

/// Returns the byte range of each statement, without the semicolons, leaving
/// out what has only blanks and comments in it.
pub fn split(sql: &str) -> Vec<Range<usize>> {
    let bytes = sql.as_bytes();
    let mut statements = Vec::new();
    // The first byte that is neither blank nor comment, and the end of the
    // last such.
    let mut start: Option<usize> = None;
    let mut end = 0;
    let mut i = 0;
    while i < bytes.len() {
        let next = match bytes[i] {
            b';' => {
                if let Some(start) = start.take() {
                    statements.push(start..end);
                }
                i += 1;
                continue;
            }
            b if b.is_ascii_whitespace() => {
                i += 1;
                continue;
            }
            b'-' if bytes.get(i + 1) == Some(&b'-') => {
                i = after_line(bytes, i);
                continue;
            }
            b'/' if bytes.get(i + 1) == Some(&b'*') => {
                i = after_block_comment(bytes, i);
                continue;
            }
            b'\'' => {
                let escapes = i > 0
                    && matches!(bytes[i - 1], b'e' | b'E')
                    && (i < 2 || !is_name(bytes[i - 2]));
                after_quote(bytes, i, escapes)
            }
            b'"' => after_quote(bytes, i, false),
            b'$' if i == 0 || !is_name(bytes[i - 1]) => after_dollar_quote(bytes, i),
            _ => i + 1,
        };
        start.get_or_insert(i);
        i = next;
        end = i;
    }
    if let Some(start) = start {
        statements.push(start..end);
    }
    statements
}

/// Tells what a statement does to the transaction it runs in: opens it,
/// ends it, or nothing.
pub fn transaction_word(statement: &str) -> Option<TransactionWord> {
    let word = statement
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    let is = |other: &str| word.eq_ignore_ascii_case(other);
    if is("begin") || is("start") {
        Some(TransactionWord::Begin)
    } else if is("commit") || is("end") || is("rollback") || is("abort") {
        Some(TransactionWord::End)
    } else {
        None
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionWord {
    Begin,
    End,
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn after_line(bytes: &[u8], from: usize) -> usize {
    bytes[from..]
        .iter()
        .position(|b| *b == b'\n' || *b == b'\r')
        .map_or(bytes.len(), |n| from + n + 1)
}

/// Block comments nest in DuckDB, as in PostgreSQL.
fn after_block_comment(bytes: &[u8], from: usize) -> usize {
    let mut depth = 0;
    let mut i = from;
    while i < bytes.len() {
        match (bytes[i], bytes.get(i + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                i += 2;
            }
            (b'*', Some(b'/')) => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    bytes.len()
}

/// A quote written twice needs no care: it ends one quoted text and begins
/// the next.
fn after_quote(bytes: &[u8], from: usize, backslash_escapes: bool) -> usize {
    let quote = bytes[from];
    let mut i = from + 1;
    while i < bytes.len() {
        if bytes[i] == quote {
            return i + 1;
        }
        i += if backslash_escapes && bytes[i] == b'\\' {
            2
        } else {
            1
        };
    }
    bytes.len()
}

/// Skips `$$ ... $$` or `$tag$ ... $tag$`; a lone `$1` is a parameter.
fn after_dollar_quote(bytes: &[u8], from: usize) -> usize {
    let tag = bytes[from + 1..]
        .iter()
        .position(|b| !is_name(*b))
        .map_or(bytes.len(), |n| from + 1 + n);
    let is_quote =
        bytes.get(tag) == Some(&b'$') && !bytes.get(from + 1).is_some_and(u8::is_ascii_digit);
    if !is_quote {
        return from + 1;
    }
    let mark = &bytes[from..=tag];
    bytes[tag + 1..]
        .windows(mark.len())
        .position(|window| window == mark)
        .map_or(bytes.len(), |n| tag + 1 + n + mark.len())
}
