//! A quick reader for the YAML that most property files are written in:
//! block mappings and lists, scalars in any style, short flow collections.
//!
//! It gives up on whatever else it meets, wrong or only unusual, and the full
//! parser reads the file instead. So it reports nothing, and what it does
//! read is exactly what the full parser would make of it; it takes about a
//! tenth of the time. A test compares the two on a corpus.

use std::ops::Range;

use super::{Yaml, YamlEntry, YamlValue, has_repeated_key, scalar};

/// Reads a file, or gives up.
pub(super) fn read(text: &str) -> Option<Yaml> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        pos: 0,
        indent: 0,
        depth: 0,
    };
    if !reader.is_tame() {
        return None;
    }
    if !reader.next_line()? {
        return Some(Yaml {
            value: YamlValue::Null,
            span: text.len()..text.len(),
        });
    }
    if reader.indent == 0 && text[reader.pos..].starts_with("---") {
        reader.pos += 3;
        reader.end_of_line()?;
        if !reader.next_line()? {
            return None;
        }
    }
    let start = reader.indent;
    let yaml = if reader.at_dash() {
        reader.sequence(start)?
    } else {
        reader.mapping(start)?
    };
    // What is left can only be less indented than the beginning.
    (reader.pos == text.len()).then_some(yaml)
}

/// Deeper files are left to the full parser, which limits the depth.
const MAX_DEPTH: usize = 60;

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    /// At the first character of the current line's content, or within it.
    pos: usize,
    /// The column of that first character.
    indent: usize,
    depth: usize,
}

