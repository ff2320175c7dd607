//! Loads the root project, the packages it uses and its profile.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use super::context::EnvVars;
use super::profile::Profile;
use super::project::Project;
use super::vars::Vars;
use crate::diagnostics::Outcome;
use crate::files::World;
use crate::invocation::Invocation;

/// The root project with everything that its `dbt_project.yml` brings in.
#[derive(Debug)]
pub struct LoadedProject {
    /// Name of the root project.
    pub name: Arc<str>,
    /// The root project first, then the built-in packages (`dbt`,
    /// `dbt_duckdb`), then the installed ones, as dbt orders them.
    pub packages: IndexMap<Arc<str>, Package>,
    pub profile: Profile,
    /// Command line vars, the root project's and the packages' own.
    pub vars: Vars,
    pub env: EnvVars,
    /// The folder the command was run in; diagnostics show paths below it.
    pub current_dir: Utf8PathBuf,
}

impl LoadedProject {
    /// Returns the root project.
    pub fn root(&self) -> &Package {
        &self.packages[0]
    }

    /// Returns a package by its name.
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.get(name)
    }
}

/// The root project or one of its packages.
#[derive(Debug)]
pub struct Package {
    pub name: Arc<str>,
    pub kind: PackageKind,
    /// The package's folder, absolute. Empty for built-in packages.
    pub root: Utf8PathBuf,
    pub project: Project,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageKind {
    Root,
    /// Comes with the binary.
    BuiltIn,
    /// Was put under `packages-install-path` by `deps`.
    Installed,
}

/// Finds the folder with `dbt_project.yml`: the given one, else the current
/// folder, its `project` folder, or the nearest parent.
pub fn find_project_dir(
    _world: &dyn World,
    _current_dir: &Utf8Path,
    _given: Option<&Utf8Path>,
) -> Option<Utf8PathBuf> {
    todo!("written next")
}

/// Reads the project, its packages and its profile.
pub fn load_project(_invocation: &Invocation, _world: &dyn World) -> Outcome<LoadedProject> {
    todo!("written next")
}
