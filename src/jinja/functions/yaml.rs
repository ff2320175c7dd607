//! `toyaml` and `fromyaml`. Texts are written as PyYAML's `safe_dump` does.

use std::collections::HashMap;
use std::fmt::Write as _;

use minijinja::Value;

use crate::jinja::python::datetime::{Temporal, temporal};
use crate::jinja::python::{
    Container, Kind, collect, dict_of, float_repr, kind, list, none, pairs, parse_int,
};
use crate::yaml::{YamlValue, parse_yaml_text, typed_key};

const WIDTH: usize = 80;
const MAX_DEPTH: usize = 200;

/// Reads a YAML text; `None` when it is none.
pub fn load(text: &str) -> Option<Value> {
    from_yaml(text, &parse_yaml_text(text).ok()?.value)
}

fn from_yaml(text: &str, value: &YamlValue) -> Option<Value> {
    Some(match value {
        YamlValue::Null => none(),
        YamlValue::Bool(b) => Value::from(*b),
        YamlValue::Int(i) => Value::from(*i),
        YamlValue::BigInt(digits) => {
            parse_int(digits, 10).map_or_else(|| Value::from(digits.as_str()), Value::from)
        }
        YamlValue::Float(f) => Value::from(*f),
        YamlValue::String(string) => Value::from(string.as_str()),
        YamlValue::Date(text) => from_date(text),
        YamlValue::Sequence(items) => {
            let items = items.iter().map(|item| from_yaml(text, &item.value));
            list(items.collect::<Option<_>>()?)
        }
        YamlValue::Mapping(entries) => {
            let pairs = entries.iter().map(|entry| {
                let key = from_yaml(text, &typed_key(text, entry))?;
                Some((key, from_yaml(text, &entry.value.value)?))
            });
            dict_of(pairs.collect::<Option<Vec<_>>>()?).ok()?
        }
    })
}

fn from_date(text: &str) -> Value {
    match crate::jinja::python::datetime::parse_iso(text) {
        Some(moment) if text.len() == 10 => Temporal::Date(moment.date).into_value(),
        Some(moment) => Temporal::DateTime(moment).into_value(),
        None => Value::from(text),
    }
}

/// Writes a value as YAML; `None` for what `safe_dump` does not know.
pub fn dump(value: &Value, sort_keys: bool) -> Option<String> {
    write(value, sort_keys, 0)
}

/// Writes a value as dbt writes its own files: keys sorted, and lists further
/// in than their key.
pub fn dump_indented(value: &Value) -> Option<String> {
    write(value, true, 2)
}

fn write(value: &Value, sort_keys: bool, list_indent: usize) -> Option<String> {
    let mut counts = HashMap::new();
    count(value, &mut counts, 0)?;
    let mut writer = Writer {
        out: String::new(),
        sort_keys,
        list_indent,
        shared: counts
            .into_iter()
            .filter(|(_, n)| *n > 1)
            .map(|(p, _)| (p, None))
            .collect(),
        anchors: 0,
    };
    match Shape::of(value) {
        Shape::Scalar => {
            let (text, plain) = writer.scalar(value, 0, 2)?;
            writer.out.push_str(&text);
            writer.out.push('\n');
            // A plain text at the top could go on, so its end is marked.
            if plain {
                writer.out.push_str("...\n");
            }
        }
        Shape::Sequence(items) => {
            if let Some(anchor) = writer.anchor(value) {
                let _ = write!(writer.out, "{}", anchor.text());
                if !items.is_empty() {
                    writer.out.push('\n');
                }
            }
            writer.sequence(&items, 0, false)?;
        }
        Shape::Mapping(pairs, is_set) => {
            if is_set {
                writer.out.push_str("!!set");
                writer
                    .out
                    .push_str(if pairs.is_empty() { " " } else { "\n" });
            } else if let Some(anchor) = writer.anchor(value) {
                let _ = write!(writer.out, "{}", anchor.text());
                if !pairs.is_empty() {
                    writer.out.push('\n');
                }
            }
            writer.mapping(pairs, 0, false, is_set)?;
        }
    }
    Some(writer.out)
}

