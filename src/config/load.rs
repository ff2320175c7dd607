//! Loads the root project, the packages it uses and its profile.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde_json::Map;

use super::DBT_VERSION;
use super::builtin;
use super::context::{EnvVars, YamlRenderer};
use super::hcdbt_yml::{self, HcdbtYml};
use super::packages::{PackageSource, PackageSpec, read_packages};
use super::profile::{Profile, ProfileName, load_profile};
use super::project::{Project, RawProject, read_project_file, read_selectors};
use super::vars::{VarDates, Vars};
use super::version::accepts_dbt_version;
use crate::diagnostics::{Diagnostic, Outcome, Severity};
use crate::files::{World, display_path, shipped_folder};
use crate::invocation::Invocation;

/// The root project with everything that its `dbt_project.yml` brings in.
#[derive(Debug)]
pub struct LoadedProject {
    /// Name of the root project.
    pub name: Arc<str>,
    /// The root project first, then the built-in packages (`dbt_duckdb`,
    /// `dbt`), then the installed ones by folder name, as dbt orders them.
    pub packages: IndexMap<Arc<str>, Package>,
    pub profile: Profile,
    /// Command line vars, the root project's and the packages' own.
    pub vars: Vars,
    pub env: EnvVars,
    /// What dbt has no word for.
    pub hcdbt_yml: HcdbtYml,
    /// The folder the command was run in; diagnostics show paths below it.
    pub current_dir: Utf8PathBuf,
}

impl LoadedProject {
    /// Returns the root project.
    pub fn root(&self) -> &Package {
        &self.packages[0]
    }

    /// Returns a package by its name.
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.get(name)
    }

    /// Tells whether all settings are the same, those of packages included.
    /// Both are of one command, so that the environment is.
    pub fn is_same(&self, other: &Self) -> bool {
        let settings = |project: &Self| {
            let Self {
                name,
                packages,
                profile,
                vars,
                env: _,
                hcdbt_yml,
                current_dir,
            } = project;
            format!("{name:?} {packages:?} {profile:?} {vars:?} {hcdbt_yml:?} {current_dir:?}")
        };
        settings(self) == settings(other)
    }

    /// Names the built-in packages, the one that wins first.
    pub fn internal_packages(&self) -> &'static [&'static str] {
        builtin::packages(&self.profile.adapter_type)
    }
}

