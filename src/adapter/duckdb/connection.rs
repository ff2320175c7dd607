//! One connection: statements, transactions, and what is known of a query
//! without running it.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use ::duckdb::types::Value as DriverValue;
use ::duckdb::{Connection as Driver, params_from_iter};
use serde_json::Value;

use super::credentials::Credentials;
use super::{Cancel, catalog, failure, fetch, python, sql_text, versions};
use crate::adapter::statements::{self, TransactionWord};
use crate::adapter::values::hide_values;
use crate::adapter::{
    AdapterError, CatalogRelation, Cell, Column, Connection, DatabaseFile, Definition, ErrorKind,
    Function, PythonEvent, PythonFailure, PythonModel, Relation, Response, Table,
};

pub struct DuckDbConnection {
    driver: Driver,
    in_transaction: bool,
    cancel: Arc<Cancel>,
    credentials: Arc<Credentials>,
    interpreters: Vec<String>,
    shows_values: bool,
}

impl DuckDbConnection {
    pub fn new(
        driver: Driver,
        cancel: Arc<Cancel>,
        credentials: Arc<Credentials>,
        interpreters: Vec<String>,
    ) -> Self {
        Self {
            driver,
            in_transaction: false,
            cancel,
            credentials,
            interpreters,
            shows_values: false,
        }
    }

    /// The same connection, with or without values of rows in its errors.
    pub fn showing(mut self, shows_values: bool) -> Self {
        self.shows_values = shows_values;
        self
    }

    /// Tells whether errors may quote values of rows.
    pub fn shows_values(&self) -> bool {
        self.shows_values
    }

    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub fn check_cancelled(&self) -> Result<(), AdapterError> {
        self.cancel.check()
    }

    /// Lets a Python process end when the command is stopped.
    pub fn watch(&self, process: &Arc<python::Killer>) {
        self.cancel.watch_python(process);
    }

    /// Returns the name of the database that unqualified names are in.
    pub fn database_name(&mut self) -> Result<String, AdapterError> {
        let table = self.query("select current_database()")?;
        let cell = table.rows.into_iter().flatten().next();
        Ok(cell.map_or_else(String::new, |cell| cell.python_text()))
    }

    /// Runs a statement as often as the profile's `retries` allows, and keeps
    /// the books on the transaction, which the statement itself may begin or
    /// end.
    fn run<T>(
        &mut self,
        sql: &str,
        action: impl Fn(&Driver) -> Result<T, AdapterError>,
    ) -> Result<T, AdapterError> {
        self.cancel.check()?;
        let mut outcome = guarded(&self.driver, &action);
        for attempt in 1..self.credentials.query_attempts {
            let Err(error) = &outcome else { break };
            let retryable = error
                .class
                .as_ref()
                .is_some_and(|class| self.credentials.retries(class));
            if !retryable {
                break;
            }
            // As dbt-duckdb waits between attempts: 1, 2, 4, ... seconds.
            self.cancel
                .pause(Duration::from_secs(1 << (attempt - 1).min(6)))?;
            let again = guarded(&self.driver, &action);
            // A transaction that was lost answers with nothing but that; the
            // first error tells more.
            if again.is_ok() {
                outcome = again;
            }
        }
        for range in statements::split(sql) {
            match statements::transaction_word(&sql[range]) {
                Some(TransactionWord::Begin) => self.in_transaction = true,
                // After a failure it is not known how far the text came.
                Some(TransactionWord::End) if outcome.is_ok() => self.in_transaction = false,
                _ => {}
            }
        }
        if outcome.is_err() && self.in_transaction {
            // The failure may have ended the transaction already.
            let _ = self.rollback();
        }
        outcome.map_err(|error| self.told(error))
    }

    /// Takes the values out of an error, unless the user wants to see them.
    fn told(&self, mut error: AdapterError) -> AdapterError {
        if !self.shows_values {
            hide_values(&mut error);
        }
        error
    }

    /// Runs one of this program's own queries.
    pub fn query(&mut self, sql: &str) -> Result<Table, AdapterError> {
        self.run(sql, |driver| fetch::query(driver, sql, None))
    }

    /// Describes queries in one statement. It fails when any of them is wrong.
    fn describe_together(&mut self, queries: &[&str]) -> Result<Vec<Vec<Column>>, AdapterError> {
        let mut sql = String::new();
        for (i, query) in queries.iter().enumerate() {
            let union = if i == 0 { "" } else { "\nunion all\n" };
            let last = statements::split(query).pop().unwrap_or(0..0);
            sql.push_str(&format!(
                "{union}select {i}, column_name, column_type from (describe (\n{}\n))",
                &query[last]
            ));
        }
        let table = self.query(&sql)?;
        let mut all = vec![Vec::new(); queries.len()];
        for mut row in table.rows {
            let (Some(Cell::Text(data_type)), Some(Cell::Text(name)), Some(Cell::Int(i))) =
                (row.pop(), row.pop(), row.pop())
            else {
                continue;
            };
            if let Some(columns) = usize::try_from(i).ok().and_then(|i| all.get_mut(i)) {
                columns.push(Column { name, data_type });
            }
        }
        Ok(all)
    }

