//! `var`, `env_var`, and values that are templates themselves.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use fancy_regex::Regex;
use serde::Serialize as _;
use serde_json::Value as Json;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::{NodeState, bound, text};
use crate::config::SECRET_PREFIX;
use crate::diagnostics::suggest;
use crate::jinja::{Call, DbtKind, JinjaError, Value, from_json, function_with, has_jinja, python};

/// Makes `var`.
pub fn var(state: &Arc<NodeState>) -> Value {
    let (for_call, state) = (Arc::clone(state), Arc::clone(state));
    function_with(
        "var",
        move |call| call_var(&for_call, call),
        move |name| (name == "has_var").then(|| bound(&state, "has_var", has_var)),
    )
}

fn has_var(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [name] = call.bind(["var_name"], 1)?;
    let name = text(name, "the name of a variable")?;
    Ok(Value::from(find(state, &name).is_some()))
}

fn find<'s>(state: &'s NodeState, name: &str) -> Option<&'s Json> {
    let overridden = state.fixtures.as_ref().and_then(|f| f.vars.get(name));
    let vars = &state.session.cx.project.vars;
    overridden.or_else(|| vars.get(&state.node.package_name, name))
}

fn call_var(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [name, default] = call.bind(["var_name", "default"], 1)?;
    let name = text(name, "the name of a variable")?;
    match find(state, &name) {
        // A variable may be a template itself, and gives text then.
        Some(Json::String(text)) if has_jinja(text) => {
            let path = format!("variable {name}");
            let rendered = call.engine().render(text, &path, call.context())?;
            Ok(Value::from(rendered))
        }
        Some(value) => {
            let is_overridden = state
                .fixtures
                .as_ref()
                .is_some_and(|f| f.vars.contains_key(&name));
            let vars = &state.session.cx.project.vars;
            let own = vars.value(&state.node.package_name, &name);
            Ok(own
                .filter(|_| !is_overridden)
                .unwrap_or_else(|| from_json(value)))
        }
        None => default.ok_or_else(|| missing(state, &name)),
    }
}

fn missing(state: &NodeState, name: &str) -> JinjaError {
    let vars = &state.session.cx.project.vars;
    let known = vars.visible(&state.node.package_name);
    let message = format!(
        "Required var '{name}' not found in config:\nVars supplied to {} = {}",
        state.node.name,
        pretty(&known)
    );
    let nearest = suggest::nearest(name, known.into_keys());
    let nearest = nearest.map_or_else(String::new, |nearest| format!("did you mean `{nearest}`? "));
    let hint = format!(
        "{nearest}set it under `vars:` in dbt_project.yml, with --vars '{name}: ...', or give a \
         default: var('{name}', ...)"
    );
    JinjaError::raised(message).with_payload(crate::config::Hint(hint))
}

/// Writes variables as dbt shows them: as JSON, four spaces deep.
fn pretty(vars: &BTreeMap<&str, &Json>) -> String {
    let mut text = Vec::new();
    let formatter = PrettyFormatter::with_indent(b"    ");
    let mut serializer = Serializer::with_formatter(&mut text, formatter);
    match vars.serialize(&mut serializer) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => String::new(),
    }
}

/// `env_var(name, default)`.
pub fn env_var(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [name, default] = call.bind(["var", "default"], 1)?;
    let name = text(name, "the name of an environment variable")?;
    let overridden = state.fixtures.as_ref().and_then(|f| f.env_vars.get(&name));
    if let Some(value) = overridden {
        return Ok(from_json(value));
    }
    if name.starts_with(SECRET_PREFIX) {
        return Err(JinjaError::raised(format!(
            "secret environment variable '{name}' can be used in profiles.yml and packages.yml \
             only"
        ))
        .with_payload(DbtKind("Parsing")));
    }
    if let Some(value) = state.session.cx.project.env.get(&name) {
        return Ok(Value::from(value));
    }
    match default {
        Some(default) if !default.is_none() => Ok(default),
        _ => Err(
            JinjaError::raised(format!("Env var required but not provided: '{name}'"))
                .with_payload(DbtKind("Parsing")),
        ),
    }
}

/// Renders the arguments of a generic test, each to its value.
pub fn test_arguments(state: &Arc<NodeState>) -> Result<Option<Value>, JinjaError> {
    let Some(info) = state.node.generic_test() else {
        return Ok(None);
    };
    let mut arguments = Vec::with_capacity(info.kwargs.len());
    for (key, value) in &info.kwargs {
        let value = if key == "column_name" {
            // A column's name is text, whatever it looks like.
            from_json(value)
        } else {
            argument(state, value)?
        };
        arguments.push((key.as_str(), value));
    }
    Ok(Some(python::dict(arguments)))
}

fn argument(state: &Arc<NodeState>, value: &Json) -> Result<Value, JinjaError> {
    Ok(match value {
        Json::String(text) => native(state, text)?,
        Json::Array(items) => {
            let items: Result<Vec<Value>, _> = items.iter().map(|i| argument(state, i)).collect();
            python::list(items?)
        }
        Json::Object(map) => {
            let mut items = Vec::with_capacity(map.len());
            for (key, value) in map {
                items.push((key.as_str(), argument(state, value)?));
            }
            python::dict(items)
        }
        other => from_json(other),
    })
}

/// Renders a text to a value. What looks like a call of `ref`, `source`,
/// `var`, `env_var` or `doc` is one, braces or not.
fn native(state: &Arc<NodeState>, text: &str) -> Result<Value, JinjaError> {
    static CALL: OnceLock<Option<Regex>> = OnceLock::new();
    let call =
        CALL.get_or_init(|| Regex::new(r"(?s)^\s*(env_var|ref|var|source|doc)\s*\(.+\)\s*$").ok());
    let is_call = call
        .as_ref()
        .is_some_and(|call| call.is_match(text).unwrap_or(false));
    let braced;
    let text = if is_call {
        braced = format!("{{{{ {text} }}}}");
        &braced
    } else if has_jinja(text) {
        text
    } else {
        return Ok(Value::from(text));
    };
    let path = state.node.path.clone();
    state
        .session
        .cx
        .engine
        .render_native(text, &path, &state.context())
}
