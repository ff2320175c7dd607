//! The files that other tools read: manifest, semantic manifest, run results,
//! catalog, sources.
//!
//! Their shapes are dbt's, version for version; what is ours alone never goes
//! into them.

mod catalog;
mod graph_summary;
mod ledger;
mod manifest;
mod metadata;
mod run_results;
mod semantic_manifest;
mod sources;

pub use catalog::{Catalog, catalog};
pub use graph_summary::graph_summary;
pub use ledger::{LEDGER_FOLDER, record, record_name};
pub use manifest::{ManifestFacts, manifest, metadata as manifest_metadata};
pub use metadata::Metadata;
pub use run_results::run_results;
pub use semantic_manifest::semantic_manifest;
pub use sources::sources;
