//! What a step is about: a node, a source, a unit test, or something that
//! nothing is done for.

use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::NodeResult;
use super::events::naive_timestamp;
use crate::diagnostics::SourceFile;
use crate::graph::Graph;
use crate::parse::{
    Exposure, Node, NodeConfig, ResourceType, SemanticDefinition, Source, UniqueId, UnitTest,
};

/// The resource that a step names.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    Node(&'a Node),
    Source(&'a Source),
    UnitTest(&'a UnitTest),
    Exposure(&'a Exposure),
    SavedQuery(&'a SemanticDefinition),
}

impl<'a> Subject<'a> {
    /// Finds the resource that an id stands for.
    pub fn find(graph: &'a Graph, id: &UniqueId) -> Option<Self> {
        let project = &graph.project;
        if let Some(node) = project.nodes.get(id) {
            return Some(Self::Node(node));
        }
        if let Some(source) = project.sources.get(id) {
            return Some(Self::Source(source));
        }
        if let Some(test) = project.unit_tests.get(id) {
            return Some(Self::UnitTest(test));
        }
        if let Some(exposure) = project.exposures.get(id) {
            return Some(Self::Exposure(exposure));
        }
        project.saved_queries.get(id).map(Self::SavedQuery)
    }

    pub fn unique_id(&self) -> &'a UniqueId {
        match self {
            Self::Node(n) => &n.unique_id,
            Self::Source(s) => &s.unique_id,
            Self::UnitTest(t) => &t.unique_id,
            Self::Exposure(e) => &e.unique_id,
            Self::SavedQuery(q) => &q.unique_id,
        }
    }

    pub fn name(&self) -> &'a str {
        match self {
            Self::Node(n) => &n.name,
            Self::Source(s) => &s.name,
            Self::UnitTest(t) => &t.name,
            Self::Exposure(e) => &e.name,
            Self::SavedQuery(q) => &q.name,
        }
    }

    pub fn resource_type(&self) -> ResourceType {
        match self {
            Self::Node(n) => n.resource_type,
            Self::Source(_) => ResourceType::Source,
            Self::UnitTest(_) => ResourceType::UnitTest,
            Self::Exposure(_) => ResourceType::Exposure,
            Self::SavedQuery(_) => ResourceType::SavedQuery,
        }
    }

    pub fn path(&self) -> &'a str {
        match self {
            Self::Node(n) => &n.path,
            Self::Source(s) => &s.path,
            Self::UnitTest(t) => &t.path,
            Self::Exposure(e) => &e.path,
            Self::SavedQuery(q) => &q.path,
        }
    }

    pub fn original_file_path(&self) -> &'a str {
        match self {
            Self::Node(n) => &n.original_file_path,
            Self::Source(s) => &s.original_file_path,
            Self::UnitTest(t) => &t.original_file_path,
            Self::Exposure(e) => &e.original_file_path,
            Self::SavedQuery(q) => &q.original_file_path,
        }
    }

    pub fn file(&self) -> &'a Arc<SourceFile> {
        match self {
            Self::Node(n) => &n.file,
            Self::Source(s) => &s.file,
            Self::UnitTest(t) => &t.file,
            Self::Exposure(e) => &e.file,
            Self::SavedQuery(q) => &q.file,
        }
    }

    /// Returns the part of the file that defines it.
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::Node(n) => n.span.clone(),
            Self::Source(s) => s.span.clone(),
            Self::UnitTest(t) => t.span.clone(),
            Self::Exposure(e) => e.span.clone(),
            Self::SavedQuery(q) => q.span.clone(),
        }
    }

    pub fn config(&self) -> &'a NodeConfig {
        match self {
            Self::Node(n) => &n.config,
            Self::Source(s) => &s.config,
            Self::UnitTest(t) => &t.config,
            Self::Exposure(e) => &e.config,
            Self::SavedQuery(q) => &q.config,
        }
    }

    /// Returns the schema, empty for what has none.
    pub fn schema(&self) -> &'a str {
        match self {
            Self::Node(n) => &n.schema,
            Self::Source(s) => &s.schema,
            Self::UnitTest(t) => &t.schema,
            Self::Exposure(_) | Self::SavedQuery(_) => "",
        }
    }

    /// Returns the name as dbt's messages have it: a unit test's with its
    /// model in front.
    pub fn display_name(&self) -> String {
        match self {
            Self::UnitTest(test) => match &test.version {
                Some(version) => {
                    let version = version
                        .as_str()
                        .map_or_else(|| version.to_string(), Into::into);
                    format!("{}::{}_v{version}", test.model, test.name)
                }
                None => format!("{}::{}", test.model, test.name),
            },
            other => other.name().to_owned(),
        }
    }

    /// Returns what dbt calls it in errors: `model a (models/a.sql)`.
    pub fn described(&self) -> String {
        let kind = self.resource_type().as_str();
        format!("{kind} {} ({})", self.name(), self.original_file_path())
    }

    /// Returns dbt's `node_info`, which most events carry.
    pub fn node_info(&self, status: &str, started_at: &str, finished_at: &str) -> Value {
        let empty = Map::new();
        let (database, alias, relation_name, checksum) = match self {
            Self::Node(n) => (
                n.database.as_deref().unwrap_or_default(),
                &*n.alias,
                n.relation_name.as_deref().unwrap_or_default(),
                &*n.checksum.checksum,
            ),
            Self::Source(s) => (
                s.database.as_deref().unwrap_or_default(),
                "",
                &*s.relation_name,
                "",
            ),
            Self::UnitTest(t) => ("", &*t.name, "", t.checksum.as_deref().unwrap_or_default()),
            Self::Exposure(_) | Self::SavedQuery(_) => ("", "", "", ""),
        };
        let materialized = match self {
            Self::Node(n) => n.config.materialized(),
            Self::UnitTest(_) => "unit",
            _ => "",
        };
        json!({
            "materialized": materialized,
            "meta": self.config().meta().unwrap_or(&empty),
            "node_checksum": checksum,
            "node_finished_at": finished_at,
            "node_name": self.name(),
            "node_path": self.path(),
            "node_relation": {
                "alias": alias,
                "database": database,
                "relation_name": relation_name,
                "schema": self.schema(),
            },
            "node_started_at": started_at,
            "node_status": status,
            "resource_type": self.resource_type().as_str(),
            "unique_id": self.unique_id().as_str(),
        })
    }

    /// Returns dbt's description of the node's group, when it has one.
    pub fn group(&self, graph: &Graph) -> Option<Value> {
        let name = match self {
            Self::Node(node) => node.group.as_deref()?,
            _ => self.config().str("group")?,
        };
        let group = graph.project.groups.values().find(|g| g.name == name)?;
        // dbt's events have texts only.
        let owner: Map<String, Value> = group
            .owner
            .iter()
            .map(|(key, value)| (key.clone(), crate::parse::py_str(value).into()))
            .collect();
        Some(json!({
            "name": group.name,
            "package_name": &*group.package_name,
            "owner": owner,
        }))
    }
}

/// Returns what events say of a node that is done: dbt's `node_info`, and its
/// group.
pub fn about_result(graph: &Graph, result: &NodeResult) -> (Option<Value>, Option<Value>) {
    let Some(subject) = Subject::find(graph, &result.unique_id) else {
        return (None, None);
    };
    let text = |at: Option<jiff::Timestamp>| at.map(naive_timestamp).unwrap_or_default();
    let started = text(result.timing.first().map(|t| t.started_at));
    let finished = text(result.timing.last().map(|t| t.completed_at));
    let info = subject.node_info(result.status.as_str(), &started, &finished);
    (Some(info), subject.group(graph))
}
