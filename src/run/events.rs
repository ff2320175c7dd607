//! The messages of a run, with dbt's names, codes, texts and fields.

mod moment;
#[cfg(test)]
mod tests;

pub use moment::{naive_timestamp, timestamp};

use serde_json::{Map, Value, json};

use super::{NodeResult, Status};
use crate::config::SharedMap;
use crate::event::{Event, EventSink, Level};
use crate::parse::UniqueId;

/// Sends the messages of a run.
#[derive(Clone, Copy)]
pub struct Reporter<'a> {
    pub sink: &'a dyn EventSink,
    /// dbt's `--printer-width`.
    pub width: usize,
}

/// A step's place among all: `3 of 12`.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub index: usize,
    pub total: usize,
}

/// What an event says of the node besides its own fields.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// dbt's `node_info`.
    pub node_info: Value,
    pub group: Option<Value>,
}

/// Which sentence tells a node's result.
#[derive(Debug, Clone)]
pub enum Told<'a> {
    /// `OK created sql view model main.a`.
    Model { description: &'a str },
    /// `OK snapshotted main.a`.
    Snapshot {
        relation: &'a str,
        config: &'a SharedMap,
    },
    /// `OK loaded seed file main.a`.
    Seed { schema: &'a str, alias: &'a str },
    /// `PASS not_null_a_id`.
    Test {
        name: &'a str,
        attached_node: Option<&'a UniqueId>,
    },
    /// `OK created function main.f`.
    Function { description: &'a str },
    /// `PASS freshness of raw.claims`.
    Freshness { source: &'a str, table: &'a str },
    /// `NO-OP exposure a`.
    Nothing { description: &'a str },
}

impl Reporter<'_> {
    fn send(
        &self,
        level: Level,
        name: &'static str,
        code: &'static str,
        message: impl Into<String>,
        data: impl FnOnce() -> Value,
    ) {
        let data = if self.sink.reads_data() {
            data()
        } else {
            Value::Null
        };
        self.sink.send(Event {
            level,
            name,
            code,
            message: message.into(),
            data,
        });
    }

    /// Writes an empty or plain line.
    pub fn line(&self, text: &str) {
        self.send(Level::Info, "Formatting", "Z017", text, || json!({}));
    }

    pub fn concurrency(&self, threads: usize, target: &str, nodes: usize) {
        self.send(
            Level::Info,
            "ConcurrencyLine",
            "Q027",
            format!("Concurrency: {threads} threads (target='{target}')"),
            || json!({"num_threads": threads, "target_name": target, "node_count": nodes}),
        );
    }

    pub fn node_start(&self, id: &UniqueId, node_info: Value) {
        let message = format!("Began running node {id}");
        let data = || json!({"node_info": node_info});
        self.send(Level::Debug, "NodeStart", "Q024", message, data);
    }

    pub fn node_compiling(&self, id: &UniqueId, node_info: Value) {
        let message = format!("Began compiling node {id}");
        let data = || json!({"node_info": node_info});
        self.send(Level::Debug, "NodeCompiling", "Q030", message, data);
    }

    pub fn node_executing(&self, id: &UniqueId, node_info: Value) {
        let message = format!("Began executing node {id}");
        let data = || json!({"node_info": node_info});
        self.send(Level::Debug, "NodeExecuting", "Q031", message, data);
    }

    pub fn node_finished(&self, result: &NodeResult, node_info: Value) {
        let message = format!("Finished running node {}", result.unique_id);
        let data = || json!({"node_info": node_info, "run_result": run_result(result)});
        self.send(Level::Debug, "NodeFinished", "Q025", message, data);
    }

    /// Says that a failure takes down what is below it.
    pub fn mark_skipped_children(&self, result: &NodeResult) {
        let mut message = format!(
            "Marking all children of '{}' to be skipped because of status '{}'. ",
            result.unique_id,
            result.status.as_str()
        );
        if let Some(reason) = result.message.as_deref().filter(|m| !m.is_empty()) {
            message.push_str(&format!(" Reason: {reason}."));
        }
        let data = || {
            json!({
                "unique_id": result.unique_id.as_str(),
                "status": result.status.as_str(),
                "run_result": run_result(result),
            })
        };
        self.send(Level::Debug, "MarkSkippedChildren", "Z033", message, data);
    }

    pub fn start(&self, description: &str, place: Place, node_info: Value) {
        let message = self.fancy(&format!("START {description}"), "RUN", Some(place), None);
        let data = || {
            json!({
                "description": description,
                "index": place.index,
                "total": place.total,
                "node_info": node_info,
            })
        };
        self.send(Level::Info, "LogStartLine", "Q011", message, data);
    }

    /// Tells what became of a node.
    pub fn result(&self, told: &Told<'_>, result: &NodeResult, place: Place, about: About) {
        let said = result.message.as_deref().unwrap_or_default();
        let is_error = result.status == Status::Error;
        let status_text = result.status.as_str();
        let error_level = if is_error { Level::Error } else { Level::Info };
        let mut data = Map::new();
        let (name, code, level, sentence, status) = match told {
            Told::Model { description } => {
                let (verb, status) = if is_error {
                    ("ERROR creating", "ERROR".to_owned())
                } else if said.contains("PARTIAL SUCCESS") {
                    ("PARTIALLY created", said.to_uppercase())
                } else {
                    ("OK created", said.to_owned())
                };
                data.insert("description".into(), (*description).into());
                let plain = if is_error { status_text } else { said };
                data.insert("status".into(), plain.into());
                let sentence = format!("{verb} {description}");
                ("LogModelResult", "Q012", error_level, sentence, status)
            }
            Told::Snapshot { relation, config } => {
                let (verb, status) = if is_error {
                    ("ERROR snapshotting", "ERROR".to_owned())
                } else {
                    ("OK snapshotted", said.to_owned())
                };
                let config: Map<String, Value> = config
                    .iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(key, value)| (key.clone(), python_text(value).into()))
                    .collect();
                data.insert("description".into(), (*relation).into());
                data.insert("cfg".into(), Value::Object(config));
                data.insert("status".into(), status_text.into());
                data.insert("result_message".into(), said.into());
                let sentence = format!("{verb} {relation}");
                ("LogSnapshotResult", "Q015", error_level, sentence, status)
            }
            Told::Seed { schema, alias } => {
                let (verb, status) = if is_error {
                    ("ERROR loading", "ERROR".to_owned())
                } else {
                    ("OK loaded", said.to_owned())
                };
                data.insert("schema".into(), (*schema).into());
                data.insert("relation".into(), (*alias).into());
                data.insert("status".into(), status_text.into());
                data.insert("result_message".into(), said.into());
                let sentence = format!("{verb} seed file {schema}.{alias}");
                ("LogSeedResult", "Q016", error_level, sentence, status)
            }
            Told::Test {
                name,
                attached_node,
            } => {
                let failures = result.failures.unwrap_or(0);
                let (level, status) = match result.status {
                    Status::Error => (Level::Error, "ERROR".to_owned()),
                    Status::Pass => (Level::Info, "PASS".to_owned()),
                    Status::Warn => (Level::Warn, format!("WARN {failures}")),
                    _ => (Level::Error, format!("FAIL {failures}")),
                };
                data.insert("name".into(), (*name).into());
                data.insert("status".into(), status_text.into());
                data.insert("num_failures".into(), failures.into());
                let attached = attached_node.map_or("", UniqueId::as_str);
                data.insert("attached_node".into(), attached.into());
                let sentence = format!("{status} {name}");
                ("LogTestResult", "Q007", level, sentence, status)
            }
            Told::Function { description } => {
                let verb = match result.status {
                    Status::Error => "ERROR creating",
                    Status::Skipped => "SKIP",
                    _ => "OK created",
                };
                data.insert("description".into(), (*description).into());
                data.insert("status".into(), status_text.into());
                let sentence = format!("{verb} {description}");
                let status = status_text.to_uppercase();
                ("LogFunctionResult", "Q047", error_level, sentence, status)
            }
            Told::Freshness { source, table } => {
                let (level, word) = match result.status {
                    Status::RuntimeError => (Level::Error, "ERROR"),
                    Status::Error => (Level::Error, "ERROR STALE"),
                    Status::Warn => (Level::Warn, "WARN"),
                    _ => (Level::Info, "PASS"),
                };
                data.insert("status".into(), status_text.into());
                data.insert("source_name".into(), (*source).into());
                data.insert("table_name".into(), (*table).into());
                let sentence = format!("{word} freshness of {source}.{table}");
                ("LogFreshnessResult", "Q018", level, sentence, word.into())
            }
            Told::Nothing { description } => {
                data.insert("description".into(), (*description).into());
                data.insert("status".into(), "".into());
                let sentence = format!("NO-OP {description}");
                (
                    "LogNodeNoOpResult",
                    "Q019",
                    Level::Info,
                    sentence,
                    "NO-OP".into(),
                )
            }
        };
        let total = if matches!(told, Told::Test { .. }) {
            "num_models"
        } else {
            "total"
        };
        data.insert("index".into(), place.index.into());
        data.insert(total.into(), place.total.into());
        data.insert("execution_time".into(), result.execution_time.into());
        data.insert("node_info".into(), about.node_info);
        if let Some(group) = about.group {
            data.insert("group".into(), group);
        }
        let message = self.fancy(&sentence, &status, Some(place), Some(result.execution_time));
        self.send(level, name, code, message, || Value::Object(data));
    }

    /// Tells of a node that was not done.
    pub fn skipped(
        &self,
        resource_type: &str,
        schema: &str,
        node_name: &str,
        place: Place,
        about: About,
    ) {
        let sentence = if matches!(resource_type, "model" | "seed" | "snapshot") {
            format!("SKIP relation {schema}.{node_name}")
        } else {
            format!("SKIP {resource_type} {node_name}")
        };
        let message = self.fancy(&sentence, "SKIP", Some(place), None);
        let mut data = json!({
            "resource_type": resource_type,
            "schema": schema,
            "node_name": node_name,
            "index": place.index,
            "total": place.total,
            "node_info": about.node_info,
        });
        if let Some(group) = about.group {
            data["group"] = group;
        }
        self.send(Level::Info, "SkippingDetails", "Q034", message, || data);
    }

    /// Tells of a node that cannot be done since an ephemeral model that it
    /// reads does not compile.
    pub fn skipped_because_of_ephemeral(
        &self,
        schema: &str,
        relation: &str,
        place: Place,
        group: Option<Value>,
    ) {
        let sentence =
            format!("SKIP relation {schema}.{relation} due to ephemeral model status 'error'");
        let message = self.fancy(&sentence, "ERROR SKIP", Some(place), None);
        let mut data = json!({
            "schema": schema,
            "relation": relation,
            "index": place.index,
            "total": place.total,
            "status": "error",
        });
        if let Some(group) = group {
            data["group"] = group;
        }
        self.send(Level::Error, "LogSkipBecauseError", "Z034", message, || {
            data
        });
    }

    pub fn hook_start(&self, name: &str, place: Place, node_info: Value) {
        let message = self.fancy_hook(&format!("START hook: {name}"), "RUN", place, None);
        let data = || {
            json!({
                "statement": name,
                "index": place.index,
                "total": place.total,
                "node_info": node_info,
            })
        };
        self.send(Level::Info, "LogHookStartLine", "Q032", message, data);
    }

    pub fn hook_end(&self, name: &str, result: &NodeResult, place: Place, node_info: Value) {
        let word = match result.status {
            Status::Success => "OK",
            Status::Skipped => "SKIP",
            _ => "ERROR",
        };
        let time = Some(result.execution_time);
        let message = self.fancy_hook(&format!("{word} hook: {name}"), word, place, time);
        let data = || {
            json!({
                "statement": name,
                "status": result.status.as_str(),
                "index": place.index,
                "total": place.total,
                "execution_time": result.execution_time,
                "node_info": node_info,
            })
        };
        self.send(Level::Info, "LogHookEndLine", "Q033", message, data);
    }

    pub fn batch_start(&self, description: &str, place: Place, node_info: Value) {
        let line = self.fancy(&format!("START {description}"), "RUN", Some(place), None);
        let data = || {
            json!({
                "description": description,
                "batch_index": place.index,
                "total_batches": place.total,
                "node_info": node_info,
            })
        };
        let message = format!("Batch {line}");
        self.send(Level::Info, "LogStartBatch", "Q045", message, data);
    }

    pub fn batch_result(
        &self,
        description: &str,
        result: &NodeResult,
        place: Place,
        node_info: Value,
    ) {
        let said = result.message.as_deref().unwrap_or_default();
        let (level, verb, plain, status) = match result.status {
            Status::Error => (Level::Error, "ERROR creating", "error", "ERROR".to_owned()),
            Status::Skipped => (Level::Info, "SKIP", "skipped", "SKIPPED".to_owned()),
            _ => (Level::Info, "OK created", said, said.to_owned()),
        };
        let sentence = format!("{verb} {description}");
        let time = Some(result.execution_time);
        let line = self.fancy(&sentence, &status, Some(place), time);
        let data = || {
            json!({
                "description": description,
                "status": plain,
                "batch_index": place.index,
                "total_batches": place.total,
                "execution_time": result.execution_time,
                "node_info": node_info,
            })
        };
        let message = format!("Batch {line}");
        self.send(level, "LogBatchResult", "Q046", message, data);
    }

    pub fn connection_reused(&self, name: &str, former: &str) {
        let message = format!(
            "Re-using an available connection from the pool (formerly {former}, now {name})"
        );
        let data = || json!({"conn_name": name, "orig_conn_name": former});
        self.send(Level::Debug, "ConnectionReused", "E006", message, data);
    }

    /// Tells of a statement that goes to the database; `about` adds whose it is.
    pub fn query(&self, connection: &str, sql: &str, about: impl Fn(Value) -> Value) {
        let message = format!("On {connection}: {sql}");
        let data = || about(json!({"conn_name": connection, "sql": sql}));
        self.send(Level::Debug, "SQLQuery", "E016", message, data);
    }

    /// A Python model has printed a line.
    pub fn printed(&self, line: &str) {
        self.send(Level::Info, "PrintEvent", "Z052", line.to_owned(), || {
            json!({})
        });
    }

    /// Python has written a line to its standard error.
    pub fn python_warned(&self, line: &str) {
        self.send(Level::Info, "Note", "Z050", line.to_owned(), || json!({}));
    }

    pub fn query_status(&self, status: &str, seconds: f64, about: impl Fn(Value) -> Value) {
        let message = format!("SQL status: {status} in {seconds:.3} seconds");
        let data = || about(json!({"status": status, "elapsed": seconds, "query_id": ""}));
        self.send(Level::Debug, "SQLQueryStatus", "E017", message, data);
    }

    pub fn commit(&self, connection: &str, about: impl Fn(Value) -> Value) {
        let message = format!("On {connection}: COMMIT");
        let data = || about(json!({"conn_name": connection}));
        self.send(Level::Debug, "SQLCommit", "E018", message, data);
    }

    pub fn rollback(&self, connection: &str) {
        let message = format!("On {connection}: ROLLBACK");
        let data = || json!({"conn_name": connection});
        self.send(Level::Debug, "Rollback", "E012", message, data);
    }

    pub fn creating_schema(&self, database: Option<&str>, schema: &str) {
        let message = match database {
            Some(database) => format!("Creating schema \"{database}.{schema}\""),
            None => format!("Creating schema \"{schema}\""),
        };
        let data = || {
            let relation = json!({
                "database": database.unwrap_or_default(),
                "schema": schema,
                "identifier": "",
            });
            json!({"relation": relation})
        };
        self.send(Level::Debug, "SchemaCreation", "E020", message, data);
    }

    pub fn error_on_run(&self, text: &str, node_info: Value) {
        let data = || json!({"exc": text, "node_info": node_info});
        self.send(Level::Debug, "CatchableExceptionOnRun", "W002", text, data);
    }

    /// Tells why a batch of a microbatch model failed; the model's own line
    /// says only how many did.
    pub fn batch_failed(&self, id: &UniqueId, text: &str, node_info: Value) {
        let exc = format!("Exception on worker thread. {text}");
        let data = || json!({"unique_id": id.as_str(), "exc": exc, "node_info": node_info});
        let message = text.to_owned();
        self.send(Level::Error, "GenericExceptionOnRun", "W004", message, data);
    }

    /// Tells of a mistake of the program itself.
    pub fn bug_on_run(&self, id: &UniqueId, text: &str, node_info: Value) {
        let message = format!("Unhandled error while executing {id}\n{text}");
        let data = || json!({"unique_id": id.as_str(), "exc": text, "node_info": node_info});
        self.send(Level::Error, "GenericExceptionOnRun", "W004", message, data);
    }

    pub fn cancelling(&self, connection: &str) {
        let message = self.fancy(&format!("CANCEL query {connection}"), "CANCEL", None, None);
        let data = || json!({"conn_name": connection});
        self.send(Level::Error, "LogCancelLine", "Q022", message, data);
    }

    /// Sends a message that has no builder of its own.
    pub fn other(
        &self,
        level: Level,
        name: &'static str,
        code: &'static str,
        message: impl Into<String>,
        data: impl FnOnce() -> Value,
    ) {
        self.send(level, name, code, message, data);
    }

    /// Returns a line with dots up to the width and a status in brackets.
    fn fancy(
        &self,
        sentence: &str,
        status: &str,
        place: Option<Place>,
        seconds: Option<f64>,
    ) -> String {
        let mut line = prefix(sentence, place);
        fill(&mut line, self.width);
        push_status(&mut line, status, seconds);
        line
    }

    /// The same, where a long text is cut.
    fn fancy_hook(
        &self,
        sentence: &str,
        status: &str,
        place: Place,
        seconds: Option<f64>,
    ) -> String {
        let mut line = prefix(sentence, Some(place));
        fill(&mut line, self.width);
        let most = self.width.saturating_sub(3);
        // dbt cuts a line that fills the width exactly, too: its three last
        // dots become three other ones.
        if line.chars().count() > most {
            let end = line.char_indices().nth(most).map_or(line.len(), |(i, _)| i);
            line.truncate(end);
            line.push_str("...");
        }
        push_status(&mut line, status, seconds);
        line
    }
}

