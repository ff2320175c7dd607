//! `str.format` and the format mini-language.

use minijinja::Value;

use super::arguments::Args;
use super::{Kind, as_int, datetime, decimal, float_repr, kind, repr, str, type_name};
use crate::jinja::error::JinjaError;

/// How deep format specs nest in Python: a field in a spec, no further.
const MAX_NESTING: u32 = 2;

/// Finds the value of a replacement field's attribute or item.
pub type Lookup<'l> = dyn FnMut(&Value, &str, bool) -> Result<Value, JinjaError> + 'l;

/// Applies `text.format(...)`. `lookup` reads an attribute (`true`) or an item.
pub fn format(text: &str, args: &Args<'_>, lookup: &mut Lookup<'_>) -> Result<String, JinjaError> {
    let mut state = State {
        args,
        lookup,
        next: 0,
        numbering: Numbering::Unknown,
    };
    state.format(text, 0)
}

#[derive(PartialEq)]
enum Numbering {
    Unknown,
    Automatic,
    Manual,
}

struct State<'s, 'a, 'l> {
    args: &'s Args<'a>,
    lookup: &'s mut Lookup<'l>,
    next: usize,
    numbering: Numbering,
}

impl State<'_, '_, '_> {
    fn format(&mut self, text: &str, depth: u32) -> Result<String, JinjaError> {
        if depth >= MAX_NESTING {
            return Err(JinjaError::value_error("Max string recursion exceeded"));
        }
        let mut out = String::with_capacity(text.len() + 16);
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let brace = rest.as_bytes()[at];
            rest = &rest[at + 1..];
            if rest.as_bytes().first() == Some(&brace) {
                out.push(char::from(brace));
                rest = &rest[1..];
                continue;
            }
            if brace == b'}' {
                return Err(JinjaError::value_error(
                    "Single '}' encountered in format string",
                ));
            }
            let close = field_end(rest)?;
            let field = &rest[..close];
            rest = &rest[close + 1..];
            self.field(&mut out, field, depth)?;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn field(&mut self, out: &mut String, field: &str, depth: u32) -> Result<(), JinjaError> {
        // A `:` or `!` inside brackets belongs to a key.
        let mut in_brackets = false;
        let end = field.char_indices().find(|(_, c)| {
            match c {
                '[' => in_brackets = true,
                ']' => in_brackets = false,
                _ => {}
            }
            !in_brackets && matches!(c, ':' | '!')
        });
        let (name, rest) = match end {
            Some((at, _)) => field.split_at(at),
            None => (field, ""),
        };
        let mut value = self.value(name)?;
        let spec = if let Some(conversion) = rest.strip_prefix('!') {
            let mut chars = conversion.chars();
            value = match chars.next() {
                Some('r' | 'a') => Value::from(repr(&value)?),
                Some('s') => Value::from(str(&value)?),
                Some(other) => {
                    return Err(JinjaError::value_error(format!(
                        "Unknown conversion specifier {other:?}"
                    )));
                }
                None => {
                    return Err(JinjaError::value_error("unmatched '{' in format spec"));
                }
            };
            match chars.as_str() {
                "" => "",
                after => after.strip_prefix(':').ok_or_else(|| {
                    JinjaError::value_error("expected ':' after conversion specifier")
                })?,
            }
        } else {
            rest.strip_prefix(':').unwrap_or("")
        };
        let spec = if spec.contains('{') {
            self.format(spec, depth + 1)?
        } else {
            spec.to_owned()
        };
        out.push_str(&format_value(&value, &spec)?);
        Ok(())
    }

    fn value(&mut self, name: &str) -> Result<Value, JinjaError> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut path) = name.split_at(end);
        let mut value = if first.is_empty() {
            if self.numbering == Numbering::Manual {
                return Err(JinjaError::value_error(
                    "cannot switch from manual field specification to automatic field numbering",
                ));
            }
            self.numbering = Numbering::Automatic;
            self.next += 1;
            self.positional(self.next - 1)?
        } else if let Ok(index) = first.parse::<usize>() {
            if self.numbering == Numbering::Automatic {
                return Err(JinjaError::value_error(
                    "cannot switch from automatic field numbering to manual field specification",
                ));
            }
            self.numbering = Numbering::Manual;
            self.positional(index)?
        } else {
            self.args
                .get(first)
                .cloned()
                .ok_or_else(|| JinjaError::value_error(format!("'{first}'")))?
        };
        while !path.is_empty() {
            if let Some(after) = path.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                value = (self.lookup)(&value, &after[..end], true)?;
                path = &after[end..];
            } else if let Some(after) = path.strip_prefix('[') {
                let Some(end) = after.find(']') else {
                    return Err(JinjaError::value_error("Missing ']' in format string"));
                };
                value = (self.lookup)(&value, &after[..end], false)?;
                path = &after[end + 1..];
            } else {
                return Err(JinjaError::value_error(
                    "Only '.' or '[' may follow ']' in format field specifier",
                ));
            }
        }
        Ok(value)
    }

    fn positional(&self, index: usize) -> Result<Value, JinjaError> {
        self.args.positional.get(index).cloned().ok_or_else(|| {
            JinjaError::value_error(format!(
                "Replacement index {index} out of range for positional args tuple"
            ))
        })
    }
}

