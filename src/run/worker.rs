//! Does the steps of a plan: what is common to all of them.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value};

use super::compile::{self, Compiled};
use super::context::{NodeState, seed_rows};
use super::db::{Comment, Db};
use super::events::{About, Place, naive_timestamp};
use super::failure::Failure;
use super::job::{self, Job};
use super::node::NodeHandle;
use super::query_comment::CommentSubject;
use super::reuse::Decision;
use super::scheduler::{SkipReason, Worker, thread_name};
use super::session::Session;
use super::subject::Subject;
use super::{
    BatchResults, Freshness, NodeResult, Status, Timing, materialize, microbatch, quarantine, show,
    sources, unit_test, verdict,
};
use crate::adapter::Table;
use crate::diagnostics::Diagnostic;
use crate::event::kinds;
use crate::parse::{ResourceType, UniqueId};
use crate::plan::{Command, Step};

/// Does the steps of one command.
pub struct StepWorker {
    pub session: Arc<Session>,
    pub command: Command,
}

/// A thread's own things.
pub struct Local {
    pub db: Arc<Db>,
    pub thread_id: String,
}

/// What came of a step that went well.
#[derive(Debug)]
pub struct Done {
    pub status: Status,
    pub message: Option<String>,
    pub adapter_response: Map<String, Value>,
    pub failures: Option<i64>,
    pub table: Option<Table>,
    pub freshness: Option<Freshness>,
    pub batch_results: Option<BatchResults>,
    pub notes: Vec<Diagnostic>,
    /// The SQL that was run, where it is not the compiled one.
    pub code: Option<Arc<str>>,
    /// Nothing was done, since the node is up to date.
    pub is_kept: bool,
}

impl Done {
    pub fn new(status: Status) -> Self {
        Self {
            status,
            message: None,
            adapter_response: Map::new(),
            failures: None,
            table: None,
            freshness: None,
            batch_results: None,
            notes: Vec::new(),
            code: None,
            is_kept: false,
        }
    }
}

/// Measures the parts of a step.
pub struct Stopwatch<'a> {
    session: &'a Session,
    pub timing: Vec<Timing>,
}

impl Stopwatch<'_> {
    /// Measures one part, whether it goes well or not.
    pub fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let started_at = self.session.now();
        let outcome = work();
        self.timing.push(Timing {
            name,
            started_at,
            completed_at: self.session.now(),
        });
        outcome
    }
}

impl Worker for StepWorker {
    type Local = Local;

    fn local(&self, number: usize) -> Local {
        Local {
            db: self.session.db(),
            thread_id: thread_name(number),
        }
    }

    fn run(&self, local: &mut Local, step: &Step, index: usize) -> NodeResult {
        let graph = Arc::clone(&self.session.cx.graph);
        match Subject::find(&graph, &step.node) {
            Some(subject) => self.run_subject(local, subject, index),
            None => unknown_node(&step.node),
        }
    }

    fn skip(&self, step: &Step, index: usize, reason: &SkipReason) -> NodeResult {
        let mut result = NodeResult::new(step.node.clone(), Status::Skipped);
        std::thread::current()
            .name()
            .unwrap_or("main")
            .clone_into(&mut result.thread_id);
        match reason {
            SkipReason::Upstream(cause) => result.skipped_because = Some(cause.clone()),
            SkipReason::FailFast => result.message = Some("Skipping due to fail_fast".into()),
            SkipReason::Cancelled => {
                result.message = Some("Skipping because the command was stopped".into());
            }
            SkipReason::HookFailed => {}
        }
        let session = &self.session;
        let Some(subject) = Subject::find(session.graph(), &step.node) else {
            return result;
        };
        describe_node(&mut result, &subject);
        let is_ephemeral = matches!(subject, Subject::Node(node) if node.is_ephemeral());
        // What nobody waited for any more is not told one by one.
        let is_quiet = matches!(reason, SkipReason::FailFast | SkipReason::Cancelled);
        if !is_ephemeral && !is_quiet {
            let now = naive_timestamp(session.now());
            let about = About {
                node_info: subject.node_info("skipped", &now, ""),
                group: subject.group(session.graph()),
            };
            session.reporter().skipped(
                subject.resource_type().as_str(),
                subject.schema(),
                subject.name(),
                self.place(index),
                about,
            );
        }
        result
    }

