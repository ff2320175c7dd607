//! dbt's behaviour flags: `flags:` of `dbt_project.yml` that switch between
//! an old and a new way.

use serde_json::Value;

use super::LoadedProject;
use crate::invocation::Invocation;

/// Tells whether a behaviour flag is on. None of those asked for here is on by
/// default.
pub fn behaviour_flag(project: &LoadedProject, invocation: &Invocation, name: &str) -> bool {
    let given = invocation.flags.all.get(&name.to_uppercase());
    let given = given.or_else(|| project.root().project.flags.get(name));
    given.and_then(Value::as_bool).unwrap_or(false)
}
