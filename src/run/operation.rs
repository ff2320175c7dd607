//! `run-operation`: calls one macro.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value as Json};

use super::context::{NodeState, StateKind};
use super::failure::{self, Rendered};
use super::node::NodeHandle;
use super::query_comment::CommentSubject;
use super::session::Session;
use super::subject::Subject;
use super::worker::name_connection;
use super::{NodeResult, RunContext, RunResults, Status, Timing, pseudo};
use crate::diagnostics::{Diagnostic, suggest};
use crate::jinja::{Value, from_json};
use crate::parse::{IdSet, UniqueId};
use crate::plan::{Command, Plan};

/// Calls a macro, given as `name` or `package.name`.
pub fn run_operation(cx: &RunContext, macro_name: &str, args: &Map<String, Json>) -> RunResults {
    let clock = Instant::now();
    let plan = Plan {
        command: Command::Run,
        steps: Vec::new(),
        selected: IdSet::default(),
    };
    let session = Session::new(cx.clone(), &plan);
    let mut out = RunResults::default();
    let root = &*cx.project.name;
    let found = match macro_name.split_once('.') {
        Some((package, name)) => cx.engine.find_in_package(package, name),
        None => cx.engine.find_macro(root, macro_name).or_else(|| {
            // dbt looks in all packages when the project has none.
            cx.engine.macros_named(macro_name).into_iter().next()
        }),
    };
    let Some(found) = found else {
        out.diagnostics.push(unknown_macro(&session, macro_name));
        out.generated_at = session.now();
        return out;
    };
    let id = Arc::clone(&found.unique_id);
    let package = Arc::clone(&found.package);
    let name = Arc::clone(&found.name);

    let db = session.db();
    let mut node = pseudo::operation(&session, &name);
    node.package_name = package;
    let mut state = NodeState::new(&session, &db, NodeHandle::Own(Arc::new(node)));
    state.kind = StateKind::Macro;
    let state = Arc::new(state);
    let started_at = session.now();
    let kwargs: Vec<(&str, Value)> = args
        .iter()
        .map(|(name, value)| (name.as_str(), from_json(value)))
        .collect();
    let connection = format!("macro_{name}");
    let subject = CommentSubject::Connection(&connection);
    let outcome = name_connection(&state, subject).and_then(|()| {
        let context = state.context();
        let called = cx.engine.call_macro(&id, &[], &kwargs, &context);
        called.map_err(|error| {
            let rendered = Rendered {
                subject: Subject::Node(&state.node),
                template: "",
                path: "",
                compiled: None,
                origins: None,
            };
            failure::from_jinja(session.graph(), rendered, &error)
        })
    });
    // dbt leaves a transaction that the macro has opened uncommitted.
    db.release();
    let completed_at = session.now();

    let mut result = NodeResult::new(UniqueId(id), Status::Success);
    "MainThread".clone_into(&mut result.thread_id);
    result.failures = Some(0);
    result.compiled = Some(false);
    for (name, started_at) in [("compile", started_at), ("execute", started_at)] {
        result.timing.push(Timing {
            name,
            started_at,
            completed_at: if name == "compile" {
                started_at
            } else {
                completed_at
            },
        });
    }
    if let Err(failure) = outcome {
        result.status = Status::Error;
        result.failures = Some(1);
        result.diagnostics = failure.diagnostics;
    }
    result.execution_time = clock.elapsed().as_secs_f64();
    out.elapsed_time = result.execution_time;
    out.results.push(result);
    out.generated_at = session.now();
    out
}

fn unknown_macro(session: &Session, name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "unknown-macro",
        format!("dbt could not find a macro with the name '{name}' in any package"),
    );
    let plain = name.rsplit_once('.').map_or(name, |(_, name)| name);
    let macros = session.graph().project.macros.values();
    let known = macros.map(|found| found.name.as_str());
    match suggest::nearest(plain, known) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}
