//! Projects that are read again after edits.

use std::fmt::Write as _;
use std::sync::Arc;

use camino::Utf8Path;

use crate::config::testing::{PROJECT_DIR, drawn, invocation, world};
use crate::config::{LoadedProject, load_project};
use crate::files::{MemoryWorld, ReadFiles, World as _, read_project, read_project_again};
use crate::graph::{self, Graph};
use crate::parse::{self, Node};
use crate::testing::Random;

/// What was read before.
#[derive(Default)]
struct Before {
    project: Option<Arc<LoadedProject>>,
    files: ReadFiles,
    parsed: parse::Memo,
    resolved: graph::Memo,
}

/// Reads a project from nothing.
fn read(world: &MemoryWorld) -> (Option<Graph>, String) {
    let invocation = invocation();
    let loaded = load_project(&invocation, world);
    let mut found = loaded.diagnostics;
    let Some(project) = loaded.value else {
        return (None, drawn(&found));
    };
    let files = read_project(world, &project).value.expect("the files");
    let parsed = parse::parse(&project, &files, &invocation, world);
    found.extend(parsed.diagnostics);
    let parsed = parsed.value.expect("a project");
    let resolved = graph::resolve(parsed.project, &project, &invocation);
    found.extend(resolved.diagnostics);
    (resolved.value, drawn(&found))
}

/// Reads a project, taking over what was read before.
fn read_again(world: &MemoryWorld, before: &mut Before) -> (Option<Graph>, String) {
    let invocation = invocation();
    let loaded = load_project(&invocation, world);
    let mut found = loaded.diagnostics;
    let Some(project) = loaded.value else {
        return (None, drawn(&found));
    };
    let project = match &before.project {
        Some(known) if known.is_same(&project) => Arc::clone(known),
        _ => Arc::new(project),
    };
    before.project = Some(Arc::clone(&project));
    let files = read_project_again(world, &project, &before.files);
    let files = files.value.expect("the files");
    let parsed = parse::parse_again(&before.parsed, &project, &files, &invocation, world);
    found.extend(parsed.diagnostics);
    let parsed = parsed.value.expect("a project");
    let resolved = graph::resolve_again(&before.resolved, parsed.project, &project, &invocation);
    found.extend(resolved.diagnostics);
    (resolved.value, drawn(&found))
}

/// Writes down everything about a graph, a thing a line.
fn all_of(graph: Option<&Graph>) -> String {
    let Some(graph) = graph else {
        return String::new();
    };
    let project = &graph.project;
    let mut out = String::new();
    macro_rules! write_all {
        ($($map:expr),*) => {$(
            for (id, one) in &$map {
                let _ = writeln!(out, "{id} {one:?}");
            }
        )*};
    }
    write_all!(
        project.nodes,
        project.sources,
        project.exposures,
        project.metrics,
        project.semantic_models,
        project.saved_queries,
        project.unit_tests,
        project.groups,
        project.macros,
        project.docs,
        project.disabled,
        graph.parents,
        graph.children
    );
    out
}

const NONE: &str = "-";

