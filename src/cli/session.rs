//! What most commands begin with: the project found, read and resolved, with
//! everything that is wrong with it reported.

use std::collections::HashSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::args::Globals;
use super::exit::Exit;
use super::flags::{self, CommandFlags, FlagSources, Process};
use super::printer::{Format, PrintSettings, Printer, parse_level};
use super::progress::Progress;
use super::reading::Reading;
use super::reports::{self, Keeper};
use super::warnings::Warnings;
use super::{flag_rules, preflight};
use crate::adapter::{self, Adapter};
use crate::config::DBT_VERSION;
use crate::config::{self, LoadedProject, Profile};
use crate::diagnostics::render::{RenderOptions, render};
use crate::diagnostics::{Diagnostic, Outcome, Severity};
use crate::event::{Event, EventKind, EventSink as _, Level, Verdict, kinds};
use crate::files::{self, Contents, World};
use crate::graph::select::Selectors;
use crate::graph::state::{PreviousState, Rules};
use crate::graph::{self, Graph};
use crate::invocation::Invocation;
use crate::jinja::Engine;
use crate::parse::{self, UniqueId};
use crate::report::{self, Paths};
use crate::run::RunResults;

/// A command under way: its flags, and where it prints.
pub struct Session {
    pub world: Arc<dyn World>,
    pub invocation: Arc<Invocation>,
    pub printer: Arc<Printer>,
    pub warnings: Warnings,
    /// What is to be said of how the command was called.
    preflight: Vec<Diagnostic>,
    shown: std::sync::Mutex<HashSet<String>>,
    /// What is found, for `--report`.
    pub keeper: Keeper,
}

/// A project that was read whole and has no errors.
pub struct ReadyProject {
    pub project: Arc<LoadedProject>,
    pub graph: Arc<Graph>,
    pub engine: Engine,
    /// The query of the command line, when there is one.
    pub inline: Option<UniqueId>,
    pub selectors: Arc<Selectors>,
    /// What `--state` names.
    pub state: Option<Arc<PreviousState>>,
    /// What `--defer-state` names.
    pub defer_state: Option<Arc<PreviousState>>,
}

impl ReadyProject {
    /// Leaves the project to the end of the process, which gives all memory
    /// back at once: piece by piece takes as long as writing a tenth of it.
    pub fn leave(self) {
        std::mem::forget(self);
    }
}

impl Session {
    /// Finds the project, works out the flags and opens the log.
    pub fn open(
        process: &Process,
        world: Arc<dyn World>,
        globals: &Globals,
        command: &CommandFlags,
    ) -> Result<Self, Exit> {
        let (given, found) = project_dir(process, &*world, globals);
        match found {
            Some(dir) => Self::in_folder(process, world, globals, command, dir),
            None => Err(Exit::failed(no_project(process, given.as_deref()))),
        }
    }

    /// The same, in the current folder where no folder is named and there is
    /// no project.
    pub fn open_anywhere(
        process: &Process,
        world: Arc<dyn World>,
        globals: &Globals,
        command: &CommandFlags,
    ) -> Result<Self, Exit> {
        let (given, found) = project_dir(process, &*world, globals);
        match (given, found) {
            (Some(given), None) => Err(Exit::failed(no_project(process, Some(&given)))),
            (_, found) => {
                let dir = found.unwrap_or_else(|| process.current_dir.clone());
                Self::in_folder(process, world, globals, command, dir)
            }
        }
    }

