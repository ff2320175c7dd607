//! Macros, generic tests and materializations of all packages.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::blocks::{scan, strays};
use super::node::{IdMap, Macro, UniqueId};
use super::properties::PackageProperties;
use super::template::{Template, TemplateFiles, template_error};
use super::{ParseContext, docs};
use crate::config::properties::{MacroProperties, Name};
use crate::config::{LoadedProject, behaviour_flag};
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::event::kinds;
use crate::files::{PackageFiles, ProjectFile, ProjectFiles};
use crate::invocation::Invocation;
use crate::jinja::{
    Block, BlockKind, Blocks, Engine, EngineBuilder, EngineOptions, MACRO_TAGS, MacroSource,
    Parameter, extract,
};

/// All macros, and what runs them.
#[derive(Debug)]
pub(super) struct Macros {
    pub macros: IdMap<Macro>,
    pub engine: Engine,
    pub files: TemplateFiles,
}

/// Reads every macro of a project and its packages.
pub(super) fn read(
    project: &LoadedProject,
    files: &ProjectFiles,
    invocation: &Invocation,
    found: &mut Vec<Diagnostic>,
) -> Macros {
    let created_at = super::created_at(invocation);
    let takes_arguments = behaviour_flag(project, invocation, "validate_macro_args");
    let sources: Vec<(&PackageFiles, &ProjectFile, bool)> = files
        .packages
        .iter()
        .flat_map(|package| {
            let macros = package
                .macros
                .iter()
                .map(move |file| (package, file, false));
            let tests = package
                .generic_tests
                .iter()
                .map(move |file| (package, file, true));
            macros.chain(tests)
        })
        .collect();
    let scanned: Vec<Result<Blocks, Diagnostic>> = sources
        .par_iter()
        .map(|(_, file, _)| scan(&file.file, MACRO_TAGS))
        .collect();

    let mut builder = EngineBuilder::new(options(project));
    let mut macros: IdMap<Macro> =
        IdMap::with_capacity_and_hasher(sources.len(), RandomState::default());
    let mut template_files = TemplateFiles::default();
    for ((package, file, tests_only), blocks) in sources.into_iter().zip(scanned) {
        let blocks = match blocks {
            Ok(blocks) => blocks,
            Err(diagnostic) => {
                found.push(diagnostic);
                continue;
            }
        };
        let path: Arc<str> = file.file.path.as_str().into();
        template_files
            .files
            .insert(path.to_string(), Arc::clone(&file.file));
        if !tests_only {
            found.extend(strays(&file.file, &blocks));
        }
        for block in blocks.blocks {
            if tests_only && block.kind != BlockKind::Test {
                continue;
            }
            let id = UniqueId::from(format!("macro.{}.{}", package.package, block.name));
            let added = builder.add_macro(&MacroSource {
                package: &package.package,
                unique_id: id.as_str(),
                path: &path,
                text: &file.file.text,
                block: &block,
            });
            if added.is_err() {
                found.push(duplicate(&macros, &id, &file.file, &block));
                continue;
            }
            let made = make(
                id.clone(),
                package,
                file,
                block,
                created_at,
                takes_arguments,
            );
            macros.insert(id, made);
        }
    }
    template_files.macros = macros.values().map(|m| m.name.clone()).collect();
    let engine = builder.build();
    add_dependencies(&engine, project, &mut macros, found);
    Macros {
        macros,
        engine,
        files: template_files,
    }
}

fn options(project: &LoadedProject) -> EngineOptions {
    let internal = project.internal_packages();
    EngineOptions {
        root_package: project.name.to_string(),
        internal_packages: internal.iter().map(|name| (*name).to_owned()).collect(),
        dependencies: project.packages.keys().map(ToString::to_string).collect(),
        dispatch: project
            .root()
            .project
            .dispatch
            .iter()
            .map(|d| (d.macro_namespace.clone(), d.search_order.clone()))
            .collect::<HashMap<_, _>>(),
        prefixes: vec![project.profile.adapter_type.clone()],
    }
}