/// What a value is written as.
enum Shape {
    Scalar,
    Sequence(Vec<Value>),
    /// Keys with values; a set's values are null.
    Mapping(Vec<(Value, Value)>, bool),
}

impl Shape {
    fn of(value: &Value) -> Self {
        match kind(value) {
            Kind::Container(container) => match container {
                Container::List(_) | Container::Tuple(_) => Self::Sequence(container.items()),
                Container::Dict(dict) => Self::Mapping(dict.pairs(), false),
                Container::Set(set) => Self::Mapping(
                    set.items().into_iter().map(|item| (item, none())).collect(),
                    true,
                ),
                _ => Self::Scalar,
            },
            Kind::Object(object) if object.get_value_by_str("__type__").is_none() => {
                match pairs(value) {
                    Some(pairs) => Self::Mapping(pairs, false),
                    None if object.repr() == minijinja::value::ObjectRepr::Seq => {
                        Self::Sequence(collect(value).unwrap_or_default())
                    }
                    None => Self::Scalar,
                }
            }
            _ => Self::Scalar,
        }
    }
}

type Pointer = *const Container;

fn pointer(value: &Value) -> Option<Pointer> {
    match kind(value) {
        Kind::Container(Container::Tuple(items)) if items.is_empty() => None,
        Kind::Container(container) => Some(std::ptr::from_ref(container)),
        _ => None,
    }
}

/// Counts how often each container is reached, since the second time only its
/// anchor is written.
fn count(value: &Value, counts: &mut HashMap<Pointer, u32>, depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let Some(pointer) = pointer(value) {
        let seen = counts.entry(pointer).or_insert(0);
        *seen += 1;
        if *seen > 1 {
            return Some(());
        }
    }
    match Shape::of(value) {
        Shape::Scalar => {}
        Shape::Sequence(items) => {
            for item in &items {
                count(item, counts, depth + 1)?;
            }
        }
        Shape::Mapping(pairs, _) => {
            for (key, value) in &pairs {
                count(key, counts, depth + 1)?;
                count(value, counts, depth + 1)?;
            }
        }
    }
    Some(())
}

/// Whether a shared container is written now or was before.
enum Anchor {
    Define(u32),
    Refer(u32),
}

impl Anchor {
    fn text(&self) -> String {
        match self {
            Self::Define(id) => format!("&id{id:03}"),
            Self::Refer(id) => format!("*id{id:03}"),
        }
    }
}

struct Writer {
    out: String,
    sort_keys: bool,
    /// How much further in than its key a list is.
    list_indent: usize,
    shared: HashMap<Pointer, Option<u32>>,
    anchors: u32,
}

impl Writer {
    fn anchor(&mut self, value: &Value) -> Option<Anchor> {
        let slot = self.shared.get_mut(&pointer(value)?)?;
        Some(match slot {
            Some(id) => Anchor::Refer(*id),
            None => {
                self.anchors += 1;
                *slot = Some(self.anchors);
                Anchor::Define(self.anchors)
            }
        })
    }

    /// Writes the items of a sequence, each on its own line. When `inline`, the
    /// first one follows the `- ` that the line begins with.
    fn sequence(&mut self, items: &[Value], indent: usize, inline: bool) -> Option<()> {
        if items.is_empty() {
            self.out.push_str("[]\n");
            return Some(());
        }
        for (i, item) in items.iter().enumerate() {
            if i > 0 || !inline {
                self.out.push_str(&" ".repeat(indent));
            }
            self.out.push('-');
            self.node(item, indent + 2, true)?;
        }
        Some(())
    }

