//! YAML with places, read as dbt's loader reads it.
//!
//! The one module that names the YAML crate. It turns the crate's events into a
//! tree itself, because dbt's loader follows YAML 1.1 (see `scalar`) and its
//! values keep their places here, so that mistakes found later can still be
//! pointed at.

mod plain;
mod scalar;
#[cfg(test)]
mod tests;
mod unquoted;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, StructureStyle, Tag};
use serde_json::{Map, Number, Value, json};

use crate::diagnostics::{Diagnostic, SourceFile};
use crate::event::kinds;

/// A value and where it stands in its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Yaml {
    pub value: YamlValue,
    pub span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum YamlValue {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer that does not fit, as its digits.
    BigInt(String),
    Float(f64),
    String(String),
    /// A date or a time; its text is how dbt's JSON shows it.
    Date(String),
    Sequence(Vec<Yaml>),
    /// In the file's order; a repeated key keeps its first place and its last
    /// value.
    Mapping(Vec<YamlEntry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct YamlEntry {
    /// Keys that are no texts stand as dbt's JSON writes them: `1`, `true`.
    pub key: String,
    pub key_span: Range<usize>,
    pub value: Yaml,
}

/// How deep values may nest, aliases followed.
const MAX_DEPTH: usize = 200;
/// How many values aliases may stand for, so that a small file cannot grow
/// to fill the memory.
const MAX_COPIED: usize = 1_000_000;

/// Reads a YAML file. An empty one is null.
pub fn parse_yaml(file: &Arc<SourceFile>) -> Result<Yaml, Diagnostic> {
    parse_yaml_checked(file).map(|(yaml, _)| yaml)
}

/// Reads a YAML file, with warnings about keys that are written twice.
pub fn parse_yaml_checked(file: &Arc<SourceFile>) -> Result<(Yaml, Vec<Diagnostic>), Diagnostic> {
    match plain::read(read_text(file)) {
        Some(yaml) => Ok((yaml, Vec::new())),
        None => parse_fully(file),
    }
}

/// Reads a text that is no file, blank ends included.
pub fn parse_yaml_text(text: &str) -> Result<Yaml, Diagnostic> {
    let file = SourceFile::new("", text);
    match plain::read(text) {
        Some(yaml) => Ok(yaml),
        None => parse_events(&file, text).map(|(yaml, _)| yaml),
    }
}

/// Returns the text that is read: dbt takes blank ends off its files before.
fn read_text(file: &SourceFile) -> &str {
    file.text.trim_end()
}

/// Returns the line and column that dbt counts, whose text begins after the
/// blanks at its start.
fn dbt_place(file: &SourceFile, offset: usize) -> (usize, usize) {
    let start = file.text.len() - file.text.trim_start().len();
    let (line, column) = file.line_column(offset);
    let (first_line, first_column) = file.line_column(start);
    if line == first_line {
        return (1, column - first_column + 1);
    }
    (line - first_line + 1, column)
}

/// Reads a YAML file with the full parser.
fn parse_fully(file: &Arc<SourceFile>) -> Result<(Yaml, Vec<Diagnostic>), Diagnostic> {
    parse_events(file, read_text(file))
}

fn parse_events(file: &Arc<SourceFile>, text: &str) -> Result<(Yaml, Vec<Diagnostic>), Diagnostic> {
    let mut builder = Builder::new(file, text);
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => builder.event(event, &span)?,
            Err(error) => {
                let offset = error.marker().byte_offset().unwrap_or(0);
                return Err(syntax_error(file, error.kind(), offset));
            }
        }
    }
    let end = text.len();
    let yaml = builder.root.unwrap_or(Yaml {
        value: YamlValue::Null,
        span: end..end,
    });
    Ok((yaml, builder.warnings))
}

