//! What the user configured: the project and its packages, the profile,
//! variables, property files, and how configs merge.
//!
//! `load_project` reads `dbt_project.yml` of the root project and of every
//! package, and the profile's target. `properties` and `merge` are called by
//! `parse`, which knows the nodes.

mod behaviour;
pub mod builtin;
mod catalogs;
pub mod context;
pub mod hcdbt_yml;
pub mod load;
pub mod merge;
pub mod packages;
pub mod profile;
pub mod project;
pub mod properties;
mod reader;
mod resource_type;
pub mod semver;
mod target;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod vars;
mod version;

pub use behaviour::behaviour_flag;
pub use catalogs::check_catalogs;
pub use context::{
    EnvVars, Hint, MissingVar, SECRET_PREFIX, Secrets, YamlRenderer, env_var_function, missing_var,
};
pub use hcdbt_yml::HcdbtYml;
pub use load::{
    LoadedProject, Package, PackageKind, find_project_dir, load_project, load_root_project,
};
pub use merge::{ConfigMerger, ConfigRequest, MergedConfig, SharedMap, merge_config_call};
pub use profile::{Profile, ProfilePlaces, profile_flags, profiles_folder};
pub use project::{ConfigTrees, Dispatch, Project, Quoting, SelectorsFile};
pub use properties::PropertyFile;
pub use resource_type::ResourceType;
pub use vars::Vars;

pub use crate::jinja::has_jinja;

/// The version of dbt whose behaviour hcdbt has: what `dbt_version` and
/// `require-dbt-version` speak of.
pub const DBT_VERSION: &str = "1.11.16";
