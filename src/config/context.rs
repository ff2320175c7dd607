//! What Jinja in YAML files sees, and how their values are rendered.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::DBT_VERSION;
use super::load::LoadedProject;
use super::vars::Vars;
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::invocation::Invocation;
use crate::jinja::{
    self, Context, Engine, EngineBuilder, EngineOptions, JinjaError, Scope, function, has_jinja,
};
use crate::yaml::{Yaml, YamlValue};

/// Names of environment variables that begin so hold secrets.
pub const SECRET_PREFIX: &str = "DBT_ENV_SECRET_";

/// The environment as `env_var()` sees it; remembers what was asked for.
#[derive(Debug, Clone, Default)]
pub struct EnvVars {
    values: Arc<BTreeMap<String, String>>,
    used: Arc<Mutex<BTreeSet<String>>>,
}

impl EnvVars {
    /// Makes it of the environment at the command's start.
    pub fn new(values: Arc<BTreeMap<String, String>>) -> Self {
        Self {
            values,
            used: Arc::default(),
        }
    }

    /// Returns a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if !used.contains(name) {
            used.insert(name.to_owned());
        }
        self.values.get(name).map(String::as_str)
    }

    /// Lists the variables that were asked for, whether set or not.
    pub fn used(&self) -> Vec<String> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.iter().cloned().collect()
    }

    /// Returns the values that must not be shown.
    pub fn secrets(&self) -> Vec<String> {
        let secrets = self
            .values
            .range(SECRET_PREFIX.to_owned()..)
            .take_while(|(name, _)| name.starts_with(SECRET_PREFIX));
        secrets
            .map(|(_, value)| value.clone())
            .filter(|v| !v.trim().is_empty())
            .collect()
    }
}

/// Whether a file may use secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// As in `profiles.yml` and `packages.yml`.
    Allowed,
    Forbidden,
}

/// Makes `env_var()`.
pub fn env_var_function(env: &EnvVars, secrets: Secrets) -> jinja::Value {
    let env = env.clone();
    function("env_var", move |call| {
        let [name, default] = call.bind(["var", "default"], 1)?;
        let name = name.unwrap_or_default();
        let Some(name) = name.as_str() else {
            return Err(JinjaError::type_error("`env_var()` takes a name as text"));
        };
        if name.starts_with(SECRET_PREFIX) {
            if secrets == Secrets::Forbidden {
                return Err(JinjaError::other(format!(
                    "secret environment variable `{name}` can be used in `profiles.yml` and \
                     `packages.yml` only"
                )));
            }
            if env.get(name).is_some() {
                // The value itself comes in after rendering, so that no
                // filter can take it apart and carry it into a log.
                return Ok(jinja::Value::from(placeholder(name)));
            }
        }
        if let Some(value) = env.get(name) {
            return Ok(jinja::Value::from(value));
        }
        match default {
            Some(default) if !default.is_none() => Ok(default),
            _ => Err(
                JinjaError::undefined(format!("environment variable `{name}` is not set"))
                    .with_payload(Hint(format!(
                        "set it, or give a default: env_var('{name}', '...')"
                    ))),
            ),
        }
    })
}

fn placeholder(name: &str) -> String {
    format!("$$$DBT_SECRET_START$$${name}$$$DBT_SECRET_END$$$")
}

/// Makes `var()` as code of the given package sees it.
pub fn var_function(vars: &Vars, package: &str) -> jinja::Value {
    let vars = vars.clone();
    let package = package.to_owned();
    function("var", move |call| {
        let [name, default] = call.bind(["var_name", "default"], 1)?;
        let name = name.unwrap_or_default();
        let found = name.as_str().and_then(|name| vars.get(&package, name));
        if let Some(value) = found {
            return Ok(jinja::from_json(value));
        }
        default.ok_or_else(|| missing_var(&name, &vars.names(&package)))
    })
}

/// Makes `var()` of files that see the command line's variables only. A text
/// among them may hold Jinja itself.
fn cli_var_function(vars: &Arc<Map<String, Value>>, on_missing: MissingVar) -> jinja::Value {
    let vars = Arc::clone(vars);
    function("var", move |call| {
        let [name, default] = call.bind(["var_name", "default"], 1)?;
        let name = name.unwrap_or_default();
        match name.as_str().and_then(|name| vars.get(name)) {
            Some(Value::String(text)) if has_jinja(text) => {
                let rendered = call.engine().render(text, "--vars", call.context())?;
                Ok(jinja::Value::from(rendered))
            }
            Some(value) => Ok(jinja::from_json(value)),
            None => match (default, on_missing) {
                (Some(default), _) => Ok(default),
                (None, MissingVar::IsNone) => Ok(jinja::Value::from(())),
                (None, MissingVar::IsError) => {
                    let names: Vec<&str> = vars.keys().map(String::as_str).collect();
                    let hint = format!(
                        "this file sees the variables of --vars alone; give it there, or a \
                         default: var('{name}', ...)"
                    );
                    Err(missing_var_with(&name, &names, hint))
                }
            },
        }
    })
}