impl Reader<'_> {
    /// Tells whether the text has only characters whose meaning is the same
    /// everywhere.
    fn is_tame(&self) -> bool {
        let mut rest = self.bytes;
        while let [byte, tail @ ..] = rest {
            match byte {
                b'\n' | b' '..=b'~' => {}
                b'\r' if tail.first() == Some(&b'\n') => {}
                // Line breaks and marks of Unicode, and what Latin-1 has there.
                0xc2 if tail.first().is_some_and(|b| *b < 0xa0) => return false,
                0xe2 if matches!(tail, [0x80, 0xa8 | 0xa9, ..]) => return false,
                0xef if matches!(tail, [0xbb, 0xbf, ..] | [0xbf, ..]) => return false,
                0x80.. => {}
                _ => return false,
            }
            rest = tail;
        }
        true
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    fn peek(&self) -> u8 {
        self.byte(self.pos)
    }

    fn is_line_end(&self, at: usize) -> bool {
        matches!(self.byte(at), b'\n' | b'\r')
    }

    fn is_blank(&self, at: usize) -> bool {
        matches!(self.byte(at), b' ' | b'\n' | b'\r')
    }

    /// Moves to the content of the next line that has any, from a line's
    /// beginning. False at the end of the text.
    fn next_line(&mut self) -> Option<bool> {
        loop {
            if self.pos >= self.bytes.len() {
                return Some(false);
            }
            let start = self.pos;
            while self.peek() == b' ' && self.pos < self.bytes.len() {
                self.pos += 1;
            }
            if self.pos >= self.bytes.len() {
                return Some(false);
            }
            if self.is_line_end(self.pos) || self.peek() == b'#' {
                self.skip_line();
                continue;
            }
            self.indent = self.pos - start;
            return Some(true);
        }
    }

    /// Moves to the beginning of the next line.
    fn skip_line(&mut self) {
        match self.bytes[self.pos..].iter().position(|b| *b == b'\n') {
            Some(i) => self.pos += i + 1,
            None => self.pos = self.bytes.len(),
        }
    }

    /// Passes blanks and a comment, and moves to the next line.
    fn end_of_line(&mut self) -> Option<()> {
        let start = self.pos;
        while self.peek() == b' ' && self.pos < self.bytes.len() {
            self.pos += 1;
        }
        if self.peek() == b'#' && self.pos > start || self.is_line_end(self.pos) {
            self.skip_line();
            return Some(());
        }
        None
    }

    fn at_dash(&self) -> bool {
        self.peek() == b'-' && self.is_blank(self.pos + 1)
    }

    /// Tells whether the current line is one of a document's marks.
    fn at_mark(&self) -> bool {
        let rest = &self.bytes[self.pos..];
        self.indent == 0 && (rest.starts_with(b"---") || rest.starts_with(b"..."))
    }

    fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth < MAX_DEPTH).then_some(())
    }

    /// Reads a list whose dashes stand in a column.
    fn sequence(&mut self, column: usize) -> Option<Yaml> {
        self.enter()?;
        let start = self.pos;
        let mut items = Vec::new();
        loop {
            let dash = self.pos;
            self.pos += 1;
            let item = if self.rest_is_empty() {
                let mut rest = self.text[self.pos..].bytes();
                if rest.find(|b| *b != b' ') == Some(b'#') {
                    return None;
                }
                self.below(column, false)?
            } else {
                while self.peek() == b' ' {
                    self.pos += 1;
                }
                let inner = column + (self.pos - dash);
                if self.at_dash() {
                    // Lists in lists are too rare to be worth a word here.
                    return None;
                } else if self.key_ahead()? {
                    self.indent = inner;
                    self.mapping(inner)?
                } else {
                    self.value(column)?
                }
            };
            items.push(item);
            let line = self.pos;
            if !self.goes_on(column)? {
                break;
            }
            if !self.at_dash() {
                // The next key of the mapping in whose column the list stands.
                self.pos = line;
                break;
            }
        }
        self.depth -= 1;
        let end = items.last().map_or(start, |item: &Yaml| item.span.end);
        Some(Yaml {
            span: start..end.max(start + 1),
            value: YamlValue::Sequence(items),
        })
    }

    /// Reads a mapping whose keys stand in a column.
    fn mapping(&mut self, column: usize) -> Option<Yaml> {
        self.enter()?;
        let start = self.pos;
        let mut entries = Vec::new();
        loop {
            let (key, key_span) = self.key()?;
            self.pos += 1;
            let value = if self.rest_is_empty() {
                self.below(column, true)?
            } else {
                while self.peek() == b' ' {
                    self.pos += 1;
                }
                self.value(column)?
            };
            entries.push(YamlEntry {
                key,
                key_span,
                value,
            });
            if !self.goes_on(column)? {
                break;
            }
            if self.at_dash() || self.at_mark() {
                return None;
            }
        }
        self.depth -= 1;
        if has_repeated_key(&entries) {
            return None;
        }
        let last = entries.last()?;
        let end = last.value.span.end.max(last.key_span.end);
        Some(Yaml {
            span: start..end,
            value: YamlValue::Mapping(entries),
        })
    }

    /// Moves to the next line and tells whether it belongs to the collection
    /// in a column. Gives up when it stands where nothing can stand.
    fn goes_on(&mut self, column: usize) -> Option<bool> {
        let line = self.pos;
        if !self.next_line()? {
            return Some(false);
        }
        match self.indent.cmp(&column) {
            std::cmp::Ordering::Equal => Some(true),
            std::cmp::Ordering::Greater => None,
            std::cmp::Ordering::Less => {
                self.pos = line;
                Some(false)
            }
        }
    }

    /// Tells whether nothing but blanks and a comment is left on the line.
    fn rest_is_empty(&self) -> bool {
        let mut at = self.pos;
        while self.byte(at) == b' ' && at < self.bytes.len() {
            at += 1;
        }
        self.is_line_end(at) || self.byte(at) == b'#' && at > self.pos
    }

    /// Reads a value that begins on a line of its own, after a colon or dash.
    fn below(&mut self, parent: usize, in_mapping: bool) -> Option<Yaml> {
        let null = Yaml {
            value: YamlValue::Null,
            span: self.pos..self.pos,
        };
        let begin = self.pos;
        self.end_of_line()?;
        // With something behind it, ideas differ of where nothing stands.
        let null = self.is_line_end(begin).then_some(null);
        let line = self.pos;
        if !self.next_line()? {
            return null;
        }
        // The dashes of a list may stand right below the key.
        let is_list_below = in_mapping && self.indent == parent && self.at_dash();
        if self.indent <= parent && !is_list_below {
            self.pos = line;
            return null;
        }
        let column = self.indent;
        if self.at_dash() {
            let list = self.sequence(column)?;
            return Some(list);
        }
        if self.key_ahead()? {
            return self.mapping(column);
        }
        self.value(parent)
    }

    /// Tells whether the current line begins with a key.
    fn key_ahead(&mut self) -> Option<bool> {
        let start = self.pos;
        let found = match self.peek() {
            b'"' | b'\'' => self.quoted_on_one_line().is_some_and(|_| {
                while self.peek() == b' ' {
                    self.pos += 1;
                }
                self.peek() == b':' && self.is_blank(self.pos + 1)
            }),
            b'[' | b'{' => false,
            b'?' if self.is_blank(self.pos + 1) => return None,
            _ => self.plain_key_end().is_some(),
        };
        self.pos = start;
        Some(found)
    }

    /// Finds the colon that ends a plain key on this line.
    fn plain_key_end(&self) -> Option<usize> {
        let mut at = self.pos;
        while !self.is_line_end(at) {
            match self.byte(at) {
                b':' if self.is_blank(at + 1) => return Some(at),
                b'#' if self.byte(at.wrapping_sub(1)) == b' ' => return None,
                _ => at += 1,
            }
        }
        None
    }

    /// Reads a key, up to its colon.
    fn key(&mut self) -> Option<(String, Range<usize>)> {
        let start = self.pos;
        if matches!(self.peek(), b'"' | b'\'') {
            let text = self.quoted_on_one_line()?;
            let span = start..self.pos;
            while self.peek() == b' ' {
                self.pos += 1;
            }
            let is_key = self.peek() == b':' && self.is_blank(self.pos + 1);
            return is_key.then_some((text, span));
        }
        if !self.begins_plain(start) {
            return None;
        }
        let colon = self.plain_key_end()?;
        let text = self.text[start..colon].trim_end_matches(' ');
        if text == "<<" || text.len() > 500 {
            return None;
        }
        self.pos = colon;
        let key = match scalar::resolve(text).ok()? {
            YamlValue::String(text) | YamlValue::BigInt(text) | YamlValue::Date(text) => text,
            YamlValue::Bool(value) => value.to_string(),
            YamlValue::Int(number) => number.to_string(),
            _ => return None,
        };
        Some((key, start..start + text.len()))
    }

    /// Tells whether a plain scalar can begin here.
    fn begins_plain(&self, at: usize) -> bool {
        match self.byte(at) {
            b'-' | b'?' | b':' => !self.is_blank(at + 1),
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`' => false,
            _ => true,
        }
    }

    /// Reads a scalar or a flow collection, and moves to the next line.
    fn value(&mut self, parent: usize) -> Option<Yaml> {
        match self.peek() {
            b'|' | b'>' => self.block_scalar(parent),
            b'"' | b'\'' => {
                let start = self.pos;
                let text = self.quoted(parent)?;
                let span = start..self.pos;
                self.end_of_line()?;
                Some(Yaml {
                    value: YamlValue::String(text),
                    span,
                })
            }
            b'[' | b'{' => {
                let yaml = self.flow(parent)?;
                self.end_of_line()?;
                Some(yaml)
            }
            _ => self.plain(parent),
        }
    }

    fn plain(&mut self, parent: usize) -> Option<Yaml> {
        let start = self.pos;
        if !self.begins_plain(start) {
            return None;
        }
        let (end, has_comment) = self.plain_line()?;
        let mut span = start..end;
        self.skip_line();
        let first = &self.text[span.clone()];
        let mut folded: Option<String> = None;
        loop {
            let line = self.pos;
            let mut breaks = 0;
            while self.pos < self.bytes.len() && self.line_is_blank() {
                breaks += 1;
                self.skip_line();
            }
            let begin = self.pos;
            while self.peek() == b' ' && self.pos < self.bytes.len() {
                self.pos += 1;
            }
            let goes_on = self.pos < self.bytes.len() && self.pos - begin > parent;
            if !goes_on {
                self.pos = line;
                break;
            }
            if self.peek() == b'#' {
                // A comment ends the scalar; what then follows may not be
                // indented further, which the caller checks.
                self.pos = line;
                break;
            }
            if has_comment {
                return None;
            }
            let text_start = self.pos;
            let (end, has_comment) = self.plain_line()?;
            if has_comment {
                return None;
            }
            let text = folded.get_or_insert_with(|| first.to_owned());
            if breaks == 0 {
                text.push(' ');
            } else {
                text.extend(std::iter::repeat_n('\n', breaks));
            }
            text.push_str(&self.text[text_start..end]);
            span.end = end;
            self.skip_line();
        }
        let value = match folded {
            // Only a text can span lines.
            Some(text) => YamlValue::String(text),
            None => scalar::resolve(first).ok()?,
        };
        Some(Yaml { value, span })
    }

    fn line_is_blank(&self) -> bool {
        let mut at = self.pos;
        while self.byte(at) == b' ' && at < self.bytes.len() {
            at += 1;
        }
        self.is_line_end(at)
    }

    /// Finds where a plain scalar's text on this line ends, and whether a
    /// comment follows it. Gives up when it has what looks like a key.
    fn plain_line(&self) -> Option<(usize, bool)> {
        let mut at = self.pos;
        let mut end = at;
        while !self.is_line_end(at) {
            match self.byte(at) {
                b' ' => {}
                b':' if self.is_blank(at + 1) => return None,
                b'#' if self.byte(at.wrapping_sub(1)) == b' ' => return Some((end, true)),
                _ => end = at + 1,
            }
            at += 1;
        }
        Some((end, false))
    }

    fn quoted_on_one_line(&mut self) -> Option<String> {
        let start = self.pos;
        let text = self.quoted(usize::MAX)?;
        (!self.text[start..self.pos].contains('\n')).then_some(text)
    }

    /// Reads a quoted scalar. Its further lines must be indented more than
    /// the parent.
    fn quoted(&mut self, parent: usize) -> Option<String> {
        let quote = self.peek();
        self.pos += 1;
        let mut text = String::new();
        let mut from = self.pos;
        loop {
            let byte = *self.bytes.get(self.pos)?;
            match byte {
                b'\'' if quote == b'\'' => {
                    text.push_str(&self.text[from..self.pos]);
                    self.pos += 1;
                    if self.bytes.get(self.pos) != Some(&b'\'') {
                        return Some(text);
                    }
                    from = self.pos;
                    self.pos += 1;
                }
                b'"' if quote == b'"' => {
                    text.push_str(&self.text[from..self.pos]);
                    self.pos += 1;
                    return Some(text);
                }
                b'\\' if quote == b'"' => {
                    text.push_str(&self.text[from..self.pos]);
                    text.push(match self.byte(self.pos + 1) {
                        b'n' => '\n',
                        b't' => '\t',
                        b'"' => '"',
                        b'\\' => '\\',
                        b'/' => '/',
                        _ => return None,
                    });
                    self.pos += 2;
                    from = self.pos;
                }
                b'\n' | b'\r' => {
                    if parent == usize::MAX {
                        return None;
                    }
                    let line = self.text[from..self.pos].trim_end_matches(' ');
                    // A blank that was escaped is not there to be trimmed.
                    if line.is_empty() && from > 1 && self.byte(from - 2) == b'\\' {
                        return None;
                    }
                    text.push_str(line);
                    self.skip_line();
                    let mut breaks = 0;
                    while self.pos < self.bytes.len() && self.line_is_blank() {
                        breaks += 1;
                        self.skip_line();
                    }
                    let begin = self.pos;
                    while self.peek() == b' ' && self.pos < self.bytes.len() {
                        self.pos += 1;
                    }
                    if self.pos - begin <= parent {
                        return None;
                    }
                    if breaks == 0 {
                        text.push(' ');
                    } else {
                        text.extend(std::iter::repeat_n('\n', breaks));
                    }
                    from = self.pos;
                }
                _ => self.pos += 1,
            }
        }
    }

    /// Reads `[...]` or `{...}`.
    fn flow(&mut self, parent: usize) -> Option<Yaml> {
        self.enter()?;
        let start = self.pos;
        let is_list = self.peek() == b'[';
        let close = if is_list { b']' } else { b'}' };
        self.pos += 1;
        let mut items = Vec::new();
        let mut entries = Vec::new();
        loop {
            self.flow_blanks(parent)?;
            if self.peek() == close {
                break;
            }
            if is_list {
                items.push(self.flow_value(parent)?);
            } else {
                entries.push(self.flow_entry(parent)?);
            }
            self.flow_blanks(parent)?;
            match self.peek() {
                b',' => self.pos += 1,
                byte if byte == close => break,
                _ => return None,
            }
        }
        self.pos += 1;
        self.depth -= 1;
        if has_repeated_key(&entries) {
            return None;
        }
        // `[a]: b` would make a key of it.
        if self.peek() == b':' {
            return None;
        }
        Some(Yaml {
            value: if is_list {
                YamlValue::Sequence(items)
            } else {
                YamlValue::Mapping(entries)
            },
            span: start..self.pos,
        })
    }

    /// Passes blanks and line ends within a flow collection.
    fn flow_blanks(&mut self, parent: usize) -> Option<()> {
        loop {
            match self.bytes.get(self.pos)? {
                b' ' => self.pos += 1,
                b'\n' | b'\r' => {
                    self.skip_line();
                    let begin = self.pos;
                    while self.peek() == b' ' && self.pos < self.bytes.len() {
                        self.pos += 1;
                    }
                    if !self.is_line_end(self.pos) && self.pos - begin <= parent {
                        return None;
                    }
                }
                b'#' => return None,
                _ => return Some(()),
            }
        }
    }

    fn flow_entry(&mut self, parent: usize) -> Option<YamlEntry> {
        let start = self.pos;
        let key = if matches!(self.peek(), b'"' | b'\'') {
            let text = self.quoted_on_one_line()?;
            YamlValue::String(text)
        } else {
            let text = self.flow_plain()?;
            if text == "<<" {
                return None;
            }
            scalar::resolve(text).ok()?
        };
        let key_span = start..self.pos;
        let key = match key {
            YamlValue::String(text) | YamlValue::BigInt(text) | YamlValue::Date(text) => text,
            YamlValue::Bool(value) => value.to_string(),
            YamlValue::Int(number) => number.to_string(),
            _ => return None,
        };
        while self.peek() == b' ' {
            self.pos += 1;
        }
        if self.peek() != b':' || !self.is_blank(self.pos + 1) {
            return None;
        }
        self.pos += 1;
        self.flow_blanks(parent)?;
        Some(YamlEntry {
            key,
            key_span,
            value: self.flow_value(parent)?,
        })
    }

    fn flow_value(&mut self, parent: usize) -> Option<Yaml> {
        let start = self.pos;
        let value = match self.peek() {
            b'[' | b'{' => return self.flow(parent),
            b'"' | b'\'' => YamlValue::String(self.quoted_on_one_line()?),
            _ => scalar::resolve(self.flow_plain()?).ok()?,
        };
        let span = start..self.pos;
        // A colon here would make an entry of an item.
        let mut at = self.pos;
        while self.byte(at) == b' ' {
            at += 1;
        }
        if self.byte(at) == b':' {
            return None;
        }
        Some(Yaml { value, span })
    }

    /// Reads a plain scalar within a flow collection, on one line.
    fn flow_plain(&mut self) -> Option<&str> {
        let start = self.pos;
        if !self.begins_plain(start)
            || matches!(self.byte(start), b'-' | b'?' | b':')
                && matches!(self.byte(start + 1), b',' | b']' | b'}' | b'[' | b'{')
        {
            return None;
        }
        let mut end = start;
        loop {
            match self.byte(self.pos) {
                b',' | b']' | b'}' => break,
                b'\n' | b'\r' | b'[' | b'{' => return None,
                b':' if self.is_blank(self.pos + 1) => break,
                // What a colon means here, versions of YAML disagree about.
                b':' if matches!(self.byte(self.pos + 1), b',' | b']' | b'}') => return None,
                b'#' if self.byte(self.pos - 1) == b' ' => return None,
                b' ' => {}
                _ => end = self.pos + 1,
            }
            self.pos += 1;
        }
        self.pos = end;
        Some(&self.text[start..end])
    }

    /// Reads a `|` or `>` scalar.
    fn block_scalar(&mut self, parent: usize) -> Option<Yaml> {
        let start = self.pos;
        let is_literal = self.peek() == b'|';
        self.pos += 1;
        let chomp = self.peek();
        if matches!(chomp, b'-' | b'+') {
            self.pos += 1;
        }
        self.end_of_line()?;
        let mut lines: Vec<&str> = Vec::new();
        let mut column = None;
        // The place is that of the text, without the sign before it.
        let mut span = start..start;
        while self.pos < self.bytes.len() {
            let line_start = self.pos;
            let mut content = line_start;
            while self.byte(content) == b' ' && content < self.bytes.len() {
                content += 1;
            }
            let width = content - line_start;
            if content >= self.bytes.len() {
                // Blanks at the end of the text are too odd to think about.
                if width > 0 {
                    return None;
                }
                break;
            }
            if self.is_line_end(content) {
                if column.is_none_or(|column| width > column) && width > 0 {
                    return None;
                }
                lines.push("");
                self.skip_line();
                continue;
            }
            let column = *column.get_or_insert(width);
            if width < column || column <= parent {
                if width > parent {
                    return None;
                }
                break;
            }
            if !is_literal && width > column {
                return None;
            }
            if span.is_empty() {
                span.start = line_start + column;
            }
            self.skip_line();
            let line = &self.text[line_start + column..self.pos];
            let line = line.trim_end_matches('\n').trim_end_matches('\r');
            lines.push(line);
            span.end = line_start + column + line.trim_end_matches(' ').len();
        }
        let last = lines.iter().rposition(|line| !line.is_empty())?;
        let trailing = lines.len() - 1 - last;
        let mut text = String::with_capacity(span.len() + 1);
        if is_literal {
            for (i, line) in lines[..=last].iter().enumerate() {
                if i > 0 {
                    text.push('\n');
                }
                text.push_str(line);
            }
        } else {
            fold(&lines[..=last], &mut text)?;
        }
        match chomp {
            b'-' => {}
            // A last line without a line end adds none.
            _ if self.pos == self.bytes.len() && self.byte(self.pos - 1) != b'\n' => {}
            b'+' => text.extend(std::iter::repeat_n('\n', trailing + 1)),
            _ => text.push('\n'),
        }
        Some(Yaml {
            value: YamlValue::String(text),
            span,
        })
    }
}

/// Joins the lines of a folded scalar.
fn fold(lines: &[&str], text: &mut String) -> Option<()> {
    let mut breaks = 0;
    let mut is_first = true;
    for line in lines {
        if line.is_empty() {
            breaks += 1;
            continue;
        }
        if line.starts_with(' ') {
            return None;
        }
        if is_first {
            text.extend(std::iter::repeat_n('\n', breaks));
        } else if breaks == 0 {
            text.push(' ');
        } else {
            text.extend(std::iter::repeat_n('\n', breaks));
        }
        text.push_str(line);
        breaks = 0;
        is_first = false;
    }
    Some(())
}
