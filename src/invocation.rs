//! A command as the user meant it: flags, environment and start time.
//!
//! Made once by `cli/`; the core reads nothing else of the process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::Utf8PathBuf;
use serde_json::{Map, Value};

use crate::event::WarningRules;

/// How the names of variables begin that are written into artifacts.
pub const METADATA_PREFIX: &str = "DBT_ENV_CUSTOM_ENV_";

/// One run of one command.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// dbt's `invocation_id`, a random UUID.
    pub id: String,
    pub started_at: jiff::Timestamp,
    /// The command's name as dbt's `flags.WHICH` gives it: `build`, `generate`.
    pub command: String,
    /// The command line, as artifacts record it.
    pub command_line: Vec<String>,
    /// The environment as it was at start.
    pub env: Arc<BTreeMap<String, String>>,
    /// The `DBT_ENV_CUSTOM_ENV_*` variables without that prefix, in the
    /// environment's order: what dbt writes into artifacts.
    pub metadata_env: Map<String, Value>,
    /// The folder the command was run in, absolute.
    pub current_dir: Utf8PathBuf,
    /// The folder with `dbt_project.yml`, absolute.
    pub project_dir: Utf8PathBuf,
    /// The folder with `profiles.yml`, absolute, when there is one.
    pub profiles_dir: Option<Utf8PathBuf>,
    pub profile: Option<String>,
    pub target: Option<String>,
    pub threads: Option<usize>,
    /// `--vars`, already read as YAML.
    pub vars: Map<String, Value>,
    /// Which of them YAML takes to be dates: pointers of JSON.
    pub var_dates: BTreeSet<String>,
    pub flags: Flags,
}

impl Invocation {
    /// Returns what must never be shown: the values of variables named
    /// `DBT_ENV_SECRET_*`, of the environment and of `--vars`, as dbt has it,
    /// and the salt of masks.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let of_env = self.env.iter().map(|(key, value)| (key, value.as_str()));
        let of_vars = self
            .vars
            .iter()
            .filter_map(|(key, value)| Some((key, value.as_str()?)));
        of_env
            .chain(of_vars)
            .filter(|(key, value)| is_secret(key) && !value.trim().is_empty())
            .map(|(_, value)| value)
    }
}

fn is_secret(variable: &str) -> bool {
    variable.starts_with("DBT_ENV_SECRET_") || variable == crate::phi::SALT_FROM[0]
}

/// dbt's global flags, after the command line, environment and project were
/// merged.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "dbt's flags are what they are"
)]
pub struct Flags {
    pub full_refresh: bool,
    pub fail_fast: bool,
    pub empty: bool,
    pub store_failures: bool,
    pub introspect: bool,
    /// Values of rows may be told where they are not the answer itself.
    pub show_values: bool,
    pub defer: bool,
    pub favor_state: bool,
    /// Folders as the user wrote them.
    pub state: Option<Utf8PathBuf>,
    pub defer_state: Option<Utf8PathBuf>,
    /// Which warnings are errors, and which are not shown.
    pub warnings: WarningRules,
    pub show_all_deprecations: bool,
    pub indirect_selection: String,
    /// `--resource-type` and `--exclude-resource-type`.
    pub resource_types: Vec<String>,
    pub exclude_resource_types: Vec<String>,
    pub target_path: Option<Utf8PathBuf>,
    pub log_path: Option<Utf8PathBuf>,
    pub write_json: bool,
    pub quiet: bool,
    pub event_time_start: Option<String>,
    pub event_time_end: Option<String>,
    pub sample: Option<String>,
    /// Build into the schema that `ci:` of `hcdbt.yml` names.
    pub own_schema: bool,
    /// How long to wait for a database that another process holds.
    pub wait: Option<std::time::Duration>,
    /// Every flag by its dbt name in upper case, for `flags.X` in templates
    /// and `args` in artifacts.
    pub all: Map<String, Value>,
}
