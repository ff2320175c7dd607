//! Finds and reads the files of a project and its packages.

use std::sync::Arc;

use crate::config::LoadedProject;
use crate::diagnostics::{Outcome, SourceFile};
use crate::files::World;
use crate::parse::Checksum;

/// Every file of a project, by package, in dbt's order.
#[derive(Debug, Default)]
pub struct ProjectFiles {
    /// In the order of the loaded project's packages.
    pub packages: Vec<PackageFiles>,
}

/// The files of one package, by what they hold.
#[derive(Debug, Default)]
pub struct PackageFiles {
    pub package: Arc<str>,
    pub macros: Vec<ProjectFile>,
    /// `.sql` and `.py`.
    pub models: Vec<ProjectFile>,
    pub snapshots: Vec<ProjectFile>,
    pub analyses: Vec<ProjectFile>,
    pub singular_tests: Vec<ProjectFile>,
    pub generic_tests: Vec<ProjectFile>,
    /// Their texts are empty: nothing reads a seed before it is loaded.
    pub seeds: Vec<ProjectFile>,
    /// `.md`.
    pub docs: Vec<ProjectFile>,
    /// `.yml` and `.yaml`.
    pub properties: Vec<ProjectFile>,
    /// Of unit tests: `.csv` and `.sql`.
    pub fixtures: Vec<ProjectFile>,
    pub functions: Vec<ProjectFile>,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct ProjectFile {
    pub file: Arc<SourceFile>,
    /// Below the resource folder: `staging/stg_claims.sql`.
    pub path: String,
    /// Below the package's folder: `models/staging/stg_claims.sql`.
    pub original_file_path: String,
    /// The resource folder: `models`.
    pub search_path: Arc<str>,
    pub checksum: Checksum,
}

impl ProjectFile {
    /// Returns the file's name without its extension.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// Reads every file of a project and its packages.
pub fn read_project(_world: &dyn World, _project: &LoadedProject) -> Outcome<ProjectFiles> {
    todo!("written next")
}
