//! Names, ids and code that dbt makes for a generic test.

use md5::{Digest as _, Md5};
use serde_json::{Map, Value};

use super::python_text::{push_repr, push_str};
use crate::python_repr::push_quoted;

/// A generic test's two names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestNames {
    /// The node's name, however long.
    pub full: String,
    /// The file's name and alias: below 64 characters.
    pub short: String,
}

/// Makes a test's names from its kind, what it tests and its arguments.
///
/// `test_type` is `not_null`, `dbt_utils_at_least_one` or `source_unique`.
pub fn synthesize(test_type: &str, target: &str, arguments: &Map<String, Value>) -> TestNames {
    let mut sorted: Vec<(&String, &Value)> = arguments
        .iter()
        .filter(|(name, _)| *name != "model")
        .collect();
    sorted.sort_by_key(|(name, _)| *name);

    let identifier = format!("{test_type}_{target}");
    let mut full = identifier.clone();
    full.push('_');
    let mut is_first = true;
    let mut push_part = |part: &Value| {
        if !is_first {
            full.push_str("__");
        }
        is_first = false;
        push_clean(&mut full, part);
    };
    for (_, value) in sorted {
        match value {
            Value::Object(map) => map.values().for_each(&mut push_part),
            Value::Array(items) => items.iter().for_each(&mut push_part),
            other => push_part(other),
        }
    }
    // dbt keeps names of files short; 30 characters and a hash tell them apart.
    let short = if full.chars().count() >= 64 {
        let head: String = identifier.chars().take(30).collect();
        format!("{head}_{}", md5_hex(&full))
    } else {
        full.clone()
    };
    TestNames { full, short }
}

/// Appends a value with each run of characters other than letters, digits and
/// `_` as one `_`.
fn push_clean(out: &mut String, value: &Value) {
    let mut text = String::new();
    push_str(&mut text, value);
    let mut in_run = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            out.push(c);
            in_run = false;
        } else if !in_run {
            out.push('_');
            in_run = true;
        }
    }
}

/// Returns the ten characters that end a test's id, so that two tests of one
/// name with other arguments differ: `test.health.unique_stg_p_id.4346330e8b`.
pub fn id_hash(
    full_name: &str,
    namespace: Option<&str>,
    test: &str,
    kwargs: &Map<String, Value>,
) -> String {
    let mut text = String::with_capacity(full_name.len() + 160);
    text.push_str(full_name);
    text.push_str("{'kwargs': ");
    push_hashable_map(&mut text, kwargs);
    text.push_str(", 'name': ");
    push_quoted(&mut text, test);
    text.push_str(", 'namespace': ");
    push_quoted(&mut text, namespace.unwrap_or("None"));
    text.push('}');
    let digest = md5_hex(&text);
    digest[digest.len() - 10..].to_owned()
}

/// Appends a value as dbt writes it for hashing: keys sorted, and every scalar
/// a text.
fn push_hashable(out: &mut String, value: &Value) {
    match value {
        Value::Object(map) => push_hashable_map(out, map),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                push_hashable(out, item);
            }
            out.push(']');
        }
        Value::String(text) => push_quoted(out, text),
        scalar => {
            out.push('\'');
            push_repr(out, scalar);
            out.push('\'');
        }
    }
}

fn push_hashable_map(out: &mut String, map: &Map<String, Value>) {
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    out.push('{');
    for (i, (key, value)) in entries.into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        push_quoted(out, key);
        out.push_str(": ");
        push_hashable(out, value);
    }
    out.push('}');
}

/// Returns the code of a test node: a call of the test's macro, and its config.
pub fn raw_code(namespace: Option<&str>, test: &str, config: &Map<String, Value>) -> String {
    let mut out = String::from("{{ ");
    if let Some(namespace) = namespace {
        out.push_str(namespace);
        out.push('.');
    }
    out.push_str("test_");
    out.push_str(test);
    out.push_str("(**_dbt_generic_test_kwargs) }}");
    if config.is_empty() {
        return out;
    }
    out.push_str("{{ config(");
    for (i, (key, value)) in config.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(key);
        out.push('=');
        match value {
            Value::String(text) => {
                out.push('"');
                out.push_str(&text.replace('"', "\\\""));
                out.push('"');
            }
            other => push_repr(&mut out, other),
        }
    }
    out.push_str(") }}");
    out
}

/// Returns the md5 of a text in hexadecimal digits.
pub fn md5_hex(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Md5::digest(text.as_bytes());
    let mut out = String::with_capacity(32);
    for byte in digest {
        out.push(DIGITS[usize::from(byte >> 4)] as char);
        out.push(DIGITS[usize::from(byte & 15)] as char);
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{id_hash, raw_code, synthesize};

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_short_name_is_its_own_file_name() {
        let names = synthesize(
            "not_null",
            "orders",
            &map(json!({"column_name": "order_id"})),
        );
        assert_eq!(names.full, "not_null_orders_order_id");
        assert_eq!(names.short, names.full);
    }

    #[test]
    fn a_long_name_is_cut_and_hashed() {
        let arguments = map(json!({
            "column_name": "status",
            "values": ["placed", "shipped", "completed", "return_pending", "returned"],
        }));
        let names = synthesize("accepted_values", "orders", &arguments);
        assert_eq!(
            names.full,
            "accepted_values_orders_status__placed__shipped__completed__return_pending__returned"
        );
        // The values are those of dbt's own manifest of jaffle_shop.
        assert_eq!(
            names.short,
            "accepted_values_orders_1ce6ab157c285f7cd2ac656013faf758"
        );
    }

    #[test]
    fn the_id_hash_is_dbts() {
        let kwargs = map(json!({
            "column_name": "order_id",
            "model": "{{ get_where_subquery(ref('orders')) }}",
        }));
        assert_eq!(
            id_hash("not_null_orders_order_id", None, "not_null", &kwargs),
            "cf6c17daed"
        );
    }

    #[test]
    fn config_is_written_as_python_keywords() {
        let config =
            map(json!({"severity": "warn", "enabled": false, "tags": ["a"], "where": "x = \"y\""}));
        assert_eq!(
            raw_code(Some("dbt_utils"), "at_least_one", &config),
            r#"{{ dbt_utils.test_at_least_one(**_dbt_generic_test_kwargs) }}{{ config(severity="warn",enabled=False,tags=['a'],where="x = \"y\"") }}"#
        );
    }
}
