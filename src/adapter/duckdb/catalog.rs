//! What the database knows of itself: schemas, relations and columns.

use foldhash::HashMap;

use super::sql_text;
use crate::adapter::{
    CatalogColumn, CatalogRelation, Cell, Column, Function, FunctionKind, Relation, RelationKind,
    Table,
};

// Names are compared without case, as DuckDB itself does.

pub fn schemas_sql(database: &str) -> String {
    format!(
        "select distinct schema_name from duckdb_schemas() \
         where lower(database_name) = lower({}) order by schema_name",
        sql_text(database)
    )
}

pub fn relations_sql(database: &str, schema: &str) -> String {
    format!(
        "select name, schema, kind from ({}) \
         where lower(database) = lower({}) and lower(schema) = lower({}) \
         order by name, kind",
        all_relations("null", "null"),
        sql_text(database),
        sql_text(schema)
    )
}

pub fn catalog_relations_sql(database: &str, schemas: &[String]) -> String {
    format!(
        "select database, schema, name, kind, comment, row_count from ({}) where {} \
         order by schema, name, kind",
        all_relations("comment", "estimated_size"),
        in_schemas("database", "schema", database, schemas)
    )
}

pub fn catalog_columns_sql(database: &str, schemas: &[String]) -> String {
    format!(
        "select schema_name, table_name, column_name, column_index, data_type, comment \
         from duckdb_columns() where not internal and {}",
        in_schemas("database_name", "schema_name", database, schemas)
    )
}

/// A function is stable when all its overloads are.
pub const FUNCTIONS_SQL: &str = "select function_name, any_value(function_type), \
     bool_and(coalesce(stability, 'CONSISTENT') = 'CONSISTENT') \
     from duckdb_functions() where function_type <> 'pragma' \
     group by function_name, function_type order by 1, 2";

pub fn functions(table: Table) -> Vec<Function> {
    let rows = table.rows.into_iter().filter(|row| row.len() == 3);
    rows.map(|row| Function {
        name: row[0].python_text(),
        kind: match row[1].python_text().as_str() {
            "aggregate" => FunctionKind::Aggregate,
            "table" | "table_macro" => FunctionKind::Table,
            "macro" => FunctionKind::Macro,
            _ => FunctionKind::Scalar,
        },
        is_stable: row[2] == Cell::Bool(true),
    })
    .collect()
}

fn all_relations(comment: &str, row_count: &str) -> String {
    format!(
        "select database_name as database, schema_name as schema, table_name as name, \
         'table' as kind, {comment} as comment, {row_count} as row_count \
         from duckdb_tables() where not internal \
         union all \
         select database_name, schema_name, view_name, 'view', {comment}, null \
         from duckdb_views() where not internal"
    )
}

fn in_schemas(
    database_column: &str,
    schema_column: &str,
    database: &str,
    schemas: &[String],
) -> String {
    let schemas: Vec<String> = schemas
        .iter()
        .map(|schema| format!("lower({})", sql_text(schema)))
        .collect();
    format!(
        "lower({database_column}) = lower({}) and lower({schema_column}) in ({})",
        sql_text(database),
        schemas.join(", ")
    )
}

pub fn texts(table: Table) -> Vec<String> {
    table
        .rows
        .into_iter()
        .filter_map(|row| Row::of(row).text())
        .collect()
}

/// Reads relations. The database is spelled as it was asked for, since dbt
/// compares it with the profile's.
pub fn relations(database: &str, table: Table) -> Vec<Relation> {
    let read = |row: Vec<Cell>| {
        let mut row = Row::of(row);
        let name = row.text()?;
        let schema = row.text()?;
        let kind = RelationKind::parse(&row.text()?)?;
        Some(Relation::new(database, schema, name).with_kind(kind))
    };
    table.rows.into_iter().filter_map(read).collect()
}

/// Reads the answer of `describe`.
pub fn described_columns(table: Table) -> Vec<Column> {
    let read = |row: Vec<Cell>| {
        let mut row = Row::of(row);
        Some(Column {
            name: row.text()?,
            data_type: row.text()?,
        })
    };
    table.rows.into_iter().filter_map(read).collect()
}

/// The columns of relations, by schema and name.
#[derive(Debug, Default)]
pub struct Columns(HashMap<(String, String), Vec<CatalogColumn>>);

impl Columns {
    /// Adds a row of [`catalog_columns_sql`].
    pub fn add(&mut self, row: Vec<Cell>) {
        let mut row = Row::of(row);
        let (Some(schema), Some(relation), Some(name)) = (row.text(), row.text(), row.text())
        else {
            return;
        };
        let column = CatalogColumn {
            name,
            index: row.number().unwrap_or(0) as u32,
            data_type: row.text().unwrap_or_default(),
            comment: row.text(),
        };
        self.0.entry((schema, relation)).or_default().push(column);
    }

    fn take(&mut self, relation: &(String, String)) -> Vec<CatalogColumn> {
        let mut columns = self.0.remove(relation).unwrap_or_default();
        columns.sort_by_key(|column| column.index);
        columns.shrink_to_fit();
        columns
    }
}

pub fn catalog(relations: Table, mut columns: Columns) -> Vec<CatalogRelation> {
    let mut read = |row: Vec<Cell>| {
        let mut row = Row::of(row);
        let database = row.text()?;
        let key = (row.text()?, row.text()?);
        let kind = RelationKind::parse(&row.text()?)?;
        let comment = row.text();
        let row_count = row.number().and_then(|n| u64::try_from(n).ok());
        let columns = columns.take(&key);
        let (schema, name) = key;
        Some(CatalogRelation {
            database,
            schema,
            name,
            kind,
            owner: None,
            comment,
            row_count,
            columns,
        })
    };
    relations.rows.into_iter().filter_map(&mut read).collect()
}

/// A row that is read from left to right.
struct Row(std::vec::IntoIter<Cell>);

impl Row {
    fn of(cells: Vec<Cell>) -> Self {
        Self(cells.into_iter())
    }

    fn text(&mut self) -> Option<String> {
        match self.0.next()? {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<i128> {
        match self.0.next()? {
            Cell::Int(n) => Some(n),
            _ => None,
        }
    }
}
