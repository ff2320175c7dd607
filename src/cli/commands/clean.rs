//! `clean`: deletes the folders that the project says can be made again.

use camino::Utf8Path;
use clap::Args;

use super::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::diagnostics::Diagnostic;
use crate::event::Level;

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
    session.greet();
    let _ = args.clean_project_files_only;
    let project = session.load()?;
    let root = session.invocation.project_dir.clone();
    let mut targets = Vec::new();
    for name in &project.root().project.clean_targets {
        let path = normal(&root.join(name));
        if is_source(&project.root().project, &root, &path) {
            return Err(refuse(
                name,
                "it holds, or is, a folder that the project is made of",
            ));
        }
        if !path.starts_with(&root) && !args.no_clean_project_files_only {
            return Err(refuse(name, "it lies outside the project"));
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

fn is_source(project: &crate::config::Project, root: &Utf8Path, path: &Utf8Path) -> bool {
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

fn refuse(name: &str, why: &str) -> Exit {
    Exit::failed(
        Diagnostic::error(
            "unsafe-clean-target",
            format!("`clean-targets` names `{name}`, which will not be deleted: {why}"),
        )
        .hint("take it out of `clean-targets` in `dbt_project.yml`, or delete it by hand"),
    )
}
