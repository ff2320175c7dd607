//! The words, texts and signs of SQL, with their places.
//!
//! Enough to find where things end; what they mean is the parser's.

use std::ops::Range;

/// A word, text or sign. Comments and space are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub range: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in quotes.
    QuotedName,
    /// A text in quotes, `$$` and the like included.
    Text,
    Number,
    /// One sign, `::` and the like as several.
    Sign(u8),
}

/// Splits SQL into its tokens. What is begun and never ended goes to the end
/// of the text.
pub fn tokens(sql: &str) -> Vec<Token> {
    let bytes = sql.as_bytes();
    let mut tokens = Vec::with_capacity(bytes.len() / 5);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if rest.starts_with(b"--") {
            at += line_end(rest);
            continue;
        }
        if rest.starts_with(b"/*") {
            at += comment_end(rest);
            continue;
        }
        let (kind, length) = token(rest);
        let range = at..at + length;
        at = range.end;
        tokens.push(Token { kind, range });
    }
    tokens
}

/// Tells whether a sign is at a place among tokens.
pub fn is_sign(tokens: &[Token], at: usize, sign: u8) -> bool {
    tokens
        .get(at)
        .is_some_and(|token| token.kind == TokenKind::Sign(sign))
}

/// Returns where a call ends that a text begins with: after its last bracket.
pub fn end_of_call(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for token in tokens(text) {
        match token.kind {
            TokenKind::Sign(b'(') => depth += 1,
            TokenKind::Sign(b')') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(token.range.end);
                }
            }
            _ => {}
        }
    }
    None
}

/// Reads one token: what it is, and how many bytes it has.
fn token(rest: &[u8]) -> (TokenKind, usize) {
    match rest[0] {
        b'\'' => (TokenKind::Text, quoted_end(rest, b'\'', false)),
        b'e' | b'E' if rest.get(1) == Some(&b'\'') => {
            (TokenKind::Text, 1 + quoted_end(&rest[1..], b'\'', true))
        }
        b'"' => (TokenKind::QuotedName, quoted_end(rest, b'"', false)),
        b'$' => match dollar_end(rest) {
            Some(end) => (TokenKind::Text, end),
            None => (TokenKind::Sign(b'$'), 1),
        },
        byte if byte.is_ascii_digit() => (TokenKind::Number, number_end(rest)),
        byte if is_of_word(byte) => {
            let end = rest.iter().position(|byte| !is_of_word(*byte));
            (TokenKind::Word, end.unwrap_or(rest.len()))
        }
        byte => (TokenKind::Sign(byte), 1),
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn number_end(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&byte) = rest.get(at) {
        let is_sign = matches!(byte, b'+' | b'-') && matches!(rest[at - 1], b'e' | b'E');
        if !(byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || is_sign) {
            break;
        }
        at += 1;
    }
    at
}

fn line_end(rest: &[u8]) -> usize {
    let end = rest.iter().position(|byte| *byte == b'\n');
    end.unwrap_or(rest.len())
}

/// Comments of this kind may stand inside one another.
fn comment_end(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// A quote inside is written twice, or after a backslash where that counts.
fn quoted_end(rest: &[u8], quote: u8, has_escapes: bool) -> usize {
    let mut at = 1;
    while at < rest.len() {
        if has_escapes && rest[at] == b'\\' {
            at += 2;
        } else if rest[at] != quote {
            at += 1;
        } else if rest.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    rest.len()
}

/// `$$text$$`, `$tag$text$tag$`; none for `$1`.
fn dollar_end(rest: &[u8]) -> Option<usize> {
    let length = rest[1..].iter().position(|byte| !is_of_word(*byte))?;
    let end = 1 + length;
    if rest[end] != b'$' || rest[1].is_ascii_digit() {
        return None;
    }
    let tag = &rest[..=end];
    let body = &rest[tag.len()..];
    let closing = body.windows(tag.len()).position(|window| window == tag);
    Some(closing.map_or(rest.len(), |at| tag.len() + at + tag.len()))
}

#[cfg(test)]
mod tests {
    use super::{end_of_call, tokens};

    fn check(sql: &str, expected: &[&str]) {
        let found: Vec<&str> = tokens(sql).into_iter().map(|t| &sql[t.range]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn texts_and_comments_are_whole() {
        check(
            "a,'it''s' --b\n/* c /* d */ e */ \"f \"\"g\" $$h'i$$ $t$ $$ $t$ e'\\'j' 1.5e-3 $1",
            &[
                "a",
                ",",
                "'it''s'",
                "\"f \"\"g\"",
                "$$h'i$$",
                "$t$ $$ $t$",
                "e'\\'j'",
                "1.5e-3",
                "$",
                "1",
            ],
        );
        check("é::int 'open", &["é", ":", ":", "int", "'open"]);
        check("/* open", &[]);
        check("", &[]);
    }

    #[test]
    fn a_call_ends_after_its_last_bracket() {
        let text = "read_csv('a)b', sep = f(x)) as t";
        assert_eq!(
            end_of_call(text).map(|end| &text[..end]),
            Some("read_csv('a)b', sep = f(x))")
        );
        assert_eq!(end_of_call("f("), None);
    }
}
