use super::{Reads, reads};
use crate::run::sql_trees::SqlTrees;

fn read(sql: &str) -> Reads {
    let trees = SqlTrees::default();
    let tree = trees.parse(sql).unwrap();
    reads(&tree, &trees.functions().unwrap().stable)
}

fn check_volatile(sql: &str, expected: Option<&str>) {
    let reads = read(sql);
    assert_eq!(reads.volatile.as_deref(), expected, "{sql}");
    assert_eq!(reads.unknown, None, "{sql}");
}

#[test]
fn what_changes_by_itself_is_seen() {
    check_volatile("select current_date", Some("`current_date`"));
    check_volatile("select 1 where now() > '2024-01-01'", Some("`now()`"));
    check_volatile("select (select random())", Some("`random()`"));
    check_volatile(
        "with a as (select uuid() as id) select * from a",
        Some("`uuid()`"),
    );
    check_volatile("select my_own_macro(1)", Some("`my_own_macro()`"));
    check_volatile(
        "select * from range(10) tablesample 5 rows",
        Some("a sample"),
    );
    check_volatile("select getvariable('x')", Some("`getvariable()`"));
}

#[test]
fn ordinary_sql_is_stable() {
    for sql in [
        "select a + 1, a || 'x', -a, not a, a between 1 and 2, a in (1, 2), a like 'x%', a ~ 'y', a[1], a.b",
        "select cast(a as int), a::date, try_cast(a as int), case when a then 1 else 2 end, coalesce(a, b), nullif(a, b)",
        "select count(*), count(distinct a), sum(a) filter (where b), list(a order by b), string_agg(a, ',') from range(3)",
        "select row_number() over (partition by a order by b), lag(a) over (order by b), sum(a) over (rows 2 preceding)",
        "select [x + 1 for x in a], list_transform(a, lambda x: x + 1), {'a': 1}, map {'k': 1}, unnest([1, 2]), row(1, 2)",
        "select date_trunc('month', a), extract(year from a), date_diff('day', a, b), strftime(a, '%Y'), a - interval 1 day, date '2024-01-01'",
        "select md5(a), lower(a), regexp_replace(a, 'b', 'c'), a ->> 'x', round(a, 2), greatest(a, b), if(a, b, c), ifnull(a, b)",
        "select * exclude (a) replace (b + 1 as b), columns('x.*') from generate_series(1, 3)",
        "select * from (values (1)) v(a) where exists (select 1) and a is not distinct from 2 group by all having true qualify true",
    ] {
        check_volatile(sql, None);
    }
}

#[test]
fn tables_and_files_are_named() {
    let found = read(
        "with x as (select * from x join main.y using (id)), z as (select * from x) \
         select * from z, db.s.t, 'data/a.csv', read_csv(['b.csv', 'c/*.csv'], header = true), (with w as (select 1) select * from w), w",
    );
    let tables: Vec<String> = found.tables.iter().map(|parts| parts.join(".")).collect();
    assert_eq!(tables, ["..data/a.csv", "..w", "..x", ".main.y", "db.s.t"]);
    assert_eq!(found.files, ["b.csv", "c/*.csv"]);
    assert_eq!(found.unknown, None);
    let unknown = |sql: &str| read(sql).unknown.unwrap_or_default();
    assert_eq!(
        unknown("select * from duckdb_tables()"),
        "`duckdb_tables()`"
    );
    assert_eq!(
        unknown("select * from read_csv('a' || 'b')"),
        "`read_csv()`"
    );
    assert_eq!(read("with recursive r as (select 1 as x union all select x + 1 from r where x < 3) select * from r").tables.len(), 0);
}
