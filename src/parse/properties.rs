//! The property files of all packages.

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::again::{Made, One, Tables};
use crate::config::properties::{PropertyFile, read_properties};
use crate::config::{LoadedProject, YamlRenderer};
use crate::diagnostics::Diagnostic;
use crate::files::{ProjectFile, ProjectFiles};
use crate::invocation::Invocation;

/// A property file and where it belongs.
#[derive(Debug)]
pub(super) struct PackageProperties {
    pub package: Arc<str>,
    /// Below the resource folder: `staging/schema.yml`.
    pub path: String,
    /// Below the package's folder: `models/staging/schema.yml`.
    pub original_file_path: String,
    /// `package://models/staging/schema.yml`, as nodes name it.
    pub patch_path: String,
    pub checksum: super::node::Checksum,
    pub properties: PropertyFile,
}

/// Reads the property files of all packages.
pub(super) fn read(
    project: &LoadedProject,
    files: &ProjectFiles,
    invocation: &Invocation,
    before: &Tables,
    found: &mut Vec<Diagnostic>,
) -> Vec<Arc<PackageProperties>> {
    let all: Vec<(&Arc<str>, YamlRenderer<'_>, &ProjectFile)> = files
        .packages
        .iter()
        .flat_map(|package| {
            let renderer = YamlRenderer::for_properties(project, &package.package, invocation);
            package
                .properties
                .iter()
                .map(move |file| (&package.package, renderer.clone(), file))
        })
        .collect();
    let read: Vec<Made<_>> = all
        .par_iter()
        .map(|(package, renderer, file)| {
            let read = || {
                let outcome = read_properties(&file.file, renderer);
                let made = outcome.value.map(|properties| PackageProperties {
                    package: Arc::clone(package),
                    path: file.path.clone(),
                    original_file_path: file.original_file_path.clone(),
                    patch_path: format!("{package}://{}", file.original_file_path),
                    checksum: file.checksum.clone(),
                    properties,
                });
                Arc::new((made.map(Arc::new), outcome.diagnostics))
            };
            let key = || (Arc::clone(package), One(Arc::clone(&file.file)));
            before.properties.get(key, read)
        })
        .collect();
    let mut properties = Vec::with_capacity(read.len());
    for made in read {
        properties.extend(made.0.iter().cloned());
        found.extend(made.1.iter().cloned());
    }
    properties
}

/// Lays one mapping over another as dbt does for versions: mappings join,
/// and a list comes before the one it joins.
pub(super) fn deep_merge(
    mut base: Map<String, Value>,
    over: &Map<String, Value>,
) -> Map<String, Value> {
    for (key, value) in over {
        let merged = match (base.shift_remove(key), value) {
            (Some(Value::Object(base)), Value::Object(over)) => {
                Value::Object(deep_merge(base, over))
            }
            (Some(Value::Array(base)), Value::Array(over)) => {
                Value::Array(over.iter().cloned().chain(base).collect())
            }
            (_, value) => value.clone(),
        };
        base.insert(key.clone(), merged);
    }
    base
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::deep_merge;

    #[test]
    fn a_versions_lists_come_first() {
        let base = json!({"tags": ["a"], "meta": {"x": 1}, "materialized": "view"});
        let over = json!({"tags": ["b"], "meta": {"y": 2}, "materialized": "table"});
        let merged = deep_merge(
            base.as_object().cloned().unwrap_or_default(),
            over.as_object().expect("an object"),
        );
        assert_eq!(
            json!(merged),
            json!({"tags": ["b", "a"], "meta": {"x": 1, "y": 2}, "materialized": "table"})
        );
    }
}
