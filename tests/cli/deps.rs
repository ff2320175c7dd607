//! What `deps` does to a project's folder.

use crate::project::Project;

const WITH_A_PACKAGE: &str = "
# local/dbt_project.yml
name: codes
# local/models/icd.sql
select 'A00' as code
# packages.yml
packages:
  - local: local
-- models/patients.sql
select * from {{ ref('codes', 'icd') }}
";

#[test]
fn packages_are_locked_installed_and_used() {
    let project = Project::new(WITH_A_PACKAGE);
    let ran = project.run(&["deps"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(project.read("package-lock.yml"), @r"
    packages:
      - local: local
        name: codes
    sha1_hash: 65a8b182fb7b40c1bdf3742a16745ae0a5e2533e
    ");
    let ran = project.run(&["build"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(project.path("target/run/codes/models/icd.sql").exists());
}

#[test]
fn a_package_is_added_to_the_list() {
    let project = Project::new(WITH_A_PACKAGE);
    let ran = project.run(&[
        "deps",
        "--lock",
        "--add-package",
        "more",
        "--source",
        "local",
    ]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert_eq!(
        project.read("packages.yml"),
        "packages:\n  - local: local\n  - local: more\n"
    );
    project.add("# more/dbt_project.yml\nname: more\n");
    let ran = project.run(&["deps", "--lock"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(project.read("package-lock.yml").contains("name: more"));
    assert!(!project.path("dbt_packages").exists());
}
