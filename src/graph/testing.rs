//! Makes graphs of projects in memory for tests of this and later phases.

use super::Graph;
use crate::config::testing::{invocation, load};
use crate::diagnostics::Outcome;
use crate::files::read_project;

/// Parses and resolves the project of a text.
#[track_caller]
pub(crate) fn resolve(text: &str) -> Outcome<Graph> {
    let (project, world) = load(text);
    let invocation = invocation();
    let files = read_project(&world, &project).value.expect("the files");
    let parsed = crate::parse::parse(&project, &files, &invocation, &world);
    let parsed = parsed.value.expect("a parsed project");
    super::resolve(parsed.project, &project, &invocation)
}
