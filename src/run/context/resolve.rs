//! `ref`, `source`, `function` and `metric` while a run executes.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::{NodeState, StateKind, relations, text};
use crate::adapter::{Relation, RelationKind};
use crate::config::Hint;
use crate::diagnostics::suggest;
use crate::event::Level;
use crate::graph::{Found, source_key, version_key};
use crate::jinja::{Call, JinjaError, Value, objects, python};
use crate::parse::{
    ColumnInfo, IdMap, Node, NodeConfig, ResourceType, SemanticDefinition, Source, UniqueId,
    compare_versions,
};
use crate::run::batches::python_text;
use crate::run::session::Session;

/// `ref(name)`, `ref(package, name)`, either with `v=` or `version=`.
pub fn ref_(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let (package, name) = match call.args() {
        [name] => (None, name.clone()),
        [package, name] => (Some(package.clone()), name.clone()),
        args => {
            return Err(JinjaError::raised(format!(
                "ref() takes at most two arguments ({} given)",
                args.len()
            )));
        }
    };
    let package = match package {
        Some(package) => Some(text(Some(package), "the package argument to ref()")?),
        None => None,
    };
    let name = text(Some(name), "the name argument to ref()")?;
    let mut version = None;
    for (key, value) in call.kwargs() {
        let is_given = !value.is_none() && !value.is_undefined();
        if matches!(&**key, "version" | "v") && is_given {
            version.get_or_insert_with(|| value.to_string());
        }
    }
    let session = &state.session;
    let lookup = session.lookup();
    let key = match &version {
        Some(version) => version_key(&name, version),
        None => name.clone(),
    };
    let found = lookup.refs.find(
        &lookup.rules,
        &key,
        &state.node.package_name,
        package.as_deref(),
    );
    let written = || match (&package, &version) {
        (Some(package), Some(version)) => format!("ref('{package}', '{name}', v={version})"),
        (Some(package), None) => format!("ref('{package}', '{name}')"),
        (None, Some(version)) => format!("ref('{name}', v={version})"),
        (None, None) => format!("ref('{name}')"),
    };
    let target = match found {
        Found::One(target) => &target.id,
        Found::Ambiguous(targets) => {
            let packages: Vec<&str> = targets.iter().map(|t| &*t.package).collect();
            return Err(JinjaError::raised(format!(
                "{} could mean a node of any of these packages: {}",
                written(),
                packages.join(", ")
            )));
        }
        Found::Disabled(_) => return Err(not_found(state, "node", &name, "is disabled", None)),
        Found::Nothing => {
            let nearest = suggest::nearest(&name, lookup.refs.names());
            return Err(not_found(state, "node", &name, "was not found", nearest));
        }
    };
    let Some(node) = session.graph().project.nodes.get(target) else {
        return Err(not_found(state, "node", &name, "was not found", None));
    };
    if version.is_none() && node.version_text().is_some() {
        tell_prerelease(state, node);
    }
    check_dependency(state, target, &written)?;
    if let Some(relation) = state.fixture(target).map(|f| cte_relation(&f.cte_name)) {
        state.read_ephemeral(target);
        return Ok(objects::relation(relation));
    }
    if state.fixtures.is_some() {
        return Err(not_found(
            state,
            "node",
            &name,
            "is not among the inputs of the unit test",
            None,
        ));
    }
    if node.is_ephemeral() {
        if state.kind == StateKind::Macro {
            return Err(JinjaError::raised(format!(
                "Operations can not ref() ephemeral nodes, but {} is ephemeral",
                node.name
            )));
        }
        state.read_ephemeral(target);
        let mut relation = cte_relation(&node.alias);
        restrict(
            state,
            &mut relation,
            &node.config,
            &node.columns,
            &Map::new(),
        );
        return Ok(objects::relation(relation));
    }
    let mut relation = match deferred_ref(state, node)? {
        Some(deferred) => deferred,
        None => node_relation(session, node),
    };
    restrict(
        state,
        &mut relation,
        &node.config,
        &node.columns,
        &Map::new(),
    );
    Ok(objects::relation(relation))
}

