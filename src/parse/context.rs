//! The names that templates see while a project is parsed.
//!
//! Nothing is executed yet: `execute` is false, the database answers nothing,
//! and what a template asks for by `ref()`, `source()` and `config()` is
//! written down.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Map;

use super::adapter::parse_adapter;
use super::config_function::config_function;
use super::names::node_value;
use super::node::{Node, RefArgs, ResourceType};
use super::runtime_config::runtime_config;
use crate::adapter::{Relation, RelationKind};
use crate::config::{
    DBT_VERSION, LoadedProject, MissingVar, Secrets, Vars, env_var_function, has_jinja,
    merge_config_call, missing_var,
};
use crate::invocation::Invocation;
use crate::jinja::{
    self, Call, JinjaError, Scope, Value, from_json, from_json_map, function, function_with,
    objects, python,
};

/// Names that are the same for all nodes of a package.
#[derive(Debug, Default)]
pub(super) struct PackageNames {
    names: HashMap<&'static str, Value>,
}

impl PackageNames {
    /// Returns the value of a name.
    pub(super) fn get(&self, name: &str) -> Option<Value> {
        self.names.get(name).cloned()
    }
}

impl Scope for PackageNames {
    fn get(&self, name: &str) -> Option<Value> {
        self.names.get(name).cloned()
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let mut names: Vec<Cow<'_, str>> = self.names.keys().copied().map(Cow::Borrowed).collect();
        names.sort_unstable();
        names
    }
}

/// Makes the names of each package.
pub(super) fn package_names(
    project: &LoadedProject,
    invocation: &Invocation,
) -> HashMap<Arc<str>, Arc<PackageNames>> {
    let shared = shared_names(project, invocation);
    project
        .packages
        .keys()
        .map(|package| {
            let mut names = shared.clone();
            names.insert(
                "var",
                var_function(&project.vars, package, MissingVar::IsNone),
            );
            (Arc::clone(package), Arc::new(PackageNames { names }))
        })
        .collect()
}

/// Where the value of `ref.config` is kept; no template can say this name.
const RUNTIME_CONFIG: &str = "ref.config";

fn shared_names(project: &LoadedProject, invocation: &Invocation) -> HashMap<&'static str, Value> {
    let target = from_json_map(&project.profile.target);
    let credential = |key: &str| {
        project
            .profile
            .target
            .get(key)
            .map(from_json)
            .unwrap_or_default()
    };
    let none = Value::from(());
    let config = runtime_config(project, invocation);
    HashMap::from([
        (RUNTIME_CONFIG, config.clone()),
        (
            "env_var",
            env_var_function(&project.env, Secrets::Forbidden),
        ),
        ("target", target.clone()),
        ("env", target),
        ("database", credential("database")),
        ("schema", credential("schema")),
        ("adapter", parse_adapter(project, config)),
        ("api", objects::api()),
        ("execute", Value::from(false)),
        // dbt's graph has nothing in it before all files are parsed.
        ("graph", from_json_map(&Map::new())),
        ("flags", from_json_map(&invocation.flags.all)),
        ("invocation_args_dict", invocation_args(invocation)),
        ("invocation_id", Value::from(invocation.id.as_str())),
        ("run_started_at", moment(invocation.started_at)),
        ("dbt_version", Value::from(DBT_VERSION)),
        ("project_name", Value::from(&*project.name)),
        ("selected_resources", from_json(&serde_json::json!([]))),
        ("dbt_metadata_envs", from_json_map(&invocation.metadata_env)),
        ("thread_id", Value::from("MainThread")),
        ("pre_hooks", none.clone()),
        ("post_hooks", none.clone()),
        ("sql", none.clone()),
        ("compiled_code", none.clone()),
        ("defer_relation", none),
        (
            "load_result",
            function("load_result", |_| Ok(Value::from(()))),
        ),
        (
            "store_result",
            function("store_result", |_| Ok(Value::from(""))),
        ),
        (
            "store_raw_result",
            function("store_raw_result", |_| Ok(Value::from(""))),
        ),
        ("write", function("write", |_| Ok(Value::from("")))),
        ("adapter_macro", function("adapter_macro", adapter_macro)),
        ("render", function("render", render)),
        (
            "try_or_compiler_error",
            function("try_or_compiler_error", try_or_compiler_error),
        ),
    ])
}

