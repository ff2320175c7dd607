//! `adapter`: what templates ask of the database and of dbt's adapter.

use std::sync::Arc;

use super::{
    NodeState, bound, columns, constraints, external, nothing, optional_text, relations, seed,
    snapshots, staging, text,
};
use crate::adapter::{AdapterError, Response, quote_identifier};
use crate::jinja::{Call, DbtKind, JinjaError, Object, ObjectRepr, Value, objects, python};
use crate::run::db::Statement;

/// Makes `adapter`.
pub fn value(state: &Arc<NodeState>) -> Value {
    Value::from_object(AdapterObject(Arc::clone(state)))
}

struct AdapterObject(Arc<NodeState>);

impl std::fmt::Debug for AdapterObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("adapter")
    }
}

impl Object for AdapterObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<adapter duckdb>")
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        attribute(&self.0, key)
    }
}

/// The methods, by name.
macro_rules! methods {
    ($state:expr, $key:expr, $($name:literal => $body:expr,)*) => {
        match $key {
            $($name => Some(bound($state, $name, $body)),)*
            _ => None,
        }
    };
}

fn attribute(state: &Arc<NodeState>, key: &str) -> Option<Value> {
    match key {
        "config" => return Some(state.session.runtime_config().clone()),
        "behavior" => return Some(Value::from_object(Behavior(Arc::clone(state)))),
        "Relation" => {
            let api = objects::api_quoting(state.session.quoting());
            return api.get_attr("Relation").ok();
        }
        "Column" => return objects::api().get_attr("Column").ok(),
        "__type__" => return Some(Value::from("RuntimeDatabaseWrapper")),
        _ => {}
    }
    methods! { state, key,
        "dispatch" => dispatch,
        "type" => |state, _| Ok(Value::from(state.session.cx.adapter.adapter_type())),
        "execute" => execute,
        "add_query" => add_query,
        "commit" => |state, _| {
            state.db.commit().map_err(database_error)?;
            Ok(nothing())
        },
        "ensure_transaction" => |state, _| {
            state.db.begin().map_err(database_error)?;
            Ok(nothing())
        },
        "nice_connection_name" => |state, _| Ok(Value::from(state.db.current_name())),
        "quote" => |_, call| {
            let [name] = call.bind(["identifier"], 1)?;
            Ok(Value::from(quote_identifier(&name.unwrap_or_default().to_string())))
        },
        "quote_as_configured" => quote_as_configured,
        "quote_seed_column" => quote_seed_column,
        "is_cancelable" => |_, _| Ok(Value::from(true)),
        "date_function" => |_, _| Ok(Value::from("now()")),
        "disable_transactions" => |state, _| {
            Ok(Value::from(state.session.cx.adapter.settings().disable_transactions))
        },
        "is_motherduck" => |_, _| Ok(Value::from(false)),
        "warn_once" => warn_once,
        "escape_sql_string" => |_, call| {
            let [value] = call.bind(["value"], 1)?;
            let text = value.unwrap_or_default().to_string();
            Ok(Value::from(text.replace('\'', "''")))
        },
        "valid_incremental_strategies" => |_, _| Ok(incremental_strategies()),
        "builtin_incremental_strategies" => |_, _| Ok(incremental_strategies()),
        "get_incremental_strategy_macro" => incremental_strategy_macro,
        "standardize_grants_dict" => standardize_grants,
        "batch_id_for_model" => batch_id,
        "build_catalog_relation" => catalog_relation,
        "get_catalog_integration" => |_, call| {
            let [name] = call.bind(["name"], 1)?;
            Err(no_catalog(&name.unwrap_or_default()))
        },
        "get_partitions_metadata" => |_, _| Err(JinjaError::other(
            "`get_partitions_metadata` is not implemented for this adapter!",
        )),
        "submit_python_job" => super::python_job::submit,

        "get_relation" => relations::get_relation,
        "list_relations" => relations::list_relations,
        "list_relations_without_caching" => relations::list_relations_without_caching,
        "drop_relation" => relations::drop_relation,
        "rename_relation" => relations::rename_relation,
        "truncate_relation" => relations::truncate_relation,
        "create_schema" => relations::create_schema,
        "drop_schema" => relations::drop_schema,
        "check_schema_exists" => relations::check_schema_exists,
        "list_schemas" => relations::list_schemas,
        "verify_database" => |_, _| Ok(nothing()),
        "already_exists" => relations::already_exists,
        "cache_added" => relations::cache_added,
        "cache_dropped" => relations::cache_dropped,
        "cache_renamed" => relations::cache_renamed,
        "is_ducklake" => relations::is_ducklake,
        "use_ducklake_table_workarounds" => |_, _| Ok(Value::from(false)),
        "get_temp_relation_path" => relations::temp_relation_path,

        "get_columns_in_relation" => columns::get_columns_in_relation,
        "get_columns_in_table" => columns::get_columns_in_table,
        "get_column_schema_from_query" => columns::get_column_schema_from_query,
        "get_missing_columns" => columns::get_missing_columns,
        "expand_target_column_types" => columns::expand_target_column_types,
        "get_rows_different_sql" => columns::rows_different_sql,

        "render_raw_columns_constraints" => constraints::render_raw_columns,
        "render_raw_model_constraints" => constraints::render_raw_model,
        "catalog_supports_foreign_keys" => constraints::catalog_supports_foreign_keys,
        "existing_key_constraint_types" => constraints::existing_key_types,
        "parse_index" => constraints::parse_index,

        "external_root" => external::external_root,
        "external_write_options" => external::external_write_options,
        "external_read_location" => external::external_read_location,
        "location_exists" => external::location_exists,
        "stage_external_files" => staging::stage,
        "publish_external_files" => staging::publish,
        "store_relation" => external::store_relation,
        "register_glue_table" => external::store_relation,

        "convert_type" => seed::convert_type,
        "convert_datetimes_to_strs" => seed::convert_datetimes,
        "get_seed_file_path" => seed::seed_file_path,
        "get_binding_char" => |_, _| Ok(Value::from("?")),

        "valid_snapshot_target" => snapshots::valid_target,
        "assert_valid_snapshot_target_given_strategy" => snapshots::valid_target_for_strategy,
        "get_hard_deletes_behavior" => snapshots::hard_deletes_behavior,
    }
}

