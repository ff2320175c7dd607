//! Turns descriptions written in Markdown into HTML that is safe to show.
//!
//! Every character of the input is escaped unless this module itself writes the
//! markup, so that no description can bring its own tags, scripts or styles: raw HTML
//! shows as text. Links lead only to the web, to mail or into the page, and an
//! image becomes a link to it, because the page loads nothing from anywhere.
//!
//! Covered is what people write in property files: paragraphs, headings, lists,
//! quotes, code, tables, links and emphasis.

mod inline;

#[cfg(test)]
mod tests;

use inline::inline;
pub use inline::{escape, safe_url};

/// Blocks nested deeper than this show as plain text.
const MAX_DEPTH: usize = 8;

/// Renders a text as blocks.
pub fn to_html(markdown: &str) -> String {
    let text = markdown.replace("\r\n", "\n").replace('\t', "    ");
    let lines: Vec<&str> = text.lines().collect();
    let mut html = String::with_capacity(text.len() + text.len() / 4);
    blocks(&lines, 0, &mut html);
    lift_headings(html)
}

/// Makes the highest heading of a text an `h3`, whatever it was written as: readers who
/// jump from heading to heading should not miss a level. Escaped text holds no tag.
fn lift_headings(mut html: String) -> String {
    while !html.contains("<h3>")
        && ["<h4>", "<h5>", "<h6>"]
            .iter()
            .any(|tag| html.contains(tag))
    {
        for level in 4..=6 {
            let above = level - 1;
            html = html
                .replace(&format!("<h{level}>"), &format!("<h{above}>"))
                .replace(&format!("</h{level}>"), &format!("</h{above}>"));
        }
    }
    html
}

/// Renders a text for a table cell: a single paragraph comes without its `<p>`.
pub fn to_cell_html(markdown: &str) -> String {
    let html = to_html(markdown);
    match html
        .strip_prefix("<p>")
        .and_then(|h| h.strip_suffix("</p>\n"))
    {
        Some(inner) if !inner.contains("<p>") => inner.to_owned(),
        _ => html,
    }
}

fn blocks(lines: &[&str], depth: usize, html: &mut String) {
    if depth > MAX_DEPTH {
        paragraph(lines, html);
        return;
    }
    let mut i = 0;
    while i < lines.len() {
        let line = lines[i];
        if line.trim().is_empty() {
            i += 1;
        } else if let Some(fence) = Fence::open(line) {
            i += 1 + fenced(fence, &lines[i + 1..], html);
        } else if let Some((level, title)) = heading(line) {
            tagged(&format!("h{level}"), title, html);
            i += 1;
        } else if is_rule(line) {
            html.push_str("<hr>\n");
            i += 1;
        } else if line.trim_start().starts_with('>') {
            i += quote(&lines[i..], depth, html);
        } else if Marker::read(line).is_some() {
            i += list(&lines[i..], depth, html);
        } else if let Some(used) = table(&lines[i..], html) {
            i += used;
        } else {
            let start = i;
            i += 1;
            let mut underlined = None;
            while i < lines.len() && underlined.is_none() && !interrupts(lines[i]) {
                underlined = setext(lines[i]);
                i += 1;
            }
            match underlined {
                Some(level) => tagged(&format!("h{level}"), &lines[start..i - 1].join(" "), html),
                None => paragraph(&lines[start..i], html),
            }
        }
    }
}

/// Whether a line ends the paragraph before it. An ordered list does so only when
/// it starts at 1, as a year at the start of a line is no list.
fn interrupts(line: &str) -> bool {
    line.trim().is_empty()
        || Fence::open(line).is_some()
        || heading(line).is_some()
        || (is_rule(line) && setext(line).is_none())
        || line.trim_start().starts_with('>')
        || Marker::read(line)
            .is_some_and(|m| !m.text.trim().is_empty() && m.number.is_none_or(|n| n == 1))
}

fn paragraph(lines: &[&str], html: &mut String) {
    let mut text = String::new();
    for (i, line) in lines.iter().enumerate() {
        if i > 0 {
            // Two spaces at the end of a line break it; `inline` reads that as a
            // backslash at its end.
            let hard = lines[i - 1].ends_with("  ") && !lines[i - 1].trim().is_empty();
            text.push_str(if hard { "\\\n" } else { "\n" });
        }
        text.push_str(line.trim());
    }
    if !text.is_empty() {
        tagged("p", &text, html);
    }
}

