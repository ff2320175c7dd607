//! The packages that are asked for, entries for the same one taken together.
//!
//! An entry is known by its address, not by the project's name, which can only
//! be read when the package is there.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::git::without_credentials;
use super::registry::Registry;
use super::{Pinned, PinnedSource};
use crate::config::packages::{PackageSource, PackageSpec};
use crate::config::semver::{self, Specifier};
use crate::diagnostics::Diagnostic;

/// Packages by what they are known by, in the order they were asked for.
#[derive(Debug, Default)]
pub struct Listing(IndexMap<String, Wanted>);

/// A package that is asked for, perhaps several times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    Local {
        path: String,
    },
    Builtin {
        name: String,
    },
    Git {
        url: String,
        unrendered: String,
        /// Every revision that was asked for.
        revisions: BTreeSet<String>,
        warn_unpinned: bool,
        subdirectory: Option<String>,
    },
    Tarball {
        url: String,
        unrendered: String,
        name: String,
    },
    Hub {
        package: String,
        /// The limits of all entries.
        versions: Vec<Specifier>,
        install_prerelease: bool,
    },
}

impl Listing {
    /// Takes the entries of a file in.
    pub fn of(specs: &[PackageSpec]) -> Result<Self, Diagnostic> {
        let mut listing = Self::default();
        for spec in specs {
            listing.add(Wanted::of(spec)?)?;
        }
        Ok(listing)
    }

    /// Takes all entries of another listing in.
    pub fn extend(&mut self, other: Self) -> Result<(), Diagnostic> {
        other
            .0
            .into_values()
            .try_for_each(|wanted| self.add(wanted))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_values(self) -> impl Iterator<Item = Wanted> {
        self.0.into_values()
    }

    pub fn values(&self) -> impl Iterator<Item = &Wanted> {
        self.0.values()
    }

    /// Takes an entry in and returns what all entries for its package come to.
    pub fn incorporate(&mut self, wanted: Wanted) -> Result<&Wanted, Diagnostic> {
        let key = self.key(&wanted);
        self.add(wanted)?;
        Ok(&self.0[&key])
    }

    fn add(&mut self, wanted: Wanted) -> Result<(), Diagnostic> {
        let key = self.key(&wanted);
        match self.0.get_mut(&key) {
            Some(existing) => existing.merge(wanted),
            None => {
                self.0.insert(key, wanted);
                Ok(())
            }
        }
    }

    /// Returns the name that a package is known by. A repository is the same
    /// with and without `.git` at its end.
    fn key(&self, wanted: &Wanted) -> String {
        let name = wanted.name();
        let Wanted::Git {
            url, subdirectory, ..
        } = wanted
        else {
            return name;
        };
        if self.0.contains_key(&name) {
            return name;
        }
        let other = match url.strip_suffix(".git") {
            Some(short) => short.to_owned(),
            None => format!("{url}.git"),
        };
        let other = with_subdirectory(&other, subdirectory.as_deref());
        if self.0.contains_key(&other) {
            other
        } else {
            name
        }
    }
}

impl Wanted {
    fn of(spec: &PackageSpec) -> Result<Self, Diagnostic> {
        let unrendered = |key: &str, rendered: &str| {
            let text = spec.unrendered.get(key).and_then(|value| value.as_str());
            let text = text.filter(|text| !text.is_empty());
            text.unwrap_or(rendered).to_owned()
        };
        Ok(match &spec.source {
            PackageSource::Local { path } => Self::Local { path: path.clone() },
            PackageSource::Builtin { name } => Self::Builtin { name: name.clone() },
            PackageSource::Git {
                url,
                revision,
                subdirectory,
                warn_unpinned,
            } => Self::Git {
                unrendered: unrendered("git", url),
                url: url.clone(),
                revisions: revision.iter().cloned().collect(),
                warn_unpinned: *warn_unpinned != Some(false),
                subdirectory: subdirectory.clone(),
            },
            PackageSource::Tarball { url } => Self::Tarball {
                unrendered: unrendered("tarball", url),
                url: url.clone(),
                name: spec.name.clone().unwrap_or_default(),
            },
            PackageSource::Hub {
                package,
                versions,
                install_prerelease,
            } => Self::Hub {
                package: package.clone(),
                versions: versions
                    .iter()
                    .map(|text| Specifier::parse(text).ok_or_else(|| no_version(package, text)))
                    .collect::<Result<_, _>>()?,
                install_prerelease: *install_prerelease,
            },
            PackageSource::Private { location, .. } => {
                return Err(Diagnostic::error(
                    "private-package",
                    format!(
                        "Cannot resolve private package {location} because git provider \
                         integration is missing"
                    ),
                )
                .because("`private:` works on dbt's hosted platform alone")
                .hint("name its git repository with `git:` and `revision:`"));
            }
        })
    }

    /// Names the package as errors and events do.
    pub fn name(&self) -> String {
        match self {
            Self::Local { path } => path.clone(),
            Self::Builtin { name } => name.clone(),
            Self::Git {
                url, subdirectory, ..
            } => with_subdirectory(url, subdirectory.as_deref()),
            Self::Tarball { url, .. } => url.clone(),
            Self::Hub { package, .. } => package.clone(),
        }
    }

