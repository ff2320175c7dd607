use std::sync::Arc;

use pretty_assertions::assert_eq;
use serde_json::json;

use super::load::{load_project, load_root_project};
use super::packages::PackageSource;
use super::testing::{drawn, invocation, load, world};
use crate::invocation::Invocation;

/// Draws what is wrong with a project.
fn wrong(text: &str, change: impl Fn(&mut Invocation)) -> String {
    let world = world(text);
    let mut invocation = invocation();
    change(&mut invocation);
    let outcome = load_project(&invocation, &world);
    drawn(&outcome.diagnostics)
}

fn wrong_project(text: &str) -> String {
    wrong(&format!("# dbt_project.yml\n{text}"), |_| {})
}

fn wrong_profile(text: &str) -> String {
    wrong(&format!("# profiles.yml\n{text}"), |_| {})
}

#[test]
fn a_small_project_has_dbts_defaults() {
    let (project, _) = load("");
    let root = &project.root().project;
    assert_eq!(root.model_paths, ["models"]);
    assert_eq!(root.analysis_paths, ["analyses"]);
    assert_eq!(root.target_path, "target");
    assert_eq!(root.clean_targets, ["target"]);
    assert_eq!(root.packages_install_path, "dbt_packages");
    let names: Vec<&str> = project.packages.keys().map(|name| &**name).collect();
    assert_eq!(names, ["clinic", "dbt_duckdb", "dbt"]);
    assert_eq!(project.profile.threads, 1);
    assert_eq!(project.profile.target["database"], "memory");
}