/// How errors about variables that are nowhere begin.
const REQUIRED_VAR: &str = "Required var";

/// Makes the error of a variable that has no value and no default.
pub fn missing_var(name: &jinja::Value, known: &[&str]) -> JinjaError {
    let hint = format!(
        "set it under `vars:` in dbt_project.yml, with --vars '{name}: ...', or give a default: \
         var('{name}', ...)"
    );
    missing_var_with(name, known, hint)
}

fn missing_var_with(name: &jinja::Value, known: &[&str], hint: String) -> JinjaError {
    let name = name.to_string();
    let mut message = format!("{REQUIRED_VAR} '{name}' not found in config: it has no value");
    if let Some(similar) = suggest::nearest(&name, known.iter().copied()) {
        message.push_str(&format!("; there is `{similar}`"));
    }
    JinjaError::undefined(message).with_payload(Hint(hint))
}

/// The next step that belongs to an error of a template.
#[derive(Debug, Clone)]
pub struct Hint(pub String);

/// What `var()` without a default does when there is no such variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingVar {
    IsError,
    /// As for `deps`, which needs no variables.
    IsNone,
}

/// Names that a YAML file's Jinja sees.
struct YamlScope(IndexMap<&'static str, jinja::Value>);

impl Scope for YamlScope {
    fn get(&self, name: &str) -> Option<jinja::Value> {
        self.0.get(name).cloned()
    }

    fn names(&self) -> Vec<Cow<'_, str>> {
        self.0.keys().map(|name| Cow::Borrowed(*name)).collect()
    }
}

/// Renders values of YAML files for one package.
#[derive(Clone)]
pub struct YamlRenderer<'p> {
    pub package: &'p str,
    engine: Engine,
    context: Context,
    secrets: Option<EnvVars>,
    /// What is not defined is nothing, and no mistake.
    is_lenient: bool,
}

/// `target` where no profile was read: every name in it is an empty text.
#[derive(Debug)]
struct EmptyTarget;

impl jinja::Object for EmptyTarget {
    fn get_value(self: &Arc<Self>, key: &jinja::Value) -> Option<jinja::Value> {
        key.as_str().map(|_| jinja::Value::from(""))
    }
}

impl<'p> YamlRenderer<'p> {
    /// Renders property files of a package.
    pub fn for_properties(
        project: &'p LoadedProject,
        package: &'p str,
        invocation: &Invocation,
    ) -> Self {
        let mut names = base_names(&project.env, Secrets::Forbidden, invocation);
        names.insert("var", var_function(&project.vars, package));
        names.insert("target", jinja::from_json_map(&project.profile.target));
        names.insert("project_name", jinja::Value::from(&*project.name));
        Self::new(package, names, None, invocation)
    }

    /// Renders `dbt_project.yml`. Without a profile, all that `target` has is empty.
    pub(super) fn for_project(
        package: &'p str,
        target: Option<&Map<String, Value>>,
        cli_vars: &Arc<Map<String, Value>>,
        env: &EnvVars,
        invocation: &Invocation,
    ) -> Self {
        let mut names = base_names(env, Secrets::Forbidden, invocation);
        let is_lenient = target.is_none();
        let on_missing = match target {
            Some(_) => MissingVar::IsError,
            None => MissingVar::IsNone,
        };
        names.insert("var", cli_var_function(cli_vars, on_missing));
        let target = target.map_or_else(
            || jinja::Value::from_object(EmptyTarget),
            jinja::from_json_map,
        );
        names.insert("target", target);
        Self {
            is_lenient,
            ..Self::new(package, names, None, invocation)
        }
    }

    /// Renders `profiles.yml` and `packages.yml`.
    pub(super) fn with_secrets(env: &EnvVars, invocation: &Invocation) -> Self {
        let mut names = base_names(env, Secrets::Allowed, invocation);
        let cli_vars = Arc::new(invocation.vars.clone());
        names.insert("var", cli_var_function(&cli_vars, MissingVar::IsError));
        Self::new("", names, Some(env.clone()), invocation)
    }

    /// Renders `hcdbt.yml`, which sees what `dbt_project.yml` sees, and
    /// secrets.
    pub(super) fn for_hcdbt_yml(
        target: &Map<String, Value>,
        cli_vars: &Arc<Map<String, Value>>,
        env: &EnvVars,
        invocation: &Invocation,
    ) -> Self {
        let mut names = base_names(env, Secrets::Allowed, invocation);
        names.insert("var", cli_var_function(cli_vars, MissingVar::IsError));
        names.insert("target", jinja::from_json_map(target));
        Self::new("", names, Some(env.clone()), invocation)
    }

