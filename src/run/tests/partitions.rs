//! The strategy `insert_overwrite`: partitions are replaced whole, and loading
//! one twice gives what loading it once gives.

use super::{Project, check};
use crate::plan::Command;

/// Loads rows `(source, day, n)` with the given partition settings.
fn load(project: &Project, settings: &str, rows: &str) {
    project.write(
        "models/m.sql",
        &format!(
            "{{{{ config(materialized='incremental', incremental_strategy='insert_overwrite', {settings}) }}}}\n\
             select * from (values {rows}) as t(source, day, n)\n"
        ),
    );
    let ran = project.run(Command::Run);
    assert!(ran.results.success(), "{}", ran.diagnostics());
}

fn rows(project: &Project) -> String {
    project.query("select source, day, n from m order by all")
}

#[test]
fn the_partitions_of_the_new_rows_are_replaced() {
    let project = Project::new("");
    let by = "partition_by=['source', 'day']";
    load(
        &project,
        by,
        "('lab', 1, 10), ('lab', 2, 20), ('adt', 1, 30), (null, 1, 40)",
    );
    // Fewer rows than before, and a day that is new.
    for _ in 0..2 {
        load(
            &project,
            by,
            "('lab', 1, 11), ('adt', 2, 31), (null, 1, 41)",
        );
    }
    check(
        &rows(&project),
        "adt|1|30\nadt|2|31\nlab|1|11\nlab|2|20\nNone|1|41",
    );
}

#[test]
fn named_partitions_are_emptied_and_no_others_are_written() {
    let project = Project::new("");
    let partitions = "partitions=[{'source': 'lab', 'day': 1}, \"day = 3\"]";
    load(
        &project,
        "partition_by='day'",
        "('lab', 1, 10), ('adt', 1, 30), ('lab', 3, 50)",
    );
    for _ in 0..2 {
        load(&project, partitions, "('lab', 1, 11), ('adt', 1, 31)");
    }
    check(&rows(&project), "adt|1|30\nlab|1|11");
}

#[test]
fn a_missing_partition_is_asked_for() {
    let project = Project::new("");
    load(&project, "partition_by='day'", "('lab', 1, 10)");
    project.write(
        "models/m.sql",
        "{{ config(materialized='incremental', incremental_strategy='insert_overwrite') }}\n\
         select 'lab' as source, 1 as day, 10 as n\n",
    );
    let ran = project.run(Command::Run);
    let shown = ran.diagnostics();
    assert!(shown.contains("needs 'partition_by'"), "{shown}");
    // The place is the model: dbt's own macros are nobody's files.
    assert!(shown.contains("models/m.sql:1:1"), "{shown}");
}
