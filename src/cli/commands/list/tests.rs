//! Selections from the project in `tests/fixtures/selection`, which has every
//! kind of resource, compared with what dbt picks: `selections.json` records
//! it, and `tests/parity/selections.py` makes that record. The same for what
//! `state:` says of changes to that project: `state_changes.json` and
//! `tests/parity/state_changes.py`.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use clap::Parser as _;
use rayon::prelude::*;
use serde_json::Value;

use crate::cli::args::{Cli, ListArgs, RunArgs, Verb};
use crate::cli::commands::{self, CommandContext};
use crate::cli::flags::{CommandFlags, Process};
use crate::cli::session::{ReadyProject, Session};
use crate::files::{DiskWorld, MemoryWorld, World};
use crate::graph::select::Selectors;

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
fn picked(world: &Arc<dyn World>, ready: &mut ReadyProject, line: &str) -> Value {
    let refused = Value::from("error");
    let process = process(fixture(), &Value::Null);
    let Some((session, args)) = open(world, &process, &words(line)) else {
        return refused;
    };
    let Ok(indirect) = commands::indirect(&session) else {
        return refused;
    };
    let file = ready.project.root().project.selectors.as_ref();
    let selectors = Selectors::read(file.expect("selectors.yml"), indirect);
    ready.selectors = Arc::new(selectors.expect("valid selectors"));
    ids(&session, ready, &args)
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
    let mut ready = session.read().ok().expect("a project without mistakes");
    let mut wrong = Vec::new();
    for (line, expected) in &record {
        let picked = picked(&world, &mut ready, line);
        if picked != *expected && !OURS_ALONE.contains(&line.as_str()) {
            wrong.push(format!("ls {line}\n  dbt:   {expected}\n  hcdbt: {picked}"));
        }
    }
    assert!(record.len() > 300, "{} selections", record.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Selections that dbt refuses and hcdbt does not, on purpose.
const OURS_ALONE: &[&str] = &[];

/// The comparisons that are recorded.
const CHECKS: [&str; 8] = [
    "new",
    "modified",
    "modified.body",
    "modified.configs",
    "modified.persisted_descriptions",
    "modified.relation",
    "modified.macros",
    "modified.contract",
];

/// Where the project lies in memory.
const ROOT: &str = "/hospital";

#[test]
fn changes_are_seen_as_dbt_sees_them() {
    let disk = DiskWorld::default();
    let folder = fixture();
    let text = disk.read(&folder.with_file_name("state_changes.json"));
    let changes: Vec<Value> = serde_json::from_str(&text.expect("the record")).expect("JSON");
    let files: BTreeMap<String, String> = disk
        .walk(&folder)
        .expect("the project")
        .into_iter()
        .filter_map(|entry| {
            let path = entry.path.strip_prefix(&folder).ok()?.to_string();
            Some((path, disk.read(&entry.path).ok()?))
        })
        .collect();
    let wrong: Vec<String> = changes
        .par_iter()
        .flat_map_iter(|change| judge(&files, change))
        .collect();
    assert!(changes.len() > 60, "{} changes", changes.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Says where one change is seen otherwise than recorded.
fn judge(files: &BTreeMap<String, String>, change: &Value) -> Vec<String> {
    let mut files = files.clone();
    edit(&mut files, &change["before"]);
    let variables = |key: &str| {
        let vars = change.get(key).or_else(|| change.get("vars"));
        vars.map_or_else(Vec::new, |vars| vec!["--vars".to_owned(), vars.to_string()])
    };
    let root = Utf8PathBuf::from(ROOT);
    let (before, process_before) = (
        in_memory(&files),
        process(root.clone(), &change["env_before"]),
    );
    let line = variables("vars_before");
    let (session, _) = open(&before, &process_before, &line).expect("a session");
    let ready = session.read().ok().expect("a project without mistakes");
    let none = indexmap::IndexMap::new();
    commands::parse::write_manifest(&session, &ready, &none)
        .ok()
        .expect("a manifest");
    let manifest = before
        .read(&root.join("target/manifest.json"))
        .expect("a manifest");

    edit(&mut files, &change["edits"]);
    files.insert("state/manifest.json".to_owned(), manifest);
    let after = in_memory(&files);
    let env = change.get("env").unwrap_or(&change["env_before"]);
    let process_after = process(root, env);
    let mut line = variables("vars");
    let flags = "--state state --resource-type all --indirect-selection empty";
    line.extend(words(flags));
    let (session, mut args) = open(&after, &process_after, &line).expect("a session");
    let ready = session.read().ok().expect("a project without mistakes");
    let mut wrong = Vec::new();
    for check in CHECKS {
        args.selection.select = vec![format!("state:{check}")];
        let found = ids(&session, &ready, &args);
        let recorded = |key: &str| change.get(key).and_then(|answers| answers.get(check));
        let expected = recorded("ours").or(recorded("dbt")).cloned();
        let expected = expected.unwrap_or_else(|| Value::Array(Vec::new()));
        if found != expected {
            let name = &change["name"];
            wrong.push(format!("{name} state:{check}\n  {expected}\n  {found}"));
        }
    }
    wrong
}

fn in_memory(files: &BTreeMap<String, String>) -> Arc<dyn World> {
    let world = MemoryWorld::default();
    for (path, text) in files {
        let path = Utf8PathBuf::from(ROOT).join(path);
        world.write(&path, text.as_bytes()).expect("memory");
    }
    Arc::new(world)
}

fn edit(files: &mut BTreeMap<String, String>, edits: &Value) {
    let text = |edit: &Value, key: &str| edit[key].as_str().unwrap_or_default().to_owned();
    for change in edits.as_array().into_iter().flatten() {
        let file = text(change, "file");
        if change.get("write").is_some() {
            files.insert(file, text(change, "write"));
        } else if change.get("remove").is_some() {
            files.remove(&file);
        } else if let Some(contents) = files.get_mut(&file) {
            *contents = contents.replacen(&text(change, "from"), &text(change, "to"), 1);
        }
    }
}
