//! The configs that dbt knows for each kind of resource: their order in the
//! manifest, their defaults, how they merge, and what they may hold.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::config::ResourceType;

/// How a value joins the one that was set before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behavior {
    /// The later one counts.
    Clobber,
    /// Both as one list.
    Append,
    /// Key by key, the later one counts.
    Update,
    /// As grants do: a list per key; a key with `+` appends to it.
    DictKeyAppend,
}

/// What a config may hold. Null is fine where the default is null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Bool,
    Text,
    Integer,
    Mapping,
    Texts,
    TextOrTexts,
    Hooks,
    Docs,
    Contract,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// This text alone, because the resource is built in one way only.
    Fixed(&'static str),
    Severity,
    /// `on` and `off` without quotes are booleans in YAML; here they are texts.
    OnOff,
    ModelFreshness,
    SourceFreshness,
    SnapshotColumns,
    Cache,
}

#[derive(Debug)]
pub(super) struct Field {
    pub name: &'static str,
    pub default: Value,
    pub behavior: Behavior,
    pub kind: Kind,
}

/// The fields of one kind of resource, in dbt's order.
#[derive(Debug)]
pub(super) struct Fields {
    pub list: Vec<Field>,
    index: HashMap<&'static str, usize>,
}

impl Fields {
    fn new(list: Vec<Field>) -> Self {
        let index = list.iter().enumerate().map(|(i, f)| (f.name, i)).collect();
        Self { list, index }
    }

    /// Returns a field by its name.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.index.get(name).map(|i| &self.list[*i])
    }

    /// Returns every field with its default.
    pub fn defaults(&self) -> Map<String, Value> {
        let fields = self.list.iter();
        fields
            .map(|f| (f.name.to_owned(), f.default.clone()))
            .collect()
    }
}

/// Returns the configs that dbt knows for a kind of resource.
pub(super) fn fields(resource_type: ResourceType) -> &'static Fields {
    static MODEL: LazyLock<Fields> = LazyLock::new(|| Fields::new(model()));
    static SEED: LazyLock<Fields> = LazyLock::new(|| Fields::new(seed()));
    static SNAPSHOT: LazyLock<Fields> = LazyLock::new(|| Fields::new(snapshot()));
    static FUNCTION: LazyLock<Fields> = LazyLock::new(|| Fields::new(function()));
    static TEST: LazyLock<Fields> = LazyLock::new(|| Fields::new(test()));
    static UNIT_TEST: LazyLock<Fields> = LazyLock::new(|| Fields::new(unit_test()));
    static SOURCE: LazyLock<Fields> = LazyLock::new(|| Fields::new(source()));
    static EXPOSURE: LazyLock<Fields> = LazyLock::new(|| Fields::new(exposure()));
    static METRIC: LazyLock<Fields> = LazyLock::new(|| Fields::new(metric()));
    static SAVED_QUERY: LazyLock<Fields> = LazyLock::new(|| Fields::new(saved_query()));
    static GROUP: LazyLock<Fields> = LazyLock::new(|| Fields::new(vec![meta()]));
    static NODE: LazyLock<Fields> = LazyLock::new(|| Fields::new(node(materialized())));
    match resource_type {
        ResourceType::Model => &MODEL,
        ResourceType::Seed => &SEED,
        ResourceType::Snapshot => &SNAPSHOT,
        ResourceType::Function => &FUNCTION,
        ResourceType::Test => &TEST,
        ResourceType::UnitTest => &UNIT_TEST,
        ResourceType::Source => &SOURCE,
        ResourceType::Exposure => &EXPOSURE,
        ResourceType::Metric | ResourceType::SemanticModel => &METRIC,
        ResourceType::SavedQuery => &SAVED_QUERY,
        ResourceType::Group => &GROUP,
        ResourceType::Analysis
        | ResourceType::Operation
        | ResourceType::SqlOperation
        | ResourceType::Macro
        | ResourceType::Doc => &NODE,
    }
}

fn field(name: &'static str, default: Value, kind: Kind) -> Field {
    Field {
        name,
        default,
        behavior: Behavior::Clobber,
        kind,
    }
}

fn merging(name: &'static str, default: Value, kind: Kind, behavior: Behavior) -> Field {
    Field {
        name,
        default,
        behavior,
        kind,
    }
}

fn enabled() -> Field {
    field("enabled", json!(true), Kind::Bool)
}

fn meta() -> Field {
    merging("meta", json!({}), Kind::Mapping, Behavior::Update)
}

fn tags() -> Field {
    merging("tags", json!([]), Kind::Texts, Behavior::Append)
}

fn static_analysis() -> Field {
    field("static_analysis", Value::Null, Kind::OnOff)
}

fn materialized() -> Field {
    field("materialized", json!("view"), Kind::Text)
}

/// What nodes and tests have in common.
fn node_and_test(schema: Value) -> Vec<Field> {
    vec![
        enabled(),
        field("alias", Value::Null, Kind::Text),
        field("schema", schema, Kind::Text),
        field("database", Value::Null, Kind::Text),
        tags(),
        meta(),
        field("group", Value::Null, Kind::Text),
        static_analysis(),
    ]
}

