//! The methods of strings.

use minijinja::Value;

use super::arguments::{Args, integer, text};
use super::container::Container;
use super::dict::Key;
use super::{Kind, collect, index, int, kind, list, tuple, type_name};
use crate::jinja::error::JinjaError;
use crate::jinja::syntax::is_space;
use crate::python_repr::is_printable;

/// The longest text that padding makes.
const MAX_PADDED: i128 = 10_000_000;

/// Calls a method of a string; `None` when there is no such method.
pub fn call(s: &str, name: &str, args: &Args<'_>) -> Option<Result<Value, JinjaError>> {
    let whole = |value: Value| Some(args.none(name).map(|()| value));
    let all = |test: fn(char) -> bool| Value::from(!s.is_empty() && s.chars().all(test));
    match name {
        "upper" => whole(Value::from(s.to_uppercase())),
        "lower" => whole(Value::from(s.to_lowercase())),
        "casefold" => whole(Value::from(s.to_lowercase().replace('ß', "ss"))),
        "capitalize" => whole(Value::from(capitalize(s))),
        "title" => whole(Value::from(title(s))),
        "swapcase" => whole(Value::from(swapcase(s))),
        "isalpha" => whole(all(char::is_alphabetic)),
        "isalnum" => whole(all(char::is_alphanumeric)),
        "isdigit" | "isdecimal" => whole(all(|c| c.is_ascii_digit())),
        "isnumeric" => whole(all(char::is_numeric)),
        "isspace" => whole(all(is_space)),
        "isascii" => whole(Value::from(s.is_ascii())),
        "isprintable" => whole(Value::from(s.chars().all(is_printable))),
        "islower" => whole(Value::from(is_case(
            s,
            char::is_lowercase,
            char::is_uppercase,
        ))),
        "isupper" => whole(Value::from(is_case(
            s,
            char::is_uppercase,
            char::is_lowercase,
        ))),
        "istitle" => whole(Value::from(is_title(s))),
        "isidentifier" => whole(Value::from(is_identifier(s))),
        "strip" | "lstrip" | "rstrip" => Some(strip(s, name, args)),
        "split" | "rsplit" => Some(split(s, name, args)),
        "splitlines" => Some(args.bind(name, ["keepends"], 0).map(|[keep]| {
            let keep = keep.is_some_and(|keep| keep.is_true());
            list(split_lines(s, keep).into_iter().map(Value::from).collect())
        })),
        "partition" | "rpartition" => Some(partition(s, name, args)),
        "replace" => Some(replace(s, args)),
        "removeprefix" => Some(
            one_text(args, name).map(|prefix| Value::from(s.strip_prefix(&*prefix).unwrap_or(s))),
        ),
        "removesuffix" => Some(
            one_text(args, name).map(|suffix| Value::from(s.strip_suffix(&*suffix).unwrap_or(s))),
        ),
        "startswith" | "endswith" => Some(starts(s, name, args)),
        "find" | "rfind" | "index" | "rindex" | "count" => Some(find(s, name, args)),
        "join" => Some(join(s, args)),
        "center" | "ljust" | "rjust" => Some(pad(s, name, args)),
        "zfill" => Some(args.bind(name, ["width"], 1).and_then(|[width]| {
            let width = padding(&width, name, s)?;
            let (sign, digits) = match s.strip_prefix(['+', '-']) {
                Some(digits) => s.split_at(s.len() - digits.len()),
                None => ("", s),
            };
            Ok(Value::from(format!("{sign}{}{digits}", "0".repeat(width))))
        })),
        "expandtabs" => Some(args.bind(name, ["tabsize"], 0).and_then(|[size]| {
            let size = integer(&size, name, "tabsize")?.unwrap_or(8).clamp(0, 1000);
            Ok(Value::from(expand_tabs(s, size as usize)))
        })),
        "encode" => Some(
            args.bind(name, ["encoding", "errors"], 0)
                .map(|_| Value::from_bytes(s.as_bytes().to_vec())),
        ),
        "translate" => Some(args.one(name, "table").map(|table| translate(s, &table))),
        _ => None,
    }
}