fn make(
    unique_id: UniqueId,
    package: &PackageFiles,
    file: &ProjectFile,
    block: Block,
    created_at: f64,
    takes_arguments: bool,
) -> Macro {
    // A materialization that says nothing of languages is for SQL.
    let languages = match block.kind {
        BlockKind::Materialization { .. } => block
            .supported_languages
            .or_else(|| Some(vec!["sql".to_owned()])),
        _ => None,
    };
    Macro {
        unique_id,
        package_name: Arc::clone(&package.package),
        name: block.name,
        // dbt gives macros their path below the package in both fields.
        path: file.original_file_path.clone(),
        original_file_path: file.original_file_path.clone(),
        file: Arc::clone(&file.file),
        text: block.text,
        depends_on_macros: Vec::new(),
        description: String::new(),
        meta: Map::new(),
        docs_show: true,
        docs_node_color: None,
        config: Map::new(),
        patch_path: None,
        arguments: if takes_arguments {
            block.parameters.iter().map(parameter).collect()
        } else {
            Vec::new()
        },
        supported_languages: languages,
        created_at,
    }
}

/// Lists a parameter as dbt's flag `validate_macro_args` does.
fn parameter(parameter: &Parameter) -> Value {
    argument(&json!({"name": parameter.name}))
}

fn duplicate(
    macros: &IdMap<Macro>,
    id: &UniqueId,
    file: &Arc<SourceFile>,
    block: &Block,
) -> Diagnostic {
    let title = format!(
        "dbt found multiple macros named \"{}\" in the project",
        block.name
    );
    let diagnostic = Diagnostic::error("duplicate-macro", title).at(
        file,
        opening_tag(file, block.text.start),
        "defined here again",
    );
    let diagnostic = match macros.get(id) {
        Some(first) => diagnostic.at(
            &first.file,
            opening_tag(&first.file, first.text.start),
            "first defined here",
        ),
        None => diagnostic,
    };
    diagnostic.hint("rename or remove one of them")
}

fn opening_tag(file: &SourceFile, start: usize) -> std::ops::Range<usize> {
    let text = file.text.get(start..).unwrap_or_default();
    let length = text.find("%}").map_or(0, |at| at + 2);
    start..start + length
}

/// Finds which macros each macro calls, as far as its text tells.
fn add_dependencies(
    engine: &Engine,
    project: &LoadedProject,
    macros: &mut IdMap<Macro>,
    found: &mut Vec<Diagnostic>,
) {
    let results: Vec<Result<Vec<UniqueId>, Diagnostic>> = macros
        .par_values()
        .map(|one| dependencies(engine, project, one))
        .collect();
    for (one, result) in macros.values_mut().zip(results) {
        match result {
            Ok(ids) => one.depends_on_macros = ids,
            Err(diagnostic) => found.push(diagnostic),
        }
    }
}

fn dependencies(
    engine: &Engine,
    project: &LoadedProject,
    one: &Macro,
) -> Result<Vec<UniqueId>, Diagnostic> {
    let template = Template::of_part(&one.file, &one.text);
    let calls = extract(template.text).map_err(|error| {
        let what = format!("macro `{}`", one.name);
        template_error(&TemplateFiles::default(), &template, &what, &error)
    })?;
    let mut ids: Vec<UniqueId> = Vec::new();
    let mut add = |id: Option<String>| {
        let id = id.map(UniqueId::from).filter(|id| !ids.contains(id));
        ids.extend(id);
    };
    for call in &calls.macro_calls {
        match call {
            // A dispatched macro often has the name of the one that asks.
            (None, name) if *name == one.name => {}
            (package, name) => {
                let package = package.as_deref().unwrap_or(&one.package_name);
                add(resolve(engine, project, package, name));
            }
        }
    }
    for call in &calls.dispatches {
        if call.name != one.name {
            add(resolve(engine, project, &one.package_name, &call.name));
        }
        let namespace = call.namespace.as_deref();
        if let Ok(info) = engine.dispatch(&call.name, namespace, &one.package_name) {
            add(Some(info.unique_id.to_string()));
        }
    }
    Ok(ids)
}

