//! Checks with Python that the artifacts are dbt's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, command, must, quietly, run};

/// Builds the reference project in a folder of its own and has its artifacts
/// read by dbt-artifacts-parser. Without Python this is left out, except on
/// the machine that tests changes, which sets `CI`.
pub fn check(hcdbt: &Path) -> Result<(), String> {
    let python = match virtual_environment() {
        Ok(python) => python,
        Err(why) if std::env::var_os("CI").is_some() => {
            return Err(format!("the artifacts cannot be checked: {why}"));
        }
        Err(why) => {
            println!("\nLeft out: the artifacts were not checked by Python ({why}).");
            return Ok(());
        }
    };
    let folder = shell::target().join("artifact-check");
    let failed = |error: std::io::Error| format!("cannot use `{}`: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    fs::create_dir_all(&folder).map_err(failed)?;

    let commands: [(&[&str], &[&str]); 3] = [
        (&["build"], &["manifest.json", "run_results.json"]),
        (&["source", "freshness"], &["sources.json"]),
        (
            &["docs", "generate"],
            &["manifest.json", "run_results.json", "catalog.json"],
        ),
    ];
    for (words, artifacts) in commands {
        must(&mut on_reference_project(hcdbt, &folder, words))?;
        let mut validate = command(&python, &["tests/artifacts/validate.py"]);
        validate.arg(folder.join("target")).args(artifacts);
        if !run(&mut validate)?.success() {
            let words = words.join(" ");
            return Err(format!(
                "the artifacts of `hcdbt {words}` are not as dbt writes them"
            ));
        }
    }
    Ok(())
}

/// Runs the tool on the reference project, with everything it writes going
/// into a folder: the database is relative to where the command runs.
fn on_reference_project(hcdbt: &Path, folder: &Path, words: &[&str]) -> Command {
    let project = shell::root().join("project");
    let mut command = Command::new(hcdbt);
    command
        .args(words)
        .arg("--project-dir")
        .arg(&project)
        .arg("--profiles-dir")
        .arg(&project)
        .arg("--target-path")
        .arg(folder.join("target"))
        .arg("--log-path")
        .arg(folder.join("logs"))
        .env("CLAIMS_WAREHOUSE_DIR", &project)
        .current_dir(folder);
    command
}

/// Returns the Python of a virtual environment that has what the check needs,
/// made once and kept by its list of packages.
fn virtual_environment() -> Result<PathBuf, String> {
    let requirements = shell::root().join("tests/artifacts/requirements.txt");
    let list = fs::read_to_string(&requirements)
        .map_err(|error| format!("cannot read `{}`: {error}", requirements.display()))?;
    let name: String = list
        .trim()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let kept = shell::cache().unwrap_or_else(shell::target);
    let folder = kept.join("venv").join(name);
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let works = |python: &Path| {
        quietly(Command::new(python).args(["-c", "import dbt_artifacts_parser"])).is_ok()
    };
    if works(&python) {
        return Ok(python);
    }
    eprintln!("making a Python environment in `{}` ...", folder.display());
    let _ = fs::remove_dir_all(&folder);
    quietly(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    quietly(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .arg("--requirement")
            .arg(&requirements),
    )?;
    Ok(python)
}