/// `adapter_macro()`, which dbt has taken away: it says what to use instead.
pub fn adapter_macro(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let name = call.args().first().map(ToString::to_string);
    let name = name.unwrap_or_default();
    Err(JinjaError::raised(format!(
        "The \"adapter_macro\" macro has been deprecated: find the macro with \
             `adapter.dispatch` and call the result. adapter_macro was called for: {name}"
    )))
}

fn invocation_args(invocation: &Invocation) -> Value {
    let flags = invocation.flags.all.iter();
    let args = flags.map(|(name, value)| (name.to_lowercase(), value.clone()));
    from_json_map(&args.collect())
}

/// Makes Python's datetime of a moment, in UTC.
fn moment(at: jiff::Timestamp) -> Value {
    let text = at.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string();
    match python::datetime::parse_iso(&text) {
        Some(moment) => python::datetime::Temporal::DateTime(moment).into_value(),
        None => Value::from(text),
    }
}

fn render(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [text] = call.bind(["string"], 1)?;
    let text = text.map(|t| t.to_string()).unwrap_or_default();
    let rendered = call.engine().render(&text, "render()", call.context())?;
    Ok(Value::from(rendered))
}

fn try_or_compiler_error(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let (message, callee) = match call.args() {
        [message, callee, ..] => (message.to_string(), callee.clone()),
        _ => {
            return Err(JinjaError::type_error(
                "`try_or_compiler_error()` takes a message and a function",
            ));
        }
    };
    let args = call.args()[2..].to_vec();
    let kwargs: Vec<(String, Value)> = call
        .kwargs()
        .iter()
        .map(|(key, value)| (key.to_string(), value.clone()))
        .collect();
    call.invoke(&callee, &args, &kwargs)
        .map_err(|_| JinjaError::raised(message))
}

/// Makes `var()`; while parsing, a variable that nobody set is none, but for
/// where a name depends on it.
pub(super) fn var_function(vars: &Vars, package: &str, on_missing: MissingVar) -> Value {
    let vars = vars.clone();
    let package = package.to_owned();
    let (vars_of, package_of) = (vars.clone(), package.clone());
    let attributes = move |name: &str| {
        let (vars, package) = (vars_of.clone(), package_of.clone());
        (name == "has_var").then(|| {
            function("var.has_var", move |call| {
                let [name] = call.bind(["var_name"], 1)?;
                let name = name.unwrap_or_default();
                let found = name.as_str().and_then(|name| vars.get(&package, name));
                Ok(Value::from(found.is_some()))
            })
        })
    };
    let body = move |call: &mut Call<'_>| {
        let [name, default] = call.bind(["var_name", "default"], 1)?;
        let name = name.unwrap_or_default();
        match name.as_str().and_then(|name| vars.get(&package, name)) {
            // A text may hold Jinja itself.
            Some(serde_json::Value::String(text)) if has_jinja(text) => {
                let rendered = call.engine().render(text, "vars", call.context())?;
                Ok(Value::from(rendered))
            }
            Some(_) => Ok(name
                .as_str()
                .and_then(|name| vars.value(&package, name))
                .unwrap_or_default()),
            None => match (default, on_missing) {
                (Some(default), _) => Ok(default),
                (None, MissingVar::IsNone) => Ok(Value::from(())),
                (None, MissingVar::IsError) => Err(missing_var(&name, &vars.names(&package))),
            },
        }
    };
    function_with("var", body, attributes)
}

