//! `clean`: deletes the folders that the project says can be made again.

use camino::Utf8Path;
use clap::Args;
use serde_json::json;

use super::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::Session;
use crate::config::{Project, load_root_project};
use crate::diagnostics::Diagnostic;
use crate::event::{Level, kinds};

#[derive(Debug, Args)]
pub struct CleanArgs {
    /// Delete only folders inside the project (the default)
    #[arg(long, overrides_with = "no_clean_project_files_only")]
    clean_project_files_only: bool,
    /// Delete folders outside the project too
    #[arg(long)]
    no_clean_project_files_only: bool,
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &CleanArgs) -> Result<(), Exit> {
    let session = cx.open(&CommandFlags {
        which: "clean",
        ..CommandFlags::default()
    })?;
    session.greet()?;
    let _ = args.clean_project_files_only;
    // As in dbt no profile is needed to clean up.
    let project = session.settle(load_root_project(&session.invocation, &*session.world))?;
    let root = session.invocation.project_dir.clone();
    warn_of_old_folder(&session, &project)?;
    let mut targets = Vec::new();
    for name in &project.clean_targets {
        let path = normal(&root.join(name));
        if is_source(&project, &root, &path) && path.starts_with(&root) {
            return Err(refuse(name, "source paths"));
        }
        if !path.starts_with(&root) && !args.no_clean_project_files_only {
            return Err(refuse(name, "directories outside the project"));
        }
        targets.push((name, path));
    }
    // Nothing is deleted before all of it was found to be safe.
    for (name, path) in targets {
        session.say(
            Level::Info,
            "CheckCleanPath",
            "Z012",
            format!("Checking {name}/*"),
        );
        session.world.remove(&path).map_err(|error| {
            Exit::failed(Diagnostic::error(
                "cannot-delete",
                format!("`{path}` cannot be deleted: {error}"),
            ))
        })?;
        session.say(
            Level::Info,
            "ConfirmCleanPath",
            "Z013",
            format!("Cleaned {name}/*"),
        );
    }
    session.say(
        Level::Info,
        "FinishedCleanPaths",
        "Z015",
        "Finished cleaning all paths.".to_owned(),
    );
    Ok(())
}

/// dbt installed packages elsewhere once.
fn warn_of_old_folder(session: &Session, project: &Project) -> Result<(), Exit> {
    const OLD: &str = "dbt_modules";
    let cleans = project.clean_targets.iter().any(|name| name == OLD);
    if !cleans || project.packages_install_path.contains(OLD) {
        return Ok(());
    }
    let title = "The default package install path has changed from `dbt_modules` to \
                 `dbt_packages`.";
    let warning = Diagnostic::warning("deprecated-path", title)
        .hint(
            "update `clean-targets` in `dbt_project.yml`, or set `packages-install-path: \
             dbt_modules` to keep the folder",
        )
        .as_event(kinds::PACKAGE_INSTALL_PATH, json!({}));
    if session.report(&[warning]) {
        return Err(Exit::reported());
    }
    Ok(())
}

/// Takes `.` and `..` out of an absolute path.
fn normal(path: &Utf8Path) -> camino::Utf8PathBuf {
    let mut out = camino::Utf8PathBuf::new();
    for part in path.components() {
        match part {
            camino::Utf8Component::ParentDir => {
                out.pop();
            }
            camino::Utf8Component::CurDir => {}
            other => out.push(other.as_str()),
        }
    }
    out
}

fn is_source(project: &Project, root: &Utf8Path, path: &Utf8Path) -> bool {
    let folders = [
        &project.model_paths,
        &project.seed_paths,
        &project.test_paths,
        &project.analysis_paths,
        &project.macro_paths,
        &project.snapshot_paths,
        &project.function_paths,
    ];
    let sources = folders
        .into_iter()
        .flatten()
        .map(|name| normal(&root.join(name)));
    root.starts_with(path)
        || sources
            .into_iter()
            .any(|source| source.starts_with(path) || path.starts_with(&source))
}

/// The sentence is dbt's, which scripts may look for.
fn refuse(name: &str, what: &str) -> Exit {
    Exit::failed(
        Diagnostic::error(
            "unsafe-clean-target",
            format!("dbt will not clean the following {what}: {name}"),
        )
        .hint("take it out of `clean-targets` in `dbt_project.yml`, or delete it by hand"),
    )
}
