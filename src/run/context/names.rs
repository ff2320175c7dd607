//! Every name, and what it stands for.

use std::sync::Arc;

use serde_json::Map;

use super::{NodeState, StateKind, bound, nothing};
use super::{adapter, config, messages, model, resolve, results, seed, variables};
use crate::config::DBT_VERSION;
use crate::event::kinds;
use crate::jinja::{
    Call, JinjaError, Value, from_json, from_json_map, function_with, objects, python,
};
use crate::parse::{Language, Node, ResourceType, adapter_macro};
use crate::run::batches::python_text;
use crate::run::paths::target_file;

/// The names, in dbt's words.
pub const KNOWN: &[&str] = &[
    "_dbt_generic_test_kwargs",
    "adapter",
    "adapter_macro",
    "api",
    "column",
    "compiled_code",
    "config",
    "connection_name",
    "database",
    "dbt_metadata_envs",
    "dbt_version",
    "defer_relation",
    "doc",
    "env",
    "env_var",
    "exceptions",
    "execute",
    "flags",
    "function",
    "graph",
    "invocation_args_dict",
    "invocation_id",
    "load_agate_table",
    "load_result",
    "metric",
    "model",
    "post_hooks",
    "pre_hooks",
    "project_name",
    "ref",
    "render",
    "run_started_at",
    "schema",
    "selected_resources",
    "source",
    "sql",
    "sql_now",
    "store_raw_result",
    "store_result",
    "submit_python_job",
    "target",
    "this",
    "thread_id",
    "try_or_compiler_error",
    "validation",
    "var",
    "write",
];

/// Finds a name in the list.
pub fn known(name: &str) -> Option<&'static str> {
    let at = KNOWN.binary_search(&name).ok()?;
    Some(KNOWN[at])
}

/// Makes the value of a name.
pub fn value(state: &Arc<NodeState>, name: &'static str) -> Option<Value> {
    let session = &state.session;
    let cx = &session.cx;
    let node = &*state.node;
    Some(match name {
        "ref" => ref_function(state),
        "source" => bound(state, "source", resolve::source),
        "function" => bound(state, "function", resolve::function),
        "metric" => bound(state, "metric", resolve::metric),
        "config" => config::value(state),
        "var" => variables::var(state),
        "env_var" => bound(state, "env_var", variables::env_var),
        "this" => this(state)?,
        "model" => model::model_value(state),
        "graph" => {
            state.db.look_around();
            let graph = &session.graph_value;
            graph.get_or_init(|| model::graph_value(session)).clone()
        }
        "target" | "env" => from_json_map(&cx.project.profile.target),
        "adapter" => adapter::value(state),
        "api" => objects::api_quoting(state.session.quoting()),
        "column" => objects::api().get_attr("Column").ok()?,
        "execute" => Value::from(true),
        "database" => match &node.database {
            Some(database) => Value::from(database.as_str()),
            None => python::none(),
        },
        "schema" => Value::from(node.schema.as_str()),
        "compiled_code" => compiled_code(state),
        "sql" if node.language == Language::Sql => compiled_code(state),
        "sql" => python::none(),
        "pre_hooks" => hooks(node, "pre-hook"),
        "post_hooks" => hooks(node, "post-hook"),
        "selected_resources" => {
            state.db.look_around();
            let ids = session.selected.iter().map(|id| Value::from(id.as_str()));
            python::list(ids.collect())
        }
        "invocation_id" => Value::from(cx.invocation.id.as_str()),
        "run_started_at" => utc(cx.invocation.started_at),
        "dbt_version" => Value::from(DBT_VERSION),
        "project_name" => Value::from(&*cx.project.name),
        "flags" => from_json_map(&cx.invocation.flags.all),
        "invocation_args_dict" => invocation_args(state),
        "dbt_metadata_envs" => metadata_envs(state),
        "thread_id" => {
            let thread = std::thread::current();
            Value::from(match thread.name() {
                Some("main") | None => "MainThread",
                Some(name) => name,
            })
        }
        "connection_name" => Value::from(state.db.current_name()),
        "load_result" => bound(state, "load_result", results::load_result),
        "store_result" => bound(state, "store_result", results::store_result),
        "store_raw_result" => bound(state, "store_raw_result", results::store_raw_result),
        "load_agate_table" => bound(state, "load_agate_table", seed::load_agate_table),
        "write" => bound(state, "write", write),
        "render" => bound(state, "render", render),
        "try_or_compiler_error" => bound(state, "try_or_compiler_error", try_or_compiler_error),
        "submit_python_job" => bound(state, "submit_python_job", super::python_job::submit),
        "adapter_macro" => bound(state, "adapter_macro", |_, call| adapter_macro(call)),
        "sql_now" => Value::from("now()"),
        "doc" => bound(state, "doc", doc),
        "exceptions" if session.is_error(kinds::JINJA_LOG_WARNING) => messages::strict_exceptions(),
        "validation" => python::dict([("any", bound(state, "any", validate_any))]),
        "defer_relation" => match resolve::defer_relation(session, &node.unique_id) {
            Some(relation) => objects::relation(relation),
            None => python::none(),
        },
        "_dbt_generic_test_kwargs" => state.test_arguments.get()?.clone(),
        _ => return None,
    })
}

/// Makes Python's datetime of a moment, in UTC.
pub fn utc(at: jiff::Timestamp) -> Value {
    let text = python_text(at);
    match python::datetime::parse_iso(&text) {
        Some(moment) => python::datetime::Temporal::DateTime(moment).into_value(),
        None => Value::from(text),
    }
}

