//! The form that resources take in dbt's manifest, and so in templates.
//!
//! Keys stand in dbt's order. Every key that dbt's schema requires is there,
//! and no other: readers of artifacts reject what they do not know.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::Disabled;
use super::node::{
    Checksum, ColumnInfo, CompiledNode, DocBlock, Exposure, Group, InjectedCte, Language, Macro,
    Node, NodeKind, RefArgs, SemanticDefinition, Source, UniqueId, UnitTest,
};

/// A node in dbt's form, with what compiling added when it was compiled.
pub struct NodeView<'a> {
    pub node: &'a Node,
    pub compiled: Option<&'a CompiledNode>,
}

impl NodeView<'_> {
    /// Returns the macros that the node calls: those seen while parsing, and
    /// those that came up later, since templates may ask the database first.
    pub fn macros(&self) -> Cow<'_, [UniqueId]> {
        let known = &self.node.depends_on_macros;
        let called = self.compiled.map_or(&[][..], |compiled| &compiled.macros);
        let mut new = called.iter().filter(|id| !known.contains(id)).peekable();
        if new.peek().is_none() {
            return Cow::Borrowed(known);
        }
        Cow::Owned(known.iter().chain(new).cloned().collect())
    }

    /// Returns how the node's relation is written in SQL. A test has one only once its failures
    /// are stored.
    pub fn relation_name(&self) -> Option<&str> {
        let stored = self.compiled.and_then(|c| c.relation_name.as_deref());
        stored.or(self.node.relation_name.as_deref())
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let node = self.node;
        if let NodeKind::Function(info) = &node.kind {
            map.serialize_entry("returns", &info.returns)?;
        }
        map.serialize_entry("database", &node.database)?;
        map.serialize_entry("schema", &node.schema)?;
        map.serialize_entry("name", &node.name)?;
        map.serialize_entry("resource_type", node.resource_type.as_str())?;
        map.serialize_entry("package_name", &*node.package_name)?;
        map.serialize_entry("path", &node.path)?;
        map.serialize_entry("original_file_path", &node.original_file_path)?;
        map.serialize_entry("unique_id", node.unique_id.as_str())?;
        map.serialize_entry("fqn", &node.fqn)?;
        map.serialize_entry("alias", &node.alias)?;
        map.serialize_entry("checksum", &node.checksum)?;
        map.serialize_entry("config", &node.config.0)?;
        map.serialize_entry("tags", &node.tags)?;
        map.serialize_entry("description", &node.description)?;
        let keys = self.compiled.map_or(&[][..], |c| &c.foreign_keys);
        if keys.is_empty() {
            map.serialize_entry("columns", &node.columns)?;
        } else {
            map.serialize_entry("columns", &with_relations(&node.columns, keys))?;
        }
        entry_or(map, "meta", node.config.get("meta"), || json!({}))?;
        map.serialize_entry("group", &node.group)?;
        entry_or(
            map,
            "docs",
            node.config.get("docs"),
            || json!({"show": true, "node_color": null}),
        )?;
        map.serialize_entry("patch_path", &node.patch_path)?;
        map.serialize_entry(
            "build_path",
            &self.compiled.and_then(|c| c.build_path.as_deref()),
        )?;
        map.serialize_entry("unrendered_config", &node.unrendered_config)?;
        map.serialize_entry("created_at", &node.created_at)?;
        map.serialize_entry("relation_name", &self.relation_name())?;
        map.serialize_entry("raw_code", &*node.raw_code)?;
        map.serialize_entry("doc_blocks", &node.doc_blocks)?;
        if let NodeKind::Seed(info) = &node.kind {
            map.serialize_entry("root_path", &info.root_path)?;
            map.serialize_entry("depends_on", &json!({"macros": ids(&self.macros())}))?;
            return Ok(());
        }
        map.serialize_entry(
            "language",
            match node.language {
                Language::Sql => "sql",
                Language::Python => "python",
            },
        )?;
        map.serialize_entry("refs", &node.refs)?;
        map.serialize_entry("sources", &node.sources)?;
        map.serialize_entry("metrics", &node.metrics)?;
        map.serialize_entry("functions", &node.functions)?;
        map.serialize_entry(
            "depends_on",
            &DependsOn(&self.macros(), &node.depends_on_nodes),
        )?;
        map.serialize_entry(
            "compiled_path",
            &self.compiled.and_then(|c| c.compiled_path.as_deref()),
        )?;
        if let Some(compiled) = self.compiled {
            map.serialize_entry("compiled", &true)?;
            map.serialize_entry("compiled_code", &compiled.compiled_code.as_deref())?;
            map.serialize_entry("extra_ctes_injected", &compiled.extra_ctes_injected)?;
            map.serialize_entry("extra_ctes", &compiled.extra_ctes)?;
        }
        let contract = node.config.get("contract");
        let flag = |key, default| {
            contract
                .and_then(|c| c.get(key))
                .and_then(Value::as_bool)
                .unwrap_or(default)
        };
        map.serialize_entry(
            "contract",
            &Contract {
                enforced: flag("enforced", false),
                alias_types: flag("alias_types", true),
                checksum: node.contract_checksum.as_deref(),
            },
        )?;
        match &node.kind {
            NodeKind::Model(info) => {
                map.serialize_entry("access", &info.access)?;
                if keys.is_empty() {
                    map.serialize_entry("constraints", &info.constraints)?;
                } else {
                    map.serialize_entry("constraints", &with_relations(&info.constraints, keys))?;
                }
                map.serialize_entry("version", &info.version)?;
                map.serialize_entry("latest_version", &info.latest_version)?;
                map.serialize_entry("deprecation_date", &info.deprecation_date)?;
                map.serialize_entry("primary_key", &info.primary_key)?;
                map.serialize_entry("time_spine", &info.time_spine)?;
            }
            NodeKind::GenericTest(info) => {
                map.serialize_entry("column_name", &info.column_name)?;
                map.serialize_entry("file_key_name", &info.file_key_name)?;
                map.serialize_entry(
                    "attached_node",
                    &info.attached_node.as_ref().map(UniqueId::as_str),
                )?;
                map.serialize_entry(
                    "test_metadata",
                    &TestMetadata {
                        name: &info.test_name,
                        kwargs: &info.kwargs,
                        namespace: info.namespace.as_deref(),
                    },
                )?;
            }
            NodeKind::Hook { index, .. } => {
                // Over all packages, once it has run.
                let place = self.compiled.and_then(|compiled| compiled.place);
                map.serialize_entry("index", &place.unwrap_or(*index))?;
            }
            NodeKind::Function(info) => map.serialize_entry("arguments", &info.arguments)?,
            NodeKind::Seed(_)
            | NodeKind::Snapshot
            | NodeKind::Analysis
            | NodeKind::SingularTest
            | NodeKind::Inline => {}
        }
        Ok(())
    }
}

