//! The two commands of the README: the demonstration and the tests.

use std::process::ExitCode;

use crate::artifacts;
use crate::duckdb;
use crate::page;
use crate::shell::{self, cargo, command, must, run};

/// Builds and documents the reference project. The exit code is the build's.
pub fn demo() -> Result<ExitCode, String> {
    duckdb::put_in_place()?;
    must(&mut cargo(&["build", "--package", "hcdbt"]))?;
    let hcdbt = shell::built_binary();
    let built = run(&mut command(&hcdbt, &["build", "--project-dir", "project"]))?;
    // The page is worth having even when a node of the build failed.
    let documented = run(&mut command(
        &hcdbt,
        &["docs", "generate", "--project-dir", "project"],
    ))?;
    let page = shell::root().join("project/target/index.html");
    if documented.success() && page.exists() {
        println!("\nThe project's page: file://{}", page.display());
    }
    let worst = if built.success() { documented } else { built };
    Ok(worst
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::from(2), ExitCode::from))
}

/// Checks everything that a change may break.
pub fn test() -> Result<ExitCode, String> {
    duckdb::put_in_place()?;
    must(&mut cargo(&["fmt", "--all", "--check"]))?;
    must(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))?;
    must(&mut cargo(&["test", "--workspace"]))?;
    artifacts::check(&shell::built_binary())?;
    page::check(&shell::built_binary())?;
    println!("\nAll checks passed.");
    Ok(ExitCode::SUCCESS)
}
