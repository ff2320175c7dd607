//! Builds a microbatch model, one batch of event time after the other.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::batches::{BatchRequest, BatchSize, batches, parse_time};
use super::context::{NodeState, node_relation, relations};
use super::events::{Place, naive_timestamp};
use super::failure::Failure;
use super::node::NodeHandle;
use super::query_comment::CommentSubject;
use super::subject::Subject;
use super::worker::{Done, build, executing_state, name_connection};
use super::{Batch, BatchResults, NodeResult, Status, compile, job, materialize};
use crate::adapter::RelationKind;
use crate::parse::Node;

/// The batch that a rendering is about.
#[derive(Debug, Clone, Copy)]
pub struct BatchState {
    pub batch: Batch,
    pub size: BatchSize,
}

impl BatchState {
    /// Returns the part of file names that tells batches apart.
    pub fn suffix(&self) -> String {
        self.size.format(self.batch.start)
    }

    /// Returns `model.batch.id`.
    pub fn id(&self) -> String {
        self.size.id(self.batch.start)
    }
}

/// Builds all batches. Those before one that failed stay, and so do those
/// after it, unless it was the first.
pub fn run(state: &Arc<NodeState>) -> Result<Done, Failure> {
    let node = &*state.node;
    let retried = state.session.cx.retried.as_ref();
    let before = retried.and_then(|retried| retried.batches.get(&node.unique_id));
    // What was written before is to stay.
    let is_incremental = before.is_some() || is_incremental(state)?;
    let (size, mut batches) = plan(state, is_incremental)?;
    if let Some(before) = before {
        batches.clone_from(&before.failed);
    }
    let mut results = BatchResults::default();
    let mut done = Done::new(Status::Success);
    done.failures = Some(0);
    done.message = Some(String::new());
    let total = batches.len();
    for (i, batch) in batches.iter().enumerate() {
        let batch_node = batch_node(node, i, total, is_incremental);
        let mut inner = NodeState::new(&state.session, &state.db, batch_node);
        inner.batch = Some(BatchState {
            batch: *batch,
            size,
        });
        let place = Place {
            index: i + 1,
            total,
        };
        let first_failed = !results.failed.is_empty() && results.successful.is_empty() && i > 0;
        let is_skipped = first_failed && results.failed.first() == batches.first();
        let outcome = run_batch(&Arc::new(inner), place, is_skipped);
        match outcome {
            Ok(batch_done) => {
                results.successful.push(*batch);
                done.notes.extend(batch_done.notes);
            }
            Err(failure) => {
                results.failed.push(*batch);
                if let Some(failure) = failure {
                    if failure.is_cancelled {
                        return Err(failure);
                    }
                    done.notes.extend(failure.diagnostics);
                }
            }
        }
    }
    if total > 0 {
        conclude(&mut done, &results);
    }
    if let Some(before) = before {
        results.successful.extend(&before.successful);
    }
    done.batch_results = Some(results);
    Ok(done)
}

fn conclude(done: &mut Done, results: &BatchResults) {
    let (good, bad) = (results.successful.len(), results.failed.len());
    let (status, message) = if bad == 0 {
        (Status::Success, "SUCCESS".to_owned())
    } else if good == 0 {
        (Status::Error, "ERROR".to_owned())
    } else {
        (
            Status::PartialSuccess,
            format!("PARTIAL SUCCESS ({good}/{})", good + bad),
        )
    };
    done.status = status;
    done.message = Some(message);
}