impl Serialize for NodeView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write(&mut map)?;
        map.end()
    }
}

/// Writes constraints, or columns that hold some, with relations in the place
/// of what foreign keys refer to: so a manifest has it once a node was compiled.
fn with_relations(value: &impl Serialize, keys: &[(String, String)]) -> Value {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    put_relations(&mut value, keys);
    value
}

fn put_relations(value: &mut Value, keys: &[(String, String)]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| put_relations(item, keys)),
        Value::Object(map) => {
            let is_key = map.get("type").and_then(Value::as_str) == Some("foreign_key");
            if let Some(Value::String(to)) = map.get_mut("to").filter(|_| is_key)
                && let Some((_, relation)) = keys.iter().find(|(written, _)| written == to)
            {
                to.clone_from(relation);
            }
            map.values_mut()
                .for_each(|inner| put_relations(inner, keys));
        }
        _ => {}
    }
}

fn entry_or<M: SerializeMap>(
    map: &mut M,
    key: &str,
    value: Option<&Value>,
    default: impl FnOnce() -> Value,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(key, value),
        None => map.serialize_entry(key, &default()),
    }
}

fn ids(list: &[UniqueId]) -> Vec<&str> {
    list.iter().map(UniqueId::as_str).collect()
}

#[derive(serde::Serialize)]
struct Contract<'a> {
    enforced: bool,
    alias_types: bool,
    checksum: Option<&'a str>,
}

