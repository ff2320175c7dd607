//! The project as it was: what artifacts of an earlier command say, and how
//! the present project differs from that.

mod artifact;
mod compare;
mod contract;
mod deferred;
mod upgrade;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde_json::Value;

pub use artifact::{PreviousManifest, PreviousResult, PreviousResults};
pub use compare::{Check, Comparison};
pub use deferred::{Deferred, DeferredNode};

use crate::diagnostics::Diagnostic;
use crate::files::World;

/// What lies in the folder that `--state` names.
#[derive(Debug, Default)]
pub struct PreviousState {
    /// The folder as the user wrote it.
    pub path: Utf8PathBuf,
    pub manifest: Option<PreviousManifest>,
    pub results: Option<PreviousResults>,
    /// When each source's newest row was loaded: then, and as the target
    /// folder has it now.
    pub loaded: Option<IndexMap<String, jiff::Timestamp>>,
    pub loaded_now: Option<IndexMap<String, jiff::Timestamp>>,
    pub rules: Rules,
}

/// How present and past are compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// dbt's flag `state_modified_compare_more_unrendered_values`: names of
    /// sources are compared as they are written, so that another environment
    /// is no change.
    pub unrendered: bool,
    pub now: jiff::Timestamp,
}

impl PreviousState {
    /// Reads the artifacts of a folder. What is not there is none.
    ///
    /// `folder` is absolute, `path` what the user wrote; `target` is the
    /// folder of the present artifacts.
    ///
    /// # Errors
    ///
    /// An artifact that cannot be read, or that has a form unknown to us.
    pub fn read(
        world: &dyn World,
        folder: &Utf8Path,
        path: &Utf8Path,
        target: &Utf8Path,
        rules: Rules,
    ) -> Result<Self, Diagnostic> {
        let read = |folder: &Utf8Path, name: &str| -> Result<Option<Value>, Diagnostic> {
            artifact::read(world, &folder.join(name), &path.join(name))
        };
        let loaded = |folder: &Utf8Path| -> Result<_, Diagnostic> {
            Ok(read(folder, "sources.json")?.map(|value| artifact::loaded_at(&value)))
        };
        Ok(Self {
            path: path.to_owned(),
            manifest: read(folder, "manifest.json")?
                .map(|value| PreviousManifest::new(value, &path.join("manifest.json")))
                .transpose()?,
            results: read(folder, "run_results.json")?
                .map(|value| PreviousResults::new(value, &path.join("run_results.json")))
                .transpose()?,
            loaded: loaded(folder)?,
            loaded_now: loaded(target)?,
            rules,
        })
    }

    /// Returns the manifest.
    ///
    /// # Errors
    ///
    /// Its absence is an error that names the folder.
    pub fn require_manifest(&self) -> Result<&PreviousManifest, Diagnostic> {
        self.manifest.as_ref().ok_or_else(|| {
            Diagnostic::error(
                "no-state",
                format!("Could not find manifest in --state path: \"{}\"", self.path),
            )
            .hint("name a folder that holds the `manifest.json` of an earlier command")
        })
    }
}
