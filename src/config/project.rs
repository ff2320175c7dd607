//! `dbt_project.yml`.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value, json};

use super::context::YamlRenderer;
use super::packages::PackagesFile;
use super::reader::Reader;
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::event::kinds;
use crate::files::{World, read_source};
use crate::yaml::{Yaml, YamlEntry, parse_yaml, parse_yaml_checked};

/// A project file with its defaults filled in and its values rendered.
#[derive(Debug)]
pub struct Project {
    pub name: Arc<str>,
    pub version: Option<String>,
    pub profile: Option<String>,
    pub model_paths: Vec<String>,
    pub macro_paths: Vec<String>,
    pub seed_paths: Vec<String>,
    pub test_paths: Vec<String>,
    pub analysis_paths: Vec<String>,
    pub docs_paths: Vec<String>,
    pub asset_paths: Vec<String>,
    pub snapshot_paths: Vec<String>,
    pub function_paths: Vec<String>,
    pub target_path: String,
    pub log_path: String,
    pub packages_install_path: String,
    pub clean_targets: Vec<String>,
    pub require_dbt_version: Vec<String>,
    pub quoting: Quoting,
    pub dispatch: Vec<Dispatch>,
    /// As written; `Vars` of the loaded project answers look-ups.
    pub vars: Map<String, Value>,
    /// Which of them YAML takes to be dates, as [`Yaml::dates`] says it.
    pub var_dates: BTreeSet<String>,
    pub flags: Map<String, Value>,
    /// As written, because it is rendered for every query. None when the
    /// project says nothing, and the default comment is used.
    pub query_comment: Option<Value>,
    pub on_run_start: Vec<Hook>,
    pub on_run_end: Vec<Hook>,
    pub configs: ConfigTrees,
    pub unrendered_configs: ConfigTrees,
    pub restrict_access: bool,
    pub dbt_cloud: Map<String, Value>,
    pub packages: PackagesFile,
    pub selectors: Option<SelectorsFile>,
    pub file: Arc<SourceFile>,
    pub yaml: Yaml,
}

/// `selectors.yml`: as written, for places, and rendered.
#[derive(Debug, Clone)]
pub struct SelectorsFile {
    pub file: Arc<SourceFile>,
    pub yaml: Yaml,
    pub value: Value,
}

/// An entry of `on-run-start` or `on-run-end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    pub sql: String,
    /// Its place in `dbt_project.yml`.
    pub span: std::ops::Range<usize>,
}

/// `quoting:` of a project; unset parts are the adapter's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quoting {
    pub database: Option<bool>,
    pub schema: Option<bool>,
    pub identifier: Option<bool>,
}

impl Quoting {
    /// Returns the quoting as the manifest's metadata shows it, with DuckDB's
    /// defaults for what the project leaves open.
    pub fn to_manifest(self) -> Value {
        json!({
            "database": self.database.unwrap_or(true),
            "schema": self.schema.unwrap_or(true),
            "identifier": self.identifier.unwrap_or(true),
            "column": null,
        })
    }
}

/// One entry of `dispatch:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    pub macro_namespace: String,
    pub search_order: Vec<String>,
}

/// The config blocks of a project file, one per kind of resource.
#[derive(Debug, Clone, Default)]
pub struct ConfigTrees {
    pub models: Map<String, Value>,
    pub seeds: Map<String, Value>,
    pub snapshots: Map<String, Value>,
    pub sources: Map<String, Value>,
    pub data_tests: Map<String, Value>,
    pub unit_tests: Map<String, Value>,
    pub exposures: Map<String, Value>,
    pub metrics: Map<String, Value>,
    pub semantic_models: Map<String, Value>,
    pub saved_queries: Map<String, Value>,
    pub functions: Map<String, Value>,
}

/// Every key that may stand at the top of `dbt_project.yml`.
const KEYS: [&str; 43] = [
    "name",
    "config-version",
    "version",
    "project-root",
    "source-paths",
    "model-paths",
    "macro-paths",
    "data-paths",
    "seed-paths",
    "test-paths",
    "analysis-paths",
    "docs-paths",
    "asset-paths",
    "function-paths",
    "target-path",
    "snapshot-paths",
    "clean-targets",
    "profile",
    "log-path",
    "packages-install-path",
    "quoting",
    "on-run-start",
    "on-run-end",
    "require-dbt-version",
    "dispatch",
    "models",
    "seeds",
    "snapshots",
    "analyses",
    "sources",
    "tests",
    "data_tests",
    "unit_tests",
    "metrics",
    "semantic-models",
    "saved-queries",
    "exposures",
    "functions",
    "vars",
    "packages",
    "query-comment",
    "restrict-access",
    "flags",
];