#[derive(serde::Serialize)]
struct TestMetadata<'a> {
    name: &'a str,
    kwargs: &'a Map<String, Value>,
    namespace: Option<&'a str>,
}

struct DependsOn<'a>(&'a [UniqueId], &'a [UniqueId]);

impl Serialize for DependsOn<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("macros", &ids(self.0))?;
        map.serialize_entry("nodes", &ids(self.1))?;
        map.end()
    }
}

impl Serialize for UniqueId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", self.name)?;
        map.serialize_entry("checksum", &self.checksum)?;
        map.end()
    }
}

impl Serialize for InjectedCte {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("id", self.id.as_str())?;
        map.serialize_entry("sql", &*self.sql)?;
        map.end()
    }
}

impl Serialize for RefArgs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("package", &self.package)?;
        map.serialize_entry("version", &self.version)?;
        map.end()
    }
}

impl Serialize for ColumnInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(11))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("meta", &self.meta)?;
        map.serialize_entry("data_type", &self.data_type)?;
        map.serialize_entry("constraints", &self.constraints)?;
        map.serialize_entry("quote", &self.quote)?;
        map.serialize_entry("config", &ColumnConfig(self))?;
        map.serialize_entry("tags", &self.tags)?;
        map.serialize_entry("granularity", &self.granularity)?;
        map.serialize_entry("doc_blocks", &self.doc_blocks)?;
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// dbt's `config` of a column, which says again what stands beside it.
struct ColumnConfig<'a>(&'a ColumnInfo);

impl Serialize for ColumnConfig<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("meta", &self.0.meta)?;
        map.serialize_entry("tags", &self.0.tags)?;
        map.end()
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("database", &self.database)?;
        map.serialize_entry("schema", &self.schema)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", "source")?;
        map.serialize_entry("package_name", &*self.package_name)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.original_file_path)?;
        map.serialize_entry("unique_id", self.unique_id.as_str())?;
        map.serialize_entry("fqn", &self.fqn)?;
        map.serialize_entry("source_name", &self.source_name)?;
        map.serialize_entry("source_description", &self.source_description)?;
        map.serialize_entry("loader", &self.loader)?;
        map.serialize_entry("identifier", &self.identifier)?;
        map.serialize_entry("quoting", &self.quoting)?;
        map.serialize_entry("loaded_at_field", &self.loaded_at_field)?;
        map.serialize_entry("loaded_at_query", &self.loaded_at_query)?;
        map.serialize_entry("freshness", &self.freshness)?;
        map.serialize_entry("external", &self.external)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("columns", &self.columns)?;
        map.serialize_entry("meta", &self.meta)?;
        map.serialize_entry("source_meta", &self.source_meta)?;
        map.serialize_entry("tags", &self.tags)?;
        map.serialize_entry("config", &self.config.0)?;
        map.serialize_entry("patch_path", &Value::Null)?;
        map.serialize_entry("unrendered_config", &self.unrendered_config)?;
        map.serialize_entry("relation_name", &self.relation_name)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("unrendered_database", &self.unrendered_database)?;
        map.serialize_entry("unrendered_schema", &self.unrendered_schema)?;
        map.serialize_entry("doc_blocks", &self.doc_blocks)?;
        map.end()
    }
}

impl Serialize for Exposure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", "exposure")?;
        map.serialize_entry("package_name", &*self.package_name)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.original_file_path)?;
        map.serialize_entry("unique_id", self.unique_id.as_str())?;
        map.serialize_entry("fqn", &self.fqn)?;
        map.serialize_entry("type", &self.exposure_type)?;
        map.serialize_entry("owner", &self.owner)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("label", &self.label)?;
        map.serialize_entry("maturity", &self.maturity)?;
        map.serialize_entry("meta", &self.meta)?;
        map.serialize_entry("tags", &self.tags)?;
        map.serialize_entry("config", &self.config.0)?;
        map.serialize_entry("unrendered_config", &self.unrendered_config)?;
        map.serialize_entry("url", &self.url)?;
        map.serialize_entry(
            "depends_on",
            &DependsOn(&self.depends_on_macros, &self.depends_on_nodes),
        )?;
        map.serialize_entry("refs", &self.refs)?;
        map.serialize_entry("sources", &self.sources)?;
        map.serialize_entry("metrics", &self.metrics)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.end()
    }
}

