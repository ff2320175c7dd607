//! Every macro that comes with the program is found and can be compiled.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::jinja::blocks::{definition_of, scan_blocks};

#[test]
fn every_shipped_macro_compiles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/jinja/macros");
    // What the program itself looks up by name.
    let packages: [(&str, &[&str]); 2] = [
        (
            "dbt",
            &[
                "test_unique",
                "statement",
                "generate_schema_name",
                "get_where_subquery",
                "materialization_view_default",
                "materialization_seed_default",
                "materialization_snapshot_default",
                "materialization_test_default",
                "materialization_unit_default",
            ],
        ),
        (
            "dbt_duckdb",
            &[
                "materialization_table_duckdb",
                "materialization_incremental_duckdb",
                "materialization_external_duckdb",
                "duckdb__create_table_as",
            ],
        ),
    ];
    for (package, needed) in packages {
        let mut names = BTreeSet::new();
        for path in sql_files(&root.join(package)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let blocks = scan_blocks(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert!(!blocks.is_empty(), "{} holds no macro", path.display());
            for block in blocks {
                if let Err(error) = definition_of(&text, block.text.clone()) {
                    panic!("{}: {}: {}", path.display(), block.name, error.message);
                }
                assert!(
                    names.insert(block.name.clone()),
                    "{package} has {} twice",
                    block.name
                );
            }
        }
        for name in needed {
            assert!(names.contains(*name), "{package} has no {name}");
        }
    }
}

fn sql_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sql_files(&path));
        } else if path.extension().is_some_and(|ext| ext == "sql") {
            found.push(path);
        }
    }
    found
}