/// Files, each with the texts that it may have; the first are the project.
/// Where a text is [`NONE`] there is no such file.
const FILES: &[(&str, &[&str])] = &[
    (
        "models/a.sql",
        &[
            "select 1 as id",
            "select 2 as id -- {{ config(tags=['x']) }}",
            "{{ config(enabled=false) }}select 1 as id",
            "{{ config(alias='other', group='g') }}select {{ m('1') }} as id",
            "select {{ nothing() }} as id",
            "select {% if %} as id",
            NONE,
        ],
    ),
    (
        "models/b.sql",
        &[
            "select * from {{ ref('a') }}",
            "select * from {{ ref('a') }} join {{ source('s', 't') }} using (id)",
            "{{ config(pre_hook=\"select '{{ ref('d') }}'\") }}select {{ var('n', 1) }} from {{ ref('a') }}",
            "select * from {{ ref('v') }}, {{ ref('v', v=1) }}, {{ ref('nope') }}",
            "select * from {{ ref('c') }}",
            NONE,
        ],
    ),
    ("models/deep/a.sql", &[NONE, "select 3 as id"]),
    (
        "models/deep/c.sql",
        &[
            "select * from {{ ref('b') }}",
            "select * from {{ ref('b') }} where id in (select id from {{ ref('z') }})",
            NONE,
        ],
    ),
    (
        "models/d.py",
        &[
            "def model(dbt, session):\n    return dbt.ref('a')\n",
            "def model(dbt, session):\n    dbt.config(materialized='table')\n    return dbt.ref('z')\n",
            "def model(dbt, session:\n",
        ],
    ),
    (
        "models/v_v1.sql",
        &["select 1 as id", "select 11 as id", NONE],
    ),
    ("models/v_v2.sql", &["select 2 as id", "select 22 as id"]),
    (
        "models/a.yml",
        &[
            "models:\n  - name: a\n    description: '{{ doc(\"words\") }}'\n    columns:\n      - name: id\n        data_tests: [unique, not_null, {mine: {arguments: {x: 1}}}]\n",
            "models:\n  - name: a\n    config: {tags: [y], group: g}\n    columns:\n      - name: id\n        data_tests: [unique, {relationships: {arguments: {to: \"ref('b')\", field: id}}}]\n  - name: nobody\n",
            "models:\n  - name: b\n    config: {materialized: table, enabled: \"{{ var('n', 1) == 1 }}\"}\n",
            "models:\n  - name: a\n    columns: [{name: id, data_tests: [{accepted_values: {arguments: {values: [1]}}}]}]\n    config: {enabled: false}\n",
            "models: [{name: a}, {name: a}]\n",
            "models: {\n",
            NONE,
        ],
    ),
    (
        "models/v.yml",
        &[
            "models:\n  - name: v\n    columns: [{name: id, data_tests: [unique]}]\n    versions: [{v: 1}, {v: 2}]\n",
            "models:\n  - name: v\n    latest_version: 1\n    versions: [{v: 1, config: {alias: old}}, {v: 2, columns: [{include: all}, {name: x}]}]\n",
            NONE,
        ],
    ),
    (
        "models/s.yml",
        &[
            "sources:\n  - name: s\n    tables: [{name: t, columns: [{name: id, data_tests: [not_null]}]}]\ngroups: [{name: g, owner: {name: o}}]\n",
            "sources:\n  - name: s\n    tables: [{name: t, config: {enabled: false}}]\ngroups: [{name: g, owner: {name: o}}]\nexposures: [{name: e, type: dashboard, owner: {name: o}, depends_on: [ref('b')]}]\n",
            "groups: [{name: g, owner: {name: o}}]\nunit_tests: [{name: u, model: b, given: [{input: \"ref('a')\", rows: [{id: 1}]}], expect: {rows: [{id: 1}]}}]\n",
        ],
    ),
    (
        "snapshots/old.sql",
        &[
            "{% snapshot old %}{{ config(strategy='check', unique_key='id', check_cols='all') }}select * from {{ ref('a') }}{% endsnapshot %}",
            "{% snapshot old %}{{ config(strategy='check', unique_key='id', check_cols='all') }}select * from {{ ref('b') }}{% endsnapshot %}{% snapshot z %}{{ config(strategy='check', unique_key='id', check_cols=['id']) }}select 1 as id{% endsnapshot %}",
            NONE,
        ],
    ),
    (
        "snapshots/s.yml",
        &[
            NONE,
            "snapshots: [{name: new, relation: ref('a'), config: {strategy: check, unique_key: id, check_cols: all}}]\n",
        ],
    ),
    ("seeds/z.csv", &["id\n1\n", "id\n2\n", NONE]),
    (
        "tests/one.sql",
        &[
            "select * from {{ ref('b') }} where id is null",
            "{{ config(severity='warn') }}select * from {{ ref('v') }}",
            NONE,
        ],
    ),
    (
        "tests/generic/mine.sql",
        &[
            "{% test mine(model, column_name, x) %}select * from {{ model }}{% endtest %}",
            "{% test mine(model, column_name, x) %}select * from {{ model }} where {{ m(x) }}{% endtest %}",
            NONE,
        ],
    ),
    (
        "macros/m.sql",
        &[
            "{% macro m(x) %}{{ x }} + 1{% endmacro %}",
            "{% macro m(x) %}{{ x }} + 2{% endmacro %}{% macro generate_schema_name(custom, node) %}{{ node.name }}{% endmacro %}",
            "{% macro m(x) %}{{ x }}{% endmacro %}{% macro m(x) %}{% endmacro %}",
            NONE,
        ],
    ),
    (
        "models/words.md",
        &[
            "{% docs words %}Many.{% enddocs %}",
            "{% docs words %}Few.{% enddocs %}",
            "{% docs other %}None.{% enddocs %}",
        ],
    ),
    (
        "dbt_project.yml",
        &[
            "name: clinic\nprofile: clinic\n",
            "name: clinic\nprofile: clinic\nvars: {n: 2}\n",
            "name: clinic\nprofile: clinic\nmodels: {clinic: {deep: {+schema: deep, +tags: [z]}}}\non-run-start: \"select '{{ ref('a') }}'\"\n",
        ],
    ),
    (
        "profiles.yml",
        &[
            "clinic:\n  target: dev\n  outputs:\n    dev: {type: duckdb, schema: main}\n",
            "clinic:\n  target: dev\n  outputs:\n    dev: {type: duckdb, schema: other}\n",
        ],
    ),
];

