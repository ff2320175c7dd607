//! Reads artifacts leniently: what is absent, null or of another type is not there.
//!
//! Artifacts may come from any dbt version, and a page with a gap is better than none.

use serde_json::Value;

use crate::parse::NodeConfig;

/// What has values by name.
pub trait Fields {
    fn get(&self, key: &str) -> Option<&Value>;
}

impl Fields for Value {
    fn get(&self, key: &str) -> Option<&Value> {
        Self::get(self, key)
    }
}

impl Fields for NodeConfig {
    fn get(&self, key: &str) -> Option<&Value> {
        Self::get(self, key)
    }
}

/// Returns a text that is not empty.
pub(super) fn text<'a>(object: &'a (impl Fields + ?Sized), key: &str) -> Option<&'a str> {
    object.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// Returns an owned text that is not empty.
pub(super) fn string(object: &(impl Fields + ?Sized), key: &str) -> Option<String> {
    text(object, key).map(str::to_owned)
}

/// Returns the texts of a list; a single text counts as a list of one.
pub(super) fn strings(object: &(impl Fields + ?Sized), key: &str) -> Vec<String> {
    match object.get(key) {
        Some(Value::String(one)) if !one.is_empty() => vec![one.clone()],
        Some(Value::Array(many)) => many
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// Returns the entries of an object, in their order.
pub(super) fn entries<'a>(
    object: &'a (impl Fields + ?Sized),
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    object
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Returns the items of a list.
pub(super) fn items<'a>(
    object: &'a (impl Fields + ?Sized),
    key: &str,
) -> impl Iterator<Item = &'a Value> {
    object
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Writes a setting for people. `None` says that it is not set.
pub(super) fn shown(value: &Value) -> Option<String> {
    let shown = match value {
        Value::Null => return None,
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().filter_map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(map) => {
            let pairs = map
                .iter()
                .filter_map(|(key, value)| Some(format!("{key}: {}", shown(value)?)));
            pairs.collect::<Vec<_>>().join(", ")
        }
    };
    (!shown.is_empty()).then_some(shown)
}

/// Returns the entries of `meta` (or another object) as labels and values.
pub(super) fn pairs(object: &(impl Fields + ?Sized), key: &str) -> Vec<(String, String)> {
    entries(object, key)
        .filter_map(|(key, value)| Some((key.clone(), shown(value)?)))
        .collect()
}
