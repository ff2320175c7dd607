//! How one layer of config joins those before it, and what the whole must
//! look like in the end.

use serde_json::{Map, Value, json};

use super::fields::{Behavior, Field, Fields, Kind};
use crate::config::reader::json_kind;
use crate::diagnostics::Diagnostic;

/// The names of colors in HTML, one a line.
const HTML_COLORS: &str = include_str!("html_colors.txt");

/// Lays one layer over the config so far.
pub(super) fn apply(
    fields: &Fields,
    config: &mut Map<String, Value>,
    layer: &Map<String, Value>,
) -> Result<(), Diagnostic> {
    for (key, value) in layer {
        let name = dbt_name(key);
        // Of two spellings of one hook, dbt takes the one with the underscore.
        if name == key && name.ends_with("-hook") && layer.contains_key(&name.replace('-', "_")) {
            continue;
        }
        let key = name;
        let Some(field) = fields.get(key) else {
            config.insert(key.to_owned(), value.clone());
            continue;
        };
        let before = config.get_mut(key);
        match (before, field.behavior) {
            (Some(before), Behavior::Append) => append(before, value),
            (Some(before), Behavior::Update) => update(field, before, value)?,
            (Some(before), Behavior::DictKeyAppend) => append_by_key(field, before, value)?,
            // Without `build_after`, a model's freshness is as good as none.
            (Some(before), Behavior::Clobber)
                if field.kind == Kind::ModelFreshness && value.get("build_after").is_none() =>
            {
                *before = Value::Null;
            }
            (Some(before), Behavior::Clobber) => *before = value.clone(),
            (None, _) => {
                config.insert(key.to_owned(), value.clone());
            }
        }
    }
    Ok(())
}

/// Returns the name under which dbt keeps a config.
pub(super) fn dbt_name(key: &str) -> &str {
    match key.trim() {
        "pre_hook" => "pre-hook",
        "post_hook" => "post-hook",
        key => key,
    }
}

fn as_list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    }
}

fn append(before: &mut Value, value: &Value) {
    if value.is_null() {
        return;
    }
    if !before.is_array() {
        *before = Value::Array(as_list(before));
    }
    if let Value::Array(items) = before {
        items.extend(as_list(value));
    }
}

fn update(field: &Field, before: &mut Value, value: &Value) -> Result<(), Diagnostic> {
    match (before, value) {
        (Value::Object(before), Value::Object(value)) => {
            for (key, value) in value {
                before.insert(key.clone(), value.clone());
            }
            Ok(())
        }
        (_, Value::Null) => Ok(()),
        _ => Err(wrong(field, "a mapping", value)),
    }
}

fn append_by_key(field: &Field, before: &mut Value, value: &Value) -> Result<(), Diagnostic> {
    let (before, value) = match (before, value) {
        (Value::Object(before), Value::Object(value)) => (before, value),
        (_, Value::Null) => return Ok(()),
        _ => return Err(wrong(field, "a mapping", value)),
    };
    for (key, value) in value {
        let plain = key.trim_start_matches('+');
        match before.get_mut(plain) {
            Some(known) if plain != key => append(known, value),
            _ => {
                before.insert(plain.to_owned(), Value::Array(as_list(value)));
            }
        }
    }
    Ok(())
}

/// Adds one `config()` call to those before it.
pub(super) fn merge_call(calls: &mut Map<String, Value>, call: Map<String, Value>) {
    // dbt keeps a first call as it is, texts where lists could be included.
    if calls.is_empty() {
        *calls = call;
        return;
    }
    for (key, value) in call {
        match key.as_str() {
            "pre-hook" | "pre_hook" | "post-hook" | "post_hook" | "tags" | "packages" => {
                match calls.get_mut(&key) {
                    Some(before) => append(before, &value),
                    None => {
                        calls.insert(key, Value::Array(as_list(&value)));
                    }
                }
            }
            "quoting"
            | "column_types"
            | "meta"
            | "docs"
            | "contract"
            | "snapshot_meta_column_names" => match (calls.get_mut(&key), value) {
                (Some(Value::Object(before)), Value::Object(value)) => before.extend(value),
                (_, value) => {
                    calls.insert(key, value);
                }
            },
            "grants" => merge_grants(calls, key, value),
            _ => {
                calls.insert(key, value);
            }
        }
    }
}

fn merge_grants(calls: &mut Map<String, Value>, key: String, value: Value) {
    let Value::Object(grants) = value else {
        calls.insert(key, value);
        return;
    };
    let before = calls.entry(key).or_insert_with(|| json!({}));
    let Value::Object(before) = before else {
        *before = Value::Object(grants);
        return;
    };
    for list in before.values_mut() {
        *list = Value::Array(as_list(list));
    }
    for (name, value) in grants {
        match before.get_mut(&name) {
            // The plus stays in the name: it still has to work on the
            // project's grants.
            Some(known) if name.starts_with('+') => append(known, &value),
            _ => {
                before.insert(name, Value::Array(as_list(&value)));
            }
        }
    }
}

