//! Brings packages onto the disk: from folders, repositories, tarballs and
//! the registry.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::disk::{self, Downloads};
use super::listing::Wanted;
use super::registry::{ADDRESS_VARIABLE, Registry};
use super::{Pinned, PinnedSource, download, git};
use crate::config::packages::{PackageReader, PackageSpec};
use crate::diagnostics::Diagnostic;
use crate::event::{EventKind, EventSink, Verdict};
use crate::files::{World, shipped_folder};
use crate::invocation::Invocation;

/// How long a server may take to answer, unless `DBT_HTTP_TIMEOUT` says else.
const TIMEOUT_SECONDS: f64 = 10.0;

/// Fetches packages for one command.
pub struct Fetcher<'a> {
    invocation: &'a Invocation,
    world: &'a dyn World,
    events: &'a dyn EventSink,
    reader: PackageReader<'a>,
    downloads: Downloads,
    registry: Registry<'a>,
}

/// What resolving needs to know of a package.
pub struct Metadata {
    /// The project's own name, from its `dbt_project.yml`.
    pub name: String,
    /// The packages that it asks for.
    pub packages: Vec<PackageSpec>,
}

impl<'a> Fetcher<'a> {
    /// Makes it, and a folder for what it downloads.
    pub fn new(
        invocation: &'a Invocation,
        world: &'a dyn World,
        events: &'a dyn EventSink,
    ) -> Result<Self, Diagnostic> {
        let address = invocation.env.get(ADDRESS_VARIABLE).cloned();
        Ok(Self {
            invocation,
            world,
            events,
            reader: PackageReader::new(invocation, world),
            downloads: Downloads::new()?,
            registry: Registry::new(address, events),
        })
    }

    pub(super) fn events(&self) -> &dyn EventSink {
        self.events
    }

    pub(super) fn is_error(&self, kind: EventKind) -> bool {
        self.invocation.flags.warnings.verdict(kind) == Verdict::Error
    }

    /// Decides on a version of a package.
    pub(super) fn pin(&self, wanted: &Wanted) -> Result<Pinned, Diagnostic> {
        let flag = self.invocation.flags.all.get("VERSION_CHECK");
        let checks_version = flag != Some(&Value::Bool(false));
        wanted.resolved(&self.registry, checks_version)
    }

    /// Reads a package's name and what it asks for. A branch or tag becomes
    /// the commit that it stands for now.
    pub(super) fn metadata(&self, pinned: &mut Pinned) -> Result<Metadata, Diagnostic> {
        if let PinnedSource::Hub {
            package, version, ..
        } = &pinned.source
        {
            return self.registry_metadata(package, version);
        }
        let folder = self.folder(pinned)?;
        let given = match &pinned.source {
            PinnedSource::Tarball { name, .. } => Some(name.as_str()),
            _ => None,
        };
        Ok(Metadata {
            name: match given {
                Some(name) => checked_name(name, pinned)?,
                None => self.project_name(&folder, pinned)?,
            },
            packages: self.reader.packages_of(&folder)?,
        })
    }

    /// Puts a package into its folder below another.
    pub(super) fn place(&self, pinned: &mut Pinned, below: &Utf8Path) -> Result<(), Diagnostic> {
        let name = self.metadata(pinned)?.name;
        let target = below.join(name);
        disk::remove(&target)?;
        let folder = self.folder(pinned)?;
        match &pinned.source {
            PinnedSource::Local { .. } => disk::link_or_copy(&folder, &target),
            PinnedSource::Builtin { .. } => disk::write_out(self.world, &folder, &target),
            _ => disk::copy(&folder, &target),
        }
    }

