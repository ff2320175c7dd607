//! The end of a command: what failed, where to look, and the counts.

use serde_json::{Value, json};

use super::session::Session;
use crate::event::{Event, EventSink as _, Level};
use crate::graph::Graph;
use crate::parse::Node;
use crate::run::{self, NodeResult, RunResults, Status};

/// Says how a command ended: every failure with its place, then dbt's line of
/// counts.
pub fn print(session: &Session, graph: &Graph, results: &RunResults) {
    let is_problem = |r: &&NodeResult| {
        r.status.is_failure() && r.status != Status::PartialSuccess
            || r.status == Status::Skipped && r.message.is_some()
    };
    let list = &results.results;
    let errors: Vec<&NodeResult> = list.iter().filter(is_problem).collect();
    // A node that reads a broken ephemeral model is skipped with an error of
    // its own; one that nobody waited for any more has nothing wrong with it,
    // and is only counted, as in dbt.
    let is_told = |r: &&&NodeResult| r.status != Status::Skipped || r.skipped_because.is_some();
    let warnings: Vec<&NodeResult> = list.iter().filter(|r| r.status == Status::Warn).collect();
    let partial = list
        .iter()
        .filter(|r| r.status == Status::PartialSuccess)
        .count();
    blank(session);
    end_of_run(
        session,
        errors.len(),
        warnings.len(),
        partial,
        results.cancelled,
    );
    for result in errors.iter().filter(is_told) {
        problem(session, graph, results, result, false);
    }
    for result in warnings {
        problem(session, graph, results, result, true);
    }
    counts(session, results);
}

/// Tells of nodes that ended the command: each with its place, then in dbt's
/// words, which `Encountered an error` begins.
pub fn print_errors(session: &Session, results: &RunResults) {
    let failed = results.results.iter().filter(|r| r.status.is_failure());
    for result in failed {
        let text = result.message.as_deref().unwrap_or_default();
        for diagnostic in &result.diagnostics {
            session.printer.send(Event {
                level: Level::Error,
                name: "RunResultError",
                code: "Z024",
                message: session.draw(diagnostic),
                data: json!({"msg": text}),
            });
        }
        let message = format!("Encountered an error:\nRuntime Error\n{}", indent(text));
        session.say(Level::Error, "MainEncounteredError", "Z002", message);
    }
}

/// Tells which sources are too old, after all of them were looked at.
pub fn print_stale(session: &Session, graph: &Graph, results: &RunResults) {
    for result in &results.results {
        if result.status != Status::Error {
            continue;
        }
        let (node_info, _) = run::about_result(graph, result);
        let event = |name, code, message| Event {
            level: Level::Error,
            name,
            code,
            message,
            data: json!({"status": "error", "node_info": node_info}),
        };
        blank(session);
        let failure = format!("Failure in {}", describe(graph, result));
        session
            .printer
            .send(event("RunResultFailure", "Z022", failure));
        let status = "  Status: error".to_owned();
        session
            .printer
            .send(event("RunResultErrorNoMessage", "Z025", status));
    }
}

fn blank(session: &Session) {
    session.say(Level::Info, "Formatting", "Z017", String::new());
}

fn end_of_run(session: &Session, errors: usize, warnings: usize, partial: usize, cancelled: bool) {
    let (level, message) = if cancelled {
        (
            Level::Error,
            "Exited because of keyboard interrupt".to_owned(),
        )
    } else if errors > 0 || partial > 0 {
        (
            Level::Error,
            format!(
                "Completed with {}, {}, and {}:",
                plural(errors, "error"),
                if partial == 1 {
                    "1 partial success".to_owned()
                } else {
                    format!("{partial} partial successes")
                },
                plural(warnings, "warning"),
            ),
        )
    } else if warnings > 0 {
        (
            Level::Info,
            format!("Completed with {}:", plural(warnings, "warning")),
        )
    } else {
        (Level::Info, "Completed successfully".to_owned())
    };
    session.printer.send(Event {
        level,
        name: "EndOfRunSummary",
        code: "Z030",
        message,
        data: json!({
            "num_errors": errors,
            "num_warnings": warnings,
            "num_partial_success": partial,
            "keyboard_interrupt": cancelled,
        }),
    });
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}

