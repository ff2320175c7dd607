//! Slices.

use minijinja::Value;

use super::container::Container;
use super::{Kind, Range, as_int, kind, list, tuple};
use crate::jinja::error::JinjaError;

/// Returns the indices that `[start:stop:step]` takes of a sequence.
pub fn slice_indices(
    len: usize,
    start: Option<i128>,
    stop: Option<i128>,
    step: i128,
) -> Vec<usize> {
    let (mut at, stop) = slice_bounds(len, start, stop, step);
    let mut indices = Vec::new();
    while if step > 0 { at < stop } else { at > stop } {
        indices.push(at as usize);
        at = at.saturating_add(step);
    }
    indices
}

/// Returns where `[start:stop:step]` begins and ends, within the sequence.
fn slice_bounds(len: usize, start: Option<i128>, stop: Option<i128>, step: i128) -> (i128, i128) {
    let len = len as i128;
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let clamp = |index: i128| {
        let index = if index < 0 {
            index.saturating_add(len)
        } else {
            index
        };
        index.clamp(low, high)
    };
    (
        start.map_or(if step > 0 { low } else { high }, clamp),
        stop.map_or(if step > 0 { high } else { low }, clamp),
    )
}

/// Returns `value[start:stop:step]`.
pub fn slice(
    value: &Value,
    start: Option<&Value>,
    stop: Option<&Value>,
    step: Option<&Value>,
) -> Result<Value, JinjaError> {
    // Jinja2 turns a failed subscript into an undefined value.
    let bound = |part: Option<&Value>| match part {
        None => Some(None),
        Some(part) if part.is_none() => Some(None),
        Some(part) => as_int(part).map(Some),
    };
    let (Some(start), Some(stop), Some(step)) = (bound(start), bound(stop), bound(step)) else {
        return Ok(Value::UNDEFINED);
    };
    let step = step.unwrap_or(1);
    if step == 0 {
        let is_sequence = match kind(value) {
            Kind::Str(_) => true,
            Kind::Container(container) => {
                matches!(
                    container,
                    Container::List(_) | Container::Tuple(_) | Container::Range(_)
                )
            }
            Kind::Object(object) => object.repr() == minijinja::value::ObjectRepr::Seq,
            _ => false,
        };
        return if is_sequence {
            Err(JinjaError::value_error("slice step cannot be zero"))
        } else {
            Ok(Value::UNDEFINED)
        };
    }
    Ok(match kind(value) {
        Kind::Str(text) => {
            if text.is_ascii() {
                let bytes = text.as_bytes();
                let picked: String = slice_indices(bytes.len(), start, stop, step)
                    .into_iter()
                    .map(|i| char::from(bytes[i]))
                    .collect();
                return Ok(Value::from(picked));
            }
            let chars: Vec<char> = text.chars().collect();
            let picked: String = slice_indices(chars.len(), start, stop, step)
                .into_iter()
                .map(|i| chars[i])
                .collect();
            Value::from(picked)
        }
        Kind::Container(container @ (Container::List(_) | Container::Tuple(_))) => {
            let items = container.items();
            let picked = slice_indices(items.len(), start, stop, step)
                .into_iter()
                .map(|i| items[i].clone())
                .collect();
            match container {
                Container::Tuple(_) => tuple(picked),
                _ => list(picked),
            }
        }
        Kind::Container(Container::Range(range)) => {
            let (start, stop) = slice_bounds(range.len(), start, stop, step);
            let place = |index: i128| {
                let place = i128::from(range.start) + i128::from(range.step) * index;
                i64::try_from(place).unwrap_or(i64::MAX)
            };
            Value::from_object(Container::Range(Range {
                start: place(start),
                stop: place(stop),
                step: i64::try_from(i128::from(range.step) * step).unwrap_or(i64::MAX),
            }))
        }
        Kind::Object(object) if object.repr() == minijinja::value::ObjectRepr::Seq => {
            let items: Vec<Value> = object.try_iter().into_iter().flatten().collect();
            let picked = slice_indices(items.len(), start, stop, step);
            let picked = picked.into_iter().map(|i| items[i].clone()).collect();
            // Rows and columns give tuples.
            if object.get_value_by_str("__type__").is_some() {
                tuple(picked)
            } else {
                list(picked)
            }
        }
        _ => Value::UNDEFINED,
    })
}
