//! Python's `Decimal`, as number columns of query results have it.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use super::arguments::Args;
use super::format::{Spec, format_float, group_and_pad, sign};
use super::{Kind, as_int, kind};
use crate::jinja::error::JinjaError;
use crate::jinja::syntax::Arithmetic;

/// Digits that a division gives, as Python's default context has it.
const PRECISION: u32 = 28;

/// `unscaled / 10^scale`.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    unscaled: i128,
    scale: u32,
}

impl Decimal {
    /// Reads `-12.50`, also with an exponent.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.as_bytes().first()? {
            b'-' => (true, &mantissa[1..]),
            b'+' => (false, &mantissa[1..]),
            _ => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let all = format!("{whole}{fraction}");
        if !all.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut unscaled: i128 = all.parse().ok()?;
        let scale = fraction.len() as i32 - exponent;
        let scale = if scale < 0 {
            unscaled = unscaled.checked_mul(10_i128.checked_pow(scale.unsigned_abs())?)?;
            0
        } else {
            scale.unsigned_abs()
        };
        if scale > 60 {
            return None;
        }
        Some(Self {
            unscaled: if negative { -unscaled } else { unscaled },
            scale,
        })
    }

    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    fn align(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let raise = |d: Self| {
            d.unscaled
                .checked_mul(10_i128.checked_pow(scale - d.scale)?)
        };
        Some((raise(self)?, raise(other)?, scale))
    }

    pub fn to_float(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The part before the point.
    pub fn to_int(self) -> i128 {
        10_i128
            .checked_pow(self.scale)
            .map_or(0, |unit| self.unscaled / unit)
    }

    /// Rounds half to even, to a number of decimals.
    pub fn round(self, decimals: u32) -> Self {
        if decimals >= self.scale {
            return self;
        }
        let Some(unit) = 10_i128.checked_pow(self.scale - decimals) else {
            return Self {
                unscaled: 0,
                scale: decimals,
            };
        };
        Self {
            unscaled: divide_half_even(self.unscaled, unit),
            scale: decimals,
        }
    }

    fn divide(self, other: Self) -> Option<Self> {
        let mut numerator = self.unscaled;
        let denominator = other.unscaled;
        let mut scale = i64::from(self.scale) - i64::from(other.scale);
        let mut digits = 0;
        while digits < PRECISION && (numerator % denominator != 0 || scale < 0) {
            numerator = numerator.checked_mul(10)?;
            scale += 1;
            digits = (numerator / denominator)
                .unsigned_abs()
                .checked_ilog10()
                .map_or(0, |d| d + 1);
        }
        let unscaled = divide_half_even(numerator, denominator);
        Some(Self {
            unscaled,
            scale: u32::try_from(scale).ok()?,
        })
    }
}

