//! Work that several threads do in any order and one takes in its order.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Numbered pieces of work: whoever is free does the next, and no thread goes far ahead of the
/// one that takes what was made.
pub struct Turns<T> {
    /// How many pieces may be begun that were not taken.
    ahead: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// The piece that is begun next.
    next: usize,
    /// The piece that is taken next.
    wanted: usize,
    made: BTreeMap<usize, T>,
    /// Nobody takes anything any more.
    is_over: bool,
}

impl<T> Turns<T> {
    /// Makes turns in which `ahead` pieces, at least one, may be begun before they are taken.
    pub fn new(ahead: usize) -> Self {
        Self {
            ahead: ahead.max(1),
            state: Mutex::new(State {
                next: 0,
                wanted: 0,
                made: BTreeMap::new(),
                is_over: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Returns the number of the piece to do next, none when nothing is taken any more. Each
    /// must be given, or the one who takes waits for ever.
    pub fn next(&self) -> Option<usize> {
        let mut state = self.lock();
        while !state.is_over && state.next >= state.wanted + self.ahead {
            state = self.wait(state);
        }
        let next = state.next;
        state.next += 1;
        (!state.is_over).then_some(next)
    }

    /// Gives what was made of a piece.
    pub fn give(&self, number: usize, made: T) {
        let mut state = self.lock();
        state.made.insert(number, made);
        let is_wanted = state.wanted == number;
        drop(state);
        if is_wanted {
            self.changed.notify_all();
        }
    }

    /// Waits for what is made of a piece; none when nothing is taken any more. Pieces are taken
    /// in the order of their numbers.
    pub fn take(&self, number: usize) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(made) = state.made.remove(&number) {
                state.wanted = number + 1;
                drop(state);
                self.changed.notify_all();
                return Some(made);
            }
            if state.is_over {
                return None;
            }
            state = self.wait(state);
        }
    }

    /// Returns what ends the turns when it is dropped: for the one who takes.
    pub fn taker(&self) -> Part<'_, T> {
        Part {
            turns: self,
            is_worker: false,
        }
    }

    /// The same for one who makes, which ends the turns only where that panics.
    pub fn worker(&self) -> Part<'_, T> {
        Part {
            turns: self,
            is_worker: true,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'l>(&self, state: MutexGuard<'l, State<T>>) -> MutexGuard<'l, State<T>> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who takes or makes: without them there are no turns.
pub struct Part<'t, T> {
    turns: &'t Turns<T>,
    is_worker: bool,
}

impl<T> Drop for Part<'_, T> {
    fn drop(&mut self) {
        if self.is_worker && !std::thread::panicking() {
            return;
        }
        self.turns.lock().is_over = true;
        self.turns.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Turns;

    #[test]
    fn what_is_made_in_any_order_is_taken_in_its_order_and_never_much_is_there() {
        let turns = Turns::new(4);
        let there = AtomicUsize::new(0);
        let taken: Vec<usize> = std::thread::scope(|scope| {
            let taker = turns.taker();
            for _ in 0..3 {
                scope.spawn(|| {
                    while let Some(i) = turns.next().filter(|i| *i < 200) {
                        // The one that was just taken may still be counted.
                        assert!(there.fetch_add(1, Ordering::SeqCst) <= 4);
                        if i % 7 == 0 {
                            std::thread::yield_now();
                        }
                        turns.give(i, i * 2);
                    }
                });
            }
            let taken = (0..200).filter_map(|i| {
                let made = turns.take(i);
                there.fetch_sub(1, Ordering::SeqCst);
                made
            });
            let taken = taken.collect();
            drop(taker);
            taken
        });
        assert_eq!(taken, (0..400).step_by(2).collect::<Vec<_>>());
    }

    #[test]
    fn who_stops_taking_keeps_nobody_waiting() {
        let turns: Turns<usize> = Turns::new(1);
        std::thread::scope(|scope| {
            let taker = turns.taker();
            scope.spawn(|| {
                while let Some(i) = turns.next() {
                    turns.give(i, i);
                }
            });
            assert_eq!(turns.take(0), Some(0));
            drop(taker);
        });
    }
}
