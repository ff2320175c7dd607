use insta::assert_snapshot;

use super::{RenderOptions, render, render_line};
use crate::diagnostics::{Diagnostic, SourceFile};

fn unknown_ref() -> Diagnostic {
    let text = "select *\n\nfrom {{ ref('stg_patient') }}\n";
    let file = SourceFile::new("models/marts/dim_patients.sql", text);
    let start = text.find("'stg_patient'").expect("in the text");
    Diagnostic::error(
        "unknown-ref",
        "model `dim_patients` refers to `stg_patient`, which does not exist",
    )
    .at(&file, start..start + 13, "no model has this name")
    .hint("did you mean `stg_patients`?")
}

#[test]
fn a_diagnostic_shows_the_users_own_line() {
    assert_snapshot!(render(&unknown_ref(), &RenderOptions::default()), @r"
    error[unknown-ref]: model `dim_patients` refers to `stg_patient`, which does not exist
     --> models/marts/dim_patients.sql:3:13
      |
    3 | from {{ ref('stg_patient') }}
      |             ^^^^^^^^^^^^^ no model has this name
      |
      = hint: did you mean `stg_patients`?
    ");
}

#[test]
fn a_line_names_file_line_and_column() {
    assert_snapshot!(render_line(&unknown_ref(), &RenderOptions::default()), @"error[unknown-ref]: model `dim_patients` refers to `stg_patient`, which does not exist (models/marts/dim_patients.sql:3:13)");
}

#[test]
fn places_outside_the_text_are_drawn_all_the_same() {
    let file = SourceFile::new("a.sql", "sélect 1\n");
    for range in [0..2, 2..3, 9..10, 100..200, 5..5] {
        let drawn = render(
            &Diagnostic::error("x", "wrong").at(&file, range.clone(), "here"),
            &RenderOptions::default(),
        );
        assert!(drawn.contains("a.sql"), "{range:?}: {drawn}");
    }
}

#[test]
fn secrets_are_never_drawn() {
    let options = RenderOptions {
        secrets: vec!["hunter2".into()],
        ..RenderOptions::default()
    };
    let drawn = render(
        &Diagnostic::error("x", "cannot log in with hunter2"),
        &options,
    );
    assert!(!drawn.contains("hunter2"), "{drawn}");
}
