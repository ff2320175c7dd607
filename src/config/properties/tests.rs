use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::config::context::YamlRenderer;
use crate::config::testing::{drawn, invocation, load};
use crate::diagnostics::{Outcome, SourceFile};

fn read(text: &str) -> Outcome<PropertyFile> {
    let (project, _) = load("");
    let renderer = YamlRenderer::for_properties(&project, "clinic", &invocation());
    read_properties(&SourceFile::new("models/schema.yml", text), &renderer)
}

/// Reads a file that has to be without mistakes.
#[track_caller]
fn right(text: &str) -> PropertyFile {
    let outcome = read(text);
    assert!(
        outcome.diagnostics.is_empty(),
        "{}",
        drawn(&outcome.diagnostics)
    );
    outcome.value.expect("a file")
}

/// Draws the mistakes of a file.
fn wrong(text: &str) -> String {
    drawn(&read(text).diagnostics)
}

/// Reads the data tests of one model.
#[track_caller]
fn tests_of(text: &str) -> Vec<DataTest> {
    let file = right(&format!("models:\n  - name: m\n    data_tests:\n{text}"));
    file.models.into_iter().next().expect("a model").data_tests
}

fn shown(test: &DataTest) -> Value {
    json!([
        test.test.text,
        test.arguments,
        test.config,
        test.custom_name.as_ref().map(|name| &name.text),
        test.description,
    ])
}

