//! `adapter` while a project is parsed: there is no database to ask.
//!
//! What would ask it gives dbt's stand-in, most often none; what only works
//! on texts works.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use serde_json::json;

use crate::adapter::quote_identifier;
use crate::config::LoadedProject;
use crate::jinja::{Call, JinjaError, Value, from_json, function, objects};

/// `adapter` at parse time.
#[derive(Debug)]
struct ParseAdapter {
    adapter_type: String,
    /// `adapter.config`, of which packages read `quoting` and `credentials`.
    config: Value,
    external_root: String,
}

/// Makes `adapter` of a project.
pub(super) fn parse_adapter(project: &LoadedProject, config: Value) -> Value {
    let external_root = project.profile.credentials.get("external_root");
    let external_root = external_root.and_then(|v| v.as_str()).unwrap_or(".");
    Value::from_object(ParseAdapter {
        adapter_type: project.profile.adapter_type.clone(),
        config,
        external_root: external_root.to_owned(),
    })
}

impl Object for ParseAdapter {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "dispatch" => function("adapter.dispatch", dispatch),
            "type" => {
                let adapter_type = self.adapter_type.clone();
                function("adapter.type", move |_| {
                    Ok(Value::from(adapter_type.as_str()))
                })
            }
            "config" => self.config.clone(),
            "Relation" | "Column" => objects::api().get_attr(key).ok()?,
            "quote" => function("adapter.quote", |call| {
                let [name] = call.bind(["identifier"], 1)?;
                Ok(Value::from(quote_identifier(&text(name))))
            }),
            "quote_as_configured" => {
                let config = self.config.clone();
                function("adapter.quote_as_configured", move |call| {
                    let [name, part] = call.bind(["identifier", "quote_key"], 2)?;
                    let quoting = config.get_attr("quoting").ok();
                    let part = text(part);
                    let is_quoted = quoting
                        .and_then(|q| q.get_item(&Value::from(part)).ok())
                        .is_none_or(|q| q.is_undefined() || q.is_true());
                    let name = text(name);
                    Ok(Value::from(if is_quoted {
                        quote_identifier(&name)
                    } else {
                        name
                    }))
                })
            }
            "quote_seed_column" => function("adapter.quote_seed_column", |call| {
                let [column, quote] = call.bind(["column", "quote_config"], 1)?;
                let is_quoted = quote.is_none_or(|q| q.is_none() || q.is_true());
                let column = text(column);
                Ok(Value::from(if is_quoted {
                    quote_identifier(&column)
                } else {
                    column
                }))
            }),
            "escape_sql_string" => function("adapter.escape_sql_string", |call| {
                let [value] = call.bind(["value"], 1)?;
                Ok(Value::from(text(value).replace('\'', "''")))
            }),
            "external_root" => {
                let root = self.external_root.clone();
                function("adapter.external_root", move |_| {
                    Ok(Value::from(root.as_str()))
                })
            }
            "get_binding_char" => constant("?".into()),
            "valid_incremental_strategies" => constant(from_json(&json!([
                "append",
                "delete+insert",
                "merge",
                "insert_overwrite",
                "microbatch"
            ]))),
            "get_columns_in_relation"
            | "get_missing_columns"
            | "get_column_schema_from_query"
            | "list_relations"
            | "list_relations_without_caching"
            | "list_schemas"
            | "get_columns_in_table" => function("adapter", |_| Ok(from_json(&json!([])))),
            "check_schema_exists"
            | "already_exists"
            | "location_exists"
            | "is_motherduck"
            | "is_ducklake"
            | "use_ducklake_table_workarounds"
            | "disable_transactions"
            | "catalog_supports_foreign_keys" => constant(false.into()),
            "execute" => function("adapter.execute", |_| Ok(from_json(&json!([null, null])))),
            "add_query" => function("adapter.add_query", |_| Ok(from_json(&json!([null, null])))),
            "__type__" => Value::from("ParseDatabaseWrapper"),
            name if name.starts_with("__") => return None,
            // Everything else would ask the database.
            _ => constant(Value::from(())),
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<adapter>")
    }
}

fn constant(value: Value) -> Value {
    function("adapter", move |_| Ok(value.clone()))
}

fn text(value: Option<Value>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

/// `adapter.dispatch`: finds the macro that suits the database.
fn dispatch(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [name, namespace] = call.bind(["macro_name", "macro_namespace"], 1)?;
    let name = text(name);
    let namespace = namespace.filter(|n| !n.is_none());
    let namespace = match &namespace {
        None => None,
        Some(value) => Some(value.as_str().ok_or_else(|| {
            JinjaError::type_error("the namespace of `adapter.dispatch()` must be a text")
        })?),
    };
    let found = call
        .engine()
        .dispatch_from(&name, namespace, call.context())?;
    let id = found.unique_id.clone();
    call.engine()
        .macro_value(&id)
        .ok_or_else(|| JinjaError::other(format!("macro `{id}` is not there")))
}