fn tagged(tag: &str, text: &str, html: &mut String) {
    html.push('<');
    html.push_str(tag);
    html.push('>');
    inline(text.trim(), html);
    html.push_str("</");
    html.push_str(tag);
    html.push_str(">\n");
}

/// Reads `## Title`. The levels start at 3, below the page's own headings.
fn heading(line: &str) -> Option<(usize, &str)> {
    let line = line.trim();
    let level = line.bytes().take_while(|b| *b == b'#').count();
    let title = &line[level..];
    if !(1..=6).contains(&level) || !(title.is_empty() || title.starts_with(' ')) {
        return None;
    }
    Some((
        (level + 2).min(6),
        title.trim().trim_end_matches('#').trim_end(),
    ))
}

/// Reads the line under a title: `===` or `---`.
fn setext(line: &str) -> Option<usize> {
    let line = line.trim();
    match line.bytes().next()? {
        b'=' if line.bytes().all(|b| b == b'=') => Some(3),
        b'-' if line.len() > 2 && line.bytes().all(|b| b == b'-') => Some(4),
        _ => None,
    }
}

fn is_rule(line: &str) -> bool {
    let mut marks = line.bytes().filter(|b| *b != b' ');
    let Some(first @ (b'-' | b'*' | b'_')) = marks.next() else {
        return false;
    };
    let mut count = 1;
    marks.all(|b| {
        count += 1;
        b == first
    }) && count >= 3
}

/// The opening of a fenced code block.
struct Fence {
    mark: char,
    length: usize,
    indent: usize,
}

impl Fence {
    fn open(line: &str) -> Option<Self> {
        let text = line.trim_start();
        let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let length = text.chars().take_while(|c| *c == mark).count();
        if length < 3 || (mark == '`' && text[length..].contains('`')) {
            return None;
        }
        Some(Self {
            mark,
            length,
            indent: line.len() - text.len(),
        })
    }

    fn closes(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }
}

/// Writes a code block and returns how many lines it takes, the closing included.
fn fenced(fence: Fence, lines: &[&str], html: &mut String) -> usize {
    let length = lines.iter().position(|line| fence.closes(line));
    html.push_str("<pre><code>");
    for line in &lines[..length.unwrap_or(lines.len())] {
        let blank = line.len() - line.trim_start_matches(' ').len();
        escape(&line[blank.min(fence.indent)..], html);
        html.push('\n');
    }
    html.push_str("</code></pre>\n");
    length.map_or(lines.len(), |n| n + 1)
}

fn quote(lines: &[&str], depth: usize, html: &mut String) -> usize {
    let mut inner = Vec::new();
    for line in lines {
        match line.trim_start().strip_prefix('>') {
            Some(rest) => inner.push(rest.strip_prefix(' ').unwrap_or(rest)),
            // A paragraph in a quote goes on until something else begins.
            None if !interrupts(line) && inner.last().is_some_and(|l| !l.trim().is_empty()) => {
                inner.push(line);
            }
            None => break,
        }
    }
    html.push_str("<blockquote>\n");
    blocks(&inner, depth + 1, html);
    html.push_str("</blockquote>\n");
    inner.len()
}

/// The start of a list's item: `- text` or `3. text`.
struct Marker<'a> {
    indent: usize,
    /// Where the item's text starts, and thus what belongs to it.
    content: usize,
    number: Option<u64>,
    text: &'a str,
}

impl<'a> Marker<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let text = line.trim_start_matches(' ');
        let indent = line.len() - text.len();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (width, number) = match text.as_bytes().get(digits)? {
            b'.' | b')' if (1..=9).contains(&digits) => {
                (digits + 1, Some(text[..digits].parse().ok()?))
            }
            b'-' | b'*' | b'+' if digits == 0 => (1, None),
            _ => return None,
        };
        let rest = &text[width..];
        if !(rest.is_empty() || rest.starts_with(' ')) || is_rule(line) {
            return None;
        }
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        let spaces = if (1..=4).contains(&spaces) {
            spaces
        } else {
            rest.len().min(1)
        };
        Some(Self {
            indent,
            content: indent + width + spaces,
            number,
            text: &rest[spaces..],
        })
    }
}

