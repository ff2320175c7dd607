//! Hands tables to a Python process, and takes them from it.

use std::io;

use serde_json::{Value, json};

use super::super::connection::DuckDbConnection;
use super::super::sql_text;
use crate::adapter::{AdapterError, Cell, Connection, quote_identifier};

/// The folder through which tables go. It is gone when the model is done.
pub struct Handover {
    folder: tempfile::TempDir,
    count: usize,
}

/// A table or view of the project's database, by its parts.
pub struct Place {
    database: String,
    schema: String,
    name: String,
}

impl Place {
    fn sql(&self) -> String {
        // Temporary tables are found by their name alone.
        if self.database == "temp" {
            return quote_identifier(&self.name);
        }
        [&self.database, &self.schema, &self.name]
            .map(|part| quote_identifier(part))
            .join(".")
    }
}

/// Lists what can be read, with the place of each.
const ALL: &str = "select database_name, schema_name, table_name as name from duckdb_tables()
    where not internal
    union all
    select database_name, schema_name, view_name from duckdb_views() where not internal";

impl Handover {
    /// Makes the folder, which only the user can look into.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            folder: tempfile::Builder::new().prefix("hcdbt-python-").tempdir()?,
            count: 0,
        })
    }

    pub fn folder(&self) -> String {
        self.folder.path().to_string_lossy().into_owned()
    }

    /// Writes a table for the process to read.
    pub fn load(
        &mut self,
        connection: &mut DuckDbConnection,
        name: &str,
    ) -> Result<Value, AdapterError> {
        let Some(place) = self.find(connection, name)? else {
            return Ok(json!({"missing": true}));
        };
        let from = place.sql();
        let columns = connection.describe(&format!("select * from {from}"))?;
        let selected: Vec<String> = columns
            .iter()
            .map(|column| {
                let name = quote_identifier(&column.name);
                if travels_as_text(&column.data_type) {
                    format!("{name}::varchar as {name}")
                } else {
                    name
                }
            })
            .collect();
        self.count += 1;
        let path = self.folder.path().join(format!("in{}.parquet", self.count));
        let path = path.to_string_lossy();
        connection.query(&format!(
            "copy (select {} from {from}) to {} (format parquet)",
            selected.join(", "),
            sql_text(&path)
        ))?;
        let columns: Vec<(&str, &str)> = columns
            .iter()
            .map(|column| (&*column.name, &*column.data_type))
            .collect();
        Ok(json!({
            "database": place.database,
            "schema": place.schema,
            "name": place.name,
            "path": path,
            "columns": columns,
        }))
    }

    /// Finds what a name in SQL means, as far as tables and views go.
    pub fn find(
        &self,
        connection: &mut DuckDbConnection,
        name: &str,
    ) -> Result<Option<Place>, AdapterError> {
        let parts = name_parts(name);
        let is =
            |column: &str, value: &str| format!("lower({column}) = lower({})", sql_text(value));
        let default_schema =
            "database_name = current_database() and schema_name = current_schema()";
        let condition = match &parts[..] {
            [name] => format!(
                "{} and (database_name = 'temp' or ({default_schema}))",
                is("name", name)
            ),
            [first, name] => format!(
                "{} and ((database_name = current_database() and {}) or ({} and schema_name = 'main'))",
                is("name", name),
                is("schema_name", first),
                is("database_name", first),
            ),
            [database, schema, name] => format!(
                "{} and {} and {}",
                is("name", name),
                is("schema_name", schema),
                is("database_name", database),
            ),
            _ => return Ok(None),
        };
        let sql = format!(
            "select database_name, schema_name, name from ({ALL}) where {condition}
             order by database_name = 'temp' desc, database_name = current_database() desc limit 1"
        );
        Ok(places(connection, &sql)?.pop())
    }

    /// Lists all tables and views.
    pub fn names(&self, connection: &mut DuckDbConnection) -> Result<Value, AdapterError> {
        let places = places(connection, ALL)?;
        let names: Vec<[String; 3]> = places
            .into_iter()
            .map(|place| [place.database, place.schema, place.name])
            .collect();
        Ok(json!({ "names": names }))
    }

    /// Lets a table of the model's own be read here, as a temporary view.
    pub fn register(
        &self,
        connection: &mut DuckDbConnection,
        name: &str,
        path: &str,
        columns: &[(String, String)],
    ) -> Result<Value, AdapterError> {
        let selected: Vec<String> = columns
            .iter()
            .map(|(name, data_type)| {
                let name = quote_identifier(name);
                format!("{name}::{data_type} as {name}")
            })
            .collect();
        connection.query(&format!(
            "create or replace temporary view {} as select {} from read_parquet({})",
            quote_identifier(name),
            selected.join(", "),
            sql_text(path)
        ))?;
        Ok(json!({}))
    }

    /// Runs a statement of the model's own.
    pub fn execute(
        &self,
        connection: &mut DuckDbConnection,
        sql: &str,
        values: Option<&[Value]>,
    ) -> Result<Value, AdapterError> {
        match values {
            None => connection.execute(sql, false, None).map(|_| ())?,
            Some(values) => {
                let cells: Vec<Cell> = values.iter().map(cell).collect();
                connection.execute_bound(sql, &cells).map(|_| ())?;
            }
        }
        Ok(json!({}))
    }
}

