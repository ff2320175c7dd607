use super::*;
use crate::adapter::{Cell, Connection, in_memory};

/// The steps of a query with their counts, a line each.
fn check(sql: &str) -> Vec<String> {
    let mut connection = in_memory().expect("a database");
    let prepared = "
        create table patients as select 'p' || n as patient_id, n from range(100) as t(n);
        create table visits as select patient_id, n % 7 as kind from patients where n < 60";
    connection
        .execute(prepared, false, None)
        .expect("the tables");
    let tree = connection.query_tree(sql).expect("a tree");
    let template = connection.query_tree(COUNT_TEMPLATE).expect("a tree");
    let steps = steps(&tree, &template, "cohort", "patient_id").expect("steps");
    let counts = steps.iter().map(|step| count(&mut *connection, step));
    let counts = counts.collect();
    let line = |step: &Counted| {
        let patients = match &step.patients {
            Ok(count) => count.to_string(),
            Err(_) => "?".to_owned(),
        };
        let lost = step.lost.map(|lost| format!(" -{lost}"));
        format!(
            "{}: {} {patients}{}",
            step.part,
            step.what,
            lost.unwrap_or_default()
        )
    };
    counted(&steps, counts).iter().map(line).collect()
}

fn count(connection: &mut dyn Connection, step: &Step) -> Result<i64, String> {
    let sql = connection.query_of_tree(&step.tree).expect("SQL");
    let (_, table) = connection
        .execute(&sql, true, None)
        .map_err(|error| error.message)?;
    match table.rows[0][0] {
        Cell::Int(count) => Ok(i64::try_from(count).expect("a count")),
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn every_join_and_filter_is_a_step() {
    let steps = check(
        "with seen as (
            select p.patient_id, count(*) as visits
            from patients as p
            inner join visits using (patient_id)
            left join (select 1 as one) as other on true
            where p.n >= 10
            group by p.patient_id
        ),
        few as (select patient_id from seen where visits > 0 order by patient_id limit 20)
        select patient_id from few where patient_id <> 'p10'",
    );
    assert_eq!(
        steps,
        [
            "seen: from p 100",
            "seen: inner join visits 60 -40",
            "seen: left join other 60 -0",
            "seen: where 50 -10",
            "seen: result 50 -0",
            "few: from seen 50",
            "few: where 50 -0",
            "few: result 20 -30",
            "cohort: from few 20",
            "cohort: where 19 -1",
            "cohort: result 19 -0",
        ]
    );
}

#[test]
fn a_part_without_the_key_is_said_not_to_be_counted() {
    let steps = check(
        "with kinds as (select distinct kind from visits),
        joined as (select patient_id from patients union select patient_id from visits)
        select patient_id from joined",
    );
    assert_eq!(
        steps,
        [
            "kinds: from visits 60",
            "kinds: result ?",
            "joined: result 100",
            "cohort: from joined 100",
            "cohort: result 100 -0",
        ]
    );
}
