//! The adapter's methods about relations and schemas.

use std::sync::Arc;

use super::adapter::database_error;
use super::{NodeState, nothing, optional_text, table_of, text};
use crate::adapter::{Relation, RelationKind, Table};
use crate::jinja::{Call, JinjaError, Value, objects, python};
use crate::run::cache::Cached;

/// Reads an argument that should be a relation.
pub fn relation_argument(value: &Value, method: &str) -> Result<Relation, JinjaError> {
    objects::relation_of(value).cloned().ok_or_else(|| {
        JinjaError::raised(format!(
            "adapter.{method} was given {} where a relation was expected",
            if value.is_none() || value.is_undefined() {
                "nothing".to_owned()
            } else {
                format!("'{value}'")
            }
        ))
    })
}

/// Lists the relations of a schema, from what is known of it or else from the
/// database.
pub fn list(
    state: &Arc<NodeState>,
    database: Option<&str>,
    schema: &str,
) -> Result<Vec<Relation>, JinjaError> {
    let cache = &state.session.cache;
    state.db.look_around();
    if let Some(known) = cache.relations(database, schema) {
        return Ok(known);
    }
    let relations = list_in_database(state, database, schema)?;
    cache.add_schema(database, schema, relations);
    Ok(cache.relations(database, schema).unwrap_or_default())
}

/// Asks the database for the relations of a schema, through the macro that a
/// project may have replaced.
pub fn list_in_database(
    state: &Arc<NodeState>,
    database: Option<&str>,
    schema: &str,
) -> Result<Vec<Relation>, JinjaError> {
    let relation = schema_relation(state, database, schema);
    let result = state.call_macro(
        "list_relations_without_caching",
        &[("schema_relation", objects::relation(relation))],
    )?;
    let Some(table) = table_of(&result) else {
        return Err(JinjaError::type_error(
            "the macro `list_relations_without_caching` returned no table",
        ));
    };
    Ok(relations_in(&table))
}

/// Reads rows of database, name, schema and type.
fn relations_in(table: &Table) -> Vec<Relation> {
    let rows = table.rows.iter().filter(|row| row.len() == 4);
    rows.map(|row| {
        let kind = row[3].python_text();
        Relation {
            database: Some(row[0].python_text()),
            schema: Some(row[2].python_text()),
            identifier: Some(row[1].python_text()),
            kind: Some(RelationKind::parse(&kind).unwrap_or(RelationKind::External)),
            quote: [true; 3],
            include: [true; 3],
            ..Relation::default()
        }
    })
    .collect()
}

/// Returns a relation that names a schema.
pub fn schema_relation(state: &NodeState, database: Option<&str>, schema: &str) -> Relation {
    Relation {
        database: database.map(str::to_owned),
        schema: Some(schema.to_owned()),
        identifier: None,
        quote: state.session.quoting(),
        include: [true, true, false],
        ..Relation::default()
    }
}

fn names(call: &mut Call<'_>) -> Result<(Option<String>, String, String), JinjaError> {
    let [database, schema, identifier] = call.bind(["database", "schema", "identifier"], 3)?;
    Ok((
        optional_text(database.as_ref()),
        optional_text(schema.as_ref()).unwrap_or_default(),
        optional_text(identifier.as_ref()).unwrap_or_default(),
    ))
}

pub fn get_relation(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let (database, schema, identifier) = names(call)?;
    let found = find(state, database.as_deref(), &schema, &identifier)?;
    Ok(found.map_or_else(python::none, objects::relation))
}

/// Finds a relation, from what is known of its schema.
pub fn find(
    state: &Arc<NodeState>,
    database: Option<&str>,
    schema: &str,
    identifier: &str,
) -> Result<Option<Relation>, JinjaError> {
    let cache = &state.session.cache;
    let node = &*state.node;
    let is_own = identifier == node.alias && schema == node.schema;
    if !is_own {
        state.db.look_around();
    }
    let mut known = cache.get(database, schema, identifier);
    if known == Cached::Unlisted {
        list(state, database, schema)?;
        known = cache.get(database, schema, identifier);
    }
    Ok(match known {
        Cached::Found(relation) => Some(relation),
        Cached::Absent | Cached::Unlisted => None,
    })
}

/// The same by the name that a relation has.
pub fn find_of(state: &Arc<NodeState>, named: &Relation) -> Result<Option<Relation>, JinjaError> {
    let schema = named.schema.as_deref().unwrap_or_default();
    let identifier = named.identifier.as_deref().unwrap_or_default();
    find(state, named.database.as_deref(), schema, identifier)
}

pub fn list_relations(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [database, schema] = call.bind(["database", "schema"], 2)?;
    let database = optional_text(database.as_ref());
    let schema = optional_text(schema.as_ref()).unwrap_or_default();
    let relations = list(state, database.as_deref(), &schema)?;
    Ok(python::list(
        relations.into_iter().map(objects::relation).collect(),
    ))
}

pub fn list_relations_without_caching(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [schema] = call.bind(["schema_relation"], 1)?;
    let schema = relation_argument(
        &schema.unwrap_or_default(),
        "list_relations_without_caching",
    )?;
    let relations = list_in_database(
        state,
        schema.database.as_deref(),
        schema.schema.as_deref().unwrap_or_default(),
    )?;
    Ok(python::list(
        relations.into_iter().map(objects::relation).collect(),
    ))
}

pub fn drop_relation(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [relation] = call.bind(["relation"], 1)?;
    let value = relation.unwrap_or_default();
    let relation = relation_argument(&value, "drop_relation")?;
    if relation.kind.is_none() {
        return Err(JinjaError::raised(format!(
            "Tried to drop relation {relation}, but its type is null."
        )));
    }
    state.session.cache.drop(&relation);
    state.call_macro("drop_relation", &[("relation", value)])?;
    Ok(python::none())
}

