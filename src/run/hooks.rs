//! `on-run-start` and `on-run-end`.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value as Json;

use super::context::{NodeState, node_value};
use super::db::{Db, Statement};
use super::draft::Again;
use super::events::{Place, naive_timestamp};
use super::failure::{self, Failure, Origins};
use super::node::NodeHandle;
use super::query_comment::CommentSubject;
use super::session::Session;
use super::subject::Subject;
use super::worker::name_connection;
use super::{NodeResult, Status, Timing, compile};
use crate::jinja::{Object, Value, from_json, from_json_map, function, python};
use crate::parse::{Node, NodeKind};

/// Which hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Start,
    End,
}

impl When {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "on-run-start",
            Self::End => "on-run-end",
        }
    }
}

/// What running hooks came to.
#[derive(Debug, Default)]
pub struct HooksRun {
    pub results: Vec<NodeResult>,
    /// Why a hook has no SQL. This is no result but ends the command, as in
    /// dbt; the hooks after it were not looked at.
    pub uncompiled: Option<Failure>,
}

/// Runs the hooks of the project and its packages, each after the one before;
/// after one that failed the others are skipped.
pub fn run(
    session: &Arc<Session>,
    db: &Arc<Db>,
    when: When,
    extra: &[(&'static str, Value)],
) -> HooksRun {
    let hooks = find(session, when);
    let reporter = session.reporter();
    if hooks.is_empty() {
        return HooksRun::default();
    }
    if when == When::End {
        reporter.line("");
    }
    let mut results: Vec<NodeResult> = Vec::new();
    let total = hooks.len();
    for (i, hook) in hooks.into_iter().enumerate() {
        let failed = results.iter().any(|r| r.status != Status::Success);
        let place = Place {
            index: i + 1,
            total,
        };
        let name = format!("{}.{}.{i}", hook.package_name, when.as_str());
        if failed {
            results.push(skip(session, &hook, &name, place));
            continue;
        }
        match run_one(session, db, hook, &name, place, extra) {
            Ok(result) => results.push(result),
            Err(failure) => {
                return HooksRun {
                    results,
                    uncompiled: Some(failure),
                };
            }
        }
    }
    if when == When::Start {
        reporter.line("");
    }
    HooksRun {
        results,
        uncompiled: None,
    }
}

/// Returns the hooks in their order: the root project's first, then those of
/// the packages by name.
fn find(session: &Session, when: When) -> Vec<NodeHandle> {
    let graph = &session.cx.graph;
    let root = &*session.cx.project.name;
    let mut hooks: Vec<(bool, &str, usize, usize)> = Vec::new();
    for (at, node) in graph.project.nodes.values().enumerate() {
        if let NodeKind::Hook { index, on_start } = node.kind
            && on_start == (when == When::Start)
        {
            let package = &*node.package_name;
            hooks.push((package != root, package, index, at));
        }
    }
    hooks.sort_unstable();
    let handle = |index| NodeHandle::InGraph {
        graph: Arc::clone(graph),
        index,
    };
    hooks.into_iter().map(|(_, _, _, at)| handle(at)).collect()
}

fn run_one(
    session: &Arc<Session>,
    db: &Arc<Db>,
    hook: NodeHandle,
    name: &str,
    place: Place,
    extra: &[(&'static str, Value)],
) -> Result<NodeResult, Failure> {
    let reporter = session.reporter();
    let started_at = session.now();
    let started = naive_timestamp(started_at);
    let clock = Instant::now();
    let mut result = NodeResult::new(hook.unique_id.clone(), Status::Success);
    "main".clone_into(&mut result.thread_id);
    result.failures = Some(0);

    let mut state = NodeState::new(session, db, hook);
    state.extra = extra.to_vec();
    let state = Arc::new(state);
    let node = &*state.node;
    let subject = Subject::Node(node);
    let compiled = name_connection(&state, CommentSubject::Connection("master"))
        .and_then(|()| compile::compile(&state))?;
    session.update_compiled(&node.unique_id, |compiled| {
        compiled.place = Some(place.index);
    });
    result.timing.push(Timing {
        name: "compile",
        started_at,
        completed_at: session.now(),
    });
    result.compiled = Some(true);
    reporter.hook_start(name, place, subject.node_info("started", &started, ""));
    let execute_started_at = session.now();
    let outcome = execute(&state, &compiled);
    result.timing.push(Timing {
        name: "execute",
        started_at: execute_started_at,
        completed_at: session.now(),
    });
    result.compiled_code = Some(compiled.code);
    match outcome {
        Ok(()) => result.message = Some(format!("{name} passed")),
        Err(failure) => {
            result.status = Status::Error;
            result.failures = Some(1);
            result.message = Some(format!("{name} failed, error:\n {}", failure.text));
            result.diagnostics = failure.diagnostics;
        }
    }
    result.execution_time = clock.elapsed().as_secs_f64();
    let finished = naive_timestamp(session.now());
    let info = subject.node_info(result.status.as_str(), &started, &finished);
    reporter.hook_end(name, &result, place, info);
    Ok(result)
}

/// Runs a hook's SQL, outside of any transaction.
fn execute(state: &Arc<NodeState>, compiled: &compile::Compiled) -> Result<(), Failure> {
    let sql = statement(&compiled.code);
    if super::sql_text::is_blank(&sql) {
        return Ok(());
    }
    let statement = Statement {
        sql: &sql,
        auto_begin: false,
        fetch: false,
        limit: None,
    };
    state.db.execute(statement).map(drop).map_err(|error| {
        let mut rendered = compile::rendered(&state.node);
        let path = compiled.path.as_deref().unwrap_or("compiled SQL");
        rendered.compiled = Some((&sql, path));
        let again = Again { state, compiled };
        // What stands in JSON has other places than its text.
        rendered.origins = (*sql == *compiled.code).then_some(&again as &dyn Origins);
        failure::from_database(state.session.graph(), rendered, &error, None)
    })
}

/// Reads a hook's text: SQL, or a mapping that holds it in JSON.
pub fn statement(text: &str) -> String {
    match serde_json::from_str::<Json>(text) {
        Ok(Json::Object(map)) => match map.get("sql") {
            Some(Json::String(sql)) => sql.clone(),
            _ => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

/// Renders the hooks that run before anything else, without running them.
pub fn start_texts(session: &Arc<Session>, db: &Arc<Db>) -> Result<Vec<String>, Failure> {
    let hooks = find(session, When::Start).into_iter();
    hooks
        .map(|hook| {
            let state = Arc::new(NodeState::new(session, db, hook));
            compile::draft(&state).map(|(code, ..)| statement(&code))
        })
        .collect()
}

/// Returns the texts of a node's hooks: texts, or mappings that hold them.
pub fn texts_of_config(hooks: Option<&Json>) -> Vec<String> {
    let text = |hook: &Json| match hook {
        Json::String(text) => Some(statement(text)),
        Json::Object(map) => map.get("sql")?.as_str().map(str::to_owned),
        _ => None,
    };
    match hooks {
        Some(Json::Array(hooks)) => hooks.iter().filter_map(text).collect(),
        Some(hook) => text(hook).into_iter().collect(),
        None => Vec::new(),
    }
}

fn skip(session: &Session, hook: &Node, name: &str, place: Place) -> NodeResult {
    let mut result = NodeResult::new(hook.unique_id.clone(), Status::Skipped);
    "main".clone_into(&mut result.thread_id);
    result.failures = Some(1);
    result.compiled = Some(false);
    result.message = Some(format!("{name} skipped"));
    let info = Subject::Node(hook).node_info("skipped", "", "");
    session.reporter().hook_end(name, &result, place, info);
    result
}

/// What `on-run-end` hooks see of the run.
pub const END_NAMES: [&str; 3] = ["results", "schemas", "database_schemas"];

/// Makes what `on-run-end` hooks see of the run: `results`, `schemas` and
/// `database_schemas`.
pub fn end_names(session: &Arc<Session>, results: &[NodeResult]) -> Vec<(&'static str, Value)> {
    let mut schemas: Vec<(Option<&str>, &str)> = Vec::new();
    for result in results {
        let went_well = !matches!(
            result.status,
            Status::Error | Status::Fail | Status::Skipped
        );
        if let Some(node) = session.graph().project.nodes.get(&result.unique_id)
            && went_well
            && super::schemas::is_relational(session, node)
        {
            let schema = (node.database.as_deref(), node.schema.as_str());
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
    }
    let mut names: Vec<&str> = schemas.iter().map(|(_, schema)| *schema).collect();
    names.sort_unstable();
    names.dedup();
    let pairs = schemas.iter().map(|(database, schema)| {
        let database = database.map_or_else(python::none, Value::from);
        python::tuple(vec![database, Value::from(*schema)])
    });
    // Hooks that went well are no results to dbt.
    let shown = results
        .iter()
        .filter(|r| r.thread_id != "main" || r.status == Status::Error)
        .map(|result| {
            Value::from_object(ResultObject {
                session: Arc::clone(session),
                result: result.clone(),
            })
        });
    let values = [
        shown.collect(),
        names.into_iter().map(Value::from).collect(),
        pairs.collect(),
    ];
    END_NAMES
        .into_iter()
        .zip(values.map(python::list))
        .collect()
}

/// A result as `on-run-end` hooks see it.
struct ResultObject {
    session: Arc<Session>,
    result: NodeResult,
}

impl std::fmt::Debug for ResultObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RunResult({})", self.result.unique_id)
    }
}

const FIELDS: &[&str] = &[
    "status",
    "timing",
    "thread_id",
    "execution_time",
    "adapter_response",
    "message",
    "failures",
    "node",
    "batch_results",
];

impl Object for ResultObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let result = &self.result;
        Some(match key {
            "status" => Value::from(result.status.as_str()),
            "thread_id" => Value::from(result.thread_id.as_str()),
            "execution_time" => Value::from(result.execution_time),
            "adapter_response" => from_json_map(&result.adapter_response),
            "message" => match &result.message {
                Some(message) => Value::from(message.as_str()),
                None => python::none(),
            },
            "failures" => result.failures.map_or_else(python::none, Value::from),
            "skipped" => Value::from(result.status == Status::Skipped),
            "timing" => {
                let timings = result.timing.iter().copied();
                python::list(
                    timings
                        .map(|t| Value::from_object(TimingObject(t)))
                        .collect(),
                )
            }
            "node" => self.node(),
            "batch_results" | "agate_table" => python::none(),
            "to_dict" => {
                let result = Arc::clone(self);
                function("to_dict", move |_| Ok(result.mapping()))
            }
            "__type__" => Value::from("RunResult"),
            _ => return None,
        })
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}

impl ResultObject {
    fn node(&self) -> Value {
        let id = &self.result.unique_id;
        let project = &self.session.graph().project;
        let compiled = self.session.compiled(id);
        let value = if let Some(node) = project.nodes.get(id) {
            return Value::from_object(NodeObject(node_value(node, compiled.as_ref())));
        } else if let Some(source) = project.sources.get(id) {
            serde_json::to_value(source)
        } else if let Some(test) = project.unit_tests.get(id) {
            serde_json::to_value(test)
        } else if let Some(exposure) = project.exposures.get(id) {
            serde_json::to_value(exposure)
        } else {
            return python::none();
        };
        let value = value.map_or_else(|_| python::none(), |value| from_json(&value));
        Value::from_object(NodeObject(value))
    }

    fn mapping(self: &Arc<Self>) -> Value {
        let fields = FIELDS.iter().map(|name| {
            let value = match *name {
                "node" => match self.node().downcast_object_ref::<NodeObject>() {
                    Some(node) => node.0.clone(),
                    None => python::none(),
                },
                "timing" => python::list(self.result.timing.iter().map(timing).collect()),
                name => self.get_value_by_str(name).unwrap_or_default(),
            };
            (*name, value)
        });
        python::dict(fields.collect::<Vec<_>>())
    }
}

/// A span of a result's `timing`: its moments are datetimes, and texts in its
/// `to_dict()`.
#[derive(Debug)]
struct TimingObject(Timing);

impl Object for TimingObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let moment = |at| {
            let text = super::events::naive_timestamp(at);
            match python::datetime::parse_iso(&text) {
                Some(moment) => python::datetime::Temporal::DateTime(moment).into_value(),
                None => Value::from(text),
            }
        };
        match key.as_str()? {
            "name" => Some(Value::from(self.0.name)),
            "started_at" => Some(moment(self.0.started_at)),
            "completed_at" => Some(moment(self.0.completed_at)),
            "to_dict" => {
                let span = Arc::clone(self);
                Some(function("to_dict", move |_| Ok(timing(&span.0))))
            }
            _ => None,
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}

fn timing(timing: &Timing) -> Value {
    python::dict([
        ("name", Value::from(timing.name)),
        (
            "started_at",
            Value::from(super::events::timestamp(timing.started_at)),
        ),
        (
            "completed_at",
            Value::from(super::events::timestamp(timing.completed_at)),
        ),
    ])
}

/// The node of a result: its mapping, read by attribute, with `to_dict`.
#[derive(Debug)]
struct NodeObject(Value);

impl Object for NodeObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if key.as_str() == Some("to_dict") {
            let value = self.0.clone();
            return Some(function("to_dict", move |_| Ok(value.clone())));
        }
        let found = self.0.get_item(key).ok()?;
        (!found.is_undefined()).then_some(found)
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}