fn node(materialized: Field) -> Vec<Field> {
    let mut fields = node_and_test(Value::Null);
    fields.extend([
        materialized,
        field("incremental_strategy", Value::Null, Kind::Text),
        field("batch_size", Value::Null, Kind::Any),
        field("lookback", json!(1), Kind::Any),
        field("begin", Value::Null, Kind::Any),
        field("persist_docs", json!({}), Kind::Mapping),
        merging("post-hook", json!([]), Kind::Hooks, Behavior::Append),
        merging("pre-hook", json!([]), Kind::Hooks, Behavior::Append),
        merging("quoting", json!({}), Kind::Mapping, Behavior::Update),
        merging("column_types", json!({}), Kind::Mapping, Behavior::Update),
        field("full_refresh", Value::Null, Kind::Bool),
        field("unique_key", Value::Null, Kind::TextOrTexts),
        field("on_schema_change", json!("ignore"), Kind::Text),
        field(
            "on_configuration_change",
            json!("apply"),
            Kind::OneOf(&["apply", "continue", "fail"]),
        ),
        merging("grants", json!({}), Kind::Mapping, Behavior::DictKeyAppend),
        merging("packages", json!([]), Kind::Texts, Behavior::Append),
        merging(
            "docs",
            json!({"show": true, "node_color": null}),
            Kind::Docs,
            Behavior::Update,
        ),
        merging(
            "contract",
            json!({"enforced": false, "alias_types": true}),
            Kind::Contract,
            Behavior::Update,
        ),
        field("event_time", Value::Null, Kind::Any),
        field("concurrent_batches", Value::Null, Kind::Any),
    ]);
    fields
}

fn model() -> Vec<Field> {
    let mut fields = node(materialized());
    fields.extend([
        field(
            "access",
            json!("protected"),
            Kind::OneOf(&["private", "protected", "public"]),
        ),
        field("freshness", Value::Null, Kind::ModelFreshness),
    ]);
    fields
}

fn seed() -> Vec<Field> {
    let mut fields = node(field("materialized", json!("seed"), Kind::Fixed("seed")));
    fields.extend([
        field("delimiter", json!(","), Kind::Text),
        field("quote_columns", Value::Null, Kind::Bool),
    ]);
    fields
}

fn snapshot() -> Vec<Field> {
    let mut fields = node(field(
        "materialized",
        json!("snapshot"),
        Kind::Fixed("snapshot"),
    ));
    fields.extend([
        field("strategy", Value::Null, Kind::Text),
        field("target_schema", Value::Null, Kind::Text),
        field("target_database", Value::Null, Kind::Text),
        field("updated_at", Value::Null, Kind::Text),
        field("check_cols", Value::Null, Kind::TextOrTexts),
        field(
            "snapshot_meta_column_names",
            json!({
                "dbt_valid_to": null,
                "dbt_valid_from": null,
                "dbt_scd_id": null,
                "dbt_updated_at": null,
                "dbt_is_deleted": null,
            }),
            Kind::SnapshotColumns,
        ),
        field("dbt_valid_to_current", Value::Null, Kind::Text),
    ]);
    fields
}

fn function() -> Vec<Field> {
    let mut fields = node(field("materialized", json!("function"), Kind::Text));
    fields.extend([
        field(
            "type",
            json!("scalar"),
            Kind::OneOf(&["scalar", "aggregate", "table"]),
        ),
        field(
            "volatility",
            Value::Null,
            Kind::OneOf(&["deterministic", "stable", "non-deterministic"]),
        ),
        field("runtime_version", Value::Null, Kind::Text),
        field("entry_point", Value::Null, Kind::Text),
    ]);
    fields
}

fn test() -> Vec<Field> {
    let mut fields = node_and_test(json!("dbt_test__audit"));
    fields.extend([
        field("materialized", json!("test"), Kind::Fixed("test")),
        field("severity", json!("ERROR"), Kind::Severity),
        field("store_failures", Value::Null, Kind::Bool),
        field("store_failures_as", Value::Null, Kind::Text),
        field("where", Value::Null, Kind::Text),
        field("limit", Value::Null, Kind::Integer),
        field("fail_calc", json!("count(*)"), Kind::Text),
        field("warn_if", json!("!= 0"), Kind::Text),
        field("error_if", json!("!= 0"), Kind::Text),
    ]);
    fields
}

fn unit_test() -> Vec<Field> {
    vec![tags(), meta(), enabled(), static_analysis()]
}

fn source() -> Vec<Field> {
    vec![
        enabled(),
        field("event_time", Value::Null, Kind::Any),
        field(
            "freshness",
            json!({
                "warn_after": {"count": null, "period": null},
                "error_after": {"count": null, "period": null},
                "filter": null,
            }),
            Kind::SourceFreshness,
        ),
        field("loaded_at_field", Value::Null, Kind::Text),
        field("loaded_at_query", Value::Null, Kind::Text),
        meta(),
        field("tags", json!([]), Kind::Texts),
        static_analysis(),
    ]
}

fn exposure() -> Vec<Field> {
    vec![
        enabled(),
        field("tags", json!([]), Kind::Texts),
        field("meta", json!({}), Kind::Mapping),
    ]
}

fn metric() -> Vec<Field> {
    vec![enabled(), field("group", Value::Null, Kind::Text), meta()]
}

fn saved_query() -> Vec<Field> {
    let mut fields = metric();
    fields.extend([
        field("export_as", Value::Null, Kind::OneOf(&["table", "view"])),
        field("schema", Value::Null, Kind::Text),
        field("cache", json!({"enabled": false}), Kind::Cache),
    ]);
    fields
}