/// Brings every value into the form that dbt's manifest has, and checks it.
pub(super) fn finish(fields: &Fields, config: &mut Map<String, Value>) -> Result<(), Diagnostic> {
    for field in &fields.list {
        if let Some(value) = config.get_mut(field.name) {
            if value.is_null() && field.kind == Kind::SourceFreshness {
                // A source without any freshness is not one that says nothing.
                continue;
            }
            if value.is_null() {
                *value = field.default.clone();
            }
            if *value != field.default {
                shape(field, value)?;
            }
        }
    }
    if fields.get("store_failures_as").is_some() {
        settle_store_failures(config);
    }
    check_contract(config)
}

/// A contract needs an incremental model to say what happens to new columns.
fn check_contract(config: &Map<String, Value>) -> Result<(), Diagnostic> {
    let is_enforced = config
        .get("contract")
        .and_then(|contract| contract.get("enforced"))
        .is_some_and(|enforced| *enforced == Value::Bool(true));
    if !is_enforced || config.get("materialized") != Some(&json!("incremental")) {
        return Ok(());
    }
    match config.get("on_schema_change").and_then(Value::as_str) {
        Some("append_new_columns" | "fail") => Ok(()),
        other => Err(Diagnostic::error(
            "invalid-config",
            format!(
                "Invalid value for on_schema_change: {}. Models materialized as incremental with \
                 contracts enabled must set on_schema_change to 'append_new_columns' or 'fail'",
                other.unwrap_or("ignore")
            ),
        )
        .hint("set it to `append_new_columns` or `fail`")),
    }
}

/// `store_failures_as` decides, when it is set; else it follows
/// `store_failures`.
fn settle_store_failures(config: &mut Map<String, Value>) {
    let stored = match config.get("store_failures_as") {
        Some(Value::String(how)) => {
            let stored = how != "ephemeral";
            config.insert("store_failures".to_owned(), Value::Bool(stored));
            return;
        }
        _ => config.get("store_failures").and_then(Value::as_bool),
    };
    let how = match stored {
        Some(true) => json!("table"),
        Some(false) => json!("ephemeral"),
        None => Value::Null,
    };
    config.insert("store_failures_as".to_owned(), how);
}

fn shape(field: &Field, value: &mut Value) -> Result<(), Diagnostic> {
    match field.kind {
        Kind::Any | Kind::SourceFreshness => {}
        Kind::Bool => require(field, value, "true or false", Value::is_boolean)?,
        Kind::Text => require(field, value, "a text", Value::is_string)?,
        Kind::Integer => integer(field, value)?,
        Kind::Mapping => require(field, value, "a mapping", Value::is_object)?,
        Kind::Texts | Kind::TextOrTexts => texts(field, value)?,
        Kind::Hooks => hooks(field, value)?,
        Kind::Docs => docs(field, value)?,
        Kind::Contract => keep_keys(value, &field.default),
        Kind::OneOf(choices) => one_of(field, value, choices)?,
        Kind::Fixed(text) => one_of(field, value, &[text])?,
        Kind::Severity => {
            let is_severity = value
                .as_str()
                .is_some_and(|s| s.eq_ignore_ascii_case("warn") || s.eq_ignore_ascii_case("error"));
            if !is_severity {
                return one_of(field, value, &["warn", "error"]);
            }
        }
        Kind::OnOff => {
            if let Value::Bool(on) = value {
                *value = json!(if *on { "on" } else { "off" });
            }
            require(field, value, "a text", Value::is_string)?;
        }
        Kind::ModelFreshness => model_freshness(field, value)?,
        Kind::SnapshotColumns => {
            require(field, value, "a mapping", Value::is_object)?;
            keep_keys(value, &field.default);
        }
        Kind::Cache => {
            require(field, value, "a mapping", Value::is_object)?;
            keep_keys(value, &field.default);
        }
    }
    Ok(())
}

fn texts(field: &Field, value: &Value) -> Result<(), Diagnostic> {
    let items = match value {
        Value::String(_) => return Ok(()),
        Value::Array(items) => items,
        _ => return Err(wrong(field, "a text or a list of texts", value)),
    };
    match items.iter().find(|item| !item.is_string()) {
        None => Ok(()),
        Some(item) => Err(Diagnostic::error(
            "invalid-config",
            format!(
                "config `{}` can hold texts only, and `{item}` is {}",
                field.name,
                json_kind(item)
            ),
        )
        .hint(format!("put quotes around `{item}`"))),
    }
}

fn require(
    field: &Field,
    value: &Value,
    expected: &str,
    is_right: impl Fn(&Value) -> bool,
) -> Result<(), Diagnostic> {
    if is_right(value) {
        return Ok(());
    }
    Err(wrong(field, expected, value))
}

fn wrong(field: &Field, expected: &str, value: &Value) -> Diagnostic {
    let name = field.name;
    let diagnostic = Diagnostic::error(
        "invalid-config",
        format!(
            "config `{name}` must be {expected}, not {}",
            json_kind(value)
        ),
    );
    match (field.kind, value) {
        (Kind::Bool, Value::String(text)) => diagnostic
            .because(format!("'{text}' is not of type 'boolean'."))
            .hint("write it without quotes, or end the Jinja that makes it with `| as_bool`"),
        (Kind::Text, Value::Number(_) | Value::Bool(_)) => {
            diagnostic.hint(format!("put quotes around `{value}`"))
        }
        _ => diagnostic,
    }
}