fn field_end(text: &str) -> Result<usize, JinjaError> {
    let mut depth = 1;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(at);
        }
    }
    Err(JinjaError::value_error(if text.is_empty() {
        "Single '{' encountered in format string"
    } else {
        "expected '}' before end of string"
    }))
}

/// A format spec: `[[fill]align][sign][#][0][width][,][.precision][type]`.
#[derive(Debug, Clone)]
pub struct Spec {
    pub fill: char,
    pub align: Option<char>,
    pub sign: char,
    pub explicit_sign: bool,
    pub alternate: bool,
    pub width: usize,
    pub grouping: Option<char>,
    pub precision: Option<usize>,
    pub kind: Option<char>,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            fill: ' ',
            align: None,
            sign: '-',
            explicit_sign: false,
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        }
    }
}

impl Spec {
    pub fn parse(text: &str) -> Result<Self, JinjaError> {
        let invalid = || JinjaError::value_error("Invalid format specifier");
        let mut spec = Self::default();
        let mut rest = text;
        let mut chars = text.chars();
        let (first, second) = (chars.next(), chars.next());
        let is_align = |c: Option<char>| matches!(c, Some('<' | '>' | '^' | '='));
        if is_align(second)
            && let Some(fill) = first
        {
            spec.fill = fill;
            spec.align = second;
            rest = &rest[fill.len_utf8() + 1..];
        } else if is_align(first) {
            spec.align = first;
            rest = &rest[1..];
        }
        if let Some(sign) = rest.chars().next().filter(|c| matches!(c, '+' | '-' | ' ')) {
            spec.sign = sign;
            spec.explicit_sign = true;
            rest = &rest[1..];
        }
        rest = rest.strip_prefix('z').unwrap_or(rest);
        if let Some(after) = rest.strip_prefix('#') {
            spec.alternate = true;
            rest = after;
        }
        if rest.starts_with('0') {
            if spec.align.is_none() {
                spec.fill = '0';
                spec.align = Some('=');
            }
            rest = rest.trim_start_matches('0');
        }
        let len = rest.bytes().take_while(u8::is_ascii_digit).count();
        if len > 0 {
            spec.width = size(&rest[..len])?;
            rest = &rest[len..];
        }
        if let Some(grouping) = rest.chars().next().filter(|c| matches!(c, ',' | '_')) {
            spec.grouping = Some(grouping);
            rest = &rest[1..];
        }
        if let Some(after) = rest.strip_prefix('.') {
            let len = after.bytes().take_while(u8::is_ascii_digit).count();
            if len == 0 {
                return Err(JinjaError::value_error(
                    "Format specifier missing precision",
                ));
            }
            spec.precision = Some(size(&after[..len])?);
            rest = &after[len..];
        }
        let mut chars = rest.chars();
        spec.kind = chars.next();
        if chars.next().is_some() {
            return Err(invalid());
        }
        Ok(spec)
    }
}

fn size(digits: &str) -> Result<usize, JinjaError> {
    digits
        .parse::<usize>()
        .ok()
        .filter(|size| *size <= 1_000_000)
        .ok_or_else(|| JinjaError::value_error("Too many decimal digits in format string"))
}

