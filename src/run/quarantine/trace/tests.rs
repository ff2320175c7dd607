use std::collections::HashSet;

use super::{ROWS, Traced, carry_rows};
use crate::adapter::{Cell, in_memory};

/// Traces a query on a table `m` of the ids 0 to 9 and the kinds `a`, `b`, and
/// returns the ids of the rows that its results come from.
fn traced(sql: &str) -> Result<String, String> {
    let mut db = in_memory().unwrap();
    db.execute(
        "create table m as select range as id, case when range % 2 = 0 then 'a' else 'b' end as kind from range(10);
         create table o as select 3 as id",
        false,
        None,
    )
    .unwrap();
    let aggregates: HashSet<String> = ["count", "count_star", "sum", "max"]
        .map(String::from)
        .into();
    let traced = Traced {
        database: "memory",
        schema: "main",
        name: "m",
        aggregates: &aggregates,
    };
    let mut tree = db.query_tree(sql).unwrap();
    carry_rows(&mut tree, &traced)?;
    let sql = db.query_of_tree(&tree).unwrap();
    let query = format!(
        "select string_agg(distinct id, ' ' order by id) from m \
         where rowid in (select unnest({ROWS}) from ({sql}))"
    );
    let (_, table) = db
        .execute(&query, true, None)
        .map_err(|e| format!("{sql}: {}", e.message))?;
    Ok(match &table.rows[0][0] {
        Cell::Text(text) => text.clone(),
        _ => String::new(),
    })
}

fn check(sql: &str, expected: &str) {
    assert_eq!(traced(sql).as_deref(), Ok(expected), "{sql}");
}

#[test]
fn rows_are_carried_through_filters_joins_and_groups() {
    check("select 1 from m where id > 7", "8 9");
    check("select * from main.m as t where id > 7", "8 9");
    check(
        "select x.* from (select * from memory.main.m where id < 2) x",
        "0 1",
    );
    check("select * from (select id from m) where id = 4", "4");
    check(
        "with a as (select * from m), b(i, k) as (select * from a) select * from b where i = 2",
        "2",
    );
    check(
        "select m.id from m left join o using (id) where o.id is null and m.id < 5",
        "0 1 2 4",
    );
    check("select id from m semi join o using (id)", "3");
    check(
        "select a.id from m a join m b on a.id + 5 = b.id where a.id = 1",
        "1 6",
    );
    check(
        "select kind, count(*) from m where id < 5 group by kind having count(*) > 2",
        "0 2 4",
    );
    check(
        "select kind, sum(id) from m group by all having sum(id) = 25",
        "1 3 5 7 9",
    );
    check(
        "with g as (select kind as k, count(*) as n from m group by 1) \
         select max(n) from g where k = 'a' group by k",
        "0 2 4 6 8",
    );
    check("select distinct kind from m where id > 8", "9");
    check(
        "select count(*) from (select distinct kind from m where id < 3) group by kind",
        "0 1 2",
    );
    check(
        "select id from m where id = 1 union all select id from m where id = 2",
        "1 2",
    );
    check("select id from m where id = 1 union all select 7", "1");
    check(
        "select id from m qualify row_number() over (order by id desc) = 1",
        "9",
    );
    check("select id from m where id in (select max(id) from m)", "9");
}

#[test]
fn what_loses_sight_of_rows_is_told() {
    let refused = |sql: &str| traced(sql).unwrap_err();
    assert_eq!(
        refused("select max(id) from m having max(id) > 1"),
        "it aggregates over all rows of `m` at once"
    );
    assert_eq!(
        refused("select id from o"),
        "it does not read rows of `m` where its own rows come from"
    );
    assert_eq!(
        refused("select id from m union select 1"),
        "it uses `union`, which compares whole rows"
    );
    // A common table expression hides the table of its name.
    assert!(refused("with m as (select 1 as id) select * from m").contains("does not read"));
}
