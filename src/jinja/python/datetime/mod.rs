//! Python's `datetime`, and the time zones of `pytz`.

mod calendar;
mod construct;
mod delta;
mod moment;
mod parse;
mod strftime;
mod zone;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

pub use construct::{class_attribute, constructor, from_iso, parse_iso};
pub use delta::Delta;
pub use moment::{Date, DateTime, Time};
pub use zone::{Zone, zone};

use super::arguments::Args;
use super::int;
use crate::jinja::error::JinjaError;
use crate::jinja::syntax::Arithmetic;

/// A value of the `datetime` module.
#[derive(Debug, Clone)]
pub enum Temporal {
    Date(Date),
    DateTime(DateTime),
    Time(Time),
    Delta(Delta),
    Zone(Zone),
}

impl Temporal {
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    /// Returns `isoformat()` of what has one.
    pub fn iso(&self) -> Option<String> {
        match self {
            Self::Date(date) => Some(date.iso()),
            Self::DateTime(moment) => Some(moment.iso("T")),
            Self::Time(time) => Some(time.iso()),
            Self::Delta(_) | Self::Zone(_) => None,
        }
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Date(_) => "datetime.date",
            Self::DateTime(_) => "datetime.datetime",
            Self::Time(_) => "datetime.time",
            Self::Delta(_) => "datetime.timedelta",
            Self::Zone(_) => "datetime.tzinfo",
        }
    }

    fn repr(&self) -> String {
        match self {
            Self::Date(date) => date.repr(),
            Self::DateTime(moment) => moment.repr(),
            Self::Time(time) => time.repr(),
            Self::Delta(delta) => delta.repr(),
            Self::Zone(zone) => zone.repr(),
        }
    }

    fn attribute(&self, name: &str) -> Option<Value> {
        match self {
            Self::Date(date) => date.attribute(name),
            Self::DateTime(moment) => moment.attribute(name),
            Self::Time(time) => time.attribute(name),
            Self::Delta(delta) => delta.attribute(name),
            Self::Zone(zone) => zone.attribute(name),
        }
    }
}

impl fmt::Display for Temporal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => f.write_str(&date.iso()),
            Self::DateTime(moment) => f.write_str(&moment.iso(" ")),
            Self::Time(time) => f.write_str(&time.iso()),
            Self::Delta(delta) => write!(f, "{delta}"),
            Self::Zone(zone) => f.write_str(zone.name()),
        }
    }
}