/// Says that the version which a `ref` without one means will be another soon.
fn tell_prerelease(state: &NodeState, node: &Node) {
    let session = &state.session;
    let versions = session.graph().project.nodes.values().filter_map(|other| {
        let is_same = other.name == node.name && other.package_name == node.package_name;
        other.version_text().filter(|_| is_same)
    });
    let Some(newest) = versions.max_by(|a, b| compare_versions(a, b)) else {
        return;
    };
    let latest = node.version_text().unwrap_or_default();
    if compare_versions(&newest, &latest).is_le() {
        return;
    }
    let name = &node.name;
    let message = format!(
        "While compiling '{}':\nFound an unpinned reference to versioned model '{name}', which \
         means {name}.v{latest} now. Version {newest} is there already and not yet the latest.\n  \
         Try it: ref('{name}', v='{newest}')\n  Stay with this one: ref('{name}', v='{latest}')",
        state.node.name
    );
    let data = json!({
        "ref_node_name": name,
        "ref_node_package": &*node.package_name,
        "ref_node_version": latest,
        "ref_max_version": newest,
    });
    let reporter = session.reporter();
    reporter.other(
        Level::Info,
        "UnpinnedRefNewVersionAvailable",
        "I064",
        message,
        || data,
    );
}

/// `source(source, table)`.
pub fn source(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [source, table] = call.args() else {
        return Err(JinjaError::raised(format!(
            "source() takes exactly two arguments ({} given)",
            call.args().len()
        )));
    };
    let source = text(Some(source.clone()), "the source name argument to source()")?;
    let table = text(Some(table.clone()), "the table name argument to source()")?;
    let session = &state.session;
    let lookup = session.lookup();
    let key = source_key(&source, &table);
    let found = lookup
        .sources
        .find(&lookup.rules, &key, &state.node.package_name, None);
    let id = match found {
        Found::One(id) => id,
        Found::Ambiguous(ids) => ids[0],
        Found::Disabled(_) => return Err(not_found(state, "source", &key, "is disabled", None)),
        Found::Nothing => {
            let nearest = suggest::nearest(&key, lookup.sources.names());
            return Err(not_found(state, "source", &key, "was not found", nearest));
        }
    };
    if let Some(fixture) = state.fixture(id) {
        state.read_ephemeral(id);
        return Ok(objects::relation(cte_relation(&fixture.cte_name)));
    }
    if state.fixtures.is_some() {
        return Err(not_found(
            state,
            "source",
            &key,
            "is not among the inputs of the unit test",
            None,
        ));
    }
    let Some(source) = session.graph().project.sources.get(id) else {
        return Err(not_found(state, "source", &key, "was not found", None));
    };
    let mut relation = source_relation(source);
    restrict(
        state,
        &mut relation,
        &source.config,
        &source.columns,
        &source.quoting,
    );
    Ok(objects::relation(relation))
}

/// `function(name)`, `function(package, name)`.
pub fn function(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let (package, name) = match call.args() {
        [name] => (None, name.to_string()),
        [package, name] => (Some(package.to_string()), name.to_string()),
        args => {
            return Err(JinjaError::raised(format!(
                "function() takes at most two arguments ({} given)",
                args.len()
            )));
        }
    };
    let session = &state.session;
    let lookup = session.lookup();
    let package = package.as_deref();
    let found = lookup
        .functions
        .find(&lookup.rules, &name, &state.node.package_name, package);
    let id = match found {
        Found::One(id) => id,
        Found::Ambiguous(ids) => ids[0],
        Found::Disabled(_) => return Err(not_found(state, "function", &name, "is disabled", None)),
        Found::Nothing => {
            let nearest = suggest::nearest(&name, lookup.functions.names());
            return Err(not_found(
                state,
                "function",
                &name,
                "was not found",
                nearest,
            ));
        }
    };
    let Some(node) = session.graph().project.nodes.get(id) else {
        return Err(not_found(state, "function", &name, "was not found", None));
    };
    let relation = match deferred_ref(state, node)? {
        Some(deferred) => deferred,
        None => node_relation(session, node),
    };
    Ok(objects::relation(
        relation.with_kind(RelationKind::Function),
    ))
}

