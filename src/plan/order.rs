//! The order of steps, and what each waits for.

use foldhash::{HashSet, HashSetExt};
use rayon::slice::ParallelSliceMut as _;

use crate::graph::select::Dag;
use crate::parse::ResourceType;

/// Puts steps into an order in which each comes after those it waits for, and
/// names these by their place in the result.
///
/// A step waits for its nearest selected ancestors, also across nodes that
/// are not selected. In a build it also waits for the tests of its ancestors,
/// so that bad data does not travel on: as in dbt, for those tests whose every
/// parent is an ancestor of the step, which can never close a circle.
///
/// With `quarantines`, tests and the model whose failing rows they take aside,
/// what reads the model waits for its tests, and so do its other tests, though
/// these do not fail with them. None when this order closes a circle.
pub fn order(
    dag: &Dag,
    steps: &[u32],
    waits_for_tests: bool,
    quarantines: &[Quarantine],
) -> Option<Vec<Placed>> {
    let mut chosen = vec![false; dag.len()];
    for i in steps {
        chosen[*i as usize] = true;
    }
    let sequence = topological(dag);
    let mut nearest = Lists::new(dag);
    let mut waits = Lists::new(dag);
    for i in &sequence {
        let mut sources: Vec<u32> = Vec::new();
        for parent in dag.parents(*i) {
            if chosen[*parent as usize] {
                sources.push(*parent);
            } else {
                sources.extend(nearest.get(*parent));
            }
        }
        sources.sort_unstable();
        sources.dedup();
        if chosen[*i as usize] {
            *waits.get_mut(*i) = sources;
        } else {
            *nearest.get_mut(*i) = sources;
        }
    }
    if waits_for_tests {
        add_test_edges(dag, &chosen, &sequence, &mut waits);
    }
    let after = add_quarantine_edges(dag, steps, quarantines, &mut waits);
    // Unit tests say whether a model's SQL is right, so they come before it.
    if waits_for_tests {
        for i in steps {
            if dag.resource_type(*i) == ResourceType::UnitTest {
                for model in dag.parents(*i).iter().filter(|m| chosen[**m as usize]) {
                    let inherited = waits.get(*model).to_vec();
                    let own = waits.get_mut(*i);
                    own.retain(|p| p != model);
                    own.extend(inherited.iter().filter(|p| *p != i));
                    own.sort_unstable();
                    own.dedup();
                    waits.get_mut(*model).push(*i);
                }
            }
        }
    }
    let placed = sort(dag, steps, &waits, &after);
    if placed.len() == steps.len() {
        return Some(placed);
    }
    // Which rows a test sees matters less than that it runs.
    let placed = sort(dag, steps, &waits, &Lists::new(dag));
    (placed.len() == steps.len()).then_some(placed)
}

/// A list of numbers for each number of a graph.
struct Lists(Vec<Vec<u32>>);

impl Lists {
    /// Empty ones.
    fn new(dag: &Dag) -> Self {
        Self(vec![Vec::new(); dag.len()])
    }

    fn get(&self, i: u32) -> &[u32] {
        &self.0[i as usize]
    }

    fn get_mut(&mut self, i: u32) -> &mut Vec<u32> {
        &mut self.0[i as usize]
    }
}

/// The tests of one model that take its failing rows aside.
pub struct Quarantine {
    pub model: u32,
    pub tests: Vec<u32>,
}

/// A step's number with what it waits for, by places in the order.
pub struct Placed {
    pub number: u32,
    /// What must have gone well.
    pub dependencies: Vec<usize>,
    /// What must be over.
    pub after: Vec<usize>,
}

/// Makes readers of a model wait for the tests that clean it. The tests take
/// turns, in the order of their ids: a row that fails several is taken by the
/// first. Returns what is to be over before what.
fn add_quarantine_edges(
    dag: &Dag,
    steps: &[u32],
    quarantines: &[Quarantine],
    waits: &mut Lists,
) -> Lists {
    let mut after = Lists::new(dag);
    for Quarantine { model, tests } in quarantines {
        for pair in tests.windows(2) {
            after.get_mut(pair[1]).push(pair[0]);
        }
        for step in steps.iter().filter(|step| !tests.contains(step)) {
            let own = waits.get_mut(*step);
            if !own.contains(model) {
                continue;
            }
            match dag.resource_type(*step) {
                ResourceType::UnitTest => {}
                ResourceType::Test => after.get_mut(*step).extend(tests),
                _ => {
                    own.extend(tests);
                    own.sort_unstable();
                    own.dedup();
                }
            }
        }
    }
    after
}

