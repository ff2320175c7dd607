//! Unit tests: a model's SQL on given rows, compared with expected ones.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::compile::{self, Ephemeral};
use super::context::{Fixture, Fixtures, NodeState, StateKind, defer_relation, relations};
use super::db::Db;
use super::failure::{self, Failure, Rendered};
use super::materialize;
use super::node::NodeHandle;
use super::session::Session;
use super::subject::Subject;
use super::worker::{Done, executing_state};
use super::{Status, pseudo, row_diff};
use crate::adapter::Table;
use crate::graph::{Found, source_key, version_key};
use crate::jinja::{JinjaError, Value, extract, from_json, python};
use crate::parse::{Node, ResourceType, UniqueId, UnitTest, version_text};
use crate::sql::Schema;

/// Makes the state in which the tested model's SQL is rendered: what it reads
/// is replaced by the test's rows.
pub fn state(
    session: &Arc<Session>,
    db: &Arc<Db>,
    test: &UnitTest,
) -> Result<Arc<NodeState>, Failure> {
    let project = &session.graph().project;
    let tested = test
        .depends_on_nodes
        .first()
        .and_then(|id| project.nodes.get(id))
        .ok_or_else(|| {
            Failure::new(
                "Compilation",
                format!("the model `{}` of the unit test was not found", test.model),
            )
        })?;
    db.name(test.unique_id.as_str(), None);
    let fixtures = fixtures(session, db, test, tested)?;
    let node = Arc::new(test_node(test, tested));
    let mut state = NodeState::new(session, db, NodeHandle::Own(node));
    state.fixtures = Some(Arc::new(fixtures));
    Ok(Arc::new(state))
}

/// Makes the node that a unit test runs: the model's SQL under the test's name.
fn test_node(test: &UnitTest, tested: &Node) -> Node {
    let name = match tested.version_text() {
        Some(version) => format!("{}_v{version}", test.name),
        None => test.name.clone(),
    };
    let folder = test.original_file_path.rsplit_once('/');
    let path = match folder {
        Some((folder, _)) => format!("{folder}/{name}.sql"),
        None => format!("{name}.sql"),
    };
    let format = test.expect.get("format").and_then(Json::as_str);
    let rows = test.expect.get("rows").cloned().unwrap_or(Json::Null);
    let (rows, sql) = match (format, rows) {
        (Some("sql"), sql) => (json!([]), sql),
        (_, Json::Null) => (json!([]), Json::Null),
        (_, rows) => (rows, Json::Null),
    };
    let mut node = tested.clone();
    node.unique_id = test.unique_id.clone();
    node.resource_type = ResourceType::UnitTest;
    node.package_name = Arc::clone(&test.package_name);
    node.path = path;
    node.original_file_path.clone_from(&test.original_file_path);
    node.alias.clone_from(&name);
    node.name = name;
    node.relation_name = None;
    node.config = pseudo::config(json!({
        "materialized": "unit",
        "expected_rows": rows,
        "expected_sql": sql,
        "enabled": true,
        "meta": {},
        "tags": [],
    }));
    node
}

/// Renders the rows that a test gives to CTEs.
fn fixtures(
    session: &Arc<Session>,
    db: &Arc<Db>,
    test: &UnitTest,
    tested: &Node,
) -> Result<Fixtures, Failure> {
    let mut fixtures = Fixtures::default();
    let overrides = |key: &str| match test.overrides.as_ref().and_then(|o| o.get(key)) {
        Some(Json::Object(map)) => map.clone(),
        _ => Map::new(),
    };
    fixtures.vars = overrides("vars");
    fixtures.env_vars = overrides("env_vars");
    fixtures.macros = overrides("macros");
    for given in &test.given {
        let input = given
            .get("input")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let (id, node, cte_name) = input_node(session, test, tested, input)?;
        if id == tested.unique_id {
            fixtures.this = Some(id.clone());
        }
        let types = column_types(session, db, &id, &node, &tested.unique_id, given)?;
        let sql = fixture_sql(session, db, test, node, given, types)?;
        let ephemeral = Arc::new(Ephemeral {
            sql,
            ctes: Vec::new(),
        });
        fixtures.inputs.insert(
            id,
            Fixture {
                cte_name,
                ephemeral,
            },
        );
    }
    Ok(fixtures)
}