    fn mapping(
        &mut self,
        mut pairs: Vec<(Value, Value)>,
        indent: usize,
        inline: bool,
        is_set: bool,
    ) -> Option<()> {
        if pairs.is_empty() {
            self.out.push_str("{}\n");
            return Some(());
        }
        // PyYAML leaves a mapping as it is when its keys have no order.
        let sort = self.sort_keys || is_set;
        if sort {
            let mut sortable = true;
            pairs.sort_by(|(a, _), (b, _)| match crate::jinja::python::order(a, b) {
                Ok(Some(ordering)) => ordering,
                _ => {
                    sortable = false;
                    std::cmp::Ordering::Equal
                }
            });
            let _ = sortable;
        }
        for (i, (key, value)) in pairs.iter().enumerate() {
            if i > 0 || !inline {
                self.out.push_str(&" ".repeat(indent));
            }
            if is_simple_key(key) {
                let (text, _) = self.scalar(key, indent, indent)?;
                self.out.push_str(&text);
                self.out.push(':');
                self.node(value, indent, false)?;
            } else {
                // What cannot stand before a colon has lines of its own.
                self.out.push('?');
                self.node(key, indent + 2, true)?;
                self.out.push_str(&" ".repeat(indent));
                self.out.push(':');
                self.node(value, indent + 2, true)?;
            }
        }
        Some(())
    }

    /// Writes what follows a `-` or a `:`.
    fn node(&mut self, value: &Value, indent: usize, in_sequence: bool) -> Option<()> {
        match self.anchor(value) {
            Some(anchor @ Anchor::Refer(_)) => {
                let _ = writeln!(self.out, " {}", anchor.text());
                Some(())
            }
            Some(anchor) => {
                let _ = write!(self.out, " {}", anchor.text());
                self.children(value, indent, in_sequence, true)
            }
            None => self.children(value, indent, in_sequence, false),
        }
    }

    fn children(
        &mut self,
        value: &Value,
        indent: usize,
        in_sequence: bool,
        anchored: bool,
    ) -> Option<()> {
        match Shape::of(value) {
            Shape::Scalar => {
                let column = self.column() + 1;
                let (text, _) =
                    self.scalar(value, column, indent + if in_sequence { 0 } else { 2 })?;
                let _ = writeln!(self.out, " {text}");
            }
            Shape::Sequence(items) if items.is_empty() => self.out.push_str(" []\n"),
            Shape::Mapping(pairs, false) if pairs.is_empty() => self.out.push_str(" {}\n"),
            Shape::Mapping(pairs, true) if pairs.is_empty() => self.out.push_str(" !!set {}\n"),
            Shape::Sequence(items) => {
                if in_sequence && !anchored {
                    self.out.push(' ');
                    self.sequence(&items, indent, true)?;
                } else {
                    self.out.push('\n');
                    let further = if in_sequence { 0 } else { self.list_indent };
                    self.sequence(&items, indent + further, false)?;
                }
            }
            Shape::Mapping(pairs, is_set) => {
                if is_set {
                    self.out.push_str(" !!set");
                }
                if in_sequence && !anchored && !is_set {
                    self.out.push(' ');
                    self.mapping(pairs, indent, true, is_set)?;
                } else {
                    self.out.push('\n');
                    let indent = if in_sequence { indent } else { indent + 2 };
                    self.mapping(pairs, indent, false, is_set)?;
                }
            }
        }
        Some(())
    }

    fn column(&self) -> usize {
        let line = self.out.rfind('\n').map_or(0, |at| at + 1);
        self.out[line..].chars().count()
    }

    /// Writes a scalar that begins at a column; further lines are indented.
    /// Tells also whether it is plain.
    fn scalar(&mut self, value: &Value, column: usize, indent: usize) -> Option<(String, bool)> {
        Some(match kind(value) {
            Kind::None => ("null".to_owned(), true),
            Kind::Bool(b) => (if b { "true" } else { "false" }.to_owned(), true),
            Kind::Int(i) => (i.to_string(), true),
            Kind::Float(f) => (float(f), true),
            Kind::Str(s) => string(s, column, indent),
            Kind::Object(_) => match temporal(value)? {
                Temporal::Date(date) => (date.iso(), true),
                Temporal::DateTime(moment) => (moment.iso(" "), true),
                _ => return None,
            },
            _ => return None,
        })
    }
}

