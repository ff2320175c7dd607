//! `state:`: what is new, what was changed, and how.
//!
//! The rules are dbt's. A resource is compared in the form that the manifest
//! has, so that a manifest of dbt and one of hcdbt say the same. Only macros
//! of the project and its packages count: another version of the tool is no
//! change of the project.

use std::cell::RefCell;
use std::collections::HashSet;

use serde_json::{Value, json};

use super::{PreviousManifest, Rules, contract};
use crate::config::builtin;
use crate::diagnostics::Diagnostic;
use crate::event::kinds;
use crate::graph::Graph;
use crate::parse::{ResourceType, UniqueId};

/// What is asked of a resource: the value of `state:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    New,
    Old,
    Modified,
    Unmodified,
    Body,
    Configs,
    PersistedDescriptions,
    Relation,
    Macros,
    Contract,
}

const CHECKS: &[(&str, Check)] = &[
    ("new", Check::New),
    ("old", Check::Old),
    ("modified", Check::Modified),
    ("unmodified", Check::Unmodified),
    ("modified.body", Check::Body),
    ("modified.configs", Check::Configs),
    (
        "modified.persisted_descriptions",
        Check::PersistedDescriptions,
    ),
    ("modified.relation", Check::Relation),
    ("modified.macros", Check::Macros),
    ("modified.contract", Check::Contract),
];

impl Check {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// An unknown value is an error that lists the known ones.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let found = CHECKS.iter().find(|(name, _)| *name == text);
        found.map(|(_, check)| *check).ok_or_else(|| {
            let names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
            Diagnostic::error(
                "invalid-selection",
                format!("`state:{text}` is no comparison"),
            )
            .hint(format!("it is one of {}", names.join(", ")))
        })
    }
}

/// The present project beside the earlier one.
pub struct Comparison<'a> {
    graph: &'a Graph,
    previous: &'a PreviousManifest,
    rules: Rules,
    modified_macros: HashSet<&'a str>,
    found: RefCell<Vec<Diagnostic>>,
}

impl<'a> Comparison<'a> {
    /// Puts the two projects beside each other.
    pub fn new(graph: &'a Graph, previous: &'a PreviousManifest, rules: Rules) -> Self {
        let macros = graph.project.macros.iter();
        let modified_macros = macros
            .filter(|(_, found)| !builtin::is_builtin(&found.package_name))
            .filter(|(id, found)| {
                let old = previous.get_macro(id.as_str());
                let old = old.and_then(|old| old.get("macro_sql")?.as_str());
                old != Some(&found.file.text[found.text.clone()])
            })
            .map(|(id, _)| id.as_str())
            .collect();
        Self {
            graph,
            previous,
            rules,
            modified_macros,
            found: RefCell::default(),
        }
    }

    /// Gives up what was found worth a warning.
    pub fn take_found(&self) -> Vec<Diagnostic> {
        self.found.take()
    }

    /// Tells whether a resource is what is asked for.
    ///
    /// # Errors
    ///
    /// A breaking change to the contract of a versioned model.
    pub fn matches(
        &self,
        check: Check,
        id: &UniqueId,
        kind: ResourceType,
    ) -> Result<bool, Diagnostic> {
        let old = self.previous.get(id.as_str());
        match check {
            Check::New => return Ok(old.is_none()),
            Check::Old => return Ok(old.is_some()),
            Check::Macros => return Ok(self.uses_modified_macro(id)),
            _ => {}
        }
        if matches!(check, Check::Modified | Check::Unmodified) {
            self.check_test_exists(id)?;
        }
        let new = self.graph.manifest_form(id);
        let pair = Pair {
            kind,
            new: &new,
            old: old.unwrap_or(&Value::Null),
        };
        let is_new = old.is_none();
        let is_node = is_parsed_node(kind);
        Ok(match check {
            Check::Modified => self.is_modified(id, &pair, is_new)?,
            Check::Unmodified => !self.is_modified(id, &pair, is_new)?,
            Check::Body => is_node && (is_new || !self.same_body(&pair)),
            Check::Configs => kind != ResourceType::UnitTest && (is_new || !pair.same_config()),
            Check::PersistedDescriptions => {
                is_node && (is_new || !pair.same_persisted_description())
            }
            Check::Relation => {
                (is_node || kind == ResourceType::Source)
                    && (is_new || !pair.same_relation(self.rules))
            }
            Check::Contract => is_node && (is_new || !self.same_contract(&pair)?),
            Check::New | Check::Old | Check::Macros => false,
        })
    }