#[test]
fn installed_packages_come_last_by_folder() {
    let (project, _) = load(
        "
# dbt_packages/b/dbt_project.yml
name: zebra
vars: {x: 1}
# dbt_packages/c/dbt_project.yml
name: ant
# packages.yml
packages:
  - package: org/zebra
    version: [\">=1.0.0\", \"<2.0.0\"]
  - local: ../ant
",
    );
    let names: Vec<&str> = project.packages.keys().map(|name| &**name).collect();
    assert_eq!(names, ["clinic", "dbt_duckdb", "dbt", "zebra", "ant"]);
    assert_eq!(project.vars.get("zebra", "x"), Some(&1.into()));
    assert_eq!(project.vars.get("ant", "x"), None);
}

#[test]
fn missing_packages_point_at_their_list() {
    let shown = wrong(
        "# packages.yml\npackages:\n  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n",
        |_| {},
    );
    insta::assert_snapshot!(shown, @r"
    error[packages-not-installed]: the project asks for 1 package, but none are installed in `dbt_packages`
     --> packages.yml:2:5
      |
    2 |   - package: dbt-labs/dbt_utils
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^ the packages begin here
      |
      = hint: run `hcdbt deps`
    ");
}

#[test]
fn mistakes_of_the_project_file_are_all_told() {
    let shown = wrong_project(
        "
name: 1st
profile: clinic
model_paths: [models]
seed-paths: seeds
vars: [1]
dispatch:
  - macro_namespace: dbt_utils
qouting: {database: yes}
on-run-start: 5
",
    );
    insta::assert_snapshot!(shown, @r"
    error[unknown-key]: Additional properties are not allowed ('model_paths' was unexpected)
     --> dbt_project.yml:4:1
      |
    4 | model_paths: [models]
      | ^^^^^^^^^^^ no key of `dbt_project.yml`
      |
      = hint: did you mean `model-paths`?

    error[unknown-key]: Additional properties are not allowed ('qouting' was unexpected)
     --> dbt_project.yml:9:1
      |
    9 | qouting: {database: yes}
      | ^^^^^^^ no key of `dbt_project.yml`
      |
      = hint: did you mean `quoting`?

    error[invalid-project]: `1st` cannot be the name of a project
     --> dbt_project.yml:2:7
      |
    2 | name: 1st
      |       ^^^ letters, digits and underscores only, and no digit first

    error[wrong-type]: `seed-paths` must be a list
     --> dbt_project.yml:5:13
      |
    5 | seed-paths: seeds
      |             ^^^^^ this is a text

    error[invalid-dispatch]: an entry of `dispatch` is incomplete
     --> dbt_project.yml:8:5
      |
    8 |   - macro_namespace: dbt_utils
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^ needs `macro_namespace`, and `search_order` as a list

    error[wrong-type]: `vars` must be a mapping
     --> dbt_project.yml:6:7
      |
    6 | vars: [1]
      |       ^^^ this is a list

    error[wrong-type]: `on-run-start` must be SQL, or a list of SQL
      --> dbt_project.yml:10:15
       |
    10 | on-run-start: 5
       |               ^ this is a number
    ");
}

#[test]
fn profiles_that_do_not_fit_are_explained() {
    insta::assert_snapshot!(wrong_profile("clinik:\n  outputs: {}\nconfig: {}\n"), @r"
    error[unknown-profile]: Could not find profile named 'clinic' in `profiles.yml`
     --> dbt_project.yml:2:10
      |
    2 | profile: clinic
      |          ^^^^^^ named here
      |
      = `profiles.yml` has: `clinik`.
      = hint: did you mean `clinik`?
    ");
    insta::assert_snapshot!(
        wrong_profile("clinic:\n  target: prod\n  outputs:\n    dev: {type: duckdb}\n    prd: {type: duckdb}\n"),
        @r"
    error[unknown-target]: The profile 'clinic' does not have a target named 'prod'.
     --> profiles.yml:2:11
      |
    2 |   target: prod
      |           ^^^^ named here
      |
      = Its targets are: `dev`, `prd`.
      = hint: did you mean `prd`?
    "
    );
    insta::assert_snapshot!(
        wrong_profile("clinic:\n  target: dev\n  outputs:\n    dev: {path: x.duckdb}\n"),
        @r"
    error[invalid-profile]: target `dev` of profile `clinic` has no `type`
     --> profiles.yml:4:5
      |
    4 |     dev: {path: x.duckdb}
      |     ^^^ `type: duckdb` belongs here
    "
    );
    insta::assert_snapshot!(wrong_profile("clinic:\n  target: dev\n"), @r"
    error[invalid-profile]: profile `clinic` has no outputs
     --> profiles.yml:1:1
      |
    1 | clinic:
      | ^^^^^^ `outputs:` is missing here
      |
      = hint: add `outputs:` with one entry per target, such as `dev:` with `type: duckdb`
    ");
    insta::assert_snapshot!(
        wrong_profile("clinic:\n  target: dev\n  outputs:\n    dev: {type: duckdb, threads: many}\n"),
        @r"
    error[invalid-profile]: `threads` of target `dev` must be a number
     --> profiles.yml:4:34
      |
    4 |     dev: {type: duckdb, threads: many}
      |                                  ^^^^ a whole number above 0 belongs here
    "
    );
    insta::assert_snapshot!(wrong("", |i| i.target = Some("ci".to_owned())), @r"
    error[unknown-target]: The profile 'clinic' does not have a target named 'ci'.
     --> profiles.yml:4:5
      |
    4 |     dev: {type: duckdb, schema: main}
      |     ^ its targets
      |
      = Its targets are: `dev`.
      = hint: name one with --target, or as `target:` of the profile
    ");
    insta::assert_snapshot!(wrong("", |i| i.profile = Some("other".to_owned())), @r"
    error[unknown-profile]: Could not find profile named 'other' in `profiles.yml`
     |
     = `profiles.yml` has: `clinic`.
    ");
    insta::assert_snapshot!(wrong("", |i| i.profiles_dir = Some("/nowhere".into())), @r"
    error[no-profiles-file]: there is no `profiles.yml`
     |
     = hcdbt looked for a profiles.yml file in /nowhere, but did not find one.
     = hint: write one of these files, or name its folder with --profiles-dir
    ");
    insta::assert_snapshot!(wrong_project("name: clinic\n"), @r"
    error[no-profile]: the project names no profile
     --> dbt_project.yml:1:1
      |
    1 | name: clinic
      | ^ `profile:` is missing here
      |
      = hint: add `profile: <a profile of profiles.yml>`, or use --profile
    ");
}

#[test]
fn versions_of_dbt_are_checked() {
    insta::assert_snapshot!(
        wrong_project("name: clinic\nprofile: clinic\nrequire-dbt-version: [\">=1.0.0\", \"<1.5.0\"]\n"),
        @r#"
    error[wrong-dbt-version]: `clinic` does not accept dbt 1.11.16, which hcdbt stands in for
     --> dbt_project.yml:3:22
      |
    3 | require-dbt-version: [">=1.0.0", "<1.5.0"]
      |                      ^^^^^^^^^^^^^^^^^^^^^ the versions that it accepts
      |
      = hint: use another version of the package, or --no-version-check
    "#
    );
    insta::assert_snapshot!(
        wrong_project("name: clinic\nprofile: clinic\nrequire-dbt-version: \"1.8\"\n"),
        @r#"
    error[wrong-dbt-version]: `1.8` is no requirement on a version
     --> dbt_project.yml:3:22
      |
    3 | require-dbt-version: "1.8"
      |                      ^^^^^ written here
      |
      = hint: write it like `>=1.8.0`
    "#
    );
}

#[test]
fn two_packages_of_one_name_are_refused() {
    let shown = wrong(
        "# dbt_packages/a/dbt_project.yml\nname: clinic\n# dbt_packages/b/dbt_project.yml\nname: dbt\n",
        |_| {},
    );
    insta::assert_snapshot!(shown, @r"
    error[duplicate-package]: two packages have the name `clinic`
     --> dbt_packages/a/dbt_project.yml:1:7
      |
    1 | name: clinic
      |       ^^^^^^ the package in `dbt_packages/a`
      |
     ::: dbt_project.yml:1:7
      |
    1 | name: clinic
      |       ------ the package in `.`
      |
      = hint: give one of the two another `name:`

    error[duplicate-package]: `dbt` is the name of a built-in package
     --> dbt_packages/b/dbt_project.yml:1:7
      |
    1 | name: dbt
      |       ^^^ the package in `dbt_packages/b`
      |
      = hint: give one of the two another `name:`
    ");
}

#[test]
fn the_project_is_found_here_below_or_above() {
    use super::load::find_project_dir;
    let world = world("# project/dbt_project.yml\nname: below\n# a/b/c.sql\n");
    let find = |from: &str| find_project_dir(&world, from.into(), None);
    assert_eq!(find("/clinic").expect("here"), "/clinic");
    assert_eq!(find("/clinic/a/b").expect("above"), "/clinic");
    assert_eq!(find("/elsewhere"), None);
    let given = find_project_dir(&world, "/clinic".into(), Some("project".into()));
    assert_eq!(given.expect("given"), "/clinic/project");
}

fn with_env(invocation: &mut Invocation, pairs: &[(&str, &str)]) {
    let pairs = pairs.iter();
    invocation.env = Arc::new(
        pairs
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    );
}

#[test]
fn jinja_in_the_project_file_sees_target_variables_and_environment() {
    let world = world(
        r#"
# dbt_project.yml
name: clinic
profile: "{{ env_var('PROFILE', 'clinic') }}"
target-path: "target/{{ target.name }}"
vars:
  raw: "{{ this stays }}"
on-run-start: "create schema {{ target.schema }}"
models:
  +enabled: "{{ var('on') }}"
  +schema: "{{ target.name }}_{{ env_var('STAGE') }}"
  +meta:
    number: "{{ 1 + 1 }}"
    list: "{{ var('items', [1, 2]) }}"
    text: "no Jinja\n"
    year: "{{ modules.datetime.datetime.now().year }}"
  +pre-hook: "insert into {{ this }}"
  clinic:
    +post_hook: ["{{ log('x') }}"]
query-comment: "{{ node.name }}"
"#,
    );
    let mut invocation = invocation();
    with_env(&mut invocation, &[("STAGE", "ci")]);
    invocation.vars.insert("on".to_owned(), json!(false));
    let outcome = load_project(&invocation, &world);
    insta::assert_snapshot!(drawn(&outcome.diagnostics), @r#"
    warning[deprecated-key]: The `target-path` config in `dbt_project.yml` has been deprecated, and will no longer be supported.
     --> dbt_project.yml:3:1
      |
    3 | target-path: "target/{{ target.name }}"
      | ^^^^^^^^^^^ deprecated
      |
      = hint: use `--target-path` or the variable `DBT_TARGET_PATH`
    "#);
    let project = outcome.value.expect("a project");
    let root = &project.root().project;
    assert_eq!(root.target_path, "target/dev");
    assert_eq!(root.vars["raw"], "{{ this stays }}");
    assert_eq!(
        root.on_run_start[0].sql,
        "create schema {{ target.schema }}"
    );
    assert_eq!(root.query_comment, Some(json!("{{ node.name }}")));
    assert_eq!(
        serde_json::Value::Object(root.configs.models.clone()),
        json!({
            "+enabled": false,
            "+schema": "dev_ci",
            "+meta": {"number": "2", "list": [1, 2], "text": "no Jinja", "year": 2024},
            "+pre-hook": "insert into {{ this }}",
            "clinic": {"+post_hook": ["{{ log('x') }}"]},
        })
    );
    assert_eq!(
        root.unrendered_configs.models["+enabled"],
        "{{ var('on') }}"
    );
    assert_eq!(project.env.used(), ["PROFILE", "STAGE"]);
}

#[test]
fn mistakes_in_jinja_point_into_the_value() {
    insta::assert_snapshot!(
        wrong_project("name: clinic\nprofile: clinic\nmodels:\n  +schema: \"a_{{ var('missing') }}\"\n"),
        @r#"
    error[missing-var]: Required var 'missing' not found in config: it has no value
     --> dbt_project.yml:4:18
      |
    4 |   +schema: "a_{{ var('missing') }}"
      |                  ^^^^^^^^^^^^^^
      |
      = hint: this file sees the variables of --vars alone; give it there, or a default: var('missing', ...)
    "#
    );
    insta::assert_snapshot!(
        wrong_project("name: clinic\nprofile: clinic\nmodels:\n  +schema: \"{{ env_var('NOPE') }}\"\n"),
        @r#"
    error[jinja]: environment variable `NOPE` is not set
     --> dbt_project.yml:4:16
      |
    4 |   +schema: "{{ env_var('NOPE') }}"
      |                ^^^^^^^^^^^^^^^
      |
      = hint: set it, or give a default: env_var('NOPE', '...')
    "#
    );
    insta::assert_snapshot!(
        wrong_project("name: clinic\nprofile: clinic\nmodels:\n  +schema: \"{{ env_var('DBT_ENV_SECRET_X') }}\"\n"),
        @r#"
    error[jinja]: secret environment variable `DBT_ENV_SECRET_X` can be used in `profiles.yml` and `packages.yml` only
     --> dbt_project.yml:4:16
      |
    4 |   +schema: "{{ env_var('DBT_ENV_SECRET_X') }}"
      |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#
    );
    insta::assert_snapshot!(
        wrong_project("name: clinic\nprofile: clinic\nmodels:\n  +schema: \"{{ oops( }}\"\n"),
        @r#"
    error[jinja]: found `}` where `)` closes the bracket
     --> dbt_project.yml:4:22
      |
    4 |   +schema: "{{ oops( }}"
      |                      ^
    "#
    );
    insta::assert_snapshot!(
        wrong_project("name: clinic\nprofile: clinic\nmodels:\n  +schema: >\n    {% if x %}\n    y\n"),
        @r"
    error[jinja]: `{% if %}` is not closed with `{% endif %}`
     --> dbt_project.yml:5:5
      |
    5 |     {% if x %}
      |     ^^^^^^^^^^
    "
    );
}

#[test]
fn a_name_that_nothing_defines_is_no_value() {
    insta::assert_snapshot!(
        wrong_project("name: clinic\nprofile: clinic\nmodels:\n  +schema: \"{{ nothing }}\"\n"),
        @r#"
    error[jinja]: `{{ nothing }}` names what is not defined
     --> dbt_project.yml:4:12
      |
    4 |   +schema: "{{ nothing }}"
      |            ^^^^^^^^^^^^^^^ this has no value here
    "#
    );
}

#[test]
fn a_profile_may_use_secrets_and_they_stay_out_of_target() {
    let world = world(
        r#"
# profiles.yml
clinic:
  target: "{{ env_var('TARGET') }}"
  outputs:
    prod:
      type: duckdb
      path: "{{ env_var('DIR', '/data') }}/clinic.duckdb"
      threads: "{{ 2 * 2 }}"
      secrets:
        - {type: s3, secret: "key-{{ env_var('DBT_ENV_SECRET_KEY') }}"}
    other:
      type: duckdb
      path: "{{ env_var('NOT_SET') }}"
"#,
    );
    let mut invocation = invocation();
    with_env(
        &mut invocation,
        &[("TARGET", "prod"), ("DBT_ENV_SECRET_KEY", "s3cret")],
    );
    let outcome = load_project(&invocation, &world);
    assert!(
        outcome.diagnostics.is_empty(),
        "{}",
        drawn(&outcome.diagnostics)
    );
    let project = outcome.value.expect("a project");
    let profile = &project.profile;
    assert_eq!(profile.target_name, "prod");
    assert_eq!(profile.threads, 4);
    assert_eq!(profile.credentials["secrets"][0]["secret"], "key-s3cret");
    assert_eq!(profile.target["path"], "/data/clinic.duckdb");
    assert_eq!(profile.target["database"], "clinic");
    assert!(!format!("{:?}", profile.target).contains("s3cret"));
    assert_eq!(project.env.secrets(), ["s3cret"]);
}

#[test]
fn packages_do_not_see_the_command_lines_variables() {
    let shown = wrong(
        r#"
# dbt_packages/shop/dbt_project.yml
name: shop
models: {+enabled: "{{ var('on') }}"}
"#,
        |i| {
            i.vars.insert("on".to_owned(), json!(true));
        },
    );
    insta::assert_snapshot!(shown, @r#"
    error[missing-var]: Required var 'on' not found in config: it has no value
     --> dbt_packages/shop/dbt_project.yml:2:24
      |
    2 | models: {+enabled: "{{ var('on') }}"}
      |                        ^^^^^^^^^
      |
      = hint: this file sees the variables of --vars alone; give it there, or a default: var('on', ...)
    "#);
}

#[test]
fn the_project_file_is_read_without_a_profile_too() {
    let world = world(
        "# dbt_project.yml\nname: clinic\nmodels: {+schema: \"{{ target.name }}{{ var('x') }}\"}\n",
    );
    let outcome = load_root_project(&invocation(), &world);
    assert!(
        outcome.diagnostics.is_empty(),
        "{}",
        drawn(&outcome.diagnostics)
    );
    assert_eq!(&*outcome.value.expect("a project").name, "clinic");
}

#[test]
fn packages_are_rendered_with_secrets_that_stay_out_of_what_is_written() {
    let world = world(
        r#"
# packages.yml
packages:
  - git: "https://{{ env_var('DBT_ENV_SECRET_TOKEN') }}@host/x.git"
    revision: 1.0
    warn-unpinned: false
"#,
    );
    let mut invocation = invocation();
    with_env(&mut invocation, &[("DBT_ENV_SECRET_TOKEN", "t0ken")]);
    let outcome = load_root_project(&invocation, &world);
    assert!(
        outcome.diagnostics.is_empty(),
        "{}",
        drawn(&outcome.diagnostics)
    );
    let packages = outcome.value.expect("a project").packages.packages;
    assert_eq!(
        packages[0].source,
        PackageSource::Git {
            url: "https://t0ken@host/x.git".to_owned(),
            revision: Some("1.0".to_owned()),
            subdirectory: None,
            warn_unpinned: Some(false),
        }
    );
    assert_eq!(
        packages[0].unrendered["git"],
        "https://{{ env_var('DBT_ENV_SECRET_TOKEN') }}@host/x.git"
    );
}

#[test]
fn packages_that_cannot_be_meant_are_pointed_at() {
    insta::assert_snapshot!(
        wrong(
            "# packages.yml\npackages:\n  - package: dbt_utils\n    version: 1.0.0\n  - package: a/b\n  - {x: y}\n",
            |_| {}
        ),
        @r"
    error[invalid-package]: dbt_utils was not found in the package index. Packages on the index require a namespace, e.g dbt-labs/dbt_utils
     --> packages.yml:2:5
      |
    2 |   - package: dbt_utils
      |     ^^^^^^^^^^^^^^^^^^ this entry
      |
      = The packages.yml file in this project is malformed.

    error[invalid-package]: a/b is missing the version. When installing from the Hub package index, version is a required property
     --> packages.yml:4:5
      |
    4 |   - package: a/b
      |     ^^^^^^^^^^^^ this entry
      |
      = The packages.yml file in this project is malformed.

    error[invalid-package]: an entry of `packages` needs `package`, `git`, `local`, `tarball` or `builtin`
     --> packages.yml:5:5
      |
    5 |   - {x: y}
      |     ^^^^^^ this entry
      |
      = The packages.yml file in this project is malformed.
    "
    );
    insta::assert_snapshot!(
        wrong(
            "# packages.yml\npackages: []\nprojects: []\n# dependencies.yml\npackages: []\n",
            |_| {}
        ),
        @r"
    error[duplicate-packages]: packages are listed in two files
     --> packages.yml:1:1
      |
    1 | packages: []
      | ^^^^^^^^ here
      |
     ::: dependencies.yml:1:1
      |
    1 | packages: []
      | -------- and here
      |
      = hint: move all of them to one of the two

    error[projects-in-packages]: `projects:` cannot stand in `packages.yml`
     --> packages.yml:2:1
      |
    2 | projects: []
      | ^^^^^^^^ its place is elsewhere
      |
      = hint: move it to `dependencies.yml`
    "
    );
}

#[test]
fn without_a_profile_all_that_target_has_is_empty() {
    let world = world(
        "-- dbt_project.yml\n\
         name: clinic\n\
         models:\n\
         \x20 +schema: \"{{ target.schema.upper() }}x\"\n\
         \x20 +enabled: \"{{ target.name in ['a', 'b'] | as_bool }}\"\n\
         \x20 +meta: {unknown: \"{{ nothing_of_this_name }}\"}\n",
    );
    let outcome = load_root_project(&invocation(), &world);
    assert_eq!(drawn(&outcome.diagnostics), "");
    assert!(outcome.value.is_some());
}
