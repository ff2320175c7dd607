//! Which model a unit test tests, and one test per version of it.

use indexmap::IndexMap;
use serde_json::Value;

use super::lookup::version_key;
use super::place;
use super::resolve::ResolveContext;
use super::unresolved::describe;
use crate::diagnostics::{Diagnostic, suggest};
use crate::parse::{Disabled, Node, ParsedProject, ResourceType, UniqueId, UnitTest};

/// Resolves the models of all unit tests.
pub(super) fn resolve(
    cx: &ResolveContext<'_>,
    parsed: &mut ParsedProject,
    found: &mut Vec<Diagnostic>,
) {
    let tests = std::mem::take(&mut parsed.unit_tests);
    let mut versioned = Vec::new();
    for (id, mut test) in tests {
        match find_model(cx, parsed, &test) {
            Model::Found(model) => {
                found.extend(incremental_problem(model, &test));
                test.depends_on_nodes = vec![model.unique_id.clone()];
                test.schema.clone_from(&model.schema);
                if model.version_text().is_none() {
                    found.extend(needless_versions(&test));
                    parsed.unit_tests.insert(id, test);
                    continue;
                }
                let expanded = per_version(parsed, model, &test);
                if expanded.is_empty() {
                    found.push(no_version(&test));
                }
                versioned.extend(expanded);
            }
            Model::Disabled => {
                test.config.set("enabled", Value::Bool(false));
                let entry = parsed.disabled.entry(id).or_default();
                entry.push(Disabled::UnitTest(Box::new(test)));
            }
            Model::Wrong(diagnostic) => found.push(*diagnostic),
        }
    }
    // dbt adds the tests of versions after all others.
    for test in versioned {
        parsed.unit_tests.insert(test.unique_id.clone(), test);
    }
}

enum Model<'a> {
    Found(&'a Node),
    Disabled,
    Wrong(Box<Diagnostic>),
}

fn find_model<'a>(
    cx: &ResolveContext<'_>,
    parsed: &'a ParsedProject,
    test: &UnitTest,
) -> Model<'a> {
    let mut words = test.model.split_whitespace();
    let name = words.next().unwrap_or_default();
    let key = match words.next() {
        Some(version) => version_key(name, version),
        None => name.to_owned(),
    };
    let refs = &cx.lookup.refs;
    let package = &test.package_name;
    let place = || place::of_name(&test.file, &test.span, &test.model);
    if let Some(target) = refs.get(&key, package) {
        let node = parsed.nodes.get(&target.id);
        if let Some(node) = node.filter(|n| n.resource_type == ResourceType::Model) {
            return Model::Found(node);
        }
        let place = place();
        let what = describe(target.resource_type, name);
        let title = format!("unit test `{}` tests {what}", test.name);
        return Model::Wrong(Box::new(
            Diagnostic::error("unit-test-of-no-model", title).at(
                &place.file,
                place.range,
                "only models can be unit-tested",
            ),
        ));
    }
    if refs.get_disabled(&key, package).is_some() {
        return Model::Disabled;
    }
    let place = place();
    let title = format!(
        "unit test `{}` tests model `{}`, which does not exist",
        test.name, test.model
    );
    let diagnostic = Diagnostic::error("unknown-ref", title).at(
        &place.file,
        place.range,
        format!("no model of package `{package}` has this name"),
    );
    Model::Wrong(Box::new(
        match suggest::nearest(name, refs.names().filter(|n| !n.contains(".v"))) {
            Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
            None => diagnostic,
        },
    ))
}

/// A test of an incremental model must say which of its two ways it tests.
fn incremental_problem(model: &Node, test: &UnitTest) -> Option<Diagnostic> {
    let is_incremental = model
        .depends_on_macros
        .iter()
        .any(|id| id.as_str() == "macro.dbt.is_incremental");
    if !is_incremental {
        return None;
    }
    let overrides = test.overrides.as_ref().and_then(|o| o.get("macros"));
    let answer = overrides.and_then(|m| m.get("is_incremental"));
    let place = || place::of_definition(&test.file, &test.span);
    let Some(answer) = answer.and_then(Value::as_bool) else {
        let place = place();
        let title = format!(
            "Boolean override for 'is_incremental' must be provided for unit test '{}' in model '{}'",
            test.name, model.name
        );
        return Some(
            Diagnostic::error("unit-test-incremental", title)
                .at(&place.file, place.range, "in this test")
                .hint("add `overrides: {macros: {is_incremental: true}}`, or `false`"),
        );
    };
    let has_this = test
        .given
        .iter()
        .any(|given| given.get("input").and_then(Value::as_str) == Some("this"));
    if answer && !has_this {
        let place = place();
        let title = format!(
            "Unit test '{}' for incremental model '{}' must have a 'this' input",
            test.name, model.name
        );
        return Some(
            Diagnostic::error("unit-test-incremental", title)
                .at(&place.file, place.range, "in this test")
                .hint("add `- input: this` with `rows:` to `given:`"),
        );
    }
    None
}

fn version_list<'t>(test: &'t UnitTest, key: &str) -> Option<&'t Vec<Value>> {
    let list = test.versions.as_ref()?.get(key)?.as_array()?;
    (!list.is_empty()).then_some(list)
}

fn needless_versions(test: &UnitTest) -> Option<Diagnostic> {
    version_list(test, "include").or_else(|| version_list(test, "exclude"))?;
    let place = place::of_definition(&test.file, &test.span);
    let title = format!(
        "unit test `{}` names versions, but model `{}` has none",
        test.name, test.model
    );
    Some(
        Diagnostic::error("unit-test-versions", title)
            .at(&place.file, place.range, "in this test")
            .hint("take out `versions:`"),
    )
}

/// Makes a test for each version of the model that it is meant for.
fn per_version(parsed: &ParsedProject, model: &Node, test: &UnitTest) -> Vec<UnitTest> {
    let include = version_list(test, "include");
    let exclude = version_list(test, "exclude");
    let is_meant = |version: &Value| match (&test.versions, exclude, include) {
        (None, ..) => true,
        (_, Some(exclude), _) => !exclude.contains(version),
        (_, _, Some(include)) => include.contains(version),
        _ => false,
    };
    let versions: IndexMap<&UniqueId, &Value> = parsed
        .nodes
        .values()
        .filter(|n| n.name == model.name && n.package_name == model.package_name)
        .filter_map(|n| Some((&n.unique_id, n.model()?.version.as_ref()?)))
        .filter(|(_, version)| is_meant(version))
        .collect();
    versions
        .into_iter()
        .map(|(id, version)| {
            let mut copy = test.clone();
            copy.unique_id = UniqueId::from(format!(
                "unit_test.{}.{}.{}_v{}",
                test.package_name,
                test.model,
                test.name,
                crate::parse::version_text(version)
            ));
            copy.depends_on_nodes = vec![id.clone()];
            copy.version = Some(version.clone());
            copy
        })
        .collect()
}

fn no_version(test: &UnitTest) -> Diagnostic {
    let place = place::of_definition(&test.file, &test.span);
    let title = format!(
        "unit test `{}` is for no version of model `{}`",
        test.name, test.model
    );
    Diagnostic::error("unit-test-versions", title)
        .at(&place.file, place.range, "in this test")
        .hint("name a version that exists under `versions:`, or take it out")
}