/// `metric(name)`: metrics are described, never run.
pub fn metric(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let name = match call.args() {
        [name] | [_, name] => name.to_string(),
        args => {
            return Err(JinjaError::raised(format!(
                "metric() takes at most two arguments ({} given)",
                args.len()
            )));
        }
    };
    let metrics = &state.session.graph().project.metrics;
    if let Some(metric) = metrics.values().find(|metric| metric.name == name) {
        let fields = match serde_json::to_value(metric) {
            Ok(Json::Object(fields)) => fields,
            _ => Map::new(),
        };
        let package = metric.package_name.to_string();
        let mut upstream = Vec::new();
        metrics_upstream(metrics, metric, 1, &mut upstream);
        return Ok(objects::metric(name, Some(package), fields, upstream));
    }
    let names = metrics.values().map(|metric| metric.name.as_str());
    let nearest = suggest::nearest(&name, names);
    Err(not_found(state, "metric", &name, "was not found", nearest))
}

/// Collects a metric and those that it is made of; none is made of itself.
fn metrics_upstream(
    metrics: &IdMap<SemanticDefinition>,
    metric: &SemanticDefinition,
    depth: u32,
    found: &mut Vec<objects::Upstream>,
) {
    let kind = metric.body.get("type").and_then(Json::as_str);
    found.push(objects::Upstream {
        name: metric.name.clone(),
        is_derived: matches!(kind, Some("derived" | "ratio")),
        depth,
    });
    for parent in metric
        .depends_on_nodes
        .iter()
        .filter_map(|id| metrics.get(id))
    {
        metrics_upstream(metrics, parent, depth + 1, found);
    }
}

/// Fails when a template refers to a node that was not seen while parsing:
/// nothing made sure that it is built before.
fn check_dependency(
    state: &NodeState,
    target: &UniqueId,
    written: &dyn Fn() -> String,
) -> Result<(), JinjaError> {
    let is_free = state.kind == StateKind::Macro || state.fixtures.is_some();
    if is_free || state.node.depends_on_nodes.contains(target) {
        return Ok(());
    }
    let written = written();
    let noun = state.node.resource_type.as_str();
    let message = format!(
        "dbt was unable to infer all dependencies for the {noun} \"{}\": {written} was not seen \
         while parsing, as happens where it stands in a condition",
        state.node.name
    );
    let hint = format!("put this line at the top of the file: -- depends_on: {{{{ {written} }}}}");
    Err(JinjaError::raised(message).with_payload(Hint(hint)))
}

fn not_found(
    state: &NodeState,
    what: &str,
    name: &str,
    why: &str,
    nearest: Option<&str>,
) -> JinjaError {
    let node = &*state.node;
    let message = format!(
        "{} '{}' ({}) depends on a {what} named '{name}' which {why}",
        python::capitalize(node.resource_type.as_str()),
        node.unique_id,
        node.original_file_path
    );
    let error = JinjaError::raised(message);
    match nearest {
        Some(nearest) => error.with_payload(Hint(format!("did you mean `{nearest}`?"))),
        None => error,
    }
}

/// Returns the CTE that stands for an ephemeral model or a fixture.
fn cte_relation(name: &str) -> Relation {
    Relation {
        identifier: Some(format!("__dbt__cte__{name}")),
        kind: Some(RelationKind::Cte),
        quote: [true, true, false],
        include: [true; 3],
        ..Relation::default()
    }
}

/// Returns the relation that a node makes.
pub fn node_relation(session: &Session, node: &Node) -> Relation {
    let mut relation = whole_relation(session, &node.database, &node.schema, &node.alias);
    if let Some(Json::Object(quoting)) = node.config.get("quoting") {
        set_quoting(&mut relation, quoting);
    }
    relation
}

