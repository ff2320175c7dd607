//! Seeds in templates: `load_agate_table` and the adapter's methods about
//! types.

use std::sync::{Arc, OnceLock};

use camino::Utf8PathBuf;
use serde_json::Value as Json;

use super::{NodeState, table_of};
use crate::adapter::seed_table::{SeedError, SeedTable, read_columns, read_rows};
use crate::adapter::{ColumnType, Table};
use crate::diagnostics::Diagnostic;
use crate::files::World;
use crate::jinja::{Call, JinjaError, Object, Value, objects, python};
use crate::parse::{Node, NodeKind, ResourceType};
use crate::run::RunContext;

/// `load_agate_table()`: the seed's columns. Its rows are read when somebody
/// looks at them: the database reads the file itself.
pub fn load_agate_table(state: &Arc<NodeState>, _call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let node = &*state.node;
    if node.resource_type != ResourceType::Seed {
        return Err(JinjaError::raised(format!(
            "can only load_agate_table for seeds (got a {})",
            node.resource_type.as_str()
        )));
    }
    let file = SeedFile::of(state)?;
    let given: Vec<&str> = match node.config.get("column_types") {
        Some(Json::Object(types)) => types.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    let table =
        read_columns(file.open()?, file.delimiter, &given).map_err(|error| file.is_bad(&error))?;
    note_leading_zeros(state, &table);
    Ok(Value::from_object(SeedObject {
        file,
        table,
        rows: OnceLock::new(),
    }))
}

/// Where a seed's rows come from. The table that holds it is kept in the node's
/// state, so it must not hold that state in turn: neither would be let go, nor
/// the database.
struct SeedFile {
    world: Arc<dyn World>,
    path: Utf8PathBuf,
    delimiter: char,
    name: String,
    original_file_path: String,
}

impl SeedFile {
    fn of(state: &NodeState) -> Result<Self, JinjaError> {
        let node = &*state.node;
        Ok(Self {
            world: Arc::clone(&state.session.cx.world),
            path: file_path(state),
            delimiter: delimiter(state)?,
            name: node.name.clone(),
            original_file_path: node.original_file_path.clone(),
        })
    }

    fn open(&self) -> Result<Box<dyn std::io::Read + Send>, JinjaError> {
        let path = &self.path;
        self.world
            .open(path)
            .map_err(|error| JinjaError::other(format!("could not read `{path}`: {error}")))
    }

    fn is_bad(&self, error: &SeedError) -> JinjaError {
        let place = match error.line {
            Some(line) => format!("{}:{line}", self.original_file_path),
            None => self.original_file_path.clone(),
        };
        let title = format!("seed `{}` cannot be read: {}", self.name, error.message);
        let diagnostic = Diagnostic::error("invalid-seed", title)
            .because(format!("The place is {place}."))
            .without_values(format!("seed `{}` cannot be read: see {place}", self.name));
        JinjaError::raised(format!("{place}: {}", error.message)).with_payload(diagnostic)
    }
}

/// Says which columns stay text because a number would lose its zeros.
fn note_leading_zeros(state: &NodeState, table: &SeedTable) {
    for column in &table.columns {
        let Some(line) = column.leading_zero_line else {
            continue;
        };
        state.note(Diagnostic::note(
            "leading-zeros",
            format!(
                "column `{}` of seed `{}` stays text, since line {line} has a number that begins \
                 with 0",
                column.name, state.node.name
            ),
        ));
    }
}

fn file_path(state: &NodeState) -> Utf8PathBuf {
    seed_path(&state.session.cx, &state.node)
}

/// Returns where a seed's file is.
pub fn seed_path(cx: &RunContext, node: &Node) -> Utf8PathBuf {
    let project = &cx.project;
    let root = match (&node.kind, project.package(&node.package_name)) {
        (_, Some(package)) if !package.root.as_str().is_empty() => package.root.clone(),
        (NodeKind::Seed(info), _) => Utf8PathBuf::from(&info.root_path),
        _ => project.root().root.clone(),
    };
    crate::files::normal_path(&root.join(&node.original_file_path))
}

fn delimiter(state: &NodeState) -> Result<char, JinjaError> {
    let text = state.node.config.str("delimiter").unwrap_or(",");
    let mut chars = text.chars();
    match (text, chars.next(), chars.next()) {
        ("\\t", ..) => Ok('\t'),
        (_, Some(only), None) => Ok(only),
        _ => Err(JinjaError::other(
            "\"delimiter\" must be a 1-character string",
        )),
    }
}

/// `adapter.get_seed_file_path(model)`.
pub fn seed_file_path(state: &Arc<NodeState>, _call: &mut Call<'_>) -> Result<Value, JinjaError> {
    Ok(Value::from(file_path(state).as_str()))
}

/// `adapter.convert_type(agate_table, col_idx)`: the SQL type of a column.
pub fn convert_type(_state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [table, index] = call.bind(["agate_table", "col_idx"], 2)?;
    let table = table.unwrap_or_default();
    let index = index.as_ref().and_then(python::as_int);
    let index = index.and_then(|index| usize::try_from(index).ok());
    let index = index.ok_or_else(|| JinjaError::type_error("a column is given by its number"))?;
    if let Some(seed) = table.downcast_object_ref::<SeedObject>() {
        let column = seed.table.columns.get(index);
        return Ok(column.map_or_else(python::none, |column| Value::from(column.sql_type)));
    }
    let column = objects::table_of(&table).and_then(|table| table.types().get(index));
    Ok(match column {
        Some(ColumnType::Integer) => Value::from("integer"),
        Some(ColumnType::Number) => Value::from("float8"),
        Some(ColumnType::Boolean) => Value::from("boolean"),
        Some(ColumnType::Date) => Value::from("date"),
        Some(ColumnType::DateTime) => Value::from("timestamp without time zone"),
        Some(ColumnType::Time) => Value::from("time"),
        Some(ColumnType::Text) => Value::from("text"),
        None => python::none(),
    })
}

/// `adapter.convert_datetimes_to_strs(table)`: a bound time would be read in
/// the session's time zone, its text is not.
pub fn convert_datetimes(
    _state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let [table] = call.bind(["table"], 1)?;
    let table = table.unwrap_or_default();
    let rows = match table.downcast_object_ref::<SeedObject>() {
        Some(seed) => Some(seed.rows()?.clone()),
        None => table_of(&table),
    };
    let Some(mut rows) = rows else {
        return Ok(table);
    };
    for (i, kind) in rows.types.iter_mut().enumerate() {
        if *kind == ColumnType::DateTime {
            *kind = ColumnType::Text;
            for row in &mut rows.rows {
                row[i] = crate::adapter::Cell::Text(row[i].python_text());
            }
        }
    }
    Ok(objects::table(&rows))
}

/// Returns the rows of a seed's table, for showing them.
pub fn seed_rows(value: &Value) -> Option<Table> {
    match value.downcast_object_ref::<SeedObject>() {
        Some(seed) => seed.rows().ok().cloned(),
        None => table_of(value),
    }
}

/// A seed's table, of which at first only the columns are known.
pub struct SeedObject {
    file: SeedFile,
    table: SeedTable,
    rows: OnceLock<Result<Table, JinjaError>>,
}

impl std::fmt::Debug for SeedObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeedObject")
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}

