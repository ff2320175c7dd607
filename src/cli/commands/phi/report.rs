//! `phi report`: a statement for those who must answer for the data.

use camino::Utf8PathBuf;
use clap::Args;

use super::super::CommandContext;
use crate::cli::exit::Exit;
use crate::event::Level;
use crate::phi::report::{self, Rests};

#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// Folder for `report.html` and `report.json`, `target/hcdbt/phi` unless given
    #[arg(long)]
    output_dir: Option<Utf8PathBuf>,
}

pub fn run(cx: &CommandContext<'_>, args: &ReportArgs) -> Result<(), Exit> {
    let (session, ready, look) = super::opened(cx, "phi")?;
    let rests = Rests {
        graph: &ready.graph,
        project: &ready.project.name,
        program: env!("CARGO_PKG_VERSION"),
        engine: crate::adapter::DUCKDB_VERSION,
        made_at: session.invocation.started_at,
        settings_file: settings_text(&session),
    };
    let statement = report::statement(&look.examined, &look, &rests);
    let folder = match &args.output_dir {
        Some(folder) => session.invocation.current_dir.join(folder),
        None => session.target_dir(&ready.project).join("hcdbt/phi"),
    };
    let json = serde_json::to_string_pretty(&statement).unwrap_or_default();
    session.write(&folder.join("report.json"), json.as_bytes())?;
    let html = report::html(&statement);
    session.write(&folder.join("report.html"), html.as_bytes())?;
    session.report(&look.told());
    session.say(
        Level::Info,
        "Note",
        "Z050",
        format!(
            "Statement on patient data written to {}",
            folder.join("report.html")
        ),
    );
    Ok(())
}

fn settings_text(session: &crate::cli::session::Session) -> Option<String> {
    let path = session
        .invocation
        .project_dir
        .join(crate::config::hcdbt_yml::FILE_NAME);
    session.world.read(&path).ok()
}
