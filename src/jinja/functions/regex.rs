//! `modules.re`.

use std::fmt;
use std::sync::Arc;

use fancy_regex::{Captures, Regex, RegexBuilder};
use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use super::Module;
use super::translate::translate;
use crate::jinja::error::JinjaError;
use crate::jinja::function::{Call, function};
use crate::jinja::python::arguments::{Args, integer};
use crate::jinja::python::{
    Kind, as_int, dict, generator, index, int, is_callable, kind, list, none, repr, tuple,
    type_name,
};

const IGNORE_CASE: i128 = 2;
const MULTI_LINE: i128 = 8;
const DOT_ALL: i128 = 16;
const VERBOSE: i128 = 64;

/// Steps after which a match is given up, so that no pattern runs forever.
const BACKTRACK_LIMIT: usize = 10_000_000;

/// Makes the module.
pub fn module() -> Value {
    let on_text = |name: &'static str| {
        let f = function(name, move |call| {
            // The pattern comes first here, and the flags come last.
            let mut args = call.args.clone();
            let pattern = take(&mut args, 0, "pattern", name)?;
            let flags = take_flags(&mut args, name)?;
            Pattern::compile(&pattern, flags)?.run(name, &args, call)
        });
        (name, f)
    };
    let flag = |name: &'static str, value: i128| (name, int(value));
    Module::new(
        "re",
        [
            on_text("match"),
            on_text("fullmatch"),
            on_text("search"),
            on_text("sub"),
            on_text("subn"),
            on_text("split"),
            on_text("findall"),
            on_text("finditer"),
            (
                "compile",
                function("compile", |call| {
                    let [pattern, flags] = call.bind(["pattern", "flags"], 1)?;
                    let flags = integer(&flags, "compile", "flags")?.unwrap_or(0);
                    Ok(Value::from_object(Pattern::compile(
                        &pattern.unwrap_or_default(),
                        flags,
                    )?))
                }),
            ),
            (
                "escape",
                function("escape", |call| {
                    let [pattern] = call.bind(["pattern"], 1)?;
                    let pattern = pattern.unwrap_or_default();
                    let Kind::Str(text) = kind(&pattern) else {
                        return Err(not_text(&pattern));
                    };
                    let mut out = String::with_capacity(text.len() + 8);
                    for c in text.chars() {
                        if "()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c".contains(c) {
                            out.push('\\');
                        }
                        out.push(c);
                    }
                    Ok(Value::from(out))
                }),
            ),
            ("purge", function("purge", |_| Ok(none()))),
            flag("I", IGNORE_CASE),
            flag("IGNORECASE", IGNORE_CASE),
            flag("M", MULTI_LINE),
            flag("MULTILINE", MULTI_LINE),
            flag("S", DOT_ALL),
            flag("DOTALL", DOT_ALL),
            flag("X", VERBOSE),
            flag("VERBOSE", VERBOSE),
            flag("A", 256),
            flag("ASCII", 256),
            flag("U", 32),
            flag("UNICODE", 32),
            flag("L", 4),
            flag("LOCALE", 4),
            flag("NOFLAG", 0),
        ],
    )
}

/// Takes an argument out by its place or name.
fn take(args: &mut Args<'_>, at: usize, name: &str, function: &str) -> Result<Value, JinjaError> {
    if at < args.positional.len() {
        return Ok(args.positional.remove(at));
    }
    match args.keyword.iter().position(|(key, _)| key == name) {
        Some(found) => Ok(args.keyword.remove(found).1),
        None => Err(JinjaError::type_error(format!(
            "{function}() missing 1 required positional argument: '{name}'"
        ))),
    }
}

