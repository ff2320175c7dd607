//! The project as it is at present, with everything that is wrong with it.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::check::{self, Basis, Memory};
use crate::cli::commands::build::run_context;
use crate::cli::session::{ReadyProject, Session};
use crate::diagnostics::Diagnostic;
use crate::graph::select::Selectors;
use crate::sql::Schemas;
use crate::{config, files, graph, parse};

/// What is known of a project.
#[derive(Default)]
pub struct Looked {
    /// None as long as it could not be read.
    pub ready: Option<ReadyProject>,
    pub schemas: Schemas,
}

/// Reads and checks the whole project.
pub fn look(session: &Session, memory: &Arc<Memory>) -> (Looked, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let Some(ready) = read(session, &mut found) else {
        return (Looked::default(), found);
    };
    let nodes = ready.graph.project.nodes.keys();
    let selected: IndexSet<_> = nodes
        .chain(ready.graph.project.unit_tests.keys())
        .cloned()
        .collect();
    let request = check::Request {
        selected,
        basis: Basis::Project,
        warns: true,
        memory: Some(Arc::clone(memory)),
        former: None,
    };
    let mut looked = Looked::default();
    match run_context(session, &ready, None) {
        Ok(cx) => {
            let outcome = check::check(&cx, &request);
            found.extend(session.warnings.judge(&outcome.diagnostics));
            looked.schemas = outcome
                .value
                .map(|checked| checked.schemas)
                .unwrap_or_default();
        }
        Err(exit) => found.extend(exit.diagnostics),
    }
    looked.ready = Some(ready);
    (looked, found)
}

fn read(session: &Session, found: &mut Vec<Diagnostic>) -> Option<ReadyProject> {
    let invocation = &session.invocation;
    let world = &*session.world;
    let loaded = config::load_project(invocation, world);
    found.extend(loaded.diagnostics);
    let project = Arc::new(loaded.value?);
    let files = files::read_project(world, &project);
    found.extend(files.diagnostics);
    let parsed = parse::parse(&project, &files.value?, invocation, world);
    found.extend(parsed.diagnostics);
    let parsed = parsed.value?;
    let resolved = graph::resolve(parsed.project, &project, invocation);
    found.extend(resolved.diagnostics);
    Some(ReadyProject {
        project,
        graph: Arc::new(resolved.value?),
        engine: parsed.engine,
        inline: None,
        selectors: Arc::new(Selectors::default()),
        state: None,
        defer_state: None,
    })
}