/// Explains what the parser could not read.
fn syntax_error(file: &Arc<SourceFile>, kind: &ErrorKind, offset: usize) -> Diagnostic {
    if let Some(diagnostic) = unquoted::jinja(file, offset) {
        return diagnostic;
    }
    let (line, _) = file.line_column(offset);
    let line_range = file.line_range(line);
    let line_text = &file.text[line_range.clone()];
    let indent = line_text.len() - line_text.trim_start().len();
    if let Some(tab) = line_text[..indent].find('\t') {
        let tab = line_range.start + tab;
        return Diagnostic::error("yaml-syntax", "a line is indented with a tab")
            .at(file, tab..tab + 1, "YAML allows spaces only")
            .hint("put two spaces in the tab's place");
    }
    let mut end = offset;
    end += file.text[offset..].chars().next().map_or(0, char::len_utf8);
    if *kind == ErrorKind::RecursionLimitExceeded {
        return too_deep(file, offset..end);
    }
    let diagnostic = Diagnostic::error("yaml-syntax", format!("`{}` is not valid YAML", file.path));
    let diagnostic = diagnostic.at(file, offset..end, kind.to_string());
    match kind {
        ErrorKind::MappingValueNotAllowed => {
            diagnostic.hint("a text that has `: ` in it needs quotes around it")
        }
        ErrorKind::InvalidColonPlacement => {
            diagnostic.hint("close the `[` or `{` that was opened before")
        }
        ErrorKind::UnknownAnchor => diagnostic.hint(
            "a text that begins with `*` needs quotes around it; an alias needs its anchor before",
        ),
        ErrorKind::UnexpectedCharacter {
            character: '@' | '`' | '%',
        } => diagnostic.hint("a text that begins with this character needs quotes around it"),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            diagnostic.hint("close the quotes that were opened before")
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockSequenceEntry => {
            diagnostic.hint("the line's indentation must be that of the entries beside it")
        }
        _ => diagnostic,
    }
}

fn too_deep(file: &Arc<SourceFile>, range: Range<usize>) -> Diagnostic {
    Diagnostic::error(
        "yaml-syntax",
        format!("`{}` nests values too deeply", file.path),
    )
    .at(file, range, format!("more than {MAX_DEPTH} levels deep"))
}

/// Builds the tree. Containers that are still open wait on a stack, so that
/// deep files need no deep recursion.
struct Builder<'f> {
    file: &'f Arc<SourceFile>,
    /// What is read of the file.
    text: &'f str,
    stack: Vec<Open>,
    root: Option<Yaml>,
    documents: usize,
    anchors: HashMap<usize, Anchored>,
    copied: usize,
    warnings: Vec<Diagnostic>,
}

/// A container whose end has not been seen.
struct Open {
    anchor: usize,
    span: Range<usize>,
    is_flow: bool,
    depth: usize,
    size: usize,
    kind: OpenKind,
}

enum OpenKind {
    Sequence(Vec<Yaml>),
    Mapping {
        entries: Vec<YamlEntry>,
        /// Key whose value comes next.
        key: Option<Key>,
        /// Entries that `<<` brings in, in the order in which they apply.
        merged: Vec<YamlEntry>,
        has_merge: bool,
    },
}

struct Key {
    text: String,
    span: Range<usize>,
    is_merge: bool,
}

struct Anchored {
    yaml: Yaml,
    depth: usize,
    size: usize,
}

