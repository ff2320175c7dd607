//! The manifest as the page reads it: a resource at a time.
//!
//! The manifest of a large project is larger than all else that is known of it, so it is
//! never there as a whole: a resource's JSON is made when it is looked at, and dropped.

mod of_graph;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::fields::{Fields, entries, text};

/// The sections that hold resources.
pub const SECTIONS: [&str; 9] = [
    "nodes",
    "macros",
    "sources",
    "exposures",
    "metrics",
    "semantic_models",
    "saved_queries",
    "functions",
    "unit_tests",
];

/// A resource as the page reads it.
pub struct Resource<'a> {
    pub json: Value,
    /// Its configs, where they need not be copied into the JSON.
    config: Option<&'a (dyn Fields + Sync)>,
}

impl Resource<'_> {
    fn of(json: Value) -> Self {
        Self { json, config: None }
    }

    /// Returns its configs.
    pub fn config(&self) -> &dyn Fields {
        match self.config {
            Some(config) => config,
            None => self.json.get("config").unwrap_or(&Value::Null),
        }
    }
}

/// Makes a resource.
pub trait Make: Sync {
    fn make(&self) -> Resource<'_>;
}

impl Make for &Value {
    fn make(&self) -> Resource<'_> {
        Resource::of((*self).clone())
    }
}

/// A manifest.
pub struct Manifest<'a> {
    /// The sections that are small: `metadata`, `docs`, `groups`.
    pub rest: Value,
    /// Each resource with its unique id.
    pub resources: Vec<(&'a str, Box<dyn Make + 'a>)>,
}

impl<'a> Manifest<'a> {
    /// Reads a manifest that is there as a whole.
    pub fn of(value: &'a Value) -> Self {
        let resources = SECTIONS
            .iter()
            .flat_map(|section| entries(value, section))
            .map(|(id, json)| (id.as_str(), Box::new(json) as Box<dyn Make>));
        Self {
            resources: resources.collect(),
            rest: value.clone(),
        }
    }

    /// Returns the project's name. Manifests before version 10 do not say it; most nodes are
    /// the project's own.
    pub fn project(&self) -> &str {
        let named = self
            .rest
            .get("metadata")
            .and_then(|m| text(m, "project_name"));
        let first = || {
            let model = self
                .resources
                .iter()
                .find(|(id, _)| id.starts_with("model."))?;
            model.0.split('.').nth(1)
        };
        named.or_else(first).unwrap_or("project")
    }
}
