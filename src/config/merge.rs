//! Builds a node's config from everything that sets it.
//!
//! The order is dbt's: defaults of the resource type, the package's
//! `dbt_project.yml` from the outermost folder inwards, the property file,
//! `config()` in the node's own file, and last the root project's
//! `dbt_project.yml` for nodes of other packages.

mod fields;
mod rules;
mod shared_map;
#[cfg(test)]
mod tests;
mod unused;

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Map, Value};

use super::ResourceType;
use super::load::LoadedProject;
use super::project::ConfigTrees;
use crate::diagnostics::Diagnostic;
pub use shared_map::SharedMap;

use fields::{Fields, fields};

/// Builds configs for the nodes of one project; shared by all threads.
#[derive(Debug)]
pub struct ConfigMerger<'p> {
    project: &'p LoadedProject,
    /// The config blocks of each package that has any.
    trees: HashMap<&'p str, PackageTrees>,
    /// Configs that were built before. Most nodes share theirs with others.
    known: Mutex<HashMap<Known, MergedConfig>>,
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
    pub config: SharedMap,
    pub unrendered: SharedMap,
}

/// What decides a config: the places in the trees, and what the node's own
/// files say.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Known {
    resource_type: ResourceType,
    own: usize,
    root: Option<usize>,
    texts: [String; 2],
}

/// Longer configs are too rarely the same to be remembered.
const MAX_KNOWN_TEXT: usize = 400;

impl<'p> ConfigMerger<'p> {
    /// Makes a merger for a loaded project.
    pub fn new(project: &'p LoadedProject) -> Self {
        let mut next_id = 0;
        let mut trees = HashMap::new();
        for (name, package) in &project.packages {
            let rendered = &package.project.configs;
            let unrendered = &package.project.unrendered_configs;
            trees.insert(
                &**name,
                PackageTrees::new(rendered, unrendered, &mut next_id),
            );
        }
        Self {
            project,
            trees,
            known: Mutex::default(),
        }
    }

    /// Builds the config of one node. The diagnostic of an error has no
    /// place yet: the caller adds the node's file.
    pub fn node_config(&self, request: &ConfigRequest<'_>) -> Result<MergedConfig, Diagnostic> {
        let Some(own) = self.path(request.package, request) else {
            // Nodes that are made up have no package of the project.
            return build(request, &[], &[]);
        };
        let root = (request.package != &*self.project.name)
            .then(|| self.path(&self.project.name, request))
            .flatten();
        let patch = request.patch.filter(|patch| !patch.is_empty());
        let is_plain = patch.is_none() && request.call.is_empty();
        let last = own.last().expect("a path begins with the root of its tree");
        // Analyses and hooks lie in the models' blocks, with other defaults.
        let is_usual = tree_owner(request.resource_type) == request.resource_type;
        if is_plain && is_usual && root.is_none() {
            let plain = last.plain.get_or_init(|| build(request, &own, &[]));
            return plain.clone();
        }
        let text = |map: Option<&Map<String, Value>>| {
            let text = map.map(serde_json::to_string).transpose().ok()?;
            Some(text.unwrap_or_default()).filter(|text| text.len() <= MAX_KNOWN_TEXT)
        };
        let root_path = root.as_deref().unwrap_or_default();
        let known = text(patch)
            .zip(text(Some(request.call)))
            .map(|texts| Known {
                resource_type: request.resource_type,
                own: last.id,
                root: root_path.last().map(|node| node.id),
                texts: texts.into(),
            });
        let Some(known) = known else {
            return Ok(self.share(build(request, &own, root_path)?, request));
        };
        if let Some(merged) = self.lock().get(&known) {
            return Ok(merged.clone());
        }
        let merged = build(request, &own, root_path)?;
        let merged = self.share(merged, request);
        self.lock().insert(known, merged.clone());
        Ok(merged)
    }

    /// Lets a config share what it has in common with nodes of its folder.
    fn share(&self, merged: MergedConfig, request: &ConfigRequest<'_>) -> MergedConfig {
        match self.plain(request) {
            Some(plain) => MergedConfig {
                config: SharedMap::new(merged.config.into_map(), &plain.config),
                unrendered: SharedMap::new(merged.unrendered.into_map(), &plain.unrendered),
            },
            None => merged,
        }
    }

    /// Returns the config of a node of the same folder that sets nothing
    /// itself, unless the request is one for that.
    fn plain(&self, request: &ConfigRequest<'_>) -> Option<MergedConfig> {
        let empty = Map::new();
        let plain = ConfigRequest {
            patch: None,
            call: &empty,
            ..*request
        };
        let is_plain = request.patch.is_none_or(Map::is_empty) && request.call.is_empty();
        (!is_plain).then(|| self.node_config(&plain).ok()).flatten()
    }

