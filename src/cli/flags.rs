//! Flags as meant: the command line wins over the environment, which wins
//! over `flags:` of the project, which wins over the default.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use super::args::{Globals, RunArgs, SETTINGS, SWITCHES, WAIT_FOREVER};
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::event::WarningRules;
use crate::invocation::{Flags, Invocation};
use crate::yaml::{self, Yaml};

/// The process as it was at start.
#[derive(Debug, Clone)]
pub struct Process {
    pub env: Arc<BTreeMap<String, String>>,
    /// Variables of the environment for artifacts, in its order.
    pub metadata_env: Map<String, Value>,
    pub current_dir: Utf8PathBuf,
    pub command_line: Vec<String>,
    pub started_at: jiff::Timestamp,
    pub id: String,
    /// Whether a person reads standard error.
    pub is_terminal: bool,
}

/// What a command adds to the global flags.
#[derive(Debug, Clone, Default)]
pub struct CommandFlags {
    /// dbt's `flags.WHICH`.
    pub which: &'static str,
    pub run: RunArgs,
    /// Flags of this command alone, by dbt's names, for `args` in artifacts.
    pub extra: Map<String, Value>,
}

/// Looks up every place that a flag can come from.
pub struct FlagSources<'a> {
    pub globals: &'a Globals,
    pub env: &'a BTreeMap<String, String>,
    /// `flags:` of the project, or `config:` of `profiles.yml`.
    pub project: &'a Map<String, Value>,
    /// Whether they come from `profiles.yml`.
    pub has_profile_flags: bool,
}

impl FlagSources<'_> {
    fn env(&self, name: &str) -> Option<&str> {
        let upper = name.to_uppercase();
        ["HCDBT_", "DBT_", "DBT_ENGINE_"]
            .iter()
            .find_map(|prefix| self.env.get(&format!("{prefix}{upper}")))
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Returns a switch's state.
    ///
    /// # Errors
    ///
    /// An environment variable that is no truth value.
    pub fn switch(&self, name: &str, default: bool) -> Result<bool, Diagnostic> {
        if let Some(typed) = self.globals.switch(name) {
            return Ok(typed);
        }
        if let Some(text) = self.env(name) {
            return truth(text).ok_or_else(|| {
                Diagnostic::error(
                    "invalid-environment",
                    format!(
                        "the environment variable `DBT_{}` is `{text}`, which is no truth value",
                        name.to_uppercase()
                    ),
                )
                .hint("set it to `true` or `false`")
            });
        }
        Ok(self
            .project
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or(default))
    }

    /// Tells whether anyone gave a flag a value, in whatever place.
    pub fn is_given(&self, name: &str) -> bool {
        self.globals.switch(name).is_some()
            || self.globals.setting(name).is_some()
            || self.env(name).is_some()
            || self.project.get(name).is_some_and(|value| !value.is_null())
    }

    /// Returns a setting's text.
    pub fn setting(&self, name: &str) -> Option<String> {
        if let Some(typed) = self.globals.setting(name) {
            return Some(typed.to_owned());
        }
        if let Some(text) = self.env(name) {
            return Some(text.to_owned());
        }
        match self.project.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }
}

