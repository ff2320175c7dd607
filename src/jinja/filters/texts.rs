//! Filters over texts. Anything is made a text first, as Jinja2 does.

use minijinja::Value;

use super::wrap::wrap;
use super::{Filter, undefined};
use crate::jinja::error::JinjaError;
use crate::jinja::evaluate::Interpreter;
use crate::jinja::python::arguments::{Args, flag, integer};
use crate::jinja::python::{as_str, capitalize, dict, printf, str, tuple, type_name};
use crate::jinja::syntax::is_space;

/// The longest text that padding makes.
const MAX_WIDTH: i128 = 10_000_000;

pub fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "upper" => |_, value, args| whole(value, args, |s| s.to_uppercase()),
        "lower" => |_, value, args| whole(value, args, |s| s.to_lowercase()),
        "capitalize" => |_, value, args| whole(value, args, capitalize),
        "title" => |_, value, args| whole(value, args, title),
        "trim" => trim,
        "replace" => replace,
        "truncate" => truncate,
        "indent" => indent,
        "center" => center,
        "wordwrap" => word_wrap,
        "wordcount" => |_, value, args| {
            args.none("wordcount")?;
            let text = str(value)?;
            let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            Ok(Value::from(
                words.filter(|word| !word.is_empty()).count() as i64
            ))
        },
        "format" => format,
        _ => return None,
    })
}

fn whole(
    value: &Value,
    args: &Args<'_>,
    f: impl FnOnce(&str) -> String,
) -> Result<Value, JinjaError> {
    args.none("filter")?;
    Ok(Value::from(match value.as_str() {
        Some(text) => f(text),
        None => f(&str(value)?),
    }))
}

/// Capitalizes what follows spaces and opening brackets.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut starts_word = true;
    for c in text.chars() {
        if is_space(c) || matches!(c, '-' | '(' | '{' | '[' | '<') {
            out.push(c);
            starts_word = true;
        } else if starts_word {
            out.extend(c.to_uppercase());
            starts_word = false;
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

fn trim(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [chars] = args.bind("trim", ["chars"], 0)?;
    let text = str(value)?;
    let trimmed = match chars.filter(|chars| !chars.is_none()) {
        Some(chars) => {
            let chars = str(&chars)?;
            text.trim_matches(|c| chars.contains(c)).to_owned()
        }
        None => text.trim_matches(is_space).to_owned(),
    };
    Ok(Value::from(trimmed))
}

fn replace(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [old, new, count] = args.bind("replace", ["old", "new", "count"], 2)?;
    let (old, new) = (
        str(&old.unwrap_or_default())?,
        str(&new.unwrap_or_default())?,
    );
    let text = str(value)?;
    let count = integer(&count, "replace", "count")?.unwrap_or(-1);
    Ok(Value::from(match usize::try_from(count) {
        Ok(count) => text.replacen(&old, &new, count),
        Err(_) => text.replace(&old, &new),
    }))
}

fn truncate(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [length, kill_words, end, leeway] =
        args.bind("truncate", ["length", "killwords", "end", "leeway"], 0)?;
    let length = integer(&length, "truncate", "length")?.unwrap_or(255);
    let leeway = integer(&leeway, "truncate", "leeway")?.unwrap_or(5);
    let end = match end {
        Some(end) => str(&end)?,
        None => "...".to_owned(),
    };
    let end_len = end.chars().count() as i128;
    if length < end_len {
        return Err(JinjaError::value_error(format!(
            "expected length >= {end_len}, got {length}"
        )));
    }
    if leeway < 0 {
        return Err(JinjaError::value_error(format!(
            "expected leeway >= 0, got {leeway}"
        )));
    }
    // Whatever has a length is left as it is when it is short; only texts can
    // be cut.
    if crate::jinja::python::length(value)? as i128 <= length.saturating_add(leeway) {
        return Ok(value.clone());
    }
    let text = need_text(value)?;
    let cut: String = text.chars().take((length - end_len) as usize).collect();
    let kept = if flag(&kill_words, false) {
        cut.as_str()
    } else {
        cut.rsplit_once(' ')
            .map_or(cut.as_str(), |(before, _)| before)
    };
    Ok(Value::from(format!("{kept}{end}")))
}

fn indent(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [width, first, blank] = args.bind("indent", ["width", "first", "blank"], 0)?;
    let indention = match &width {
        Some(width) if width.as_str().is_some() => str(width)?,
        _ => {
            let width = integer(&width, "indent", "width")?.unwrap_or(4);
            if width > 10_000 {
                return Err(JinjaError::value_error("the width is too large"));
            }
            " ".repeat(usize::try_from(width).unwrap_or(0))
        }
    };
    let text = need_text(value)?.to_owned() + "\n";
    let blank = flag(&blank, false);
    let mut out = String::with_capacity(text.len() + 64);
    if flag(&first, false) {
        out.push_str(&indention);
    }
    for (i, line) in lines(&text).into_iter().enumerate() {
        if i > 0 {
            out.push('\n');
            if blank || !line.is_empty() {
                out.push_str(&indention);
            }
        }
        out.push_str(line);
    }
    Ok(Value::from(out))
}

/// Some filters take texts only.
fn need_text(value: &Value) -> Result<&str, JinjaError> {
    if value.is_undefined() {
        return Err(undefined());
    }
    as_str(value).ok_or_else(|| {
        JinjaError::type_error(format!("a text is needed, not {}", type_name(value)))
    })
}

fn lines(text: &str) -> Vec<&str> {
    crate::jinja::python::split_lines(text, false)
}

fn center(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [width] = args.bind("center", ["width"], 0)?;
    let width = integer(&width, "center", "width")?.unwrap_or(80);
    if width > MAX_WIDTH {
        return Err(JinjaError::value_error("the width is too large"));
    }
    let text = str(value)?;
    let width = usize::try_from(width).unwrap_or(0);
    let missing = width.saturating_sub(text.chars().count());
    let left = missing / 2 + (missing & width & 1);
    Ok(Value::from(format!(
        "{}{text}{}",
        " ".repeat(left),
        " ".repeat(missing - left)
    )))
}

fn word_wrap(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [width, break_long, wrap_string, hyphens] = args.bind(
        "wordwrap",
        [
            "width",
            "break_long_words",
            "wrapstring",
            "break_on_hyphens",
        ],
        0,
    )?;
    let width = integer(&width, "wordwrap", "width")?.unwrap_or(79);
    let Some(width) = usize::try_from(width).ok().filter(|width| *width > 0) else {
        return Err(JinjaError::value_error(format!(
            "invalid width {width} (must be > 0)"
        )));
    };
    let newline = match wrap_string.filter(|w| !w.is_none()) {
        Some(newline) => str(&newline)?,
        None => "\n".to_owned(),
    };
    let text = need_text(value)?;
    let wrapped: Vec<String> = lines(text)
        .into_iter()
        .map(|line| wrap(line, width, flag(&break_long, true), flag(&hyphens, true)).join(&newline))
        .collect();
    Ok(Value::from(wrapped.join(&newline)))
}

fn format(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    if value.is_undefined() {
        return Err(undefined());
    }
    if !args.positional.is_empty() && !args.keyword.is_empty() {
        return Err(JinjaError::type_error(
            "can't handle positional and keyword arguments at the same time",
        ));
    }
    let argument = if args.keyword.is_empty() {
        tuple(args.positional.clone())
    } else {
        dict(args.keyword.clone())
    };
    printf(&str(value)?, &argument).map(Value::from)
}
