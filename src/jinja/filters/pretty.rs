//! Python's `pprint`: as `repr`, but with sorted keys and at most 80 columns.

use minijinja::Value;

use crate::jinja::error::JinjaError;
use crate::jinja::python::methods::sort_by_key;
use crate::jinja::python::{Container, Kind, dict_of, kind, repr, tuple};

const WIDTH: usize = 80;
const MAX_DEPTH: usize = 100;

/// Writes a value over as many lines as it takes.
pub fn pretty(value: &Value) -> Result<String, JinjaError> {
    let mut out = String::new();
    write(&mut out, value, 0, 0, 0)?;
    Ok(out)
}

/// Writes a value that begins at a column; `after` characters follow it on its
/// last line.
fn write(
    out: &mut String,
    value: &Value,
    column: usize,
    after: usize,
    depth: usize,
) -> Result<(), JinjaError> {
    let value = sorted(value, depth)?;
    let flat = repr(&value)?;
    if depth >= MAX_DEPTH || column + flat.chars().count() + after <= WIDTH {
        out.push_str(&flat);
        return Ok(());
    }
    match kind(&value) {
        Kind::Container(Container::Dict(dict)) => {
            out.push('{');
            let pairs = dict.pairs();
            for (i, (key, item)) in pairs.iter().enumerate() {
                let key = repr(key)?;
                out.push_str(&key);
                out.push_str(": ");
                let inner = column + 1 + key.chars().count() + 2;
                write(out, item, inner, 1, depth + 1)?;
                if i + 1 < pairs.len() {
                    out.push_str(",\n");
                    out.push_str(&" ".repeat(column + 1));
                }
            }
            out.push('}');
        }
        Kind::Container(container @ (Container::List(_) | Container::Tuple(_))) => {
            let is_list = matches!(container, Container::List(_));
            out.push(if is_list { '[' } else { '(' });
            let items = container.items();
            for (i, item) in items.iter().enumerate() {
                write(out, item, column + 1, 1, depth + 1)?;
                if i + 1 < items.len() {
                    out.push_str(",\n");
                    out.push_str(&" ".repeat(column + 1));
                }
            }
            out.push_str(match (is_list, items.len()) {
                (true, _) => "]",
                (false, 1) => ",)",
                _ => ")",
            });
        }
        _ => out.push_str(&flat),
    }
    Ok(())
}

/// Sorts the keys of dicts, where they have an order.
fn sorted(value: &Value, depth: usize) -> Result<Value, JinjaError> {
    let Kind::Container(Container::Dict(dict)) = kind(value) else {
        return Ok(value.clone());
    };
    let pairs = dict.pairs();
    let keyed = pairs
        .iter()
        .map(|(key, item)| (key.clone(), tuple(vec![key.clone(), item.clone()])))
        .collect();
    let Ok(sorted_pairs) = sort_by_key(keyed, false) else {
        return Ok(value.clone());
    };
    let mut out = Vec::with_capacity(pairs.len());
    for pair in sorted_pairs {
        if let Kind::Container(Container::Tuple(pair)) = kind(&pair)
            && let [key, item] = &pair[..]
        {
            let item = if depth < MAX_DEPTH {
                sorted(item, depth + 1)?
            } else {
                item.clone()
            };
            out.push((key.clone(), item));
        }
    }
    dict_of(out)
}
