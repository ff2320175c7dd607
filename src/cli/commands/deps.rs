//! `deps`: installs the packages of the project.

use clap::Args;

use super::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::Session;
use crate::config;
use crate::diagnostics::SourceFile;
use crate::event::Level;
use crate::packages::{self, LockFile};

#[derive(Debug, Args)]
pub struct DepsArgs {
    /// Resolve again, whatever `package-lock.yml` says
    #[arg(long)]
    upgrade: bool,
    /// Write `package-lock.yml` and install nothing
    #[arg(long)]
    lock: bool,
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &DepsArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "deps",
        ..CommandFlags::default()
    })?;
    session.greet();
    let project = session.settle(config::load_root_project(
        &session.invocation,
        &*session.world,
    ))?;
    let root = session.invocation.project_dir.clone();
    let specs = &project.packages.packages;
    if specs.is_empty() {
        session.say(
            Level::Info,
            "DepsNoPackagesFound",
            "M013",
            "Warning: No packages were found in packages.yml".to_owned(),
        );
        return Ok(());
    }
    let say = |line: String| session.say(Level::Info, "DepsInstallInfo", "M015", line);
    let lock_path = root.join("package-lock.yml");
    let hash = packages::specs_hash(specs);
    let known =
        existing_lock(&session, &lock_path).filter(|lock| lock.hash == hash && !args.upgrade);
    let lock = match known {
        Some(lock) => lock,
        None => {
            let packages = packages::resolve(&root, &project.name, specs, &*session.world, &say)
                .map_err(Exit::failed)?;
            let lock = LockFile { packages, hash };
            session.write(&lock_path, lock.to_yaml().as_bytes())?;
            say(format!("Updating lock file in file path: {lock_path}"));
            lock
        }
    };
    if args.lock {
        return Ok(());
    }
    let into = root.join(&project.packages_install_path);
    packages::install(&root, &into, &lock.packages, &say).map_err(Exit::failed)
}

/// Reads the lock file; one that cannot be read is made again.
fn existing_lock(session: &Session, path: &camino::Utf8Path) -> Option<LockFile> {
    let text = session.world.read(path).ok()?;
    let file = SourceFile::new(path, text);
    LockFile::read(&crate::yaml::parse_yaml(&file).ok()?.to_json())
}
