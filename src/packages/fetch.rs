//! Brings packages onto the disk: from folders, git repositories, tarballs.

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use super::{PinnedPackage, PinnedSource, Say, title};
use crate::config::packages::{PackageSource, PackageSpec};
use crate::diagnostics::Diagnostic;

/// A folder for downloads that is gone when the command ends.
pub struct Downloads {
    folder: tempfile::TempDir,
}

/// A package on the disk.
pub struct Fetched {
    pub folder: Utf8PathBuf,
    pub source: PinnedSource,
}

/// The most that a tarball may unpack to. A package is text; what is larger
/// is a mistake or an attack.
const MOST_BYTES: u64 = 2 * 1024 * 1024 * 1024;

impl Downloads {
    /// Makes the folder.
    pub fn new() -> Result<Self, Diagnostic> {
        tempfile::Builder::new()
            .prefix("hcdbt-packages-")
            .tempdir()
            .map(|folder| Self { folder })
            .map_err(|error| disk("a folder for downloads cannot be made", &error))
    }

    fn path(&self, name: &str) -> Result<Utf8PathBuf, Diagnostic> {
        let path = Utf8PathBuf::from_path_buf(self.folder.path().join(name));
        path.map_err(|path| {
            Diagnostic::error(
                "cannot-write",
                format!("the path `{}` is not UTF-8", path.display()),
            )
        })
    }
}

/// Brings a package so that its project file can be read.
///
/// `from` is the folder of the project that asks for it; local paths are
/// relative to it. A local path is recorded relative to `root`.
pub fn fetch(
    downloads: &Downloads,
    from: &Utf8Path,
    root: &Utf8Path,
    spec: &PackageSpec,
    say: Say<'_>,
) -> Result<Fetched, Diagnostic> {
    match &spec.source {
        PackageSource::Local { path } => {
            let folder = from.join(path);
            if !folder.is_dir() {
                return Err(Diagnostic::error(
                    "missing-package",
                    format!("there is no folder `{folder}` for the local package `{path}`"),
                ));
            }
            let path = if from == root {
                path.clone()
            } else {
                folder.to_string()
            };
            Ok(Fetched {
                folder,
                source: PinnedSource::Local { path },
            })
        }
        PackageSource::Git {
            url,
            revision,
            subdirectory,
            warn_unpinned,
        } => {
            let is_pinned = revision
                .as_deref()
                .is_some_and(|r| !matches!(r, "HEAD" | "main" | "master"));
            if !is_pinned && *warn_unpinned != Some(false) {
                say(format!(
                    "The git package \"{}\" is not pinned: name a tag or commit as its `revision:`",
                    without_credentials(url)
                ));
            }
            let revision = revision.as_deref().unwrap_or("HEAD");
            let (checkout, commit) = git_checkout(downloads, url, revision)?;
            let folder = inside(&checkout, subdirectory.as_deref(), &title(spec))?;
            Ok(Fetched {
                folder,
                source: PinnedSource::Git {
                    url: url.clone(),
                    revision: commit,
                    subdirectory: subdirectory.clone(),
                },
            })
        }
        PackageSource::Tarball { url } => Ok(Fetched {
            folder: unpack(downloads, from, url)?,
            source: PinnedSource::Tarball {
                url: url.clone(),
                name: spec.name.clone(),
            },
        }),
        PackageSource::Hub { package, .. } => Err(Diagnostic::error(
            "unsupported-package",
            format!("the package `{package}` comes from a package registry, which is not supported yet"),
        )
        .hint("name its git repository with `git:` and `revision:`, or put a copy into a folder and name that with `local:`")),
        PackageSource::Private { location, .. } => Err(Diagnostic::error(
            "unsupported-package",
            format!("the private package `{location}` needs a service that hcdbt does not have"),
        )
        .hint("name its git repository with `git:` and `revision:`")),
    }
}

/// Puts a resolved package into its folder.
pub fn place(
    downloads: &Downloads,
    root: &Utf8Path,
    package: &PinnedPackage,
    target: &Utf8Path,
) -> Result<(), Diagnostic> {
    match &package.source {
        PinnedSource::Local { path } => link_or_copy(&root.join(path), target),
        PinnedSource::Git {
            url,
            revision,
            subdirectory,
        } => {
            let (checkout, _) = git_checkout(downloads, url, revision)?;
            let folder = inside(&checkout, subdirectory.as_deref(), &package.title())?;
            copy(&folder, target)
        }
        PinnedSource::Tarball { url, .. } => copy(&unpack(downloads, root, url)?, target),
    }
}

