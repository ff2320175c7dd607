//! The selection methods: what `tag:`, `path:` and the others match.

use foldhash::{HashSet, HashSetExt};

use camino::Utf8Path;
use serde_json::Value;

use super::spec::Criteria;
use super::{Inputs, fqn, glob};
use crate::diagnostics::Diagnostic;
use crate::graph::Graph;
use crate::graph::state::{Check, Comparison};
use crate::parse::{Node, NodeConfig, ResourceType, UniqueId, version_text};

/// Returns what one criterion matches, before its graph operators.
pub(super) fn search(inputs: &Inputs<'_>, criteria: &Criteria) -> Result<HashSet<u32>, Diagnostic> {
    match criteria.method.as_str() {
        "state" => return search_state(inputs, &criteria.value),
        "result" => return search_results(inputs, &criteria.value),
        "source_status" => return search_fresher(inputs, &criteria.value),
        _ => {}
    }
    let graph = inputs.graph;
    let matcher = Matcher::new(graph, criteria)?;
    Ok(inputs
        .dag
        .iter()
        .filter(|(_, id, kind)| {
            matcher.may_match(*kind)
                && Resource::find(graph, id, *kind)
                    .is_some_and(|resource| matcher.matches(&resource))
        })
        .map(|(i, _, _)| i)
        .collect())
}

fn search_state(inputs: &Inputs<'_>, value: &str) -> Result<HashSet<u32>, Diagnostic> {
    let state = required(
        inputs.state,
        "Got a state selector method, but no comparison manifest",
    )?;
    let manifest = state.require_manifest()?;
    let check = Check::parse(value)?;
    let comparison = Comparison::new(inputs.graph, manifest, state.rules);
    let mut found = HashSet::new();
    for (i, id, kind) in inputs.dag.iter() {
        if comparison.matches(check, id, kind)? {
            found.insert(i);
        }
    }
    comparison.check_removed(check)?;
    inputs.warnings.borrow_mut().extend(comparison.take_found());
    Ok(found)
}

fn search_results(inputs: &Inputs<'_>, status: &str) -> Result<HashSet<u32>, Diagnostic> {
    let results = inputs.state.and_then(|state| state.results.as_ref());
    let results = required(results, "No comparison run_results")?;
    let matching = results.results.iter().filter(|r| r.status == status);
    Ok(matching
        .filter_map(|result| inputs.dag.number(&result.unique_id.as_str().into()))
        .collect())
}

/// Returns the sources whose newest row is newer than it was.
fn search_fresher(inputs: &Inputs<'_>, status: &str) -> Result<HashSet<u32>, Diagnostic> {
    let before = inputs.state.and_then(|state| state.loaded.as_ref());
    let before = required(
        before,
        "No previous state comparison freshness results in sources.json",
    )?;
    let now = inputs.state.and_then(|state| state.loaded_now.as_ref());
    let now = required(
        now,
        "No current state comparison freshness results in sources.json",
    )?;
    let fresher = now
        .iter()
        .filter(|(id, at)| status == "fresher" && before.get(*id).is_none_or(|old| *at > old));
    Ok(fresher
        .filter_map(|(id, _)| inputs.dag.number(&id.as_str().into()))
        .collect())
}

fn required<'a, T>(value: Option<&'a T>, title: &str) -> Result<&'a T, Diagnostic> {
    value.ok_or_else(|| {
        Diagnostic::error("no-state", title)
            .hint("name the folder with the artifacts of an earlier command with `--state`")
    })
}

/// What selection needs to know of a resource, whatever its kind.
struct Resource<'a> {
    kind: ResourceType,
    name: &'a str,
    package_name: &'a str,
    fqn: &'a [String],
    original_file_path: &'a str,
    patch_path: Option<&'a str>,
    tags: Vec<&'a str>,
    config: Option<&'a NodeConfig>,
    source_name: Option<&'a str>,
    node: Option<&'a Node>,
}

