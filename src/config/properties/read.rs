//! Reads a whole property file.

use std::sync::Arc;

use super::{PropertyFile, node, other, source};
use crate::config::context::YamlRenderer;
use crate::config::reader::Reader;
use crate::diagnostics::{Diagnostic, Outcome, SourceFile, suggest};
use crate::yaml::{Yaml, parse_yaml_checked};

const SECTIONS: [&str; 15] = [
    "version",
    "models",
    "seeds",
    "snapshots",
    "sources",
    "macros",
    "data_tests",
    "analyses",
    "exposures",
    "functions",
    "metrics",
    "groups",
    "semantic_models",
    "unit_tests",
    "saved_queries",
];

/// Reads a property file. Entries that have mistakes are left out, and what
/// is wrong is reported.
pub fn read_properties(
    file: &Arc<SourceFile>,
    renderer: &YamlRenderer<'_>,
) -> Outcome<PropertyFile> {
    let (yaml, mut found) = match parse_yaml_checked(file) {
        Ok(read) => read,
        Err(error) => return Outcome::failed(vec![error]),
    };
    if !yaml.is_null() && yaml.entries().is_none() {
        found.push(
            Diagnostic::error("wrong-type", format!("`{}` is no mapping", file.path))
                .at(
                    file,
                    yaml.span.clone(),
                    "sections such as `models:` belong here",
                )
                .because("Dictionary expected at the top of the file."),
        );
        return Outcome::failed(found);
    }
    let reader = Reader::new(file, renderer);
    check_sections(&reader, &yaml);
    let section = |key: &str| {
        let written = yaml.get(key).filter(|section| !section.is_null());
        let items = written.and_then(Yaml::items);
        if let (Some(section), None) = (written, items) {
            found_no_list(&reader, key, section);
        }
        items.unwrap_or_default().iter()
    };
    let nodes = |key: &str, what: &'static str| {
        let items = section(key);
        let mut nodes = Vec::with_capacity(items.len());
        nodes.extend(items.filter_map(|item| node::node(&reader, item, what)));
        nodes
    };
    let semantic = |key: &str, what: &'static str| {
        section(key)
            .filter_map(|item| other::semantic(&reader, item, what))
            .collect()
    };
    let properties = PropertyFile {
        file: Arc::clone(file),
        models: nodes("models", "model"),
        seeds: nodes("seeds", "seed"),
        snapshots: nodes("snapshots", "snapshot"),
        analyses: nodes("analyses", "analysis"),
        singular_tests: nodes("data_tests", "data test"),
        functions: nodes("functions", "function"),
        sources: section("sources")
            .filter_map(|item| source::source(&reader, item))
            .collect(),
        macros: section("macros")
            .filter_map(|item| node::macro_(&reader, item))
            .collect(),
        exposures: section("exposures")
            .filter_map(|item| other::exposure(&reader, item))
            .collect(),
        groups: section("groups")
            .filter_map(|item| other::group(&reader, item))
            .collect(),
        unit_tests: section("unit_tests")
            .filter_map(|item| other::unit_test(&reader, item))
            .collect(),
        metrics: semantic("metrics", "metric"),
        semantic_models: semantic("semantic_models", "semantic model"),
        saved_queries: semantic("saved_queries", "saved query"),
    };
    found.extend(reader.into_found());
    Outcome::with(properties, found)
}

/// Says that a section is no list, as dbt does.
fn found_no_list(reader: &Reader<'_>, key: &str, section: &Yaml) {
    let title = format!("The value of '{key}' is not a list");
    reader.report(
        Diagnostic::error("wrong-type", title)
            .at(
                reader.file,
                section.span.clone(),
                format!("this is {}", section.kind()),
            )
            .hint("begin each entry with `- name:`"),
    );
}

/// Points out sections that look like misspelt known ones.
fn check_sections(reader: &Reader<'_>, yaml: &Yaml) {
    for entry in yaml.entries().unwrap_or_default() {
        if SECTIONS.contains(&entry.key.as_str()) {
            continue;
        }
        if let Some(nearest) = suggest::nearest(&entry.key, SECTIONS) {
            reader.report(
                Diagnostic::warning(
                    "unknown-key",
                    format!("`{}` is no section of a property file", entry.key),
                )
                .at(reader.file, entry.key_span.clone(), "nothing reads it")
                .hint(format!("did you mean `{nearest}`?")),
            );
        }
    }
}
