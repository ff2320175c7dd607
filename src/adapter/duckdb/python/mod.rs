//! Runs Python models in a process of the user's own Python.
//!
//! DuckDB lets one process open a database file, and that is this program. So
//! the model works on a database in memory: what it reads is handed to it as
//! Parquet files when it first asks for it, what it gives back comes the same
//! way, and statements that change the project's database are run here, in
//! the transaction of the model. `model.py` is the other side.

mod handover;
mod process;

use std::io;

use serde::Deserialize;
use serde_json::{Value, json};

use self::handover::Handover;
pub use self::process::Killer;
use self::process::Process;
use super::connection::DuckDbConnection;
use super::open;
use super::secret::Secret;
use crate::adapter::{
    AdapterError, ErrorKind, PythonEvent, PythonFailure, PythonModel, Response, ScriptError,
};

/// What the process runs.
const SCRIPT: &str = include_str!("model.py");

/// What the process asks for or tells.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Message {
    /// A table is wanted, named as SQL names it.
    Load {
        name: String,
    },
    /// Is there such a table?
    Exists {
        name: String,
    },
    /// Which tables are there?
    Names,
    /// A table of the model's own is to be known here under a name.
    Register {
        name: String,
        path: String,
        columns: Vec<(String, String)>,
    },
    /// A statement for the project's database.
    Execute {
        sql: String,
        values: Option<Vec<Value>>,
    },
    Print {
        text: String,
    },
    Done,
    Failed(Failed),
}

#[derive(Debug, Deserialize)]
struct Failed {
    summary: String,
    text: String,
    line: Option<usize>,
    /// The module that Python did not find.
    missing: Option<String>,
    #[serde(default)]
    is_setup: bool,
    #[serde(default)]
    is_interrupt: bool,
    /// Whether the message was left out, since it may quote values.
    #[serde(default)]
    hides_values: bool,
}

/// Runs a model.
pub fn run(
    connection: &mut DuckDbConnection,
    interpreters: &[String],
    model: &PythonModel<'_>,
    told: &mut dyn FnMut(PythonEvent<'_>),
) -> Result<Response, PythonFailure> {
    connection.check_cancelled()?;
    let mut handover = Handover::new().map_err(|error| {
        setup_failure(format!(
            "no folder for exchanging data with Python: {error}"
        ))
    })?;
    let mut process =
        process::start(interpreters, SCRIPT).map_err(|error| not_started(interpreters, &error))?;
    connection.watch(process.killer());
    let database = connection.database_name()?;
    process.send(&job(connection, model, handover.folder(), &database));
    loop {
        let message = process.receive::<Message>();
        for line in process.take_warnings() {
            told(PythonEvent::Warned(&line));
        }
        let answer = match message {
            Some(Message::Print { text }) => {
                told(PythonEvent::Printed(&text));
                continue;
            }
            Some(Message::Done) => {
                finish(&mut process, told);
                return Ok(super::connection::ok());
            }
            Some(Message::Failed(failed)) => {
                connection.check_cancelled()?;
                finish(&mut process, told);
                let rest = rest_after(interpreters, &process.interpreter);
                let (is_setup, failure) = (failed.is_setup, failure(failed, &process.interpreter));
                if !is_setup || rest.is_empty() {
                    return Err(failure);
                }
                // This Python has no `duckdb`: nothing has run, and the next
                // one may have it. If none does, the first is what to mend.
                drop(process);
                return match run(connection, rest, model, told) {
                    Err(PythonFailure::Script(next)) if next.is_setup => Err(failure),
                    outcome => outcome,
                };
            }
            None => {
                connection.check_cancelled()?;
                let status = process.finish();
                let warnings = process.take_warnings();
                return Err(ended(&status, &warnings));
            }
            Some(Message::Load { name }) => handover.load(connection, &name),
            Some(Message::Exists { name }) => handover
                .find(connection, &name)
                .map(|found| json!({"missing": found.is_none()})),
            Some(Message::Names) => handover.names(connection),
            Some(Message::Register {
                name,
                path,
                columns,
            }) => handover.register(connection, &name, &path, &columns),
            Some(Message::Execute { sql, values }) => {
                told(PythonEvent::Statement(&sql));
                handover.execute(connection, &sql, values.as_deref())
            }
        };
        match answer {
            Ok(answer) => process.send(&answer),
            Err(error) if error.kind == ErrorKind::Cancelled => return Err(error.into()),
            Err(error) => process.send(&json!({
                "error": error.with_place(),
                "class": error.class,
            })),
        }
    }
}

/// Returns the interpreters that come after one.
fn rest_after<'a>(interpreters: &'a [String], taken: &str) -> &'a [String] {
    let place = interpreters.iter().position(|name| name == taken);
    place.map_or(&[], |place| &interpreters[place + 1..])
}