/// Tells whether a key fits on one line before its colon.
fn is_simple_key(key: &Value) -> bool {
    match kind(key) {
        Kind::Str(s) => {
            !s.is_empty()
                && !s.contains(['\n', '\u{85}', '\u{2028}', '\u{2029}'])
                && s.chars().count() < 128
        }
        Kind::Container(container) => container.len() == Some(0),
        _ => true,
    }
}

fn float(f: f64) -> String {
    if f.is_nan() {
        ".nan".to_owned()
    } else if f.is_infinite() {
        if f > 0.0 { ".inf" } else { "-.inf" }.to_owned()
    } else {
        let text = float_repr(f);
        if text.contains('.') {
            text
        } else {
            text.replacen('e', ".0e", 1)
        }
    }
}

fn string(s: &str, column: usize, indent: usize) -> (String, bool) {
    let analysis = Analysis::of(s);
    if analysis.plain && !resolves(s) {
        (fold_plain(s, column, indent), true)
    } else if analysis.single {
        (single_quoted(s, column, indent), false)
    } else {
        (double_quoted(s, column, indent), false)
    }
}

/// Which ways of writing a text are possible.
struct Analysis {
    plain: bool,
    single: bool,
}

impl Analysis {
    fn of(s: &str) -> Self {
        if s.is_empty() {
            return Self {
                plain: false,
                single: true,
            };
        }
        let chars: Vec<char> = s.chars().collect();
        let is_end = |c: Option<&char>| {
            c.is_none_or(|c| {
                matches!(
                    c,
                    '\0' | ' ' | '\t' | '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}'
                )
            })
        };
        let mut indicators = s.starts_with("---") || s.starts_with("...");
        let (mut breaks, mut special) = (false, false);
        let (mut break_space, mut space_break) = (false, false);
        for (i, c) in chars.iter().enumerate() {
            let previous = i.checked_sub(1).and_then(|i| chars.get(i));
            let before_is_end = is_end(previous);
            let after_is_end = is_end(chars.get(i + 1));
            if i == 0 {
                indicators |= "#,[]{}&*!|>'\"%@`".contains(*c);
                indicators |= matches!(c, '?' | ':' | '-') && after_is_end;
            } else {
                indicators |= *c == ':' && after_is_end;
                indicators |= *c == '#' && before_is_end;
            }
            let is_break = matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}');
            breaks |= is_break;
            special |= !(*c == '\n' || (' '..='~').contains(c));
            let previous_is_break =
                matches!(previous, Some('\n' | '\u{85}' | '\u{2028}' | '\u{2029}'));
            break_space |= *c == ' ' && previous_is_break;
            space_break |= is_break && previous == Some(&' ');
        }
        let edge =
            |c: Option<&char>| matches!(c, Some(' ' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}'));
        let edges = edge(chars.first()) || edge(chars.last());
        Self {
            plain: !edges && !break_space && !space_break && !special && !breaks && !indicators,
            single: !break_space && !space_break && !special,
        }
    }
}

/// Tells whether a plain text would be read as something else.
fn resolves(s: &str) -> bool {
    let lower = s.to_ascii_lowercase();
    let one_case = s == lower
        || s == s.to_ascii_uppercase()
        || s.chars().next().is_some_and(|c| c.is_ascii_uppercase()) && s[1..] == lower[1..];
    if matches!(s, "~" | "<<" | "=" | "") {
        return true;
    }
    if one_case
        && matches!(
            lower.as_str(),
            "yes" | "no" | "true" | "false" | "on" | "off" | "null"
        )
    {
        return true;
    }
    is_number(s) || is_timestamp(s)
}