/// Clones a repository and checks a tag, branch or commit out.
fn git_checkout(
    downloads: &Downloads,
    url: &str,
    revision: &str,
) -> Result<(Utf8PathBuf, String), Diagnostic> {
    let folder = downloads.path(&format!("git-{}", digest(url)))?;
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
        git(
            None,
            &["clone", "--quiet", "--no-checkout", url, folder.as_str()],
            url,
        )?;
    }
    let candidates = [
        format!("refs/tags/{revision}"),
        format!("refs/remotes/origin/{revision}"),
        revision.to_owned(),
    ];
    let commit = candidates.iter().find_map(|name| {
        let commit = format!("{name}^{{commit}}");
        git(
            Some(&folder),
            &["rev-parse", "--verify", "--quiet", &commit],
            url,
        )
        .ok()
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
    git(
        Some(&folder),
        &["checkout", "--quiet", "--force", &commit],
        url,
    )?;
    Ok((folder, commit))
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

fn unpack(downloads: &Downloads, from: &Utf8Path, url: &str) -> Result<Utf8PathBuf, Diagnostic> {
    let folder = downloads.path(&format!("tar-{}", digest(url)))?;
    if !folder.exists() {
        let bytes = read_tarball(from, url)?;
        create_dir(&folder)?;
        // The crate keeps every entry inside the folder.
        let mut archive = tar::Archive::new(bytes);
        archive.unpack(&folder).map_err(|error| {
            Diagnostic::error(
                "invalid-tarball",
                format!("`{}` cannot be unpacked: {error}", without_credentials(url)),
            )
            .hint("a package tarball is a gzipped tar file with one folder in it")
        })?;
    }
    let mut folders = folder
        .read_dir_utf8()
        .map_err(|error| disk("the unpacked package cannot be read", &error))?
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

fn read_tarball(from: &Utf8Path, url: &str) -> Result<Box<dyn std::io::Read>, Diagnostic> {
    let reader: Box<dyn std::io::Read> =
        if url.starts_with("https://") || url.starts_with("http://") {
            let response =
                ureq::get(url).call().map_err(|error| {
                    Diagnostic::error(
                "download-failed",
                format!("`{}` cannot be downloaded: {error}", without_credentials(url)),
            )
            .hint("without a network, put the package into a folder and name that with `local:`")
                })?;
            Box::new(response.into_body().into_reader())
        } else {
            let path = from.join(url.strip_prefix("file://").unwrap_or(url));
            let file = File::open(&path)
                .map_err(|error| disk(&format!("the tarball `{path}` cannot be read"), &error))?;
            Box::new(file)
        };
    let unzipped = flate2::read::GzDecoder::new(reader);
    Ok(Box::new(unzipped.take(MOST_BYTES)))
}

fn inside(
    checkout: &Utf8Path,
    subdirectory: Option<&str>,
    title: &str,
) -> Result<Utf8PathBuf, Diagnostic> {
    let Some(name) = subdirectory else {
        return Ok(checkout.to_owned());
    };
    let folder = checkout.join(name);
    let leaves = Utf8Path::new(name).components().any(|part| {
        !matches!(
            part,
            camino::Utf8Component::Normal(_) | camino::Utf8Component::CurDir
        )
    });
    if leaves || !folder.is_dir() {
        return Err(Diagnostic::error(
            "missing-package",
            format!("the package `{title}` has no folder `{name}`"),
        )
        .hint("check `subdirectory:` in `packages.yml`"));
    }
    Ok(folder)
}

fn link_or_copy(source: &Utf8Path, target: &Utf8Path) -> Result<(), Diagnostic> {
    #[cfg(unix)]
    {
        let real = source.canonicalize_utf8().map_err(|error| {
            disk(
                &format!("the local package `{source}` cannot be read"),
                &error,
            )
        })?;
        if std::os::unix::fs::symlink(&real, target).is_ok() {
            return Ok(());
        }
    }
    copy(source, target)
}

fn copy(source: &Utf8Path, target: &Utf8Path) -> Result<(), Diagnostic> {
    for entry in walkdir::WalkDir::new(source) {
        let entry = entry.map_err(|error| disk("the package cannot be read", &error.into()))?;
        let Ok(relative) = entry.path().strip_prefix(source) else {
            continue;
        };
        let to = target.as_std_path().join(relative);
        let done = if entry.file_type().is_dir() {
            fs_err::create_dir_all(&to)
        } else if entry.file_type().is_file() {
            fs_err::copy(entry.path(), &to).map(|_| ())
        } else {
            Ok(())
        };
        done.map_err(|error| disk("the package cannot be copied", &error))?;
    }
    Ok(())
}

/// Makes a folder, with those above it.
pub fn create_dir(path: &Utf8Path) -> Result<(), Diagnostic> {
    fs_err::create_dir_all(path).map_err(|error| disk("a folder cannot be made", &error))
}

/// Removes a folder with all that is in it, or a link to one.
pub fn remove(path: &Utf8Path) -> Result<(), Diagnostic> {
    let Ok(metadata) = path.symlink_metadata() else {
        return Ok(());
    };
    let done = if metadata.is_dir() {
        fs_err::remove_dir_all(path)
    } else {
        fs_err::remove_file(path)
    };
    done.map_err(|error| disk("a folder cannot be deleted", &error))
}

/// Moves a folder.
pub fn rename(from: &Utf8Path, to: &Utf8Path) -> Result<(), Diagnostic> {
    fs_err::rename(from, to).map_err(|error| disk("a folder cannot be moved", &error))
}

fn disk(what: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("cannot-install", format!("{what}: {error}"))
}

fn digest(text: &str) -> String {
    use md5::{Digest as _, Md5};
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in Md5::digest(text.as_bytes()) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Returns an address without the user name and password in it.
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}
