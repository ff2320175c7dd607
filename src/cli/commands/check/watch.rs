//! `check --watch`: checks again whenever something is saved.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use notify::{RecursiveMode, Watcher as _};

use super::{CheckArgs, KnownSchemas, former, json, look, summary, tell};
use crate::check::{self, Kept, Memory};
use crate::cli::commands;
use crate::cli::commands::build::run_context;
use crate::cli::exit::Exit;
use crate::cli::reading::Reading;
use crate::cli::session::Session;
use crate::diagnostics::Diagnostic;
use crate::event::Level;
use crate::plan::{self, Command};

/// An editor writes a file in several steps; this is how long they take.
const SETTLE: Duration = Duration::from_millis(10);

/// Checks now and after every change, until the user stops it.
pub fn watch(session: &Session, args: &CheckArgs) -> Result<(), Exit> {
    let (sender, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if let Ok(event) = event
            && (event.kind.is_create() || event.kind.is_modify() || event.kind.is_remove())
        {
            // The receiver is gone when the command ends.
            let _ = sender.send(event.paths);
        }
    })
    .map_err(|error| cannot_watch(&error))?;
    let mut before = Before {
        memory: None,
        kept: Arc::default(),
        reading: Reading::again(),
    };
    let mut watched: Vec<PathBuf> = Vec::new();
    loop {
        let started = Instant::now();
        match once(session, args, &mut before) {
            Ok((told, folders)) => {
                for folder in folders {
                    if watched.contains(&folder) {
                        continue;
                    }
                    watcher
                        .watch(&folder, RecursiveMode::Recursive)
                        .map_err(|error| cannot_watch(&error))?;
                    watched.push(folder);
                }
                let took = started.elapsed().as_millis();
                let line = format!("{told} ({took} ms); waiting for changes");
                session.say(Level::Info, "Note", "Z050", line);
            }
            // What is wrong with the project was told; it may be mended next.
            Err(exit) if !watched.is_empty() => {
                session.report(&exit.diagnostics);
                session.say(
                    Level::Info,
                    "Note",
                    "Z050",
                    "waiting for changes".to_owned(),
                );
            }
            Err(exit) => return Err(exit),
        }
        loop {
            let Ok(paths) = changes.recv() else {
                return Ok(());
            };
            if paths.iter().any(|path| is_of_project(path)) {
                break;
            }
        }
        while changes.recv_timeout(SETTLE).is_ok() {}
        session.forget_told();
    }
}

/// What the checks before have found.
struct Before {
    memory: Option<Arc<Memory>>,
    kept: Arc<Kept>,
    reading: Reading,
}

/// Reads and checks the project once. Returns what to say, and the folders to
/// watch.
fn once(
    session: &Session,
    args: &CheckArgs,
    before: &mut Before,
) -> Result<(String, Vec<PathBuf>), Exit> {
    let ready = session.read_from(&before.reading, None)?;
    let request = commands::request(session, &ready, Command::Check, &args.selection)?;
    let plan = session.settle(plan::plan(&ready.graph, &request))?;
    let known = KnownSchemas::sharing(session, &ready, before.memory.clone());
    before.memory = Some(Arc::clone(known.memory()));
    let request = check::Request {
        former: former(session, &ready),
        kept: Some(Arc::clone(&before.kept)),
        ..check::Request::of_project(plan.selected, known.memory())
    };
    let cx = run_context(session, &ready, None)?;
    let (checked, found) = look(session, &cx, &request);
    if args.output == "json" {
        let text = json::text(&checked, &found);
        session.printer.data(&format!("{text}\n"));
    } else {
        tell(session, &found);
    }
    known.keep()?;
    let project = &ready.project;
    let mut folders: Vec<PathBuf> = vec![project.root().root.clone().into()];
    let paths = &project.root().project;
    let outside = paths
        .model_paths
        .iter()
        .chain(&paths.macro_paths)
        .chain(&paths.seed_paths);
    for path in outside {
        let folder = crate::files::normal_path(&project.root().root.join(path));
        if session.world.is_dir(&folder) && !folder.starts_with(&project.root().root) {
            folders.push(folder.into());
        }
    }
    Ok((summary(&checked, &found), folders))
}

/// Tells whether a change is one of the project's own files or folders, and no
/// artifact.
fn is_of_project(path: &std::path::Path) -> bool {
    let is_written = path.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        matches!(&*name, "target" | "logs" | ".git") || name.ends_with(".duckdb.wal")
    });
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    // Of a folder that is moved, or new with files in it, nothing else is told.
    let is_source = matches!(
        extension.as_deref(),
        None | Some("sql" | "yml" | "yaml" | "csv" | "md" | "py")
    );
    is_source && !is_written
}

fn cannot_watch(error: &notify::Error) -> Exit {
    Exit::failed(
        Diagnostic::error(
            "cannot-watch",
            format!("changes cannot be watched: {error}"),
        )
        .hint("run `hcdbt check` without `--watch`"),
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::is_of_project;

    #[test]
    fn folders_count_as_their_files_do() {
        let check = |path: &str| is_of_project(Path::new(path));
        assert!(check("/p/models/a.sql") && check("/p/macros") && check("/p/seeds/a.CSV"));
        assert!(!check("/p/target/compiled") && !check("/p/logs/dbt.log"));
        assert!(!check("/p/p.duckdb") && !check("/p/models/.a.sql.swp"));
    }
}
