//! Snapshots that a property file defines by `relation:`.

use std::sync::Arc;

use super::ParseContext;
use super::draft::{Start, folders, start};
use super::node::{Node, NodeKind, RefArgs, ResourceType};
use super::properties::PackageProperties;
use crate::config::properties::{Name, NodeProperties};
use crate::diagnostics::Diagnostic;
use crate::jinja::extract;

/// Makes the nodes of all such snapshots.
pub(super) fn read(
    cx: &ParseContext<'_>,
    properties: &[Arc<PackageProperties>],
    found: &mut Vec<Diagnostic>,
) -> Vec<Node> {
    let mut nodes = Vec::new();
    for from in properties {
        for entry in &from.properties.snapshots {
            if let Some(relation) = &entry.relation {
                nodes.push(make(cx, from, entry, relation, found));
            }
        }
    }
    nodes
}

fn make(
    cx: &ParseContext<'_>,
    from: &PackageProperties,
    entry: &NodeProperties,
    relation: &Name,
    found: &mut Vec<Diagnostic>,
) -> Node {
    let name = entry.name.text.clone();
    let fqn = std::iter::once(from.package.to_string())
        .chain(folders(&from.path))
        .chain([name.clone()])
        .collect();
    let mut node = start(
        cx,
        Start {
            package: &from.package,
            resource_type: ResourceType::Snapshot,
            path: format!("{}/{name}.sql", from.path),
            name,
            original_file_path: from.original_file_path.clone(),
            fqn,
            file: &from.properties.file,
            span: entry.span.clone(),
            raw_code: Arc::from(format!("select * from {{{{ {} }}}}", relation.text)),
            checksum: from.checksum.clone(),
            kind: NodeKind::Snapshot,
        },
    );
    let calls = extract(&format!("{{{{ {} }}}}", relation.text)).unwrap_or_default();
    if let Some(call) = calls.refs.into_iter().next() {
        node.refs.push(RefArgs {
            name: call.name,
            package: call.package,
            version: call.version,
        });
    } else if let Some(call) = calls.sources.into_iter().next() {
        node.sources.push([call.source, call.table]);
    } else {
        let title = format!(
            "snapshot `{}` is of `{}`, which is no ref or source",
            node.name, relation.text
        );
        found.push(
            Diagnostic::error("invalid-snapshot", title)
                .at(
                    &from.properties.file,
                    relation.span.clone(),
                    "this relation",
                )
                .hint("write `relation: ref('model')` or `relation: source('source', 'table')`"),
        );
    }
    node
}