impl<'f> Builder<'f> {
    fn new(file: &'f Arc<SourceFile>, text: &'f str) -> Self {
        Self {
            file,
            text,
            stack: Vec::new(),
            root: None,
            documents: 0,
            anchors: HashMap::new(),
            copied: 0,
            warnings: Vec::new(),
        }
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Diagnostic> {
        let range = span.byte_range().unwrap_or(0..0);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Diagnostic::error(
                        "yaml-syntax",
                        format!("`{}` holds more than one YAML document", self.file.path),
                    )
                    .at(self.file, range, "a second document begins here")
                    .hint("remove the line with `---`, or split the file"));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let is_cut = range.end >= self.text.len() && !self.text.ends_with('\n');
                let text = match text.strip_suffix('\n') {
                    // A last line without a line end adds none to its scalar.
                    Some(text) if is_block && is_cut => text,
                    _ => &*text,
                };
                let value = self.scalar(text, style, tag.as_deref(), &range)?;
                let span = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => self.trimmed(range),
                    // Nothing stands after its colon or dash, not on it.
                    ScalarStyle::Plain if range.is_empty() => {
                        let before = self.file.text.as_bytes().get(range.start);
                        let at = range.start + usize::from(matches!(before, Some(b':' | b'-')));
                        at..at
                    }
                    _ => range,
                };
                let plain_merge = style == ScalarStyle::Plain && text == "<<" && tag.is_none();
                self.place(Yaml { value, span }, anchor, 1, 1, plain_merge)?;
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.check_collection_tag(tag.as_deref(), "seq", &range)?;
                self.open(anchor, range, style, OpenKind::Sequence(Vec::new()))?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.check_collection_tag(tag.as_deref(), "map", &range)?;
                let kind = OpenKind::Mapping {
                    entries: Vec::new(),
                    key: None,
                    merged: Vec::new(),
                    has_merge: false,
                };
                self.open(anchor, range, style, kind)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&range)?,
            Event::Alias(id) => {
                let Some(anchored) = self.anchors.get(&id) else {
                    return Err(Diagnostic::error(
                        "yaml-syntax",
                        "an alias stands inside the value it stands for",
                    )
                    .at(self.file, range, "this value would never end"));
                };
                self.copied += anchored.size;
                if self.copied > MAX_COPIED {
                    return Err(Diagnostic::error(
                        "yaml-syntax",
                        format!("the aliases of `{}` stand for too much", self.file.path),
                    )
                    .at(
                        self.file,
                        range,
                        format!("more than {MAX_COPIED} values in all"),
                    ));
                }
                let (yaml, depth, size) = (anchored.yaml.clone(), anchored.depth, anchored.size);
                self.place(yaml, 0, depth, size, false)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes the blanks off the end of a block scalar's place: the parser counts
    /// the next line's indentation in.
    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let text = self.file.text.get(range.clone()).unwrap_or_default();
        let blanks = text.len() - text.trim_end_matches([' ', '\n', '\r']).len();
        range.start..range.end - blanks
    }

    fn open(
        &mut self,
        anchor: usize,
        span: Range<usize>,
        style: StructureStyle,
        kind: OpenKind,
    ) -> Result<(), Diagnostic> {
        if let Some(Open {
            kind: OpenKind::Mapping { key: None, .. },
            ..
        }) = self.stack.last()
        {
            return Err(unquoted::jinja(self.file, span.start).unwrap_or_else(|| {
                Diagnostic::error("yaml-syntax", "a key is a list or a mapping")
                    .at(self.file, span, "keys must be texts")
                    .hint("put quotes around a text that begins with `{` or `[`")
            }));
        }
        self.stack.push(Open {
            anchor,
            span,
            is_flow: style == StructureStyle::Flow,
            depth: 1,
            size: 1,
            kind,
        });
        Ok(())
    }

    fn close(&mut self, end: &Range<usize>) -> Result<(), Diagnostic> {
        let Some(open) = self.stack.pop() else {
            return Ok(());
        };
        let mut span = open.span;
        // The end of a block is only noticed at the next token; a value ends
        // with its last part.
        let is_flow = open.is_flow;
        let value = match open.kind {
            OpenKind::Sequence(items) => {
                let from_start = &self.file.text[span.start..];
                let at_dash =
                    from_start.starts_with('-') && from_start[1..].starts_with([' ', '\n', '\r']);
                if !is_flow && !at_dash {
                    // A list right below its key is said to begin after its
                    // first dash.
                    let before = self.file.text[..span.start].trim_end_matches(' ');
                    if before.ends_with('-') && before.len() < span.start {
                        span.start = before.len() - 1;
                    }
                }
                span.end = match items.last() {
                    Some(last) if !is_flow => last.span.end.max(span.end),
                    _ => end.end.max(span.end),
                };
                YamlValue::Sequence(items)
            }
            OpenKind::Mapping {
                entries,
                merged,
                has_merge,
                ..
            } => {
                span.end = match entries.last() {
                    Some(last) if !is_flow => last.value.span.end.max(last.key_span.end),
                    _ => end.end.max(span.end),
                };
                let entries = if has_merge {
                    merge(merged, entries)
                } else {
                    self.unique(entries)
                };
                YamlValue::Mapping(entries)
            }
        };
        let yaml = Yaml { value, span };
        self.place(yaml, open.anchor, open.depth, open.size, false)
    }

    /// Puts a finished value where it belongs.
    fn place(
        &mut self,
        yaml: Yaml,
        anchor: usize,
        depth: usize,
        size: usize,
        plain_merge: bool,
    ) -> Result<(), Diagnostic> {
        if depth + self.stack.len() > MAX_DEPTH {
            return Err(too_deep(self.file, yaml.span));
        }
        if anchor != 0 {
            let anchored = Anchored {
                yaml: yaml.clone(),
                depth,
                size,
            };
            self.anchors.insert(anchor, anchored);
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(yaml);
            return Ok(());
        };
        open.depth = open.depth.max(depth + 1);
        open.size += size;
        match &mut open.kind {
            OpenKind::Sequence(items) => items.push(yaml),
            OpenKind::Mapping {
                entries,
                key,
                merged,
                has_merge,
            } => match key.take() {
                None => {
                    let span = yaml.span.clone();
                    *key = Some(Key {
                        text: key_text(self.file, yaml)?,
                        span,
                        is_merge: plain_merge,
                    });
                }
                Some(key) if key.is_merge => {
                    *has_merge = true;
                    merged.extend(merge_sources(self.file, yaml)?);
                }
                Some(key) => entries.push(YamlEntry {
                    key: key.text,
                    key_span: key.span,
                    value: yaml,
                }),
            },
        }
        Ok(())
    }

    /// Keeps the last value of every key, in the place of the first.
    fn unique(&mut self, entries: Vec<YamlEntry>) -> Vec<YamlEntry> {
        if !has_repeated_key(&entries) {
            return entries;
        }
        let mut index: HashMap<String, usize> = HashMap::with_capacity(entries.len());
        let mut kept: Vec<YamlEntry> = Vec::with_capacity(entries.len());
        for entry in entries {
            if let Some(&i) = index.get(&entry.key) {
                let (line, column) = dbt_place(self.file, entry.key_span.start);
                // What dbt's YAML reader says.
                let description = format!(
                    "Duplicate key '{}' in \"<unicode string>\", line {line}, column {column}",
                    entry.key
                );
                let title = format!("{description} in file `{}`", self.file.path);
                let data = json!({
                    "duplicate_description": description,
                    "file": self.file.path.as_str(),
                });
                self.warnings.push(
                    Diagnostic::warning("duplicate-yaml-key", title)
                        .as_event(kinds::DUPLICATE_YAML_KEYS, data)
                        .at(self.file, entry.key_span.clone(), "this value counts")
                        .at(
                            self.file,
                            kept[i].key_span.clone(),
                            "this one is not looked at",
                        )
                        .hint("remove one of the two"),
                );
                kept[i] = entry;
            } else {
                index.insert(entry.key.clone(), kept.len());
                kept.push(entry);
            }
        }
        kept
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        range: &Range<usize>,
    ) -> Result<YamlValue, Diagnostic> {
        let wrong = |what: String| {
            Diagnostic::error("yaml-value", what.clone()).at(self.file, range.clone(), what)
        };
        let Some(tag) = tag.filter(|t| t.original() != "!") else {
            return if style == ScalarStyle::Plain {
                scalar::resolve(text)
                    .map_err(|why| wrong(why).hint("put quotes around it when it is meant as text"))
            } else {
                Ok(YamlValue::String(text.to_owned()))
            };
        };
        let value = match tag.core_suffix() {
            Some("str") => Some(YamlValue::String(text.to_owned())),
            Some("null") => Some(YamlValue::Null),
            Some("bool") => scalar::boolean(&text.to_ascii_lowercase()).map(YamlValue::Bool),
            Some("int") => scalar::integer(text),
            Some("float") => {
                scalar::float(text).or_else(|| text.parse().ok().map(YamlValue::Float))
            }
            Some("timestamp") => match scalar::timestamp(text) {
                Some(result) => Some(YamlValue::Date(result.map_err(wrong)?)),
                None => None,
            },
            _ => return Err(self.unknown_tag(tag, range)),
        };
        value.ok_or_else(|| wrong(format!("`{text}` cannot be read as `{}`", tag.original())))
    }

    fn check_collection_tag(
        &self,
        tag: Option<&Tag>,
        expected: &str,
        range: &Range<usize>,
    ) -> Result<(), Diagnostic> {
        match tag {
            Some(tag) if tag.core_suffix() != Some(expected) && tag.original() != "!" => {
                Err(self.unknown_tag(tag, range))
            }
            _ => Ok(()),
        }
    }

    fn unknown_tag(&self, tag: &Tag, range: &Range<usize>) -> Diagnostic {
        let tag = tag.original();
        Diagnostic::error("yaml-value", format!("YAML tag `{tag}` means nothing here"))
            .at(self.file, range.clone(), format!("tagged `{tag}`"))
            .hint("put quotes around a text that begins with `!`")
    }
}