/// Applies `format(value, spec)`.
pub fn format_value(value: &Value, spec: &str) -> Result<String, JinjaError> {
    if spec.is_empty() {
        return str(value);
    }
    if let Some(text) = datetime::format(value, spec) {
        return text;
    }
    match kind(value) {
        Kind::Str(text) => format_text(text, &Spec::parse(spec)?),
        Kind::Bool(_) | Kind::Int(_) => {
            format_integer(as_int(value).unwrap_or_default(), &Spec::parse(spec)?)
        }
        Kind::Float(f) => format_real(f, &Spec::parse(spec)?),
        Kind::Object(_) if decimal::is_decimal(value) => {
            let spec = Spec::parse(spec)?;
            decimal::format(value, &spec)
        }
        _ => Err(JinjaError::type_error(format!(
            "unsupported format string passed to {}.__format__",
            type_name(value)
        ))),
    }
}

fn unknown_code(spec: &Spec, what: &str) -> JinjaError {
    let code = spec.kind.unwrap_or(' ');
    JinjaError::value_error(format!(
        "Unknown format code '{code}' for object of type '{what}'"
    ))
}

fn format_text(text: &str, spec: &Spec) -> Result<String, JinjaError> {
    if !matches!(spec.kind, None | Some('s')) {
        return Err(unknown_code(spec, "str"));
    }
    if spec.explicit_sign {
        return Err(JinjaError::value_error(
            "Sign not allowed in string format specifier",
        ));
    }
    if let Some(grouping) = spec.grouping {
        return Err(JinjaError::value_error(format!(
            "Cannot specify '{grouping}' with 's'."
        )));
    }
    if spec.align == Some('=') && spec.fill != '0' {
        return Err(JinjaError::value_error(
            "'=' alignment not allowed in string format specifier",
        ));
    }
    let cut: String = match spec.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text.to_owned(),
    };
    let mut spec = spec.clone();
    if spec.align == Some('=') {
        spec.align = Some('<');
    }
    Ok(group_and_pad(&spec, "", &cut, '<'))
}

fn format_integer(number: i128, spec: &Spec) -> Result<String, JinjaError> {
    let magnitude = number.unsigned_abs();
    let (prefix, digits) = match spec.kind {
        None | Some('d' | 'n') => {
            if spec.precision.is_some() {
                return Err(JinjaError::value_error(
                    "Precision not allowed in integer format specifier",
                ));
            }
            ("", magnitude.to_string())
        }
        Some('b') => ("0b", format!("{magnitude:b}")),
        Some('o') => ("0o", format!("{magnitude:o}")),
        Some('x') => ("0x", format!("{magnitude:x}")),
        Some('X') => ("0X", format!("{magnitude:X}")),
        Some('c') => {
            let c = u32::try_from(number).ok().and_then(char::from_u32);
            let c = c.ok_or_else(|| JinjaError::value_error("%c arg not in range(0x110000)"))?;
            return Ok(group_and_pad(spec, "", &c.to_string(), '<'));
        }
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => return format_real(number as f64, spec),
        _ => return Err(unknown_code(spec, "int")),
    };
    let sign = sign(number < 0, spec);
    let prefix = if spec.alternate { prefix } else { "" };
    Ok(group_and_pad(
        spec,
        &format!("{sign}{prefix}"),
        &digits,
        '>',
    ))
}

pub fn sign(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.sign) {
        (true, _) => "-",
        (false, '+') => "+",
        (false, ' ') => " ",
        _ => "",
    }
}

fn format_real(number: f64, spec: &Spec) -> Result<String, JinjaError> {
    let negative = number.is_sign_negative() && !number.is_nan();
    let magnitude = number.abs();
    let digits = match spec.kind {
        None => match spec.precision {
            None => float_repr(magnitude),
            Some(precision) => {
                let text = format_float(magnitude, 'g', Some(precision), spec.alternate);
                // Without a type a float keeps at least one decimal.
                if magnitude.is_finite()
                    && !text.contains(['.', 'e'])
                    && text.len() < precision.max(1)
                {
                    format!("{text}.0")
                } else {
                    text
                }
            }
        },
        Some('%') => {
            let text = format_float(
                magnitude * 100.0,
                'f',
                Some(spec.precision.unwrap_or(6)),
                spec.alternate,
            );
            format!("{text}%")
        }
        Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G')) => format_float(
            magnitude,
            kind,
            Some(spec.precision.unwrap_or(6)),
            spec.alternate,
        ),
        Some('n') => format_float(
            magnitude,
            'g',
            Some(spec.precision.unwrap_or(6)),
            spec.alternate,
        ),
        _ => return Err(unknown_code(spec, "float")),
    };
    Ok(group_and_pad(spec, sign(negative, spec), &digits, '>'))
}