/// Names that templates use for something else.
const RESERVED_NAMES: [&str; 38] = [
    "_sql_results",
    "adapter",
    "api",
    "column",
    "config",
    "context",
    "database",
    "env",
    "env_var",
    "exceptions",
    "execute",
    "flags",
    "fromjson",
    "fromyaml",
    "graph",
    "invocation_id",
    "load_agate_table",
    "load_result",
    "log",
    "model",
    "modules",
    "post_hooks",
    "pre_hooks",
    "ref",
    "render",
    "return",
    "run_started_at",
    "schema",
    "source",
    "sql",
    "sql_now",
    "store_result",
    "store_raw_result",
    "target",
    "this",
    "tojson",
    "toyaml",
    "var",
];

/// A project file that was read but not yet rendered: rendering needs the
/// target, and which profile has it is written here.
pub(super) struct RawProject {
    pub file: Arc<SourceFile>,
    pub yaml: Yaml,
    pub warnings: Vec<Diagnostic>,
}

impl RawProject {
    /// Reads the project file of a folder.
    pub fn read(
        world: &dyn World,
        current_dir: &Utf8Path,
        root: &Utf8Path,
    ) -> Result<Self, Diagnostic> {
        let path = root.join("dbt_project.yml");
        let file = read_source(world, current_dir, &path)?;
        let (yaml, warnings) = parse_yaml_checked(&file)?;
        if yaml.entries().is_none() {
            return Err(Diagnostic::error(
                "invalid-project",
                format!("`{}` is no mapping", file.path),
            )
            .at(
                &file,
                yaml.span.clone(),
                "keys such as `name:` and `profile:` belong here",
            ));
        }
        Ok(Self {
            file,
            yaml,
            warnings,
        })
    }
}

/// Renders and checks a project file.
pub(super) fn read_project_file(
    raw: RawProject,
    renderer: &YamlRenderer<'_>,
    packages: PackagesFile,
    selectors: Option<(Arc<SourceFile>, Yaml)>,
    found: &mut Vec<Diagnostic>,
) -> Option<Project> {
    let RawProject {
        file,
        yaml,
        warnings,
    } = raw;
    found.extend(warnings);
    let reader = Reader::new(&file, renderer);
    check_keys(&reader, yaml.entries().unwrap_or_default());
    let name = project_name(&reader, &yaml);
    let paths = |key: &str, old: Option<&str>, default: &str| -> Vec<String> {
        let entry = yaml.get(key).or_else(|| yaml.get(old?));
        let paths = reader.texts(key, entry);
        paths.unwrap_or_else(|| vec![default.to_owned()])
    };
    let text_or = |key: &str, default: &str| -> String {
        reader
            .text(key, yaml.get(key))
            .unwrap_or_else(|| default.to_owned())
    };
    let model_paths = paths("model-paths", Some("source-paths"), "models");
    let seed_paths = paths("seed-paths", Some("data-paths"), "seeds");
    let snapshot_paths = paths("snapshot-paths", None, "snapshots");
    let analysis_paths = paths("analysis-paths", None, "analyses");
    let macro_paths = paths("macro-paths", None, "macros");
    let test_paths = paths("test-paths", None, "tests");
    let function_paths = paths("function-paths", None, "functions");
    let all_source_paths = distinct([
        &model_paths,
        &seed_paths,
        &snapshot_paths,
        &analysis_paths,
        &macro_paths,
        &test_paths,
        &function_paths,
    ]);
    let target_path = text_or("target-path", "target");
    let mut project = Project {
        name: name.clone().unwrap_or_default().into(),
        version: version(&reader, yaml.get("version")),
        profile: reader.text("profile", yaml.get("profile")),
        docs_paths: reader
            .texts("docs-paths", yaml.get("docs-paths"))
            .unwrap_or(all_source_paths),
        asset_paths: reader
            .texts("asset-paths", yaml.get("asset-paths"))
            .unwrap_or_default(),
        clean_targets: reader
            .texts("clean-targets", yaml.get("clean-targets"))
            .unwrap_or_else(|| vec![target_path.clone()]),
        log_path: text_or("log-path", "logs"),
        packages_install_path: text_or("packages-install-path", "dbt_packages"),
        require_dbt_version: required_versions(&reader, &yaml),
        quoting: quoting(&reader, yaml.get("quoting")),
        dispatch: dispatch(&reader, yaml.get("dispatch")),
        vars: raw_map(&reader, "vars", yaml.get("vars")),
        var_dates: yaml.get("vars").map(Yaml::dates).unwrap_or_default(),
        flags: reader.map("flags", yaml.get("flags")).unwrap_or_default(),
        query_comment: yaml.get("query-comment").map(Yaml::to_json),
        on_run_start: hooks(&reader, "on-run-start", yaml.get("on-run-start")),
        on_run_end: hooks(&reader, "on-run-end", yaml.get("on-run-end")),
        configs: rendered_configs(&reader, &yaml),
        unrendered_configs: unrendered_configs(&yaml),
        restrict_access: reader
            .bool("restrict-access", yaml.get("restrict-access"))
            .unwrap_or(false),
        dbt_cloud: dbt_cloud(&reader, yaml.get("dbt-cloud")),
        model_paths,
        macro_paths,
        seed_paths,
        test_paths,
        analysis_paths,
        snapshot_paths,
        function_paths,
        target_path,
        packages,
        selectors: None,
        file: Arc::clone(&file),
        yaml: Yaml {
            value: crate::yaml::YamlValue::Null,
            span: 0..0,
        },
    };
    found.extend(reader.into_found());
    project.yaml = yaml;
    project.selectors = selectors.map(|(file, yaml)| SelectorsFile {
        value: renderer.value(&file, &yaml, found),
        file,
        yaml,
    });
    name.is_some().then_some(project)
}

