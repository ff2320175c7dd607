use super::{inject_ctes, is_blank, without_final_semicolon};

const CTE: &str = " __dbt__cte__e as (\nselect 1\n)";

fn check_inject(sql: &str, expected: &str) {
    assert_eq!(inject_ctes(sql, &[CTE]), expected.replace("{e}", CTE));
}

#[test]
fn a_query_without_ctes_gets_a_with() {
    check_inject(
        "select * from __dbt__cte__e",
        "with{e} select * from __dbt__cte__e",
    );
    check_inject("\n\n  select 1", "\n\n  with{e} select 1");
    check_inject("-- note\nselect 1", "with{e} -- note\nselect 1");
}

#[test]
fn a_query_with_ctes_gets_them_in_front() {
    check_inject(
        "with a as (select 1) select * from a",
        "with {e}, a as (select 1) select * from a",
    );
    check_inject(
        "\nWITH RECURSIVE a(n) as (select 1) select 1",
        "\nWITH RECURSIVE {e}, a(n) as (select 1) select 1",
    );
    check_inject(
        "-- with b as (select 1)\nwith\n\na as materialized (select 1) select 1",
        "-- with b as (select 1)\nwith\n\n{e}, a as materialized (select 1) select 1",
    );
    check_inject(
        "with recursive t(a, b) using key (a) as (select 1, 2) from t",
        "with recursive {e}, t(a, b) using key (a) as (select 1, 2) from t",
    );
}

#[test]
fn other_uses_of_with_are_not_taken_for_ctes() {
    check_inject(
        "select 'with a as (' as x, /* with b as ( */ y::timestamp with time zone from t",
        "with{e} select 'with a as (' as x, /* with b as ( */ y::timestamp with time zone from t",
    );
    check_inject(
        "select * from unnest([1]) with ordinality as t(a, b)",
        "with{e} select * from unnest([1]) with ordinality as t(a, b)",
    );
    check_inject(
        "select * from (with a as (select 1) select * from a)",
        "with{e} select * from (with a as (select 1) select * from a)",
    );
}

#[test]
fn several_ctes_are_joined() {
    let sql = inject_ctes("select 1", &[" a as (\n1\n)", " b as (\n2\n)"]);
    assert_eq!(sql, "with a as (\n1\n),  b as (\n2\n) select 1");
    assert_eq!(inject_ctes::<&str>("select 1", &[]), "select 1");
}

fn check_semicolon(sql: &str, expected: Option<&str>) {
    assert_eq!(without_final_semicolon(sql).as_deref(), expected, "{sql:?}");
}

#[test]
fn a_final_semicolon_is_dropped() {
    check_semicolon("select 1;", Some("select 1"));
    check_semicolon("select 1 ;\n\n", Some("select 1"));
    check_semicolon("select 1;;", Some("select 1"));
    check_semicolon("select 1; -- done\n", Some("select 1 -- done\n"));
    check_semicolon("select 1;\n/* ; */", Some("select 1\n/* ; */"));
}

#[test]
fn semicolons_elsewhere_stay() {
    check_semicolon("select 1", None);
    check_semicolon("select ';'", None);
    check_semicolon("select 1 -- ;", None);
    check_semicolon("select $a$;$a$", None);
    check_semicolon("select E'\\';'", None);
    check_semicolon("select 1; select 2", None);
    check_semicolon("select 1; select 2;", Some("select 1; select 2"));
    check_semicolon(";", None);
}

#[test]
fn comments_and_white_space_are_blank() {
    assert!(is_blank(" \n-- a\n/* b /* c */ */"));
    assert!(!is_blank("-- a\nselect 1"));
    assert!(is_blank(""));
}
