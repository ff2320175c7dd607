//! Property files: what `models:`, `sources:` and the other sections say,
//! typed and with places.
//!
//! Values are rendered with Jinja where dbt renders them at this point.
//! Descriptions, arguments of data tests and hooks are as written, because
//! they are rendered later with other names in scope.

mod data_test;
mod entry;
mod node;
mod other;
mod read;
mod source;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::diagnostics::SourceFile;

pub use read::read_properties;

/// One property file.
#[derive(Debug)]
pub struct PropertyFile {
    pub file: Arc<SourceFile>,
    pub models: Vec<NodeProperties>,
    pub seeds: Vec<NodeProperties>,
    pub snapshots: Vec<NodeProperties>,
    pub analyses: Vec<NodeProperties>,
    /// Top-level `data_tests:`, which describe singular tests.
    pub singular_tests: Vec<NodeProperties>,
    pub functions: Vec<NodeProperties>,
    pub sources: Vec<SourceProperties>,
    pub macros: Vec<MacroProperties>,
    pub exposures: Vec<ExposureProperties>,
    pub groups: Vec<GroupProperties>,
    pub unit_tests: Vec<UnitTestProperties>,
    pub metrics: Vec<SemanticProperties>,
    pub semantic_models: Vec<SemanticProperties>,
    pub saved_queries: Vec<SemanticProperties>,
}

/// A name and where it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub span: Range<usize>,
}

/// An entry of `models:`, `seeds:`, `snapshots:`, `analyses:`, `functions:`
/// or top-level `data_tests:`.
#[derive(Debug, Clone, Default)]
pub struct NodeProperties {
    pub name: Name,
    /// The whole entry.
    pub span: Range<usize>,
    pub description: String,
    pub description_span: Range<usize>,
    /// `config:`, and what dbt moves there: `meta`, `docs`, `group`, `contract`
    /// and `access` of the entry itself. Hooks are as written.
    pub config: Map<String, Value>,
    pub config_span: Range<usize>,
    /// `config:` as written.
    pub written_config: Map<String, Value>,
    pub columns: Vec<ColumnProperties>,
    pub data_tests: Vec<DataTest>,
    pub constraints: Vec<Value>,
    pub quote_columns: Option<bool>,
    /// Keys of the entry that dbt does not know.
    pub extra: Map<String, Value>,
    pub latest_version: Option<Value>,
    pub versions: Vec<VersionProperties>,
    pub deprecation_date: Option<String>,
    pub time_spine: Option<Value>,
    /// `relation:` of a snapshot that is defined in YAML.
    pub relation: Option<Name>,
    /// `arguments:` of a function.
    pub arguments: Vec<Value>,
    /// `returns:` of a function.
    pub returns: Option<Value>,
}

/// An entry of a model's `versions:`.
#[derive(Debug, Clone, Default)]
pub struct VersionProperties {
    pub v: Value,
    pub span: Range<usize>,
    pub defined_in: Option<Name>,
    pub description: String,
    pub access: Option<String>,
    pub config: Map<String, Value>,
    /// `config:` as written.
    pub written_config: Map<String, Value>,
    pub constraints: Vec<Value>,
    pub docs: Option<Map<String, Value>>,
    /// None when the version says nothing of tests and inherits the model's.
    pub data_tests: Option<Vec<DataTest>>,
    pub columns: Vec<ColumnProperties>,
    /// `include:` of the version's columns; `None` is all.
    pub include: Option<Vec<String>>,
    pub exclude: Vec<String>,
    pub deprecation_date: Option<String>,
}

/// A column of a model, seed, snapshot or source table.
#[derive(Debug, Clone, Default)]
pub struct ColumnProperties {
    pub name: Name,
    pub span: Range<usize>,
    pub description: String,
    pub description_span: Range<usize>,
    pub meta: Map<String, Value>,
    pub data_type: Option<String>,
    pub constraints: Vec<Value>,
    pub docs: Option<Map<String, Value>>,
    pub config: Map<String, Value>,
    pub quote: Option<bool>,
    pub tags: Vec<String>,
    pub granularity: Option<String>,
    pub data_tests: Vec<DataTest>,
    pub extra: Map<String, Value>,
}

/// A use of a generic test.
#[derive(Debug, Clone, Default)]
pub struct DataTest {
    /// As written, `not_null` or `dbt_utils.accepted_range`.
    pub test: Name,
    /// The whole entry.
    pub span: Range<usize>,
    /// The arguments alone, as written: `arguments:` merged in, and `config`,
    /// `name`, `description` and config keys taken out. The column that the
    /// test stands under is not among them.
    pub arguments: Map<String, Value>,
    /// Rendered. Config keys beside the arguments are merged in, in dbt's
    /// order.
    pub config: Map<String, Value>,
    /// `name:`, the user's own name of the test.
    pub custom_name: Option<Name>,
    pub description: String,
    pub written: WrittenTest,
}