/// Returns a relation with all three parts of its name, quoted as the project
/// says.
fn whole_relation(
    session: &Session,
    database: &Option<String>,
    schema: &str,
    identifier: &str,
) -> Relation {
    Relation {
        database: database.clone(),
        schema: Some(schema.to_owned()),
        identifier: Some(identifier.to_owned()),
        quote: session.quoting(),
        include: [true; 3],
        ..Relation::default()
    }
}

/// Returns the relation of another environment that a `ref` gives with
/// `--defer`: where the node is not built here, and with `--favor-state` also
/// where it is and is not selected.
fn deferred_ref(state: &Arc<NodeState>, node: &Node) -> Result<Option<Relation>, JinjaError> {
    let session = &state.session;
    let Some(deferred) = session.cx.deferred.as_ref().filter(|d| d.for_refs) else {
        return Ok(None);
    };
    let Some(relation) = defer_relation(session, &node.unique_id) else {
        return Ok(None);
    };
    if deferred.is_favored && !session.selected.contains(&node.unique_id) {
        return Ok(Some(relation));
    }
    let database = node.database.as_deref();
    let here = relations::find(state, database, &node.schema, &node.alias)?;
    Ok(here.is_none().then_some(relation))
}

/// Returns a node's relation in the other environment.
pub fn defer_relation(session: &Session, id: &UniqueId) -> Option<Relation> {
    let node = session.cx.deferred.as_ref()?.get(id)?;
    let mut relation = whole_relation(session, &node.database, &node.schema, &node.alias);
    if let Some(quoting) = &node.quoting {
        set_quoting(&mut relation, quoting);
    }
    Some(relation)
}

/// Returns the relation, or the files, that a source stands for.
pub fn source_relation(source: &Source) -> Relation {
    let mut relation = Relation {
        database: source.database.clone(),
        schema: Some(source.schema.clone()),
        identifier: Some(source.identifier.clone()),
        quote: [true; 3],
        include: [true; 3],
        ..Relation::default()
    };
    set_quoting(&mut relation, &source.quoting);
    relation.external.clone_from(&source.external_location);
    relation
}

fn set_quoting(relation: &mut Relation, quoting: &Map<String, Json>) {
    let parts = ["database", "schema", "identifier"];
    for (flag, part) in relation.quote.iter_mut().zip(parts) {
        if let Some(Json::Bool(given)) = quoting.get(part) {
            *flag = *given;
        }
    }
}

/// Restricts what is read: `--empty` reads no rows, `--sample` and microbatch
/// a span of event time.
fn restrict(
    state: &NodeState,
    relation: &mut Relation,
    config: &NodeConfig,
    columns: &indexmap::IndexMap<String, ColumnInfo>,
    quoting: &Map<String, Json>,
) {
    let flags = &state.session.cx.invocation.flags;
    if flags.empty {
        relation.limit = Some(0);
    }
    let reads_times = matches!(
        state.node.resource_type,
        ResourceType::Model | ResourceType::Snapshot
    );
    let (Some(event_time), true) = (config.str("event_time"), reads_times) else {
        return;
    };
    let sample = state.session.sample();
    let span = match (&state.batch, sample) {
        (Some(batch), Some((start, end))) => {
            Some((start.max(batch.batch.start), end.min(batch.batch.end)))
        }
        (Some(batch), None) => Some((batch.batch.start, batch.batch.end)),
        (None, Some(sample)) => Some(sample),
        (None, None) => None,
    };
    let Some((start, end)) = span else { return };
    let quotes_columns = quoting.get("column").and_then(Json::as_bool);
    let quotes = columns
        .values()
        .find(|column| column.name == event_time)
        .and_then(|column| column.quote)
        .or(quotes_columns)
        .unwrap_or(false);
    let field = if quotes {
        crate::adapter::quote_identifier(event_time)
    } else {
        event_time.to_owned()
    };
    relation.event_time_filter = Some(format!(
        "{field} >= '{}' and {field} < '{}'",
        python_text(start),
        python_text(end)
    ));
}