/// Sorts level by level, and each level by id, as dbt's queue hands nodes out:
/// models come before seeds, these before tests. What asks the database for
/// relations that it does not `ref()` finds the same ones as with dbt.
fn sort(dag: &Dag, steps: &[u32], waits: &Lists, after: &Lists) -> Vec<Placed> {
    let mut missing = vec![0; dag.len()];
    let mut waiting = Lists::new(dag);
    for i in steps {
        let parents = [waits.get(*i), after.get(*i)];
        for parent in parents.into_iter().flatten() {
            missing[*i as usize] += 1;
            waiting.get_mut(*parent).push(*i);
        }
    }
    let is_free = |i: &u32| missing[*i as usize] == 0;
    let mut ready: Vec<u32> = steps.iter().copied().filter(is_free).collect();
    let mut place: Vec<Option<usize>> = vec![None; dag.len()];
    let mut out = Vec::with_capacity(steps.len());
    while !ready.is_empty() {
        let mut level = std::mem::take(&mut ready);
        level.par_sort_unstable_by_key(|i| dag.id(*i));
        for i in &level {
            let places = |parents: &[u32]| {
                let places = parents.iter().filter_map(|parent| place[*parent as usize]);
                let mut places: Vec<usize> = places.collect();
                places.sort_unstable();
                places
            };
            let placed = Placed {
                number: *i,
                dependencies: places(waits.get(*i)),
                after: places(after.get(*i)),
            };
            place[*i as usize] = Some(out.len());
            out.push(placed);
            for child in waiting.get(*i) {
                let left = &mut missing[*child as usize];
                *left -= 1;
                if *left == 0 {
                    ready.push(*child);
                }
            }
        }
    }
    out
}

fn topological(dag: &Dag) -> Vec<u32> {
    let count = u32::try_from(dag.len()).unwrap_or(u32::MAX);
    let mut missing: Vec<usize> = (0..count).map(|i| dag.parents(i).len()).collect();
    let mut sequence: Vec<u32> = (0..count).filter(|i| missing[*i as usize] == 0).collect();
    let mut next = 0;
    while next < sequence.len() {
        let i = sequence[next];
        next += 1;
        for child in dag.children(i) {
            let left = &mut missing[*child as usize];
            // A parent named twice is two edges on both sides.
            *left = left.saturating_sub(1);
            if *left == 0 {
                sequence.push(*child);
            }
        }
    }
    sequence
}

/// Makes steps wait for the tests of what they read.
///
/// A test of one node is waited for by the children of that node; their
/// descendants wait for these. A test of several nodes is waited for by every
/// step that has all of them above it.
fn add_test_edges(dag: &Dag, chosen: &[bool], sequence: &[u32], waits: &mut Lists) {
    let is_chosen = |i: u32| chosen[i as usize];
    let is_test = |i: u32| matches!(dag.resource_type(i), ResourceType::Test);
    // For each node that is no step, the single tests that its readers
    // should wait for come through it.
    let mut single = Lists::new(dag);
    let mut multiple: Vec<u32> = Vec::new();
    for i in sequence.iter().copied().filter(|i| is_chosen(*i)) {
        if !is_test(i) {
            continue;
        }
        let mut parents = dag.parents(i).to_vec();
        parents.sort_unstable();
        parents.dedup();
        match parents[..] {
            [] => {}
            [parent] => single.get_mut(parent).push(i),
            _ => multiple.push(i),
        }
    }
    let mut passing = Lists::new(dag);
    for i in sequence.iter().copied() {
        if dag.resource_type(i) == ResourceType::UnitTest {
            continue;
        }
        let mut tests: Vec<u32> = Vec::new();
        for parent in dag.parents(i) {
            // A test does not wait for the other tests of what it tests, but
            // one of an ephemeral model does for those above that model.
            if !is_test(i) {
                tests.extend(single.get(*parent));
            }
            if !is_chosen(*parent) {
                tests.extend(passing.get(*parent));
            }
        }
        tests.sort_unstable();
        tests.dedup();
        if is_chosen(i) {
            let own = waits.get_mut(i);
            own.extend(tests);
            own.sort_unstable();
            own.dedup();
        } else {
            *passing.get_mut(i) = tests;
        }
    }
    for test in multiple {
        let mut below: Option<HashSet<u32>> = None;
        let mut parents = dag.parents(test).to_vec();
        parents.sort_unstable();
        parents.dedup();
        for parent in parents {
            let reached = dag.reach(&HashSet::from_iter([parent]), None, Dag::children);
            below = Some(match below {
                None => reached,
                Some(sofar) => sofar.intersection(&reached).copied().collect(),
            });
        }
        let below = below.unwrap_or_default();
        let runs = |i: &u32| {
            is_chosen(*i) && !is_test(*i) && dag.resource_type(*i) != ResourceType::UnitTest
        };
        // The first such steps are enough: what is below them waits for them.
        // Everything between two nodes of `below` is in `below` too, so one
        // pass in the order of the graph finds them.
        let mut covered: HashSet<u32> = HashSet::new();
        let mut first: Vec<u32> = Vec::new();
        for i in sequence.iter().copied().filter(|i| below.contains(i)) {
            let is_covered = dag.parents(i).iter().any(|p| covered.contains(p));
            if runs(&i) && !is_covered {
                first.push(i);
            }
            if is_covered || runs(&i) {
                covered.insert(i);
            }
        }
        for i in first {
            let own = waits.get_mut(i);
            if !own.contains(&test) {
                own.push(test);
            }
        }
    }
}