impl Project {
    /// Makes the project of a package that comes with the binary.
    pub(super) fn builtin(name: &str) -> Self {
        let one = |path: &str| vec![path.to_owned()];
        Self {
            name: name.into(),
            version: None,
            profile: None,
            model_paths: one("models"),
            macro_paths: one("macros"),
            seed_paths: one("seeds"),
            test_paths: one("tests"),
            analysis_paths: one("analyses"),
            docs_paths: one("docs"),
            asset_paths: Vec::new(),
            snapshot_paths: one("snapshots"),
            function_paths: one("functions"),
            target_path: "target".to_owned(),
            log_path: "logs".to_owned(),
            packages_install_path: "dbt_packages".to_owned(),
            clean_targets: Vec::new(),
            require_dbt_version: Vec::new(),
            quoting: Quoting::default(),
            dispatch: Vec::new(),
            vars: Map::new(),
            var_dates: BTreeSet::new(),
            flags: Map::new(),
            query_comment: None,
            on_run_start: Vec::new(),
            on_run_end: Vec::new(),
            configs: ConfigTrees::default(),
            unrendered_configs: ConfigTrees::default(),
            restrict_access: false,
            dbt_cloud: Map::new(),
            packages: PackagesFile::default(),
            selectors: None,
            file: SourceFile::new(format!("{name}/dbt_project.yml"), ""),
            yaml: Yaml {
                value: crate::yaml::YamlValue::Null,
                span: 0..0,
            },
        }
    }

    /// Lists the folders that may hold property files, each once.
    pub fn all_source_paths(&self) -> Vec<String> {
        distinct([
            &self.model_paths,
            &self.seed_paths,
            &self.snapshot_paths,
            &self.analysis_paths,
            &self.macro_paths,
            &self.test_paths,
            &self.function_paths,
        ])
    }

    /// Returns the search order that `dispatch:` gives a namespace.
    pub fn search_order(&self, macro_namespace: &str) -> Option<&[String]> {
        let entry = self
            .dispatch
            .iter()
            .find(|d| d.macro_namespace == macro_namespace)?;
        Some(&entry.search_order)
    }