    /// The same where the project's folder is known, or where the command
    /// needs no project.
    pub fn in_folder(
        process: &Process,
        world: Arc<dyn World>,
        globals: &Globals,
        command: &CommandFlags,
        project_dir: Utf8PathBuf,
    ) -> Result<Self, Exit> {
        let text = world.read(&project_dir.join("dbt_project.yml"));
        let mut project_flags = text
            .as_deref()
            .map(flags::project_flags)
            .unwrap_or_default();
        let of_profile = profile_flags(process, &*world, globals, &project_dir);
        let has_profile_flags = !of_profile.is_empty();
        if has_profile_flags {
            if !project_flags.is_empty() {
                return Err(Exit::failed(flags_twice()));
            }
            project_flags = of_profile;
        }
        let sources = FlagSources {
            globals,
            env: &process.env,
            project: &project_flags,
            has_profile_flags,
        };
        flag_rules::check(&sources, command).map_err(Exit::failed)?;
        let preflight = preflight::deprecations(process, &sources);
        let invocation =
            flags::invocation(process, &sources, command, project_dir).map_err(Exit::failed)?;
        let settings = print_settings(&sources, &invocation, &text.unwrap_or_default(), process)
            .map_err(Exit::failed)?;
        let shows_progress = process.is_terminal
            && settings.console_format == Format::Text
            && settings.console_level == Some(Level::Info);
        let progress = if shows_progress {
            Progress::on_terminal()
        } else {
            Progress::none()
        };
        let printer = Arc::new(Printer::new(settings, Arc::clone(&world), progress));
        let flags = &invocation.flags;
        let warnings = Warnings::new(flags.warnings.clone(), flags.show_all_deprecations);
        Ok(Self {
            world,
            invocation: Arc::new(invocation),
            printer,
            warnings,
            preflight,
            shown: std::sync::Mutex::default(),
            keeper: Keeper::default(),
        })
    }

    /// Sends an event that is only a line.
    pub fn say(&self, level: Level, name: &'static str, code: &'static str, message: String) {
        self.printer.send(Event {
            level,
            name,
            code,
            message,
            data: json!({}),
        });
    }

    /// Sends a warning that is only a line.
    ///
    /// # Errors
    ///
    /// A warning that is an error for this command.
    pub fn warn(&self, kind: EventKind, message: &str) -> Result<(), Exit> {
        match self.invocation.flags.warnings.verdict(kind) {
            Verdict::Show => self.say(Level::Warn, kind.name, kind.code, message.to_owned()),
            Verdict::Silence => {}
            Verdict::Error => return Err(Exit::failed(Diagnostic::error("warning", message))),
        }
        Ok(())
    }

    /// Says which program runs, as dbt's first line does, and what was wrong
    /// with how it was called.
    ///
    /// # Errors
    ///
    /// A deprecation that is an error for this command.
    pub fn greet(&self) -> Result<(), Exit> {
        self.printer.send(Event {
            level: Level::Info,
            name: "MainReportVersion",
            code: "A001",
            message: format!(
                "Running with hcdbt={} (dbt={DBT_VERSION})",
                env!("CARGO_PKG_VERSION")
            ),
            data: json!({"version": format!("={DBT_VERSION}"), "log_version": 3}),
        });
        if self.report(&self.preflight) {
            return Err(Exit::reported());
        }
        Ok(())
    }

    /// Says how the command ended, and which deprecations it met.
    pub fn close(&self, result: Result<(), Exit>) -> Result<(), Exit> {
        let mut result = result;
        if let Err(exit) = &mut result {
            self.report(&std::mem::take(&mut exit.diagnostics));
        }
        let summary = self.warnings.summary();
        if self.report(summary.as_slice()) {
            result = Err(Exit::reported());
        }
        self.completed(result.is_ok());
        result
    }

    fn completed(&self, success: bool) {
        let now = self.world.now();
        let elapsed = now.duration_since(self.invocation.started_at).as_secs_f64();
        let command = format!("dbt {}", self.invocation.command);
        let ending = if success { "succeeded" } else { "failed" };
        let time = now.strftime("%H:%M:%S%.6f");
        self.printer.send(Event {
            level: Level::Debug,
            name: "CommandCompleted",
            code: "Q039",
            message: format!("Command `{command}` {ending} at {time} after {elapsed:.2} seconds"),
            data: json!({
                "command": command,
                "success": success,
                "completed_at": now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
                "elapsed": elapsed,
            }),
        });
    }

    /// Reads the project file, packages and profile.
    pub fn load(&self) -> Result<LoadedProject, Exit> {
        self.settle(config::load_project(&self.invocation, &*self.world))
    }

    /// Reads and resolves the whole project.
    pub fn read(&self) -> Result<ReadyProject, Exit> {
        self.read_with(None)
    }