/// Finds the macro that dbt's static search gives: that of the named package,
/// else of the root project, of any package, or a shipped one.
///
/// Unlike a template, which sees other packages' macros by their full names
/// alone, this search looks into all of them.
pub(super) fn resolve(
    engine: &Engine,
    project: &LoadedProject,
    package: &str,
    name: &str,
) -> Option<String> {
    let found = engine.macros_named(name);
    let internal = project.internal_packages();
    let of = |package: &str| found.iter().find(|m| *m.package == *package);
    let any = || {
        let mut others = found.iter().rev();
        others.find(|m| !internal.contains(&&*m.package))
    };
    let shipped = || internal.iter().find_map(|package| of(package));
    of(package)
        .or_else(|| of(&project.name))
        .or_else(any)
        .or_else(shipped)
        .map(|m| m.unique_id.to_string())
}

/// Adds what `macros:` of a property file says of one macro.
pub(super) fn describe(
    cx: &ParseContext<'_>,
    macros: &mut IdMap<Macro>,
    from: &PackageProperties,
    properties: &MacroProperties,
    found: &mut Vec<Diagnostic>,
) {
    let (package, file) = (&from.package, &from.properties.file);
    let name = &properties.name;
    let id = format!("macro.{package}.{}", name.text);
    let Some(one) = macros.get_mut(id.as_str()) else {
        found.push(unknown_macro(macros, from, name));
        return;
    };
    if let Some(first) = &one.patch_path {
        let title = format!("macro `{}` is described more than once", name.text);
        found.push(
            Diagnostic::error("duplicate-properties", title)
                .at(file, name.span.clone(), "described here")
                .because(format!("It is described in `{first}` as well."))
                .hint("keep one of the two entries"),
        );
        return;
    }
    if behaviour_flag(cx.project, cx.invocation, "validate_macro_args") {
        found.extend(super::macro_arguments::check(one, properties, file));
    }
    let mut text = |text: &str, span: &Range<usize>| {
        docs::describe(cx, package, text, (file, span), found).text
    };
    one.patch_path = Some(from.patch_path.clone());
    one.description = text(&properties.description, &properties.description_span);
    one.meta.clone_from(&properties.meta);
    if let Some(Value::Object(meta)) = properties.config.get("meta") {
        one.meta.extend(meta.clone());
    }
    let config_docs = properties.config.get("docs").and_then(Value::as_object);
    if let Some(docs) = config_docs.or(properties.docs.as_ref()) {
        one.docs_show = docs.get("show").and_then(Value::as_bool).unwrap_or(true);
        let color = docs.get("node_color").and_then(Value::as_str);
        one.docs_node_color = color.map(str::to_owned);
    }
    if !properties.arguments.is_empty() || one.arguments.is_empty() {
        one.arguments = properties.arguments.iter().map(argument).collect();
        for argument in &mut one.arguments {
            let description = argument["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            argument["description"] = text(&description, &properties.span).into();
        }
    }
}

fn unknown_macro(macros: &IdMap<Macro>, from: &PackageProperties, name: &Name) -> Diagnostic {
    let (package, file) = (&from.package, &from.properties.file);
    let title = format!(
        "Found patch for macro \"{}\" which was not found",
        name.text
    );
    let diagnostic = Diagnostic::warning("unknown-macro", title)
        .as_event(
            kinds::MACRO_NOT_FOUND_FOR_PATCH,
            json!({"patch_name": name.text}),
        )
        .at(
            file,
            name.span.clone(),
            format!("no macro of package `{package}` has this name"),
        );
    let names = macros
        .values()
        .filter(|m| *m.package_name == **package)
        .map(|m| m.name.as_str());
    match suggest::nearest(&name.text, names) {
        Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
        None => diagnostic,
    }
}

fn argument(argument: &Value) -> Value {
    json!({
        "name": argument.get("name"),
        "type": argument.get("type"),
        "description": argument.get("description").and_then(Value::as_str).unwrap_or_default(),
    })
}
