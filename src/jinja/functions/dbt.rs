//! dbt's functions that need nothing of a project.

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use md5::{Digest, Md5};
use minijinja::Value;

use super::{json, yaml};
use crate::jinja::context::LogLevel;
use crate::jinja::error::{ErrorKind, JinjaError};
use crate::jinja::function::{Call, function};
use crate::jinja::python::arguments::{Args, flag};
use crate::jinja::python::{
    Kind, collect, dict_of, generator, hex, kind, list, none, pairs, set, str, tuple, type_name,
};

pub fn add(globals: &mut IndexMap<&'static str, Value, RandomState>) {
    globals.insert(
        "return",
        function("return", |call| {
            let [value] = call.bind(["data"], 1)?;
            Err(JinjaError::returning(value.unwrap_or_default()))
        }),
    );
    globals.insert(
        "tojson",
        function("tojson", |call| {
            let [value, default, sort] = call.bind(["value", "default", "sort_keys"], 1)?;
            or_default(
                json::dumps(&value.unwrap_or_default(), flag(&sort, false), None),
                default,
            )
        }),
    );
    globals.insert(
        "fromjson",
        function("fromjson", |call| {
            let [text, default] = call.bind(["string", "default"], 1)?;
            let text = text.unwrap_or_default();
            match kind(&text) {
                Kind::Str(text) => Ok(json::loads(text).or(default).unwrap_or_else(none)),
                _ => Err(JinjaError::type_error(format!(
                    "the JSON object must be str, bytes or bytearray, not {}",
                    type_name(&text)
                ))),
            }
        }),
    );
    globals.insert(
        "toyaml",
        function("toyaml", |call| {
            let [value, default, sort] = call.bind(["value", "default", "sort_keys"], 1)?;
            match yaml::dump(&value.unwrap_or_default(), flag(&sort, false)) {
                Some(text) => Ok(Value::from(text)),
                None => Ok(default.unwrap_or_else(none)),
            }
        }),
    );
    globals.insert(
        "fromyaml",
        function("fromyaml", |call| {
            let [text, default] = call.bind(["value", "default"], 1)?;
            let loaded = text.as_ref().and_then(Value::as_str).and_then(yaml::load);
            Ok(loaded.or(default).unwrap_or_else(none))
        }),
    );
    globals.insert(
        "set",
        function("set", |call| {
            let [value, default] = call.bind(["value", "default"], 1)?;
            match make_set(&value.unwrap_or_default()) {
                Err(error) if error.kind() == ErrorKind::Type => Ok(default.unwrap_or_else(none)),
                result => result,
            }
        }),
    );
    globals.insert(
        "set_strict",
        function("set_strict", |call| {
            let [value] = call.bind(["value"], 1)?;
            make_set(&value.unwrap_or_default())
        }),
    );
    globals.insert(
        "zip",
        function("zip", |call| {
            let default = call.args.get("default").cloned();
            match zip(call) {
                Err(error) if error.kind() == ErrorKind::Type => Ok(default.unwrap_or_else(none)),
                result => result,
            }
        }),
    );
    globals.insert("zip_strict", function("zip_strict", |call| zip(call)));
    globals.insert(
        "local_md5",
        function("local_md5", |call| {
            let [value] = call.bind(["value"], 1)?;
            let value = value.unwrap_or_default();
            let Kind::Str(text) = kind(&value) else {
                return Err(JinjaError::type_error(format!(
                    "local_md5() takes a string, not {}",
                    type_name(&value)
                )));
            };
            Ok(Value::from(hex(&Md5::digest(text))))
        }),
    );
    globals.insert(
        "log",
        function("log", |call| {
            let [message, info] = call.bind(["msg", "info"], 1)?;
            let level = if flag(&info, false) {
                LogLevel::Info
            } else {
                LogLevel::Debug
            };
            let message = str(&message.unwrap_or_default())?;
            call.context().message(level, &message);
            Ok(Value::from(""))
        }),
    );
    globals.insert(
        "print",
        function("print", |call| {
            let [message] = call.bind(["msg"], 1)?;
            let message = str(&message.unwrap_or_default())?;
            call.context().message(LogLevel::Print, &message);
            Ok(Value::from(""))
        }),
    );
    globals.insert(
        "diff_of_two_dicts",
        function("diff_of_two_dicts", |call| {
            let [a, b] = call.bind(["dict_a", "dict_b"], 2)?;
            difference(&a.unwrap_or_default(), &b.unwrap_or_default())
        }),
    );
}

/// What cannot be written because of its value gives the default; a type that
/// cannot be written is an error, as in dbt.
fn or_default(
    result: Result<String, JinjaError>,
    default: Option<Value>,
) -> Result<Value, JinjaError> {
    match result {
        Ok(text) => Ok(Value::from(text)),
        Err(error) if error.kind() == ErrorKind::Value => Ok(default.unwrap_or_else(none)),
        Err(error) => Err(error),
    }
}

fn make_set(value: &Value) -> Result<Value, JinjaError> {
    set(collect(value)?)
}

fn zip(call: &Call<'_>) -> Result<Value, JinjaError> {
    if let Some((name, _)) = call.args.keyword.iter().find(|(name, _)| name != "default") {
        return Err(JinjaError::type_error(format!(
            "zip() got an unexpected keyword argument '{name}'"
        )));
    }
    let Args { positional, .. } = &call.args;
    let columns: Vec<Vec<Value>> = positional.iter().map(collect).collect::<Result<_, _>>()?;
    let len = columns.iter().map(Vec::len).min().unwrap_or(0);
    let rows = (0..len)
        .map(|row| tuple(columns.iter().map(|column| column[row].clone()).collect()))
        .collect();
    Ok(generator("zip", rows))
}

/// What the lists of the first dict hold that the second's do not, whatever the
/// case.
fn difference(a: &Value, b: &Value) -> Result<Value, JinjaError> {
    let need = |value: &Value| {
        pairs(value).ok_or_else(|| {
            JinjaError::type_error(format!(
                "diff_of_two_dicts() takes dicts, not {}",
                type_name(value)
            ))
        })
    };
    let fold = |value: &Value| str(value).map(|text| text.to_lowercase());
    let mut known = Vec::new();
    for (key, values) in need(b)? {
        let values = collect(&values)?
            .iter()
            .map(fold)
            .collect::<Result<Vec<_>, _>>()?;
        known.push((fold(&key)?, values));
    }
    let mut out = Vec::new();
    for (key, values) in need(a)? {
        let folded = fold(&key)?;
        let Some((_, others)) = known.iter().rev().find(|(other, _)| *other == folded) else {
            out.push((key, values));
            continue;
        };
        let mut left = Vec::new();
        for value in collect(&values)? {
            if !others.contains(&fold(&value)?) {
                left.push(value);
            }
        }
        if !left.is_empty() {
            out.push((key, list(left)));
        }
    }
    dict_of(out)
}
