use pretty_assertions::assert_eq;

use super::{Change, Found, Gone, Judged, crossed};
use crate::compare::{ColumnChange, Comparison, RowCounts};
use crate::config::hcdbt_yml::{Gates, RemovedColumns};
use crate::diagnostics::SourceFile;
use crate::parse::Place;

fn change(is_public: bool, comparison: Comparison) -> Change {
    Change {
        unique_id: "model.health.a".into(),
        name: "a".into(),
        is_modified: true,
        is_public,
        place: Place {
            file: SourceFile::new("models/a.sql", "select 1"),
            range: 0..8,
        },
        found: Found::Compared(Box::new(comparison)),
    }
}

fn without_column() -> Comparison {
    Comparison {
        columns: vec![ColumnChange::Removed {
            name: "zip".into(),
            data_type: "VARCHAR".into(),
        }],
        ..Comparison::default()
    }
}

fn check(changes: &[Change], gone: &[Gone], failing_tests: usize, gates: &Gates) -> Vec<String> {
    let judged = Judged {
        changes,
        gone,
        failing_tests,
    };
    let found = crossed(judged, gates);
    found
        .into_iter()
        .map(|diagnostic| diagnostic.title)
        .collect()
}

#[test]
fn public_models_keep_their_columns() {
    let gates = Gates::default();
    let lost = ["the public model `a` has lost the column `zip`"];
    assert_eq!(
        check(&[change(true, without_column())], &[], 0, &gates),
        lost
    );
    let private = change(false, without_column());
    assert_eq!(
        check(std::slice::from_ref(&private), &[], 0, &gates),
        [""; 0]
    );
    let any = Gates {
        removed_columns: RemovedColumns::Any,
        ..Gates::default()
    };
    assert_eq!(check(&[private], &[], 0, &any).len(), 1);
    let allowed = Gates {
        removed_columns: RemovedColumns::Allowed,
        ..Gates::default()
    };
    let gone = Gone {
        unique_id: "model.health.b".into(),
        name: "b".into(),
        is_public: true,
    };
    let public = [change(true, without_column())];
    assert_eq!(
        check(&public, std::slice::from_ref(&gone), 0, &allowed),
        [""; 0]
    );
    assert_eq!(
        check(&[], &[gone], 0, &gates),
        ["the public model `b` is gone with all its columns"]
    );
}

#[test]
fn rows_may_change_up_to_the_gate() {
    let comparison = Comparison {
        key: vec!["id".into()],
        rows_before: 200,
        rows: RowCounts {
            added: 1,
            removed: 2,
            changed: 7,
            unchanged: 191,
        },
        ..Comparison::default()
    };
    let changes = [change(false, comparison)];
    let gates = |percent: f64| Gates {
        changed_rows: Some(percent),
        ..Gates::default()
    };
    assert_eq!(check(&changes, &[], 0, &gates(5.0)), [""; 0]);
    assert_eq!(check(&changes, &[], 0, &gates(4.9)).len(), 1);
    assert_eq!(check(&changes, &[], 0, &Gates::default()), [""; 0]);
}

#[test]
fn tests_may_fail_up_to_the_gate() {
    let gates = Gates {
        failing_tests: 1,
        ..Gates::default()
    };
    assert_eq!(check(&[], &[], 1, &gates), [""; 0]);
    assert_eq!(
        check(&[], &[], 2, &gates),
        ["2 tests are failing, and `ci: gates: failing_tests` of `hcdbt.yml` allows 1"]
    );
}
