//! Finds the blocks of a file: macros, tests, materializations, snapshots, docs.
//!
//! Only tags are looked at here, as dbt does it, so that a file with hundreds
//! of macros costs next to nothing. A body is read in full when it is compiled,
//! or by [`extract`](super::extract()).

use std::ops::Range;

use super::error::{ErrorKind, JinjaError, Location};
use super::syntax::{self, Statement, is_space};

/// A block with its tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub kind: BlockKind,
    /// The name in the macro namespace: `test_x` for `{% test x %}`,
    /// `materialization_x_duckdb`, otherwise as written.
    pub name: String,
    /// The name as written.
    pub block_name: String,
    /// The bytes of the whole block with its tags: dbt's `macro_sql`.
    pub text: Range<usize>,
    /// The bytes between the tags.
    pub body: Range<usize>,
    /// The line of the opening tag, from 1.
    pub line: u32,
    pub parameters: Vec<Parameter>,
    /// `supported_languages` of a materialization, when given.
    pub supported_languages: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockKind {
    Macro,
    /// `{% test %}` or `{% data_test %}`.
    Test,
    /// A materialization and its adapter, `default` when none is named.
    Materialization {
        adapter: String,
    },
    Snapshot,
    Docs,
}

/// A parameter of a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// The type annotation as written, `list[string]`.
    pub annotation: Option<String>,
    /// The default's text as written.
    pub default: Option<String>,
}

/// The tags of blocks that files with macros have.
pub const MACRO_TAGS: &[&str] = &["macro", "test", "data_test", "materialization"];

/// All tags that open a block.
pub const ALL_TAGS: &[&str] = &[
    "macro",
    "test",
    "data_test",
    "materialization",
    "snapshot",
    "docs",
];

/// The blocks of a file, in order, and what else stands at its top level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blocks {
    pub blocks: Vec<Block>,
    /// The tags outside of every block, which do nothing: `set`, `do`, `if`.
    pub strays: Vec<Stray>,
}

/// A tag that belongs to no block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    pub word: String,
    /// The bytes of the tag.
    pub tag: Range<usize>,
}

/// Finds the top-level blocks of a text, in order. Text between them is skipped.
pub fn scan_blocks(text: &str) -> Result<Vec<Block>, JinjaError> {
    Ok(scan_blocks_of(text, ALL_TAGS)?.blocks)
}

/// Finds the top-level blocks that begin with one of the given tags; others are
/// plain text here.
pub fn scan_blocks_of(text: &str, tags: &[&str]) -> Result<Blocks, JinjaError> {
    let mut scanner = Scanner {
        text,
        pos: 0,
        counted: 0,
        line: 1,
    };
    let mut found = Blocks::default();
    let mut control: Vec<Tag<'_>> = Vec::new();
    let mut current: Option<Tag<'_>> = None;
    while let Some(tag) = scanner.next_tag()? {
        match tag.word {
            "if" | "for" => {
                if current.is_none() {
                    found.strays.push(tag.stray());
                }
                control.push(tag);
                continue;
            }
            "endif" | "endfor" => {
                let expected = control.pop().map(|open| open.word);
                if expected != Some(&tag.word[3..]) {
                    let message = match expected {
                        Some(open) => format!(
                            "found `{{% {} %}}` where `{{% end{open} %}}` closes the innermost tag",
                            tag.word
                        ),
                        None => format!("`{{% {} %}}` closes nothing that is open", tag.word),
                    };
                    return Err(scanner.error(tag.tag.clone(), message));
                }
                if current.is_none() {
                    found.strays.push(tag.stray());
                }
                continue;
            }
            _ => {}
        }
        if tags.contains(&tag.word) {
            if let Some(open) = &current {
                let message = format!(
                    "`{{% {} {} %}}` begins before `{{% {} {} %}}` is closed with `{{% end{} %}}`",
                    tag.word, tag.name, open.word, open.name, open.word
                );
                return Err(scanner.error(tag.tag.clone(), message));
            }
            if let Some(open) = control.last() {
                let message = format!(
                    "`{{% {} %}}` stands inside of `{{% {} %}}`; it has to be at the top level",
                    tag.word, open.word
                );
                return Err(scanner.error(tag.tag.clone(), message));
            }
            current = Some(tag);
        } else if let Some(open) = &current
            && tag.word.strip_prefix("end") == Some(open.word)
        {
            found.blocks.push(scanner.block(open, &tag)?);
            current = None;
        } else if current.is_none() {
            found.strays.push(tag.stray());
        }
    }
    if let Some(open) = current {
        let message = format!(
            "`{{% {} {} %}}` is not closed with `{{% end{} %}}`",
            open.word, open.name, open.word
        );
        return Err(scanner.error(open.tag.clone(), message));
    }
    Ok(found)
}

/// A tag, with the whitespace that its `-` takes away in `text`.
struct Tag<'a> {
    word: &'a str,
    name: &'a str,
    text: Range<usize>,
    tag: Range<usize>,
    /// Where the tag's name ends.
    after_name: usize,
}