fn one_text(args: &Args<'_>, function: &str) -> Result<String, JinjaError> {
    let value = args.one(function, "text")?;
    match kind(&value) {
        Kind::Str(text) => Ok(text.to_owned()),
        _ => Err(JinjaError::type_error(format!(
            "{function}() argument must be str, not {}",
            type_name(&value)
        ))),
    }
}

pub fn capitalize(s: &str) -> String {
    let mut chars = s.chars();
    match chars.next() {
        Some(first) => first
            .to_uppercase()
            .chain(chars.as_str().to_lowercase().chars())
            .collect(),
        None => String::new(),
    }
}

fn title(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut in_word = false;
    for c in s.chars() {
        if in_word {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        in_word = c.is_alphabetic();
    }
    out
}

fn swapcase(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        if c.is_uppercase() {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
    }
    out
}

fn is_case(s: &str, wanted: fn(char) -> bool, other: fn(char) -> bool) -> bool {
    s.chars().any(wanted) && !s.chars().any(other)
}

fn is_title(s: &str) -> bool {
    let (mut cased, mut previous_cased) = (false, false);
    for c in s.chars() {
        if c.is_uppercase() {
            if previous_cased {
                return false;
            }
            (cased, previous_cased) = (true, true);
        } else if c.is_lowercase() {
            if !previous_cased {
                return false;
            }
            cased = true;
        } else {
            previous_cased = false;
        }
    }
    cased
}

fn is_identifier(s: &str) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}

fn strip(s: &str, name: &str, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [chars] = args.bind(name, ["chars"], 0)?;
    let given = text(&chars, name, "chars")?;
    let matches = |c: char| match given {
        Some(given) => given.contains(c),
        None => is_space(c),
    };
    Ok(Value::from(match name {
        "strip" => s.trim_matches(matches),
        "lstrip" => s.trim_start_matches(matches),
        _ => s.trim_end_matches(matches),
    }))
}

fn split(s: &str, name: &str, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [separator, limit] = args.bind(name, ["sep", "maxsplit"], 0)?;
    let limit = integer(&limit, name, "maxsplit")?.unwrap_or(-1);
    let limit = usize::try_from(limit).ok();
    let from_right = name == "rsplit";
    let parts: Vec<&str> = match text(&separator, name, "sep")? {
        Some("") => return Err(JinjaError::value_error("empty separator")),
        Some(separator) => match (limit, from_right) {
            (None, _) => s.split(separator).collect(),
            (Some(limit), false) => s.splitn(limit.saturating_add(1), separator).collect(),
            (Some(limit), true) => {
                let mut parts: Vec<_> = s.rsplitn(limit.saturating_add(1), separator).collect();
                parts.reverse();
                parts
            }
        },
        None => split_space(s, limit, from_right),
    };
    Ok(list(parts.into_iter().map(Value::from).collect()))
}

fn split_space(s: &str, limit: Option<usize>, from_right: bool) -> Vec<&str> {
    let Some(limit) = limit else {
        return s.split(is_space).filter(|part| !part.is_empty()).collect();
    };
    let mut parts = Vec::new();
    let mut rest = if from_right {
        s.trim_end_matches(is_space)
    } else {
        s.trim_start_matches(is_space)
    };
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(if from_right {
                rest.trim_end_matches(is_space)
            } else {
                rest.trim_start_matches(is_space)
            });
            break;
        }
        if from_right {
            let start = rest.rfind(is_space).map_or(0, |at| {
                at + rest[at..].chars().next().map_or(1, char::len_utf8)
            });
            parts.push(&rest[start..]);
            rest = rest[..start].trim_end_matches(is_space);
        } else {
            let end = rest.find(is_space).unwrap_or(rest.len());
            parts.push(&rest[..end]);
            rest = rest[end..].trim_start_matches(is_space);
        }
    }
    if from_right {
        parts.reverse();
    }
    parts
}

