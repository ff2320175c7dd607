//! `profiles.yml`: which database, with which credentials.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::diagnostics::SourceFile;

/// The target that the command uses.
#[derive(Debug, Clone)]
pub struct Profile {
    pub name: String,
    pub target_name: String,
    pub threads: usize,
    /// `type` of the output: `duckdb`.
    pub adapter_type: String,
    /// The rendered output, without `type` and `threads`.
    pub credentials: Map<String, Value>,
    /// None for commands that need no profile.
    pub file: Option<Arc<SourceFile>>,
    /// The output's place in the file.
    pub span: std::ops::Range<usize>,
}