    /// Binds queries in one statement. It fails when any of them is wrong.
    fn bind_together(&mut self, queries: &[&str]) -> Result<(), AdapterError> {
        let queries = queries.iter().map(|query| {
            let last = statements::split(query).pop().unwrap_or(0..0);
            format!("select 1 from (\n{}\n)", &query[last])
        });
        let all: Vec<String> = queries.collect();
        let sql = format!("describe (\n{}\n)", all.join("\nunion all\n"));
        self.query(&sql).map(drop)
    }

    fn end_transaction(&mut self, word: &str) -> Result<(), AdapterError> {
        if !self.in_transaction {
            return Ok(());
        }
        self.in_transaction = false;
        self.driver
            .execute_batch(word)
            .map_err(|error| self.told(failure::of(&error, Some(word))))
    }
}

impl Connection for DuckDbConnection {
    fn execute(
        &mut self,
        sql: &str,
        fetch: bool,
        limit: Option<usize>,
    ) -> Result<(Response, Table), AdapterError> {
        // A text of blanks and comments is no error, as in Python.
        if statements::split(sql).is_empty() {
            return Ok((ok(), Table::default()));
        }
        let table = self.run(sql, |driver| {
            if fetch {
                fetch::query(driver, sql, limit)
            } else {
                driver
                    .execute_batch(sql)
                    .map(|()| Table::default())
                    .map_err(|error| failure::of(&error, Some(sql)))
            }
        })?;
        Ok((ok(), table))
    }

    fn begin(&mut self) -> Result<(), AdapterError> {
        // A second `begin` would be an error that aborts the first.
        if self.in_transaction {
            return Ok(());
        }
        self.run("begin", |driver| {
            driver
                .execute_batch("begin")
                .map_err(|error| failure::of(&error, Some("begin")))
        })
    }

    fn commit(&mut self) -> Result<(), AdapterError> {
        self.end_transaction("commit")
    }

    fn rollback(&mut self) -> Result<(), AdapterError> {
        self.end_transaction("rollback")
    }

    fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    fn describe(&mut self, sql: &str) -> Result<Vec<Column>, AdapterError> {
        const BEFORE: &str = "describe (\n";

        // What follows the query, a comment or a semicolon, would swallow the
        // closing bracket.
        let query = statements::split(sql).pop().unwrap_or(0..0);
        let describe = format!("{BEFORE}{}\n)", &sql[query.clone()]);
        let table = self.query(&describe).map_err(|mut error| {
            error.position = error
                .position
                .and_then(|position| position.checked_sub(BEFORE.len()))
                .map(|position| position + query.start)
                .filter(|position| *position < query.end);
            error.sql = Some(sql.into());
            error
        })?;
        Ok(catalog::described_columns(table))
    }

    fn describe_all(&mut self, queries: &[&str]) -> Vec<Result<Vec<Column>, AdapterError>> {
        // A statement costs more than what is bound in it.
        if queries.len() > 1
            && let Ok(all) = self.describe_together(queries)
        {
            return all.into_iter().map(Ok).collect();
        }
        queries.iter().map(|sql| self.describe(sql)).collect()
    }

    fn bind_all(&mut self, queries: &[&str]) -> Vec<Result<(), AdapterError>> {
        if queries.len() > 1 && self.bind_together(queries).is_ok() {
            return vec![Ok(()); queries.len()];
        }
        let described = queries.iter().map(|sql| self.describe(sql));
        described.map(|columns| columns.map(drop)).collect()
    }

