//! `--report`: what a command found, written for other programs and reviewers,
//! whatever the end of the command.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{ArgAction, Args};

use super::commands::CommandContext;
use super::exit::Exit;
use super::session::Session;
use crate::diagnostics::{Diagnostic, suggest};
use crate::files::World;
use crate::report::{self, Paths, Problem, Report};

/// A report that the user asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportTarget {
    Junit(Utf8PathBuf),
    Sarif(Utf8PathBuf),
    Markdown(Utf8PathBuf),
    /// Annotations, on standard output.
    Github,
}

/// The flag of the commands that have something to report.
#[derive(Debug, Clone, Default, Args)]
pub struct ReportArgs {
    /// Report what was found, also when it fails: `junit=PATH`, `sarif=PATH`, `markdown=PATH` or
    /// `github`. Can be given several times
    #[arg(long = "report", value_name = "KIND[=PATH]", value_parser = target, action = ArgAction::Append)]
    pub reports: Vec<ReportTarget>,
}

fn target(text: &str) -> Result<ReportTarget, String> {
    const KINDS: [&str; 4] = ["junit", "sarif", "markdown", "github"];
    let (kind, path) = text.split_once('=').unwrap_or((text, ""));
    if kind == "github" {
        return match path {
            "" => Ok(ReportTarget::Github),
            _ => Err("`github` takes no path: annotations go to standard output".to_owned()),
        };
    }
    let make: fn(Utf8PathBuf) -> ReportTarget = match kind {
        "junit" => ReportTarget::Junit,
        "sarif" => ReportTarget::Sarif,
        "markdown" => ReportTarget::Markdown,
        _ => {
            let nearest = suggest::nearest(kind, KINDS);
            return Err(match nearest {
                Some(nearest) => format!("there is no `{kind}`; did you mean `{nearest}`?"),
                None => format!("there is no `{kind}`; there are {}", KINDS.join(", ")),
            });
        }
    };
    if path.is_empty() {
        return Err(format!("`{kind}` needs a path: `--report {kind}=PATH`"));
    }
    Ok(make(path.into()))
}

/// Returns how reports name the files of a command.
pub fn paths(current_dir: &Utf8Path, env: &BTreeMap<String, String>, world: &dyn World) -> Paths {
    let workspace = env.get("GITHUB_WORKSPACE").map(Utf8Path::new);
    let is_above = |folder: &&Utf8Path| folder.is_absolute() && current_dir.starts_with(folder);
    let root = workspace.filter(is_above).or_else(|| {
        let mut folders = current_dir.ancestors();
        folders.find(|folder| world.exists(&folder.join(".git")))
    });
    Paths {
        root: root.unwrap_or(current_dir).to_owned(),
        current_dir: current_dir.to_owned(),
    }
}

/// Writes the reports of a command that has ended. One that cannot be written
/// fails a command that has gone well.
pub fn write(
    cx: &CommandContext<'_>,
    session: Option<&Session>,
    targets: &[ReportTarget],
    result: Result<(), Exit>,
) -> Result<(), Exit> {
    let found = cx.keeper.take();
    let own = found.markdown.clone().map(ReportTarget::Markdown);
    if targets.is_empty() && own.is_none() {
        return result;
    }
    let report = gathered(cx, session, found, &result);
    let mut result = result;
    for target in targets.iter().chain(&own) {
        let (path, text) = match target {
            ReportTarget::Github => {
                print(&report::github(&report));
                continue;
            }
            ReportTarget::Junit(path) => (path, report::junit(&report)),
            ReportTarget::Sarif(path) => (path, report::sarif(&report)),
            ReportTarget::Markdown(path) => (path, report::markdown(&report)),
        };
        let path = cx.process.current_dir.join(path);
        if let Err(error) = cx.world.write(&path, text.as_bytes()) {
            let title = format!("the report `{path}` cannot be written: {error}");
            let diagnostic = Diagnostic::error("cannot-write", title)
                .hint("check the folder's rights and free space");
            match &mut result {
                Ok(()) => result = Err(Exit::failed(diagnostic)),
                Err(exit) => exit.diagnostics.push(diagnostic),
            }
        }
    }
    result
}

