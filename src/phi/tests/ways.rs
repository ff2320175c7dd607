//! The ways that things come.

use super::following::{followed, patients};
use crate::phi::path::Ways;
use crate::phi::transform::Transforms;
use crate::phi::{Kind, Level, Part};

/// A project with copies, a transform, rows that are picked, and a column of unknown origin.
const MODELS: &[&str] = &[
    "select mrn, name, date, zip from raw where ssn = '1'",
    "select upper(name) as name, date as seen_on, year(date) as y, mrn from m1",
    "select m2.*, m1.zip from m2 join m1 using (mrn)",
    "select name || zip as both, count(*) as n, max(seen_on) as last from m3 group by 1",
    "select columns(*) from m4, query_table('raw')",
];

fn with_ways(look: impl FnOnce(&Ways<'_>)) {
    let (graph, classes) = followed(MODELS);
    let (_, declared) = patients();
    let transforms = Transforms::new(Vec::new());
    look(&Ways {
        graph: &graph,
        classes: &classes,
        declared: &declared,
        transforms: &transforms,
    });
}

#[test]
fn going_back_step_by_step_is_as_short_as_looking_for_each_way_by_itself() {
    with_ways(|ways| {
        let last = ways.spread(&|_| true);
        let mut seen = 0;
        for state in last.keys() {
            let mut length = 0;
            let mut here = *state;
            while let Some(step) = last.get(&here) {
                assert_eq!((step.to, step.after), here);
                here = (step.from, step.before);
                length += 1;
                assert!(length < 100, "{state:?} goes round in circles");
            }
            assert_eq!(ways.to(state.0, state.1).len(), length, "{state:?}");
            seen += 1;
        }
        assert!(seen > 40, "{seen}");
    });
}

#[test]
fn nothing_is_told_of_what_is_not_wanted() {
    with_ways(|ways| {
        let last = ways.spread(&|(_, level)| level == Level::Plain);
        assert!(last.keys().all(|(_, (_, level))| *level == Level::Plain));
        let seen_on = ways.graph.column_id("model.m2", "seen_on").unwrap();
        let step = &last[&(Part::Column(seen_on), (Kind::Date, Level::Plain))];
        assert_eq!(step.edge.unwrap().kind.as_str(), "rename");
    });
}
