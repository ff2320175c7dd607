//! What columns tell after a query, for each form of expression.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::adapter;
use crate::diagnostics::SourceFile;
use crate::lineage::{LineageGraph, Project, Table, TablePlace, trace};
use crate::phi::{
    Classes, Declaration, Declared, FilePlace, Kind, Level, Settings, passages, propagate,
};
use crate::sql::{Schema, SchemaColumn, parse_queries};

/// One column of each kind, by the kind's name.
pub fn patients() -> (Table, Declared) {
    let columns = Kind::all().map(|kind| SchemaColumn::untyped(kind.as_str()));
    let columns = columns.chain([SchemaColumn::untyped("paid")]);
    let table = Table {
        id: "source.raw".into(),
        place: place("raw"),
        schema: Some(Schema::new(columns.collect())),
        ..Table::default()
    };
    let declarations = Kind::all().map(|kind| {
        let declaration = Declaration {
            kinds: vec![kind],
            place: FilePlace {
                file: SourceFile::new("a.yml", ""),
                range: 0..0,
            },
        };
        (kind.as_str().to_owned(), declaration)
    });
    let declared = Declared {
        columns: HashMap::from([(
            "source.raw".into(),
            declarations.collect::<IndexMap<_, _>>(),
        )]),
        ..Declared::default()
    };
    (table, declared)
}

fn place(name: &str) -> TablePlace {
    TablePlace {
        database: Some("db".into()),
        schema: "main".into(),
        name: name.to_owned(),
        ..TablePlace::default()
    }
}

/// Follows models `m1`, `m2`, ... of which each may read those before.
pub fn followed(models: &[&str]) -> (LineageGraph, Classes) {
    let (raw, declared) = patients();
    let mut tables = vec![raw];
    let mut ids: Vec<Arc<str>> = vec!["source.raw".into()];
    for (i, code) in models.iter().enumerate() {
        let name = format!("m{}", i + 1);
        tables.push(Table {
            id: format!("model.{name}").into(),
            place: place(&name),
            reads: ids.clone(),
            code: Some((*code).into()),
            ..Table::default()
        });
        ids.push(format!("model.{name}").into());
    }
    let mut connection = adapter::in_memory().unwrap();
    let parsed = parse_queries(&mut *connection, models).unwrap();
    let queries = ids[1..].iter().cloned().zip(parsed).collect();
    let settings = Settings::default();
    let project = Project {
        tables,
        passages: Some(passages(
            Arc::clone(&settings.transforms),
            settings.restricted_zip3,
        )),
        ..Project::default()
    };
    let graph = trace(project, &queries).graph;
    let read: HashMap<Arc<str>, Vec<Arc<str>>> = ids
        .iter()
        .enumerate()
        .map(|(i, id)| (Arc::clone(id), ids[..i].to_vec()))
        .collect();
    let reads = |id: &str| read.get(id).cloned().unwrap_or_default();
    let classes = propagate(&graph, &declared, &settings.transforms, &reads, &[]);
    (graph, classes)
}