    /// Returns the place of a top-level key.
    pub fn key_span(&self, key: &str) -> std::ops::Range<usize> {
        self.yaml.entry(key).map_or(0..0, |e| e.key_span.clone())
    }
}

/// Reads `selectors.yml`, when there is one.
pub(super) fn read_selectors(
    world: &dyn World,
    current_dir: &Utf8Path,
    root: &Utf8Path,
    found: &mut Vec<Diagnostic>,
) -> Option<(Arc<SourceFile>, Yaml)> {
    let path: Utf8PathBuf = root.join("selectors.yml");
    if !world.exists(&path) {
        return None;
    }
    let file = read_source(world, current_dir, &path)
        .map_err(|error| found.push(error))
        .ok()?;
    let yaml = parse_yaml(&file).map_err(|error| found.push(error)).ok()?;
    Some((file, yaml))
}

fn distinct<const N: usize>(lists: [&Vec<String>; N]) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for path in lists.into_iter().flatten() {
        let path = path.trim_end_matches('/');
        if !paths.iter().any(|known| known == path) {
            paths.push(path.to_owned());
        }
    }
    paths
}

/// Reads the project's own version: a number, or a version of two or three.
fn version(reader: &Reader<'_>, yaml: Option<&Yaml>) -> Option<String> {
    let text = reader.text_or_number("version", yaml)?;
    let yaml = yaml?;
    if yaml.as_str().is_some() && !is_version(&text) {
        reader.report(
            schema_violation("version", &text)
                .at(reader.file, yaml.span.clone(), "no version")
                .hint("write two or three numbers: '1.0', '1.0.0'"),
        );
    }
    Some(text)
}

/// Tells whether a text is a semantic version; its third number can be left
/// out, and only with it there can be more.
fn is_version(text: &str) -> bool {
    let is_number = |part: &str| {
        let is_digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        is_digits && (part == "0" || !part.starts_with('0'))
    };
    let mut parts = text.splitn(3, '.');
    let (Some(major), Some(minor)) = (parts.next(), parts.next()) else {
        return false;
    };
    if !is_number(major) || !is_number(minor) {
        return false;
    }
    let Some(rest) = parts.next() else {
        return true;
    };
    let (rest, build) = rest
        .split_once('+')
        .map_or((rest, None), |(a, b)| (a, Some(b)));
    let (patch, pre) = rest
        .split_once('-')
        .map_or((rest, None), |(a, b)| (a, Some(b)));
    let is_word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let is_pre = |part: &str| {
        is_word(part) && (is_number(part) || !part.bytes().all(|b| b.is_ascii_digit()))
    };
    is_number(patch)
        && pre.is_none_or(|pre| pre.split('.').all(is_pre))
        && build.is_none_or(|build| build.split('.').all(is_word))
}

fn dbt_cloud(reader: &Reader<'_>, yaml: Option<&Yaml>) -> Map<String, Value> {
    let yaml = yaml.filter(|yaml| !yaml.is_null());
    if let Some(text) = yaml.and_then(Yaml::as_str) {
        let span = yaml.map_or(0..0, |yaml| yaml.span.clone());
        reader.report(schema_violation("dbt-cloud", text).at(
            reader.file,
            span,
            "this must be a mapping",
        ));
        return Map::new();
    }
    reader.map("dbt-cloud", yaml).unwrap_or_default()
}

fn schema_violation(key: &str, value: &str) -> Diagnostic {
    Diagnostic::error(
        "wrong-type",
        format!("at path ['{key}']: '{value}' is not valid under any of the given schemas"),
    )
}

