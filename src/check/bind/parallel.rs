//! Work on several desks at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::run::Desk;

/// Does one thing with each item, with the results in the items' order.
pub fn in_parallel<T: Send, R: Send>(
    desks: &[Desk],
    items: Vec<T>,
    work: impl Fn(&Desk, T) -> R + Sync,
) -> Vec<R> {
    let count = items.len();
    if count < 2 || desks.len() < 2 {
        return items
            .into_iter()
            .map(|item| work(&desks[0], item))
            .collect();
    }
    let items: Vec<Mutex<Option<T>>> = items.into_iter().map(|i| Mutex::new(Some(i))).collect();
    let results: Vec<Mutex<Option<R>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for desk in desks.iter().take(count) {
            let (items, results, next, work) = (&items, &results, &next, &work);
            scope.spawn(move || {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(i) else { break };
                    let item = item.lock().unwrap_or_else(PoisonError::into_inner).take();
                    if let Some(item) = item {
                        let result = work(desk, item);
                        *results[i].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                    }
                }
            });
        }
    });
    let results = results.into_iter();
    results
        .filter_map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}