impl Tag<'_> {
    fn stray(&self) -> Stray {
        Stray {
            word: self.word.to_owned(),
            tag: self.tag.clone(),
        }
    }
}

struct Scanner<'a> {
    text: &'a str,
    pos: usize,
    /// How far lines are counted, and the line there.
    counted: usize,
    line: u32,
}

impl<'a> Scanner<'a> {
    fn error(&self, range: Range<usize>, message: impl Into<String>) -> JinjaError {
        located(self.text, range, message)
    }

    fn line_at(&mut self, offset: usize) -> u32 {
        self.line += self.text[self.counted..offset].matches('\n').count() as u32;
        self.counted = offset;
        self.line
    }

    fn next_tag(&mut self) -> Result<Option<Tag<'a>>, JinjaError> {
        let bytes = self.text.as_bytes();
        while let Some(offset) = self.text[self.pos..].find('{') {
            let at = self.pos + offset;
            match bytes.get(at + 1) {
                Some(b'#') => {
                    let close = self.text[at + 2..].find("#}").ok_or_else(|| {
                        self.error(at..at + 2, "the comment is not closed with `#}`")
                    })?;
                    self.pos = at + 2 + close + 2;
                }
                Some(b'{') => self.pos = self.close(at, at + 2, "}}")?,
                Some(b'%') => match self.tag(at)? {
                    Some(tag) => return Ok(Some(tag)),
                    None => self.pos = at + 2,
                },
                _ => self.pos = at + 1,
            }
        }
        Ok(None)
    }

    /// Finds the end of an expression or tag; only strings can hide it.
    fn close(&self, open: usize, from: usize, end: &str) -> Result<usize, JinjaError> {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            if bytes[at..].starts_with(end.as_bytes()) {
                return Ok(at + end.len());
            }
            at += 1;
            if byte == b'\'' || byte == b'"' {
                loop {
                    match bytes.get(at) {
                        None => {
                            return Err(
                                self.error(open..open + 2, "a string in this tag is not closed")
                            );
                        }
                        Some(b'\\') => at += 2,
                        Some(b) => {
                            at += 1;
                            if *b == byte {
                                break;
                            }
                        }
                    }
                }
            }
        }
        Err(self.error(
            open..open + 2,
            format!("the tag is not closed with `{end}`"),
        ))
    }

    /// Reads the tag at a `{%`.
    fn tag(&mut self, at: usize) -> Result<Option<Tag<'a>>, JinjaError> {
        let text = self.text;
        let trims = text.as_bytes().get(at + 2) == Some(&b'-');
        let inner = at + 2 + usize::from(trims || text.as_bytes().get(at + 2) == Some(&b'+'));
        let word_start = text.len() - text[inner..].trim_start_matches(is_space).len();
        let word = identifier(&text[word_start..]);
        if word.is_empty() {
            return Ok(None);
        }
        let word_end = word_start + word.len();
        let name_start = text.len() - text[word_end..].trim_start_matches(is_space).len();
        let name = if name_start > word_end {
            identifier(&text[name_start..])
        } else {
            ""
        };
        let mut end = self.close(at, word_end, "%}")?;
        if word == "raw" {
            end = self.raw_end(at, end)?;
        }
        let tag = at..end;
        let closes_trimming = text.as_bytes().get(end.wrapping_sub(3)) == Some(&b'-');
        if closes_trimming {
            end = text.len() - text[end..].trim_start_matches(is_space).len();
        }
        // Whitespace that the tag before has taken is not this one's.
        let before = &text[self.pos.min(at)..at];
        let start = if trims {
            at - (before.len() - before.trim_end_matches(is_space).len())
        } else {
            at
        };
        self.pos = end;
        let after_name = if name.is_empty() {
            word_end
        } else {
            name_start + name.len()
        };
        Ok(Some(Tag {
            word,
            name,
            text: start..end,
            tag,
            after_name,
        }))
    }

    fn raw_end(&self, open: usize, from: usize) -> Result<usize, JinjaError> {
        let mut at = from;
        while let Some(offset) = self.text[at..].find("{%") {
            let tag = at + offset;
            let rest = &self.text[tag + 2..];
            let rest = rest
                .strip_prefix(['-', '+'])
                .unwrap_or(rest)
                .trim_start_matches(is_space);
            if let Some(rest) = rest.strip_prefix("endraw") {
                let rest = rest.trim_start_matches(is_space);
                let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
                if let Some(rest) = rest.strip_prefix("%}") {
                    return Ok(self.text.len() - rest.len());
                }
            }
            at = tag + 2;
        }
        Err(self.error(
            open..open + 2,
            "the raw block is not closed with `{% endraw %}`",
        ))
    }

    fn block(&mut self, open: &Tag<'a>, close: &Tag<'a>) -> Result<Block, JinjaError> {
        let line = self.line_at(open.tag.start);
        // A block without a name is one nobody can refer to.
        if open.name.is_empty() {
            let message = format!("`{{% {} %}}` has no name", open.word);
            return Err(self.error(open.tag.clone(), message));
        }
        let mut block = Block {
            kind: BlockKind::Macro,
            name: open.name.to_owned(),
            block_name: open.name.to_owned(),
            text: open.text.start..close.text.end,
            body: open.text.end..close.text.start.max(open.text.end),
            line,
            parameters: Vec::new(),
            supported_languages: None,
        };
        match open.word {
            "macro" => block.parameters = self.parameters(open)?,
            "test" | "data_test" => {
                block.kind = BlockKind::Test;
                block.name = format!("test_{}", open.name);
                block.parameters = self.parameters(open)?;
            }
            "materialization" => {
                let (name, languages) = self.materialization(open)?;
                let prefix = format!("materialization_{}_", open.name);
                let adapter = name.strip_prefix(&prefix).unwrap_or("default").to_owned();
                block.kind = BlockKind::Materialization { adapter };
                block.name = name;
                block.supported_languages = languages;
            }
            "snapshot" => block.kind = BlockKind::Snapshot,
            _ => block.kind = BlockKind::Docs,
        }
        Ok(block)
    }

    /// Reads the parameters out of the opening tag.
    fn parameters(&self, open: &Tag<'a>) -> Result<Vec<Parameter>, JinjaError> {
        // Most macros have few, plain parameters; no need for the full grammar.
        let signature = self.text[open.after_name..open.tag.end - 2].trim_matches(is_space);
        if let Some(plain) = plain_parameters(signature) {
            return Ok(plain);
        }
        let definition = self.definition(open)?;
        let text_of = |span: syntax::Span| span.of(self.text).to_owned();
        Ok(definition
            .parameters
            .iter()
            .map(|parameter| Parameter {
                name: text_of(parameter.name),
                annotation: parameter.annotation.map(text_of),
                default: parameter
                    .default
                    .as_ref()
                    .map(|default| text_of(default.span)),
            })
            .collect())
    }

    fn materialization(&self, open: &Tag<'a>) -> Result<(String, Option<Vec<String>>), JinjaError> {
        let definition = self.definition(open)?;
        let languages = definition
            .parameters
            .iter()
            .find(|p| p.name.of(self.text) == "supported_languages")
            .and_then(|p| p.default.as_ref())
            .and_then(|default| match &default.kind {
                syntax::ExprKind::List(items) | syntax::ExprKind::Tuple(items) => Some(items),
                _ => None,
            })
            .map(|items| {
                items
                    .iter()
                    .filter_map(|item| match &item.kind {
                        syntax::ExprKind::Const(value) => value.as_str().map(str::to_owned),
                        _ => None,
                    })
                    .collect()
            });
        Ok((definition.name.clone(), languages))
    }

    /// Parses the opening tag with an empty body.
    fn definition(&self, open: &Tag<'a>) -> Result<std::sync::Arc<syntax::Definition>, JinjaError> {
        // The tag is parsed where it stands, so that errors have the true place.
        syntax::parse_opening_tag(self.text, open.tag.start, open.tag.end)
            .map_err(|error| self.error(error.span.range(), error.message))
    }
}

