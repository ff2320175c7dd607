//! `+ - * / // % **` and signs.

use minijinja::Value;

use super::container::Container;
use super::{Kind, as_float, as_int, datetime, decimal, int, kind, list, printf, tuple, type_name};
use crate::jinja::error::JinjaError;
use crate::jinja::syntax::Arithmetic;

/// The largest text or list that `*` makes.
const MAX_REPEATED: usize = 100_000_000;

/// Applies an operator.
pub fn binary(op: Arithmetic, left: &Value, right: &Value) -> Result<Value, JinjaError> {
    match (kind(left), kind(right)) {
        (Kind::Int(a), Kind::Int(b)) => return integers(op, a, b),
        (Kind::Str(a), Kind::Str(b)) if op == Arithmetic::Add => {
            return Ok(Value::from([a, b].concat()));
        }
        (Kind::Str(format), _) if op == Arithmetic::Mod => {
            return printf(format, right).map(Value::from);
        }
        (Kind::Object(_), _) | (_, Kind::Object(_)) => {
            if let Some(result) = datetime::binary(op, left, right) {
                return result;
            }
            if let Some(result) = decimal::binary(op, left, right) {
                return result;
            }
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (as_int(left), as_int(right)) {
        return integers(op, a, b);
    }
    if let (Some(a), Some(b)) = (as_float(left), as_float(right)) {
        return floats(op, a, b);
    }
    match op {
        Arithmetic::Add => add(left, right),
        Arithmetic::Mul => match (as_int(left), as_int(right)) {
            (None, Some(times)) => {
                repeat(left, times).unwrap_or_else(|| unsupported(op, left, right))
            }
            (Some(times), None) => {
                repeat(right, times).unwrap_or_else(|| unsupported(op, left, right))
            }
            _ => unsupported(op, left, right),
        },
        Arithmetic::Sub => match (kind(left), kind(right)) {
            (Kind::Container(Container::Set(a)), Kind::Container(Container::Set(b))) => {
                let without = b.snapshot();
                super::set(
                    a.snapshot()
                        .into_iter()
                        .filter(|(key, _)| !without.contains_key(key))
                        .map(|(_, value)| value),
                )
            }
            _ => unsupported(op, left, right),
        },
        _ => unsupported(op, left, right),
    }
}

fn symbol(op: Arithmetic) -> &'static str {
    match op {
        Arithmetic::Add => "+",
        Arithmetic::Sub => "-",
        Arithmetic::Mul => "*",
        Arithmetic::Div => "/",
        Arithmetic::FloorDiv => "//",
        Arithmetic::Mod => "%",
        Arithmetic::Pow => "** or pow()",
    }
}

fn unsupported(op: Arithmetic, left: &Value, right: &Value) -> Result<Value, JinjaError> {
    let symbol = symbol(op);
    let (left, right) = (type_name(left), type_name(right));
    Err(JinjaError::type_error(format!(
        "unsupported operand type(s) for {symbol}: '{left}' and '{right}'"
    )))
}

fn add(left: &Value, right: &Value) -> Result<Value, JinjaError> {
    let only = |what: &str| {
        Err(JinjaError::type_error(format!(
            "can only concatenate {what} (not \"{}\") to {what}",
            type_name(right)
        )))
    };
    match (kind(left), kind(right)) {
        (Kind::Container(a @ Container::List(_)), Kind::Container(b @ Container::List(_))) => {
            let mut items = a.items();
            items.extend(b.items());
            Ok(list(items))
        }
        (Kind::Container(a @ Container::Tuple(_)), Kind::Container(b @ Container::Tuple(_))) => {
            let mut items = a.items();
            items.extend(b.items());
            Ok(tuple(items))
        }
        (Kind::Container(Container::List(_)), _) => only("list"),
        (Kind::Container(Container::Tuple(_)), _) => only("tuple"),
        (Kind::Str(_), _) => only("str"),
        _ => unsupported(Arithmetic::Add, left, right),
    }
}

fn repeat(value: &Value, times: i128) -> Option<Result<Value, JinjaError>> {
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    let fits = |len: usize| {
        len.checked_mul(times)
            .is_some_and(|size| size <= MAX_REPEATED)
    };
    let too_large = || Err(JinjaError::value_error("the repeated value is too large"));
    Some(match kind(value) {
        Kind::Str(text) => {
            if fits(text.len()) {
                Ok(Value::from(text.repeat(times)))
            } else {
                too_large()
            }
        }
        Kind::Container(container @ (Container::List(_) | Container::Tuple(_))) => {
            let items = container.items();
            if !fits(items.len()) {
                return Some(too_large());
            }
            let repeated = std::iter::repeat_n(&items, times)
                .flatten()
                .cloned()
                .collect();
            Ok(match container {
                Container::Tuple(_) => tuple(repeated),
                _ => list(repeated),
            })
        }
        _ => return None,
    })
}

fn too_large() -> JinjaError {
    JinjaError::value_error("the number is too large: more than 38 digits are not supported")
}

fn zero_division(message: &str) -> JinjaError {
    JinjaError::value_error(message)
}

fn integers(op: Arithmetic, a: i128, b: i128) -> Result<Value, JinjaError> {
    let result = match op {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Sub => a.checked_sub(b),
        Arithmetic::Mul => a.checked_mul(b),
        Arithmetic::Div => {
            if b == 0 {
                return Err(zero_division("division by zero"));
            }
            return Ok(Value::from(a as f64 / b as f64));
        }
        Arithmetic::FloorDiv => {
            if b == 0 {
                return Err(zero_division("integer division or modulo by zero"));
            }
            floor_div(a, b)
        }
        Arithmetic::Mod => {
            if b == 0 {
                return Err(zero_division("integer modulo by zero"));
            }
            floor_mod(a, b)
        }
        Arithmetic::Pow => {
            if b < 0 {
                if a == 0 {
                    return Err(zero_division("0.0 cannot be raised to a negative power"));
                }
                return Ok(Value::from((a as f64).powf(b as f64)));
            }
            match a {
                0 | 1 => Some(if b == 0 { 1 } else { a }),
                -1 => Some(if b % 2 == 0 { 1 } else { -1 }),
                _ => u32::try_from(b)
                    .ok()
                    .and_then(|exponent| a.checked_pow(exponent)),
            }
        }
    };
    result.map(int).ok_or_else(too_large)
}

/// Divides, rounding down.
pub fn floor_div(a: i128, b: i128) -> Option<i128> {
    let quotient = a.checked_div(b)?;
    let remainder = a.checked_rem(b)?;
    if remainder != 0 && (remainder < 0) != (b < 0) {
        quotient.checked_sub(1)
    } else {
        Some(quotient)
    }
}

/// The remainder that has the divisor's sign.
pub fn floor_mod(a: i128, b: i128) -> Option<i128> {
    let remainder = a.checked_rem(b).unwrap_or(0);
    if remainder != 0 && (remainder < 0) != (b < 0) {
        remainder.checked_add(b)
    } else {
        Some(remainder)
    }
}

fn floats(op: Arithmetic, a: f64, b: f64) -> Result<Value, JinjaError> {
    Ok(Value::from(match op {
        Arithmetic::Add => a + b,
        Arithmetic::Sub => a - b,
        Arithmetic::Mul => a * b,
        Arithmetic::Div => {
            if b == 0.0 {
                return Err(zero_division("float division by zero"));
            }
            a / b
        }
        Arithmetic::FloorDiv => {
            if b == 0.0 {
                return Err(zero_division("float floor division by zero"));
            }
            float_divmod(a, b).0
        }
        Arithmetic::Mod => {
            if b == 0.0 {
                return Err(zero_division("float modulo"));
            }
            float_divmod(a, b).1
        }
        Arithmetic::Pow => {
            if a == 0.0 && b < 0.0 {
                return Err(zero_division("0.0 cannot be raised to a negative power"));
            }
            let power = a.powf(b);
            if power.is_infinite() && a.is_finite() && b.is_finite() {
                return Err(JinjaError::value_error(
                    "(34, 'Numerical result out of range')",
                ));
            }
            if power.is_nan() && !a.is_nan() && !b.is_nan() {
                return Err(JinjaError::value_error(
                    "a fractional power of a negative number is a complex number",
                ));
            }
            power
        }
    }))
}

/// Python's `divmod` of floats.
pub fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder == 0.0 {
        remainder = 0.0_f64.copysign(b);
    } else if (remainder < 0.0) != (b < 0.0) {
        remainder += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        quotient = 0.0_f64.copysign(a / b);
    } else {
        let floor = quotient.floor();
        quotient = if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        };
    }
    (quotient, remainder)
}

/// Applies a unary `-` or `+`.
pub fn sign(negative: bool, value: &Value) -> Result<Value, JinjaError> {
    if let Some(i) = as_int(value) {
        let result = if negative { i.checked_neg() } else { Some(i) };
        return result.map(int).ok_or_else(too_large);
    }
    if let Kind::Float(f) = kind(value) {
        return Ok(Value::from(if negative { -f } else { f }));
    }
    if negative {
        let zero = datetime::negate(value).or_else(|| decimal::negate(value));
        if let Some(result) = zero {
            return Ok(result);
        }
    } else if datetime::is_delta(value) || decimal::is_decimal(value) {
        return Ok(value.clone());
    }
    let symbol = if negative { "-" } else { "+" };
    Err(JinjaError::type_error(format!(
        "bad operand type for unary {symbol}: '{}'",
        type_name(value)
    )))
}
