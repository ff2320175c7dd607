//! Markup within a line: emphasis, code, links.

/// Emphasis nested deeper than this shows as typed.
const MAX_DEPTH: usize = 8;
/// A link's text or address that is longer than this is none, so that a bracket without
/// an end does not cost a search through the whole text.
const MAX_LINK: usize = 2_000;

/// Appends text with `&`, `<`, `>` and both quotes escaped.
pub fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        escape_char(c, html);
    }
}

fn escape_char(c: char, html: &mut String) {
    match c {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '"' => html.push_str("&quot;"),
        '\'' => html.push_str("&#39;"),
        c => html.push(c),
    }
}

/// Returns the address if a link may lead there: `http`, `https`, `mailto`, or a place
/// in the page. Anything that a browser could read as another scheme is refused.
pub fn safe_url(url: &str) -> Option<&str> {
    let url = url.trim();
    if url.is_empty()
        || url
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return None;
    }
    let end = url.find(['/', '?', '#']).unwrap_or(url.len());
    match url[..end].split_once(':') {
        Some((scheme, _)) => ["http", "https", "mailto"]
            .iter()
            .any(|allowed| scheme.eq_ignore_ascii_case(allowed))
            .then_some(url),
        None => (!url.starts_with("//")).then_some(url),
    }
}

/// Appends a text with its markup.
pub(super) fn inline(text: &str, html: &mut String) {
    Inline {
        text,
        links: true,
        depth: 0,
        missing: Vec::new(),
    }
    .write(html);
}

/// A text being written. Delimiters found to have no end are remembered, so that a
/// text full of them is not searched again and again.
struct Inline<'a> {
    text: &'a str,
    links: bool,
    depth: usize,
    missing: Vec<&'a str>,
}

impl Inline<'_> {
    fn write(mut self, html: &mut String) {
        let mut at = 0;
        while let Some(c) = self.text[at..].chars().next() {
            let used = match c {
                '\\' => self.backslash(at, html),
                '`' => self.code(at, html),
                '*' | '_' | '~' => self.emphasis(at, c, html),
                '!' if self.text[at..].starts_with("![") => self.link(at + 1, html).map(|n| n + 1),
                '[' => self.link(at, html),
                '<' => self.angle(at, html),
                'h' => self.bare_url(at, html),
                _ => None,
            };
            at += used.unwrap_or_else(|| {
                escape_char(c, html);
                c.len_utf8()
            });
        }
    }

    /// Appends a part of the text, one level deeper.
    fn nested(&self, text: &str, links: bool, html: &mut String) {
        if self.depth >= MAX_DEPTH {
            escape(text, html);
        } else {
            let inner = Inline {
                text,
                links,
                depth: self.depth + 1,
                missing: Vec::new(),
            };
            inner.write(html);
        }
    }

    fn backslash(&self, at: usize, html: &mut String) -> Option<usize> {
        let next = self.text[at + 1..].chars().next()?;
        if next == '\n' {
            html.push_str("<br>\n");
        } else if next.is_ascii_punctuation() {
            escape_char(next, html);
        } else {
            return None;
        }
        Some(2)
    }

    fn code(&mut self, at: usize, html: &mut String) -> Option<usize> {
        let rest = &self.text[at..];
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let fence = &rest[..ticks];
        let body = &rest[ticks..];
        let end = if self.missing.contains(&fence) {
            None
        } else {
            run_of(body, fence)
        };
        let Some(end) = end else {
            self.missing.push(fence);
            html.push_str(fence);
            return Some(ticks);
        };
        let code = &body[..end];
        let padded = code.strip_prefix(' ').and_then(|c| c.strip_suffix(' '));
        html.push_str("<code>");
        escape(
            padded.filter(|c| !c.trim().is_empty()).unwrap_or(code),
            html,
        );
        html.push_str("</code>");
        Some(ticks + end + ticks)
    }

    fn emphasis(&mut self, at: usize, mark: char, html: &mut String) -> Option<usize> {
        let rest = &self.text[at..];
        let run = rest.len() - rest.trim_start_matches(mark).len();
        let (width, tag) = match (mark, run) {
            ('~', 2) => (2, "del"),
            ('~', _) => return self.as_typed(rest, run, html),
            (_, 1) => (1, "em"),
            (_, 2 | 3) => (2, "strong"),
            _ => return self.as_typed(rest, run, html),
        };
        let delimiter = &rest[..width];
        // `claim_line_id` is a name, not emphasis: an underscore counts at the edge
        // of a word only.
        let before = self.text[..at].chars().next_back();
        if mark == '_' && before.is_some_and(char::is_alphanumeric) {
            return self.as_typed(rest, run, html);
        }
        if self.missing.contains(&delimiter) {
            return self.as_typed(rest, run, html);
        }
        let body = &rest[width..];
        if body.starts_with(char::is_whitespace) || body.is_empty() {
            return self.as_typed(rest, run, html);
        }
        let Some(end) = closing(body, mark, width) else {
            self.missing.push(delimiter);
            return self.as_typed(rest, run, html);
        };
        html.push_str(&format!("<{tag}>"));
        self.nested(&body[..end], self.links, html);
        html.push_str(&format!("</{tag}>"));
        Some(width + end + width)
    }

    fn as_typed(&self, rest: &str, length: usize, html: &mut String) -> Option<usize> {
        escape(&rest[..length], html);
        Some(length)
    }

    /// Reads `[text](url "title")`, `at` being the bracket.
    fn link(&mut self, at: usize, html: &mut String) -> Option<usize> {
        if !self.links {
            return None;
        }
        let rest = &self.text[at..];
        let end = bracket_end(rest)?;
        let target = rest[end + 1..].strip_prefix('(')?;
        let close = paren_end(target)?;
        let inside = target[..close].trim();
        let url = inside
            .split_once(char::is_whitespace)
            .map_or(inside, |(url, _)| url);
        let url = url
            .strip_prefix('<')
            .and_then(|u| u.strip_suffix('>'))
            .unwrap_or(url);
        let label = &rest[1..end];
        match safe_url(url) {
            Some(url) => {
                open_link(url, html);
                if label.trim().is_empty() {
                    escape(url, html);
                }
                self.nested(label, false, html);
                html.push_str("</a>");
            }
            // The text is still worth reading.
            None => self.nested(label, false, html),
        }
        Some(end + 1 + 1 + close + 1)
    }

    /// Reads `<https://…>` and the one tag that people use in table cells, `<br>`.
    fn angle(&mut self, at: usize, html: &mut String) -> Option<usize> {
        let rest = &self.text[at..];
        for line_break in ["<br>", "<br/>", "<br />"] {
            if rest
                .get(..line_break.len())
                .is_some_and(|r| r.eq_ignore_ascii_case(line_break))
            {
                html.push_str("<br>");
                return Some(line_break.len());
            }
        }
        if !self.links || !(rest.starts_with("<http") || rest.starts_with("<mailto:")) {
            return None;
        }
        let end = if self.missing.contains(&">") {
            None
        } else {
            rest.find('>')
        };
        let Some(end) = end else {
            self.missing.push(">");
            return None;
        };
        let url = safe_url(&rest[1..end]).filter(|url| url.contains(':'))?;
        open_link(url, html);
        escape(url.strip_prefix("mailto:").unwrap_or(url), html);
        html.push_str("</a>");
        Some(end + 1)
    }

    fn bare_url(&self, at: usize, html: &mut String) -> Option<usize> {
        let rest = &self.text[at..];
        let starts = rest.starts_with("https://") || rest.starts_with("http://");
        let inside_word = self.text[..at]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        if !self.links || !starts || inside_word {
            return None;
        }
        let end = rest.find(|c: char| c.is_whitespace() || "<>\"'`*|".contains(c));
        let url = rest[..end.unwrap_or(rest.len())]
            .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']);
        let url = safe_url(url).filter(|url| url.len() > "https://".len())?;
        open_link(url, html);
        escape(url, html);
        html.push_str("</a>");
        Some(url.len())
    }
}

