//! What reads the models that a change touches: by column where the queries
//! that were built tell, and the exposures at the end.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Change, Gone};
use crate::adapter::{AdapterError, Connection};
use crate::graph::Graph;
use crate::graph::state::PreviousManifest;
use crate::lineage::{LineageGraph, Project, Touched, of_graph, of_manifest, reach, trace};
use crate::parse::{CompiledNode, IdMap, UniqueId};
use crate::sql::{Schema, SchemaColumn, Schemas, parse_queries};

/// What reads the changed data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impact {
    /// Columns of other models that changed columns go into, or those went into
    /// that are gone, as `model.column`.
    pub columns: Vec<String>,
    /// The exposures that look at any changed model, whatever lies between.
    pub exposures: Vec<String>,
    /// Models that read a changed one and were not built again.
    pub not_built: Vec<String>,
}

/// Finds what reads the changed columns of the changed models, and what read
/// those that are gone. `manifest` is production's: without compiled SQL in it,
/// nothing is known of the latter.
///
/// # Errors
///
/// The connection, which only parses, does not work.
pub fn impact(
    connection: &mut dyn Connection,
    graph: &Graph,
    compiled: &IdMap<CompiledNode>,
    manifest: &PreviousManifest,
    (changes, gone): (&[Change], &[Gone]),
) -> Result<Impact, AdapterError> {
    let schemas = schemas(changes);
    let now = traced(connection, of_graph(graph, compiled, &schemas))?;
    let before = traced(connection, of_manifest(manifest, &schemas))?;
    let reach = reach(&before, &now, &touched(&before, changes, gone));
    let columns = reach.tables.iter().flat_map(|table| {
        let name = table.id.splitn(3, '.').nth(2).unwrap_or(&table.id);
        table.columns.iter().map(move |column| {
            let is_gone = table.gone.contains(column);
            format!("{name}.{column}{}", if is_gone { " (gone)" } else { "" })
        })
    });
    let exposures = reach.exposures.iter().map(ToString::to_string);
    let mut exposures: BTreeSet<String> = exposures.collect();
    let below = below(graph, changes);
    exposures.extend(
        below
            .iter()
            .filter(|id| id.as_str().starts_with("exposure."))
            .map(ToString::to_string),
    );
    let names = exposures.iter().map(|id| {
        let exposure = graph.project.exposures.get(id.as_str());
        exposure.map_or_else(|| id.clone(), |exposure| exposure.name.clone())
    });
    let built: BTreeSet<&str> = changes.iter().map(|c| c.unique_id.as_str()).collect();
    let not_built = below.iter().filter(|id| {
        let node = graph.project.nodes.get(*id);
        id.as_str().starts_with("model.")
            && !built.contains(id.as_str())
            && node.is_some_and(|node| !node.is_ephemeral())
    });
    Ok(Impact {
        columns: columns.collect(),
        exposures: names.collect(),
        not_built: not_built.map(ToString::to_string).collect(),
    })
}

/// Returns everything that reads a model whose data differ, directly or not.
fn below(graph: &Graph, changes: &[Change]) -> BTreeSet<UniqueId> {
    let differs = |change: &&Change| change.comparison().is_none_or(|c| !c.is_same());
    let changed = changes.iter().filter(differs);
    let mut open: Vec<UniqueId> = changed.map(|change| change.unique_id.clone()).collect();
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        for child in graph.children.get(&id).into_iter().flatten() {
            if found.insert(child.clone()) {
                open.push(child.clone());
            }
        }
    }
    found
}

/// Returns the columns that differ from production's, and those that it alone
/// has. What differs downstream is the effect that is looked for.
fn touched(before: &LineageGraph, changes: &[Change], gone: &[Gone]) -> Touched {
    let mut touched = Touched::default();
    for change in changes.iter().filter(|change| change.is_modified) {
        let id = &change.unique_id.0;
        let named = |name: &str| (Arc::clone(id), name.to_owned());
        let changed = change.changed_columns().into_iter();
        touched.changed.extend(changed.map(named));
        touched.gone.extend(change.removed_columns().map(named));
    }
    for model in gone {
        let columns = before.dataset(&model.unique_id).into_iter();
        let columns = columns.flat_map(|table| &table.columns);
        let id: Arc<str> = model.unique_id.as_str().into();
        touched
            .gone
            .extend(columns.map(|column| (Arc::clone(&id), column.name.to_string())));
    }
    touched
}

fn schemas(changes: &[Change]) -> Schemas {
    let mut schemas = Schemas::default();
    for change in changes {
        if let Some(comparison) = change.comparison() {
            let columns = comparison.statistics_after.columns.iter();
            let columns = columns.map(|column| SchemaColumn::untyped(column.name.as_str()));
            schemas.insert(change.unique_id.clone(), Schema::new(columns.collect()));
        }
    }
    schemas
}

fn traced(connection: &mut dyn Connection, project: Project) -> Result<LineageGraph, AdapterError> {
    let coded = project.tables.iter();
    let (ids, texts): (Vec<Arc<str>>, Vec<&str>) = coded
        .filter_map(|table| Some((Arc::clone(&table.id), table.code.as_deref()?)))
        .unzip();
    let parsed = parse_queries(connection, &texts)?;
    let queries = ids.into_iter().zip(parsed).collect();
    Ok(trace(project, &queries).graph)
}