/// Makes what a model's catalog says of it: none, unless the model names a
/// catalog, and dbt-duckdb has no catalogs.
fn catalog_relation(_: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [model] = call.bind(["config"], 1)?;
    let config = model.unwrap_or_default().get_attr("config");
    let config = config.unwrap_or_default();
    let catalog = ["catalog_name", "catalog"]
        .iter()
        .filter_map(|key| config.get_attr(key).ok())
        .find(Value::is_true);
    match catalog {
        Some(name) => Err(no_catalog(&name)),
        None => Ok(python::none()),
    }
}

fn no_catalog(name: &Value) -> JinjaError {
    JinjaError::other(format!(
        "Catalog not found. Received: {name}, Expected one of: the adapter has no catalogs"
    ))
}

/// Turns a database's refusal into a template's error; it goes through the
/// templates unchanged.
pub fn database_error(error: AdapterError) -> JinjaError {
    JinjaError::other(error.message.clone()).with_payload(error)
}

/// Makes the value of what a statement did.
pub fn response_value(response: &Response) -> Value {
    Value::from_object(super::results::ResponseObject(response.clone()))
}

/// `adapter.dispatch(name, namespace)`.
fn dispatch(_state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [name, namespace, packages] =
        call.bind(["macro_name", "macro_namespace", "packages"], 1)?;
    let name = text(name, "the macro name given to adapter.dispatch")?;
    if packages.is_some_and(|packages| !packages.is_none()) {
        return Err(JinjaError::raised(format!(
            "adapter.dispatch no longer takes `packages`: name a namespace, as in \
             adapter.dispatch('{name}', 'my_package')"
        )));
    }
    if let Some((namespace, name)) = name.split_once('.') {
        return Err(JinjaError::raised(format!(
            "in adapter.dispatch, \"{namespace}.{name}\" is no macro name, since it has a dot; \
             did you mean `adapter.dispatch(\"{name}\", macro_namespace=\"{namespace}\")`?"
        )));
    }
    let namespace = match namespace {
        Some(value) if !value.is_none() && !value.is_undefined() => Some(text(
            Some(value),
            "the macro namespace given to adapter.dispatch",
        )?),
        _ => None,
    };
    let engine = call.engine();
    let found = engine.dispatch_from(&name, namespace.as_deref(), call.context())?;
    engine
        .macro_value(&found.unique_id)
        .ok_or_else(|| JinjaError::undefined(format!("there is no macro `{name}`")))
}

