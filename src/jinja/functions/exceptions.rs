//! `exceptions`: how macros fail and warn.

use minijinja::Value;

use super::{Module, contract};
use crate::jinja::context::LogLevel;
use crate::jinja::error::{DbtKind, JinjaError};
use crate::jinja::function::{Call, function};
use crate::jinja::python::{repr, str};

/// Makes the `exceptions` module.
pub fn exceptions() -> Value {
    let raise = |name: &'static str, message: fn(&Call<'_>) -> Result<String, JinjaError>| {
        (
            name,
            function(name, move |call| Err(JinjaError::raised(message(call)?))),
        )
    };
    Module::new(
        "exceptions",
        [
            (
                "warn",
                function("warn", |call| {
                    let [message, _node] = call.bind(["msg", "node"], 1)?;
                    let message = str(&message.unwrap_or_default())?;
                    call.context().message(LogLevel::Warn, &message);
                    Ok(Value::from(""))
                }),
            ),
            (
                "warn_snapshot_timestamp_data_types",
                function("warn_snapshot_timestamp_data_types", |call| {
                    let [snapshot, updated] =
                        call.bind(["snapshot_time_data_type", "updated_at_data_type"], 2)?;
                    let message = format!(
                        "The snapshot table's timestamps have the data type {}, but `updated_at` \
                         has {}; comparing them may give wrong results. Please update snapshot \
                         config 'updated_at', with a cast for example.",
                        str(&snapshot.unwrap_or_default())?,
                        str(&updated.unwrap_or_default())?
                    );
                    call.context().message(LogLevel::Warn, &message);
                    Ok(Value::from(""))
                }),
            ),
            raise("raise_compiler_error", |call| {
                let [message, _node] = call.bind(["msg", "node"], 1)?;
                str(&message.unwrap_or_default())
            }),
            (
                "raise_database_error",
                function("raise_database_error", |call| {
                    let [message, _node] = call.bind(["msg", "node"], 1)?;
                    let message = str(&message.unwrap_or_default())?;
                    Err(JinjaError::raised(message).with_payload(DbtKind("Database")))
                }),
            ),
            raise("raise_fail_fast_error", |call| {
                let [message, _node] = call.bind(["msg", "node"], 1)?;
                str(&message.unwrap_or_default())
            }),
            raise("raise_dependency_error", |call| {
                let [message] = call.bind(["msg"], 1)?;
                str(&message.unwrap_or_default())
            }),
            raise("raise_not_implemented", |call| {
                let [message] = call.bind(["msg"], 1)?;
                Ok(format!(
                    "not implemented: {}",
                    str(&message.unwrap_or_default())?
                ))
            }),
            raise("raise_cache_inconsistent", |call| {
                let [message] = call.bind(["message"], 1)?;
                Ok(format!(
                    "the cache of relations is inconsistent: {}",
                    str(&message.unwrap_or_default())?
                ))
            }),
            raise("missing_config", |call| {
                let [model, name] = call.bind(["model", "name"], 2)?;
                Ok(format!(
                    "Model '{}' does not define a required config parameter '{}'.",
                    unique_id(model),
                    str(&name.unwrap_or_default())?
                ))
            }),
            raise("missing_materialization", |call| {
                let [model, adapter] = call.bind(["model", "adapter_type"], 2)?;
                let model = model.unwrap_or_default();
                let materialized = attribute(&model, "config")
                    .and_then(|config| attribute(&config, "materialized"))
                    .unwrap_or_default();
                Ok(format!(
                    "No materialization '{}' was found for adapter {}!",
                    str(&materialized)?,
                    str(&adapter.unwrap_or_default())?
                ))
            }),
            raise("missing_relation", |call| {
                let [relation, _model] = call.bind(["relation", "model"], 1)?;
                Ok(format!(
                    "Relation {} not found!",
                    str(&relation.unwrap_or_default())?
                ))
            }),
            raise("relation_wrong_type", |call| {
                let [relation, expected, _model] =
                    call.bind(["relation", "expected_type", "model"], 2)?;
                let relation = relation.unwrap_or_default();
                let expected = str(&expected.unwrap_or_default())?;
                let actual = attribute(&relation, "type").unwrap_or_default();
                Ok(format!(
                    "Trying to create {expected} {}, but it currently exists as a {}. Either drop \
                     it manually, or run with `--full-refresh`.",
                    str(&relation)?,
                    str(&actual)?
                ))
            }),
            raise("raise_ambiguous_alias", |call| {
                let [first, second, name] = call.bind(["node_1", "node_2", "duped_name"], 2)?;
                Ok(format!(
                    "`{}` and `{}` would both be {}",
                    unique_id(first),
                    unique_id(second),
                    str(&name.unwrap_or_else(|| Value::from("the same relation")))?
                ))
            }),
            raise("raise_ambiguous_catalog_match", |call| {
                let [id, first, second] = call.bind(["node_1", "node_2", "match"], 3)?;
                Ok(format!(
                    "`{}` matches two relations of the database: {} and {}",
                    str(&id.unwrap_or_default())?,
                    repr(&first.unwrap_or_default())?,
                    repr(&second.unwrap_or_default())?
                ))
            }),
            raise("raise_dataclass_not_dict", |call| {
                let [object] = call.bind(["obj"], 1)?;
                Ok(format!(
                    "expected a dict, got {}",
                    repr(&object.unwrap_or_default())?
                ))
            }),
            raise("raise_dep_not_found", |call| {
                let [node, description, package] =
                    call.bind(["node", "node_description", "required_pkg"], 3)?;
                Ok(format!(
                    "while parsing {} `{}`: the package `{}` is not there",
                    str(&description.unwrap_or_default())?,
                    unique_id(node),
                    str(&package.unwrap_or_default())?
                ))
            }),
            raise("raise_duplicate_patch_name", |call| {
                let [first, second] = call.bind(["patch_1", "existing_patch_path"], 2)?;
                Ok(format!(
                    "`{}` is described twice; the other place is {}",
                    unique_id(first),
                    str(&second.unwrap_or_default())?
                ))
            }),
            raise("raise_duplicate_resource_name", |call| {
                let [first, second] = call.bind(["node_1", "node_2"], 2)?;
                Ok(format!(
                    "two resources have one name: `{}` and `{}`",
                    unique_id(first),
                    unique_id(second)
                ))
            }),
            raise("raise_invalid_property_yml_version", |call| {
                let [path, issue] = call.bind(["path", "issue"], 2)?;
                Ok(format!(
                    "the property file {} is not valid: {}",
                    str(&path.unwrap_or_default())?,
                    str(&issue.unwrap_or_default())?
                ))
            }),
            raise("raise_contract_error", |call| {
                let [yaml, sql] = call.bind(["yaml_columns", "sql_columns"], 2)?;
                if yaml.as_ref().is_none_or(|columns| columns.len() == Some(0)) {
                    return Ok(
                        "This model has an enforced contract, and its 'columns' specification is \
                         missing"
                            .to_owned(),
                    );
                }
                contract::message(&yaml.unwrap_or_default(), &sql.unwrap_or_default())
            }),
            raise("column_type_missing", |call| {
                let [columns] = call.bind(["column_names"], 1)?;
                Ok(format!(
                    "Contracted models require data_type to be defined for each column. Please \
                     ensure that the column name and data_type are defined within the YAML \
                     configuration for the {} column(s).",
                    repr(&columns.unwrap_or_default())?
                ))
            }),
        ],
    )
}

fn attribute(value: &Value, name: &str) -> Option<Value> {
    value
        .as_object()?
        .get_value_by_str(name)
        .filter(|found| !found.is_undefined())
}

fn unique_id(node: Option<Value>) -> String {
    let node = node.unwrap_or_default();
    let id = attribute(&node, "unique_id")
        .or_else(|| attribute(&node, "name"))
        .unwrap_or(node);
    str(&id).unwrap_or_default()
}