fn open_link(url: &str, html: &mut String) {
    html.push_str("<a href=\"");
    escape(url, html);
    if url.starts_with('#') {
        html.push_str("\">");
    } else {
        html.push_str("\" target=\"_blank\" rel=\"noopener noreferrer\">");
    }
}

/// Finds `fence` in `body`, not as part of a longer run of ticks.
fn run_of(body: &str, fence: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = body[at..].find('`') {
        let start = at + found;
        let run = body[start..].len() - body[start..].trim_start_matches('`').len();
        if run == fence.len() {
            return Some(start);
        }
        at = start + run;
    }
    None
}

/// Finds where emphasis ends: the same marks, after something that is no space. Marks
/// within code do not count.
fn closing(body: &str, mark: char, width: usize) -> Option<usize> {
    let bytes = body.as_bytes();
    let mark = u8::try_from(mark).ok()?;
    let mut at = 0;
    let mut in_code = false;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'`' => {
                in_code = !in_code;
                at += 1;
            }
            byte if byte == mark && !in_code => {
                let run = bytes[at..].iter().take_while(|b| **b == mark).count();
                let after = body[at + run..].chars().next();
                let after_space = at > 0 && bytes[at - 1].is_ascii_whitespace();
                let in_word = mark == b'_' && after.is_some_and(char::is_alphanumeric);
                if !after_space && !in_word && at > 0 && (run == width || run >= 3) {
                    return Some(at + run - width);
                }
                at += run;
            }
            _ => at += 1,
        }
    }
    None
}

/// Finds the bracket that closes the one `text` begins with.
fn bracket_end(text: &str) -> Option<usize> {
    let mut open = 0usize;
    let mut escaped = false;
    for (i, byte) in text.bytes().take(MAX_LINK).enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'[' => open += 1,
            b']' => {
                open -= 1;
                if open == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}

/// Finds the parenthesis that closes an address; it may hold pairs of its own.
fn paren_end(text: &str) -> Option<usize> {
    let mut open = 0usize;
    for (i, byte) in text.bytes().take(MAX_LINK).enumerate() {
        match byte {
            b'(' => open += 1,
            b')' if open == 0 => return Some(i),
            b')' => open -= 1,
            _ => {}
        }
    }
    None
}
