//! Turns refs into edges.
//!
//! Everything that is wrong is reported at once: an unresolved ref is left out
//! and the next one is looked at. Tests of what does not exist are switched
//! off with a warning, as in dbt; anything else that refers to nothing is an
//! error.

use std::sync::Arc;

use foldhash::fast::RandomState;
use rayon::prelude::*;
use serde_json::Value;

use super::again::{Memo, Resolved};
use super::lookup::{Access, Found, Lookup, RefTarget, SearchRules, source_key, version_key};
use super::unresolved::{self, Referrer};
use super::{Graph, check, dag, metrics, place, primary_key, unit_tests};
use crate::config::{LoadedProject, behaviour_flag};
use crate::diagnostics::{Diagnostic, Outcome};
use crate::invocation::Invocation;
use crate::parse::{IdMap, Node, ParsedProject, RefArgs, ResourceType, UniqueId, version_text};

/// What resolving needs to know besides the nodes.
pub(super) struct ResolveContext<'a> {
    pub project: &'a LoadedProject,
    pub invocation: &'a Invocation,
    pub lookup: Lookup,
    /// Nodes that are switched off, for messages that say by what.
    pub disabled: IdMap<Node>,
}

impl<'a> ResolveContext<'a> {
    pub(super) fn new(
        parsed: &ParsedProject,
        project: &'a LoadedProject,
        invocation: &'a Invocation,
    ) -> Self {
        let rules = SearchRules {
            root: Arc::clone(&project.name),
            node_package_first: behaviour_flag(
                project,
                invocation,
                "require_ref_searches_node_package_before_root",
            ),
        };
        Self {
            project,
            invocation,
            lookup: Lookup::new(parsed, rules),
            disabled: disabled_nodes(parsed),
        }
    }
}

/// Resolves every ref of a project and checks what can be checked of the whole.
pub fn resolve(
    parsed: ParsedProject,
    project: &LoadedProject,
    invocation: &Invocation,
) -> Outcome<Graph> {
    resolve_with(None, parsed, project, invocation)
}

/// The same for a project that was resolved before in the same command: what
/// comes to the same is the same node as before.
pub fn resolve_again(
    memo: &Memo,
    parsed: ParsedProject,
    project: &LoadedProject,
    invocation: &Invocation,
) -> Outcome<Graph> {
    let written: Vec<Node> = parsed.nodes.values().cloned().collect();
    let before = memo.take();
    let outcome = resolve_with(Some(&before), parsed, project, invocation);
    let resolved = outcome.value.as_ref().map(|graph| &graph.project.nodes);
    memo.leave(
        written,
        resolved.into_iter().flat_map(|nodes| nodes.values()),
    );
    outcome
}

fn resolve_with(
    before: Option<&Resolved>,
    mut parsed: ParsedProject,
    project: &LoadedProject,
    invocation: &Invocation,
) -> Outcome<Graph> {
    let cx = ResolveContext::new(&parsed, project, invocation);
    let mut diagnostics: Vec<Diagnostic> = parsed
        .nodes
        .par_values_mut()
        .flat_map_iter(|node| resolve_node(&cx, before, node))
        .collect();
    resolve_exposures(&cx, &mut parsed, &mut diagnostics);
    metrics::resolve_semantic_models(&cx, &mut parsed, &mut diagnostics);
    unit_tests::resolve(&cx, &mut parsed, &mut diagnostics);
    metrics::resolve_metrics(&cx, &mut parsed, &mut diagnostics);
    metrics::resolve_saved_queries(&cx, &mut parsed, &mut diagnostics);
    let (found, ((parents, children), keys)) = rayon::join(
        || check::check(&cx, &parsed),
        || rayon::join(|| edges(&parsed), || primary_key::infer(&parsed)),
    );
    diagnostics.extend(found);
    primary_key::set(&mut parsed, keys);
    let graph = Graph {
        project: parsed,
        parents,
        children,
    };
    let deprecations =
        || check::deprecations(&graph.project, &graph.children, invocation.started_at);
    let (found, cycles) = rayon::join(deprecations, || dag::cycles(&graph));
    diagnostics.extend(found);
    diagnostics.extend(cycles);
    Outcome::with(graph, diagnostics)
}

fn disabled_nodes(parsed: &ParsedProject) -> IdMap<Node> {
    let nodes = parsed.disabled.values().flatten();
    let nodes = nodes.filter_map(|disabled| match disabled {
        crate::parse::Disabled::Node(node) if node.generic_test().is_none() => {
            Some((node.unique_id.clone(), (**node).clone()))
        }
        _ => None,
    });
    nodes.collect()
}

