//! Evaluation of a selection: set operations and walks along the graph.

use foldhash::{HashMap, HashSet, HashSetExt};
use rayon::prelude::*;
use serde_json::json;

use super::method;
use super::spec::{Combined, Criteria, Depth, Spec};
use super::{Indirect, Inputs};
use crate::diagnostics::Diagnostic;
use crate::event::kinds;
use crate::graph::Graph;
use crate::parse::{IdMap, ResourceType, UniqueId};

/// The graph's edges by number, in the manifest's order: what selection and
/// planning walk along.
#[derive(Debug)]
pub struct Dag {
    ids: Vec<UniqueId>,
    types: Vec<ResourceType>,
    index: HashMap<UniqueId, u32>,
    parents: Vec<Vec<u32>>,
    children: Vec<Vec<u32>>,
}

impl Dag {
    /// Numbers the graph's resources and edges.
    pub fn new(graph: &Graph) -> Self {
        let project = &graph.project;
        let mut ids = Vec::with_capacity(project.nodes.len() + project.sources.len());
        let mut types = Vec::with_capacity(ids.capacity());
        for (id, node) in &project.nodes {
            // A test of what does not exist is off, but still a node.
            if node.config.is_enabled() && node.resource_type != ResourceType::Function {
                ids.push(id.clone());
                types.push(node.resource_type);
            }
        }
        let mut add = |id: &UniqueId, kind| {
            ids.push(id.clone());
            types.push(kind);
        };
        for id in project.sources.keys() {
            add(id, ResourceType::Source);
        }
        for id in project.exposures.keys() {
            add(id, ResourceType::Exposure);
        }
        for id in project.metrics.keys() {
            add(id, ResourceType::Metric);
        }
        for id in project.unit_tests.keys() {
            add(id, ResourceType::UnitTest);
        }
        for id in project.semantic_models.keys() {
            add(id, ResourceType::SemanticModel);
        }
        for id in project.saved_queries.keys() {
            add(id, ResourceType::SavedQuery);
        }
        for (id, node) in &project.nodes {
            if node.resource_type == ResourceType::Function {
                add(id, ResourceType::Function);
            }
        }
        let index: HashMap<UniqueId, u32> = ids.iter().cloned().zip(0..).collect();
        let edges = |map: &IdMap<Vec<UniqueId>>| {
            ids.par_iter()
                .map(|id| {
                    let targets = map.get(id).map(Vec::as_slice).unwrap_or_default();
                    targets
                        .iter()
                        .filter_map(|t| index.get(t).copied())
                        .collect()
                })
                .collect()
        };
        let parents = edges(&graph.parents);
        let children = edges(&graph.children);
        Self {
            ids,
            types,
            index,
            parents,
            children,
        }
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub fn id(&self, i: u32) -> &UniqueId {
        &self.ids[i as usize]
    }

    pub fn resource_type(&self, i: u32) -> ResourceType {
        self.types[i as usize]
    }

    pub fn number(&self, id: &UniqueId) -> Option<u32> {
        self.index.get(id).copied()
    }

    pub fn parents(&self, i: u32) -> &[u32] {
        &self.parents[i as usize]
    }

    pub fn children(&self, i: u32) -> &[u32] {
        &self.children[i as usize]
    }

    /// Returns every number, with its id and kind.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &UniqueId, ResourceType)> {
        (0..)
            .zip(&self.ids)
            .zip(&self.types)
            .map(|((i, id), kind)| (i, id, *kind))
    }

    /// Returns what can be reached along `next`, the start left out unless
    /// it is reached again.
    pub fn reach<'a>(
        &'a self,
        start: &HashSet<u32>,
        depth: Depth,
        next: impl Fn(&'a Self, u32) -> &'a [u32],
    ) -> HashSet<u32> {
        let mut found = HashSet::new();
        let mut layer: Vec<u32> = start.iter().copied().collect();
        let mut steps = 0;
        while !layer.is_empty() && depth.is_none_or(|d| steps < d) {
            let mut following = Vec::new();
            for i in layer {
                for j in next(self, i) {
                    if found.insert(*j) {
                        following.push(*j);
                    }
                }
            }
            layer = following;
            steps += 1;
        }
        found
    }
}

type Set = HashSet<u32>;