/// What a template of one node asked for, in the order asked.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub refs: Vec<RefArgs>,
    pub sources: Vec<[String; 2]>,
    pub metrics: Vec<Vec<String>>,
    pub functions: Vec<Vec<String>>,
    /// All `config()` calls, merged.
    pub config: Map<String, serde_json::Value>,
}

/// Writes down what a template asks for.
#[derive(Debug, Default)]
pub(super) struct Recorder(Mutex<Recorded>);

impl Recorder {
    pub(super) fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what was written down so far, and begins anew.
    pub(super) fn take(&self) -> Recorded {
        std::mem::take(&mut self.lock())
    }

    /// Adds one `config()` call.
    pub(super) fn config(&self, mut call: Map<String, serde_json::Value>) {
        for (old, new) in [("pre_hook", "pre-hook"), ("post_hook", "post-hook")] {
            if let Some(hook) = call.shift_remove(old) {
                call.insert(new.to_owned(), hook);
            }
        }
        merge_config_call(&mut self.lock().config, call);
    }
}

/// What the templates of one node see.
pub(super) struct NodeScope {
    pub names: Arc<PackageNames>,
    pub recorder: Arc<Recorder>,
    /// The node as far as it is known.
    pub node: Arc<Node>,
    /// The node's relation, which `this` and `ref()` give.
    pub relation: Relation,
    /// `model`, once it was asked for.
    pub model: OnceLock<Value>,
    /// A name of this node alone: the arguments of a generic test, once they
    /// are rendered.
    pub extra: OnceLock<(&'static str, Value)>,
    /// Macros that are known by their bare names besides those of the package:
    /// for a generic test, all that its macro calls.
    pub macros: Option<Arc<HashMap<String, Value>>>,
}

const NODE_NAMES: [&str; 9] = [
    "ref", "source", "metric", "function", "config", "this", "model", "database", "schema",
];

impl Scope for NodeScope {
    fn get(&self, name: &str) -> Option<Value> {
        if let Some((known, value)) = self.extra.get()
            && *known == name
        {
            return Some(value.clone());
        }
        Some(match name {
            "ref" => self.ref_function(),
            "source" => self.source_function(),
            "metric" => self.metric_function(),
            "function" => self.function_function(),
            "config" => config_function(&self.recorder),
            // A hook of the project belongs to no relation.
            "this" if self.node.resource_type == ResourceType::Operation => Value::from(()),
            "this" => objects::relation(self.relation.clone()),
            "model" => self.model.get_or_init(|| node_value(&self.node)).clone(),
            "database" => Value::from(self.relation.database.clone()),
            "schema" => Value::from(self.relation.schema.clone()),
            other => {
                let found = self.names.names.get(other);
                return found.or_else(|| self.macros.as_ref()?.get(other)).cloned();
            }
        })
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        let own = NODE_NAMES.into_iter();
        let shared = self.names.names.keys().copied();
        let shared = shared.filter(|name| *name != RUNTIME_CONFIG);
        let extra = self.extra.get().map(|(name, _)| *name);
        let mut names: Vec<Cow<'_, str>> =
            own.chain(shared).chain(extra).map(Cow::Borrowed).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl NodeScope {
    /// dbt answers every `ref()` with the node's own relation while it parses,
    /// since others are not known yet.
    fn ref_function(&self) -> Value {
        let recorder = Arc::clone(&self.recorder);
        let relation = self.relation.clone();
        let config = self.names.get(RUNTIME_CONFIG);
        function_with(
            "ref",
            move |call| {
                let args = ref_args(call)?;
                recorder.lock().refs.push(args);
                Ok(objects::relation(relation.clone()))
            },
            move |name| config.clone().filter(|_| name == "config"),
        )
    }

    fn source_function(&self) -> Value {
        let recorder = Arc::clone(&self.recorder);
        let relation = self.relation.clone();
        function("source", move |call| {
            let pair = source_args(call)?;
            recorder.lock().sources.push(pair);
            Ok(objects::relation(relation.clone()))
        })
    }

    fn metric_function(&self) -> Value {
        let recorder = Arc::clone(&self.recorder);
        function("metric", move |call| {
            let args = one_or_two("metric", call)?;
            let name = args.last().cloned().unwrap_or_default();
            let package = (args.len() > 1).then(|| args[0].clone());
            recorder.lock().metrics.push(args);
            Ok(objects::metric_reference(name, package))
        })
    }

    fn function_function(&self) -> Value {
        let recorder = Arc::clone(&self.recorder);
        let relation = self.relation.clone().with_kind(RelationKind::Function);
        function("function", move |call| {
            let args = one_or_two("function", call)?;
            recorder.lock().functions.push(args);
            Ok(objects::relation(relation.clone()))
        })
    }
}

fn source_args(call: &Call<'_>) -> Result<[String; 2], JinjaError> {
    let [source, table] = call.args() else {
        return Err(JinjaError::type_error(format!(
            "`source()` takes a source and a table, but {} arguments were given",
            call.args().len()
        )));
    };
    Ok([text("source", source)?, text("source", table)?])
}

fn text(function: &str, value: &Value) -> Result<String, JinjaError> {
    value.as_str().map(str::to_owned).ok_or_else(|| {
        JinjaError::type_error(format!("the arguments of `{function}()` must be texts"))
    })
}

fn one_or_two(function: &str, call: &Call<'_>) -> Result<Vec<String>, JinjaError> {
    let args = call.args();
    if args.is_empty() || args.len() > 2 {
        return Err(JinjaError::type_error(format!(
            "`{function}()` takes one or two arguments, but {} were given",
            args.len()
        )));
    }
    args.iter().map(|value| text(function, value)).collect()
}

/// Reads the arguments of a `ref()`.
pub(super) fn ref_args(call: &Call<'_>) -> Result<RefArgs, JinjaError> {
    let mut args = one_or_two("ref", call)?;
    let name = args.pop().unwrap_or_default();
    let version = call
        .kwargs()
        .iter()
        .filter(|(key, _)| key == "version" || key == "v")
        .map(|(_, value)| value)
        .find(|value| value.is_true());
    let version = match version.map(jinja::to_json) {
        None => None,
        Some(version @ (serde_json::Value::String(_) | serde_json::Value::Number(_))) => {
            Some(version)
        }
        Some(_) => {
            return Err(JinjaError::type_error(
                "the version in `ref()` must be a number or a text",
            ));
        }
    };
    Ok(RefArgs {
        name,
        package: args.pop(),
        version,
    })
}

/// Names for expressions that do nothing but refer to something, such as those
/// below an exposure's `depends_on`.
struct ReferenceScope(Arc<Recorder>);

/// Makes a scope of `ref()`, `source()` and `metric()` alone, and what writes
/// their calls down.
pub(super) fn reference_scope() -> (Arc<dyn Scope>, Arc<Recorder>) {
    let recorder = Arc::new(Recorder::default());
    (Arc::new(ReferenceScope(Arc::clone(&recorder))), recorder)
}

impl Scope for ReferenceScope {
    fn get(&self, name: &str) -> Option<Value> {
        let recorder = Arc::clone(&self.0);
        Some(match name {
            "ref" => function("ref", move |call| {
                let args = ref_args(call)?;
                recorder.lock().refs.push(args);
                Ok(Value::from(""))
            }),
            "source" => function("source", move |call| {
                let pair = source_args(call)?;
                recorder.lock().sources.push(pair);
                Ok(Value::from(""))
            }),
            "metric" => function("metric", move |call| {
                let args = one_or_two("metric", call)?;
                recorder.lock().metrics.push(args);
                Ok(Value::from(""))
            }),
            _ => return None,
        })
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        ["metric", "ref", "source"].map(Cow::Borrowed).to_vec()
    }
}
