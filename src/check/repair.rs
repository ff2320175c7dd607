//! More than the first mistake of a query. The engine stops at the first; what
//! is wrong is taken out, and the rest is looked at again.

use std::ops::Range;

use super::text;
use crate::adapter::AdapterError;
use crate::run::Desk;

/// How many mistakes of one query are told at most.
const MOST: usize = 20;

/// Returns the mistakes of a query, of which the first is known. Positions are
/// those in the query itself. What only follows from another mistake is left
/// out: of a kind that can be told from the text alone.
pub fn all_errors(desk: &Desk, sql: &str, first: AdapterError) -> Vec<AdapterError> {
    let mut edits = Edits::default();
    let mut current = sql.to_owned();
    let mut all = vec![first];
    while all.len() < MOST {
        let Some(last) = all.last() else { break };
        let Some(place) = last.position.and_then(|position| {
            let position = edits.forward(position);
            culprit(last, &current, position)
        }) else {
            break;
        };
        current.replace_range(place.clone(), HOLE);
        edits.add(place);
        let Err(mut next) = desk.describe(&current) else {
            break;
        };
        // It looks for a name that is a hole now.
        if next.candidates.iter().any(|name| name == "NULL") {
            break;
        }
        // A name that is missing once may be missing again for that reason.
        let follows = quoted_names(&next.message)
            .first()
            .is_some_and(|name| all.iter().any(|e| quoted_names(&e.message).contains(name)));
        let Some(position) = next.position.and_then(|position| edits.back(position)) else {
            break;
        };
        if culprit(&next, &current, edits.forward(position)).is_none() {
            break;
        }
        next.position = Some(position);
        next.sql = Some(sql.into());
        if follows && !is_column(&next) {
            break;
        }
        all.push(next);
    }
    all
}

/// What stands in the place of what was wrong: fits every type.
const HOLE: &str = "(null)";

fn is_column(error: &AdapterError) -> bool {
    error.message.contains("Referenced column")
        || error.message.contains("does not have a column named")
}

/// Returns what to take out for an error to go away, none where the error may
/// come from elsewhere.
fn culprit(error: &AdapterError, sql: &str, position: usize) -> Option<Range<usize>> {
    let message = &error.message;
    if is_column(error) {
        return text::name_at(sql, position).map(|(range, _)| range);
    }
    let is_function = message.contains("Function with name")
        || message.contains("No function matches the given name");
    if is_function {
        return text::call_at(sql, position);
    }
    None
}

/// Returns the names that a message quotes.
pub fn quoted_names(message: &str) -> Vec<String> {
    let line = message.lines().next().unwrap_or_default();
    let quoted = line.split('"').skip(1).step_by(2).map(str::to_lowercase);
    let mut names: Vec<String> = quoted.collect();
    if let Some((_, rest)) = line.split_once(" with name ")
        && let Some(name) = rest.split(' ').next()
    {
        names.push(name.trim_matches('"').to_lowercase());
    }
    names
}

/// Places of a text that was changed.
#[derive(Default)]
struct Edits(Vec<(usize, usize)>);

impl Edits {
    /// Notes that a range of the changed text became a hole.
    fn add(&mut self, range: Range<usize>) {
        self.0.push((range.start, range.end - range.start));
    }

    /// Turns a place of the first text into one of the present one.
    fn forward(&self, position: usize) -> usize {
        let mut position = position;
        for (start, length) in &self.0 {
            if position >= start + length {
                position = position - length + HOLE.len();
            }
        }
        position
    }

    /// The other way, none inside of a hole.
    fn back(&self, position: usize) -> Option<usize> {
        let mut position = position;
        for (start, length) in self.0.iter().rev() {
            if position >= start + HOLE.len() {
                position = position - HOLE.len() + length;
            } else if position >= *start {
                return None;
            }
        }
        Some(position)
    }
}

#[cfg(test)]
mod tests {
    use super::Edits;

    #[test]
    fn places_are_carried_over_changes() {
        let mut edits = Edits::default();
        edits.add(7..11);
        edits.add(20..22);
        assert_eq!(edits.forward(5), 5);
        assert_eq!(edits.forward(30), 36);
        assert_eq!(edits.back(36), Some(30));
        assert_eq!(edits.back(8), None);
    }
}
