//! `ci`: a pull request built beside production, compared and judged.

use crate::project::Project;

/// A project that is built in production, with its artifacts under `prod`.
fn production(more: &str) -> Project {
    let project = Project::new(&format!(
        "-- models/person.sql
{{{{ config(materialized='table', access='public') }}}}
select i as id, 'person ' || i as name, i % 5 as score, '02139' as zip from range(100) r(i)
-- models/scored.sql
select id, score * 2 as doubled, name from {{{{ ref('person') }}}}
-- models/beside.sql
select id from {{{{ ref('person') }}}}
-- models/far.sql
select 1 as x
# models/schema.yml
models:
  - name: person
    columns: [{{name: id, data_tests: [unique, not_null]}}]
exposures:
  - name: board
    type: dashboard
    owner: {{name: care, email: care@example.org}}
    depends_on: [ref('scored')]
{more}"
    ));
    let ran = project.run(&["build", "--target-path", "prod"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    project
}

const PERSON: &str = "{{ config(materialized='table', access='public') }}
select i as id, 'person ' || i as name, if(i = 7, 99, i % 5) as score, '02139' as zip
from range(100) r(i)";

#[test]
fn a_change_is_built_beside_production_and_compared() {
    let project = production("# hcdbt.yml\nci: {schema: pr_1}\n");
    project.write("models/person.sql", PERSON);
    let ran = project.run(&["ci", "--state", "prod", "--report", "markdown=pr.md"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // Production is as it was.
    let rows = project.rows("select max(score) as most from main.person");
    assert_eq!(rows, serde_json::json!([{"most": 4}]));
    let rows = project.rows("select max(doubled) as most from pr_1.scored");
    assert_eq!(rows, serde_json::json!([{"most": 198}]));
    let tables = "select table_name as t from information_schema.tables \
                  where table_schema = 'pr_1' order by 1";
    let built = project.rows(tables);
    assert_eq!(
        built.as_array().map(Vec::len),
        Some(3),
        "far was not modified: {built}"
    );

    let markdown = project.read("pr.md");
    for text in [
        "| person | modified | 100 | 0 | 0 | 1 |  |",
        "| scored | downstream | 100 |",
        "| score | 1 | 0 | 2 -> 2.97 |",
        "**Exposures**\n\n- board",
        "**Columns downstream**\n\n- scored.doubled\n",
    ] {
        assert!(markdown.contains(text), "{text}\n{markdown}");
    }
    assert_eq!(markdown, project.read("target/hcdbt/ci.md"));
    assert!(!markdown.contains("person 7"), "no value is told");
}

#[test]
fn gates_fail_a_change() {
    let project = production("# hcdbt.yml\nci: {gates: {changed_rows: 0.5}}\n");
    project.write("models/person.sql", &PERSON.replace(", '02139' as zip", ""));
    let args = ["ci", "--state", "prod", "--report", "github"];
    let ran = project.run(&args);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for text in [
        "title=gate-removed-columns::the public model `person` has lost the column `zip`",
        "title=gate-changed-rows::1.00 %25 of the rows of `person`",
    ] {
        assert!(ran.stdout.contains(text), "{}", ran.stdout);
    }

    project.write(
        "hcdbt.yml",
        "ci: {gates: {removed_columns: allowed, changed_rows: 1}}\n",
    );
    assert_eq!(project.run(&args).code, 0);

    // A failing test is judged by its gate; what it would hold up in a build is
    // built and compared all the same.
    project.write(
        "models/person.sql",
        &PERSON
            .replace("if(i = 7,", "if(i = 8,")
            .replace("i as id", "1 as id"),
    );
    let ran = project.run(&args);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("gate-failing-tests::1 test is failing"),
        "{}",
        ran.stdout
    );
    let markdown = project.read("target/hcdbt/ci.md");
    assert!(
        markdown.contains("| scored | downstream | 100 |"),
        "{markdown}"
    );
    project.write("hcdbt.yml", "ci: {gates: {failing_tests: 1}}\n");
    assert_eq!(project.run(&args).code, 0);
    project.write("models/person.sql", "select no_such_column");
    assert_eq!(project.run(&args).code, 1, "an error is no failing test");

    let ran = project.run(&["ci"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("`--state`"), "{}", ran.stderr);
}

#[test]
fn what_read_a_column_that_is_gone_is_affected() {
    let project = production(
        "# hcdbt.yml\nci: {gates: {removed_columns: allowed}}\n-- models/everything.sql\n\
         select * from {{ ref('person') }}\n",
    );
    project.write(
        "models/person.sql",
        &PERSON.replace("if(i = 7, 99, i % 5) as score, ", ""),
    );
    project.run(&["ci", "--state", "prod"]);
    let markdown = project.read("target/hcdbt/ci.md");
    for text in [
        "**Exposures**\n\n- board",
        "- everything.score (gone)\n",
        "- scored.doubled\n",
    ] {
        assert!(markdown.contains(text), "{text}\n{markdown}");
    }
}

#[test]
fn production_is_never_built_over() {
    let project = production("# hcdbt.yml\nci: {schema: main}\n");
    project.write("models/person.sql", PERSON);
    let ran = project.run(&["ci", "--state", "prod"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let text = "`person` would be built over production's relation";
    assert!(ran.stderr.contains(text), "{}", ran.stderr);
    let rows = project.rows("select max(score) as most from main.person");
    assert_eq!(rows, serde_json::json!([{"most": 4}]));
}