/// Returns a key as text.
fn key_text(file: &Arc<SourceFile>, key: Yaml) -> Result<String, Diagnostic> {
    Ok(match key.value {
        YamlValue::String(text) | YamlValue::BigInt(text) | YamlValue::Date(text) => text,
        YamlValue::Null => "null".to_owned(),
        YamlValue::Bool(value) => value.to_string(),
        YamlValue::Int(number) => number.to_string(),
        YamlValue::Float(number) => format!("{number:?}"),
        // Only an alias leads here; collections are caught where they open.
        YamlValue::Sequence(_) | YamlValue::Mapping(_) => {
            return Err(
                Diagnostic::error("yaml-syntax", "a key is a list or a mapping").at(
                    file,
                    key.span,
                    "keys must be texts",
                ),
            );
        }
    })
}

/// Returns the entries that the value of `<<` brings in. Of a list, earlier
/// mappings win over later ones, so they come last.
fn merge_sources(file: &Arc<SourceFile>, value: Yaml) -> Result<Vec<YamlEntry>, Diagnostic> {
    let wrong = |span| {
        Diagnostic::error("yaml-value", "`<<` needs a mapping, or a list of mappings").at(
            file,
            span,
            "this is neither",
        )
    };
    match value.value {
        YamlValue::Mapping(entries) => Ok(entries),
        YamlValue::Sequence(items) => {
            let mut sources = Vec::new();
            for item in items.into_iter().rev() {
                match item.value {
                    YamlValue::Mapping(entries) => sources.extend(entries),
                    _ => return Err(wrong(item.span)),
                }
            }
            Ok(sources)
        }
        _ => Err(wrong(value.span)),
    }
}

