//! `packages.yml` and `dependencies.yml`: what a project asks for.

use std::ops::Range;
use std::sync::Arc;

use camino::Utf8Path;
use serde_json::{Map, Value};

use super::context::YamlRenderer;
use super::reader::{Reader, json_kind};
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::files::{World, read_source};
use crate::yaml::{Yaml, parse_yaml};

/// The packages that a project asks for.
#[derive(Debug, Clone, Default)]
pub struct PackagesFile {
    /// The file that lists the packages, when there is one.
    pub file: Option<Arc<SourceFile>>,
    pub packages: Vec<PackageSpec>,
    /// `projects:` of `dependencies.yml`.
    pub projects: Vec<Value>,
}

/// One entry of `packages:`.
#[derive(Debug, Clone)]
pub struct PackageSpec {
    pub source: PackageSource,
    pub name: Option<String>,
    /// The entry's place in the file.
    pub span: Range<usize>,
    /// The entry as written, Jinja unrendered.
    pub unrendered: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageSource {
    Local {
        path: String,
    },
    Git {
        url: String,
        revision: Option<String>,
        subdirectory: Option<String>,
        warn_unpinned: Option<bool>,
    },
    Tarball {
        url: String,
    },
    Hub {
        package: String,
        versions: Vec<String>,
        install_prerelease: bool,
    },
    Private {
        location: String,
        provider: Option<String>,
        revision: Option<String>,
        subdirectory: Option<String>,
        warn_unpinned: Option<bool>,
    },
}

/// Reads the packages of the project in a folder.
pub(super) fn read_packages(
    world: &dyn World,
    current_dir: &Utf8Path,
    root: &Utf8Path,
    renderer: &YamlRenderer<'_>,
    found: &mut Vec<Diagnostic>,
) -> PackagesFile {
    let mut read = |name: &str| -> Option<(Arc<SourceFile>, Yaml)> {
        let path = root.join(name);
        if !world.exists(&path) {
            return None;
        }
        let file = read_source(world, current_dir, &path);
        let file = file.map_err(|error| found.push(error)).ok()?;
        let yaml = parse_yaml(&file).map_err(|error| found.push(error)).ok()?;
        (!yaml.is_null()).then_some((file, yaml))
    };
    let packages = read("packages.yml");
    let dependencies = read("dependencies.yml");
    let mut result = PackagesFile::default();
    if let Some((file, yaml)) = &dependencies {
        if let Some(projects) = yaml.get("projects") {
            result.projects = match projects.to_json() {
                Value::Array(projects) => projects,
                _ => Vec::new(),
            };
        }
        if let (Some(own), Some((other, other_yaml))) = (yaml.entry("packages"), &packages)
            && let Some(entry) = other_yaml.entry("packages")
        {
            found.push(
                Diagnostic::error("duplicate-packages", "packages are listed in two files")
                    .at(other, entry.key_span.clone(), "here")
                    .at(file, own.key_span.clone(), "and here")
                    .hint("move all of them to one of the two"),
            );
        }
    }
    if let Some((file, yaml)) = &packages
        && let Some(entry) = yaml.entry("projects")
    {
        found.push(
            Diagnostic::error(
                "projects-in-packages",
                format!("`projects:` cannot stand in `{}`", file.path),
            )
            .at(file, entry.key_span.clone(), "its place is elsewhere")
            .hint("move it to `dependencies.yml`"),
        );
    }
    // dbt renders packages.yml, but not dependencies.yml.
    let with_packages = dependencies.filter(|(_, yaml)| yaml.get("packages").is_some());
    let (is_rendered, chosen) = match with_packages {
        Some(chosen) => (false, Some(chosen)),
        None => (true, packages),
    };
    if let Some((file, yaml)) = chosen {
        let reader = Reader::new(&file, renderer);
        for item in reader
            .list("packages", yaml.get("packages"))
            .unwrap_or_default()
        {
            let value = if is_rendered {
                reader.value(item)
            } else {
                item.to_json()
            };
            match package_spec(&value, item) {
                Ok(spec) => result.packages.push(spec),
                Err(why) => reader.report(Diagnostic::error("invalid-package", why).at(
                    &file,
                    item.span.clone(),
                    "this entry",
                )),
            }
        }
        found.extend(reader.into_found());
        result.file = Some(file);
    }
    result
}

/// Reads the packages that a downloaded package asks for, as written.
pub fn read_specs(file: &Arc<SourceFile>) -> Result<Vec<PackageSpec>, Diagnostic> {
    let yaml = parse_yaml(file)?;
    let Some(list) = yaml.get("packages").filter(|y| !y.is_null()) else {
        return Ok(Vec::new());
    };
    let invalid = |why: String, at: &Yaml| {
        Diagnostic::error("invalid-package", why).at(file, at.span.clone(), "written here")
    };
    let Some(items) = list.items() else {
        let why = format!("`packages` must be a list, not {}", list.kind());
        return Err(invalid(why, list));
    };
    items
        .iter()
        .map(|item| package_spec(&item.to_json(), item).map_err(|why| invalid(why, item)))
        .collect()
}

fn package_spec(value: &Value, yaml: &Yaml) -> Result<PackageSpec, String> {
    let Value::Object(entry) = value else {
        return Err(format!(
            "an entry of `packages` must be a mapping, not {}",
            json_kind(value)
        ));
    };
    let text = |key: &str| -> Option<String> {
        match entry.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    };
    let required = |key: &str| -> Result<String, String> {
        text(key)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| format!("`{key}` of a package must be a text"))
    };
    let flag = |key: &str| entry.get(key).and_then(Value::as_bool);
    let warn_unpinned = flag("warn-unpinned").or_else(|| flag("warn_unpinned"));
    let source = if entry.contains_key("local") {
        PackageSource::Local {
            path: required("local")?,
        }
    } else if entry.contains_key("git") {
        PackageSource::Git {
            url: required("git")?,
            revision: text("revision"),
            subdirectory: text("subdirectory"),
            warn_unpinned,
        }
    } else if entry.contains_key("tarball") {
        if text("name").is_none() {
            return Err("a `tarball` package needs a `name`".to_owned());
        }
        PackageSource::Tarball {
            url: required("tarball")?,
        }
    } else if entry.contains_key("private") {
        PackageSource::Private {
            location: required("private")?,
            provider: text("provider"),
            revision: text("revision"),
            subdirectory: text("subdirectory"),
            warn_unpinned,
        }
    } else if entry.contains_key("package") {
        let package = required("package")?;
        if !package.contains('/') {
            return Err(format!(
                "`{package}` needs its namespace before it, as in `dbt-labs/dbt_utils`"
            ));
        }
        PackageSource::Hub {
            versions: versions(entry.get("version"))
                .ok_or_else(|| format!("package `{package}` needs a `version`"))?,
            package,
            install_prerelease: flag("install_prerelease")
                .or_else(|| flag("install-prerelease"))
                .unwrap_or(false),
        }
    } else {
        return Err(
            "an entry of `packages` needs `package`, `git`, `local` or `tarball`".to_owned(),
        );
    };
    Ok(PackageSpec {
        source,
        name: text("name"),
        span: yaml.span.clone(),
        unrendered: match yaml.to_json() {
            Value::Object(map) => map,
            _ => Map::new(),
        },
    })
}

fn versions(value: Option<&Value>) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value? {
        Value::Array(items) => items.iter().map(text).collect(),
        one => text(one).map(|version| vec![version]),
    }
}
