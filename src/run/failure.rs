//! Why a node failed: dbt's text for artifacts and logs, and for a person the
//! place and the next step.

mod place;
mod python;
#[cfg(test)]
mod tests;

pub use place::own_range;

use std::ops::Range;
use std::sync::Arc;

use super::subject::Subject;
use crate::adapter::{AdapterError, ErrorKind as DatabaseErrorKind, ScriptError, may_quote_values};
use crate::config::Hint;
use crate::diagnostics::{Diagnostic, Label, SourceFile, suggest};
use crate::graph::Graph;
use crate::jinja::{DbtKind, ErrorKind, JinjaError};
use crate::parse::{Node, UniqueId};

/// What went wrong with one node.
#[derive(Debug, Clone)]
pub struct Failure {
    /// dbt's word: `Compilation`, `Runtime`, `Database`, `Internal`.
    pub kind: &'static str,
    /// What happened, one or more lines.
    pub text: String,
    /// The macros that were running, the innermost first:
    /// `macro star (macros/star.sql)`.
    pub stack: Vec<String>,
    pub diagnostics: Vec<Diagnostic>,
    /// Whether it is the stopping of the command that shows here.
    pub is_cancelled: bool,
    /// The ephemeral model at fault, when it is not the node itself.
    pub caused_by: Option<UniqueId>,
}

impl Failure {
    /// Makes a failure that has no place of its own; it is shown at the node.
    pub fn new(kind: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            stack: Vec::new(),
            diagnostics: Vec::new(),
            is_cancelled: false,
            caused_by: None,
        }
    }

    /// Returns what to report of a failure that is no node's own: always
    /// something.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        if !self.diagnostics.is_empty() {
            return self.diagnostics;
        }
        let title = format!("{} Error: {}", self.kind, self.text);
        vec![Diagnostic::error("failed", title)]
    }

    /// Puts stars in the place of a secret.
    pub fn hide(&mut self, secret: &str) {
        let hide = |text: &mut String| {
            if text.contains(secret) {
                *text = text.replace(secret, "*****");
            }
        };
        hide(&mut self.text);
        for diagnostic in &mut self.diagnostics {
            hide(&mut diagnostic.title);
            diagnostic.text.iter_mut().for_each(hide);
            diagnostic.hint.iter_mut().for_each(hide);
            for label in &mut diagnostic.labels {
                if label.file.text.contains(secret) {
                    // The text itself cannot be shown any more.
                    let stars = label.file.text.replace(secret, "*****");
                    label.file = SourceFile::new(&label.file.path, stars);
                    label.range = 0..0;
                }
            }
        }
    }

    /// Returns the text that dbt would put into artifacts:
    /// `Runtime Error in model a (models/a.sql)` and what happened, indented.
    pub fn message(&self, subject: &Subject<'_>) -> String {
        let described = subject.described();
        let mut lines = vec![format!("{} Error in {described}", self.kind)];
        lines.extend(self.text.split('\n').map(str::to_owned));
        if !self.stack.is_empty() {
            lines.push(String::new());
            for (i, caller) in self.stack.iter().enumerate() {
                let word = if i == 0 { "in" } else { "called by" };
                lines.push(format!("> {word} {caller}"));
            }
            lines.push(format!("> called by {described}"));
        }
        lines.join("\n  ")
    }
}

/// Tells where in the project's files pieces of compiled SQL come from.
pub trait Origins {
    /// Returns the places that have made some bytes, the one to mend first; none
    /// where that is not known.
    fn of(&self, range: &Range<usize>) -> Vec<Label>;
}

/// The text that was being rendered or run, and where it comes from.
#[derive(Clone, Copy)]
pub struct Rendered<'a> {
    pub subject: Subject<'a>,
    /// The template, and the path that its errors name.
    pub template: &'a str,
    pub path: &'a str,
    /// The SQL made from it, once there is one, and its file.
    pub compiled: Option<(&'a str, &'a str)>,
    /// What made that SQL.
    pub origins: Option<&'a dyn Origins>,
}

