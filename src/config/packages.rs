//! `packages.yml` and `dependencies.yml`: what a project asks for.

use std::ops::Range;
use std::sync::Arc;

use camino::Utf8Path;
use serde_json::{Map, Value};

use super::context::{EnvVars, YamlRenderer};
use super::reader::{Reader, json_kind};
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::files::{SHIPPED_PACKAGES, World, read_source};
use crate::invocation::Invocation;
use crate::yaml::{Yaml, parse_yaml};

/// The packages that a project asks for.
#[derive(Debug, Clone, Default)]
pub struct PackagesFile {
    /// The file that lists the packages, when there is one.
    pub file: Option<Arc<SourceFile>>,
    pub packages: Vec<PackageSpec>,
    /// Whether packages are listed in `dependencies.yml`.
    pub is_in_dependencies: bool,
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
    /// The entry with its Jinja rendered.
    pub entry: Map<String, Value>,
    /// The entry as written, Jinja unrendered. Empty for entries that do not
    /// come from the root project's file.
    pub unrendered: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageSource {
    Local {
        path: String,
    },
    /// Comes with the program.
    Builtin {
        name: String,
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
    result.is_in_dependencies = with_packages.is_some();
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
            match PackageSpec::of_entry(&value) {
                Ok(spec) => result.packages.push(PackageSpec {
                    span: item.span.clone(),
                    unrendered: unrendered(item),
                    ..spec
                }),
                Err(why) => reader.report(invalid_entry(&file, item, why)),
            }
        }
        found.extend(reader.into_found());
        result.file = Some(file);
    }
    result
}

/// Reads what packages ask for, and the lock file: as dbt, with Jinja that
/// sees the command line's variables and the environment, secrets too.
pub struct PackageReader<'a> {
    world: &'a dyn World,
    current_dir: &'a Utf8Path,
    renderer: YamlRenderer<'static>,
}

impl<'a> PackageReader<'a> {
    pub fn new(invocation: &'a Invocation, world: &'a dyn World) -> Self {
        let env = EnvVars::new(Arc::clone(&invocation.env));
        Self {
            world,
            current_dir: &invocation.current_dir,
            renderer: YamlRenderer::with_secrets(&env, invocation),
        }
    }

    /// Reads the packages that a downloaded package asks for.
    pub fn packages_of(&self, folder: &Utf8Path) -> Result<Vec<PackageSpec>, Diagnostic> {
        let mut chosen = None;
        for name in ["packages.yml", "dependencies.yml"] {
            let path = folder.join(name);
            if !self.world.exists(&path) {
                continue;
            }
            let file = read_source(self.world, self.current_dir, &path)?;
            let yaml = parse_yaml(&file)?;
            if yaml.get("packages").is_some() {
                chosen = Some((file, yaml));
            }
        }
        match chosen {
            Some((file, yaml)) => self.specs(&file, &yaml),
            None => Ok(Vec::new()),
        }
    }

    /// Reads the packages of a lock file.
    pub fn locked(&self, file: &Arc<SourceFile>) -> Result<Vec<PackageSpec>, Diagnostic> {
        self.specs(file, &parse_yaml(file)?)
    }

    fn specs(&self, file: &Arc<SourceFile>, yaml: &Yaml) -> Result<Vec<PackageSpec>, Diagnostic> {
        let Some(list) = yaml.get("packages").filter(|y| !y.is_null()) else {
            return Ok(Vec::new());
        };
        let Some(items) = list.items() else {
            let why = format!("`packages` must be a list, not {}", list.kind());
            return Err(invalid_entry(file, list, why));
        };
        let spec = |item: &Yaml| {
            let mut found = Vec::new();
            let value = self.renderer.value(file, item, &mut found);
            if let Some(error) = found.pop() {
                return Err(error);
            }
            let spec = PackageSpec::of_entry(&value);
            let spec = spec.map_err(|why| invalid_entry(file, item, why))?;
            Ok(PackageSpec {
                span: item.span.clone(),
                unrendered: unrendered(item),
                ..spec
            })
        };
        items.iter().map(spec).collect()
    }
}

fn invalid_entry(file: &Arc<SourceFile>, at: &Yaml, why: String) -> Diagnostic {
    Diagnostic::error("invalid-package", why)
        .at(file, at.span.clone(), "this entry")
        .because(format!(
            "The {} file in this project is malformed.",
            file.path.file_name().unwrap_or_default()
        ))
}

