//! Checks after edits, which take over what earlier ones have found.

use std::sync::Arc;

use super::told;
use crate::check::{Checked, Kept, Memory, Request, check};
use crate::plan::Command;
use crate::run::tests::Project;
use crate::testing::Random;

/// Checks a project; what was found, and everything that it came to as text.
fn checked(project: &Project, before: Option<&(Arc<Kept>, Arc<Memory>)>) -> (Checked, String) {
    let (cx, plan, _) = project.prepare(Command::Check);
    let request = Request {
        selected: plan.selected,
        warns: true,
        kept: before.map(|(kept, _)| Arc::clone(kept)),
        memory: before.map(|(_, memory)| Arc::clone(memory)),
        ..Request::default()
    };
    let outcome = check(&cx, &request);
    let checked = outcome.value.unwrap();
    let mut lines: Vec<String> = outcome.diagnostics.iter().map(told).collect();
    lines.push(format!("{} {:?}", checked.checked, checked.unknown));
    lines.push(format!("{:?}", checked.failed));
    let ids = cx.graph.project.nodes.keys();
    for id in ids.filter(|id| !id.as_str().starts_with("test.")) {
        let schema = checked.schemas.get(id);
        lines.push(format!("{id} {:?}", schema.map(|schema| &schema.columns)));
    }
    let mut drafts: Vec<String> = checked
        .drafts
        .iter()
        .map(|(id, draft)| format!("{id} {}", draft.code))
        .collect();
    drafts.sort();
    lines.extend(drafts);
    (checked, lines.join("\n"))
}

/// Files, each with the texts that it may have. The first are the project.
const FILES: &[(&str, &[&str])] = &[
    (
        "models/a.sql",
        &[
            "select 1 as id, 'x' as name",
            "select 1::bigint as id, 'x' as name, 2.5 as amount",
            "{{ config(materialized='table') }}\nselect 1 as id, 'x' as name",
            "{{ config(materialized='ephemeral') }}\nselect 1 as id, 'x' as name",
            "select 1 as id",
            "selec 1 as id",
            "{{ config(alias='other') }}\nselect 1 as id, 'x' as name",
            "select id, id as name from {{ source('s', 't') }}",
        ],
    ),
    (
        "models/b.sql",
        &[
            "select id, name from {{ ref('a') }}",
            "\n\nselect * from {{ ref('a') }}",
            "select id, nmae from {{ ref('a') }}",
            "select a.id, b.name from {{ ref('a') }} a join {{ ref('a') }} b on a.id = b.id",
            "select 2 as id, 'y' as name",
            "select distinct id, null as name from {{ ref('a') }} -- hcdbt: allow(now-in-model)",
        ],
    ),
    (
        "models/c.sql",
        &[
            "{{ config(materialized='incremental') }}\nselect id, name from {{ ref('b') }}\n\
             {% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}",
            "{{ config(materialized='incremental') }}\nselect id, name from {{ ref('b') }}\n\
             {% if is_incremental() %}where ide > (select max(id) from {{ this }}){% endif %}",
            "select id, name from {{ ref('b') }}",
        ],
    ),
    (
        "models/d.sql",
        &[
            "select {{ m('id') }} as n, name = 1 as is_one from {{ ref('b') }}",
            "select {{ graph.nodes | length }} as n, {{ m('id') }} as m from {{ ref('b') }}",
            "{% set there = load_relation(ref('a')) %}select {{ 1 if there else 2 }} as n, \
             '{{ there }}' as t, current_date > '2020-01-01' as d",
            "select {{ var('n', 1) }} as n, x.* from {{ ref('b') }} x",
        ],
    ),
    (
        "models/e.sql",
        &[
            "{{ config(materialized='ephemeral') }}\nselect id, name from {{ ref('a') }}",
            "{{ config(materialized='ephemeral') }}\nselect id as key from {{ ref('a') }}",
            "select id, name from {{ ref('b') }}",
        ],
    ),
    (
        "models/marts/f.sql",
        &[
            "select * from {{ ref('e') }}",
            "select e.id, b.name from {{ ref('e') }} e left join {{ ref('b') }} b on b.id = e.id",
            "select key from {{ ref('e') }}",
        ],
    ),
    (
        "models/g.sql",
        &[
            "select z.zip, f.* from {{ ref('z') }} z, {{ ref('f') }} f",
            "select zip + 1 as zip from {{ ref('z') }}",
        ],
    ),
    (
        "seeds/z.csv",
        &["zip,n\n02139,1", "code,n\n02139,1", "zip,n\n7,x"],
    ),
    (
        "macros/m.sql",
        &[
            "{% macro m(c) %}{{ c }} + 1{% endmacro %}",
            "{% macro m(c) %}{{ c }}x{% endmacro %}",
        ],
    ),
    (
        "models/s.yml",
        &[
            "version: 2\nmodels:\n  - name: a\n    columns: [{name: id, data_tests: [unique, not_null]}]",
            "version: 2\nmodels:\n  - name: b\n    columns: [{name: id, data_tests: [unique]}, {name: name}]",
            "version: 2\nmodels:\n  - name: b\n    config: {materialized: table, contract: {enforced: true}}\n    \
             columns: [{name: id, data_type: integer}, {name: name, data_type: varchar}]",
            "version: 2",
        ],
    ),
    (
        "models/t.yml",
        &[
            "version: 2\nsources:\n  - name: s\n    tables: [{name: t, columns: [{name: id, data_type: integer}]}]",
            "version: 2\nsources:\n  - name: s\n    tables: [{name: t, columns: [{name: ix, data_type: integer}]}]",
            "version: 2\nsources:\n  - name: s\n    tables: [{name: t}]",
        ],
    ),
    (
        "tests/h.sql",
        &[
            "select * from {{ ref('f') }} where id is null",
            "select nothing from {{ ref('c') }}",
        ],
    ),
    (
        "models/v_v1.sql",
        &["select 1 as id, 2 as old", "select 1 as id"],
    ),
    (
        "models/v_v2.sql",
        &[
            "select 1 as id",
            "select 1 as id, 2 as old",
            "select id from {{ ref('b') }}",
        ],
    ),
    (
        "models/v.yml",
        &[
            "version: 2\nmodels:\n  - name: v\n    versions: [{v: 1, deprecation_date: 2020-01-01}, {v: 2}]",
            "version: 2\nmodels:\n  - name: v\n    versions: [{v: 1}, {v: 2}]",
        ],
    ),
    (
        "models/w.sql",
        &[
            "select id, old from {{ ref('v', v=1) }}",
            "select id from {{ ref('v', v=1) }}",
        ],
    ),
    (
        "dbt_project.yml",
        &[
            "name: p\nversion: '1.0'\nprofile: p",
            "name: p\nversion: '1.0'\nprofile: p\nvars: {n: 2}",
            "name: p\nversion: '1.0'\nprofile: p\non-run-start: \"create type kind as enum ('x')\"",
        ],
    ),
];