/// `adapter.execute(sql, auto_begin, fetch, limit)`.
fn execute(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [sql, auto_begin, fetch, limit] = call.bind(["sql", "auto_begin", "fetch", "limit"], 1)?;
    let sql = sql.unwrap_or_default().to_string();
    let is_on = |value: Option<Value>| value.is_some_and(|value| value.is_true());
    let statement = Statement {
        sql: &sql,
        auto_begin: is_on(auto_begin),
        fetch: is_on(fetch),
        limit: limit
            .as_ref()
            .and_then(python::as_int)
            .and_then(|limit| usize::try_from(limit).ok()),
    };
    let (response, table) = state.db.execute(statement).map_err(database_error)?;
    Ok(python::tuple(vec![
        response_value(&response),
        objects::table(&table.into_dbt()),
    ]))
}

/// `adapter.add_query(sql, auto_begin, bindings, abridge_sql_log)`.
fn add_query(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [sql, auto_begin, bindings, _] =
        call.bind(["sql", "auto_begin", "bindings", "abridge_sql_log"], 1)?;
    let mut sql = sql.unwrap_or_default().to_string();
    if let Some(bindings) = bindings.filter(|b| !b.is_none() && !b.is_undefined()) {
        sql = with_bindings(&sql, &python::collect(&bindings)?)?;
    }
    let statement = Statement {
        sql: &sql,
        auto_begin: auto_begin.is_none_or(|value| value.is_true()),
        fetch: false,
        limit: None,
    };
    let (response, _) = state.db.execute(statement).map_err(database_error)?;
    Ok(python::tuple(vec![
        python::none(),
        response_value(&response),
    ]))
}

