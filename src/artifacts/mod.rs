//! The files that other tools read: manifest, run results, catalog, sources.
//!
//! Their shapes are dbt's, version for version; what is ours alone never goes
//! into them.

mod manifest;
mod metadata;

pub use manifest::{ManifestFacts, manifest};
pub use metadata::{DBT_VERSION, Metadata};