fn take_flags(args: &mut Args<'_>, function: &str) -> Result<i128, JinjaError> {
    let place = match function {
        "sub" | "subn" => 3,
        "split" => 2,
        _ => 1,
    };
    let flags = if args.positional.len() > place {
        Some(args.positional.remove(place))
    } else {
        let found = args.keyword.iter().position(|(key, _)| key == "flags");
        found.map(|found| args.keyword.remove(found).1)
    };
    Ok(integer(&flags, function, "flags")?.unwrap_or(0))
}

fn not_text(value: &Value) -> JinjaError {
    JinjaError::type_error(format!(
        "expected string or bytes-like object, got '{}'",
        type_name(value)
    ))
}

/// A compiled pattern.
#[derive(Debug)]
struct Pattern {
    text: String,
    flags: i128,
    regex: Arc<Regex>,
}

impl Pattern {
    fn compile(pattern: &Value, flags: i128) -> Result<Self, JinjaError> {
        if let Some(compiled) = pattern.downcast_object_ref::<Pattern>() {
            return Ok(Self {
                text: compiled.text.clone(),
                flags: compiled.flags,
                regex: compiled.regex.clone(),
            });
        }
        let Kind::Str(text) = kind(pattern) else {
            return Err(JinjaError::type_error(
                "first argument must be string or compiled pattern",
            ));
        };
        let inline_multi_line = text
            .strip_prefix("(?")
            .and_then(|t| t.split_once(')'))
            .is_some_and(|(flags, _)| {
                flags.contains('m') && flags.bytes().all(|b| b.is_ascii_alphabetic())
            });
        let multi_line = flags & MULTI_LINE != 0;
        let translated = translate(text, multi_line || inline_multi_line);
        let regex = RegexBuilder::new(&translated)
            .case_insensitive(flags & IGNORE_CASE != 0)
            .multi_line(multi_line)
            .dot_matches_new_line(flags & DOT_ALL != 0)
            .verbose_mode(flags & VERBOSE != 0)
            .backtrack_limit(BACKTRACK_LIMIT)
            .build()
            .map_err(|error| {
                JinjaError::value_error(format!(
                    "the regular expression `{text}` is not valid: {error}"
                ))
            })?;
        Ok(Self {
            text: text.to_owned(),
            flags,
            regex: Arc::new(regex),
        })
    }

    fn run(&self, name: &str, args: &Args<'_>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
        match name {
            "match" | "search" | "fullmatch" => {
                let [text, _, _] = args.bind(name, ["string", "pos", "endpos"], 1)?;
                let text = subject(text)?;
                let found = self.search(&text, name)?;
                Ok(found.map_or_else(none, Value::from_object))
            }
            "findall" | "finditer" => {
                let [text] = args.bind(name, ["string"], 1)?;
                let text = subject(text)?;
                let matches = self.all(&text)?;
                if name == "finditer" {
                    let matches = matches.into_iter().map(Value::from_object).collect();
                    return Ok(generator("callable_iterator", matches));
                }
                Ok(list(matches.iter().map(Match::found).collect()))
            }
            "split" => {
                let [text, limit] = args.bind(name, ["string", "maxsplit"], 1)?;
                let text = subject(text)?;
                let limit = integer(&limit, name, "maxsplit")?.unwrap_or(0);
                self.split(&text, usize::try_from(limit).unwrap_or(0))
            }
            _ => {
                let [replacement, text, count] = args.bind(name, ["repl", "string", "count"], 2)?;
                let text = subject(text)?;
                let count = integer(&count, name, "count")?.unwrap_or(0);
                let replacement = replacement.unwrap_or_default();
                let (replaced, n) = self.replace(
                    &text,
                    &replacement,
                    usize::try_from(count).unwrap_or(0),
                    call,
                )?;
                if name == "subn" {
                    return Ok(tuple(vec![Value::from(replaced), index(n)]));
                }
                Ok(Value::from(replaced))
            }
        }
    }

