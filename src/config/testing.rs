//! Makes projects in memory for tests of this and later phases.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use serde_json::Map;

use super::load::{LoadedProject, load_project};
use crate::diagnostics::render::{RenderOptions, render};
use crate::diagnostics::{Diagnostic, Outcome};
use crate::files::{MemoryWorld, World as _};
use crate::invocation::{Flags, Invocation};

/// Where the projects of tests lie.
pub(crate) const PROJECT_DIR: &str = "/clinic";

/// Makes a world of one text that is several files, below the project's
/// folder. A project file and a profile are added when the text has none.
pub(crate) fn world(text: &str) -> MemoryWorld {
    let given = MemoryWorld::from_text(text);
    let world = MemoryWorld::default();
    let root = Utf8PathBuf::from(PROJECT_DIR);
    for entry in given.walk("".into()).unwrap_or_default() {
        let text = given.read(&entry.path).unwrap_or_default();
        let path = crate::files::normal_path(&root.join(&entry.path));
        world.write(&path, text.as_bytes()).expect("memory");
    }
    for (name, text) in [
        ("dbt_project.yml", "name: clinic\nprofile: clinic\n"),
        (
            "profiles.yml",
            "clinic:\n  target: dev\n  outputs:\n    dev: {type: duckdb, schema: main}\n",
        ),
    ] {
        let path = root.join(name);
        if !world.exists(&path) {
            world.write(&path, text.as_bytes()).expect("memory");
        }
    }
    world
}

/// Makes an invocation in the project's folder.
pub(crate) fn invocation() -> Invocation {
    Invocation {
        id: "00000000-0000-0000-0000-000000000000".to_owned(),
        started_at: MemoryWorld::default().now(),
        command: "build".to_owned(),
        command_line: vec!["hcdbt".to_owned(), "build".to_owned()],
        env: Arc::new(BTreeMap::new()),
        metadata_env: Map::new(),
        current_dir: PROJECT_DIR.into(),
        project_dir: PROJECT_DIR.into(),
        profiles_dir: None,
        profile: None,
        target: None,
        threads: None,
        vars: Map::new(),
        var_dates: std::collections::BTreeSet::new(),
        flags: Flags::default(),
    }
}

/// Loads the project of a text, which has to be without mistakes.
#[track_caller]
pub(crate) fn load(text: &str) -> (LoadedProject, MemoryWorld) {
    let world = world(text);
    let Outcome { value, diagnostics } = load_project(&invocation(), &world);
    assert!(diagnostics.is_empty(), "{}", drawn(&diagnostics));
    (value.expect("a project"), world)
}

/// Draws diagnostics as a terminal would show them.
pub(crate) fn drawn(diagnostics: &[Diagnostic]) -> String {
    let options = RenderOptions::default();
    let drawn: Vec<String> = diagnostics.iter().map(|d| render(d, &options)).collect();
    drawn.join("\n\n")
}
