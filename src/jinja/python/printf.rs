//! `'%s' % value`.

use minijinja::Value;
use minijinja::value::ObjectRepr;

use super::container::Container;
use super::format::{Spec, format_float, group_and_pad};
use super::{Kind, as_float, as_int, dict::Key, kind, repr, str, type_name};
use crate::jinja::error::JinjaError;

/// Formats as Python's `%` does.
pub fn printf(format: &str, argument: &Value) -> Result<String, JinjaError> {
    let tuple = match kind(argument) {
        Kind::Container(Container::Tuple(items)) => Some(items.to_vec()),
        _ => None,
    };
    let mapping = match kind(argument) {
        Kind::Container(Container::Dict(_)) => true,
        Kind::Object(_) => super::pairs(argument).is_some(),
        _ => false,
    };
    let mut positional = Positional {
        single: if tuple.is_none() {
            Some(argument.clone())
        } else {
            None
        },
        items: tuple.unwrap_or_default().into_iter(),
    };
    let mut out = String::with_capacity(format.len() + 16);
    let mut used_mapping = false;
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (directive, after) = Directive::parse(rest, &mut positional)?;
        rest = after;
        if directive.conversion == '%' {
            out.push('%');
            continue;
        }
        let value = match directive.key {
            Some(name) => {
                if !mapping {
                    return Err(JinjaError::type_error("format requires a mapping"));
                }
                used_mapping = true;
                lookup(argument, name)?
            }
            None => positional.next()?,
        };
        directive.write(&mut out, &value)?;
    }
    out.push_str(rest);
    let left_over = positional.items.next().is_some()
        || (positional.single.is_some()
            && !used_mapping
            && !mapping
            && !takes_subscripts(argument));
    if left_over {
        return Err(JinjaError::type_error(
            "not all arguments converted during string formatting",
        ));
    }
    Ok(out)
}

/// Python lets what takes subscripts go unused, since it could be a mapping.
fn takes_subscripts(value: &Value) -> bool {
    match kind(value) {
        Kind::Container(container) => {
            matches!(container, Container::List(_) | Container::Range(_))
        }
        Kind::Undefined | Kind::Bytes(_) => true,
        Kind::Object(object) => matches!(object.repr(), ObjectRepr::Map | ObjectRepr::Seq),
        _ => false,
    }
}

fn lookup(mapping: &Value, name: &str) -> Result<Value, JinjaError> {
    let found = match kind(mapping) {
        Kind::Container(Container::Dict(dict)) => dict.get(&Key::Str(Value::from(name))),
        Kind::Object(object) => object.get_value_by_str(name),
        _ => None,
    };
    found.ok_or_else(|| JinjaError::value_error(format!("'{name}'")))
}

struct Positional {
    single: Option<Value>,
    items: std::vec::IntoIter<Value>,
}

impl Positional {
    fn next(&mut self) -> Result<Value, JinjaError> {
        self.single
            .take()
            .or_else(|| self.items.next())
            .ok_or_else(|| JinjaError::type_error("not enough arguments for format string"))
    }
}

struct Directive<'a> {
    key: Option<&'a str>,
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

impl<'a> Directive<'a> {
    fn parse(text: &'a str, positional: &mut Positional) -> Result<(Self, &'a str), JinjaError> {
        let mut directive = Directive {
            key: None,
            left: false,
            plus: false,
            space: false,
            zero: false,
            alternate: false,
            width: 0,
            precision: None,
            conversion: '%',
        };
        let mut rest = text;
        if let Some(inner) = rest.strip_prefix('(') {
            let mut depth = 1;
            let close = inner.char_indices().find(|(_, c)| {
                depth += match c {
                    '(' => 1,
                    ')' => -1,
                    _ => 0,
                };
                depth == 0
            });
            let Some((close, _)) = close else {
                return Err(JinjaError::value_error("incomplete format key"));
            };
            directive.key = Some(&inner[..close]);
            rest = &inner[close + 1..];
        }
        while let Some(flag) = rest.chars().next() {
            match flag {
                '-' => directive.left = true,
                '+' => directive.plus = true,
                ' ' => directive.space = true,
                '0' => directive.zero = true,
                '#' => directive.alternate = true,
                _ => break,
            }
            rest = &rest[1..];
        }
        if let Some(after) = rest.strip_prefix('*') {
            let width = star(positional)?;
            directive.left |= width < 0;
            directive.width = size(width.unsigned_abs())?;
            rest = after;
        } else {
            let len = rest.bytes().take_while(u8::is_ascii_digit).count();
            if len > 0 {
                directive.width = size(rest[..len].parse().unwrap_or(u128::MAX))?;
                rest = &rest[len..];
            }
        }
        if let Some(after) = rest.strip_prefix('.') {
            if let Some(after) = after.strip_prefix('*') {
                directive.precision = Some(size(star(positional)?.max(0).unsigned_abs())?);
                rest = after;
            } else {
                let len = after.bytes().take_while(u8::is_ascii_digit).count();
                let digits = &after[..len];
                directive.precision = Some(if len == 0 {
                    0
                } else {
                    size(digits.parse().unwrap_or(u128::MAX))?
                });
                rest = &after[len..];
            }
        }
        rest = rest.trim_start_matches(['h', 'l', 'L']);
        let Some(conversion) = rest.chars().next() else {
            return Err(JinjaError::value_error("incomplete format"));
        };
        directive.conversion = conversion;
        Ok((directive, &rest[conversion.len_utf8()..]))
    }

