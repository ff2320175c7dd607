//! Columns read from a version of a model that is deprecated, and that the
//! latest version has not: going over to that one takes more than another
//! number in the `ref`.

use std::sync::Arc;

use super::allow;
use crate::check::bind::{State, Twin};
use crate::diagnostics::{Diagnostic, suggest};
use crate::graph::Graph;
use crate::lineage::{Dataset, Input, Known, QueryLineage, follow_query};
use crate::parse::{Node, ResourceType, UniqueId};
use crate::run::{Draft, Place};
use crate::sql::{Schema, parse_queries};

const CODE: &str = "deprecated-column";

/// Returns the version that takes the place of a deprecated one.
pub fn successor<'g>(graph: &'g Graph, node: &Node) -> Option<&'g Node> {
    let is_deprecated = node.model().is_some_and(|m| m.deprecation_date.is_some());
    if !is_deprecated || node.is_latest_version() {
        return None;
    }
    let mut nodes = graph.project.nodes.values();
    nodes.find(|other| {
        other.name == node.name
            && other.package_name == node.package_name
            && other.version_text().is_some()
            && other.is_latest_version()
    })
}

/// A version that is read, and what the latest one lacks of it.
struct Old<'t> {
    node: &'t Node,
    latest: &'t Node,
    latest_schema: Arc<Schema>,
    lost: Vec<String>,
}

/// Looks at what selected nodes read of deprecated versions.
pub fn look(twin: &Twin<'_>) -> Vec<(UniqueId, Vec<Diagnostic>)> {
    let graph = twin.graph();
    let mut nodes = graph.project.nodes.values();
    let is_any_old = nodes.any(|node| successor(graph, node).is_some());
    if !is_any_old || super::is_disabled(twin, CODE) {
        return Vec::new();
    }
    let mut all = Vec::new();
    for node in graph.project.nodes.values() {
        let olds = olds(twin, node);
        if olds.is_empty() || !is_told(twin, node) {
            continue;
        }
        let Some(draft) = draft(twin, node) else {
            continue;
        };
        let Some(lineage) = lineage(twin, node, &draft) else {
            continue;
        };
        let found: Vec<Diagnostic> = olds
            .iter()
            .flat_map(|old| old.lost.iter().map(move |column| (old, column)))
            .filter_map(|(old, column)| {
                let input = reads(&lineage, &old.node.unique_id, column)?;
                tell(twin, (node, &draft), (old, column), input)
            })
            .collect();
        if !found.is_empty() {
            all.push((node.unique_id.clone(), found));
        }
    }
    all
}

/// Models of the project, and its tests.
fn is_told(twin: &Twin<'_>, node: &Node) -> bool {
    let is_own_test = node.resource_type == ResourceType::Test
        && *node.package_name == *twin.drafts.cx().project.name
        && twin.request.selected.contains(&node.unique_id);
    is_own_test || super::is_told(twin, node)
}

/// Returns the SQL of a model, or of a test, which nobody else reads.
fn draft(twin: &Twin<'_>, node: &Node) -> Option<Draft> {
    if node.resource_type != ResourceType::Test {
        return twin.draft(&node.unique_id).cloned();
    }
    let (draft, asked) = twin.drafts.draft(twin.desk(), &node.unique_id);
    draft.ok().filter(|_| asked.is_empty())
}

fn olds<'t>(twin: &Twin<'t>, reader: &Node) -> Vec<Old<'t>> {
    let graph = twin.graph();
    let schema = |id: &UniqueId| match twin.states.get(id) {
        Some(State::Known(schema)) => Some(Arc::clone(schema)),
        _ => None,
    };
    let read = twin.reads(reader);
    let nodes = read.iter().filter_map(|id| graph.project.nodes.get(id));
    // What tests a version itself goes when that does.
    let tested = reader
        .generic_test()
        .and_then(|test| test.attached_node.as_ref());
    let nodes = nodes.filter(|node| Some(&node.unique_id) != tested);
    let olds = nodes.filter_map(|node| {
        let latest = successor(graph, node)?;
        let latest_schema = schema(&latest.unique_id)?;
        let own = schema(&node.unique_id)?;
        let lost = own
            .names()
            .filter(|name| latest_schema.column(name).is_none());
        let lost: Vec<String> = lost.map(str::to_owned).collect();
        (!lost.is_empty()).then_some(Old {
            node,
            latest,
            latest_schema,
            lost,
        })
    });
    olds.collect()
}

