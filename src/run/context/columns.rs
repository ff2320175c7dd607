//! The adapter's methods about columns.

use std::collections::HashSet;
use std::sync::Arc;

use super::adapter::database_error;
use super::relations::relation_argument;
use super::{NodeState, optional_text};
use crate::adapter::{Relation, quote_identifier};
use crate::jinja::{Call, JinjaError, Value, objects, python};

pub fn get_columns_in_relation(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation.unwrap_or_default();
    // A unit test's model is a name here, whose columns nobody can ask for.
    if relation.as_str().is_some() {
        return Ok(python::list(Vec::new()));
    }
    relation_argument(&relation, "get_columns_in_relation")?;
    macro_columns(state, &relation)
}

/// Asks for the columns of a relation through the macro that a project may
/// have replaced. A relation that does not exist has none.
pub fn columns(state: &Arc<NodeState>, relation: &Value) -> Result<Vec<Value>, JinjaError> {
    python::collect(&macro_columns(state, relation)?)
}

/// Returns what the macro returns, whatever that is.
fn macro_columns(state: &Arc<NodeState>, relation: &Value) -> Result<Value, JinjaError> {
    let found = state.call_macro("get_columns_in_relation", &[("relation", relation.clone())]);
    match found {
        Err(error) if error.message().to_lowercase().contains("does not exist") => {
            Ok(python::list(Vec::new()))
        }
        found => found,
    }
}

pub fn get_columns_in_table(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [schema, identifier] = call.bind(["schema", "identifier"], 2)?;
    let relation = Relation {
        database: Some(state.session.cx.adapter.settings().database.clone()),
        schema: optional_text(schema.as_ref()),
        identifier: optional_text(identifier.as_ref()),
        quote: state.session.quoting(),
        include: [true; 3],
        ..Relation::default()
    };
    Ok(python::list(columns(state, &objects::relation(relation))?))
}

/// `adapter.get_column_schema_from_query(sql)`: names and types, structs
/// taken apart.
pub fn get_column_schema_from_query(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [sql] = call.bind(["sql"], 1)?;
    let sql = sql.unwrap_or_default().to_string();
    let columns = state.db.describe(&sql).map_err(database_error)?;
    let flat = columns.iter().flat_map(|column| {
        let column = objects::ColumnObject {
            name: column.name.clone(),
            dtype: column.data_type.clone(),
            ..objects::ColumnObject::default()
        };
        column.flatten()
    });
    Ok(python::list(flat.map(Value::from_object).collect()))
}

fn name_of(column: &Value) -> String {
    column.get_attr("name").unwrap_or_default().to_string()
}

/// `adapter.get_missing_columns(from, to)`: what the second relation lacks.
pub fn get_missing_columns(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [from, to] = call.bind(["from_relation", "to_relation"], 2)?;
    let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
    relation_argument(&from, "get_missing_columns")?;
    relation_argument(&to, "get_missing_columns")?;
    let present: HashSet<String> = columns(state, &to)?.iter().map(name_of).collect();
    let missing = columns(state, &from)?
        .into_iter()
        .filter(|column| !present.contains(&name_of(column)));
    Ok(python::list(missing.collect()))
}

/// `adapter.expand_target_column_types(from, to)`: DuckDB's texts have no
/// length that could be too short.
pub fn expand_target_column_types(
    _state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [from, to] = call.bind(["from_relation", "to_relation"], 2)?;
    relation_argument(&from.unwrap_or_default(), "expand_target_column_types")?;
    relation_argument(&to.unwrap_or_default(), "expand_target_column_types")?;
    Ok(python::none())
}

/// `adapter.get_rows_different_sql(a, b)`: a query that counts in how many
/// rows two relations differ.
pub fn rows_different_sql(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [a, b, names, operator] = call.bind(
        [
            "relation_a",
            "relation_b",
            "column_names",
            "except_operator",
        ],
        2,
    )?;
    let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
    let names = names.filter(|names| !names.is_none() && !names.is_undefined());
    let mut names: Vec<String> = match names {
        Some(names) => python::collect(&names)?
            .iter()
            .map(|name| quote_identifier(&name.to_string()))
            .collect(),
        None => columns(state, &a)?
            .iter()
            .map(|column| quote_identifier(&name_of(column)))
            .collect(),
    };
    names.sort();
    let names = names.join(", ");
    let except = optional_text(operator.as_ref()).unwrap_or_else(|| "except".to_owned());
    Ok(Value::from(format!(
        "select\n\
         \x20 (select count(*) from {a}) - (select count(*) from {b}) as row_count_difference,\n\
         \x20 (select count(*) from (\n\
         \x20   (select {names} from {a} {except} select {names} from {b})\n\
         \x20   union all\n\
         \x20   (select {names} from {b} {except} select {names} from {a})\n\
         \x20 ) as differing) as num_mismatched"
    )))
}
