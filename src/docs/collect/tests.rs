use serde_json::json;

use super::*;
use crate::docs::payload::{Column, Layer, Node, Status, Tally, Test};
use crate::docs::{Form, render_page};

/// A small warehouse: a source, a seed, a staging model, a fact, an exposure, tests.
fn manifest() -> Value {
    json!({
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
            "project_name": "clinic", "dbt_version": "1.11.0", "adapter_type": "duckdb",
            "generated_at": "2026-01-02T03:04:05Z", "env": {"SECRET": "in-env"}, "user_id": "who",
        },
        "nodes": {
            "model.clinic.stg_claims": {
                "resource_type": "model", "name": "stg_claims", "package_name": "clinic",
                "fqn": ["clinic", "staging", "stg_claims"], "original_file_path": "models/staging/stg_claims.sql",
                "config": {"materialized": "view", "tags": ["daily"], "on_schema_change": "ignore", "docs": {"show": true}},
                "tags": ["daily"], "description": "One row per *claim*.", "relation_name": "db.main.stg_claims",
                "columns": {
                    "CLAIM_ID": {"name": "CLAIM_ID", "description": "Key", "constraints": [{"type": "not_null"}], "meta": {"phi": "mrn"}},
                    "gone": {"name": "gone", "description": "no more", "data_type": "text"},
                },
                "depends_on": {"macros": ["macro.dbt.x", "macro.clinic.cents"], "nodes": ["source.clinic.raw.claims", "seed.clinic.codes"]},
                "raw_code": "\nselect * from {{ source('raw', 'claims') }}\n", "compiled_code": "select * from raw.claims",
            },
            "model.clinic.fact_claim": {
                "resource_type": "model", "name": "fact_claim", "package_name": "clinic", "version": 2, "latest_version": 2,
                "fqn": ["clinic", "marts", "fact_claim", "v2"],
                "config": {"materialized": "incremental", "unique_key": ["claim_id", "line"], "contract": {"enforced": true},
                           "post-hook": [{"sql": "analyze", "transaction": true}]},
                "depends_on": {"nodes": ["model.clinic.stg_claims"]}, "patch_path": "clinic://models/marts.yml",
            },
            "seed.clinic.codes": {
                "resource_type": "seed", "name": "codes", "package_name": "clinic", "fqn": ["clinic", "codes"],
                "root_path": "/home/someone/clinic", "raw_code": "", "config": {"materialized": "seed"},
                "depends_on": {"macros": []},
            },
            "test.clinic.unique_claim.1": {
                "resource_type": "test", "name": "unique_claim", "package_name": "clinic", "column_name": "claim_id",
                "attached_node": "model.clinic.stg_claims", "raw_code": "{{ test_unique(**kwargs) }}", "compiled_code": "select 1",
                "test_metadata": {"name": "unique", "namespace": null, "kwargs": {"column_name": "claim_id", "model": "{{ x }}"}},
                "depends_on": {"nodes": ["model.clinic.stg_claims"]}, "config": {"severity": "ERROR"},
            },
            "test.clinic.relationships.2": {
                "resource_type": "test", "name": "relationships_x", "package_name": "clinic", "column_name": "claim_id",
                "attached_node": "model.clinic.fact_claim",
                "test_metadata": {"name": "relationships", "kwargs": {"column_name": "claim_id", "to": "ref('stg_claims')", "field": "claim_id", "model": "x"}},
                "depends_on": {"nodes": ["model.clinic.stg_claims", "model.clinic.fact_claim"]},
            },
            "test.clinic.paid_below_allowed": {
                "resource_type": "test", "name": "paid_below_allowed", "package_name": "clinic", "raw_code": "select 1 where false",
                "depends_on": {"nodes": ["model.clinic.fact_claim", "model.clinic.stg_claims"]},
            },
            "operation.clinic.hook-0": {"resource_type": "operation", "name": "hook-0"},
        },
        "sources": {
            "source.clinic.raw.claims": {
                "resource_type": "source", "name": "claims", "source_name": "raw", "package_name": "clinic",
                "fqn": ["clinic", "staging", "raw", "claims"], "description": "", "source_description": "Landing files.",
                "loader": "sftp", "freshness": {"warn_after": {"count": 1, "period": "day"}, "error_after": {"count": null, "period": null}},
                "columns": {}, "config": {"loaded_at_field": "loaded"},
            },
        },
        "exposures": {
            "exposure.clinic.board": {
                "resource_type": "exposure", "name": "board", "label": "Cost board", "type": "dashboard", "maturity": "high",
                "package_name": "clinic", "fqn": ["clinic", "board"], "owner": {"name": "Finance", "email": "f@clinic.example"},
                "url": "javascript:alert(1)", "depends_on": {"nodes": ["model.clinic.fact_claim"]},
            },
        },
        "unit_tests": {
            "unit_test.clinic.fact_claim.adds_up": {
                "resource_type": "unit_test", "name": "adds_up", "package_name": "clinic", "model": "fact_claim",
                "given": [{"input": "ref('stg_claims')", "rows": [{"name": "Row Value"}]}], "expect": {"rows": [{"n": "Row Value"}]},
                "depends_on": {"nodes": ["model.clinic.fact_claim"]},
            },
        },
        "macros": {
            "macro.clinic.cents": {
                "resource_type": "macro", "name": "cents", "package_name": "clinic", "path": "macros/money/cents.sql",
                "macro_sql": "{% macro cents(x) %}{{ x }} * 100{% endmacro %}", "description": "Dollars as *cents*.",
                "arguments": [{"name": "x", "type": "column", "description": "An amount."}], "depends_on": {"macros": ["macro.dbt.x"]},
            },
            "macro.dbt.x": {"resource_type": "macro", "name": "x", "package_name": "dbt", "macro_sql": "macro body"},
        },
        "groups": {"group.clinic.money": {"name": "money", "owner": {"name": "Finance", "email": "f@clinic.example"}}},
        "docs": {
            "doc.clinic.claim": {"name": "claim", "package_name": "clinic", "block_contents": "A *bill*."},
            "doc.clinic.__overview__": {"name": "__overview__", "package_name": "clinic", "block_contents": "# Welcome"},
            "doc.dbt.__overview__": {"name": "__overview__", "package_name": "dbt", "block_contents": "Not ours"},
        },
    })
}