/// Returns what a selection picks directly, and the tests that may come along
/// once their other parents are picked too.
pub(super) fn evaluate(inputs: &Inputs<'_>, spec: &Spec) -> Result<(Set, Set), Diagnostic> {
    let (combined, operation): (&Combined, fn(Set, &Set) -> Set) = match spec {
        Spec::Criteria(criteria) => return criteria_nodes(inputs, criteria),
        Spec::Union(combined) => (combined, |mut a, b| {
            a.extend(b);
            a
        }),
        Spec::Intersection(combined) => (combined, |mut a, b| {
            a.retain(|i| b.contains(i));
            a
        }),
        Spec::Difference(combined) => (combined, |mut a, b| {
            a.retain(|i| !b.contains(i));
            a
        }),
    };
    let mut direct: Option<Set> = None;
    let mut with_indirect: Option<Set> = None;
    for component in &combined.components {
        let (d, i) = evaluate(inputs, component)?;
        let mut both = d.clone();
        both.extend(i);
        direct = Some(match direct {
            None => d,
            Some(sofar) => operation(sofar, &d),
        });
        with_indirect = Some(match with_indirect {
            None => both,
            Some(sofar) => operation(sofar, &both),
        });
    }
    let direct = direct.unwrap_or_default();
    let with_indirect = with_indirect.unwrap_or_default();
    let direct = incorporate(inputs.dag, direct, &with_indirect, combined.indirect);
    if let Some(raw) = &combined.warn_when_empty
        && direct.is_empty()
    {
        let title = format!("The selection criterion '{raw}' does not match any enabled nodes");
        let warning = Diagnostic::warning("empty-selection", title).as_event(
            kinds::NO_NODES_FOR_SELECTION_CRITERIA,
            json!({"spec_raw": raw}),
        );
        inputs.warnings.borrow_mut().push(warning);
    }
    Ok((direct, with_indirect))
}

fn criteria_nodes(inputs: &Inputs<'_>, criteria: &Criteria) -> Result<(Set, Set), Diagnostic> {
    let dag = inputs.dag;
    let mut selected = if criteria.method == "selector" {
        let spec = inputs.selectors.require(&criteria.value)?;
        evaluate(inputs, spec)?.0
    } else {
        method::search(inputs, criteria)?
    };
    let found = selected.clone();
    if criteria.childrens_parents {
        let mut family = dag.reach(&found, None, Dag::children);
        family.extend(&found);
        selected.extend(dag.reach(&family, None, Dag::parents));
        selected.extend(family);
    }
    if let Some(depth) = criteria.parents {
        selected.extend(dag.reach(&found, depth, Dag::parents));
    }
    if let Some(depth) = criteria.children {
        selected.extend(dag.reach(&found, depth, Dag::children));
    }
    Ok(expand(dag, selected, criteria.indirect))
}

/// Adds the tests of the selected nodes.
fn expand(dag: &Dag, selected: Set, indirect: Indirect) -> (Set, Set) {
    if indirect == Indirect::Empty {
        return (selected, Set::new());
    }
    let mut direct = selected.clone();
    let mut waiting = Set::new();
    let buildable = (indirect == Indirect::Buildable).then(|| {
        let mut set = dag.reach(&selected, None, Dag::parents);
        set.extend(&selected);
        set.extend(
            dag.iter()
                .filter(|(_, _, kind)| *kind == ResourceType::Source)
                .map(|(i, _, _)| i),
        );
        set
    });
    for i in &selected {
        for child in dag.children(*i) {
            if !matches!(
                dag.resource_type(*child),
                ResourceType::Test | ResourceType::UnitTest
            ) {
                continue;
            }
            let parents = dag.parents(*child);
            let comes_along = indirect == Indirect::Eager
                || parents.iter().all(|p| selected.contains(p))
                || buildable
                    .as_ref()
                    .is_some_and(|set| parents.iter().all(|p| set.contains(p)));
            if comes_along {
                direct.insert(*child);
            } else {
                waiting.insert(*child);
            }
        }
    }
    (direct, waiting)
}

/// Lets in the waiting tests whose parents are all selected by now.
fn incorporate(dag: &Dag, direct: Set, with_indirect: &Set, indirect: Indirect) -> Set {
    if direct == *with_indirect {
        return direct;
    }
    let allowed = match indirect {
        Indirect::Cautious => direct.clone(),
        Indirect::Buildable => {
            let mut set = dag.reach(&direct, None, Dag::parents);
            set.extend(&direct);
            set
        }
        Indirect::Eager | Indirect::Empty => return direct,
    };
    let mut selected = direct;
    for i in with_indirect {
        // Only what stands among the manifest's `nodes` can wait; unit tests
        // have one parent and never do.
        if !matches!(
            dag.resource_type(*i),
            ResourceType::Model
                | ResourceType::Seed
                | ResourceType::Snapshot
                | ResourceType::Test
                | ResourceType::Analysis
        ) {
            continue;
        }
        if dag.parents(*i).iter().all(|p| allowed.contains(p)) {
            selected.insert(*i);
        }
    }
    selected
}
