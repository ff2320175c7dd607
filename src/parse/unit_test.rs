//! Unit tests: their rows put into one form, wherever they are written.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::ParseContext;
use super::draft::{folders, sha256};
use super::exposure::{duplicate, property_config};
use super::node::{IdMap, Node, NodeConfig, ResourceType, UniqueId, UnitTest};
use super::properties::PackageProperties;
use super::python_text::push_repr;
use crate::config::properties::{UnitTestProperties, UnitTestRows};
use crate::diagnostics::{Diagnostic, suggest};
use crate::files::ProjectFile;
use crate::jinja::extract;

/// Makes all unit tests. `nodes` are those of the project, for tests that take
/// their rows from a seed.
pub(super) fn read(
    cx: &ParseContext<'_>,
    properties: &[Arc<PackageProperties>],
    nodes: &[Node],
    found: &mut Vec<Diagnostic>,
) -> Vec<UnitTest> {
    let reader = RowReader::new(cx, nodes, found);
    let mut made: IdMap<UnitTest> = IdMap::default();
    for from in properties {
        for entry in &from.properties.unit_tests {
            let test = make(cx, &reader, from, entry, found);
            if let Some(first) = made.get(&test.unique_id) {
                let place = Some((&first.file, &first.span));
                found.push(duplicate("unit test", &entry.name, from, place));
                continue;
            }
            made.insert(test.unique_id.clone(), test);
        }
    }
    made.into_values().collect()
}

fn make(
    cx: &ParseContext<'_>,
    reader: &RowReader<'_>,
    from: &PackageProperties,
    entry: &UnitTestProperties,
    found: &mut Vec<Diagnostic>,
) -> UnitTest {
    let package = &from.package;
    let path = &from.original_file_path;
    let below = path.split_once('/').map_or("", |(_, below)| below);
    let fqn: Vec<String> = std::iter::once(package.to_string())
        .chain(folders(below))
        .chain([entry.model.text.clone(), entry.name.text.clone()])
        .collect();
    let merged = property_config(
        cx,
        from,
        ResourceType::UnitTest,
        &entry.name,
        &fqn,
        &entry.config,
        found,
    );
    let mut given = Vec::new();
    for input in &entry.given {
        let rows = reader.rows(from, entry, &input.rows, Some(&input.input.text), found);
        let mut one = Map::new();
        one.insert("input".to_owned(), input.input.text.clone().into());
        one.extend(rows);
        given.push(Value::Object(one));
    }
    let expect = reader.rows(from, entry, &entry.expect, None, found);
    let overrides = entry.overrides.as_ref().map(overrides);
    let versions = entry.versions.as_ref().map(versions);
    let checksum = checksum(
        entry,
        &given,
        &expect,
        overrides.as_ref(),
        versions.as_ref(),
    );
    UnitTest {
        unique_id: UniqueId::from(format!(
            "unit_test.{package}.{}.{}",
            entry.model.text, entry.name.text
        )),
        package_name: Arc::clone(package),
        name: entry.name.text.clone(),
        path: from.path.clone(),
        original_file_path: from.original_file_path.clone(),
        file: Arc::clone(&from.properties.file),
        span: entry.span.clone(),
        fqn,
        model: entry.model.text.clone(),
        description: entry.description.clone(),
        given,
        expect: Value::Object(expect),
        overrides,
        versions,
        version: None,
        config: NodeConfig(merged.config),
        checksum: Some(checksum),
        schema: String::new(),
        depends_on_macros: Vec::new(),
        depends_on_nodes: Vec::new(),
        created_at: cx.created_at,
    }
}

fn overrides(written: &Map<String, Value>) -> Value {
    let get = |key: &str| written.get(key).cloned().unwrap_or_else(|| json!({}));
    json!({"macros": get("macros"), "vars": get("vars"), "env_vars": get("env_vars")})
}

fn versions(written: &Map<String, Value>) -> Value {
    json!({"include": written.get("include"), "exclude": written.get("exclude")})
}

/// Returns the checksum that `state:modified` compares: dbt hashes the test's
/// parts as Python writes them.
fn checksum(
    entry: &UnitTestProperties,
    given: &[Value],
    expect: &Map<String, Value>,
    overrides: Option<&Value>,
    versions: Option<&Value>,
) -> String {
    let mut text = entry.model.text.clone();
    text.push('-');
    push_class(&mut text, "UnitTestNodeVersions", versions);
    text.push_str("-[");
    for (i, input) in given.iter().enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        push_class(&mut text, "UnitTestInputFixture", Some(input));
    }
    text.push_str("]-");
    let expect = Value::Object(expect.clone());
    push_class(&mut text, "UnitTestOutputFixture", Some(&expect));
    text.push('-');
    push_class(&mut text, "UnitTestOverrides", overrides);
    for input in given {
        if input.get("fixture").is_some_and(|f| !f.is_null()) {
            text.push('-');
            match input.get("rows") {
                Some(Value::String(sql)) => text.push_str(sql),
                Some(rows) => push_repr(&mut text, rows),
                None => text.push_str("None"),
            }
        }
    }
    sha256(&text).checksum
}

