//! The things a project is made of, as dbt's manifest names them.
//!
//! One [`Node`] type serves everything that compiles to SQL. What only some
//! kinds have is an `Option` or stands in [`NodeKind`].

use std::fmt;
use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value};

use crate::config::SharedMap;
use crate::diagnostics::SourceFile;

pub use crate::config::ResourceType;

/// dbt's name of a node within a manifest: `model.health.dim_patient`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UniqueId(pub Arc<str>);

/// A map by unique ids, in the order in which they came. Ids are looked up all the time, and
/// are the project's own: they need no hash that withstands an attack.
pub type IdMap<V> = IndexMap<UniqueId, V, foldhash::fast::RandomState>;

/// A set of unique ids, in the order in which they came.
pub type IdSet = IndexSet<UniqueId, foldhash::fast::RandomState>;

impl UniqueId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for UniqueId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for UniqueId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::borrow::Borrow<str> for UniqueId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// A place in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: Arc<SourceFile>,
    pub range: Range<usize>,
}

/// A node that compiles to SQL: model, seed, snapshot, test, analysis, hook
/// or function.
///
/// There are many and each is large, so that lists of nodes hold where they are,
/// and copies share what they are made of until one of them is changed.
#[derive(Debug, Clone)]
pub struct Node(Arc<NodeFields>);

impl From<NodeFields> for Node {
    fn from(fields: NodeFields) -> Self {
        Self(Arc::new(fields))
    }
}

impl Deref for Node {
    type Target = NodeFields;

    fn deref(&self) -> &NodeFields {
        &self.0
    }
}

impl DerefMut for Node {
    fn deref_mut(&mut self) -> &mut NodeFields {
        Arc::make_mut(&mut self.0)
    }
}

/// What a [`Node`] is made of.
#[derive(Debug, Clone)]
pub struct NodeFields {
    pub unique_id: UniqueId,
    pub resource_type: ResourceType,
    pub name: String,
    pub package_name: Arc<str>,
    /// Path below the resource folder, `staging/stg_claims.sql`.
    pub path: String,
    /// Path below the package's root, `models/staging/stg_claims.sql`.
    pub original_file_path: String,
    /// The file that defines the node: for a generic test the property file.
    pub file: Arc<SourceFile>,
    /// What defines it there: the whole of a model's file, a test's entry.
    pub span: Range<usize>,
    pub fqn: Vec<String>,
    pub database: Option<String>,
    pub schema: String,
    pub alias: String,
    /// How the relation is written in SQL. None for ephemeral models and for
    /// tests that store nothing.
    pub relation_name: Option<String>,
    pub checksum: Checksum,
    /// Every config that applies, dbt's defaults included, in dbt's order.
    pub config: NodeConfig,
    /// The config's tags, and those that dbt adds: a test has its column's.
    pub tags: Vec<String>,
    /// The config's group; a generic test has that of the node it tests.
    pub group: Option<String>,
    /// What `config()` in the file itself set.
    pub config_call_dict: Map<String, Value>,
    pub unrendered_config: SharedMap,
    pub description: String,
    pub columns: IndexMap<String, ColumnInfo>,
    pub patch_path: Option<String>,
    /// The entry of the property file, when there is one.
    pub properties: Option<Place>,
    /// Ids of the docs blocks that the description names.
    pub doc_blocks: Vec<String>,
    /// Checksum of an enforced contract's columns, as `state:modified` compares it.
    pub contract_checksum: Option<String>,
    pub language: Language,
    pub raw_code: Arc<str>,
    pub refs: Vec<RefArgs>,
    /// `[source name, table name]` pairs.
    pub sources: Vec<[String; 2]>,
    /// Arguments of `metric()` calls.
    pub metrics: Vec<Vec<String>>,
    pub functions: Vec<Vec<String>>,
    pub depends_on_macros: Vec<UniqueId>,
    /// Filled by `graph`: what the refs and sources stand for.
    pub depends_on_nodes: Vec<UniqueId>,
    /// Seconds since the epoch.
    pub created_at: f64,
    pub kind: NodeKind,
}

