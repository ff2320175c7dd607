//! Parses a whole project.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use indexmap::map::Entry;
use serde_json::Value;

use super::again::{Memo, One, Tables};
use super::basis::Basis;
use super::generic_test::Attached;
use super::node::{
    DocBlock, Exposure, Group, IdMap, Macro, Node, Place, ResourceType, SemanticDefinition, Source,
    UniqueId, UnitTest, version_text,
};
use super::properties::PackageProperties;
use super::source::Sources;
use super::{
    ParseContext, draft, exposure, finish, generic_test, macros, patch, properties, semantic,
    snapshot, source, unit_test,
};
use crate::config::LoadedProject;
use crate::diagnostics::{Diagnostic, Outcome};
use crate::files::{ProjectFiles, World};
use crate::invocation::Invocation;
use crate::jinja::Engine;

/// Everything a project and its packages define, refs not yet resolved.
///
/// Maps keep the order in which dbt would have added their entries.
#[derive(Debug, Default)]
pub struct ParsedProject {
    /// Name of the root project.
    pub project_name: String,
    pub nodes: IdMap<Node>,
    pub sources: IdMap<Source>,
    pub exposures: IdMap<Exposure>,
    pub metrics: IdMap<SemanticDefinition>,
    pub semantic_models: IdMap<SemanticDefinition>,
    pub saved_queries: IdMap<SemanticDefinition>,
    pub unit_tests: IdMap<UnitTest>,
    pub groups: IdMap<Group>,
    pub macros: IdMap<Macro>,
    pub docs: IdMap<DocBlock>,
    /// What `enabled: false` switched off; one id may have several.
    pub disabled: IdMap<Vec<Disabled>>,
}

/// Something that is switched off.
#[derive(Debug)]
pub enum Disabled {
    Node(Box<Node>),
    Source(Box<Source>),
    Exposure(Box<Exposure>),
    Semantic(Box<SemanticDefinition>),
    UnitTest(Box<UnitTest>),
}

/// A parsed project, and the engine that has its macros.
#[derive(Debug)]
pub struct Parsed {
    pub project: ParsedProject,
    pub engine: Engine,
}

/// Parses all files of a project and its packages.
pub fn parse(
    project: &LoadedProject,
    files: &ProjectFiles,
    invocation: &Invocation,
    world: &dyn World,
) -> Outcome<Parsed> {
    let basis = Basis::read(project, files, invocation);
    parse_on(
        &basis,
        &Tables::default(),
        project,
        files,
        invocation,
        world,
    )
}

/// The same for a project that was parsed before in the same command: what
/// cannot have changed is taken from `memo`.
pub fn parse_again(
    memo: &Memo,
    project: &Arc<LoadedProject>,
    files: &ProjectFiles,
    invocation: &Invocation,
    world: &dyn World,
) -> Outcome<Parsed> {
    let mut tables = memo.take(project, files);
    let basis = tables.basis.take().unwrap_or_else(|| {
        Arc::new(Basis::read(project, files, invocation).made_from(project, files))
    });
    let parsed = parse_on(&basis, &tables, project, files, invocation, world);
    tables.basis = Some(basis);
    memo.leave(tables);
    parsed
}

fn parse_on(
    basis: &Basis,
    before: &Tables,
    project: &LoadedProject,
    files: &ProjectFiles,
    invocation: &Invocation,
    world: &dyn World,
) -> Outcome<Parsed> {
    let mut found = basis.macros_found.clone();
    let properties = properties::read(project, files, invocation, before, &mut found);
    found.extend(basis.docs_found.iter().cloned());
    let cx = ParseContext::new(project, files, invocation, world, basis, before);

    let mut nodes = draft::read(&cx, &mut found);
    nodes.extend(snapshot::read(&cx, &properties, &mut found));
    let drafts = if before.finished.is_kept() {
        nodes.clone()
    } else {
        Vec::new()
    };
    let patches = patch::find(&cx, &mut nodes, &properties, &mut found);
    finish::finish(&cx, &mut nodes, &drafts, &patches, &mut found);
    drop(drafts);

    let versioned = patches.versioned;

    // The tests come before these in dbt's order, but are made last: each
    // property file is let go once its tests are made.
    let mut later = Vec::new();
    let sources = sources(&cx, &properties, &mut later);
    let unit_tests = unit_test::read(&cx, &properties, &nodes, &mut later);
    let exposures = exposure::read(&cx, &properties, &mut later);
    let semantic = semantic::read(&cx, &properties, &mut later);
    let groups = exposure::groups(&cx, &properties, &mut later);
    let mut described = basis.macros.macros.clone();
    describe_macros(&cx, &mut described, &properties, &mut later);

    let index = NodeIndex::new(&nodes);
    let find = |name: &str, package: &str, version: Option<&Value>| {
        index.find(&nodes, name, package, version)
    };
    let tests = generic_test::read(&cx, properties, &find, &mut found);
    found.extend(later);
    drop(index);

    let mut parsed = ParsedProject {
        project_name: project.name.to_string(),
        groups,
        docs: basis.docs.clone(),
        macros: described,
        ..ParsedProject::default()
    };
    // Nodes are large, and a map that grows has them twice.
    let count = nodes.len() + tests.iter().map(Vec::len).sum::<usize>() + sources.tests.len();
    parsed.nodes.reserve_exact(count);
    for node in in_order(nodes, &versioned)
        .into_iter()
        .chain(tests.into_iter().flatten())
        .chain(sources.tests)
    {
        add_node(&mut parsed, node, &mut found);
    }
    for source in sources.sources {
        if source.config.is_enabled() {
            parsed.sources.insert(source.unique_id.clone(), source);
        } else {
            let id = source.unique_id.clone();
            add_disabled(&mut parsed, id, Disabled::Source(Box::new(source)));
        }
    }
    for exposure in exposures {
        if exposure.config.is_enabled() {
            parsed
                .exposures
                .insert(exposure.unique_id.clone(), exposure);
        } else {
            let id = exposure.unique_id.clone();
            add_disabled(&mut parsed, id, Disabled::Exposure(Box::new(exposure)));
        }
    }
    for test in unit_tests {
        if test.config.is_enabled() {
            parsed.unit_tests.insert(test.unique_id.clone(), test);
        } else {
            let id = test.unique_id.clone();
            add_disabled(&mut parsed, id, Disabled::UnitTest(Box::new(test)));
        }
    }
    add_semantic(&mut parsed, semantic);
    Outcome::with(
        Parsed {
            project: parsed,
            engine: basis.macros.engine.clone(),
        },
        found,
    )
}