/// Makes `ref`. Packages read the config of the run from it: `ref.config`.
fn ref_function(state: &Arc<NodeState>) -> Value {
    let (for_call, state) = (Arc::clone(state), Arc::clone(state));
    function_with(
        "ref",
        move |call| resolve::ref_(&for_call, call),
        move |name| (name == "config").then(|| state.session.runtime_config().clone()),
    )
}

fn compiled_code(state: &NodeState) -> Value {
    match &state.compiled_code {
        Some(code) => Value::from(Arc::clone(code)),
        None => python::none(),
    }
}

fn this(state: &Arc<NodeState>) -> Option<Value> {
    let node = &*state.node;
    if let Some(fixtures) = &state.fixtures {
        let Some(id) = &fixtures.this else {
            return Some(python::none());
        };
        state.read_ephemeral(id);
        let name = fixtures.inputs.get(id).map(|f| &f.cte_name)?;
        return Some(Value::from(format!("__dbt__cte__{name}")));
    }
    if node.resource_type == ResourceType::Operation {
        return Some(python::none());
    }
    Some(objects::relation(resolve::node_relation(
        &state.session,
        node,
    )))
}

/// Returns a model's hooks: `sql`, `transaction` and `index` of each.
fn hooks(node: &Node, key: &str) -> Value {
    if matches!(
        node.resource_type,
        ResourceType::Source | ResourceType::Test | ResourceType::UnitTest
    ) {
        return python::list(Vec::new());
    }
    match node.config.get(key) {
        Some(hooks) => from_json(hooks),
        None => python::list(Vec::new()),
    }
}

fn invocation_args(state: &NodeState) -> Value {
    let flags = &state.session.cx.invocation.flags.all;
    let args: Map<String, serde_json::Value> = flags
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (key.to_lowercase(), value.clone()))
        .collect();
    from_json_map(&args)
}

fn metadata_envs(state: &NodeState) -> Value {
    from_json_map(&state.session.cx.invocation.metadata_env)
}

/// Writes the SQL that is run below the target folder.
fn write(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [payload] = call.bind(["payload"], 1)?;
    let payload = payload.unwrap_or_default().to_string();
    if state.kind == StateKind::Macro {
        return Err(JinjaError::raised("cannot \"write\" macros or sources"));
    }
    let session = &state.session;
    let node = &*state.node;
    let path = target_file(
        session.target_path(),
        "run",
        &node.package_name,
        &node.path,
        &node.original_file_path,
        state.batch_suffix().as_deref(),
    );
    session
        .write(&path, &payload)
        .map_err(|error| JinjaError::other(format!("could not write `{path}`: {error}")))?;
    state.set_build_path(path);
    Ok(nothing())
}

fn render(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [template] = call.bind(["string"], 1)?;
    let template = template.unwrap_or_default().to_string();
    let path = crate::run::compile::template_path(&state.node).to_owned();
    let rendered = call.engine().render(&template, &path, call.context())?;
    Ok(Value::from(rendered))
}

fn try_or_compiler_error(
    _state: &Arc<NodeState>,
    call: &mut Call<'_>,
) -> Result<Value, JinjaError> {
    let args = call.args().to_vec();
    let kwargs: Vec<(String, Value)> = call
        .kwargs()
        .iter()
        .map(|(key, value)| (key.to_string(), value.clone()))
        .collect();
    let [message, callee, rest @ ..] = &args[..] else {
        return Err(JinjaError::type_error(
            "try_or_compiler_error() takes a message and a function",
        ));
    };
    call.invoke(callee, rest, &kwargs)
        .map_err(|_| JinjaError::raised(message.to_string()))
}

fn doc(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let args = call.args();
    let (package, name) = match args {
        [name] => (None, name.to_string()),
        [package, name] => (Some(package.to_string()), name.to_string()),
        _ => {
            return Err(JinjaError::type_error("doc() takes one or two arguments"));
        }
    };
    let root = &*state.session.cx.project.name;
    let own = &*state.node.package_name;
    let docs = &state.session.graph().project.docs;
    let mut packages = match &package {
        Some(package) => vec![package.as_str()],
        None => vec![root, own],
    };
    packages.dedup();
    let found = packages
        .iter()
        .find_map(|package| {
            docs.values()
                .find(|doc| doc.name == name && *doc.package_name == **package)
        })
        .or_else(|| {
            docs.values()
                .find(|doc| package.is_none() && doc.name == name)
        });
    match found {
        Some(doc) => Ok(Value::from(doc.contents.as_str())),
        None => Err(JinjaError::raised(format!(
            "there is no docs block named '{name}'"
        ))),
    }
}

/// `validation.any[...]`: makes a function that checks a value.
fn validate_any(_state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let allowed = call.args().to_vec();
    Ok(crate::jinja::function("validate", move |call| {
        let [value] = call.bind(["value"], 1)?;
        let value = value.unwrap_or_default();
        if allowed
            .iter()
            .any(|a| python::equal(a, &value).unwrap_or(false))
        {
            return Ok(python::none());
        }
        let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        Err(JinjaError::raised(format!(
            "expected value \"{value}\" to be one of {}",
            allowed.join(",")
        )))
    }))
}

#[cfg(test)]
mod tests {
    use super::KNOWN;

    #[test]
    fn the_names_are_sorted() {
        assert!(KNOWN.is_sorted());
    }
}