/// Puts values into a statement in the place of its question marks.
fn with_bindings(sql: &str, bindings: &[Value]) -> Result<String, JinjaError> {
    let mut out = String::with_capacity(sql.len() + bindings.len() * 8);
    let mut values = bindings.iter();
    let mut quote = None;
    for c in sql.chars() {
        match (quote, c) {
            (None, '?') => {
                let value = values.next().ok_or_else(|| {
                    JinjaError::value_error("the statement has more placeholders than values")
                })?;
                out.push_str(&literal(value));
                continue;
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        out.push(c);
    }
    Ok(out)
}

fn literal(value: &Value) -> String {
    if value.is_none() || value.is_undefined() {
        "null".to_owned()
    } else if value.is_number() {
        value.to_string()
    } else if value.kind() == minijinja::value::ValueKind::Bool {
        value.is_true().to_string()
    } else {
        format!("'{}'", value.to_string().replace('\'', "''"))
    }
}

/// `adapter.quote_as_configured(identifier, quote_key)`.
fn quote_as_configured(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [identifier, key] = call.bind(["identifier", "quote_key"], 2)?;
    let identifier = identifier.unwrap_or_default().to_string();
    let [database, schema, name] = state.session.quoting();
    let quotes = match key.unwrap_or_default().as_str() {
        Some("database") => database,
        Some("schema") => schema,
        Some("identifier") => name,
        _ => false,
    };
    Ok(Value::from(if quotes {
        quote_identifier(&identifier)
    } else {
        identifier
    }))
}

/// `adapter.quote_seed_column(column, quote_config)`.
fn quote_seed_column(_state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [column, setting] = call.bind(["column", "quote_config"], 1)?;
    let column = column.unwrap_or_default().to_string();
    let setting = setting.unwrap_or_default();
    let quotes = match setting.kind() {
        minijinja::value::ValueKind::Bool => setting.is_true(),
        minijinja::value::ValueKind::None | minijinja::value::ValueKind::Undefined => true,
        _ => {
            return Err(JinjaError::raised(format!(
                "`quote_columns` must be true or false, not {setting}"
            )));
        }
    };
    Ok(Value::from(if quotes {
        quote_identifier(&column)
    } else {
        column
    }))
}

fn warn_once(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [message] = call.bind(["msg"], 1)?;
    let message = message.unwrap_or_default().to_string();
    if state.session.say_once(&message) {
        call.context()
            .message(crate::jinja::LogLevel::Warn, &message);
    }
    Ok(python::none())
}

fn incremental_strategies() -> Value {
    let names = [
        "append",
        "delete+insert",
        "merge",
        "insert_overwrite",
        "microbatch",
    ];
    python::list(names.map(Value::from).to_vec())
}

/// `adapter.get_incremental_strategy_macro(context, strategy)`.
fn incremental_strategy_macro(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [context, strategy] = call.bind(["model_context", "strategy"], 2)?;
    let strategy = optional_text(strategy.as_ref()).unwrap_or_else(|| "default".to_owned());
    let name = format!("get_incremental_{}_sql", strategy.replace('+', "_"));
    let context = context.unwrap_or_default();
    let found = context.get_item(&Value::from(name.as_str())).ok();
    found.filter(|value| !value.is_undefined()).ok_or_else(|| {
        JinjaError::raised(format!(
            "dbt could not find an incremental strategy macro with the name \"{name}\" in {}",
            state.session.cx.project.name
        ))
        .with_payload(DbtKind("Runtime"))
    })
}

/// `adapter.standardize_grants_dict(table)`: privileges with their grantees.
fn standardize_grants(_state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [table] = call.bind(["grants_table"], 1)?;
    let mut grants: indexmap::IndexMap<String, Vec<Value>> = indexmap::IndexMap::new();
    for row in python::collect(&table.unwrap_or_default())? {
        let part = |name: &str| row.get_item(&Value::from(name)).unwrap_or_default();
        let privilege = part("privilege_type").to_string();
        grants.entry(privilege).or_default().push(part("grantee"));
    }
    let grants = grants.into_iter().map(|(k, v)| (k, python::list(v)));
    Ok(python::dict(grants.collect::<Vec<_>>()))
}

/// `adapter.batch_id_for_model(model)`: tells the temporary tables of batches
/// apart.
fn batch_id(state: &Arc<NodeState>, _call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let Some(batch) = &state.batch else {
        return Ok(nothing());
    };
    let start = crate::run::batches::python_text(batch.batch.start);
    let id: String = start
        .chars()
        .filter(|c| !matches!(c, '-' | ':' | '+'))
        .map(|c| if c == ' ' { '_' } else { c })
        .collect();
    Ok(Value::from(id))
}

/// `adapter.config`: what packages read of the project.
/// `adapter.behavior`: flags that switch between an old and a new way. One
/// that is not known is off.
struct Behavior(Arc<NodeState>);

impl std::fmt::Debug for Behavior {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("behavior")
    }
}

impl Object for Behavior {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let cx = &self.0.session.cx;
        let is_on = crate::graph::behaviour_flag(&cx.project, &cx.invocation, key);
        Some(Value::from_object(Flag(is_on)))
    }
}

#[derive(Debug)]
struct Flag(bool);

impl Object for Flag {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str() == Some("no_warn")).then(|| Value::from(self.0))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0 { "True" } else { "False" })
    }
}
