//! What an alert says.

use serde_json::{Value, json};

use crate::config::hcdbt_yml::{Alert, AlertStatus};
use crate::report::Case;
use crate::run::Status;

/// A run that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    pub id: &'a str,
    pub project: &'a str,
    pub target: &'a str,
    pub command: &'a str,
    /// `success`, `failed` or `interrupted`.
    pub outcome: &'a str,
    pub started_at: jiff::Timestamp,
    /// Seconds.
    pub elapsed: f64,
    pub cases: &'a [Case],
}

/// What one alert says of a run.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    run: Run<'a>,
    /// The nodes that it is about.
    cases: Vec<&'a Case>,
}

/// How many nodes a text lists before it counts the rest.
const MOST: usize = 20;

impl<'a> Message<'a> {
    /// Returns what an alert has to say of a run, if anything.
    pub fn of(run: &Run<'a>, alert: &Alert) -> Option<Self> {
        let has_tag = |case: &&Case| {
            alert.tags.is_empty() || case.tags.iter().any(|tag| alert.tags.contains(tag))
        };
        let is_wanted =
            |case: &&Case| status(case.status).is_some_and(|status| alert.when.contains(&status));
        let tagged: Vec<&Case> = run.cases.iter().filter(has_tag).collect();
        let is_success = run.outcome == "success" && alert.when.contains(&AlertStatus::Success);
        let has_any = !tagged.is_empty();
        let cases: Vec<&Case> = tagged.into_iter().filter(is_wanted).collect();
        let says_success = is_success && has_any;
        (says_success || !cases.is_empty()).then_some(Self { run: *run, cases })
    }

    /// Returns the first line: `build of health (target prod) failed`.
    pub fn subject(&self) -> String {
        let run = &self.run;
        let ending = match run.outcome {
            "success" => "succeeded",
            "interrupted" => "was interrupted",
            _ => "failed",
        };
        format!(
            "{} of {} (target {}) {ending}",
            run.command, run.project, run.target
        )
    }

    /// Returns the nodes, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .cases
            .iter()
            .take(MOST)
            .map(|case| line(case))
            .collect();
        if self.cases.len() > MOST {
            lines.push(format!("and {} more", self.cases.len() - MOST));
        }
        lines
    }

    /// Returns the whole as plain text.
    pub fn text(&self) -> String {
        let mut text = self.subject();
        text.push('\n');
        for line in self.lines() {
            text.push_str(&format!("\n- {line}"));
        }
        text.push_str(&format!(
            "\n\nrun {} began at {} and took {:.1} seconds\n",
            self.run.id,
            self.run.started_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
            self.run.elapsed
        ));
        text
    }

    /// Returns the whole for programs.
    pub fn json(&self) -> Value {
        let run = &self.run;
        let nodes = self.cases.iter().map(|case| {
            json!({
                "unique_id": case.unique_id,
                "resource_type": case.kind,
                "name": case.name,
                "status": case.status.as_str(),
                "tags": case.tags,
                "message": case.reason(),
                "failures": case.failures,
                "file": case.place.as_ref().map(|place| place.file.as_str()),
                "line": case.place.as_ref().map(|place| place.line),
            })
        });
        json!({
            "subject": self.subject(),
            "run_id": run.id,
            "project": run.project,
            "target": run.target,
            "command": run.command,
            "status": run.outcome,
            "started_at": run.started_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "elapsed_seconds": run.elapsed,
            "nodes": nodes.collect::<Vec<_>>(),
        })
    }
}

fn status(status: Status) -> Option<AlertStatus> {
    match status {
        Status::Error | Status::RuntimeError | Status::PartialSuccess => Some(AlertStatus::Error),
        Status::Fail => Some(AlertStatus::Fail),
        Status::Warn => Some(AlertStatus::Warn),
        Status::Skipped => Some(AlertStatus::Skipped),
        _ => None,
    }
}

fn line(case: &Case) -> String {
    let reason = case.problems.first().map(|problem| problem.title.clone());
    let reason = reason.or_else(|| {
        let cause = case.skipped_because.as_ref()?;
        Some(format!("{} was skipped because of {cause}", case.title()))
    });
    let reason = reason.unwrap_or_else(|| format!("{}: {}", case.title(), case.status.as_str()));
    match &case.place {
        Some(place) => format!("{reason} ({}:{})", place.file, place.line),
        None => reason,
    }
}