/// Shows one failed node: what it is, why it failed, where its SQL is.
fn problem(
    session: &Session,
    graph: &Graph,
    results: &RunResults,
    result: &NodeResult,
    is_warning: bool,
) {
    let level = if is_warning {
        Level::Warn
    } else {
        Level::Error
    };
    let node = graph.project.nodes.get(&result.unique_id);
    let (node_info, group) = run::about_result(graph, result);
    let about = |mut data: Value| {
        if let Some(info) = &node_info {
            data["node_info"] = info.clone();
        }
        if let Some(group) = &group {
            data["group"] = group.clone();
        }
        data
    };
    blank(session);
    if result.status != Status::Skipped {
        let (name, code, word) = if is_warning {
            ("RunResultWarning", "Z021", "Warning")
        } else {
            ("RunResultFailure", "Z022", "Failure")
        };
        session.printer.send(Event {
            level,
            name,
            code,
            message: format!("{word} in {}", describe(graph, result)),
            data: about(json!({
                "resource_type": result.unique_id.as_str().split('.').next(),
                "node_name": node.map(|n| n.name.as_str()),
                "path": node.map(|n| n.original_file_path.as_str()),
            })),
        });
    }
    let drawn: Vec<String> = result.diagnostics.iter().map(|d| session.draw(d)).collect();
    let text = result.message.as_deref().unwrap_or_default();
    let message = if drawn.is_empty() {
        text.to_owned()
    } else {
        // The first line is dbt's, for those who look for it.
        let heading = text
            .lines()
            .next()
            .filter(|line| line.contains(" Error in "));
        heading
            .into_iter()
            .map(str::to_owned)
            .chain(drawn)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let (name, code) = if is_warning {
        ("RunResultWarningMessage", "Z049")
    } else {
        ("RunResultError", "Z024")
    };
    // Programs look for dbt's own wording, which `msg` keeps.
    session.printer.send(Event {
        level,
        name,
        code,
        message: indent(&message),
        data: about(json!({"msg": result.message})),
    });
    if result.status == Status::Skipped {
        return;
    }
    let compiled = results.compiled.get(&result.unique_id);
    let own = compiled.and_then(|compiled| compiled.compiled_path.clone());
    let path = match node {
        Some(node) => compiled_path(&session.invocation, node),
        None => own,
    };
    if let Some(path) = path
        && result.compiled_code.is_some()
    {
        session.say(
            Level::Info,
            "SQLCompiledPath",
            "Z026",
            format!("  compiled code at {path}"),
        );
    }
    if let Some(relation) = &result.relation_name
        && node.is_some_and(|n| n.resource_type == crate::parse::ResourceType::Test)
    {
        session.say(
            Level::Info,
            "CheckNodeTestFailure",
            "Z027",
            format!("  See test failures:\n  select * from {relation}"),
        );
    }
}

fn compiled_path(invocation: &crate::invocation::Invocation, node: &Node) -> Option<String> {
    let target = invocation.flags.target_path.as_deref();
    let target = target.map_or("target", |t| t.as_str());
    let path = node.original_file_path.trim_start_matches("../");
    match &node.kind {
        crate::parse::NodeKind::Seed(_) => None,
        crate::parse::NodeKind::GenericTest(_) => Some(format!(
            "{target}/compiled/{}/{path}/{}",
            node.package_name, node.path
        )),
        _ => Some(format!("{target}/compiled/{}/{path}", node.package_name)),
    }
}

/// Names a node as a person does: `model dim_patient (models/dim_patient.sql)`.
fn describe(graph: &Graph, result: &NodeResult) -> String {
    let id = &result.unique_id;
    let project = &graph.project;
    let (kind, name, path) = if let Some(node) = project.nodes.get(id) {
        (
            node.resource_type,
            node.name.as_str(),
            node.original_file_path.as_str(),
        )
    } else if let Some(source) = project.sources.get(id) {
        (
            crate::parse::ResourceType::Source,
            source.name.as_str(),
            source.original_file_path.as_str(),
        )
    } else if let Some(test) = project.unit_tests.get(id) {
        (
            crate::parse::ResourceType::UnitTest,
            test.name.as_str(),
            test.original_file_path.as_str(),
        )
    } else {
        return id.to_string();
    };
    format!("{} {name} ({path})", kind.as_str())
}

fn indent(text: &str) -> String {
    text.lines()
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("  {line}")
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn counts(session: &Session, results: &RunResults) {
    let (mut pass, mut warn, mut error, mut skip, mut noop) = (0, 0, 0, 0, 0);
    for result in &results.results {
        match result.status {
            Status::Success | Status::Pass => pass += 1,
            Status::Warn => warn += 1,
            Status::Skipped => skip += 1,
            Status::NoOp => noop += 1,
            Status::Error | Status::Fail | Status::PartialSuccess | Status::RuntimeError => {
                error += 1;
            }
        }
    }
    let total = results.results.len();
    blank(session);
    session.printer.send(Event {
        level: Level::Info,
        name: "StatsLine",
        code: "Z023",
        message: format!(
            "Done. PASS={pass} WARN={warn} ERROR={error} SKIP={skip} NO-OP={noop} TOTAL={total}"
        ),
        data: json!({"stats": {
            "pass": pass, "warn": warn, "error": error, "skip": skip, "noop": noop, "total": total,
        }}),
    });
}
