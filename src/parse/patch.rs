//! Finds the nodes that the entries of property files are about.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::ParseContext;
use super::again::SameNode;
use super::node::{Node, ResourceType, UniqueId, compare_versions, version_text};
use super::properties::{PackageProperties, deep_merge};
use crate::config::ConfigRequest;
use crate::config::properties::{ColumnProperties, NodeProperties, VersionProperties};
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::event::kinds;

/// What a property file says of one node.
#[derive(Debug, Clone)]
pub(super) struct Patch<'a> {
    pub from: &'a Arc<PackageProperties>,
    pub entry: &'a NodeProperties,
    /// The config of the entry and, for a version, of the version.
    pub config: Cow<'a, Map<String, Value>>,
    pub columns: Vec<&'a ColumnProperties>,
    pub version: Option<&'a VersionProperties>,
    pub latest_version: Option<Value>,
}

/// Entries by the number of the node they are about.
#[derive(Debug, Default)]
pub(super) struct Patches<'a> {
    pub of_node: HashMap<usize, Patch<'a>>,
    /// Versions of models, in the order in which dbt adds them after all
    /// other nodes.
    pub versioned: Vec<usize>,
}

/// Finds the nodes of all entries. A node that is a version of a model gets
/// its final name here, since its config depends on it.
pub(super) fn find<'a>(
    cx: &ParseContext<'_>,
    nodes: &mut [Node],
    properties: &'a [Arc<PackageProperties>],
    found: &mut Vec<Diagnostic>,
) -> Patches<'a> {
    let index = Index::new(cx, nodes);
    let mut finder = Finder {
        nodes,
        index,
        patches: Patches {
            of_node: HashMap::with_capacity(entries(properties)),
            versioned: Vec::new(),
        },
        found,
    };
    for from in properties {
        let file = &from.properties;
        for entry in &file.models {
            if entry.versions.is_empty() {
                finder.add(from, entry, ResourceType::Model);
            } else {
                finder.add_versions(from, entry);
            }
        }
        for entry in &file.seeds {
            finder.add(from, entry, ResourceType::Seed);
        }
        for entry in &file.snapshots {
            finder.add(from, entry, ResourceType::Snapshot);
        }
        for entry in &file.singular_tests {
            finder.add(from, entry, ResourceType::Test);
        }
        for entry in &file.analyses {
            finder.add(from, entry, ResourceType::Analysis);
        }
        for entry in &file.functions {
            finder.add(from, entry, ResourceType::Function);
        }
    }
    finder.patches
}

/// Counts the entries that are about nodes.
fn entries(properties: &[Arc<PackageProperties>]) -> usize {
    let counts = properties.iter().map(|from| {
        let file = &from.properties;
        let others = [
            &file.seeds,
            &file.snapshots,
            &file.singular_tests,
            &file.analyses,
            &file.functions,
        ];
        file.models.len() + others.into_iter().map(Vec::len).sum::<usize>()
    });
    counts.sum()
}

/// Which names are looked up together: those that `ref()` finds, and others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Space {
    Refs,
    Analyses,
    SingularTests,
    Functions,
}

fn space(resource_type: ResourceType) -> Option<Space> {
    Some(match resource_type {
        ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot => Space::Refs,
        ResourceType::Analysis => Space::Analyses,
        ResourceType::Test => Space::SingularTests,
        ResourceType::Function => Space::Functions,
        _ => return None,
    })
}

/// The numbers of nodes by their names.
#[derive(Debug, Default)]
struct Index {
    enabled: HashMap<(Space, String), Vec<usize>>,
    disabled: HashMap<(Space, String), Vec<usize>>,
}

impl Index {
    fn new(cx: &ParseContext<'_>, nodes: &[Node]) -> Self {
        let mut index = Self {
            enabled: HashMap::with_capacity(nodes.len()),
            disabled: HashMap::new(),
        };
        let spaces = nodes.par_iter().map(|node| {
            let is_enabled = || {
                let same = || SameNode(node.clone());
                cx.before.enabled.get(same, || is_enabled_early(cx, node))
            };
            space(node.resource_type).map(|space| (space, is_enabled()))
        });
        let spaces: Vec<Option<(Space, bool)>> = spaces.collect();
        for (number, (node, space)) in nodes.iter().zip(spaces).enumerate() {
            let Some((space, is_enabled)) = space else {
                continue;
            };
            let map = if is_enabled {
                &mut index.enabled
            } else {
                &mut index.disabled
            };
            map.entry((space, node.name.clone()))
                .or_default()
                .push(number);
        }
        index
    }
}