fn identifier(text: &str) -> &str {
    let len = text
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
        .count();
    if text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        ""
    } else {
        &text[..len]
    }
}

/// Reads `(a, b, c)` without defaults and annotations.
fn plain_parameters(signature: &str) -> Option<Vec<Parameter>> {
    let signature = signature
        .strip_suffix('-')
        .unwrap_or(signature)
        .trim_end_matches(is_space);
    let inner = signature
        .strip_prefix('(')?
        .strip_suffix(')')?
        .trim_matches(is_space);
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let mut parameters = Vec::new();
    for part in inner.split(',') {
        let name = part.trim_matches(is_space);
        if name.is_empty() || identifier(name) != name {
            return None;
        }
        if matches!(name, "true" | "True" | "false" | "False" | "none" | "None") {
            return None;
        }
        parameters.push(Parameter {
            name: name.to_owned(),
            annotation: None,
            default: None,
        });
    }
    Some(parameters)
}

/// Makes a syntax error at a range of a text that has no path here.
pub(super) fn located(text: &str, range: Range<usize>, message: impl Into<String>) -> JinjaError {
    let mut error = JinjaError::new(ErrorKind::Syntax, message);
    let before = text.get(..range.start).unwrap_or_default();
    let start_of_line = before.rfind('\n').map_or(0, |at| at + 1);
    error.locate(Location {
        path: "".into(),
        line: before.bytes().filter(|b| *b == b'\n').count() as u32 + 1,
        column: before[start_of_line..].chars().count() as u32 + 1,
        range,
    });
    error
}

/// Reads the definition that a block's text holds.
pub(super) fn definition_of(
    text: &str,
    range: Range<usize>,
) -> Result<std::sync::Arc<syntax::Definition>, syntax::SyntaxError> {
    let statements = syntax::parse_block(text, range.start, range.end)?;
    statements
        .into_iter()
        .find_map(|statement| match statement {
            Statement::Definition(definition) => Some(definition),
            _ => None,
        })
        .ok_or_else(|| {
            syntax::SyntaxError::new(
                syntax::Span::new(range.start, range.end),
                "there is no macro in this block",
            )
        })
}
