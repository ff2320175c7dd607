//! The engine: all macros of a run, and rendering with them.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use foldhash::HashMap;
use foldhash::fast::RandomState;
use indexmap::IndexMap;
use minijinja::{Environment, Value};

use super::blocks::{Block, definition_of};
use super::context::{Context, Mode};
use super::error::{ErrorKind, JinjaError};
use super::evaluate::{Frame, Interpreter, Macro, Output, Run, native_value, place};
use super::functions::{self, Package};
use super::has_jinja;
use super::python::arguments::Args;
use super::source_map::SourceMap;
use super::syntax::{Definition, Source, SyntaxError, Template, parse_template};

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
    pub dispatch: std::collections::HashMap<String, Vec<String>>,
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

/// Which of the engine's macros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MacroId(u32);

/// A macro, compiled at its first call.
pub(super) struct MacroEntry {
    pub info: MacroInfo,
    pub source: Source,
    range: Range<usize>,
    definition: OnceLock<Result<Arc<Definition>, JinjaError>>,
    value: Value,
}

impl MacroEntry {
    pub fn definition(&self) -> Result<&Arc<Definition>, JinjaError> {
        let compiled = self.definition.get_or_init(|| {
            definition_of(&self.source.text, self.range.clone())
                .map_err(|error| syntax_error(&self.source, error))
        });
        compiled.as_ref().map_err(Clone::clone)
    }
}

fn syntax_error(source: &Source, error: SyntaxError) -> JinjaError {
    place(
        JinjaError::new(ErrorKind::Syntax, error.message),
        source,
        error.span,
    )
}

/// Collects macros for an [`Engine`].
#[derive(Default)]
pub struct EngineBuilder {
    options: EngineOptions,
    entries: Vec<MacroEntry>,
    by_id: HashMap<Arc<str>, MacroId>,
    by_name: HashMap<Arc<str>, Vec<MacroId>>,
    packages: IndexMap<Arc<str>, HashMap<Arc<str>, MacroId>, RandomState>,
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("options", &self.options)
            .field("macros", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl EngineBuilder {
    pub fn new(options: EngineOptions) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }

    /// Adds a macro. Nothing is compiled before its first call. Returns the
    /// macro that has the same name in the same package already, if any; the
    /// later one is then not added.
    pub fn add_macro(&mut self, source: &MacroSource<'_>) -> Result<(), MacroInfo> {
        let package: Arc<str> = match self.packages.get_key_value(source.package) {
            Some((package, macros)) => {
                if let Some(existing) = macros.get(source.block.name.as_str()) {
                    return Err(self.entries[existing.0 as usize].info.clone());
                }
                package.clone()
            }
            None => Arc::from(source.package),
        };
        let id = MacroId(self.entries.len() as u32);
        let name: Arc<str> = match self.by_name.get_key_value(source.block.name.as_str()) {
            Some((name, _)) => name.clone(),
            None => Arc::from(source.block.name.as_str()),
        };
        let unique_id: Arc<str> = Arc::from(source.unique_id);
        let value = Value::from_object(Macro {
            id,
            unique_id: unique_id.clone(),
            name: name.clone(),
            package: package.clone(),
        });
        self.entries.push(MacroEntry {
            info: MacroInfo {
                unique_id: unique_id.clone(),
                package: package.clone(),
                name: name.clone(),
                path: source.path.clone(),
                line: source.block.line,
                supported_languages: source.block.supported_languages.clone(),
            },
            source: Source {
                path: source.path.clone(),
                text: source.text.clone(),
            },
            range: source.block.text.clone(),
            definition: OnceLock::new(),
            value,
        });
        self.by_id.insert(unique_id, id);
        self.by_name.entry(name.clone()).or_default().push(id);
        self.packages.entry(package).or_default().insert(name, id);
        Ok(())
    }

    pub fn build(self) -> Engine {
        let mut internal: HashMap<Arc<str>, MacroId> = HashMap::default();
        // The packages that are named first win, so they come last here.
        for package in self.options.internal_packages.iter().rev() {
            if let Some(macros) = self.packages.get(package.as_str()) {
                internal.extend(macros.iter().map(|(name, id)| (name.clone(), *id)));
            }
        }
        let values = |macros: &HashMap<Arc<str>, MacroId>| {
            let macros: IndexMap<Arc<str>, Value, RandomState> = {
                let mut sorted: Vec<_> = macros.iter().collect();
                sorted.sort_by_key(|(_, id)| id.0);
                sorted
                    .into_iter()
                    .map(|(name, id)| (name.clone(), self.entries[id.0 as usize].value.clone()))
                    .collect()
            };
            Value::from_object(Package(macros))
        };
        let is_internal = |name: &str| {
            self.options
                .internal_packages
                .iter()
                .any(|internal| internal == name)
        };
        let mut package_values: HashMap<Arc<str>, Value> = self
            .packages
            .iter()
            .filter(|(name, _)| !is_internal(name))
            .map(|(name, macros)| (name.clone(), values(macros)))
            .collect();
        if !internal.is_empty() {
            package_values
                .entry(Arc::from("dbt"))
                .or_insert_with(|| values(&internal));
        }
        Engine {
            inner: Arc::new(Inner {
                options: self.options,
                entries: self.entries,
                by_id: self.by_id,
                by_name: self.by_name,
                packages: self.packages,
                internal,
                package_values,
                namespaces: Mutex::default(),
                globals: functions::globals(),
                environment: Environment::empty(),
            }),
        }
    }
}

/// All macros of a run and what renders them. Cheap to clone; one for all
/// threads.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// Macros and packages by their bare names.
pub(super) type BareNames = HashMap<Arc<str>, Value>;

struct Inner {
    options: EngineOptions,
    entries: Vec<MacroEntry>,
    by_id: HashMap<Arc<str>, MacroId>,
    by_name: HashMap<Arc<str>, Vec<MacroId>>,
    packages: IndexMap<Arc<str>, HashMap<Arc<str>, MacroId>, RandomState>,
    /// The macros of the internal packages, by the order in which they win.
    internal: HashMap<Arc<str>, MacroId>,
    /// The packages as values, `dbt_utils` and `dbt`.
    package_values: HashMap<Arc<str>, Value>,
    /// By package.
    namespaces: Mutex<HashMap<Arc<str>, Arc<BareNames>>>,
    globals: IndexMap<&'static str, Value, RandomState>,
    /// Only makes the states that `minijinja` hands to objects.
    environment: Environment<'static>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("macros", &self.inner.entries.len())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Renders a text. `path` is what errors name.
    ///
    /// As in dbt, a text without Jinja comes back as it is; from any other one
    /// a line end at its very end is dropped, and line ends become `\n`.
    pub fn render(&self, text: &str, path: &str, context: &Context) -> Result<String, JinjaError> {
        if !has_jinja(text) {
            return Ok(text.to_owned());
        }
        let template = compile(text, path)?;
        let run = Run::new(self, context);
        let mut interpreter = Interpreter::new(&run);
        let mut frame = Frame::new(&template.source);
        frame.lenient = context.mode() == Mode::Parse;
        let mut out = String::with_capacity(text.len() + text.len() / 2);
        interpreter.body(&mut frame, &template.body, &mut Output::Text(&mut out))?;
        Ok(out)
    }

