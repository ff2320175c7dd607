//! What tells whether a database, a relation or its rows are still the same.

use super::sql_text;
use crate::adapter::{Column, DatabaseFile, Definition, Relation, Table};

/// A file of another engine can change without a trace here, so that it counts
/// as no file.
pub const DATABASES_SQL: &str = "select database_name, \
     case when type = 'duckdb' then path end \
     from duckdb_databases() where not internal order by 1";

pub fn databases(table: Table) -> Vec<DatabaseFile> {
    let rows = table.rows.into_iter().filter(|row| row.len() == 2);
    rows.map(|row| DatabaseFile {
        name: row[0].python_text(),
        path: match &row[1] {
            crate::adapter::Cell::Text(path) => Some(path.clone()),
            _ => None,
        },
    })
    .collect()
}

pub fn definitions_sql(database: &str) -> String {
    let here = format!("lower(database_name) = lower({})", sql_text(database));
    format!(
        "with columns as (
           select schema_oid, table_oid, string_agg(concat_ws(' ', column_name, data_type,
             column_default, is_nullable, comment), ', ' order by column_index) as text
           from duckdb_columns() where {here} group by all
         ), indexes as (
           select schema_oid, table_oid, string_agg(sql, '; ' order by index_name) as text
           from duckdb_indexes() where {here} group by all
         ), constraints as (
           select schema_oid, table_oid,
             string_agg(constraint_text, '; ' order by constraint_index) as text
           from duckdb_constraints() where {here} group by all
         )
         select schema_name, table_name, concat_ws(chr(10), 'table', t.comment, columns.text,
           indexes.text, constraints.text)
         from duckdb_tables() t
         left join columns using (schema_oid, table_oid)
         left join indexes using (schema_oid, table_oid)
         left join constraints using (schema_oid, table_oid)
         where {here} and not internal
         union all
         select schema_name, view_name, concat_ws(chr(10), 'view', v.comment, v.sql, columns.text)
         from duckdb_views() v
         left join columns on columns.schema_oid = v.schema_oid and columns.table_oid = v.view_oid
         where {here} and not internal"
    )
}

pub fn definitions(table: Table) -> Vec<Definition> {
    let rows = table.rows.into_iter().filter(|row| row.len() == 3);
    rows.map(|row| Definition {
        schema: row[0].python_text(),
        name: row[1].python_text(),
        text: row[2].python_text(),
    })
    .collect()
}

/// The sum tells apart what the exclusive or does not, such as rows that stand
/// twice.
pub fn digest_sql(relation: &Relation) -> String {
    format!(
        "select count(*), sum(hash(hcdbt_row)), bit_xor(hash(hcdbt_row)) from {} as hcdbt_row",
        relation.name()
    )
}

pub fn digest(columns: &[Column], table: &Table) -> String {
    let columns = columns
        .iter()
        .map(|c| format!("{} {}", c.name, c.data_type));
    let cells = table.rows.iter().flatten().map(|cell| cell.python_text());
    let cells: Vec<String> = cells.collect();
    let columns: Vec<String> = columns.collect();
    format!("{} of {}", cells.join(":"), columns.join(", "))
}
