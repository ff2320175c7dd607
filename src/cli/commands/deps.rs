//! `deps`: installs the packages of the project.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::Session;
use crate::config::packages::{PackageReader, PackageSpec};
use crate::config::{self, Project};
use crate::diagnostics::{Diagnostic, SourceFile};
use crate::event::{Event, EventSink as _, Level};
use crate::files::read_source;
use crate::packages::{self, Fetcher, NewPackage, NewSource};

#[derive(Debug, Args)]
pub struct DepsArgs {
    /// Resolve again, whatever `package-lock.yml` says
    #[arg(long)]
    upgrade: bool,
    /// Write `package-lock.yml` and install nothing
    #[arg(long)]
    lock: bool,
    /// Add a package to `packages.yml` first
    #[arg(long, value_name = "NAME@VERSION")]
    add_package: Option<String>,
    /// Where the package to add comes from
    #[arg(long, value_enum, default_value_t = Source::Hub)]
    source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Source {
    Hub,
    Git,
    Local,
}

/// The command at work.
struct Deps<'a> {
    session: &'a Session,
    project: Project,
    specs: Vec<PackageSpec>,
    lock_path: Utf8PathBuf,
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &DepsArgs) -> Result<(), Exit> {
    let new = new_package(args).map_err(Exit::failed)?;
    let session = cx.open(&CommandFlags {
        which: "deps",
        ..CommandFlags::default()
    })?;
    session.greet()?;
    let project = session.settle(config::load_root_project(
        &session.invocation,
        &*session.world,
    ))?;
    let root = &session.invocation.project_dir;
    let mut deps = Deps {
        session: &session,
        specs: project.packages.packages.clone(),
        lock_path: root.join("package-lock.yml"),
        project,
    };
    let mut hash = packages::specs_hash(&deps.specs);
    if let Some(new) = new {
        deps.specs = deps.add(&new)?;
        // dbt hashes the entries without what they were written as then.
        let mut hashed = deps.specs.clone();
        for spec in &mut hashed {
            spec.unrendered.clear();
        }
        hash = packages::specs_hash(&hashed);
    }
    if args.upgrade || deps.locked_hash().as_deref() != Some(&hash) {
        deps.write_lock(&hash)?;
    }
    if args.lock {
        return Ok(());
    }
    deps.install()
}