impl Serialize for SemanticDefinition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", self.resource_type.as_str())?;
        map.serialize_entry("package_name", &*self.package_name)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.original_file_path)?;
        map.serialize_entry("unique_id", self.unique_id.as_str())?;
        map.serialize_entry("fqn", &self.fqn)?;
        for (key, value) in &self.body {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry("config", &self.config.0)?;
        map.serialize_entry(
            "depends_on",
            &DependsOn(&self.depends_on_macros, &self.depends_on_nodes),
        )?;
        map.serialize_entry("refs", &self.refs)?;
        if self.resource_type == super::ResourceType::Metric {
            map.serialize_entry("metrics", &self.metrics)?;
        }
        map.serialize_entry("created_at", &self.created_at)?;
        map.end()
    }
}

impl Serialize for UnitTest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", &self.model)?;
        map.serialize_entry("given", &self.given)?;
        map.serialize_entry("expect", &self.expect)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", "unit_test")?;
        map.serialize_entry("package_name", &*self.package_name)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.original_file_path)?;
        map.serialize_entry("unique_id", self.unique_id.as_str())?;
        map.serialize_entry("fqn", &self.fqn)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("overrides", &self.overrides)?;
        map.serialize_entry(
            "depends_on",
            &DependsOn(&self.depends_on_macros, &self.depends_on_nodes),
        )?;
        map.serialize_entry("config", &self.config.0)?;
        map.serialize_entry("checksum", &self.checksum)?;
        map.serialize_entry("schema", &self.schema)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("versions", &self.versions)?;
        map.serialize_entry("version", &self.version)?;
        map.end()
    }
}

impl Serialize for Disabled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Node(node) => NodeView {
                node,
                compiled: None,
            }
            .serialize(serializer),
            Self::Source(source) => source.serialize(serializer),
            Self::Exposure(exposure) => exposure.serialize(serializer),
            Self::Semantic(definition) => definition.serialize(serializer),
            Self::UnitTest(test) => test.serialize(serializer),
        }
    }
}

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", "group")?;
        map.serialize_entry("package_name", &*self.package_name)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.original_file_path)?;
        map.serialize_entry("unique_id", self.unique_id.as_str())?;
        map.serialize_entry("owner", &self.owner)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("config", &self.config)?;
        map.end()
    }
}

impl Serialize for Macro {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let docs = json!({"show": self.docs_show, "node_color": self.docs_node_color});
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", "macro")?;
        map.serialize_entry("package_name", &*self.package_name)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.original_file_path)?;
        map.serialize_entry("unique_id", self.unique_id.as_str())?;
        map.serialize_entry("macro_sql", &self.file.text[self.text.clone()])?;
        map.serialize_entry(
            "depends_on",
            &json!({"macros": ids(&self.depends_on_macros)}),
        )?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("meta", &self.meta)?;
        map.serialize_entry("docs", &docs)?;
        map.serialize_entry("config", &self.config_with(&docs))?;
        map.serialize_entry("patch_path", &self.patch_path)?;
        map.serialize_entry("arguments", &self.arguments)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("supported_languages", &self.supported_languages)?;
        map.end()
    }
}

impl Macro {
    /// Returns dbt's macro config: `meta` and `docs`, as top-level keys have
    /// them unless the config says otherwise.
    fn config_with(&self, docs: &Value) -> Map<String, Value> {
        let mut config = self.config.clone();
        config
            .entry("meta")
            .or_insert_with(|| Value::Object(self.meta.clone()));
        config.entry("docs").or_insert_with(|| docs.clone());
        config
    }
}

impl Serialize for DocBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", "doc")?;
        map.serialize_entry("package_name", &*self.package_name)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.original_file_path)?;
        map.serialize_entry("unique_id", self.unique_id.as_str())?;
        map.serialize_entry("block_contents", &self.contents)?;
        map.end()
    }
}