    /// Returns the folder that a package is in, which may be downloaded for
    /// it.
    fn folder(&self, pinned: &mut Pinned) -> Result<Utf8PathBuf, Diagnostic> {
        let root = &self.invocation.project_dir;
        match &mut pinned.source {
            PinnedSource::Local { path } => {
                let folder = self.local_folder(path);
                if self.world.exists(&folder.join("dbt_project.yml")) {
                    return Ok(folder);
                }
                let path = folder.join("dbt_project.yml");
                Err(Diagnostic::error(
                    "missing-package",
                    format!("No dbt_project.yml found at expected path {path}"),
                )
                .hint("paths of local packages are relative to the root project, those of packages' own entries too"))
            }
            PinnedSource::Builtin { name } => {
                Ok(shipped_folder(name).expect("an entry names a package that there is"))
            }
            PinnedSource::Git {
                url,
                revision,
                subdirectory,
                ..
            } => {
                let (checkout, commit) = git::checkout(&self.downloads, url, revision)?;
                *revision = commit;
                git::inside(&checkout, subdirectory.as_deref(), url)
            }
            PinnedSource::Tarball { url, .. } => {
                download::unpack(&self.downloads, root, url, self.timeout())
            }
            PinnedSource::Hub {
                package, version, ..
            } => {
                let url = self.tarball_of(package, version)?;
                download::unpack(&self.downloads, root, &url, self.timeout())
            }
        }
    }

    fn local_folder(&self, path: &str) -> Utf8PathBuf {
        let home = self.invocation.env.get("HOME");
        let path = match (path.strip_prefix('~'), home) {
            (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
                format!("{home}{rest}")
            }
            _ => path.to_owned(),
        };
        self.invocation.project_dir.join(path)
    }

    fn timeout(&self) -> Duration {
        let seconds = self.invocation.env.get("DBT_HTTP_TIMEOUT");
        let seconds = seconds.and_then(|seconds| seconds.parse().ok());
        Duration::try_from_secs_f64(seconds.unwrap_or(TIMEOUT_SECONDS))
            .unwrap_or(Duration::from_secs(TIMEOUT_SECONDS as u64))
    }

    fn registry_metadata(&self, package: &str, version: &str) -> Result<Metadata, Diagnostic> {
        let versions = self.registry.versions(package)?;
        let about = versions.get(version).unwrap_or(&Value::Null);
        let broken = |why: String| {
            Diagnostic::error(
                "registry-failed",
                format!("the registry's answer on `{package}` {version} cannot be read: {why}"),
            )
        };
        let name = about.get("name").and_then(Value::as_str);
        let name = name.filter(|name| is_name(name));
        let name = name.ok_or_else(|| broken("it has no project name".into()))?;
        let entries = about.get("packages").and_then(Value::as_array);
        let packages = entries.into_iter().flatten();
        Ok(Metadata {
            name: name.to_owned(),
            packages: packages
                .map(PackageSpec::of_entry)
                .collect::<Result<_, _>>()
                .map_err(broken)?,
        })
    }

    fn tarball_of(&self, package: &str, version: &str) -> Result<String, Diagnostic> {
        let versions = self.registry.versions(package)?;
        let url = versions
            .get(version)
            .and_then(|about| about.pointer("/downloads/tarball"));
        match url.and_then(Value::as_str) {
            // A registry names servers, never files of this machine.
            Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
                Ok(url.to_owned())
            }
            _ => Err(Diagnostic::error(
                "registry-failed",
                format!("the registry names no tarball for `{package}` {version}"),
            )),
        }
    }

    fn project_name(&self, folder: &Utf8Path, pinned: &Pinned) -> Result<String, Diagnostic> {
        let path = folder.join("dbt_project.yml");
        let text = self.world.read(&path).map_err(|_| {
            let title = format!("the package `{}` has no `dbt_project.yml`", pinned.name());
            let diagnostic = Diagnostic::error("not-a-package", title);
            match &pinned.source {
                PinnedSource::Git {
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
            Some(name) if is_name(name) => Ok(name.to_owned()),
            _ => Err(Diagnostic::error(
                "not-a-package",
                format!(
                    "the package `{}` has no name in its `dbt_project.yml`",
                    pinned.name()
                ),
            )
            .at(&file, 0..0, "`name:` is missing or is no name")),
        }
    }
}

/// Tells whether a name can be a folder's: it must be no path.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\']) && name != ".." && name != "."
}

fn checked_name(name: &str, pinned: &Pinned) -> Result<String, Diagnostic> {
    if is_name(name) {
        return Ok(name.to_owned());
    }
    Err(Diagnostic::error(
        "not-a-package",
        format!("the package `{}` has no usable `name`", pinned.name()),
    )
    .hint("write the project's name, as in its `dbt_project.yml`"))
}
