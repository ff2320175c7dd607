//! Filters over what can be iterated.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use super::Filter;
use crate::jinja::checks;
use crate::jinja::error::JinjaError;
use crate::jinja::evaluate::Interpreter;
use crate::jinja::python::arguments::{Args, flag, integer, text};
use crate::jinja::python::methods::sort_by_key;
use crate::jinja::python::{
    Container, Key, Kind, binary, collect, equal, generator, iterate, kind, list, order, pairs,
    str, tuple, type_name,
};
use crate::jinja::syntax::Arithmetic;

/// More parts than anybody splits a list into.
const MAX_SLICES: i128 = 1_000_000;

pub fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "map" => map,
        "select" => |i, value, args| select(i, value, args, false, true),
        "reject" => |i, value, args| select(i, value, args, false, false),
        "selectattr" => |i, value, args| select(i, value, args, true, true),
        "rejectattr" => |i, value, args| select(i, value, args, true, false),
        "join" => join,
        "first" => |_, value, args| {
            args.none("first")?;
            Ok(iterate(value)?.next().unwrap_or_default())
        },
        "last" => last,
        "random" => random,
        "reverse" => reverse,
        "sort" => sort,
        "unique" => unique,
        "min" => |i, value, args| extreme(i, value, args, Ordering::Less),
        "max" => |i, value, args| extreme(i, value, args, Ordering::Greater),
        "sum" => sum,
        "groupby" => group_by,
        "dictsort" => sort_dict,
        "batch" => batch,
        "slice" => slice,
        _ => return None,
    })
}

/// Reads `a.b.0` of an item, as `attribute=` arguments mean it.
fn path(interpreter: &mut Interpreter<'_>, item: &Value, attribute: &Value) -> Value {
    let Some(path) = attribute.as_str() else {
        return interpreter.item(item, attribute);
    };
    let mut value = item.clone();
    for part in path.split('.') {
        let key = match part.parse::<i64>() {
            Ok(at) if part.bytes().all(|b| b.is_ascii_digit()) => Value::from(at),
            _ => Value::from(part),
        };
        value = interpreter.item(&value, &key);
    }
    value
}

/// Lower-cases texts, for comparisons that ignore case.
fn fold(value: Value, case_sensitive: bool) -> Value {
    match kind(&value) {
        Kind::Str(s) if !case_sensitive => Value::from(s.to_lowercase()),
        _ => value,
    }
}

fn map(
    interpreter: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
) -> Result<Value, JinjaError> {
    let mut mapped = Vec::new();
    // Nothing gives nothing, `none` included.
    if !value.is_true() {
        return Ok(generator("generator", mapped));
    }
    if args.positional.is_empty()
        && let Some(attribute) = args.get("attribute")
    {
        let default = args.get("default").cloned();
        if let Some((key, _)) = args
            .keyword
            .iter()
            .find(|(key, _)| key != "attribute" && key != "default")
        {
            return Err(JinjaError::type_error(format!(
                "Unexpected keyword argument '{key}'"
            )));
        }
        for item in iterate(value)? {
            let found = path(interpreter, &item, attribute);
            mapped.push(match &default {
                Some(default) if found.is_undefined() => default.clone(),
                _ => found,
            });
        }
        return Ok(generator("generator", mapped));
    }
    let Some((name, rest)) = args.positional.split_first() else {
        return Err(JinjaError::type_error("map requires a filter argument"));
    };
    let name = str(name)?;
    let Some(filter) = super::find(&name) else {
        return Err(JinjaError::undefined(format!(
            "there is no filter `{name}`"
        )));
    };
    let inner = Args {
        positional: rest.to_vec(),
        keyword: args.keyword.clone(),
    };
    for item in iterate(value)? {
        mapped.push(filter(interpreter, &item, &inner)?);
    }
    Ok(generator("generator", mapped))
}

fn select(
    interpreter: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
    by_attribute: bool,
    wanted: bool,
) -> Result<Value, JinjaError> {
    let mut rest = &args.positional[..];
    let attribute = if by_attribute {
        let Some((attribute, after)) = rest.split_first() else {
            return Err(JinjaError::type_error(
                "Missing parameter for attribute name",
            ));
        };
        rest = after;
        Some(attribute)
    } else {
        None
    };
    let check = match rest.split_first() {
        None => None,
        Some((name, after)) => {
            rest = after;
            let name = str(name)?;
            match checks::find(&name) {
                Some(check) => Some(check),
                None => {
                    return Err(JinjaError::undefined(format!("there is no test `{name}`")));
                }
            }
        }
    };
    let inner = Args {
        positional: rest.to_vec(),
        keyword: args.keyword.clone(),
    };
    let mut kept = Vec::new();
    if !value.is_true() {
        return Ok(generator("generator", kept));
    }
    for item in iterate(value)? {
        let subject = match attribute {
            Some(attribute) => path(interpreter, &item, attribute),
            None => item.clone(),
        };
        let holds = match check {
            Some(check) => check(interpreter, &subject, &inner)?,
            None => subject.is_true(),
        };
        if holds == wanted {
            kept.push(item);
        }
    }
    Ok(generator("generator", kept))
}