fn is_number(s: &str) -> bool {
    let unsigned = s.strip_prefix(['-', '+']).unwrap_or(s);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(s, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let all =
        |s: &str, set: fn(u8) -> bool| !s.is_empty() && s.bytes().all(|b| set(b) || b == b'_');
    let digits = |b: u8| b.is_ascii_digit();
    if let Some(rest) = unsigned.strip_prefix("0b") {
        return all(rest, |b| matches!(b, b'0' | b'1'));
    }
    if let Some(rest) = unsigned.strip_prefix("0x") {
        return all(rest, |b| b.is_ascii_hexdigit());
    }
    let starts_with_digit = unsigned.as_bytes().first().is_some_and(u8::is_ascii_digit);
    // Base 60, `1:30` and `1:30.5`.
    if unsigned.contains(':') && starts_with_digit {
        let (main, fraction) = unsigned
            .split_once('.')
            .map_or((unsigned, None), |(m, f)| (m, Some(f)));
        let mut parts = main.split(':');
        let first = parts.next().unwrap_or_default();
        let sixty = |part: &str| {
            (1..=2).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_digit())
                && (part.len() == 1 || part.as_bytes()[0] <= b'5')
        };
        let fraction_ok =
            fraction.is_none_or(|f| f.bytes().all(|b| b.is_ascii_digit() || b == b'_'));
        let int_ok = fraction.is_some() || !first.starts_with('0');
        return all(first, digits) && parts.all(sixty) && fraction_ok && int_ok;
    }
    if let Some((whole, rest)) = unsigned.split_once('.') {
        let (fraction, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (rest, None),
        };
        let whole_ok = if whole.is_empty() {
            s == unsigned && fraction.as_bytes().first().is_some_and(u8::is_ascii_digit)
        } else {
            starts_with_digit && all(whole, digits)
        };
        let fraction_ok = fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_');
        let exponent_ok = exponent.is_none_or(|e| {
            e.strip_prefix(['-', '+'])
                .is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
        });
        return whole_ok && fraction_ok && exponent_ok;
    }
    if let Some(rest) = unsigned.strip_prefix('0') {
        return rest.is_empty() || all(rest, |b| (b'0'..=b'7').contains(&b));
    }
    starts_with_digit && all(unsigned, digits)
}

