//! `debug`: shows the settings in use and tests the connection.

use clap::Args;
use serde_json::Value;

use super::CommandContext;
use crate::adapter;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::config;
use crate::config::{DBT_VERSION, ProfilePlaces};
use crate::diagnostics::{Diagnostic, Severity};
use crate::event::Level;

#[derive(Debug, Args)]
pub struct DebugArgs {
    /// Print the folder of `profiles.yml` and nothing else
    #[arg(long)]
    config_dir: bool,
    /// Test the connection and nothing else
    #[arg(long)]
    connection: bool,
}

/// Keys of a profile whose values are shown to nobody.
const SECRET_KEYS: &[&str] = &["password", "pass", "secret", "token", "key", "credential"];

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &DebugArgs) -> Result<(), Exit> {
    let flags = CommandFlags {
        which: "debug",
        ..CommandFlags::default()
    };
    // Where there is no project, the settings are still worth a look.
    let session = cx.open_anywhere(&flags)?;
    let say = |text: String| session.say(Level::Info, "DebugCmdOut", "Z047", text);
    let invocation = &session.invocation;
    let profiles_folder = config::profiles_folder(&*session.world, &ProfilePlaces::of(invocation));
    if args.config_dir {
        session.printer.data(&format!("{profiles_folder}\n"));
        return Ok(());
    }
    let profiles_file = profiles_folder.join("profiles.yml");
    let project_file = invocation.project_dir.join("dbt_project.yml");
    session.greet()?;
    say(format!("hcdbt version: {}", env!("CARGO_PKG_VERSION")));
    say(format!("compatible with dbt: {DBT_VERSION}"));
    say(format!("DuckDB version: {}", adapter::DUCKDB_VERSION));
    say(format!("operating system: {}", std::env::consts::OS));
    say(format!("Using profiles dir at {profiles_folder}"));
    say(format!("Using profiles.yml file at {profiles_file}"));
    say(format!("Using dbt_project.yml file at {project_file}"));
    let loaded = config::load_project(&session.invocation, &*session.world);
    // A variable without a value ends the command, as in dbt.
    let missing = loaded
        .diagnostics
        .iter()
        .find(|d| d.code.0 == "missing-var");
    if let Some(missing) = missing {
        return Err(Exit::failed(missing.clone()));
    }
    let warnings: Vec<Diagnostic> = loaded
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Warning)
        .cloned()
        .collect();
    if session.report(&warnings) {
        return Err(Exit::reported());
    }
    let (of_profile, of_project): (Vec<&Diagnostic>, Vec<&Diagnostic>) = loaded
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .partition(|d| is_of_profile(d));
    let mut failures: Vec<String> = Vec::new();
    for (what, problems) in [("Profile", &of_profile), ("Project", &of_project)] {
        if !problems.is_empty() {
            let drawn: Vec<String> = problems.iter().map(|d| session.draw(d)).collect();
            failures.push(format!(
                "{what} loading failed for the following reason:\n{}",
                drawn.join("\n")
            ));
        }
    }
    if args.connection {
        say("Skipping steps before connection verification".to_owned());
    } else {
        say("Configuration:".to_owned());
        let files = [
            ("profiles.yml", &profiles_file, &of_profile),
            ("dbt_project.yml", &project_file, &of_project),
        ];
        for (name, path, problems) in files {
            let verdict = verdict(session.world.exists(path), problems);
            say(format!("  {name} file [{verdict}]"));
        }
    }
    let project = loaded.value.filter(|_| failures.is_empty());
    if let Some(project) = &project {
        let profile = &project.profile;
        say("Connection:".to_owned());
        say(format!("  profile: {}", profile.name));
        say(format!("  target: {}", profile.target_name));
        say(format!("  adapter type: {}", profile.adapter_type));
        say(format!("  threads: {}", profile.threads));
        for (key, value) in &profile.credentials {
            say(format!("  {key}: {}", shown(key, value)));
        }
        let adapter = session.adapter(profile)?;
        let opened = adapter.connect().and_then(|mut connection| {
            connection.execute("select 1 as id", true, None).map(|_| ())
        });
        match opened {
            Ok(()) => say("  Connection test: [OK connection ok]".to_owned()),
            Err(error) => {
                say("  Connection test: [ERROR]".to_owned());
                failures.push(format!("The database cannot be reached:\n{error}"));
            }
        }
    } else {
        say("  Connection test: skipped, since there are no settings for it".to_owned());
    }
    let result = |level, text: String| session.say(level, "DebugCmdResult", "Z048", text);
    if failures.is_empty() {
        result(Level::Info, "All checks passed!".to_owned());
        return Ok(());
    }
    let count = failures.len();
    let noun = if count == 1 { "check" } else { "checks" };
    result(Level::Error, format!("{count} {noun} failed:"));
    for failure in failures {
        result(Level::Error, failure);
    }
    Err(Exit::node_failed())
}

/// Tells whether a mistake is one of `profiles.yml`, or of how it was named.
fn is_of_profile(diagnostic: &Diagnostic) -> bool {
    let is_in_profiles =
        |label: &crate::diagnostics::Label| label.file.path.as_str().ends_with("profiles.yml");
    diagnostic.labels.first().is_some_and(is_in_profiles)
        || diagnostic.code.0.contains("profile")
        || diagnostic.code.0 == "unknown-target"
}

/// Says how it stands with one of the two files.
fn verdict(is_there: bool, problems: &[&Diagnostic]) -> &'static str {
    match (is_there, problems) {
        (false, _) => "ERROR not found",
        (true, []) => "OK found and valid",
        (true, _) => "ERROR invalid",
    }
}

fn shown(key: &str, value: &Value) -> String {
    let lower = key.to_lowercase();
    if SECRET_KEYS.iter().any(|secret| lower.contains(secret)) && !value.is_null() {
        return "*****".to_owned();
    }
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => {
            let parts: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}: {}", shown(key, value)))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(|item| shown("", item)).collect();
            format!("[{}]", parts.join(", "))
        }
        other => other.to_string(),
    }
}