    fn panicked(&self, step: &Step, _index: usize, text: &str) -> NodeResult {
        let mut result = NodeResult::new(step.node.clone(), Status::Error);
        let message = format!("Internal Error\n  {text}");
        let title = format!("hcdbt failed while working on `{}`: {text}", step.node);
        let diagnostic = Diagnostic::error("bug", title)
            .because("This is a mistake in hcdbt, not in the project.")
            .hint("report it with the model's SQL and the file logs/dbt.log");
        if let Some(subject) = Subject::find(self.session.graph(), &step.node) {
            describe_node(&mut result, &subject);
            let info = subject.node_info("error", "", "");
            self.session.reporter().bug_on_run(&step.node, text, info);
        }
        result.message = Some(message);
        result.diagnostics.push(diagnostic);
        result
    }

    fn cancel_running(&self) {
        for id in self.session.take_running() {
            self.session.reporter().cancelling(id.as_str());
        }
        self.session.cx.adapter.cancel_all();
    }
}

impl StepWorker {
    fn place(&self, index: usize) -> Place {
        Place {
            index,
            total: self.session.total,
        }
    }

    fn run_subject(&self, local: &Local, subject: Subject<'_>, index: usize) -> NodeResult {
        let session = &self.session;
        let reporter = session.reporter();
        let id = subject.unique_id();
        let place = self.place(index);
        let started = session.now();
        let reads_data = session.cx.events.reads_data();
        let moment = |at| {
            if reads_data {
                naive_timestamp(at)
            } else {
                String::new()
            }
        };
        let started_text = moment(started);
        let clock = Instant::now();
        let job = Job::of(session, self.command, &subject);
        let is_ephemeral = matches!(subject, Subject::Node(node) if node.is_ephemeral());
        let is_told = job.is_told() && !is_ephemeral;

        let info = |status: &str, finished: &str| {
            if reads_data {
                subject.node_info(status, &started_text, finished)
            } else {
                Value::Null
            }
        };
        reporter.node_start(id, info("started", ""));
        let description = if is_told {
            job::describe(session, &subject, job)
        } else {
            String::new()
        };
        let tell_start = || {
            if is_told && job != Job::Nothing {
                reporter.start(&description, place, info("started", ""));
            }
        };
        // What is up to date is not told one by one.
        let may_be_kept = session.cx.reuse.is_some() && matches!(subject, Subject::Node(_));
        if !may_be_kept {
            tell_start();
        }

        local.db.name(id.as_str(), None);
        local.db.set_node_info(info("started", ""));
        let mut watch = Stopwatch {
            session,
            timing: Vec::new(),
        };
        let attempt = Attempt {
            worker: self,
            local,
            subject,
            info: &info,
            tell_start: &tell_start,
        };
        session.set_running(id, true);
        let outcome = attempt.run(job, &mut watch);
        session.set_running(id, false);
        local.db.release();

        let mut result = NodeResult::new(id.clone(), Status::Success);
        result.thread_id.clone_from(&local.thread_id);
        result.timing = watch.timing;
        result.execution_time = clock.elapsed().as_secs_f64();
        if matches!(job, Job::Nothing) {
            result.execution_time = 0.0;
        }
        describe_node(&mut result, &subject);
        self.add_compiled(&mut result, &subject);
        let is_kept = matches!(&outcome, Ok(done) if done.is_kept);
        match outcome {
            Ok(done) => fill(&mut result, done),
            Err(failure) => {
                if job.changes_relations()
                    && let Subject::Node(node) = subject
                {
                    let database = node.database.as_deref();
                    session.cache.forget_schema(database, &node.schema);
                }
                fail(&mut result, &subject, job, session.without_secrets(failure));
            }
        }

        let finished = moment(session.now());
        let node_info = info(result.status.as_str(), &finished);
        if result.status == Status::Error
            && let Some(message) = &result.message
        {
            reporter.error_on_run(message, node_info.clone());
        }
        if is_told && !is_kept {
            self.tell(&subject, &description, &result, place, &node_info);
        }
        reporter.node_finished(&result, node_info);
        if result.status.is_failure() {
            reporter.mark_skipped_children(&result);
        }
        result
    }

    fn tell(
        &self,
        subject: &Subject<'_>,
        description: &str,
        result: &NodeResult,
        place: Place,
        node_info: &Value,
    ) {
        let session = &self.session;
        let group = subject.group(session.graph());
        let reporter = session.reporter();
        if result.status == Status::Skipped {
            reporter.skipped_because_of_ephemeral(subject.schema(), subject.name(), place, group);
            return;
        }
        let name = subject.display_name();
        let relation = match subject {
            Subject::Node(node) => job::relation_text(session, node),
            _ => String::new(),
        };
        let about = About {
            node_info: node_info.clone(),
            group,
        };
        let told = job::told(subject, description, &relation, &name);
        reporter.result(&told, result, place, about);
    }

