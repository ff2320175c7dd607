//! Wrapping of long lines as Python's `textwrap` does it, with tabs and other
//! whitespace left as they are.

use crate::jinja::syntax::is_space;

/// Breaks one line into lines of a width.
pub fn wrap(line: &str, width: usize, break_long: bool, hyphens: bool) -> Vec<String> {
    let mut chunks: Vec<Vec<char>> = chunks(line, hyphens);
    chunks.reverse();
    let mut lines: Vec<String> = Vec::new();
    while !chunks.is_empty() {
        let mut current: Vec<Vec<char>> = Vec::new();
        let mut len = 0;
        if !lines.is_empty() && chunks.last().is_some_and(|chunk| is_blank(chunk)) {
            chunks.pop();
        }
        while let Some(chunk) = chunks.last() {
            if len + chunk.len() > width {
                break;
            }
            len += chunk.len();
            current.extend(chunks.pop());
        }
        if chunks.last().is_some_and(|chunk| chunk.len() > width) {
            break_chunk(
                &mut chunks,
                &mut current,
                width,
                width.saturating_sub(len),
                break_long,
                hyphens,
            );
        }
        if current.last().is_some_and(|chunk| is_blank(chunk)) {
            current.pop();
        }
        if !current.is_empty() {
            lines.push(current.into_iter().flatten().collect());
        }
    }
    lines
}

fn is_blank(chunk: &[char]) -> bool {
    chunk.iter().all(|c| is_space(*c))
}

/// Puts a part of a chunk that is longer than a line onto the current one.
fn break_chunk(
    chunks: &mut Vec<Vec<char>>,
    current: &mut Vec<Vec<char>>,
    width: usize,
    room: usize,
    break_long: bool,
    hyphens: bool,
) {
    let room = if width < 1 { 1 } else { room };
    if break_long {
        if let Some(chunk) = chunks.last_mut() {
            let mut end = room;
            if hyphens && chunk.len() > room {
                let hyphen = chunk[..room].iter().rposition(|c| *c == '-');
                if let Some(at) =
                    hyphen.filter(|at| *at > 0 && chunk[..*at].iter().any(|c| *c != '-'))
                {
                    end = at + 1;
                }
            }
            let rest = chunk.split_off(end.min(chunk.len()));
            let head = std::mem::replace(chunk, rest);
            current.push(head);
        }
    } else if current.is_empty() {
        current.extend(chunks.pop());
    }
}

/// Splits into words, whitespace, and parts of words that end with a hyphen.
fn chunks(line: &str, hyphens: bool) -> Vec<Vec<char>> {
    let chars: Vec<char> = line.chars().collect();
    let mut chunks: Vec<Vec<char>> = Vec::new();
    let mut start = 0;
    while start < chars.len() {
        let blank = is_space(chars[start]);
        let mut end = start;
        while end < chars.len() && is_space(chars[end]) == blank {
            end += 1;
        }
        if blank || !hyphens {
            chunks.push(chars[start..end].to_vec());
        } else {
            split_hyphens(&chars[start..end], &mut chunks);
        }
        start = end;
    }
    chunks
}

fn split_hyphens(word: &[char], chunks: &mut Vec<Vec<char>>) {
    let is_letter = |i: usize| word.get(i).is_some_and(|c| c.is_alphabetic() || *c == '_');
    let mut start = 0;
    for i in 0..word.len() {
        // A hyphen between two letters on the left and one on the right.
        let breaks = word[i] == '-'
            && i >= start + 2
            && is_letter(i - 1)
            && is_letter(i - 2)
            && is_letter(i + 1)
            && is_letter(i + 2);
        if breaks {
            chunks.push(word[start..=i].to_vec());
            start = i + 1;
        }
    }
    if start < word.len() {
        chunks.push(word[start..].to_vec());
    }
}
