use super::glob;
use super::spec::Criteria;
use super::{Indirect, fqn};

fn check_glob(pattern: &str, matching: &[&str], other: &[&str]) {
    for text in matching {
        assert!(glob::matches(pattern, text), "{pattern} should take {text}");
    }
    for text in other {
        assert!(
            !glob::matches(pattern, text),
            "{pattern} should not take {text}"
        );
    }
}

#[test]
fn globs_follow_pythons_fnmatch() {
    check_glob("*", &["", "a", "a.b/c"], &[]);
    check_glob("stg_*", &["stg_", "stg_claims"], &["fact_claim"]);
    check_glob("a?c", &["abc", "a.c"], &["ac", "abbc"]);
    check_glob("[ab]x", &["ax", "bx"], &["cx", "x"]);
    check_glob("[!ab]x", &["cx"], &["ax"]);
    check_glob("v[0-9]", &["v1"], &["vx"]);
    check_glob("a[", &["a["], &["a"]);
    check_glob("*a*b", &["xaxb", "aab"], &["xaxc"]);
}

fn check_criteria(raw: &str, expected: &str) {
    let c = Criteria::parse(raw, Indirect::Eager).expect("a valid selection");
    let text = format!(
        "{}{:?}|{}{}|{}|{:?}",
        if c.childrens_parents { "@" } else { "" },
        c.parents,
        c.method,
        c.arguments
            .iter()
            .map(|a| format!(".{a}"))
            .collect::<String>(),
        c.value,
        c.children
    );
    assert_eq!(text, expected, "{raw}");
}

#[test]
fn criteria_are_read_with_their_operators() {
    check_criteria("a", "None|fqn|a|None");
    check_criteria("+a", "Some(None)|fqn|a|None");
    check_criteria("2+a+3", "Some(Some(2))|fqn|a|Some(Some(3))");
    check_criteria("@tag:x", "@None|tag|x|None");
    check_criteria("config.meta.owner:me", "None|config.meta.owner|me|None");
    check_criteria("models/staging", "None|path|models/staging|None");
    check_criteria("a.sql", "None|file|a.sql|None");
    check_criteria("fact_2024", "None|fqn|fact_2024|None");
}

#[test]
fn an_unknown_method_is_named_with_the_nearest() {
    let error = Criteria::parse("tags:x", Indirect::Eager).expect_err("no such method");
    assert_eq!(error.hint.as_deref(), Some("did you mean `tag:`?"));
}

#[test]
fn names_match_by_leaf_folder_and_package() {
    let path: Vec<String> = ["health", "staging", "stg_claims"].map(Into::into).into();
    for selector in [
        "stg_claims",
        "staging",
        "staging.*",
        "health.staging",
        "*",
        "stg_*",
    ] {
        assert!(fqn::matches(selector, &path, false), "{selector}");
    }
    for selector in ["claims", "stg", "marts", "staging.stg"] {
        assert!(!fqn::matches(selector, &path, false), "{selector}");
    }
    let versioned: Vec<String> = ["health", "dim_patient", "v2"].map(Into::into).into();
    for selector in ["dim_patient", "dim_patient.v2", "dim_patient_v2"] {
        assert!(fqn::matches(selector, &versioned, true), "{selector}");
    }
}
