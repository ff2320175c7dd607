//! Shell patterns as Python's `fnmatch` reads them, which dbt uses.

/// Tells whether a whole text matches a pattern of `*`, `?`, `[abc]` and
/// `[!abc]`. A `*` crosses every character, slashes and dots included.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on after the last `*`, should the rest not fit.
    let mut star: Option<(usize, usize)> = None;
    loop {
        if t == text.len() {
            return pattern[p..].iter().all(|c| *c == '*');
        }
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some('?') => Some(p + 1),
            Some('[') => match class(&pattern[p..], text[t]) {
                Some((true, length)) => Some(p + length),
                Some((false, _)) => None,
                // A bracket that is never closed stands for itself.
                None => (text[t] == '[').then_some(p + 1),
            },
            Some(c) => (*c == text[t]).then_some(p + 1),
            None => None,
        };
        if let Some(next) = step {
            p = next;
            t += 1;
        } else if let Some((after, from)) = star {
            star = Some((after, from + 1));
            p = after;
            t = from + 1;
        } else {
            return false;
        }
    }
}

/// Tells whether a pattern has anything but plain characters in it.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', ']'])
}

/// Reads a bracket expression at the start of a pattern: whether it takes the
/// character, and how long it is. None when it is never closed.
fn class(pattern: &[char], c: char) -> Option<(bool, usize)> {
    let negated = pattern.get(1) == Some(&'!');
    let start = if negated { 2 } else { 1 };
    // A `]` right at the start is a member, not the end.
    let end = (start + 1..pattern.len()).find(|i| pattern[*i] == ']')?;
    let members = &pattern[start..end];
    let mut found = false;
    let mut i = 0;
    while i < members.len() {
        if i + 2 < members.len() && members[i + 1] == '-' {
            found |= (members[i]..=members[i + 2]).contains(&c);
            i += 3;
        } else {
            found |= members[i] == c;
            i += 1;
        }
    }
    Some((found != negated, end + 1))
}
