//! A project in a temporary folder, and the program run on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A project on the disk that is gone after the test.
pub struct Project {
    folder: tempfile::TempDir,
}

/// What one run of the program gave.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Project {
    /// Writes a project from one text that is several files: a line `-- path`
    /// or `# path` begins each. Without a project file or profile it gets a
    /// small one.
    pub fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let project = Self { folder };
        project.write(
            "dbt_project.yml",
            "name: health\nversion: '1.0'\nprofile: health\n",
        );
        project.write(
            "profiles.yml",
            "health:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: health.duckdb\n      threads: 2\n",
        );
        project.add(text);
        project
    }

    /// Adds files to the project, or writes them anew.
    pub fn add(&self, text: &str) {
        let mut current: Option<(&str, String)> = None;
        for line in text.lines() {
            if let Some(path) = heading(line) {
                if let Some((path, contents)) = current.take() {
                    self.write(path, &contents);
                }
                current = Some((path, String::new()));
            } else if let Some((_, contents)) = &mut current {
                contents.push_str(line);
                contents.push('\n');
            }
        }
        if let Some((path, contents)) = current {
            self.write(path, &contents);
        }
    }

    /// Writes one file.
    pub fn write(&self, path: &str, contents: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        std::fs::write(path, contents).expect("a new file");
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn read(&self, path: &str) -> String {
        let path = self.path(path);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    pub fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(path)).expect("JSON")
    }

    /// Runs the program in the project's folder.
    pub fn run(&self, args: &[&str]) -> Ran {
        run_in(self.folder.path(), args)
    }

    /// The same with some environment variables.
    pub fn run_with(&self, args: &[&str], env: &[(&str, &str)]) -> Ran {
        run_in_env(self.folder.path(), args, env)
    }

    /// Runs a query through the program and gives its rows as JSON.
    pub fn rows(&self, sql: &str) -> serde_json::Value {
        self.rows_with("{}", sql)
    }

    /// The same with variables.
    pub fn rows_with(&self, vars: &str, sql: &str) -> serde_json::Value {
        let ran = self.run(&[
            "show", "--quiet", "--vars", vars, "--inline", sql, "--output", "json", "--limit", "-1",
        ]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        value["show"].clone()
    }
}

/// Copies a folder, but not what earlier builds left in it.
pub fn copy_folder(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.expect("a readable folder");
        let path = entry.path().strip_prefix(from).expect("a path below");
        if path.starts_with("target") || path.starts_with("logs") {
            continue;
        }
        let copy = to.join(path);
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(copy).expect("a new folder");
        } else {
            std::fs::copy(entry.path(), copy).expect("a copied file");
        }
    }
}

/// Makes the command that runs the program in a folder.
pub fn command_in(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hcdbt"));
    command
        .current_dir(folder)
        .env_remove("DBT_PROFILES_DIR")
        .env_remove("DBT_PROJECT_DIR")
        .env("NO_COLOR", "1");
    command
}

/// Runs the program in a folder.
pub fn run_in(folder: &Path, args: &[&str]) -> Ran {
    run_in_env(folder, args, &[])
}

fn run_in_env(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Ran {
    let output: Output = command_in(folder)
        .args(args)
        .envs(env.iter().copied())
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

impl Ran {
    /// Returns exit code and output as one text, with what differs from run
    /// to run taken out.
    pub fn snapshot(&self, project: &Project) -> String {
        let folder = project.folder.path().to_string_lossy().into_owned();
        let real = project.folder.path().canonicalize();
        let real = real.map(|p| p.to_string_lossy().into_owned());
        let real = real.unwrap_or_else(|_| folder.clone());
        let clean = |text: &str| {
            text.replace(&real, "[project]")
                .replace(&folder, "[project]")
                .lines()
                .map(|line| without_durations(without_time(line)).trim_end().to_owned())
                .filter(|line| !line.contains("Running with hcdbt="))
                .filter(|line| !line.starts_with("Found "))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let mut out = format!("exit code {}\n", self.code);
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.trim().is_empty() {
                out.push_str(&format!("--- {name}\n{}\n", clean(text).trim_matches('\n')));
            }
        }
        out
    }
}

/// Takes the time of day off a line's beginning.
fn without_time(line: &str) -> &str {
    let bytes = line.as_bytes();
    let is_stamp = bytes.len() >= 10
        && bytes[2] == b':'
        && bytes[5] == b':'
        && bytes[..8].iter().all(|b| b.is_ascii_digit() || *b == b':');
    if is_stamp {
        line[8..].trim_start_matches(' ')
    } else {
        line
    }
}

/// Replaces lengths of time, `0.03s` and `0.03 seconds`.
fn without_durations(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        let number = &rest[at..];
        let end = number
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(number.len());
        let (digits, after) = number.split_at(end);
        let is_time = digits.contains('.')
            && (after.starts_with("s]")
                || after.starts_with("s)")
                || after.starts_with(" seconds"));
        out.push_str(if is_time { "[time]" } else { digits });
        rest = after;
    }
    out + rest
}

fn heading(line: &str) -> Option<&str> {
    let path = line
        .strip_prefix("-- ")
        .or_else(|| line.strip_prefix("# "))?
        .trim();
    let is_path = !path.contains(char::is_whitespace) && Path::new(path).extension().is_some();
    is_path.then_some(path)
}
