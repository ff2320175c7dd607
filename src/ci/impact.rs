//! What reads the models that a change touches: by column where the queries
//! that were built tell, and the exposures at the end.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Change;
use crate::adapter::{AdapterError, Connection};
use crate::graph::Graph;
use crate::lineage::{ColumnId, LineageGraph, Readers, UseKind, of_graph, trace};
use crate::parse::{CompiledNode, UniqueId};
use crate::sql::{Schema, SchemaColumn, Schemas, parse_queries};

/// What reads the changed data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impact {
    /// Columns of other models that changed columns go into, as
    /// `model.column`.
    pub columns: Vec<String>,
    /// The exposures that look at any changed model, whatever lies between.
    pub exposures: Vec<String>,
    /// Models that read a changed one and were not built again.
    pub not_built: Vec<String>,
}

/// Finds what reads the changed columns of the changed models.
///
/// # Errors
///
/// The connection, which only parses, does not work.
pub fn impact(
    connection: &mut dyn Connection,
    graph: &Graph,
    compiled: &IndexMap<UniqueId, CompiledNode>,
    changes: &[Change],
) -> Result<Impact, AdapterError> {
    let lineage = lineage(connection, graph, compiled, changes)?;
    let mut from: Vec<ColumnId> = Vec::new();
    // What differs downstream is the effect that is looked for.
    for change in changes.iter().filter(|change| change.is_modified) {
        let id = change.unique_id.as_str();
        let columns = change.changed_columns();
        from.extend(
            columns
                .iter()
                .filter_map(|name| lineage.column_id(id, name)),
        );
    }
    let reached = lineage.reached(&Readers::new(&lineage), &from);
    let mut columns: Vec<String> = reached
        .iter()
        .map(|column| {
            let table = lineage.table_of(*column);
            let name = table.id.splitn(3, '.').nth(2).unwrap_or(&table.id);
            format!("{name}.{}", lineage.column(*column).name)
        })
        .collect();
    columns.dedup();
    let all: Vec<ColumnId> = from.into_iter().chain(reached).collect();
    let mut exposures: BTreeSet<String> = lineage
        .uses_of(&all, UseKind::Exposure)
        .into_iter()
        .map(|exposure| exposure.id.to_string())
        .collect();
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
        columns,
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

fn lineage(
    connection: &mut dyn Connection,
    graph: &Graph,
    compiled: &IndexMap<UniqueId, CompiledNode>,
    changes: &[Change],
) -> Result<LineageGraph, AdapterError> {
    let mut schemas = Schemas::default();
    for change in changes {
        if let Some(comparison) = change.comparison() {
            let columns = comparison.statistics_after.columns.iter();
            let columns = columns.map(|column| SchemaColumn::untyped(column.name.as_str()));
            schemas.insert(change.unique_id.clone(), Schema::new(columns.collect()));
        }
    }
    let project = of_graph(graph, compiled, &schemas);
    let coded = project.tables.iter();
    let (ids, texts): (Vec<Arc<str>>, Vec<&str>) = coded
        .filter_map(|table| Some((Arc::clone(&table.id), table.code.as_deref()?)))
        .unzip();
    let parsed = parse_queries(connection, &texts)?;
    let queries = ids.into_iter().zip(parsed).collect();
    Ok(trace(project, &queries).graph)
}