/// Tells whether a node is enabled as far as its own file and
/// `dbt_project.yml` say.
fn is_enabled_early(cx: &ParseContext<'_>, node: &Node) -> bool {
    let is_root = *node.package_name == *cx.project.name;
    let own = node.config_call_dict.get("enabled");
    if is_root && let Some(enabled) = own.and_then(Value::as_bool) {
        return enabled;
    }
    let empty = Map::new();
    let request = ConfigRequest {
        resource_type: node.resource_type,
        package: &node.package_name,
        fqn: &node.fqn,
        patch: None,
        call: if is_root {
            &empty
        } else {
            &node.config_call_dict
        },
    };
    // A config that cannot be merged is reported when it is built for good.
    cx.merger.node_config(&request).is_ok_and(|merged| {
        merged
            .config
            .get("enabled")
            .and_then(Value::as_bool)
            .unwrap_or(true)
    })
}

struct Finder<'a, 'n, 'f> {
    nodes: &'n mut [Node],
    index: Index,
    patches: Patches<'a>,
    found: &'f mut Vec<Diagnostic>,
}

impl<'a> Finder<'a, '_, '_> {
    /// Finds the nodes of a name: one that is enabled, in the package first,
    /// or else all that are disabled.
    fn lookup(&self, space: Space, name: &str, package: &str) -> Vec<usize> {
        let key = (space, name.to_owned());
        let in_package = |number: &&usize| *self.nodes[**number].package_name == *package;
        if let Some(list) = self.index.enabled.get(&key) {
            let own = list.iter().rev().find(in_package);
            let any = (space != Space::SingularTests)
                .then(|| list.first())
                .flatten();
            if let Some(number) = own.or(any) {
                return vec![*number];
            }
        }
        let list = self.index.disabled.get(&key).map_or(&[][..], Vec::as_slice);
        list.iter().filter(in_package).copied().collect()
    }

    fn add(
        &mut self,
        from: &'a Arc<PackageProperties>,
        entry: &'a NodeProperties,
        resource_type: ResourceType,
    ) {
        let Some(space) = space(resource_type) else {
            return;
        };
        let name = &entry.name.text;
        let numbers = self.lookup(space, name, &from.package);
        let Some(first) = numbers.first() else {
            self.no_node(from, entry, resource_type, name);
            return;
        };
        let actual = self.nodes[*first].resource_type;
        if actual != resource_type {
            self.wrong_section(from, entry, resource_type, actual);
            return;
        }
        let enables = entry.config.get("enabled").and_then(Value::as_bool) == Some(true);
        if numbers.len() > 1 && enables {
            self.found
                .push(ambiguous_enabling(from, entry, actual, numbers.len()));
            return;
        }
        for number in numbers {
            let patch = Patch {
                from,
                entry,
                config: Cow::Borrowed(&entry.config),
                columns: entry.columns.iter().collect(),
                version: None,
                latest_version: None,
            };
            self.set(number, patch);
        }
    }

    fn set(&mut self, number: usize, patch: Patch<'a>) {
        if let Some(first) = self.patches.of_node.get(&number) {
            let name = &patch.entry.name;
            let what = super::describe(self.nodes[number].resource_type, &name.text);
            self.found.push(
                Diagnostic::error(
                    "duplicate-properties",
                    format!("{what} is described more than once"),
                )
                .at(
                    &patch.from.properties.file,
                    name.span.clone(),
                    "described here",
                )
                .at(
                    &first.from.properties.file,
                    first.entry.name.span.clone(),
                    "and here",
                )
                .hint("put all that is said of it into one of the two entries"),
            );
            return;
        }
        self.patches.of_node.insert(number, patch);
    }

    fn add_versions(&mut self, from: &'a Arc<PackageProperties>, entry: &'a NodeProperties) {
        let latest = entry
            .latest_version
            .clone()
            .or_else(|| newest(&entry.versions));
        for version in &entry.versions {
            let v = version_text(&version.v);
            let named = version.defined_in.as_ref().map(|n| n.text.clone());
            let file_name = named.unwrap_or_else(|| format!("{}_v{v}", entry.name.text));
            let mut numbers = self.lookup(Space::Refs, &file_name, &from.package);
            // The latest version may be in a file that is named as the model.
            let is_latest = latest.as_ref().map(version_text).as_deref() == Some(&v);
            if numbers.is_empty() && is_latest {
                numbers = self.lookup(Space::Refs, &entry.name.text, &from.package);
            }
            let Some(number) = numbers.first().copied() else {
                self.no_node(from, entry, ResourceType::Model, &file_name);
                continue;
            };
            if self.nodes[number].resource_type != ResourceType::Model {
                let actual = self.nodes[number].resource_type;
                self.wrong_section(from, entry, ResourceType::Model, actual);
                continue;
            }
            self.rename(number, &entry.name.text, version);
            let config = deep_merge(entry.config.clone(), &version.config);
            let patch = Patch {
                from,
                entry,
                config: Cow::Owned(config),
                columns: version_columns(entry, version),
                version: Some(version),
                latest_version: latest.clone(),
            };
            self.set(number, patch);
            self.patches.versioned.push(number);
        }
    }