/// Writes the magnitude of a float with one of the letters `e f g`.
pub fn format_float(value: f64, kind: char, precision: Option<usize>, alternate: bool) -> String {
    let upper = kind.is_ascii_uppercase();
    let precision = precision.unwrap_or(6);
    let text = if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        "inf".to_owned()
    } else {
        match kind.to_ascii_lowercase() {
            'f' => {
                let text = format!("{value:.precision$}");
                if alternate && precision == 0 {
                    format!("{text}.")
                } else {
                    text
                }
            }
            'e' => exponent_form(value, precision),
            _ => general_form(value, precision.max(1), alternate),
        }
    };
    if upper { text.to_uppercase() } else { text }
}

fn exponent_form(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let (sign, digits) = match exponent.strip_prefix('-') {
                Some(digits) => ('-', digits),
                None => ('+', exponent),
            };
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}

fn general_form(value: f64, precision: usize, alternate: bool) -> String {
    if value == 0.0 {
        return if alternate {
            format!("{value:.*}", precision - 1)
        } else {
            "0".to_owned()
        };
    }
    let scientific = exponent_form(value, precision - 1);
    let exponent: i32 = scientific
        .split_once('e')
        .and_then(|(_, e)| e.parse().ok())
        .unwrap_or_default();
    if exponent < -4 || exponent >= precision as i32 {
        let (mantissa, tail) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        let mantissa = if alternate {
            mantissa
        } else {
            trim_zeros(mantissa)
        };
        return format!("{mantissa}e{tail}");
    }
    let decimals = (precision as i32 - 1 - exponent).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if alternate {
        text
    } else {
        trim_zeros(&text).to_owned()
    }
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// Puts separators between thousands, and pads to the width. `head` is the sign
/// and prefix, before which `=` does not pad.
pub fn group_and_pad(spec: &Spec, head: &str, digits: &str, default_align: char) -> String {
    let align = spec.align.unwrap_or(default_align);
    let body = match spec.grouping {
        Some(separator) => {
            let size = if matches!(spec.kind, Some('b' | 'o' | 'x' | 'X')) {
                4
            } else {
                3
            };
            let zero_width = if align == '=' && spec.fill == '0' {
                spec.width.saturating_sub(head.chars().count())
            } else {
                0
            };
            group(digits, separator, size, zero_width)
        }
        None => digits.to_owned(),
    };
    let len = head.chars().count() + body.chars().count();
    let padding = spec.width.saturating_sub(len);
    let fill = |count: usize| spec.fill.to_string().repeat(count);
    match align {
        '<' => format!("{head}{body}{}", fill(padding)),
        '^' => format!(
            "{}{head}{body}{}",
            fill(padding / 2),
            fill(padding - padding / 2)
        ),
        '=' => format!("{head}{}{body}", fill(padding)),
        _ => format!("{}{head}{body}", fill(padding)),
    }
}

fn group(digits: &str, separator: char, size: usize, zero_width: usize) -> String {
    let integer_len = digits
        .find(|c: char| !c.is_ascii_hexdigit() || c == 'e')
        .unwrap_or(digits.len());
    let (integer, tail) = digits.split_at(integer_len);
    let mut integer = integer.to_owned();
    loop {
        let grouped = group_integer(&integer, separator, size);
        if grouped.len() + tail.len() >= zero_width {
            return grouped + tail;
        }
        integer.insert(0, '0');
    }
}

fn group_integer(integer: &str, separator: char, size: usize) -> String {
    let mut out = String::with_capacity(integer.len() * 4 / 3 + 1);
    for (i, c) in integer.chars().enumerate() {
        if i > 0 && (integer.len() - i).is_multiple_of(size) {
            out.push(separator);
        }
        out.push(c);
    }
    out
}
