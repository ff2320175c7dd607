//! Selections from the project in `tests/fixtures/selection`, which has every
//! kind of resource, compared with what dbt picks: `selections.json` records
//! it, and `tests/parity/selections.py` makes that record.

mod changes;

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use clap::Parser as _;
use rayon::prelude::*;
use serde_json::Value;

use crate::cli::args::{Cli, ListArgs, RunArgs, Verb};
use crate::cli::commands::CommandContext;
use crate::cli::flags::{CommandFlags, Process};
use crate::cli::session::{ReadyProject, Session};
use crate::files::{DiskWorld, World};
use crate::graph::select::{Indirect, Selectors};

fn fixture() -> Utf8PathBuf {
    Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/selection")
}

fn process(current_dir: Utf8PathBuf, env: &Value) -> Process {
    let mut variables = BTreeMap::from([("DBT_LOG_LEVEL_FILE".to_owned(), "none".to_owned())]);
    for (name, value) in env.as_object().into_iter().flatten() {
        variables.insert(name.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    Process {
        env: Arc::new(variables),
        current_dir,
        command_line: Vec::new(),
        started_at: jiff::Timestamp::UNIX_EPOCH,
        id: String::new(),
        is_terminal: false,
        metadata_env: serde_json::Map::new(),
    }
}

/// Opens a session for one line of flags. None when they are refused.
fn open(
    world: &Arc<dyn World>,
    process: &Process,
    line: &[String],
) -> Option<(Arc<Session>, ListArgs)> {
    let words = ["hcdbt", "--log-level", "none", "list"].map(str::to_owned);
    let cli = Cli::try_parse_from(words.iter().chain(line)).ok()?;
    let Verb::List(args) = cli.command else {
        return None;
    };
    let cx = CommandContext {
        process,
        session: std::rc::Rc::default(),
        world: Arc::clone(world),
        keeper: crate::cli::reports::Keeper::default(),
        globals: &cli.globals,
    };
    let flags = CommandFlags {
        which: "list",
        run: RunArgs {
            selection: args.selection.clone(),
            ..RunArgs::default()
        },
        ..CommandFlags::default()
    };
    Some((cx.open(&flags).ok()?, args))
}

/// Splits a line at its spaces, but not in quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in line.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            c => words
                .last_mut()
                .expect("there is one from the start")
                .push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What hcdbt picks, in the form of the record.
fn picked(world: &Arc<dyn World>, ready: &ReadyProject, line: &str) -> Value {
    let process = process(fixture(), &Value::Null);
    match open(world, &process, &words(line)) {
        Some((session, args)) => ids(&session, ready, &args),
        None => Value::from("error"),
    }
}

fn ids(session: &Session, ready: &ReadyProject, args: &ListArgs) -> Value {
    match super::selected(session, ready, args) {
        Ok(selected) => {
            let mut ids: Vec<&str> = selected.ids.iter().map(|id| id.as_str()).collect();
            ids.sort_unstable();
            ids.into()
        }
        Err(_) => Value::from("error"),
    }
}

#[test]
fn selections_pick_what_dbt_picks() {
    let text = DiskWorld::default().read(&fixture().join("selections.json"));
    let text = text.expect("the record");
    let record: BTreeMap<String, Value> = serde_json::from_str(&text).expect("JSON");
    let world: Arc<dyn World> = Arc::new(DiskWorld::default());
    let process = process(fixture(), &Value::Null);
    let (session, _) = open(&world, &process, &[]).expect("a session");
    let mut ready = session.read().expect("a project without mistakes");
    let file = ready.project.root().project.selectors.clone();
    let file = file.expect("selectors.yml");
    let mut wrong = Vec::new();
    for mode in ["eager", "cautious", "buildable", "empty"] {
        let indirect = Indirect::parse(mode).expect("a mode");
        let selectors = Selectors::read(&file, indirect);
        ready.selectors = Arc::new(selectors.expect("valid selectors"));
        let flag = format!("--indirect-selection {mode}");
        let lines: Vec<(&String, &Value)> = record
            .iter()
            .filter(|(line, _)| {
                line.contains(&flag)
                    || mode == "eager" && !line.contains("--indirect-selection")
                    || mode == "eager" && line.ends_with("nothing")
            })
            .collect();
        let ready = &ready;
        wrong.par_extend(lines.into_par_iter().filter_map(|(line, expected)| {
            let picked = picked(&world, ready, line);
            (picked != *expected)
                .then(|| format!("ls {line}\n  dbt:   {expected}\n  hcdbt: {picked}"))
        }));
    }
    assert!(record.len() > 300, "{} selections", record.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
