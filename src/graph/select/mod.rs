//! Which nodes a selection means: `--select`, `--exclude` and their syntax.
//!
//! The rules are dbt's, indirect selection of tests included, so that a
//! selection picks the same nodes in both tools.

mod fqn;
mod glob;
mod method;
mod selectors;
mod spec;
mod walk;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::sync::Arc;

pub use selectors::{Selectors, manifest_form as selectors_in_manifest};
pub use spec::{Criteria, Spec};
pub use walk::Dag;

use crate::diagnostics::Diagnostic;
use crate::graph::Graph;
use crate::graph::state::PreviousState;
use crate::parse::{IdSet, ResourceType};

/// What the command line says about selection.
#[derive(Debug, Clone, Default)]
pub struct SelectionRequest {
    /// `--select`, each value possibly holding several space-separated specs.
    /// None when the flag was not given, which selects everything.
    pub select: Option<Vec<String>>,
    pub exclude: Vec<String>,
    pub indirect: Indirect,
    /// What `--selector` or a default selector stands for; it takes the place
    /// of `select` and `exclude`.
    pub spec: Option<Spec>,
    /// What `selector:` can name.
    pub selectors: Arc<Selectors>,
    /// What `state:`, `result:` and `source_status:` compare with.
    pub state: Option<Arc<PreviousState>>,
}

/// Which tests come along when the nodes that they test are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Indirect {
    /// A test comes along when any node it reads is selected.
    #[default]
    Eager,
    /// A test comes along when all nodes it reads are selected.
    Cautious,
    /// A test comes along when all nodes it reads are selected or are
    /// ancestors of selected nodes.
    Buildable,
    /// No test comes along.
    Empty,
}

impl Indirect {
    /// Reads the flag's text.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "eager" => Self::Eager,
            "cautious" => Self::Cautious,
            "buildable" => Self::Buildable,
            "empty" => Self::Empty,
            _ => return None,
        })
    }
}

/// The selected resources, in the manifest's order, and what to warn about.
#[derive(Debug, Default)]
pub struct Selected {
    pub ids: IdSet,
    /// Criteria that matched nothing, and what else is worth a warning.
    pub warnings: Vec<Diagnostic>,
}

/// Evaluates a selection over the graph and keeps the given resource types.
///
/// # Errors
///
/// A selection that cannot be read, or that uses an unknown method, is an
/// error that names the part at fault.
pub fn select(
    graph: &Graph,
    dag: &Dag,
    request: &SelectionRequest,
    resource_types: &[ResourceType],
) -> Result<Selected, Diagnostic> {
    let spec = match &request.spec {
        Some(spec) => spec.clone(),
        None => Spec::from_flags(
            request.select.as_deref(),
            &request.exclude,
            request.indirect,
        )?,
    };
    let inputs = Inputs {
        graph,
        dag,
        selectors: &request.selectors,
        state: request.state.as_deref(),
        warnings: RefCell::default(),
    };
    let (direct, _) = walk::evaluate(&inputs, &spec)?;
    let mut ids: Vec<u32> = direct.iter().copied().collect();
    ids.sort_unstable();
    let ids = ids
        .into_iter()
        .filter(|i| resource_types.contains(&dag.resource_type(*i)))
        .map(|i| dag.id(i).clone())
        .collect();
    Ok(Selected {
        ids,
        warnings: inputs.warnings.take(),
    })
}

/// What a selection is evaluated against.
struct Inputs<'a> {
    graph: &'a Graph,
    dag: &'a Dag,
    selectors: &'a Selectors,
    state: Option<&'a PreviousState>,
    warnings: RefCell<Vec<Diagnostic>>,
}
