//! Makes what is shown of nodes that an earlier state had.

use super::Changes;
use crate::docs::layers::layer;
use crate::docs::payload::{Kind, Removed};

/// Returns those that the graph would have.
pub(super) fn nodes(changes: &Changes) -> Vec<Removed> {
    let removed = changes.removed.iter().filter_map(|gone| {
        let kind = Kind::from_resource_type(gone.id.split('.').next()?)?;
        let is_drawn = kind < Kind::Macro;
        is_drawn.then(|| Removed {
            id: gone.id.clone(),
            layer: layer(kind, &gone.name, ""),
            name: gone.name.clone(),
            kind,
            parents: gone.parents.clone(),
            children: gone.children.clone(),
        })
    });
    removed.collect()
}