/// Where the parts of a generic test's use are written.
#[derive(Debug, Clone, Default)]
pub struct WrittenTest {
    /// What is below `arguments:`, when there is one.
    pub nested: Option<Value>,
    /// The arguments beside it.
    pub beside: Map<String, Value>,
    /// The configs that are not below `config:`.
    pub configs: Vec<String>,
}

/// An entry of `sources:`.
#[derive(Debug, Clone, Default)]
pub struct SourceProperties {
    pub name: Name,
    pub span: Range<usize>,
    pub description: String,
    pub description_span: Range<usize>,
    pub meta: Map<String, Value>,
    pub database: Option<String>,
    pub schema: Option<String>,
    pub unrendered_database: Option<String>,
    pub unrendered_schema: Option<String>,
    pub loader: String,
    pub quoting: Map<String, Value>,
    /// Outer none: not said. Inner none: `freshness: null`.
    pub freshness: Option<Option<Map<String, Value>>>,
    pub loaded_at_field: Option<String>,
    pub loaded_at_query: Option<String>,
    pub tags: Vec<String>,
    pub config: Map<String, Value>,
    /// The package whose source this entry overrides.
    pub overrides: Option<Name>,
    pub tables: Vec<SourceTableProperties>,
}

/// An entry of a source's `tables:`.
#[derive(Debug, Clone, Default)]
pub struct SourceTableProperties {
    pub name: Name,
    pub span: Range<usize>,
    pub description: String,
    pub description_span: Range<usize>,
    pub meta: Map<String, Value>,
    pub docs: Option<Map<String, Value>>,
    pub data_type: Option<String>,
    pub identifier: Option<String>,
    pub quoting: Map<String, Value>,
    /// Outer none: not said. Inner none: `freshness: null`.
    pub freshness: Option<Option<Map<String, Value>>>,
    /// Outer none: not said. Inner none: `loaded_at_field: null`.
    pub loaded_at_field: Option<Option<String>>,
    pub loaded_at_query: Option<String>,
    pub external: Option<Map<String, Value>>,
    pub tags: Vec<String>,
    pub config: Map<String, Value>,
    pub columns: Vec<ColumnProperties>,
    pub data_tests: Vec<DataTest>,
    pub constraints: Vec<Value>,
    pub extra: Map<String, Value>,
}

/// An entry of `macros:`.
#[derive(Debug, Clone, Default)]
pub struct MacroProperties {
    pub name: Name,
    pub span: Range<usize>,
    pub description: String,
    pub description_span: Range<usize>,
    pub meta: Map<String, Value>,
    pub docs: Option<Map<String, Value>>,
    pub config: Map<String, Value>,
    /// `name`, `type` and `description` of each argument.
    pub arguments: Vec<Value>,
}

/// An entry of `exposures:`.
#[derive(Debug, Clone, Default)]
pub struct ExposureProperties {
    pub name: Name,
    pub span: Range<usize>,
    pub exposure_type: String,
    pub owner: Map<String, Value>,
    pub description: String,
    pub description_span: Range<usize>,
    pub label: Option<String>,
    pub maturity: Option<String>,
    pub url: Option<String>,
    pub meta: Map<String, Value>,
    pub tags: Vec<String>,
    pub config: Map<String, Value>,
    /// Expressions such as `ref('mart')`, without braces.
    pub depends_on: Vec<Name>,
}

/// An entry of `groups:`.
#[derive(Debug, Clone, Default)]
pub struct GroupProperties {
    pub name: Name,
    pub span: Range<usize>,
    pub owner: Map<String, Value>,
    pub description: Option<String>,
    pub description_span: Range<usize>,
    pub config: Map<String, Value>,
}

/// An entry of `unit_tests:`.
#[derive(Debug, Clone, Default)]
pub struct UnitTestProperties {
    pub name: Name,
    pub span: Range<usize>,
    pub model: Name,
    pub given: Vec<UnitTestInput>,
    pub expect: UnitTestRows,
    pub description: String,
    pub description_span: Range<usize>,
    pub overrides: Option<Map<String, Value>>,
    pub config: Map<String, Value>,
    pub versions: Option<Map<String, Value>>,
}

/// One `given:` of a unit test.
#[derive(Debug, Clone, Default)]
pub struct UnitTestInput {
    /// `ref('stg_claims')`, `source('raw', 'claims')` or `this`.
    pub input: Name,
    pub rows: UnitTestRows,
}

/// Rows as written: a list of mappings, CSV or SQL text, or a fixture's name.
#[derive(Debug, Clone, Default)]
pub struct UnitTestRows {
    pub rows: Value,
    /// `dict`, `csv` or `sql`.
    pub format: Option<String>,
    pub fixture: Option<Name>,
    pub span: Range<usize>,
}

/// An entry of `metrics:`, `semantic_models:` or `saved_queries:`.
#[derive(Debug, Clone, Default)]
pub struct SemanticProperties {
    pub name: Name,
    pub span: Range<usize>,
    pub description: Option<String>,
    pub description_span: Range<usize>,
    pub label: Option<String>,
    pub config: Map<String, Value>,
    /// Every other key of the entry. Filters are as written.
    pub body: Map<String, Value>,
}
