//! `catalogs.yml`: the catalogs outside of the database that models could be
//! written into.
//!
//! dbt-duckdb supports no type of catalog, so the file can only be right when
//! it lists none. What it says is checked as dbt checks it, so that a mistake
//! is told before the message that there are no catalogs on DuckDB.

use serde_json::Value;

use super::context::{EnvVars, YamlRenderer};
use super::load::LoadedProject;
use super::reader::Reader;
use crate::diagnostics::Diagnostic;
use crate::files::{World, read_source};
use crate::invocation::Invocation;
use crate::yaml::{Yaml, parse_yaml};

const CATALOG_KEYS: [&str; 3] = ["name", "active_write_integration", "write_integrations"];
const INTEGRATION_KEYS: [&str; 7] = [
    "name",
    "catalog_type",
    "catalog_name",
    "table_format",
    "external_volume",
    "file_format",
    "adapter_properties",
];

/// Finds what is wrong with the project's `catalogs.yml`, when there is one.
pub fn check_catalogs(
    project: &LoadedProject,
    invocation: &Invocation,
    world: &dyn World,
) -> Vec<Diagnostic> {
    let path = project.root().root.join("catalogs.yml");
    if !world.exists(&path) {
        return Vec::new();
    }
    let read = read_source(world, &project.current_dir, &path)
        .and_then(|file| parse_yaml(&file).map(|yaml| (file, yaml)));
    let (file, yaml) = match read {
        Ok(read) => read,
        Err(error) => return vec![error],
    };
    let env = EnvVars::new(std::sync::Arc::clone(&invocation.env));
    let renderer = YamlRenderer::with_secrets(&env, invocation);
    let reader = Reader::new(&file, &renderer);
    check(&reader, &yaml);
    reader.into_found()
}

fn check(reader: &Reader<'_>, yaml: &Yaml) {
    if yaml.is_null() {
        let title = format!("The file at {} is empty", reader.file.path);
        reader.report(
            Diagnostic::error("invalid-catalogs", title)
                .hint("list catalogs under `catalogs:`, or remove the file"),
        );
        return;
    }
    let Some(entries) = reader.entries("catalogs.yml", Some(yaml)) else {
        return;
    };
    let catalogs = entries.iter().find(|entry| entry.key == "catalogs");
    let catalogs = reader.list("catalogs", catalogs.map(|entry| &entry.value));
    for catalog in catalogs.unwrap_or_default() {
        check_catalog(reader, catalog);
    }
}

fn check_catalog(reader: &Reader<'_>, catalog: &Yaml) {
    let Some(name) = named(reader, "catalog", catalog, &CATALOG_KEYS) else {
        return;
    };
    let list = catalog.get("write_integrations");
    let mut integrations: Vec<Integration> = Vec::new();
    for item in reader.list("write_integrations", list).unwrap_or_default() {
        let Some(integration) = integration(reader, item) else {
            return;
        };
        if integrations.iter().any(|i| i.name == integration.name) {
            reader.report(invalid(
                reader,
                item,
                format!(
                    "Catalog '{name}' cannot have multiple 'write_integrations' with the same \
                     name: '{}'.",
                    integration.name
                ),
            ));
            return;
        }
        integrations.push(integration);
    }
    let names: Vec<&str> = integrations.iter().map(|i| i.name.as_str()).collect();
    let said = catalog.get("active_write_integration");
    let said = reader.text("active_write_integration", said);
    let active = match said.filter(|said| !said.is_empty()) {
        Some(said) => integrations.iter().find(|i| i.name == said).ok_or_else(|| {
            format!(
                "Catalog '{name}' must specify an 'active_write_integration' from its set of \
                 defined 'write_integrations': ['{}']. Got: '{said}'.",
                names.join("', '")
            )
        }),
        None => match integrations.as_slice() {
            [only] => Ok(only),
            _ => Err(format!(
                "Catalog '{name}' must specify an 'active_write_integration' when multiple \
                 'write_integrations' are provided."
            )),
        },
    };
    reader.report(match active {
        Ok(active) => invalid(
            reader,
            catalog,
            format!(
                "Catalog type is not supported. Received: {}",
                active.catalog_type
            ),
        )
        .because("DuckDB has no catalogs that models are written into")
        .hint("remove the catalog, or attach the database by `attach:` in `profiles.yml`"),
        Err(title) => invalid(reader, catalog, title),
    });
}