fn resolve_node(
    cx: &ResolveContext<'_>,
    before: Option<&Resolved>,
    node: &mut Node,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if node.resource_type == ResourceType::Seed {
        return found;
    }
    let mut edges = Vec::with_capacity(node.sources.len() + node.refs.len());
    for [source, table] in &node.sources {
        let place = || place::of_source(node, source, table);
        let target = resolve_source(cx, &Referrer::node(node), source, table, &place, &mut found);
        push_edge(&mut edges, target);
    }
    for args in &node.refs {
        let place = || place::of_ref(node, args);
        let target = resolve_ref(cx, &Referrer::node(node), args, &place, &mut found);
        push_edge(&mut edges, target);
    }
    for args in &node.metrics {
        let place = || place::of_definition(&node.file, &node.span);
        let target = resolve_metric(cx, &Referrer::node(node), args, &place, &mut found);
        push_edge(&mut edges, target);
    }
    for args in &node.functions {
        let place = || place::of_definition(&node.file, &node.span);
        let target = resolve_function(cx, &Referrer::node(node), args, &place, &mut found);
        push_edge(&mut edges, target);
    }
    let has_all = !edges.contains(&None);
    let reads: Vec<UniqueId> = edges.into_iter().flatten().collect();
    let is_enabled = has_all && node.config.is_enabled();
    if let Some(same) = before.and_then(|before| before.of(node))
        && same.depends_on_nodes == reads
        && same.config.is_enabled() == is_enabled
    {
        *node = same.clone();
        return found;
    }
    if !has_all {
        // dbt switches the node off, which matters for tests alone: any other
        // node made an error. The manifest still has it among the nodes.
        node.config.set("enabled", Value::Bool(false));
    }
    node.depends_on_nodes = reads;
    found
}

/// Adds an edge once; a target that was not found is kept as none.
pub(super) fn push_edge(edges: &mut Vec<Option<UniqueId>>, target: Option<UniqueId>) {
    if target.is_none() || !edges.contains(&target) {
        edges.push(target);
    }
}

/// Finds the target of a `ref()`.
pub(super) fn resolve_ref(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    args: &RefArgs,
    place: &dyn Fn() -> crate::parse::Place,
    found: &mut Vec<Diagnostic>,
) -> Option<UniqueId> {
    let versioned;
    let name = match &args.version {
        Some(version) => {
            versioned = version_key(&args.name, &version_text(version));
            versioned.as_str()
        }
        None => &args.name,
    };
    let refs = &cx.lookup.refs;
    let package = args.package.as_deref();
    match refs.find(&cx.lookup.rules, name, referrer.package, package) {
        Found::One(target) => {
            found.extend(access_violation(cx, referrer, target, args, place));
            found.extend(root_dependency(cx, referrer, target, args, place));
            Some(target.id.clone())
        }
        Found::Ambiguous(targets) => {
            found.push(unresolved::ambiguous_ref(referrer, args, &targets, place()));
            None
        }
        Found::Disabled(target) => {
            // dbt says nothing when a test reads what is switched off.
            if !referrer.is_test() {
                found.push(unresolved::disabled_ref(
                    cx,
                    referrer,
                    args,
                    target,
                    place(),
                ));
            }
            None
        }
        Found::Nothing => {
            found.push(unresolved::unknown_ref(cx, referrer, args, place()));
            None
        }
    }
}

/// Checks that the target may be used by the referrer: its group and package.
fn access_violation(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    target: &RefTarget,
    args: &RefArgs,
    place: &dyn Fn() -> crate::parse::Place,
) -> Option<Diagnostic> {
    if referrer.resource_type == ResourceType::SqlOperation {
        return None;
    }
    let is_elsewhere = *referrer.package != *target.package;
    let is_restricted = is_elsewhere
        && cx
            .project
            .package(&target.package)
            .is_some_and(|p| p.project.restrict_access);
    match target.access? {
        Access::Private => {
            let same_group = referrer.group.is_some() && referrer.group == target.group.as_deref();
            (!same_group || is_restricted)
                .then(|| unresolved::private_ref(referrer, args, target, place()))
        }
        Access::Protected => {
            is_restricted.then(|| unresolved::protected_ref(referrer, args, target, place()))
        }
        Access::Public => None,
    }
}

/// Warns when a package's node reads one of the root project, which is most
/// often a model of the package that the project has by the same name.
fn root_dependency(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    target: &RefTarget,
    args: &RefArgs,
    place: &dyn Fn() -> crate::parse::Place,
) -> Option<Diagnostic> {
    let rules = &cx.lookup.rules;
    let reads_root = *target.package == *rules.root && *referrer.package != *rules.root;
    let is_meant = args.package.as_deref() == Some(&*rules.root);
    (reads_root && !is_meant && !rules.node_package_first)
        .then(|| unresolved::root_dependency(referrer, args, target.id.as_str(), place()))
}

/// Finds the target of a `source()`.
pub(super) fn resolve_source(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    source: &str,
    table: &str,
    place: &dyn Fn() -> crate::parse::Place,
    found: &mut Vec<Diagnostic>,
) -> Option<UniqueId> {
    let key = source_key(source, table);
    let sources = &cx.lookup.sources;
    match sources.find(&cx.lookup.rules, &key, referrer.package, None) {
        Found::One(id) => Some(id.clone()),
        Found::Ambiguous(ids) => ids.first().map(|id| (*id).clone()),
        Found::Disabled(_) => {
            found.push(unresolved::disabled_source(referrer, &key, place()));
            None
        }
        Found::Nothing => {
            found.push(unresolved::unknown_source(
                cx,
                referrer,
                source,
                table,
                place(),
            ));
            None
        }
    }
}

