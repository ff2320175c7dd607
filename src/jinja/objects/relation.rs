//! Relations: names of tables and views, with dbt's methods.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use crate::adapter::{Relation, RelationKind};
use crate::jinja::error::{DbtKind, JinjaError};
use crate::jinja::function::{Call, function};
use crate::jinja::python;

/// A relation in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationObject(pub Relation);

/// Makes a relation that templates can use.
pub fn relation(relation: Relation) -> Value {
    Value::from_object(RelationObject(relation))
}

/// Looks at a value as a relation.
pub fn relation_of(value: &Value) -> Option<&Relation> {
    value.downcast_object_ref::<RelationObject>().map(|r| &r.0)
}

/// What dbt-duckdb calls the class; dbt_utils looks whether a value is one by
/// this name.
const TYPE: &str = "DuckDBRelation";

impl Object for RelationObject {
    // A relation is a mapping to `is mapping`, and yet cannot be iterated.
    // dbt_utils tells a relation from a string in this way.
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        attribute(&self.0, key)
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

fn attribute(relation: &Relation, key: &str) -> Option<Value> {
    let text = |part: &Option<String>| match part {
        Some(text) => Value::from(text.as_str()),
        None => python::none(),
    };
    let is = |kind: RelationKind| Value::from(relation.kind == Some(kind));
    Some(match key {
        "database" => text(&relation.database),
        "schema" => text(&relation.schema),
        "identifier" | "name" | "table" => text(&relation.identifier),
        "type" => match relation.kind {
            Some(kind) => Value::from(kind.as_str()),
            None => python::none(),
        },
        "is_table" => is(RelationKind::Table),
        "is_view" => is(RelationKind::View),
        "is_cte" => is(RelationKind::Cte),
        "is_materialized_view" => is(RelationKind::MaterializedView),
        "is_pointer" => is(RelationKind::PointerTable),
        "is_function" => is(RelationKind::Function),
        "Table" | "View" | "CTE" | "MaterializedView" | "External" | "PointerTable"
        | "Function" => Value::from(kind_constant(key)?.as_str()),
        "can_be_renamed" | "can_be_replaced" => Value::from(false),
        "quote_character" => Value::from("\""),
        "quote_policy" => parts(relation.quote),
        "include_policy" => parts(relation.include),
        "path" => python::dict([
            ("database", text(&relation.database)),
            ("schema", text(&relation.schema)),
            ("identifier", text(&relation.identifier)),
        ]),
        "external" => text(&relation.external),
        "limit" => relation.limit.map_or_else(python::none, Value::from),
        "event_time_filter" => text(&relation.event_time_filter),
        "require_alias" | "dbt_created" => Value::from(false),
        "renameable_relations" | "replaceable_relations" => python::set([]).ok()?,
        "catalog" => python::none(),
        "__type__" => Value::from(TYPE),
        "__repr__" => Value::from(format!("<{TYPE} {}>", relation.name())),
        _ => return method(relation, key),
    })
}

fn parts(flags: [bool; 3]) -> Value {
    python::dict([
        ("database", Value::from(flags[0])),
        ("schema", Value::from(flags[1])),
        ("identifier", Value::from(flags[2])),
    ])
}

/// Returns the kind that a constant of the class stands for: `Relation.View`.
pub(super) fn kind_constant(name: &str) -> Option<RelationKind> {
    Some(match name {
        "Table" => RelationKind::Table,
        "View" => RelationKind::View,
        "CTE" => RelationKind::Cte,
        "MaterializedView" => RelationKind::MaterializedView,
        "External" => RelationKind::External,
        "PointerTable" => RelationKind::PointerTable,
        "Function" => RelationKind::Function,
        _ => return None,
    })
}

/// Binds a method to the relation.
fn method(relation: &Relation, name: &str) -> Option<Value> {
    type Method = fn(&Relation, &mut Call<'_>) -> Result<Value, JinjaError>;
    let (name, method): (&'static str, Method) = match name {
        "render" => ("render", |r, _| Ok(Value::from(r.name()))),
        "render_limited" => ("render_limited", |r, _| {
            let limited = Relation {
                event_time_filter: None,
                ..r.clone()
            };
            Ok(Value::from(limited.to_string()))
        }),
        "include" => ("include", |r, call| with_flags(r, call, true)),
        "quote" => ("quote", |r, call| with_flags(r, call, false)),
        "quoted" => ("quoted", |_, call| {
            let [name] = call.bind(["identifier"], 1)?;
            Ok(Value::from(format!("\"{}\"", name.unwrap_or_default())))
        }),
        "incorporate" => ("incorporate", incorporate),
        "replace" => ("replace", incorporate),
        "get_default_quote_policy" | "get_default_include_policy" => {
            ("policy", |_, _| Ok(parts([true; 3])))
        }
        "replace_path" => ("replace_path", |r, call| {
            let mut changed = r.clone();
            for (key, value) in call.kwargs() {
                set_part(&mut changed, key, value)?;
            }
            Ok(self::relation(changed))
        }),
        "without_identifier" => ("without_identifier", |r, _| {
            Ok(self::relation(r.without_identifier()))
        }),
        "information_schema" | "information_schema_only" => ("information_schema", |r, call| {
            let [view] = call.bind(["view_name"], 0)?;
            let view = view.as_ref().and_then(Value::as_str);
            Ok(self::relation(information_schema(r, view)))
        }),
        "matches" => ("matches", matches),
        "get" => ("get", |r, call| {
            let [key, default] = call.bind(["key", "default"], 1)?;
            let key = key.unwrap_or_default();
            if key.as_str() == Some("metadata") {
                return Ok(python::dict([("type", Value::from(TYPE))]));
            }
            let found = key.as_str().and_then(|key| attribute(r, key));
            Ok(found.or(default).unwrap_or_else(python::none))
        }),
        "to_dict" => ("to_dict", |r, _| {
            let part = |key: &'static str| (key, attribute(r, key).unwrap_or_default());
            let keys = [
                "path",
                "type",
                "quote_character",
                "include_policy",
                "quote_policy",
                "dbt_created",
                "limit",
                "event_time_filter",
                "require_alias",
                "catalog",
            ];
            let kinds = ["renameable_relations", "replaceable_relations"];
            let kinds = kinds.map(|key| (key, python::list(Vec::new())));
            let all = keys.map(part).into_iter().chain(kinds);
            Ok(python::dict(all.chain([part("external")])))
        }),
        "add_ephemeral_prefix" => ("add_ephemeral_prefix", |_, call| ephemeral_prefix(call)),
        "create" => ("create", |_, call| create(call, [true; 3])),
        "scd_args" => ("scd_args", |_, call| scd_args(call)),
        "get_function_config" => ("get_function_config", |_, call| {
            let [model] = call.bind(["model"], 1)?;
            function_config(&model.unwrap_or_default())
        }),
        "get_function_macro_name" => ("get_function_macro_name", |_, call| {
            let [config] = call.bind(["config"], 1)?;
            let config = config.unwrap_or_default();
            let part = |name: &str| config.get_attr(name).unwrap_or_default().to_string();
            Ok(Value::from(format!(
                "{}_function_{}",
                part("type"),
                part("language")
            )))
        }),
        _ => return None,
    };
    let relation = relation.clone();
    Some(function(name, move |call| method(&relation, call)))
}

fn with_flags(
    relation: &Relation,
    call: &mut Call<'_>,
    is_include: bool,
) -> Result<Value, JinjaError> {
    let given = call.bind(["database", "schema", "identifier"], 0)?;
    let mut changed = relation.clone();
    let flags = if is_include {
        &mut changed.include
    } else {
        &mut changed.quote
    };
    for (flag, value) in flags.iter_mut().zip(&given) {
        if let Some(value) = value.as_ref().filter(|v| !v.is_none() && !v.is_undefined()) {
            *flag = value.is_true();
        }
    }
    Ok(self::relation(changed))
}

fn incorporate(relation: &Relation, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let mut changed = relation.clone();
    for (key, value) in call.kwargs() {
        match &**key {
            "path" => {
                for (part, value) in python::pairs(value).unwrap_or_default() {
                    set_part(&mut changed, part.as_str().unwrap_or_default(), &value)?;
                }
            }
            "type" => changed.kind = kind_of(value)?,
            "quote_policy" => set_flags(&mut changed.quote, value),
            "include_policy" => set_flags(&mut changed.include, value),
            "limit" => changed.limit = python::as_int(value).and_then(|i| u64::try_from(i).ok()),
            "external" => changed.external = value.as_str().map(str::to_owned),
            _ => {}
        }
    }
    Ok(self::relation(changed))
}

fn set_part(relation: &mut Relation, part: &str, value: &Value) -> Result<(), JinjaError> {
    let slot = match part {
        "database" => &mut relation.database,
        "schema" => &mut relation.schema,
        "identifier" => &mut relation.identifier,
        _ => {
            return Err(JinjaError::type_error(format!(
                "a relation has no part '{part}'"
            )));
        }
    };
    *slot = text_of(value);
    Ok(())
}

/// Reads a part of a name: none and undefined are no name.
fn text_of(value: &Value) -> Option<String> {
    let is_there = !value.is_none() && !value.is_undefined();
    is_there.then(|| value.to_string())
}

fn set_flags(flags: &mut [bool; 3], value: &Value) {
    for (flag, name) in flags.iter_mut().zip(["database", "schema", "identifier"]) {
        if let Ok(given) = value.get_attr(name)
            && !given.is_none()
            && !given.is_undefined()
        {
            *flag = given.is_true();
        }
    }
}

fn kind_of(value: &Value) -> Result<Option<RelationKind>, JinjaError> {
    match text_of(value) {
        None => Ok(None),
        Some(text) => RelationKind::parse(&text)
            .map(Some)
            .ok_or_else(|| JinjaError::other(format!("'{text}' is no type of relation"))),
    }
}

fn information_schema(relation: &Relation, view: Option<&str>) -> Relation {
    let mut made = Relation {
        database: relation.database.clone(),
        schema: Some("INFORMATION_SCHEMA".to_owned()),
        identifier: view.map(str::to_owned),
        quote: [relation.quote[0], false, false],
        include: [relation.database.is_some(), true, view.is_some()],
        ..Relation::default()
    };
    made.kind = None;
    made
}

fn matches(relation: &Relation, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let given = call.bind(["database", "schema", "identifier"], 0)?;
    let parts = [&relation.database, &relation.schema, &relation.identifier];
    let mut is_exact = true;
    let mut is_near = true;
    let mut is_asked = false;
    for (wanted, part) in given.iter().zip(parts) {
        let Some(wanted) = wanted.as_ref().and_then(text_of) else {
            continue;
        };
        is_asked = true;
        let own = part.as_deref().unwrap_or_default();
        is_exact &= own == wanted;
        is_near &= own.eq_ignore_ascii_case(wanted.trim_matches('"'));
    }
    if !is_asked {
        return Err(JinjaError::other(
            "matches() was not told what to compare with",
        ));
    }
    if is_near && !is_exact {
        return Err(JinjaError::other(format!(
            "{relation} differs from the name that was looked for in upper and lower case only"
        )));
    }
    Ok(Value::from(is_exact))
}

/// Returns the name of the CTE that stands for an ephemeral model.
pub(super) fn ephemeral_prefix(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [name] = call.bind(["name"], 1)?;
    Ok(Value::from(format!(
        "__dbt__cte__{}",
        name.unwrap_or_default()
    )))
}

/// Makes a relation from its parts: `api.Relation.create`.
pub(super) fn create(call: &mut Call<'_>, quote: [bool; 3]) -> Result<Value, JinjaError> {
    let mut made = Relation {
        quote,
        include: [true; 3],
        ..Relation::default()
    };
    let positional = call.args().to_vec();
    for (value, part) in positional
        .iter()
        .zip(["database", "schema", "identifier", "type"])
    {
        if part == "type" {
            made.kind = kind_of(value)?;
        } else {
            set_part(&mut made, part, value)?;
        }
    }
    for (key, value) in call.kwargs() {
        match &**key {
            "database" | "schema" | "identifier" => set_part(&mut made, key, value)?,
            "type" => made.kind = kind_of(value)?,
            "quote_policy" => set_flags(&mut made.quote, value),
            "include_policy" => set_flags(&mut made.include, value),
            "limit" => made.limit = python::as_int(value).and_then(|i| u64::try_from(i).ok()),
            "external" => made.external = value.as_str().map(str::to_owned),
            _ => {}
        }
    }
    Ok(relation(made))
}

/// Lists the columns that identify a version of a snapshot's row.
pub(super) fn scd_args(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [key, updated_at] = call.bind(["primary_key", "updated_at"], 2)?;
    let key = key.unwrap_or_default();
    let mut args = if key.as_str().is_some() {
        vec![key]
    } else {
        python::collect(&key)?
    };
    args.push(updated_at.unwrap_or_default());
    Ok(python::list(args))
}

fn function_config(model: &Value) -> Result<Value, JinjaError> {
    let get = |from: &Value, name: &str| from.get_attr(name).unwrap_or_default();
    if get(model, "resource_type").as_str() != Some("function") {
        return Ok(python::none());
    }
    let config = get(model, "config");
    let or_none = |value: Value| {
        if value.is_undefined() {
            python::none()
        } else {
            value
        }
    };
    let is_missing = |name: &str| {
        let value = get(&config, name);
        value.is_undefined() || value.is_none()
    };
    if get(model, "language").as_str() == Some("python") {
        let runtime_error = |text: &str| JinjaError::raised(text).with_payload(DbtKind("Runtime"));
        if is_missing("runtime_version") {
            return Err(runtime_error(
                "A `runtime_version` is required for python functions",
            ));
        }
        if is_missing("entry_point") {
            return Err(runtime_error(
                "An `entry_point` is required for python functions",
            ));
        }
    }
    Ok(python::dict([
        ("language", or_none(get(model, "language"))),
        ("type", or_none(get(&config, "type"))),
        ("runtime_version", or_none(get(&config, "runtime_version"))),
        ("entry_point", or_none(get(&config, "entry_point"))),
    ]))
}
