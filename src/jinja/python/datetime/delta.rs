//! `timedelta`.

use std::fmt;

use minijinja::Value;

use super::Temporal;
use crate::jinja::error::JinjaError;
use crate::jinja::python::arguments::Args;
use crate::jinja::python::{Kind, as_float, as_int, int, kind};
use crate::jinja::syntax::Arithmetic;

pub const SECOND: i128 = 1_000_000;
pub const DAY: i128 = 86_400 * SECOND;

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delta {
    pub micros: i128,
}

impl Delta {
    /// Makes one when it is not longer than Python allows.
    pub fn checked(micros: i128) -> Result<Self, JinjaError> {
        if micros.div_euclid(DAY).abs() > 999_999_999 {
            return Err(JinjaError::value_error("the timedelta is out of range"));
        }
        Ok(Self { micros })
    }

    pub fn days(self) -> i128 {
        self.micros.div_euclid(DAY)
    }

    fn seconds(self) -> i128 {
        self.micros.rem_euclid(DAY) / SECOND
    }

    fn microseconds(self) -> i128 {
        self.micros.rem_euclid(SECOND)
    }

    /// Calls `timedelta(...)`.
    pub fn construct(args: &Args<'_>) -> Result<Value, JinjaError> {
        let units = [
            ("days", DAY),
            ("seconds", SECOND),
            ("microseconds", 1),
            ("milliseconds", 1000),
            ("minutes", 60 * SECOND),
            ("hours", 3600 * SECOND),
            ("weeks", 7 * DAY),
        ];
        let given = args.bind("timedelta", units.map(|(name, _)| name), 0)?;
        let mut micros = 0_i128;
        for ((name, unit), value) in units.into_iter().zip(given) {
            let Some(value) = value else { continue };
            let part = match (as_int(&value), as_float(&value)) {
                (Some(i), _) => i.checked_mul(unit),
                (None, Some(f)) if f.is_finite() => {
                    let product = f * unit as f64;
                    // Whole units are kept exact, the rest is rounded.
                    let whole = (f.trunc() as i128).checked_mul(unit);
                    let fraction = (f.fract() * unit as f64).round_ties_even() as i128;
                    whole.filter(|_| product.abs() < 1e30).map(|w| w + fraction)
                }
                _ => {
                    return Err(JinjaError::type_error(format!(
                        "unsupported type for timedelta {name} component: {}",
                        crate::jinja::python::type_name(&value)
                    )));
                }
            };
            micros = part
                .and_then(|part| micros.checked_add(part))
                .ok_or_else(|| JinjaError::value_error("the timedelta is out of range"))?;
        }
        Self::checked(micros).map(|delta| Temporal::Delta(delta).into_value())
    }

    pub fn attribute(self, name: &str) -> Option<Value> {
        Some(match name {
            "days" => int(self.days()),
            "seconds" => int(self.seconds()),
            "microseconds" => int(self.microseconds()),
            _ => return None,
        })
    }

    pub fn call(self, name: &str, args: &Args<'_>) -> Option<Result<Value, JinjaError>> {
        Some(match name {
            "total_seconds" => args
                .none("total_seconds")
                .map(|()| Value::from(self.micros as f64 / SECOND as f64)),
            _ => return None,
        })
    }

    /// Applies `delta * number`, `delta / number` or `delta // number`.
    pub fn scale(self, op: Arithmetic, by: &Value) -> Option<Result<Value, JinjaError>> {
        let result = |micros: i128| Self::checked(micros).map(|d| Temporal::Delta(d).into_value());
        let zero = || Err(JinjaError::value_error("division by zero"));
        Some(match (op, kind(by)) {
            (Arithmetic::Mul, Kind::Float(f)) => {
                result((self.micros as f64 * f).round_ties_even() as i128)
            }
            (Arithmetic::Mul, _) => result(self.micros.checked_mul(as_int(by)?)?),
            (Arithmetic::Div, Kind::Float(f)) => {
                if f == 0.0 {
                    zero()
                } else {
                    result((self.micros as f64 / f).round_ties_even() as i128)
                }
            }
            (Arithmetic::Div, _) => match as_int(by)? {
                0 => zero(),
                by => result((self.micros as f64 / by as f64).round_ties_even() as i128),
            },
            (Arithmetic::FloorDiv, _) => match as_int(by)? {
                0 => Err(JinjaError::value_error(
                    "integer division or modulo by zero",
                )),
                by => result(super::super::arithmetic::floor_div(self.micros, by).unwrap_or(0)),
            },
            _ => return None,
        })
    }

    pub fn repr(self) -> String {
        let parts: Vec<String> = [
            ("days", self.days()),
            ("seconds", self.seconds()),
            ("microseconds", self.microseconds()),
        ]
        .into_iter()
        .filter(|(_, value)| *value != 0)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
        let parts = if parts.is_empty() {
            "0".to_owned()
        } else {
            parts.join(", ")
        };
        format!("datetime.timedelta({parts})")
    }
}

impl fmt::Display for Delta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.days();
        if days != 0 {
            let plural = if days.abs() == 1 { "" } else { "s" };
            write!(f, "{days} day{plural}, ")?;
        }
        let seconds = self.seconds();
        write!(
            f,
            "{}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )?;
        match self.microseconds() {
            0 => Ok(()),
            micros => write!(f, ".{micros:06}"),
        }
    }
}
