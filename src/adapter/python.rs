//! Python models, as far as the rest of the program knows of them: what is to
//! be run, what happens meanwhile, and what can go wrong.

use super::AdapterError;

/// The names that Python goes by, unless the user chooses one.
const USUAL_NAMES: [&str; 2] = ["python3", "python"];

/// One model to run.
#[derive(Debug, Clone, Copy)]
pub struct PythonModel<'a> {
    /// The user's code and what connects it to the project.
    pub code: &'a str,
    /// The user's file, as errors name it.
    pub path: &'a str,
    /// The name of the module that the code becomes.
    pub name: &'a str,
}

/// What happens while a model runs.
#[derive(Debug, Clone, Copy)]
pub enum PythonEvent<'a> {
    /// The model has printed a line.
    Printed(&'a str),
    /// Python, or a library, has written a line to its standard error.
    Warned(&'a str),
    /// A statement goes to the project's database.
    Statement(&'a str),
}

/// Why a model was not built.
#[derive(Debug, Clone)]
pub enum PythonFailure {
    /// The database refused to hand over a table, or was stopped.
    Database(AdapterError),
    Script(ScriptError),
}

/// What Python said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScriptError {
    /// One line: `ValueError: no rows`.
    pub summary: String,
    /// The traceback, without frames of this program.
    pub text: String,
    /// The line of the model's code, from 1, when the code is at fault.
    pub line: Option<usize>,
    pub hint: Option<String>,
    /// Whether there was a process in which the model could run.
    pub is_setup: bool,
}

impl From<AdapterError> for PythonFailure {
    fn from(error: AdapterError) -> Self {
        Self::Database(error)
    }
}

/// Returns the commands that start Python, the first that exists and has
/// `duckdb` to be taken: what the user has chosen, else that of the active
/// virtual environment, else the Python that started this program (an
/// orchestrator's own environment is seldom active), else what `PATH` has.
///
/// `started_by` is the first word of the parent process's command line.
pub fn interpreters(
    chosen: Option<&str>,
    virtual_env: Option<&str>,
    started_by: Option<&str>,
) -> Vec<String> {
    if let Some(chosen) = chosen.filter(|chosen| !chosen.is_empty()) {
        return vec![chosen.to_owned()];
    }
    let of_environment = virtual_env
        .filter(|folder| !folder.is_empty())
        .map(|folder| {
            let inside = if cfg!(windows) {
                "Scripts/python.exe"
            } else {
                "bin/python"
            };
            format!("{folder}/{inside}")
        });
    let of_parent = started_by.filter(|path| is_python(path)).map(str::to_owned);
    let usual = USUAL_NAMES.iter().map(|name| (*name).to_owned());
    let mut found: Vec<String> = Vec::new();
    for name in of_environment.into_iter().chain(of_parent).chain(usual) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// Whether a path is one of a Python: `/venv/bin/python3.12`.
fn is_python(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_prefix("python").is_some_and(|version| {
        version
            .chars()
            .all(|character| character.is_ascii_digit() || character == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::interpreters;

    #[test]
    fn a_chosen_python_is_the_only_one_tried() {
        assert_eq!(
            interpreters(Some("py"), Some("/venv"), Some("/usr/bin/python")),
            ["py"]
        );
        let inside = interpreters(None, Some("/venv"), None);
        assert!(inside[0].starts_with("/venv/"), "{inside:?}");
        assert_eq!(inside[1..], ["python3", "python"]);
        assert_eq!(interpreters(Some(""), None, None), ["python3", "python"]);
    }

    #[test]
    fn the_python_that_started_the_program_comes_before_that_of_the_path() {
        let found = |parent| interpreters(None, None, Some(parent));
        assert_eq!(
            found("/airflow/bin/python3.12"),
            ["/airflow/bin/python3.12", "python3", "python"]
        );
        assert_eq!(found("python3"), ["python3", "python"]);
        assert_eq!(found("/usr/bin/python-config"), ["python3", "python"]);
        assert_eq!(found("-bash"), ["python3", "python"]);
    }
}
