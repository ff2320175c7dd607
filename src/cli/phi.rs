//! Looks at a project's patient data before a command does its work.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use foldhash::HashSet;

use super::commands::check::KnownSchemas;
use super::exit::Exit;
use super::session::{ReadyProject, Session};
use super::trace;
use crate::adapter;
use crate::check::{self, Written};
use crate::diagnostics::{Diagnostic, Severity, SourceFile};
use crate::graph::Graph;
use crate::graph::select::Dag;
use crate::lineage;
use crate::parse::{CompiledNode, IdMap, IdSet, ResourceType, UniqueId};
use crate::phi::{self, Beside, Declared, Examined, Places, Settings};
use crate::plan::{Command, Plan};
use crate::run::{self, RunContext};
use crate::sql::parse_queries_at_once;

/// The variable of the healthcare package that replaces the ZIP areas.
const RESTRICTED_ZIP3: &str = "healthcare_restricted_zip3";

/// A project that was looked at.
pub struct Look {
    pub examined: Examined,
    /// None where the engine cannot render SQL without running it.
    written: Option<Written>,
    graph: Arc<Graph>,
    /// What hooks and the like write into tables.
    beside: Vec<Beside>,
    /// What is wrong with what the project says of patient data.
    pub found: Vec<Diagnostic>,
}

/// Refuses to go on where what is about to be built breaks a promise; returns what was looked
/// at, if anything had to be.
///
/// # Errors
///
/// A promise is broken, or what the project says of patient data is wrong.
pub fn guard(
    session: &Session,
    ready: &ReadyProject,
    cx: &RunContext,
    plan: &Plan,
    known: &KnownSchemas<'_>,
) -> Result<Option<Look>, Exit> {
    let builds = matches!(
        plan.command,
        Command::Build | Command::Run | Command::Compile | Command::Snapshot | Command::Docs
    );
    if !builds {
        return Ok(None);
    }
    keep(session, ready, cx, &plan.selected, known)
}

/// The same for nodes.
pub fn keep(
    session: &Session,
    ready: &ReadyProject,
    cx: &RunContext,
    selected: &IdSet,
    known: &KnownSchemas<'_>,
) -> Result<Option<Look>, Exit> {
    let unmasked = unmasked(session, &ready.graph, selected);
    if !unmasked.is_empty() {
        return refuse(session, unmasked).map(|()| None);
    }
    let (mut declared, found) = phi::declared(&ready.graph);
    if declared.promises_anything() {
        let dag = Dag::new(&ready.graph);
        let touched = reached(&dag, selected.iter(), Dag::children);
        declared.promises.retain(|promise| {
            let mut tables = promise.tables.iter();
            tables.any(|id| touched.contains(&**id))
        });
    }
    if !declared.promises_anything() {
        let errors = found.into_iter().filter(|d| d.severity == Severity::Error);
        return refuse(session, errors.collect()).map(|()| None);
    }
    let look = look(ready, cx, declared, found, known)?;
    refuse(session, look.told())?;
    Ok(Some(look))
}

/// Tells of the masks that cannot be made. What has them has no SQL, so that
/// nothing more could be said of it.
fn unmasked(session: &Session, graph: &Graph, selected: &IdSet) -> Vec<Diagnostic> {
    let nodes = selected.iter().filter_map(|id| graph.project.nodes.get(id));
    let found = nodes.filter_map(|node| {
        let problem = phi::masked_query(node, "", &session.invocation.env).err()?;
        let title = format!("model `{}` cannot be masked: {problem}", node.name);
        Some(run::at_subject("cannot-mask", title, node))
    });
    found.collect()
}

fn refuse(session: &Session, found: Vec<Diagnostic>) -> Result<(), Exit> {
    if session.report(&found) {
        return Err(Exit::reported());
    }
    Ok(())
}

/// Returns nodes and everything that is reached from them along `next`.
fn reached<'g>(
    dag: &'g Dag,
    start: impl Iterator<Item = &'g UniqueId>,
    next: impl Fn(&'g Dag, u32) -> &'g [u32],
) -> IdSet {
    let start: HashSet<u32> = start.filter_map(|id| dag.number(id)).collect();
    let mut all = dag.reach(&start, None, next);
    all.extend(start);
    let mut all: Vec<u32> = all.into_iter().collect();
    all.sort_unstable();
    all.into_iter().map(|i| dag.id(i).clone()).collect()
}