/// Follows a node's query to the columns that it reads.
fn lineage(twin: &Twin<'_>, node: &Node, draft: &Draft) -> Option<QueryLineage> {
    let project = &twin.graph().project;
    let mut known = Known::default();
    for id in twin.reads(node) {
        let schema = match twin.states.get(&id) {
            Some(State::Known(schema)) => Some((**schema).clone()),
            _ => None,
        };
        let dataset = Arc::new(Dataset {
            id: Arc::clone(&id.0),
            schema,
        });
        if let Some(node) = project.nodes.get(&id) {
            known.add_table(node.database.as_deref(), &node.schema, &node.alias, dataset);
        } else if let Some(source) = project.sources.get(&id) {
            known.add_place(&source.relation_name, Arc::clone(&dataset));
            let database = source.database.as_deref();
            known.add_table(database, &source.schema, &source.identifier, dataset);
        }
    }
    let parsed = twin
        .desk()
        .with(|connection| parse_queries(connection, &[&*draft.code]));
    let query = parsed.ok()?.pop()?.ok()?;
    Some(follow_query(&draft.code, &query, &known))
}

/// Returns where a query reads a column first.
fn reads<'l>(lineage: &'l QueryLineage, id: &UniqueId, column: &str) -> Option<&'l Input> {
    let columns = lineage.columns.iter().flat_map(|column| &column.inputs);
    let inputs = columns
        .chain(&lineage.rows)
        .filter(|input| *input.dataset == *id.0 && input.column.eq_ignore_ascii_case(column));
    inputs.min_by_key(|input| input.places.first().map_or(u32::MAX, |range| range.start))
}

fn tell(
    twin: &Twin<'_>,
    (node, draft): (&Node, &Draft),
    (old, column): (&Old<'_>, &str),
    input: &Input,
) -> Option<Diagnostic> {
    let version = |node: &Node| node.version_text().unwrap_or_default();
    let date = old.node.model()?.deprecation_date.as_deref()?;
    let date = date.split('T').next().unwrap_or(date);
    let latest = version(old.latest);
    let title = format!(
        "{} `{}` reads `{column}` of `{}` v{}, whose deprecation date is {date}: the latest \
         version, v{latest}, has no such column",
        node.resource_type.as_str(),
        node.name,
        old.node.name,
        version(old.node),
    );
    let mut diagnostic = Diagnostic::warning(CODE, title);
    let range = input.places.first();
    let range = range.map(|range| range.start as usize..range.end as usize);
    let place = range.map(|range| {
        let places = twin.drafts.places(twin.desk(), node, draft);
        places.find(&range)
    });
    diagnostic.labels = match place {
        Some(Place::Own(labels)) if allow::is_allowed(&labels[0], CODE) => return None,
        Some(Place::Own(labels)) => labels,
        Some(Place::Ephemeral(_)) => return None,
        Some(Place::Compiled(_)) | None => {
            crate::check::errors::at_definition(Diagnostic::warning(CODE, ""), node).labels
        }
    };
    let nearest = suggest::nearest(column, old.latest_schema.names());
    Some(diagnostic.hint(match nearest {
        Some(nearest) => format!(
            "go over to `ref('{}', v={latest})`, where `{nearest}` may be what it is called now",
            old.node.name
        ),
        None => format!(
            "go over to `ref('{}', v={latest})`, and do without the column",
            old.node.name
        ),
    }))
}