/// Makes a diagnostic that points at what defines a node.
pub fn at_subject(code: &'static str, title: String, node: &Node) -> Diagnostic {
    let rendered = Rendered {
        subject: Subject::Node(node),
        template: &node.raw_code,
        path: "",
        compiled: None,
        origins: None,
    };
    place::at_node(Diagnostic::error(code, title), rendered)
}

/// Turns an error of a template, or of a statement that it sent, into a
/// failure.
pub fn from_jinja(graph: &Graph, rendered: Rendered<'_>, error: &JinjaError) -> Failure {
    if let Some(database) = error.payload::<AdapterError>() {
        return from_database(graph, rendered, database, Some(error));
    }
    if let Some(script) = error.payload::<ScriptError>() {
        return python::from_python(rendered, script);
    }
    let kind = error
        .payload::<DbtKind>()
        .map_or("Compilation", |kind| kind.0);
    let mut failure = Failure::new(kind, error.message());
    // dbt names the macros for what was raised on purpose, not for what the
    // template engine itself found.
    if matches!(error.kind(), ErrorKind::Raised | ErrorKind::Other) && kind == "Compilation" {
        failure.stack = stack(graph, error);
    }
    let subject = rendered.subject;
    // Once there is SQL, the node compiled, and something failed later.
    let verb = if rendered.compiled.is_some() {
        "failed"
    } else {
        "does not compile"
    };
    let title = format!(
        "{} `{}` {verb}: {}",
        subject.resource_type().as_str().replace('_', " "),
        subject.name(),
        first_line(error.message())
    );
    let mut diagnostic = Diagnostic::error("template-error", title);
    let rest: Vec<&str> = error.message().lines().skip(1).collect();
    if !rest.is_empty() {
        diagnostic = diagnostic.because(rest.join("\n"));
    }
    diagnostic = place::add_template_places(diagnostic, graph, rendered, error);
    if let Some(Hint(hint)) = error.payload::<Hint>() {
        diagnostic = diagnostic.hint(hint.clone());
    } else if let Some(name) = undefined_name(error) {
        let macros = graph.project.macros.values();
        let nearest = suggest::nearest(name, macros.map(|m| m.name.as_str()));
        diagnostic = diagnostic.hint(match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!(
                "no macro or variable is called `{name}`; if it comes from a package, install it with `hcdbt deps`"
            ),
        });
    }
    // Something below may have made a better diagnostic.
    if let Some(ready) = error.payload::<Diagnostic>() {
        diagnostic = ready.clone();
    }
    failure.diagnostics.push(diagnostic);
    failure
}

/// Returns the name that a template used and nothing has.
fn undefined_name(error: &JinjaError) -> Option<&str> {
    let quoted = error.message().strip_prefix('\'')?;
    let (name, rest) = quoted.split_once('\'')?;
    rest.starts_with(" is undefined").then_some(name)
}