#[test]
fn after_any_edits_what_is_found_is_what_a_check_from_nothing_finds() {
    let project = Project::new("");
    for (path, texts) in FILES {
        project.write(path, texts[0]);
    }
    let before = (Arc::default(), Arc::default());
    let mut random = Random(4);
    let mut taken_over = 0;
    let mut edits = Vec::new();
    for _ in 0..24 {
        let (checked_again, again) = checked(&project, Some(&before));
        let (_, from_nothing) = checked(&project, None);
        assert_eq!(again, from_nothing, "after {edits:?}");
        taken_over += checked_again.taken_over;
        let (path, texts) = FILES[random.below(FILES.len())];
        let text = random.below(texts.len());
        project.write(path, texts[text]);
        edits.push(format!("{path} {text}"));
    }
    assert!(taken_over > 24, "{taken_over}");
}

#[test]
fn only_what_an_edit_reaches_is_looked_at_again() {
    let project = Project::new(
        "== models/a.sql\nselect 1 as id\n\
         == models/b.sql\nselect id from {{ ref('a') }}\n\
         == models/c.sql\nselect id from {{ ref('b') }}\n\
         == models/d.sql\nselect id from {{ ref('a') }}\n",
    );
    let before = (Arc::default(), Arc::default());
    let taken_over = |text: &str| {
        project.write("models/b.sql", text);
        checked(&project, Some(&before)).0.taken_over
    };
    assert_eq!(taken_over("select id from {{ ref('a') }}"), 0);
    assert_eq!(taken_over("select id from {{ ref('a') }}"), 4);
    // It gives what it gave.
    assert_eq!(taken_over("select id -- here\nfrom {{ ref('a') }}"), 3);
    // Its reader has to be looked at as well.
    assert_eq!(taken_over("select id::bigint as id from {{ ref('a') }}"), 2);
}
