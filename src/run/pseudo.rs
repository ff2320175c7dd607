//! Nodes that no file defines, for work that needs one: macros that are
//! called by name, sources, unit tests.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, json};

use super::session::Session;
use crate::diagnostics::SourceFile;
use crate::parse::{
    Checksum, Language, Node, NodeConfig, NodeFields, NodeKind, ResourceType, UniqueId,
};

/// Makes a node of the root project that has a name and nothing else.
pub fn operation(session: &Session, name: &str) -> Node {
    let cx = &session.cx;
    let settings = cx.adapter.settings();
    let package = Arc::clone(&cx.project.name);
    Node::from(NodeFields {
        unique_id: UniqueId::from(format!("operation.{package}.{name}")),
        resource_type: ResourceType::Operation,
        name: name.to_owned(),
        fqn: vec![package.to_string(), name.to_owned()],
        package_name: package,
        path: name.to_owned(),
        original_file_path: name.to_owned(),
        file: SourceFile::new(name, ""),
        span: 0..0,
        database: Some(settings.database.clone()),
        schema: settings.schema.clone(),
        alias: name.to_owned(),
        relation_name: None,
        checksum: Checksum {
            name: "none",
            checksum: String::new(),
        },
        config: config(json!({"materialized": "view"})),
        tags: Vec::new(),
        group: None,
        config_call_dict: Map::new(),
        unrendered_config: crate::config::SharedMap::default(),
        description: String::new(),
        columns: IndexMap::new(),
        patch_path: None,
        properties: None,
        doc_blocks: Vec::new(),
        contract_checksum: None,
        language: Language::Sql,
        raw_code: "".into(),
        refs: Vec::new(),
        sources: Vec::new(),
        metrics: Vec::new(),
        functions: Vec::new(),
        depends_on_macros: Vec::new(),
        depends_on_nodes: Vec::new(),
        created_at: 0.0,
        kind: NodeKind::Inline,
    })
}

/// Makes a config of a JSON mapping.
pub fn config(value: serde_json::Value) -> NodeConfig {
    match value {
        serde_json::Value::Object(map) => NodeConfig::from(map),
        _ => NodeConfig::default(),
    }
}