/// Splits at all of Python's line ends.
pub fn split_lines(s: &str, keep: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut chars = s.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !matches!(
            c,
            '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
        ) {
            continue;
        }
        let mut end = at + c.len_utf8();
        if c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n') {
            chars.next();
            end += 1;
        }
        lines.push(&s[start..if keep { end } else { at }]);
        start = end;
    }
    if start < s.len() {
        lines.push(&s[start..]);
    }
    lines
}

fn partition(s: &str, name: &str, args: &Args<'_>) -> Result<Value, JinjaError> {
    let separator = one_text(args, name)?;
    if separator.is_empty() {
        return Err(JinjaError::value_error("empty separator"));
    }
    let found = if name == "partition" {
        s.find(&*separator)
    } else {
        s.rfind(&*separator)
    };
    let (before, middle, after) = match found {
        Some(at) => (&s[..at], &*separator, &s[at + separator.len()..]),
        None if name == "partition" => (s, "", ""),
        None => ("", "", s),
    };
    Ok(tuple(vec![
        Value::from(before),
        Value::from(middle),
        Value::from(after),
    ]))
}

fn replace(s: &str, args: &Args<'_>) -> Result<Value, JinjaError> {
    let name = "replace";
    let [old, new, count] = args.bind(name, ["old", "new", "count"], 2)?;
    let need = |value: &Option<Value>, parameter: &str| -> Result<String, JinjaError> {
        match text(value, name, parameter)? {
            Some(text) => Ok(text.to_owned()),
            None => Err(JinjaError::type_error(format!(
                "replace() argument '{parameter}' must be str, not NoneType"
            ))),
        }
    };
    let (old, new) = (need(&old, "old")?, need(&new, "new")?);
    let replaced = match integer(&count, name, "count")?.and_then(|n| usize::try_from(n).ok()) {
        Some(count) => s.replacen(&old, &new, count),
        None => s.replace(&old, &new),
    };
    Ok(Value::from(replaced))
}

/// The part of a text that optional start and end indices take.
fn part<'s>(
    s: &'s str,
    name: &str,
    start: &Option<Value>,
    end: &Option<Value>,
) -> Result<Option<(&'s str, usize)>, JinjaError> {
    let (start, end) = (integer(start, name, "start")?, integer(end, name, "end")?);
    if start.is_none() && end.is_none() {
        return Ok(Some((s, 0)));
    }
    let len = s.chars().count() as i128;
    let clamp = |i: i128| if i < 0 { (i + len).max(0) } else { i };
    let (from, to) = (
        clamp(start.unwrap_or(0)),
        clamp(end.unwrap_or(len)).min(len),
    );
    if from > to {
        return Ok(None);
    }
    let byte = |count: i128| {
        s.char_indices()
            .nth(count as usize)
            .map_or(s.len(), |(at, _)| at)
    };
    Ok(Some((&s[byte(from)..byte(to)], from as usize)))
}

fn starts(s: &str, name: &str, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [prefix, start, end] = args.bind(name, ["prefix", "start", "end"], 1)?;
    let prefix = prefix.unwrap_or_default();
    let Some((s, _)) = part(s, name, &start, &end)? else {
        return Ok(Value::from(false));
    };
    let matches = |affix: &str| {
        if name == "startswith" {
            s.starts_with(affix)
        } else {
            s.ends_with(affix)
        }
    };
    let wrong = |value: &Value| {
        JinjaError::type_error(format!(
            "{name} first arg must be str or a tuple of str, not {}",
            type_name(value)
        ))
    };
    match kind(&prefix) {
        Kind::Str(affix) => Ok(Value::from(matches(affix))),
        Kind::Container(Container::Tuple(items)) => {
            for item in items.iter() {
                if matches(item.as_str().ok_or_else(|| wrong(item))?) {
                    return Ok(Value::from(true));
                }
            }
            Ok(Value::from(false))
        }
        _ => Err(wrong(&prefix)),
    }
}

