//! The project and profile as templates read them: `adapter.config` and
//! `ref.config`.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::relation_name::quoting;
use crate::config::{LoadedProject, Package};
use crate::invocation::Invocation;
use crate::jinja::{Object, Value, from_json, from_json_map, function, python};

/// Makes the config of a run. Packages read their own versions from it, the
/// quoting, the profile's target and the command's arguments.
pub fn runtime_config(project: &LoadedProject, invocation: &Invocation) -> Value {
    let root = project.root();
    let [database, schema, identifier] = quoting(project);
    let mut config = of_package(root);
    if let Some(path) = &invocation.flags.target_path {
        config.insert("target_path".to_owned(), json!(path.as_str()));
    }
    let packages = project.packages.values();
    let dependencies = packages.map(|package| {
        let config = with_vars(of_package(package), package, []);
        (package.name.to_string(), config)
    });
    let dependencies = python::dict(dependencies.collect::<Vec<_>>());
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
        ("args".to_owned(), Json::Object(args)),
    ]);
    with_vars(config, root, [("dependencies".to_owned(), dependencies)])
}

/// Makes a config with `vars`, which dbt keeps in an object of its own, and
/// with more.
fn with_vars(
    config: Map<String, Json>,
    package: &Package,
    more: impl IntoIterator<Item = (String, Value)>,
) -> Value {
    let vars = Value::from_object(Vars(from_json_map(&package.project.vars)));
    let items = config
        .iter()
        .map(|(key, value)| (key.clone(), from_json(value)));
    let items = items.chain([("vars".to_owned(), vars)]).chain(more);
    python::dict(items.collect::<Vec<_>>())
}

/// The variables of a project file: `config.vars.to_dict()` in dbt.
#[derive(Debug)]
struct Vars(Value);

impl Object for Vars {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let vars = self.0.clone();
        match key.as_str()? {
            "to_dict" => Some(function("to_dict", move |_| Ok(vars.clone()))),
            "vars" => Some(vars),
            _ => None,
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}

fn of_package(package: &Package) -> Map<String, Json> {
    let project = &package.project;
    let map = json!({
        "project_name": &*project.name,
        "version": project.version,
        "project_root": package.root.as_str(),
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
