//! Builds a node's config from everything that sets it.
//!
//! The order is dbt's: defaults of the resource type, the package's
//! `dbt_project.yml` from the outermost folder inwards, the property file,
//! `config()` in the node's own file, and last the root project's
//! `dbt_project.yml` for nodes of other packages.

use serde_json::{Map, Value};

use super::load::LoadedProject;
use crate::diagnostics::Diagnostic;
use crate::parse::ResourceType;

/// Builds configs for the nodes of one project; shared by all threads.
#[derive(Debug)]
pub struct ConfigMerger<'p> {
    pub project: &'p LoadedProject,
}

/// What sets a node's config, besides the project files.
#[derive(Debug, Clone, Copy)]
pub struct ConfigRequest<'a> {
    pub resource_type: ResourceType,
    pub package: &'a str,
    pub fqn: &'a [String],
    /// The property file's config, rendered.
    pub patch: Option<&'a Map<String, Value>>,
    /// All `config()` calls of the file, merged by [`merge_config_call`].
    pub call: &'a Map<String, Value>,
}

/// A node's config.
#[derive(Debug, Clone, Default)]
pub struct MergedConfig {
    /// dbt's keys in dbt's order, then the user's own.
    pub config: Map<String, Value>,
    pub unrendered: Map<String, Value>,
}

impl<'p> ConfigMerger<'p> {
    /// Makes a merger for a loaded project.
    pub fn new(project: &'p LoadedProject) -> Self {
        Self { project }
    }

    /// Builds the config of one node. The diagnostic of an error has no
    /// place yet: the caller adds the node's file.
    pub fn node_config(&self, _request: &ConfigRequest<'_>) -> Result<MergedConfig, Diagnostic> {
        todo!("written next")
    }

    /// Returns a warning that names the config paths of the root's
    /// `dbt_project.yml` that match no node. `fqns` are the nodes' by
    /// resource type, disabled ones included.
    pub fn unused_config_paths<'a>(
        &self,
        _fqns: impl Iterator<Item = (ResourceType, &'a [String])>,
    ) -> Option<Diagnostic> {
        todo!("written next")
    }
}

/// Adds one `config()` call to those before it, as dbt merges them.
pub fn merge_config_call(_calls: &mut Map<String, Value>, _call: Map<String, Value>) {
    todo!("written next")
}
