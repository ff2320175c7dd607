//! Finds what a name in `ref()`, `source()` and the like stands for.
//!
//! The order is dbt's: the package that was named, else the node's own and the
//! root project's, else any. What is switched off is found as well, so that an
//! error can say so.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use crate::parse::{Disabled, Node, ParsedProject, ResourceType, UniqueId};

/// Where packages are looked into, and in which order.
#[derive(Debug, Clone)]
pub struct SearchRules {
    /// Name of the root project.
    pub root: Arc<str>,
    /// dbt's flag `require_ref_searches_node_package_before_root`.
    pub node_package_first: bool,
}

impl SearchRules {
    /// Lists the packages to look into for code of a package; `None` is any.
    pub fn packages<'a>(
        &'a self,
        node_package: &'a str,
        named: Option<&'a str>,
    ) -> impl Iterator<Item = Option<&'a str>> {
        let root = &*self.root;
        let order: [Option<Option<&str>>; 3] = match named {
            Some(named) => [Some(Some(named)), None, None],
            None if node_package == root => [Some(Some(root)), Some(None), None],
            None if self.node_package_first => {
                [Some(Some(node_package)), Some(Some(root)), Some(None)]
            }
            None => [Some(Some(root)), Some(Some(node_package)), Some(None)],
        };
        order.into_iter().flatten()
    }
}

/// What a name stands for.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a, T> {
    One(&'a T),
    /// Two packages have the name, and neither comes first.
    Ambiguous(Vec<&'a T>),
    Disabled(&'a T),
    Nothing,
}

/// Things by name and package, in the order added.
#[derive(Debug)]
pub struct Names<T> {
    enabled: HashMap<String, Vec<(Arc<str>, T)>>,
    disabled: HashMap<String, Vec<(Arc<str>, T)>>,
    /// Whether a name that several packages have is an error, as for `ref()`,
    /// or means the first of them.
    is_strict: bool,
}

impl<T> Names<T> {
    pub fn new(is_strict: bool) -> Self {
        Self::with_capacity(0, is_strict)
    }

    fn with_capacity(names: usize, is_strict: bool) -> Self {
        Self {
            enabled: HashMap::with_capacity(names),
            disabled: HashMap::new(),
            is_strict,
        }
    }

    /// Adds something that is enabled; it takes the place of an earlier one of
    /// the same name and package.
    pub fn add(&mut self, name: String, package: &Arc<str>, value: T) {
        let list = self.enabled.entry(name).or_default();
        match list.iter_mut().find(|(p, _)| p == package) {
            Some(slot) => slot.1 = value,
            None => list.push((Arc::clone(package), value)),
        }
    }

    /// Adds something that is switched off.
    pub fn add_disabled(&mut self, name: String, package: &Arc<str>, value: T) {
        let list = self.disabled.entry(name).or_default();
        list.push((Arc::clone(package), value));
    }

    /// Finds a name as code of a package means it.
    pub fn find(
        &self,
        rules: &SearchRules,
        name: &str,
        node_package: &str,
        named: Option<&str>,
    ) -> Found<'_, T> {
        let enabled = self.enabled.get(name).map_or(&[][..], Vec::as_slice);
        let mut disabled = None;
        for package in rules.packages(node_package, named) {
            let mut matches = enabled
                .iter()
                .filter(|(p, _)| package.is_none_or(|q| **p == *q));
            if let Some((_, first)) = matches.next() {
                let rest: Vec<&T> = matches.map(|(_, value)| value).collect();
                if self.is_strict && !rest.is_empty() {
                    let all = std::iter::once(first).chain(rest).collect();
                    return Found::Ambiguous(all);
                }
                return Found::One(first);
            }
            disabled = disabled.or_else(|| {
                let list = self.disabled.get(name)?;
                let found = list.iter().find(|(p, _)| package.is_none_or(|q| **p == *q));
                found.map(|(_, value)| value)
            });
        }
        disabled.map_or(Found::Nothing, Found::Disabled)
    }

    /// Finds a name in one package.
    pub fn get(&self, name: &str, package: &str) -> Option<&T> {
        let list = self.enabled.get(name)?;
        list.iter().find(|(p, _)| **p == *package).map(|(_, v)| v)
    }

    /// Finds something that is switched off, in one package.
    pub fn get_disabled(&self, name: &str, package: &str) -> Option<&T> {
        let list = self.disabled.get(name)?;
        list.iter().find(|(p, _)| **p == *package).map(|(_, v)| v)
    }

    /// Lists the names of what is enabled.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.enabled.keys().map(String::as_str)
    }
}

/// What a `ref()` needs to know of its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefTarget {
    pub id: UniqueId,
    pub resource_type: ResourceType,
    pub package: Arc<str>,
    /// Models alone have one.
    pub access: Option<Access>,
    pub group: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Private,
    Protected,
    Public,
}

impl RefTarget {
    fn new(node: &Node) -> Self {
        let access = node.model().map(|model| match model.access.as_str() {
            "private" => Access::Private,
            "public" => Access::Public,
            _ => Access::Protected,
        });
        Self {
            id: node.unique_id.clone(),
            resource_type: node.resource_type,
            package: Arc::clone(&node.package_name),
            access,
            group: node.group.clone(),
        }
    }
}

/// Every name that other resources can refer to.
#[derive(Debug)]
pub struct Lookup {
    pub rules: SearchRules,
    /// `name`, and `name.v2` for a version.
    pub refs: Names<RefTarget>,
    /// `source.table`.
    pub sources: Names<UniqueId>,
    pub metrics: Names<UniqueId>,
    pub functions: Names<UniqueId>,
    /// Semantic models by the names of their measures.
    pub measures: Names<UniqueId>,
}

