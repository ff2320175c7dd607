//! Sets. They keep insertion order, where Python's order is arbitrary.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use minijinja::Value;

use super::container::dismantle;
use super::dict::Key;

pub type Items = IndexMap<Key, Value, foldhash::fast::RandomState>;

/// A shared, mutable set.
#[derive(Debug, Default)]
pub struct Set(Mutex<Items>);

impl Set {
    pub fn new(items: Items) -> Self {
        Self(Mutex::new(items))
    }

    pub fn lock(&self) -> MutexGuard<'_, Items> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn len(&self) -> usize {
        self.lock().len()
    }

    pub fn items(&self) -> Vec<Value> {
        self.lock().values().cloned().collect()
    }

    pub fn snapshot(&self) -> Items {
        self.lock().clone()
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        let items = std::mem::take(self.0.get_mut().unwrap_or_else(PoisonError::into_inner));
        dismantle(items.into_values());
    }
}