fn push_class(text: &mut String, class: &str, fields: Option<&Value>) {
    let Some(Value::Object(fields)) = fields else {
        text.push_str("None");
        return;
    };
    text.push_str(class);
    text.push('(');
    for (i, (key, value)) in fields.iter().enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        text.push_str(key);
        text.push('=');
        match (key.as_str(), value.as_str()) {
            ("format", Some("dict")) => text.push_str("<UnitTestFormat.Dict: 'dict'>"),
            ("format", Some("csv")) => text.push_str("<UnitTestFormat.CSV: 'csv'>"),
            ("format", Some("sql")) => text.push_str("<UnitTestFormat.SQL: 'sql'>"),
            _ => push_repr(text, value),
        }
    }
    text.push(')');
}

/// Reads rows from where they are: the property file, a fixture or a seed.
struct RowReader<'a> {
    cx: &'a ParseContext<'a>,
    /// By package and name.
    fixtures: HashMap<(&'a str, &'a str), &'a ProjectFile>,
    seeds: HashMap<&'a str, Vec<&'a Node>>,
}

type Rows = Vec<Map<String, Value>>;

fn duplicate_fixture(first: &ProjectFile, second: &ProjectFile) -> Diagnostic {
    let name = first.stem();
    let title = format!("dbt found two fixtures with the name \"{name}\"");
    Diagnostic::error("duplicate-name", title)
        .because(format!("They are {} and {}.", first.path, second.path))
        .hint("rename one of the two files")
}

impl<'a> RowReader<'a> {
    fn new(cx: &'a ParseContext<'a>, nodes: &'a [Node], found: &mut Vec<Diagnostic>) -> Self {
        let mut fixtures = HashMap::new();
        for package in &cx.files.packages {
            for file in &package.fixtures {
                let key = (&*package.package, file.stem());
                if let Some(first) = fixtures.insert(key, file) {
                    found.push(duplicate_fixture(first, file));
                }
            }
        }
        let mut seeds: HashMap<&str, Vec<&Node>> = HashMap::new();
        for node in nodes
            .iter()
            .filter(|n| n.resource_type == ResourceType::Seed)
        {
            seeds.entry(&node.name).or_default().push(node);
        }
        Self {
            cx,
            fixtures,
            seeds,
        }
    }

    /// Returns `rows`, `format` and `fixture` in dbt's form.
    fn rows(
        &self,
        from: &PackageProperties,
        entry: &UnitTestProperties,
        given: &UnitTestRows,
        input: Option<&str>,
        found: &mut Vec<Diagnostic>,
    ) -> Map<String, Value> {
        let format = given.format.as_deref().unwrap_or("dict");
        let rows = match format {
            "csv" => self.csv_rows(from, entry, given, found),
            "sql" => self.sql_rows(from, entry, given, found),
            _ => self.dict_rows(from, entry, given, input, found),
        };
        let mut full = Map::new();
        full.insert("rows".to_owned(), rows);
        full.insert("format".to_owned(), format.into());
        let fixture = given.fixture.as_ref().map(|f| f.text.clone());
        full.insert("fixture".to_owned(), fixture.into());
        full
    }

    fn wrong(
        &self,
        from: &PackageProperties,
        entry: &UnitTestProperties,
        given: &UnitTestRows,
        message: &str,
        hint: &str,
    ) -> Diagnostic {
        let title = format!("rows of unit test `{}` cannot be read", entry.name.text);
        let span = if given.span.is_empty() {
            entry.name.span.clone()
        } else {
            given.span.clone()
        };
        Diagnostic::error("unit-test-rows", title)
            .at(&from.properties.file, span, message)
            .hint(hint)
    }

    fn dict_rows(
        &self,
        from: &PackageProperties,
        entry: &UnitTestProperties,
        given: &UnitTestRows,
        input: Option<&str>,
        found: &mut Vec<Diagnostic>,
    ) -> Value {
        match &given.rows {
            Value::Array(rows) => Value::Array(whole_row_first(rows.clone())),
            Value::Null if given.fixture.is_none() && input.is_some() => {
                let input = input.unwrap_or_default();
                match self.seed_rows(from, input) {
                    Ok(rows) => {
                        let rows = rows.into_iter().map(Value::Object).collect();
                        Value::Array(whole_row_first(rows))
                    }
                    Err(message) => {
                        let hint = "give `rows:`, or an input that is a seed";
                        found.push(self.wrong(from, entry, given, &message, hint));
                        json!([])
                    }
                }
            }
            _ => {
                let message = "with `format: dict` rows are a list of mappings";
                let hint = "set `format: csv` or `format: sql` if the rows are a text";
                found.push(self.wrong(from, entry, given, message, hint));
                json!([])
            }
        }
    }

