//! Installs the packages that a project asks for: `hcdbt deps`.
//!
//! The one part that downloads anything, and only what the project's own
//! `packages.yml` names. What was installed is recorded in
//! `package-lock.yml`, in dbt's form.

mod add;
mod disk;
mod download;
mod fetch;
mod git;
mod listing;
mod lock;
mod registry;
mod tell;

#[cfg(test)]
mod tests;

use camino::Utf8Path;
use indexmap::IndexSet;

pub use add::{NewPackage, NewSource, add};
pub use fetch::Fetcher;
pub use lock::{lock_text, specs_hash, to_yaml};

use crate::config::packages::PackageSpec;
use crate::diagnostics::Diagnostic;
use listing::Listing;

/// A package at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    pub source: PinnedSource,
}

/// Where a package comes from, to the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinnedSource {
    /// A folder, relative to the root project.
    Local { path: String },
    /// Comes with the program.
    Builtin { name: String },
    Git {
        url: String,
        /// The address as written, Jinja unrendered: it may name a secret.
        unrendered: String,
        /// A branch, tag or commit; a commit once the package was fetched.
        revision: String,
        warn_unpinned: bool,
        subdirectory: Option<String>,
    },
    Tarball {
        url: String,
        unrendered: String,
        /// The name that `packages.yml` gives it.
        name: String,
    },
    Hub {
        package: String,
        version: String,
        /// The newest version that could be installed.
        latest: String,
    },
}

/// A package with the name of its project, which is its folder's name too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    pub name: String,
    pub pinned: Pinned,
}

impl Pinned {
    /// Names the package as events do.
    pub fn name(&self) -> String {
        match &self.source {
            PinnedSource::Local { path } => path.clone(),
            PinnedSource::Builtin { name } => name.clone(),
            PinnedSource::Git {
                url, subdirectory, ..
            } => {
                let url = git::without_credentials(url);
                match subdirectory {
                    Some(folder) => format!("{url}/{folder}"),
                    None => url,
                }
            }
            PinnedSource::Tarball { name, .. } => name.clone(),
            PinnedSource::Hub { package, .. } => package.clone(),
        }
    }

    /// Names the version as events do.
    pub fn version_text(&self) -> String {
        match &self.source {
            PinnedSource::Local { path } => format!("<local @ {path}>"),
            PinnedSource::Builtin { .. } => {
                format!(
                    "version {}, which comes with hcdbt",
                    env!("CARGO_PKG_VERSION")
                )
            }
            PinnedSource::Git { revision, .. } if revision == "HEAD" => {
                "HEAD (default revision)".to_owned()
            }
            PinnedSource::Git { revision, .. } => format!("revision {revision}"),
            PinnedSource::Tarball { url, .. } => {
                format!("tarball (url: {})", git::without_credentials(url))
            }
            PinnedSource::Hub { version, .. } => format!("version {version}"),
        }
    }
}

/// Finds out which packages are needed, those that packages need included.
pub fn resolve(
    fetcher: &Fetcher<'_>,
    root_name: &str,
    specs: &[PackageSpec],
) -> Result<Vec<Installed>, Diagnostic> {
    let mut pending = Listing::of(specs)?;
    let mut all = Listing::default();
    while !pending.is_empty() {
        let mut next = Listing::default();
        for wanted in pending.into_values() {
            let mut pinned = fetcher.pin(all.incorporate(wanted)?)?;
            let about = fetcher.metadata(&mut pinned)?;
            next.extend(Listing::of(&about.packages)?)?;
        }
        pending = next;
    }
    let mut names = IndexSet::new();
    let mut packages = Vec::new();
    for wanted in all.values() {
        let mut pinned = fetcher.pin(wanted)?;
        let name = fetcher.metadata(&mut pinned)?.name;
        if name == root_name {
            return Err(Diagnostic::error(
                "duplicate-package",
                format!(
                    "Found a dependency with the same name as the root project \"{name}\": package \
                     names must be unique in a project"
                ),
            )
            .hint("take it out of `packages.yml`, or rename the project"));
        }
        if !names.insert(name.clone()) {
            return Err(duplicate(&name, &pinned, &packages));
        }
        fetcher.warn_unpinned(wanted, &pinned)?;
        packages.push(Installed { name, pinned });
    }
    Ok(packages)
}

fn duplicate(name: &str, pinned: &Pinned, others: &[Installed]) -> Diagnostic {
    let other = others.iter().find(|other| other.name == name);
    let other = other.map(|other| other.pinned.name()).unwrap_or_default();
    Diagnostic::error(
        "duplicate-package",
        format!("Found duplicate project \"{name}\": two packages have the same project name"),
    )
    .because(format!("`{other}` and `{}`", pinned.name()))
    .hint("make both entries name the same place, or take one of them out")
}

/// Puts the packages of a lock file into the folder for packages.
///
/// Everything is fetched into a folder beside it first; the old one is only
/// taken away when all is there.
pub fn install(
    fetcher: &Fetcher<'_>,
    into: &Utf8Path,
    locked: &[PackageSpec],
) -> Result<(), Diagnostic> {
    let staging = into.with_extension("installing");
    disk::remove(&staging)?;
    disk::create_dir(&staging)?;
    let mut outdated = Vec::new();
    for wanted in Listing::of(locked)?.into_values() {
        let mut pinned = fetcher.pin(&wanted)?;
        fetcher.tell_start(&pinned);
        fetcher.place(&mut pinned, &staging)?;
        fetcher.tell_installed(&pinned);
        if let PinnedSource::Hub {
            package,
            version,
            latest,
        } = &pinned.source
            && version != latest
        {
            outdated.push(package.clone());
        }
    }
    if !outdated.is_empty() {
        fetcher.tell_outdated(&outdated);
    }
    disk::remove(into)?;
    disk::rename(&staging, into)
}