/// Turns a database's refusal into a failure. `through` is the template error
/// that carried it, when a template sent the statement.
pub fn from_database(
    graph: &Graph,
    rendered: Rendered<'_>,
    error: &AdapterError,
    through: Option<&JinjaError>,
) -> Failure {
    let mut failure = Failure::new("Runtime", error.with_place());
    let subject = rendered.subject;
    let noun = subject.resource_type().as_str().replace('_', " ");
    let name = subject.name();
    if error.kind == DatabaseErrorKind::Cancelled {
        failure.is_cancelled = true;
        failure.diagnostics.push(Diagnostic::error(
            "cancelled",
            format!("{noun} `{name}` was stopped before it was done"),
        ));
        return failure;
    }
    let is_outside = matches!(
        error.kind,
        DatabaseErrorKind::Locked { .. } | DatabaseErrorKind::Connection
    );
    // A database that cannot be opened is no node's fault.
    let title = if is_outside {
        first_line(&error.message).to_owned()
    } else {
        format!("{noun} `{name}` failed: {}", first_line(&error.message))
    };
    let mut diagnostic = Diagnostic::error(database_code(error.kind), title);
    let is_of_rows = error.kind == DatabaseErrorKind::Statement;
    if is_of_rows && may_quote_values(error.class.as_deref()) {
        let class = error.class.as_deref().unwrap_or("Database");
        let title = format!("{noun} `{name}` failed: {class} Error");
        diagnostic = diagnostic.without_values(title);
    }
    let rest: Vec<&str> = error
        .message
        .lines()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        // They are the hint.
        .filter(|line| error.candidates.is_empty() || !is_list_of_candidates(line))
        .collect();
    if !rest.is_empty() {
        diagnostic = diagnostic.because(rest.join("\n"));
    }
    if !is_outside {
        diagnostic = place::add_sql_places(diagnostic, rendered, error);
    }
    if diagnostic.labels.is_empty() && !is_outside {
        diagnostic = match (missing_file(error), through) {
            (Some(pattern), _) => place::at_missing_file(diagnostic, graph, rendered, pattern),
            (None, Some(through)) => {
                place::add_statement(diagnostic, graph, rendered, through, error)
            }
            (None, None) => diagnostic,
        };
    }
    if missing_file(error).is_some() && diagnostic.hint.is_none() {
        diagnostic = diagnostic.hint(
            "check that the file is there; relative paths start at the folder that the command is run in",
        );
    } else if let Some(hint) = candidates_hint(&error.candidates) {
        diagnostic = diagnostic.hint(hint);
    } else if let DatabaseErrorKind::Locked { pid: Some(pid) } = error.kind {
        diagnostic = diagnostic.hint(format!(
            "wait for process {pid} to end, or use `--wait` to wait for it"
        ));
    }
    failure.diagnostics.push(diagnostic);
    failure
}

/// Returns the path or pattern of a file that the database looked for in vain.
fn missing_file(error: &AdapterError) -> Option<&str> {
    let before = "No files found that match the pattern \"";
    let (_, rest) = error.message.split_once(before)?;
    rest.split('"').next()
}

fn database_code(kind: DatabaseErrorKind) -> &'static str {
    match kind {
        DatabaseErrorKind::Locked { .. } => "database-locked",
        DatabaseErrorKind::Connection => "database-connection",
        DatabaseErrorKind::Conflict => "write-conflict",
        DatabaseErrorKind::Unsupported => "unsupported",
        DatabaseErrorKind::Statement | DatabaseErrorKind::Cancelled => "database-error",
    }
}

fn is_list_of_candidates(line: &str) -> bool {
    line.starts_with("Candidate bindings:") || line.starts_with("Did you mean")
}

fn candidates_hint(candidates: &[String]) -> Option<String> {
    // Signatures of functions are listed, too, and are no names.
    let (first, rest) = candidates
        .split_first()
        .filter(|(first, _)| !first.contains('('))?;
    let mut hint = format!("did you mean `{first}`");
    for (i, other) in rest.iter().take(2).enumerate() {
        let last = i + 1 == rest.len().min(2);
        hint.push_str(if last { " or " } else { ", " });
        hint.push_str(&format!("`{other}`"));
    }
    hint.push('?');
    Some(hint)
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default()
}

/// Names the macros that were running, the innermost first.
fn stack(graph: &Graph, error: &JinjaError) -> Vec<String> {
    error
        .frames()
        .iter()
        .map(|frame| match graph.project.macros.get(&*frame.unique_id) {
            Some(found) => format!("macro {} ({})", found.name, found.original_file_path),
            None => format!("macro {}", frame.unique_id),
        })
        .collect()
}

/// Finds the text of a file by the path that errors name it with.
pub fn file(graph: &Graph, path: &str) -> Option<Arc<SourceFile>> {
    let project = &graph.project;
    let macros = project.macros.values().map(|m| &m.file);
    let nodes = project.nodes.values().map(|n| &n.file);
    macros.chain(nodes).find(|f| f.path == path).cloned()
}