    /// Adds what compiling has made to a result.
    fn add_compiled(&self, result: &mut NodeResult, subject: &Subject<'_>) {
        let is_seed = subject.resource_type() == ResourceType::Seed;
        if is_seed {
            return;
        }
        self.session.with_compiled(subject.unique_id(), |compiled| {
            result.compiled = Some(true);
            result.compiled_code.clone_from(&compiled.compiled_code);
            if compiled.relation_name.is_some() {
                result.relation_name.clone_from(&compiled.relation_name);
            }
        });
    }
}

/// One try at a step.
struct Attempt<'a> {
    worker: &'a StepWorker,
    local: &'a Local,
    subject: Subject<'a>,
    info: &'a dyn Fn(&str, &str) -> Value,
    /// Says that the work begins, where it was not said before.
    tell_start: &'a dyn Fn(),
}

impl Attempt<'_> {
    fn run(&self, job: Job, watch: &mut Stopwatch<'_>) -> Result<Done, Failure> {
        let session = &self.worker.session;
        let db = &self.local.db;
        if job == Job::Nothing {
            let mut done = Done::new(Status::NoOp);
            done.message = Some("NO-OP".into());
            done.failures = Some(0);
            return Ok(done);
        }
        match self.subject {
            Subject::Source(source) => {
                let state = sources::state(session, db, source);
                name_connection(&state, CommentSubject::Node(source.unique_id.as_str()))?;
                self.compiling();
                watch.time("compile", || ());
                self.executing();
                watch.time("execute", || sources::freshness(&state, source))
            }
            Subject::UnitTest(test) => {
                let state = unit_test::state(session, db, test)?;
                name_connection(&state, CommentSubject::Node(test.unique_id.as_str()))?;
                self.compiling();
                watch.time("compile", || ());
                self.executing();
                watch.time("execute", || unit_test::run(&state, test))
            }
            Subject::Exposure(_) | Subject::SavedQuery(_) => Ok(Done::new(Status::NoOp)),
            Subject::Node(node) => {
                let handle = NodeHandle::find(&session.cx.graph, &node.unique_id)
                    .ok_or_else(|| Failure::new("Internal", "the node is not in the graph"))?;
                let state = Arc::new(NodeState::new(session, db, handle));
                name_connection(&state, CommentSubject::Node(node.unique_id.as_str()))?;
                self.run_node(job, &state, watch)
            }
        }
    }

    fn run_node(
        &self,
        job: Job,
        state: &Arc<NodeState>,
        watch: &mut Stopwatch<'_>,
    ) -> Result<Done, Failure> {
        let node = &*state.node;
        self.compiling();
        let was_quarantined = matches!(job, Job::Materialize | Job::Microbatch)
            && quarantine::take_back(state, job == Job::Materialize)?;
        let reuse = state.session.cx.reuse.as_deref();
        if job == Job::Microbatch {
            watch.time("compile", || ());
            let decision = reuse.map(|reuse| reuse.decide(state, job, None, was_quarantined));
            if decision.is_some() {
                (self.tell_start)();
            }
            self.executing();
            let done = watch.time("execute", || microbatch::run(state))?;
            if let (Some(reuse), Some(Decision::Run(prepared))) = (reuse, decision) {
                reuse.made(state, prepared, false);
            }
            return Ok(done);
        }
        if job == Job::Clone {
            watch.time("compile", || ());
            self.executing();
            return watch.time("execute", || clone(state));
        }
        // There is nothing to compile in a CSV file.
        let compiled = if node.resource_type == ResourceType::Seed {
            watch.time("compile", || Ok(None))
        } else {
            watch.time("compile", || compile::compile(state).map(Some))
        }?;
        if let Some(compiled) = &compiled {
            quarantine::check(state, compiled)?;
        }
        if job == Job::Compile {
            let mut done = Done::new(Status::Success);
            done.notes = compiled.map(|compiled| compiled.notes).unwrap_or_default();
            // dbt "executes" what it only compiles, except ephemeral models.
            if !node.is_ephemeral() {
                self.executing();
                watch.time("execute", || ());
            }
            return Ok(done);
        }
        let mut prepared = None;
        if let Some(reuse) = reuse {
            match reuse.decide(state, job, compiled.as_ref(), was_quarantined) {
                Decision::Reuse => return Ok(kept(job)),
                Decision::Run(run) => prepared = Some(run),
            }
            (self.tell_start)();
        }
        self.executing();
        let executing = executing_state(state, compiled.as_ref());
        watch.time("execute", || {
            let mut done = match job {
                Job::Show => show::run(&executing, compiled.as_ref())?,
                Job::Test => run_test(&executing, compiled.as_ref())?,
                _ => build(&executing, compiled.as_ref())?,
            };
            if let Some(compiled) = compiled {
                done.notes.extend(compiled.notes);
            }
            done.notes.extend(executing.take_notes());
            if let (Some(reuse), Some(prepared)) = (reuse, prepared) {
                reuse.made(&executing, prepared, done.status == Status::Pass);
            }
            if let Some(path) = executing.build_path() {
                let id = &state.node.unique_id;
                state.session.update_compiled(id, |compiled| {
                    compiled.build_path = Some(path);
                });
            }
            Ok(done)
        })
    }

    fn compiling(&self) {
        let reporter = self.worker.session.reporter();
        reporter.node_compiling(self.subject.unique_id(), (self.info)("compiling", ""));
    }

    fn executing(&self) {
        let reporter = self.worker.session.reporter();
        reporter.node_executing(self.subject.unique_id(), (self.info)("executing", ""));
    }
}

