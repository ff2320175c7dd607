//! `valuesets list` and `valuesets diff`.

use camino::Utf8Path;
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::session::{ReadyProject, Session};
use crate::diagnostics::{Diagnostic, SourceFile, suggest};
use crate::files::{display_path, normal_path, read_source};
use crate::value_sets::{self, Change, Declared, ValueSet, digest};

/// The variable that says which seed or model has the list of a name.
const SUPPLIED: &str = "healthcare_value_sets";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// How to print them
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// A value set or a CSV file, and the day to look at it: `place_of_service@2021-12-31`
    before: String,
    /// The same, to compare with
    after: String,
    /// How to print the differences
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

/// Runs `valuesets list`: says of each which version it is, and whether its
/// file is still that version's.
pub fn list(cx: &CommandContext<'_>, args: &ListArgs) -> Result<(), Exit> {
    let session = open(cx, "valuesets list")?;
    let ready = session.read()?;
    let mut rows = Vec::new();
    let mut changed = Vec::new();
    for declared in value_sets::declared(&ready.graph) {
        let bytes = session.world.read_bytes(&declared.path).map_err(|error| {
            let title = format!("`{}` cannot be read: {error}", declared.path);
            Exit::failed(Diagnostic::error("unreadable-file", title))
        })?;
        let digest = digest(&bytes);
        let codes = read_set(&session, &declared.path)?.entries.len();
        if declared.sha256.as_ref().is_some_and(|d| *d != digest) {
            changed.push(declared.clone());
        }
        rows.push((declared, codes, digest));
    }
    let out = match args.output {
        Output::Json => as_json(&rows),
        Output::Text => as_text(&rows),
    };
    session.printer.data(&out);
    match changed.first() {
        None => Ok(()),
        Some(first) => Err(Exit {
            code: 1,
            diagnostics: vec![
                Diagnostic::error(
                    "changed-value-set",
                    format!(
                        "the file of value set `{}` is not that of version {}",
                        first.name, first.version
                    ),
                )
                .because(format!(
                    "`{}` has another digest than its `meta` says{}.",
                    display_path(&session.invocation.current_dir, &normal_path(&first.path)),
                    match changed.len() {
                        1 => String::new(),
                        n => format!(", and so have {} others", n - 1),
                    }
                ))
                .hint("give the new file a new `version` and `sha256`, or put the old one back"),
            ],
        }),
    }
}

/// Runs `valuesets diff`.
pub fn diff(cx: &CommandContext<'_>, args: &DiffArgs) -> Result<(), Exit> {
    let session = open(cx, "valuesets diff")?;
    let ready = session.read()?;
    let before = operand(&session, &ready, &args.before)?;
    let after = operand(&session, &ready, &args.after)?;
    let changes = value_sets::diff(&before, &after);
    let out = match args.output {
        Output::Json => {
            let changes: Vec<Value> = changes.iter().map(Change::json).collect();
            format!("{}\n", Value::from(changes))
        }
        Output::Text => changes.iter().map(|change| change.line() + "\n").collect(),
    };
    session.printer.data(&out);
    Ok(())
}

fn open(cx: &CommandContext<'_>, which: &'static str) -> Result<std::sync::Arc<Session>, Exit> {
    let session = cx.open(&CommandFlags {
        which,
        ..CommandFlags::default()
    })?;
    session.greet()?;
    Ok(session)
}

/// Reads what one side of the comparison names.
fn operand(session: &Session, ready: &ReadyProject, text: &str) -> Result<ValueSet, Exit> {
    let (name, day) = match text.rsplit_once('@') {
        Some((name, day)) => (name, Some(day)),
        None => (text, None),
    };
    let day: Option<Date> = match day.map(str::parse).transpose() {
        Ok(day) => day,
        Err(_) => {
            return Err(Exit::failed(
                Diagnostic::error(
                    "invalid-argument",
                    format!("what follows the `@` of `{text}` is no day"),
                )
                .hint("write it like `@2024-10-01`"),
            ));
        }
    };
    // The project's own list goes before that of a package, as in the tests.
    let supplied = ready.project.vars.get(&ready.project.name, SUPPLIED);
    let supplied = supplied.and_then(|lists| lists.get(name)?.as_str());
    let declared = value_sets::declared(&ready.graph);
    let found = match supplied {
        Some(_) => None,
        None => declared.iter().find(|d| d.name == name),
    };
    let seed = || value_sets::seed_file(&ready.graph, supplied.unwrap_or(name));
    let path = match found.map(|declared| declared.path.clone()).or_else(seed) {
        Some(path) => path,
        None => session.invocation.current_dir.join(name),
    };
    if !session.world.exists(&path) {
        return Err(unknown(&declared, name));
    }
    let set = read_set(session, &path)?;
    Ok(match day {
        Some(day) => set.on(day),
        None => set,
    })
}

fn read_set(session: &Session, path: &Utf8Path) -> Result<ValueSet, Exit> {
    let file: std::sync::Arc<SourceFile> =
        read_source(&*session.world, &session.invocation.current_dir, path)
            .map_err(Exit::failed)?;
    value_sets::read(&file).map_err(Exit::failed)
}

fn unknown(declared: &[Declared], name: &str) -> Exit {
    let title = format!("there is no value set and no file `{name}`");
    let diagnostic = Diagnostic::error("unknown-value-set", title);
    let names = declared.iter().map(|d| d.name.as_str());
    Exit::failed(match suggest::nearest(name, names) {
        Some(similar) => diagnostic.hint(format!("did you mean `{similar}`?")),
        None => diagnostic.hint("`hcdbt valuesets list` names those that the project has; `packages: [{builtin: healthcare}]` brings some"),
    })
}

fn as_json(rows: &[(Declared, usize, String)]) -> String {
    let mut out = String::new();
    for (declared, codes, digest) in rows {
        let row = json!({
            "name": declared.name,
            "seed": declared.seed,
            "version": declared.version,
            "source": declared.source,
            "codes": codes,
            "sha256": digest,
            "is_changed": declared.sha256.as_ref().is_some_and(|d| d != digest),
        });
        out.push_str(&format!("{row}\n"));
    }
    out
}

fn as_text(rows: &[(Declared, usize, String)]) -> String {
    let width = |of: fn(&Declared) -> &str| {
        let lengths = rows
            .iter()
            .map(|(declared, ..)| of(declared).chars().count());
        lengths.max().unwrap_or(0)
    };
    let (names, versions) = (width(|d| &d.name), width(|d| &d.version));
    let mut out = String::new();
    for (declared, codes, digest) in rows {
        out.push_str(&format!(
            "{:names$}  {:versions$}  {codes:>6} rows  {}  {}\n",
            declared.name,
            declared.version,
            &digest[..12],
            declared.source
        ));
    }
    out
}