    /// The same, with a query of the command line as one more node.
    pub fn read_with(&self, inline: Option<&str>) -> Result<ReadyProject, Exit> {
        self.read_from(&Reading::once(), inline)
    }

    /// The same where it may have been read before.
    pub fn read_from(&self, reading: &Reading, inline: Option<&str>) -> Result<ReadyProject, Exit> {
        if self.invocation.flags.all.get("PARTIAL_PARSE") == Some(&false.into()) {
            self.say(
                Level::Debug,
                "PartialParsingNotEnabled",
                "I028",
                "Partial parsing not enabled".to_owned(),
            );
        }
        let project = reading.project(self.load()?);
        let found = config::check_catalogs(&project, &self.invocation, &*self.world);
        if self.report(&found) {
            return Err(Exit::reported());
        }
        let files = self.settle(reading.files(&*self.world, &project))?;
        let parsed = reading.parse(&project, &files, &self.invocation, &*self.world);
        let has_errors = self.report(&parsed.diagnostics);
        let Some(mut parsed) = parsed.value else {
            return Err(Exit::reported());
        };
        let selectors = self.selectors(&project)?;
        let mut inline_id = None;
        if let Some(sql) = inline {
            let outcome = parse::parse_inline(
                &project,
                &parsed.engine,
                &self.invocation,
                &*self.world,
                sql,
            );
            self.report_inline(&outcome.diagnostics);
            let node = self.settle(outcome)?;
            inline_id = Some(node.unique_id.clone());
            parsed.project.nodes.insert(node.unique_id.clone(), node);
        }
        // Refs are resolved even when something else is wrong, so that one
        // pass reports all mistakes.
        let outcome = reading.resolve(parsed.project, &project, &self.invocation);
        self.report_inline(&outcome.diagnostics);
        if self.report(&outcome.diagnostics) || has_errors {
            return Err(Exit::reported());
        }
        let graph = outcome.value.ok_or_else(Exit::reported)?;
        let flags = &self.invocation.flags;
        Ok(ReadyProject {
            selectors: Arc::new(selectors),
            state: self.previous(&project, flags.state.as_deref())?,
            defer_state: self.previous(&project, flags.defer_state.as_deref())?,
            project,
            graph: Arc::new(graph),
            engine: parsed.engine,
            inline: inline_id,
        })
    }

    /// Says, in dbt's words, when it is the command line's own query that is
    /// wrong.
    fn report_inline(&self, diagnostics: &[Diagnostic]) {
        let is_inline = |d: &Diagnostic| {
            let first = d.labels.first();
            d.severity == Severity::Error
                && first.is_some_and(|label| label.file.path == parse::INLINE_PATH)
        };
        if diagnostics.iter().any(is_inline) {
            let title = "Error parsing inline query";
            self.report(&[Diagnostic::error("inline-query", title)]);
        }
    }

    /// Reads the project's named selections.
    fn selectors(&self, project: &LoadedProject) -> Result<Selectors, Exit> {
        let Some(file) = &project.root().project.selectors else {
            return Ok(Selectors::default());
        };
        let indirect = super::commands::indirect(self)?;
        Selectors::read(file, indirect).map_err(|found| {
            self.report(&found);
            Exit::reported()
        })
    }

    /// Reads the artifacts of an earlier command.
    fn previous(
        &self,
        project: &LoadedProject,
        path: Option<&Utf8Path>,
    ) -> Result<Option<Arc<PreviousState>>, Exit> {
        let Some(path) = path else { return Ok(None) };
        // dbt takes it to be relative to the project's folder.
        let invocation = &self.invocation;
        let in_project = invocation.project_dir.join(path);
        let folder = if self.world.is_dir(&in_project) {
            in_project
        } else {
            invocation.current_dir.join(path)
        };
        let target = self.target_dir(project);
        if files::normal_path(&folder) == files::normal_path(&target) {
            self.say(
                Level::Warn,
                "WarnStateTargetEqual",
                "I072",
                format!(
                    "Warning: The state and target directories are the same: '{path}'. What the \
                     command writes there may hide changes from the next one."
                ),
            );
        }
        let flag = "state_modified_compare_more_unrendered_values";
        let rules = Rules {
            unrendered: graph::behaviour_flag(project, invocation, flag),
            now: self.world.now(),
        };
        let state = PreviousState::read(&*self.world, &folder, path, &target, rules);
        state
            .map(|state| Some(Arc::new(state)))
            .map_err(Exit::failed)
    }