fn catalog() -> Value {
    json!({
        "metadata": {"generated_at": "2026-01-02T03:04:06Z", "dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"},
        "nodes": {"model.clinic.stg_claims": {
            "metadata": {"type": "VIEW"},
            "columns": {"paid": {"type": "DOUBLE", "index": 2, "name": "paid"}, "claim_id": {"type": "VARCHAR", "index": 1, "name": "claim_id"}},
            "stats": {
                "num_rows": {"id": "num_rows", "label": "Rows", "value": 1234.0, "include": true},
                "has_stats": {"id": "has_stats", "label": "Has Stats?", "value": true, "include": false},
            },
        }},
        "sources": {},
    })
}

fn run_results(command: &str) -> Value {
    let result = |id: &str, status: &str, failures: Value| {
        json!({"unique_id": id, "status": status, "failures": failures, "execution_time": 0.5,
               "message": "Could not convert 'Row Value'", "adapter_response": {"rows_affected": 7, "_message": "Row Value"},
               "timing": [{"name": "execute", "completed_at": "2026-01-02T03:00:00Z"}], "compiled_code": "Row Value"})
    };
    json!({
        "metadata": {"generated_at": "2026-01-02T03:00:01Z"}, "elapsed_time": 2.0,
        "args": {"which": command, "vars": {"token": "in-args"}},
        "results": [
            result("model.clinic.stg_claims", "success", Value::Null),
            result("model.clinic.fact_claim", "error", Value::Null),
            result("test.clinic.unique_claim.1", "fail", json!(3)),
            result("test.clinic.paid_below_allowed", "pass", json!(0)),
            result("unit_test.clinic.fact_claim.adds_up", "fail", json!(1)),
        ],
    })
}

fn freshness() -> Value {
    json!({
        "metadata": {"generated_at": "2026-01-02T04:00:00Z"},
        "results": [{"unique_id": "source.clinic.raw.claims", "status": "warn", "max_loaded_at": "2026-01-01T00:00:00Z",
                     "snapshotted_at": "2026-01-02T04:00:00Z", "max_loaded_at_time_ago_in_s": 100_800.0,
                     "criteria": {"warn_after": {"count": 24, "period": "hour"}}, "error": "Row Value"}],
    })
}