/// What compiling adds to a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompiledNode {
    pub compiled_code: Option<Arc<str>>,
    /// `target/compiled/health/models/a.sql`, relative to the project.
    pub compiled_path: Option<String>,
    /// `target/run/health/models/a.sql`, once the node was executed.
    pub build_path: Option<String>,
    /// Only tests get one here, when failures are stored.
    pub relation_name: Option<String>,
    /// Whether ephemeral models were put in; false when rendering failed.
    pub extra_ctes_injected: bool,
    pub extra_ctes: Vec<InjectedCte>,
    /// What foreign keys refer to, `ref('a')`, and the relation that is.
    pub foreign_keys: Vec<(String, String)>,
    /// The macros that were called while it was rendered and run.
    pub macros: Vec<UniqueId>,
    /// Which of its kind a hook of the run was, counted from 1.
    pub place: Option<usize>,
}

/// An ephemeral model as it was put into another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InjectedCte {
    pub id: UniqueId,
    /// ` __dbt__cte__name as (\n...\n)`.
    pub sql: Arc<str>,
}

/// What only some kinds of node have.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    Model(Box<ModelInfo>),
    Seed(SeedInfo),
    Snapshot,
    Analysis,
    SingularTest,
    GenericTest(Box<GenericTestInfo>),
    /// An `on-run-start` or `on-run-end` entry, with its place in the list.
    Hook {
        index: usize,
        on_start: bool,
    },
    /// Ad-hoc SQL, as `show --inline` makes.
    Inline,
    Function(Box<FunctionInfo>),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelInfo {
    pub access: String,
    pub constraints: Vec<Value>,
    pub version: Option<Value>,
    pub latest_version: Option<Value>,
    pub deprecation_date: Option<String>,
    pub primary_key: Vec<String>,
    pub time_spine: Option<Value>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeedInfo {
    /// The folder that holds the package, as dbt's seeds record it.
    pub root_path: String,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenericTestInfo {
    pub column_name: Option<String>,
    /// `models.dim_patient`: the property file's section and entry.
    pub file_key_name: String,
    pub attached_node: Option<UniqueId>,
    /// The generic test's own name, `not_null`.
    pub test_name: String,
    pub namespace: Option<String>,
    /// The arguments, `model` and `column_name` included, as written.
    pub kwargs: Map<String, Value>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct FunctionInfo {
    pub returns: Value,
    pub arguments: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Sql,
    Python,
}

/// dbt's file checksum: `sha256` of the stripped text, `none`, or `path` for
/// seeds over 1 MiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    pub name: &'static str,
    pub checksum: String,
}

/// The arguments of one `ref()` call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefArgs {
    pub name: String,
    pub package: Option<String>,
    /// A number or a text, as written.
    pub version: Option<Value>,
}

/// A column as the property file describes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnInfo {
    pub name: String,
    pub description: String,
    pub meta: Map<String, Value>,
    pub data_type: Option<String>,
    pub constraints: Vec<Value>,
    pub quote: Option<bool>,
    pub tags: Vec<String>,
    pub granularity: Option<String>,
    pub doc_blocks: Vec<String>,
    /// Keys of the entry that dbt does not know; the manifest shows them.
    pub extra: Map<String, Value>,
}

/// A node's merged config. Keys are dbt's; unknown ones are the user's own.
///
/// Many nodes have the same config, or nearly so, and share what is the same.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NodeConfig(pub SharedMap);

impl From<Map<String, Value>> for NodeConfig {
    fn from(config: Map<String, Value>) -> Self {
        Self(config.into())
    }
}

impl NodeConfig {
    /// Sets one config, for this node alone.
    pub fn set(&mut self, key: &str, value: Value) {
        self.0.insert(key, value);
    }

