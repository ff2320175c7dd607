//! dbt's behaviour flags: `flags:` of `dbt_project.yml` that switch between
//! an old and a new way.

use serde_json::Value;

use super::LoadedProject;
use crate::invocation::Invocation;

/// The flags that are on unless the project says otherwise.
const ON_BY_DEFAULT: [&str; 4] = [
    "require_explicit_package_overrides_for_builtin_materializations",
    "require_generic_test_arguments_property",
    "require_resource_names_without_spaces",
    "source_freshness_run_project_hooks",
];

/// Tells whether a behaviour flag is on.
pub fn behaviour_flag(project: &LoadedProject, invocation: &Invocation, name: &str) -> bool {
    let given = invocation.flags.all.get(&name.to_uppercase());
    let given = given.or_else(|| project.root().project.flags.get(name));
    let given = given.and_then(Value::as_bool);
    given.unwrap_or_else(|| ON_BY_DEFAULT.contains(&name))
}
