//! The project's chores, as `cargo xtask <chore>`.
//!
//! Kept apart from the tool itself, and nearly without dependencies, because
//! it has to run before the tool can be linked: the tool needs DuckDB's
//! library, and `cargo xtask duckdb` is what puts it in place.

mod artifacts;
mod chores;
mod digest;
mod duckdb;
mod page;
mod pins;
mod shell;
mod sources;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <chore>

  duckdb   put DuckDB's official library in place (`.duckdb/`)
  demo     build and document the reference project, and say where the page is
  test     formatting, lints, all tests, the artifacts checked by Python, and
           the docs page built again and tried in a browser
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["duckdb"] => duckdb::put_in_place().map(|()| ExitCode::SUCCESS),
        ["demo"] => chores::demo(),
        ["test"] => chores::test(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => Err(format!("no chore `{}`\n\n{USAGE}", other.join(" "))),
    };
    done.unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::from(2)
    })
}