pub fn truncate_relation(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [relation] = call.bind(["relation"], 1)?;
    let value = relation.unwrap_or_default();
    relation_argument(&value, "truncate_relation")?;
    state.call_macro("truncate_relation", &[("relation", value)])?;
    Ok(python::none())
}

pub fn rename_relation(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [from, to] = call.bind(["from_relation", "to_relation"], 2)?;
    let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
    let from_relation = relation_argument(&from, "rename_relation")?;
    let to_relation = relation_argument(&to, "rename_relation")?;
    state.session.cache.rename(&from_relation, &to_relation);
    state.call_macro(
        "rename_relation",
        &[("from_relation", from), ("to_relation", to)],
    )?;
    Ok(python::none())
}

pub fn create_schema(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation_argument(&relation.unwrap_or_default(), "create_schema")?;
    create(state, &relation)?;
    Ok(python::none())
}

/// Creates a schema and commits.
pub fn create(state: &Arc<NodeState>, relation: &Relation) -> Result<(), JinjaError> {
    let schema = relation.schema.as_deref().unwrap_or_default();
    state
        .session
        .reporter()
        .creating_schema(relation.database.as_deref(), schema);
    let relation = without_identifier(relation);
    state.call_macro(
        "create_schema",
        &[("relation", objects::relation(relation))],
    )?;
    state.db.commit().map_err(database_error)
}

pub fn drop_schema(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation_argument(&relation.unwrap_or_default(), "drop_schema")?;
    let schema = without_identifier(&relation);
    state.call_macro(
        "drop_schema",
        &[("relation", objects::relation(schema.clone()))],
    )?;
    state.db.commit().map_err(database_error)?;
    state.session.cache.forget_schema(
        schema.database.as_deref(),
        schema.schema.as_deref().unwrap_or_default(),
    );
    Ok(python::none())
}

fn without_identifier(relation: &Relation) -> Relation {
    let mut relation = relation.clone();
    relation.identifier = None;
    relation.include[2] = false;
    relation
}

pub fn list_schemas(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [database] = call.bind(["database"], 1)?;
    let database = optional_text(database.as_ref());
    let schemas = schemas(state, database.as_deref())?;
    Ok(python::list(schemas.into_iter().map(Value::from).collect()))
}

/// Lists the schemas of a database.
pub fn schemas(state: &Arc<NodeState>, database: Option<&str>) -> Result<Vec<String>, JinjaError> {
    let database = database.map_or_else(python::none, Value::from);
    let result = state.call_macro("list_schemas", &[("database", database)])?;
    let Some(table) = table_of(&result) else {
        return Err(JinjaError::type_error(
            "the macro `list_schemas` returned no table",
        ));
    };
    let first = table.rows.iter().filter_map(|row| row.first());
    Ok(first.map(|cell| cell.python_text()).collect())
}

pub fn check_schema_exists(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [database, schema] = call.bind(["database", "schema"], 2)?;
    let database = optional_text(database.as_ref());
    let schema = text(schema, "the schema given to check_schema_exists")?;
    let exists = schemas(state, database.as_deref())?
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&schema));
    Ok(Value::from(exists))
}

pub fn already_exists(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [schema, name] = call.bind(["schema", "name"], 2)?;
    let schema = optional_text(schema.as_ref()).unwrap_or_default();
    let name = optional_text(name.as_ref()).unwrap_or_default();
    let database = state.session.cx.adapter.settings().database.clone();
    let found = find(state, Some(&database), &schema, &name)?;
    Ok(Value::from(found.is_some()))
}

pub fn cache_added(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation_argument(&relation.unwrap_or_default(), "cache_added")?;
    state.session.cache.add(&relation);
    Ok(nothing())
}

pub fn cache_dropped(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation_argument(&relation.unwrap_or_default(), "cache_dropped")?;
    state.session.cache.drop(&relation);
    Ok(nothing())
}

pub fn cache_renamed(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [from, to] = call.bind(["from_relation", "to_relation"], 2)?;
    let from = relation_argument(&from.unwrap_or_default(), "cache_renamed")?;
    let to = relation_argument(&to.unwrap_or_default(), "cache_renamed")?;
    state.session.cache.rename(&from, &to);
    Ok(nothing())
}

pub fn is_ducklake(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation.unwrap_or_default();
    let lakes = &state.session.cx.adapter.settings().ducklake_databases;
    let database = objects::relation_of(&relation).and_then(|r| r.database.as_deref());
    let is_lake = database.is_some_and(|database| lakes.iter().any(|lake| lake == database));
    Ok(Value::from(is_lake))
}

/// `adapter.get_temp_relation_path(model)`: a name for a temporary table that
/// no other model has.
pub fn temp_relation_path(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [model, batch] = call.bind(["model", "batch_id"], 1)?;
    let model = model.unwrap_or_default();
    let part = |name: &str| {
        let value = model.get_attr(name).unwrap_or_default();
        optional_text(Some(&value))
    };
    let name = part("identifier")
        .or_else(|| part("alias"))
        .unwrap_or_else(|| state.node.alias.clone());
    let unique = state.session.temporary_name(&name);
    let mut identifier = format!("{name}__{unique}");
    if let Some(batch) = optional_text(batch.as_ref()).filter(|b| !b.is_empty()) {
        identifier.push_str("__");
        identifier.push_str(&batch);
    }
    Ok(python::dict([
        (
            "database",
            part("database").map_or_else(python::none, Value::from),
        ),
        ("schema", Value::from("dbt_temp")),
        ("identifier", Value::from(identifier)),
    ]))
}
