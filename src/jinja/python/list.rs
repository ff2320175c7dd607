//! Lists and tuples.

use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use minijinja::Value;

use super::container::dismantle;

/// A shared, mutable list.
///
/// The lock is never held while another value's code runs, since that value may
/// contain this list.
#[derive(Debug, Default)]
pub struct List(Mutex<Vec<Value>>);

impl List {
    pub fn new(items: Vec<Value>) -> Self {
        Self(Mutex::new(items))
    }

    pub fn lock(&self) -> MutexGuard<'_, Vec<Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn len(&self) -> usize {
        self.lock().len()
    }

    pub fn get(&self, index: usize) -> Option<Value> {
        self.lock().get(index).cloned()
    }

    pub fn snapshot(&self) -> Vec<Value> {
        self.lock().clone()
    }
}

impl Drop for List {
    fn drop(&mut self) {
        let items = std::mem::take(self.0.get_mut().unwrap_or_else(PoisonError::into_inner));
        dismantle(items.into_iter());
    }
}

/// A tuple.
#[derive(Debug, Default)]
pub struct Tuple(Vec<Value>);

impl Tuple {
    pub fn new(items: Vec<Value>) -> Self {
        Self(items)
    }
}

impl Deref for Tuple {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        dismantle(std::mem::take(&mut self.0).into_iter());
    }
}