/// Puts merged entries before a mapping's own, which win over them.
fn merge(merged: Vec<YamlEntry>, own: Vec<YamlEntry>) -> Vec<YamlEntry> {
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<YamlEntry> = Vec::with_capacity(merged.len() + own.len());
    for entry in merged.into_iter().chain(own) {
        if let Some(&i) = index.get(&entry.key) {
            kept[i] = entry;
        } else {
            index.insert(entry.key.clone(), kept.len());
            kept.push(entry);
        }
    }
    kept
}

fn has_repeated_key(entries: &[YamlEntry]) -> bool {
    if entries.len() > 16 {
        let mut keys: Vec<&str> = entries.iter().map(|e| e.key.as_str()).collect();
        keys.sort_unstable();
        return keys.windows(2).any(|pair| pair[0] == pair[1]);
    }
    let mut rest = entries;
    while let [first, others @ ..] = rest {
        if others.iter().any(|e| e.key == first.key) {
            return true;
        }
        rest = others;
    }
    false
}

/// Reads a date or a time, and writes it with a time and an offset. What has
/// no time is at midnight, what has no offset in UTC.
pub(super) fn datetime(text: &str) -> Option<String> {
    let text = scalar::timestamp(text)?.ok()?;
    let Some((_, time)) = text.split_once('T') else {
        return Some(format!("{text}T00:00:00+00:00"));
    };
    if time.contains(['+', '-']) {
        return Some(text);
    }
    Some(format!("{text}+00:00"))
}

