//! The project as it is at present, with everything that is wrong with it.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::check::{self, Kept, Memory};
use crate::cli::commands::build::run_context;
use crate::cli::commands::check::KnownSchemas;
use crate::cli::phi::look as look_at_phi;
use crate::cli::reading::Reading;
use crate::cli::session::{ReadyProject, Session};
use crate::cli::trace::{self, TracedProject};
use crate::diagnostics::Diagnostic;
use crate::graph::select::Selectors;
use crate::lineage::Readers;
use crate::parse::{CompiledNode, IdSet, UniqueId};
use crate::run::{Draft, RunContext};
use crate::sql::{Schema, Schemas};
use crate::{config, phi};

/// What is known of a project.
#[derive(Default)]
pub struct Looked {
    /// None as long as it could not be read.
    pub ready: Option<ReadyProject>,
    pub schemas: Schemas,
    /// The SQL of models and snapshots.
    drafts: HashMap<UniqueId, Draft>,
    /// The CTEs of models that somebody has asked for.
    ctes: RefCell<HashMap<UniqueId, Rc<Ctes>>>,
    /// Made when somebody first asks for it.
    lineage: OnceCell<Option<Lineage>>,
}

/// The CTEs of a model, by name, with what they give.
pub type Ctes = Vec<(String, Schema)>;

/// Where the columns of a project come from, and what they go into.
pub struct Lineage {
    pub project: TracedProject,
    pub readers: Readers,
}

impl Looked {
    /// Returns the CTEs of a model as it was when its SQL could last be made.
    pub fn ctes(&self, session: &Session, id: &UniqueId) -> Rc<Ctes> {
        if let Some(known) = self.ctes.borrow().get(id) {
            return Rc::clone(known);
        }
        let made = || {
            let draft = self.drafts.get(id)?;
            let cx = run_context(session, self.ready.as_ref()?, None).ok()?;
            Some(check::ctes(&cx, &self.schemas, id, &draft.code))
        };
        let ctes = Rc::new(made().unwrap_or_default());
        self.ctes.borrow_mut().insert(id.clone(), Rc::clone(&ctes));
        ctes
    }

    /// Follows the project's columns; none where that cannot be done.
    pub fn lineage(&self) -> Option<&Lineage> {
        let made = self.lineage.get_or_init(|| {
            let drafts = self.drafts.iter().map(|(id, draft)| {
                let node = CompiledNode {
                    compiled_code: Some(Arc::clone(&draft.code)),
                    ..CompiledNode::default()
                };
                (id.clone(), node)
            });
            let ready = self.ready.as_ref()?;
            let project = trace::trace(ready, &drafts.collect(), &self.schemas).ok()?;
            let readers = Readers::new(&project.traced.graph);
            Some(Lineage { project, readers })
        });
        made.as_ref()
    }
}

/// What was read and found before.
pub struct Before {
    memory: Arc<Memory>,
    kept: Arc<Kept>,
    reading: Reading,
}

impl Before {
    pub fn nothing() -> Self {
        Self {
            memory: Arc::default(),
            kept: Arc::default(),
            reading: Reading::again(),
        }
    }
}

/// Reads and checks the whole project.
///
pub fn look(session: &Session, before: &Before) -> (Looked, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let Before {
        memory,
        kept,
        reading,
    } = before;
    let Some(ready) = read(session, reading, &mut found) else {
        return (Looked::default(), found);
    };
    let nodes = ready.graph.project.nodes.keys();
    let selected: IdSet = nodes
        .chain(ready.graph.project.unit_tests.keys())
        .cloned()
        .collect();
    let request = check::Request {
        kept: Some(Arc::clone(kept)),
        ..check::Request::of_project(selected, memory)
    };
    let mut looked = Looked::default();
    match run_context(session, &ready, None) {
        Ok(cx) => {
            let outcome = check::check(&cx, &request);
            found.extend(session.warnings.judge(&outcome.diagnostics));
            let checked = outcome.value.unwrap_or_default();
            (looked.schemas, looked.drafts) = (checked.schemas, checked.drafts);
            let known = KnownSchemas::sharing(session, &ready, Some(Arc::clone(memory)));
            found.extend(broken_promises(&ready, &cx, &known));
        }
        Err(exit) => found.extend(exit.diagnostics),
    }
    looked.ready = Some(ready);
    (looked, found)
}

/// Returns the promises about patient data that are broken.
fn broken_promises(
    ready: &ReadyProject,
    cx: &RunContext,
    known: &KnownSchemas<'_>,
) -> Vec<Diagnostic> {
    let (declared, found) = phi::declared(&ready.graph);
    if !declared.promises_anything() {
        return found;
    }
    match look_at_phi(ready, cx, declared, found, known) {
        Ok(look) => look.told(),
        Err(exit) => exit.diagnostics,
    }
}

fn read(session: &Session, reading: &Reading, found: &mut Vec<Diagnostic>) -> Option<ReadyProject> {
    let invocation = &session.invocation;
    let world = &*session.world;
    let loaded = config::load_project(invocation, world);
    found.extend(loaded.diagnostics);
    let project = reading.project(loaded.value?);
    let files = reading.files(world, &project);
    found.extend(files.diagnostics);
    let parsed = reading.parse(&project, &files.value?, invocation, world);
    found.extend(parsed.diagnostics);
    let parsed = parsed.value?;
    let resolved = reading.resolve(parsed.project, &project, invocation);
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