    fn merge(&mut self, other: Self) -> Result<(), Diagnostic> {
        match (self, other) {
            (Self::Local { .. }, Self::Local { .. })
            | (Self::Builtin { .. }, Self::Builtin { .. })
            | (Self::Tarball { .. }, Self::Tarball { .. }) => Ok(()),
            (
                Self::Git {
                    revisions,
                    warn_unpinned,
                    ..
                },
                Self::Git {
                    revisions: more,
                    warn_unpinned: warns_too,
                    ..
                },
            ) => {
                revisions.extend(more);
                *warn_unpinned &= warns_too;
                Ok(())
            }
            (Self::Hub { versions, .. }, Self::Hub { versions: more, .. }) => {
                versions.extend(more);
                Ok(())
            }
            (existing, other) => Err(Diagnostic::error(
                "duplicate-package",
                format!(
                    "`{}` is asked for as {} and as {}",
                    without_credentials(&other.name()),
                    existing.kind(),
                    other.kind()
                ),
            )
            .hint("make both entries name the same place")),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Local { .. } => "a local package",
            Self::Builtin { .. } => "a package of hcdbt's own",
            Self::Git { .. } => "a git package",
            Self::Tarball { .. } => "a tarball",
            Self::Hub { .. } => "a package of the registry",
        }
    }

    /// Decides on one version.
    pub fn resolved(
        &self,
        registry: &Registry<'_>,
        checks_version: bool,
    ) -> Result<Pinned, Diagnostic> {
        let source = match self {
            Self::Local { path } => PinnedSource::Local { path: path.clone() },
            Self::Builtin { name } => PinnedSource::Builtin { name: name.clone() },
            Self::Git {
                url,
                unrendered,
                revisions,
                warn_unpinned,
                subdirectory,
            } => {
                let mut asked = revisions.iter();
                let revision = match (asked.next(), asked.next()) {
                    (None, _) => "HEAD".to_owned(),
                    (Some(only), None) => only.clone(),
                    (Some(_), Some(_)) => return Err(several_revisions(&self.name(), revisions)),
                };
                PinnedSource::Git {
                    url: url.clone(),
                    unrendered: unrendered.clone(),
                    revision,
                    warn_unpinned: *warn_unpinned,
                    subdirectory: subdirectory.clone(),
                }
            }
            Self::Tarball {
                url,
                unrendered,
                name,
            } => PinnedSource::Tarball {
                url: url.clone(),
                unrendered: unrendered.clone(),
                name: name.clone(),
            },
            Self::Hub {
                package,
                versions,
                install_prerelease,
            } => from_registry(
                package,
                versions,
                *install_prerelease,
                registry,
                checks_version,
            )?,
        };
        Ok(Pinned { source })
    }
}

fn from_registry(
    package: &str,
    limits: &[Specifier],
    install_prerelease: bool,
    registry: &Registry<'_>,
    checks_version: bool,
) -> Result<PinnedSource, Diagnostic> {
    registry.check_known(package)?;
    let range = semver::reduce(limits).map_err(|_| incompatible(package, limits))?;
    let usable = registry.usable_versions(package, checks_version)?;
    let usable: Vec<&str> = usable.iter().map(String::as_str).collect();
    let with_prereleases = install_prerelease || limits.iter().any(Specifier::is_prerelease);
    let installable = semver::installable(&usable, with_prereleases);
    match (
        semver::newest_within(&range, &installable),
        installable.last(),
    ) {
        (Some(version), Some(latest)) => Ok(PinnedSource::Hub {
            package: package.to_owned(),
            version: version.to_owned(),
            latest: (*latest).to_owned(),
        }),
        _ => Err(no_match(package, &range, &installable, checks_version)),
    }
}

fn with_subdirectory(url: &str, subdirectory: Option<&str>) -> String {
    match subdirectory {
        Some(folder) if !folder.is_empty() => format!("{url}/{folder}"),
        _ => url.to_owned(),
    }
}

fn no_version(package: &str, text: &str) -> Diagnostic {
    Diagnostic::error(
        "invalid-version",
        format!("\"{text}\" is not a valid semantic version."),
    )
    .because(format!("it is a `version:` of the package `{package}`"))
    .hint("write a version like `1.2.0`, or limits like `[\">=1.2.0\", \"<2.0.0\"]`")
}

fn several_revisions(name: &str, revisions: &BTreeSet<String>) -> Diagnostic {
    let revisions: Vec<&str> = revisions.iter().map(String::as_str).collect();
    Diagnostic::error(
        "duplicate-package",
        format!(
            "git dependencies should contain exactly one version. {} contains: {}",
            without_credentials(name),
            revisions.join(", ")
        ),
    )
    .hint("make all entries for it name the same `revision:`, those of packages included")
}

fn incompatible(package: &str, limits: &[Specifier]) -> Diagnostic {
    let limits: Vec<String> = limits.iter().map(|limit| format!("'{limit}'")).collect();
    Diagnostic::error(
        "version-conflict",
        format!(
            "Version error for package {package}: Could not find a satisfactory version from \
             options: [{}]",
            limits.join(", ")
        ),
    )
    .hint(
        "loosen `version:` in `packages.yml`, or take other versions of the packages that ask \
         for it",
    )
}

fn no_match(
    package: &str,
    range: &semver::Range,
    installable: &[&str],
    checks_version: bool,
) -> Diagnostic {
    let versions: Vec<String> = installable.iter().map(|v| format!("'{v}'")).collect();
    let diagnostic = Diagnostic::error(
        "no-matching-version",
        format!("Could not find a matching compatible version for package {package}"),
    )
    .because(format!(
        "Requested range: {range}\nCompatible versions: [{}]",
        versions.join(", ")
    ));
    if checks_version {
        diagnostic.hint(
            "take another version; with --no-version-check, versions for other versions of dbt \
             are taken too",
        )
    } else {
        diagnostic.hint("take another version")
    }
}