    fn is_verbose(&self) -> bool {
        let inline = self
            .text
            .strip_prefix("(?")
            .and_then(|text| text.split_once(')'));
        self.flags & VERBOSE != 0
            || inline.is_some_and(|(flags, _)| {
                flags.contains('x') && flags.bytes().all(|b| b.is_ascii_alphabetic())
            })
    }

    fn failed(&self, error: &fancy_regex::Error) -> JinjaError {
        JinjaError::value_error(format!(
            "the regular expression `{}` failed: {error}",
            self.text
        ))
    }

    fn search(&self, text: &Arc<str>, name: &str) -> Result<Option<Match>, JinjaError> {
        let anchored;
        let regex = if name == "fullmatch" {
            // The end is part of the pattern, so that alternatives that are
            // tried later can still take in the whole text.
            let multi_line = self.flags & MULTI_LINE != 0;
            let inner = translate(&self.text, multi_line);
            // A comment in a verbose pattern ends with the line.
            let line_end = if self.is_verbose() { "\n" } else { "" };
            anchored = RegexBuilder::new(&format!("\\A(?:{inner}{line_end})\\z"))
                .case_insensitive(self.flags & IGNORE_CASE != 0)
                .multi_line(multi_line)
                .dot_matches_new_line(self.flags & DOT_ALL != 0)
                .verbose_mode(self.flags & VERBOSE != 0)
                .backtrack_limit(BACKTRACK_LIMIT)
                .build()
                .map_err(|error| self.failed(&error))?;
            &anchored
        } else {
            &self.regex
        };
        let found = regex.captures(text).map_err(|error| self.failed(&error))?;
        // The match that begins first is found, so one at the start is, if any.
        let at_start = |captures: &Captures<'_>| captures.get(0).is_some_and(|g| g.start() == 0);
        let found = found.filter(|captures| name == "search" || at_start(captures));
        Ok(found.map(|captures| self.matched(text, &captures)))
    }

    fn matched(&self, text: &Arc<str>, captures: &Captures<'_>) -> Match {
        Match {
            text: text.clone(),
            groups: captures
                .iter()
                .map(|group| group.map(|g| (g.start(), g.end())))
                .collect(),
            names: self
                .regex
                .capture_names()
                .map(|name| name.map(str::to_owned))
                .collect(),
        }
    }

    /// Finds all matches that do not overlap. As in Python an empty one may
    /// stand right behind another.
    fn all(&self, text: &Arc<str>) -> Result<Vec<Match>, JinjaError> {
        let mut matches = Vec::new();
        let mut from = 0;
        let mut last_empty = None;
        while from <= text.len() {
            let found = self
                .regex
                .captures_from_pos(text, from)
                .map_err(|error| self.failed(&error))?;
            let Some(captures) = found else { break };
            let Some(whole) = captures.get(0) else { break };
            let (start, end) = (whole.start(), whole.end());
            if start == end && last_empty == Some(start) {
                from = next_char(text, from);
                last_empty = None;
                continue;
            }
            matches.push(self.matched(text, &captures));
            from = end;
            last_empty = (start == end).then_some(start);
        }
        Ok(matches)
    }

    fn split(&self, text: &Arc<str>, limit: usize) -> Result<Value, JinjaError> {
        let mut parts = Vec::new();
        let mut from = 0;
        for found in self.all(text)? {
            if limit > 0 && parts.len() >= limit * found.groups.len() {
                break;
            }
            let Some(Some((start, end))) = found.groups.first().copied() else {
                continue;
            };
            parts.push(Value::from(&text[from..start]));
            parts.extend((1..found.groups.len()).map(|group| found.group(group)));
            from = end;
        }
        parts.push(Value::from(&text[from..]));
        Ok(list(parts))
    }