fn one_of(field: &Field, value: &Value, choices: &[&str]) -> Result<(), Diagnostic> {
    if value.as_str().is_some_and(|text| choices.contains(&text)) {
        return Ok(());
    }
    let shown = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let quoted: Vec<String> = choices.iter().map(|c| format!("'{c}'")).collect();
    let choices: Vec<String> = choices.iter().map(|c| format!("`{c}`")).collect();
    Err(Diagnostic::error(
        "invalid-config",
        format!("config `{}` cannot be `{shown}`", field.name),
    )
    .because(format!("'{shown}' is not one of [{}]", quoted.join(", ")))
    .hint(format!("it can be {}", choices.join(", "))))
}

fn integer(field: &Field, value: &mut Value) -> Result<(), Diagnostic> {
    let number = match &*value {
        Value::String(text) => text.trim().parse::<i64>().ok(),
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|n| n as i64)),
        _ => None,
    };
    match number {
        Some(number) => {
            *value = json!(number);
            Ok(())
        }
        None => Err(wrong(field, "a whole number", value)),
    }
}

/// Turns every hook into dbt's form. A text may be JSON, which is how macros
/// say whether a hook runs inside the transaction.
fn hooks(field: &Field, value: &mut Value) -> Result<(), Diagnostic> {
    let mut hooks = Vec::new();
    for hook in as_list(value) {
        let entry = match hook {
            Value::String(text) => match serde_json::from_str(&text) {
                Ok(Value::Object(entry)) => entry,
                _ => Map::from_iter([("sql".to_owned(), Value::String(text))]),
            },
            Value::Object(entry) => entry,
            Value::Null => continue,
            other => return Err(wrong(field, "SQL, or a list of SQL", &other)),
        };
        let sql = match entry.get("sql") {
            Some(Value::String(sql)) => sql.clone(),
            _ => return Err(wrong(field, "SQL, or a list of SQL", &Value::Object(entry))),
        };
        let transaction = entry.get("transaction").cloned().unwrap_or(json!(true));
        let index = entry.get("index").cloned().unwrap_or(Value::Null);
        hooks.push(json!({"sql": sql, "transaction": transaction, "index": index}));
    }
    *value = Value::Array(hooks);
    Ok(())
}

fn docs(field: &Field, value: &mut Value) -> Result<(), Diagnostic> {
    keep_keys(value, &field.default);
    if value.get("show").is_some_and(|show| !show.is_boolean()) {
        return Err(Diagnostic::error(
            "invalid-config",
            "config `docs.show` must be true or false",
        ));
    }
    match value.get("node_color") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(color)) if is_color(color) => Ok(()),
        Some(other) => {
            let shown = other
                .as_str()
                .map_or_else(|| other.to_string(), str::to_owned);
            Err(Diagnostic::error(
                "invalid-config",
                format!(
                    "Invalid color name for docs.node_color: {shown}. It is neither a valid HTML \
                     color name nor a valid HEX code."
                ),
            ))
        }
    }
}

/// Tells whether a text is a color of HTML, or three or six hexadecimal digits.
fn is_color(text: &str) -> bool {
    let text = text.to_lowercase();
    match text.strip_prefix('#') {
        Some(digits) => {
            matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit())
        }
        None => HTML_COLORS.lines().any(|name| name == text),
    }
}

/// Keeps dbt's keys alone, in dbt's order, with defaults for those not set.
fn keep_keys(value: &mut Value, default: &Value) {
    let (Value::Object(map), Value::Object(default)) = (&mut *value, default) else {
        return;
    };
    *value = default
        .iter()
        .map(|(key, default)| {
            let value = map.remove(key).unwrap_or_else(|| default.clone());
            (key.clone(), value)
        })
        .collect();
}

/// A model's freshness counts only with `build_after`.
fn model_freshness(field: &Field, value: &mut Value) -> Result<(), Diagnostic> {
    let Value::Object(freshness) = value else {
        *value = Value::Null;
        return Ok(());
    };
    let Some(build_after) = freshness.get_mut("build_after") else {
        *value = Value::Null;
        return Ok(());
    };
    if !build_after.is_object() {
        return Err(wrong(field, "a mapping with `build_after:`", build_after));
    }
    keep_keys(
        build_after,
        &json!({"count": null, "period": null, "updates_on": "any"}),
    );
    let is_set = |key: &str| build_after.get(key).is_some_and(|v| !v.is_null());
    let (missing, given) = match (is_set("count"), is_set("period")) {
        (true, false) => ("period", "count"),
        (false, true) => ("count", "period"),
        _ => return Ok(()),
    };
    Err(Diagnostic::error(
        "invalid-config",
        format!(
            "`freshness.build_after` must have a value for `{missing}` if a `{given}` is provided"
        ),
    ))
}