impl Deps<'_> {
    /// Puts a package into `packages.yml` and returns the entries as they are
    /// then.
    fn add(&self, new: &NewPackage) -> Result<Vec<PackageSpec>, Exit> {
        let name = if self.project.packages.is_in_dependencies {
            "dependencies.yml"
        } else {
            "packages.yml"
        };
        let path = self.session.invocation.project_dir.join(name);
        if !self.session.world.exists(&path) {
            self.tell(("Formatting", "Z017"), "Created packages.yml", json!({}));
        }
        let mut contents = match self.read(&path)?.map(|yaml| yaml.to_json()) {
            Some(Value::Object(contents)) => contents,
            _ => serde_json::Map::new(),
        };
        for removed in packages::add(&mut contents, new) {
            self.tell(
                ("DepsFoundDuplicatePackage", "M033"),
                &format!("Found duplicate package in {name}, removing: {removed}"),
                json!({"removed_package": removed}),
            );
        }
        let text = packages::to_yaml(&Value::Object(contents));
        let specs = PackageReader::new(&self.session.invocation, &*self.session.world)
            .locked(&SourceFile::new(name, text.as_str()))
            .map_err(Exit::failed)?;
        self.session.write(&path, text.as_bytes())?;
        let version = new.version.as_deref().unwrap_or("None");
        self.tell(
            ("DepsAddPackage", "M032"),
            &format!("Added new package {}@{version} to {path}", new.name),
            json!({"package_name": new.name, "version": new.version, "packages_filepath": path.as_str()}),
        );
        Ok(specs)
    }

    /// Resolves the packages and writes the lock file.
    fn write_lock(&self, hash: &str) -> Result<(), Exit> {
        if self.specs.is_empty() {
            self.tell_none();
            return Ok(());
        }
        let fetcher = self.fetcher()?;
        let found =
            packages::resolve(&fetcher, &self.project.name, &self.specs).map_err(Exit::failed)?;
        let secrets: Vec<&str> = self.session.invocation.secrets().collect();
        let text = packages::lock_text(&fetcher, &found, hash, &secrets).map_err(Exit::failed)?;
        self.session.write(&self.lock_path, text.as_bytes())?;
        self.tell(
            ("DepsLockUpdating", "M031"),
            &format!("Updating lock file in file path: {}", self.lock_path),
            json!({"lock_filepath": self.lock_path.as_str()}),
        );
        Ok(())
    }

    /// Installs what the lock file names.
    fn install(&self) -> Result<(), Exit> {
        let invocation = &self.session.invocation;
        let locked = if self.session.world.exists(&self.lock_path) {
            let file = read_source(
                &*self.session.world,
                &invocation.current_dir,
                &self.lock_path,
            )
            .map_err(Exit::failed)?;
            PackageReader::new(invocation, &*self.session.world)
                .locked(&file)
                .map_err(|error| {
                    Exit::failed(error.hint("run `hcdbt deps --upgrade` to write the file anew"))
                })?
        } else {
            Vec::new()
        };
        let into = invocation
            .project_dir
            .join(&self.project.packages_install_path);
        let fetcher = self.fetcher()?;
        packages::install(&fetcher, &into, &locked).map_err(Exit::failed)?;
        if locked.is_empty() {
            self.tell_none();
        }
        Ok(())
    }

    fn fetcher(&self) -> Result<Fetcher<'_>, Exit> {
        let session = self.session;
        Fetcher::new(&session.invocation, &*session.world, &*session.printer).map_err(Exit::failed)
    }

    /// Returns the hash of the entries that the lock file was written for.
    fn locked_hash(&self) -> Option<String> {
        let yaml = self.read(&self.lock_path).ok()??;
        Some(yaml.get("sha1_hash")?.as_str()?.to_owned())
    }

    fn read(&self, path: &camino::Utf8Path) -> Result<Option<crate::yaml::Yaml>, Exit> {
        if !self.session.world.exists(path) {
            return Ok(None);
        }
        let text = self.session.world.read(path).map_err(|error| {
            let title = format!("`{path}` cannot be read: {error}");
            Exit::failed(Diagnostic::error("cannot-read", title))
        })?;
        let file = SourceFile::new(path, text);
        crate::yaml::parse_yaml(&file)
            .map(Some)
            .map_err(Exit::failed)
    }

    fn tell_none(&self) {
        self.tell(
            ("DepsNoPackagesFound", "M013"),
            "Warning: No packages were found in packages.yml",
            json!({}),
        );
    }

    fn tell(&self, (name, code): (&'static str, &'static str), message: &str, data: Value) {
        self.session.printer.send(Event {
            level: Level::Info,
            name,
            code,
            message: message.to_owned(),
            data,
        });
    }
}

fn new_package(args: &DepsArgs) -> Result<Option<NewPackage>, Diagnostic> {
    let Some(text) = &args.add_package else {
        return Ok(None);
    };
    let (source, name) = match args.source {
        Source::Hub => (NewSource::Hub, "hub"),
        Source::Git => (NewSource::Git, "git"),
        Source::Local => (NewSource::Local, "local"),
    };
    let new = NewPackage::parse(text, source);
    if new.version.is_none() && source != NewSource::Local {
        return Err(Diagnostic::error(
            "invalid-flag",
            format!("Version is required in --add-package when a package when source is {name}"),
        )
        .hint(format!("write it as `{text}@VERSION`")));
    }
    Ok(Some(new))
}