    /// Puts together what sets a node's config, as it is written everywhere:
    /// the request has the property file's config and the `config()` call so.
    pub fn written_config(&self, request: &ConfigRequest<'_>) -> SharedMap {
        let own = self.path(request.package, request).unwrap_or_default();
        let root = (request.package != &*self.project.name)
            .then(|| self.path(&self.project.name, request))
            .flatten();
        let written = unrendered(request, &own, &root.unwrap_or_default());
        match self.plain(request) {
            Some(plain) => SharedMap::new(written, &plain.unrendered),
            None => written.into(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Known, MergedConfig>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the blocks of a project file that a node lies in, the outermost
    /// first.
    fn path(&self, package: &str, request: &ConfigRequest<'_>) -> Option<Vec<&Block>> {
        let trees = self.trees.get(package)?;
        let mut block = trees.of(request.resource_type);
        let mut path = vec![block];
        for part in request.fqn {
            let Some(below) = block.below.get(part) else {
                break;
            };
            path.push(below);
            block = below;
        }
        Some(path)
    }
}

/// Returns the kind of resource in whose block a kind is configured.
fn tree_owner(resource_type: ResourceType) -> ResourceType {
    match resource_type {
        ResourceType::Seed
        | ResourceType::Snapshot
        | ResourceType::Source
        | ResourceType::Test
        | ResourceType::UnitTest
        | ResourceType::Exposure
        | ResourceType::Metric
        | ResourceType::SemanticModel
        | ResourceType::SavedQuery
        | ResourceType::Function => resource_type,
        _ => ResourceType::Model,
    }
}

/// Adds one `config()` call to those before it, as dbt merges them.
pub fn merge_config_call(calls: &mut Map<String, Value>, call: Map<String, Value>) {
    rules::merge_call(calls, call);
}

fn build(
    request: &ConfigRequest<'_>,
    own: &[&Block],
    root: &[&Block],
) -> Result<MergedConfig, Diagnostic> {
    let fields = fields(request.resource_type);
    let own_layers = || own.iter().map(|block| &block.config);
    let root_layers = || root.iter().map(|block| &block.config);
    let node_layers = || request.patch.into_iter().chain([request.call]);
    let mut config = lay(
        fields,
        own_layers().chain(node_layers()).chain(root_layers()),
    )?;
    let is_built_once = matches!(
        request.resource_type,
        ResourceType::Source
            | ResourceType::Exposure
            | ResourceType::Metric
            | ResourceType::SemanticModel
            | ResourceType::SavedQuery
            | ResourceType::UnitTest
            | ResourceType::Group
    );
    let overridden_by_null = !is_built_once
        && fields.list.iter().any(|field| {
            config.get(field.name).is_none_or(Value::is_null)
                && node_layers()
                    .chain(root_layers())
                    .any(|layer| layer.contains_key(field.name))
        });
    if overridden_by_null {
        // dbt builds a node's config three times, each time with more of its
        // sources, and keeps what an earlier time found where a later one
        // finds null.
        let with_call = lay(
            fields,
            own_layers().chain([request.call]).chain(root_layers()),
        )?;
        let project_only = lay(fields, own_layers().chain(root_layers()))?;
        for earlier in [with_call, project_only] {
            keep_where_null(fields, &mut config, earlier);
        }
    }
    rules::finish(fields, &mut config)?;

    Ok(MergedConfig {
        config: config.into(),
        unrendered: unrendered(request, own, root).into(),
    })
}

fn unrendered(request: &ConfigRequest<'_>, own: &[&Block], root: &[&Block]) -> Map<String, Value> {
    let mut config = Map::new();
    let own = own.iter().map(|block| &block.unrendered);
    let root = root.iter().map(|block| &block.unrendered);
    own.chain(request.patch)
        .chain([request.call])
        .chain(root)
        .for_each(|layer| extend(&mut config, layer));
    config
}

fn lay<'a>(
    fields: &Fields,
    layers: impl Iterator<Item = &'a Map<String, Value>>,
) -> Result<Map<String, Value>, Diagnostic> {
    let mut config = fields.defaults();
    for layer in layers {
        rules::apply(fields, &mut config, layer)?;
    }
    Ok(config)
}

fn keep_where_null(
    fields: &Fields,
    config: &mut Map<String, Value>,
    mut earlier: Map<String, Value>,
) {
    for field in &fields.list {
        if let Some(value) = config.get_mut(field.name)
            && value.is_null()
            && let Some(earlier) = earlier.get_mut(field.name)
        {
            *value = earlier.take();
        }
    }
}

fn extend(map: &mut Map<String, Value>, layer: &Map<String, Value>) {
    for (key, value) in layer {
        map.insert(key.clone(), value.clone());
    }
}

/// The config blocks of one project file.
#[derive(Debug)]
struct PackageTrees {
    models: Block,
    seeds: Block,
    snapshots: Block,
    sources: Block,
    data_tests: Block,
    unit_tests: Block,
    exposures: Block,
    metrics: Block,
    semantic_models: Block,
    saved_queries: Block,
    functions: Block,
}

/// A folder's block: what it sets, and the blocks within it.
#[derive(Debug, Default)]
struct Block {
    id: usize,
    config: Map<String, Value>,
    unrendered: Map<String, Value>,
    below: HashMap<String, Block>,
    /// The config of nodes that nothing but the project file sets.
    plain: OnceLock<Result<MergedConfig, Diagnostic>>,
}

impl PackageTrees {
    fn new(rendered: &ConfigTrees, unrendered: &ConfigTrees, next_id: &mut usize) -> Self {
        let mut block = |rendered: &Map<String, Value>, unrendered: &Map<String, Value>| {
            Block::new(Some(rendered), Some(unrendered), next_id)
        };
        Self {
            models: block(&rendered.models, &unrendered.models),
            seeds: block(&rendered.seeds, &unrendered.seeds),
            snapshots: block(&rendered.snapshots, &unrendered.snapshots),
            sources: block(&rendered.sources, &unrendered.sources),
            data_tests: block(&rendered.data_tests, &unrendered.data_tests),
            unit_tests: block(&rendered.unit_tests, &unrendered.unit_tests),
            exposures: block(&rendered.exposures, &unrendered.exposures),
            metrics: block(&rendered.metrics, &unrendered.metrics),
            semantic_models: block(&rendered.semantic_models, &unrendered.semantic_models),
            saved_queries: block(&rendered.saved_queries, &unrendered.saved_queries),
            functions: block(&rendered.functions, &unrendered.functions),
        }
    }

    fn of(&self, resource_type: ResourceType) -> &Block {
        match tree_owner(resource_type) {
            ResourceType::Seed => &self.seeds,
            ResourceType::Snapshot => &self.snapshots,
            ResourceType::Source => &self.sources,
            ResourceType::Test => &self.data_tests,
            ResourceType::UnitTest => &self.unit_tests,
            ResourceType::Exposure => &self.exposures,
            ResourceType::Metric => &self.metrics,
            ResourceType::SemanticModel => &self.semantic_models,
            ResourceType::SavedQuery => &self.saved_queries,
            ResourceType::Function => &self.functions,
            _ => &self.models,
        }
    }
}

impl Block {
    fn new(
        rendered: Option<&Map<String, Value>>,
        unrendered: Option<&Map<String, Value>>,
        next_id: &mut usize,
    ) -> Self {
        let mut block = Self {
            id: *next_id,
            config: own_config(rendered),
            unrendered: own_config(unrendered),
            ..Self::default()
        };
        *next_id += 1;
        let folders = |map: Option<&Map<String, Value>>| -> Vec<String> {
            let entries = map.into_iter().flatten();
            entries
                .filter(|(_, value)| value.is_object())
                .map(|(key, _)| key.clone())
                .collect()
        };
        let object = |map: Option<&'_ Map<String, Value>>, key: &str| {
            map.and_then(|map| map.get(key))
                .and_then(Value::as_object)
                .cloned()
        };
        for folder in folders(rendered).into_iter().chain(folders(unrendered)) {
            if block.below.contains_key(&folder) {
                continue;
            }
            let below = Self::new(
                object(rendered, &folder).as_ref(),
                object(unrendered, &folder).as_ref(),
                next_id,
            );
            block.below.insert(folder, below);
        }
        block
    }
}

/// Takes what a block sets itself: keys with a plus, and plain keys whose
/// value is no mapping, because a mapping is a folder.
fn own_config(block: Option<&Map<String, Value>>) -> Map<String, Value> {
    let mut config = Map::new();
    for (key, value) in block.into_iter().flatten() {
        if let Some(key) = key.strip_prefix('+') {
            config.insert(key.trim().to_owned(), value.clone());
        } else if !value.is_object() {
            config.insert(key.clone(), value.clone());
        }
    }
    config
}
