//! The engine: all macros of a run, and rendering with them.

use std::collections::HashMap;
use std::sync::Arc;

use minijinja::Value;

use super::blocks::Block;
use super::context::Context;
use super::error::JinjaError;

/// What the search for macros depends on.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    pub root_package: String,
    /// The packages inside the program, the one that wins first:
    /// `["dbt_duckdb", "dbt"]`.
    pub internal_packages: Vec<String>,
    /// The names of all packages of the project, for `adapter.dispatch`.
    pub dependencies: Vec<String>,
    /// `dispatch:` of `dbt_project.yml`: namespace to search order.
    pub dispatch: HashMap<String, Vec<String>>,
    /// The adapter's macro prefixes without `default`: `["duckdb"]`.
    pub prefixes: Vec<String>,
}

/// A macro to add.
#[derive(Debug, Clone, Copy)]
pub struct MacroSource<'a> {
    pub package: &'a str,
    pub unique_id: &'a str,
    /// The path that errors name.
    pub path: &'a Arc<str>,
    /// The text of the whole file.
    pub text: &'a Arc<str>,
    pub block: &'a Block,
}

/// What is known of a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroInfo {
    pub unique_id: Arc<str>,
    pub package: Arc<str>,
    pub name: Arc<str>,
    pub path: Arc<str>,
    pub line: u32,
    pub supported_languages: Option<Vec<String>>,
}

/// Collects macros for an [`Engine`].
#[derive(Debug, Default)]
pub struct EngineBuilder {
    options: EngineOptions,
}

impl EngineBuilder {
    pub fn new(options: EngineOptions) -> Self {
        Self { options }
    }

    /// Adds a macro. Nothing is compiled before its first call. Returns the
    /// macro that has the same name in the same package already, if any; the
    /// later one is then not added.
    pub fn add_macro(&mut self, source: &MacroSource<'_>) -> Result<(), MacroInfo> {
        let _ = source;
        Ok(())
    }

    pub fn build(self) -> Engine {
        Engine {
            options: Arc::new(self.options),
        }
    }
}

/// All macros of a run and what renders them. Cheap to clone; one for all
/// threads.
#[derive(Debug, Clone)]
pub struct Engine {
    options: Arc<EngineOptions>,
}

impl Engine {
    /// Renders a text. `path` is what errors name.
    pub fn render(&self, text: &str, path: &str, context: &Context) -> Result<String, JinjaError> {
        let _ = (text, path, context, &self.options);
        Err(JinjaError::other("not there yet"))
    }

    /// Renders a text to a value as dbt does in YAML files: a single expression
    /// keeps its type, anything else is text.
    pub fn render_native(
        &self,
        text: &str,
        path: &str,
        context: &Context,
    ) -> Result<Value, JinjaError> {
        let _ = (text, path, context);
        Err(JinjaError::other("not there yet"))
    }

    /// Calls a macro and gives its text, or what it returned.
    pub fn call_macro(
        &self,
        unique_id: &str,
        args: &[Value],
        kwargs: &[(&str, Value)],
        context: &Context,
    ) -> Result<Value, JinjaError> {
        let _ = (unique_id, args, kwargs, context);
        Err(JinjaError::other("not there yet"))
    }

    /// Returns a macro by its unique id.
    pub fn macro_by_id(&self, unique_id: &str) -> Option<&MacroInfo> {
        let _ = unique_id;
        None
    }

    /// Finds the macro that a bare name means in a template of a package.
    pub fn find_macro(&self, package: &str, name: &str) -> Option<&MacroInfo> {
        let _ = (package, name);
        None
    }

    /// Finds `package.name`, where `dbt` stands for all internal packages.
    pub fn find_in_package(&self, package: &str, name: &str) -> Option<&MacroInfo> {
        let _ = (package, name);
        None
    }

    /// Returns all macros of this name, in any package, in the order added.
    pub fn macros_named(&self, name: &str) -> Vec<&MacroInfo> {
        let _ = name;
        Vec::new()
    }

    /// Finds what `adapter.dispatch(name, namespace)` gives in a template of a
    /// package.
    pub fn dispatch(
        &self,
        name: &str,
        namespace: Option<&str>,
        package: &str,
    ) -> Result<&MacroInfo, JinjaError> {
        let _ = (name, namespace, package);
        Err(JinjaError::other("not there yet"))
    }

    /// Returns a macro as a value that templates can call.
    pub fn macro_value(&self, unique_id: &str) -> Option<Value> {
        let _ = unique_id;
        None
    }
}
