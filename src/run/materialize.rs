//! Builds a node by calling its materialization.

use std::sync::{Arc, MutexGuard, PoisonError};

use serde_json::json;

use super::compile::{Compiled, rendered};
use super::context::{NodeState, Stored, constraints};
use super::draft::Again;
use super::failure::{self, Failure, Origins};
use super::session::Session;
use crate::diagnostics::Diagnostic;
use crate::event::kinds;
use crate::graph::{Graph, behaviour_flag};
use crate::jinja::{Engine, JinjaError, MacroCalls, MacroInfo, Value, objects, python};
use crate::parse::{Language, Node, ResourceType, UniqueId};

/// Calls a node's materialization. Afterwards the state holds what its
/// statements have left.
pub fn materialize(state: &Arc<NodeState>, compiled: Option<&Compiled>) -> Result<(), Failure> {
    materialize_as(state, state.node.config.materialized(), compiled)
}

/// The same by another materialization than the node's own.
pub fn materialize_as(
    state: &Arc<NodeState>,
    materialized: &str,
    compiled: Option<&Compiled>,
) -> Result<(), Failure> {
    let returned = call_materialization(state, materialized, compiled)?;
    for relation in relations(&state.node, &returned)? {
        if let Some(relation) = objects::relation_of(&relation) {
            state.session.cache.add(relation);
        }
    }
    Ok(())
}

/// Finds a materialization and calls it.
pub fn call_materialization(
    state: &Arc<NodeState>,
    materialized: &str,
    compiled: Option<&Compiled>,
) -> Result<Value, Failure> {
    let session = &state.session;
    let node = &*state.node;
    let adapter_type = session.cx.adapter.adapter_type();
    let Some(id) = find_materialization(session, materialized)? else {
        return Err(unknown_materialization(
            session,
            node,
            materialized,
            adapter_type,
        ));
    };
    check_language(&session.cx.engine, &id, node)?;
    let _guard = hold_foreign_keys(state).map_err(|error| in_node(state, compiled, &error))?;
    let calls = Arc::new(MacroCalls::of_macro());
    let is_test = node.resource_type == ResourceType::Test;
    let mut context = state.context();
    if is_test {
        context = context.with_calls(Arc::clone(&calls));
    }
    let result = session
        .cx
        .engine
        .call_macro(id.as_str(), &[], &[], &context);
    // To dbt, a test depends on the macros of its materialization as well,
    // once it has run; other nodes do not.
    if is_test {
        session.update_compiled(&node.unique_id, |compiled| {
            let called = calls.direct().into_iter().map(UniqueId);
            let called: Vec<UniqueId> = called.filter(|id| !compiled.macros.contains(id)).collect();
            compiled.macros.extend(called);
        });
    }
    result.map_err(|error| in_node(state, compiled, &error))
}

/// Turns a template's error into the node's failure.
pub fn in_node(state: &Arc<NodeState>, compiled: Option<&Compiled>, error: &JinjaError) -> Failure {
    let mut rendered = rendered(&state.node);
    let code = compiled.map(|compiled| &*compiled.code);
    let path = compiled.and_then(|compiled| compiled.path.as_deref());
    rendered.compiled = code.map(|code| (code, path.unwrap_or("compiled SQL")));
    let again = compiled.map(|compiled| Again { state, compiled });
    rendered.origins = again.as_ref().map(|again| again as &dyn Origins);
    failure::from_jinja(state.session.graph(), rendered, error)
}

