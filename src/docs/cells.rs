//! Small cells: numbers that so few share that they could tell of single people.
//!
//! A cell below [`SMALLEST`] is withheld. What is withheld must not be found by subtracting the
//! others from a total either: in each sum that somebody may know, either none is withheld or so
//! many that no single one can be told.

use std::collections::{BTreeMap, HashMap};

/// The smallest number of people or events that is shown; the limit that CMS publishes by.
pub const SMALLEST: u64 = 11;

/// Tells of each cell whether it is withheld, when the total of all is known. Empty cells are no
/// one's and stay.
pub fn withheld(cells: &[u64]) -> Vec<bool> {
    protected(cells, &[(0..cells.len()).collect()])
}

/// Tells the same of cells that several things divide, when the total is known, and what a cell
/// adds up to with those that differ from it in one thing. `keys` are those things, by cell; what
/// follows from another one, as a hospital's state does, divides nothing.
pub fn withheld_among(keys: &[Vec<String>], cells: &[u64]) -> Vec<bool> {
    let mut sums: Vec<Vec<usize>> = vec![(0..cells.len()).collect()];
    let things = dividing(keys);
    for thing in &things {
        let mut lines: BTreeMap<Vec<&str>, Vec<usize>> = BTreeMap::new();
        for (i, key) in keys.iter().enumerate() {
            let others = things.iter().filter(|other| *other != thing);
            let line = others.map(|other| key[*other].as_str()).collect();
            lines.entry(line).or_default().push(i);
        }
        sums.extend(lines.into_values());
    }
    protected(cells, &sums)
}

/// Returns the things that do not follow from another one that is left.
fn dividing(keys: &[Vec<String>]) -> Vec<usize> {
    let mut things: Vec<usize> = (0..keys.first().map_or(0, Vec::len)).collect();
    for thing in things.clone().into_iter().rev() {
        let follows = |from: &&usize| {
            let mut known: HashMap<&str, &str> = HashMap::new();
            let mut pairs = keys.iter().map(|key| (&*key[**from], &*key[thing]));
            **from != thing && pairs.all(|(from, to)| *known.entry(from).or_insert(to) == to)
        };
        if things.iter().any(|from| follows(&from)) {
            things.retain(|other| *other != thing);
        }
    }
    things
}

/// Withholds small cells, and of each sum others until what is withheld cannot be subtracted.
fn protected(cells: &[u64], sums: &[Vec<usize>]) -> Vec<bool> {
    let is_small = |cell: &u64| (1..SMALLEST).contains(cell);
    let mut withheld: Vec<bool> = cells.iter().map(is_small).collect();
    let mut sums_of = vec![Vec::new(); cells.len()];
    for sum in sums {
        for cell in sum {
            sums_of[*cell].push(sum);
        }
    }
    // What is withheld for one sum may be the only one of another.
    loop {
        let next = sums.iter().find_map(|sum| {
            let hidden = || sum.iter().filter(|cell| withheld[**cell]);
            let total: u64 = hidden().map(|cell| cells[*cell]).sum();
            // As many people as cells are one in each.
            let can_tell = hidden().count() == 1 || total == hidden().count() as u64;
            if total == 0 || !can_tell {
                return None;
            }
            let others = sum.iter().copied();
            let others = others.filter(|cell| !withheld[*cell] && cells[*cell] > 0);
            // Best is a small one that other sums have use for, too.
            others.min_by_key(|cell| {
                let is_first = |sum: &&&Vec<usize>| !sum.iter().any(|other| withheld[*other]);
                (sums_of[*cell].iter().filter(is_first).count(), cells[*cell])
            })
        });
        match next {
            Some(cell) => withheld[cell] = true,
            None => return withheld,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_small_cell_takes_another_one_along() {
        assert_eq!(withheld(&[40, 10, 11, 0]), [false, true, true, false]);
        assert_eq!(withheld(&[40, 10, 3, 11]), [false, true, true, false]);
        assert_eq!(withheld(&[40, 11, 0]), [false, false, false]);
        assert_eq!(withheld(&[4]), [true]);
        assert_eq!(withheld(&[]), [false; 0]);
    }

    #[test]
    fn cells_of_one_each_take_another_one_along() {
        assert_eq!(withheld(&[40, 1, 1, 12]), [false, true, true, true]);
        assert_eq!(withheld(&[40, 1, 2, 12]), [false, true, true, false]);
    }

    fn keys(written: &[&str]) -> Vec<Vec<String>> {
        let divided = |key: &&str| key.split(' ').map(str::to_owned).collect();
        written.iter().map(divided).collect()
    }

    #[test]
    fn what_follows_from_a_name_makes_no_table_of_a_list() {
        let keys = keys(&["General NY", "Mercy NY", "Hope CA", "Grace CA"]);
        assert_eq!(
            withheld_among(&keys, &[50, 3, 40, 5]),
            [false, true, false, true]
        );
    }

    #[test]
    fn a_table_s_rows_and_columns_are_sums_that_may_be_known() {
        let cells = [50, 3, 40, 30, 20, 60];
        let keys = keys(&["A x", "A y", "A z", "B x", "B y", "B z"]);
        // `A y` needs another of its row and one of its column, and these need the same.
        assert_eq!(
            withheld_among(&keys, &cells),
            [false, true, true, false, true, true]
        );
    }
}