fn places(connection: &mut DuckDbConnection, sql: &str) -> Result<Vec<Place>, AdapterError> {
    let table = connection.query(sql)?;
    let place = |row: Vec<Cell>| {
        let mut cells = row.into_iter().map(|cell| cell.python_text());
        Some(Place {
            database: cells.next()?,
            schema: cells.next()?,
            name: cells.next()?,
        })
    };
    Ok(table.rows.into_iter().filter_map(place).collect())
}

/// Tells whether Parquet has no room for all values of a type: whole numbers
/// of 128 bits become floating ones, intervals lose their microseconds, times
/// their offsets, and unions their members.
fn travels_as_text(data_type: &str) -> bool {
    ["HUGEINT", "INTERVAL", "TIME WITH TIME ZONE", "UNION"]
        .iter()
        .any(|name| data_type.contains(name))
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(b) => Cell::Bool(*b),
        Value::Number(n) => match n.as_i64() {
            Some(n) => Cell::Int(n.into()),
            None => Cell::Float(n.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Cell::Text(text.clone()),
        other => Cell::Text(other.to_string()),
    }
}

/// Splits `db."my schema".t` into its parts, without the quotes.
fn name_parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut in_quotes = false;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if in_quotes && chars.peek() == Some(&'"') => {
                chars.next();
                parts.last_mut().expect("never empty").push('"');
            }
            '"' => in_quotes = !in_quotes,
            '.' if !in_quotes => parts.push(String::new()),
            c => parts.last_mut().expect("never empty").push(c),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Handover, name_parts};
    use crate::adapter::duckdb::connection::DuckDbConnection;
    use crate::adapter::duckdb::credentials::Credentials;
    use crate::adapter::{Cell, Connection};

    fn connection() -> DuckDbConnection {
        crate::adapter::duckdb::library::load().unwrap();
        let driver = ::duckdb::Connection::open_in_memory().unwrap();
        let credentials = std::sync::Arc::new(Credentials::in_memory());
        DuckDbConnection::new(driver, std::sync::Arc::default(), credentials, Vec::new())
    }

    /// What goes out and comes back as it was has lost nothing on either way.
    #[test]
    fn values_of_all_types_survive_the_way_there_and_back() {
        let mut connection = connection();
        let sql = "create table wide as select
            170141183460469231731687303715884105727::hugeint as h,
            [5::uhugeint] as list, {'a': 1.5::decimal(18, 3), 'h': 7::hugeint} as s,
            interval '1 month 3.000004 seconds' as i, '12:00:01.5+05:30'::timetz as tz,
            'x'::enum('x', 'y') as e, '10101'::bit as b, map {'k': date '2020-01-01'} as m,
            timestamp_ns '2020-01-01 00:00:00.123456789' as ns, uuid() as u,
            timestamptz '2020-01-01 00:00:00+02' as t, '{}'::json as j, 'a\\x00'::blob as bl,
            array_value(1.5::float, 2) as arr, null::integer as nothing";
        connection.execute(sql, false, None).unwrap();
        let mut handover = Handover::new().unwrap();
        let sent = handover.load(&mut connection, "main.\"wide\"").unwrap();
        assert_eq!(sent["schema"], "main");
        let columns: Vec<(String, String)> =
            serde_json::from_value(sent["columns"].clone()).unwrap();
        let path = sent["path"].as_str().unwrap();
        handover
            .register(&mut connection, "back", path, &columns)
            .unwrap();
        let same = "select count(*) from (from wide intersect from back)";
        let (_, table) = connection.execute(same, true, None).unwrap();
        assert_eq!(table.rows[0][0], Cell::Int(1));
        assert_eq!(
            connection.describe("from wide").unwrap(),
            connection.describe("from back").unwrap()
        );
    }

    #[test]
    fn a_name_finds_the_temporary_table_before_the_project_s() {
        let mut connection = connection();
        let sql = "create table t as select 1 as a; create temp table t as select 'x' as b;
            create schema s; create table s.t (c date)";
        connection.execute(sql, false, None).unwrap();
        let handover = Handover::new().unwrap();
        let mut found = |name: &str| {
            let place = handover.find(&mut connection, name).unwrap();
            place.map(|place| place.sql())
        };
        assert_eq!(found("t").unwrap(), "\"t\"");
        assert_eq!(found("S.T").unwrap(), "\"memory\".\"s\".\"t\"");
        assert_eq!(found("memory.t").unwrap(), "\"memory\".\"main\".\"t\"");
        assert_eq!(found("elsewhere"), None);
    }

    #[test]
    fn a_quoted_part_may_have_dots_and_quotes() {
        assert_eq!(name_parts(r#"db."my.s""x".t"#), ["db", "my.s\"x", "t"]);
        assert_eq!(name_parts("t"), ["t"]);
    }
}