/// Finds the macro of a materialization: the adapter's before the default one,
/// and the project's before a package's before dbt's own.
///
/// A package's that would replace one of dbt's own counts only where the
/// project's flag says so, and then with a deprecation.
///
/// # Errors
///
/// The deprecation is an error for this run.
pub fn find_materialization(
    session: &Session,
    materialized: &str,
) -> Result<Option<UniqueId>, Failure> {
    let engine = &session.cx.engine;
    let root = &*session.cx.project.name;
    let prefixes = session.cx.adapter.dispatch_prefixes();
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    for (specificity, prefix) in prefixes.iter().copied().chain(["default"]).enumerate() {
        let name = format!("materialization_{materialized}_{prefix}");
        candidates.extend(engine.macros_named(&name).into_iter().map(|found| {
            let locality = match &*found.package {
                package if package == root => Locality::Root,
                "dbt" | "dbt_duckdb" => Locality::BuiltIn,
                _ => Locality::Package,
            };
            Candidate {
                specificity,
                locality,
                found,
            }
        }));
    }
    candidates.sort_by_key(|candidate| (candidate.specificity, candidate.locality));
    let Some(first) = candidates.first() else {
        return Ok(None);
    };
    let built_in = |c: &&Candidate<'_>| c.locality == Locality::BuiltIn;
    let overrides = first.locality == Locality::Package && candidates.iter().any(|c| built_in(&c));
    let chosen = if !overrides {
        first
    } else if may_override(session) {
        override_deprecation(session, materialized, &first.found.package)?;
        first
    } else {
        let mut others = candidates.iter();
        others
            .find(|c| c.locality != Locality::Package)
            .unwrap_or(first)
    };
    Ok(Some(UniqueId(Arc::clone(&chosen.found.unique_id))))
}

/// A macro that a materialization's name may mean.
struct Candidate<'a> {
    /// 0 for the adapter's own, more for what it falls back on.
    specificity: usize,
    locality: Locality,
    found: &'a MacroInfo,
}

/// Where a macro comes from, the one that goes first first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Locality {
    Root,
    Package,
    BuiltIn,
}

/// Tells whether packages may replace dbt's own materializations.
fn may_override(session: &Session) -> bool {
    let flag = "require_explicit_package_overrides_for_builtin_materializations";
    !behaviour_flag(&session.cx.project, &session.cx.invocation, flag)
}

fn override_deprecation(
    session: &Session,
    materialized: &str,
    package: &str,
) -> Result<(), Failure> {
    let kind = kinds::PACKAGE_MATERIALIZATION_OVERRIDE;
    let text = format!(
        "Installed package '{package}' is overriding the built-in materialization \
         '{materialized}'."
    );
    if session.is_error(kind) {
        return Err(Failure::new("Compilation", text));
    }
    let data = json!({"package_name": package, "materialization_name": materialized});
    session.warn(
        Diagnostic::warning("package-materialization-override", text)
            .hint(format!(
                "write a materialization `{materialized}` in the project that calls the \
                 package's"
            ))
            .as_event(kind, data),
    );
    Ok(())
}

fn unknown_materialization(
    session: &Session,
    node: &Node,
    materialized: &str,
    adapter_type: &str,
) -> Failure {
    let text = format!(
        "No materialization '{materialized}' was found for adapter {adapter_type}! (searched \
         types 'default' and '{adapter_type}')"
    );
    let mut failure = Failure::new("Compilation", text);
    let title = format!(
        "{} `{}` asks for the materialization `{materialized}`, which does not exist",
        node.resource_type.as_str(),
        node.name
    );
    let known = materializations(session.graph());
    let nearest = crate::diagnostics::suggest::nearest(materialized, known.iter().copied());
    let diagnostic = failure::at_subject("unknown-materialization", title, node);
    failure.diagnostics.push(match nearest {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic.hint(format!("there are {}", known.join(", "))),
    });
    failure
}

/// Lists the names of the materializations that models can have.
fn materializations(graph: &Graph) -> Vec<&str> {
    let macros = graph.project.macros.values();
    let mut names: Vec<&str> = macros
        .filter_map(|found| found.name.strip_prefix("materialization_"))
        .filter_map(|name| name.rsplit_once('_'))
        .map(|(name, _)| name)
        .filter(|name| !matches!(*name, "test" | "unit" | "seed" | "snapshot" | "clone"))
        .collect();
    names.push("ephemeral");
    names.sort_unstable();
    names.dedup();
    names
}