impl<'a> Resource<'a> {
    fn find(graph: &'a Graph, id: &UniqueId, kind: ResourceType) -> Option<Self> {
        let project = &graph.project;
        macro_rules! resource {
            ($from:expr, $tags:expr) => {{
                let found = $from.get(id)?;
                Self {
                    kind,
                    name: &found.name,
                    package_name: &found.package_name,
                    fqn: &found.fqn,
                    original_file_path: &found.original_file_path,
                    patch_path: None,
                    tags: $tags(found),
                    config: Some(&found.config),
                    source_name: None,
                    node: None,
                }
            }};
        }
        Some(match kind {
            ResourceType::Source => {
                let source = project.sources.get(id)?;
                Self {
                    source_name: Some(&source.source_name),
                    ..resource!(project.sources, |s: &'a crate::parse::Source| s
                        .tags
                        .iter()
                        .map(String::as_str)
                        .collect())
                }
            }
            ResourceType::Exposure => {
                resource!(project.exposures, |e: &'a crate::parse::Exposure| e
                    .tags
                    .iter()
                    .map(String::as_str)
                    .collect())
            }
            ResourceType::Metric => {
                resource!(
                    project.metrics,
                    |m: &'a crate::parse::SemanticDefinition| { texts(m.body.get("tags")) }
                )
            }
            ResourceType::SemanticModel => {
                resource!(
                    project.semantic_models,
                    |_: &'a crate::parse::SemanticDefinition| Vec::new()
                )
            }
            ResourceType::SavedQuery => {
                resource!(
                    project.saved_queries,
                    |q: &'a crate::parse::SemanticDefinition| texts(q.body.get("tags"))
                )
            }
            ResourceType::UnitTest => {
                resource!(project.unit_tests, |u: &'a crate::parse::UnitTest| u
                    .config
                    .tags())
            }
            _ => {
                let node = project.nodes.get(id)?;
                Self {
                    patch_path: node
                        .patch_path
                        .as_deref()
                        .and_then(|p| p.split_once("://"))
                        .map(|(_, path)| path),
                    node: Some(node),
                    ..resource!(project.nodes, |n: &'a Node| n
                        .tags
                        .iter()
                        .map(String::as_str)
                        .collect())
                }
            }
        })
    }

    fn is_manifest_node(&self) -> bool {
        self.node.is_some() && self.kind != ResourceType::Function
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => vec![text],
        _ => Vec::new(),
    }
}

/// A method with its arguments and value, checked once for all resources.
struct Matcher<'a> {
    graph: &'a Graph,
    criteria: &'a Criteria,
    method: &'a str,
    arguments: &'a [String],
    value: &'a str,
    /// The value split at its dots, for methods that name a package.
    parts: Vec<&'a str>,
    /// For `path:`, the files and folders of the project itself: dbt looks
    /// there, also for what lies in a package.
    paths: HashSet<&'a str>,
}

impl<'a> Matcher<'a> {
    fn new(graph: &'a Graph, criteria: &'a Criteria) -> Result<Self, Diagnostic> {
        let value = criteria.value.as_str();
        let method = criteria.method.as_str();
        let parts: Vec<&str> = value.split('.').collect();
        let most = match method {
            "source" => 3,
            "exposure" | "metric" | "semantic_model" | "saved_query" | "unit_test" => 2,
            _ => usize::MAX,
        };
        if parts.len() > most {
            let form = if method == "source" {
                "`source:NAME`, `source:NAME.TABLE` or `source:PACKAGE.NAME.TABLE`".to_owned()
            } else {
                format!("`{method}:NAME` or `{method}:PACKAGE.NAME`")
            };
            return Err(Diagnostic::error(
                "invalid-selection",
                format!("`{}` has too many parts", criteria.raw),
            )
            .hint(format!("write {form}")));
        }
        if method == "path" && normal(value).next().is_none() {
            return Err(Diagnostic::error(
                "invalid-selection",
                format!("`{}` names no path", criteria.raw),
            )
            .hint("name a file or a folder below the project's, such as `path:models`"));
        }
        let allowed: Option<&[&str]> = match method {
            "resource_type" => Some(&[
                "model",
                "analysis",
                "test",
                "snapshot",
                "operation",
                "seed",
                "rpc",
                "sql_operation",
                "doc",
                "source",
                "macro",
                "exposure",
                "metric",
                "group",
                "saved_query",
                "semantic_model",
                "unit_test",
                "fixture",
                "function",
            ]),
            "test_type" => Some(&["generic", "schema", "data", "singular", "unit"]),
            "version" => Some(&["latest", "prerelease", "old", "none"]),
            _ => None,
        };
        if let Some(allowed) = allowed
            && !allowed.contains(&value)
        {
            return Err(Diagnostic::error(
                "invalid-selection",
                format!("`{}` is no {method}", criteria.value),
            )
            .hint(format!("it is one of {}", allowed.join(", "))));
        }
        Ok(Self {
            graph,
            criteria,
            method,
            arguments: &criteria.arguments,
            value,
            parts,
            paths: match method {
                "path" => own_paths(graph),
                _ => HashSet::new(),
            },
        })
    }