fn put(world: &MemoryWorld, path: &str, text: &str) {
    let path = Utf8Path::new(PROJECT_DIR).join(path);
    if text == NONE {
        world.remove(&path).expect("memory");
    } else {
        world.write(&path, text.as_bytes()).expect("memory");
    }
}

#[test]
fn after_any_edits_a_project_is_what_it_is_when_read_from_nothing() {
    let world = world("");
    for (path, texts) in FILES {
        put(&world, path, texts[0]);
    }
    let mut random = Random(7);
    let mut before = Before::default();
    let mut edits = Vec::new();
    let (mut with_graph, mut shared) = (0, 0);
    let mut last: Option<Graph> = None;
    for _ in 0..60 {
        let (again, found_again) = read_again(&world, &mut before);
        let (from_nothing, found) = read(&world);
        assert_eq!(found_again, found, "after {edits:?}");
        let (again_text, text) = (all_of(again.as_ref()), all_of(from_nothing.as_ref()));
        assert!(
            again_text == text,
            "after {edits:?}:\n{}",
            different(&again_text, &text)
        );
        with_graph += usize::from(found.is_empty());
        if let (Some(last), Some(again)) = (&last, &again) {
            let nodes = again.project.nodes.values();
            shared += nodes.filter(|node| is_in(last, node)).count();
        }
        last = again;
        // Most often one file, now and then several.
        for _ in 0..=random.below(8) / 7 * 4 {
            let (path, texts) = FILES[random.below(FILES.len())];
            // What is wrong is mended soon.
            let text = if random.below(3) == 0 {
                0
            } else {
                random.below(texts.len())
            };
            put(&world, path, texts[text]);
            edits.push(format!("{path} {text}"));
        }
    }
    assert!(with_graph > 5, "{with_graph}");
    assert!(shared > 200, "{shared}");
}

fn is_in(graph: &Graph, node: &Node) -> bool {
    let before = graph.project.nodes.get(&node.unique_id);
    before.is_some_and(|before| before.is_one_with(node))
}

fn different(a: &str, b: &str) -> String {
    let lines = a.lines().zip(b.lines()).filter(|(a, b)| a != b);
    let lines: Vec<String> = lines.take(2).map(|(a, b)| format!("{a}\n{b}")).collect();
    lines.join("\n\n")
}

#[test]
fn only_what_an_edit_reaches_is_made_again() {
    let world = world(
        "-- models/a.sql\nselect 1 as id\n\
         -- models/b.sql\nselect {{ 1 + 1 }} as id from {{ ref('a') }}\n\
         -- models/s.yml\nmodels: [{name: a, columns: [{name: id, data_tests: [unique]}]}, {name: b}]\n\
         -- models/v_v1.sql\nselect 1 as id\n\
         -- models/v.yml\nmodels: [{name: v, versions: [{v: 1}]}]\n",
    );
    let mut before = Before::default();
    let mut others = |path: &str, text: &str| {
        let last = read_again(&world, &mut before).0.expect("a graph");
        put(&world, path, text);
        let graph = read_again(&world, &mut before).0.expect("a graph");
        let nodes = graph.project.nodes.values();
        let new = nodes.filter(|node| !is_in(&last, node));
        let names: Vec<&str> = new.map(|node| node.name.as_str()).collect();
        names.join(" ")
    };
    assert_eq!(others("models/a.sql", "select 1 as id\n"), "");
    assert_eq!(others("models/a.sql", "select 2 as id"), "a");
    let properties =
        "models: [{name: a, columns: [{name: id, data_tests: [not_null]}]}, {name: b}]";
    assert_eq!(others("models/s.yml", properties), "a b not_null_a_id");
    assert_eq!(others("models/c.sql", "select 1"), "c");
    assert_eq!(
        others("macros/m.sql", "{% macro m() %}{% endmacro %}"),
        "a b c v not_null_a_id"
    );
}
