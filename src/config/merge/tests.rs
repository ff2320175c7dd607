use pretty_assertions::assert_eq;
use serde_json::{Map, Value, json};

use super::*;
use crate::config::testing::{drawn, load};

/// Configs that dbt-core 1.11.16 built of project files, a property file and
/// `config()` calls. `config` lists what is not the default.
const CASES: &str = include_str!("cases.json");

fn resource_type(name: &str) -> ResourceType {
    [
        ResourceType::Model,
        ResourceType::Seed,
        ResourceType::Snapshot,
        ResourceType::Test,
        ResourceType::UnitTest,
        ResourceType::Source,
        ResourceType::Exposure,
        ResourceType::Metric,
        ResourceType::SemanticModel,
        ResourceType::SavedQuery,
        ResourceType::Analysis,
        ResourceType::Function,
    ]
    .into_iter()
    .find(|known| known.as_str() == name)
    .expect("a kind of resource")
}

/// Writes a project file of the blocks of a case.
fn project_file(name: &str, blocks: &Value) -> String {
    let mut file = json!({"name": name, "profile": "clinic"});
    for (key, block) in blocks.as_object().into_iter().flatten() {
        let key = match key.as_str() {
            "semantic_models" => "semantic-models",
            "saved_queries" => "saved-queries",
            key => key,
        };
        file[key] = block.clone();
    }
    file.to_string()
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[test]
fn configs_are_those_that_dbt_builds() {
    let cases: Value = serde_json::from_str(CASES).expect("JSON");
    for case in cases["cases"].as_array().expect("a list") {
        let (project, _) = load(&format!(
            "# dbt_project.yml\n{}\n# dbt_packages/shop/dbt_project.yml\n{}\n",
            project_file("clinic", &case["clinic"]),
            project_file("shop", &case["shop"]),
        ));
        let mut call = Map::new();
        for one in case["calls"].as_array().into_iter().flatten() {
            merge_config_call(&mut call, map(one));
        }
        assert_eq!(Value::Object(call.clone()), case["call"], "{case}");
        let name = case["resource_type"].as_str().expect("a text");
        let fqn: Vec<String> = serde_json::from_value(case["fqn"].clone()).expect("texts");
        let patch = map(&case["patch"]);
        let merger = ConfigMerger::new(&project);
        let request = ConfigRequest {
            resource_type: resource_type(name),
            package: case["package"].as_str().expect("a text"),
            fqn: &fqn,
            patch: Some(&patch),
            call: &call,
        };
        let merged = merger.node_config(&request).expect("a config");
        let mut expected = map(&cases["defaults"][name]);
        expected.extend(map(&case["config"]));
        assert_eq!(
            Value::Object(merged.config.to_map()),
            json!(expected),
            "{case}"
        );
        if let Some(unrendered) = case.get("unrendered") {
            assert_eq!(&json!(merged.unrendered), unrendered, "{case}");
        }
        // A second time the answer comes from memory.
        let again = merger.node_config(&request).expect("a config");
        assert_eq!(merged.config, again.config);
    }
}

#[test]
fn defaults_are_dbts_in_dbts_order() {
    let cases: Value = serde_json::from_str(CASES).expect("JSON");
    for (name, defaults) in map(&cases["defaults"]) {
        let ours = Value::Object(fields(resource_type(&name)).defaults());
        assert_eq!(ours.to_string(), defaults.to_string(), "{name}");
    }
}

/// Builds the config of a model of one project from its `config()` call.
fn model(project_text: &str, call: &Value) -> Result<MergedConfig, Diagnostic> {
    let (project, _) = load(project_text);
    let merger = ConfigMerger::new(&project);
    merger.node_config(&ConfigRequest {
        resource_type: ResourceType::Model,
        package: "clinic",
        fqn: &["clinic".to_owned(), "m".to_owned()],
        patch: None,
        call: &map(call),
    })
}

#[test]
fn configs_of_the_wrong_type_say_what_they_are() {
    let wrong = |call: Value| {
        let diagnostic = model("", &call).expect_err("a mistake");
        drawn(&[diagnostic])
    };
    insta::assert_snapshot!(wrong(json!({"enabled": "true"})), @r"
    error[invalid-config]: config `enabled` must be true or false, not a text
     |
     = 'true' is not of type 'boolean'.
     = hint: write it without quotes, or end the Jinja that makes it with `| as_bool`
    ");
    insta::assert_snapshot!(wrong(json!({"schema": 2024})), @r"
    error[invalid-config]: config `schema` must be a text, not a number
     |
     = hint: put quotes around `2024`
    ");
    insta::assert_snapshot!(wrong(json!({"meta": ["phi"]})), @"error[invalid-config]: config `meta` must be a mapping, not a list");
    insta::assert_snapshot!(wrong(json!({"tags": [1]})), @r"
    error[invalid-config]: config `tags` can hold texts only, and `1` is a number
     |
     = hint: put quotes around `1`
    ");
    insta::assert_snapshot!(wrong(json!({"access": "open"})), @r"
    error[invalid-config]: config `access` cannot be `open`
     |
     = 'open' is not one of ['private', 'protected', 'public']
     = hint: it can be `private`, `protected`, `public`
    ");
    insta::assert_snapshot!(wrong(json!({"pre_hook": 1})), @"error[invalid-config]: config `pre-hook` must be SQL, or a list of SQL, not a number");
    insta::assert_snapshot!(
        wrong(json!({"materialized": "incremental", "contract": {"enforced": true}})),
        @r"
    error[invalid-config]: Invalid value for on_schema_change: ignore. Models materialized as incremental with contracts enabled must set on_schema_change to 'append_new_columns' or 'fail'
     |
     = hint: set it to `append_new_columns` or `fail`
    "
    );
}

#[test]
fn analyses_take_the_models_configs_with_defaults_of_their_own() {
    let (project, _) =
        load("# dbt_project.yml\nname: clinic\nprofile: clinic\nmodels: {+tags: x}\n");
    let merger = ConfigMerger::new(&project);
    let fqn = ["clinic".to_owned(), "a".to_owned()];
    let call = Map::new();
    let mut request = ConfigRequest {
        resource_type: ResourceType::Model,
        package: "clinic",
        fqn: &fqn,
        patch: None,
        call: &call,
    };
    let model = merger.node_config(&request).expect("a config");
    request.resource_type = ResourceType::Analysis;
    let analysis = merger.node_config(&request).expect("a config");
    assert_eq!(model.config.get("tags"), Some(&json!(["x"])));
    assert_eq!(analysis.config.get("tags"), Some(&json!(["x"])));
    assert!(model.config.contains_key("access"));
    assert!(!analysis.config.contains_key("access"));
}

#[test]
fn nodes_without_configs_of_their_own_share_one() {
    let (project, _) = load("");
    let merger = ConfigMerger::new(&project);
    let build = |name: &str, call: Value| {
        let request = ConfigRequest {
            resource_type: ResourceType::Model,
            package: "clinic",
            fqn: &["clinic".to_owned(), name.to_owned()],
            patch: None,
            call: &map(&call),
        };
        merger.node_config(&request).expect("a config").config
    };
    let plain = build("a", json!({}));
    assert_eq!(plain.entries_of_its_own(), 0);
    assert!(plain.shares_with(&build("b", json!({}))));
    // What one node sets is all that it keeps for itself.
    let table = build("a", json!({"materialized": "table"}));
    assert_eq!(table.entries_of_its_own(), 1);
    assert!(table.shares_with(&plain));
}

#[test]
fn configs_that_apply_to_nothing_are_pointed_at() {
    let (project, _) = load(
        "
# dbt_project.yml
name: clinic
profile: clinic
models:
  +materialized: table
  clinic:
    staging: {+tags: x}
    martz:
      +tags: y
seeds:
  shop: {enabled: false}
tests:
  +severity: warn
",
    );
    let merger = ConfigMerger::new(&project);
    let fqn = |text: &str| -> Vec<String> { text.split('.').map(str::to_owned).collect() };
    let model = fqn("clinic.staging.stg_claims");
    let test = fqn("clinic.not_null_x");
    let nodes = [
        (ResourceType::Model, model.as_slice()),
        (ResourceType::Test, test.as_slice()),
    ];
    let warning = merger
        .unused_config_paths(nodes.into_iter())
        .expect("a warning");
    insta::assert_snapshot!(drawn(&[warning]), @r"
    warning[unused-config]: Configuration paths exist in your dbt_project.yml file which do not apply to any resources.
      --> dbt_project.yml:7:5
       |
     7 |     martz:
       |     ^^^^^ nothing lies in `models.clinic.martz`
    ...
    10 |   shop: {enabled: false}
       |   ---- nothing lies in `seeds.shop`
       |
       = There are 2 unused configuration paths:
         - models.clinic.martz
         - seeds.shop
       = hint: a path is the project's name, then folders below the resource folder, then a name
    ");
}