/// Says what is to be run, and how the process sets up its own database.
fn job(
    connection: &DuckDbConnection,
    model: &PythonModel<'_>,
    folder: String,
    database: &str,
) -> Value {
    let credentials = connection.credentials();
    let extensions: Vec<_> = credentials
        .extensions
        .iter()
        .map(|extension| (open::load_sql(extension), open::install_sql(extension)))
        .collect();
    let secrets: Vec<_> = credentials.secrets.iter().map(Secret::to_sql).collect();
    let settings: Vec<_> = credentials
        .session_settings
        .iter()
        .map(|(name, value)| open::setting_sql(name, value))
        .collect();
    json!({
        "code": model.code,
        "path": model.path,
        "name": model.name,
        "folder": folder,
        "database": database,
        "module_paths": credentials.module_paths,
        "config": credentials.config_options,
        "extensions": extensions,
        "secrets": secrets,
        "settings": settings,
        "shows_values": connection.shows_values(),
    })
}

fn finish(process: &mut Process, told: &mut dyn FnMut(PythonEvent<'_>)) {
    process.finish();
    for line in process.take_warnings() {
        told(PythonEvent::Warned(&line));
    }
}

fn failure(failed: Failed, interpreter: &str) -> PythonFailure {
    if failed.is_interrupt {
        return AdapterError::new(ErrorKind::Cancelled, "cancelled").into();
    }
    let hint = failed.missing.as_ref().map(|module| {
        let package = module.split('.').next().unwrap_or(module);
        format!(
            "install `{package}` for `{interpreter}`, or set `HCDBT_PYTHON` to a Python that has it"
        )
    });
    let hint = hint.or_else(|| {
        let hint = "`--show-values` shows what Python said: it may quote values of rows";
        failed.hides_values.then(|| hint.to_owned())
    });
    let (summary, text) = if failed.is_setup {
        let summary =
            format!("Python models need the package `duckdb`, which `{interpreter}` does not have");
        (summary.clone(), summary)
    } else {
        (
            failed.summary,
            format!("Python model failed:\n{}", failed.text),
        )
    };
    PythonFailure::Script(ScriptError {
        summary,
        text,
        line: failed.line,
        hint,
        is_setup: failed.is_setup,
    })
}

fn setup_failure(text: String) -> PythonFailure {
    PythonFailure::Script(ScriptError {
        summary: text.clone(),
        text,
        is_setup: true,
        ..ScriptError::default()
    })
}

fn not_started(interpreters: &[String], error: &io::Error) -> PythonFailure {
    let tried: Vec<String> = interpreters
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let text = if error.kind() == io::ErrorKind::NotFound {
        format!(
            "Python models need Python, and there is no {}",
            tried.join(" or ")
        )
    } else {
        format!("{} cannot be started: {error}", tried.join(" or "))
    };
    PythonFailure::Script(ScriptError {
        summary: text.clone(),
        text,
        hint: Some(
            "set `HCDBT_PYTHON` to a Python that has the package `duckdb`, or activate its \
             virtual environment"
                .to_owned(),
        ),
        is_setup: true,
        ..ScriptError::default()
    })
}

/// Says that the process has gone without a word.
fn ended(status: &str, warnings: &[String]) -> PythonFailure {
    let summary = format!("Python ended before the model was done ({status})");
    let mut text = summary.clone();
    for line in warnings {
        text.push('\n');
        text.push_str(line);
    }
    PythonFailure::Script(ScriptError {
        summary,
        text,
        ..ScriptError::default()
    })
}