/// Tells whether a key has a new name or is better set elsewhere.
fn old_key(entry: &YamlEntry, entries: &[YamlEntry]) -> Option<Diagnostic> {
    let key = entry.key.as_str();
    let renamed = |new: &str, kind| {
        if entries.iter().any(|other| other.key == new) {
            return Diagnostic::error(
                "duplicate-key",
                format!("{key} and {new} cannot both be defined"),
            )
            .hint(format!("move all of it to `{new}`"));
        }
        let title = format!("The `{key}` config has been renamed to `{new}`.");
        let data = json!({"deprecated_path": key, "exp_path": new});
        Diagnostic::warning("deprecated-key", title)
            .hint(format!("write `{new}`"))
            .as_event(kind, data)
    };
    let elsewhere = |default: &str, kind| {
        if entry.value.as_str() == Some(default) {
            return None;
        }
        let flag = key.to_uppercase().replace('-', "_");
        let title = format!(
            "The `{key}` config in `dbt_project.yml` has been deprecated, and will no longer be supported."
        );
        Some(
            Diagnostic::warning("deprecated-key", title)
                .hint(format!("use `--{key}` or the variable `DBT_{flag}`"))
                .as_event(kind, json!({"deprecated_path": key})),
        )
    };
    match key {
        "source-paths" => Some(renamed("model-paths", kinds::CONFIG_SOURCE_PATH)),
        "data-paths" => Some(renamed("seed-paths", kinds::CONFIG_DATA_PATH)),
        "log-path" => elsewhere("logs", kinds::CONFIG_LOG_PATH),
        "target-path" => elsewhere("target", kinds::CONFIG_TARGET_PATH),
        _ => None,
    }
}

fn check_keys(reader: &Reader<'_>, entries: &[YamlEntry]) {
    for entry in entries {
        let key = entry.key.as_str();
        if KEYS.contains(&key) || key == "dbt-cloud" {
            if let Some(old) = old_key(entry, entries) {
                reader.report(old.at(reader.file, entry.key_span.clone(), "deprecated"));
            }
            continue;
        }
        let dashed = key.replace('_', "-");
        let underscored = key.replace('-', "_");
        let nearest = KEYS
            .into_iter()
            .find(|k| *k == dashed || *k == underscored)
            .or_else(|| suggest::nearest(key, KEYS));
        let diagnostic = Diagnostic::error(
            "unknown-key",
            format!("Additional properties are not allowed ('{key}' was unexpected)"),
        )
        .at(
            reader.file,
            entry.key_span.clone(),
            format!("no key of `{}`", reader.file.path),
        );
        reader.report(match nearest {
            Some(nearest) => diagnostic.hint(format!("did you mean `{nearest}`?")),
            None => diagnostic.hint("values of your own belong under `vars:`"),
        });
    }
}

fn project_name(reader: &Reader<'_>, yaml: &Yaml) -> Option<String> {
    let Some(entry) = yaml.entry("name").filter(|e| !e.value.is_null()) else {
        reader.report(
            Diagnostic::error("invalid-project", "the project has no name")
                .at(reader.file, 0..0, "`name:` is missing here")
                .hint("add `name: <letters, digits and underscores>`"),
        );
        return None;
    };
    let name = reader.text("name", Some(&entry.value))?;
    let is_identifier = name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_numeric());
    if name.is_empty() || !is_identifier {
        reader.report(
            Diagnostic::error(
                "invalid-project",
                format!("`{name}` cannot be the name of a project"),
            )
            .at(
                reader.file,
                entry.value.span.clone(),
                "letters, digits and underscores only, and no digit first",
            ),
        );
        return None;
    }
    if RESERVED_NAMES.contains(&name.as_str()) {
        reader.report(
            Diagnostic::error(
                "invalid-project",
                format!("`{name}` cannot be the name of a project"),
            )
            .at(
                reader.file,
                entry.value.span.clone(),
                "templates use this name for something else",
            ),
        );
        return None;
    }
    Some(name)
}

fn required_versions(reader: &Reader<'_>, yaml: &Yaml) -> Vec<String> {
    let versions = reader.text_or_texts("require-dbt-version", yaml.get("require-dbt-version"));
    versions
        .unwrap_or_default()
        .iter()
        .flat_map(|text| text.split(','))
        .map(|version| version.trim().to_owned())
        .collect()
}

fn quoting(reader: &Reader<'_>, yaml: Option<&Yaml>) -> Quoting {
    let mut quoting = Quoting::default();
    for entry in reader.entries("quoting", yaml).unwrap_or_default() {
        let value = reader.bool(&entry.key, Some(&entry.value));
        match entry.key.as_str() {
            "database" | "project" => quoting.database = value,
            "schema" => quoting.schema = value,
            "identifier" => quoting.identifier = value,
            // Other databases have switches of their own here.
            _ => {}
        }
    }
    quoting
}