/// Makes the invocation of a command.
///
/// # Errors
///
/// A flag or environment variable that cannot be read.
pub fn invocation(
    process: &Process,
    sources: &FlagSources<'_>,
    command: &CommandFlags,
    project_dir: Utf8PathBuf,
) -> Result<Invocation, Diagnostic> {
    let mut all = Map::new();
    for switch in SWITCHES {
        let value = sources.switch(switch.name, switch.default)?;
        all.insert(switch.name.to_owned(), value.into());
    }
    // Behaviour flags and whatever else the project sets.
    for (key, value) in sources.project {
        all.entry(key.clone()).or_insert_with(|| value.clone());
    }
    for setting in SETTINGS {
        if let Some(text) = sources.setting(setting.name) {
            all.insert(setting.name.to_owned(), text.into());
        }
    }
    let switch = |name: &str, typed: bool| Ok(typed || sources.switch(name, false)?);
    let run = &command.run;
    let full_refresh = switch("full_refresh", run.full_refresh)?;
    let empty = !run.no_empty && switch("empty", run.empty)?;
    let store_failures = switch("store_failures", run.store_failures)?;
    let indirect_selection = sources
        .setting("indirect_selection")
        .unwrap_or_else(|| "eager".to_owned());
    let (vars, var_dates) = match sources.setting("vars") {
        Some(text) => {
            let (vars, yaml) = read_mapping("--vars", &text)?;
            (vars, yaml.dates())
        }
        None => Default::default(),
    };
    let mut warnings = match warn_error_options(sources)? {
        Some(options) => WarningRules::read(&options)
            .map_err(|problem| Diagnostic::error("invalid-flag", problem))?,
        None => WarningRules::default(),
    };
    warnings.warn_error = sources.switch("warn_error", false)?;
    all.insert("warn_error_options".into(), warnings.to_value());
    let threads = number(sources, "threads")?;
    let absolute = |text: String| process.current_dir.join(text);
    let profiles_dir = sources.setting("profiles_dir").map(absolute);
    let flag = |name: &str| all.get(name).and_then(Value::as_bool).unwrap_or(false);
    let types = |typed: &[String], name: &str| -> Vec<String> {
        let takes_types = matches!(command.which, "build" | "test" | "list" | "clone");
        let given = sources
            .env(name)
            .filter(|_| takes_types && typed.is_empty());
        let words = typed.iter().map(String::as_str).chain(given);
        words
            .flat_map(str::split_whitespace)
            .map(str::to_owned)
            .collect()
    };
    let selection = &run.selection;
    let resource_types = types(&selection.resource_type, "resource_types");
    let exclude_resource_types = types(&selection.exclude_resource_type, "exclude_resource_types");
    let mut flags = Flags {
        full_refresh,
        fail_fast: flag("fail_fast"),
        empty,
        store_failures,
        introspect: flag("introspect"),
        show_values: flag("show_values"),
        defer: flag("defer"),
        favor_state: flag("favor_state"),
        state: sources.setting("state").map(Utf8PathBuf::from),
        defer_state: sources.setting("defer_state").map(Utf8PathBuf::from),
        warnings,
        show_all_deprecations: flag("show_all_deprecations"),
        indirect_selection: indirect_selection.clone(),
        resource_types,
        exclude_resource_types,
        target_path: sources.setting("target_path").map(Utf8PathBuf::from),
        log_path: sources.setting("log_path").map(Utf8PathBuf::from),
        write_json: flag("write_json"),
        quiet: flag("quiet"),
        event_time_start: first(&run.event_time_start, sources.setting("event_time_start")),
        event_time_end: first(&run.event_time_end, sources.setting("event_time_end")),
        sample: first(&run.sample, sources.setting("sample")),
        own_schema: sources.globals.own_schema,
        wait: wait(sources)?,
        all: Map::new(),
    };
    let defaults = [
        ("log_format", "default"),
        ("log_format_file", "debug"),
        ("log_level", "info"),
        ("log_level_file", "debug"),
    ];
    for (name, text) in defaults {
        all.entry(name).or_insert_with(|| text.into());
    }
    all.insert(
        "printer_width".into(),
        number(sources, "printer_width")?.unwrap_or(80).into(),
    );
    all.insert("indirect_selection".into(), indirect_selection.into());
    all.insert("vars".into(), vars.clone().into());
    all.insert("which".into(), command.which.into());
    all.insert("full_refresh".into(), full_refresh.into());
    all.insert("empty".into(), empty.into());
    all.insert("store_failures".into(), store_failures.into());
    all.insert("project_dir".into(), project_dir.as_str().into());
    if let Some(threads) = threads {
        all.insert("threads".into(), threads.into());
    }
    if let Some(dir) = &profiles_dir {
        all.insert("profiles_dir".into(), dir.as_str().into());
    }
    let times = [
        ("event_time_start", &flags.event_time_start),
        ("event_time_end", &flags.event_time_end),
        ("sample", &flags.sample),
    ];
    for (name, value) in times {
        if let Some(value) = value {
            all.insert(name.into(), value.as_str().into());
        }
    }
    all.insert(
        "invocation_command".into(),
        process.command_line.join(" ").into(),
    );
    let select: Vec<String> = selection
        .select
        .iter()
        .chain(&selection.models)
        .cloned()
        .collect();
    if let Some(selector) = &selection.selector {
        all.insert("selector".into(), selector.as_str().into());
    }
    for (name, list) in [
        ("select", &select),
        ("exclude", &selection.exclude),
        ("resource_types", &flags.resource_types),
        ("exclude_resource_types", &flags.exclude_resource_types),
    ] {
        if !list.is_empty() || matches!(name, "select" | "exclude") {
            all.insert(name.into(), list.clone().into());
        }
    }
    all.extend(command.extra.clone());
    flags.all = all
        .into_iter()
        .map(|(key, value)| (key.to_uppercase(), value))
        .collect();
    Ok(Invocation {
        id: process.id.clone(),
        started_at: process.started_at,
        command: command.which.to_owned(),
        command_line: process.command_line.clone(),
        env: Arc::clone(&process.env),
        metadata_env: process.metadata_env.clone(),
        current_dir: process.current_dir.clone(),
        project_dir,
        profiles_dir,
        profile: sources.setting("profile"),
        target: sources.setting("target"),
        threads,
        vars,
        var_dates,
        flags,
    })
}

