//! Places in texts and files as editors name them.

use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

/// Turns a `file:` address into a path.
pub fn path_of(uri: &str) -> Option<Utf8PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let mut bytes = Vec::with_capacity(rest.len());
    let mut left = rest.bytes();
    while let Some(byte) = left.next() {
        if byte == b'%' {
            let digits = [left.next()?, left.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let path = String::from_utf8(bytes).ok()?;
    // `/C:/folder` on Windows.
    let is_drive = path.len() > 2 && path.as_bytes()[2] == b':';
    let path = if is_drive { &path[1..] } else { &path };
    Some(crate::files::normal_path(Utf8Path::new(path)))
}

/// Turns a path into a `file:` address.
pub fn uri_of(path: &Utf8Path) -> String {
    let mut uri = String::from("file://");
    let text = path.as_str().replace('\\', "/");
    if !text.starts_with('/') {
        uri.push('/');
    }
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~:".contains(&byte) {
            uri.push(byte as char);
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// Returns the byte at a line and column that count from 0, the column in
/// UTF-16.
pub fn offset(text: &str, position: &Value) -> usize {
    let line = position["line"].as_u64().unwrap_or(0) as usize;
    let column = position["character"].as_u64().unwrap_or(0) as usize;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text[start..].lines().next().unwrap_or_default();
    let mut units = 0;
    for (i, c) in rest.char_indices() {
        if units >= column {
            return start + i;
        }
        units += c.len_utf16();
    }
    start + rest.len()
}

/// The other way round.
pub fn position_json(text: &str, offset: usize) -> Value {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    let column: usize = before[start..].chars().map(char::len_utf16).sum();
    json!({"line": line, "character": column})
}

pub fn range_json(text: &str, range: &Range<usize>) -> Value {
    json!({
        "start": position_json(text, range.start),
        "end": position_json(text, range.end.max(range.start)),
    })
}

/// Returns the word around a byte.
pub fn word_at(text: &str, at: usize) -> Range<usize> {
    let is_word = |c: char| c == '_' || c.is_alphanumeric();
    let before = &text[..at];
    let start = before
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_word(*c))
        .last()
        .map_or(at, |(i, _)| i);
    let end = text[at..]
        .find(|c| !is_word(c))
        .map_or(text.len(), |i| at + i);
    start..end
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{offset, path_of, position_json, uri_of, word_at};

    #[test]
    fn places_are_turned_both_ways() {
        let text = "a\nä𝄞b c";
        let position = json!({"line": 1, "character": 3});
        assert_eq!(&text[offset(text, &position)..], "b c");
        assert_eq!(position_json(text, text.len() - 3), position);
        assert_eq!(&text[word_at(text, text.len())], "c");
        let path = path_of("file:///a%20b/c.sql").unwrap();
        assert_eq!(path, "/a b/c.sql");
        assert_eq!(uri_of(&path), "file:///a%20b/c.sql");
        assert_eq!(path_of("untitled:x"), None);
    }
}
