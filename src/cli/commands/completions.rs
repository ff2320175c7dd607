//! `completions`: prints a shell completion script.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::args::Cli;
use crate::cli::exit::Exit;

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell to complete in
    shell: Shell,
}

/// Runs the command.
pub fn run(args: &CompletionsArgs) -> Result<(), Exit> {
    clap_complete::generate(
        args.shell,
        &mut Cli::command(),
        "hcdbt",
        &mut std::io::stdout(),
    );
    Ok(())
}
