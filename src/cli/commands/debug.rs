//! `debug`: shows the settings in use and tests the connection.

use clap::Args;
use serde_json::Value;

use super::CommandContext;
use crate::adapter;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::config;
use crate::config::DBT_VERSION;
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
    let session = cx.open(&CommandFlags {
        which: "debug",
        ..CommandFlags::default()
    })?;
    let say = |text: String| session.say(Level::Info, "DebugCmdOut", "Z047", text);
    if args.config_dir {
        let dir = session.invocation.profiles_dir.clone();
        let dir = dir.unwrap_or_else(|| session.invocation.project_dir.clone());
        session.printer.data(&format!("{dir}\n"));
        return Ok(());
    }
    session.greet();
    say(format!("hcdbt version: {}", env!("CARGO_PKG_VERSION")));
    say(format!("compatible with dbt: {DBT_VERSION}"));
    say(format!("DuckDB version: {}", adapter::DUCKDB_VERSION));
    say(format!("operating system: {}", std::env::consts::OS));
    say(format!(
        "project folder: {}",
        session.invocation.project_dir
    ));
    let project = session.settle(config::load_project(&session.invocation, &*session.world))?;
    let profile = &project.profile;
    say(format!(
        "profiles file: {} [OK found and valid]",
        profile.file.path
    ));
    say("dbt_project.yml file [OK found and valid]".to_owned());
    say(format!("profile: {}", profile.name));
    say(format!("target: {}", profile.target_name));
    say(format!("adapter type: {}", profile.adapter_type));
    say(format!("threads: {}", profile.threads));
    for (key, value) in &profile.credentials {
        say(format!("  {key}: {}", shown(key, value)));
    }
    let adapter = session.adapter(profile)?;
    let opened = adapter
        .connect()
        .and_then(|mut connection| connection.execute("select 1 as id", true, None).map(|_| ()));
    match opened {
        Ok(()) => {
            say("Connection test: [OK connection ok]".to_owned());
            say("All checks passed!".to_owned());
            Ok(())
        }
        Err(error) => {
            session.say(
                Level::Error,
                "DebugCmdResult",
                "Z048",
                format!("Connection test: [ERROR]\n{error}\n\n1 check failed"),
            );
            Err(Exit::node_failed())
        }
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