impl SeedObject {
    /// Reads the rows.
    pub fn rows(&self) -> Result<&Table, JinjaError> {
        let rows = self.rows.get_or_init(|| {
            read_rows(self.file.open()?, self.file.delimiter, &self.table.columns)
                .map_err(|error| self.file.is_bad(&error))
        });
        rows.as_ref().map_err(Clone::clone)
    }
}

impl Object for SeedObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "column_names" => {
                let names = self.table.columns.iter();
                let names = names.map(|column| Value::from(column.name.as_str()));
                Some(python::tuple(names.collect()))
            }
            "rows" => Some(Value::from_object(SeedRows(Arc::clone(self)))),
            "original_abspath" => Some(Value::from(self.file.path.as_str())),
            "__type__" => Some(Value::from("Table")),
            _ => {
                let table = objects::table(self.rows().ok()?);
                let found = table.get_attr(key).ok()?;
                (!found.is_undefined()).then_some(found)
            }
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}

/// The rows of a seed, which can be counted without being read.
#[derive(Debug)]
struct SeedRows(Arc<SeedObject>);

impl Object for SeedRows {
    fn repr(self: &Arc<Self>) -> minijinja::value::ObjectRepr {
        minijinja::value::ObjectRepr::Seq
    }

    fn enumerate(self: &Arc<Self>) -> minijinja::value::Enumerator {
        minijinja::value::Enumerator::Seq(self.0.table.row_count)
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = usize::try_from(python::as_int(key)?).ok()?;
        let rows = self.0.rows().ok()?;
        let row = rows.rows.get(index)?;
        Some(python::tuple(row.iter().map(objects::cell).collect()))
    }
}
