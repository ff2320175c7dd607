//! What became of each node, as a report tells it.

use super::place::{Paths, Place};
use super::problem::Problem;
use crate::diagnostics::Severity;
use crate::graph::Graph;
use crate::parse::ResourceType;
use crate::run::{NodeResult, RunResults, Status, Subject};

/// One node's result.
#[derive(Debug, Clone)]
pub struct Case {
    pub unique_id: String,
    /// dbt's word for what it is, `unit_test`.
    pub kind: String,
    pub name: String,
    /// The folder of what defines it, with dots: `models.staging`.
    pub group: String,
    pub tags: Vec<String>,
    /// The place of what defines it: a test's entry, a model's file.
    pub place: Option<Place>,
    pub status: Status,
    /// Seconds.
    pub seconds: f64,
    /// How many rows a test has found.
    pub failures: Option<i64>,
    /// The node to mend first, when this one was skipped because of it.
    pub skipped_because: Option<String>,
    /// What is wrong with it, and what else is to be known.
    pub problems: Vec<Problem>,
}

impl Case {
    /// Tells whether the node failed.
    pub fn is_failure(&self) -> bool {
        self.status.is_failure()
    }

    /// Names the node as a person does: `model dim_patient`.
    pub fn title(&self) -> String {
        format!("{} {}", self.kind.replace('_', " "), self.name)
    }

    /// Returns why the node failed, in full.
    pub fn reason(&self) -> String {
        let texts: Vec<String> = self.problems.iter().map(Problem::text).collect();
        texts.join("\n")
    }
}

/// Tells the results of a command.
pub fn cases(graph: &Graph, results: &RunResults, paths: &Paths) -> Vec<Case> {
    let results = results.results.iter();
    results.map(|result| case(graph, result, paths)).collect()
}

fn case(graph: &Graph, result: &NodeResult, paths: &Paths) -> Case {
    let id = result.unique_id.as_str();
    let subject = Subject::find(graph, &result.unique_id);
    let file = subject.as_ref().map(Subject::file);
    let place = subject
        .as_ref()
        .and_then(|subject| paths.place(subject.file(), &subject.span()));
    let kind = id.split('.').next().unwrap_or_default();
    let folder = file.map_or("", |_| {
        let path = subject.as_ref().map_or("", Subject::original_file_path);
        path.rsplit_once('/').map_or("", |(folder, _)| folder)
    });
    let mut case = Case {
        unique_id: id.to_owned(),
        kind: kind.to_owned(),
        name: subject
            .as_ref()
            .map_or_else(|| id.to_owned(), |subject| subject.display_name()),
        group: folder.replace('/', "."),
        tags: tags(graph, result),
        place: place.map(|place| first_line(&place)),
        status: result.status,
        seconds: result.execution_time,
        failures: result.failures,
        skipped_because: result.skipped_because.as_ref().map(ToString::to_string),
        problems: Vec::new(),
    };
    for diagnostic in &result.diagnostics {
        let mut problem = Problem::of(diagnostic, paths);
        problem.place = problem.place.or_else(|| case.place.clone());
        case.problems.push(problem);
    }
    let has_reason = case.problems.iter().any(|p| p.severity != Severity::Note);
    if !has_reason && (case.is_failure() || case.status == Status::Warn) {
        let told = verdict(&case, subject.as_ref(), result);
        case.problems.insert(0, told);
    }
    case
}

/// Returns the tags of a node, and for a test those of what it tests.
fn tags(graph: &Graph, result: &NodeResult) -> Vec<String> {
    let project = &graph.project;
    if let Some(source) = project.sources.get(&result.unique_id) {
        return source.tags.clone();
    }
    let Some(node) = project.nodes.get(&result.unique_id) else {
        return Vec::new();
    };
    let mut tags = node.tags.clone();
    if node.resource_type == ResourceType::Test {
        for tested in &node.depends_on_nodes {
            if let Some(tested) = project.nodes.get(tested) {
                tags.extend(tested.tags.iter().cloned());
            } else if let Some(source) = project.sources.get(tested) {
                tags.extend(source.tags.iter().cloned());
            }
        }
    }
    tags.sort();
    tags.dedup();
    tags
}

/// What defines a node may be a whole file; where it begins is enough.
fn first_line(place: &Place) -> Place {
    Place {
        end_line: place.line,
        end_column: if place.end_line == place.line {
            place.end_column
        } else {
            place.column
        },
        ..place.clone()
    }
}

/// Says why a node failed that has no diagnostic: a test that found rows, a
/// source that is out of date.
fn verdict(case: &Case, subject: Option<&Subject<'_>>, result: &NodeResult) -> Problem {
    let (rule, why) = match subject.map(Subject::resource_type) {
        Some(ResourceType::Test) => {
            let message = result.message.as_deref().map(str::trim);
            (
                "failing-test",
                message.unwrap_or("it found rows").to_owned(),
            )
        }
        Some(ResourceType::UnitTest) => {
            let why = "the model gave other rows than those expected; the log shows both";
            ("failing-unit-test", why.to_owned())
        }
        Some(ResourceType::Source) => {
            let why = "its newest row is older than its freshness allows";
            ("stale-source", why.to_owned())
        }
        _ => ("failed", "the log says why".to_owned()),
    };
    let verb = if case.status == Status::Warn {
        "warns"
    } else {
        "failed"
    };
    Problem {
        rule: rule.to_owned(),
        severity: if case.status == Status::Warn {
            Severity::Warning
        } else {
            Severity::Error
        },
        title: format!("{} {verb}: {why}", case.title()),
        details: Vec::new(),
        place: case.place.clone(),
    }
}
