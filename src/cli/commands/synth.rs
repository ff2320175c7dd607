//! `synth`: makes synthetic claims data.

use camino::Utf8PathBuf;
use clap::Args;

use super::CommandContext;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::event::Level;
use crate::synth::{SynthOptions, generate};

#[derive(Debug, Args)]
pub struct SynthArgs {
    /// How many beneficiaries to make
    #[arg(long, default_value_t = SynthOptions::default().patients, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    patients: u32,
    /// Chooses one of many possible populations; the same seed gives the same bytes
    #[arg(long, default_value_t = SynthOptions::default().seed)]
    seed: u64,
    /// Folder to write to; the reference project has its data in `project/data`
    #[arg(long)]
    out: Utf8PathBuf,
    /// Also make the files with planted defects
    #[arg(long)]
    defects: bool,
}

/// Runs the command.
pub fn run(cx: &CommandContext<'_>, args: &SynthArgs) -> Result<(), Exit> {
    let folder = cx.process.current_dir.join(&args.out);
    let session = cx.open_in(
        folder.clone(),
        &CommandFlags {
            which: "synth",
            ..CommandFlags::default()
        },
    )?;
    let files = generate(&SynthOptions {
        patients: args.patients,
        seed: args.seed,
        defects: args.defects,
    });
    let mut bytes = 0;
    for file in &files {
        session.write(&folder.join(&file.path), &file.contents)?;
        bytes += file.contents.len();
    }
    session.say(
        Level::Info,
        "SyntheticDataWritten",
        "Z050",
        format!(
            "Wrote {} files ({:.1} MB) to {}",
            files.len(),
            bytes as f64 / 1e6,
            args.out
        ),
    );
    Ok(())
}
