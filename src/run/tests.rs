//! Small projects, run whole on a database in memory.

mod building;
mod failing;
mod partitions;
mod quarantining;
mod snapshotting;
mod testing;

use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use camino::Utf8PathBuf;
use serde_json::{Map, json};

use crate::adapter::{Adapter, OnWait, OpenOptions, from_profile};
use crate::config::load_project;
use crate::diagnostics::{Diagnostic, Severity};
use crate::event::{Event, EventSink, Level};
use crate::files::{DiskWorld, World, read_project};
use crate::graph::resolve;
use crate::graph::select::SelectionRequest;
use crate::invocation::{Flags, Invocation};
use crate::plan::{Command, Plan, Request, plan};
use crate::run::{Reuse, RunContext, RunResults, execute};

/// A project on disk with its database in memory. Several commands can be run
/// on it, one after the other.
pub struct Project {
    dir: tempfile::TempDir,
    adapter: Arc<dyn Adapter>,
    pub flags: Flags,
}

/// What a command came to.
pub struct Ran {
    pub results: RunResults,
    pub events: Vec<Event>,
    /// The ids of all nodes.
    pub nodes: Vec<String>,
}

#[derive(Default)]
pub struct Kept(Mutex<Vec<Event>>);

impl EventSink for Kept {
    fn send(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

impl Project {
    /// Writes a project: each file's text follows a line `== path`. Files that
    /// every project needs are added.
    pub fn new(files: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(dir.path().to_path_buf()).unwrap();
        let write = |path: &str, text: &str| {
            DiskWorld::default()
                .write(&root.join(path), text.as_bytes())
                .unwrap();
        };
        write("dbt_project.yml", "name: p\nversion: '1.0'\nprofile: p\n");
        write(
            "profiles.yml",
            "p:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: ':memory:', schema: main}\n",
        );
        let mut path = "";
        let mut text = String::new();
        for line in files.lines().chain(["== "]) {
            if let Some(next) = line.strip_prefix("== ") {
                if !path.is_empty() {
                    write(path, &text);
                }
                path = next.trim();
                text.clear();
            } else {
                let _ = writeln!(text, "{line}");
            }
        }
        let options = OpenOptions {
            root,
            wait: None,
            on_wait: OnWait::default(),
            interpreters: Vec::new(),
            shows_values: false,
            variables: Vec::new(),
        };
        let credentials = json!({"path": ":memory:", "schema": "main"});
        let (adapter, problems) = from_profile("duckdb", credentials.as_object().unwrap(), options);
        assert!(problems.is_empty(), "{problems:?}");
        Self {
            dir,
            adapter: adapter.unwrap(),
            flags: Flags::default(),
        }
    }

    fn root(&self) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.dir.path().to_path_buf()).unwrap()
    }

    /// Reads a file below the project's folder.
    pub fn file(&self, path: &str) -> String {
        DiskWorld::default().read(&self.root().join(path)).unwrap()
    }

    /// Puts the project's folder where files say `ROOT`.
    pub fn put_root(&self, paths: &[&str]) {
        for path in paths {
            let text = self.file(path).replace("ROOT", self.root().as_str());
            self.write(path, &text);
        }
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        DiskWorld::default().write(&path, text.as_bytes()).unwrap();
    }

    /// Runs a command on everything.
    pub fn run(&self, command: Command) -> Ran {
        self.run_with(command, None)
    }

    /// The same with what is up to date left alone.
    pub fn run_changed(&self, command: Command) -> Ran {
        let world = DiskWorld::default();
        let reuse = Reuse::read(&world, &self.root().join("target"), "dev", true);
        let reuse = Arc::new(reuse);
        let ran = self.run_with(command, Some(Arc::clone(&reuse)));
        reuse.save(&world).unwrap();
        ran
    }

    fn run_with(&self, command: Command, reuse: Option<Arc<Reuse>>) -> Ran {
        let (mut cx, plan, kept) = self.prepare(command);
        cx.reuse = reuse;
        let results = execute(&cx, &plan);
        let events = std::mem::take(&mut *kept.0.lock().unwrap());
        let nodes = cx.graph.project.nodes.keys().map(ToString::to_string);
        Ran {
            results,
            events,
            nodes: nodes.collect(),
        }
    }

    /// Reads the catalog: each relation with its comment and columns.
    pub fn catalog(&self) -> String {
        let (cx, _, _) = self.prepare(Command::Docs);
        let relations = value(crate::run::catalog(&cx)).into_iter().map(|r| {
            let columns: Vec<String> = r.columns.into_iter().map(|c| c.name).collect();
            let comment = r.comment.unwrap_or_default();
            format!("{}.{} '{comment}' {}", r.schema, r.name, columns.join(" "))
        });
        relations.collect::<Vec<_>>().join("\n")
    }