fn everything() -> DocsData {
    data_of(
        &manifest(),
        Some(&catalog()),
        Some(&run_results("build")),
        Some(&freshness()),
    )
}

fn data_of(
    manifest: &Value,
    catalog: Option<&Value>,
    run_results: Option<&Value>,
    sources: Option<&Value>,
) -> DocsData {
    docs_data(Artifacts {
        catalog: catalog.map(Catalog::of),
        run_results,
        sources,
        ..Artifacts::of(Manifest::of(manifest))
    })
    .value
    .unwrap()
}

#[track_caller]
fn find<'a>(data: &'a DocsData, name: &str) -> &'a Node {
    data.nodes
        .iter()
        .find(|node| node.entry.name == name)
        .unwrap()
}

#[track_caller]
fn find_test<'a>(data: &'a DocsData, name: &str) -> &'a Test {
    data.tests.iter().find(|test| test.name == name).unwrap()
}

#[test]
fn nodes_are_listed_by_kind_and_hooks_are_not() {
    let data = everything();
    let names: Vec<&str> = data
        .nodes
        .iter()
        .map(|node| node.entry.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "claims",
            "codes",
            "fact_claim.v2",
            "stg_claims",
            "board",
            "cents"
        ]
    );
    let tests: Vec<&str> = data.tests.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(
        tests,
        [
            "paid_below_allowed",
            "relationships_x",
            "unique_claim",
            "adds_up"
        ]
    );
    // claims→stg, codes→stg, stg→fact, fact→board: tests and macros take no part.
    assert_eq!(data.edges, [(0, 3), (1, 3), (2, 4), (3, 2)]);
    assert_eq!(data.drawing.places.len(), 5);
}

#[test]
fn folders_layers_and_tags() {
    let data = everything();
    let place = |name: &str| {
        let entry = &find(&data, name).entry;
        (entry.folder.clone(), entry.layer)
    };
    assert_eq!(place("stg_claims"), ("staging".to_owned(), Layer::Staging));
    assert_eq!(place("fact_claim.v2"), ("marts".to_owned(), Layer::Fact));
    assert_eq!(place("claims"), ("raw".to_owned(), Layer::Source));
    assert_eq!(find(&data, "stg_claims").entry.tags, ["daily"]);
}

#[test]
fn columns_come_from_catalog_and_properties() {
    let data = everything();
    let columns = &find(&data, "stg_claims").detail.columns;
    let key = Column {
        name: "claim_id".into(),
        data_type: Some("VARCHAR".into()),
        description: "Key".into(),
        phi: crate::docs::patient_data::declared("mrn"),
        constraints: vec!["not null".into()],
        ..Column::default()
    };
    assert_eq!(columns[0], key);
    assert_eq!(
        (columns[1].name.as_str(), columns[1].description.as_str()),
        ("paid", "")
    );
    assert_eq!(
        (columns[2].name.as_str(), columns[2].missing),
        ("gone", true)
    );
    assert_eq!(find(&data, "stg_claims").entry.columns, (3, 2));
    assert_eq!(find(&data, "stg_claims").detail.rows, Some(1234.0));
    assert!(find(&data, "stg_claims").detail.stats.is_empty());

    // Without a catalog nothing is said to be missing.
    let data = data_of(&manifest(), None, None, None);
    let columns = &find(&data, "stg_claims").detail.columns;
    assert!(columns.iter().all(|column| !column.missing));
    assert_eq!(columns[1].data_type.as_deref(), Some("text"));
}

#[test]
fn tests_count_at_the_node_they_are_about() {
    let data = everything();
    let tally = |name: &str| find(&data, name).entry.tests;
    // unique fails; paid_below_allowed reads it and passes; relationships is about the fact.
    assert_eq!(
        tally("stg_claims"),
        Tally {
            pass: 1,
            fail: 1,
            ..Tally::default()
        }
    );
    assert_eq!(
        tally("fact_claim.v2"),
        Tally {
            pass: 1,
            fail: 1,
            open: 1,
            ..Tally::default()
        }
    );
    let relationships = find_test(&data, "relationships_x");
    assert_eq!(relationships.checks, [2, 3]);
    assert_eq!(relationships.refers, Some((3, "claim_id".to_owned())));
    assert_eq!(
        relationships.arguments,
        [
            ("to".to_owned(), "ref('stg_claims')".to_owned()),
            ("field".to_owned(), "claim_id".to_owned())
        ]
    );
    assert_eq!(
        find_test(&data, "unique_claim")
            .result
            .as_ref()
            .unwrap()
            .failures,
        Some(3)
    );
}