    /// Returns a config by its name, none when unset or null.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|v| !v.is_null())
    }

    /// Returns a config that is a text.
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// Returns a config that is a yes or no.
    pub fn bool(&self, key: &str) -> Option<bool> {
        self.get(key).and_then(Value::as_bool)
    }

    /// Tells whether the node is enabled; it is unless it says otherwise.
    pub fn is_enabled(&self) -> bool {
        self.bool("enabled").unwrap_or(true)
    }

    /// Returns how the node is built, `view` when nothing says so.
    pub fn materialized(&self) -> &str {
        self.str("materialized").unwrap_or("view")
    }

    /// Returns the tags, however they were written.
    pub fn tags(&self) -> Vec<&str> {
        match self.get("tags") {
            Some(Value::String(tag)) => vec![tag],
            Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns `meta`, when there is any.
    pub fn meta(&self) -> Option<&Map<String, Value>> {
        self.get("meta").and_then(Value::as_object)
    }
}

impl Node {
    /// Tells whether two nodes are one: made once, and not changed since.
    pub fn is_one_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Tells whether the node is an ephemeral model.
    pub fn is_ephemeral(&self) -> bool {
        self.resource_type == ResourceType::Model && self.config.materialized() == "ephemeral"
    }

    /// Tells whether the node is a test that is said to keep its failures,
    /// by its own config or by the flag `--store-failures`.
    ///
    /// As in dbt the flag also counts where the config says no: the node has a
    /// relation's name then, although its materialization makes none.
    pub fn stores_failures(&self, flag: bool) -> bool {
        self.resource_type == ResourceType::Test
            && (flag || self.config.bool("store_failures") == Some(true))
    }

    /// Returns what only generic tests have.
    pub fn generic_test(&self) -> Option<&GenericTestInfo> {
        match &self.kind {
            NodeKind::GenericTest(info) => Some(info),
            _ => None,
        }
    }

    /// Returns a model's version as text, `2` or `1.5`.
    pub fn version_text(&self) -> Option<String> {
        self.model()?.version.as_ref().map(version_text)
    }

    /// Tells whether the node is the version that an unpinned `ref` means.
    pub fn is_latest_version(&self) -> bool {
        self.model().is_some_and(|model| {
            let latest = model.latest_version.as_ref().map(version_text);
            model.version.as_ref().map(version_text) == latest
        })
    }

    /// Returns what only models have.
    pub fn model(&self) -> Option<&ModelInfo> {
        match &self.kind {
            NodeKind::Model(info) => Some(info),
            _ => None,
        }
    }
}

/// Returns a model's version as text, as ids and `ref` have it.
pub fn version_text(version: &Value) -> String {
    match version {
        Value::String(text) => text.clone(),
        other => super::python_text::py_str(other),
    }
}

/// Compares versions as dbt does: as numbers where both are, else as texts.
pub fn compare_versions(a: &str, b: &str) -> std::cmp::Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}

/// A table that the project reads and does not make.
#[derive(Debug, Clone)]
pub struct Source {
    pub unique_id: UniqueId,
    pub package_name: Arc<str>,
    pub path: String,
    pub original_file_path: String,
    pub file: Arc<SourceFile>,
    pub span: Range<usize>,
    pub fqn: Vec<String>,
    pub source_name: String,
    pub source_description: String,
    pub loader: String,
    pub name: String,
    pub identifier: String,
    pub database: Option<String>,
    pub schema: String,
    pub quoting: Map<String, Value>,
    pub loaded_at_field: Option<String>,
    pub loaded_at_query: Option<String>,
    /// dbt's freshness mapping, or null.
    pub freshness: Value,
    pub external: Value,
    pub description: String,
    pub columns: IndexMap<String, ColumnInfo>,
    pub meta: Map<String, Value>,
    pub source_meta: Map<String, Value>,
    pub tags: Vec<String>,
    pub config: NodeConfig,
    pub unrendered_config: SharedMap,
    pub unrendered_database: Option<String>,
    pub unrendered_schema: Option<String>,
    /// The files that it stands for, as SQL reads them, when it is no
    /// relation of the database.
    pub external_location: Option<String>,
    /// How the source is written in SQL: a name, or an external location.
    pub relation_name: String,
    pub doc_blocks: Vec<String>,
    pub created_at: f64,
}

