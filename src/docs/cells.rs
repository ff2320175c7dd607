//! Small cells: numbers that so few share that they could tell of single people.
//!
//! A cell below [`SMALLEST`] is withheld. When it is the only one, it could be found by
//! subtracting the others from the total; then the smallest other one is withheld too.

/// The smallest number of people or events that is shown; the limit that CMS publishes by.
pub const SMALLEST: u64 = 11;

/// Tells of each cell whether it is withheld. Empty cells are no one's and stay.
pub fn withheld(cells: &[u64]) -> Vec<bool> {
    let mut withheld: Vec<bool> = cells
        .iter()
        .map(|cell| (1..SMALLEST).contains(cell))
        .collect();
    if withheld.iter().filter(|is| **is).count() == 1 {
        let others = (0..cells.len()).filter(|i| !withheld[*i] && cells[*i] > 0);
        if let Some(smallest) = others.min_by_key(|i| cells[*i]) {
            withheld[smallest] = true;
        }
    }
    withheld
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
}
