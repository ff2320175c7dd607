//! `str()` and `repr()`.

use std::cell::RefCell;
use std::fmt::Write as _;

use minijinja::Value;
use minijinja::value::ObjectRepr;

use super::container::Container;
use super::{Kind, float_repr, kind, too_deep, type_name};
use crate::jinja::error::JinjaError;
use crate::python_repr::push_quoted;

const MAX_DEPTH: usize = 400;

/// Returns `str(value)`; an undefined value is empty.
pub fn str(value: &Value) -> Result<String, JinjaError> {
    let mut out = String::new();
    write_str(&mut out, value)?;
    Ok(out)
}

/// Appends `str(value)`.
pub fn write_str(out: &mut String, value: &Value) -> Result<(), JinjaError> {
    match kind(value) {
        Kind::Undefined => {}
        Kind::Str(text) => out.push_str(text),
        Kind::Int(i) => {
            let _ = write!(out, "{i}");
        }
        Kind::Object(object) => {
            // An object's own text; only what has none is shown as a container.
            if object.repr() == ObjectRepr::Plain || object.get_value_by_str("__type__").is_some() {
                let _ = write!(out, "{value}");
            } else {
                write_repr(out, value)?;
            }
        }
        _ => write_repr(out, value)?,
    }
    Ok(())
}

/// Returns `repr(value)`.
pub fn repr(value: &Value) -> Result<String, JinjaError> {
    let mut out = String::new();
    write_repr(&mut out, value)?;
    Ok(out)
}

thread_local! {
    /// What is being written, so that a container that holds itself ends. The
    /// objects in between write themselves, so this cannot be an argument.
    static OPEN: RefCell<Vec<*const ()>> = const { RefCell::new(Vec::new()) };
}

/// Takes the innermost container off [`OPEN`] again.
struct Opened;

impl Drop for Opened {
    fn drop(&mut self) {
        OPEN.with_borrow_mut(|open| {
            open.pop();
        });
    }
}

/// Writes something that may contain itself, or returns `None` if it is being
/// written already.
pub fn write_once<T>(
    container: &T,
    write: impl FnOnce() -> Result<(), JinjaError>,
) -> Option<Result<(), JinjaError>> {
    let pointer: *const () = std::ptr::from_ref(container).cast();
    let depth = OPEN.with_borrow_mut(|open| {
        if open.contains(&pointer) {
            return None;
        }
        open.push(pointer);
        Some(open.len())
    })?;
    let _opened = Opened;
    if depth > MAX_DEPTH {
        return Some(Err(too_deep("while getting the repr of an object")));
    }
    Some(stacker::maybe_grow(64 * 1024, 1024 * 1024, write))
}

/// Appends `repr(value)`.
fn write_repr(out: &mut String, value: &Value) -> Result<(), JinjaError> {
    match kind(value) {
        Kind::Undefined => out.push_str("Undefined"),
        Kind::None => out.push_str("None"),
        Kind::Bool(b) => out.push_str(if b { "True" } else { "False" }),
        Kind::Int(i) => {
            let _ = write!(out, "{i}");
        }
        Kind::Float(f) => out.push_str(&float_repr(f)),
        Kind::Str(text) => push_quoted(out, text),
        Kind::Bytes(bytes) => {
            out.push_str("b'");
            for byte in bytes {
                let _ = write!(out, "{}", byte.escape_ascii());
            }
            out.push('\'');
        }
        Kind::Container(container) => {
            match write_once(container, || write_container(out, value, container)) {
                Some(written) => written?,
                None => out.push_str(match container {
                    Container::Tuple(_) => "(...)",
                    Container::Dict(_) => "{...}",
                    _ => "[...]",
                }),
            }
        }
        Kind::Object(object) => match object.get_value_by_str("__repr__") {
            Some(text) => out.push_str(text.as_str().unwrap_or_default()),
            None if object.get_value_by_str("__type__").is_some() => {
                let _ = write!(out, "{value}");
            }
            None => match object.repr() {
                ObjectRepr::Map => {
                    let pairs: Vec<_> = object.try_iter_pairs().into_iter().flatten().collect();
                    write_pairs(out, &pairs)?;
                }
                ObjectRepr::Seq => {
                    let items: Vec<_> = object.try_iter().into_iter().flatten().collect();
                    write_items(out, "[", &items, "]")?;
                }
                _ => {
                    let _ = write!(out, "{value}");
                }
            },
        },
    }
    Ok(())
}

fn write_container(
    out: &mut String,
    value: &Value,
    container: &Container,
) -> Result<(), JinjaError> {
    match container {
        Container::List(list) => write_items(out, "[", &list.snapshot(), "]"),
        Container::Tuple(items) => {
            let close = if items.len() == 1 { ",)" } else { ")" };
            write_items(out, "(", items, close)
        }
        Container::Dict(dict) => write_pairs(out, &dict.pairs()),
        Container::Set(set) => {
            let items = set.items();
            if items.is_empty() {
                out.push_str("set()");
                return Ok(());
            }
            write_items(out, "{", &items, "}")
        }
        Container::View(view) => {
            let _ = write!(out, "{}([", view.kind.type_name());
            write_items(out, "", &view.items(), "")?;
            out.push_str("])");
            Ok(())
        }
        Container::Range(range) => {
            let _ = match range.step {
                1 => write!(out, "range({}, {})", range.start, range.stop),
                step => write!(out, "range({}, {}, {step})", range.start, range.stop),
            };
            Ok(())
        }
        Container::Generator(_) => {
            // Python shows an address, which differs from run to run.
            let _ = write!(out, "<{} object>", type_name(value));
            Ok(())
        }
    }
}

fn write_items(
    out: &mut String,
    before: &str,
    items: &[Value],
    after: &str,
) -> Result<(), JinjaError> {
    out.push_str(before);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write_repr(out, item)?;
    }
    out.push_str(after);
    Ok(())
}

fn write_pairs(out: &mut String, pairs: &[(Value, Value)]) -> Result<(), JinjaError> {
    out.push('{');
    for (i, (key, value)) in pairs.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write_repr(out, key)?;
        out.push_str(": ");
        write_repr(out, value)?;
    }
    out.push('}');
    Ok(())
}