fn check_language(engine: &Engine, id: &UniqueId, node: &Node) -> Result<(), Failure> {
    let language = match node.language {
        Language::Sql => "sql",
        Language::Python => "python",
    };
    let Some(found) = engine.macro_by_id(id.as_str()) else {
        return Ok(());
    };
    match &found.supported_languages {
        Some(languages) if !languages.iter().any(|l| l == language) => Err(Failure::new(
            "Validation",
            format!(
                "Materialization \"{}\" only supports languages {}; got \"{language}\"",
                found.name,
                languages.join(", ")
            ),
        )),
        // dbt takes a materialization that says nothing to be one of SQL.
        None if language != "sql" => Err(Failure::new(
            "Validation",
            format!(
                "Materialization \"{}\" only supports languages sql",
                found.name
            ),
        )),
        _ => Ok(()),
    }
}

/// Reads the relations that a materialization says it has made.
fn relations(node: &Node, returned: &Value) -> Result<Vec<Value>, Failure> {
    let invalid = |text: String| Failure::new("Compilation", text);
    if returned.as_str().is_some() {
        return Err(invalid(format!(
            "The materialization (\"{}\") did not explicitly return a list of relations to add \
             to the cache.",
            node.config.materialized()
        )));
    }
    let relations = returned
        .get_item(&Value::from("relations"))
        .unwrap_or_default();
    if relations.is_undefined() {
        return Err(invalid(format!(
            "the materialization returned {returned}, where a mapping with the key 'relations' \
             was expected"
        )));
    }
    let relations = python::collect(&relations).map_err(|_| {
        invalid(format!(
            "the 'relations' that the materialization returned are no list: {relations}"
        ))
    })?;
    for relation in &relations {
        if objects::relation_of(relation).is_none() {
            return Err(invalid(format!(
                "the 'relations' that the materialization returned hold '{relation}', which is \
                 no relation"
            )));
        }
    }
    Ok(relations)
}

/// Returns what the statement `main` has left.
pub fn main_result(state: &NodeState) -> Result<Stored, Failure> {
    state
        .stored("main")
        .ok_or_else(|| Failure::new("Runtime", "main is not being called during running model"))
}

/// Lets one model at a time be built among those that foreign keys tie
/// together: DuckDB alters a table when another that refers to it is created
/// or dropped, and two transactions that do so at once are in conflict.
fn hold_foreign_keys(state: &Arc<NodeState>) -> Result<Option<MutexGuard<'_, ()>>, JinjaError> {
    let session = &state.session;
    if !session.has_foreign_keys() {
        return Ok(None);
    }
    let node = &*state.node;
    let mut has_keys = declares_keys(node);
    if !has_keys {
        let relation = super::context::node_relation(session, node);
        has_keys = !constraints::key_types(state, &relation)?.is_empty();
    }
    Ok(has_keys.then(|| {
        session
            .foreign_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }))
}

/// Tells whether a node's contract has a primary, unique or foreign key.
pub fn declares_keys(node: &Node) -> bool {
    key_kinds(node).next().is_some()
}

/// Returns the kinds of keys in a node's contract.
pub fn key_kinds(node: &Node) -> impl Iterator<Item = &str> {
    let enforced = node
        .config
        .get("contract")
        .and_then(|contract| contract.get("enforced"))
        .and_then(serde_json::Value::as_bool)
        .unwrap_or(false);
    let of_model = node.model().map(|model| &model.constraints);
    let of_columns = node.columns.values().map(|column| &column.constraints);
    of_model
        .into_iter()
        .chain(of_columns)
        .flatten()
        .filter_map(|constraint| constraint.get("type")?.as_str())
        .filter(move |kind| enforced && matches!(*kind, "primary_key" | "unique" | "foreign_key"))
}