fn is_timestamp(s: &str) -> bool {
    let bytes = s.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    if !(0..4).all(digit) || bytes.get(4) != Some(&b'-') {
        return false;
    }
    if bytes.len() == 10 {
        return digit(5) && digit(6) && bytes[7] == b'-' && digit(8) && digit(9);
    }
    // One or two digits each, then a time.
    let mut rest = &s[5..];
    for end in ["-", "tT \t"] {
        let len = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if len == 0 {
            return false;
        }
        rest = &rest[len..];
        match rest.chars().next() {
            Some(c) if end.contains(c) => rest = rest[1..].trim_start_matches([' ', '\t']),
            _ => return false,
        }
    }
    let hours = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
    if hours == 0 {
        return false;
    }
    rest = &rest[hours..];
    for _ in 0..2 {
        let two = rest
            .get(..3)
            .is_some_and(|t| t.starts_with(':') && t[1..].bytes().all(|b| b.is_ascii_digit()));
        if !two {
            return false;
        }
        rest = &rest[3..];
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let zone = rest.trim_start_matches([' ', '\t']);
    if zone.is_empty() {
        return rest.is_empty();
    }
    if zone == "Z" {
        return true;
    }
    let Some(offset) = zone.strip_prefix(['+', '-']) else {
        return false;
    };
    let (hours, minutes) = offset
        .split_once(':')
        .map_or((offset, None), |(h, m)| (h, Some(m)));
    let is_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    (1..=2).contains(&hours.len())
        && is_digits(hours)
        && minutes.is_none_or(|m| m.len() == 2 && is_digits(m))
}

/// Breaks a plain text at single spaces beyond the width.
fn fold_plain(s: &str, column: usize, indent: usize) -> String {
    fold_spaces(s, column, indent, true)
}

fn fold_spaces(s: &str, mut column: usize, indent: usize, at_edges: bool) -> String {
    let mut out = String::with_capacity(s.len());
    let chars: Vec<char> = s.chars().collect();
    let mut i = 0;
    while i < chars.len() {
        if chars[i] != ' ' {
            out.push(chars[i]);
            column += 1;
            i += 1;
            continue;
        }
        let start = i;
        while i < chars.len() && chars[i] == ' ' {
            i += 1;
        }
        let inside = start > 0 && i < chars.len();
        if i - start == 1 && column > WIDTH && (inside || at_edges) {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else {
            out.push_str(&" ".repeat(i - start));
            column += i - start;
        }
    }
    out
}

fn single_quoted(s: &str, column: usize, indent: usize) -> String {
    let mut out = String::from("'");
    let mut column = column + 1;
    let mut rest = s;
    while !rest.is_empty() {
        if rest.starts_with('\n') {
            let len = rest.len() - rest.trim_start_matches('\n').len();
            // One line end alone would be read as a space.
            out.push_str(&"\n".repeat(len + 1));
            out.push_str(&" ".repeat(indent));
            column = indent;
            rest = &rest[len..];
            continue;
        }
        let end = rest.find('\n').unwrap_or(rest.len());
        let is_first = rest.len() == s.len();
        let is_last = end == rest.len();
        let line = &rest[..end];
        let folded = fold_quoted(line, column, indent, is_first, is_last);
        out.push_str(&folded.replace('\'', "''"));
        column = match folded.rfind('\n') {
            Some(at) => folded[at + 1..].chars().count(),
            None => column + folded.chars().count() + line.matches('\'').count(),
        };
        rest = &rest[end..];
    }
    out.push('\'');
    out
}

/// Breaks a line of a quoted text at single spaces; quotes count twice.
fn fold_quoted(line: &str, mut column: usize, indent: usize, first: bool, last: bool) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut out = String::with_capacity(line.len());
    let mut i = 0;
    while i < chars.len() {
        if chars[i] != ' ' {
            out.push(chars[i]);
            column += if chars[i] == '\'' { 2 } else { 1 };
            i += 1;
            continue;
        }
        let start = i;
        while i < chars.len() && chars[i] == ' ' {
            i += 1;
        }
        let at_start = first && start == 0;
        let at_end = last && i == chars.len();
        if i - start == 1 && column > WIDTH && !at_start && !at_end {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else {
            out.push_str(&" ".repeat(i - start));
            column += i - start;
        }
    }
    out
}

fn double_quoted(s: &str, column: usize, indent: usize) -> String {
    let chars: Vec<char> = s.chars().collect();
    let mut out = String::from("\"");
    let mut column = column + 1;
    let mut start = 0;
    let mut end = 0;
    while end <= chars.len() {
        let c = chars.get(end).copied();
        let escape = c.is_none_or(|c| {
            matches!(
                c,
                '"' | '\\' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
            ) || !(' '..='~').contains(&c)
        });
        if escape {
            if start < end {
                out.extend(&chars[start..end]);
                column += end - start;
                start = end;
            }
            if let Some(c) = c {
                let text = escaped(c);
                column += text.len();
                out.push_str(&text);
                start = end + 1;
            }
        }
        let may_break = end > 0 && end + 1 < chars.len() && (c == Some(' ') || start >= end);
        if may_break && column + end.saturating_sub(start) > WIDTH {
            if start < end {
                out.extend(&chars[start..end]);
                start = end;
            }
            out.push_str("\\\n");
            out.push_str(&" ".repeat(indent));
            column = indent;
            if chars.get(start) == Some(&' ') {
                out.push('\\');
                column += 1;
            }
        }
        end += 1;
    }
    out.push('"');
    out
}

fn escaped(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c => {
            let code = c as u32;
            return match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}