/// Follows what a project declares to what it promises; without promises to
/// everything.
///
/// # Errors
///
/// There is no database in memory to parse SQL with.
pub fn look(
    ready: &ReadyProject,
    cx: &RunContext,
    declared: Declared,
    mut found: Vec<Diagnostic>,
    known: &KnownSchemas<'_>,
) -> Result<Look, Exit> {
    let graph = Arc::clone(&ready.graph);
    let promised = declared.promises.iter().flat_map(|promise| &promise.tables);
    let promised: Vec<UniqueId> = promised.map(|id| UniqueId(Arc::clone(id))).collect();
    let selected = if promised.is_empty() {
        // Tests only read what others give.
        let nodes = graph.project.nodes.values();
        nodes
            .filter(|node| node.resource_type != ResourceType::Test)
            .map(|node| node.unique_id.clone())
            .collect()
    } else {
        reached(&Dag::new(&graph), promised.iter(), Dag::parents)
    };
    let written = check::written(cx, &selected, known.memory());
    let (settings, wrong) = settings(ready)?;
    found.extend(wrong);
    let mut compiled: IdMap<CompiledNode> = IdMap::default();
    let drafts = written.iter().flat_map(|written| &written.checked.drafts);
    for (id, draft) in drafts {
        let node = CompiledNode {
            compiled_code: Some(Arc::clone(&draft.code)),
            ..CompiledNode::default()
        };
        compiled.insert(id.clone(), node);
    }
    let schemas = written.as_ref().map(|written| &written.checked.schemas);
    let none = crate::sql::Schemas::default();
    let project = lineage::of_graph(&graph, &compiled, schemas.unwrap_or(&none));
    let queries = trace::parse(&ready.project.profile.adapter_type, &trace::coded(&project))?;
    let statements = written.as_ref().map(Written::beside).unwrap_or_default();
    let beside = phi::beside(&graph, &statements);
    let examined = phi::examine(&graph, project, &queries, &beside, declared, settings);
    Ok(Look {
        examined,
        written,
        graph,
        beside,
        found,
    })
}

/// What a project says of patient data, and what it takes to follow that through queries
/// that somebody has compiled.
pub struct Watched {
    pub declared: Declared,
    pub settings: Settings,
    /// What hooks and the like write into tables.
    pub beside: Vec<Beside>,
}

/// Returns what a project says of patient data; nothing where it says none. What it says
/// wrongly is told by other commands. What hooks write is known where a promise had to be
/// looked at.
///
/// # Errors
///
/// There is no database in memory to parse SQL with.
pub fn watched(ready: &ReadyProject, look: Option<Look>) -> Result<Option<Watched>, Exit> {
    let (declared, _) = phi::declared(&ready.graph);
    if declared.is_empty() {
        return Ok(None);
    }
    let (settings, _) = settings(ready)?;
    Ok(Some(Watched {
        declared,
        settings,
        beside: look.map(|look| look.beside).unwrap_or_default(),
    }))
}

fn settings(ready: &ReadyProject) -> Result<(Settings, Vec<Diagnostic>), Exit> {
    let yml = &ready.project.hcdbt_yml;
    let texts = yml.phi.transforms.iter();
    let texts: Vec<String> = texts.map(|t| format!("select {}", t.expression)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let patterns =
        parse_queries_at_once(&adapter::in_memory, &texts).map_err(|e| trace::unparsed(&e))?;
    Ok(phi::settings(yml, patterns, restricted(ready)))
}

fn restricted(ready: &ReadyProject) -> Option<BTreeSet<String>> {
    let vars = &ready.project.root().project.vars;
    let list = vars.get(RESTRICTED_ZIP3)?.as_array()?.iter();
    Some(
        list.filter_map(|area| area.as_str().map(str::to_owned))
            .collect(),
    )
}

impl Look {
    /// Returns what is wrong: broken promises after what is said wrongly.
    pub fn told(&self) -> Vec<Diagnostic> {
        let mut all = self.found.clone();
        all.extend(phi::explain(&self.examined, self));
        all
    }
}

impl Places for Look {
    fn of_sql(&self, node: &str, range: Range<u32>) -> Option<(Arc<SourceFile>, Range<usize>)> {
        let written = self.written.as_ref()?;
        let range = range.start as usize..range.end as usize;
        let label = written.place(&UniqueId::from(node), &range)?;
        Some((label.file, label.range))
    }

    fn of_name(&self, node: &str, column: &str) -> Option<(Arc<SourceFile>, Range<usize>)> {
        let node = self.graph.project.nodes.get(&UniqueId::from(node))?;
        let text = node.file.text.get(node.span.clone())?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let mut found = text.match_indices(column).filter(|(at, found)| {
            let before = text[..*at].chars().next_back();
            let after = text[at + found.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        });
        let start = node.span.start + found.next()?.0;
        Some((Arc::clone(&node.file), start..start + column.len()))
    }

    fn of_node(&self, node: &str) -> Option<(Arc<SourceFile>, Range<usize>)> {
        let project = &self.graph.project;
        let id = UniqueId::from(node);
        let (file, span) = match (project.nodes.get(&id), project.sources.get(&id)) {
            (Some(node), _) => (&node.file, &node.span),
            (_, Some(source)) => (&source.file, &source.span),
            _ => return None,
        };
        let text = file.text.get(span.clone()).unwrap_or_default();
        let length = text.lines().next().map_or(0, str::len);
        Some((Arc::clone(file), span.start..span.start + length))
    }
}