fn unrendered(item: &Yaml) -> Map<String, Value> {
    match item.to_json() {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The keys of each kind of entry; the first one tells the kind.
const KINDS: &[&[&str]] = &[
    &["local", "name"],
    &["builtin", "name"],
    &["tarball", "name"],
    &["git", "revision", "warn-unpinned", "subdirectory", "name"],
    &["package", "version", "install_prerelease", "name"],
    &[
        "private",
        "provider",
        "revision",
        "warn-unpinned",
        "subdirectory",
        "name",
    ],
];

impl PackageSpec {
    /// Reads an entry without a place. The error says what is wrong with it.
    pub fn of_entry(value: &Value) -> Result<Self, String> {
        let Value::Object(entry) = value else {
            return Err(format!(
                "an entry of `packages` must be a mapping, not {}",
                json_kind(value)
            ));
        };
        let kind = KINDS.iter().find(|keys| entry.contains_key(keys[0]));
        let Some(kind) = kind else {
            return Err(
                "an entry of `packages` needs `package`, `git`, `local`, `tarball` or `builtin`"
                    .to_owned(),
            );
        };
        if let Some(other) = entry.keys().find(|key| !kind.contains(&key.as_str())) {
            let mut why = format!("a `{}` package has no `{other}`", kind[0]);
            if let Some(similar) = suggest::nearest(other, kind.iter().copied()) {
                why.push_str(&format!(": is `{similar}` meant?"));
            }
            return Err(why);
        }
        Ok(Self {
            source: source(kind[0], entry)?,
            name: text(entry, "name")?,
            span: 0..0,
            entry: entry.clone(),
            unrendered: Map::new(),
        })
    }
}

fn source(kind: &str, entry: &Map<String, Value>) -> Result<PackageSource, String> {
    let address = match text(entry, kind)?.filter(|text| !text.is_empty()) {
        Some(address) => address,
        None if kind == "package" => {
            return Err(
                "A hub package is missing the value. It is a required property.".to_owned(),
            );
        }
        None => {
            return Err(format!(
                "A {kind} package is missing the value. It is a required property."
            ));
        }
    };
    let warn_unpinned = flag(entry, "warn-unpinned")?;
    Ok(match kind {
        "local" => PackageSource::Local { path: address },
        "builtin" if SHIPPED_PACKAGES.contains(&address.as_str()) => {
            PackageSource::Builtin { name: address }
        }
        "builtin" => {
            return Err(format!(
                "no package `{address}` comes with hcdbt, which has `{}`",
                SHIPPED_PACKAGES.join("`, `")
            ));
        }
        "tarball" => {
            if text(entry, "name")?.is_none() {
                return Err("a `tarball` package needs a `name`".to_owned());
            }
            PackageSource::Tarball { url: address }
        }
        "git" => PackageSource::Git {
            url: address,
            revision: version(entry, "revision")?,
            subdirectory: text(entry, "subdirectory")?,
            warn_unpinned,
        },
        "private" => PackageSource::Private {
            location: address,
            provider: text(entry, "provider")?,
            revision: version(entry, "revision")?,
            subdirectory: text(entry, "subdirectory")?,
            warn_unpinned,
        },
        _ => {
            let versions = versions(entry)?;
            if versions.is_empty() {
                return Err(format!(
                    "{address} is missing the version. When installing from the Hub package index, \
                     version is a required property"
                ));
            }
            if !address.contains('/') {
                return Err(format!(
                    "{address} was not found in the package index. Packages on the index require a \
                     namespace, e.g dbt-labs/dbt_utils"
                ));
            }
            PackageSource::Hub {
                package: address,
                versions,
                install_prerelease: flag(entry, "install_prerelease")?.unwrap_or(false),
            }
        }
    })
}

fn text(entry: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match entry.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(format!(
            "`{key}` of a package must be a text, not {}",
            json_kind(other)
        )),
    }
}

fn flag(entry: &Map<String, Value>, key: &str) -> Result<Option<bool>, String> {
    match entry.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(other) => Err(format!(
            "`{key}` of a package must be true or false, not {}",
            json_kind(other)
        )),
    }
}

/// Reads a version, which may be written as a number.
fn version(entry: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match entry.get(key) {
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        _ => text(entry, key),
    }
}

fn versions(entry: &Map<String, Value>) -> Result<Vec<String>, String> {
    let Some(Value::Array(items)) = entry.get("version") else {
        let version = version(entry, "version")?;
        return Ok(version.filter(|v| !v.is_empty()).into_iter().collect());
    };
    let one = |item: &Value| match item {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(format!(
            "`version` of a package must hold texts, not {}",
            json_kind(other)
        )),
    };
    items.iter().map(one).collect()
}
