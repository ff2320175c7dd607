use super::{beside, diff};
use crate::adapter::{Cell, Table};

/// Reads rows of `1|a|1.5`; `-` is null.
fn table(rows: &str) -> Table {
    let cell = |text: &str| match text {
        "-" => Cell::Null,
        text => match text.parse() {
            Ok(n) => Cell::Int(n),
            Err(_) if text.parse::<f64>().is_ok() => Cell::Decimal(text.into()),
            Err(_) => Cell::Text(text.into()),
        },
    };
    Table {
        columns: ["id", "name", "v"].map(str::to_owned).to_vec(),
        rows: rows
            .split_whitespace()
            .map(|row| row.split('|').map(cell).collect())
            .collect(),
        ..Table::default()
    }
}

fn check(expected: &str, actual: &str, difference: &str) {
    let shown = diff(&table(expected), &table(actual)).unwrap_or_default();
    let tidy: Vec<&str> = difference
        .lines()
        .map(|l| l.trim_start_matches('|'))
        .collect();
    assert_eq!(shown.trim_end(), tidy.join("\n").trim_end());
}

#[test]
fn the_same_rows_in_another_order() {
    check("1|a|1.5 2|b|-", "2|b|- 1|a|1.50", "");
    check("", "", "");
}

#[test]
fn a_changed_value() {
    check(
        "1|a|1.5 2|b|2 3|c|3",
        "1|a|1.5 2|x|2 3|c|3",
        "@@,id,name,v\n|  ,1 ,a   ,1.5\n→ ,2 ,b→x ,2\n|  ,3 ,c   ,3",
    );
    check(
        "1|a|1.5 3|c|3",
        "1|a|- 3|c|3",
        "@@,id,name,v\n→ ,1 ,a   ,1.5→NULL\n|  ,3 ,c   ,3",
    );
}

#[test]
fn a_missing_row_and_an_added_one() {
    check(
        "1|a|1.5 2|b|2 3|c|3",
        "1|a|1.5 3|c|3",
        "@@ ,id,name,v\n|   ,1 ,a   ,1.5\n---,2 ,b   ,2\n|   ,3 ,c   ,3",
    );
    check(
        "1|a|1.5 3|c|3",
        "1|a|1.5 2|b|2 3|c|3",
        "@@ ,id,name,v\n|   ,1 ,a   ,1.5\n+++,2 ,b   ,2\n|   ,3 ,c   ,3",
    );
    check("", "1|a|1", "@@ ,id,name,v\n+++,1 ,a   ,1");
}

#[test]
fn rows_that_share_nothing_are_not_paired() {
    check(
        "1|a|1.5",
        "7|z|9",
        "@@ ,id,name,v\n---,1 ,a   ,1.5\n+++,7 ,z   ,9",
    );
}

#[test]
fn a_row_too_often() {
    check(
        "1|a|1",
        "1|a|1 1|a|1",
        "@@ ,id,name,v\n|   ,1 ,a   ,1\n+++,1 ,a   ,1",
    );
}

#[test]
fn rows_far_from_a_difference_are_left_out() {
    check(
        "1|a|1 2|b|1 3|c|3 4|d|3 5|e|3",
        "1|a|1 2|b|1 3|c|3 4|d|3 5|f|3",
        "@@ ,id ,name,v\n...,...,... ,...\n|   ,4  ,d   ,3\n→  ,5  ,e→f ,3",
    );
}

#[test]
fn commas_are_quoted() {
    check("1|a,b|1", "1|c|1", "@@,id,name   ,v\n→ ,1 ,\"a,b→c\",1");
}

#[test]
fn people_see_both_rows_with_what_differs() {
    let shown = beside(
        &table("1|a|1.5 2|long_text|2 3|c|3 4|d|4"),
        &table("1|a|- 2|long_word|2 3|c|3 5|e|5"),
    );
    let expected = "- expected, + actual, [what differs]\n\
                    \x20   id | name        | v\n\
                    \x20 - 1  | a           | [1.5]\n\
                    \x20 + 1  | a           | [NULL]\n\
                    \x20 - 2  | long_[text] | 2\n\
                    \x20 + 2  | long_[word] | 2\n\
                    \x20 - 4  | d           | 4\n\
                    \x20 + 5  | e           | 5\n\
                    1 row is the same\n";
    assert_eq!(shown, expected);
}
