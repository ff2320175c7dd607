//! `phi`: what the project says of patient data, and whether it holds.

mod check;
mod report;
mod suggest;

use clap::Subcommand;

use super::CommandContext;
use super::check::KnownSchemas;
use crate::cli::exit::Exit;
use crate::cli::flags::CommandFlags;
use crate::cli::phi::{Look, look};
use crate::cli::session::{ReadyProject, Session};
use crate::phi;

#[derive(Debug, Subcommand)]
pub enum PhiVerb {
    /// Say whether every promise to hold no patient data is kept
    Check(check::CheckArgs),
    /// Write what was declared, where it goes and what becomes of it
    Report(report::ReportArgs),
    /// Say which columns look as if they held patient data
    Suggest(suggest::SuggestArgs),
}

/// Runs one of the commands.
pub fn run(cx: &CommandContext<'_>, verb: &PhiVerb) -> Result<(), Exit> {
    match verb {
        PhiVerb::Check(args) => check::run(cx, args),
        PhiVerb::Report(args) => report::run(cx, args),
        PhiVerb::Suggest(args) => suggest::run(cx, args),
    }
}

/// Opens the project and looks at all of its patient data.
fn opened(
    cx: &CommandContext<'_>,
    which: &'static str,
) -> Result<(std::sync::Arc<Session>, ReadyProject, Look), Exit> {
    let session = cx.open(&CommandFlags {
        which,
        ..CommandFlags::default()
    })?;
    session.greet()?;
    let ready = session.read()?;
    let (declared, found) = phi::declared(&ready.graph);
    let known = KnownSchemas::new(&session, &ready);
    let look = super::build::with_run_context(&session, &ready, None, |cx| {
        look(&ready, cx, declared, found, &known)
    })??;
    known.keep()?;
    Ok((session, ready, look))
}