fn join(
    interpreter: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
) -> Result<Value, JinjaError> {
    let [separator, attribute] = args.bind("join", ["d", "attribute"], 0)?;
    let separator = match &separator {
        Some(separator) => str(separator)?,
        None => String::new(),
    };
    let mut out = String::new();
    for (i, item) in collect(value)?.iter().enumerate() {
        if i > 0 {
            out.push_str(&separator);
        }
        match &attribute {
            Some(attribute) if !attribute.is_none() => {
                let part = path(interpreter, item, attribute);
                crate::jinja::python::write_str(&mut out, &part)?;
            }
            _ => crate::jinja::python::write_str(&mut out, item)?,
        }
    }
    Ok(Value::from(out))
}

fn last(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    args.none("last")?;
    if let Kind::Container(container @ (Container::Generator(_) | Container::Set(_))) = kind(value)
    {
        return Err(JinjaError::type_error(format!(
            "'{}' object is not reversible",
            container.type_name()
        )));
    }
    Ok(collect(value)?.pop().unwrap_or_default())
}

fn random(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    args.none("random")?;
    let items = collect(value)?;
    // Each hasher's keys are random, which is all that is needed here.
    let number = RandomState::new().build_hasher().finish();
    match (number as usize).checked_rem(items.len()) {
        Some(at) => Ok(items[at].clone()),
        None => Ok(Value::UNDEFINED),
    }
}

fn reverse(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    args.none("reverse")?;
    if let Kind::Str(s) = kind(value) {
        return Ok(Value::from(s.chars().rev().collect::<String>()));
    }
    let mut items =
        collect(value).map_err(|_| JinjaError::type_error("argument must be iterable"))?;
    items.reverse();
    Ok(generator("list_reverseiterator", items))
}

/// The keys to sort by; several attributes are separated by commas.
fn sort_key(
    interpreter: &mut Interpreter<'_>,
    item: &Value,
    attribute: &Option<Value>,
    case_sensitive: bool,
) -> Value {
    match attribute {
        Some(attribute) if !attribute.is_none() => match attribute.as_str() {
            Some(paths) if paths.contains(',') => {
                let parts = paths
                    .split(',')
                    .map(|part| {
                        let found = path(interpreter, item, &Value::from(part));
                        fold(found, case_sensitive)
                    })
                    .collect();
                list(parts)
            }
            // Python compares lists of keys, in which equal ones of no order,
            // like two that are undefined, do no harm.
            _ => list(vec![fold(
                path(interpreter, item, attribute),
                case_sensitive,
            )]),
        },
        _ => fold(item.clone(), case_sensitive),
    }
}

fn sort(
    interpreter: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
) -> Result<Value, JinjaError> {
    let [reverse, case_sensitive, attribute] =
        args.bind("sort", ["reverse", "case_sensitive", "attribute"], 0)?;
    let mut keyed = Vec::new();
    for item in collect(value)? {
        let key = sort_key(interpreter, &item, &attribute, flag(&case_sensitive, false));
        keyed.push((key, item));
    }
    sort_by_key(keyed, flag(&reverse, false)).map(list)
}

fn unique(
    interpreter: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
) -> Result<Value, JinjaError> {
    let [case_sensitive, attribute] = args.bind("unique", ["case_sensitive", "attribute"], 0)?;
    let mut seen = std::collections::HashSet::new();
    let mut kept = Vec::new();
    for item in collect(value)? {
        let key = match &attribute {
            Some(attribute) if !attribute.is_none() => path(interpreter, &item, attribute),
            _ => item.clone(),
        };
        if seen.insert(Key::of(&fold(key, flag(&case_sensitive, false)))?) {
            kept.push(item);
        }
    }
    Ok(generator("generator", kept))
}