fn divide_half_even(numerator: i128, denominator: i128) -> i128 {
    let quotient = numerator / denominator;
    let remainder = numerator % denominator;
    let twice = remainder.unsigned_abs().saturating_mul(2);
    let away = if (numerator < 0) == (denominator < 0) {
        1
    } else {
        -1
    };
    match twice.cmp(&denominator.unsigned_abs()) {
        Ordering::Greater => quotient + away,
        Ordering::Equal if quotient % 2 != 0 => quotient + away,
        _ => quotient,
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.unscaled.unsigned_abs().to_string();
        let scale = self.scale as usize;
        let sign = if self.unscaled < 0 { "-" } else { "" };
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        // Very small numbers are written with an exponent.
        let adjusted = digits.len() as i64 - 1 - i64::from(self.scale);
        if adjusted < -6 {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            return write!(f, "{sign}{first}{point}{rest}E{adjusted}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

impl Object for Decimal {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "__type__" => Some(Value::from("decimal.Decimal")),
            "__repr__" => Some(Value::from(format!("Decimal('{self}')"))),
            _ => None,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.unscaled != 0
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    value.downcast_object_ref::<Decimal>().copied()
}

/// Reads a decimal, or an integer as one.
fn exact(value: &Value) -> Option<Decimal> {
    decimal(value).or_else(|| as_int(value).map(|unscaled| Decimal { unscaled, scale: 0 }))
}

pub fn is_decimal(value: &Value) -> bool {
    decimal(value).is_some()
}

pub fn to_float(value: &Value) -> Option<f64> {
    decimal(value).map(Decimal::to_float)
}

pub fn to_int(value: &Value) -> Option<i128> {
    decimal(value).map(Decimal::to_int)
}

/// Rounds a decimal to a number of decimals.
pub fn round(value: &Value, decimals: u32) -> Option<Value> {
    decimal(value).map(|d| d.round(decimals).into_value())
}

pub fn negate(value: &Value) -> Option<Value> {
    decimal(value).map(|d| {
        Decimal {
            unscaled: -d.unscaled,
            ..d
        }
        .into_value()
    })
}

pub fn absolute(value: &Value) -> Option<Value> {
    decimal(value).map(|d| {
        Decimal {
            unscaled: d.unscaled.abs(),
            ..d
        }
        .into_value()
    })
}

/// Orders numbers of which one is a decimal; the inner `None` is for what is not
/// a number.
pub fn order(left: &Value, right: &Value) -> Option<Option<Ordering>> {
    if !is_decimal(left) && !is_decimal(right) {
        return None;
    }
    if let (Some(a), Some(b)) = (exact(left), exact(right)) {
        return Some(match a.align(b) {
            Some((a, b, _)) => Some(a.cmp(&b)),
            None => a.to_float().partial_cmp(&b.to_float()),
        });
    }
    let float = |value: &Value| match kind(value) {
        Kind::Float(f) => Some(f),
        _ => exact(value).map(Decimal::to_float),
    };
    Some(float(left)?.partial_cmp(&float(right)?))
}

/// Applies an operator to decimals and integers.
pub fn binary(op: Arithmetic, left: &Value, right: &Value) -> Option<Result<Value, JinjaError>> {
    if !is_decimal(left) && !is_decimal(right) {
        return None;
    }
    let (a, b) = (exact(left)?, exact(right)?);
    let too_large = || {
        JinjaError::value_error("the number is too large: more than 38 digits are not supported")
    };
    let zero = || Err(JinjaError::value_error("division by zero"));
    let result = match op {
        Arithmetic::Add => a.align(b).and_then(|(x, y, scale)| {
            Some(Decimal {
                unscaled: x.checked_add(y)?,
                scale,
            })
        }),
        Arithmetic::Sub => a.align(b).and_then(|(x, y, scale)| {
            Some(Decimal {
                unscaled: x.checked_sub(y)?,
                scale,
            })
        }),
        Arithmetic::Mul => a.unscaled.checked_mul(b.unscaled).map(|unscaled| Decimal {
            unscaled,
            scale: a.scale + b.scale,
        }),
        Arithmetic::Div => {
            if b.unscaled == 0 {
                return Some(zero());
            }
            a.divide(b)
        }
        // Decimals truncate where integers round down.
        Arithmetic::FloorDiv | Arithmetic::Mod => {
            if b.unscaled == 0 {
                return Some(zero());
            }
            a.align(b).map(|(x, y, scale)| match op {
                Arithmetic::FloorDiv => Decimal {
                    unscaled: x / y,
                    scale: 0,
                },
                _ => Decimal {
                    unscaled: x % y,
                    scale,
                },
            })
        }
        Arithmetic::Pow => {
            let exponent = u32::try_from(b.to_int()).ok().filter(|_| b.scale == 0)?;
            a.unscaled
                .checked_pow(exponent)
                .zip(a.scale.checked_mul(exponent))
                .map(|(unscaled, scale)| Decimal { unscaled, scale })
        }
    };
    Some(
        result
            .filter(|d| d.scale <= 60)
            .map(Decimal::into_value)
            .ok_or_else(too_large),
    )
}

/// Applies a format spec.
pub fn format(value: &Value, spec: &Spec) -> Result<String, JinjaError> {
    let Some(d) = decimal(value) else {
        return Err(JinjaError::type_error("a decimal is needed"));
    };
    let magnitude = Decimal {
        unscaled: d.unscaled.abs(),
        ..d
    };
    let digits = match (spec.kind, spec.precision) {
        (Some('f' | 'F') | None, Some(precision)) => {
            fixed(magnitude.round(precision as u32), precision)
        }
        (Some('f' | 'F') | None, None) => magnitude.to_string(),
        (Some('%'), precision) => {
            let hundred = Decimal {
                unscaled: magnitude.unscaled.saturating_mul(100),
                ..magnitude
            };
            let precision = precision.unwrap_or(d.scale.saturating_sub(2) as usize);
            format!("{}%", fixed(hundred.round(precision as u32), precision))
        }
        (Some(letter @ ('e' | 'E' | 'g' | 'G')), precision) => format_float(
            magnitude.to_float(),
            letter,
            Some(precision.unwrap_or(6)),
            false,
        ),
        (Some(letter), _) => {
            return Err(JinjaError::value_error(format!(
                "invalid format string '{letter}'"
            )));
        }
    };
    Ok(group_and_pad(
        spec,
        sign(d.unscaled < 0, spec),
        &digits,
        '>',
    ))
}

fn fixed(d: Decimal, precision: usize) -> String {
    let text = d.to_string();
    let decimals = text
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    if decimals >= precision {
        return text;
    }
    let point = if decimals == 0 { "." } else { "" };
    format!("{text}{point}{}", "0".repeat(precision - decimals))
}

/// Calls a method; `None` when there is no such method.
pub fn call_method(
    value: &Value,
    name: &str,
    args: &Args<'_>,
) -> Option<Result<Value, JinjaError>> {
    let d = decimal(value)?;
    Some(match name {
        "quantize" => args.bind(name, ["exp", "rounding"], 1).map(|[exp, _]| {
            let scale = exp.as_ref().and_then(decimal).map_or(0, |exp| exp.scale);
            let rounded = d.round(scale);
            let unscaled = 10_i128
                .checked_pow(scale.saturating_sub(rounded.scale))
                .and_then(|unit| rounded.unscaled.checked_mul(unit))
                .unwrap_or(rounded.unscaled);
            Decimal { unscaled, scale }.into_value()
        }),
        "to_integral_value" | "to_integral" => args.none(name).map(|()| d.round(0).into_value()),
        "normalize" => args.none(name).map(|()| {
            let mut d = d;
            while d.scale > 0 && d.unscaled % 10 == 0 {
                d = Decimal {
                    unscaled: d.unscaled / 10,
                    scale: d.scale - 1,
                };
            }
            d.into_value()
        }),
        "is_nan" | "is_infinite" => args.none(name).map(|()| Value::from(false)),
        _ => return None,
    })
}
