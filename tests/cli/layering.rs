//! The borders between the parts, read off the sources: who may name what.

use std::path::{Path, PathBuf};

/// A phase may use those before it, and those may not use it.
const PHASES: &[&str] = &[
    "config",
    "parse",
    "graph",
    "plan",
    "run",
    "check",
    "artifacts",
    "report",
    "docs",
    "cli",
];

/// Words that only some folders may have in their code.
struct Border {
    word: &'static str,
    allowed: &'static [&'static str],
    why: &'static str,
}

const BORDERS: &[Border] = &[
    Border {
        word: "duckdb::",
        allowed: &["adapter/duckdb", "adapter/mod.rs"],
        why: "only adapter/duckdb names the duckdb crate",
    },
    Border {
        word: "allow(unsafe_code)",
        allowed: &["adapter/duckdb/library"],
        why: "only what loads DuckDB's library does what the compiler cannot check",
    },
    Border {
        word: "expect(unsafe_code",
        allowed: &["main.rs"],
        why: "only main tells the allocator what the compiler cannot check",
    },
    Border {
        word: "granit_parser",
        allowed: &["yaml/"],
        why: "only yaml names the YAML crate",
    },
    Border {
        word: "annotate_snippets",
        allowed: &["diagnostics/render"],
        why: "only diagnostics/render names the snippet renderer",
    },
    Border {
        word: "sqlparser::",
        allowed: &["sql/dialect/"],
        why: "only sql names the SQL parser crate",
    },
    Border {
        word: "println!",
        allowed: &["cli/"],
        why: "only cli prints",
    },
    Border {
        word: "std::process::exit",
        allowed: &["cli/", "main.rs"],
        why: "only cli ends the process",
    },
    Border {
        word: "std::env::",
        allowed: &["cli/", "main.rs"],
        why: "only cli reads the process environment",
    },
    Border {
        word: "Timestamp::now",
        allowed: &["files/", "cli/"],
        why: "only files reads the clock, and cli the start time",
    },
    Border {
        word: "std::fs::",
        allowed: &["files/", "packages/"],
        why: "only files touches the disk, and packages what it downloads",
    },
    Border {
        word: "fs_err::",
        allowed: &["files/", "packages/"],
        why: "only files touches the disk, and packages what it downloads",
    },
];

#[test]
fn parts_keep_to_their_borders() {
    let mut broken = Vec::new();
    for (path, code) in sources() {
        for border in BORDERS {
            let is_allowed = border.allowed.iter().any(|a| path.starts_with(a));
            if !is_allowed && names(&code, border.word) {
                broken.push(format!("src/{path}: `{}`: {}", border.word, border.why));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn phases_use_earlier_phases_only() {
    let mut broken = Vec::new();
    for (path, code) in sources() {
        let Some(own) = PHASES
            .iter()
            .position(|p| path.starts_with(&format!("{p}/")))
        else {
            continue;
        };
        for later in &PHASES[own + 1..] {
            if names(&code, &format!("crate::{later}::")) {
                broken.push(format!("src/{path} uses {later}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn lineage_is_pure() {
    let mut broken = Vec::new();
    for (path, code) in sources() {
        for other in ["adapter", "jinja", "run", "files", "cli"] {
            if path.starts_with("lineage/") && names(&code, &format!("crate::{other}::")) {
                broken.push(format!("src/{path} uses {other}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_template_engine_knows_no_project() {
    let mut broken = Vec::new();
    for (path, code) in sources() {
        let is_engine = path.starts_with("jinja/") || path.starts_with("adapter/");
        for phase in PHASES {
            if is_engine && names(&code, &format!("crate::{phase}::")) {
                broken.push(format!("src/{path} uses {phase}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn what_follows_columns_is_given_everything() {
    let mut broken = Vec::new();
    for (path, code) in sources() {
        if !path.starts_with("lineage/") && !path.starts_with("phi/") {
            continue;
        }
        for word in ["run", "check", "plan", "jinja", "files", "cli"] {
            if names(&code, &format!("crate::{word}::")) {
                broken.push(format!("src/{path} uses {word}"));
            }
        }
        if path.starts_with("lineage/") && names(&code, "crate::phi::") {
            broken.push(format!("src/{path} uses phi"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Tells whether code names a word that does not go on to its left.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

/// Returns every Rust file below `src`, tests and comments left out.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).expect("a folder of sources");
        let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let is_rust = path.extension().is_some_and(|e| e == "rs");
            let is_test = path.ends_with("tests.rs")
                || path.components().any(|part| part.as_os_str() == "tests");
            if is_rust && !is_test {
                let text = std::fs::read_to_string(&path).expect("a source");
                let name = path.strip_prefix(&root).expect("below src");
                found.push((name.to_string_lossy().replace('\\', "/"), code_of(&text)));
            }
        }
    }
    assert!(found.len() > 50, "the sources are found");
    found
}

/// Takes comments and what stands under `#[cfg(test)]` at the end away.
fn code_of(text: &str) -> String {
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    code.lines()
        .map(|line| {
            let trimmed = line.trim_start();
            if trimmed.starts_with("//") { "" } else { line }
        })
        .collect::<Vec<_>>()
        .join("\n")
}
