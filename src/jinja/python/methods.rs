//! The methods of Python's own types.

use std::cmp::Ordering;

use minijinja::Value;

use super::arguments::{Args, flag, integer};
use super::container::Container;
use super::dict::{Dict, Key, View, ViewKind};
use super::list::List;
use super::set::{Items, Set};
use super::{
    Kind, collect, datetime, decimal, equal, format, hex, index, int, kind, list, none, order,
    pairs, repr, text, tuple,
};
use crate::jinja::context::Context;
use crate::jinja::engine::Engine;
use crate::jinja::error::JinjaError;

/// What methods need of whoever runs the template: calling back into it.
pub trait Host {
    fn call_value(&mut self, callee: &Value, args: Args<'_>) -> Result<Value, JinjaError>;
    fn get_attribute(&mut self, value: &Value, name: &str) -> Result<Value, JinjaError>;
    fn get_item(&mut self, value: &Value, key: &Value) -> Result<Value, JinjaError>;
    fn context(&self) -> &Context;
    fn engine(&self) -> &Engine;
}

/// Calls a method of one of Python's types; `None` when the value's type has no
/// such method.
pub fn call(
    host: &mut dyn Host,
    value: &Value,
    name: &str,
    args: &Args<'_>,
) -> Option<Result<Value, JinjaError>> {
    match kind(value) {
        Kind::Str(s) => match name {
            "format" => {
                let mut lookup = |value: &Value, key: &str, is_attribute: bool| {
                    if is_attribute {
                        host.get_attribute(value, key)
                    } else {
                        let key = key
                            .parse::<i64>()
                            .map_or_else(|_| Value::from(key), Value::from);
                        host.get_item(value, &key)
                    }
                };
                Some(format::format(s, args, &mut lookup).map(Value::from))
            }
            "format_map" => Some(format_map(host, s, args)),
            _ => text::call(s, name, args),
        },
        Kind::Container(container) => match container {
            Container::List(items) => list_method(host, items, name, args),
            Container::Tuple(items) => sequence_method(items, name, args, "tuple"),
            Container::Dict(dict) => dict_method(value, dict, name, args),
            Container::Set(set) => set_method(set, name, args),
            Container::View(view) => view_method(view, name, args),
            Container::Range(range) => {
                let items: Vec<Value> = range.iter().collect();
                sequence_method(&items, name, args, "range")
            }
            Container::Generator(generator) => match name {
                "__next__" => Some(
                    args.none(name)
                        .map(|()| generator.next().unwrap_or_default()),
                ),
                _ => None,
            },
        },
        Kind::Bool(_) | Kind::Int(_) => integer_method(super::as_int(value)?, name, args),
        Kind::Float(f) => match name {
            "is_integer" => Some(args.none(name).map(|()| Value::from(f == f.trunc()))),
            _ => None,
        },
        Kind::Bytes(bytes) => match name {
            "decode" => Some(
                args.bind(name, ["encoding", "errors"], 0)
                    .map(|_| Value::from(String::from_utf8_lossy(bytes).into_owned())),
            ),
            "hex" => Some(args.none(name).map(|()| Value::from(hex(bytes)))),
            _ => None,
        },
        Kind::Object(_) => {
            if let Some(temporal) = datetime::temporal(value) {
                return datetime::call_method(temporal, name, args);
            }
            decimal::call_method(value, name, args)
        }
        Kind::Undefined | Kind::None => None,
    }
}

fn format_map(host: &mut dyn Host, s: &str, args: &Args<'_>) -> Result<Value, JinjaError> {
    let mapping = args.one("format_map", "mapping")?;
    let keyword = pairs(&mapping)
        .ok_or_else(|| JinjaError::type_error("format_map() takes a mapping"))?
        .into_iter()
        .map(|(key, value)| (key.to_string().into(), value))
        .collect();
    let args = Args {
        positional: Vec::new(),
        keyword,
    };
    let mut lookup = |value: &Value, key: &str, is_attribute: bool| {
        if is_attribute {
            host.get_attribute(value, key)
        } else {
            host.get_item(value, &Value::from(key))
        }
    };
    format::format(s, &args, &mut lookup).map(Value::from)
}

fn integer_method(i: i128, name: &str, args: &Args<'_>) -> Option<Result<Value, JinjaError>> {
    let value = match name {
        "bit_length" => int(i128::from(128 - i.unsigned_abs().leading_zeros())),
        "bit_count" => int(i128::from(i.unsigned_abs().count_ones())),
        "conjugate" => int(i),
        _ => return None,
    };
    Some(args.none(name).map(|()| value))
}

/// Finds an item as `list.index` does.
fn position(items: &[Value], wanted: &Value) -> Result<Option<usize>, JinjaError> {
    for (at, item) in items.iter().enumerate() {
        if equal(item, wanted)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn sequence_method(
    items: &[Value],
    name: &str,
    args: &Args<'_>,
    what: &str,
) -> Option<Result<Value, JinjaError>> {
    Some(match name {
        "index" => {
            args.bind(name, ["value", "start", "stop"], 1)
                .and_then(|[value, start, stop]| {
                    let value = value.unwrap_or_default();
                    let len = items.len() as i128;
                    let clamp = |i: i128| (if i < 0 { i + len } else { i }).clamp(0, len) as usize;
                    let from = clamp(integer(&start, name, "start")?.unwrap_or(0));
                    let to = clamp(integer(&stop, name, "stop")?.unwrap_or(len));
                    match position(items.get(from..to).unwrap_or_default(), &value)? {
                        Some(at) => Ok(index(from + at)),
                        None => Err(JinjaError::value_error(format!(
                            "{} is not in {what}",
                            repr(&value)?
                        ))),
                    }
                })
        }
        "count" => args.one(name, "value").and_then(|value| {
            let mut count = 0;
            for item in items {
                count += usize::from(equal(item, &value)?);
            }
            Ok(index(count))
        }),
        _ => return None,
    })
}

/// Resolves an index for `pop` and `insert`.
fn resolve(at: i128, len: usize) -> i128 {
    if at < 0 {
        at.saturating_add(len as i128)
    } else {
        at
    }
}

fn list_method(
    host: &mut dyn Host,
    items: &List,
    name: &str,
    args: &Args<'_>,
) -> Option<Result<Value, JinjaError>> {
    Some(match name {
        "append" => args.one(name, "object").map(|value| {
            items.lock().push(value);
            none()
        }),
        "extend" => args.one(name, "iterable").and_then(|value| {
            let more = collect(&value)?;
            items.lock().extend(more);
            Ok(none())
        }),
        "insert" => args
            .bind(name, ["index", "object"], 2)
            .and_then(|[at, value]| {
                let at = integer(&at, name, "index")?.unwrap_or(0);
                let mut items = items.lock();
                let at = resolve(at, items.len()).clamp(0, items.len() as i128) as usize;
                items.insert(at, value.unwrap_or_default());
                Ok(none())
            }),
        "pop" => args.bind(name, ["index"], 0).and_then(|[at]| {
            let at = integer(&at, name, "index")?.unwrap_or(-1);
            let mut items = items.lock();
            if items.is_empty() {
                return Err(JinjaError::value_error("pop from empty list"));
            }
            let at = resolve(at, items.len());
            match usize::try_from(at).ok().filter(|at| *at < items.len()) {
                Some(at) => Ok(items.remove(at)),
                None => Err(JinjaError::value_error("pop index out of range")),
            }
        }),
        "remove" => {
            args.one(name, "value")
                .and_then(|value| match position(&items.snapshot(), &value)? {
                    Some(at) => {
                        let mut items = items.lock();
                        let removed = if at < items.len() {
                            Some(items.remove(at))
                        } else {
                            None
                        };
                        drop(items);
                        drop(removed);
                        Ok(none())
                    }
                    None => Err(JinjaError::value_error("list.remove(x): x not in list")),
                })
        }
        "clear" => args.none(name).map(|()| {
            let old = std::mem::take(&mut *items.lock());
            drop(list(old));
            none()
        }),
        "copy" => args.none(name).map(|()| list(items.snapshot())),
        "reverse" => args.none(name).map(|()| {
            items.lock().reverse();
            none()
        }),
        "sort" => args
            .bind(name, ["key", "reverse"], 0)
            .and_then(|[key, reverse]| {
                let mut keyed = Vec::new();
                for item in items.snapshot() {
                    let key = match &key {
                        Some(key) if !key.is_none() => {
                            host.call_value(key, Args::positional(vec![item.clone()]))?
                        }
                        _ => item.clone(),
                    };
                    keyed.push((key, item));
                }
                let sorted = sort_by_key(keyed, flag(&reverse, false))?;
                *items.lock() = sorted;
                Ok(none())
            }),
        _ => return sequence_method(&items.snapshot(), name, args, "list"),
    })
}

/// Sorts stably by keys, or fails when two keys have no order.
pub fn sort_by_key(
    mut keyed: Vec<(Value, Value)>,
    reverse: bool,
) -> Result<Vec<Value>, JinjaError> {
    let mut failure = None;
    keyed = merge_sort(keyed, &mut |a, b| {
        if failure.is_some() {
            return Ordering::Equal;
        }
        match order(&a.0, &b.0) {
            Ok(ordering) => {
                let ordering = ordering.unwrap_or(Ordering::Equal);
                if reverse {
                    ordering.reverse()
                } else {
                    ordering
                }
            }
            Err(error) => {
                failure = Some(error);
                Ordering::Equal
            }
        }
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(keyed.into_iter().map(|(_, item)| item).collect()),
    }
}

/// Sorts stably with an order that may not be a total one, on which the
/// standard library's sort may panic.
fn merge_sort<T>(mut items: Vec<T>, order: &mut dyn FnMut(&T, &T) -> Ordering) -> Vec<T> {
    if items.len() <= 1 {
        return items;
    }
    let right = items.split_off(items.len() / 2);
    let left = merge_sort(items, order);
    let right = merge_sort(right, order);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if order(b, a).is_lt() {
            right.next()
        } else {
            left.next()
        };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

/// Tells whether a value of one of Python's types has a method.
pub fn has(value: &Value, name: &str) -> bool {
    let methods: &[&str] = match kind(value) {
        Kind::Str(_) => &[
            "capitalize",
            "casefold",
            "center",
            "count",
            "encode",
            "endswith",
            "expandtabs",
            "find",
            "format",
            "format_map",
            "index",
            "isalnum",
            "isalpha",
            "isascii",
            "isdecimal",
            "isdigit",
            "isidentifier",
            "islower",
            "isnumeric",
            "isprintable",
            "isspace",
            "istitle",
            "isupper",
            "join",
            "ljust",
            "lower",
            "lstrip",
            "partition",
            "removeprefix",
            "removesuffix",
            "replace",
            "rfind",
            "rindex",
            "rjust",
            "rpartition",
            "rsplit",
            "rstrip",
            "split",
            "splitlines",
            "startswith",
            "strip",
            "swapcase",
            "title",
            "translate",
            "upper",
            "zfill",
        ],
        Kind::Container(Container::List(_)) => &[
            "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove",
            "reverse", "sort",
        ],
        Kind::Container(Container::Tuple(_) | Container::Range(_)) => &["count", "index"],
        Kind::Container(Container::Set(_)) => &[
            "add",
            "clear",
            "copy",
            "difference",
            "difference_update",
            "discard",
            "intersection",
            "intersection_update",
            "isdisjoint",
            "issubset",
            "issuperset",
            "pop",
            "remove",
            "symmetric_difference",
            "symmetric_difference_update",
            "union",
            "update",
        ],
        Kind::Container(Container::Dict(_)) => return is_dict_method(name),
        Kind::Object(_) if datetime::temporal(value).is_some() => &[
            "astimezone",
            "ctime",
            "date",
            "dst",
            "isocalendar",
            "isoformat",
            "isoweekday",
            "localize",
            "normalize",
            "replace",
            "strftime",
            "time",
            "timestamp",
            "timetz",
            "toordinal",
            "total_seconds",
            "tzname",
            "utcoffset",
            "weekday",
        ],
        _ => &[],
    };
    methods.contains(&name)
}

/// The names of a dict's methods, which win over keys in `dict.name`.
pub fn is_dict_method(name: &str) -> bool {
    matches!(
        name,
        "items"
            | "keys"
            | "values"
            | "get"
            | "update"
            | "pop"
            | "popitem"
            | "setdefault"
            | "clear"
            | "copy"
            | "fromkeys"
    )
}

fn dict_method(
    value: &Value,
    entries: &Dict,
    name: &str,
    args: &Args<'_>,
) -> Option<Result<Value, JinjaError>> {
    let view = |kind: ViewKind| {
        args.none(name)
            .map(|()| match value.downcast_object::<Container>() {
                Some(container) => Value::from_object(Container::View(View { kind, container })),
                None => Value::UNDEFINED,
            })
    };
    Some(match name {
        "items" => view(ViewKind::Items),
        "keys" => view(ViewKind::Keys),
        "values" => view(ViewKind::Values),
        "get" => args
            .bind(name, ["key", "default"], 1)
            .and_then(|[key, default]| {
                let key = Key::of(&key.unwrap_or_default())?;
                Ok(entries
                    .get(&key)
                    .unwrap_or_else(|| default.unwrap_or_else(none)))
            }),
        "setdefault" => args
            .bind(name, ["key", "default"], 1)
            .and_then(|[key, default]| {
                let key = key.unwrap_or_default();
                let hashed = Key::of(&key)?;
                let default = default.unwrap_or_else(none);
                let mut entries = entries.lock();
                Ok(entries.entry(hashed).or_insert((key, default)).1.clone())
            }),
        "pop" => args
            .bind(name, ["key", "default"], 1)
            .and_then(|[key, default]| {
                let key = key.unwrap_or_default();
                let removed = entries.lock().shift_remove(&Key::of(&key)?);
                match (removed, default) {
                    (Some((_, value)), _) => Ok(value),
                    (None, Some(default)) => Ok(default),
                    (None, None) => Err(JinjaError::value_error(repr(&key)?)),
                }
            }),
        "popitem" => args.none(name).and_then(|()| match entries.lock().pop() {
            Some((_, (key, value))) => Ok(tuple(vec![key, value])),
            None => Err(JinjaError::value_error("'popitem(): dictionary is empty'")),
        }),
        "clear" => args.none(name).map(|()| {
            let old = std::mem::take(&mut *entries.lock());
            drop(Dict::new(old));
            none()
        }),
        "copy" => args.none(name).map(|()| {
            let copy = entries.lock().clone();
            Value::from_object(Container::Dict(Dict::new(copy)))
        }),
        "update" => update(entries, args),
        "fromkeys" => args
            .bind(name, ["iterable", "value"], 1)
            .and_then(|[keys, value]| {
                let value = value.unwrap_or_else(none);
                let keys = collect(&keys.unwrap_or_default())?;
                super::dict_of(keys.into_iter().map(|key| (key, value.clone())))
            }),
        _ => return None,
    })
}

fn update(entries: &Dict, args: &Args<'_>) -> Result<Value, JinjaError> {
    if args.positional.len() > 1 {
        let given = args.positional.len();
        return Err(JinjaError::type_error(format!(
            "update expected at most 1 argument, got {given}"
        )));
    }
    let mut new = Vec::new();
    if let Some(source) = args.positional.first() {
        new = pairs_of(source)?;
    }
    for (key, value) in &args.keyword {
        new.push((Value::from(key.as_ref()), value.clone()));
    }
    for (key, value) in new {
        entries.insert(key, value)?;
    }
    Ok(none())
}

/// Reads what `dict()` and `dict.update()` take: a mapping or pairs.
pub fn pairs_of(source: &Value) -> Result<Vec<(Value, Value)>, JinjaError> {
    if let Some(pairs) = pairs(source) {
        return Ok(pairs);
    }
    let mut out = Vec::new();
    for (i, item) in collect(source)?.iter().enumerate() {
        let mut pair = collect(item).map_err(|_| {
            JinjaError::type_error(format!(
                "cannot convert dictionary update sequence element #{i} to a sequence"
            ))
        })?;
        match (pair.len(), pair.pop(), pair.pop()) {
            (2, Some(value), Some(key)) => out.push((key, value)),
            (len, _, _) => {
                return Err(JinjaError::value_error(format!(
                    "dictionary update sequence element #{i} has length {len}; 2 is required"
                )));
            }
        }
    }
    Ok(out)
}

fn view_method(view: &View, name: &str, args: &Args<'_>) -> Option<Result<Value, JinjaError>> {
    if view.kind == ViewKind::Values {
        return None;
    }
    if name != "isdisjoint" {
        return None;
    }
    match view
        .items()
        .into_iter()
        .map(|item| Ok((Key::of(&item)?, item)))
        .collect()
    {
        Ok(items) => set_method(&Set::new(items), name, args),
        Err(error) => Some(Err(error)),
    }
}

fn keyed(value: &Value) -> Result<Items, JinjaError> {
    collect(value)?
        .into_iter()
        .map(|item| Ok((Key::of(&item)?, item)))
        .collect()
}

fn all_keyed(args: &Args<'_>) -> Result<Vec<Items>, JinjaError> {
    args.positional.iter().map(keyed).collect()
}

fn new_set(items: Items) -> Value {
    Value::from_object(Container::Set(Set::new(items)))
}

fn set_method(set: &Set, name: &str, args: &Args<'_>) -> Option<Result<Value, JinjaError>> {
    Some(match name {
        "add" => args.one(name, "item").and_then(|item| {
            let key = Key::of(&item)?;
            set.lock().entry(key).or_insert(item);
            Ok(none())
        }),
        "remove" | "discard" => args.one(name, "item").and_then(|item| {
            let removed = set.lock().shift_remove(&Key::of(&item)?);
            if removed.is_none() && name == "remove" {
                return Err(JinjaError::value_error(repr(&item)?));
            }
            Ok(none())
        }),
        "pop" => args
            .none(name)
            .and_then(|()| match set.lock().shift_remove_index(0) {
                Some((_, item)) => Ok(item),
                None => Err(JinjaError::value_error("'pop from an empty set'")),
            }),
        "clear" => args.none(name).map(|()| {
            let old = std::mem::take(&mut *set.lock());
            drop(Set::new(old));
            none()
        }),
        "copy" => args.none(name).map(|()| new_set(set.snapshot())),
        "update" => all_keyed(args).map(|others| {
            for other in others {
                let mut set = set.lock();
                for (key, item) in other {
                    set.entry(key).or_insert(item);
                }
            }
            none()
        }),
        "union" => all_keyed(args).map(|others| {
            let mut items = set.snapshot();
            for (key, item) in others.into_iter().flatten() {
                items.entry(key).or_insert(item);
            }
            new_set(items)
        }),
        "intersection" | "difference" | "intersection_update" | "difference_update" => {
            all_keyed(args).map(|others| {
                let wanted = name.starts_with("intersection");
                let mut items = set.snapshot();
                items.retain(|key, _| {
                    if wanted {
                        others.iter().all(|other| other.contains_key(key))
                    } else {
                        !others.iter().any(|other| other.contains_key(key))
                    }
                });
                replace_or_new(set, items, name)
            })
        }
        "symmetric_difference" | "symmetric_difference_update" => args
            .one(name, "other")
            .and_then(|other| keyed(&other))
            .map(|other| {
                let own = set.snapshot();
                let mut items = own.clone();
                items.retain(|key, _| !other.contains_key(key));
                items.extend(other.into_iter().filter(|(key, _)| !own.contains_key(key)));
                replace_or_new(set, items, name)
            }),
        "issubset" | "issuperset" | "isdisjoint" => args
            .one(name, "other")
            .and_then(|other| keyed(&other))
            .map(|other| {
                let own = set.snapshot();
                Value::from(match name {
                    "issubset" => own.keys().all(|key| other.contains_key(key)),
                    "issuperset" => other.keys().all(|key| own.contains_key(key)),
                    _ => !own.keys().any(|key| other.contains_key(key)),
                })
            }),
        _ => return None,
    })
}

fn replace_or_new(set: &Set, items: Items, name: &str) -> Value {
    if name.ends_with("_update") {
        let old = std::mem::replace(&mut *set.lock(), items);
        drop(Set::new(old));
        none()
    } else {
        new_set(items)
    }
}