    /// The same, and says where each piece of the result comes from. It costs
    /// more, so it is for telling where a mistake lies.
    pub fn render_mapped(
        &self,
        text: &str,
        path: &str,
        context: &Context,
    ) -> Result<(String, SourceMap), JinjaError> {
        let source = Source {
            path: Arc::from(path),
            text: Arc::from(text),
        };
        let mut map = SourceMap::of(&source);
        if !has_jinja(text) {
            let whole = super::syntax::Span::new(0, text.len());
            map.add_text(0, text.len(), &[whole]);
            return Ok((text.to_owned(), map));
        }
        let template = compile(text, path)?;
        let run = Run::mapping(self, context);
        let mut interpreter = Interpreter::new(&run);
        let mut frame = Frame::new(&template.source);
        frame.lenient = context.mode() == Mode::Parse;
        let mut out = String::with_capacity(text.len() + text.len() / 2);
        let output = &mut Output::Mapped(&mut out, &mut map);
        interpreter.body(&mut frame, &template.body, output)?;
        Ok((out, map))
    }

    /// Renders a text to a value as dbt does in YAML files: a single expression
    /// keeps its type, anything else is text.
    pub fn render_native(
        &self,
        text: &str,
        path: &str,
        context: &Context,
    ) -> Result<Value, JinjaError> {
        let template = compile(text, path)?;
        let run = Run::new(self, context);
        let mut interpreter = Interpreter::new(&run);
        interpreter.native = true;
        let mut frame = Frame::new(&template.source);
        frame.lenient = context.mode() == Mode::Parse;
        let mut nodes = Vec::new();
        interpreter.body(&mut frame, &template.body, &mut Output::Native(&mut nodes))?;
        native_value(nodes).map_err(|mut error| {
            let whole = super::syntax::Span::new(0, text.len());
            error.locate_in(&template.source, whole);
            error
        })
    }