    /// Reports what a phase found and gives its value, unless it has errors.
    pub fn settle<T>(&self, outcome: Outcome<T>) -> Result<T, Exit> {
        let has_errors = self.report(&outcome.diagnostics);
        match outcome.value {
            Some(value) if !has_errors => Ok(value),
            _ => Err(Exit::reported()),
        }
    }

    /// Lets everything be told again.
    pub fn forget_told(&self) {
        let mut shown = self
            .shown
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        shown.clear();
    }

    /// Draws diagnostics, each once, and tells whether any is an error: as it
    /// was made, or since the user wants it to be one.
    pub fn report(&self, diagnostics: &[Diagnostic]) -> bool {
        let judged = self.warnings.judge(diagnostics);
        for diagnostic in &judged {
            if self.say_of_template(diagnostic) {
                continue;
            }
            let drawn = self.draw(diagnostic);
            let is_new = self
                .shown
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .insert(drawn.clone());
            if !is_new {
                continue;
            }
            self.keeper
                .keep(|found, _| found.diagnostics.push(diagnostic.clone()));
            let (level, name, code) = match diagnostic.severity {
                Severity::Error => match &diagnostic.event {
                    Some(event) => (Level::Error, event.kind.name, event.kind.code),
                    None => (Level::Error, "MainEncounteredError", "Z002"),
                },
                Severity::Warning => match &diagnostic.event {
                    Some(event) => (Level::Warn, event.kind.name, event.kind.code),
                    None => (Level::Warn, "Note", "Z050"),
                },
                Severity::Note => (Level::Info, "Note", "Z050"),
            };
            let message = if diagnostic.severity == Severity::Error {
                format!("Encountered an error:\n{drawn}")
            } else {
                drawn
            };
            let mut data = match &diagnostic.event {
                Some(event) if level != Level::Info => event.data.clone(),
                _ => json!({"exc": diagnostic.title}),
            };
            data["diagnostic"] = diagnostic.code.0.into();
            self.printer.send(Event {
                level,
                name,
                code,
                message,
                data,
            });
        }
        judged.iter().any(|d| d.severity == Severity::Error)
    }

    /// Returns how reports and alerts name files.
    pub fn report_paths(&self) -> Paths {
        reports::paths(
            &self.invocation.current_dir,
            &self.invocation.env,
            &*self.world,
        )
    }

    /// Keeps what became of the nodes for the reports.
    pub fn keep_cases(&self, graph: &Graph, results: &RunResults) {
        self.keeper
            .keep(|found, paths| found.cases = report::cases(graph, results, paths));
    }

    /// Says what a template said, as it said it.
    fn say_of_template(&self, diagnostic: &Diagnostic) -> bool {
        let Some(event) = &diagnostic.event else {
            return false;
        };
        let level = match event.kind {
            kinds::JINJA_LOG_DEBUG => Level::Debug,
            kinds::JINJA_LOG_INFO | kinds::PRINT => Level::Info,
            kinds::JINJA_LOG_WARNING if diagnostic.severity == Severity::Warning => Level::Warn,
            _ => return false,
        };
        self.say(
            level,
            event.kind.name,
            event.kind.code,
            diagnostic.title.clone(),
        );
        true
    }

    /// Draws one diagnostic.
    pub fn draw(&self, diagnostic: &Diagnostic) -> String {
        render(diagnostic, &self.render_options())
    }

    fn render_options(&self) -> RenderOptions {
        RenderOptions {
            color: self.printer.colors(),
            width: None,
            secrets: self.invocation.secrets().map(str::to_owned).collect(),
        }
    }

