//! The way that something has come, from the column that is declared to hold
//! it.

use std::collections::{HashMap, HashSet, VecDeque};

use super::class::{Class, Fact, Level};
use super::declared::Declared;
use super::promise::Part;
use super::propagate::{Classes, through};
use super::transform::Transforms;
use crate::lineage::{ColumnId, Edge, LineageGraph};

/// What the search goes through.
pub struct Ways<'g> {
    pub graph: &'g LineageGraph,
    pub classes: &'g Classes,
    pub declared: &'g Declared,
    pub transforms: &'g Transforms,
}

/// One step, from what was read to what reads it.
#[derive(Debug, Clone)]
pub struct Step<'g> {
    pub from: Part,
    pub to: Part,
    /// What is told before the step.
    pub before: Fact,
    /// What is told after it.
    pub after: Fact,
    /// None where the lineage does not know, or rows go on as they are.
    pub edge: Option<&'g Edge>,
}

type State = (Part, Fact);

impl<'g> Ways<'g> {
    /// Returns a shortest way to something, from the declared column on. It is
    /// empty where that is the column itself.
    pub fn to(&self, part: Part, fact: Fact) -> Vec<Step<'g>> {
        let goal = (part, fact);
        let mut next: HashMap<State, Step<'g>> = HashMap::new();
        let mut seen = HashSet::from([goal]);
        let mut waiting = VecDeque::from([goal]);
        while let Some(state) = waiting.pop_front() {
            if self.is_origin(state) {
                return follow(state, goal, &next);
            }
            for step in self.before(state) {
                let before = (step.from, step.before);
                if seen.insert(before) {
                    next.insert(before, step);
                    waiting.push_back(before);
                }
            }
        }
        Vec::new()
    }

    /// Tells whether a column is declared to hold something.
    pub(super) fn is_origin(&self, (part, (kind, level)): State) -> bool {
        let Part::Column(column) = part else {
            return false;
        };
        let table = &self.graph.table_of(column).id;
        let name = &self.graph.column(column).name;
        level == Level::Plain
            && self
                .declared
                .of_column(table, name)
                .is_some_and(|declaration| declaration.kinds.contains(&kind))
    }

    /// Returns the steps that lead to something.
    pub(super) fn before(&self, (part, fact): State) -> Vec<Step<'g>> {
        match part {
            Part::Column(id) => {
                let column = self.graph.column(id);
                let mut steps = self.along(&column.inputs, part, fact);
                let classes = self.classes;
                if column.gap.is_some() {
                    let reads = &classes.reads[id.dataset as usize];
                    steps.extend(self.anything(reads, part, fact));
                }
                steps.extend(self.anything(&classes.beside[id.dataset as usize], part, fact));
                steps
            }
            Part::Rows(dataset) => {
                let rows = &self.graph.datasets[dataset as usize].rows;
                let mut steps = self.along(rows, part, fact);
                let reads = self.classes.reads[dataset as usize].iter();
                let reads = reads.filter(|read| self.classes.of_rows(**read).has(fact));
                steps.extend(reads.map(|read| Step {
                    from: Part::Rows(*read),
                    to: part,
                    before: fact,
                    after: fact,
                    edge: None,
                }));
                steps
            }
            Part::Unlisted(dataset) => {
                let classes = self.classes;
                let mut steps = self.anything(&classes.reads[dataset as usize], part, fact);
                steps.extend(self.anything(&classes.beside[dataset as usize], part, fact));
                steps
            }
        }
    }

    fn along(&self, edges: &'g [Edge], to: Part, after: Fact) -> Vec<Step<'g>> {
        let mut steps = Vec::new();
        for edge in edges {
            for before in self.classes.of(edge.source).facts() {
                let alone = Class::of(before.0, before.1);
                if through(edge, alone, self.transforms).has(after) {
                    steps.push(Step {
                        from: Part::Column(edge.source),
                        to,
                        before,
                        after,
                        edge: Some(edge),
                    });
                }
            }
        }
        steps
    }

    /// Steps from everything in some tables.
    fn anything(&self, tables: &[u32], to: Part, after: Fact) -> Vec<Step<'g>> {
        let mut steps = Vec::new();
        for read in tables {
            let table = &self.graph.datasets[*read as usize];
            let columns = (0..table.columns.len() as u32).map(|column| {
                Part::Column(ColumnId {
                    dataset: *read,
                    column,
                })
            });
            for from in columns.chain([Part::Unlisted(*read)]) {
                let class = match from {
                    Part::Column(id) => self.classes.of(id),
                    Part::Rows(_) | Part::Unlisted(_) => self.classes.of_unlisted(*read),
                };
                let fits = class
                    .facts()
                    .filter(|(kind, level)| Class::of(*kind, *level).made().has(after));
                steps.extend(fits.collect::<Vec<_>>().into_iter().map(|before| Step {
                    from,
                    to,
                    before,
                    after,
                    edge: None,
                }));
            }
        }
        steps
    }
}

fn follow<'g>(from: State, goal: State, next: &HashMap<State, Step<'g>>) -> Vec<Step<'g>> {
    let mut steps = Vec::new();
    let mut here = from;
    while here != goal
        && let Some(step) = next.get(&here)
    {
        here = (step.to, step.after);
        steps.push(step.clone());
    }
    steps
}