impl Lookup {
    /// Collects the names of a project.
    pub fn new(project: &ParsedProject, rules: SearchRules) -> Self {
        let mut lookup = Self {
            rules,
            refs: Names::with_capacity(referable(project), true),
            sources: Names::new(false),
            metrics: Names::new(false),
            functions: Names::new(false),
            measures: Names::new(false),
        };
        for node in project.nodes.values() {
            lookup.add_node(node, false);
        }
        for source in project.sources.values() {
            let name = source_key(&source.source_name, &source.name);
            lookup
                .sources
                .add(name, &source.package_name, source.unique_id.clone());
        }
        for metric in project.metrics.values() {
            let name = metric.name.clone();
            lookup
                .metrics
                .add(name, &metric.package_name, metric.unique_id.clone());
        }
        for model in project.semantic_models.values() {
            for measure in measures(model) {
                let id = model.unique_id.clone();
                lookup
                    .measures
                    .add(measure.to_owned(), &model.package_name, id);
            }
        }
        for disabled in project.disabled.values().flatten() {
            lookup.add_disabled(disabled);
        }
        lookup
    }

    fn add_node(&mut self, node: &Node, is_disabled: bool) {
        match node.resource_type {
            ResourceType::Function => {
                let (name, id) = (node.name.clone(), node.unique_id.clone());
                if is_disabled {
                    self.functions.add_disabled(name, &node.package_name, id);
                } else {
                    self.functions.add(name, &node.package_name, id);
                }
            }
            ResourceType::Model | ResourceType::Seed | ResourceType::Snapshot => {
                let target = RefTarget::new(node);
                let package = &node.package_name;
                let Some(version) = node.version_text() else {
                    if is_disabled {
                        self.refs.add_disabled(node.name.clone(), package, target);
                    } else {
                        self.refs.add(node.name.clone(), package, target);
                    }
                    return;
                };
                let key = version_key(&node.name, &version);
                if is_disabled {
                    self.refs.add_disabled(key, package, target);
                    return;
                }
                if node.is_latest_version() {
                    self.refs.add(node.name.clone(), package, target.clone());
                }
                self.refs.add(key, package, target);
            }
            _ => {}
        }
    }

    fn add_disabled(&mut self, disabled: &Disabled) {
        match disabled {
            Disabled::Node(node) => self.add_node(node, true),
            Disabled::Source(source) => {
                let name = source_key(&source.source_name, &source.name);
                let id = source.unique_id.clone();
                self.sources.add_disabled(name, &source.package_name, id);
            }
            Disabled::Semantic(definition) => {
                let id = definition.unique_id.clone();
                if definition.resource_type == ResourceType::Metric {
                    let name = definition.name.clone();
                    self.metrics
                        .add_disabled(name, &definition.package_name, id);
                } else {
                    for measure in measures(definition) {
                        let name = measure.to_owned();
                        let package = &definition.package_name;
                        self.measures.add_disabled(name, package, id.clone());
                    }
                }
            }
            Disabled::Exposure(_) | Disabled::UnitTest(_) => {}
        }
    }
}

/// Counts what `ref()` can mean.
fn referable(project: &ParsedProject) -> usize {
    let nodes = project.nodes.values();
    nodes.filter(|node| node.generic_test().is_none()).count()
}

/// Returns the key of a source's table.
pub fn source_key(source: &str, table: &str) -> String {
    format!("{source}.{table}")
}

/// Returns the key of a model's version.
pub fn version_key(name: &str, version: &str) -> String {
    format!("{name}.v{version}")
}

fn measures(model: &crate::parse::SemanticDefinition) -> impl Iterator<Item = &str> {
    let list = model.body.get("measures").and_then(|m| m.as_array());
    let list = list.map_or(&[][..], Vec::as_slice);
    list.iter()
        .filter_map(|measure| measure.get("name")?.as_str())
}

#[cfg(test)]
mod tests {
    use super::{Found, Names, SearchRules};

    fn check(node_package: &str, named: Option<&str>, node_package_first: bool) -> String {
        let rules = SearchRules {
            root: "root".into(),
            node_package_first,
        };
        let mut names = Names::new(true);
        for (name, package) in [
            ("a", "root"),
            ("a", "lib"),
            ("b", "lib"),
            ("c", "lib"),
            ("c", "other"),
        ] {
            names.add(
                name.to_owned(),
                &package.into(),
                format!("{package}.{name}"),
            );
        }
        names.add_disabled("d".to_owned(), &"lib".into(), "lib.d".to_owned());
        ["a", "b", "c", "d", "e"]
            .map(|name| match names.find(&rules, name, node_package, named) {
                Found::One(id) => id.clone(),
                Found::Ambiguous(ids) => format!("{ids:?}"),
                Found::Disabled(id) => format!("no {id}"),
                Found::Nothing => "-".to_owned(),
            })
            .join(" ")
    }

    #[test]
    fn packages_are_searched_in_dbts_order() {
        let root = check("root", None, false);
        assert_eq!(root, r#"root.a lib.b ["lib.c", "other.c"] no lib.d -"#);
        assert_eq!(check("lib", None, false), "root.a lib.b lib.c no lib.d -");
        assert_eq!(check("lib", None, true), "lib.a lib.b lib.c no lib.d -");
        assert_eq!(check("root", Some("other"), false), "- - other.c - -");
    }
}
