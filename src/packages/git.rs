//! Packages in git repositories.

use std::process::{Command, Stdio};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::disk::Downloads;
use crate::diagnostics::Diagnostic;

/// Clones a repository and checks a tag, branch or commit out. Returns the
/// folder and the commit.
pub fn checkout(
    downloads: &Downloads,
    url: &str,
    revision: &str,
) -> Result<(Utf8PathBuf, String), Diagnostic> {
    let folder = downloads.path("git", url)?;
    // A word that begins with a dash would be read as an option of git.
    if url.starts_with('-') || revision.starts_with('-') {
        return Err(Diagnostic::error(
            "invalid-package",
            format!(
                "`{}` at `{revision}` is no git package",
                without_credentials(url)
            ),
        ));
    }
    if !folder.exists() {
        let args = ["clone", "--quiet", "--no-checkout", url, folder.as_str()];
        git(None, &args, url)?;
    }
    // A tag wins over a branch of the same name.
    let candidates = [
        format!("refs/tags/{revision}"),
        format!("refs/remotes/origin/{revision}"),
        revision.to_owned(),
    ];
    let commit = candidates.iter().find_map(|name| {
        let commit = format!("{name}^{{commit}}");
        let args = ["rev-parse", "--verify", "--quiet", &commit];
        git(Some(&folder), &args, url).ok()
    });
    let Some(commit) = commit.map(|text| text.trim().to_owned()) else {
        return Err(Diagnostic::error(
            "missing-revision",
            format!(
                "the repository `{}` has no tag, branch or commit `{revision}`",
                without_credentials(url)
            ),
        )
        .hint("check `revision:` in `packages.yml`"));
    };
    let args = ["checkout", "--quiet", "--force", &commit];
    git(Some(&folder), &args, url)?;
    Ok((folder, commit))
}

/// Returns the folder of a checkout that the package is in.
pub fn inside(
    checkout: &Utf8Path,
    subdirectory: Option<&str>,
    url: &str,
) -> Result<Utf8PathBuf, Diagnostic> {
    let Some(name) = subdirectory else {
        return Ok(checkout.to_owned());
    };
    let folder = checkout.join(name);
    let leaves = Utf8Path::new(name)
        .components()
        .any(|part| !matches!(part, Utf8Component::Normal(_) | Utf8Component::CurDir));
    if leaves || !folder.is_dir() {
        let url = without_credentials(url);
        return Err(Diagnostic::error(
            "missing-package",
            format!("the package `{url}` has no folder `{name}`"),
        )
        .hint("check `subdirectory:` in `packages.yml`"));
    }
    Ok(folder)
}

fn git(folder: Option<&Utf8Path>, args: &[&str], url: &str) -> Result<String, Diagnostic> {
    let mut command = Command::new("git");
    if let Some(folder) = folder {
        command.arg("-C").arg(folder);
    }
    // Git must never ask for a password: nobody may be there to answer.
    let output = command
        .args(args)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output();
    let output = output.map_err(|error| {
        Diagnostic::error("missing-git", format!("`git` cannot be started: {error}")).hint(
            "install git, or put a copy of the package into a folder and name that with `local:`",
        )
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(Diagnostic::error(
        "git-failed",
        format!("git cannot read the package `{}`", without_credentials(url)),
    )
    .because(text.trim().replace(url, &without_credentials(url)))
    .hint("check the address and your access to it"))
}

/// Returns an address without the user name and password in it, unless they
/// have blanks: then they are no name and password, but what is wrong with it.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) if !rest[..at].contains(char::is_whitespace) => {
            format!("{scheme}://{}", &rest[at + 1..])
        }
        _ => url.to_owned(),
    }
}
