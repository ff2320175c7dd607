//! Config blocks of `dbt_project.yml` that no node lies in.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::{Map, Value, json};

use super::ConfigMerger;
use crate::config::ResourceType;
use crate::diagnostics::Diagnostic;
use crate::event::kinds;
use crate::yaml::Yaml;

impl ConfigMerger<'_> {
    /// Returns a warning that names the config paths of the root's
    /// `dbt_project.yml` that match no node. `fqns` are the nodes' by
    /// resource type, disabled ones included.
    pub fn unused_config_paths<'a>(
        &self,
        fqns: impl Iterator<Item = (ResourceType, &'a [String])>,
    ) -> Option<Diagnostic> {
        let project = &self.project.root().project;
        let configs = &project.configs;
        let blocks = [
            ("models", ResourceType::Model, &configs.models),
            ("seeds", ResourceType::Seed, &configs.seeds),
            ("snapshots", ResourceType::Snapshot, &configs.snapshots),
            ("sources", ResourceType::Source, &configs.sources),
            ("data_tests", ResourceType::Test, &configs.data_tests),
            ("unit_tests", ResourceType::UnitTest, &configs.unit_tests),
            ("metrics", ResourceType::Metric, &configs.metrics),
            (
                "semantic_models",
                ResourceType::SemanticModel,
                &configs.semantic_models,
            ),
            (
                "saved_queries",
                ResourceType::SavedQuery,
                &configs.saved_queries,
            ),
            ("exposures", ResourceType::Exposure, &configs.exposures),
            ("functions", ResourceType::Function, &configs.functions),
        ];
        if blocks.iter().all(|(_, _, block)| block.is_empty()) {
            return None;
        }
        let mut nodes: HashMap<ResourceType, Vec<&[String]>> = HashMap::new();
        for (resource_type, fqn) in fqns {
            nodes.entry(resource_type).or_default().push(fqn);
        }
        let mut unused: Vec<(Vec<&str>, Range<usize>)> = Vec::new();
        for (name, resource_type, block) in blocks {
            let mut paths = Vec::new();
            config_paths(block, &mut Vec::new(), &mut paths);
            let nodes = nodes.get(&resource_type).map_or(&[][..], Vec::as_slice);
            for path in paths {
                let is_used = nodes.iter().any(|fqn| {
                    fqn.len() >= path.len() && fqn.iter().zip(&path).all(|(a, b)| a == b)
                });
                if !is_used {
                    let span = place(&project.yaml, name, &path);
                    let mut full = vec![name];
                    full.extend(path);
                    unused.push((full, span));
                }
            }
        }
        if unused.is_empty() {
            return None;
        }
        let paths: Vec<String> = unused.iter().map(|(path, _)| path.join(".")).collect();
        let title = "Configuration paths exist in your dbt_project.yml file which do not apply to \
                     any resources.";
        let mut list = format!("There are {} unused configuration paths:", paths.len());
        for path in &paths {
            list.push_str("\n- ");
            list.push_str(path);
        }
        let mut diagnostic = Diagnostic::warning("unused-config", title)
            .because(list)
            .as_event(
                kinds::UNUSED_RESOURCE_CONFIG_PATH,
                json!({"unused_config_paths": paths}),
            );
        for (path, span) in unused {
            let message = format!("nothing lies in `{}`", path.join("."));
            diagnostic = diagnostic.at(&project.file, span, message);
        }
        Some(diagnostic.hint(
            "a path is the project's name, then folders below the resource folder, then a name",
        ))
    }
}

/// Lists the paths of blocks that set something themselves.
fn config_paths<'a>(
    block: &'a Map<String, Value>,
    path: &mut Vec<&'a str>,
    paths: &mut Vec<Vec<&'a str>>,
) {
    let is_folder = |key: &str, value: &Value| value.is_object() && !key.starts_with('+');
    if block.iter().any(|(key, value)| !is_folder(key, value)) {
        paths.push(path.clone());
    }
    for (key, value) in block {
        if let Value::Object(below) = value
            && is_folder(key, value)
        {
            path.push(key);
            config_paths(below, path, paths);
            path.pop();
        }
    }
}

fn place(yaml: &Yaml, name: &str, path: &[&str]) -> Range<usize> {
    let dashed = name.replace('_', "-");
    let old = if name == "data_tests" { "tests" } else { name };
    let mut entry = [name, &dashed, old]
        .into_iter()
        .find_map(|key| yaml.entry(key));
    for part in path {
        entry = entry.and_then(|entry| entry.value.entry(part));
    }
    entry.map_or(0..0, |entry| entry.key_span.clone())
}
