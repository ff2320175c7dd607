//! Ranges, and iterators that can be gone through once.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use minijinja::Value;

use super::container::dismantle;
use super::int;

/// `range(start, stop, step)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: i64,
    pub stop: i64,
    pub step: i64,
}

impl Range {
    pub fn len(self) -> usize {
        let (start, stop, step) = (
            i128::from(self.start),
            i128::from(self.stop),
            i128::from(self.step),
        );
        let count = match step {
            1.. => (stop - start + step - 1).max(0) / step,
            0 => 0,
            _ => (start - stop - step - 1).max(0) / -step,
        };
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    pub fn get(self, index: usize) -> Option<Value> {
        if index >= self.len() {
            return None;
        }
        Some(int(
            i128::from(self.start) + i128::from(self.step) * index as i128
        ))
    }

    pub fn iter(self) -> impl Iterator<Item = Value> + Send + Sync {
        (0..self.len()).filter_map(move |index| self.get(index))
    }

    /// Tells whether a number is one of the range's.
    pub fn contains(self, value: i128) -> bool {
        let (start, stop, step) = (
            i128::from(self.start),
            i128::from(self.stop),
            i128::from(self.step),
        );
        let inside = if step > 0 {
            (start..stop).contains(&value)
        } else {
            value <= start && value > stop
        };
        inside && step != 0 && (value - start) % step == 0
    }
}

/// An iterator over values that exist already. As in Python, what has been
/// taken from it is gone.
#[derive(Debug)]
pub struct Generator {
    pub name: &'static str,
    items: Mutex<VecDeque<Value>>,
    /// Starts over at its end: `itertools.cycle`.
    cycle: bool,
    /// Counts on from its last number: `itertools.count`.
    step: Option<i128>,
}

impl Generator {
    pub fn new(name: &'static str, items: Vec<Value>) -> Self {
        Self::with(name, items, false, None)
    }

    /// Makes an iterator that never ends.
    pub fn cycle(items: Vec<Value>) -> Self {
        Self::with("itertools.cycle", items, true, None)
    }

    /// Makes an iterator that counts.
    pub fn count(start: i128, step: i128) -> Self {
        Self::with("itertools.count", vec![int(start)], false, Some(step))
    }

    fn with(name: &'static str, items: Vec<Value>, cycle: bool, step: Option<i128>) -> Self {
        Self {
            name,
            items: Mutex::new(items.into()),
            cycle,
            step,
        }
    }

    pub fn is_endless(&self) -> bool {
        (self.cycle && !self.lock().is_empty()) || self.step.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Value>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn next(&self) -> Option<Value> {
        let mut items = self.lock();
        let next = items.pop_front()?;
        if self.cycle {
            items.push_back(next.clone());
        } else if let Some(step) = self.step {
            let following = super::as_int(&next)?.checked_add(step)?;
            items.push_back(int(following));
        }
        Some(next)
    }

    /// Takes all that is left; nothing of an endless one.
    pub fn drain(&self) -> Vec<Value> {
        if self.is_endless() {
            return Vec::new();
        }
        self.lock().drain(..).collect()
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        let items = std::mem::take(self.items.get_mut().unwrap_or_else(PoisonError::into_inner));
        dismantle(items.into_iter());
    }
}
