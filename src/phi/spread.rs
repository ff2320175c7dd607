//! The ways of everything at once: of each fact the last step of a shortest way to it.

use std::collections::{HashMap, VecDeque};

use super::class::Fact;
use super::path::{Step, Ways};
use super::promise::Part;
use crate::lineage::ColumnId;

type State = (Part, Fact);

impl<'g> Ways<'g> {
    /// Returns the last step of a shortest way to everything that is told and that `is_wanted`
    /// lets through. Where something is declared has none.
    pub fn spread(&self, is_wanted: &dyn Fn(Fact) -> bool) -> HashMap<State, Step<'g>> {
        let mut after: HashMap<State, Vec<Step<'g>>> = HashMap::new();
        let mut waiting = VecDeque::new();
        for state in self.states().filter(|(_, fact)| is_wanted(*fact)) {
            if self.is_origin(state) {
                waiting.push_back(state);
                continue;
            }
            for step in self.before(state) {
                let from = (step.from, step.before);
                after.entry(from).or_default().push(step);
            }
        }
        let mut last: HashMap<State, Step<'g>> = HashMap::new();
        while let Some(state) = waiting.pop_front() {
            for step in after.remove(&state).into_iter().flatten() {
                let reached = (step.to, step.after);
                if let std::collections::hash_map::Entry::Vacant(entry) = last.entry(reached) {
                    entry.insert(step);
                    waiting.push_back(reached);
                }
            }
        }
        last
    }

    /// Everything that is told anywhere, table by table.
    fn states(&self) -> impl Iterator<Item = State> + '_ {
        let tables = self.graph.datasets.iter().enumerate();
        tables.flat_map(move |(number, table)| {
            let dataset = number as u32;
            let columns = (0..table.columns.len() as u32)
                .map(move |column| Part::Column(ColumnId { dataset, column }));
            let parts = columns.chain([Part::Rows(dataset), Part::Unlisted(dataset)]);
            parts.flat_map(move |part| {
                let class = match part {
                    Part::Column(id) => self.classes.of(id),
                    Part::Rows(number) => self.classes.of_rows(number),
                    Part::Unlisted(number) => self.classes.of_unlisted(number),
                };
                let facts: Vec<Fact> = class.facts().collect();
                facts.into_iter().map(move |fact| (part, fact))
            })
        })
    }
}
