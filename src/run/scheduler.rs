//! Hands steps to threads, each after those it waits for.
//!
//! Nothing here knows what a step does: a [`Worker`] does it. What a failed
//! step takes down is decided here, and so is what happens to the rest when
//! the user stops the command or `--fail-fast` does.

#[cfg(test)]
mod tests;

use std::collections::BinaryHeap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{any::Any, cmp::Reverse};

use super::{NodeResult, Status};
use crate::parse::UniqueId;
use crate::plan::Step;

/// Does the work of steps. One value serves all threads; what a thread needs
/// for itself, such as its connection, is the `Local`.
pub trait Worker: Sync {
    type Local;

    /// Makes what one thread needs. `number` counts from 1.
    fn local(&self, number: usize) -> Self::Local;

    /// Does a step. `index` counts the steps that were started, from 1.
    fn run(&self, local: &mut Self::Local, step: &Step, index: usize) -> NodeResult;

    /// Tells of a step that is not done.
    fn skip(&self, step: &Step, index: usize, reason: &SkipReason) -> NodeResult;

    /// Makes the result of a step that panicked.
    fn panicked(&self, step: &Step, index: usize, text: &str) -> NodeResult;

    /// Stops what the other threads are doing in the database.
    fn cancel_running(&self);
}

/// Why a step is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// A step that it waits for failed: this one, however far above.
    Upstream(UniqueId),
    FailFast,
    /// The user stopped the command.
    Cancelled,
    /// An `on-run-start` hook failed and the project says that then nothing
    /// runs.
    HookFailed,
}

/// How the steps are to be run.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    pub threads: usize,
    pub fail_fast: bool,
    /// Set from outside when the user stops the command.
    pub cancel: &'a AtomicBool,
}

/// Runs all steps and gives one result for each, in the order in which they
/// finished.
pub fn run_steps<W: Worker>(worker: &W, steps: &[Step], options: Options<'_>) -> Vec<NodeResult> {
    let queue = Queue::new(steps);
    let threads = options.threads.clamp(1, steps.len().max(1));
    std::thread::scope(|scope| {
        let mut handles = Vec::with_capacity(threads);
        for number in 1..=threads {
            let queue = &queue;
            let body = move || work(worker, steps, queue, options, number);
            let builder = std::thread::Builder::new()
                .name(thread_name(number))
                // Templates nest deep, and so do the SQL trees of an engine.
                .stack_size(16 << 20);
            match builder.spawn_scoped(scope, body) {
                Ok(handle) => handles.push(handle),
                // Fewer threads than asked for still do the work.
                Err(_) if !handles.is_empty() => break,
                Err(_) => work(worker, steps, queue, options, number),
            }
        }
        queue.supervise(worker, options);
    });
    queue.into_results()
}

/// What one thread does until there is nothing left.
fn work<W: Worker>(
    worker: &W,
    steps: &[Step],
    queue: &Queue<'_>,
    options: Options<'_>,
    number: usize,
) {
    let mut local: Option<W::Local> = None;
    while let Some(task) = queue.next(options) {
        let step = &steps[task.step];
        let outcome = catch_unwind(AssertUnwindSafe(|| match &task.skip {
            Some(reason) => worker.skip(step, task.index, reason),
            None => {
                let local = local.get_or_insert_with(|| worker.local(number));
                worker.run(local, step, task.index)
            }
        }));
        let result = outcome.unwrap_or_else(|payload| {
            // Nobody knows in what state the connection is.
            local = None;
            let text = panic_text(&*payload);
            catch_unwind(AssertUnwindSafe(|| {
                worker.panicked(step, task.index, &text)
            }))
            .unwrap_or_else(|_| {
                let mut result = NodeResult::new(step.node.clone(), Status::Error);
                result.message = Some(text);
                result
            })
        });
        queue.finish(task.step, result, options.fail_fast);
    }
}

/// Returns what dbt calls its threads, since artifacts hold the name.
pub fn thread_name(number: usize) -> String {
    format!("Thread-{number} (worker)")
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "panic".to_owned()
    }
}

/// A step that a thread is to do now.
struct Task {
    step: usize,
    index: usize,
    skip: Option<SkipReason>,
}

struct Queue<'a> {
    steps: &'a [Step],
    /// For each step, those that wait for it.
    waiting: Vec<Vec<Waiting>>,
    state: Mutex<State>,
    /// Told to threads: there is more to do than one of them can do, or nothing any more.
    changed: Condvar,
    /// Told to who supervises them: all is done, or the rest is to be stopped.
    over: Condvar,
}