struct Integration {
    name: String,
    catalog_type: String,
}

fn integration(reader: &Reader<'_>, yaml: &Yaml) -> Option<Integration> {
    Some(Integration {
        name: named(reader, "write integration", yaml, &INTEGRATION_KEYS)?,
        catalog_type: required(reader, "write integration", yaml, "catalog_type")?,
    })
}

/// Returns the name of a mapping that has one, and no other keys than `keys`.
fn named(reader: &Reader<'_>, what: &str, yaml: &Yaml, keys: &[&str]) -> Option<String> {
    let entries = reader.entries(what, Some(yaml))?;
    for entry in entries {
        if !keys.contains(&entry.key.as_str()) {
            let title = format!("a {what} has no key `{}`", entry.key);
            reader.report(
                Diagnostic::error("invalid-catalogs", title)
                    .at(reader.file, entry.key_span.clone(), "this key")
                    .hint(format!("the keys are `{}`", keys.join("`, `"))),
            );
            return None;
        }
    }
    required(reader, what, yaml, "name")
}

fn required(reader: &Reader<'_>, what: &str, yaml: &Yaml, key: &str) -> Option<String> {
    if let Some(value) = yaml.get(key) {
        return match reader.value(value) {
            Value::String(text) => Some(text),
            Value::Null if !value.is_null() => None,
            _ => {
                reader.wrong(key, "a text", value);
                None
            }
        };
    }
    let title = format!("'{key}' is a required property of a {what}");
    reader.report(invalid(reader, yaml, title));
    None
}

fn invalid(reader: &Reader<'_>, yaml: &Yaml, title: String) -> Diagnostic {
    Diagnostic::error("invalid-catalogs", title).at(reader.file, yaml.span.clone(), "here")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::check_catalogs;
    use crate::config::load_project;
    use crate::config::testing;

    fn check(catalogs: &str, expected: &[&str]) {
        let world = testing::world(&format!("-- catalogs.yml\n{catalogs}"));
        let invocation = testing::invocation();
        let project = load_project(&invocation, &world).value.expect("a project");
        let found = check_catalogs(&project, &invocation, &world);
        let titles: Vec<&str> = found.iter().map(|found| found.title.as_str()).collect();
        assert_eq!(titles, expected, "{catalogs}");
    }

    #[test]
    fn catalogs_are_checked_as_dbt_does() {
        let one = "{name: a, catalog_type: iceberg}";
        let other = "{name: b, catalog_type: rest, adapter_properties: {x: 1}}";
        let two = format!("{one}, {other}");
        let catalog = |keys: &str| format!("catalogs:\n  - {{name: lake, {keys}}}\n");
        check("catalogs: []\n", &[]);
        check("other: 1\n", &[]);
        check("", &["The file at catalogs.yml is empty"]);
        check("catalogs: 5\n", &["`catalogs` must be a list"]);
        check(
            "catalogs:\n  - {write_integrations: []}\n",
            &["'name' is a required property of a catalog"],
        );
        check(
            &catalog("write_integrations: [{name: a}]"),
            &["'catalog_type' is a required property of a write integration"],
        );
        check(
            &catalog("write_integrations: [], volume: x"),
            &["a catalog has no key `volume`"],
        );
        let unset = "Catalog 'lake' must specify an 'active_write_integration' when multiple \
                     'write_integrations' are provided.";
        check(&catalog("write_integrations: []"), &[unset]);
        check(&catalog(&format!("write_integrations: [{two}]")), &[unset]);
        check(
            &catalog(&format!("write_integrations: [{one}, {one}]")),
            &["Catalog 'lake' cannot have multiple 'write_integrations' with the same name: 'a'."],
        );
        check(
            &catalog(&format!(
                "write_integrations: [{two}], active_write_integration: c"
            )),
            &[
                "Catalog 'lake' must specify an 'active_write_integration' from its set of defined \
               'write_integrations': ['a', 'b']. Got: 'c'.",
            ],
        );
        check(
            &catalog(&format!(
                "write_integrations: [{two}], active_write_integration: b"
            )),
            &["Catalog type is not supported. Received: rest"],
        );
    }
}
