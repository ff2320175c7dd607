//! Resources of a graph, whatever their kind.

use serde_json::{Value, json};

use super::Graph;
use crate::parse::{Disabled, NodeView, UniqueId};

impl Graph {
    /// Returns a resource in the form that the manifest has, null when there
    /// is none of this id.
    pub fn manifest_form(&self, id: &UniqueId) -> Value {
        let project = &self.project;
        if let Some(node) = project.nodes.get(id) {
            return json!(NodeView {
                node,
                compiled: None
            });
        }
        if let Some(source) = project.sources.get(id) {
            return json!(source);
        }
        if let Some(exposure) = project.exposures.get(id) {
            return json!(exposure);
        }
        if let Some(test) = project.unit_tests.get(id) {
            return json!(test);
        }
        let definitions = [
            &project.metrics,
            &project.semantic_models,
            &project.saved_queries,
        ];
        definitions
            .iter()
            .find_map(|map| map.get(id))
            .map_or(Value::Null, |definition| json!(definition))
    }

    /// Returns the first resource that is switched off under an id.
    pub fn disabled_form(&self, id: &str) -> Option<Value> {
        let first = self.project.disabled.get(id)?.first()?;
        Some(match first {
            Disabled::Node(node) => json!(NodeView {
                node,
                compiled: None
            }),
            Disabled::Source(source) => json!(source),
            Disabled::Exposure(exposure) => json!(exposure),
            Disabled::Semantic(definition) => json!(definition),
            Disabled::UnitTest(test) => json!(test),
        })
    }

    /// Returns the macros that a resource calls itself.
    pub fn macros_of(&self, id: &UniqueId) -> &[UniqueId] {
        let project = &self.project;
        let definition = || {
            project
                .metrics
                .get(id)
                .or_else(|| project.semantic_models.get(id))
                .or_else(|| project.saved_queries.get(id))
        };
        if let Some(node) = project.nodes.get(id) {
            &node.depends_on_macros
        } else if let Some(test) = project.unit_tests.get(id) {
            &test.depends_on_macros
        } else if let Some(exposure) = project.exposures.get(id) {
            &exposure.depends_on_macros
        } else {
            definition().map_or(&[], |definition| &definition.depends_on_macros)
        }
    }
}