    fn replace(
        &self,
        text: &Arc<str>,
        replacement: &Value,
        count: usize,
        call: &mut Call<'_>,
    ) -> Result<(String, usize), JinjaError> {
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        let mut n = 0;
        for found in self.all(text)? {
            if count > 0 && n == count {
                break;
            }
            let Some(Some((start, end))) = found.groups.first().copied() else {
                continue;
            };
            out.push_str(&text[from..start]);
            if is_callable(replacement) {
                let result = call.invoke(replacement, &[Value::from_object(found)], &[])?;
                crate::jinja::python::write_str(&mut out, &result)?;
            } else {
                let Kind::Str(template) = kind(replacement) else {
                    return Err(not_text(replacement));
                };
                found.expand(template, &mut out)?;
            }
            from = end;
            n += 1;
        }
        out.push_str(&text[from..]);
        Ok((out, n))
    }
}

fn next_char(text: &str, from: usize) -> usize {
    from + text[from..].chars().next().map_or(1, char::len_utf8)
}

fn subject(value: Option<Value>) -> Result<Arc<str>, JinjaError> {
    let value = value.unwrap_or_default();
    match kind(&value) {
        Kind::Str(text) => Ok(Arc::from(text)),
        _ => Err(not_text(&value)),
    }
}

impl Object for Pattern {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "__type__" => Value::from("re.Pattern"),
            "pattern" => Value::from(&*self.text),
            "flags" => int(self.flags | 32),
            "groups" => index(self.regex.captures_len().saturating_sub(1)),
            "groupindex" => {
                let names = self.regex.capture_names().enumerate();
                dict(names.filter_map(|(i, name)| Some((name?.to_owned(), index(i)))))
            }
            "match" | "fullmatch" | "search" | "sub" | "subn" | "split" | "findall"
            | "finditer" => {
                let (this, name) = (self.clone(), key.to_owned());
                function(key.to_owned(), move |call| {
                    let args = call.args.clone();
                    this.run(&name, &args, call)
                })
            }
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = repr(&Value::from(&*self.text)).unwrap_or_default();
        write!(f, "re.compile({text})")
    }
}

/// A match.
#[derive(Debug)]
struct Match {
    text: Arc<str>,
    groups: Vec<Option<(usize, usize)>>,
    names: Vec<Option<String>>,
}

impl Match {
    fn group(&self, at: usize) -> Value {
        match self.groups.get(at) {
            Some(Some((start, end))) => Value::from(&self.text[*start..*end]),
            _ => none(),
        }
    }

    fn position(&self, key: &Value) -> Result<usize, JinjaError> {
        let found = match kind(key) {
            Kind::Str(name) => self.names.iter().position(|n| n.as_deref() == Some(name)),
            _ => as_int(key)
                .and_then(|i| usize::try_from(i).ok())
                .filter(|at| *at < self.groups.len()),
        };
        found.ok_or_else(|| JinjaError::value_error("no such group"))
    }

    /// What `findall` gives of a match.
    fn found(&self) -> Value {
        let text = |group: usize| match self.group(group) {
            value if value.is_none() => Value::from(""),
            value => value,
        };
        match self.groups.len() {
            0 | 1 => text(0),
            2 => text(1),
            len => tuple((1..len).map(text).collect()),
        }
    }