/// Decides on the batches.
fn plan(state: &Arc<NodeState>, is_incremental: bool) -> Result<(BatchSize, Vec<Batch>), Failure> {
    let session = &state.session;
    let node = &*state.node;
    let flags = &session.cx.invocation.flags;
    let failed = |text: String| Failure::new("Runtime", text);
    let size = node.config.str("batch_size").and_then(BatchSize::parse);
    let size = size.ok_or_else(|| {
        failed(format!(
            "Microbatch model '{}' does not have a 'batch_size' config (one of hour, day, month, \
             year)",
            node.name
        ))
    })?;
    let time = |text: Option<&str>, what: &str| match text {
        None => Ok(None),
        Some(text) => parse_time(text)
            .map(Some)
            .ok_or_else(|| failed(format!("{what} is no time that can be read: '{text}'"))),
    };
    let sample = session.sample();
    let begin = match node.config.get("begin") {
        Some(Value::String(text)) => time(Some(text), "'begin'")?,
        _ => None,
    };
    let request = BatchRequest {
        size,
        begin,
        lookback: node
            .config
            .get("lookback")
            .and_then(Value::as_i64)
            .unwrap_or(1),
        is_incremental,
        start: match sample {
            Some((start, _)) => Some(start),
            None => time(flags.event_time_start.as_deref(), "--event-time-start")?,
        },
        end: match sample {
            Some((_, end)) => Some(end),
            None => time(flags.event_time_end.as_deref(), "--event-time-end")?,
        },
        now: session
            .cx
            .retried
            .as_ref()
            .and_then(|retried| retried.started_at)
            .unwrap_or(session.cx.invocation.started_at),
    };
    let batches = batches(&request).ok_or_else(|| {
        failed(format!(
            "Microbatch model '{}' requires a 'begin' configuration.",
            node.name
        ))
    })?;
    Ok((size, batches))
}

/// Tells whether the table is there and is to be added to.
fn is_incremental(state: &Arc<NodeState>) -> Result<bool, Failure> {
    let node = &*state.node;
    let relation = node_relation(&state.session, node);
    let found = relations::find(
        state,
        relation.database.as_deref(),
        relation.schema.as_deref().unwrap_or_default(),
        relation.identifier.as_deref().unwrap_or_default(),
    )
    .map_err(|error| materialize::in_node(state, None, &error))?;
    let is_table = found.is_some_and(|found| found.kind == Some(RelationKind::Table));
    let full_refresh = node
        .config
        .bool("full_refresh")
        .unwrap_or(state.session.cx.invocation.flags.full_refresh);
    Ok(is_table && !full_refresh)
}

/// Makes the node that one batch is built from: hooks run around all batches
/// together, and what the first batch has made is added to by the others.
fn batch_node(node: &Node, i: usize, total: usize, is_incremental: bool) -> NodeHandle {
    let mut node = node.clone();
    if i > 0 {
        node.config.set("pre-hook", json!([]));
    }
    if i + 1 < total {
        node.config.set("post-hook", json!([]));
    }
    if i > 0 || is_incremental {
        node.config.set("full_refresh", json!(false));
    }
    NodeHandle::Own(Arc::new(node))
}

/// Builds one batch. The outer error of a batch that is skipped is empty.
fn run_batch(
    state: &Arc<NodeState>,
    place: Place,
    is_skipped: bool,
) -> Result<Done, Option<Failure>> {
    let session = &state.session;
    let reporter = session.reporter();
    let node = &*state.node;
    let subject = Subject::Node(node);
    let started = naive_timestamp(session.now());
    let clock = Instant::now();
    let description = format!(
        "batch {} of {}",
        state.batch_suffix().unwrap_or_default(),
        job::relation_text(session, node)
    );
    let mut result = NodeResult::new(node.unique_id.clone(), Status::Skipped);
    let outcome = if is_skipped {
        result.message = Some("SKIPPED".into());
        Err(None)
    } else {
        let info = subject.node_info("started", &started, "");
        reporter.batch_start(&description, place, info);
        try_batch(state).map_err(Some)
    };
    match &outcome {
        Ok(done) => {
            result.status = Status::Success;
            result.message.clone_from(&done.message);
        }
        Err(Some(failure)) => {
            result.status = Status::Error;
            let message = failure.message(&subject);
            let info = subject.node_info("error", &started, "");
            reporter.batch_failed(&node.unique_id, &message, info);
            result.message = Some(message);
        }
        Err(None) => {}
    }
    result.execution_time = clock.elapsed().as_secs_f64();
    let finished = naive_timestamp(session.now());
    let info = subject.node_info(result.status.as_str(), &started, &finished);
    reporter.batch_result(&description, &result, place, info);
    outcome
}

fn try_batch(state: &Arc<NodeState>) -> Result<Done, Failure> {
    name_connection(state, CommentSubject::Node(state.node.unique_id.as_str()))?;
    let outcome = compile::compile(state).and_then(|compiled| {
        let executing = executing_state(state, Some(&compiled));
        let mut done = build(&executing, Some(&compiled))?;
        done.notes = compiled.notes;
        Ok(done)
    });
    // What a failed batch left open must not reach the next one.
    state.db.release();
    outcome
}