fn extreme(
    interpreter: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
    wanted: Ordering,
) -> Result<Value, JinjaError> {
    let [case_sensitive, attribute] = args.bind("min", ["case_sensitive", "attribute"], 0)?;
    let mut best: Option<(Value, Value)> = None;
    for item in collect(value)? {
        let key = match &attribute {
            Some(attribute) if !attribute.is_none() => path(interpreter, &item, attribute),
            _ => item.clone(),
        };
        let key = fold(key, flag(&case_sensitive, false));
        let better = match &best {
            None => true,
            Some((best_key, _)) => order(&key, best_key)? == Some(wanted),
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map(|(_, item)| item).unwrap_or_default())
}

fn sum(
    interpreter: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
) -> Result<Value, JinjaError> {
    let [attribute, start] = args.bind("sum", ["attribute", "start"], 0)?;
    let mut total = start.unwrap_or_else(|| Value::from(0));
    if total.as_str().is_some() {
        return Err(JinjaError::type_error(
            "sum() can't sum strings [use ''.join(seq) instead]",
        ));
    }
    for item in collect(value)? {
        let item = match &attribute {
            Some(attribute) if !attribute.is_none() => path(interpreter, &item, attribute),
            _ => item,
        };
        if item.is_undefined() {
            return Err(JinjaError::undefined("an item to sum up is undefined"));
        }
        total = binary(Arithmetic::Add, &total, &item)?;
    }
    Ok(total)
}

/// One group of `groupby`: a tuple with names.
#[derive(Debug)]
struct Group {
    grouper: Value,
    list: Value,
}

impl Object for Group {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_i64() {
            Some(0 | -2) => Some(self.grouper.clone()),
            Some(1 | -1) => Some(self.list.clone()),
            Some(_) => None,
            None => self.get_value_by_str(key.as_str()?),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "grouper" => Some(self.grouper.clone()),
            "list" => Some(self.list.clone()),
            "__type__" => Some(Value::from("_GroupTuple")),
            "__repr__" => Some(Value::from(self.to_string())),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(vec![self.grouper.clone(), self.list.clone()])
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pair = tuple(vec![self.grouper.clone(), self.list.clone()]);
        f.write_str(&crate::jinja::python::repr(&pair).unwrap_or_default())
    }
}

fn group_by(
    interpreter: &mut Interpreter<'_>,
    value: &Value,
    args: &Args<'_>,
) -> Result<Value, JinjaError> {
    let [attribute, default, case_sensitive] =
        args.bind("groupby", ["attribute", "default", "case_sensitive"], 1)?;
    let attribute = attribute.unwrap_or_default();
    let case_sensitive = flag(&case_sensitive, false);
    let mut keyed = Vec::new();
    for item in collect(value)? {
        let mut key = path(interpreter, &item, &attribute);
        if key.is_undefined()
            && let Some(default) = &default
        {
            key = default.clone();
        }
        // The key as it is comes along, since the folded one is not shown.
        keyed.push((fold(key.clone(), case_sensitive), tuple(vec![key, item])));
    }
    let mut groups: Vec<(Value, Value, Vec<Value>)> = Vec::new();
    for pair in sort_by_key(keyed, false)? {
        let mut pair = collect(&pair)?;
        let (Some(item), Some(key)) = (pair.pop(), pair.pop()) else {
            continue;
        };
        let folded = fold(key.clone(), case_sensitive);
        match groups.last_mut() {
            Some((last, _, items)) if equal(last, &folded)? => items.push(item),
            _ => groups.push((folded, key, vec![item])),
        }
    }
    Ok(list(
        groups
            .into_iter()
            .map(|(_, grouper, items)| {
                Value::from_object(Group {
                    grouper,
                    list: list(items),
                })
            })
            .collect(),
    ))
}

fn sort_dict(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [case_sensitive, by, reverse] =
        args.bind("dictsort", ["case_sensitive", "by", "reverse"], 0)?;
    let by_value = match text(&by, "dictsort", "by")?.unwrap_or("key") {
        "key" => false,
        "value" => true,
        _ => {
            return Err(JinjaError::value_error(
                "You can only sort by either 'key' or 'value'",
            ));
        }
    };
    let Some(pairs) = pairs(value) else {
        return Err(JinjaError::undefined(format!(
            "'{} object' has no attribute 'items'",
            type_name(value)
        )));
    };
    let keyed = pairs
        .into_iter()
        .map(|(key, value)| {
            let by = if by_value { value.clone() } else { key.clone() };
            (
                fold(by, flag(&case_sensitive, false)),
                tuple(vec![key, value]),
            )
        })
        .collect();
    sort_by_key(keyed, flag(&reverse, false)).map(list)
}

fn count_argument(value: &Option<Value>, function: &str) -> Result<usize, JinjaError> {
    let count = integer(value, function, "count")?.unwrap_or(0);
    if count > MAX_SLICES {
        return Err(JinjaError::value_error("the number is too large"));
    }
    usize::try_from(count)
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| {
            JinjaError::value_error(format!("{function} needs a number greater than zero"))
        })
}

fn batch(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [count, fill] = args.bind("batch", ["linecount", "fill_with"], 1)?;
    let count = count_argument(&count, "batch")?;
    let mut batches: Vec<Vec<Value>> = collect(value)?
        .chunks(count)
        .map(<[Value]>::to_vec)
        .collect();
    if let (Some(last), Some(fill)) = (batches.last_mut(), fill.filter(|fill| !fill.is_none())) {
        last.resize(count, fill);
    }
    Ok(generator(
        "generator",
        batches.into_iter().map(list).collect(),
    ))
}

fn slice(_: &mut Interpreter<'_>, value: &Value, args: &Args<'_>) -> Result<Value, JinjaError> {
    let [count, fill] = args.bind("slice", ["slices", "fill_with"], 1)?;
    let count = count_argument(&count, "slice")?;
    let items = collect(value)?;
    let (per_slice, extra) = (items.len() / count, items.len() % count);
    let fill = fill.filter(|fill| !fill.is_none());
    let mut rest = items.into_iter();
    let mut slices = Vec::with_capacity(count);
    for i in 0..count {
        let len = per_slice + usize::from(i < extra);
        let mut part: Vec<Value> = rest.by_ref().take(len).collect();
        if i >= extra
            && let Some(fill) = &fill
        {
            part.push(fill.clone());
        }
        slices.push(list(part));
    }
    Ok(generator("generator", slices))
}