    fn serialize_queries(&mut self, texts: &[&str]) -> Result<Vec<String>, AdapterError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        // As one value the texts need not be parsed as literals before.
        const SQL: &str = "select json_serialize_sql(text, skip_default := true, \
             skip_null := true, skip_empty := true) \
             from (select unnest(string_split(?, ?)) as text)";
        let mut separator = "\u{1f}".to_owned();
        while texts.iter().any(|text| text.contains(&separator)) {
            separator.push('\u{1f}');
        }
        let joined = texts.join(&separator);
        self.run(SQL, |driver| {
            fetch::texts(driver, SQL, [&joined, &separator])
        })
    }

    fn query_tree(&mut self, sql: &str) -> Result<Value, AdapterError> {
        let query = format!("select json_serialize_sql({})", sql_text(sql));
        let text = catalog::texts(self.query(&query)?).into_iter().next();
        let tree: Value = serde_json::from_str(&text.unwrap_or_default()).map_err(|error| {
            AdapterError::new(
                ErrorKind::Statement,
                format!("DuckDB's parse tree cannot be read: {error}"),
            )
        })?;
        // A refusal is an answer and no error.
        if tree.get("error") == Some(&true.into()) {
            let text = |key: &str| tree.get(key).and_then(Value::as_str);
            let message = text("error_message").unwrap_or("the SQL cannot be parsed");
            let mut error = AdapterError::new(ErrorKind::Statement, message);
            if text("error_type") == Some("parser") {
                error.class = Some("Parser".into());
                error.position = text("position").and_then(|digits| digits.parse().ok());
            }
            return Err(error);
        }
        Ok(tree)
    }

    fn query_of_tree(&mut self, tree: &Value) -> Result<String, AdapterError> {
        let query = format!(
            "select json_deserialize_sql({}::json)",
            sql_text(&tree.to_string())
        );
        let text = catalog::texts(self.query(&query)?).into_iter().next();
        Ok(text.unwrap_or_default())
    }

    fn functions(&mut self) -> Result<Vec<Function>, AdapterError> {
        let table = self.query(catalog::FUNCTIONS_SQL)?;
        Ok(catalog::functions(table))
    }

    fn databases(&mut self) -> Result<Vec<DatabaseFile>, AdapterError> {
        Ok(versions::databases(self.query(versions::DATABASES_SQL)?))
    }

    fn definitions(&mut self, database: &str) -> Result<Vec<Definition>, AdapterError> {
        let table = self.query(&versions::definitions_sql(database))?;
        Ok(versions::definitions(table))
    }

    fn digest(&mut self, relation: &Relation) -> Result<String, AdapterError> {
        let columns = self.columns(relation)?;
        let table = self.query(&versions::digest_sql(relation))?;
        Ok(versions::digest(&columns, &table))
    }

    fn files(&mut self, pattern: &str) -> Result<Vec<String>, AdapterError> {
        let sql = format!("select file from glob({}) order by file", sql_text(pattern));
        Ok(catalog::texts(self.query(&sql)?))
    }

    fn list_relations(
        &mut self,
        database: &str,
        schema: &str,
    ) -> Result<Vec<Relation>, AdapterError> {
        let table = self.query(&catalog::relations_sql(database, schema))?;
        Ok(catalog::relations(database, table))
    }

    fn list_schemas(&mut self, database: &str) -> Result<Vec<String>, AdapterError> {
        let table = self.query(&catalog::schemas_sql(database))?;
        Ok(catalog::texts(table))
    }

    fn columns(&mut self, relation: &Relation) -> Result<Vec<Column>, AdapterError> {
        let sql = format!("describe select * from {}", relation.name());
        match self.query(&sql) {
            Ok(table) => Ok(catalog::described_columns(table)),
            Err(error) if error.message.contains("does not exist") => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn catalog(
        &mut self,
        database: &str,
        schemas: &[String],
    ) -> Result<Vec<CatalogRelation>, AdapterError> {
        if schemas.is_empty() {
            return Ok(Vec::new());
        }
        let relations = self.query(&catalog::catalog_relations_sql(database, schemas))?;
        let sql = catalog::catalog_columns_sql(database, schemas);
        let columns = self.run(&sql, |driver| {
            let mut columns = catalog::Columns::default();
            fetch::each_row(driver, &sql, &mut |row| columns.add(row))?;
            Ok(columns)
        })?;
        Ok(catalog::catalog(relations, columns))
    }

    fn execute_bound(&mut self, sql: &str, bindings: &[Cell]) -> Result<Response, AdapterError> {
        let values: Vec<DriverValue> = bindings.iter().map(fetch::bound).collect();
        self.run(sql, |driver| {
            driver
                .prepare(sql)
                .and_then(|mut statement| statement.query(params_from_iter(&values)).map(|_| ()))
                .map_err(|error| failure::of(&error, Some(sql)))
        })?;
        Ok(ok())
    }

    fn run_python(
        &mut self,
        model: &PythonModel<'_>,
        told: &mut dyn FnMut(PythonEvent<'_>),
    ) -> Result<Response, PythonFailure> {
        let interpreters = self.interpreters.clone();
        let outcome = python::run(self, &interpreters, model, told);
        if outcome.is_err() {
            // The failure may have ended the transaction already.
            let _ = self.rollback();
        }
        outcome
    }
}

/// dbt-duckdb answers so to every statement.
pub fn ok() -> Response {
    Response {
        message: "OK".into(),
        code: None,
        rows_affected: None,
    }
}

/// Turns a panic of the driver into an error: a value it cannot read must not
/// end the program.
fn guarded<T>(
    driver: &Driver,
    action: impl Fn(&Driver) -> Result<T, AdapterError>,
) -> Result<T, AdapterError> {
    panic::catch_unwind(AssertUnwindSafe(|| action(driver))).unwrap_or_else(|panic| {
        let why = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given");
        Err(AdapterError::new(
            ErrorKind::Statement,
            format!("DuckDB's driver failed: {why}"),
        ))
    })
}
