//! Binds many queries, a group in each statement: a statement costs more than
//! what is bound in it.

use super::Item;
use super::parallel::in_parallel;
use crate::adapter::{AdapterError, Column};
use crate::parse::ResourceType;
use crate::run::Desk;

type Outcome = Result<Vec<Column>, AdapterError>;

/// The most queries of a statement that gives their columns.
const DESCRIBED: usize = 16;
/// The most queries of a statement that gives nothing.
const BOUND: usize = 64;

/// Binds the queries of items, and returns what each gives. Nobody reads what a
/// test gives, so that its columns are left out.
pub fn of_all(desks: &[Desk], items: &[Item<'_>]) -> Vec<Outcome> {
    let (tests, others): (Vec<usize>, Vec<usize>) =
        (0..items.len()).partition(|i| items[*i].node.resource_type == ResourceType::Test);
    let mut groups = groups(&others, DESCRIBED, desks.len());
    groups.extend(self::groups(&tests, BOUND, desks.len()));
    let outcomes = in_parallel(desks, groups, |desk, group| {
        let queries: Vec<&str> = group.iter().map(|i| items[*i].query.as_str()).collect();
        let is_of_tests = items[group[0]].node.resource_type == ResourceType::Test;
        let outcomes = desk.with(|connection| {
            Ok(if is_of_tests {
                let bound = connection.bind_all(&queries).into_iter();
                bound.map(|outcome| outcome.map(|()| Vec::new())).collect()
            } else {
                connection.describe_all(&queries)
            })
        });
        let outcomes = outcomes.unwrap_or_else(|error| vec![Err(error); group.len()]);
        group.iter().copied().zip(outcomes).collect::<Vec<_>>()
    });
    let mut outcomes: Vec<(usize, Outcome)> = outcomes.into_iter().flatten().collect();
    outcomes.sort_unstable_by_key(|(i, _)| *i);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Cuts places into groups of at most some size, so that each desk gets some.
fn groups(places: &[usize], most: usize, desks: usize) -> Vec<&[usize]> {
    let size = places.len().div_ceil(desks.max(1)).clamp(1, most);
    places.chunks(size).collect()
}
