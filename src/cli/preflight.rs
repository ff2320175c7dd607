//! What is said about the command line and the environment before a command
//! begins.

use serde_json::json;

use super::flags::{FlagSources, Process};
use crate::diagnostics::Diagnostic;
use crate::event::kinds;

/// The environment variables that begin with `DBT_ENGINE_` and mean something,
/// without that prefix. Each is the same as the one with `DBT_` alone.
const ENGINE_VARIABLES: &[&str] = &[
    "ARTIFACT_STATE_PATH",
    "CACHE_SELECTED_ONLY",
    "CLEAN_PROJECT_FILES_ONLY",
    "DEBUG",
    "DEFER",
    "DEFER_STATE",
    "DEFER_TO_STATE",
    "DOWNLOAD_DIR",
    "EMPTY",
    "EVENT_TIME_END",
    "EVENT_TIME_START",
    "EXCLUDE_RESOURCE_TYPES",
    "EXPORT_SAVED_QUERIES",
    "FAIL_FAST",
    "FAVOR_STATE",
    "FAVOR_STATE_MODE",
    "FULL_REFRESH",
    "HOST",
    "INCLUDE_SAVED_QUERY",
    "INDIRECT_SELECTION",
    "INTROSPECT",
    "INVOCATION_ENV",
    "LOG_CACHE_EVENTS",
    "LOG_FILE_MAX_BYTES",
    "LOG_FORMAT",
    "LOG_FORMAT_FILE",
    "LOG_LEVEL",
    "LOG_LEVEL_FILE",
    "LOG_PATH",
    "MACRO_DEBUGGING",
    "NO_PRINT",
    "PACKAGE_HUB_URL",
    "PARTIAL_PARSE",
    "PARTIAL_PARSE_FILE_DIFF",
    "PARTIAL_PARSE_FILE_PATH",
    "POPULATE_CACHE",
    "PP_FILE_DIFF_TEST",
    "PP_TEST",
    "PRINT",
    "PRINTER_WIDTH",
    "PROFILE",
    "PROFILES_DIR",
    "PROJECT_DIR",
    "QUIET",
    "RECORDED_FILE_PATH",
    "RESOURCE_TYPES",
    "SAMPLE",
    "SEND_ANONYMOUS_USAGE_STATS",
    "SHOW_RESOURCE_REPORT",
    "SINGLE_THREADED",
    "SQLPARSE",
    "STATE",
    "STATIC_PARSER",
    "STORE_FAILURES",
    "TARGET",
    "TARGET_PATH",
    "TEST_STATE_MODIFIED",
    "UPLOAD_TO_ARTIFACTS_INGEST_API",
    "USE_COLORS",
    "USE_COLORS_FILE",
    "USE_EXPERIMENTAL_PARSER",
    "USE_FAST_TEST_EDGES",
    "VERSION_CHECK",
    "WARN_ERROR",
    "WARN_ERROR_OPTIONS",
    "WRITE_JSON",
];

const ENGINE_PREFIX: &str = "DBT_ENGINE_";

/// Gives each variable of dbt's flags both of its names. The newer one, with
/// `DBT_ENGINE_`, wins.
pub fn with_both_names(env: &mut std::collections::BTreeMap<String, String>) {
    for name in ENGINE_VARIABLES {
        let (new, old) = (format!("{ENGINE_PREFIX}{name}"), format!("DBT_{name}"));
        if let Some(value) = env.get(&new).cloned() {
            env.insert(old, value);
        } else if let Some(value) = env.get(&old).cloned() {
            env.insert(new, value);
        }
    }
}

/// Returns the deprecations in how the command was called.
pub fn deprecations(process: &Process, sources: &FlagSources<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (old, new) in [
        ("DBT_NO_PRINT", "DBT_ENGINE_PRINT"),
        ("DBT_DEFER_TO_STATE", "DBT_ENGINE_DEFER"),
        ("DBT_FAVOR_STATE_MODE", "DBT_ENGINE_FAVOR_STATE"),
        ("DBT_ARTIFACT_STATE_PATH", "DBT_ENGINE_STATE"),
    ] {
        if process.env.contains_key(old) {
            found.push(renamed_variable(old, new));
        }
    }
    if sources.has_profile_flags {
        let title = "User config should be moved from the 'config' key in profiles.yml to the \
                     'flags' key in dbt_project.yml.";
        found.push(
            Diagnostic::warning("deprecated-profile-config", title)
                .as_event(kinds::PROJECT_FLAGS_MOVED, json!({})),
        );
    }
    found.extend(old_option_names(sources));
    let typed = &process.command_line;
    for flag in ["--models", "--model", "-m"] {
        if typed.iter().any(|arg| arg == flag) {
            found.push(
                Diagnostic::warning("deprecated-flag", format!("`{flag}` has a new name"))
                    .because(
                        "Usage of `--models`, `--model`, and `-m` is deprecated in favor of \
                         `--select` or `-s`.",
                    )
                    .as_event(kinds::MODEL_PARAM_USAGE, json!({})),
            );
        }
    }
    for name in process.env.keys() {
        let Some(rest) = name.strip_prefix(ENGINE_PREFIX) else {
            continue;
        };
        if !ENGINE_VARIABLES.contains(&rest) {
            let title = format!(
                "Found custom environment variable `{name}` in the environment. The prefix \
                 `{ENGINE_PREFIX}` is reserved for dbt engine environment variables."
            );
            let data = json!({"env_var": name, "reserved_prefix": ENGINE_PREFIX});
            found.push(
                Diagnostic::warning("reserved-variable", title)
                    .hint("give the variable another name")
                    .as_event(kinds::ENVIRONMENT_VARIABLE_NAMESPACE, data),
            );
        }
    }
    found
}

fn renamed_variable(old: &str, new: &str) -> Diagnostic {
    let title = format!("The environment variable `{old}` has been renamed as `{new}`.");
    Diagnostic::warning("deprecated-variable", title)
        .because(format!(
            "If `{old}` is currently set, its value will be used instead of `{new}`."
        ))
        .hint(format!("set `{new}` and unset `{old}`"))
        .as_event(
            kinds::ENVIRONMENT_VARIABLE_RENAMED,
            json!({"old_name": old, "new_name": new}),
        )
}

/// Says which old names `warn_error_options` are written with: `include` and
/// `exclude`.
fn old_option_names(sources: &FlagSources<'_>) -> Option<Diagnostic> {
    let options = super::flags::warn_error_options(sources).ok().flatten()?;
    let (include, exclude) = (
        options.contains_key("include"),
        options.contains_key("exclude"),
    );
    let (found, hint) = match (include, exclude) {
        (false, false) => return None,
        (true, false) => ("`include`", "write `error` instead of `include`"),
        (false, true) => ("`exclude`", "write `warn` instead of `exclude`"),
        (true, true) => (
            "`include` and `exclude`",
            "write `error` instead of `include`, and `warn` instead of `exclude`",
        ),
    };
    let title = format!("Found {found} in `warn_error_options` specification.");
    Some(
        Diagnostic::warning("deprecated-key", title)
            .hint(hint)
            .as_event(
                kinds::WEO_INCLUDE_EXCLUDE,
                json!({"found_include": include, "found_exclude": exclude}),
            ),
    )
}
