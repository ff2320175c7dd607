//! What `state:` says of changes to the project in `tests/fixtures/selection`,
//! compared with what dbt says: `state_changes.json` records it, and
//! `tests/parity/state_changes.py` makes that record.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use rayon::prelude::*;
use serde_json::Value;

use super::{fixture, ids, open, process, words};
use crate::cli::commands;
use crate::files::{DiskWorld, MemoryWorld, World};

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
    let ready = session.read().expect("a project without mistakes");
    let none = crate::parse::IdMap::default();
    let written = commands::parse::write_manifest(&session, &ready, &none);
    assert!(written.is_ok(), "a manifest");
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
    let ready = session.read().expect("a project without mistakes");
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
