//! Python's regular expressions in the syntax of the `fancy-regex` crate.

/// Rewrites a pattern. What the two syntaxes share stays as it is.
pub fn translate(pattern: &str, multi_line: bool) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let chars: Vec<char> = pattern.chars().collect();
    let mut i = 0;
    while i < chars.len() {
        match chars[i] {
            '\\' => i = escape(&chars, i, &mut out, false),
            '[' => i = class(&chars, i, &mut out),
            '$' if !multi_line => {
                // Python's end is also before a last line end.
                out.push_str("(?=\\n?\\z)");
                i += 1;
            }
            '{' if quantifier(&chars, i).is_none() => {
                out.push_str("\\{");
                i += 1;
            }
            '{' => {
                let (end, text) = quantifier(&chars, i).unwrap_or((i + 1, String::new()));
                out.push_str(&text);
                i = end;
            }
            '}' => {
                out.push_str("\\}");
                i += 1;
            }
            '(' if chars[i..].starts_with(&['(', '?', '#']) => {
                while i < chars.len() && chars[i] != ')' {
                    i += 1;
                }
                i += 1;
            }
            '(' if chars[i..].starts_with(&['(', '?']) => i = group(&chars, i, &mut out),
            c => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

/// Copies `(?...`; flags that mean nothing here are left out.
fn group(chars: &[char], start: usize, out: &mut String) -> usize {
    let mut end = start + 2;
    while chars
        .get(end)
        .is_some_and(|c| matches!(c, 'a' | 'i' | 'L' | 'm' | 's' | 'u' | 'x' | '-'))
    {
        end += 1;
    }
    if !matches!(chars.get(end), Some(')' | ':')) || end == start + 2 {
        out.push_str("(?");
        return start + 2;
    }
    let flags: String = chars[start + 2..end]
        .iter()
        .filter(|c| !matches!(c, 'a' | 'L' | 'u'))
        .collect();
    let closes = chars[end] == ')';
    if flags.is_empty() || flags == "-" {
        out.push_str(if closes { "" } else { "(?:" });
    } else {
        out.push_str("(?");
        out.push_str(&flags);
        out.push(chars[end]);
    }
    end + 1
}

/// Reads `{n}`, `{n,}`, `{,m}` or `{n,m}`.
fn quantifier(chars: &[char], start: usize) -> Option<(usize, String)> {
    let close = start + chars[start..].iter().position(|c| *c == '}')?;
    let inner: String = chars[start + 1..close].iter().collect();
    let (low, high) = match inner.split_once(',') {
        Some((low, high)) => (low, Some(high)),
        None => (inner.as_str(), None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(low) || !high.is_none_or(digits) || (low.is_empty() && high.is_none()) {
        return None;
    }
    let low = if low.is_empty() { "0" } else { low };
    let text = match high {
        Some(high) => format!("{{{low},{high}}}"),
        None => format!("{{{low}}}"),
    };
    Some((close + 1, text))
}

fn escape(chars: &[char], at: usize, out: &mut String, in_class: bool) -> usize {
    let Some(&c) = chars.get(at + 1) else {
        out.push_str("\\\\");
        return at + 1;
    };
    match c {
        'Z' if !in_class => out.push_str("\\z"),
        'b' if in_class => out.push_str("\\x08"),
        '0' => {
            // Octal.
            let digits: String = chars[at + 1..]
                .iter()
                .take(3)
                .take_while(|c| matches!(c, '0'..='7'))
                .collect();
            let code = u32::from_str_radix(&digits, 8).unwrap_or(0);
            out.push_str(&format!("\\x{{{code:x}}}"));
            return at + 1 + digits.len();
        }
        c if c.is_ascii_alphanumeric() => {
            out.push('\\');
            out.push(c);
        }
        c if is_meta(c) || (in_class && matches!(c, '&' | '~')) => {
            out.push('\\');
            out.push(c);
        }
        c => out.push(c),
    }
    at + 2
}

fn is_meta(c: char) -> bool {
    matches!(
        c,
        '\\' | '.'
            | '+'
            | '*'
            | '?'
            | '('
            | ')'
            | '|'
            | '['
            | ']'
            | '{'
            | '}'
            | '^'
            | '$'
            | '#'
            | '-'
            | ' '
    )
}

/// Copies a character class; what is nesting or set arithmetic to the crate is
/// plain to Python.
fn class(chars: &[char], start: usize, out: &mut String) -> usize {
    out.push('[');
    let mut i = start + 1;
    if chars.get(i) == Some(&'^') {
        out.push('^');
        i += 1;
    }
    if chars.get(i) == Some(&']') {
        out.push_str("\\]");
        i += 1;
    }
    while let Some(&c) = chars.get(i) {
        match c {
            ']' => {
                out.push(']');
                return i + 1;
            }
            '\\' => {
                i = escape(chars, i, out, true);
                continue;
            }
            '[' => out.push_str("\\["),
            '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '-' if chars.get(i + 1) == Some(&'-') => out.push_str("\\-"),
            c => out.push(c),
        }
        i += 1;
    }
    i
}