/// Makes the sources, unless no property file has changed.
fn sources(
    cx: &ParseContext<'_>,
    properties: &[Arc<PackageProperties>],
    found: &mut Vec<Diagnostic>,
) -> Sources {
    let key = || properties.iter().map(|p| One(Arc::clone(p))).collect();
    let made = cx.before.sources.get(key, || {
        let mut found = Vec::new();
        let sources = source::read(cx, properties, &mut found);
        Arc::new((sources, found))
    });
    let (sources, diagnostics) = Arc::unwrap_or_clone(made);
    found.extend(diagnostics);
    sources
}

/// Puts versions of models behind all other nodes, where dbt adds them.
fn in_order(nodes: Vec<Node>, versioned: &[usize]) -> Vec<Node> {
    if versioned.is_empty() {
        return nodes;
    }
    let mut slots: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let versioned: Vec<Node> = versioned
        .iter()
        .filter_map(|number| slots[*number].take())
        .collect();
    slots.into_iter().flatten().chain(versioned).collect()
}

fn add_node(parsed: &mut ParsedProject, node: Node, found: &mut Vec<Diagnostic>) {
    if !node.config.is_enabled() {
        let id = node.unique_id.clone();
        add_disabled(parsed, id, Disabled::Node(Box::new(node)));
        return;
    }
    match parsed.nodes.entry(node.unique_id.clone()) {
        Entry::Vacant(entry) => {
            entry.insert(node);
        }
        Entry::Occupied(entry) => found.push(same_id(entry.get(), &node)),
    }
}

fn same_id(first: &Node, second: &Node) -> Diagnostic {
    let line = |node: &Node| {
        finish::first_line(&Place {
            file: Arc::clone(&node.file),
            range: node.span.clone(),
        })
    };
    let title = format!(
        "dbt found two {} with the name \"{}\".",
        patch::plural(second.resource_type),
        second.name
    );
    let (code, hint) = if second.generic_test().is_some() {
        ("duplicate-test", "remove one of them, or give one a `name`")
    } else {
        ("duplicate-name", "rename, remove or disable one of them")
    };
    Diagnostic::error(code, title)
        .at(&second.file, line(second), "defined here again")
        .at(&first.file, line(first), "first defined here")
        .hint(hint)
}

fn add_disabled(parsed: &mut ParsedProject, id: UniqueId, disabled: Disabled) {
    parsed.disabled.entry(id).or_default().push(disabled);
}

fn add_semantic(parsed: &mut ParsedProject, semantic: semantic::SemanticLayer) {
    let all = semantic
        .metrics
        .into_iter()
        .chain(semantic.semantic_models)
        .chain(semantic.saved_queries);
    for definition in all {
        let id = definition.unique_id.clone();
        if !definition.config.is_enabled() {
            add_disabled(parsed, id, Disabled::Semantic(Box::new(definition)));
            continue;
        }
        let map = match definition.resource_type {
            ResourceType::Metric => &mut parsed.metrics,
            ResourceType::SemanticModel => &mut parsed.semantic_models,
            _ => &mut parsed.saved_queries,
        };
        map.insert(id, definition);
    }
}

fn describe_macros(
    cx: &ParseContext<'_>,
    macros: &mut IdMap<Macro>,
    properties: &[Arc<PackageProperties>],
    found: &mut Vec<Diagnostic>,
) {
    for from in properties {
        for entry in &from.properties.macros {
            macros::describe(cx, macros, from, entry, found);
        }
    }
}

/// Nodes that tests can be attached to, by name.
struct NodeIndex {
    by_name: HashMap<String, Vec<usize>>,
}

impl NodeIndex {
    fn new(nodes: &[Node]) -> Self {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::with_capacity(nodes.len());
        for (number, node) in nodes.iter().enumerate() {
            if matches!(
                node.resource_type,
                ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot
            ) {
                by_name.entry(node.name.clone()).or_default().push(number);
            }
        }
        Self { by_name }
    }

    /// Finds the node of a name in a package, one that is disabled if need be
    /// in any package.
    fn find(
        &self,
        nodes: &[Node],
        name: &str,
        package: &str,
        version: Option<&Value>,
    ) -> Option<Attached> {
        let candidates = || {
            let numbers = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
            numbers.iter().map(|number| &nodes[*number])
        };
        let version = version.map(version_text);
        let fits = |node: &&Node| match (&version, node.version_text()) {
            (Some(wanted), Some(actual)) => *wanted == actual,
            (None, Some(_)) => node.is_latest_version(),
            (None, None) => true,
            (Some(_), None) => false,
        };
        let enabled = candidates()
            .rfind(|node| node.config.is_enabled() && *node.package_name == *package && fits(node));
        let node = enabled.or_else(|| candidates().find(|node| !node.config.is_enabled()))?;
        Some(Attached {
            id: node.unique_id.clone(),
            group: node.group.clone(),
        })
    }
}
