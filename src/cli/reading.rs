//! Reading a project: once, or again and again in the same command, where what
//! cannot have changed since is taken over.

use std::sync::{Arc, Mutex, PoisonError};

use crate::config::LoadedProject;
use crate::diagnostics::Outcome;
use crate::files::{self, ProjectFiles, ReadFiles, World};
use crate::graph::{self, Graph};
use crate::invocation::Invocation;
use crate::parse::{self, Parsed, ParsedProject};

/// How a project is read.
#[derive(Debug, Default)]
pub struct Reading(Option<Box<Before>>);

/// What was read before.
#[derive(Debug, Default)]
struct Before {
    project: Mutex<Option<Arc<LoadedProject>>>,
    files: ReadFiles,
    parsed: parse::Memo,
    resolved: graph::Memo,
}

impl Reading {
    /// Reads once, and keeps nothing.
    pub fn once() -> Self {
        Self(None)
    }

    /// Keeps what is read for the next time.
    pub fn again() -> Self {
        Self(Some(Box::default()))
    }

    /// Returns the project as it was loaded before, when its settings are the
    /// same.
    pub fn project(&self, loaded: LoadedProject) -> Arc<LoadedProject> {
        let Some(before) = &self.0 else {
            return Arc::new(loaded);
        };
        let mut known = before
            .project
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some(project) if project.is_same(&loaded) => Arc::clone(project),
            _ => Arc::clone(known.insert(Arc::new(loaded))),
        }
    }

    pub fn files(&self, world: &dyn World, project: &LoadedProject) -> Outcome<ProjectFiles> {
        match &self.0 {
            Some(before) => files::read_project_again(world, project, &before.files),
            None => files::read_project(world, project),
        }
    }

    pub fn parse(
        &self,
        project: &Arc<LoadedProject>,
        files: &ProjectFiles,
        invocation: &Invocation,
        world: &dyn World,
    ) -> Outcome<Parsed> {
        match &self.0 {
            Some(before) => parse::parse_again(&before.parsed, project, files, invocation, world),
            None => parse::parse(project, files, invocation, world),
        }
    }

    pub fn resolve(
        &self,
        parsed: ParsedProject,
        project: &LoadedProject,
        invocation: &Invocation,
    ) -> Outcome<Graph> {
        match &self.0 {
            Some(before) => graph::resolve_again(&before.resolved, parsed, project, invocation),
            None => graph::resolve(parsed, project, invocation),
        }
    }
}