fn dispatch(reader: &Reader<'_>, yaml: Option<&Yaml>) -> Vec<Dispatch> {
    let mut dispatch = Vec::new();
    for item in reader.list("dispatch", yaml).unwrap_or_default() {
        let namespace = reader.text("macro_namespace", item.get("macro_namespace"));
        let order = reader.texts("search_order", item.get("search_order"));
        if let (Some(macro_namespace), Some(search_order)) = (namespace, order) {
            dispatch.push(Dispatch {
                macro_namespace,
                search_order,
            });
        } else {
            reader.report(
                Diagnostic::error("invalid-dispatch", "an entry of `dispatch` is incomplete").at(
                    reader.file,
                    item.span.clone(),
                    "needs `macro_namespace`, and `search_order` as a list",
                ),
            );
        }
    }
    dispatch
}

fn raw_map(reader: &Reader<'_>, key: &str, yaml: Option<&Yaml>) -> Map<String, Value> {
    let Some(yaml) = yaml.filter(|y| !y.is_null()) else {
        return Map::new();
    };
    if let Value::Object(map) = yaml.to_json() {
        return map;
    }
    reader.wrong(key, "a mapping", yaml);
    Map::new()
}

/// Reads hooks as written: they are rendered when they run.
fn hooks(reader: &Reader<'_>, key: &str, yaml: Option<&Yaml>) -> Vec<Hook> {
    let Some(yaml) = yaml.filter(|y| !y.is_null()) else {
        return Vec::new();
    };
    let items = yaml.items().unwrap_or(std::slice::from_ref(yaml));
    let mut hooks = Vec::with_capacity(items.len());
    for item in items {
        match item.as_str() {
            Some(sql) => hooks.push(Hook {
                sql: sql.to_owned(),
                span: item.span.clone(),
            }),
            None => reader.wrong(key, "SQL, or a list of SQL", item),
        }
    }
    hooks
}

fn rendered_configs(reader: &Reader<'_>, yaml: &Yaml) -> ConfigTrees {
    // Hooks of nodes are rendered when the node runs.
    let is_hook = |key: &str| {
        matches!(
            key.trim_start_matches(['+', ' ']),
            "pre-hook" | "post-hook" | "pre_hook" | "post_hook"
        )
    };
    let tree = |key: &str| reader.map(key, yaml.get(key)).unwrap_or_default();
    let with_hooks = |key: &str| {
        reader
            .map_except(key, yaml.get(key), &is_hook)
            .unwrap_or_default()
    };
    let (tests, data_tests) = (yaml.entry("tests"), yaml.entry("data_tests"));
    if let (Some(old), Some(new)) = (tests, data_tests) {
        reader.report(
            Diagnostic::error(
                "duplicate-key",
                "Invalid project config: cannot have both 'tests' and 'data_tests' defined",
            )
            .at(reader.file, old.key_span.clone(), "here")
            .at(reader.file, new.key_span.clone(), "and here")
            .hint("move all of it under `data_tests`"),
        );
    }
    ConfigTrees {
        models: with_hooks("models"),
        seeds: with_hooks("seeds"),
        snapshots: with_hooks("snapshots"),
        sources: tree("sources"),
        data_tests: match data_tests {
            Some(_) => with_hooks("data_tests"),
            None => with_hooks("tests"),
        },
        unit_tests: tree("unit_tests"),
        exposures: tree("exposures"),
        metrics: tree("metrics"),
        semantic_models: tree("semantic-models"),
        saved_queries: tree("saved-queries"),
        functions: tree("functions"),
    }
}

fn unrendered_configs(yaml: &Yaml) -> ConfigTrees {
    let tree = |key: &str| match yaml.get(key).map(Yaml::to_json) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let models = tree("models");
    ConfigTrees {
        seeds: tree("seeds"),
        snapshots: tree("snapshots"),
        sources: tree("sources"),
        data_tests: match yaml.get("data_tests") {
            Some(_) => tree("data_tests"),
            None => tree("tests"),
        },
        unit_tests: tree("unit_tests"),
        exposures: tree("exposures"),
        metrics: tree("metrics"),
        // dbt looks these two up by a name that the file does not have, so
        // that their `unrendered_config` never knows the project file.
        semantic_models: tree("semantic_models"),
        saved_queries: tree("saved_queries"),
        // dbt takes the models' block for functions here.
        functions: models.clone(),
        models,
    }
}
