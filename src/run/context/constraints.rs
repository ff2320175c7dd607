//! Constraints: how they are written in SQL, and which a table has.

use std::sync::Arc;

use indexmap::IndexMap;

use super::adapter::database_error;
use super::relations::relation_argument;
use super::{NodeState, optional_text};
use crate::adapter::{Relation, quote_identifier};
use crate::jinja::{Call, JinjaError, Object, Value, function, objects, python};
use crate::parse::md5_hex;
use crate::run::db::Statement;

/// A constraint as a property file has it.
struct Constraint {
    kind: String,
    name: Option<String>,
    expression: String,
    columns: Vec<String>,
    to: Option<String>,
    to_columns: Vec<String>,
}

impl Constraint {
    fn read(value: &Value) -> Result<Self, JinjaError> {
        let part = |name: &str| optional_text(value.get_attr(name).ok().as_ref());
        let list = |name: &str| -> Result<Vec<String>, JinjaError> {
            match value.get_attr(name) {
                Ok(items) if !items.is_none() && !items.is_undefined() => {
                    Ok(python::collect(&items)?
                        .iter()
                        .map(ToString::to_string)
                        .collect())
                }
                _ => Ok(Vec::new()),
            }
        };
        let kind = part("type").unwrap_or_default();
        let known = [
            "check",
            "not_null",
            "unique",
            "primary_key",
            "foreign_key",
            "custom",
        ];
        if !known.contains(&kind.as_str()) {
            return Err(JinjaError::raised(format!(
                "Could not parse constraint: '{kind}' is no type of constraint; the types are {}",
                known.join(", ")
            )));
        }
        Ok(Self {
            kind,
            name: part("name"),
            expression: part("expression").unwrap_or_default(),
            columns: list("columns")?,
            to: part("to"),
            to_columns: list("to_columns")?,
        })
    }

    /// Writes what a foreign key refers to. DuckDB takes no database there,
    /// not even the present one.
    fn references(&self) -> Option<String> {
        match &self.to {
            Some(to) if !self.to_columns.is_empty() => {
                let parts: Vec<&str> = to.split('.').collect();
                let to = if parts.len() > 2 {
                    parts[1..].join(".")
                } else {
                    to.clone()
                };
                Some(format!("references {to} ({})", self.to_columns.join(", ")))
            }
            _ if !self.expression.is_empty() => Some(format!("references {}", self.expression)),
            _ => None,
        }
    }

    fn of_column(&self) -> Option<String> {
        let expression = &self.expression;
        let text = match self.kind.as_str() {
            "check" if !expression.is_empty() => format!("check ({expression})"),
            "not_null" => format!("not null {expression}"),
            "unique" => format!("unique {expression}"),
            "primary_key" => format!("primary key {expression}"),
            "foreign_key" => self.references()?,
            "custom" if !expression.is_empty() => expression.clone(),
            _ => return None,
        };
        Some(text.trim().to_owned())
    }

    fn of_model(&self) -> Option<String> {
        let expression = &self.expression;
        let columns = self.columns.join(", ");
        let spaced = if expression.is_empty() {
            String::new()
        } else {
            format!(" {expression}")
        };
        let text = match self.kind.as_str() {
            "check" if !expression.is_empty() => format!("check ({expression})"),
            "unique" => format!("unique{spaced} ({columns})"),
            "primary_key" => format!("primary key{spaced} ({columns})"),
            "foreign_key" => format!("foreign key ({columns}) {}", self.references()?),
            "custom" if !expression.is_empty() => expression.clone(),
            _ => return None,
        };
        Some(match &self.name {
            Some(name) => format!("constraint {name} {text}"),
            None => text,
        })
    }
}

/// `adapter.render_raw_columns_constraints(raw_columns)`: each column with its
/// type and constraints.
pub fn render_raw_columns(
    _state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [columns] = call.bind(["raw_columns"], 1)?;
    let mut rendered = Vec::new();
    for (_, column) in python::pairs(&columns.unwrap_or_default()).unwrap_or_default() {
        let part = |name: &str| column.get_attr(name).unwrap_or_default();
        let name = part("name").to_string();
        let name = if part("quote").is_true() {
            quote_identifier(&name)
        } else {
            name
        };
        let mut text = format!("{name} {}", part("data_type"));
        let constraints = part("constraints");
        if constraints.is_true() {
            for constraint in python::collect(&constraints)? {
                if let Some(constraint) = Constraint::read(&constraint)?.of_column() {
                    text.push(' ');
                    text.push_str(&constraint);
                }
            }
        }
        rendered.push(Value::from(text));
    }
    Ok(python::list(rendered))
}

/// `adapter.render_raw_model_constraints(raw_constraints)`.
pub fn render_raw_model(_state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [constraints] = call.bind(["raw_constraints"], 1)?;
    let mut rendered = Vec::new();
    for constraint in python::collect(&constraints.unwrap_or_default())? {
        rendered.extend(Constraint::read(&constraint)?.of_model().map(Value::from));
    }
    Ok(python::list(rendered))
}

/// `adapter.catalog_supports_foreign_keys(database)`: DuckDB's own databases
/// do, attached ones of other engines keep their own rules.
pub fn catalog_supports_foreign_keys(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [database] = call.bind(["database"], 1)?;
    let database = optional_text(database.as_ref()).unwrap_or_default();
    Ok(Value::from(supports_foreign_keys(state, &database)?))
}