/// Returns `warn_error_options` as they are written.
///
/// # Errors
///
/// Text that is no YAML mapping.
pub fn warn_error_options(
    sources: &FlagSources<'_>,
) -> Result<Option<Map<String, Value>>, Diagnostic> {
    const NAME: &str = "warn_error_options";
    let typed = sources.globals.setting(NAME).is_some() || sources.env(NAME).is_some();
    match (sources.setting(NAME), sources.project.get(NAME)) {
        (Some(text), _) if typed => yaml_mapping("--warn-error-options", &text).map(Some),
        (_, Some(Value::Object(options))) => Ok(Some(options.clone())),
        _ => Ok(None),
    }
}

fn first(typed: &Option<String>, other: Option<String>) -> Option<String> {
    typed.clone().or(other)
}

fn number(sources: &FlagSources<'_>, name: &str) -> Result<Option<usize>, Diagnostic> {
    let Some(text) = sources.setting(name) else {
        return Ok(None);
    };
    text.trim().parse().map(Some).map_err(|_| {
        let flag = name.replace('_', "-");
        Diagnostic::error(
            "invalid-flag",
            format!("`--{flag}` is `{text}`, which is no whole number"),
        )
    })
}

/// Reads how long to wait; `--wait` alone is a very long time.
fn wait(sources: &FlagSources<'_>) -> Result<Option<Duration>, Diagnostic> {
    let text = sources.setting("wait");
    if text.is_some_and(|text| text == WAIT_FOREVER || truth(&text) == Some(true) && text != "1") {
        return Ok(Some(Duration::from_secs(u64::from(u32::MAX))));
    }
    Ok(number(sources, "wait")?.map(|seconds| Duration::from_secs(seconds as u64)))
}

/// Reads a truth value as click does.
fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "on" => Some(true),
        "0" | "false" | "f" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}

/// Reads a flag whose value is a YAML mapping.
pub fn yaml_mapping(flag: &str, text: &str) -> Result<Map<String, Value>, Diagnostic> {
    read_mapping(flag, text).map(|(map, _)| map)
}

/// The same, with the YAML that it was read from.
fn read_mapping(flag: &str, text: &str) -> Result<(Map<String, Value>, Yaml), Diagnostic> {
    let file = SourceFile::new(Utf8Path::new(flag), text);
    let yaml = yaml::parse_yaml(&file)?;
    match yaml.to_json() {
        Value::Object(map) => Ok((map, yaml)),
        Value::Null => Ok((Map::new(), yaml)),
        _ => Err(Diagnostic::error(
            "invalid-flag",
            format!("`{flag}` is no mapping of names to values"),
        )
        .at(&file, 0..text.len(), "this is read as YAML")
        .hint(format!("write {flag} '{{name: value}}'"))),
    }
}

/// Reads `flags:` of a project file, which counts before anything else of the
/// project is read. A file that is broken is reported later, with its place.
pub fn project_flags(text: &str) -> Map<String, Value> {
    let file = SourceFile::new("dbt_project.yml", text);
    let Ok(yaml) = yaml::parse_yaml(&file) else {
        return Map::new();
    };
    match yaml.to_json() {
        Value::Object(mut map) => match map.remove("flags") {
            Some(Value::Object(flags)) => flags,
            _ => Map::new(),
        },
        _ => Map::new(),
    }
}
