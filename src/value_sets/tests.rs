use super::*;
use crate::diagnostics::SourceFile;

const PLACES: &str = "\
code,description,effective_from,effective_to
02,Telehealth,2017-01-01,2021-12-31
02,Telehealth elsewhere,2022-01-01,
10,Telehealth at home,2022-01-01,
11,Office,,
";

fn set(text: &str) -> ValueSet {
    read(&SourceFile::new("places.csv", text)).expect("a value set")
}

fn lines(before: &ValueSet, after: &ValueSet) -> Vec<String> {
    diff(before, after).iter().map(Change::line).collect()
}

#[test]
fn a_list_differs_from_itself_on_another_day() {
    let set = set(PLACES);
    let on = |day: &str| set.on(day.parse().expect("a date"));
    assert_eq!(
        lines(&on("2021-12-31"), &on("2022-01-01")),
        [
            "~ 02  description: Telehealth -> Telehealth elsewhere",
            "~ 02  effective_from: 2017-01-01 -> 2022-01-01",
            "~ 02  effective_to: 2021-12-31 -> nothing",
            "+ 10  Telehealth at home (from 2022-01-01)",
        ]
    );
    assert_eq!(on("2016-12-31").entries.len(), 1);
    assert!(diff(&on("2018-01-01"), &on("2019-01-01")).is_empty());
}

#[test]
fn a_version_differs_from_another() {
    let old = set(PLACES);
    let new = set(&PLACES.replace("11,Office,,\n", "12,Home,,\n").replace(
        "10,Telehealth at home,2022-01-01,",
        "10,Telehealth at home,2022-01-01,2024-12-31",
    ));
    assert_eq!(
        lines(&old, &new),
        [
            "~ 10  effective_to: nothing -> 2024-12-31",
            "- 11  Office",
            "+ 12  Home",
        ]
    );
    assert_eq!(diff(&old, &new)[1].json()["change"], "removed");
}

#[test]
fn a_file_of_a_spreadsheet_is_the_same_list() {
    let written = PLACES.replace('\n', "\r\n").replace("code,", "Code,");
    let written = written.replace("2021-12-31", " 2021-12-31 ");
    assert_eq!(set(&format!("\u{feff}{written}")), set(PLACES));
}

#[test]
fn a_file_that_is_no_value_set_is_pointed_at() {
    let title = |text: &str| {
        let error = read(&SourceFile::new("x.csv", text)).expect_err("no value set");
        let label = error.labels.first().expect("a place");
        let (line, _) = label.file.line_column(label.range.start);
        format!("{line}: {}", error.title)
    };
    assert_eq!(title("a,b\n1,2\n"), "1: `x.csv` has no column `code`");
    assert_eq!(
        title("code,effective_from\nA,2024-13-01\n"),
        "2: `2024-13-01` in column `effective_from` is no date"
    );
    assert_eq!(
        title("code,effective_from,effective_to\nA,,\nA,2024-01-01,\n"),
        "3: code `A` is in use already on one of these days"
    );
    assert_eq!(
        title("code,effective_from,effective_to\nA,2024-01-02,2024-01-01\n"),
        "2: code `A` ends before it begins"
    );
    assert_eq!(title("code,b\nA\n"), "2: `x.csv` cannot be read as CSV");
    assert_eq!(
        title("code,b\nA,1\n ,2\n"),
        "3: a row of `x.csv` has no code"
    );
}