fn list(lines: &[&str], depth: usize, html: &mut String) -> usize {
    let Some(first) = Marker::read(lines[0]) else {
        return 0;
    };
    match first.number {
        Some(1) => html.push_str("<ol>\n"),
        Some(start) => html.push_str(&format!("<ol start=\"{start}\">\n")),
        None => html.push_str("<ul>\n"),
    }
    let ordered = first.number.is_some();

    let mut i = 0;
    while let Some(line) = lines.get(i) {
        let Some(marker) = Marker::read(line) else {
            break;
        };
        if marker.number.is_some() != ordered || marker.indent + 1 < first.indent {
            break;
        }
        let mut item = vec![marker.text];
        let mut loose = false;
        i += 1;
        while let Some(line) = lines.get(i) {
            let indent = line.len() - line.trim_start_matches(' ').len();
            if line.trim().is_empty() {
                // A blank line stays in the item only if the item goes on after it.
                let next = lines[i..].iter().find(|l| !l.trim().is_empty());
                let goes_on = next.is_some_and(|l| {
                    l.len() - l.trim_start_matches(' ').len()
                        >= marker.content.min(first.indent + 2)
                });
                if !goes_on {
                    break;
                }
                loose = true;
                item.push("");
            } else if indent >= marker.content
                || (indent > first.indent + 1 && Marker::read(line).is_some())
            {
                item.push(&line[indent.min(marker.content)..]);
            } else if !interrupts(line)
                && Marker::read(line).is_none()
                && !item.last().is_some_and(|l| l.is_empty())
            {
                item.push(line.trim_start());
            } else {
                break;
            }
            i += 1;
        }
        while lines.get(i).is_some_and(|l| l.trim().is_empty())
            && lines[i..]
                .iter()
                .find(|l| !l.trim().is_empty())
                .is_some_and(|l| {
                    Marker::read(l).is_some_and(|m| {
                        m.number.is_some() == ordered && m.indent < first.indent + 2
                    })
                })
        {
            i += 1;
        }

        html.push_str("<li>");
        let mut inner = String::new();
        blocks(&item, depth + 1, &mut inner);
        // A short item is its text, not a paragraph.
        match inner
            .strip_prefix("<p>")
            .and_then(|rest| rest.split_once("</p>\n"))
        {
            Some((text, rest)) if !loose => {
                html.push_str(text);
                html.push_str(rest);
            }
            _ => html.push_str(&inner),
        }
        html.push_str("</li>\n");
    }
    html.push_str(if ordered { "</ol>\n" } else { "</ul>\n" });
    i
}

/// Writes a table if one starts here, and returns how many lines it takes.
fn table(lines: &[&str], html: &mut String) -> Option<usize> {
    let [head, rule, ..] = lines else {
        return None;
    };
    if !head.contains('|') || !rule.contains('-') {
        return None;
    }
    let columns: Vec<String> = cells(head);
    let aligned: Vec<&str> = cells(rule)
        .iter()
        .map(|cell| alignment(cell))
        .collect::<Option<_>>()?;
    if columns.len() != aligned.len() {
        return None;
    }

    let row = |cells: &[String], tag: &str, html: &mut String| {
        html.push_str("<tr>");
        for (i, side) in aligned.iter().enumerate() {
            html.push('<');
            html.push_str(tag);
            if !side.is_empty() {
                html.push_str(" class=\"");
                html.push_str(side);
                html.push('"');
            }
            html.push('>');
            inline(cells.get(i).map_or("", String::as_str), html);
            html.push_str("</");
            html.push_str(tag);
            html.push('>');
        }
        html.push_str("</tr>\n");
    };
    html.push_str("<table><thead>\n");
    row(&columns, "th", html);
    html.push_str("</thead><tbody>\n");
    let mut used = 2;
    for line in &lines[2..] {
        if line.trim().is_empty() || !line.contains('|') {
            break;
        }
        row(&cells(line), "td", html);
        used += 1;
    }
    html.push_str("</tbody></table>\n");
    Some(used)
}

/// Splits a table's row at its bars; `\|` is a bar in the text.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next_if_eq(&'|').is_some() => {
                cells.last_mut().expect("never empty").push('|');
            }
            '|' if chars.peek().is_none() => break,
            '|' => cells.push(String::new()),
            c => cells.last_mut().expect("never empty").push(c),
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Reads a cell of the line under a table's head: `---`, `:--`, `--:` or `:-:`.
/// The text is the class that it asks for; `None` says that this is no such cell.
fn alignment(cell: &str) -> Option<&'static str> {
    let dashes = cell.trim_start_matches(':').trim_end_matches(':');
    if dashes.is_empty() || !dashes.bytes().all(|b| b == b'-') {
        return None;
    }
    Some(match (cell.starts_with(':'), cell.ends_with(':')) {
        (true, true) => "middle",
        (false, true) => "right",
        _ => "",
    })
}