/// Finds the target of a `metric()`.
pub(super) fn resolve_metric(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    args: &[String],
    place: &dyn Fn() -> crate::parse::Place,
    found: &mut Vec<Diagnostic>,
) -> Option<UniqueId> {
    let (package, name) = package_and_name(args)?;
    let metrics = &cx.lookup.metrics;
    match metrics.find(&cx.lookup.rules, name, referrer.package, package) {
        Found::One(id) => Some(id.clone()),
        Found::Ambiguous(ids) => ids.first().map(|id| (*id).clone()),
        Found::Disabled(_) => {
            found.push(unresolved::disabled_metric(referrer, name, place()));
            None
        }
        Found::Nothing => {
            found.push(unresolved::unknown_metric(cx, referrer, name, place()));
            None
        }
    }
}

fn resolve_function(
    cx: &ResolveContext<'_>,
    referrer: &Referrer<'_>,
    args: &[String],
    place: &dyn Fn() -> crate::parse::Place,
    found: &mut Vec<Diagnostic>,
) -> Option<UniqueId> {
    let (package, name) = package_and_name(args)?;
    let functions = &cx.lookup.functions;
    match functions.find(&cx.lookup.rules, name, referrer.package, package) {
        Found::One(id) => Some(id.clone()),
        Found::Ambiguous(ids) => ids.first().map(|id| (*id).clone()),
        Found::Disabled(_) => {
            if !referrer.is_test() {
                found.push(unresolved::disabled_function(referrer, name, place()));
            }
            None
        }
        Found::Nothing => {
            found.push(unresolved::unknown_function(cx, referrer, name, place()));
            None
        }
    }
}

fn package_and_name(args: &[String]) -> Option<(Option<&str>, &str)> {
    match args {
        [name] => Some((None, name)),
        [package, name] => Some((Some(package), name)),
        _ => None,
    }
}

fn resolve_exposures(
    cx: &ResolveContext<'_>,
    parsed: &mut ParsedProject,
    found: &mut Vec<Diagnostic>,
) {
    for exposure in parsed.exposures.values_mut() {
        let referrer = Referrer {
            unique_id: exposure.unique_id.as_str(),
            resource_type: ResourceType::Exposure,
            name: &exposure.name,
            package: &exposure.package_name,
            group: None,
        };
        let mut edges = Vec::new();
        for [source, table] in &exposure.sources {
            let place = || place::of_name(&exposure.file, &exposure.span, table);
            push_edge(
                &mut edges,
                resolve_source(cx, &referrer, source, table, &place, found),
            );
        }
        for args in &exposure.refs {
            let place = || place::of_name(&exposure.file, &exposure.span, &args.name);
            push_edge(&mut edges, resolve_ref(cx, &referrer, args, &place, found));
        }
        for args in &exposure.metrics {
            let name = args.last().map_or("", String::as_str);
            let place = || place::of_name(&exposure.file, &exposure.span, name);
            push_edge(
                &mut edges,
                resolve_metric(cx, &referrer, args, &place, found),
            );
        }
        exposure.depends_on_nodes = edges.into_iter().flatten().collect();
    }
}

type Edges = IdMap<Vec<UniqueId>>;

/// Lists, for each resource, what it reads and what reads it; each list sorted,
/// as in dbt's manifest.
fn edges(project: &ParsedProject) -> (Edges, Edges) {
    let functions = |wanted: bool| {
        project
            .nodes
            .values()
            .filter(move |n| (n.resource_type == ResourceType::Function) == wanted)
            .map(|n| (&n.unique_id, n.depends_on_nodes.as_slice()))
    };
    let sources = project.sources.keys().map(|id| (id, &[][..]));
    let exposures = project
        .exposures
        .values()
        .map(|e| (&e.unique_id, e.depends_on_nodes.as_slice()));
    let semantic = [
        &project.metrics,
        &project.semantic_models,
        &project.saved_queries,
    ];
    let semantic = semantic
        .into_iter()
        .flat_map(|map| map.values())
        .map(|d| (&d.unique_id, d.depends_on_nodes.as_slice()));
    let unit_tests = project
        .unit_tests
        .values()
        .map(|t| (&t.unique_id, t.depends_on_nodes.as_slice()));
    let members = functions(false)
        .chain(sources)
        .chain(exposures)
        .chain(functions(true))
        .chain(semantic)
        .chain(unit_tests);

    let count = project.nodes.len() + project.sources.len();
    let mut parents = Edges::with_capacity_and_hasher(count, RandomState::default());
    let mut children = Edges::with_capacity_and_hasher(count, RandomState::default());
    for (id, reads) in members {
        let mut reads = reads.to_vec();
        reads.sort_unstable();
        parents.insert(id.clone(), reads);
        children.insert(id.clone(), Vec::new());
    }
    for (id, reads) in &parents {
        for target in reads {
            if let Some(readers) = children.get_mut(target) {
                readers.push(id.clone());
            }
        }
    }
    children
        .par_values_mut()
        .for_each(|readers| readers.sort_unstable());
    (parents, children)
}