    /// Tells whether the method is about resources of a kind at all. A command without a
    /// selection asks several methods about everything, and most of it is models and tests.
    fn may_match(&self, kind: ResourceType) -> bool {
        let only = match self.method {
            "source" => ResourceType::Source,
            "exposure" => ResourceType::Exposure,
            "metric" => ResourceType::Metric,
            "semantic_model" => ResourceType::SemanticModel,
            "saved_query" => ResourceType::SavedQuery,
            "unit_test" => ResourceType::UnitTest,
            _ => return true,
        };
        kind == only
    }

    fn matches(&self, resource: &Resource<'_>) -> bool {
        let value = self.value;
        match self.method {
            "fqn" => {
                let versioned = resource
                    .node
                    .and_then(Node::model)
                    .is_some_and(|m| m.version.is_some());
                resource.kind != ResourceType::Source
                    && fqn::matches(value, resource.fqn, versioned)
            }
            "tag" => resource.tags.iter().any(|tag| glob::matches(value, tag)),
            "group" => {
                (resource.is_manifest_node() || resource.kind == ResourceType::Metric)
                    && resource
                        .config
                        .and_then(|c| c.str("group"))
                        .is_some_and(|g| glob::matches(value, g))
            }
            "access" => resource
                .node
                .and_then(Node::model)
                .is_some_and(|m| m.access == value),
            "source" => resource.source_name.is_some_and(|source| {
                let (package, name, table) = match self.parts[..] {
                    [name] => ("*", name, "*"),
                    [name, table] => ("*", name, table),
                    [package, name, table] => (package, name, table),
                    _ => return false,
                };
                glob::matches(package, resource.package_name)
                    && glob::matches(name, source)
                    && glob::matches(table, resource.name)
            }),
            "exposure" => self.named(resource, ResourceType::Exposure),
            "metric" => self.named(resource, ResourceType::Metric),
            "semantic_model" => self.named(resource, ResourceType::SemanticModel),
            "saved_query" => self.named(resource, ResourceType::SavedQuery),
            "unit_test" => self.named(resource, ResourceType::UnitTest),
            "path" => {
                self.path_matches(resource.original_file_path)
                    || resource
                        .patch_path
                        .is_some_and(|p| is_same_path(value, p) && self.paths.contains(p))
            }
            "file" => {
                let path = Utf8Path::new(resource.original_file_path);
                [path.file_name(), path.file_stem()]
                    .into_iter()
                    .flatten()
                    .any(|name| glob::matches(value, name))
            }
            "package" => {
                let wanted = if value == "this" {
                    &self.graph.project.project_name
                } else {
                    value
                };
                glob::matches(wanted, resource.package_name)
            }
            "config" => {
                (resource.is_manifest_node() || resource.kind == ResourceType::Source)
                    && resource
                        .config
                        .and_then(|config| descend(config, self.arguments))
                        .is_some_and(|found| self.is_config_value(found))
            }
            "test_name" => match resource.kind {
                ResourceType::Test => resource
                    .node
                    .and_then(Node::generic_test)
                    .is_some_and(|t| glob::matches(value, &t.test_name)),
                ResourceType::UnitTest => glob::matches(value, resource.name),
                _ => false,
            },
            "test_type" => {
                let is_test = resource.kind == ResourceType::Test;
                let is_generic = resource.node.is_some_and(|n| n.generic_test().is_some());
                match value {
                    "generic" | "schema" => is_test && is_generic,
                    "singular" => is_test && !is_generic,
                    "data" => is_test,
                    _ => resource.kind == ResourceType::UnitTest,
                }
            }
            "resource_type" => resource.kind.as_str() == value,
            "version" => self.is_version(resource),
            _ => false,
        }
    }

    /// Tells whether a path, or a folder that it is in, matches the value.
    ///
    /// Resource folders may lie beside the project's own, as `../models` does;
    /// such files are found by both `path:../models` and `path:models`.
    fn path_matches(&self, path: &str) -> bool {
        let pattern: Vec<&str> = normal(self.value).collect();
        let matches = |path: &str| {
            let mut folder = path;
            loop {
                let parts: Vec<&str> = folder.split('/').collect();
                if components_match(&pattern, &parts) {
                    return true;
                }
                match folder.rsplit_once('/') {
                    Some((above, _)) => folder = above,
                    None => return false,
                }
            }
        };
        // The part of the path that matches has to be there in the project.
        let is_there = |path: &str| {
            let mut folder = path;
            while !self.paths.contains(folder) {
                match folder.rsplit_once('/') {
                    Some((above, _)) => folder = above,
                    None => return None,
                }
            }
            Some(folder.len())
        };
        let Some(there) = is_there(path) else {
            return false;
        };
        let inside = path.trim_start_matches("../");
        let outside = path.len() - inside.len();
        matches(&path[..there])
            || (outside > 0 && there > outside && matches(&inside[..there - outside]))
    }