    /// Finds contracts that were broken by taking their model away.
    ///
    /// # Errors
    ///
    /// A versioned model with an enforced contract was removed or disabled.
    pub fn check_removed(&self, check: Check) -> Result<(), Diagnostic> {
        if !matches!(check, Check::Modified | Check::Unmodified | Check::Contract) {
            return Ok(());
        }
        for (id, old) in self.previous.section("nodes") {
            let disabled = self.graph.disabled_form(id);
            let removed = match &disabled {
                Some(disabled) => disabled,
                None if self.graph.project.nodes.contains_key(id) => continue,
                None => old,
            };
            if removed.get("resource_type").and_then(Value::as_str) == Some("model")
                && let Some(diagnostic) = contract::removed(removed, self.rules.now)
            {
                self.settle(diagnostic)?;
            }
        }
        Ok(())
    }

    /// Refuses a generic test whose macro was taken away.
    fn check_test_exists(&self, id: &UniqueId) -> Result<(), Diagnostic> {
        let node = self.graph.project.nodes.get(id);
        let Some((node, test)) = node.and_then(|node| Some((node, node.generic_test()?))) else {
            return Ok(());
        };
        let name = format!(".test_{}", test.test_name);
        let is_there = |id: &UniqueId| id.as_str().ends_with(&name);
        if node.depends_on_macros.iter().any(is_there) {
            return Ok(());
        }
        let title = format!(
            "Node '{}' (in {}) depends on a macro or test that does not exist: {}",
            node.name, node.original_file_path, test.test_name
        );
        Err(Diagnostic::error("unknown-test", title)
            .at(&node.file, node.span.clone(), "this test")
            .hint("take the test out, or bring its macro back; `hcdbt deps` installs packages"))
    }

    /// Keeps a warning, and hands an error on.
    fn settle(&self, diagnostic: Diagnostic) -> Result<(), Diagnostic> {
        if diagnostic.severity == crate::diagnostics::Severity::Error {
            return Err(diagnostic);
        }
        let mut found = self.found.borrow_mut();
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
        Ok(())
    }

    fn is_modified(
        &self,
        id: &UniqueId,
        pair: &Pair<'_>,
        is_new: bool,
    ) -> Result<bool, Diagnostic> {
        // A contract is always looked at, for it may be broken.
        let same_contract = is_new || self.same_contract(pair)?;
        let same = match pair.kind {
            // dbt takes these to be unchanged when they are new.
            ResourceType::Source
            | ResourceType::Exposure
            | ResourceType::Metric
            | ResourceType::SemanticModel
            | ResourceType::SavedQuery => is_new || pair.same_definition(self.rules),
            ResourceType::UnitTest => !is_new && pair.same("checksum"),
            _ if is_new => false,
            ResourceType::Test if pair.is_generic_test() => pair.same_config() && pair.same("fqn"),
            _ => {
                self.same_body(pair)
                    && pair.same_config()
                    && pair.same_persisted_description()
                    && pair.same("fqn")
                    && pair.same_relation(self.rules)
                    && pair.same_references()
            }
        };
        Ok(!same || !same_contract || self.uses_modified_macro(id))
    }

