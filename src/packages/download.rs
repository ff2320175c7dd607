//! Gets bytes from addresses, and unpacks tarballs.

use std::fs::File;
use std::io::Read;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::{Downloads, create_dir, failure, remove};
use super::git::without_credentials;
use crate::diagnostics::Diagnostic;

/// The most that a tarball may unpack to. A package is text; what is larger
/// is a mistake or an attack.
const MOST_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// How often a request is made before it is given up, as in dbt.
const ATTEMPTS: u32 = 6;

/// Why an address gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nobody answers, or not in time.
    Unreachable(String),
    /// The server answers with a status that is no success.
    Status(u16),
    /// The answer cannot be used.
    Broken(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(why) | Self::Broken(why) => f.write_str(why),
            Self::Status(status) => write!(f, "the server answers with status {status}"),
        }
    }
}

impl Failure {
    /// Tells whether trying again can help: a server that is busy or broken
    /// may recover, an address that leads nowhere will not.
    fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) => false,
            Self::Status(status) => matches!(status, 408 | 425 | 429 | 500..),
            Self::Broken(_) => true,
        }
    }
}

/// Does what needs a server, again when it fails for a reason that may pass.
pub fn with_retries<T>(mut attempt: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut tries = 1;
    loop {
        match attempt() {
            Err(failure) if failure.may_pass() && tries < ATTEMPTS => tries += 1,
            result => return result,
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Opens what is at an `http://` or `https://` address.
pub fn open(url: &str, timeout: Duration) -> Result<Box<dyn Read>, Failure> {
    let config = ureq::Agent::config_builder()
        .timeout_connect(Some(timeout))
        .timeout_recv_response(Some(timeout))
        .http_status_as_error(false);
    let agent = ureq::Agent::new_with_config(config.build());
    let response = agent
        .get(url)
        .call()
        .map_err(|error| Failure::Unreachable(error.to_string()))?;
    let status = response.status().as_u16();
    if !(200..300).contains(&status) {
        return Err(Failure::Status(status));
    }
    Ok(Box::new(response.into_body().into_reader()))
}

/// Downloads and unpacks a tarball; returns the one folder in it.
///
/// `root` is what a path in place of an address is relative to.
pub fn unpack(
    downloads: &Downloads,
    root: &Utf8Path,
    url: &str,
    timeout: Duration,
) -> Result<Utf8PathBuf, Diagnostic> {
    let folder = downloads.path("tar", url)?;
    if !folder.exists() {
        let is_remote = url.starts_with("https://") || url.starts_with("http://");
        if is_remote {
            with_retries(|| extract(open(url, timeout)?, &folder)).map_err(|why| {
                let hint = "without a network, put the package into a folder and name that with \
                            `local:`";
                Diagnostic::error(
                    "download-failed",
                    format!("`{}` cannot be downloaded: {why}", without_credentials(url)),
                )
                .hint(hint)
            })?;
        } else {
            let path = root.join(url.strip_prefix("file://").unwrap_or(url));
            let file = File::open(&path).map_err(|error| {
                failure(&format!("the tarball `{path}` cannot be read"), &error)
            })?;
            extract(Box::new(file), &folder).map_err(|why| {
                Diagnostic::error(
                    "invalid-tarball",
                    format!("`{path}` cannot be unpacked: {why}"),
                )
                .hint("a package tarball is a gzipped tar file with one folder in it")
            })?;
        }
    }
    let mut folders = folder
        .read_dir_utf8()
        .map_err(|error| failure("the unpacked package cannot be read", &error))?
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir());
    match (folders.next(), folders.next()) {
        (Some(only), None) => Ok(only.into_path()),
        _ => Err(Diagnostic::error(
            "invalid-tarball",
            format!(
                "`{}` does not hold exactly one folder",
                without_credentials(url)
            ),
        )
        .hint("pack the project's folder itself, not its contents")),
    }
}

fn extract(from: Box<dyn Read>, folder: &Utf8Path) -> Result<(), Failure> {
    let broken = |why: String| Failure::Broken(why);
    // What an earlier attempt has left would mix with this one.
    remove(folder).map_err(|error| broken(error.title))?;
    create_dir(folder).map_err(|error| broken(error.title))?;
    let unzipped = flate2::read::GzDecoder::new(from).take(MOST_BYTES);
    // The crate keeps every entry inside the folder.
    tar::Archive::new(unzipped)
        .unpack(folder)
        .map_err(|error| broken(error.to_string()))
}