    /// Reads the project and plans a command on everything.
    pub(crate) fn prepare(&self, command: Command) -> (RunContext, Plan, Arc<Kept>) {
        let root = self.root();
        let mut all = self.flags.all.clone();
        all.insert("FULL_REFRESH".into(), self.flags.full_refresh.into());
        all.insert("STORE_FAILURES".into(), self.flags.store_failures.into());
        let invocation = Arc::new(Invocation {
            id: "00000000-0000-0000-0000-000000000000".into(),
            started_at: "2024-03-05T10:00:00Z".parse().unwrap(),
            command: format!("{command:?}").to_lowercase(),
            command_line: Vec::new(),
            metadata_env: Map::new(),
            env: Arc::default(),
            current_dir: root.clone(),
            project_dir: root.clone(),
            profiles_dir: Some(root.clone()),
            profile: None,
            target: None,
            threads: None,
            vars: Map::new(),
            var_dates: std::collections::BTreeSet::new(),
            flags: Flags {
                all,
                ..self.flags.clone()
            },
        });
        let world: Arc<dyn World> = Arc::new(DiskWorld::default());
        let project = value(load_project(&invocation, &*world));
        let files = value(read_project(&*world, &project));
        let parsed = value(crate::parse::parse(&project, &files, &invocation, &*world));
        let graph = Arc::new(value(resolve(parsed.project, &project, &invocation)));
        let request = Request {
            command,
            selection: SelectionRequest::default(),
            resource_types: command.default_resource_types().to_vec(),
        };
        let plan = value(plan(&graph, &request));
        let kept = Arc::new(Kept::default());
        let cx = RunContext {
            graph: Arc::clone(&graph),
            project: Arc::new(project),
            engine: parsed.engine,
            adapter: Arc::clone(&self.adapter),
            invocation,
            world,
            events: Arc::clone(&kept) as Arc<dyn EventSink>,
            cancelled: Arc::new(AtomicBool::new(false)),
            threads: 1,
            target_dir: root.join("target"),
            deferred: None,
            schemas: None,
            reuse: None,
            retried: None,
            show_limit: (command == Command::Show).then_some(5),
        };
        (cx, plan, kept)
    }

    /// Asks the database: each row on a line, cells separated by `|`.
    pub fn query(&self, sql: &str) -> String {
        self.try_query(sql).unwrap()
    }

    /// The same where the answer may be an error.
    pub fn try_query(&self, sql: &str) -> Result<String, String> {
        let mut connection = self.adapter.connect().unwrap();
        let answer = connection.execute(sql, true, None);
        let (_, table) = answer.map_err(|error| error.message)?;
        let rows = table.rows.iter().map(|row| {
            let cells: Vec<String> = row.iter().map(|cell| cell.python_text()).collect();
            cells.join("|")
        });
        Ok(rows.collect::<Vec<_>>().join("\n"))
    }

    /// Lists what is in the database.
    pub fn relations(&self) -> String {
        self.query(
            "select table_schema || '.' || table_name, lower(table_type) \
             from information_schema.tables order by 1",
        )
        .replace("|base table", " table")
        .replace("|view", " view")
    }
}

/// Takes a phase's value; an error fails the test.
fn value<T>(outcome: crate::diagnostics::Outcome<T>) -> T {
    let errors: Vec<&Diagnostic> = outcome
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    outcome.value.expect("a phase without errors has a value")
}

impl Ran {
    /// Shows each result on a line: id, status, and the first line of its
    /// message.
    pub fn shown(&self) -> String {
        let mut out = String::new();
        for diagnostic in &self.results.diagnostics {
            let _ = writeln!(out, "{}", diagnostic.title);
        }
        for result in &self.results.results {
            let message = result.message.as_deref().unwrap_or_default();
            let message = message.trim().lines().next().unwrap_or_default();
            let _ = writeln!(
                out,
                "{} {} {message}",
                result.unique_id,
                result.status.as_str()
            );
        }
        out.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Returns the lines that a person sees, without their times.
    pub fn lines(&self) -> String {
        let time = fancy_regex::Regex::new(r" in \d+\.\d\ds\]").unwrap();
        let seen = self.events.iter().filter(|e| e.level > Level::Debug);
        seen.map(|e| time.replace_all(&e.message, "]").into_owned())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Returns the full message of a result.
    pub fn message(&self, id: &str) -> String {
        let result = self.results.results.iter();
        let result = result.clone().find(|r| r.unique_id.as_str() == id);
        result
            .unwrap_or_else(|| panic!("no result of {id}"))
            .message
            .clone()
            .unwrap_or_default()
    }

    /// Draws the diagnostics of all results.
    pub fn diagnostics(&self) -> String {
        let mut out = String::new();
        for result in &self.results.results {
            for diagnostic in &result.diagnostics {
                let severity = format!("{:?}", diagnostic.severity).to_lowercase();
                let _ = writeln!(out, "{severity}[{}]: {}", diagnostic.code, diagnostic.title);
                for label in &diagnostic.labels {
                    let (line, column) = label.file.line_column(label.range.start);
                    let text = label.file.text.get(label.range.clone()).unwrap_or("?");
                    let _ = writeln!(
                        out,
                        "  {}:{line}:{column} `{}` {}",
                        label.file.path,
                        text.lines().next().unwrap_or_default(),
                        label.message
                    );
                }
                if let Some(text) = &diagnostic.text {
                    let _ = writeln!(out, "  {text}");
                }
                if let Some(hint) = &diagnostic.hint {
                    let _ = writeln!(out, "  hint: {hint}");
                }
            }
        }
        out.trim_end().to_owned()
    }
}

/// Compares texts of several lines, without regard to indentation.
pub fn check(shown: &str, expected: &str) {
    let tidy = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    };
    pretty_assertions::assert_eq!(tidy(shown), tidy(expected));
}
