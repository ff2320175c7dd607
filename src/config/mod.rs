//! What the user configured: the project and its packages, the profile,
//! variables, property files, and how configs merge.
//!
//! `load_project` reads `dbt_project.yml` of the root project and of every
//! package, and the profile's target. `properties` and `merge` are called by
//! `parse`, which knows the nodes.

pub mod context;
pub mod load;
pub mod merge;
pub mod packages;
pub mod profile;
pub mod project;
pub mod properties;
pub mod vars;
pub mod yaml;

pub use context::{EnvVars, YamlRenderer};
pub use load::{LoadedProject, Package, PackageKind, find_project_dir, load_project};
pub use merge::{ConfigMerger, ConfigRequest, MergedConfig, merge_config_call};
pub use profile::Profile;
pub use project::{ConfigTrees, Dispatch, Project, Quoting};
pub use properties::PropertyFile;
pub use vars::Vars;