    fn named(&self, resource: &Resource<'_>, kind: ResourceType) -> bool {
        let (package, name) = match self.parts[..] {
            [package, name] => (package, name),
            _ => ("*", self.value),
        };
        resource.kind == kind
            && glob::matches(package, resource.package_name)
            && glob::matches(name, resource.name)
    }

    /// Compares as dbt does: texts by their letters, truth values by name,
    /// lists by any of their items.
    fn is_config_value(&self, found: &Value) -> bool {
        let ignore_case = self.arguments == ["severity"];
        let is_one = |value: &Value| match value {
            Value::String(text) if ignore_case => text.eq_ignore_ascii_case(self.value),
            Value::String(text) => text == self.value,
            Value::Bool(truth) => self.value.eq_ignore_ascii_case(&truth.to_string()),
            // `selectors.yml` can ask for a number.
            other => self.criteria.literal.as_ref() == Some(other),
        };
        match found {
            Value::Array(items) => items.iter().any(is_one),
            other => is_one(other),
        }
    }

    fn is_version(&self, resource: &Resource<'_>) -> bool {
        let Some(model) = resource.node.and_then(Node::model) else {
            return false;
        };
        let Some(version) = &model.version else {
            return self.value == "none";
        };
        let latest = model.latest_version.as_ref();
        match self.value {
            "latest" => latest == Some(version),
            "prerelease" => latest.is_some_and(|l| compare_versions(version, l).is_gt()),
            "old" => latest.is_some_and(|l| compare_versions(version, l).is_lt()),
            _ => false,
        }
    }
}

/// Compares two versions: as numbers when both are, else as text.
fn compare_versions(a: &Value, b: &Value) -> std::cmp::Ordering {
    let number = |v: &Value| match v {
        Value::String(text) => text.parse::<f64>().ok(),
        other => other.as_f64(),
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => version_text(a).cmp(&version_text(b)),
    }
}

fn descend<'a>(config: &'a NodeConfig, keys: &[String]) -> Option<&'a Value> {
    let (first, rest) = keys.split_first()?;
    // dbt's own attributes can be asked for with an underscore too.
    let mut value = config
        .0
        .get(first)
        .or_else(|| config.0.get(&first.replace('_', "-")))?;
    for key in rest {
        value = value.get(key)?;
    }
    Some(value)
}

/// Returns the files of the root project that hold resources, and all folders
/// that they are in.
fn own_paths(graph: &Graph) -> HashSet<&str> {
    let project = &graph.project;
    let mut files: Vec<(&str, &str)> = Vec::new();
    for node in project.nodes.values() {
        files.push((&node.package_name, &node.original_file_path));
        if let Some((package, path)) = node.patch_path.as_deref().and_then(|p| p.split_once("://"))
        {
            files.push((package, path));
        }
    }
    macro_rules! add {
        ($($from:ident),*) => {
            $(files.extend(project.$from.values().map(|found| {
                (&*found.package_name, found.original_file_path.as_str())
            }));)*
        };
    }
    add!(
        sources,
        exposures,
        metrics,
        semantic_models,
        saved_queries,
        unit_tests,
        macros
    );
    let mut paths = HashSet::new();
    let own = files
        .into_iter()
        .filter(|(package, _)| *package == project.project_name);
    for (_, file) in own {
        let mut path = file;
        while paths.insert(path) {
            match path.rsplit_once('/') {
                Some((folder, _)) => path = folder,
                None => break,
            }
        }
    }
    paths
}

fn is_same_path(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = normal(pattern).collect();
    let path: Vec<&str> = path.split('/').collect();
    components_match(&pattern, &path)
}

fn normal(pattern: &str) -> impl Iterator<Item = &str> {
    pattern
        .split(['/', std::path::MAIN_SEPARATOR])
        .filter(|part| !part.is_empty() && *part != ".")
}

/// Matches part by part; `**` stands for any number of folders.
fn components_match(pattern: &[&str], path: &[&str]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((&"**", rest)) => {
            (0..=path.len()).any(|skipped| components_match(rest, &path[skipped..]))
        }
        Some((first, rest)) => path.split_first().is_some_and(|(name, others)| {
            glob::matches(first, name) && components_match(rest, others)
        }),
    }
}