#[test]
fn data_tests_may_be_spelt_in_many_ways() {
    let tests = tests_of(
        "
      - unique
      - dbt_utils.at_least_one: {column_name: id}
      - accepted_values:
          values: [a, b]
          severity: warn
          config: {where: \"1=1\", mine: 1}
      - accepted_values:
          name: my_name
          description: why
          arguments: {values: [a], quote: false, limit: 3}
      - name: other
        test_name: relationships
        to: ref('x')
        field: id
",
    );
    let shown: Vec<Value> = tests.iter().map(shown).collect();
    assert_eq!(
        shown,
        [
            json!(["unique", {}, {}, null, ""]),
            json!(["dbt_utils.at_least_one", {"column_name": "id"}, {}, null, ""]),
            json!([
                "accepted_values",
                {"values": ["a", "b"]},
                {"severity": "warn", "where": "1=1", "mine": 1},
                null,
                ""
            ]),
            json!([
                "accepted_values",
                {"values": ["a"], "quote": false},
                {"limit": 3},
                "my_name",
                "why"
            ]),
            json!(["relationships", {"to": "ref('x')", "field": "id"}, {}, "other", ""]),
        ]
    );
}

#[test]
fn tests_that_are_written_wrong_say_how_to_write_them() {
    let wrong = |text: &str| wrong(&format!("models:\n  - name: m\n    tests:\n{text}"));
    insta::assert_snapshot!(wrong("      - accepted_values:\n        values: [a]\n"), @r"
    error[invalid-test]: a test must have one name
     --> models/schema.yml:5:9
      |
    5 |         values: [a]
      |         ^^^^^^ this stands beside `accepted_values`, not below it
      |
      = hint: indent the arguments by four spaces more than the dash
    ");
    insta::assert_snapshot!(wrong("      - unique:\n"), @r"
    error[invalid-test]: test `unique` has a colon but no arguments
     --> models/schema.yml:4:9
      |
    4 |       - unique:
      |         ^^^^^^ nothing follows
      |
      = hint: write `- unique` without the colon
    ");
    insta::assert_snapshot!(wrong("      - [unique]\n"), @r"
    error[wrong-type]: `data_tests` must be a list of tests
     --> models/schema.yml:4:9
      |
    4 |       - [unique]
      |         ^^^^^^^^ this is a list
    ");
    insta::assert_snapshot!(
        wrong("      - unique: {severity: warn, config: {severity: error}}\n"),
        @r"
    error[duplicate-key]: Test cannot have the same key at the top-level and in config: `severity`
     --> models/schema.yml:4:18
      |
    4 |       - unique: {severity: warn, config: {severity: error}}
      |                  ^^^^^^^^ here            -------- and here
      |
      = hint: keep the one under `config:`
    "
    );
    insta::assert_snapshot!(wrong("      - unique: {model: x}\n"), @r"
    error[invalid-test]: `model` is an argument of every test already
     --> models/schema.yml:4:18
      |
    4 |       - unique: {model: x}
      |                  ^^^^^ given here
      |
      = hint: remove it: a test's model is the one that it stands under
    ");
    insta::assert_snapshot!(wrong("      - unique\n    data_tests: [unique]\n"), @r"
    error[duplicate-key]: Invalid test config: cannot have both 'tests' and 'data_tests' defined
     --> models/schema.yml:3:5
      |
    3 |     tests:
      |     ^^^^^ here
    4 |       - unique
    5 |     data_tests: [unique]
      |     ---------- and here
      |
      = hint: move all tests under `data_tests`
    ");
}

#[test]
fn a_model_has_its_columns_and_configs() {
    let file = right(
        "
version: 2
models:
  - name: dim_patient
    description: One row per patient.
    meta: {phi: true}
    docs: {node_color: red}
    access: public
    config:
      materialized: table
      pre_hook: \"insert into {{ this }} select 1\"
    owner: someone
    columns:
      - name: id
        description: \"{{ doc('id') }}\"
        quote: true
        tags: key
        data_type: bigint
        constraints: [{type: not_null}]
        tests: [unique, not_null]
        unit: mm
    deprecation_date: 2027-01-31
",
    );
    let model = &file.models[0];
    assert_eq!(model.description, "One row per patient.");
    assert_eq!(
        Value::Object(model.config.clone()),
        json!({
            "materialized": "table",
            "pre_hook": "insert into {{ this }} select 1",
            "meta": {"phi": true},
            "docs": {"node_color": "red"},
            "access": "public",
        })
    );
    assert_eq!(
        Value::Object(model.extra.clone()),
        json!({"owner": "someone"})
    );
    assert_eq!(
        model.deprecation_date.as_deref(),
        Some("2027-01-31T00:00:00+00:00")
    );
    let column = &model.columns[0];
    assert_eq!(column.description, "{{ doc('id') }}");
    assert_eq!(column.tags, ["key"]);
    assert_eq!(column.quote, Some(true));
    assert_eq!(column.data_tests.len(), 2);
    assert_eq!(Value::Object(column.extra.clone()), json!({"unit": "mm"}));
    assert_eq!(&file.file.text[column.name.span.clone()], "id");
    assert_eq!(
        &file.file.text[column.data_tests[1].span.clone()],
        "not_null"
    );
}

#[test]
fn versions_choose_columns_and_tests() {
    let file = right(
        "
models:
  - name: m
    latest_version: 2
    tests: [unique]
    versions:
      - v: 1
        defined_in: m_old
        columns:
          - include: all
            exclude: [b]
          - name: c
      - v: 2
        data_tests: []
        config: {alias: m}
",
    );
    let [first, second] = &file.models[0].versions[..] else {
        panic!("two versions");
    };
    assert_eq!(first.v, json!(1));
    assert_eq!(
        first.defined_in.as_ref().map(|n| n.text.as_str()),
        Some("m_old")
    );
    assert_eq!(first.include, None);
    assert_eq!(first.exclude, ["b"]);
    assert_eq!(first.columns[0].name.text, "c");
    assert!(first.data_tests.is_none());
    assert!(second.data_tests.as_ref().is_some_and(Vec::is_empty));
    insta::assert_snapshot!(
        wrong("models:\n  - name: m\n    latest_version: 3\n    versions: [{v: 1}, {v: 1}]\n"),
        @r"
    error[duplicate-version]: model `m` has version `1` twice
     --> models/schema.yml:4:24
      |
    4 |     versions: [{v: 1}, {v: 1}]
      |                ------  ^^^^^^ here
      |                |
      |                and here

    error[unknown-version]: `latest_version` of model `m` is `3`, which is none of its versions
     --> models/schema.yml:3:21
      |
    3 |     latest_version: 3
      |                     ^ named here
      |
      = Its versions are: `1`, `1`.
    "
    );
}

#[test]
fn sources_keep_what_is_null_apart_from_what_is_absent() {
    let file = right(
        "
sources:
  - name: raw
    database: db
    schema: \"main\"
    freshness: {warn_after: {count: 1, period: day}}
    loaded_at_field: at
    config: {loaded_at_query: \"select {{ x }}\"}
    tables:
      - name: claims
        freshness: null
        loaded_at_field: null
        external: {location: x.csv}
        identifier: claims_v1
        columns: [{name: id, tests: [unique]}]
        data_tests: [{dbt_utils.equal_rowcount: {compare_model: ref('x')}}]
        landing: s3
      - name: patients
",
    );
    let source = &file.sources[0];
    assert_eq!(source.unrendered_database.as_deref(), Some("db"));
    assert!(source.freshness.as_ref().is_some_and(Option::is_some));
    assert_eq!(source.config["loaded_at_query"], "select {{ x }}");
    let [claims, patients] = &source.tables[..] else {
        panic!("two tables");
    };
    assert_eq!(claims.freshness, Some(None));
    assert_eq!(claims.loaded_at_field, Some(None));
    assert_eq!(claims.columns[0].data_tests[0].test.text, "unique");
    assert_eq!(claims.extra["landing"], "s3");
    assert_eq!(patients.freshness, None);
    assert_eq!(patients.loaded_at_field, None);
    insta::assert_snapshot!(
        wrong("sources:\n  - name: raw\n    tests: [unique]\n    freshness: {warn_after: {period: week}}\n"),
        @r"
    error[unknown-key]: `tests` means nothing in source `raw`
     --> models/schema.yml:3:5
      |
    3 |     tests: [unique]
      |     ^^^^^ not known
      |
      = hint: values of your own belong under `config: meta:`

    error[wrong-value]: `period` of `warn_after` is not known
     --> models/schema.yml:4:38
      |
    4 |     freshness: {warn_after: {period: week}}
      |                                      ^^^^ written here
      |
      = hint: it can be `minute`, `hour` or `day`
    "
    );
}

#[test]
fn exposures_groups_and_unit_tests_are_read() {
    let file = right(
        "
exposures:
  - name: cost
    type: dashboard
    owner: {email: a@b.c}
    depends_on: [ref('mart'), \"source('a', 'b')\"]
groups:
  - name: finance
    owner: {name: f}
unit_tests:
  - name: t
    model: m
    given:
      - input: ref('a')
        rows: [{id: 1, on: 2024-01-31}]
      - input: this
        format: csv
        rows: |
          id
          1
      - input: ref('b')
        fixture: b_rows
        format: csv
    expect:
      rows: []
    overrides: {vars: {x: 1}}
",
    );
    let exposure = &file.exposures[0];
    assert_eq!(exposure.depends_on[1].text, "source('a', 'b')");
    assert_eq!(file.groups[0].owner["name"], "f");
    let test = &file.unit_tests[0];
    assert_eq!(
        test.given[0].rows.rows,
        json!([{"id": 1, "true": "2024-01-31"}])
    );
    assert_eq!(test.given[1].rows.rows, json!("id\n1"));
    let fixture = test.given[2].rows.fixture.as_ref();
    assert_eq!(fixture.map(|f| f.text.as_str()), Some("b_rows"));
    assert_eq!(test.expect.rows, json!([]));
    insta::assert_snapshot!(
        wrong("exposures:\n  - {name: e, type: board, owner: {}}\n  - {name: f}\n"),
        @r"
    error[wrong-value]: `type` of exposure `e` cannot be `board`
     --> models/schema.yml:2:21
      |
    2 |   - {name: e, type: board, owner: {}}
      |                     ^^^^^ not known
      |
      = hint: it can be `dashboard`, `notebook`, `analysis`, `ml`, `application`

    error[missing-key]: the owner of exposure `e` has no name
     --> models/schema.yml:2:35
      |
    2 |   - {name: e, type: board, owner: {}}
      |                                   ^^ written here
      |
      = hint: add `name:` or `email:`

    error[missing-key]: exposure `f` has no `type`
     --> models/schema.yml:3:12
      |
    3 |   - {name: f}
      |            ^ named here
      |
      = hint: add `type: dashboard`, or another kind of use

    error[missing-key]: exposure `f` has no `owner`
     --> models/schema.yml:3:12
      |
    3 |   - {name: f}
      |            ^ named here
      |
      = hint: add `owner:` with `name:` or `email:`
    "
    );
    insta::assert_snapshot!(
        wrong("unit_tests:\n  - name: t\n    model: m\n    given: [{rows: []}]\n    expct: {rows: []}\n"),
        @r"
    error[unknown-key]: `expct` means nothing in unit test `t`
     --> models/schema.yml:5:5
      |
    5 |     expct: {rows: []}
      |     ^^^^^ not known
      |
      = hint: did you mean `expect`?

    error[missing-key]: unit test `t` has no `expect`
     --> models/schema.yml:2:11
      |
    2 |   - name: t
      |           ^ named here
      |
      = hint: add `expect:` with `rows:`

    error[missing-key]: an entry of `given` has no `input`
     --> models/schema.yml:4:13
      |
    4 |     given: [{rows: []}]
      |             ^ `input:` is missing here
      |
      = hint: write `input: ref('...')` or `input: source('...', '...')`
    "
    );
}

#[test]
fn macros_and_definitions_keep_what_is_rendered_later() {
    let file = right(
        "
macros:
  - name: f
    description: \"{{ doc('f') }}\"
    arguments: [{name: a, type: string, description: \"{{ doc('a') }}\"}]
metrics:
  - name: cost
    label: Cost
    type: simple
    type_params: {measure: {name: x, filter: \"{{ Dimension('a__b') }} > 1\"}}
    filter: \"{{ Dimension('a__b') }} = 2\"
saved_queries:
  - name: q
    query_params: {metrics: [cost], where: [\"{{ TimeDimension('x') }} > 1\"]}
",
    );
    assert_eq!(file.macros[0].arguments[0]["description"], "{{ doc('a') }}");
    let metric = &file.metrics[0];
    assert_eq!(metric.label.as_deref(), Some("Cost"));
    assert_eq!(
        metric.body["type_params"]["measure"]["filter"],
        "{{ Dimension('a__b') }} > 1"
    );
    assert_eq!(
        file.saved_queries[0].body["query_params"]["where"][0],
        "{{ TimeDimension('x') }} > 1"
    );
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let shown = wrong(
        "
modles: []
models:
  - description: nameless
  - name: 5
  - just text
  - name: a
    columns: {id: x}
    desciption: x
    meta: [1]
    config: {access: public}
    access: private
  - name: b
    columns: [{description: x}]
    deprecation_date: soon
seeds: 5
",
    );
    insta::assert_snapshot!(shown, @r"
    warning[unknown-key]: `modles` is no section of a property file
     --> models/schema.yml:2:1
      |
    2 | modles: []
      | ^^^^^^ nothing reads it
      |
      = hint: did you mean `models`?

    error[no-name]: a model has no name
     --> models/schema.yml:4:5
      |
    4 |   - description: nameless
      |     ^ `name:` is missing here
      |
      = hint: every entry of this list needs a `name:`

    error[wrong-type]: `name` must be a text
     --> models/schema.yml:5:11
      |
    5 |   - name: 5
      |           ^ this is a number

    error[wrong-type]: a model must be a mapping
     --> models/schema.yml:6:5
      |
    6 |   - just text
      |     ^^^^^^^^^ this is a text
      |
      = hint: begin it with `- name: ...`

    error[duplicate-key]: `access` of model `a` is set twice
      --> models/schema.yml:12:5
       |
    11 |     config: {access: public}
       |              ------ and here
    12 |     access: private
       |     ^^^^^^ here
       |
       = hint: keep the one under `config:`

    error[wrong-type]: `columns` must be a list
     --> models/schema.yml:8:14
      |
    8 |     columns: {id: x}
      |              ^^^^^^^ this is a mapping

    note[unknown-key]: `desciption` means nothing in a model
     --> models/schema.yml:9:5
      |
    9 |     desciption: x
      |     ^^^^^^^^^^ not known
      |
      = hint: did you mean `description`?

    error[no-name]: a column has no name
      --> models/schema.yml:14:15
       |
    14 |     columns: [{description: x}]
       |               ^ `name:` is missing here
       |
       = hint: every entry of this list needs a `name:`

    error[wrong-value]: `soon` is no date
      --> models/schema.yml:15:23
       |
    15 |     deprecation_date: soon
       |                       ^^^^ written here
       |
       = hint: write it as `2027-01-31`

    error[wrong-type]: The value of 'seeds' is not a list
      --> models/schema.yml:16:8
       |
    16 | seeds: 5
       |        ^ this is a number
       |
       = hint: begin each entry with `- name:`
    ");
}

#[test]
fn empty_files_and_sections_are_fine() {
    assert!(right("").models.is_empty());
    assert!(right("version: 2\nmodels:\n").models.is_empty());
    insta::assert_snapshot!(wrong("- name: x\n"), @r"
    error[wrong-type]: `models/schema.yml` is no mapping
     --> models/schema.yml:1:1
      |
    1 | - name: x
      | ^^^^^^^^^ sections such as `models:` belong here
      |
      = Dictionary expected at the top of the file.
    ");
}

#[test]
fn jinja_is_rendered_where_dbt_renders_it_now() {
    let text = r#"
models:
  - name: "m_{{ target.name }}"
    description: "{{ doc('m') }}"
    config:
      enabled: "{{ var('on', true) }}"
      pre_hook: "insert into {{ this }}"
      meta: {owner: "{{ target.schema }}"}
    columns:
      - name: id
        description: "{{ doc('id') }}"
        tags: ["{{ target.name }}"]
        data_tests:
          - accepted_values:
              arguments: {values: ["{{ var('x') }}"]}
              config: {severity: "{{ 'warn' if target.name == 'dev' else 'error' }}"}
sources:
  - name: raw
    schema: "{{ target.schema }}_raw"
    loaded_at_query: "select {{ now }}"
    tables:
      - name: t
        description: "{{ doc('t') }}"
        identifier: "t_{{ target.name }}"
"#;
    let file = right(text);
    let model = &file.models[0];
    assert_eq!(model.name.text, "m_dev");
    assert_eq!(model.description, "{{ doc('m') }}");
    assert_eq!(
        Value::Object(model.config.clone()),
        json!({"enabled": true, "pre_hook": "insert into {{ this }}", "meta": {"owner": "main"}})
    );
    let column = &model.columns[0];
    assert_eq!(column.tags, ["dev"]);
    assert_eq!(
        shown(&column.data_tests[0]),
        json!(["accepted_values", {"values": ["{{ var('x') }}"]}, {"severity": "warn"}, null, ""])
    );
    let source = &file.sources[0];
    assert_eq!(source.schema.as_deref(), Some("main_raw"));
    assert_eq!(
        source.unrendered_schema.as_deref(),
        Some("{{ target.schema }}_raw")
    );
    assert_eq!(source.loaded_at_query.as_deref(), Some("select {{ now }}"));
    assert_eq!(source.tables[0].identifier.as_deref(), Some("t_dev"));

    insta::assert_snapshot!(
        wrong("models:\n  - name: m\n    config: {enabled: \"{{ var('on') }}\"}\n"),
        @r#"
    error[missing-var]: Required var 'on' not found in config: it has no value
     --> models/schema.yml:3:27
      |
    3 |     config: {enabled: "{{ var('on') }}"}
      |                           ^^^^^^^^^
      |
      = hint: set it under `vars:` in dbt_project.yml, with --vars 'on: ...', or give a default: var('on', ...)
    "#
    );
}

#[test]
fn of_configs_set_twice_in_a_test_dbts_choice_counts() {
    let tests = tests_of(
        "
      - unique: {severity: error, where: a, arguments: {severity: warn}}
      - unique: {enabled: false, config: {limit: 1}}
      - unique: {limit: 0, config: {limit: 1}}
      - unique: {enabled: false}
",
    );
    let configs: Vec<Value> = tests.iter().map(|test| json!(test.config)).collect();
    assert_eq!(
        configs,
        [
            json!({"severity": "warn", "where": "a"}),
            json!({"limit": 1}),
            json!({"limit": 1}),
            json!({"enabled": false}),
        ]
    );
}
