//! Foreign keys of contracts name their tables by `ref()` and `source()`;
//! templates get the relations instead.

use serde_json::{Map, Value};

use super::context::{defer_relation, node_relation, source_relation};
use super::session::Session;
use crate::graph::{Found, source_key, version_key};
use crate::jinja::extract;
use crate::parse::{Node, version_text};

/// Replaces `to: ref('a')` in the constraints of a node's mapping. What stands
/// for nothing stays as it is written.
pub fn resolve(session: &Session, node: &Node, map: &mut Map<String, Value>) {
    let resolve_list = |constraints: &mut Value| {
        let Value::Array(constraints) = constraints else {
            return;
        };
        for constraint in constraints {
            let is_key = constraint.get("type").and_then(Value::as_str) == Some("foreign_key");
            if let Some(Value::String(to)) = constraint.get_mut("to").filter(|_| is_key)
                && let Some(relation) = relation(session, node, to)
            {
                *to = relation;
            }
        }
    };
    if let Some(constraints) = map.get_mut("constraints") {
        resolve_list(constraints);
    }
    if let Some(Value::Object(columns)) = map.get_mut("columns") {
        for column in columns.values_mut() {
            if let Some(constraints) = column.get_mut("constraints") {
                resolve_list(constraints);
            }
        }
    }
}

/// Lists what the foreign keys of a node refer to, each with its relation.
pub fn relations(session: &Session, node: &Node) -> Vec<(String, String)> {
    let of_model = node.model().map(|model| &model.constraints);
    let of_columns = node.columns.values().map(|column| &column.constraints);
    let mut relations: Vec<(String, String)> = Vec::new();
    for constraint in of_model.into_iter().chain(of_columns).flatten() {
        let is_key = constraint.get("type").and_then(Value::as_str) == Some("foreign_key");
        if let Some(Value::String(to)) = constraint.get("to").filter(|_| is_key)
            && let Some(relation) = relation(session, node, to)
        {
            relations.push((to.clone(), relation));
        }
    }
    relations
}

fn relation(session: &Session, node: &Node, to: &str) -> Option<String> {
    let trimmed = to.trim_start();
    if !trimmed.starts_with("ref") && !trimmed.starts_with("source") {
        return None;
    }
    let calls = extract(&format!("{{{{ {to} }}}}")).ok()?;
    let lookup = session.lookup();
    let project = &session.graph().project;
    let from = &*node.package_name;
    if let Some(call) = calls.refs.first() {
        let key = match &call.version {
            Some(version) => version_key(&call.name, &version_text(version)),
            None => call.name.clone(),
        };
        let package = call.package.as_deref();
        let found = lookup.refs.find(&lookup.rules, &key, from, package);
        let Found::One(target) = found else {
            return None;
        };
        let defers = session.cx.deferred.as_ref().is_some_and(|d| d.for_refs);
        let deferred = defer_relation(session, &target.id).filter(|_| defers);
        let relation = match deferred {
            Some(relation) => relation,
            None => node_relation(session, project.nodes.get(&target.id)?),
        };
        return Some(relation.name());
    }
    let call = calls.sources.first()?;
    let key = source_key(&call.source, &call.table);
    let found = lookup.sources.find(&lookup.rules, &key, from, None);
    let Found::One(id) = found else { return None };
    Some(source_relation(project.sources.get(id)?).name())
}
