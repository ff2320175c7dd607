use super::*;
use crate::adapter::Table;

fn table(rows: &[&[i128]]) -> Table {
    Table {
        rows: rows
            .iter()
            .map(|row| row.iter().map(|value| Cell::Int(*value)).collect())
            .collect(),
        ..Table::default()
    }
}

fn column(name: &str, data_type: &str) -> Column {
    Column {
        name: name.to_owned(),
        data_type: Some(data_type.to_owned()),
        ..Column::default()
    }
}

#[test]
fn identifiers_are_only_counted() {
    let mut columns = [Column {
        phi: crate::docs::patient_data::declared("ssn"),
        ..column("ssn", "VARCHAR")
    }];
    let mut asked = Vec::new();
    profile("t", &mut columns, &mut |sql| {
        asked.push(sql.to_owned());
        Ok(table(&[&[100, 80, 80]]))
    })
    .unwrap();
    let found = columns[0].profile.as_ref().unwrap();
    assert_eq!((found.nulls, found.distinct), (Some(20), None));
    assert_eq!(found.withheld, Some(Withheld::Identifier));
    assert!(
        asked
            .iter()
            .all(|sql| sql.starts_with("select count(*), count(\"ssn\")"))
    );
}

#[test]
fn small_tables_tell_nothing_and_few_empty_rows_are_not_counted() {
    let mut columns = [column("a", "BLOB")];
    profile("t", &mut columns, &mut |_| Ok(table(&[&[10, 4, 2]]))).unwrap();
    let found = columns[0].profile.clone().unwrap();
    assert_eq!((found.nulls, found.withheld), (None, Some(Withheld::Few)));
    profile("t", &mut columns, &mut |_| Ok(table(&[&[100, 97, 2]]))).unwrap();
    assert_eq!(columns[0].profile.clone().unwrap().nulls, None);
}

#[test]
fn few_rows_with_a_value_are_not_told_by_how_many_are_empty() {
    let mut columns = [column("a", "BLOB")];
    profile("t", &mut columns, &mut |_| Ok(table(&[&[100, 5, 2]]))).unwrap();
    let found = columns[0].profile.clone().unwrap();
    assert_eq!((found.nulls, found.distinct), (None, None));
    assert_eq!(found.withheld, Some(Withheld::Few));
    profile("t", &mut columns, &mut |_| Ok(table(&[&[100, 0, 0]]))).unwrap();
    assert_eq!(columns[0].profile.clone().unwrap().nulls, Some(100));
}

#[test]
fn few_empty_rows_are_not_what_frequent_values_leave_of_all() {
    let mut columns = [column("sex", "VARCHAR")];
    profile("t", &mut columns, &mut |sql| {
        if sql.starts_with("select count(*)") {
            return Ok(table(&[&[100, 97, 2]]));
        }
        let row = |value: &str, rows| vec![Cell::Text(value.to_owned()), Cell::Int(rows)];
        Ok(Table {
            rows: vec![row("F", 50), row("M", 47)],
            ..Table::default()
        })
    })
    .unwrap();
    let found = columns[0].profile.clone().unwrap();
    assert_eq!((found.nulls, found.top.len()), (None, 1));
}

#[test]
fn a_value_that_could_be_found_by_subtracting_takes_another_along() {
    let mut columns = [column("state", "VARCHAR")];
    profile("t", &mut columns, &mut |sql| {
        if sql.starts_with("select count(*)") {
            return Ok(table(&[&[100, 100, 3]]));
        }
        let row = |value: &str, rows| vec![Cell::Text(value.to_owned()), Cell::Int(rows)];
        Ok(Table {
            rows: vec![row("CA", 60), row("NV", 35)],
            ..Table::default()
        })
    })
    .unwrap();
    // Five rows of a third state are left: with `NV` shown they would be known.
    assert_eq!(
        columns[0].profile.clone().unwrap().top,
        [("CA".to_owned(), 60)]
    );
}

#[test]
fn bars_of_few_rows_are_withheld() {
    let mut columns = [column("paid", "DECIMAL(9,2)")];
    profile("t", &mut columns, &mut |sql| {
        Ok(if sql.starts_with("select count(*)") {
            table(&[&[160, 160, 90]])
        } else if sql.starts_with("select min(") {
            Table {
                rows: vec![vec![Cell::Float(0.0), Cell::Float(29.0)]],
                ..Table::default()
            }
        } else {
            table(&[&[0, 90], &[1, 4], &[2, 26], &[3, 40]])
        })
    })
    .unwrap();
    let found = columns[0].profile.clone().unwrap();
    assert_eq!(found.bars[..5], [Some(90), None, None, Some(40), Some(0)]);
    assert_eq!(
        (found.min.as_deref(), found.max.as_deref()),
        (Some("0"), Some("30"))
    );
}