    /// Calls a macro and gives its text, or what it returned.
    pub fn call_macro(
        &self,
        unique_id: &str,
        args: &[Value],
        kwargs: &[(&str, Value)],
        context: &Context,
    ) -> Result<Value, JinjaError> {
        let Some(id) = self.inner.by_id.get(unique_id) else {
            return Err(JinjaError::undefined(format!(
                "there is no macro `{unique_id}`"
            )));
        };
        let run = Run::new(self, context);
        let args = Args {
            positional: args.to_vec(),
            keyword: kwargs
                .iter()
                .map(|(key, value)| ((*key).into(), value.clone()))
                .collect(),
        };
        Interpreter::new(&run).call_macro(*id, args)
    }

    /// Calls any value that templates can call.
    pub fn call_value(
        &self,
        callee: &Value,
        args: &[Value],
        kwargs: &[(&str, Value)],
        context: &Context,
    ) -> Result<Value, JinjaError> {
        let run = Run::new(self, context);
        let args = Args {
            positional: args.to_vec(),
            keyword: kwargs
                .iter()
                .map(|(key, value)| ((*key).into(), value.clone()))
                .collect(),
        };
        Interpreter::new(&run).call(callee, args)
    }

    /// Lists all macros in the order added.
    pub fn macros(&self) -> impl Iterator<Item = &MacroInfo> {
        self.inner.entries.iter().map(|entry| &entry.info)
    }

    fn info(&self, id: MacroId) -> &MacroInfo {
        &self.inner.entries[id.0 as usize].info
    }

    /// Returns a macro by its unique id.
    pub fn macro_by_id(&self, unique_id: &str) -> Option<&MacroInfo> {
        self.inner.by_id.get(unique_id).map(|id| self.info(*id))
    }

    fn is_internal(&self, package: &str) -> bool {
        self.inner
            .options
            .internal_packages
            .iter()
            .any(|internal| internal == package)
    }

    /// The macros that a bare name can mean, in the order they are tried.
    fn find(&self, package: &str, name: &str) -> Option<MacroId> {
        let of = |package: &str| {
            if self.is_internal(package) {
                return None;
            }
            self.inner.packages.get(package)?.get(name).copied()
        };
        of(package).or_else(|| of(&self.inner.options.root_package))
    }

    /// Finds the macro that a bare name means in a template of a package.
    pub fn find_macro(&self, package: &str, name: &str) -> Option<&MacroInfo> {
        self.find(package, name)
            .or_else(|| self.inner.internal.get(name).copied())
            .map(|id| self.info(id))
    }

    /// Finds `package.name`, where `dbt` stands for all internal packages.
    pub fn find_in_package(&self, package: &str, name: &str) -> Option<&MacroInfo> {
        let id = if package == "dbt" {
            self.inner.internal.get(name)
        } else if self.is_internal(package) {
            None
        } else {
            self.inner.packages.get(package)?.get(name)
        };
        id.map(|id| self.info(*id))
    }

    /// Returns all macros of this name, in any package, in the order added.
    pub fn macros_named(&self, name: &str) -> Vec<&MacroInfo> {
        let ids = self.inner.by_name.get(name);
        ids.into_iter().flatten().map(|id| self.info(*id)).collect()
    }

    /// Finds what `adapter.dispatch(name, namespace)` gives in a template of a
    /// package.
    pub fn dispatch(
        &self,
        name: &str,
        namespace: Option<&str>,
        package: &str,
    ) -> Result<&MacroInfo, JinjaError> {
        if let Some((namespace, name)) = name.split_once('.') {
            return Err(JinjaError::raised(format!(
                "In dispatch: the name of a macro has no `.`; write \
                 adapter.dispatch('{name}', macro_namespace='{namespace}')"
            )));
        }
        let options = &self.inner.options;
        let search: Vec<Option<&str>> = match namespace {
            None => vec![None],
            Some(namespace) => {
                let known = options
                    .dependencies
                    .iter()
                    .any(|package| package == namespace)
                    || options.root_package == namespace
                    || self.is_internal(namespace)
                    || self.inner.packages.contains_key(namespace);
                match options
                    .dispatch
                    .get(namespace)
                    .filter(|order| !order.is_empty())
                {
                    Some(order) => order.iter().map(|package| Some(package.as_str())).collect(),
                    None if known => vec![Some(&options.root_package), Some(namespace)],
                    None => vec![None],
                }
            }
        };
        self.dispatch_in(&search, name, namespace, |full| {
            self.find_macro(package, full)
        })
    }