fn supports_foreign_keys(state: &Arc<NodeState>, database: &str) -> Result<bool, JinjaError> {
    let types = match state.session.catalog_types.get() {
        Some(types) => types,
        None => {
            let sql = "select database_name, type from duckdb_databases()";
            let (_, table) = state
                .db
                .execute(Statement::query(sql))
                .map_err(database_error)?;
            let rows = table.rows.iter().filter(|row| row.len() == 2);
            let types = rows
                .map(|row| {
                    let name = row[0].python_text().to_lowercase();
                    (name, row[1].python_text().to_lowercase())
                })
                .collect();
            // Two threads may have asked; both have the same answer.
            let _ = state.session.catalog_types.set(types);
            state.session.catalog_types.get().expect("set just before")
        }
    };
    let kind = types.get(&database.to_lowercase()).map(String::as_str);
    Ok(matches!(kind, Some("duckdb" | "motherduck")))
}

/// `adapter.existing_key_constraint_types(relation)`: the kinds of keys that
/// a table had when its schema was first looked at.
pub fn existing_key_types(
    state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [relation] = call.bind(["relation"], 1)?;
    let relation = relation_argument(
        &relation.unwrap_or_default(),
        "existing_key_constraint_types",
    )?;
    let kinds = key_types(state, &relation)?;
    Ok(python::list(kinds.into_iter().map(Value::from).collect()))
}

/// Returns the kinds of keys of a table, in alphabetical order.
pub fn key_types(
    state: &Arc<NodeState>,
    relation: &Relation,
) -> Result<Vec<&'static str>, JinjaError> {
    let database = relation.database.clone().unwrap_or_default();
    let schema = relation.schema.clone().unwrap_or_default();
    if !supports_foreign_keys(state, &database)? {
        return Ok(Vec::new());
    }
    let identifier = relation.identifier.clone().unwrap_or_default();
    let session = &state.session;
    if let Some(kinds) = session.key_types(&database, &schema, &identifier) {
        return Ok(kinds);
    }
    let literal = |text: &str| text.to_lowercase().replace('\'', "''");
    let sql = format!(
        "select table_name, constraint_type from duckdb_constraints()\n\
         where lower(database_name) = '{}' and lower(schema_name) = '{}'\n\
         \x20 and constraint_type in ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')",
        literal(&database),
        literal(&schema)
    );
    let (_, table) = state
        .db
        .execute(Statement::query(&sql))
        .map_err(database_error)?;
    let mut tables: IndexMap<String, Vec<&'static str>> = IndexMap::new();
    for row in table.rows.iter().filter(|row| row.len() == 2) {
        let kind = match row[1].python_text().as_str() {
            "PRIMARY KEY" => "primary_key",
            "UNIQUE" => "unique",
            _ => "foreign_key",
        };
        let kinds = tables
            .entry(row[0].python_text().to_lowercase())
            .or_default();
        if !kinds.contains(&kind) {
            kinds.push(kind);
            kinds.sort_unstable();
        }
    }
    session.set_key_types(&database, &schema, tables);
    Ok(session
        .key_types(&database, &schema, &identifier)
        .unwrap_or_default())
}

/// `adapter.parse_index(index_dict)`.
pub fn parse_index(_state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [index] = call.bind(["raw_index"], 1)?;
    let index = index.unwrap_or_default();
    if index.is_none() || index.is_undefined() {
        return Ok(python::none());
    }
    let columns = index.get_attr("columns").unwrap_or_default();
    let is_list = !columns.is_undefined() && columns.as_str().is_none();
    let columns = if is_list {
        python::collect(&columns)?
    } else {
        Vec::new()
    };
    if columns.is_empty() {
        return Err(JinjaError::raised(format!(
            "Could not parse the index config: `columns` must be a list of names, in {index}"
        )));
    }
    let columns = columns.iter().map(ToString::to_string).collect();
    let is_unique = index
        .get_attr("unique")
        .is_ok_and(|unique| unique.is_true());
    Ok(Value::from_object(Index { columns, is_unique }))
}

/// An index that a model asks for.
#[derive(Debug, Clone)]
struct Index {
    columns: Vec<String>,
    is_unique: bool,
}

impl Object for Index {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = Arc::clone(self);
        Some(match key.as_str()? {
            "columns" => python::list(
                self.columns
                    .iter()
                    .map(|column| Value::from(column.as_str()))
                    .collect(),
            ),
            "unique" => Value::from(self.is_unique),
            "render" => function("render", move |call| {
                let [relation] = call.bind(["relation"], 1)?;
                let relation = relation.unwrap_or_default();
                Ok(Value::from(index.name(&relation)))
            }),
            _ => return None,
        })
    }
}

impl Index {
    /// Makes a name that no other index of the schema has.
    fn name(&self, relation: &Value) -> String {
        let name = objects::relation_of(relation).map(Relation::name);
        let name = name.unwrap_or_else(|| relation.to_string());
        let text = format!(
            "{}_{name}_{}_{}",
            self.columns.join("_"),
            self.is_unique,
            // A table that is being replaced still has its index of the same
            // columns for a moment.
            uuid::Uuid::new_v4()
        );
        md5_hex(&text)
    }
}