/// Says what the only column of the last model tells, and its rows.
fn told(models: &[&str]) -> String {
    let (graph, classes) = followed(models);
    let table = graph.number(&format!("model.m{}", models.len())).unwrap();
    let mut facts = Vec::new();
    let columns = graph.columns().filter(|(id, _)| id.dataset == table);
    for (id, _) in columns {
        facts.extend(
            classes
                .of(id)
                .facts()
                .filter(|fact| fact.1 != Level::Touched),
        );
    }
    facts.extend(classes.of_rows(table).facts());
    facts.extend(classes.of_unlisted(table).facts());
    let facts = facts
        .into_iter()
        .map(|(kind, level)| format!("{} {level:?}", kind.as_str()));
    facts.collect::<Vec<_>>().join(", ")
}

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(expression, expected)| (expression, expected, told(&[expression])))
        .filter(|(_, expected, found)| *found != ***expected)
        .map(|(expression, expected, found)| format!("{expression}\n  {expected}\n  {found}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same for expressions of `select ... from raw`.
fn check_expressions(cases: &[(&str, &str)]) {
    let queries: Vec<String> = cases
        .iter()
        .map(|(expression, _)| format!("select {expression} as x from raw"))
        .collect();
    let cases: Vec<(&str, &str)> = queries
        .iter()
        .zip(cases)
        .map(|(query, (_, expected))| (query.as_str(), *expected))
        .collect();
    check(&cases);
}

const RESTRICTED: &str = "'036', '059', '063', '102', '203', '556', '692', '790', '821', '823', \
                          '830', '831', '878', '879', '884', '890', '893'";

#[test]
fn years_of_dates_are_told_and_nothing_else_of_them() {
    check_expressions(&[
        ("date", "date Plain"),
        ("year(date)", ""),
        ("extract(year from cast(date as date))", ""),
        ("date_trunc('year', date)", ""),
        ("strftime(cast(date as date), '%Y')", ""),
        ("year(try_strptime(trim(date), '%m/%d/%Y'))", ""),
        ("year(date + interval 1 day)", ""),
        ("year(coalesce(date, date))", ""),
        ("min(year(date))", ""),
        ("year(max(date))", ""),
        ("month(date)", "date Made"),
        ("date_trunc('month', date)", "date Made"),
        ("strftime(date, '%Y-%m')", "date Made"),
        ("year(date) * 100 + month(date)", "date Made"),
        // Days made into years are not the years of the date.
        (
            "year(date '0001-01-01' + to_years(date_diff('day', date '1900-01-01', date)))",
            "date Made",
        ),
        ("year(ssn)", "ssn Plain"),
    ]);
}

#[test]
fn ages_are_told_up_to_89() {
    check_expressions(&[
        ("age_over_89", "age_over_89 Plain"),
        ("date_diff('year', date, current_date)", "age_over_89 Plain"),
        ("least(date_sub('year', date, date '2024-01-01'), 90)", ""),
        (
            "least(cast(extract(year from age(date '2024-01-01', date)) as integer), 90)",
            "",
        ),
        (
            "least(floor(date_diff('day', date, current_date) / 365.25), 90)",
            "",
        ),
        ("least(90, age_over_89)", ""),
        ("least(age_over_89, 95)", "age_over_89 Made"),
        ("least(age_over_89 - 50, 90)", "age_over_89 Made"),
        (
            "case when age_over_89 > 89 then 90 else age_over_89 end",
            "",
        ),
        (
            "case when age_over_89 >= 90 then '90+' else cast(age_over_89 as varchar) end",
            "",
        ),
        (
            "case when age_over_89 < 90 then age_over_89 else 90 end",
            "",
        ),
        (
            "case when age_over_89 > 99 then 100 else age_over_89 end",
            "age_over_89 Plain, age_over_89 Made",
        ),
        (
            "case when age_over_89 < 18 then 'child' when age_over_89 < 65 then 'adult' else 'old' end",
            "",
        ),
        (
            "case when age_over_89 = 91 then 'x' when age_over_89 = 92 then 'y' end",
            "age_over_89 Made",
        ),
        (
            "case when age_over_89 < 95 then 'x' else 'y' end",
            "age_over_89 Made",
        ),
        ("avg(least(age_over_89, 90))", ""),
        ("avg(age_over_89)", "age_over_89 Made"),
    ]);
}

#[test]
fn three_digits_of_zip_codes_are_told_without_small_areas() {
    let safe = [
        format!("case when left(zip, 3) in ({RESTRICTED}) then '000' else left(zip, 3) end"),
        format!(
            "case when not regexp_full_match(cast(zip as varchar), '[0-9]{{5}}') then null \
             when substr(cast(zip as varchar), 1, 3) in ({RESTRICTED}) then '000' \
             else substr(cast(zip as varchar), 1, 3) end"
        ),
        format!("case when zip[1:3] not in ({RESTRICTED}) then zip[1:3] else '000' end"),
    ];
    for expression in &safe {
        check_expressions(&[(expression, "")]);
    }
    let without_one = format!(
        "case when left(zip, 3) in ({}) then '000' else left(zip, 3) end",
        &RESTRICTED[7..]
    );
    let of_other =
        format!("case when left(ssn, 3) in ({RESTRICTED}) then '000' else left(zip, 3) end");
    let late = format!(
        "case when paid > 1 then left(zip, 3) when left(zip, 3) in ({RESTRICTED}) then '000' \
         else left(zip, 3) end"
    );
    check_expressions(&[
        ("left(zip, 3)", "zip Plain"),
        (&without_one, "zip Plain, zip Made"),
        (&of_other, "zip Plain, ssn Made"),
        (&late, "zip Plain, zip Made"),
        (&safe[0].replace("zip", "ssn"), "ssn Plain"),
    ]);
}

#[test]
fn keyed_hashes_are_identifiers_still() {
    check_expressions(&[
        ("sha256('a key of 24 characters..' || mrn)", "mrn Hashed"),
        (
            "sha256(concat(getvariable('salt'), cast(mrn as varchar)))",
            "mrn Hashed",
        ),
        ("sha256(mrn)", "mrn Made"),
        ("sha256('short' || mrn)", "mrn Made"),
        (
            "md5('a key of 24 characters..' || mrn || name)",
            "name Hashed, mrn Hashed",
        ),
        (
            "cast(date as date) + cast(cast('0x' || substr(sha256('a key of 24 characters..' || \
             mrn), 1, 7) as bigint) % 730 - 365 as integer)",
            "date Shifted",
        ),
        (
            "cast(date as date) + cast(mrn as integer)",
            "date Made, mrn Made",
        ),
    ]);
}

#[test]
fn counts_and_constants_tell_nothing() {
    check_expressions(&[
        ("count(distinct ssn)", ""),
        ("count(*)", ""),
        ("count(*) over (partition by mrn)", ""),
        ("length(free_text)", ""),
        ("'x'", ""),
        ("ssn is null", ""),
        ("sum(case when age_over_89 > 64 then 1 else 0 end)", ""),
        ("case when false then ssn end", ""),
        ("case when ssn is not null then '***' end", ""),
        ("free_text", "free_text Plain"),
        (
            "regexp_replace(free_text, '[0-9]', 'x', 'g')",
            "free_text Made",
        ),
        ("sum(paid)", ""),
    ]);
}

#[test]
fn rows_that_were_picked_by_a_value_tell_it() {
    check(&[
        ("select paid from raw where ssn = '123'", "ssn Picked"),
        (
            "select paid from raw where ssn in ('123', '124')",
            "ssn Picked",
        ),
        ("select paid from raw where ssn like '123%'", "ssn Picked"),
        (
            "select paid from raw where mrn between '1' and '2'",
            "mrn Picked",
        ),
        (
            "select paid from raw where substr(ssn, 1, 3) = '123'",
            "ssn Picked",
        ),
        (
            "select paid from raw where paid > 1 and (paid < 9 or ssn = '1')",
            "ssn Picked",
        ),
        (
            "select paid from raw where ssn in (select * from (values ('1')) v(x))",
            "ssn Picked",
        ),
        (
            "select paid from raw where date = date '2020-03-01'",
            "date Picked",
        ),
        (
            "select paid from raw where date >= date '2020-01-01'",
            "date Touched",
        ),
        ("select paid from raw where year(date) = 2020", ""),
        ("select paid from raw where ssn is not null", ""),
        ("select paid from raw where length(ssn) = 9", ""),
        (
            "select count(*) as n from raw where ssn = '123'",
            "ssn Picked",
        ),
        (
            "select count(*) filter (ssn = '123') as n from raw",
            "ssn Picked",
        ),
        (
            "select count(case when ssn = '123' then 1 end) as n from raw",
            "ssn Made",
        ),
        ("select sum(paid) as n from raw group by mrn", "mrn Touched"),
        ("select mrn from raw group by mrn", "mrn Plain, mrn Touched"),
        (
            "select a.paid from raw a join raw b on a.mrn = b.mrn",
            "mrn Touched",
        ),
        (
            "select a.paid from raw a join raw b on a.mrn = b.mrn and a.mrn = '1'",
            "mrn Picked, mrn Touched",
        ),
        ("select paid from raw order by ssn", "ssn Touched"),
        (
            "select row_number() over (order by ssn) as n from raw",
            "ssn Made",
        ),
        (
            "select row_number() over (partition by mrn order by date) as n from raw",
            "",
        ),
        (
            "select count(case when mrn between '1' and '2' then 1 end) as n from raw",
            "mrn Made",
        ),
        ("select sum(paid) over (partition by mrn) as n from raw", ""),
        (
            "select paid from raw qualify row_number() over (partition by mrn order by date) = 1",
            "date Touched, mrn Touched",
        ),
    ]);
}

#[test]
fn classes_go_on_through_models() {
    // A column that both goes in as it is and by its year has two ways.
    let both = told(&["select case when paid > 1 then year(date) else date end as d from raw"]);
    assert_eq!(both, "date Plain");
    let next = [
        "select date as dob, ssn from raw",
        "select year(dob) as y from m1",
    ];
    assert_eq!(told(&next), "");
    let made = [
        "select month(date) as m from raw",
        "select year(m) as y from m1",
    ];
    assert_eq!(told(&made), "date Made");
    let filtered = [
        "select count(*) filter (ssn = '123') as n from raw",
        "select n * 2 as n from m1",
    ];
    assert_eq!(told(&filtered), "ssn Picked");
    let rows = [
        "select paid from raw where ssn = '123'",
        "select count(*) as n from m1",
    ];
    assert_eq!(told(&rows), "ssn Picked");
}

#[test]
fn what_is_not_traced_holds_everything_that_is_read() {
    let all = told(&["select ssn, name from raw", "this is no query"]);
    assert!(
        all.contains("ssn Made") && all.contains("name Made"),
        "{all}"
    );
    let function = told(&["select x.* from raw, lateral (from query('select 1')) x"]);
    assert!(function.contains("ssn Made"), "{function}");
}