/// Makes the state in which a compiled node is executed: it sees its SQL.
pub fn executing_state(state: &Arc<NodeState>, compiled: Option<&Compiled>) -> Arc<NodeState> {
    let mut executing = NodeState::new(&state.session, &state.db, state.node.clone());
    executing.compiled_code = compiled.map(|compiled| Arc::clone(&compiled.code));
    executing.extra.clone_from(&state.extra);
    executing.batch.clone_from(&state.batch);
    Arc::new(executing)
}

/// Gives the connection to a node or to other work, with the comment that the
/// statements carry.
pub fn name_connection(state: &Arc<NodeState>, subject: CommentSubject<'_>) -> Result<(), Failure> {
    let session = &state.session;
    let comment = match session.comment_template() {
        None => session.default_comment(subject),
        Some((template, append)) => custom_comment(state, subject, template, append)?,
    };
    state.db.name(subject.name(), comment);
    Ok(())
}

/// Renders the project's own query comment.
fn custom_comment(
    state: &Arc<NodeState>,
    subject: CommentSubject<'_>,
    template: &str,
    append: bool,
) -> Result<Option<Comment>, Failure> {
    use crate::jinja::{ErrorKind, Value, python};
    let session = &state.session;
    let mut named = NodeState::new(session, &state.db, state.node.clone());
    let node = match subject {
        CommentSubject::Node(_) => super::context::node_value(&state.node, None),
        CommentSubject::Connection(_) => python::none(),
    };
    let name = Value::from(subject.name());
    named.extra = vec![("node", node), ("connection_name", name)];
    let context = Arc::new(named).context_in(&session.cx.project.name);
    let rendered = session
        .cx
        .engine
        .render(template, "query-comment", &context);
    let text = match rendered {
        Ok(text) => text,
        // The comment is a macro's body to dbt, so it can say `return()`.
        Err(error) if error.kind() == ErrorKind::Return => error.into_returned().to_string(),
        Err(error) => return Err(materialize::in_node(state, None, &error)),
    };
    if text.contains("*/") {
        return Err(Failure::new(
            "Runtime",
            format!("query comment contains illegal value \"*/\": {text}"),
        ));
    }
    Ok((!text.is_empty()).then_some(Comment { text, append }))
}

/// Builds a node by its materialization.
pub fn build(state: &Arc<NodeState>, compiled: Option<&Compiled>) -> Result<Done, Failure> {
    materialize::materialize(state, compiled)?;
    let main = materialize::main_result(state)?;
    let mut done = Done::new(Status::Success);
    done.message = Some(main.message());
    done.adapter_response = main.adapter_response();
    if state.node.resource_type == ResourceType::Seed && state.session.keeps_seed_rows() {
        let table = state.stored("agate_table");
        done.table = table.and_then(|stored| seed_rows(&stored.table));
    }
    Ok(done)
}

/// What comes of a node that is up to date.
fn kept(job: Job) -> Done {
    let mut done = Done::new(Status::Success);
    done.message = Some("KEPT".to_owned());
    if job == Job::Test {
        done = Done::new(Status::Pass);
        done.failures = Some(0);
    }
    done.is_kept = true;
    done
}