/// Finds what an input stands for: `ref('a')`, `source('a', 'b')` or `this`.
fn input_node(
    session: &Session,
    test: &UnitTest,
    tested: &Node,
    input: &str,
) -> Result<(UniqueId, Node, String), Failure> {
    let invalid = |why: &str| {
        Failure::new(
            "Parsing",
            format!(
                "Unit test '{}' had an input ({input}) which {why}",
                test.name
            ),
        )
    };
    if input.trim() == "this" {
        let mut node = tested.clone();
        as_input(&mut node);
        let alias = node.alias.clone();
        return Ok((tested.unique_id.clone(), node, alias));
    }
    let calls = extract(&format!("{{{{ {input} }}}}"))
        .map_err(|_| invalid("is neither ref(...), source(...) nor this"))?;
    let lookup = session.lookup();
    let project = &session.graph().project;
    let from = &*test.package_name;
    if let Some(call) = calls.refs.first() {
        let key = match &call.version {
            Some(version) => version_key(&call.name, &version_text(version)),
            None => call.name.clone(),
        };
        let found = lookup
            .refs
            .find(&lookup.rules, &key, from, call.package.as_deref());
        let node = match found {
            Found::One(target) => project.nodes.get(&target.id),
            _ => None,
        };
        let mut node = node
            .cloned()
            .ok_or_else(|| invalid("was not found in the manifest."))?;
        as_input(&mut node);
        let alias = node.alias.clone();
        return Ok((node.unique_id.clone(), node, alias));
    }
    let Some(call) = calls.sources.first() else {
        return Err(invalid("is neither ref(...), source(...) nor this"));
    };
    let key = source_key(&call.source, &call.table);
    let found = lookup.sources.find(&lookup.rules, &key, from, None);
    let source = match found {
        Found::One(id) => project.sources.get(id),
        _ => None,
    };
    let source = source.ok_or_else(|| invalid("was not found in the manifest."))?;
    let mut node = pseudo::operation(session, &source.name);
    node.resource_type = ResourceType::Model;
    node.package_name = Arc::clone(&source.package_name);
    node.database.clone_from(&source.database);
    node.schema.clone_from(&source.schema);
    node.alias.clone_from(&source.identifier);
    node.config = pseudo::config(json!({"materialized": "ephemeral"}));
    let cte_name = format!("{}__{}", source.source_name, source.name);
    Ok((source.unique_id.clone(), node, cte_name))
}

/// Makes a node stand for its rows: to the macros it is an ephemeral model.
fn as_input(node: &mut Node) {
    node.resource_type = ResourceType::Model;
    node.config = pseudo::config(json!({"materialized": "ephemeral"}));
}

/// Finds the types of an input's columns where its relation is not in the
/// database: those that the property file gives, else those that the SQL gives
/// which makes it. None when the relation is there, or nothing is known; the
/// macro that writes the rows asks the database then.
fn column_types(
    session: &Arc<Session>,
    db: &Arc<Db>,
    id: &UniqueId,
    node: &Node,
    tested: &UniqueId,
    given: &Json,
) -> Result<Option<Value>, Failure> {
    if given.get("format").and_then(Json::as_str) == Some("sql") {
        return Ok(None);
    }
    let handle = NodeHandle::Own(Arc::new(node.clone()));
    let state = Arc::new(NodeState::new(session, db, handle));
    let found = relations::find(&state, node.database.as_deref(), &node.schema, &node.alias)
        .map_err(|error| materialize::in_node(&state, None, &error))?;
    if found.is_some() || defer_relation(session, id).is_some() {
        return Ok(None);
    }
    let project = &session.graph().project;
    let described = match (project.nodes.get(id), project.sources.get(id)) {
        (Some(node), _) => &node.columns,
        (None, Some(source)) => &source.columns,
        (None, None) => return Ok(None),
    };
    let typed = described.values().filter_map(|column| {
        let data_type = column.data_type.as_deref()?;
        Some((column.name.to_lowercase(), data_type.to_owned()))
    });
    let mut types: Vec<(String, String)> = typed.collect();
    let rows = given.get("rows").and_then(Json::as_array);
    let mut named = rows
        .into_iter()
        .flatten()
        .filter_map(Json::as_object)
        .flatten();
    let is_typed = |name: &str| types.iter().any(|(typed, _)| *typed == name.to_lowercase());
    let is_whole = !types.is_empty() && types.len() == described.len();
    if !is_whole || !named.all(|(name, _)| is_typed(name)) {
        let schema = session
            .cx
            .schemas
            .as_ref()
            .and_then(|find| find(&session.cx, tested).get(id).cloned());
        let Some(schema) = schema.filter(Schema::is_typed) else {
            return Ok(None);
        };
        let columns = schema.columns.into_iter();
        let columns = columns.map(|c| (c.name.to_lowercase(), c.data_type.unwrap_or_default()));
        types = columns.collect();
    }
    let types = types
        .iter()
        .map(|(name, data_type)| (name.as_str(), Value::from(data_type.as_str())));
    Ok(Some(python::dict(types.collect::<Vec<_>>())))
}