impl Object for Temporal {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "__type__" => Some(Value::from(self.type_name())),
            "__repr__" => Some(Value::from(Temporal::repr(self))),
            _ => self.attribute(key),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !matches!(&**self, Self::Delta(delta) if delta.micros == 0)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

/// Looks at a value as one of `datetime`'s.
pub fn temporal(value: &Value) -> Option<&Temporal> {
    value.downcast_object_ref::<Temporal>()
}

/// Calls a method; `None` when there is no such method.
pub fn call_method(
    value: &Temporal,
    name: &str,
    args: &Args<'_>,
) -> Option<Result<Value, JinjaError>> {
    match value {
        Temporal::Date(date) => date.call(name, args),
        Temporal::DateTime(moment) => moment.call(name, args),
        Temporal::Time(time) => time.call(name, args),
        Temporal::Delta(delta) => delta.call(name, args),
        Temporal::Zone(zone) => zone.call(name, args),
    }
}

/// Applies an operator when one side is of `datetime`.
pub fn binary(op: Arithmetic, left: &Value, right: &Value) -> Option<Result<Value, JinjaError>> {
    use Temporal as T;
    let (a, b) = (temporal(left), temporal(right));
    if a.is_none() && b.is_none() {
        return None;
    }
    let delta = |micros: i128| Delta::checked(micros).map(|d| T::Delta(d).into_value());
    Some(match (op, a, b) {
        (Arithmetic::Add, Some(T::Delta(x)), Some(T::Delta(y))) => delta(x.micros + y.micros),
        (Arithmetic::Sub, Some(T::Delta(x)), Some(T::Delta(y))) => delta(x.micros - y.micros),
        (Arithmetic::Add, Some(T::Date(date)), Some(T::Delta(d)))
        | (Arithmetic::Add, Some(T::Delta(d)), Some(T::Date(date))) => date
            .plus_days(d.days())
            .map(|date| T::Date(date).into_value()),
        (Arithmetic::Sub, Some(T::Date(date)), Some(T::Delta(d))) => date
            .plus_days(-d.days())
            .map(|date| T::Date(date).into_value()),
        (Arithmetic::Add, Some(T::DateTime(moment)), Some(T::Delta(d)))
        | (Arithmetic::Add, Some(T::Delta(d)), Some(T::DateTime(moment))) => moment
            .plus(d.micros)
            .map(|moment| T::DateTime(moment).into_value()),
        (Arithmetic::Sub, Some(T::DateTime(moment)), Some(T::Delta(d))) => moment
            .plus(-d.micros)
            .map(|moment| T::DateTime(moment).into_value()),
        (Arithmetic::Sub, Some(T::Date(x)), Some(T::Date(y))) => {
            delta((x.ordinal() - y.ordinal()) * delta::DAY)
        }
        (Arithmetic::Sub, Some(T::DateTime(x)), Some(T::DateTime(y))) => {
            match (x.offset(), y.offset()) {
                (None, None) => delta(x.wall_micros() - y.wall_micros()),
                (Some(_), Some(_)) => delta(x.utc_micros() - y.utc_micros()),
                _ => Err(JinjaError::type_error(
                    "can't subtract offset-naive and offset-aware datetimes",
                )),
            }
        }
        (_, Some(T::Delta(d)), None) => return d.scale(op, right),
        (Arithmetic::Mul, None, Some(T::Delta(d))) => return d.scale(op, left),
        (Arithmetic::Div, Some(T::Delta(x)), Some(T::Delta(y))) => {
            if y.micros == 0 {
                Err(JinjaError::value_error("division by zero"))
            } else {
                Ok(Value::from(x.micros as f64 / y.micros as f64))
            }
        }
        (Arithmetic::FloorDiv, Some(T::Delta(x)), Some(T::Delta(y))) => {
            super::arithmetic::floor_div(x.micros, y.micros)
                .map(int)
                .ok_or_else(|| JinjaError::value_error("integer division or modulo by zero"))
        }
        (Arithmetic::Mod, Some(T::Delta(x)), Some(T::Delta(y))) => {
            if y.micros == 0 {
                Err(JinjaError::value_error("integer modulo by zero"))
            } else {
                delta(super::arithmetic::floor_mod(x.micros, y.micros).unwrap_or(0))
            }
        }
        _ => return None,
    })
}

/// Orders two values of `datetime`; `None` when they are not both of it.
pub fn order(left: &Value, right: &Value) -> Option<Result<Ordering, JinjaError>> {
    use Temporal as T;
    Some(match (temporal(left)?, temporal(right)?) {
        (T::Date(a), T::Date(b)) => Ok(a.ordinal().cmp(&b.ordinal())),
        (T::Delta(a), T::Delta(b)) => Ok(a.micros.cmp(&b.micros)),
        (T::Time(a), T::Time(b)) => Ok(a.micros().cmp(&b.micros())),
        (T::Zone(a), T::Zone(b)) => Ok(a.name().cmp(b.name())),
        (T::DateTime(a), T::DateTime(b)) => match (a.offset(), b.offset()) {
            (None, None) => Ok(a.wall_micros().cmp(&b.wall_micros())),
            (Some(_), Some(_)) => Ok(a.utc_micros().cmp(&b.utc_micros())),
            _ => Err(JinjaError::type_error(
                "can't compare offset-naive and offset-aware datetimes",
            )),
        },
        _ => return None,
    })
}

/// Tells whether two values of `datetime` are equal; naive and aware ones never
/// are.
pub fn equal(left: &Value, right: &Value) -> Option<bool> {
    if temporal(left).is_none() && temporal(right).is_none() {
        return None;
    }
    Some(matches!(order(left, right), Some(Ok(Ordering::Equal))))
}

pub fn is_delta(value: &Value) -> bool {
    matches!(temporal(value), Some(Temporal::Delta(_)))
}

/// Negates a `timedelta`.
pub fn negate(value: &Value) -> Option<Value> {
    match temporal(value)? {
        Temporal::Delta(delta) => Some(
            Temporal::Delta(Delta {
                micros: -delta.micros,
            })
            .into_value(),
        ),
        _ => None,
    }
}

/// Applies a format spec, which for dates is a `strftime` format.
pub fn format(value: &Value, spec: &str) -> Option<Result<String, JinjaError>> {
    match temporal(value)? {
        Temporal::Date(date) => Some(Ok(date.strftime(spec))),
        Temporal::DateTime(moment) => Some(Ok(moment.strftime(spec))),
        Temporal::Time(time) => Some(Ok(time.strftime(spec))),
        Temporal::Delta(_) | Temporal::Zone(_) => None,
    }
}