#[test]
fn results_of_commands_that_execute_nothing_are_none() {
    let data = data_of(&manifest(), None, Some(&run_results("generate")), None);
    assert_eq!(find(&data, "stg_claims").entry.status, None);
    assert_eq!(find_test(&data, "unique_claim").status, None);
    assert_eq!(data.project.run, None);
    assert_eq!(
        find(&everything(), "fact_claim.v2").entry.status,
        Some(Status::Error)
    );
}

#[test]
fn freshness_falls_back_to_the_limits() {
    let data = everything();
    let claims = find(&data, "claims");
    assert_eq!(claims.entry.freshness, Some(Status::Warn));
    assert_eq!(
        claims
            .detail
            .freshness
            .as_ref()
            .unwrap()
            .warn_after
            .as_deref(),
        Some("24 hours")
    );
    assert_eq!(claims.detail.description, "<p>Landing files.</p>\n");

    let data = data_of(&manifest(), None, None, None);
    let claims = find(&data, "claims");
    assert_eq!(claims.entry.freshness, None);
    assert_eq!(
        claims
            .detail
            .freshness
            .as_ref()
            .unwrap()
            .warn_after
            .as_deref(),
        Some("1 day")
    );
}

#[test]
fn facts_are_what_is_set() {
    let data = everything();
    let facts = |name: &str| find(&data, name).detail.facts.clone();
    let pairs = |list: &[(&str, &str)]| {
        list.iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(facts("stg_claims"), []);
    assert_eq!(
        facts("fact_claim.v2"),
        pairs(&[
            ("version", "2"),
            ("latest_version", "2"),
            ("contract", "yes"),
            ("unique_key", "claim_id, line"),
            ("post-hook", "analyze"),
            ("patch_path", "models/marts.yml")
        ])
    );
    assert_eq!(
        facts("claims"),
        pairs(&[("loader", "sftp"), ("loaded_at_field", "loaded")])
    );
    assert_eq!(
        facts("board"),
        pairs(&[("type", "dashboard"), ("maturity", "high")])
    );
    assert_eq!(find(&data, "board").detail.url, None);
}

#[test]
fn the_project_s_own_texts_are_its_glossary() {
    let data = everything();
    assert_eq!(data.project.name, "clinic");
    assert_eq!(data.project.overview, "<h3>Welcome</h3>\n");
    assert_eq!(data.blocks.len(), 1);
    assert_eq!(data.blocks[0].html, "<p>A <em>bill</em>.</p>\n");
    assert_eq!(data.project.schemas, ["manifest v12", "catalog v1"]);
}

#[test]
fn what_the_project_hides_keeps_only_its_place() {
    let mut manifest = manifest();
    manifest["nodes"]["model.clinic.stg_claims"]["config"]["docs"] =
        json!({"show": false, "node_color": "red;}"});
    let data = data_of(&manifest, Some(&catalog()), None, None);
    let hidden = find(&data, "stg_claims");
    assert!(hidden.entry.hidden && hidden.entry.color.is_none());
    assert!(
        hidden.detail.columns.is_empty()
            && hidden.detail.description.is_empty()
            && hidden.code.raw.is_empty()
    );
    assert_eq!(data.edges.len(), 4);
}

#[test]
fn rows_messages_and_secrets_stay_out_of_the_page() {
    let page =
        crate::docs::page::tests::contents(&render_page(&everything(), None, Form::OneFile).html);
    assert!(page.contains("One row per"));
    for private in [
        "Row Value",
        "in-env",
        "in-args",
        "macro body",
        "/home/someone",
        "who\"",
        "Could not convert",
        "javascript:alert",
    ] {
        assert!(!page.contains(private), "{private}");
    }
}

#[test]
fn anything_is_a_manifest() {
    for manifest in [
        json!(null),
        json!({}),
        json!([1]),
        json!({"nodes": []}),
        json!({"nodes": {"model.a.b": 1, "x": {"resource_type": 3}, "macro": null, "": {}}}),
    ] {
        let data = data_of(
            &manifest,
            Some(&json!(1)),
            Some(&json!({"results": [null, {}]})),
            Some(&json!("x")),
        );
        render_page(&data, None, Form::OneFile);
    }
}

#[test]
fn macros_and_who_calls_them() {
    let data = everything();
    let cents = find(&data, "cents");
    assert_eq!(cents.entry.folder, "money");
    assert_eq!(
        cents.detail.description,
        "<p>Dollars as <em>cents</em>.</p>\n"
    );
    assert_eq!(cents.detail.arguments[0].name, "x");
    assert!(cents.code.raw.contains("* 100"));
    // What comes with the program is not shown, not even as called.
    assert_eq!(cents.detail.macros, [3]);
    assert_eq!(find(&data, "stg_claims").detail.macros, [5]);
    assert_eq!(data.groups[0].owner.as_deref(), Some("Finance"));
}

#[test]
fn a_column_that_was_looked_at_and_holds_no_identifier_is_not_one() {
    let cases = [
        (json!("dob"), "date"),
        (json!(["ssn", "name"]), "name, ssn"),
        (json!("badge <b>"), "badge <b>"),
        (json!(false), ""),
        (json!("none"), ""),
    ];
    for (phi, expected) in cases {
        let mut manifest = manifest();
        manifest["nodes"]["model.clinic.stg_claims"]["columns"]["CLAIM_ID"]["meta"]["phi"] = phi;
        let data = data_of(&manifest, None, None, None);
        let told = find(&data, "stg_claims").entry.phi.as_ref();
        let kinds = told.map(|told| told.kinds.join(", "));
        assert_eq!(kinds.unwrap_or_default(), expected);
    }
}

#[test]
fn changes_reach_what_is_downstream() {
    let manifest = manifest();
    let found = docs_data(Artifacts {
        changes: Some(Changes {
            added: HashSet::from(["seed.clinic.codes".to_owned()]),
            modified: HashSet::from(["model.clinic.fact_claim".to_owned()]),
            removed: ["model.clinic.stg_old", "test.clinic.t"]
                .map(|id| Gone {
                    id: id.to_owned(),
                    name: id[id.len() - 7..].to_owned(),
                    children: vec!["model.clinic.fact_claim".to_owned()],
                    ..Gone::default()
                })
                .to_vec(),
        }),
        ..Artifacts::of(Manifest::of(&manifest))
    });
    let data = found.value.unwrap();
    let change = |name: &str| find(&data, name).entry.change;
    assert_eq!(change("codes"), Some(Change::Added));
    assert_eq!(change("fact_claim.v2"), Some(Change::Modified));
    assert_eq!(change("stg_claims"), Some(Change::Impacted));
    assert_eq!(change("board"), Some(Change::Impacted));
    assert_eq!(change("claims"), None);
    assert_eq!(data.removed.len(), 1);
    assert_eq!(data.removed[0].layer, Layer::Staging);
    assert_eq!(data.removed[0].children, ["model.clinic.fact_claim"]);
    assert!(data.project.compared);
}

#[test]
fn what_the_last_run_left_alone_is_as_the_run_before_left_it() {
    let manifest = manifest();
    let results = json!({"args": {"which": "run"}, "results": [
        {"unique_id": "model.clinic.stg_claims", "status": "success", "execution_time": 1.0},
    ]});
    let record = |command: &str, results: Value| json!({"command": command, "results": results});
    let ledger = [
        record(
            "run",
            json!([{"unique_id": "model.clinic.stg_claims", "status": "success"}]),
        ),
        record(
            "compile",
            json!([{"unique_id": "model.clinic.fact_claim", "status": "success"}]),
        ),
        record(
            "build",
            json!([
                {"unique_id": "model.clinic.stg_claims", "status": "error"},
                {"unique_id": "model.clinic.fact_claim", "status": "skipped"},
            ]),
        ),
        record(
            "build",
            json!([
                {"unique_id": "model.clinic.fact_claim", "status": "error", "completed_at": "2026-01-01T00:00:00Z"},
            ]),
        ),
    ];
    let found = docs_data(Artifacts {
        run_results: Some(&results),
        ledger: &ledger,
        ..Artifacts::of(Manifest::of(&manifest))
    });
    let data = found.value.unwrap();
    let status = |name: &str| find(&data, name).entry.status;
    assert_eq!(status("stg_claims"), Some(Status::Success));
    assert_eq!(status("fact_claim.v2"), Some(Status::Error));
    assert_eq!(status("codes"), None);
}
