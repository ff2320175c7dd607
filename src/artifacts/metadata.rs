//! The `metadata` object that begins every artifact.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::config::DBT_VERSION;
use crate::invocation::Invocation;
pub use crate::run::timestamp;

/// What is true of all artifacts of one invocation.
#[derive(Debug, Clone, Serialize)]
pub struct Metadata {
    dbt_schema_version: String,
    dbt_version: &'static str,
    generated_at: String,
    invocation_id: String,
    invocation_started_at: String,
    /// `DBT_ENV_CUSTOM_ENV_*` variables, without the prefix.
    env: Map<String, Value>,
}

impl Metadata {
    /// Makes the metadata of one artifact, `manifest/v12`.
    pub fn new(invocation: &Invocation, schema: &str, generated_at: jiff::Timestamp) -> Self {
        Self {
            dbt_schema_version: format!("https://schemas.getdbt.com/dbt/{schema}.json"),
            dbt_version: DBT_VERSION,
            generated_at: timestamp(generated_at),
            invocation_id: invocation.id.clone(),
            invocation_started_at: timestamp(invocation.started_at),
            env: invocation.metadata_env.clone(),
        }
    }
}
