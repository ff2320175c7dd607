//! Snapshots over whatever a source does: rows come, change, go, come back,
//! and the snapshot runs again and again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Project, check};
use crate::plan::Command;
use crate::testing::Random;

/// A source whose rows the test writes: id, value, minute of its last change.
#[derive(Default)]
struct Source(BTreeMap<usize, (usize, usize)>);

impl Source {
    fn write(&self, project: &Project) {
        let mut csv = String::from("id,half,v,updated_at\n");
        for (id, (v, minute)) in &self.0 {
            let _ = writeln!(csv, "{id},h{id},v{v},2024-01-01 00:{minute:02}:00");
        }
        project.write("seeds/source.csv", &csv);
    }

    /// Changes as a source does, including rows that come back as old ones.
    fn change(&mut self, random: &mut Random, minute: usize) {
        let id = random.below(5);
        match random.below(7) {
            0..4 => {
                self.0.insert(id, (random.below(3), minute));
            }
            4 | 5 => {
                self.0.remove(&id);
            }
            _ => {
                self.0.entry(id).or_insert((random.below(3), minute / 2));
            }
        }
    }
}

fn names() -> Vec<String> {
    let mut names = Vec::new();
    for strategy in ["timestamp", "check"] {
        for deletes in ["ignore", "invalidate", "new_record"] {
            for rest in ["plain", "named"] {
                names.push(format!("{strategy}_{deletes}_{rest}"));
            }
        }
    }
    names
}

/// A project with a snapshot of each kind; those that are `named` have names,
/// an end and a key of their own.
fn project() -> Project {
    let mut yaml = String::from("snapshots:\n");
    for name in names() {
        let (strategy, rest) = name.split_once('_').unwrap();
        let (deletes, rest) = rest.rsplit_once('_').unwrap();
        let how = match strategy {
            "timestamp" => "strategy: timestamp, updated_at: updated_at",
            _ => "strategy: check, check_cols: all",
        };
        let more = match rest {
            "named" => {
                "unique_key: [id, half], dbt_valid_to_current: \"timestamp '9999-12-31'\", \
                 snapshot_meta_column_names: {dbt_valid_from: begins, dbt_valid_to: ends, \
                 dbt_scd_id: version_id, dbt_updated_at: updated, dbt_is_deleted: gone}"
            }
            _ => "unique_key: id",
        };
        let _ = writeln!(
            yaml,
            "  - name: {name}\n    relation: ref('source')\n    config: {{{how}, hard_deletes: {deletes}, {more}}}"
        );
    }
    let project = Project::new(&format!(
        "== snapshots/s.yml\n{yaml}\n== dbt_project.yml\nname: p\nversion: '1.0'\nprofile: p\n\
         seeds: {{+column_types: {{updated_at: timestamp, v: varchar}}}}\n"
    ));
    Source::default().write(&project);
    project
}

/// Runs everything, and looks whether each snapshot is as it must be.
fn run(project: &Project, source: &Source) {
    source.write(project);
    let ran = project.run(Command::Build);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    for name in names() {
        let is_named = name.ends_with("named");
        let [begins, ends, version] = if is_named {
            ["begins", "ends", "version_id"]
        } else {
            ["dbt_valid_from", "dbt_valid_to", "dbt_scd_id"]
        };
        let current = if is_named {
            "ends = timestamp '9999-12-31'"
        } else {
            "dbt_valid_to is null"
        };
        let is_gone = match (name.contains("new_record"), is_named) {
            (false, _) => "false",
            (true, true) => "gone = 'True'",
            (true, false) => "dbt_is_deleted = 'True'",
        };
        let found = project.query(&format!(
            "select
                (select count(*) from (select 1 from {name} where {current} group by id having count(*) > 1)),
                (select count(*) from (select 1 from {name} group by {version} having count(*) > 1)),
                (select count(*) from {name} where {ends} < {begins}),
                (select count(*) from (
                    select {begins} as b, lag({ends}) over (partition by id order by {begins}, {ends} nulls last) as e
                    from {name}) where e > b)"
        ));
        assert_eq!(
            found, "0|0|0|0",
            "{name}: current twice, version twice, backwards, overlapping"
        );
        let mut here = project.query(&format!(
            "select id, v from {name} where {current} and not ({is_gone}) order by id"
        ));
        let expected: Vec<String> = source
            .0
            .iter()
            .map(|(id, (v, _))| format!("{id}|v{v}"))
            .collect();
        // Rows that are gone stay where nobody looks for them.
        if name.contains("ignore") {
            let is_here = |line: &&str| {
                expected
                    .iter()
                    .any(|row| row.split('|').next() == line.split('|').next())
            };
            here = here.lines().filter(is_here).collect::<Vec<_>>().join("\n");
        }
        // A change that is not newer is none for the strategy `timestamp`.
        if name.starts_with("check") || !name.contains("ignore") {
            assert_eq!(here, expected.join("\n"), "{name}");
        }
    }
}

#[test]
fn whatever_a_source_does_a_key_has_one_current_version() {
    let project = project();
    let mut random = Random(3);
    let mut source = Source::default();
    let mut minute = 0;
    for _ in 0..12 {
        for _ in 0..random.below(4) {
            minute += 1;
            source.change(&mut random, minute);
        }
        run(&project, &source);
    }
}

/// dbt ends the deleted version before it began, and begins the new one before
/// the old one ended.
#[test]
fn a_deleted_row_that_comes_back_as_it_was_begins_anew() {
    let project = project();
    let there = Source([(1, (0, 1)), (2, (0, 1))].into());
    let gone = Source([(2, (0, 1))].into());
    for source in [&there, &gone, &gone, &there, &there] {
        run(&project, source);
    }
    let query = "select gone, ends = timestamp '9999-12-31', begins < '2024-01-02' from timestamp_new_record_named where id = 1 order by begins, ends";
    check(
        &project.query(query),
        "False|False|True\nTrue|False|False\nFalse|True|False",
    );
}

#[test]
fn a_key_that_stands_twice_is_told() {
    let project = Project::new(
        "== models/a.sql\nselect 1 as id, 'x' as v\n\
         == snapshots/s.yml\n\
         snapshots:\n\
         \x20 - name: s\n\
         \x20   relation: ref('a')\n\
         \x20   config: {strategy: check, check_cols: all, unique_key: id}\n",
    );
    project.run(Command::Build);
    project.write(
        "models/a.sql",
        "select * from (values (2, 'x'), (2, 'y'), (null, 'z')) as t(id, v)\n",
    );
    let ran = project.run(Command::Build);
    assert!(ran.results.success(), "{}", ran.diagnostics());
    let lines = ran.lines();
    assert!(
        lines.contains("1 keys stand twice, 1 rows have none"),
        "{lines}"
    );
}