    /// Compares the text of a node, or a seed's rows by their checksum.
    fn same_body(&self, pair: &Pair<'_>) -> bool {
        if pair.kind != ResourceType::Seed {
            return pair.same("raw_code");
        }
        let same = pair.same("checksum");
        let name = |value: &Value| -> String {
            let name = value.get("checksum").and_then(|c| c.get("name"));
            name.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        if name(pair.new) == "path" {
            let text = |key: &str| {
                pair.new
                    .get(key)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let (kind, why) = match (name(pair.old) == "path", same) {
                (false, _) => (
                    kinds::SEED_INCREASED,
                    "The previous file was <=1MB, so it has changed",
                ),
                (true, true) => (
                    kinds::SEED_EXCEEDS_LIMIT_SAME_PATH,
                    "It is at the same path, and it cannot be told whether it has changed: \
                     assuming it has not",
                ),
                (true, false) => (
                    kinds::SEED_EXCEEDS_LIMIT_AND_PATH_CHANGED,
                    "The previous file was in a different location, assuming it has changed",
                ),
            };
            let (package, name) = (text("package_name"), text("name"));
            let title = format!("Found a seed ({package}.{name}) >1MB in size. {why}");
            let data = json!({"package_name": package, "name": name});
            let warning = Diagnostic::warning("large-seed", title).as_event(kind, data);
            // A warning can never be an error here.
            let _ = self.settle(warning);
        }
        same
    }

    fn same_contract(&self, pair: &Pair<'_>) -> Result<bool, Diagnostic> {
        if pair.kind != ResourceType::Model {
            return Ok(true);
        }
        let (same, broken) = contract::compare(pair.old, pair.new);
        if let Some(broken) = broken {
            self.settle(broken)?;
        }
        Ok(same)
    }

    /// Tells whether a macro that a resource calls, however far below, has
    /// changed.
    fn uses_modified_macro(&self, id: &UniqueId) -> bool {
        if self.modified_macros.is_empty() {
            return false;
        }
        let project = &self.graph.project;
        let mut waiting: Vec<&UniqueId> = self.graph.macros_of(id).iter().collect();
        let mut seen: HashSet<&UniqueId> = HashSet::new();
        while let Some(found) = waiting.pop() {
            if !seen.insert(found) {
                continue;
            }
            if self.modified_macros.contains(found.as_str()) {
                return true;
            }
            if let Some(called) = project.macros.get(found) {
                waiting.extend(&called.depends_on_macros);
            }
        }
        false
    }
}

/// Tells whether dbt compares text, config and relation of a kind of resource.
fn is_parsed_node(kind: ResourceType) -> bool {
    matches!(
        kind,
        ResourceType::Model
            | ResourceType::Seed
            | ResourceType::Snapshot
            | ResourceType::Test
            | ResourceType::Analysis
            | ResourceType::Operation
            | ResourceType::SqlOperation
            | ResourceType::Function
    )
}

/// A resource now and then, in the manifest's form.
struct Pair<'a> {
    kind: ResourceType,
    new: &'a Value,
    old: &'a Value,
}

impl Pair<'_> {
    /// Compares one property.
    fn same(&self, key: &str) -> bool {
        self.same_at(&[key])
    }

    /// Compares one property of a property.
    fn same_at(&self, keys: &[&str]) -> bool {
        equal(at(self.new, keys), at(self.old, keys))
    }

