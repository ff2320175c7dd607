//! Unit tests, and what people see of them.

use crate::project::Project;

const MODELS: &str = "
-- models/a.sql
select 1 as id, 'x' as name, date '2024-01-01' as day
-- models/b.sql
{{ config(materialized='incremental') }}
select a.id, upper(a.name) as name, a.day, s.kind
from {{ ref('a') }} a left join {{ source('raw', 's') }} s using (id)
{% if is_incremental() %} where a.id > (select max(id) from {{ this }}) {% endif %}
# models/b.yml
sources:
  - name: raw
    tables: [{name: s, columns: [{name: id, data_type: integer}, {name: kind, data_type: varchar}]}]
unit_tests:
  - name: grows
    model: b
    overrides: {macros: {is_incremental: true}}
    given:
      - {input: ref('a'), rows: [{id: 1}, {id: 2, name: text, day: 2024-02-01}]}
      - {input: \"source('raw', 's')\", format: csv, rows: \"id,kind\\n2,k\"}
      - {input: this, rows: [{id: 1}]}
    expect: {rows: [{id: 2, name: WORD, day: 2024-02-01, kind: k}]}
";

/// What the rows are cast to is found without anything being built.
#[test]
fn a_unit_test_needs_no_relation_and_shows_what_differs() {
    let project = Project::new(MODELS);
    let ran = project.run(&["test"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let shown = "
  - expected, + actual, [what differs]
      id | name   | day        | kind
    - 2  | [WORD] | 2024-02-01 | k
    + 2  | [TEXT] | 2024-02-01 | k
";
    assert!(ran.stderr.contains(shown), "{}", ran.stderr);
    let path = "compiled code at target/compiled/health/models/b.yml/models/grows.sql";
    assert!(ran.stderr.contains(path), "{}", ran.stderr);
    project.add(&MODELS.replace("name: WORD", "name: TEXT"));
    let ran = project.run(&["test"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}