    fn new(
        package: &'p str,
        names: IndexMap<&'static str, jinja::Value>,
        secrets: Option<EnvVars>,
        invocation: &Invocation,
    ) -> Self {
        // In YAML files, the present moment is the command's start.
        let started_at = invocation.started_at;
        let context = Context::new(Arc::new(YamlScope(names)), package);
        Self {
            package,
            engine: EngineBuilder::new(EngineOptions::default()).build(),
            context: context.with_clock(Arc::new(move || started_at)),
            secrets,
            is_lenient: false,
        }
    }

    /// Renders a value with all that is in it. What goes wrong is added to
    /// `found`, and stands as null in the result.
    pub fn value(&self, file: &Arc<SourceFile>, yaml: &Yaml, found: &mut Vec<Diagnostic>) -> Value {
        self.value_except(file, yaml, &|_| false, found)
    }

    /// Renders a value with all that is in it, but leaves values below the
    /// keys that `is_late` names as they are.
    pub fn value_except(
        &self,
        file: &Arc<SourceFile>,
        yaml: &Yaml,
        is_late: &dyn Fn(&str) -> bool,
        found: &mut Vec<Diagnostic>,
    ) -> Value {
        match &yaml.value {
            YamlValue::String(text) => self.text(file, text, yaml, found).unwrap_or(Value::Null),
            YamlValue::Sequence(items) => items
                .iter()
                .map(|item| self.value_except(file, item, is_late, found))
                .collect(),
            YamlValue::Mapping(entries) => {
                let mut map = Map::with_capacity(entries.len());
                for entry in entries {
                    let value = if is_late(&entry.key) {
                        entry.value.to_json()
                    } else {
                        self.value_except(file, &entry.value, is_late, found)
                    };
                    map.insert(entry.key.clone(), value);
                }
                Value::Object(map)
            }
            _ => yaml.to_json(),
        }
    }

    fn text(
        &self,
        file: &Arc<SourceFile>,
        text: &str,
        yaml: &Yaml,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        if !has_jinja(text) {
            // Jinja drops a final line end, even of a text without any Jinja.
            return Some(Value::from(text.strip_suffix('\n').unwrap_or(text)));
        }
        let rendered = self
            .engine
            .render_native(text, file.path.as_str(), &self.context);
        match rendered {
            Ok(value) if value.is_undefined() && self.is_lenient => Some(Value::Null),
            Ok(value) if value.is_undefined() => {
                let template = text.trim();
                found.push(
                    Diagnostic::error("jinja", format!("`{template}` names what is not defined"))
                        .at(file, yaml.span.clone(), "this has no value here"),
                );
                None
            }
            Ok(value) => {
                let mut json = jinja::to_json(&value);
                if let (Some(env), Value::String(text)) = (&self.secrets, &mut json) {
                    reveal_secrets(text, env);
                }
                Some(json)
            }
            Err(error) => {
                found.push(jinja_diagnostic(file, text, yaml, &error));
                None
            }
        }
    }
}

impl std::fmt::Debug for YamlRenderer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("YamlRenderer")
            .field("package", &self.package)
            .finish_non_exhaustive()
    }
}

fn base_names(
    env: &EnvVars,
    secrets: Secrets,
    invocation: &Invocation,
) -> IndexMap<&'static str, jinja::Value> {
    IndexMap::from([
        ("env_var", env_var_function(env, secrets)),
        ("dbt_version", jinja::Value::from(DBT_VERSION)),
        ("invocation_id", jinja::Value::from(&*invocation.id)),
        ("flags", jinja::from_json_map(&invocation.flags.all)),
    ])
}

fn reveal_secrets(text: &mut String, env: &EnvVars) {
    if !text.contains("$$$DBT_SECRET_START$$$") {
        return;
    }
    for (name, value) in env.values.range(SECRET_PREFIX.to_owned()..) {
        if !name.starts_with(SECRET_PREFIX) {
            break;
        }
        *text = text.replace(&placeholder(name), value);
    }
}

/// Points an error of a template at its place within a YAML value.
fn jinja_diagnostic(
    file: &Arc<SourceFile>,
    text: &str,
    yaml: &Yaml,
    error: &JinjaError,
) -> Diagnostic {
    let mut range = yaml.span.clone();
    // Where the value stands in the file as it is, without escapes or folded
    // lines, the place within it is known too.
    let start = file.text[range.clone()].find(text);
    if let (Some(start), Some(location)) = (start, error.location()) {
        let inner = location.range.clone();
        if inner.start < inner.end && inner.end <= text.len() {
            range = range.start + start + inner.start..range.start + start + inner.end;
        }
    }
    let code = if error.message().starts_with(REQUIRED_VAR) {
        "missing-var"
    } else {
        "jinja"
    };
    let diagnostic = Diagnostic::error(code, error.message()).at(file, range, "");
    match error.payload::<Hint>() {
        Some(Hint(hint)) => diagnostic.hint(hint),
        None => diagnostic,
    }
}