    fn write(&self, out: &mut String, value: &Value) -> Result<(), JinjaError> {
        let text = match self.conversion {
            's' => self.cut(str(value)?),
            'r' => self.cut(repr(value)?),
            'a' => self.cut(ascii(&repr(value)?)),
            'c' => match kind(value) {
                Kind::Str(s) if s.chars().count() == 1 => s.to_owned(),
                Kind::Bool(_) | Kind::Int(_) => as_int(value)
                    .and_then(|i| u32::try_from(i).ok())
                    .and_then(char::from_u32)
                    .map(String::from)
                    .ok_or_else(|| JinjaError::value_error("%c arg not in range(0x110000)"))?,
                _ => return Err(JinjaError::type_error("%c requires int or char")),
            },
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => return self.write_integer(out, value),
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let number = as_float(value)
                    .or_else(|| super::decimal::to_float(value))
                    .ok_or_else(|| {
                        JinjaError::type_error(format!(
                            "must be real number, not {}",
                            type_name(value)
                        ))
                    })?;
                let digits = format_float(
                    number.abs(),
                    self.conversion,
                    Some(self.precision.unwrap_or(6)),
                    self.alternate,
                );
                self.write_number(
                    out,
                    number.is_sign_negative() && !number.is_nan(),
                    "",
                    &digits,
                );
                return Ok(());
            }
            other => {
                return Err(JinjaError::value_error(format!(
                    "unsupported format character '{other}' (0x{:x})",
                    other as u32
                )));
            }
        };
        let spec = Spec {
            fill: ' ',
            align: Some(if self.left { '<' } else { '>' }),
            width: self.width,
            ..Spec::default()
        };
        out.push_str(&group_and_pad(&spec, "", &text, '>'));
        Ok(())
    }

    fn write_integer(&self, out: &mut String, value: &Value) -> Result<(), JinjaError> {
        let number = match kind(value) {
            Kind::Float(f) if matches!(self.conversion, 'd' | 'i' | 'u') && f.is_finite() => {
                f.trunc() as i128
            }
            _ => match as_int(value).or_else(|| super::decimal::to_int(value)) {
                Some(i) => i,
                None => {
                    let wanted = if matches!(self.conversion, 'd' | 'i' | 'u') {
                        "a real number is required"
                    } else {
                        "an integer is required"
                    };
                    return Err(JinjaError::type_error(format!(
                        "%{} format: {wanted}, not {}",
                        self.conversion,
                        type_name(value)
                    )));
                }
            },
        };
        let magnitude = number.unsigned_abs();
        let (prefix, mut digits) = match self.conversion {
            'x' => ("0x", format!("{magnitude:x}")),
            'X' => ("0X", format!("{magnitude:X}")),
            'o' => ("0o", format!("{magnitude:o}")),
            _ => ("", magnitude.to_string()),
        };
        if let Some(precision) = self.precision
            && digits.len() < precision
        {
            digits.insert_str(0, &"0".repeat(precision - digits.len()));
        }
        let prefix = if self.alternate { prefix } else { "" };
        self.write_number(out, number < 0, prefix, &digits);
        Ok(())
    }

    fn write_number(&self, out: &mut String, negative: bool, prefix: &str, digits: &str) {
        let sign = match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        };
        let head = format!("{sign}{prefix}");
        let spec = Spec {
            fill: if self.zero && !self.left { '0' } else { ' ' },
            align: Some(match (self.left, self.zero) {
                (true, _) => '<',
                (false, true) => '=',
                _ => '>',
            }),
            width: self.width,
            ..Spec::default()
        };
        out.push_str(&group_and_pad(&spec, &head, digits, '>'));
    }

    fn cut(&self, text: String) -> String {
        match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text,
        }
    }
}

fn star(positional: &mut Positional) -> Result<i128, JinjaError> {
    as_int(&positional.next()?).ok_or_else(|| JinjaError::type_error("* wants int"))
}

/// A width or precision; larger ones would only fill memory.
fn size(size: u128) -> Result<usize, JinjaError> {
    usize::try_from(size)
        .ok()
        .filter(|size| *size <= 1_000_000)
        .ok_or_else(|| JinjaError::value_error("width or precision too big"))
}

fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c as u32 {
            0..=0x7f => out.push(c),
            code @ 0x80..=0xff => out.push_str(&format!("\\x{code:02x}")),
            code @ 0x100..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}
