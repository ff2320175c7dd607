//! Where a relation to compare lies: in the database at hand, or in a file of
//! its own.

use camino::{Utf8Path, Utf8PathBuf};

use crate::adapter::{AdapterError, Connection, Relation, quote_identifier};

/// What a person names to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// `path.duckdb:schema.table`, or all of a file: `path.duckdb`.
    File {
        path: Utf8PathBuf,
        relation: Option<String>,
    },
    /// A model, or a relation of the database at hand.
    Here(String),
}

impl Named {
    /// Reads a name. What ends as database files do, or is a file, is one.
    pub fn read(text: &str, is_file: &dyn Fn(&Utf8Path) -> bool) -> Self {
        let is_path = |text: &str| {
            let path = Utf8Path::new(text);
            matches!(path.extension(), Some("duckdb" | "db" | "ddb")) || is_file(path)
        };
        let whole = Self::File {
            path: text.into(),
            relation: None,
        };
        match text.rsplit_once(':') {
            _ if is_path(text) => whole,
            Some((path, relation)) if is_path(path) => Self::File {
                path: path.into(),
                relation: (!relation.is_empty()).then(|| relation.to_owned()),
            },
            _ => Self::Here(text.to_owned()),
        }
    }
}

/// Splits `schema.table`, where parts may stand in quotes.
pub fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut in_quotes = false;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let part = parts.last_mut().expect("there is one from the beginning");
        match c {
            '"' if in_quotes && chars.peek() == Some(&'"') => {
                chars.next();
                part.push('"');
            }
            '"' => in_quotes = !in_quotes,
            '.' if !in_quotes => parts.push(String::new()),
            c => part.push(c),
        }
    }
    parts
}

/// Writes a relation's name in SQL, its parts in quotes.
pub fn quoted(name: &str) -> String {
    let parts = parts(name).into_iter();
    let parts: Vec<String> = parts.map(|part| quote_identifier(&part)).collect();
    parts.join(".")
}

/// Writes the name of a relation of an attached database; the schema is `main`
/// unless given.
pub fn in_database(database: &str, name: &str) -> String {
    let parts = parts(name);
    match parts.as_slice() {
        [table] => Relation::new(database, "main", table.as_str()).name(),
        [.., schema, table] => Relation::new(database, schema.as_str(), table.as_str()).name(),
        [] => String::new(),
    }
}

/// Attaches a database file for reading.
pub fn attach(
    connection: &mut dyn Connection,
    database: &str,
    path: &Utf8Path,
) -> Result<(), AdapterError> {
    let path = path.as_str().replace('\'', "''");
    let name = quote_identifier(database);
    let sql = format!("attach '{path}' as {name} (read_only)");
    connection.execute(&sql, false, None).map(|_| ())
}

/// Lists the tables and views of a database as `schema.table`.
pub fn relations(
    connection: &mut dyn Connection,
    database: &str,
) -> Result<Vec<String>, AdapterError> {
    let mut names = Vec::new();
    for schema in connection.list_schemas(database)? {
        for relation in connection.list_relations(database, &schema)? {
            let name = relation.identifier.unwrap_or_default();
            names.push(format!(
                "{}.{}",
                quote_identifier(&schema),
                quote_identifier(&name)
            ));
        }
    }
    names.sort();
    Ok(names)
}

/// Returns the columns of a table's primary key, as the database has it.
pub fn primary_key(
    connection: &mut dyn Connection,
    database: &str,
    name: &str,
) -> Result<Vec<String>, AdapterError> {
    let parts = parts(name);
    let (schema, table) = match parts.as_slice() {
        [.., schema, table] => (schema.as_str(), table.as_str()),
        [table] => ("main", table.as_str()),
        [] => return Ok(Vec::new()),
    };
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let sql = format!(
        "select unnest(constraint_column_names) from duckdb_constraints() \
         where constraint_type = 'PRIMARY KEY' and lower(database_name) = lower({}) \
         and lower(schema_name) = lower({}) and lower(table_name) = lower({})",
        text(database),
        text(schema),
        text(table)
    );
    let (_, found) = connection.execute(&sql, true, None)?;
    let cells = found.rows.into_iter().flatten();
    Ok(cells.map(|cell| cell.python_text()).collect())
}

#[cfg(test)]
mod tests {
    use super::{Named, in_database, parts, quoted};

    #[test]
    fn files_and_names_are_told_apart() {
        let read = |text: &str| Named::read(text, &|path| path == "data");
        let file = |path: &str, relation: Option<&str>| Named::File {
            path: path.into(),
            relation: relation.map(str::to_owned),
        };
        assert_eq!(read("a/b.duckdb"), file("a/b.duckdb", None));
        assert_eq!(read("b.duckdb:s.t"), file("b.duckdb", Some("s.t")));
        assert_eq!(read("data:t"), file("data", Some("t")));
        assert_eq!(read("C:/x.db:t"), file("C:/x.db", Some("t")));
        assert_eq!(read("s.t"), Named::Here("s.t".into()));
        assert_eq!(read("dim_patient"), Named::Here("dim_patient".into()));
    }

    #[test]
    fn names_are_quoted_part_by_part() {
        assert_eq!(parts("a.\"b.\"\"c\""), ["a", "b.\"c"]);
        assert_eq!(quoted("a.\"b.\"\"c\""), "\"a\".\"b.\"\"c\"");
        assert_eq!(in_database("d", "t"), "\"d\".\"main\".\"t\"");
        assert_eq!(in_database("d", "x.s.t"), "\"d\".\"s\".\"t\"");
    }
}
