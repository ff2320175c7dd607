//! Between JSON values, which configs and artifacts are made of, and the
//! values of templates.

use minijinja::Value;
use serde_json::{Map, Number, Value as Json};

use super::python::datetime::{Temporal, temporal};
use super::python::{self, Kind, collect, float_repr, kind, pairs};

/// How deep values may nest; what is deeper becomes null.
const MAX_DEPTH: u32 = 300;

/// Turns JSON into a value for templates.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => from_number(number),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => python::list(items.iter().map(from_json).collect()),
        Json::Object(map) => from_json_map(map),
    }
}

/// The same, where some texts are dates or times as YAML has them. `is_date`
/// tells it of the place `at`, a pointer, and of what is inside.
pub fn from_json_with_dates(json: &Json, is_date: &dyn Fn(&str) -> bool, at: &mut String) -> Value {
    let inside = |key: &str, value: &Json, at: &mut String| {
        let length = at.len();
        at.push('/');
        at.push_str(key);
        let value = from_json_with_dates(value, is_date, at);
        at.truncate(length);
        value
    };
    match json {
        Json::String(text) if is_date(at) => {
            python::datetime::from_iso(text).unwrap_or_else(|| from_json(json))
        }
        Json::Array(items) => {
            let items = items.iter().enumerate();
            let items = items.map(|(i, item)| inside(&i.to_string(), item, at));
            python::list(items.collect())
        }
        Json::Object(map) => {
            let items = map.iter().map(|(key, value)| (key, inside(key, value, at)));
            python::dict(items.collect::<Vec<_>>())
        }
        other => from_json(other),
    }
}

/// Turns a JSON object into a dict for templates, in the same order.
pub fn from_json_map(map: &Map<String, Json>) -> Value {
    python::dict(map.iter().map(|(key, value)| (key, from_json(value))))
}

fn from_number(number: &Number) -> Value {
    if let Some(number) = number.as_i64() {
        Value::from(number)
    } else if let Some(number) = number.as_u64() {
        python::int(i128::from(number))
    } else {
        number.as_f64().map_or(Value::UNDEFINED, Value::from)
    }
}

/// Turns a template's value into JSON. What JSON has no form for becomes its
/// text, and undefined becomes null.
pub fn to_json(value: &Value) -> Json {
    to_json_nested(value, 0)
}

fn to_json_nested(value: &Value, depth: u32) -> Json {
    if depth > MAX_DEPTH {
        return Json::Null;
    }
    match kind(value) {
        Kind::Undefined | Kind::None => Json::Null,
        Kind::Bool(b) => Json::Bool(b),
        Kind::Int(i) => match (i64::try_from(i), u64::try_from(i)) {
            (Ok(i), _) => Json::from(i),
            (_, Ok(i)) => Json::from(i),
            _ => Json::String(i.to_string()),
        },
        Kind::Float(f) => {
            Number::from_f64(f).map_or_else(|| Json::String(float_repr(f)), Json::Number)
        }
        Kind::Str(text) => Json::String(text.to_owned()),
        Kind::Bytes(bytes) => Json::String(String::from_utf8_lossy(bytes).into_owned()),
        Kind::Container(_) => match pairs(value) {
            Some(pairs) => to_json_map(&pairs, depth),
            None => to_json_list(value, depth),
        },
        Kind::Object(object) => {
            // As dbt writes dates into its artifacts.
            if let Some(iso) = temporal(value).and_then(Temporal::iso) {
                return Json::String(iso);
            }
            if object.get_value_by_str("__type__").is_some() {
                return text(value);
            }
            match pairs(value) {
                Some(pairs) => to_json_map(&pairs, depth),
                None => to_json_list(value, depth),
            }
        }
    }
}

fn text(value: &Value) -> Json {
    Json::String(python::str(value).unwrap_or_default())
}

fn to_json_list(value: &Value, depth: u32) -> Json {
    match collect(value) {
        Ok(items) => items
            .iter()
            .map(|item| to_json_nested(item, depth + 1))
            .collect(),
        Err(_) => text(value),
    }
}

fn to_json_map(pairs: &[(Value, Value)], depth: u32) -> Json {
    let mut map = Map::with_capacity(pairs.len());
    for (key, value) in pairs {
        // Keys as Python's `json` writes them.
        let key = match kind(key) {
            Kind::None => "null".to_owned(),
            Kind::Bool(b) => b.to_string(),
            _ => python::str(key).unwrap_or_default(),
        };
        map.insert(key, to_json_nested(value, depth + 1));
    }
    Json::Object(map)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{from_json, to_json};

    #[test]
    fn json_comes_back_as_it_was() {
        let json = json!({
            "z": [1, -2, 2.5, 18_446_744_073_709_551_615_u64, 3.0],
            "a": {"yes": true, "nothing": null, "text": "é"},
        });
        let back = to_json(&from_json(&json));
        assert_eq!(back.to_string(), json.to_string());
    }
}