/// The root project or one of its packages.
#[derive(Debug)]
pub struct Package {
    pub name: Arc<str>,
    pub kind: PackageKind,
    /// The package's folder, absolute. Empty for built-in packages.
    pub root: Utf8PathBuf,
    pub project: Project,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageKind {
    Root,
    /// Comes with the binary.
    BuiltIn,
    /// Was put under `packages-install-path` by `deps`, or is used as it
    /// comes with the program, by `builtin:`.
    Installed,
}

/// Finds the folder with `dbt_project.yml`: the given one, else the current
/// folder, its `project` folder, or the nearest parent.
pub fn find_project_dir(
    world: &dyn World,
    current_dir: &Utf8Path,
    given: Option<&Utf8Path>,
) -> Option<Utf8PathBuf> {
    let has_project = |folder: &Utf8Path| world.exists(&folder.join("dbt_project.yml"));
    if let Some(given) = given {
        let folder = current_dir.join(given);
        return has_project(&folder).then_some(folder);
    }
    let below = current_dir.join("project");
    std::iter::once(current_dir)
        .chain([below.as_path()])
        .chain(current_dir.ancestors().skip(1))
        .find(|folder| has_project(folder))
        .map(Utf8Path::to_owned)
}

/// Reads the project, its packages and its profile.
pub fn load_project(invocation: &Invocation, world: &dyn World) -> Outcome<LoadedProject> {
    let mut found = Vec::new();
    let value = load(invocation, world, &mut found);
    Outcome {
        value,
        diagnostics: found,
    }
}

fn load(
    invocation: &Invocation,
    world: &dyn World,
    found: &mut Vec<Diagnostic>,
) -> Option<LoadedProject> {
    let current_dir = &invocation.current_dir;
    let root = &invocation.project_dir;
    let env = EnvVars::new(Arc::clone(&invocation.env));
    let raw = RawProject::read(world, current_dir, root)
        .map_err(|error| found.push(error))
        .ok()?;
    let secrets = YamlRenderer::with_secrets(&env, invocation);
    let profile_name = ProfileName {
        text: raw.yaml.get("profile"),
        project_file: &raw.file,
    };
    let mut profile = load_profile(invocation, world, &profile_name, &secrets)
        .map_err(|errors| found.extend(errors))
        .ok();
    let target = profile.as_ref().map(|p| p.target.clone());
    // Without a profile there will be no result, but the project's own
    // mistakes can be found all the same.
    let mut target = target.unwrap_or_default();
    let cli_vars = Arc::new(invocation.vars.clone());
    let own = YamlRenderer::for_hcdbt_yml(&target, &cli_vars, &env, invocation);
    let hcdbt_yml = hcdbt_yml::read(world, current_dir, root, &own, found);
    if invocation.flags.own_schema
        && let Some(profile) = &mut profile
    {
        let schema = hcdbt_yml.ci.schema.clone();
        profile.set_schema(schema.unwrap_or_else(|| format!("{}_ci", profile.schema())));
        target.clone_from(&profile.target);
    }
    let renderer = YamlRenderer::for_project("", Some(&target), &cli_vars, &env, invocation);
    if profile.is_none() {
        let lenient = YamlRenderer::for_project("", None, &cli_vars, &env, invocation);
        root_project(raw, world, invocation, &lenient, &secrets, found);
        return None;
    }
    let project = root_project(raw, world, invocation, &renderer, &secrets, found)?;
    let profile = profile?;

    let mut packages = IndexMap::new();
    let name = Arc::clone(&project.name);
    packages.insert(
        Arc::clone(&name),
        Package {
            name: Arc::clone(&name),
            kind: PackageKind::Root,
            root: root.clone(),
            project,
        },
    );
    for builtin in builtin::packages(&profile.adapter_type) {
        let project = Project::builtin(builtin);
        let package = Package {
            name: Arc::clone(&project.name),
            kind: PackageKind::BuiltIn,
            root: Utf8PathBuf::new(),
            project,
        };
        add_package(&mut packages, package, current_dir, found);
    }
    // dbt renders the project files of packages without `--vars`.
    let no_vars = Arc::new(Map::new());
    let renderer = YamlRenderer::for_project("", Some(&target), &no_vars, &env, invocation);
    for package in installed_packages(
        &packages[&name].project,
        world,
        invocation,
        &renderer,
        &secrets,
        found,
    ) {
        add_package(&mut packages, package, current_dir, found);
    }
    if found.iter().any(|d| d.severity == Severity::Error) {
        return None;
    }
    let projects = packages
        .iter()
        .map(|(name, package)| (Arc::clone(name), package.project.vars.clone()))
        .collect();
    let dates = packages
        .iter()
        .map(|(name, package)| (Arc::clone(name), package.project.var_dates.clone()))
        .collect();
    Some(LoadedProject {
        vars: Vars {
            cli: cli_vars,
            root: Arc::clone(&name),
            projects: Arc::new(projects),
            dates: Arc::new(VarDates {
                cli: invocation.var_dates.clone(),
                projects: dates,
            }),
        },
        name,
        packages,
        profile,
        env,
        hcdbt_yml,
        current_dir: current_dir.clone(),
    })
}

/// Reads the root project alone, for commands that speak to no database.
/// Missing variables are nothing there, and so is what `target` has.
pub fn load_root_project(invocation: &Invocation, world: &dyn World) -> Outcome<Project> {
    let mut found = Vec::new();
    let env = EnvVars::new(Arc::clone(&invocation.env));
    let cli_vars = Arc::new(invocation.vars.clone());
    let renderer = YamlRenderer::for_project("", None, &cli_vars, &env, invocation);
    let secrets = YamlRenderer::with_secrets(&env, invocation);
    let raw = RawProject::read(world, &invocation.current_dir, &invocation.project_dir);
    let value = match raw {
        Ok(raw) => root_project(raw, world, invocation, &renderer, &secrets, &mut found),
        Err(error) => {
            found.push(error);
            None
        }
    };
    Outcome {
        value,
        diagnostics: found,
    }
}

fn root_project(
    raw: RawProject,
    world: &dyn World,
    invocation: &Invocation,
    renderer: &YamlRenderer<'_>,
    secrets: &YamlRenderer<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Project> {
    let (current_dir, root) = (&invocation.current_dir, &invocation.project_dir);
    let packages = read_packages(world, current_dir, root, secrets, found);
    let selectors = read_selectors(world, current_dir, root, found);
    let project = read_project_file(raw, renderer, packages, selectors, found)?;
    check_version(&project, invocation, found);
    Some(project)
}

fn check_version(project: &Project, invocation: &Invocation, found: &mut Vec<Diagnostic>) {
    let is_checked = invocation.flags.all.get("VERSION_CHECK");
    if is_checked == Some(&serde_json::Value::Bool(false)) {
        return;
    }
    let value = project.yaml.get("require-dbt-version");
    let span = value.map_or(0..0, |yaml| yaml.span.clone());
    let name = &project.name;
    match accepts_dbt_version(&project.require_dbt_version) {
        Ok(true) => {}
        Ok(false) => found.push(
            Diagnostic::error(
                "wrong-dbt-version",
                format!("`{name}` does not accept dbt {DBT_VERSION}, which hcdbt stands in for"),
            )
            .at(&project.file, span, "the versions that it accepts")
            .hint("use another version of the package, or --no-version-check"),
        ),
        Err(requirement) => found.push(
            Diagnostic::error(
                "wrong-dbt-version",
                format!("`{requirement}` is no requirement on a version"),
            )
            .at(&project.file, span, "written here")
            .hint("write it like `>=1.8.0`"),
        ),
    }
}

/// Reads the packages that `deps` has installed.
fn installed_packages(
    project: &Project,
    world: &dyn World,
    invocation: &Invocation,
    renderer: &YamlRenderer<'_>,
    secrets: &YamlRenderer<'_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Package> {
    let current_dir = &invocation.current_dir;
    let install_path = invocation.project_dir.join(&project.packages_install_path);
    let folders = match world.folders(&install_path) {
        Ok(folders) => folders,
        Err(error) => {
            let path = display_path(current_dir, &install_path);
            found.push(Diagnostic::error(
                "unreadable-folder",
                format!("could not read `{path}`: {error}"),
            ));
            return Vec::new();
        }
    };
    let folders: Vec<Utf8PathBuf> = folders
        .into_iter()
        .filter(|folder| {
            let name = folder.file_name().unwrap_or_default();
            !name.starts_with("__") && !name.starts_with('.')
        })
        .collect();
    let (shipped, wanted): (Vec<_>, Vec<_>) = {
        let all = project.packages.packages.iter();
        all.partition(|spec| matches!(spec.source, PackageSource::Builtin { .. }))
    };
    if wanted.len() > folders.len() {
        let path = display_path(current_dir, &install_path);
        let mut diagnostic = Diagnostic::error(
            "packages-not-installed",
            format!(
                "the project asks for {}, but {} installed in `{path}`",
                count(wanted.len(), "package", "packages"),
                count(folders.len(), "is", "are"),
            ),
        );
        if let (Some(file), Some(first)) = (&project.packages.file, wanted.first()) {
            diagnostic = diagnostic.at(file, first.span.clone(), "the packages begin here");
        }
        found.push(diagnostic.hint("run `hcdbt deps`"));
        return Vec::new();
    }
    let mut packages = Vec::with_capacity(folders.len());
    for folder in with_shipped(folders, &shipped) {
        if !world.exists(&folder.join("dbt_project.yml")) {
            found.push(
                Diagnostic::error(
                    "invalid-package",
                    format!(
                        "`{}` has no `dbt_project.yml`",
                        display_path(current_dir, &folder)
                    ),
                )
                .hint("run `hcdbt deps`, or remove the folder"),
            );
            continue;
        }
        let raw = match RawProject::read(world, current_dir, &folder) {
            Ok(raw) => raw,
            Err(error) => {
                found.push(error);
                continue;
            }
        };
        // A package's own requirements matter to `deps` alone.
        let own = read_packages(world, current_dir, &folder, secrets, found);
        if let Some(project) = read_project_file(raw, renderer, own, None, found) {
            check_version(&project, invocation, found);
            packages.push(Package {
                name: Arc::clone(&project.name),
                kind: PackageKind::Installed,
                root: folder,
                project,
            });
        }
    }
    packages
}

/// Adds the folders of packages that come with the program, where no copy of
/// them was installed. By name, as the installed ones.
fn with_shipped(mut folders: Vec<Utf8PathBuf>, shipped: &[&PackageSpec]) -> Vec<Utf8PathBuf> {
    for spec in shipped {
        let PackageSource::Builtin { name } = &spec.source else {
            continue;
        };
        let is_installed = folders.iter().any(|f| f.file_name() == Some(name.as_str()));
        folders.extend(shipped_folder(name).filter(|_| !is_installed));
    }
    folders.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    folders
}

fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        0 => format!("none {many}"),
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    }
}

fn add_package(
    packages: &mut IndexMap<Arc<str>, Package>,
    package: Package,
    current_dir: &Utf8Path,
    found: &mut Vec<Diagnostic>,
) {
    if let Some(other) = packages.get(&package.name) {
        let name_span = |p: &Package| {
            let name = p.project.yaml.get("name");
            name.map_or(0..0, |yaml| yaml.span.clone())
        };
        let title = match other.kind {
            PackageKind::BuiltIn => {
                format!("`{}` is the name of a built-in package", package.name)
            }
            _ => format!("two packages have the name `{}`", package.name),
        };
        let folder = display_path(current_dir, &package.root);
        let mut diagnostic = Diagnostic::error("duplicate-package", title);
        if package.kind != PackageKind::BuiltIn {
            let message = format!("the package in `{folder}`");
            diagnostic = diagnostic.at(&package.project.file, name_span(&package), message);
        }
        if other.kind != PackageKind::BuiltIn {
            let folder = display_path(current_dir, &other.root);
            let message = format!("the package in `{folder}`");
            diagnostic = diagnostic.at(&other.project.file, name_span(other), message);
        }
        found.push(diagnostic.hint("give one of the two another `name:`"));
        return;
    }
    packages.insert(Arc::clone(&package.name), package);
}
