//! Installs the packages that a project asks for: `hcdbt deps`.
//!
//! The one part that downloads anything, and only what the project's own
//! `packages.yml` names. What was installed is recorded in
//! `package-lock.yml`, in dbt's form.

mod fetch;
mod lock;

#[cfg(test)]
mod tests;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

pub use lock::{LockFile, specs_hash};

use crate::config::packages::{PackageSource, PackageSpec};
use crate::diagnostics::Diagnostic;
use crate::files::World;

/// A package with everything that pins it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedPackage {
    /// The project's own name, from its `dbt_project.yml`.
    pub name: String,
    pub source: PinnedSource,
}

/// Where a package comes from, to the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinnedSource {
    Local {
        path: String,
    },
    Git {
        url: String,
        /// The commit.
        revision: String,
        subdirectory: Option<String>,
    },
    Tarball {
        url: String,
        /// The name that `packages.yml` gives it.
        name: Option<String>,
    },
}

/// Says what is being done; the second value is what the first is about.
pub type Say<'a> = &'a dyn Fn(String);

/// Finds out which packages are needed, those that packages need included.
pub fn resolve(
    root: &Utf8Path,
    root_name: &str,
    specs: &[PackageSpec],
    world: &dyn World,
    say: Say<'_>,
) -> Result<Vec<PinnedPackage>, Diagnostic> {
    let downloads = fetch::Downloads::new()?;
    let mut found: IndexMap<String, (PinnedPackage, Option<String>)> = IndexMap::new();
    let mut pending: Vec<(Utf8PathBuf, PackageSpec)> = specs
        .iter()
        .map(|spec| (root.to_owned(), spec.clone()))
        .collect();
    while !pending.is_empty() {
        let mut next = Vec::new();
        for (from, spec) in std::mem::take(&mut pending) {
            let fetched = fetch::fetch(&downloads, &from, root, &spec, say)?;
            let asked = asked_revision(&spec);
            let package = PinnedPackage {
                name: project_name(&fetched.folder, &spec, world)?,
                source: fetched.source,
            };
            if package.name == root_name {
                return Err(Diagnostic::error(
                    "duplicate-package",
                    format!(
                        "the package `{}` has the same name as this project",
                        package.name
                    ),
                )
                .hint("take it out of `packages.yml`, or rename the project"));
            }
            if let Some((existing, revision)) = found.get(&package.name) {
                if existing.source != package.source {
                    return Err(conflict(
                        existing,
                        &package,
                        revision.as_deref(),
                        asked.as_deref(),
                    ));
                }
                continue;
            }
            for nested in nested_specs(&fetched.folder, world)? {
                next.push((fetched.folder.clone(), nested));
            }
            found.insert(package.name.clone(), (package, asked));
        }
        pending = next;
    }
    Ok(found.into_values().map(|(package, _)| package).collect())
}

/// Puts resolved packages into the folder for packages.
///
/// Everything is fetched into a folder beside it first; the old one is only
/// taken away when all is there.
pub fn install(
    root: &Utf8Path,
    into: &Utf8Path,
    packages: &[PinnedPackage],
    say: Say<'_>,
) -> Result<(), Diagnostic> {
    let downloads = fetch::Downloads::new()?;
    let staging = into.with_extension("installing");
    fetch::remove(&staging)?;
    fetch::create_dir(&staging)?;
    for package in packages {
        say(format!("Installing {}", package.title()));
        fetch::place(&downloads, root, package, &staging.join(&package.name))?;
        say(format!("Installed from {}", package.version_text()));
    }
    fetch::remove(into)?;
    fetch::rename(&staging, into)
}

impl PinnedPackage {
    /// Names the package as `packages.yml` does.
    pub fn title(&self) -> String {
        match &self.source {
            PinnedSource::Local { path } => path.clone(),
            PinnedSource::Git { url, .. } | PinnedSource::Tarball { url, .. } => {
                fetch::without_credentials(url)
            }
        }
    }

    fn version_text(&self) -> String {
        match &self.source {
            PinnedSource::Local { path } => format!("<local @ {path}>"),
            PinnedSource::Git { revision, .. } => format!("revision {revision}"),
            PinnedSource::Tarball { url, .. } => {
                format!("tarball (url: {})", fetch::without_credentials(url))
            }
        }
    }
}

fn asked_revision(spec: &PackageSpec) -> Option<String> {
    match &spec.source {
        PackageSource::Git { revision, .. } => revision.clone(),
        _ => None,
    }
}

fn conflict(
    existing: &PinnedPackage,
    other: &PinnedPackage,
    revision: Option<&str>,
    other_revision: Option<&str>,
) -> Diagnostic {
    let text = |package: &PinnedPackage, revision: Option<&str>| match revision {
        Some(revision) => format!("`{}` at `{revision}`", package.title()),
        None => format!("`{}`", package.title()),
    };
    Diagnostic::error(
        "duplicate-package",
        format!(
            "the package `{}` is asked for from two places",
            existing.name
        ),
    )
    .because(format!(
        "{} and {}",
        text(existing, revision),
        text(other, other_revision)
    ))
    .hint("make both entries name the same place and revision")
}

fn project_name(
    folder: &Utf8Path,
    spec: &PackageSpec,
    world: &dyn World,
) -> Result<String, Diagnostic> {
    let path = folder.join("dbt_project.yml");
    let text = world.read(&path).map_err(|_| {
        let diagnostic = Diagnostic::error(
            "not-a-package",
            format!("the package `{}` has no `dbt_project.yml`", title(spec)),
        );
        match &spec.source {
            PackageSource::Git {
                subdirectory: None, ..
            } => diagnostic.hint(
                "if the project is in a folder of the repository, name it with `subdirectory:`",
            ),
            _ => diagnostic,
        }
    })?;
    let file = crate::diagnostics::SourceFile::new(&path, text);
    let yaml = crate::yaml::parse_yaml(&file)?;
    match yaml.get("name").and_then(|name| name.as_str()) {
        // A name becomes a folder, so it must be no path.
        Some(name) if !name.is_empty() && !name.contains(['/', '\\']) && name != ".." => {
            Ok(name.to_owned())
        }
        _ => Err(Diagnostic::error(
            "not-a-package",
            format!(
                "the package `{}` has no name in its `dbt_project.yml`",
                title(spec)
            ),
        )
        .at(&file, 0..0, "`name:` is missing or is no name")),
    }
}

fn nested_specs(folder: &Utf8Path, world: &dyn World) -> Result<Vec<PackageSpec>, Diagnostic> {
    for name in ["packages.yml", "dependencies.yml"] {
        let path = folder.join(name);
        if !world.exists(&path) {
            continue;
        }
        let text = world.read(&path).map_err(|error| {
            Diagnostic::error("cannot-read", format!("`{path}` cannot be read: {error}"))
        })?;
        let file = crate::diagnostics::SourceFile::new(&path, text);
        return crate::config::packages::read_specs(&file);
    }
    Ok(Vec::new())
}

fn title(spec: &PackageSpec) -> String {
    match &spec.source {
        PackageSource::Local { path } => path.clone(),
        PackageSource::Git { url, .. } | PackageSource::Tarball { url } => {
            fetch::without_credentials(url)
        }
        PackageSource::Hub { package, .. } => package.clone(),
        PackageSource::Private { location, .. } => location.clone(),
    }
}
