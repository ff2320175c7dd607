//! `packages.yml`, `dependencies.yml` and `package-lock.yml` as written.

use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::diagnostics::SourceFile;

/// The packages that a project asks for.
#[derive(Debug, Clone, Default)]
pub struct PackagesFile {
    /// None when the project has neither file.
    pub file: Option<Arc<SourceFile>>,
    pub packages: Vec<PackageSpec>,
    /// `projects:` of `dependencies.yml`.
    pub projects: Vec<Value>,
}

/// One entry of `packages:`.
#[derive(Debug, Clone)]
pub struct PackageSpec {
    pub source: PackageSource,
    pub name: Option<String>,
    /// The entry's place in the file.
    pub span: Range<usize>,
    /// The entry as written, Jinja unrendered.
    pub unrendered: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageSource {
    Local {
        path: String,
    },
    Git {
        url: String,
        revision: Option<String>,
        subdirectory: Option<String>,
        warn_unpinned: Option<bool>,
    },
    Tarball {
        url: String,
    },
    Hub {
        package: String,
        versions: Vec<String>,
        install_prerelease: bool,
    },
    Private {
        location: String,
        provider: Option<String>,
        revision: Option<String>,
        subdirectory: Option<String>,
        warn_unpinned: Option<bool>,
    },
}
