//! The project and profile as templates read them: `adapter.config` and
//! `ref.config`.

use serde_json::{Map, Value as Json, json};

use super::relation_name::quoting;
use crate::config::{LoadedProject, Package};
use crate::invocation::Invocation;
use crate::jinja::{Value, from_json};

/// Makes the config of a run. Packages read their own versions from it, the
/// quoting, the profile's target and the command's arguments.
pub fn runtime_config(project: &LoadedProject, invocation: &Invocation) -> Value {
    let root = project.root();
    let [database, schema, identifier] = quoting(project);
    let mut config = of_package(root);
    let dependencies: Map<String, Json> = project
        .packages
        .values()
        .map(|package| (package.name.to_string(), Json::Object(of_package(package))))
        .collect();
    let args: Map<String, Json> = invocation
        .flags
        .all
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .collect();
    config.extend([
        (
            "quoting".to_owned(),
            json!({"database": database, "schema": schema, "identifier": identifier}),
        ),
        (
            "credentials".to_owned(),
            Json::Object(project.profile.target.clone()),
        ),
        ("profile_name".to_owned(), json!(project.profile.name)),
        ("target_name".to_owned(), json!(project.profile.target_name)),
        ("threads".to_owned(), json!(project.profile.threads)),
        (
            "cli_vars".to_owned(),
            Json::Object(project.vars.cli.as_ref().clone()),
        ),
        ("dependencies".to_owned(), Json::Object(dependencies)),
        ("args".to_owned(), Json::Object(args)),
    ]);
    from_json(&Json::Object(config))
}

fn of_package(package: &Package) -> Map<String, Json> {
    let project = &package.project;
    let map = json!({
        "project_name": &*project.name,
        "version": project.version,
        "project_root": package.root.as_str(),
        "vars": project.vars,
        "model_paths": project.model_paths,
        "macro_paths": project.macro_paths,
        "seed_paths": project.seed_paths,
        "test_paths": project.test_paths,
        "analysis_paths": project.analysis_paths,
        "snapshot_paths": project.snapshot_paths,
        "target_path": project.target_path,
        "packages_install_path": project.packages_install_path,
        "restrict_access": project.restrict_access,
    });
    match map {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}
