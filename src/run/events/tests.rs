use std::sync::Mutex;

use serde_json::json;

use super::{About, Place, Reporter, Told};
use crate::config::SharedMap;
use crate::event::{Event, EventSink};
use crate::parse::UniqueId;
use crate::run::{NodeResult, Status};

#[derive(Default)]
struct Kept(Mutex<Vec<Event>>);

impl EventSink for Kept {
    fn send(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

const PLACE: Place = Place {
    index: 2,
    total: 13,
};

/// Shows the one event that something sends: level, name, code and line.
fn check(send: impl FnOnce(Reporter<'_>), expected: &str) {
    let kept = Kept::default();
    send(Reporter {
        sink: &kept,
        width: 80,
    });
    let events = kept.0.into_inner().unwrap();
    let shown: Vec<String> = events
        .iter()
        .map(|e| format!("{} {} {}\n{}", e.level.as_str(), e.name, e.code, e.message))
        .collect();
    assert_eq!(shown.join("\n"), expected);
}

fn result(status: Status, message: &str) -> NodeResult {
    let mut result = NodeResult::new(UniqueId::from("model.p.a"), status);
    result.execution_time = 0.074;
    result.message = Some(message.to_owned());
    result
}

fn check_result(told: &Told<'_>, status: Status, message: &str, expected: &str) {
    check(
        |r| r.result(told, &result(status, message), PLACE, About::default()),
        expected,
    );
}

#[test]
fn models() {
    let told = Told::Model {
        description: "sql incremental model main.i",
    };
    check_result(
        &told,
        Status::Success,
        "OK",
        "info LogModelResult Q012\n2 of 13 OK created sql incremental model main.i ................................ [OK in 0.07s]",
    );
    check_result(
        &told,
        Status::Error,
        "Runtime Error in model i",
        "error LogModelResult Q012\n2 of 13 ERROR creating sql incremental model main.i ............................ [ERROR in 0.07s]",
    );
    check_result(
        &told,
        Status::PartialSuccess,
        "PARTIAL SUCCESS (1/3)",
        "info LogModelResult Q012\n2 of 13 PARTIALLY created sql incremental model main.i ......................... [PARTIAL SUCCESS (1/3) in 0.07s]",
    );
}

#[test]
fn tests_tell_how_many_rows_failed() {
    let told = Told::Test {
        name: "not_null_a_id",
        attached_node: None,
    };
    let kept = Kept::default();
    let reporter = Reporter {
        sink: &kept,
        width: 40,
    };
    let mut failed = result(Status::Fail, "Got 3 results, configured to fail if != 0");
    failed.failures = Some(3);
    reporter.result(&told, &failed, PLACE, About::default());
    let events = kept.0.into_inner().unwrap();
    assert_eq!(
        events[0].message,
        "2 of 13 FAIL 3 not_null_a_id ........... [FAIL 3 in 0.07s]"
    );
    assert_eq!(
        events[0].data,
        json!({
            "name": "not_null_a_id", "status": "fail", "num_failures": 3,
            "attached_node": "", "index": 2, "num_models": 13,
            "execution_time": 0.074, "node_info": null,
        })
    );
}

#[test]
fn seeds_snapshots_and_the_rest() {
    check_result(
        &Told::Seed {
            schema: "main",
            alias: "s",
        },
        Status::Success,
        "INSERT 2",
        "info LogSeedResult Q016\n2 of 13 OK loaded seed file main.s ............................................. [INSERT 2 in 0.07s]",
    );
    let config = SharedMap::default();
    check_result(
        &Told::Snapshot {
            relation: "main.snap",
            config: &config,
        },
        Status::Success,
        "OK",
        "info LogSnapshotResult Q015\n2 of 13 OK snapshotted main.snap ............................................... [OK in 0.07s]",
    );
    check_result(
        &Told::Freshness {
            source: "raw",
            table: "s",
        },
        Status::Error,
        "",
        "error LogFreshnessResult Q018\n2 of 13 ERROR STALE freshness of raw.s ......................................... [ERROR STALE in 0.07s]",
    );
    check_result(
        &Told::Nothing {
            description: "exposure ex",
        },
        Status::NoOp,
        "NO-OP",
        "info LogNodeNoOpResult Q019\n2 of 13 NO-OP exposure ex ...................................................... [NO-OP in 0.07s]",
    );
}

#[test]
fn skipped_nodes() {
    check(
        |r| r.skipped("model", "main", "a", PLACE, About::default()),
        "info SkippingDetails Q034\n2 of 13 SKIP relation main.a ................................................... [SKIP]",
    );
    check(
        |r| {
            r.skipped(
                "test",
                "main_dbt_test__audit",
                "sing",
                PLACE,
                About::default(),
            );
        },
        "info SkippingDetails Q034\n2 of 13 SKIP test sing ......................................................... [SKIP]",
    );
}

#[test]
fn hooks_are_cut_at_the_width() {
    check(
        |r| r.hook_start("p1.on-run-start.0", Place { index: 1, total: 2 }, json!({})),
        "info LogHookStartLine Q032\n1 of 2 START hook: p1.on-run-start.0 ........................................... [RUN]",
    );
    let long = "x".repeat(80);
    check(
        |r| r.hook_start(&long, Place { index: 1, total: 2 }, json!({})),
        &format!(
            "info LogHookStartLine Q032\n1 of 2 START hook: {}... [RUN]",
            "x".repeat(58)
        ),
    );
}

#[test]
fn python_text_of_values() {
    let value = json!({"a": [1, true, null], "b": "it's"});
    assert_eq!(
        super::python_text(&value),
        "{'a': [1, True, None], 'b': \"it's\"}"
    );
}