    /// Gives a node the name of the model that it is a version of.
    fn rename(&mut self, number: usize, name: &str, version: &VersionProperties) {
        let node = &mut self.nodes[number];
        let v = version_text(&version.v);
        let package = &node.package_name;
        node.unique_id = UniqueId::from(format!("model.{package}.{name}.v{v}"));
        name.clone_into(&mut node.name);
        if let Some(last) = node.fqn.last_mut() {
            name.clone_into(last);
        }
        node.fqn.push(format!("v{v}"));
    }

    fn no_node(
        &mut self,
        from: &PackageProperties,
        entry: &NodeProperties,
        resource_type: ResourceType,
        name: &str,
    ) {
        let file = &from.properties.file;
        let diagnostic = no_node_for(file, plural(resource_type), name).at(
            file,
            entry.name.span.clone(),
            format!("no {} has this name", resource_type.as_str()),
        );
        let names = self
            .nodes
            .iter()
            .filter(|n| n.resource_type == resource_type)
            .map(|n| n.name.as_str());
        self.found.push(match suggest::nearest(name, names) {
            Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
            None => diagnostic,
        });
    }

    fn wrong_section(
        &mut self,
        from: &PackageProperties,
        entry: &NodeProperties,
        section: ResourceType,
        actual: ResourceType,
    ) {
        let file = from.properties.file.path.as_str();
        let (name, right) = (&entry.name.text, plural(actual));
        let title = format!(
            "'{name}' is a {} node, but it is specified in the {} section of {file}.",
            actual.as_str(),
            plural(section)
        );
        let data = json!({
            "patch_name": name,
            "resource_type": actual.as_str(),
            "plural_resource_type": right,
            "yaml_key": plural(section),
            "file_path": file,
        });
        self.found.push(
            Diagnostic::warning("wrong-section", title)
                .at(
                    &from.properties.file,
                    entry.name.span.clone(),
                    format!("this is a {}", actual.as_str()),
                )
                .hint(format!("move the entry below `{right}:`"))
                .as_event(kinds::WRONG_RESOURCE_SCHEMA_FILE, data),
        );
    }
}

/// Says that it is not clear which of several disabled nodes is meant.
fn ambiguous_enabling(
    from: &PackageProperties,
    entry: &NodeProperties,
    resource_type: ResourceType,
    count: usize,
) -> Diagnostic {
    let title = format!(
        "Found {count} matching disabled nodes for {} '{}'. Multiple nodes for the same unique id \
         cannot be enabled in the schema file.",
        resource_type.as_str(),
        entry.name.text
    );
    Diagnostic::error("ambiguous-enabling", title)
        .at(
            &from.properties.file,
            entry.name.span.clone(),
            "enabled here",
        )
        .hint("enable one of them in `dbt_project.yml` or in its own file")
}

/// Warns of a description of something that does not exist.
pub(super) fn no_node_for(file: &SourceFile, section: &str, name: &str) -> Diagnostic {
    let title = format!(
        "Did not find matching node for patch with name '{name}' in the '{section}' section of \
         file '{}'",
        file.path
    );
    let data = json!({
        "patch_name": name,
        "yaml_key": section,
        "file_path": file.path.as_str(),
    });
    Diagnostic::warning("unknown-node", title).as_event(kinds::NO_NODE_FOR_YAML_KEY, data)
}

/// Returns the section of a property file for a kind of resource.
pub(super) fn plural(resource_type: ResourceType) -> &'static str {
    match resource_type {
        ResourceType::Model => "models",
        ResourceType::Seed => "seeds",
        ResourceType::Snapshot => "snapshots",
        ResourceType::Analysis => "analyses",
        ResourceType::Function => "functions",
        _ => "data_tests",
    }
}

/// Returns the version that is latest when none is named: the greatest.
fn newest(versions: &[VersionProperties]) -> Option<Value> {
    let texts = versions.iter().map(|version| &version.v);
    texts
        .max_by(|a, b| compare_versions(&version_text(a), &version_text(b)))
        .cloned()
}

/// Returns the columns of a version: those of the model that it includes, and
/// its own.
pub(super) fn version_columns<'a>(
    entry: &'a NodeProperties,
    version: &'a VersionProperties,
) -> Vec<&'a ColumnProperties> {
    let is_included = |column: &&ColumnProperties| {
        let name = &column.name.text;
        version
            .include
            .as_ref()
            .is_none_or(|list| list.contains(name))
            && !version.exclude.contains(name)
    };
    entry
        .columns
        .iter()
        .filter(is_included)
        .chain(&version.columns)
        .collect()
}