fn find(s: &str, name: &str, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [sub, start, end] = args.bind(name, ["sub", "start", "end"], 1)?;
    let sub = sub.unwrap_or_default();
    let Some(sub) = super::as_str(&sub) else {
        return Err(JinjaError::type_error(format!(
            "must be str, not {}",
            type_name(&sub)
        )));
    };
    let range = part(s, name, &start, &end)?;
    if name == "count" {
        return Ok(match range {
            None => int(0),
            Some((s, _)) if sub.is_empty() => index(s.chars().count() + 1),
            Some((s, _)) => index(s.matches(sub).count()),
        });
    }
    let found = range.and_then(|(s, offset)| {
        let at = if name.starts_with('r') {
            s.rfind(sub)
        } else {
            s.find(sub)
        }?;
        Some(offset + s[..at].chars().count())
    });
    match found {
        Some(at) => Ok(index(at)),
        None if name.ends_with("find") => Ok(int(-1)),
        None => Err(JinjaError::value_error("substring not found")),
    }
}

fn join(separator: &str, args: &Args<'_>) -> Result<Value, JinjaError> {
    let items = args.one("join", "iterable")?;
    if matches!(
        kind(&items),
        Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_)
    ) {
        return Err(JinjaError::type_error("can only join an iterable"));
    }
    let mut out = String::new();
    for (i, item) in collect(&items)?.iter().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        match kind(item) {
            Kind::Str(text) => out.push_str(text),
            _ => {
                return Err(JinjaError::type_error(format!(
                    "sequence item {i}: expected str instance, {} found",
                    type_name(item)
                )));
            }
        }
    }
    Ok(Value::from(out))
}

/// How many characters are missing to a width.
fn padding(width: &Option<Value>, name: &str, s: &str) -> Result<usize, JinjaError> {
    let width = integer(width, name, "width")?.unwrap_or(0);
    if width > MAX_PADDED {
        return Err(JinjaError::value_error("the width is too large"));
    }
    Ok(usize::try_from(width)
        .unwrap_or(0)
        .saturating_sub(s.chars().count()))
}

fn pad(s: &str, name: &str, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [width, fill] = args.bind(name, ["width", "fillchar"], 1)?;
    let missing = padding(&width, name, s)?;
    let fill = text(&fill, name, "fillchar")?.unwrap_or(" ");
    if fill.chars().count() != 1 {
        return Err(JinjaError::type_error(
            "The fill character must be exactly one character long",
        ));
    }
    Ok(Value::from(match name {
        "ljust" => format!("{s}{}", fill.repeat(missing)),
        "rjust" => format!("{}{s}", fill.repeat(missing)),
        _ => {
            // Python puts the odd character left when the width is odd.
            let width = s.chars().count() + missing;
            let left = missing / 2 + (missing & width & 1);
            format!("{}{s}{}", fill.repeat(left), fill.repeat(missing - left))
        }
    }))
}

fn expand_tabs(s: &str, size: usize) -> String {
    let mut out = String::with_capacity(s.len());
    let mut column = 0;
    for c in s.chars() {
        match c {
            '\t' => {
                let spaces = if size == 0 { 0 } else { size - column % size };
                out.push_str(&" ".repeat(spaces));
                column += spaces;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}

fn translate(s: &str, table: &Value) -> Value {
    let Kind::Container(Container::Dict(dict)) = kind(table) else {
        return Value::from(s);
    };
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match dict.get(&Key::Int(i128::from(c as u32))) {
            None => out.push(c),
            Some(value) => match kind(&value) {
                Kind::Str(text) => out.push_str(text),
                Kind::Int(code) => {
                    out.extend(u32::try_from(code).ok().and_then(char::from_u32));
                }
                _ => {}
            },
        }
    }
    Value::from(out)
}

/// The character of a string at an index, negative ones from the end.
pub fn char_at(s: &str, at: i128) -> Option<Value> {
    if at >= 0 {
        return s.chars().nth(usize::try_from(at).ok()?).map(Value::from);
    }
    let back = usize::try_from(-(at + 1)).ok()?;
    s.chars().nth_back(back).map(Value::from)
}

/// Returns bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