fn prefix(sentence: &str, place: Option<Place>) -> String {
    match place {
        Some(place) => format!("{} of {} {sentence} ", place.index, place.total),
        None => format!("{sentence} "),
    }
}

fn fill(line: &mut String, width: usize) {
    let length = line.chars().count();
    for _ in length..width {
        line.push('.');
    }
}

fn push_status(line: &mut String, status: &str, seconds: Option<f64>) {
    line.push_str(" [");
    line.push_str(status);
    if let Some(seconds) = seconds {
        line.push_str(&format!(" in {seconds:.2}s"));
    }
    line.push(']');
}

/// Returns dbt's short form of a result, as events carry it.
pub fn run_result(result: &NodeResult) -> Value {
    let timing: Vec<Value> = result
        .timing
        .iter()
        .map(|t| {
            json!({
                "name": t.name,
                "started_at": timestamp(t.started_at),
                "completed_at": timestamp(t.completed_at),
            })
        })
        .collect();
    json!({
        "status": result.status.as_str(),
        "message": result.message.as_deref().unwrap_or_default(),
        "thread": result.thread_id,
        "execution_time": result.execution_time,
        "num_failures": result.failures.unwrap_or(0),
        "timing_info": timing,
        "adapter_response": result.adapter_response,
    })
}

/// Writes a JSON value as Python's `str()` shows it.
fn python_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => python_repr(other),
    }
}

fn python_repr(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.contains('\'') && !text.contains('"') => format!("\"{text}\""),
        Value::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(python_repr).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let items: Vec<String> = map
                .iter()
                .map(|(key, value)| {
                    format!(
                        "{}: {}",
                        python_repr(&key.as_str().into()),
                        python_repr(value)
                    )
                })
                .collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}
