//! `dbt_project.yml`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::packages::PackagesFile;
use super::yaml::Yaml;
use crate::diagnostics::SourceFile;

/// A project file with its defaults filled in and its values rendered.
#[derive(Debug)]
pub struct Project {
    pub name: Arc<str>,
    pub version: Option<String>,
    pub profile: Option<String>,
    pub model_paths: Vec<String>,
    pub macro_paths: Vec<String>,
    pub seed_paths: Vec<String>,
    pub test_paths: Vec<String>,
    pub analysis_paths: Vec<String>,
    pub docs_paths: Vec<String>,
    pub asset_paths: Vec<String>,
    pub snapshot_paths: Vec<String>,
    pub function_paths: Vec<String>,
    pub target_path: String,
    pub log_path: String,
    pub packages_install_path: String,
    pub clean_targets: Vec<String>,
    pub require_dbt_version: Vec<String>,
    pub quoting: Quoting,
    pub dispatch: Vec<Dispatch>,
    /// As written; `Vars` of the loaded project answers look-ups.
    pub vars: Map<String, Value>,
    pub flags: Map<String, Value>,
    /// As written, null when unset; it is rendered for every query.
    pub query_comment: Value,
    pub on_run_start: Vec<String>,
    pub on_run_end: Vec<String>,
    pub configs: ConfigTrees,
    pub unrendered_configs: ConfigTrees,
    pub restrict_access: bool,
    pub dbt_cloud: Map<String, Value>,
    pub packages: PackagesFile,
    /// `selectors.yml` as written.
    pub selectors: Option<(Arc<SourceFile>, Yaml)>,
    pub file: Arc<SourceFile>,
    pub yaml: Yaml,
}

/// `quoting:` of a project; unset parts are the adapter's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quoting {
    pub database: Option<bool>,
    pub schema: Option<bool>,
    pub identifier: Option<bool>,
}

/// One entry of `dispatch:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    pub macro_namespace: String,
    pub search_order: Vec<String>,
}

/// The config blocks of a project file, one per kind of resource.
#[derive(Debug, Clone, Default)]
pub struct ConfigTrees {
    pub models: Map<String, Value>,
    pub seeds: Map<String, Value>,
    pub snapshots: Map<String, Value>,
    pub sources: Map<String, Value>,
    pub data_tests: Map<String, Value>,
    pub unit_tests: Map<String, Value>,
    pub exposures: Map<String, Value>,
    pub metrics: Map<String, Value>,
    pub semantic_models: Map<String, Value>,
    pub saved_queries: Map<String, Value>,
    pub functions: Map<String, Value>,
}