    /// Fills in `\1`, `\g<name>` and escapes.
    fn expand(&self, template: &str, out: &mut String) -> Result<(), JinjaError> {
        let mut rest = template;
        while let Some(at) = rest.find('\\') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let Some(c) = rest.chars().next() else {
                return Err(JinjaError::value_error("bad escape (end of pattern)"));
            };
            if c == 'g' {
                let inner = rest[1..].strip_prefix('<').and_then(|r| r.split_once('>'));
                let Some((name, after)) = inner else {
                    return Err(JinjaError::value_error("missing group name"));
                };
                let key = name
                    .parse::<i64>()
                    .map_or_else(|_| Value::from(name), Value::from);
                crate::jinja::python::write_str(out, &self.text_of(&key)?)?;
                rest = after;
                continue;
            }
            if c.is_ascii_digit() && c != '0' {
                let len = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
                let key = Value::from(rest[..len].parse::<i64>().unwrap_or(0));
                crate::jinja::python::write_str(out, &self.text_of(&key)?)?;
                rest = &rest[len..];
                continue;
            }
            match c {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                'a' => out.push('\x07'),
                'b' => out.push('\x08'),
                'f' => out.push('\x0c'),
                'v' => out.push('\x0b'),
                '0' => out.push('\0'),
                '\\' => out.push('\\'),
                c if c.is_ascii_alphabetic() => {
                    return Err(JinjaError::value_error(format!("bad escape \\{c}")));
                }
                c => {
                    out.push('\\');
                    out.push(c);
                }
            }
            rest = &rest[c.len_utf8()..];
        }
        out.push_str(rest);
        Ok(())
    }

    fn text_of(&self, key: &Value) -> Result<Value, JinjaError> {
        let at = self
            .position(key)
            .map_err(|_| JinjaError::value_error(format!("invalid group reference {key}")))?;
        Ok(match self.group(at) {
            value if value.is_none() => Value::from(""),
            value => value,
        })
    }

    /// The characters before a byte position.
    fn chars_to(&self, at: usize) -> Value {
        index(self.text[..at].chars().count())
    }

    fn method(&self, name: &str, args: &Args<'_>) -> Result<Value, JinjaError> {
        match name {
            "group" => match &args.positional[..] {
                [] => Ok(self.group(0)),
                [key] => Ok(self.group(self.position(key)?)),
                keys => {
                    let mut groups = Vec::new();
                    for key in keys {
                        groups.push(self.group(self.position(key)?));
                    }
                    Ok(tuple(groups))
                }
            },
            "groups" | "groupdict" => {
                let [default] = args.bind(name, ["default"], 0)?;
                let default = default.unwrap_or_else(none);
                let text = |at: usize| match self.group(at) {
                    value if value.is_none() => default.clone(),
                    value => value,
                };
                if name == "groups" {
                    return Ok(tuple((1..self.groups.len()).map(text).collect()));
                }
                let names = self.names.iter().enumerate();
                Ok(dict(
                    names.filter_map(|(at, name)| Some((name.as_ref()?, text(at)))),
                ))
            }
            "expand" => {
                let template = args.one(name, "template")?;
                let mut out = String::new();
                self.expand(template.as_str().unwrap_or_default(), &mut out)?;
                Ok(Value::from(out))
            }
            _ => {
                let [group] = args.bind(name, ["group"], 0)?;
                let at = match group {
                    Some(group) => self.position(&group)?,
                    None => 0,
                };
                let span = self.groups.get(at).copied().flatten();
                let (start, end) = match span {
                    Some((start, end)) => (self.chars_to(start), self.chars_to(end)),
                    None => (int(-1), int(-1)),
                };
                Ok(match name {
                    "start" => start,
                    "end" => end,
                    _ => tuple(vec![start, end]),
                })
            }
        }
    }
}

impl Object for Match {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match self.position(key) {
            Ok(at) => Some(self.group(at)),
            Err(_) => self.get_value_by_str(key.as_str()?),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "__type__" => Value::from("re.Match"),
            "string" => Value::from(&self.text),
            "lastindex" => {
                let last = (1..self.groups.len())
                    .rev()
                    .find(|at| self.groups[*at].is_some());
                last.map_or_else(none, index)
            }
            "group" | "groups" | "groupdict" | "start" | "end" | "span" | "expand" => {
                let (this, name) = (self.clone(), key.to_owned());
                function(key.to_owned(), move |call| this.method(&name, &call.args))
            }
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = repr(&self.group(0)).unwrap_or_default();
        let (start, end) = self.groups.first().copied().flatten().unwrap_or_default();
        write!(
            f,
            "<re.Match object; span=({}, {}), match={found}>",
            self.chars_to(start),
            self.chars_to(end)
        )
    }
}
