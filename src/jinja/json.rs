//! Between JSON values, which configs and artifacts are made of, and the
//! values of templates.

use minijinja::Value;
use minijinja::value::ValueKind;
use serde_json::{Map, Number, Value as Json};

/// Turns JSON into a value for templates.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => from_number(number),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::from(items.iter().map(from_json).collect::<Vec<_>>()),
        Json::Object(map) => from_json_map(map),
    }
}

/// Turns a JSON object into a mapping for templates, in the same order.
pub fn from_json_map(map: &Map<String, Json>) -> Value {
    Value::from_pairs(map.iter().map(|(k, v)| (k.as_str(), from_json(v))))
}

fn from_number(number: &Number) -> Value {
    if let Some(number) = number.as_i64() {
        Value::from(number)
    } else if let Some(number) = number.as_u64() {
        Value::from(number)
    } else {
        number.as_f64().map_or(Value::UNDEFINED, Value::from)
    }
}

/// Turns a template's value into JSON. What JSON has no form for becomes its
/// text, and undefined becomes null.
pub fn to_json(value: &Value) -> Json {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Json::Null,
        ValueKind::Bool => Json::Bool(value.is_true()),
        ValueKind::Number => to_number(value),
        ValueKind::String => Json::String(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Seq | ValueKind::Iterable => match value.try_iter() {
            Ok(items) => items.map(|item| to_json(&item)).collect(),
            Err(_) => Json::String(value.to_string()),
        },
        ValueKind::Map => match value.try_iter() {
            Ok(keys) => {
                let mut map = Map::new();
                for key in keys {
                    let item = value.get_item(&key).unwrap_or_default();
                    map.insert(key_text(&key), to_json(&item));
                }
                Json::Object(map)
            }
            Err(_) => Json::String(value.to_string()),
        },
        _ => Json::String(value.to_string()),
    }
}

/// Writes a key as Python's `json` does.
fn key_text(key: &Value) -> String {
    match key.kind() {
        ValueKind::None => "null".to_owned(),
        _ => key.to_string(),
    }
}

fn to_number(value: &Value) -> Json {
    if value.is_integer() {
        if let Some(number) = value.as_i64() {
            return Json::from(number);
        }
        if let Ok(number) = u64::try_from(value.clone()) {
            return Json::from(number);
        }
        return Json::String(value.to_string());
    }
    let number = f64::try_from(value.clone()).ok();
    number
        .and_then(Number::from_f64)
        .map_or_else(|| Json::String(value.to_string()), Json::Number)
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
