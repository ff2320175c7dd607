//! Running other programs, and the folders the chores use.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

/// Returns the folder of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a folder of the project")
        .to_owned()
}

/// Returns the folder that cargo builds into.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns where cargo puts the tool.
pub fn built_binary() -> PathBuf {
    let name = format!("hcdbt{}", std::env::consts::EXE_SUFFIX);
    target().join("debug").join(name)
}

/// Returns the folder that is kept between runs and between checkouts.
pub fn cache() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| {
            let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
            Some(PathBuf::from(home).join(".cache"))
        })?;
    Some(base.join("hcdbt"))
}

/// Makes a command that runs in the project's folder.
pub fn command(program: impl AsRef<OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Makes a command of the `cargo` that runs this.
pub fn cargo(args: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = command(cargo, args);
    // What cargo told this program about itself must not reach the inner
    // cargo: build scripts that look at it would run again, and everything
    // after them be compiled anew.
    for (name, _) in std::env::vars_os() {
        let is_about_us = name.to_str().is_some_and(|name| {
            [
                "CARGO_MANIFEST_",
                "CARGO_PKG_",
                "CARGO_CRATE_",
                "CARGO_BIN_",
            ]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        });
        if is_about_us {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command whose output is the user's to see, and shows its line.
pub fn run(command: &mut Command) -> Result<ExitStatus, String> {
    eprintln!("$ {}", line(command));
    command
        .status()
        .map_err(|error| cannot_run(command, &error))
}

/// Runs a command that has to succeed.
pub fn must(command: &mut Command) -> Result<(), String> {
    let status = run(command)?;
    if status.success() {
        return Ok(());
    }
    Err(format!("`{}` failed ({status})", line(command)))
}

/// Runs a command in silence; its output matters only when it fails.
pub fn quietly(command: &mut Command) -> Result<Output, String> {
    let output = command
        .output()
        .map_err(|error| cannot_run(command, &error))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().filter(|l| !l.trim().is_empty()).collect();
    // The end of a long complaint is where its reason stands.
    let said = said[said.len().saturating_sub(3)..].join("; ");
    Err(format!("`{}` failed: {said}", line(command)))
}

fn cannot_run(command: &Command, error: &std::io::Error) -> String {
    let program = command.get_program().to_string_lossy();
    if error.kind() == std::io::ErrorKind::NotFound {
        format!("`{program}` is not installed")
    } else {
        format!("cannot run `{program}`: {error}")
    }
}

fn line(command: &Command) -> String {
    let mut line = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for arg in command.get_args() {
        line.push(' ');
        line.push_str(&arg.to_string_lossy());
    }
    line
}
