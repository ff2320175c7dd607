//! From a project and its queries to what every column tells.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::beside::Beside;
use super::declared::Declared;
use super::path::Ways;
use super::promise::{Broken, broken};
use super::propagate::{Classes, propagate};
use super::recognise::passages;
use super::settings::Settings;
use super::transform::{Effect, Transform, Transforms, number};
use crate::config::HcdbtYml;
use crate::config::hcdbt_yml::PhiTarget;
use crate::diagnostics::Diagnostic;
use crate::graph::Graph;
use crate::lineage::{LineageGraph, Project, Queries, trace};
use crate::parse::UniqueId;
use crate::sql::ParseFailure;
use crate::sql::tree::{Body, Expr, Query};

/// A project of which it is known what every column tells.
#[derive(Debug)]
pub struct Examined {
    pub lineage: LineageGraph,
    pub declared: Declared,
    pub classes: Classes,
    pub settings: Settings,
}

impl Examined {
    pub fn ways(&self) -> Ways<'_> {
        Ways {
            graph: &self.lineage,
            classes: &self.classes,
            declared: &self.declared,
            transforms: &self.settings.transforms,
        }
    }

    pub fn broken(&self) -> Vec<Broken<'_>> {
        broken(&self.lineage, &self.declared, &self.classes, &self.settings)
    }
}

/// Follows what a project declares through its queries, and through what is
/// written beside them.
pub fn examine(
    graph: &Graph,
    mut project: Project,
    queries: &Queries,
    beside: &[Beside],
    declared: Declared,
    settings: Settings,
) -> Examined {
    let transforms = Arc::clone(&settings.transforms);
    let restricted = settings.restricted_zip3.clone();
    project.passages = Some(passages(transforms, restricted));
    let mut lineage = trace(project, queries).graph;
    let told = names_told(graph);
    lineage.add_told(told.iter().map(|(table, column)| (&**table, &**column)));
    let reads = |id: &str| -> Vec<Arc<str>> {
        let reads = graph.parents.get(&UniqueId::from(id));
        reads
            .into_iter()
            .flatten()
            .map(|id| Arc::clone(&id.0))
            .collect()
    };
    let classes = propagate(&lineage, &declared, &settings.transforms, &reads, beside);
    Examined {
        lineage,
        declared,
        classes,
        settings,
    }
}

/// Returns the columns that property files name, with their tables.
pub fn names_told(graph: &Graph) -> Vec<(Arc<str>, String)> {
    let project = &graph.project;
    let sources = project.sources.values();
    let sources = sources.map(|source| (&source.unique_id, &source.columns));
    let nodes = project
        .nodes
        .values()
        .map(|node| (&node.unique_id, &node.columns));
    let all = sources.chain(nodes).flat_map(|(id, columns)| {
        let columns = columns.values();
        columns.map(|column| (Arc::clone(&id.0), column.name.clone()))
    });
    all.collect()
}

/// The query that a registered expression is parsed from, and what came of it.
pub type Pattern = Result<Query, ParseFailure>;

/// Makes the rules of a project. `patterns` are those of the registered
/// transforms, in their order; `restricted` replaces the list of ZIP areas.
pub fn settings(
    yml: &HcdbtYml,
    patterns: Vec<Pattern>,
    restricted: Option<BTreeSet<String>>,
) -> (Settings, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut registered = Vec::new();
    let room = number::MOST - usize::from(number::REGISTERED);
    for (transform, pattern) in yml.phi.transforms.iter().zip(patterns) {
        let Some(pattern) = expression(pattern) else {
            let title = format!(
                "the expression of the transform `{}` in `hcdbt.yml` is none: {}",
                transform.name, transform.expression
            );
            found.push(
                Diagnostic::error("invalid-transform", title)
                    .hint("write it as in a select list, with `value` where the column stands"),
            );
            continue;
        };
        let to = match transform.to {
            PhiTarget::Nothing => None,
            PhiTarget::Pseudonymous => Some(super::Level::Hashed),
        };
        registered.push(Transform {
            name: transform.name.clone(),
            reason: transform.reason.clone(),
            effect: Effect::Registered {
                kinds: transform.lowers.clone(),
                to,
            },
            pattern: Some(pattern),
        });
    }
    if registered.len() > room {
        let title = format!("`hcdbt.yml` registers more than {room} transforms of patient data");
        found.push(Diagnostic::error("too-many-transforms", title));
    }
    let default = Settings::default();
    let settings = Settings {
        transforms: Arc::new(Transforms::new(registered)),
        restricted_zip3: restricted.unwrap_or(default.restricted_zip3),
        breaks_on_shifted_dates: yml.phi.breaks_on_shifted_dates,
        breaks_on_indirect: yml.phi.breaks_on_indirect,
    };
    (settings, found)
}

/// Takes the only item of a select list.
fn expression(query: Pattern) -> Option<Expr> {
    match query.ok()?.body {
        Body::Select(mut select) if select.items.len() == 1 => select.items.pop(),
        _ => None,
    }
}
