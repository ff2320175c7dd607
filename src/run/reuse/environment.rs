//! What nodes are made by besides their own text: the program, the profile, and
//! macros of the project that take part in building.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::digest;
use crate::adapter::DUCKDB_VERSION;
use crate::graph::{Graph, quarantine};
use crate::parse::{Macro, Node, NodeKind, ResourceType};
use crate::run::session::Session;

/// The same for all nodes of a run.
pub struct Environment {
    pub digest: String,
    /// Whether the project's macros take part in building, which may look at all
    /// of a node's configuration.
    has_macros: bool,
    /// Why nothing can be kept, if so.
    pub unstable: Option<String>,
    /// The names of materializations that are the project's own.
    pub own_materializations: HashSet<String>,
}

/// What a macro may not name if it is to do the same each time.
const UNSTABLE: &[&str] = &[
    "run_started_at",
    "invocation_id",
    "modules.datetime",
    "env_var",
    "run_query",
    "selected_resources",
    "thread_id",
];

/// Configurations that say nothing of what is built.
const IDLE: &[&str] = &[
    "access",
    "docs",
    "enabled",
    "freshness",
    "group",
    "meta",
    "on_error",
    "packages",
    "tags",
];

impl Environment {
    pub fn of(session: &Session) -> Self {
        let cx = &session.cx;
        let macros = building_macros(session.graph());
        let unstable = macros.values().find_map(|found| {
            let text = text(found);
            let word = UNSTABLE.iter().find(|word| text.contains(**word))?;
            Some(format!(
                "the macro `{}` takes part in building and names `{word}`",
                found.name
            ))
        });
        let own = macros.values().filter_map(|found| {
            let name = found.name.strip_prefix("materialization_")?;
            name.rsplit_once('_').map(|(name, _)| name.to_owned())
        });
        let mut parts = vec![
            env!("CARGO_PKG_VERSION").to_owned(),
            DUCKDB_VERSION.to_owned(),
            Value::Object(cx.project.profile.credentials.clone()).to_string(),
            cx.invocation.env.get("TZ").cloned().unwrap_or_default(),
        ];
        if !macros.is_empty() {
            parts.push(Value::Object(cx.invocation.vars.clone()).to_string());
            parts.push(Value::Object(cx.project.root().project.vars.clone()).to_string());
        }
        parts.extend(macros.values().map(|found| text(found).to_owned()));
        // They may set what queries depend on.
        let nodes = session.graph().project.nodes.values();
        let hooks = nodes.filter(|node| matches!(node.kind, NodeKind::Hook { .. }));
        parts.extend(hooks.map(|hook| hook.raw_code.to_string()));
        Self {
            digest: digest(&parts.join("\n")),
            has_macros: !macros.is_empty(),
            unstable,
            own_materializations: own.collect(),
        }
    }
}

/// Finds the project's macros that take the place of built-in ones, and those
/// that they call.
fn building_macros(graph: &Graph) -> BTreeMap<&str, &Macro> {
    let all = &graph.project.macros;
    let is_built_in = |found: &&Macro| matches!(&*found.package_name, "dbt" | "dbt_duckdb");
    let built_in = all
        .values()
        .filter(is_built_in)
        .map(|found| plain(&found.name));
    let built_in: HashSet<&str> = built_in.collect();
    let mut waiting: Vec<&Macro> = all
        .values()
        .filter(|found| !is_built_in(found))
        .filter(|found| {
            // What tests are made of is in their SQL.
            let name = plain(&found.name);
            let is_building = name.starts_with("materialization_") || built_in.contains(name);
            is_building && !name.starts_with("test_") && !names_relations(name)
        })
        .collect();
    let mut found: BTreeMap<&str, &Macro> = BTreeMap::new();
    while let Some(next) = waiting.pop() {
        if found.insert(next.unique_id.as_str(), next).is_none() {
            let called = next.depends_on_macros.iter();
            let called = called.filter_map(|id| all.get(id));
            waiting.extend(called.filter(|found| !is_built_in(found)));
        }
    }
    found
}

/// Tells whether a macro only makes a name, which is compared by itself.
fn names_relations(name: &str) -> bool {
    matches!(
        name,
        "generate_schema_name" | "generate_alias_name" | "generate_database_name"
    )
}

/// Returns a macro's name without what `dispatch` puts before it.
fn plain(name: &str) -> &str {
    let prefixes = ["default__", "duckdb__"];
    prefixes
        .into_iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

fn text(found: &Macro) -> &str {
    found.file.text.get(found.text.clone()).unwrap_or_default()
}

/// Returns a digest of what a node's configuration says of its relation.
pub fn config_digest(node: &Node, environment: &Environment) -> String {
    let has_macros = environment.has_macros;
    let config = node.config.0.iter();
    let config = config
        .filter(|(key, value)| !value.is_null() && (has_macros || !IDLE.contains(&key.as_str())));
    let config: BTreeMap<&String, &Value> = config.collect();
    let persists = node.config.get("persist_docs").and_then(Value::as_object);
    let persists = persists.is_some_and(|docs| docs.values().any(|v| v == &Value::Bool(true)));
    let mut parts = vec![serde_json::to_string(&config).unwrap_or_default()];
    for column in node.columns.values() {
        let typed = (
            &column.name,
            &column.data_type,
            &column.constraints,
            column.quote,
        );
        parts.push(format!("{typed:?}"));
        if persists || has_macros {
            parts.push(column.description.clone());
        }
        if has_macros {
            parts.push(format!("{:?}", (&column.meta, &column.tags)));
        }
    }
    if persists || has_macros {
        parts.push(node.description.clone());
    }
    if let Some(model) = node.model() {
        parts.push(format!("{:?}", model.constraints));
    }
    digest(&parts.join("\n"))
}

/// Tells whether anything in the project may change relations unseen.
pub fn has_hooks(graph: &Graph) -> bool {
    graph.project.nodes.values().any(|node| {
        matches!(node.kind, NodeKind::Hook { .. })
            || node_has_hooks(node)
            || node.language == crate::parse::Language::Python
                && node.resource_type == ResourceType::Model
    })
}

pub fn node_has_hooks(node: &Node) -> bool {
    ["pre-hook", "post-hook"].iter().any(|key| {
        let hooks = node.config.get(key).and_then(Value::as_array);
        hooks.is_some_and(|hooks| !hooks.is_empty())
    })
}

/// Tells whether tests take rows of a node aside.
pub fn is_quarantined(graph: &Graph, node: &Node) -> bool {
    let children = graph.children.get(&node.unique_id);
    children.into_iter().flatten().any(|child| {
        let test = graph.project.nodes.get(child);
        let test = test.filter(|test| quarantine::is_quarantine(test));
        let model = test.and_then(|test| quarantine::model_of(&graph.project, test).ok());
        model.is_some_and(|model| model.unique_id == node.unique_id)
    })
}
