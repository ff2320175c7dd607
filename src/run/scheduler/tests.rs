use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};

use super::{Options, SkipReason, Worker, run_steps};
use crate::parse::UniqueId;
use crate::plan::Step;
use crate::run::{NodeResult, Status};

/// Does what a step's name says: `fail`, `panic`, `slow`.
struct Script<'a> {
    cancel: &'a AtomicBool,
    cancelled: (Mutex<bool>, Condvar),
    at_once: AtomicUsize,
    most: AtomicUsize,
}

impl<'a> Script<'a> {
    fn new(cancel: &'a AtomicBool) -> Self {
        Self {
            cancel,
            cancelled: (Mutex::new(false), Condvar::new()),
            at_once: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }
}

impl Worker for Script<'_> {
    type Local = usize;

    fn local(&self, number: usize) -> usize {
        number
    }

    fn run(&self, _local: &mut usize, step: &Step, _index: usize) -> NodeResult {
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let name = step.node.as_str();
        let mut status = Status::Success;
        if name.starts_with("fail") {
            status = Status::Error;
        }
        if name.starts_with("partial") {
            status = Status::PartialSuccess;
        }
        if name.starts_with("warn") {
            status = Status::Warn;
        }
        if name.starts_with("stop") {
            self.cancel.store(true, Ordering::SeqCst);
        }
        if name.starts_with("slow") {
            // Only a cancellation ends it.
            let mut done = self.cancelled.0.lock().unwrap();
            while !*done {
                done = self.cancelled.1.wait(done).unwrap();
            }
            status = Status::Error;
        }
        if name.starts_with("pause") {
            std::thread::sleep(std::time::Duration::from_millis(30));
        }
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        assert!(!name.starts_with("panic"), "the step fell over");
        NodeResult::new(step.node.clone(), status)
    }

    fn skip(&self, step: &Step, _index: usize, reason: &SkipReason) -> NodeResult {
        let mut result = NodeResult::new(step.node.clone(), Status::Skipped);
        result.message = Some(match reason {
            SkipReason::Upstream(id) => {
                result.skipped_because = Some(id.clone());
                format!("because of {id}")
            }
            other => format!("{other:?}"),
        });
        result
    }

    fn panicked(&self, step: &Step, _index: usize, text: &str) -> NodeResult {
        let mut result = NodeResult::new(step.node.clone(), Status::Error);
        result.message = Some(text.to_owned());
        result
    }

    fn cancel_running(&self) {
        *self.cancelled.0.lock().unwrap() = true;
        self.cancelled.1.notify_all();
    }
}

/// Reads `name < dependency dependency` lines, runs them and shows the
/// results in the order in which they came.
fn check(plan: &str, threads: usize, fail_fast: bool, expected: &str) {
    let mut names: Vec<&str> = Vec::new();
    let mut steps: Vec<Step> = Vec::new();
    for line in plan.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (name, dependencies) = line.split_once('<').unwrap_or((line, ""));
        let dependencies = dependencies
            .split_whitespace()
            .map(|d| names.iter().position(|n| *n == d).unwrap())
            .collect();
        names.push(name.trim());
        steps.push(Step {
            node: UniqueId::from(name.trim()),
            dependencies,
            after: Vec::new(),
            is_optional: false,
        });
    }
    let cancel = AtomicBool::new(false);
    let script = Script::new(&cancel);
    let options = Options {
        threads,
        fail_fast,
        cancel: &cancel,
    };
    let results = run_steps(&script, &steps, options);
    let mut shown = String::new();
    for result in &results {
        let message = result.message.as_deref().unwrap_or_default();
        let _ = writeln!(
            shown,
            "{} {} {message}",
            result.unique_id,
            result.status.as_str()
        );
    }
    let tidy = |text: &str| -> Vec<String> {
        text.lines()
            .map(|l| l.trim().to_owned())
            .filter(|l| !l.is_empty())
            .collect()
    };
    assert_eq!(tidy(&shown), tidy(expected));
    assert!(script.most.load(Ordering::SeqCst) <= threads);
}

#[test]
fn steps_run_in_the_order_of_the_plan_when_there_is_one_thread() {
    check(
        "a\nb\nc < a b\nd < c",
        1,
        false,
        "a success\nb success\nc success\nd success",
    );
}

#[test]
fn a_failure_skips_everything_below_and_names_the_first_cause() {
    check(
        "fail\nok\nb < fail ok\nc < b\nd < ok",
        1,
        false,
        "fail error
         ok success
         b skipped because of fail
         c skipped because of fail
         d success",
    );
}

#[test]
fn a_partly_written_model_skips_what_reads_it_and_a_warning_does_not() {
    check(
        "partial\nwarn\na < partial\nb < warn",
        1,
        false,
        "partial partial success
         warn warn
         a skipped because of partial
         b success",
    );
}

#[test]
fn a_panic_is_a_result_and_the_other_steps_go_on() {
    check(
        "panic\na\nb < panic",
        1,
        false,
        "panic error the step fell over
         a success
         b skipped because of panic",
    );
}

#[test]
fn fail_fast_skips_what_has_not_begun() {
    check(
        "fail\na\nb < fail",
        1,
        true,
        "fail error
         a skipped FailFast
         b skipped because of fail",
    );
}

#[test]
fn fail_fast_stops_what_is_running() {
    check(
        "slow\npause\nfail < pause",
        2,
        true,
        "pause success\nfail error\nslow error",
    );
}

#[test]
fn stopping_the_command_gives_a_result_for_every_step() {
    let names = ["slow", "stop", "a", "b"];
    let dependencies = [vec![], vec![], vec![1], vec![0]];
    let steps: Vec<Step> = names
        .into_iter()
        .zip(dependencies)
        .map(|(name, dependencies)| Step {
            node: UniqueId::from(name),
            dependencies,
            after: Vec::new(),
            is_optional: false,
        })
        .collect();
    let cancel = AtomicBool::new(false);
    let script = Script::new(&cancel);
    let options = Options {
        threads: 2,
        fail_fast: false,
        cancel: &cancel,
    };
    let mut shown: Vec<String> = run_steps(&script, &steps, options)
        .into_iter()
        .map(|r| {
            let message = r.message.unwrap_or_default();
            format!("{} {} {message}", r.unique_id, r.status.as_str())
        })
        .collect();
    // Which of the two threads comes first is not settled.
    shown.sort();
    assert_eq!(
        shown,
        [
            "a skipped Cancelled",
            "b skipped Cancelled",
            "slow error ",
            "stop success "
        ]
    );
}

#[test]
fn no_more_steps_run_at_once_than_there_are_threads() {
    let plan: String = (0..12).fold(String::new(), |mut plan, i| {
        let _ = writeln!(plan, "pause{i}");
        plan
    });
    let cancel = AtomicBool::new(false);
    let script = Script::new(&cancel);
    let steps: Vec<Step> = plan
        .lines()
        .map(|name| Step {
            node: UniqueId::from(name),
            dependencies: Vec::new(),
            after: Vec::new(),
            is_optional: false,
        })
        .collect();
    let options = Options {
        threads: 3,
        fail_fast: false,
        cancel: &cancel,
    };
    let results = run_steps(&script, &steps, options);
    assert_eq!(results.len(), 12);
    assert_eq!(script.most.load(Ordering::SeqCst), 3);
}

#[test]
fn a_plan_without_steps_has_no_results() {
    check("", 4, false, "");
}
