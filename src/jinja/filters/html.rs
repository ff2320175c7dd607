//! Filters for HTML and URLs, which templates of SQL seldom need.

use std::fmt::Write as _;

use minijinja::Value;

use super::{Filter, undefined};
use crate::jinja::error::JinjaError;
use crate::jinja::evaluate::Interpreter;
use crate::jinja::python::arguments::{Args, flag};
use crate::jinja::python::{Kind, collect, kind, pairs, str};
use crate::jinja::syntax::is_space;

pub fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "escape" | "e" => |_, value, args| {
            args.none("escape")?;
            if value.is_safe() {
                Ok(value.clone())
            } else {
                Ok(escaped(&str(value)?))
            }
        },
        "forceescape" => |_, value, args| {
            args.none("forceescape")?;
            Ok(escaped(&str(value)?))
        },
        "safe" => |_, value, args| {
            args.none("safe")?;
            Ok(Value::from_safe_string(str(value)?))
        },
        "striptags" => |_, value, args| {
            args.none("striptags")?;
            Ok(Value::from(strip_tags(&str(value)?)))
        },
        "xmlattr" => attributes,
        "urlencode" => url_encode,
        "urlize" => |_, value, _| Ok(Value::from(links(&str(value)?))),
        _ => return None,
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('>', "&gt;")
        .replace('<', "&lt;")
        .replace('\'', "&#39;")
        .replace('"', "&#34;")
}

fn escaped(text: &str) -> Value {
    Value::from_safe_string(escape(text))
}

fn strip_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let end = if rest[at..].starts_with("<!--") {
            rest[at..].find("-->").map(|end| at + end + 3)
        } else {
            rest[at..].find('>').map(|end| at + end + 1)
        };
        match end {
            Some(end) => rest = &rest[end..],
            None => {
                out.push_str(&rest[at..]);
                rest = "";
            }
        }
    }
    out.push_str(rest);
    let unescaped = out
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    unescaped
        .split(is_space)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn attributes(
    _: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
) -> Result<Value, JinjaError> {
    let [space] = args.bind("xmlattr", ["autospace"], 0)?;
    if value.is_undefined() {
        return Err(undefined());
    }
    let pairs = pairs(value).ok_or_else(|| JinjaError::type_error("xmlattr takes a mapping"))?;
    let mut out = String::new();
    for (key, value) in pairs {
        if value.is_none() || value.is_undefined() {
            continue;
        }
        let key = str(&key)?;
        if key.contains(|c: char| is_space(c) || matches!(c, '/' | '>' | '=')) {
            return Err(JinjaError::value_error(format!(
                "Invalid character in attribute name: '{key}'"
            )));
        }
        if !out.is_empty() {
            out.push(' ');
        }
        let _ = write!(out, "{}=\"{}\"", escape(&key), escape(&str(&value)?));
    }
    if flag(&space, true) && !out.is_empty() {
        out.insert(0, ' ');
    }
    Ok(Value::from_safe_string(out))
}

fn percent(text: &str, is_query: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            b'/' if !is_query => out.push('/'),
            b' ' if is_query => out.push('+'),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

fn url_encode(
    _: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
) -> Result<Value, JinjaError> {
    args.none("urlencode")?;
    let plain = matches!(
        kind(value),
        Kind::Str(_) | Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Undefined
    );
    if plain {
        return Ok(Value::from(percent(&str(value)?, false)));
    }
    let pairs = match pairs(value) {
        Some(pairs) => pairs,
        None => {
            // What cannot be iterated is text.
            let Ok(items) = collect(value) else {
                return Ok(Value::from(percent(&str(value)?, false)));
            };
            crate::jinja::python::methods::pairs_of(&crate::jinja::python::list(items))?
        }
    };
    let mut parts = Vec::new();
    for (key, value) in pairs {
        parts.push(format!(
            "{}={}",
            percent(&str(&key)?, true),
            percent(&str(&value)?, true)
        ));
    }
    Ok(Value::from(parts.join("&")))
}

/// Makes links of what looks like an address.
fn links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(is_space) {
        let word = part.trim_end_matches(is_space);
        let tail = &part[word.len()..];
        let is_url = ["http://", "https://", "www."]
            .iter()
            .any(|start| word.starts_with(start));
        if is_url {
            let href = if word.starts_with("www.") {
                format!("https://{word}")
            } else {
                word.to_owned()
            };
            let _ = write!(
                out,
                "<a href=\"{}\" rel=\"noopener\">{}</a>",
                escape(&href),
                escape(word)
            );
        } else {
            out.push_str(&escape(word));
        }
        out.push_str(tail);
    }
    out
}
