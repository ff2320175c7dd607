//! Ctrl-C: the running queries are cancelled, what ran is written down.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::adapter::Adapter;

/// How often the signal came. The handler of a process can be set only once,
/// so it counts here and each command looks.
static HANDLER: Once = Once::new();
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Runs `work`; when the user interrupts it, sets `cancelled` and cancels
/// what the database is doing. A second interrupt ends the process at once.
pub fn watched<T>(cancelled: &AtomicBool, adapter: &dyn Adapter, work: impl FnOnce() -> T) -> T {
    HANDLER.call_once(|| {
        // Where no handler can be set, the signal ends the process as ever.
        let _ = ctrlc::set_handler(|| {
            if COUNT.fetch_add(1, Ordering::SeqCst) > 0 {
                std::process::exit(130);
            }
        });
    });
    let before = COUNT.load(Ordering::SeqCst);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                if COUNT.load(Ordering::SeqCst) > before {
                    // A query that starts between two looks is cancelled by
                    // the next one.
                    cancelled.store(true, Ordering::SeqCst);
                    adapter.cancel_all();
                }
                std::thread::park_timeout(Duration::from_millis(50));
            }
        });
        let result = work();
        done.store(true, Ordering::SeqCst);
        result
    })
}