    /// Returns the commands that start Python.
    fn interpreters(&self) -> Vec<String> {
        let variable = |name: &str| self.invocation.env.get(name).map(String::as_str);
        let started_by = self.started_by();
        adapter::interpreters(
            variable("HCDBT_PYTHON"),
            variable("VIRTUAL_ENV"),
            started_by.as_deref(),
        )
    }

    /// Returns what started this program, as its command line names it, where
    /// the system tells.
    fn started_by(&self) -> Option<String> {
        #[cfg(unix)]
        let parent = std::os::unix::process::parent_id();
        #[cfg(not(unix))]
        let parent = 0;
        let path = format!("/proc/{parent}/cmdline");
        let line = self.world.read(Utf8Path::new(&path)).ok()?;
        line.split('\0').next().map(str::to_owned)
    }

    /// Returns the salt of masks as statements ask for it.
    fn salt(&self) -> Option<(String, adapter::Secret)> {
        let salt = crate::phi::salt(&self.invocation.env)?;
        let name = crate::phi::SALT_VARIABLE.to_owned();
        Some((name, adapter::Secret(salt.to_owned())))
    }

    /// Makes the adapter of the profile's target. The database is not opened.
    pub fn adapter(&self, profile: &Profile) -> Result<Arc<dyn Adapter>, Exit> {
        let printer = Arc::clone(&self.printer);
        let on_wait = move |what: &str| {
            printer.send(Event {
                level: Level::Info,
                name: "WaitingForDatabase",
                code: "H001",
                message: format!("Waiting: {what}"),
                data: json!({}),
            });
        };
        let options = adapter::OpenOptions {
            // Relative paths of a profile are relative to where the command is run,
            // as in dbt.
            root: self.invocation.current_dir.clone(),
            wait: self.invocation.flags.wait,
            on_wait: adapter::OnWait(Some(Arc::new(on_wait))),
            interpreters: self.interpreters(),
            shows_values: self.invocation.flags.show_values,
            variables: self.salt().into_iter().collect(),
        };
        let (adapter, problems) =
            adapter::from_profile(&profile.adapter_type, &profile.credentials, options);
        let diagnostics: Vec<Diagnostic> = problems
            .into_iter()
            .map(|problem| profile_diagnostic(profile, problem))
            .collect();
        self.settle(Outcome {
            value: adapter,
            diagnostics,
        })
    }

    /// Returns the folder that artifacts go into, absolute.
    pub fn target_dir(&self, project: &LoadedProject) -> Utf8PathBuf {
        let path = self.invocation.flags.target_path.clone();
        let path = path.unwrap_or_else(|| project.root().project.target_path.clone().into());
        self.invocation.project_dir.join(path)
    }

    /// Writes an artifact, whole or not at all.
    pub fn write(&self, path: &Utf8Path, contents: &[u8]) -> Result<(), Exit> {
        self.write_with(path, &mut |out| out.write_all(contents))
    }

    /// The same piece by piece.
    pub fn write_with(&self, path: &Utf8Path, contents: &mut Contents<'_>) -> Result<(), Exit> {
        self.world.write_with(path, contents).map_err(|error| {
            Exit::failed(
                Diagnostic::error(
                    "cannot-write",
                    format!("`{path}` cannot be written: {error}"),
                )
                .hint("check the folder's rights and free space, or set `--target-path`"),
            )
        })
    }
}

fn profile_flags(
    process: &Process,
    world: &dyn World,
    globals: &Globals,
    project_dir: &Utf8Path,
) -> serde_json::Map<String, serde_json::Value> {
    let sources = FlagSources {
        globals,
        env: &process.env,
        project: &serde_json::Map::new(),
        has_profile_flags: false,
    };
    let profiles_dir = sources.setting("profiles_dir");
    let profiles_dir = profiles_dir.map(|dir| process.current_dir.join(dir));
    let places = config::ProfilePlaces {
        profiles_dir: profiles_dir.as_deref(),
        current_dir: &process.current_dir,
        project_dir,
        env: &process.env,
    };
    config::profile_flags(world, &places)
}

