//! Filters that make or change numbers.

use minijinja::Value;

use super::{Filter, undefined};
use crate::jinja::error::JinjaError;
use crate::jinja::evaluate::Interpreter;
use crate::jinja::python::arguments::{Args, flag, integer, text};
use crate::jinja::python::{
    Kind, as_float, as_int, decimal, float_repr, int, kind, parse_float, parse_int, sign, type_name,
};

pub fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "int" => to_int,
        "float" => to_float,
        "abs" => absolute,
        "round" => round,
        "filesizeformat" => file_size,
        _ => return None,
    })
}

fn to_int(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [default, base] = args.bind("int", ["default", "base"], 0)?;
    let default = default.unwrap_or_else(|| Value::from(0));
    let base = integer(&base, "int", "base")?.unwrap_or(10);
    let from_float = |f: f64| {
        if f.is_finite() && f.abs() < 1e38 {
            int(f.trunc() as i128)
        } else {
            default.clone()
        }
    };
    Ok(match kind(value) {
        Kind::Undefined => return Err(undefined()),
        Kind::Bool(b) => int(i128::from(b)),
        Kind::Int(i) => int(i),
        Kind::Float(f) => from_float(f),
        Kind::Str(s) => match parse_int(s, u32::try_from(base).unwrap_or(10)) {
            Some(i) => int(i),
            // Texts like `3.9` and `1e2` are cut.
            None => parse_float(s).map_or_else(|| default.clone(), from_float),
        },
        _ => decimal::to_int(value).map_or(default, int),
    })
}

fn to_float(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [default] = args.bind("float", ["default"], 0)?;
    if value.is_undefined() {
        return Err(undefined());
    }
    let number = match kind(value) {
        Kind::Str(s) => parse_float(s),
        _ => as_float(value).or_else(|| decimal::to_float(value)),
    };
    Ok(match number {
        Some(number) => Value::from(number),
        None => default.unwrap_or_else(|| Value::from(0.0)),
    })
}

fn absolute(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    args.none("abs")?;
    match kind(value) {
        Kind::Undefined => Err(undefined()),
        Kind::Float(f) => Ok(Value::from(f.abs())),
        _ => match as_int(value) {
            Some(i) if i < 0 => sign(true, value),
            Some(i) => Ok(int(i)),
            None => decimal::absolute(value).ok_or_else(|| {
                JinjaError::type_error(format!(
                    "bad operand type for abs(): '{}'",
                    type_name(value)
                ))
            }),
        },
    }
}

fn round(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [precision, method] = args.bind("round", ["precision", "method"], 0)?;
    let precision = integer(&precision, "round", "precision")?
        .unwrap_or(0)
        .clamp(-400, 400);
    let method = text(&method, "round", "method")?.unwrap_or("common");
    if !matches!(method, "common" | "ceil" | "floor") {
        return Err(JinjaError::value_error(
            "method must be common, ceil or floor",
        ));
    }
    if value.is_undefined() {
        return Err(undefined());
    }
    if method != "common" {
        let Some(number) = as_float(value).or_else(|| decimal::to_float(value)) else {
            return Err(not_a_number(value));
        };
        let unit = 10_f64.powi(precision as i32);
        let scaled = number * unit;
        let rounded = if method == "ceil" {
            scaled.ceil()
        } else {
            scaled.floor()
        };
        return Ok(Value::from(rounded / unit));
    }
    match kind(value) {
        Kind::Float(f) => Ok(Value::from(round_float(f, precision as i32))),
        _ => match as_int(value) {
            Some(i) if precision >= 0 => Ok(int(i)),
            Some(i) => Ok(int(round_int(i, precision.unsigned_abs() as u32))),
            None => {
                decimal::round(value, precision.max(0) as u32).ok_or_else(|| not_a_number(value))
            }
        },
    }
}

fn not_a_number(value: &Value) -> JinjaError {
    JinjaError::type_error(format!(
        "type {} doesn't define __round__ method",
        type_name(value)
    ))
}

/// Rounds half to even, exactly as the float is.
fn round_float(f: f64, precision: i32) -> f64 {
    if !f.is_finite() {
        return f;
    }
    if precision >= 0 {
        return format!("{f:.*}", precision as usize).parse().unwrap_or(f);
    }
    let unit = 10_f64.powi(-precision);
    if unit.is_infinite() {
        0.0_f64.copysign(f)
    } else {
        (f / unit).round_ties_even() * unit
    }
}

fn round_int(i: i128, digits: u32) -> i128 {
    let Some(unit) = 10_i128.checked_pow(digits) else {
        return 0;
    };
    let below = i.div_euclid(unit) * unit;
    let rest = i - below;
    let up = match (rest * 2).cmp(&unit) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => (below / unit) % 2 != 0,
        std::cmp::Ordering::Less => false,
    };
    if up {
        below.saturating_add(unit)
    } else {
        below
    }
}

fn file_size(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [binary] = args.bind("filesizeformat", ["binary"], 0)?;
    let binary = flag(&binary, false);
    let bytes = match kind(value) {
        Kind::Undefined => return Err(undefined()),
        Kind::Str(s) => parse_float(s),
        _ => as_float(value).or_else(|| decimal::to_float(value)),
    };
    let Some(bytes) = bytes else {
        return Err(JinjaError::value_error(format!(
            "could not convert to a number: {}",
            crate::jinja::python::repr(value)?
        )));
    };
    let base = if binary { 1024.0 } else { 1000.0 };
    if bytes == 1.0 {
        return Ok(Value::from("1 Byte"));
    }
    if bytes < base {
        let whole = float_repr(bytes.trunc());
        return Ok(Value::from(format!(
            "{} Bytes",
            whole.trim_end_matches(".0")
        )));
    }
    let prefixes = if binary {
        ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
    } else {
        ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]
    };
    let mut unit = base;
    for (i, prefix) in prefixes.iter().enumerate() {
        let next = unit * base;
        if bytes < next || i == prefixes.len() - 1 {
            return Ok(Value::from(format!("{:.1} {prefix}", base * bytes / next)));
        }
        unit = next;
    }
    Ok(Value::UNDEFINED)
}
