//! The reference project, in a copy of its own: `project/`, `models/`,
//! `seeds/` and `tests/sql/`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::project::{copy_folder, run_in};

/// Copies the project beside nothing else, so that a build leaves no trace.
fn copy() -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    for part in ["project", "models", "seeds", "tests/sql"] {
        copy_folder(&root.join(part), &folder.path().join(part));
    }
    folder
}

/// The results of the last command: unique id and status.
fn results(folder: &Path) -> Vec<(String, String)> {
    let path = folder.join("project/target/run_results.json");
    let text = std::fs::read_to_string(path).expect("run results");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let text_of = |result: &Value, key: &str| result[key].as_str().unwrap_or_default().to_owned();
    value["results"]
        .as_array()
        .expect("a list of results")
        .iter()
        .map(|result| (text_of(result, "unique_id"), text_of(result, "status")))
        .collect()
}

#[test]
fn the_warehouse_builds_from_the_repositorys_folder_and_from_the_projects() {
    let folder = copy();
    for current in [folder.path(), &folder.path().join("project")] {
        let ran = run_in(current, &["build"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(current.join("claims_warehouse.duckdb").exists());
    }
    let results = results(folder.path());
    let count = |prefix: &str| {
        let of_kind = results.iter().filter(|(id, _)| id.starts_with(prefix));
        of_kind.count()
    };
    assert_eq!((count("seed."), count("unit_test.")), (18, 1));
    assert!(count("model.") >= 13 && count("test.") >= 200);
}

/// What is known of the data beyond its files is what the marts say, after each
/// of two deliveries, and a delivery that comes again changes nothing.
#[test]
fn the_marts_tell_the_truth() {
    let folder = copy();
    let build = |args: &[&str], vars: &str| {
        let ran = run_in(folder.path(), &[&["build", "--vars", vars], args].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stderr.contains("_true"), "{}", ran.stderr);
    };
    let revenue_cycle = ["--select", "path:../models/revenue_cycle"];
    let second = "{check_truth: true, revenue_cycle_dir: data/revenue_cycle/delivery_2}";
    build(&[], "{check_truth: true}");
    build(&revenue_cycle, second);
    build(&revenue_cycle, second);
    // A day of one source again.
    let one_day = "{check_truth: true, visit_source: source_a, visit_day: '20241230'}";
    build(&["--select", "path:../models/visit_events"], one_day);
}

#[test]
fn exactly_the_planted_defects_are_found() {
    let folder = copy();
    let ran = run_in(folder.path(), &["build", "--target", "defects"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);

    let listed = std::fs::read_to_string(folder.path().join("project/defects.yml"));
    let planted: BTreeSet<String> = listed
        .expect("the list of defects")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("test: "))
        .map(str::to_owned)
        .collect();
    let failed: BTreeSet<String> = results(folder.path())
        .into_iter()
        .filter(|(_, status)| status == "fail")
        .filter_map(|(id, _)| id.split('.').nth(2).map(str::to_owned))
        .collect();
    assert_eq!(failed, planted);
    assert_eq!(planted.len(), 11);
    for name in planted {
        assert!(ran.stderr.contains(&name), "{name} is not named");
    }
}

#[test]
fn synth_makes_the_committed_data_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = run_in(folder.path(), &["synth", "--defects", "--out", "data"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let made = folder.path().join("data");
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("project/data");
    let files = |folder: &Path| -> BTreeSet<std::path::PathBuf> {
        walkdir::WalkDir::new(folder)
            .into_iter()
            .map(|entry| entry.expect("a readable folder"))
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                entry
                    .path()
                    .strip_prefix(folder)
                    .expect("a path below")
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(files(&made), files(&committed));
    for file in files(&made) {
        let bytes = |folder: &Path| std::fs::read(folder.join(&file)).expect("a file");
        assert!(
            bytes(&made) == bytes(&committed),
            "{} differs",
            file.display()
        );
    }
}