fn flags_twice() -> Diagnostic {
    Diagnostic::error(
        "flags-twice",
        "Do not specify both 'config' in profiles.yml and 'flags' in dbt_project.yml. Using \
         'config' in profiles.yml is deprecated.",
    )
    .hint("move all of it to `flags:` of `dbt_project.yml`")
}

fn print_settings(
    sources: &FlagSources<'_>,
    invocation: &Invocation,
    project_text: &str,
    process: &Process,
) -> Result<PrintSettings, Diagnostic> {
    let text = |name: &str| sources.setting(name).unwrap_or_default();
    let debug = sources.switch("debug", false)?;
    let quiet = sources.switch("quiet", false)?;
    let console_level = match (quiet, debug) {
        (true, _) => Some(Level::Error),
        (_, true) => Some(Level::Debug),
        _ => parse_level(&text("log_level")),
    };
    let log_format = text("log_format");
    let file_format = sources
        .setting("log_format_file")
        .unwrap_or(log_format.clone());
    let no_color = process.env.get("NO_COLOR").is_some_and(|v| !v.is_empty());
    let asked = sources.globals.switch("use_colors");
    let colors = match asked {
        Some(asked) => asked,
        None => !no_color && sources.switch("use_colors", true)? && process.is_terminal,
    };
    let log_dir = invocation
        .flags
        .log_path
        .clone()
        .or_else(|| project_log_path(project_text))
        .unwrap_or_else(|| "logs".into());
    let has_project = !project_text.is_empty();
    Ok(PrintSettings {
        console_format: Format::parse(&log_format, Format::Text),
        console_level,
        colors,
        file_format: Format::parse(&file_format, Format::Debug),
        file_level: match sources.setting("log_level_file") {
            Some(level) => parse_level(&level),
            None => Some(Level::Debug),
        },
        log_file: has_project.then(|| invocation.project_dir.join(log_dir).join("dbt.log")),
        invocation_id: invocation.id.clone(),
        extra: invocation.metadata_env.clone(),
        secrets: invocation.secrets().map(str::to_owned).collect(),
        prints: sources.switch("print", true)?,
    })
}

/// Reads `log-path` of a project file, before the project is loaded.
fn project_log_path(text: &str) -> Option<Utf8PathBuf> {
    let line = text.lines().find_map(|l| l.strip_prefix("log-path:"))?;
    let value = line.split('#').next().unwrap_or(line).trim();
    let value = value.trim_matches(['"', '\'']);
    (!value.is_empty() && !value.contains('{')).then(|| value.into())
}

fn profile_diagnostic(profile: &Profile, problem: adapter::ProfileProblem) -> Diagnostic {
    let title = format!(
        "the target `{}` of the profile `{}`: `{}`: {}",
        profile.target_name,
        profile.name,
        problem.key.join("."),
        problem.message
    );
    let mut diagnostic = if problem.is_warning {
        Diagnostic::warning("profile", title)
    } else {
        Diagnostic::error("profile", title)
    };
    diagnostic = diagnostic.at(&profile.file, profile.span.clone(), "this target");
    diagnostic.hint = problem.hint;
    diagnostic
}

/// Returns the folder that `--project-dir` names, and the project's.
fn project_dir(
    process: &Process,
    world: &dyn World,
    globals: &Globals,
) -> (Option<Utf8PathBuf>, Option<Utf8PathBuf>) {
    let sources = FlagSources {
        globals,
        env: &process.env,
        project: &serde_json::Map::new(),
        has_profile_flags: false,
    };
    let given = sources
        .setting("project_dir")
        .map(|dir| process.current_dir.join(dir));
    let found = config::find_project_dir(world, &process.current_dir, given.as_deref());
    (given, found)
}

fn no_project(process: &Process, given: Option<&Utf8Path>) -> Diagnostic {
    let title = match given {
        Some(dir) => format!("there is no `dbt_project.yml` in `{dir}`"),
        None => format!(
            "there is no `dbt_project.yml` in `{}`, in its `project` folder or in any folder above",
            process.current_dir
        ),
    };
    Diagnostic::error("no-project", title).hint(
        "go to a project's folder, name it with `--project-dir`, or make one with `hcdbt init`",
    )
}
