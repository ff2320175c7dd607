//! From files to nodes as written.
//!
//! Nodes know their names, configs, refs and tests after this phase; what the
//! refs stand for is found in `graph`.

mod adapter;
mod again;
mod basis;
mod blocks;
mod calls;
mod columns;
mod config_function;
mod context;
mod docs;
mod draft;
mod exposure;
mod external_location;
mod finish;
mod freshness;
mod generic_test;
mod inline;
mod macro_arguments;
mod macros;
mod messages;
mod metric_rules;
mod names;
mod node;
mod patch;
mod project;
mod properties;
mod python;
mod python_text;
mod relation_name;
mod runtime_config;
mod same;
mod semantic;
mod serialize;
mod snapshot;
mod source;
mod template;
mod test_name;
#[cfg(test)]
mod tests;
mod time_spine;
mod unit_test;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

pub use again::{Memo, SameNode};
pub use context::adapter_macro;
pub use inline::{INLINE_PATH, parse_inline};
pub use node::*;
pub use project::{Disabled, Parsed, ParsedProject, parse, parse_again};
pub use python::{PythonCall, PythonCalls, PythonError, PythonFunction, read_python};
pub use python_text::py_str;
pub use runtime_config::runtime_config;
pub use semantic::GRANULARITIES;
pub use serialize::NodeView;
pub use test_name::md5_hex;

use again::Tables;
use basis::Basis;
use context::PackageNames;
use generic_test::TestMacros;
use names::NameMacros;
use template::TemplateFiles;

use crate::config::{ConfigMerger, LoadedProject};
use crate::files::{ProjectFiles, World};
use crate::invocation::Invocation;
use crate::jinja::{Context, Engine, Scope};

/// What making nodes needs to know of the whole project.
struct ParseContext<'a> {
    project: &'a LoadedProject,
    files: &'a ProjectFiles,
    invocation: &'a Invocation,
    world: &'a dyn World,
    engine: Engine,
    merger: ConfigMerger<'a>,
    basis: &'a Basis,
    /// What was made before.
    before: &'a Tables,
    names: HashMap<Arc<str>, Arc<PackageNames>>,
    name_macros: NameMacros,
    default_database: Option<String>,
    default_schema: String,
    quoting: [bool; 3],
    created_at: f64,
    /// The macro that wraps what a generic test tests.
    where_subquery: Option<String>,
    test_codes: SharedTexts,
    test_macros: TestMacros,
}

impl<'a> ParseContext<'a> {
    fn new(
        project: &'a LoadedProject,
        files: &'a ProjectFiles,
        invocation: &'a Invocation,
        world: &'a dyn World,
        basis: &'a Basis,
        before: &'a Tables,
    ) -> Self {
        let engine = basis.macros.engine.clone();
        let target = |key: &str| {
            let value = project.profile.target.get(key);
            value.and_then(|v| v.as_str()).map(str::to_owned)
        };
        let where_subquery = macros::resolve(&engine, project, &project.name, "get_where_subquery");
        Self {
            project,
            files,
            invocation,
            world,
            merger: ConfigMerger::new(project),
            basis,
            before,
            names: context::package_names(project, invocation),
            name_macros: NameMacros::new(project, &engine),
            default_database: target("database"),
            default_schema: target("schema").unwrap_or_default(),
            quoting: relation_name::quoting(project),
            created_at: created_at(invocation),
            where_subquery,
            test_codes: SharedTexts::default(),
            test_macros: TestMacros::default(),
            engine,
        }
    }

    /// Returns the names that templates of a package see.
    fn names_of(&self, package: &str) -> Arc<PackageNames> {
        self.names
            .get(package)
            .or_else(|| self.names.get(&self.project.name))
            .map(Arc::clone)
            .unwrap_or_default()
    }

    /// What messages about templates may point to.
    fn template_files(&self) -> &'a TemplateFiles {
        &self.basis.macros.files
    }

    /// Makes a context for templates of a package. Their present moment is the
    /// command's start.
    fn context(&self, scope: Arc<dyn Scope>, package: impl Into<Arc<str>>) -> Context {
        let now = self.invocation.started_at;
        Context::new(scope, package).with_clock(Arc::new(move || now))
    }

    /// Tells whether `ref`, `source` or `config` is a macro of a package or of
    /// the root project, so that only rendering tells what a call does.
    fn replaces_builtins(&self, package: &str) -> bool {
        ["ref", "source", "config"]
            .iter()
            .any(|name| self.engine.find_macro(package, name).is_some())
    }
}

/// Returns when the command started, in seconds since the epoch.
fn created_at(invocation: &Invocation) -> f64 {
    invocation.started_at.as_microsecond() as f64 / 1e6
}

/// Names a resource in the user's words: model `dim_patients`.
fn describe(resource_type: ResourceType, name: &str) -> String {
    let kind = match resource_type {
        ResourceType::Operation => "hook",
        ResourceType::SqlOperation => "query",
        other => other.as_str(),
    };
    format!("{kind} `{name}`")
}

/// Texts that many nodes have, each kept once.
#[derive(Debug, Default)]
struct SharedTexts(Mutex<IndexMap<String, Arc<str>>>);

/// Only short texts are likely to be the same.
const MAX_SHARED: usize = 64;

impl SharedTexts {
    fn share(&self, text: String) -> Arc<str> {
        if text.len() > MAX_SHARED {
            return text.into();
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = known.get(&text) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = text.as_str().into();
        known.insert(text, Arc::clone(&shared));
        shared
    }
}