fn print(text: &str) {
    use std::io::Write as _;
    // A reader that went away is not worth a word.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn gathered(
    cx: &CommandContext<'_>,
    session: Option<&Session>,
    found: Found,
    result: &Result<(), Exit>,
) -> Report {
    let paths = paths(&cx.process.current_dir, &cx.process.env, &*cx.world);
    let unsaid = match result {
        Err(exit) => exit.diagnostics.as_slice(),
        Ok(()) => &[],
    };
    let secrets: Vec<&str> = session.map_or_else(Vec::new, |s| s.invocation.secrets().collect());
    let told = found.diagnostics.iter().chain(unsaid);
    let mut problems: Vec<Problem> = told.map(|d| Problem::of(d, &paths)).collect();
    // What some commands say of a node's result stands with the node.
    problems.retain(|problem| {
        !found
            .cases
            .iter()
            .any(|case| case.problems.contains(problem))
    });
    let own = found
        .command
        .or(session.map(|s| s.invocation.command.as_str()));
    let command = own.unwrap_or("hcdbt");
    let mut report = Report {
        command: command.to_owned(),
        started_at: cx.process.started_at,
        elapsed: cx
            .world
            .now()
            .duration_since(cx.process.started_at)
            .as_secs_f64()
            .max(0.0),
        exit_code: result.as_ref().map_or_else(|exit| exit.code, |()| 0),
        cases: found.cases,
        problems,
        parts: found.parts,
    };
    for secret in secrets {
        report.hide(secret);
    }
    report
}

/// What a command found, kept for the reports that are written at its end.
#[derive(Default)]
pub struct Found {
    /// In the order in which they were said.
    pub diagnostics: Vec<Diagnostic>,
    pub cases: Vec<report::Case>,
    /// Further parts of the Markdown.
    pub parts: Vec<String>,
    /// The command's name, where it is not dbt's.
    pub command: Option<&'static str>,
    /// Where the Markdown is written in any case.
    pub markdown: Option<Utf8PathBuf>,
}

/// Where a session keeps what is found; none when nobody asked for a report.
#[derive(Clone, Default)]
pub struct Keeper(Option<(Arc<std::sync::Mutex<Found>>, Arc<Paths>)>);

impl Keeper {
    pub fn new(paths: Paths) -> Self {
        Self(Some((Arc::default(), Arc::new(paths))))
    }

    /// Keeps something, when anybody asked for it. Making it may cost time.
    pub fn keep(&self, add: impl FnOnce(&mut Found, &Paths)) {
        if let Some((found, paths)) = &self.0 {
            let mut found = found
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            add(&mut found, paths);
        }
    }

    pub fn take(&self) -> Found {
        let mut taken = Found::default();
        self.keep(|found, _| taken = std::mem::take(found));
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::{ReportTarget, target};

    #[test]
    fn a_report_is_a_kind_and_a_path() {
        assert_eq!(
            target("junit=a/b.xml"),
            Ok(ReportTarget::Junit("a/b.xml".into()))
        );
        assert_eq!(
            target("markdown=x=y.md"),
            Ok(ReportTarget::Markdown("x=y.md".into()))
        );
        assert_eq!(target("github"), Ok(ReportTarget::Github));
        let wrong = |text: &str| target(text).expect_err("no report");
        assert_eq!(
            wrong("junti=a"),
            "there is no `junti`; did you mean `junit`?"
        );
        assert_eq!(
            wrong("sarif"),
            "`sarif` needs a path: `--report sarif=PATH`"
        );
        assert!(wrong("github=x").contains("takes no path"));
    }
}