/// A step that waits for another one.
#[derive(Clone, Copy)]
struct Waiting {
    step: usize,
    /// Whether it is skipped when the other one fails.
    ends: bool,
}

struct State {
    /// Steps whose dependencies are done. The first in the plan's order is
    /// taken first: the plan is sorted level by level, as dbt's queue is.
    ready: BinaryHeap<Reverse<usize>>,
    missing: Vec<usize>,
    cause: Vec<Option<UniqueId>>,
    started: usize,
    running: usize,
    left: usize,
    failed_fast: bool,
    results: Vec<NodeResult>,
}

impl<'a> Queue<'a> {
    fn new(steps: &'a [Step]) -> Self {
        let mut waiting = vec![Vec::new(); steps.len()];
        let mut missing = vec![0; steps.len()];
        for (i, step) in steps.iter().enumerate() {
            for dependency in &step.dependencies {
                waiting[*dependency].push(Waiting {
                    step: i,
                    ends: true,
                });
                missing[i] += 1;
            }
            for other in &step.after {
                waiting[*other].push(Waiting {
                    step: i,
                    ends: false,
                });
                missing[i] += 1;
            }
        }
        let ready = (0..steps.len())
            .filter(|i| missing[*i] == 0)
            .map(Reverse)
            .collect();
        Self {
            steps,
            waiting,
            state: Mutex::new(State {
                ready,
                missing,
                cause: vec![None; steps.len()],
                started: 0,
                running: 0,
                left: steps.len(),
                failed_fast: false,
                results: Vec::with_capacity(steps.len()),
            }),
            changed: Condvar::new(),
            over: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a step that can be done. None when all are done.
    fn next(&self, options: Options<'_>) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if state.left == 0 {
                return None;
            }
            if let Some(Reverse(step)) = state.ready.pop() {
                state.started += 1;
                state.running += 1;
                let skip = if options.cancel.load(Ordering::Relaxed) {
                    Some(SkipReason::Cancelled)
                } else if let Some(cause) = &state.cause[step] {
                    Some(SkipReason::Upstream(cause.clone()))
                } else if state.failed_fast {
                    Some(SkipReason::FailFast)
                } else {
                    None
                };
                return Some(Task {
                    step,
                    index: state.started,
                    skip,
                });
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(&self, step: usize, result: NodeResult, fail_fast: bool) {
        let mut state = self.lock();
        let blocks = result.status.is_failure() && !self.steps[step].is_optional
            || result.status == Status::Skipped;
        let cause = result
            .skipped_because
            .clone()
            .unwrap_or_else(|| self.steps[step].node.clone());
        let mut freed = 0;
        for Waiting { step, ends } in self.waiting[step].iter().copied() {
            if blocks && ends {
                // Of several causes the one that failed first is named.
                state.cause[step].get_or_insert_with(|| cause.clone());
            }
            state.missing[step] -= 1;
            if state.missing[step] == 0 {
                state.ready.push(Reverse(step));
                freed += 1;
            }
        }
        let fails_fast = fail_fast && result.status.is_failure();
        if fails_fast {
            state.failed_fast = true;
        }
        state.results.push(result);
        state.running -= 1;
        state.left -= 1;
        let is_over = state.left == 0;
        drop(state);
        // Waking a thread takes longer than many a step. This one takes the next step
        // itself, so the others hear only of what is more than that.
        if is_over || freed > 1 {
            self.changed.notify_all();
        }
        if is_over || fails_fast {
            self.over.notify_all();
        }
    }

    /// Watches for a reason to stop, until all steps are done.
    fn supervise<W: Worker>(&self, worker: &W, options: Options<'_>) {
        let mut state = self.lock();
        while state.left > 0 {
            let stop = options.cancel.load(Ordering::Relaxed) || state.failed_fast;
            if stop && state.running > 0 {
                // Again and again: a thread may have been between two
                // statements when the last cancellation came.
                drop(state);
                worker.cancel_running();
                state = self.lock();
                if state.left == 0 {
                    break;
                }
            }
            let pause = Duration::from_millis(if stop { 10 } else { 50 });
            state = self
                .over
                .wait_timeout(state, pause)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn into_results(self) -> Vec<NodeResult> {
        self.state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .results
    }
}