/// A use of the project's models outside of it.
#[derive(Debug, Clone)]
pub struct Exposure {
    pub unique_id: UniqueId,
    pub package_name: Arc<str>,
    pub name: String,
    pub path: String,
    pub original_file_path: String,
    pub file: Arc<SourceFile>,
    pub span: Range<usize>,
    pub fqn: Vec<String>,
    pub exposure_type: String,
    pub label: Option<String>,
    pub owner: Map<String, Value>,
    pub description: String,
    pub maturity: Option<String>,
    pub url: Option<String>,
    pub meta: Map<String, Value>,
    pub tags: Vec<String>,
    pub config: NodeConfig,
    pub unrendered_config: SharedMap,
    pub refs: Vec<RefArgs>,
    pub sources: Vec<[String; 2]>,
    pub metrics: Vec<Vec<String>>,
    pub depends_on_macros: Vec<UniqueId>,
    pub depends_on_nodes: Vec<UniqueId>,
    pub created_at: f64,
}

/// A definition that hcdbt carries into the manifest and can select, but that
/// never becomes SQL: metric, semantic model, saved query.
///
/// `body` holds the fields that dbt's manifest has for its kind, names and
/// dependencies excepted.
#[derive(Debug, Clone)]
pub struct SemanticDefinition {
    pub unique_id: UniqueId,
    pub resource_type: ResourceType,
    pub package_name: Arc<str>,
    pub name: String,
    pub path: String,
    pub original_file_path: String,
    pub file: Arc<SourceFile>,
    pub span: Range<usize>,
    pub fqn: Vec<String>,
    pub config: NodeConfig,
    pub refs: Vec<RefArgs>,
    pub metrics: Vec<Vec<String>>,
    pub depends_on_macros: Vec<UniqueId>,
    pub depends_on_nodes: Vec<UniqueId>,
    pub created_at: f64,
    pub body: Map<String, Value>,
}

/// A unit test as written: rows given, rows expected.
#[derive(Debug, Clone)]
pub struct UnitTest {
    pub unique_id: UniqueId,
    pub package_name: Arc<str>,
    pub name: String,
    pub path: String,
    pub original_file_path: String,
    pub file: Arc<SourceFile>,
    pub span: Range<usize>,
    pub fqn: Vec<String>,
    pub model: String,
    pub description: String,
    pub given: Vec<Value>,
    pub expect: Value,
    pub overrides: Option<Value>,
    pub versions: Option<Value>,
    pub version: Option<Value>,
    pub config: NodeConfig,
    pub checksum: Option<String>,
    pub schema: String,
    pub depends_on_macros: Vec<UniqueId>,
    pub depends_on_nodes: Vec<UniqueId>,
    pub created_at: f64,
}

#[derive(Debug, Clone)]
pub struct Group {
    pub unique_id: UniqueId,
    pub package_name: Arc<str>,
    pub name: String,
    pub path: String,
    pub original_file_path: String,
    pub file: Arc<SourceFile>,
    pub span: Range<usize>,
    pub owner: Map<String, Value>,
    pub description: Option<String>,
    pub config: Map<String, Value>,
}

/// A macro, generic test or materialization.
#[derive(Debug, Clone)]
pub struct Macro {
    pub unique_id: UniqueId,
    pub package_name: Arc<str>,
    pub name: String,
    pub path: String,
    pub original_file_path: String,
    pub file: Arc<SourceFile>,
    /// The block with its tags; dbt's `macro_sql`.
    pub text: std::ops::Range<usize>,
    pub depends_on_macros: Vec<UniqueId>,
    pub description: String,
    pub meta: Map<String, Value>,
    pub docs_show: bool,
    pub docs_node_color: Option<String>,
    pub config: Map<String, Value>,
    pub patch_path: Option<String>,
    /// `name`, `type` and `description` of each argument, from properties.
    pub arguments: Vec<Value>,
    pub supported_languages: Option<Vec<String>>,
    pub created_at: f64,
}

/// A docs block.
#[derive(Debug, Clone)]
pub struct DocBlock {
    pub unique_id: UniqueId,
    pub package_name: Arc<str>,
    pub name: String,
    pub path: String,
    pub original_file_path: String,
    pub contents: String,
}
