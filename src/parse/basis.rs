//! What everything in a project may depend on: its settings, its macros and its
//! docs blocks.

use std::sync::Arc;

use super::docs::{self, DocLookup};
use super::macros::{self, Macros};
use super::node::{DocBlock, IdMap};
use super::template::TemplateFiles;
use crate::config::LoadedProject;
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::files::ProjectFiles;
use crate::invocation::Invocation;
use crate::jinja::Engine;

/// The macros and docs blocks of a project, and what they were read from.
#[derive(Debug)]
pub(super) struct Basis {
    pub macros: Macros,
    pub macros_found: Vec<Diagnostic>,
    pub docs: IdMap<DocBlock>,
    pub docs_found: Vec<Diagnostic>,
    pub doc_lookup: Arc<DocLookup>,
    /// None where the basis is for one parsing.
    project: Option<Arc<LoadedProject>>,
    files: Vec<Arc<SourceFile>>,
}

impl Basis {
    pub fn read(project: &LoadedProject, files: &ProjectFiles, invocation: &Invocation) -> Self {
        let (mut macros_found, mut docs_found) = (Vec::new(), Vec::new());
        let macros = macros::read(project, files, invocation, &mut macros_found);
        let docs = docs::read(&macros.engine, files, &mut docs_found);
        Self {
            doc_lookup: Arc::new(DocLookup::new(project, &docs)),
            macros,
            macros_found,
            docs,
            docs_found,
            project: None,
            files: Vec::new(),
        }
    }

    /// Makes the basis of a text that stands in no file of the project.
    pub fn of_engine(engine: &Engine) -> Self {
        Self {
            macros: Macros {
                macros: IdMap::default(),
                engine: engine.clone(),
                files: TemplateFiles::default(),
            },
            macros_found: Vec::new(),
            docs: IdMap::default(),
            docs_found: Vec::new(),
            doc_lookup: Arc::default(),
            project: None,
            files: Vec::new(),
        }
    }

    /// Takes note of what it was read from.
    pub fn made_from(mut self, project: &Arc<LoadedProject>, files: &ProjectFiles) -> Self {
        self.project = Some(Arc::clone(project));
        self.files = texts(files).cloned().collect();
        self
    }

    /// Tells whether a project has the same settings, macros and docs blocks.
    pub fn holds(&self, project: &Arc<LoadedProject>, files: &ProjectFiles) -> bool {
        let is_same_project = self
            .project
            .as_ref()
            .is_some_and(|before| Arc::ptr_eq(before, project));
        is_same_project
            && texts(files).count() == self.files.len()
            && texts(files)
                .zip(&self.files)
                .all(|(a, b)| Arc::ptr_eq(a, b))
    }
}

/// Lists the files that hold macros, generic tests and docs blocks, in the order
/// in which they are read.
fn texts(files: &ProjectFiles) -> impl Iterator<Item = &Arc<SourceFile>> {
    files.packages.iter().flat_map(|package| {
        let kinds = [&package.macros, &package.generic_tests, &package.docs];
        kinds.into_iter().flatten().map(|file| &file.file)
    })
}