/// Gives this environment a node's relation of the other one.
fn clone(state: &Arc<NodeState>) -> Result<Done, Failure> {
    let mut cloning = NodeState::new(&state.session, &state.db, state.node.clone());
    // Where a table cannot be copied, a view reads the other relation.
    let other = state.session.cx.deferred.as_ref();
    let other = other.and_then(|deferred| deferred.get(&state.node.unique_id));
    cloning.compiled_code = other.map(|other| {
        let named = super::context::defer_relation(&state.session, &state.node.unique_id);
        let name = match (&other.relation_name, named) {
            (Some(name), _) => name.clone(),
            (None, Some(relation)) => relation.name(),
            (None, None) => String::new(),
        };
        format!("select * from {name}").into()
    });
    let cloning = Arc::new(cloning);
    materialize::materialize_as(&cloning, "clone", None)?;
    let mut done = Done::new(Status::Success);
    match cloning.stored("main") {
        Some(main) => {
            done.message = Some(main.message());
            done.adapter_response = main.adapter_response();
        }
        None => done.message = Some("No-op".to_owned()),
    }
    Ok(done)
}

/// Runs a data test.
fn run_test(state: &Arc<NodeState>, compiled: Option<&Compiled>) -> Result<Done, Failure> {
    let node = &*state.node;
    materialize::call_materialization(state, node.config.materialized(), compiled)?;
    let main = materialize::main_result(state)?;
    let table = main.rows().unwrap_or_default();
    let strict = state.session.is_error(kinds::LOG_TEST_RESULT);
    let mut verdict = verdict::judge(&table, &node.config, strict)
        .map_err(|text| Failure::new("Internal", text))?;
    quarantine::apply(state, compiled, &mut verdict, strict)?;
    let mut done = Done::new(verdict.status);
    done.message = verdict.message;
    done.failures = Some(verdict.failures);
    done.adapter_response = main.adapter_response();
    Ok(done)
}

/// Says of a result what kind of node it is about.
fn describe_node(result: &mut NodeResult, subject: &Subject<'_>) {
    if let Subject::Node(node) = subject
        && node.resource_type != ResourceType::Seed
    {
        result.compiled = Some(false);
        result.relation_name.clone_from(&node.relation_name);
    }
}

fn fill(result: &mut NodeResult, done: Done) {
    result.status = done.status;
    result.message = done.message;
    result.adapter_response = done.adapter_response;
    result.failures = done.failures;
    result.table = done.table;
    result.freshness = done.freshness;
    result.batch_results = done.batch_results;
    result.diagnostics = done.notes;
    if done.code.is_some() {
        result.compiled_code = done.code;
    }
    if result.batch_results.is_some() {
        // As in dbt, its batches are compiled, and not the model itself.
        result.compiled = Some(false);
        result.compiled_code = None;
    }
}

fn fail(result: &mut NodeResult, subject: &Subject<'_>, job: Job, failure: Failure) {
    if let Some(cause) = &failure.caused_by {
        // dbt skips what reads a broken ephemeral model, with an error.
        result.status = Status::Skipped;
        result.message = Some(format!(
            "Compilation Error in {}, caused by compilation error in referenced ephemeral model \
             {cause}",
            subject.unique_id()
        ));
        result.skipped_because = Some(cause.clone());
        result.diagnostics = failure.diagnostics;
        return;
    }
    result.status = if job == Job::Freshness {
        Status::RuntimeError
    } else {
        Status::Error
    };
    result.message = Some(failure.message(subject));
    result.diagnostics = failure.diagnostics;
    if result.diagnostics.is_empty() {
        let title = format!(
            "{} `{}` failed: {}",
            subject.resource_type().as_str().replace('_', " "),
            subject.name(),
            failure.text.lines().next().unwrap_or_default()
        );
        let rest: Vec<&str> = failure.text.lines().skip(1).collect();
        let mut diagnostic = Diagnostic::error("node-failed", title);
        if !rest.is_empty() {
            diagnostic = diagnostic.because(rest.join("\n"));
        }
        // What a test's query gave instead of a number is quoted.
        if failure.kind == "Internal" {
            let title = format!("`{}` failed", subject.name());
            diagnostic = diagnostic.without_values(title);
        }
        result.diagnostics.push(diagnostic);
    }
}

fn unknown_node(id: &UniqueId) -> NodeResult {
    let mut result = NodeResult::new(id.clone(), Status::Error);
    let text = format!("the plan names {id}, which is not in the graph");
    result.message = Some(format!("Internal Error\n  {text}"));
    result.diagnostics.push(Diagnostic::error("bug", text));
    result
}