    /// The same for a template with its context. In a generic test's, a name
    /// without namespace is looked for in all packages, as dbt does it.
    pub fn dispatch_from(
        &self,
        name: &str,
        namespace: Option<&str>,
        context: &Context,
    ) -> Result<&MacroInfo, JinjaError> {
        if namespace.is_some() || !context.is_generic_test() {
            return self.dispatch(name, namespace, context.package());
        }
        self.dispatch_in(&[None], name, None, |full| self.find_anywhere(full))
    }

    /// Finds a macro in the root project, else in the package that comes last,
    /// else among the internal ones.
    fn find_anywhere(&self, name: &str) -> Option<&MacroInfo> {
        let root = self.inner.options.root_package.as_str();
        self.find_in_package(root, name).or_else(|| {
            let found = self.macros_named(name);
            let (internal, others): (Vec<_>, Vec<_>) = found
                .into_iter()
                .partition(|m| self.is_internal(&m.package));
            others.last().or(internal.first()).copied()
        })
    }

    fn dispatch_in<'a>(
        &'a self,
        search: &[Option<&str>],
        name: &str,
        namespace: Option<&str>,
        find: impl Fn(&str) -> Option<&'a MacroInfo>,
    ) -> Result<&'a MacroInfo, JinjaError> {
        let prefixes = self.inner.options.prefixes.iter().map(String::as_str);
        let prefixes = prefixes.chain(["default"]);
        let mut full = String::new();
        for package_name in search {
            for prefix in prefixes.clone() {
                full.clear();
                full.extend([prefix, "__", name]);
                let found = match package_name {
                    None => find(&full),
                    Some(package_name) => self.find_in_package(package_name, &full),
                };
                if let Some(found) = found {
                    return Ok(found);
                }
            }
        }
        let tried: Vec<String> = search
            .iter()
            .flat_map(|package_name| {
                let package = package_name.map_or(String::new(), |name| format!("{name}."));
                let names = prefixes.clone();
                names.map(move |prefix| format!("'{package}{prefix}__{name}'"))
            })
            .collect();
        let namespace = namespace.unwrap_or("None");
        Err(JinjaError::raised(format!(
            "In dispatch: No macro named '{name}' found within namespace: '{namespace}'\n    \
             Searched for: {}",
            tried.join(", ")
        )))
    }

    /// Returns a macro as a value that templates can call.
    pub fn macro_value(&self, unique_id: &str) -> Option<Value> {
        let id = self.inner.by_id.get(unique_id)?;
        Some(self.inner.entries[id.0 as usize].value.clone())
    }

    /// Returns what the bare names of macros and packages mean in templates of
    /// a package. It is put together once for each package.
    pub(super) fn namespace(&self, package: &str) -> Arc<BareNames> {
        let known = self.inner.namespaces.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        if let Some(names) = known.get(package) {
            return Arc::clone(names);
        }
        let value = |id: &MacroId| self.inner.entries[id.0 as usize].value.clone();
        let mut names = BareNames::default();
        // What comes later wins.
        for (name, id) in &self.inner.internal {
            names.insert(Arc::clone(name), value(id));
        }
        for (name, value) in &self.inner.package_values {
            names.insert(Arc::clone(name), value.clone());
        }
        for package in [&self.inner.options.root_package, package] {
            let own = self.inner.packages.get(package);
            for (name, id) in own
                .filter(|_| !self.is_internal(package))
                .into_iter()
                .flatten()
            {
                names.insert(Arc::clone(name), value(id));
            }
        }
        let names = Arc::new(names);
        known.insert(package.into(), Arc::clone(&names));
        names
    }

    /// Lists the names that [`Engine::namespace`] knows.
    pub(super) fn namespace_names(&self, package: &str) -> Vec<String> {
        let names = self.namespace(package);
        let mut names: Vec<String> = names.keys().map(ToString::to_string).collect();
        names.sort_unstable();
        names
    }

    pub(super) fn global(&self, name: &str) -> Option<Value> {
        self.inner.globals.get(name).cloned()
    }

    pub(super) fn global_names(&self) -> impl Iterator<Item = &'static str> {
        self.inner.globals.keys().copied()
    }

    pub(super) fn entry(&self, id: MacroId) -> &MacroEntry {
        &self.inner.entries[id.0 as usize]
    }

    pub(super) fn environment(&self) -> &Environment<'static> {
        &self.inner.environment
    }
}

fn compile(text: &str, path: &str) -> Result<Template, JinjaError> {
    let source = Source {
        path: Arc::from(path),
        text: Arc::from(text),
    };
    parse_template(source.clone()).map_err(|error| syntax_error(&source, error))
}