    fn all_same(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.same(key))
    }

    fn is_generic_test(&self) -> bool {
        self.new.get("test_metadata").is_some_and(Value::is_object)
    }

    /// Compares the config as it is written, since what it comes to may
    /// depend on the target.
    fn same_config(&self) -> bool {
        let new = self.new.get("unrendered_config");
        let old = self.old.get("unrendered_config");
        let get = |config: Option<&Value>, key: &str| config.and_then(|c| c.get(key)).cloned();
        match self.kind {
            ResourceType::SemanticModel | ResourceType::SavedQuery => self.same("config"),
            // Where and how its failures are kept does not make another test.
            ResourceType::Test => [
                "severity",
                "where",
                "limit",
                "fail_calc",
                "warn_if",
                "error_if",
                "store_failures",
                "store_failures_as",
            ]
            .iter()
            .all(|key| get(new, key) == get(old, key)),
            kind => {
                let ignored: &[&str] = match kind {
                    ResourceType::Source | ResourceType::Exposure => &[],
                    ResourceType::Metric => &["group"],
                    // The names are part of the relation; tags and groups
                    // change nothing that is built.
                    _ => &["alias", "schema", "database", "tags", "group"],
                };
                let keys = |config: Option<&Value>| -> Vec<String> {
                    let map = config.and_then(Value::as_object);
                    map.map_or_else(Vec::new, |map| map.keys().cloned().collect())
                };
                keys(new)
                    .iter()
                    .chain(&keys(old))
                    .filter(|key| !ignored.contains(&key.as_str()))
                    .all(|key| get(new, key) == get(old, key))
            }
        }
    }

    /// Compares descriptions that are written into the database.
    fn same_persisted_description(&self) -> bool {
        let persists = |what: &str| {
            let found = at(self.new, &["config", "persist_docs", what]);
            found.and_then(Value::as_bool).unwrap_or(false)
        };
        if persists("relation") && !self.same("description") {
            return false;
        }
        let columns = |value: &Value| -> Vec<(String, String)> {
            let map = value.get("columns").and_then(Value::as_object);
            let mut columns: Vec<(String, String)> = map
                .into_iter()
                .flatten()
                .map(|(name, column)| {
                    let text = column.get("description").and_then(Value::as_str);
                    (name.clone(), text.unwrap_or_default().to_owned())
                })
                .collect();
            columns.sort_unstable();
            columns
        };
        !persists("columns") || columns(self.new) == columns(self.old)
    }

    /// Compares the names that the relation gets.
    fn same_relation(&self, rules: Rules) -> bool {
        if self.kind == ResourceType::Source {
            let same_part = |key: &str, written: &str| {
                if rules.unrendered {
                    return self.same(written);
                }
                // A name that is another one in another environment is no
                // change; dbt sees that only with its flag.
                let text = self.new.get(written).and_then(Value::as_str);
                let follows_environment = text.is_some_and(is_of_environment);
                self.same(key) || follows_environment && self.same(written)
            };
            let same_database = same_part("database", "unrendered_database")
                && same_part("schema", "unrendered_schema");
            return same_database && self.same("identifier");
        }
        ["database", "schema", "alias"]
            .iter()
            .all(|key| self.same_at(&["unrendered_config", key]))
    }

    /// Compares what decides how others can refer to it, and what a function
    /// takes and gives.
    fn same_references(&self) -> bool {
        match self.kind {
            ResourceType::Model => self.all_same(&["latest_version", "access", "deprecation_date"]),
            ResourceType::Function => self.all_same(&["arguments", "returns"]),
            _ => true,
        }
    }

    /// Compares what is no SQL.
    fn same_definition(&self, rules: Rules) -> bool {
        match self.kind {
            ResourceType::Source => {
                self.same_relation(rules)
                    && self.same_config()
                    && self.all_same(&[
                        "fqn",
                        "quoting",
                        "freshness",
                        "loaded_at_field",
                        "external",
                    ])
            }
            ResourceType::Exposure => {
                self.all_same(&[
                    "fqn",
                    "type",
                    "owner",
                    "maturity",
                    "url",
                    "description",
                    "label",
                ]) && self.same_dependencies()
                    && self.same_config()
            }
            ResourceType::Metric => {
                self.all_same(&["type", "description", "label"]) && self.same_config()
            }
            ResourceType::SemanticModel => self.all_same(&[
                "model",
                "description",
                "defaults",
                "entities",
                "dimensions",
                "measures",
                "config",
                "primary_entity",
                "group",
            ]),
            ResourceType::SavedQuery => {
                self.all_same(&["description", "label", "config", "group", "tags"])
                    && ["metrics", "group_by", "where"]
                        .iter()
                        .all(|key| self.same_at(&["query_params", key]))
                    && self.same_exports()
            }
            _ => true,
        }
    }

    fn same_dependencies(&self) -> bool {
        let nodes = |value: &Value| -> Vec<String> {
            let list = at(value, &["depends_on", "nodes"]).and_then(Value::as_array);
            let ids = list.into_iter().flatten().filter_map(Value::as_str);
            let mut ids: Vec<String> = ids.map(str::to_owned).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        nodes(self.new) == nodes(self.old)
    }

    fn same_exports(&self) -> bool {
        let exports = |value: &Value| -> Vec<Vec<Option<Value>>> {
            let list = value.get("exports").and_then(Value::as_array);
            list.into_iter()
                .flatten()
                .map(|export| {
                    let config = |key| at(export, &["unrendered_config", key]).cloned();
                    vec![
                        export.get("name").cloned(),
                        config("export_as"),
                        config("schema"),
                        config("alias"),
                    ]
                })
                .collect()
        };
        exports(self.new) == exports(self.old)
    }
}

/// Tells whether a template depends on the target or on environment variables
/// and on no variable of the project.
fn is_of_environment(text: &str) -> bool {
    let without = text.replace("env_var(", "");
    (text.contains("env_var(") || text.contains("target.")) && !without.contains("var(")
}

fn at<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| value.get(key))
}

/// Compares two properties. What a manifest of another version does not have
/// is the same as an empty one.
pub fn equal(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => a
            .keys()
            .chain(b.keys())
            .all(|key| equal(a.get(key), b.get(key))),
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(Some(a), Some(b)))
        }
        _ => a == b || (is_empty(a) && is_empty(b)),
    }
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
        Some(_) => false,
    }
}