    fn csv_rows(
        &self,
        from: &PackageProperties,
        entry: &UnitTestProperties,
        given: &UnitTestRows,
        found: &mut Vec<Diagnostic>,
    ) -> Value {
        let Some(text) = self.text(from, entry, given, found) else {
            return json!([]);
        };
        match csv_rows(&text) {
            Ok(rows) => {
                let rows = rows.into_iter().map(|row| {
                    let row = row.into_iter().map(|(key, value)| match value {
                        Value::String(text) if text.is_empty() => (key, Value::Null),
                        value => (key, value),
                    });
                    Value::Object(row.collect())
                });
                Value::Array(whole_row_first(rows.collect()))
            }
            Err(message) => {
                let hint = "the first line of CSV names the columns";
                found.push(self.wrong(from, entry, given, &message, hint));
                json!([])
            }
        }
    }

    fn sql_rows(
        &self,
        from: &PackageProperties,
        entry: &UnitTestProperties,
        given: &UnitTestRows,
        found: &mut Vec<Diagnostic>,
    ) -> Value {
        self.text(from, entry, given, found)
            .map_or(json!(""), Value::from)
    }

    /// Returns the text of the rows, or of the fixture that they name.
    fn text(
        &self,
        from: &PackageProperties,
        entry: &UnitTestProperties,
        given: &UnitTestRows,
        found: &mut Vec<Diagnostic>,
    ) -> Option<String> {
        if let Some(fixture) = &given.fixture {
            let key = (&*from.package, fixture.text.as_str());
            if let Some(file) = self.fixtures.get(&key) {
                return Some(file.file.text.trim().to_owned());
            }
            let title = format!(
                "unit test `{}` takes rows from fixture `{}`, which does not exist",
                entry.name.text, fixture.text
            );
            let diagnostic = Diagnostic::error("unknown-fixture", title).at(
                &from.properties.file,
                fixture.span.clone(),
                "no file under `tests/fixtures` has this name",
            );
            let known = self
                .fixtures
                .keys()
                .filter(|(p, _)| *p == key.0)
                .map(|(_, name)| *name);
            found.push(match suggest::nearest(&fixture.text, known) {
                Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
                None => diagnostic,
            });
            return None;
        }
        if let Value::String(text) = &given.rows {
            return Some(text.clone());
        }
        let message = "with `format: csv` or `sql` rows are a text";
        let hint = "take out `format:` if the rows are a list of mappings";
        found.push(self.wrong(from, entry, given, message, hint));
        None
    }

    /// Reads the rows of the seed that an input names.
    fn seed_rows(&self, from: &PackageProperties, input: &str) -> Result<Rows, String> {
        let calls = extract(&format!("{{{{ {input} }}}}")).unwrap_or_default();
        let call = calls
            .refs
            .first()
            .ok_or_else(|| format!("`{input}` has no rows and is no seed"))?;
        let package = call.package.as_deref().unwrap_or(&from.package);
        let seeds = self
            .seeds
            .get(call.name.as_str())
            .map_or(&[][..], Vec::as_slice);
        let seed = seeds
            .iter()
            .find(|seed| *seed.package_name == *package)
            .ok_or_else(|| {
                let name = &call.name;
                format!(
                    "Unable to find seed '{package}.{name}' for unit tests: `{input}` has no rows"
                )
            })?;
        let root = self
            .cx
            .project
            .package(package)
            .map(|p| p.root.clone())
            .unwrap_or_default();
        let path = root.join(&seed.original_file_path);
        let text =
            self.cx.world.read(&path).map_err(|error| {
                format!("`{}` cannot be read: {error}", seed.original_file_path)
            })?;
        csv_rows(&text)
    }
}

/// Reads CSV as Python's `csv.DictReader`: a field that is missing at the end
/// of a line is null.
fn csv_rows(text: &str) -> Result<Rows, String> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|e| e.to_string())?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| e.to_string())?;
        let row = headers.iter().enumerate().map(|(i, name)| {
            (
                name.to_owned(),
                record.get(i).map_or(Value::Null, Value::from),
            )
        });
        rows.push(row.collect());
    }
    Ok(rows)
}

/// Puts the first row without a null into the first place, as dbt does, so
/// that databases that look at one row find the types.
fn whole_row_first(mut rows: Vec<Value>) -> Vec<Value> {
    let is_whole = |row: &Value| {
        row.as_object()
            .is_some_and(|row| row.values().all(|value| !value.is_null()))
    };
    if let Some(first) = rows.iter().position(is_whole) {
        rows.swap(0, first);
    }
    rows
}