/// Writes given rows as a query.
fn fixture_sql(
    session: &Arc<Session>,
    db: &Arc<Db>,
    test: &UnitTest,
    node: Node,
    given: &Json,
    types: Option<Value>,
) -> Result<String, Failure> {
    let mut state = NodeState::new(session, db, NodeHandle::Own(Arc::new(node)));
    // The macros ask for the columns of the relation that the rows stand for.
    state.kind = StateKind::Node;
    let state = Arc::new(state);
    let failed = |error: &JinjaError| {
        let rendered = Rendered {
            subject: Subject::UnitTest(test),
            template: "",
            path: "",
            compiled: None,
            origins: None,
        };
        failure::from_jinja(session.graph(), rendered, error)
    };
    let engine = &session.cx.engine;
    let context = state.context();
    let rows = given.get("rows").cloned().unwrap_or_else(|| json!([]));
    if let (Some("sql"), Json::String(sql)) = (given.get("format").and_then(Json::as_str), &rows) {
        return engine
            .render(sql, "fixture", &context)
            .map_err(|error| failed(&error));
    }
    let rows = if rows.is_null() { json!([]) } else { rows };
    let root = &*session.cx.project.name;
    let Some(found) = engine.find_macro(root, "get_fixture_sql") else {
        return Err(Failure::new(
            "Internal",
            "there is no macro get_fixture_sql",
        ));
    };
    engine
        .call_macro(
            &found.unique_id,
            &[from_json(&rows), types.unwrap_or_else(python::none)],
            &[],
            &context,
        )
        .map(|sql| sql.to_string())
        .map_err(|error| failed(&error))
}

/// Runs a unit test.
pub fn run(state: &Arc<NodeState>, test: &UnitTest) -> Result<Done, Failure> {
    let compiled = compile::compile(state)?;
    let executing = executing_state(state, Some(&compiled));
    materialize::call_materialization(&executing, "unit", Some(&compiled)).map_err(|failure| {
        let text = format!(
            "An error occurred during execution of unit test '{}'. There may be an error in the \
             unit test definition: check the data types.\n{}",
            test.name,
            indented(&failure.message(&Subject::Node(&state.node)))
        );
        Failure {
            kind: "Runtime",
            text,
            stack: Vec::new(),
            ..failure
        }
    })?;
    let main = materialize::main_result(&executing)?;
    let table = main.rows().unwrap_or_default();
    let actual = part(&table, "actual");
    let expected = part(&table, "expected");
    let mut done = Done::new(Status::Pass);
    done.adapter_response = main.adapter_response();
    done.failures = Some(0);
    if let Some(difference) = row_diff::diff(&expected, &actual) {
        done.status = Status::Fail;
        done.failures = Some(1);
        let beside = row_diff::beside(&expected, &actual);
        done.message = Some(format!(
            "\n\nactual differs from expected:\n\n{difference}\n{beside}"
        ));
    }
    Ok(done)
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!(" {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns the rows that are marked so, without the mark.
fn part(table: &Table, which: &str) -> Table {
    const MARK: &str = "actual_or_expected";
    let mark = table
        .columns
        .iter()
        .position(|column| column.eq_ignore_ascii_case(MARK));
    let Some(mark) = mark else {
        return Table::default();
    };
    let keeps = |i: usize| i != mark;
    let columns = (0..table.columns.len()).filter(|i| keeps(*i));
    let columns: Vec<usize> = columns.collect();
    Table {
        columns: columns
            .iter()
            .map(|i| table.columns[*i].to_lowercase())
            .collect(),
        types: columns
            .iter()
            .filter_map(|i| table.types.get(*i).copied())
            .collect(),
        sql_types: columns
            .iter()
            .filter_map(|i| table.sql_types.get(*i).cloned())
            .collect(),
        rows: table
            .rows
            .iter()
            .filter(|row| row[mark].python_text() == which)
            .map(|row| columns.iter().map(|i| row[*i].clone()).collect())
            .collect(),
    }
}