/// Returns what a key is when it is not made a text: a number, perhaps.
/// `text` is what the entry was read from.
pub fn typed_key(text: &str, entry: &YamlEntry) -> YamlValue {
    let written = text.get(entry.key_span.clone()).unwrap_or_default();
    let is_plain = !written.starts_with(['"', '\'', '!', '&', '*']);
    match scalar::resolve(written.trim()) {
        Ok(value) if is_plain => value,
        _ => YamlValue::String(entry.key.clone()),
    }
}

impl Yaml {
    /// Returns the value of a key, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Yaml> {
        self.entry(key).map(|e| &e.value)
    }

    /// Returns a key with its value, when this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&YamlEntry> {
        self.entries()?.iter().find(|e| e.key == key)
    }

    /// Returns the entries of a mapping.
    pub fn entries(&self) -> Option<&[YamlEntry]> {
        match &self.value {
            YamlValue::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the items of a sequence.
    pub fn items(&self) -> Option<&[Yaml]> {
        match &self.value {
            YamlValue::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Returns a text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            YamlValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// Tells whether the value is null.
    pub fn is_null(&self) -> bool {
        self.value == YamlValue::Null
    }

    /// Names the kind of the value, for messages: `a list`.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            YamlValue::Null => "nothing",
            YamlValue::Bool(_) => "a yes or no",
            YamlValue::Int(_) | YamlValue::BigInt(_) | YamlValue::Float(_) => "a number",
            YamlValue::String(_) => "a text",
            YamlValue::Date(_) => "a date",
            YamlValue::Sequence(_) => "a list",
            YamlValue::Mapping(_) => "a mapping",
        }
    }

    /// Returns the value as dbt's manifest would show it.
    pub fn to_json(&self) -> Value {
        match &self.value {
            YamlValue::Sequence(items) => items.iter().map(Yaml::to_json).collect(),
            YamlValue::Mapping(entries) => {
                let mut map = Map::with_capacity(entries.len());
                for entry in entries {
                    map.insert(entry.key.clone(), entry.value.to_json());
                }
                Value::Object(map)
            }
            scalar => scalar.to_json(),
        }
    }
}

impl Yaml {
    /// Returns where in the value dates and times stand, which JSON holds as
    /// texts: pointers of JSON, as `/a/0`.
    pub fn dates(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.collect_dates(&mut String::new(), &mut found);
        found
    }

    fn collect_dates(&self, at: &mut String, found: &mut BTreeSet<String>) {
        let mut inside = |key: &str, value: &Self| {
            let length = at.len();
            at.push('/');
            at.push_str(key);
            value.collect_dates(at, found);
            at.truncate(length);
        };
        match &self.value {
            YamlValue::Mapping(entries) => {
                for entry in entries {
                    inside(&entry.key, &entry.value);
                }
            }
            YamlValue::Sequence(items) => {
                for (i, item) in items.iter().enumerate() {
                    inside(&i.to_string(), item);
                }
            }
            YamlValue::Date(_) => {
                found.insert(at.clone());
            }
            _ => {}
        }
    }
}

impl YamlValue {
    /// Returns a scalar as JSON, and null for the rest.
    fn to_json(&self) -> Value {
        match self {
            Self::Null | Self::Sequence(_) | Self::Mapping(_) => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(number) => Value::from(*number),
            Self::BigInt(digits) => digits
                .parse::<u64>()
                .map_or_else(|_| Value::String(digits.clone()), Value::from),
            // JSON knows neither infinity nor NaN; Python's text for them is
            // what a template would print.
            Self::Float(number) => Number::from_f64(*number).map_or_else(
                || Value::String(format!("{number}").to_lowercase()),
                Value::Number,
            ),
            Self::String(text) | Self::Date(text) => Value::String(text.clone()),
        }
    }
}
